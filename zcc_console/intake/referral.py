"""A referral as the intake understands it, whatever format it came in; plain values, nothing of FHIR or of the hub."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Person:
    """The patient, as far as known."""

    name: str = ""
    birth_date: str = ""
    age_years: int | None = None
    """On the day the referral was written."""
    sex: str = ""
    """`m`, `v`, `x`, or empty for unknown."""
    bsn: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the patient is."""

    street: str = ""
    house_number: str = ""
    postcode: str = ""
    town: str = ""
    access: str = ""
    lat: float | None = None
    lon: float | None = None


@dataclass(frozen=True, slots=True)
class Urgency:
    """The referrer's urgency, and how it was said."""

    urgency: str
    said: str
    at: str = ""
    """RFC 3339; empty: unknown."""


@dataclass(frozen=True, slots=True)
class Document:
    """An attachment by name; what is in it stays with the sender."""

    title: str
    type: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened, and when (RFC 3339; empty: unknown)."""

    at: str
    text: str


@dataclass(frozen=True, slots=True)
class Referral:
    """One request from another agency."""

    key: str
    """Names the message, the same each time it is sent: becomes the Idempotency-Key."""
    who: str
    role: str
    organisation: str
    callback_number: str
    patient: Person
    place: Place
    reason: str
    urgency: Urgency | None = None
    alerts: tuple[str, ...] = ()
    history: tuple[Moment, ...] = ()
    notes: tuple[str, ...] = ()
    attachments: tuple[Document, ...] = ()
    identifiers: tuple[tuple[str, str], ...] = ()
    secrets: frozenset[str] = field(default=frozenset(), repr=False)
    """Numbers that must not stand in any text: every BSN of the message."""

"""A handoff as the control room's people read it, on the page and in the terminal: cleaned, short, Dutch. Total: a
message may hold anything anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from zcc_console.core.clock import local_hm, parse_time_or_none
from zcc_console.core.handoff import message_of
from zcc_console.core.jsontypes import Json, as_list, as_object, as_text
from zcc_console.text import clean

STATES = {
    "RECEIVED": "ONTVANGEN",
    "OPENED": "GEOPEND",
    "ACCEPTED": "GEACCEPTEERD",
    "REJECTED": "GEWEIGERD",
    "CLOSED": "AFGESLOTEN",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One handoff, ready to be shown."""

    id: str
    reference: str
    urgency: str
    state: str
    own_reference: str
    reason: str
    where: str
    who: str
    callback: str
    why: str
    desk: str
    received: str
    messages: int
    marks: tuple[str, ...]
    exercise: bool
    waits: bool
    """Nobody has decided yet."""


def line(record: Mapping[str, Json], now: datetime) -> Line:
    """One entry of the gateway's record as a line."""
    bodies = [as_object(entry) for entry in as_list(record.get("messages"))]
    picture = max(bodies, key=lambda body: message_of(body).order, default={})
    events = [as_object(entry) for entry in as_list(record.get("events"))]
    last = events[-1] if events else {}
    state = as_text(record.get("state"))
    sender = as_object(picture.get("from"))
    return Line(
        id=as_text(record.get("handoff_id")),
        reference=_short(picture.get("reference"), 24) or as_text(record.get("handoff_id"))[:8],
        urgency=_short(picture.get("urgency"), 4) or "?",
        state=STATES.get(state, state),
        own_reference=_short(last.get("reference"), 24),
        reason=_short(last.get("reason"), 120),
        where=_where(as_object(picture.get("location"))),
        who=_who(as_object(picture.get("patient"))),
        callback=_short(picture.get("callback_number"), 30),
        why=clean("; ".join(as_text(entry) for entry in as_list(picture.get("reasons"))), 200),
        desk=" ".join(part for part in (_short(sender.get("zcc"), 40), _short(sender.get("desk_id"), 12)) if part),
        received=_clock(record.get("received_at")),
        messages=len(bodies),
        marks=_marks(bodies, record, now),
        exercise=record.get("exercise") is True,
        waits=state in ("RECEIVED", "OPENED"),
    )


def _short(value: object, limit: int) -> str:
    return clean(as_text(value), limit)


def _clock(value: object) -> str:
    moment = parse_time_or_none(value)
    return local_hm(moment) if moment else "?"


def _where(location: Mapping[str, Json]) -> str:
    street = " ".join(part for part in (as_text(location.get("street")), as_text(location.get("house_number"))) if part)
    parts = (street, as_text(location.get("postcode")), as_text(location.get("town")), as_text(location.get("access")))
    return clean(", ".join(part for part in parts if part), 160)


def _who(patient: Mapping[str, Json]) -> str:
    age = patient.get("age_years")
    years = f"{age:g} jr" if isinstance(age, int | float) and not isinstance(age, bool) else ""
    parts = (as_text(patient.get("name")), as_text(patient.get("sex")), years)
    return clean(" ".join(part for part in parts if part), 80)


def _marks(bodies: list[dict[str, Json]], record: Mapping[str, Json], now: datetime) -> tuple[str, ...]:
    """What a dispatcher has to see at once."""
    marks = []
    messages = [message_of(body) for body in bodies]
    if any(message.kind == "recall" for message in messages):
        marks.append("HERROEPEN")
    if any(message.voice_used for message in messages):
        marks.append("AL GEBELD")
    receipts = {
        as_text(as_object(entry).get("message_id")): as_object(entry) for entry in as_list(record.get("receipts"))
    }
    if any(_is_late(body, receipts.get(as_text(body.get("message_id")), {}), now) for body in bodies):
        marks.append("TE LAAT BEZORGD: eerst bellen")
    if any(as_list(receipt.get("warnings")) for receipt in receipts.values()):
        marks.append("deels niet leesbaar")
    return tuple(marks)


def _is_late(body: Mapping[str, Json], receipt: Mapping[str, Json], now: datetime) -> bool:
    expires = parse_time_or_none(body.get("expires_at"))
    received = parse_time_or_none(receipt.get("received_at")) or now
    return expires is not None and received > expires

"""A handoff to the RAV on the wire (contract.md §4), for the published description.

A receiver refuses none for a field that it does not know or cannot read, so these models describe and never gate.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from zcc_console.models.wire import JsonMap, Request, Response

State = Literal["COMMITTED", "SENT", "RECEIVED", "OPENED", "ACCEPTED", "REJECTED", "CLOSED"]
Voice = Literal["not needed", "REQUIRED", "CONFIRMED"]


class _Open(Request):
    model_config = ConfigDict(extra="allow", frozen=True)


class Message(_Open):
    """One message: the whole picture as then known. Only these are compulsory: the ids, from, urgency, reasons, and
    callback number or location."""

    handoff_id: Annotated[str, Field(min_length=1, max_length=100)]
    message_id: Annotated[str, Field(min_length=1, max_length=100)]
    call_id: str | None = None
    to: str | None = None
    reference: str | None = None
    kind: Literal["new", "update", "recall"] = "new"
    sequence: Annotated[int, Field(ge=1)] = 1
    exercise: bool = False
    created_at: str | None = None
    expires_at: str | None = None
    from_: Annotated[JsonMap, Field(alias="from")]
    urgency: str
    reasons: list[str]
    callback_number: str | None = None
    location: JsonMap | None = None
    patient: JsonMap | None = None
    onset_at: str | None = None
    abcd: JsonMap | None = None
    complaint: str | JsonMap | None = None
    findings: list[str | JsonMap] | None = None
    treatment: list[str | JsonMap] | None = None
    hazards: list[str | JsonMap] | None = None
    with_patient: bool | str | JsonMap | None = None
    voice: JsonMap | None = None


class Taken(Response):
    """202: durable here. 409 `duplicate` carries the same members, the state as it is now."""

    handoff_id: str
    message_id: str
    state: State
    received_at: str
    exercise: bool
    warnings: list[str]


class Event(_Open):
    """What the RAV gateway said, numbered `n`."""

    n: Annotated[int, Field(ge=1, le=2**53 - 1)]
    at: str | None = None
    state: State
    has: list[str] = Field(default_factory=list)
    by: str | None = None
    reference: str | None = None
    reason: str | None = None
    exercise: bool = False
    through: str | None = None
    """By which route the hub has it."""
    via: str | None = None
    """The desk that passed it on, until the gateway itself confirms it."""


class Events(Response):
    """`GET /v1/handoffs/{id}/events`, and what comes back on a POST."""

    events: list[Event]
    warnings: list[str] = Field(default_factory=list)
    """On a POST: events that were kept and do not count."""


class EventsIn(_Open):
    """`POST /v1/handoffs/{id}/events`: events passed on."""

    events: Annotated[list[Event], Field(max_length=500)]


class Handoff(Response):
    """`GET /v1/handoffs/{id}`."""

    handoff_id: str
    state: State
    voice: Voice
    exercise: bool
    messages: list[JsonMap]
    events: list[Event]

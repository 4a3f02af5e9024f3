"""Commands of a desk (contract.md §3): the envelope, the data of each type, and what the table asks of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from zcc_console.models.call import CallChanges, CallTyped
from zcc_console.models.capacity import Count, Status
from zcc_console.models.wire import Filled, JsonMap, Line, Moment, Name, Request, Text, Uuid

Urgency = Annotated[str, Field(pattern="^U[0-5]$")]
ItemType = Literal["call", "capacity", "reservation", "handoff", "desk", "notice"]


class Target(Request):
    """What a command is about."""

    type: ItemType
    id: Name


class Envelope(Request):
    """The five fields without which a command has no place in any sequence."""

    command_id: Uuid
    desk_id: Name
    incarnation: Uuid
    desk_seq: Annotated[int, Field(ge=1, le=2**53)]
    type: str


class Command(Envelope):
    """`POST /v1/commands`; `data` is checked by type."""

    user: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    target: Target | None = None
    fence: Annotated[int, Field(ge=0, le=2**53)] | None = None
    claim: Uuid | None = None
    at: Moment | None = None
    data: JsonMap = Field(default_factory=dict)


class Nothing(Request):
    """No data."""


class Reason(Request):
    """Why."""

    reason: Filled


class PerhapsReason(Request):
    """Why, where somebody says so."""

    reason: Text | None = None


class Note(Request):
    """`call.note`."""

    text: Annotated[str, Field(min_length=1, max_length=4_000, pattern=r"\S")]


class Protocol(Request):
    """Which protocol, in which version, was followed."""

    id: Line | None = None
    version: Line | None = None
    hash: Line | None = None


class Triage(Request):
    """`call.triage`: the outcome as far as it came; `final` is what the triagist decides."""

    protocol: Protocol | None = None
    abcd: JsonMap | None = None
    complaints: list[JsonMap | str] | None = None
    answers: JsonMap | list[JsonMap] | None = None
    measurements: JsonMap | list[JsonMap] | None = None
    modifiers: list[JsonMap | str] | JsonMap | None = None
    proposed: Urgency | None = None
    final: Urgency | None = None
    override: JsonMap | None = None
    fired: list[JsonMap | str] | None = None


class Disposition(Request):
    """`call.dispose`: which care, where, and what was told."""

    action: Filled
    unit: Name | None = None
    place: Line | None = None
    advice: Text | None = None


class Callback(Request):
    """`call.callback`: when and why."""

    at: Moment
    why: Text | None = None


class Close(Request):
    """`call.close`."""

    outcome: Text | None = None


class Reserve(Request):
    """`capacity.reserve`."""

    unit: Name
    count: Annotated[int, Field(ge=1, le=1000)] = 1
    call_id: Uuid
    until: Moment | None = None
    agreed_with: Filled | None = None


class Confirm(Request):
    """`capacity.confirm`: a named person of the provider said yes."""

    reservation: Uuid
    agreed_with: Filled


class ReleasePlace(Request):
    """`capacity.release`."""

    reservation: Uuid
    reason: Filled


class Report(Request):
    """`capacity.report`: what somebody of the provider said by telephone."""

    unit: Name
    free: Count | None = None
    status: Status
    valid_for_s: Annotated[int, Field(ge=1)] | None = None
    said_by: Filled
    reason: Text | None = None
    expected_end: Moment | None = None


class Post(Request):
    """`notice.post`."""

    text: Filled
    kind: Literal["info", "system", "grip", "stop"] = "info"


class Reassign(Request):
    """`call.reassign`: to another desk."""

    desk_id: Name
    user: Line | None = None
    reason: Filled


class Raise(Request):
    """`call.raise`: more urgent, says the supervisor."""

    urgency: Urgency
    reason: Filled


@dataclass(frozen=True, slots=True)
class Kind:
    """What the contract's table says of one command type."""

    data: type[Request]
    target: str
    """The type its target names."""
    supervisor: bool = False
    names_claim: bool = False
    """Only the holder may, and it must name the claim or the fence."""
    if_match: bool = False
    """Always needs If-Match."""
    target_needed: bool = True


KINDS: dict[str, Kind] = {
    "call.create": Kind(CallTyped, "call"),
    "call.claim": Kind(Nothing, "call"),
    "call.release": Kind(PerhapsReason, "call", names_claim=True),
    "call.takeover": Kind(Reason, "call"),
    "call.note": Kind(Note, "call"),
    "call.update": Kind(CallChanges, "call"),
    "call.triage": Kind(Triage, "call"),
    "call.dispose": Kind(Disposition, "call", names_claim=True),
    "call.callback": Kind(Callback, "call", names_claim=True),
    "call.close": Kind(Close, "call"),
    "call.reopen": Kind(PerhapsReason, "call", if_match=True),
    "capacity.reserve": Kind(Reserve, "capacity", target_needed=False),
    "capacity.confirm": Kind(Confirm, "reservation", target_needed=False),
    "capacity.release": Kind(ReleasePlace, "reservation", target_needed=False),
    "capacity.report": Kind(Report, "capacity", target_needed=False),
    "notice.post": Kind(Post, "notice", supervisor=True),
    "notice.end": Kind(PerhapsReason, "notice", supervisor=True, if_match=True),
    "call.reassign": Kind(Reassign, "call", supervisor=True, if_match=True),
    "call.raise": Kind(Raise, "call", supervisor=True, if_match=True),
}
"""Every command type of the contract."""

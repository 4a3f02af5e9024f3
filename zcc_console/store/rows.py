"""The journal's rows as frozen records; they know nothing of how they are stored."""

from __future__ import annotations

from dataclasses import dataclass

from zcc_console.core.handoff import Event, Message
from zcc_console.core.jsontypes import JsonObject

PENDING = "pending"
APPLIED = "applied"
REFUSED = "refused"
SETTLED = "settled"
SET_ASIDE = "set-aside"
"""States of an outbox row. REFUSED and SET_ASIDE are items to settle; SETTLED was one."""

HUB = "hub"
DIRECT = "direct"
"""The two routes of a handoff."""


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One command as pressed: a finished request but for its incarnation and number."""

    no: int
    command_id: str
    type: str
    call_id: str | None
    incarnation: str
    desk_seq: int
    path: str
    headers: dict[str, str]
    body: JsonObject
    """Without incarnation and desk_seq; `request_body` adds them."""
    at: str
    boot: float
    boot_id: str
    state: str
    attempts: int
    trouble_since: float | None
    """Boot time since which it got only 5xx; None where it did not."""
    status: int | None
    response: JsonObject | None
    answered_at: str | None

    @property
    def request_body(self) -> JsonObject:
        """What goes over the line."""
        return {**self.body, "incarnation": self.incarnation, "desk_seq": self.desk_seq}


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One handoff message as pressed, with where it stands on each route."""

    message: Message
    handoff_id: str
    call_id: str
    rav: str
    material: bool
    key_test: bool
    headers: dict[str, str]
    body: JsonObject
    committed_at: str
    boot: float
    boot_id: str
    expires_at: str
    deliveries: tuple[Delivery, ...] = ()


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message on one route: `pending`, `delivered` or `refused` (a definite no of that side)."""

    message_id: str
    route: str
    state: str
    attempts: int
    status: int | None
    problem: str | None
    last_at: str | None
    delivered_at: str | None


@dataclass(frozen=True, slots=True)
class HandoffRow:
    """One handoff as this desk's journal knows it."""

    handoff_id: str
    call_id: str
    rav: str
    key_test: bool
    messages: tuple[MessageRow, ...]
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One link of the chain: who did what to which subject; the fact, never the content (NEN 7513)."""

    incarnation: str
    no: int
    at: str
    user: str
    event: str
    subject: str
    detail: str
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class Numbering:
    """The present incarnation and the next number in it."""

    incarnation: str
    next_seq: int

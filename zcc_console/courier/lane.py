"""The handoff lane (contract.md §4): one handoff on one route, newest message first, until that side has every message.

Both routes run at once and know nothing of each other; no circuit breaker, no `Retry-After`, never behind a command.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from zcc_console.core.canonical import compact
from zcc_console.core.clock import parse_time_or_none
from zcc_console.courier.answers import Receipt, handoff_receipt
from zcc_console.courier.machine import (
    Begin,
    Effect,
    Effects,
    Event,
    Kind,
    Log,
    Lost,
    Now,
    Replied,
    Request,
    Stop,
    Wait,
    Woken,
    between,
)
from zcc_console.store.rows import HUB, MessageRow

ATTEMPT_S = 3.0
PAUSE_S = (0.5, 5.0)
GIVE_UP_S = 24 * 3600.0
"""A message is tried for 24 hours (contract.md §4)."""


@dataclass(frozen=True, slots=True)
class NextMessage(Effect):
    """The newest message of the handoff that this route must still bring, but for those in `skip`."""

    route: str
    handoff_id: str
    skip: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class MessageDue(Event):
    """It, or None where there is none."""

    row: MessageRow | None
    again: bool = False
    """Whether that side had it before and was found to lack it."""


@dataclass(frozen=True, slots=True)
class Record(Effect):
    """That side has the message (`delivered`) or said no for good (`refused`); answered by `Recorded`."""

    message_id: str
    route: str
    receipt: Receipt
    status: int
    problem: str


@dataclass(frozen=True, slots=True)
class Recorded(Event):
    """Whether the journal could be written; a full disk must not hold up the lane."""

    kept: bool


@dataclass(frozen=True, slots=True)
class Failed(Effect):
    """An attempt without an answer: noted where the journal can be written, and never waited for."""

    message_id: str
    route: str
    status: int | None
    problem: str


@dataclass(frozen=True, slots=True)
class LaneState:
    """Where one handoff stands on one route."""

    route: str
    to: str
    """Which connection."""
    handoff_id: str
    row: MessageRow | None = None
    record: Record | None = None
    unrecorded: tuple[Record, ...] = ()
    failed: str = ""
    retry_at: float = 0.0


def step(state: LaneState, event: Event, now: Now) -> tuple[LaneState, Effects]:
    """The lane's rules."""
    match event:
        case Begin():
            return _next(replace(state, row=None, record=None))
        case Woken():
            return _next(state)
        case MessageDue(row, again):
            return _due(state, row, again, now)
        case Replied() | Lost():
            return _answer(state, event, now)
        case Recorded(kept):
            return _recorded(state, kept)
    raise AssertionError(type(event).__name__)


def _next(state: LaneState) -> tuple[LaneState, Effects]:
    return state, (NextMessage(state.route, state.handoff_id, frozenset(each.message_id for each in state.unrecorded)),)


def _due(state: LaneState, row: MessageRow | None, again: bool, now: Now) -> tuple[LaneState, Effects]:
    if row is None:
        if state.unrecorded:  # the side has it; only the journal does not know yet
            if now.boot < state.retry_at:
                return state, (Wait(state.retry_at - now.boot, wakeable=True),)
            first, *rest = state.unrecorded
            return replace(state, record=first, unrecorded=tuple(rest), retry_at=now.boot + 1.0), (first,)
        return state, (Stop(),)
    if not again and _age_s(row, now) >= GIVE_UP_S:
        record = Record(row.message.message_id, state.route, Receipt.REFUSED, 0, "given-up")
        return replace(state, record=record), (record,)
    if state.route == HUB and now.kind is Kind.WRONG:
        return state, (Wait(5.0, wakeable=True),)
    left = state.retry_at - now.boot
    if row.message.message_id == state.failed and left > 0:
        return state, (Wait(left, wakeable=True),)
    body = compact(row.body).encode()
    request = Request(
        state.to, "POST", "/v1/handoffs", timeout_s=ATTEMPT_S, headers=tuple(row.headers.items()), body=body
    )
    return replace(state, row=row), (request,)


def _age_s(row: MessageRow, now: Now) -> float:
    if row.boot_id == now.boot_id:
        return now.boot - row.boot
    committed = parse_time_or_none(row.committed_at)
    return (now.wall - committed).total_seconds() if committed is not None else 0.0


def _answer(state: LaneState, outcome: Replied | Lost, now: Now) -> tuple[LaneState, Effects]:
    row = state.row
    if row is None:
        raise AssertionError("an answer without a message")
    message_id = row.message.message_id
    exercise = row.body.get("exercise") is True
    receipt, problem = handoff_receipt(outcome, state.handoff_id, message_id, exercise=exercise)
    status = outcome.status if isinstance(outcome, Replied) else None
    log = Log(
        "handoff",
        (
            ("message_id", message_id),
            ("route", state.to),
            ("receipt", receipt.value),
            ("status", status),
            ("why", problem),
        ),
    )
    if receipt is Receipt.NONE:
        seconds = between(now, *PAUSE_S)
        state = replace(state, row=None, failed=message_id, retry_at=now.boot + seconds)
        return state, (Failed(message_id, state.route, status, problem), log, Wait(seconds, wakeable=True))
    record = Record(message_id, state.route, receipt, status or 0, problem)
    return replace(state, row=None, record=record), (log, record)


def _recorded(state: LaneState, kept: bool) -> tuple[LaneState, Effects]:
    if not kept and state.record is not None:
        state = replace(state, unrecorded=(*state.unrecorded, state.record))
    return _next(replace(state, record=None))

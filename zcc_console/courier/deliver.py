"""Delivering the journal's commands: in order, one in flight, the same bytes until there is an answer (contract.md §3).

In any doubt about numbers it starts a new incarnation: harmless, because the command's id decides.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from zcc_console.core.canonical import compact
from zcc_console.core.jsontypes import JsonObject
from zcc_console.courier.answers import Meaning, Verdict, command_verdict
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
    Wait,
    Woken,
    between,
    jitter,
)
from zcc_console.store import rows
from zcc_console.store.rows import OutboxRow

SET_ASIDE_S = 120.0
"""A row that got only 5xx for so long while the hub writes for others is set aside (contract.md §3)."""
CONFIRM_S = 60.0
"""How long a gap waits for word that the hub is still in our epoch, before rows are sent again anyway."""
IDLE_S = 30.0


@dataclass(frozen=True, slots=True)
class NextRow(Effect):
    """The first command without an answer; or, to close a gap, the one of that number whatever its state."""

    incarnation: str | None = None
    desk_seq: int | None = None


@dataclass(frozen=True, slots=True)
class RowDue(Event):
    """It, or None where there is none."""

    row: OutboxRow | None


@dataclass(frozen=True, slots=True)
class Answered(Effect):
    """A definite answer: applied, or refused as an item to settle."""

    row: OutboxRow
    state: str
    status: int
    response: JsonObject


@dataclass(frozen=True, slots=True)
class Attempted(Effect):
    """No answer; whether it was a server error (5xx)."""

    row: OutboxRow
    server_error: bool


@dataclass(frozen=True, slots=True)
class SetAside(Effect):
    """The row is set aside to settle, and what is behind it renumbered in a new incarnation."""

    row: OutboxRow


@dataclass(frozen=True, slots=True)
class NewIncarnation(Effect):
    """Doubt about numbers: renumber what has no answer, if this incarnation is still the present one."""

    reason: str
    incarnation: str


@dataclass(frozen=True, slots=True)
class DeliverState:
    """Where the lane stands."""

    row: OutboxRow | None = None
    attempts: int = 0
    doubts: int = 0
    """New incarnations in a row without an answer in between."""
    incarnation: str = ""
    resend: int | None = None
    """The number the hub expects, while a gap is being closed."""
    until: int = 0
    """The number that found the gap."""
    closed: int | None = None
    """The last gap that was closed by sending again; the same one twice is a gap that stays."""
    gap_at: float | None = None
    """When the gap was found, while it waits for word of the epoch."""


def step(state: DeliverState, event: Event, now: Now) -> tuple[DeliverState, Effects]:
    """The lane's rules."""
    match event:
        case Begin():
            return DeliverState(), (NextRow(),)
        case Woken():
            return _next(state)
        case RowDue(row):
            return _due(state, row, now)
        case Replied() | Lost():
            if state.row is None:
                raise AssertionError("an answer without a row")
            return _answer(state, state.row, command_verdict(event, state.row.command_id), now)
    raise AssertionError(type(event).__name__)


def _next(state: DeliverState, *effects: Effect) -> tuple[DeliverState, Effects]:
    if state.resend is not None:
        return state, (*effects, NextRow(state.incarnation, state.resend))
    return state, (*effects, NextRow())


def _due(state: DeliverState, row: OutboxRow | None, now: Now) -> tuple[DeliverState, Effects]:
    if state.resend is not None and (row is None or row.incarnation != state.incarnation):
        # The number that the hub asks for is not there: the gap stays. (Or all was renumbered meanwhile.)
        reason = NewIncarnation("gap-stays", state.incarnation)
        state = replace(state, resend=None, gap_at=None, doubts=state.doubts + 1)
        return state, (reason, Wait(_after_doubt(state, now)))
    if row is None:
        return replace(state, row=None, attempts=0), (Wait(IDLE_S, wakeable=True),)
    if now.kind is not Kind.RIGHT:  # unknown, or of the other kind: it is sent nothing
        return replace(state, row=None), (Wait(5.0, wakeable=True),)
    if state.gap_at is not None:
        told = now.confirmed is not None and now.confirmed > state.gap_at
        if not told and now.boot - state.gap_at < CONFIRM_S:
            return state, (Wait(2.0, wakeable=True),)
        state = replace(state, gap_at=None)
    if _is_stuck(row, now):
        return replace(state, row=None, attempts=0), (
            SetAside(row),
            Log("set-aside", (("command_id", row.command_id), ("type", row.type))),
            NextRow(),
        )
    if row.incarnation != state.incarnation:
        state = replace(state, incarnation=row.incarnation, closed=None)
    return replace(state, row=row), (request_for(row),)


def request_for(row: OutboxRow) -> Request:
    """The same bytes, however often."""
    body = compact(row.request_body).encode()
    return Request("hub", "POST", row.path, timeout_s=10.0, headers=tuple(row.headers.items()), body=body)


def _is_stuck(row: OutboxRow, now: Now) -> bool:
    since = row.trouble_since
    return (
        row.state == rows.PENDING
        and since is not None
        and since + SET_ASIDE_S <= now.boot
        and now.hub_wrote is not None
        and now.hub_wrote > since
    )


def _after_doubt(state: DeliverState, now: Now) -> float:
    return 0.0 if state.doubts <= 1 else jitter(now, state.doubts, 1.0, 30.0)


def _answer(state: DeliverState, row: OutboxRow, verdict: Verdict, now: Now) -> tuple[DeliverState, Effects]:
    meaning = verdict.meaning
    if meaning in (Meaning.APPLIED, Meaning.REFUSED):
        # Put back after a new epoch, or typed in here before: that the call exists is what was wanted.
        exists = row.type == "call.create" and verdict.problem == "exists"
        kept = rows.APPLIED if meaning is Meaning.APPLIED or exists else rows.REFUSED
        return _next(
            _passed(state, row),
            Answered(row, kept, verdict.status or 0, verdict.body or {}),
            Log("answered", (("command_id", row.command_id), ("type", row.type), ("meaning", kept))),
        )
    if meaning is Meaning.GAP:
        return _gap(state, row, verdict.expected, now)
    if meaning is Meaning.USED:
        state = replace(state, row=None, resend=None, doubts=state.doubts + 1)
        return state, (NewIncarnation("sequence-used", row.incarnation), Wait(_after_doubt(state, now)))
    seconds = jitter(now, state.attempts, 0.5, 10.0)
    if meaning is Meaning.CREDENTIAL:
        seconds = between(now, 2.0, 10.0)
    state = replace(state, attempts=state.attempts + 1)
    log = Log("no-answer", (("command_id", row.command_id), ("why", verdict.problem), ("attempt", state.attempts)))
    return state, (
        Attempted(row, meaning is Meaning.SERVER_ERROR),
        log,
        Wait(seconds, wakeable=meaning is Meaning.CREDENTIAL),
    )


def _passed(state: DeliverState, row: OutboxRow) -> DeliverState:
    state = replace(state, row=None, attempts=0)
    if state.resend is None:
        return replace(state, doubts=0)
    following = row.desk_seq + 1
    if following >= state.until:
        return replace(state, resend=None)
    return replace(state, resend=following)


def _gap(state: DeliverState, row: OutboxRow, expected: int | None, now: Now) -> tuple[DeliverState, Effects]:
    """The hub lacks numbers before this one: send again from there, once; a gap that stays is doubt."""
    log = Log("sequence-gap", (("desk_seq", row.desk_seq), ("expected", expected)))
    stays = expected is None or not 1 <= expected < row.desk_seq or expected == state.closed
    if stays:
        state = replace(state, row=None, resend=None, doubts=state.doubts + 1)
        return state, (NewIncarnation("gap-stays", row.incarnation), log, Wait(_after_doubt(state, now)))
    state = replace(
        state,
        row=None,
        incarnation=row.incarnation,
        resend=expected,
        until=max(row.desk_seq, state.until if state.resend is not None else 0),
        closed=expected,
        gap_at=now.boot,
    )
    return _next(state, log)

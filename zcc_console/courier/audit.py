"""Bringing the audit chain to the hub in batches, idempotent by incarnation and number (contract.md §5)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from zcc_console.core.canonical import compact
from zcc_console.courier.answers import answer_object, problem_of, whole
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
    jitter,
)
from zcc_console.store.rows import AuditRow

BATCH = 200
REFUSED_S = 300.0
"""A chain that the hub refused is offered again after so long."""
GATHER_S = 5.0
"""Rows wait a little, so that they travel together."""


@dataclass(frozen=True, slots=True)
class NextBatch(Effect):
    """Rows of one incarnation that the hub lacks, in order, but for chains in `skip`; answered by `Batch`."""

    skip: frozenset[str] = frozenset()
    limit: int = BATCH


@dataclass(frozen=True, slots=True)
class Batch(Event):
    """They, or none."""

    rows: tuple[AuditRow, ...]


@dataclass(frozen=True, slots=True)
class BatchTaken(Effect):
    """The hub has the chain of that incarnation up to a number."""

    incarnation: str
    up_to: int


@dataclass(frozen=True, slots=True)
class GoBack(Effect):
    """The hub lacks a chain from a number on: what is still here goes again; answered by `WentBack`."""

    incarnation: str
    first: int


@dataclass(frozen=True, slots=True)
class WentBack(Event):
    """The lowest number that can be sent."""

    first: int


@dataclass(frozen=True, slots=True)
class AuditState:
    """Where the lane stands."""

    desk_id: str
    rows: tuple[AuditRow, ...] = ()
    attempts: int = 0
    skip: frozenset[str] = frozenset()
    """Chains that the hub does not take: they stay here, and do not hold up the others."""
    expected: int = 0


def step(state: AuditState, event: Event, now: Now) -> tuple[AuditState, Effects]:
    """The lane's rules."""
    match event:
        case Begin() | Woken():
            return state, (NextBatch(state.skip),)
        case Batch(rows) if now.kind is not Kind.RIGHT:
            return state, (Wait(GATHER_S),)
        case Batch(()) if state.skip:
            return replace(state, skip=frozenset()), (Wait(REFUSED_S),)
        case Batch(()):
            return state, (Wait(GATHER_S),)
        case Batch(rows):
            return replace(state, rows=rows), (_request(state.desk_id, rows),)
        case Replied() | Lost():
            return _answer(state, event, now)
        case WentBack(first):
            if 0 < first <= state.expected:
                return replace(state, rows=()), (NextBatch(state.skip),)
            return _not_taken(state)  # what it lacks has left this desk
    raise AssertionError(type(event).__name__)


def _request(desk_id: str, rows: tuple[AuditRow, ...]) -> Request:
    body = {
        "desk_id": desk_id,
        "incarnation": rows[0].incarnation,
        "rows": [
            {
                "no": row.no,
                "at": row.at,
                "user": row.user,
                "event": row.event,
                "subject": row.subject,
                "detail": row.detail,
                "previous": row.previous,
                "hash": row.hash,
            }
            for row in rows
        ],
    }
    return Request("hub", "POST", "/v1/audit", timeout_s=15.0, body=compact(body).encode())


def _answer(state: AuditState, outcome: Replied | Lost, now: Now) -> tuple[AuditState, Effects]:
    body = answer_object(outcome) if isinstance(outcome, Replied) else None
    incarnation = state.rows[0].incarnation
    last = whole(body.get("last")) if body is not None and body.get("incarnation") == incarnation else None
    if last is not None and last >= state.rows[0].no:
        taken = BatchTaken(incarnation, min(last, state.rows[-1].no))
        return replace(state, attempts=0, rows=()), (taken, Wait(0.2))
    found = problem_of(outcome) if isinstance(outcome, Replied) else None
    expected = whole(found[1].get("expected")) if found is not None and found[0] == "sequence-gap" else None
    if expected is not None and expected < state.rows[0].no:
        return replace(state, expected=expected), (GoBack(incarnation, expected),)
    if found is not None and found[0] in ("invalid", "key-reused", "sequence-gap"):
        return _not_taken(state)
    seconds = GATHER_S + jitter(now, state.attempts, 2.0, 60.0)
    status = outcome.status if isinstance(outcome, Replied) else None
    log = Log("audit-no-answer", (("status", status), ("attempt", state.attempts)))
    return replace(state, attempts=state.attempts + 1, rows=()), (log, Wait(seconds))


def _not_taken(state: AuditState) -> tuple[AuditState, Effects]:
    """A chain with a hole or another link: the hub shows the alert; here it waits, and the others go on."""
    skip = state.skip | {state.rows[0].incarnation}
    log = Log("audit-refused", (("incarnation", state.rows[0].incarnation), ("no", state.rows[0].no)))
    return replace(state, skip=skip, rows=()), (log, NextBatch(skip))

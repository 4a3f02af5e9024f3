"""Bringing the audit chain to the hub in batches, idempotent by incarnation and number (contract.md §5)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from zcc_console.core.canonical import compact
from zcc_console.courier.answers import answer_object, whole
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
GATHER_S = 5.0
"""Rows wait a little, so that they travel together."""


@dataclass(frozen=True, slots=True)
class NextBatch(Effect):
    """Rows of one incarnation that the hub lacks, in order; answered by `Batch`."""

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
class AuditState:
    """Where the lane stands."""

    desk_id: str
    rows: tuple[AuditRow, ...] = ()
    attempts: int = 0


def step(state: AuditState, event: Event, now: Now) -> tuple[AuditState, Effects]:
    """The lane's rules."""
    match event:
        case Begin() | Woken():
            return state, (NextBatch(),)
        case Batch(rows):
            if not rows or now.kind is not Kind.RIGHT:
                return state, (Wait(GATHER_S),)
            return replace(state, rows=rows), (_request(state.desk_id, rows),)
        case Replied() | Lost():
            return _answer(state, event, now)
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
    seconds = GATHER_S + jitter(now, state.attempts, 2.0, 60.0)
    status = outcome.status if isinstance(outcome, Replied) else None
    log = Log("audit-not-taken", (("status", status), ("attempt", state.attempts)))
    return replace(state, attempts=state.attempts + 1, rows=()), (log, Wait(seconds))

"""Laying the desk's own commands over the region's objects, computed on reading and never stored (contract.md §5).

A row is laid over unless it was refused or the cache contains it. Counts of capacity, `confirmed` and *handed over* are
never anticipated. Pure functions on raw objects.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from zcc_console.core.cursor import Cursor
from zcc_console.core.jsontypes import Json, JsonObject, as_list, as_object, as_text
from zcc_console.store import rows
from zcc_console.store.rows import OutboxRow


@dataclass(frozen=True, slots=True)
class Seen:
    """What of the own commands the cache contains."""

    cursor: str | None
    applied: Mapping[str, int]
    former: Mapping[str, list[tuple[str, int]]]

    def contains(self, row: OutboxRow) -> bool:
        """A number it has, or had, is not above what the cache holds for that incarnation; or its own transaction
        is at or before the cursor."""
        numbers = [(row.incarnation, row.desk_seq), *self.former.get(row.command_id, ())]
        if any(seq <= self.applied.get(incarnation, 0) for incarnation, seq in numbers):
            return True
        written = as_text((row.response or {}).get("cursor"))
        if row.state != rows.APPLIED or not written or not self.cursor:
            return False
        try:
            there, here = Cursor.parse(written), Cursor.parse(self.cursor)
        except ValueError:
            return False
        return there.epoch == here.epoch and there.seq <= here.seq


def laid_over(outbox: Iterable[OutboxRow], seen: Seen) -> list[OutboxRow]:
    """The rows that count on top of the cache, in order."""
    return [row for row in outbox if row.state not in (rows.REFUSED, rows.SETTLED) and not seen.contains(row)]


def over_call(call: JsonObject | None, own: Sequence[OutboxRow], desk_id: str) -> JsonObject | None:
    """A call with the own rows laid over it in order; None where neither the region nor a row knows it."""
    if not own:
        return call
    result: dict[str, Json] | None = dict(call) if call is not None else None
    for row in own:
        data = as_object(row.body.get("data"))
        if row.type == "call.create":
            if result is None:
                result = {
                    **data,
                    "id": row.call_id,
                    "state": "waiting",
                    "received_at": data.get("received_at") or row.at,
                }
            continue
        if result is None:
            continue
        _OVERLAYS.get(row.type, _nothing)(result, data, row, desk_id)
    return result


def _nothing(call: dict[str, Json], data: JsonObject, row: OutboxRow, desk_id: str) -> None:
    """A command that changes nothing that may be shown before the hub says so."""


def _claim(call: dict[str, Json], data: JsonObject, row: OutboxRow, desk_id: str) -> None:
    held = as_object(call.get("claim"))
    if row.type == "call.claim" and held and held.get("desk_id") != desk_id:
        return  # the region says somebody else has it: that is what is shown
    call["state"] = "claimed" if call.get("state") in ("waiting", "callback", "claimed", None) else call["state"]
    call["claim"] = {
        "desk_id": desk_id,
        "user": row.body.get("user"),
        "id": row.command_id,
        "fence": None,
        "since": row.body.get("at"),
        "stale": False,
        "pending": True,
    }


def _release(call: dict[str, Json], data: JsonObject, row: OutboxRow, desk_id: str) -> None:
    call["claim"] = None
    call["state"] = "waiting"


def _note(call: dict[str, Json], data: JsonObject, row: OutboxRow, desk_id: str) -> None:
    note = {
        "text": data.get("text"),
        "by": row.body.get("user"),
        "desk_id": desk_id,
        "at": row.body.get("at"),
        "pending": True,
    }
    call["notes"] = [*as_list(call.get("notes")), note]


def _update(call: dict[str, Json], data: JsonObject, row: OutboxRow, desk_id: str) -> None:
    for key, value in data.items():
        old = call.get(key)
        call[key] = {**as_object(old), **value} if isinstance(value, dict) and isinstance(old, dict) else value


def _triage(call: dict[str, Json], data: JsonObject, row: OutboxRow, desk_id: str) -> None:
    held = as_object(call.get("claim"))
    if held.get("desk_id") in (None, desk_id):
        call["triage"] = {**data, "at": row.body.get("at"), "by": row.body.get("user"), "desk_id": desk_id}


def _dispose(call: dict[str, Json], data: JsonObject, row: OutboxRow, desk_id: str) -> None:
    call["disposition"] = {**data, "at": row.body.get("at"), "by": row.body.get("user")}


def _callback(call: dict[str, Json], data: JsonObject, row: OutboxRow, desk_id: str) -> None:
    call["state"], call["claim"] = "callback", None
    call["callback"] = {"at": data.get("at"), "why": data.get("why")}


def _close(call: dict[str, Json], data: JsonObject, row: OutboxRow, desk_id: str) -> None:
    call["state"], call["claim"] = "closed", None
    call["outcome"] = data.get("outcome")


def _reopen(call: dict[str, Json], data: JsonObject, row: OutboxRow, desk_id: str) -> None:
    call["state"], call["claim"] = "waiting", None


def _raise(call: dict[str, Json], data: JsonObject, row: OutboxRow, desk_id: str) -> None:
    call["raised"] = {**data, "by": row.body.get("user"), "at": row.body.get("at")}


_OVERLAYS = {
    "call.claim": _claim,
    "call.takeover": _claim,
    "call.release": _release,
    "call.note": _note,
    "call.update": _update,
    "call.triage": _triage,
    "call.dispose": _dispose,
    "call.callback": _callback,
    "call.close": _close,
    "call.reopen": _reopen,
    "call.raise": _raise,
}

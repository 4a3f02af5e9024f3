"""One unit of work on the region: what it reads is the last commit with its own writes over it; what it writes becomes
one transaction of the log (or several, when it is more than 500 items). It knows no rule of the contract."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import datetime

from sqlalchemy import Connection, Delete, Insert, Update, delete, insert, select, update

from zcc_console.core.clock import rfc3339
from zcc_console.core.cursor import Cursor
from zcc_console.core.jsontypes import as_object, as_text
from zcc_console.hub import schema
from zcc_console.hub.state import Committed, Data, Entry, Marks, State, Written, dumps, item_text

ITEMS_LIMIT = 500
"""Items of one transaction (contract.md §1)."""


class Change:
    """Reads and writes of one transaction."""

    def __init__(self, state: State, connection: Connection, now: datetime) -> None:
        self._state = state
        self.connection = connection
        self.now = now
        self.at = rfc3339(now)
        self._puts: dict[tuple[str, str], Data | None] = {}
        self._marks: dict[tuple[str, str], Marks] = {}
        self.next_seq = state.head.seq + 1
        self.made: list[Committed] = []
        """The transactions of the log that this unit of work became, once finished."""
        self.wrote = False
        """Whether anything goes to the disk; a unit of work without it costs no write."""
        self.after: list[Callable[[], None]] = []
        """What follows in memory once it is committed."""

    # -- reading -------------------------------------------------------------------------------------------------

    def get(self, kind: str, item_id: str) -> Data | None:
        """An item's data as this unit of work sees it; never to be mutated."""
        if (kind, item_id) in self._puts:
            return self._puts[kind, item_id]
        entry = self._state.get(kind, item_id)
        return entry.data if entry else None

    def marks(self, kind: str, item_id: str) -> Marks:
        """The hub's notes on an item."""
        if (kind, item_id) in self._marks:
            return self._marks[kind, item_id]
        entry = self._state.get(kind, item_id)
        return entry.marks if entry else Marks()

    def rev(self, kind: str, item_id: str) -> str | None:
        """The item's rev before this unit of work."""
        entry = self._state.get(kind, item_id)
        return entry.rev if entry else None

    def ids(self, kind: str) -> list[str]:
        """All ids of a type."""
        return self._seen(kind, self._state.entries[kind])

    def _seen(self, kind: str, stored: Iterable[str]) -> list[str]:
        found = dict.fromkeys(stored)
        found.update(dict.fromkeys(item_id for (k, item_id) in self._puts if k == kind))
        return [item_id for item_id in found if self.get(kind, item_id) is not None]

    def _matching(self, kind: str, stored: Iterable[str], field: str, value: str) -> list[Data]:
        found = [self.get(kind, item_id) for item_id in self._seen(kind, stored)]
        return [data for data in found if data is not None and data.get(field) == value]

    def reservations_of_unit(self, unit_id: str) -> list[Data]:
        """Every reservation on a unit, whatever its state."""
        return self._matching("reservation", self._state.by_unit.get(unit_id, {}), "unit_id", unit_id)

    def reservations_of_call(self, call_id: str) -> list[Data]:
        """Every reservation for a call, whatever its state."""
        return self._matching("reservation", self._state.by_call.get(call_id, {}), "call_id", call_id)

    def handoffs_of_call(self, call_id: str) -> list[Data]:
        """Every handoff of a call."""
        return self._matching("handoff", self._state.handoffs_of.get(call_id, {}), "call_id", call_id)

    def held_by(self, desk_id: str) -> list[str]:
        """The calls a desk holds."""
        return [
            call_id
            for call_id in self._seen("call", self._state.held.get(desk_id, {}))
            if as_object((self.get("call", call_id) or {}).get("claim")).get("desk_id") == desk_id
        ]

    def number_taken(self, number: str) -> bool:
        """Whether a call in the log has this number."""
        return number in self._state.numbers or any(
            kind == "call" and data is not None and data.get("number") == number
            for (kind, _), data in self._puts.items()
        )

    # -- writing ---------------------------------------------------------------------------------------------------

    def put(self, kind: str, item_id: str, data: Data, *, who: str | None = None) -> None:
        """Write an item whole. `who` is the desk or source whose act this is; None for the hub's own mark."""
        self._puts[kind, item_id] = data
        marks = self.marks(kind, item_id)
        self._marks[kind, item_id] = marks.touched(who, self.next_seq) if who is not None else marks

    def set_claims(self, call_id: str, claims: tuple[str, ...]) -> None:
        """Note which commands name the call's present claim; the item must be written too."""
        marks = self.marks("call", call_id)
        self._marks["call", call_id] = Marks(marks.last, marks.other, claims)

    def delete(self, kind: str, item_id: str) -> None:
        """Take an item out of the log."""
        self._puts[kind, item_id] = None

    def drop(self) -> None:
        """Forget what was to go into the log: the request is refused after all."""
        self._puts, self._marks, self.after = {}, {}, []

    def write(self, statement: Insert | Update | Delete) -> int:
        """Write to the database beside or for the log; how many rows it met."""
        self.wrote = True
        return self.connection.execute(statement).rowcount

    # -- what is kept beside the log -------------------------------------------------------------------------------

    def record(self, call_id: str) -> Data:
        """What the hub keeps of a call beside the log; empty where nothing."""
        text = self.connection.execute(
            select(schema.record.c.data).where(schema.record.c.call_id == call_id)
        ).scalar_one_or_none()
        return json.loads(text) if text is not None else {}

    def keep_record(self, call_id: str, data: Data) -> None:
        """Keep it."""
        table = schema.record
        if not self.write(update(table).where(table.c.call_id == call_id).values(data=dumps(data))):
            self.write(insert(table).values(call_id=call_id, data=dumps(data)))

    # -- the end -----------------------------------------------------------------------------------------------------

    def finish(self, command: Data | None) -> list[Committed]:
        """Write everything to the database as transactions of the log. Nothing is in the log before COMMIT."""
        keys = list(self._puts)
        for start in range(0, len(keys), ITEMS_LIMIT):
            chunk = keys[start : start + ITEMS_LIMIT]
            last = start + ITEMS_LIMIT >= len(keys)
            prev = Cursor(self._state.head.epoch, self.next_seq - 1)
            self.made.append(self._transaction(chunk, prev, command if last else None))
            self.next_seq += 1
        self._puts = {}
        return self.made

    def _transaction(self, keys: list[tuple[str, str]], prev: Cursor, command: Data | None) -> Committed:
        cursor = str(Cursor(prev.epoch, prev.seq + 1))
        written = tuple(self._write(kind, item_id, cursor) for kind, item_id in keys)
        body = (
            f'{{"cursor":"{cursor}","prev":"{prev}","at":"{self.at}","command":{dumps(command)},'
            f'"items":[{",".join(item.text for item in written)}]}}'
        )
        self.write(insert(schema.log).values(seq=prev.seq + 1, epoch=prev.epoch, at=self.at, body=body))
        return Committed(prev.seq + 1, cursor, str(prev), self.at, written, body)

    def _write(self, kind: str, item_id: str, rev: str) -> Written:
        data, table = self._puts[kind, item_id], schema.item
        here = (table.c.type == kind) & (table.c.id == item_id)
        if data is None:
            self.write(delete(table).where(here))
            return Written(kind, item_id, item_text(kind, item_id, rev, None), None)
        text, marks = dumps(data), self._marks[kind, item_id]
        values = {"rev": rev, "data": text, "marks": marks.text()}
        if self._state.get(kind, item_id) is not None:
            self.write(update(table).where(here).values(values))
        else:
            self.write(insert(table).values(type=kind, id=item_id, **values))
        whole = item_text(kind, item_id, rev, text)
        return Written(kind, item_id, whole, Entry(kind, item_id, rev, data, whole, marks))


def holder(call: Data) -> str | None:
    """The desk that holds a call."""
    claim = as_object(call.get("claim"))
    return as_text(claim.get("desk_id")) or None

"""The region as of the last commit, in memory: every item of the log with its text, indexes, and the running digest.

It is what the database holds, read once at the start and kept equal by adopting each committed transaction. Nobody
changes what it holds but by `adopt`; data in it is never mutated.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from zcc_console.core.canonical import DIGEST_MODULUS, item_hash
from zcc_console.core.cursor import Cursor
from zcc_console.core.jsontypes import Json, as_object, as_text
from zcc_console.hub import schema

Data = dict[str, Json]
TYPES = ("call", "capacity", "reservation", "handoff", "desk", "notice")


@dataclass(frozen=True, slots=True)
class Marks:
    """The hub's own notes on an item, never in the log.

    `last` and `other` are who changed it last and who else did before, each with the number of that transaction; the
    hub's own marks are not among them. `claims` are the commands that made the present claim, or asked for it again.
    """

    last: tuple[str, int] | None = None
    other: tuple[str, int] | None = None
    claims: tuple[str, ...] = ()

    def touched(self, who: str, seq: int) -> Marks:
        """After a change by somebody."""
        if self.last is None or self.last[0] == who:
            return Marks((who, seq), self.other, self.claims)
        return Marks((who, seq), self.last, self.claims)

    def last_by_another(self, who: str) -> int:
        """The number of the last change by anyone else; 0 where there is none."""
        if self.last is not None and self.last[0] != who:
            return self.last[1]
        return self.other[1] if self.other is not None else 0

    def text(self) -> str:
        """As stored."""
        return json.dumps([self.last, self.other, self.claims])

    @staticmethod
    def parse(text: str) -> Marks:
        """As stored."""
        last, other, claims = json.loads(text)
        return Marks(tuple(last) if last else None, tuple(other) if other else None, tuple(claims))


@dataclass(frozen=True, slots=True)
class Entry:
    """One item as it stands in the log; `text` is its JSON as it goes over the line."""

    type: str
    id: str
    rev: str
    data: Data
    text: str
    marks: Marks


@dataclass(frozen=True, slots=True)
class Written:
    """One item of a transaction; `entry` is None where it was deleted."""

    type: str
    id: str
    text: str
    entry: Entry | None


@dataclass(frozen=True, slots=True)
class Committed:
    """One transaction of the log, serialised once for everyone."""

    seq: int
    cursor: str
    prev: str
    at: str
    items: tuple[Written, ...]
    body: str


def dumps(value: object) -> str:
    """Compact JSON text."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def item_text(kind: str, item_id: str, rev: str, data: str | None) -> str:
    """An item as it goes over the line, from its data's JSON text; None deletes."""
    op = "delete" if data is None else "put"
    head = f'{{"type":"{kind}","id":{json.dumps(item_id)},"rev":"{rev}","op":"{op}","data":'
    return head + (data if data is not None else "null") + "}"


@dataclass
class State:
    """Everything in the log at `head`."""

    head: Cursor
    entries: dict[str, dict[str, Entry]] = field(default_factory=lambda: {kind: {} for kind in TYPES})
    sums: dict[str, int] = field(default_factory=lambda: dict.fromkeys(TYPES, 0))
    held: dict[str, dict[str, None]] = field(default_factory=dict)
    """Desk to the calls it holds."""
    by_unit: dict[str, dict[str, None]] = field(default_factory=dict)
    by_call: dict[str, dict[str, None]] = field(default_factory=dict)
    """Unit, and call, to reservations."""
    handoffs_of: dict[str, dict[str, None]] = field(default_factory=dict)
    """Call to handoffs."""
    numbers: dict[str, str] = field(default_factory=dict)
    """Number for humans to call."""

    @staticmethod
    def load(connection: Connection, head: Cursor) -> State:
        """Read it from the database."""
        state = State(head)
        rows = connection.execute(select(schema.item).order_by(schema.item.c.type, schema.item.c.id))
        for kind, item_id, rev, data, marks in rows:
            text = item_text(kind, item_id, rev, data)
            state._set(Entry(kind, item_id, rev, json.loads(data), text, Marks.parse(marks)))
        return state

    def get(self, kind: str, item_id: str) -> Entry | None:
        """One item."""
        return self.entries[kind].get(item_id)

    def all(self) -> Iterator[Entry]:
        """Every item."""
        for kind in TYPES:
            yield from self.entries[kind].values()

    def digest(self) -> dict[str, dict[str, int]]:
        """Per type that has items: count, and the sum of their hashes (contract.md §1)."""
        return {
            kind: {"count": len(self.entries[kind]), "sum": self.sums[kind]} for kind in TYPES if self.entries[kind]
        }

    def adopt(self, transactions: Sequence[Committed]) -> None:
        """Take over what was committed."""
        for transaction in transactions:
            for item in transaction.items:
                self._drop(item.type, item.id)
                if item.entry is not None:
                    self._set(item.entry)
            self.head = Cursor(self.head.epoch, transaction.seq)

    def _set(self, entry: Entry) -> None:
        self.entries[entry.type][entry.id] = entry
        self._count(entry, 1)
        for index, key in self._keys(entry):
            index.setdefault(key, {})[entry.id] = None
        if entry.type == "call":
            self.numbers[as_text(entry.data.get("number"))] = entry.id

    def _drop(self, kind: str, item_id: str) -> None:
        entry = self.entries[kind].pop(item_id, None)
        if entry is None:
            return
        self._count(entry, -1)
        for index, key in self._keys(entry):
            members = index.get(key, {})
            members.pop(item_id, None)
            if not members:
                index.pop(key, None)
        number = as_text(entry.data.get("number"))
        if kind == "call" and self.numbers.get(number) == item_id:
            del self.numbers[number]

    def _count(self, entry: Entry, sign: int) -> None:
        change = sign * item_hash(entry.type, entry.id, entry.rev)
        self.sums[entry.type] = (self.sums[entry.type] + change) % DIGEST_MODULUS

    def _keys(self, entry: Entry) -> Iterable[tuple[dict[str, dict[str, None]], str]]:
        data = entry.data
        if entry.type == "call" and data.get("claim"):
            yield self.held, as_text(as_object(data.get("claim")).get("desk_id"))
        elif entry.type == "reservation":
            yield self.by_unit, as_text(data.get("unit_id"))
            yield self.by_call, as_text(data.get("call_id"))
        elif entry.type == "handoff":
            yield self.handoffs_of, as_text(data.get("call_id"))

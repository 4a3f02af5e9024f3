"""The region in memory as this desk sees it: the cache's items, read incrementally, and the own rows over them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from zcc_console.core.clock import Clock, rfc3339
from zcc_console.core.jsontypes import JsonObject, as_object, as_text
from zcc_console.desk.overlay import Seen, laid_over, over_call
from zcc_console.desk.rows import Change
from zcc_console.store.cache import Cache, Contact, Item
from zcc_console.store.journal import Journal
from zcc_console.store.rows import HandoffRow, OutboxRow

HANDOFFS_KEPT = timedelta(hours=24)
"""How long a handoff stays in sight, and is tried (contract.md §4)."""


@dataclass(slots=True)
class _Versions:
    cache: int = -1
    journal: int = -1
    items: int = 0


JOURNAL_AGAIN_S = 60.0
"""The journal is read anew at least so often where anything changes: handoffs leave its sight by their age."""
QUIET = Change(frozenset(), frozenset(), False, False)


class Picture:
    """Everything the desk knows now. `refresh` brings it up to date and says what changed."""

    def __init__(
        self, cache: Cache, journal: Journal, clock: Clock, desk_id: str, *, first_lines: int | None = None
    ) -> None:
        """Look at a desk's two files.

        Args:
            first_lines: read only so many calls of the queue at first; `read_on` brings the others.
        """
        self.cache = cache
        self.journal = journal
        self.clock = clock
        self.desk_id = desk_id
        self.items: dict[str, dict[str, JsonObject]] = {}
        self.revs: dict[tuple[str, str], str] = {}
        self.contact: Contact | None = None
        self.meta: dict[str, str] = {}
        self.own_by_call: dict[str, list[OutboxRow]] = {}
        self.own_rows: list[OutboxRow] = []
        self.to_settle: list[OutboxRow] = []
        self.calls_to_settle: frozenset[str | None] = frozenset()
        self.own_handoffs: list[HandoffRow] = []
        self.undelivered = 0
        self.alarm: str | None = None
        """What the journal itself has to say."""
        self.open_place: JsonObject = {}
        """Where the console stood."""
        self._outbox: list[OutboxRow] = []
        self._former: dict[str, list[tuple[str, int]]] = {}
        self._applied: dict[str, int] = {}
        self._calls: dict[str, JsonObject] = {}
        self._holders: dict[str, str] = {}
        self._held: dict[str, dict[str, None]] = {}
        self._reserved: dict[str, list[JsonObject]] | None = None
        self._first_lines = first_lines
        self._read_up_to: str | None = None
        self._versions = _Versions()
        self._journal_read_at = 0.0
        self._dirty = True

    # -- being up to date ---------------------------------------------------------------------------------------------

    def refresh(self) -> Change:
        """Read what changed since the last time; cheap when nothing did."""
        cache_version, journal_version = self.cache.data_version(), self.journal.data_version()
        cache_changed = cache_version != self._versions.cache
        journal_changed = self._dirty or journal_version != self._versions.journal
        if not cache_changed and not journal_changed:
            return QUIET
        first = self._versions.cache == -1
        calls: set[str] = set()
        units: set[str] = set()
        handoffs = others = False
        if cache_changed:
            self._versions.cache = cache_version
            calls, units, handoffs, others = self._read_cache()
        before, self.own_by_call = self.own_by_call, {}
        applied = self.cache.all_applied()
        fell_back = any(applied.get(incarnation, 0) < number for incarnation, number in self._applied.items())
        self._applied = applied
        if journal_changed or fell_back or self.clock.boot() - self._journal_read_at >= JOURNAL_AGAIN_S:
            self._read_journal()
            self._versions.journal, self._dirty = journal_version, False
        self._lay_own()
        own = before.keys() | self.own_by_call.keys()
        calls |= {call_id for call_id in own if before.get(call_id) != self.own_by_call.get(call_id)}
        for call_id in calls:
            self._lay_over(call_id)
        return Change(
            frozenset(calls), frozenset(units), handoffs or journal_changed, others or journal_changed, first=first
        )

    def touched(self) -> None:
        """This desk wrote its journal (which its own `data_version` does not show)."""
        self._dirty = True

    @property
    def complete(self) -> bool:
        """Whether every call of the cache was read."""
        return self._read_up_to is None

    def read_on(self, limit: int) -> Change:
        """Read some of the calls that were left out at first."""
        if self._read_up_to is None:
            return QUIET
        found = self.cache.calls_after(self._read_up_to, self._versions.items, limit)
        self._read_up_to = found[-1].id if found else None
        known = self.items.setdefault("call", {})
        fresh = [item for item in found if item.id not in known]
        for item in fresh:
            self._put(item)
            self._lay_over(item.id)
        return Change(frozenset(item.id for item in fresh), frozenset(), False, False)

    def _read_cache(self) -> tuple[set[str], set[str], bool, bool]:
        calls: set[str] = set()
        units: set[str] = set()
        handoffs = others = False
        if self._versions.items == 0 and self._first_lines is not None:
            version, changed = self.cache.opening(self._first_lines)
            self._read_up_to = ""
        else:
            version, changed = self.cache.changed_since(self._versions.items)
        if version < self._versions.items:  # another file took its place: everything anew
            self.items.clear()
            self.revs.clear()
            calls.update(self._calls)
            version, changed = self.cache.changed_since(0)
            self._read_up_to = None
        self._versions.items = version
        for item in changed:
            self._put(item)
            if item.type == "call":
                calls.add(item.id)
            elif item.type == "capacity":
                units.add(item.id)
            elif item.type == "reservation" and item.data is not None:
                units.add(str(item.data.get("unit_id")))
                calls.add(str(item.data.get("call_id")))
            elif item.type == "handoff":
                handoffs = True
            else:
                others = True
        self.contact = self.cache.contact()
        self.meta = self.cache.all_meta()
        return calls, units, handoffs, others

    def _put(self, item: Item) -> None:
        of_type = self.items.setdefault(item.type, {})
        if item.data is None:
            of_type.pop(item.id, None)
            self.revs.pop((item.type, item.id), None)
        else:
            of_type[item.id] = item.data
            self.revs[(item.type, item.id)] = item.rev
        if item.type == "reservation":
            self._reserved = None

    def _read_journal(self) -> None:
        self._journal_read_at = self.clock.boot()
        self._outbox = self.journal.outbox_above(self._applied)
        self._former = self.journal.former_numbers()
        self.to_settle = [row for row in self._outbox if row.state in ("refused", "set-aside")]
        self.calls_to_settle = frozenset(row.call_id for row in self.to_settle)
        self.own_handoffs = self.journal.handoffs(rfc3339(self.clock.now() - HANDOFFS_KEPT))
        self.undelivered = self.journal.undelivered()
        self.alarm = self.journal.meta("alarm")
        self.open_place = self.journal.place("open")

    def _lay_own(self) -> None:
        """Which own rows count on top of the cache as it is now."""
        self.own_rows = laid_over(self._outbox, Seen(self.cache.cursor, self._applied, self._former))
        for row in self.own_rows:
            if row.call_id is not None:
                self.own_by_call.setdefault(row.call_id, []).append(row)

    def _lay_over(self, call_id: str) -> None:
        call = over_call(self._region_call(call_id), self.own_by_call.get(call_id, ()), self.desk_id)
        if call is None:
            self._calls.pop(call_id, None)
        else:
            self._calls[call_id] = call
        holder = holder_of(call) if call is not None else ""
        before = self._holders.get(call_id, "")
        if holder != before:
            self._held.get(before, {}).pop(call_id, None)
            self._holders.pop(call_id, None)
            if holder:
                self._holders[call_id] = holder
                self._held.setdefault(holder, {})[call_id] = None

    def _region_call(self, call_id: str) -> JsonObject | None:
        known = self.items.get("call", {}).get(call_id)
        if known is None and self._read_up_to is not None:
            item = self.cache.call_as_of(call_id, self._versions.items)
            if item is not None:
                self._put(item)
                return item.data
        return known

    # -- looking ------------------------------------------------------------------------------------------------------

    def calls(self) -> Iterable[tuple[str, JsonObject]]:
        """All calls that were read, closed ones too, with the own rows over them."""
        return self._calls.items()

    def call(self, call_id: str) -> JsonObject | None:
        """One call with the own rows over it."""
        if self._read_up_to is not None and call_id not in self._calls:
            self._lay_over(call_id)
        return self._calls.get(call_id)

    def held_by(self, desk_id: str) -> list[tuple[str, JsonObject]]:
        """The calls that a desk is busy with."""
        return [(call_id, self._calls[call_id]) for call_id in self._held.get(desk_id, ())]

    def reserved_at(self, unit_id: str) -> Sequence[JsonObject]:
        """The region's holds on places of a unit, whatever became of them."""
        if self._reserved is None:
            self._reserved = {}
            for raw in self.of("reservation").values():
                self._reserved.setdefault(str(raw.get("unit_id")), []).append(raw)
        return self._reserved.get(unit_id, ())

    def of(self, kind: str) -> dict[str, JsonObject]:
        """The region's items of a type, by id."""
        return self.items.get(kind, {})

    def rev(self, kind: str, item_id: str) -> str | None:
        """The rev a person has seen, for `If-Match`."""
        return self.revs.get((kind, item_id))

    def pending(self, call_id: str) -> bool:
        """Whether something of this desk on the call is not yet contained in the region's state."""
        return bool(self.own_by_call.get(call_id))

    def hub_now(self) -> datetime:
        """Hub time: the last `server_time` and the boot clock since; wall time where that is unknown (§5)."""
        contact = self.contact
        if contact is None or contact.boot_id != self.clock.boot_id():
            return self.clock.now()
        return contact.server_time + timedelta(seconds=self.clock.boot() - contact.boot)

    def contact_age_s(self) -> float | None:
        """Seconds since the hub last said something."""
        contact = self.contact
        if contact is None:
            return None
        if contact.boot_id != self.clock.boot_id():
            return max(60.0, (self.clock.now() - contact.server_time).total_seconds())
        return max(0.0, self.clock.boot() - contact.boot)

    def own_reservations(self) -> list[tuple[OutboxRow, JsonObject]]:
        """Reservations asked for and not yet in the region's state."""
        return [(row, as_object(row.body.get("data"))) for row in self.own_rows if row.type == "capacity.reserve"]


def holder_of(call: JsonObject) -> str:
    """The desk that is busy with a call; nothing where none is."""
    if call.get("state") not in ("claimed", "handed-off"):
        return ""
    claim = call.get("claim")
    return as_text(claim.get("desk_id")) if isinstance(claim, Mapping) else ""

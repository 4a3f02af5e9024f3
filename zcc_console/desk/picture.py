"""The region in memory as this desk sees it: the cache's items, read incrementally, and the own rows over them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from zcc_console.core.clock import Clock, rfc3339
from zcc_console.core.jsontypes import Json, JsonObject, as_object
from zcc_console.desk.overlay import Seen, laid_over, over_call
from zcc_console.desk.rows import Change
from zcc_console.store.cache import Cache, Contact
from zcc_console.store.journal import Journal
from zcc_console.store.rows import HandoffRow, OutboxRow

HANDOFFS_KEPT = timedelta(hours=24)
"""How long a handoff stays in sight, and is tried (contract.md §4)."""


@dataclass(slots=True)
class _Versions:
    cache: int = -1
    journal: int = -1
    items: int = 0


class Picture:
    """Everything the desk knows now. `refresh` brings it up to date and says what changed."""

    def __init__(self, cache: Cache, journal: Journal, clock: Clock, desk_id: str) -> None:
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
        self.own_handoffs: list[HandoffRow] = []
        self.undelivered = 0
        self._calls: dict[str, dict[str, Json]] = {}
        self._versions = _Versions()
        self._dirty = True

    def refresh(self) -> Change:
        """Read what changed since the last time; cheap when nothing did."""
        cache_version, journal_version = self.cache.data_version(), self.journal.data_version()
        cache_changed = cache_version != self._versions.cache
        journal_changed = self._dirty or journal_version != self._versions.journal
        if not cache_changed and not journal_changed:
            return Change(frozenset(), frozenset(), False, False)
        first = self._versions.cache == -1
        calls: set[str] = set()
        units: set[str] = set()
        handoffs = others = False
        if cache_changed:
            self._versions.cache = cache_version
            calls, units, handoffs, others = self._read_cache()
        before = set(self.own_by_call)
        self._read_journal()
        self._versions.journal, self._dirty = journal_version, False
        calls |= before | set(self.own_by_call)
        for call_id in calls:
            self._lay_over(call_id)
        return Change(
            frozenset(calls), frozenset(units), handoffs or journal_changed, others or journal_changed, first=first
        )

    def touched(self) -> None:
        """This desk wrote its journal (which its own `data_version` does not show)."""
        self._dirty = True

    def _read_cache(self) -> tuple[set[str], set[str], bool, bool]:
        calls: set[str] = set()
        units: set[str] = set()
        handoffs = others = False
        version, changed = self.cache.changed_since(self._versions.items)
        if version < self._versions.items:  # another file took its place: everything anew
            self.items.clear()
            self.revs.clear()
            calls.update(self._calls)
            version, changed = self.cache.changed_since(0)
        self._versions.items = version
        for item in changed:
            of_type = self.items.setdefault(item.type, {})
            if item.data is None:
                of_type.pop(item.id, None)
                self.revs.pop((item.type, item.id), None)
            else:
                of_type[item.id] = item.data
                self.revs[(item.type, item.id)] = item.rev
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

    def _read_journal(self) -> None:
        applied = self.cache.all_applied()
        outbox = self.journal.outbox_above(applied)
        seen = Seen(self.cache.cursor, applied, self.journal.former_numbers())
        self.own_rows = laid_over(outbox, seen)
        self.to_settle = [row for row in outbox if row.state in ("refused", "set-aside")]
        self.own_by_call = {}
        for row in self.own_rows:
            if row.call_id is not None:
                self.own_by_call.setdefault(row.call_id, []).append(row)
        self.own_handoffs = self.journal.handoffs(rfc3339(self.clock.now() - HANDOFFS_KEPT))
        self.undelivered = self.journal.undelivered()

    def _lay_over(self, call_id: str) -> None:
        call = over_call(self.items.get("call", {}).get(call_id), self.own_by_call.get(call_id, ()), self.desk_id)
        if call is None:
            self._calls.pop(call_id, None)
        else:
            self._calls[call_id] = call

    # -- looking ------------------------------------------------------------------------------------------------------

    def calls(self) -> Iterable[tuple[str, dict[str, Json]]]:
        """All calls, closed ones too, with the own rows over them."""
        return self._calls.items()

    def call(self, call_id: str) -> dict[str, Json] | None:
        """One call with the own rows over it."""
        return self._calls.get(call_id)

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

"""The queue's rows in order, renewed by what changed: a region of thousands of calls is not read anew for each of them."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from operator import attrgetter
from typing import TYPE_CHECKING

from zcc_console.desk.queue import IN_QUEUE
from zcc_console.desk.rows import CallRow, Change

if TYPE_CHECKING:
    from zcc_console.desk.desk import Desk


_rank = attrgetter("rank")
MANY = 500
"""Of more changes than this at once the whole queue is sorted anew: that is quicker than one by one."""


class QueueRows:
    """Rows as they were when last asked for. Their waits are of then; what is on the screen is renewed by itself."""

    def __init__(self) -> None:
        self.by_id: dict[str, CallRow] = {}
        self._blocked = False
        self._to_settle: frozenset[str | None] = frozenset()
        self._with_rav: frozenset[str] = frozenset()
        self.rows: list[CallRow] = []
        """In the queue's order."""
        self.waiting = 0
        """How many of them nobody has."""
        self._since: list[datetime] = []
        """When those came in that nobody has, in order."""

    @property
    def oldest(self) -> datetime | None:
        """When the one came in that waits longest."""
        return self._since[0] if self._since else None

    def renew(self, desk: Desk, change: Change) -> bool:
        """Take in what changed; False where the queue is as it was."""
        blocked = desk.link().blocked
        if change.first or blocked != self._blocked:
            self._blocked = blocked
            self._notice(desk)
            self.by_id = {row.id: self._marked(row) for row in desk.queue()}
            self._sort()
            return True
        touched = set(change.calls)
        if change.handoffs or change.others:
            touched |= self._notice(desk)
        if not touched:
            return False
        fresh = {call_id: self._read(desk, call_id) for call_id in touched}
        if len(fresh) > MANY:
            for call_id, row in fresh.items():
                self._keep(call_id, row)
            self._sort()
        else:
            for call_id, row in fresh.items():
                self._replace(call_id, row)
        return True

    def _sort(self) -> None:
        self.rows = sorted(self.by_id.values(), key=_rank)
        self.waiting = sum(1 for row in self.rows if row.state == "waiting")
        self._since = sorted(row.received_at for row in self.rows if row.state == "waiting" and row.received_at)

    def _replace(self, call_id: str, row: CallRow | None) -> None:
        """Put a line where it belongs now; the others stay where they are."""
        old = self.by_id.get(call_id)
        if old is not None:
            at = bisect_left(self.rows, old.rank, key=_rank)
            while self.rows[at].id != call_id:  # another of the same rank
                at += 1
            if row is not None and row.rank == old.rank:
                self.rows[at] = row
            else:
                del self.rows[at]
        if row is not None and (old is None or row.rank != old.rank):
            insort(self.rows, row, key=_rank)
        self._keep(call_id, row)
        if old is not None and old.state == "waiting":
            self.waiting -= 1
            if old.received_at is not None:
                del self._since[bisect_left(self._since, old.received_at)]
        if row is not None and row.state == "waiting":
            self.waiting += 1
            if row.received_at is not None:
                insort(self._since, row.received_at)

    def _keep(self, call_id: str, row: CallRow | None) -> None:
        if row is not None:
            self.by_id[call_id] = row
        else:
            self.by_id.pop(call_id, None)

    def again(self, desk: Desk, call_ids: Iterable[str]) -> list[CallRow]:
        """These rows as of now."""
        return [self._marked(row) for row in map(desk.row, call_ids) if row is not None]

    def _read(self, desk: Desk, call_id: str) -> CallRow | None:
        """A call's line, where it stands in the queue."""
        row = desk.row(call_id)
        return self._marked(row) if row is not None and is_in_queue(row) else None

    def _notice(self, desk: Desk) -> set[str]:
        """Which calls have something to settle, and which are with the RAV; returns those for which that changed."""
        to_settle = frozenset(row.call_id for row in desk.to_settle())
        with_rav = frozenset(view.call_id for view in desk.handoffs() if view.standing.is_open)
        changed = (to_settle ^ self._to_settle) | (with_rav ^ self._with_rav)
        self._to_settle, self._with_rav = to_settle, with_rav
        return {call_id for call_id in changed if call_id is not None}

    def _marked(self, row: CallRow) -> CallRow:
        return replace(row, flag="RAV") if row.id in self._with_rav and not row.flag else row


def is_in_queue(row: CallRow) -> bool:
    """Whether a call stands in the queue: waiting, claimed, to be called back; handed over only while it is one's own."""
    return row.state in IN_QUEUE or (row.state == "handed-off" and row.claim is not None and row.claim.own)

"""The queue's rows in order, renewed by what changed: a region of thousands of calls is not read anew for each of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from zcc_console.desk.queue import IN_QUEUE
from zcc_console.desk.rows import CallRow, Change

if TYPE_CHECKING:
    from zcc_console.desk.desk import Desk


class QueueRows:
    """Rows as they were when last asked for. Their waits are of then; what is on the screen is renewed by itself."""

    def __init__(self) -> None:
        self._by_id: dict[str, CallRow] = {}
        self._blocked = False
        self._to_settle: frozenset[str | None] = frozenset()
        self._with_rav: frozenset[str] = frozenset()
        self.rows: list[CallRow] = []
        """In the queue's order."""
        self.waiting = 0
        """How many of them nobody has."""
        self.oldest: datetime | None = None
        """When the one came in that waits longest."""

    def renew(self, desk: Desk, change: Change) -> bool:
        """Take in what changed; False where the queue is as it was."""
        blocked = desk.link().blocked
        if change.first or blocked != self._blocked:
            self._blocked = blocked
            self._notice(desk)
            self._by_id = {row.id: self._marked(row) for row in desk.queue()}
        else:
            touched = set(change.calls)
            if change.handoffs or change.others:
                touched |= self._notice(desk)
            if not touched:
                return False
            self._read(desk, touched)
        self.rows = sorted(self._by_id.values(), key=lambda row: row.rank)
        waiting = [row for row in self.rows if row.state == "waiting"]
        self.waiting = len(waiting)
        self.oldest = min((row.received_at for row in waiting if row.received_at is not None), default=None)
        return True

    def again(self, desk: Desk, call_ids: Iterable[str]) -> list[CallRow]:
        """These rows as of now."""
        return [self._marked(row) for row in map(desk.row, call_ids) if row is not None]

    def _read(self, desk: Desk, call_ids: Iterable[str]) -> None:
        for call_id in call_ids:
            row = desk.row(call_id)
            if row is not None and is_in_queue(row):
                self._by_id[call_id] = self._marked(row)
            else:
                self._by_id.pop(call_id, None)

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

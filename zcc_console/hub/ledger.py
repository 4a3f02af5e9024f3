"""The log: serialised writing transactions, gapless numbers, epochs, and what is read of it (contract.md §1).

A unit of work is in memory and told to listeners only after its COMMIT. When it is not known whether a COMMIT
happened, the ledger opens the database anew and looks.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, insert, select, update

from zcc_console.core.clock import Clock, rfc3339
from zcc_console.core.cursor import Cursor
from zcc_console.core.errors import StoreError
from zcc_console.core.ids import Ids
from zcc_console.hub import schema
from zcc_console.hub.change import Change
from zcc_console.hub.database import Database
from zcc_console.hub.marker import Marker
from zcc_console.hub.reply import Refused
from zcc_console.hub.state import Committed, State

RECENT_BYTES = 16 * 1024 * 1024
"""Transactions kept in memory for streams that catch up."""

LOSS_PAUSE_S = 600.0
"""A desk ahead of the log proves a loss; a desk that says so wrongly may not cost the region more than this often."""


@dataclass(frozen=True, slots=True)
class LogRow:
    """One transaction as it goes over the line."""

    seq: int
    cursor: str
    body: str


class Ledger:
    """The region's log and state. One caller at a time."""

    def __init__(self, database: Database, clock: Clock, ids: Ids) -> None:
        self._db = database
        self._clock = clock
        self._ids = ids
        self._marker = Marker(database.key_file.with_suffix(".instance"), database.path)
        self._writes = 0
        self._broken = False
        self._loss_at: float | None = None
        self._recent: deque[LogRow] = deque()
        self._recent_size = 0
        self.epochs: dict[str, tuple[int, int | None]] = {}
        self.floor = 0
        self.state = State(Cursor("none", 0))
        self.listeners: list[Callable[[Sequence[Committed]], None]] = []
        """Called after each commit with its transactions; must not raise and must not write."""
        self.resets: list[Callable[[], None]] = []
        """Called when the state was read anew: another epoch, or a lost connection."""

    # -- start and end ---------------------------------------------------------------------------------------------

    def open(self) -> None:
        """Open the database, begin a new epoch where anything may be missing, read the state."""
        self._db.open()
        try:
            self._load()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of everything; what was acknowledged is on the disk already."""
        self._marker.close()
        self._db.close()

    def new_epoch(self, why: str) -> None:
        """Begin a new epoch now: everything acknowledged may be missing, so every desk loads anew and sends again."""
        with self._db.transaction() as connection:
            self._begin_epoch(connection, why)
        self._load()
        for reset in self.resets:
            reset()

    def _load(self) -> None:
        timeline = self._db.timeline()
        with self._db.transaction() as connection:
            doubt = self._doubt(connection, timeline)
            if doubt is not None:
                self._begin_epoch(connection, doubt)
            row = connection.execute(select(schema.head)).one()
            self._writes = int(row.writes)
            self.state = State.load(connection, Cursor(row.epoch, int(row.seq)))
            self.epochs = {
                e.id: (int(e.first_seq), None if e.last_seq is None else int(e.last_seq))
                for e in connection.execute(select(schema.epoch))
            }
            lowest = connection.execute(select(func.min(schema.log.c.seq))).scalar_one_or_none()
            self.floor = self.state.head.seq if lowest is None else int(lowest) - 1
        self._recent.clear()
        self._recent_size = 0
        self._broken = False
        self._marker.write(self.state.head.epoch, self._writes)

    def _doubt(self, connection: Connection, timeline: str | None) -> str | None:
        """Why a new epoch is due; makes the head row of a new database."""
        row = connection.execute(select(schema.head).with_for_update()).one_or_none()
        known = connection.execute(
            select(schema.meta.c.value).where(schema.meta.c.key == "timeline")
        ).scalar_one_or_none()
        if timeline != known:
            connection.execute(delete(schema.meta).where(schema.meta.c.key == "timeline"))
            if timeline is not None:
                connection.execute(insert(schema.meta).values(key="timeline", value=timeline))
        if row is None:
            connection.execute(insert(schema.meta).values(key="schema", value=str(schema.VERSION)))
            connection.execute(insert(schema.head).values(id=1, epoch="none", seq=0, writes=0))
            return "first"
        if known is not None and timeline != known:
            return "promoted"
        return self._marker.doubt(row.epoch, int(row.writes))

    def _begin_epoch(self, connection: Connection, why: str) -> None:
        row = connection.execute(select(schema.head).with_for_update()).one()
        name, now = self._ids.new().replace("-", "")[-12:], rfc3339(self._clock.now())
        table = schema.epoch
        connection.execute(update(table).where(table.c.last_seq.is_(None)).values(last_seq=row.seq))
        connection.execute(insert(table).values(id=name, first_seq=row.seq, last_seq=None, at=now, why=why))
        connection.execute(delete(schema.log))
        connection.execute(update(schema.head).values(epoch=name, writes=row.writes + 1))

    # -- writing -----------------------------------------------------------------------------------------------------

    @contextmanager
    def unit(self) -> Iterator[Change]:
        """One serialised unit of work. Raised exceptions undo it; a `Refused` passes through.

        Raises:
            Refused: `unavailable` when the database did not do it, or nobody knows whether it did.
        """
        self._mend()
        try:
            with self._db.transaction() as connection:
                row = connection.execute(select(schema.head).with_for_update()).one()
                head = self.state.head
                if (row.epoch, int(row.seq), int(row.writes)) != (head.epoch, head.seq, self._writes):
                    raise StoreError("The database is not where this hub left it.")
                change = Change(self.state, connection, self._clock.now())
                yield change
                if not change.made:
                    change.finish(None)
                if change.wrote:
                    connection.execute(update(schema.head).values(seq=change.next_seq - 1, writes=self._writes + 1))
        except StoreError:
            self._broken = True
            raise _unavailable() from None
        if change.wrote:
            self._writes += 1
            self._marker.reached(self._writes)
        self._adopt(change)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A look at what lies beside the log.

        Raises:
            Refused: `unavailable`.
        """
        self._mend()
        try:
            with self._db.transaction() as connection:
                yield connection
        except StoreError:
            self._broken = True
            raise _unavailable() from None

    def _adopt(self, change: Change) -> None:
        self.state.adopt(change.made)
        for made in change.made:
            self._recent.append(LogRow(made.seq, made.cursor, made.body))
            self._recent_size += len(made.body)
        while self._recent_size > RECENT_BYTES:
            self._forget_oldest()
        for follow in change.after:
            follow()
        if change.made:
            for listener in self.listeners:
                listener(change.made)

    def _mend(self) -> None:
        """After a doubtful COMMIT: open anew and read what is there."""
        if not self._broken:
            return
        try:
            self._db.reopen()
            self._load()
        except StoreError:
            raise _unavailable() from None
        for reset in self.resets:
            reset()

    def settle(self) -> None:
        """Once a second: bring the marker to the disk."""
        self._marker.settle()

    # -- reading the log ---------------------------------------------------------------------------------------------

    def after(self, since: Cursor, limit: int) -> list[LogRow]:
        """The transactions after a cursor that `place` found good, oldest first."""
        if self._recent and self._recent[0].seq <= since.seq + 1:
            skip = since.seq + 1 - self._recent[0].seq
            return [self._recent[i] for i in range(skip, min(len(self._recent), skip + limit))]
        if since.seq >= self.state.head.seq:
            return []
        with self.reading() as connection:
            rows = connection.execute(
                select(schema.log.c.seq, schema.log.c.body)
                .where(schema.log.c.seq > since.seq)
                .order_by(schema.log.c.seq)
                .limit(limit)
            ).all()
        return [LogRow(int(seq), str(Cursor(self.state.head.epoch, int(seq))), body) for seq, body in rows]

    def place(self, text: str) -> tuple[Cursor | None, str]:
        """A cursor in the present log, or None and why not: `unreadable`, `epoch`, `ahead`, `old`."""
        try:
            cursor = Cursor.parse(text)
        except ValueError:
            return None, "unreadable"
        head = self.state.head
        if cursor.epoch != head.epoch:
            return None, "epoch"
        if cursor.seq > head.seq:
            return None, "ahead"
        return (cursor, "") if cursor.seq >= self.floor else (None, "old")

    def loss_shown(self) -> bool:
        """A desk holds a cursor of this epoch that is ahead of the log: something acknowledged is missing here, so a new
        epoch begins; at most once in ten minutes."""
        boot = self._clock.boot()
        if self._loss_at is not None and boot - self._loss_at < LOSS_PAUSE_S:
            return False
        self._loss_at = boot
        self.new_epoch("desk-ahead")
        return True

    def is_past(self, rev: str) -> int | None:
        """The number of a rev that this log gave out; None where it never did."""
        try:
            cursor = Cursor.parse(rev)
        except ValueError:
            return None
        span = self.epochs.get(cursor.epoch)
        if span is None:
            return None
        last = self.state.head.seq if span[1] is None else span[1]
        return cursor.seq if span[0] <= cursor.seq <= last else None

    def prune(self, now: datetime, kept_s: float) -> None:
        """Forget transactions older than the log is kept."""
        before = rfc3339(now - timedelta(seconds=kept_s))
        with self.unit() as change:
            change.write(delete(schema.log).where(schema.log.c.at < before))
            lowest = change.connection.execute(select(func.min(schema.log.c.seq))).scalar_one_or_none()
            floor = change.next_seq - 1 if lowest is None else int(lowest) - 1
            change.after.append(lambda: self._raise_floor(floor))

    def _raise_floor(self, floor: int) -> None:
        self.floor = max(self.floor, floor)
        while self._recent and self._recent[0].seq <= floor:
            self._forget_oldest()

    def _forget_oldest(self) -> None:
        self._recent_size -= len(self._recent.popleft().body)


def _unavailable() -> Refused:
    return Refused(
        "unavailable",
        "De hub kan zijn database even niet bereiken. Wat is bevestigd, is bewaard; stuur hetzelfde straks opnieuw.",
        headers=(("Retry-After", "1"),),
    )

"""Snapshots of the whole state at one cursor, in pages; desks that ask together share one (contract.md §1).

An item's text is shared with the state, so keeping a snapshot for ten minutes costs a list of pointers.
"""

from __future__ import annotations

from dataclasses import dataclass

from zcc_console.core.cursor import Cursor
from zcc_console.hub.state import Data, State, dumps

PAGE_ITEMS = 1000
SHARED_S = 1.0
"""The first page is at most this far behind the head."""

STILL_S = 60.0
"""A snapshot at the head itself is shared this long, so that it can still be read to its end."""

KEPT_S = 600.0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The whole state at one cursor."""

    cursor: Cursor
    made: float
    texts: tuple[str, ...]
    digest: Data
    applied: dict[str, dict[str, int]]
    """Desk to incarnation to the last number used."""


class Snapshots:
    """The snapshots of the last ten minutes, on the hub's boot clock."""

    def __init__(self) -> None:
        self._kept: dict[str, Snapshot] = {}

    def shared(self, head: Cursor, boot: float) -> Snapshot | None:
        """One that is new enough for a first page."""
        self.drop(boot)
        newest = max(self._kept.values(), key=lambda one: one.made, default=None)
        if newest is None:
            return None
        patience = STILL_S if newest.cursor == head else SHARED_S
        return newest if newest.cursor.epoch == head.epoch and boot - newest.made < patience else None

    def take(self, state: State, boot: float, applied: dict[str, dict[str, int]]) -> Snapshot:
        """Take one now."""
        texts = tuple(entry.text for entry in state.all())
        digest: Data = dict(state.digest())
        snapshot = Snapshot(state.head, boot, texts, digest, applied)
        self._kept[str(state.head)] = snapshot
        return snapshot

    def find(self, page: str, boot: float) -> tuple[Snapshot, int] | None:
        """The snapshot a page names, and which page; None where it is too old or never was."""
        self.drop(boot)
        name, _, number = page.rpartition(":")
        snapshot = self._kept.get(name)
        if snapshot is None or not (number.isascii() and number.isdecimal()) or len(number) > 6:
            return None
        return (snapshot, int(number)) if 0 < int(number) < _pages(snapshot) else None

    def drop(self, boot: float) -> None:
        """Let go of the old ones."""
        for name in [name for name, one in self._kept.items() if boot - one.made >= KEPT_S]:
            del self._kept[name]

    def clear(self) -> None:
        """Another epoch: none of them may be read on."""
        self._kept.clear()


def _pages(snapshot: Snapshot) -> int:
    return max(1, -(-len(snapshot.texts) // PAGE_ITEMS))


def page_body(snapshot: Snapshot, number: int, *, exercise: bool, server_time: str, desk_id: str) -> bytes:
    """One page as it goes over the line; the last has the digest and what the asking desk had applied."""
    last = number + 1 >= _pages(snapshot)
    texts = snapshot.texts[number * PAGE_ITEMS : (number + 1) * PAGE_ITEMS]
    following = "null" if last else dumps(f"{snapshot.cursor}:{number + 1}")
    body = (
        f'{{"cursor":"{snapshot.cursor}","exercise":{dumps(exercise)},"server_time":"{server_time}",'
        f'"items":[{",".join(texts)}],"next":{following},"complete":{dumps(last)}'
    )
    if last:
        body += f',"digest":{dumps(snapshot.digest)},"applied":{dumps(snapshot.applied.get(desk_id, {}))}'
    return (body + "}").encode()

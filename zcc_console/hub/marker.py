"""Notices that a database is not the one this hub last wrote to: restored, copied or promoted (contract.md §1).

A small file beside the key, outside the database, names the epoch (random, so it marks the instance), the inode of the
database file, and how many writes it has seen. The count is written after each COMMIT and before the answer, so an
older database under the same name shows as one behind the marker. What it cannot see: file and marker put back
together in place (a snapshot of the whole machine); then `zcc-console hub new-epoch` is needed, or the first desk that
is ahead of the log tells.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

from zcc_console.core.files import write_private

_HEADER = "zcc-hub-instance 1"
_WIDTH = 20


@dataclass(frozen=True, slots=True)
class Seen:
    """What the marker says."""

    epoch: str
    inode: int
    writes: int


class Marker:
    """The file, kept open for its count."""

    def __init__(self, path: Path, database: Path | None) -> None:
        self.path = path
        self._database = database
        self._fd: int | None = None
        self._offset = 0
        self._dirty = False

    def _inode(self) -> int:
        if self._database is None:
            return 0
        try:
            return self._database.stat().st_ino
        except FileNotFoundError:
            return 0

    def read(self) -> Seen | None:
        """What it says; None where it is absent or unreadable."""
        try:
            header, epoch, inode, writes = self.path.read_text(encoding="ascii").splitlines()
            return Seen(epoch, int(inode), int(writes)) if header == _HEADER else None
        except (OSError, ValueError):
            return None

    def doubt(self, epoch: str, writes: int) -> str | None:
        """Why this database may lack something acknowledged; None where it is the one last written to."""
        seen = self.read()
        if seen is None:
            return "unmarked"
        if seen.epoch != epoch:
            return "other-epoch"
        if seen.inode != self._inode():
            return "copied"
        return "behind" if writes < seen.writes else None

    def write(self, epoch: str, writes: int) -> None:
        """Mark the database anew, durably."""
        self.close()
        front = f"{_HEADER}\n{epoch}\n{self._inode()}\n"
        write_private(self.path, f"{front}{writes:0{_WIDTH}d}\n".encode("ascii"))
        self._fd = os.open(self.path, os.O_RDWR | os.O_CLOEXEC)
        self._offset = len(front)

    def reached(self, writes: int) -> None:
        """Note a count that was committed: survives the process at once, the machine with the next `settle`."""
        if self._fd is not None:
            with contextlib.suppress(OSError):  # in place, so a full disk does not matter; a marker behind is harmless
                os.pwrite(self._fd, f"{writes:0{_WIDTH}d}".encode("ascii"), self._offset)
            self._dirty = True

    def settle(self) -> None:
        """Bring the count to the disk."""
        if self._fd is not None and self._dirty:
            with contextlib.suppress(OSError):
                os.fdatasync(self._fd)
            self._dirty = False

    def close(self) -> None:
        """Settle and let go."""
        if self._fd is not None:
            self.settle()
            os.close(self._fd)
            self._fd = None

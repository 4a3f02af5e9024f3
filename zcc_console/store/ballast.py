"""A file that takes up room while there is room, and is given up when the disk is full, so that a handoff still fits."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from zcc_console.core.files import private_dir

BALLAST = "ballast"
"""Its name, beside the journal."""
SIZE = 8 << 20
ROOM = 4
"""Ballast is taken in only where so many times its size is free."""

TIGHT = 1 << 20
"""With less free than this, a handoff takes the ballast's room before it writes."""


def keep(path: Path, size: int = SIZE) -> bool:
    """See that the ballast is there, where the disk has room for it; whether it is."""
    try:
        if path.stat().st_size >= size:
            return True
    except OSError:
        pass
    try:
        private_dir(path.parent)
        disk = os.statvfs(path.parent)
        if disk.f_bavail * disk.f_frsize < ROOM * size:
            return False
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        return False
    try:
        os.posix_fallocate(fd, 0, size)
        return True
    except OSError:
        give_up(path)
        return False
    finally:
        os.close(fd)


def is_tight(folder: Path) -> bool:
    """Whether the disk has hardly room for a message."""
    try:
        disk = os.statvfs(folder)
    except OSError:
        return False
    return disk.f_bavail * disk.f_frsize < TIGHT


def give_up(path: Path) -> bool:
    """Make room; whether there was any to make."""
    with contextlib.suppress(OSError):
        path.unlink()
        return True
    return False

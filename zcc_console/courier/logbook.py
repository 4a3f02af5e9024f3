"""The courier's log: one JSON line an event, in a private file that turns over by size. It holds names, ids and numbers;
anything that could be a person's words is cut out before it is written."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from zcc_console.core.clock import Clock, rfc3339

if TYPE_CHECKING:
    from structlog.typing import EventDict, FilteringBoundLogger, WrappedLogger

LIMIT_BYTES = 1 << 20
KEPT = 2
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,79}\Z")


class TurningFile:
    """An append-only 0600 file that is renamed to `.1`, `.2` when it is full. Never raises: a log must not stop a
    handoff."""

    def __init__(self, path: Path, limit: int = LIMIT_BYTES, kept: int = KEPT) -> None:
        self.path = path
        self._limit = limit
        self._kept = kept
        self._fd: int | None = None
        self._size = 0

    def msg(self, line: str) -> None:
        """Write one line."""
        data = line.encode("utf-8", "replace") + b"\n"
        try:
            if self._fd is None:
                self._open()
            if self._size + len(data) > self._limit:
                self._turn()
            if self._fd is not None:
                self._size += os.write(self._fd, data)
        except OSError:
            self.close()

    info = debug = warning = error = msg

    def _open(self) -> None:
        self._fd = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        os.fchmod(self._fd, 0o600)
        self._size = os.fstat(self._fd).st_size

    def _turn(self) -> None:
        self.close()
        for number in range(self._kept, 0, -1):
            older = self.path.with_name(f"{self.path.name}.{number}")
            newer = self.path if number == 1 else self.path.with_name(f"{self.path.name}.{number - 1}")
            if newer.exists():
                newer.replace(older)
        self._open()

    def close(self) -> None:
        """Let go of the file; the next line opens it again."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


def plain(fields: Mapping[str, object]) -> dict[str, object]:
    """Numbers stay, short id-like words stay; everything else becomes `-`."""
    kept: dict[str, object] = {}
    for name, value in fields.items():
        if value is None or isinstance(value, bool | int | float) or (isinstance(value, str) and _PLAIN.match(value)):
            kept[name] = value
        elif value != "":
            kept[name] = "-"
    return kept


def open_log(path: Path, clock: Clock) -> FilteringBoundLogger:
    """The logger of this process."""

    def render(_: WrappedLogger, __: str, event_dict: EventDict) -> str:
        return json.dumps({"at": rfc3339(clock.now()), **plain(event_dict)}, separators=(",", ":"))

    logger: FilteringBoundLogger = structlog.wrap_logger(
        TurningFile(path), processors=[render], wrapper_class=structlog.make_filtering_bound_logger(20)
    )
    return logger

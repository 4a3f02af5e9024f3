"""Says something on the terminal when the event loop is held up: from a thread, past Textual, straight to the driver.

For the one thing that may not wait for a slow disk: after a second without an answer of the journal the telephone
number stands on the screen (contract.md §4).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from types import TracebackType

from zcc_console.text import clean, fit

_SAVE, _RESTORE = "\x1b7", "\x1b8"
_ALARM, _PLAIN = "\x1b[0;1;7m", "\x1b[0m"
"""Reverse and bold: they come through on every terminal, with or without colours."""


class Overdue:
    """While it is entered, a clock runs; when it runs out, the lines are written over the top of the screen."""

    def __init__(self, write: Callable[[str], None], lines: Sequence[str], columns: int, seconds: float) -> None:
        """Make it.

        Args:
            write: the driver's own; must be safe from a thread and must not need the event loop.
            lines: what to say; cleaned here.
            columns: the terminal's width.
            seconds: how long it waits.
        """
        self._write = write
        self._lines = [fit(f"  {clean(line, columns)}", columns) for line in lines]
        self._timer = threading.Timer(seconds, self._say)
        self._timer.daemon = True
        self.said = False
        """Whether it spoke: then the screen must be painted anew."""

    def _say(self) -> None:
        rows = "".join(f"\x1b[{row};1H{line}" for row, line in enumerate(self._lines, start=1))
        self.said = True
        self._write(f"{_SAVE}{_ALARM}{rows}{_PLAIN}{_RESTORE}")

    def __enter__(self) -> Overdue:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        self._timer.join()

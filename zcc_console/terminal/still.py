"""Shows a frame of plain text before Textual is imported, so that a desk has words on it at once. Knows no Textual."""

from __future__ import annotations

import os
from collections.abc import Sequence

_shown = False


def show_still(lines: Sequence[str], fd: int, columns: int, rows: int) -> bool:
    """Write lines to the terminal's alternate screen, cut to its size; False (and silence) if that fails.

    The lines are cleaned here. Nothing is scrolled, and the driver then paints over them without clearing first.
    """
    global _shown
    frame = "\x1b[?1049h\x1b[?25l\x1b[H\x1b[2J" + "\r\n".join(_fitting(line, columns) for line in lines[:rows])
    data = memoryview(frame.encode("utf-8", "replace"))
    try:
        while data:
            data = data[os.write(fd, data) :]
    except OSError:
        return False
    _shown = True
    return True


def _fitting(line: str, columns: int) -> str:
    if len(line) <= columns and line.isprintable() and max(line, default="") < "\u0300":
        return line.rstrip()
    from zcc_console.text import clean, fit  # not imported where all is plain: it costs as much as the rest

    return fit(clean(line, columns), columns).rstrip()


def take_over() -> bool:
    """Whether a still frame is on the screen; from now on it is the app's."""
    global _shown
    was, _shown = _shown, False
    return was


def withdraw(fd: int) -> None:
    """Take a still frame away again: there will be no app, and what is said now must stay readable."""
    if take_over():
        try:
            os.write(fd, b"\x1b[?1049l\x1b[?25h")
        except OSError:
            return

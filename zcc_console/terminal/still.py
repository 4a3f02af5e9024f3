"""Shows a frame of plain text before Textual is imported, so that a desk has words on it at once. Knows no Textual."""

from __future__ import annotations

import os
from collections.abc import Sequence

from zcc_console.text import clean, fit

_shown = False


def show_still(lines: Sequence[str], fd: int, columns: int, rows: int) -> bool:
    """Write lines to the terminal's alternate screen, cut to its size; False (and silence) if that fails.

    The lines are cleaned here. Nothing is scrolled, and the driver then paints over them without clearing first.
    """
    global _shown
    shown = [fit(clean(line, columns), columns).rstrip() for line in lines[:rows]]
    frame = "\x1b[?1049h\x1b[?25l\x1b[H\x1b[2J" + "\r\n".join(shown)
    data = memoryview(frame.encode("utf-8", "replace"))
    try:
        while data:
            data = data[os.write(fd, data) :]
    except OSError:
        return False
    _shown = True
    return True


def take_over() -> bool:
    """Whether a still frame is on the screen; from now on it is the app's."""
    global _shown
    was, _shown = _shown, False
    return was

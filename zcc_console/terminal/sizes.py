"""Which terminal sizes the desk is drawn for, and the line that stands there when it is too small. Pure but for one call."""

from __future__ import annotations

import os
from typing import NamedTuple

from zcc_console.text import fit


class Size(NamedTuple):
    """Columns and rows."""

    columns: int
    rows: int


SMALLEST = Size(80, 24)
"""Everything works from here on."""
USUAL = Size(120, 40)
"""What a desk usually has."""


def terminal_size(fd: int = 2) -> Size:
    """The size of a terminal; the smallest one if it does not say."""
    try:
        columns, rows = os.get_terminal_size(fd)
    except OSError:
        return SMALLEST
    return Size(columns or SMALLEST.columns, rows or SMALLEST.rows)


def is_too_small(size: Size) -> bool:
    """Whether only a plain line fits."""
    return size.columns < SMALLEST.columns or size.rows < SMALLEST.rows


def too_small_line(size: Size, handoff_keys: str = "F9 of Ctrl+G") -> str:
    """The line for a terminal that is too small: the keys first, because they still work. Exactly as wide as it."""
    said = f"{handoff_keys} = NAAR RAV · venster te klein ({size.columns}×{size.rows}): maak het {SMALLEST.columns}×{SMALLEST.rows}"
    return fit(said, size.columns)

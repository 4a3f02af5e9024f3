"""The line that heads a part of the screen: `─ WACHTRIJ  14 ─────── langste 6:12 ─`. Knows no call, place or desk."""

from __future__ import annotations

from collections.abc import Sequence

from rich.style import Style
from textual.strip import Strip

from zcc_console.terminal.themes import Palette
from zcc_console.text import cells
from zcc_console.widgets.triage_line import Line

Piece = tuple[str, Style]


def rule(width: int, palette: Palette, title: str | Sequence[Piece], right: str | Sequence[Piece] = "") -> Strip:
    """One line: the title at the left, what belongs to it at the right, a thin rule between.

    What does not fit leaves out the right-hand pieces, last first, and then cuts the title.
    """
    left = [(title, palette.title)] if isinstance(title, str) else list(title)
    tail = ([(right, palette.dim)] if right else []) if isinstance(right, str) else list(right)
    wanted = sum(cells(text) for text, _ in left)
    while tail and wanted + sum(cells(text) for text, _ in tail) + 9 > width:
        tail.pop()
    line = Line(width).put("─ ", palette.rule)
    for text, style in left:
        line.put(text, style)
    line.put(" ")
    if tail:
        line.rule(palette.rule, width - sum(cells(text) for text, _ in tail) - 4).put("─ ", palette.rule)
        for text, style in tail:
            line.put(text, style)
        return line.put(" ─", palette.rule).strip()
    return line.rule(palette.rule).strip()

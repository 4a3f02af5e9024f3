"""Small charts from block characters, one line high or more. Pure; a value is never drawn higher than it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

BLOCKS: Final = " ▁▂▃▄▅▆▇█"
EIGHTHS: Final = " ▏▎▍▌▋▊▉█"


def last_of(values: Sequence[float], width: int) -> Sequence[float]:
    """The last so many of the values: the newest stands at the right."""
    return values[-width:] if width > 0 else ()


def sparkline(values: Sequence[float], width: int, top: float | None = None) -> str:
    """One character a value, against the highest (or `top`); anything above nothing is at least a thin block."""
    shown = last_of(values, width)
    highest = top if top is not None else max(shown, default=0.0)
    if highest <= 0:
        return (BLOCKS[1] * len(shown)).ljust(width) if shown else " " * max(0, width)
    return "".join(_block(value, highest) for value in shown).ljust(width)


def _block(value: float, highest: float) -> str:
    if value <= 0:
        return BLOCKS[1]
    return BLOCKS[max(1, min(8, int(value / highest * 8)))]


def bar(value: float, highest: float, width: int) -> str:
    """A horizontal bar in eighths of a cell; anything above nothing shows at least a sliver."""
    if value <= 0 or highest <= 0 or width < 1:
        return ""
    eighths = max(1, min(width * 8, int(value / highest * width * 8)))
    return BLOCKS[8] * (eighths // 8) + (EIGHTHS[eighths % 8] if eighths % 8 else "")


def columns(values: Sequence[float], height: int, highest: float) -> list[str]:
    """Lines of a column chart, the top line first, one character a value."""
    lines = []
    for level in range(height - 1, -1, -1):
        line = ""
        for value in values:
            filled = (value / highest if highest > 0 else 0.0) * height * 8 - level * 8
            line += BLOCKS[max(0, min(8, int(filled)))]
        lines.append(line)
    return lines

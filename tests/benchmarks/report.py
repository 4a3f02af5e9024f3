"""What was measured, as rows of a table: figure, ratio to its anchor, goal, and whether it is within."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    what: str
    figure: str
    value: float
    """What is compared with the goal."""
    goal: float
    of: str = ""
    """What `value` and `goal` are multiples or units of: `B`, `L`, `ms`, `bytes`."""
    anchor: str = ""

    @property
    def within(self) -> bool:
        return self.value <= self.goal


@dataclass(frozen=True)
class Missing:
    """A line that could not be measured, and why."""

    what: str
    why: str


def p50(values: Sequence[float]) -> float:
    """The median."""
    return statistics.median(values)


def p99(values: Sequence[float]) -> float:
    """The 99th percentile; of fewer than a hundred values the largest."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(0.99 * len(ordered)) - 1)]


def ms(seconds: float) -> str:
    """Milliseconds, as short as they say something."""
    value = seconds * 1000
    return f"{value:.0f} ms" if value >= 100 else f"{value:.1f} ms" if value >= 1 else f"{value:.2f} ms"


def ratio(what: str, figure: str, value: float, anchor: float, goal: float, of: str, anchor_figure: str) -> Row:
    """A line whose figure is a multiple of its anchor."""
    return Row(what, figure, value / anchor if anchor else math.inf, goal, of, anchor_figure)


def table(rows: Sequence[Row | Missing]) -> str:
    """The table as text; also good Markdown."""
    cells = [("what", "figure", "anchor", "ratio", "goal", "")]
    for row in rows:
        if isinstance(row, Missing):
            cells.append((row.what, "not measured", row.why, "", "", ""))
        else:
            goal = f"≤ {row.goal:,g} {row.of}".strip()
            verdict = "within" if row.within else "OVER"
            cells.append((row.what, row.figure, row.anchor, f"{row.value:,.2f} {row.of}".strip(), goal, verdict))
    widths = [max(len(line[column]) for line in cells) for column in range(6)]
    lines = [
        "| " + " | ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)) + " |" for line in cells
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)

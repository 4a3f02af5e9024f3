"""Regie's right-hand column: arrivals by quarter, urgency, sources, and the capacity that is under pressure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar, Final

from textual.strip import Strip

from zcc_console.core.clock import local, local_hm
from zcc_console.core.freshness import Freshness
from zcc_console.core.urgency import Urgency
from zcc_console.desk.rows import FloorFigures, UnitRow
from zcc_console.terminal.themes import Palette
from zcc_console.text import cells, fit
from zcc_console.widgets.charts import bar, columns, sparkline
from zcc_console.widgets.pane import Pane
from zcc_console.widgets.rule import rule
from zcc_console.widgets.spans import share
from zcc_console.widgets.triage_line import Line
from zcc_console.widgets.unit_line import doubled, unit_strip

STEPS: Final = (1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000, 2500)
"""What one line of the arrivals chart may stand for."""
ARRIVALS_HIGH: Final = 4
AXIS: Final = 6
"""Cells of the scale at the left of the chart."""


def arrivals_lines(arrivals: Sequence[tuple[datetime, int]], width: int, palette: Palette) -> list[Strip]:
    """A column for each quarter, the hours under it in local time; the running quarter is grey: it is not over."""
    shown = list(arrivals)[-max(1, width - AXIS) :]
    counts = [count for _, count in shown]
    step = next((step for step in STEPS if step * ARRIVALS_HIGH >= max(counts, default=0)), STEPS[-1])
    lines = []
    for level, text in enumerate(columns([float(count) for count in counts], ARRIVALS_HIGH, step * ARRIVALS_HIGH)):
        line = Line(width).put(fit(str(step * (ARRIVALS_HIGH - level)), AXIS - 2, "right"), palette.dim)
        line.put(" ┤", palette.dim)
        lines.append(line.put(text[:-1], palette.info).put(text[-1:], palette.dim).strip())
    axis, hours = Line(width).put(" " * (AXIS - 1)).put("└", palette.dim), Line(width)
    for index, (quarter, _) in enumerate(shown):
        here = local(quarter)
        axis.put("┬" if not here.minute else "─", palette.dim)
        if not here.minute and AXIS + index + 2 <= width:
            hours.to(AXIS + index).put(here.strftime("%H"), palette.dim)
    return [*lines, axis.strip(), hours.strip()]


def urgency_lines(figures: FloorFigures, width: int, palette: Palette) -> list[Strip]:
    """A bar for each urgency; those whom nobody has judged have one too."""
    highest = max((count for _, count in figures.mix), default=0)
    lines = []
    for label, count in figures.mix:
        urgency = Urgency.parse(label)
        style = palette.urgency(urgency) if urgency is not None else palette.dim
        mark = urgency.label if urgency is not None else "? –"
        line = (
            Line(width)
            .put(" ")
            .put(fit(mark, 5), style if count else palette.dim)
            .put(fit(str(count), 5, "right"), palette.normal)
            .put("  ")
        )
        # A reversed style would make the bar its own ground.
        colour = palette.u1 if urgency is Urgency.U0 else style
        lines.append(line.put(bar(count, highest, line.left - 1), colour).strip())
    return lines


def source_line(figures: FloorFigures, width: int, palette: Palette) -> Strip:
    """`HAP 71 %  zorgv 14 %`, as many as fit."""
    line = Line(width).put(" ")
    if not figures.sources:
        return line.put("–", palette.dim).strip()
    for name, value in figures.sources:
        if line.left < cells(name) + 6:
            break
        line.put(f"{name} ", palette.normal).put(share(value), palette.strong).put("  ")
    return line.strip()


def under_pressure(units: Sequence[UnitRow]) -> list[UnitRow]:
    """Stops first, then full, then what is nearly so, then what nobody knows; neighbours and closed practices apart."""
    grades = {"STOP": 0, "vol": 1, "dreigt": 2, "krap": 3}

    def grade(unit: UnitRow) -> int | None:
        if unit.neighbour or unit.word == "dicht":
            return None
        if unit.fresh is Freshness.UNKNOWN:
            return 4
        return grades.get(unit.word)

    graded = [(found, number, unit) for number, unit in enumerate(units) if (found := grade(unit)) is not None]
    return [unit for _, _, unit in sorted(graded, key=lambda entry: entry[:2])]


class RegieCharts(Pane):
    """The column."""

    DEFAULT_CSS: ClassVar[str] = "RegieCharts { height: 1fr; }"

    def __init__(self) -> None:
        super().__init__(id="charts")
        self.figures: FloorFigures | None = None
        self.units: Sequence[UnitRow] = ()

    def show(self, figures: FloorFigures, units: Sequence[UnitRow]) -> None:
        """Show the evening so far and the capacity as it is."""
        self.figures, self.units = figures, units
        self.redraw()

    def draw(self, width: int, height: int) -> Sequence[Strip]:
        figures, palette = self.figures, self.palette
        if figures is None:
            return []
        blank, since = Strip.blank(width), local_hm(figures.since)
        total = sum(count for _, count in figures.mix)
        pressed = under_pressure(self.units)
        doubles = doubled(self.units)
        lines = [
            rule(width, palette, "AANBOD", f"per kwartier, sinds {since}"),
            *arrivals_lines(figures.arrivals, width, palette),
            blank,
            rule(width, palette, "URGENTIE", f"sinds {since} {total}"),
            *urgency_lines(figures, width, palette),
            blank,
            rule(width, palette, "BRON"),
            source_line(figures, width, palette),
            blank,
        ]
        room = height - len(lines) - 1
        hidden = len(pressed) - room
        lines.append(rule(width, palette, "CAPACITEIT ONDER DRUK", f"↓{hidden}" if hidden > 0 else ""))
        if not pressed:
            lines.append(Line(width).put(" ").put("niets" if self.units else "–", palette.dim).strip())
        lines += [unit_strip(unit, width, palette, doubles) for unit in pressed]
        return lines[:height]


class RegieTrend(Pane):
    """One line instead of the column, where that does not fit: arrivals, and what is under pressure."""

    DEFAULT_CSS: ClassVar[str] = "RegieTrend { height: 1; display: none; }"

    def __init__(self) -> None:
        super().__init__(id="trend")
        self.figures: FloorFigures | None = None
        self.units: Sequence[UnitRow] = ()

    def show(self, figures: FloorFigures, units: Sequence[UnitRow]) -> None:
        """Show the evening so far and the capacity as it is."""
        self.figures, self.units = figures, units
        self.redraw()

    def draw(self, width: int, height: int) -> Sequence[Strip]:
        figures, palette = self.figures, self.palette
        line = Line(width).put(" ")
        if figures is None:
            return [line.strip()]
        counts = [float(count) for _, count in figures.arrivals]
        line.put("aanbod ", palette.dim).put(sparkline(counts, min(20, len(counts))), palette.info)
        line.put(f" {figures.per_hour}/uur", palette.strong)
        for label, count in figures.mix:
            urgency = Urgency.parse(label)
            if count and urgency is not None and urgency <= Urgency.U2:
                line.put(f"  {label} ", palette.urgency(urgency)).put(str(count), palette.normal)
        pressed = under_pressure(self.units)
        styles = {"STOP": palette.u1, "vol": palette.u1, "dreigt": palette.u2, "krap": palette.warn, "?": palette.dim}
        for word, style in styles.items():
            count = sum(1 for unit in pressed if unit.word == word)
            if count:
                line.put(f"  {word} ", style).put(str(count), palette.strong)
        return [line.strip()]

"""Capacity beside the queue: the panel of 42 columns, and the strip of two lines for a small terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.style import Style
from textual.strip import Strip

from zcc_console.core.clock import local_hm
from zcc_console.core.freshness import Freshness
from zcc_console.desk.rows import UnitRow
from zcc_console.terminal.themes import Palette
from zcc_console.text import cells
from zcc_console.widgets.pane import Pane
from zcc_console.widgets.rule import rule
from zcc_console.widgets.triage_line import Line
from zcc_console.widgets.unit_line import doubled, panel_choice, short_name, unit_strip, unit_style


class CapacityPanel(Pane):
    """As many units as fit, each kind its worthiest, with the reason under a stop."""

    DEFAULT_CSS: ClassVar[str] = "CapacityPanel { height: 1fr; }"

    def __init__(self) -> None:
        super().__init__(id="capacity-panel")
        self.units: Sequence[UnitRow] = ()

    def show(self, units: Sequence[UnitRow]) -> None:
        """Show these units, in the desk's order."""
        self.units = units
        self.redraw()

    def draw(self, width: int, height: int) -> Sequence[Strip]:
        palette, units = self.palette, self.units
        old = any(unit.fresh is not Freshness.FRESH for unit in units)
        room = max(0, height - 1 - (2 if old else 0))
        reasons = sum(1 for unit in units if reason_of(unit)) if room > 14 else 0
        chosen = panel_choice(units, room)
        while chosen and len(chosen) + sum(1 for unit in chosen if reasons and reason_of(unit)) > room:
            chosen = panel_choice(units, len(chosen) - 1)
        hidden = len(units) - len(chosen)
        right = f"nog {hidden} onder F4" if hidden else "regio · alles"
        lines = [rule(width, palette, "CAPACITEIT", right)]
        doubles = doubled(units)
        for unit in chosen:
            lines.append(unit_strip(unit, width, palette, doubles))
            reason = reason_of(unit)
            if reasons and reason:
                lines.append(Line(width).to(13).put(reason, palette.dim).strip())
        if not units:
            lines.append(Line(width).put(" Nog geen opgaven ontvangen.", palette.dim).strip())
        if old and len(lines) + 1 < height:
            lines += [Strip.blank(width)] * (2 if len(lines) + 2 < height else 1)
            lines[-1] = Line(width).put(" ~ verouderd    ? onbekend, niet gebruiken", palette.dim).strip()
        return lines


def reason_of(unit: UnitRow) -> str:
    """`piek, tot 23:30`: why there is a stop and until when; nothing for other units."""
    if unit.status != "stop" or unit.word == "dicht" or unit.fresh is Freshness.UNKNOWN:
        return ""
    until = f"tot {local_hm(unit.expected_end)}" if unit.expected_end is not None else ""
    return ", ".join(part for part in (unit.reason, until) if part)


class CapacityStrip(Pane):
    """Two lines for a terminal without room for the panel: control rooms and hospitals by name, the rest counted."""

    DEFAULT_CSS: ClassVar[str] = "CapacityStrip { height: 3; }"

    def __init__(self) -> None:
        super().__init__(id="capacity-strip")
        self.units: Sequence[UnitRow] = ()

    def show(self, units: Sequence[UnitRow]) -> None:
        """Show these units, in the desk's order."""
        self.units = units
        self.redraw()

    def draw(self, width: int, height: int) -> Sequence[Strip]:
        palette = self.palette
        own = [unit for unit in self.units if not unit.neighbour]
        named = Line(width).put(" ")
        for category, title in (("rav", "RAV"), ("seh", "SEH")):
            group = [unit for unit in own if unit.category == category]
            group.sort(key=lambda unit: (unit.status not in ("stop", "pressure"), unit.fresh is not Freshness.FRESH))
            if group:
                named.put(title + " ", palette.dim)
            for unit in group:
                put_unit(named, unit, palette)
        counted = Line(width).put(" ")
        for unit_kind, amount, style in counts(own, palette):
            if counted.left < cells(unit_kind) + cells(amount) + 4:
                break
            counted.put(unit_kind + " ", palette.dim).put(amount, style).put("  ")
        return [rule(width, palette, "CAPACITEIT", "F4 alles"), named.strip(), counted.strip()]


def put_unit(line: Line, unit: UnitRow, palette: Palette) -> None:
    """A name and what it has, where there is room for the whole."""
    name = short_name(unit, frozenset())
    what = unit.amount if unit.word == "open" and unit.amount else f"{unit.amount} {unit.word}".strip()
    what += unit.mark
    if cells(name) + cells(what) + 3 <= line.left:
        line.put(name + " ", palette.normal).put(what, unit_style(unit, palette)).put("  ")


def counts(units: Sequence[UnitRow], palette: Palette) -> list[tuple[str, str, Style]]:
    """Kind and what is free in all of it that is known; `?` where nothing is known."""
    found = []
    kinds = dict.fromkeys(unit.kind for unit in units if unit.category not in ("rav", "seh"))
    for kind in kinds:
        group = [unit for unit in units if unit.kind == kind]
        known = [unit for unit in group if unit.room is not None and unit.status != "stop"]
        free = sum(unit.room or 0 for unit in known)
        old = any(unit.fresh is Freshness.AGEING for unit in known)
        if not known:
            found.append((kind, "?" if any(u.status == "unknown" for u in group) else group[0].word, palette.dim))
        else:
            style = palette.u1 if free == 0 else palette.dim if old else palette.strong
            found.append((kind, f"{free}{'~' if old else ''}", style))
    return found

"""Capacity as a list keyed by unit: every kind, place, telephone number and age on its line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from textual.strip import Strip

from zcc_console.core.clock import local_hm
from zcc_console.core.freshness import Freshness
from zcc_console.desk.rows import UnitRow
from zcc_console.terminal.themes import Palette
from zcc_console.text import fit
from zcc_console.widgets.keyed_view import KeyedView
from zcc_console.widgets.queue_row import uncoloured
from zcc_console.widgets.triage_line import Line
from zcc_console.widgets.unit_line import age_cell, unit_style


@dataclass(frozen=True, slots=True)
class UnitColumns:
    """The widths of the columns; 0 leaves one out."""

    provider: int
    place: int
    subregion: int
    distance: int
    reason: int
    phone: int

    @staticmethod
    def for_width(width: int) -> UnitColumns:
        """What fits: at 80 columns without subregion, distance and reason (they stand in the detail)."""
        fixed = 1 + 9 + 1 + 6 + 7 + 7  # kind, amount, word, age
        if width < 110:
            phone, place = 14, 11
            return UnitColumns(max(8, width - fixed - phone - place - 4), place, 0, 0, 0, phone)
        left = width - fixed - 15 - 14 - 10 - 7 - 5
        provider = min(30, max(16, left // 2))
        return UnitColumns(provider, 14, 10, 7, left - provider, 15)


class UnitView(KeyedView[UnitRow]):
    """Units, one a line."""

    def __init__(self, *, resized: Callable[[], None] | None = None) -> None:
        super().__init__(id="units", resized=resized)

    def name_of(self, item: UnitRow) -> str:
        return item.id

    def looks(self, item: UnitRow) -> object:
        """All that the line shows; the bare seconds of the age are not seen."""
        return replace(item, age_s=None), age_cell(item)

    def draw(self, item: UnitRow, width: int, *, selected: bool) -> Strip:
        return unit_line(item, width, self.palette, selected=selected)

    def draw_heading(self, width: int) -> Strip:
        columns, dim = UnitColumns.for_width(width), self.palette.dim
        line = Line(width).put(" ").field("soort", 10, dim).field("aanbieder", columns.provider + 1, dim)
        line.field("plaats", columns.place + 1, dim)
        if columns.subregion:
            line.field("regio", columns.subregion + 1, dim).field("   km", columns.distance, dim)
        line.put(fit("vrij", 5, "right"), dim).put(" ").field("", 7, dim)
        if columns.reason:
            line.field("waarom, tot wanneer", columns.reason + 1, dim)
        return line.field("telefoon", columns.phone + 1, dim).put(fit("oud", 7, "right"), dim).strip()


def unit_line(unit: UnitRow, width: int, palette: Palette, *, selected: bool) -> Strip:
    """One unit on one line."""
    if selected and palette.selected.reverse:
        palette = uncoloured(palette)
    columns = UnitColumns.for_width(width)
    old = unit.fresh is not Freshness.FRESH
    name = palette.dim if old else palette.strong if selected else palette.normal
    line = Line(width, palette.selected if selected else None).put("▌" if selected else " ", palette.strong)
    line.field("buur " + unit.kind if unit.neighbour else unit.kind, 9, palette.dim).put(" ")
    line.field(unit.provider, columns.provider, name).put(" ")
    line.field(unit.place, columns.place, palette.dim).put(" ")
    if columns.subregion:
        line.field(unit.region if unit.neighbour else unit.subregion, columns.subregion, palette.dim).put(" ")
        line.put(fit(kilometres(unit), columns.distance - 2, "right"), palette.dim).put("  ")
    line.put(fit(unit.amount, 5, "right"), palette.dim if old else palette.strong).put(" ")
    line.field(unit.word, 6, unit_style(unit, palette)).put(" ")
    if columns.reason:
        line.field(why_and_until(unit), columns.reason, palette.dim).put(" ")
    line.field(unit.phone, columns.phone, palette.normal).put(" ")
    age = palette.warn if old else palette.dim
    return line.put(fit(age_cell(unit), 6, "right"), age).put(unit.mark or " ", age).strip()


def kilometres(unit: UnitRow) -> str:
    """`12`; nothing where the distance is unknown."""
    return "" if unit.distance_km is None else f"{unit.distance_km:.0f}"


def why_and_until(unit: UnitRow) -> str:
    """The reason of a stop or of pressure and its expected end, and whether more is held than there is."""
    parts = [unit.reason] if unit.reason else []
    if unit.expected_end is not None:
        parts.append(f"tot {local_hm(unit.expected_end)}")
    if unit.overbooked:
        parts.append("OVERBOEKT")
    return ", ".join(parts)

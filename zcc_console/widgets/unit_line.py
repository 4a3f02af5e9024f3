"""One line of capacity: kind, provider, number, word and age, and the choice of lines for a narrow panel. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.style import Style
from textual.strip import Strip

from zcc_console.core.freshness import CATEGORIES, Freshness
from zcc_console.desk.rows import UnitRow
from zcc_console.terminal.themes import Palette
from zcc_console.text import cells, fit
from zcc_console.widgets.spans import calm_span
from zcc_console.widgets.triage_line import Line

PANEL_WIDTH = 42


def unit_style(unit: UnitRow, palette: Palette) -> Style:
    """The colour of the word: a stop and full are red, pressure orange, room green; old and unknown are grey."""
    if unit.fresh is not Freshness.FRESH:
        return palette.dim
    if unit.status == "stop":
        return palette.dim if unit.word == "dicht" else palette.u1
    if unit.room == 0:
        return palette.u1
    if unit.status == "pressure":
        return palette.u2
    if unit.word == "krap":
        return palette.warn
    return palette.good if unit.status == "open" else palette.dim


def age_cell(unit: UnitRow) -> str:
    """The age, in steps; a dash where nothing was ever reported."""
    return "–" if unit.age_s is None else calm_span(unit.age_s, 0)


def short_name(unit: UnitRow, doubles: frozenset[str]) -> str:
    """The provider, without its kind; where it has several units of the kind, the place."""
    name = unit.provider
    if (unit.category + "/" + name) in doubles and unit.place:
        return unit.place
    for word in (unit.kind, unit.kind.upper()):
        if name.startswith(word + " "):
            return name[len(word) + 1 :]
    return name


def doubled(units: Sequence[UnitRow]) -> frozenset[str]:
    """`category/provider` of those with more than one unit of a category."""
    counted = Counter(f"{unit.category}/{unit.provider}" for unit in units)
    return frozenset(name for name, count in counted.items() if count > 1)


def unit_strip(unit: UnitRow, width: int, palette: Palette, doubles: frozenset[str] = frozenset()) -> Strip:
    """The line of the panel beside the queue."""
    old = unit.fresh is not Freshness.FRESH
    name_width = width - 31
    kind = "buur" if unit.neighbour else unit.kind
    name = short_name(unit, doubles)
    if unit.neighbour:
        name = fit_pair(name, unit.kind, name_width)
    line = Line(width).put(" ").field(kind, 9, palette.dim).put(" ")
    line.field(name, name_width, palette.dim if old or unit.word == "dicht" else palette.normal).put(" ")
    line.put(fit(unit.amount, 5, "right"), palette.dim if old else palette.strong).put(" ")
    line.field(unit.word, 6, unit_style(unit, palette)).put(" ")
    age = palette.dim if not old else palette.warn
    return line.put(fit(age_cell(unit), 5, "right"), age).put(unit.mark or " ", age).strip()


def fit_pair(name: str, kind: str, width: int) -> str:
    """A name and, if there is room for both, the kind at the right edge."""
    gap = width - cells(name) - cells(kind)
    return f"{name}{' ' * gap}{kind}" if gap > 0 else name


def worth(unit: UnitRow) -> tuple[int, float, str]:
    """What a triagist wants to see first of a kind: stops and pressure, then room, then full, then what is old."""
    if unit.fresh is Freshness.UNKNOWN:
        grade = 4
    elif unit.status in ("stop", "pressure") and unit.word != "dicht":
        grade = 0
    elif unit.has_room and unit.fresh is Freshness.FRESH:
        grade = 1
    elif unit.has_room:
        grade = 2
    else:
        grade = 3
    return (grade, unit.distance_km if unit.distance_km is not None else 0.0, unit.provider)


def panel_choice(units: Sequence[UnitRow], lines: int) -> list[UnitRow]:
    """The units for so many lines: every kind in turn gives its worthiest, until the lines are full.

    They stand in the order of the contract's categories, neighbours last.
    """
    groups: dict[tuple[bool, str], list[UnitRow]] = {}
    for unit in units:
        groups.setdefault((unit.neighbour, "" if unit.neighbour else unit.category), []).append(unit)
    for group in groups.values():
        group.sort(key=worth)
    keys = sorted(groups, key=lambda key: (key[0], CATEGORIES.index(key[1]) if key[1] in CATEGORIES else 99))
    taken: dict[tuple[bool, str], int] = dict.fromkeys(keys, 0)
    left = lines
    most = {(False, "seh"): 9, (False, "huisartsenpost"): 4, (False, "rav"): 2}
    for telling in (True, False):  # a second line that says nothing comes only where there is room to spare
        for round_number in range(1, 10):
            for key in keys:
                at = taken[key]
                if not left or at >= min(round_number, len(groups[key]), most.get(key, round_number)):
                    continue
                unit = groups[key][at]
                if telling and round_number > 1 and (unit.fresh is Freshness.UNKNOWN or unit.word == "dicht"):
                    continue
                taken[key] += 1
                left -= 1
    return [unit for key in keys for unit in groups[key][: taken[key]]]

"""The bottom line of every screen: its keys, and the red handoff button with the call it acts on. It is never clicked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from textual.strip import Strip

from zcc_console.keys import Key, bar_of, key
from zcc_console.terminal.themes import Palette
from zcc_console.text import cells
from zcc_console.widgets.pane import Pane
from zcc_console.widgets.triage_line import Line

OPTIONAL: Final = range(4, 60)
"""Orders in the bar that make room first, the last of them first."""
LEAST: Final = ("regie", "capacity", "search", "triage", "next", "override", "other_complaint")
"""Then these, in this order; the rest stays and is cut."""
SPARE: Final = {"regie": ("settle", "newcall", "triage", "capacity")}
"""What makes room before all that on a place whose own keys matter more."""


def fitting(entries: Sequence[Key], room: int, gap: int, spare: Sequence[str] = ()) -> tuple[Key, ...]:
    """The keys that fit in so many cells, in their order; `spare` (ids) make room first."""
    shown = list(entries)

    def needed() -> int:
        return sum(cells(entry.shown) + 1 + cells(entry.label) + gap for entry in shown) - gap

    def drop(entry: Key) -> bool:
        shown.remove(entry)
        return needed() <= room

    if needed() <= room:
        return tuple(shown)
    for entry in [entry for key_id in spare for entry in entries if entry.id == key_id]:
        if drop(entry):
            return tuple(shown)
    for entry in [entry for entry in reversed(shown) if entry.bar in OPTIONAL]:
        if drop(entry):
            return tuple(shown)
    for key_id in LEAST:
        for entry in [entry for entry in shown if entry.id == key_id]:
            if drop(entry):
                return tuple(shown)
    return tuple(shown)


class KeyBar(Pane):
    """One line, static: given the place, the keys that are disabled now, and the number of the handoff's call."""

    DEFAULT_CSS: ClassVar[str] = "KeyBar { height: 1; }"

    def __init__(self, place: str) -> None:
        super().__init__(id="keys")
        self.place = place
        self.off: frozenset[str] = frozenset()
        self.target = ""

    def show(self, disabled: frozenset[str], target: str) -> None:
        """Say which keys are disabled (ids) and which call the handoff key acts on (its number, or nothing)."""
        if (disabled, target) != (self.off, self.target):
            self.off, self.target = disabled, target
            self.redraw()

    def draw(self, width: int, height: int) -> Sequence[Strip]:
        return [bar_strip(self.place, width, self.palette, self.off, self.target)]


def bar_strip(place: str, width: int, palette: Palette, disabled: frozenset[str], target: str) -> Strip:
    """The line for one width."""
    handoff = key("handoff")
    button = f" {handoff.shown}  {handoff.label} {target}".rstrip() + " "
    room = width - cells(button) - 3
    gap = 3 if width >= 110 else 2
    entries = [entry for entry in bar_of(place) if entry.id not in (place, "handoff")]
    line = Line(width, palette.bar).put(" ")
    for number, entry in enumerate(fitting(entries, room, gap, SPARE.get(place, ()))):
        off = entry.id in disabled
        if number:
            line.put(" " * gap)
        line.put(entry.shown, palette.dim if off else palette.key).put(" ")
        line.put(entry.label, palette.rule if off else palette.key_label)
    return line.end((button, palette.rav_button), (" ", palette.bar)).strip()

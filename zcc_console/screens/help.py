"""Hulp: the keys of the screen one came from, those of everywhere, and what the marks mean; all from the key table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.strip import Strip

from zcc_console.core.urgency import Urgency
from zcc_console.desk.rows import Change
from zcc_console.keys import ALL, PLACES, Key, keys_of
from zcc_console.screens.frame import ConsoleScreen
from zcc_console.terminal.themes import Palette
from zcc_console.widgets.bindings import bindings
from zcc_console.widgets.pane import Pane
from zcc_console.widgets.rule import rule
from zcc_console.widgets.triage_line import Line, wrap

MARKS: Final = (
    ("?  achter urgentie", "vooraf ingeschat, nog niemand triageerde"),
    ("^  !", "bijna over de norm, over de norm"),
    ("07?  07!", "claim nog niet bevestigd; desk zonder teken"),
    ("↻22:50", "terugbellen om die tijd"),
    ("↑", "nog niet bij de regio aangekomen"),
    ("~  ?", "capaciteit verouderd; onbekend, niet gebruiken"),
)
NOT_FOR_CARE: Final = "De meegeleverde protocollen zijn een demonstratie en niet voor zorg. De mens beslist."


class HelpText(Pane):
    """The help as lines; scrolled by whole lines where it does not fit."""

    DEFAULT_CSS: ClassVar[str] = "HelpText { height: 1fr; }"

    def __init__(self) -> None:
        super().__init__(id="help-text")
        self.place = "queue"
        self.top = 0
        self._all = 0

    def show(self, place: str) -> None:
        """Show the help of a place, from its beginning."""
        if place != self.place:
            self.place, self.top = place, 0
        self.redraw()

    def scroll_lines(self, by: int) -> None:
        """Move by so many lines, as far as there are lines."""
        self.top = max(0, min(self._all - self.size.height, self.top + by))
        self.redraw()

    def draw(self, width: int, height: int) -> Sequence[Strip]:
        lines = help_lines(self.place, width, self.palette)
        self._all = len(lines)
        shown = lines[self.top : self.top + height]
        left = len(lines) - self.top - len(shown)
        if left > 0:
            shown[-1] = Line(width).to(2).put(f"↓ nog {left + 1} regels (PgDn)", self.palette.dim).strip()
        return shown


def help_lines(place: str, width: int, palette: Palette) -> list[Strip]:
    """All lines of the help of a place."""
    lines = _keys(f"TOETSEN IN {PLACES[place].upper()}", keys_of(place), width, palette)
    if place != "handoff":
        lines += [Strip.blank(width), *_keys("BIJ EEN OVERDRACHT", keys_of("handoff", "voice"), width, palette)]
    lines += [Strip.blank(width), *_keys("OVERAL", keys_of(ALL), width, palette)]
    lines += [Strip.blank(width), rule(width, palette, "TEKENS")]
    urgencies = Line(width).to(2)
    for urgency in Urgency:
        urgencies.put(urgency.label, palette.urgency(urgency)).put("  ")
    lines += [urgencies.strip()]
    for mark, meaning in MARKS:
        lines.append(Line(width).to(2).field(mark, 19, palette.strong).put(meaning, palette.normal).strip())
    return [*lines, Strip.blank(width), Line(width).to(2).put(NOT_FOR_CARE, palette.warn).strip()]


def _keys(title: str, entries: Sequence[Key], width: int, palette: Palette) -> list[Strip]:
    lines = [rule(width, palette, title)]
    for entry in entries:
        twins = "" if entry.id in ("answer", "modifier") else "  ".join(entry.twins)
        first = True
        for piece in wrap(entry.does, width - 40, 2):
            line = Line(width).to(2)
            line.field(entry.shown if first else "", 8, palette.key)
            line.field(twins if first else "", 9, palette.dim)
            line.field(entry.label if first else "", 18, palette.strong)
            lines.append(line.put(piece, palette.normal).strip())
            first = False
    return lines


class HelpScreen(ConsoleScreen):
    """The help of the screen one came from."""

    PLACE = "help"
    BINDINGS: ClassVar[list[BindingType]] = bindings("help")

    def body(self) -> ComposeResult:
        self.text = HelpText()
        yield self.text

    def update(self, change: Change) -> None:
        self.text.show(self.console.came_from)

    def handoff_target(self) -> str | None:
        """The same call as on the screen one came from: looking up a key must not change whom F9 is about."""
        return self.console.place(self.console.came_from).handoff_target()

    def action_page_up(self) -> None:
        self.text.scroll_lines(-max(1, self.text.size.height - 2))

    def action_page_down(self) -> None:
        self.text.scroll_lines(max(1, self.text.size.height - 2))

    def action_cursor_up(self) -> None:
        self.text.scroll_lines(-1)

    def action_cursor_down(self) -> None:
        self.text.scroll_lines(1)

    def action_help(self) -> None:
        self.close()

    def action_keytest(self) -> None:
        self.console.go("keytest")

    def close(self) -> None:
        self.console.back()

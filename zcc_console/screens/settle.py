"""Af te handelen: what the region refused, with both versions side by side, until a person has looked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.strip import Strip

from zcc_console.core.clock import local
from zcc_console.desk.rows import Change, SettleRow
from zcc_console.screens.frame import ConsoleScreen
from zcc_console.widgets.bindings import bindings
from zcc_console.widgets.heading import Heading
from zcc_console.widgets.keyed_view import KeyedView
from zcc_console.widgets.pane import Pane
from zcc_console.widgets.queue_row import uncoloured
from zcc_console.widgets.rule import rule
from zcc_console.widgets.say_line import Grade
from zcc_console.widgets.triage_line import Line, wrap


class SettleView(KeyedView[SettleRow]):
    """What is to be settled, one a line, keyed by the command."""

    DEFAULT_CSS: ClassVar[str] = "SettleView { height: 1fr; }"

    def __init__(self) -> None:
        super().__init__(id="settle")

    def name_of(self, item: SettleRow) -> str:
        return item.command_id

    def looks(self, item: SettleRow) -> object:
        return item

    def draw(self, item: SettleRow, width: int, *, selected: bool) -> Strip:
        palette = uncoloured(self.palette) if selected and self.palette.selected.reverse else self.palette
        line = Line(width, palette.selected if selected else None).put("▌" if selected else " ", palette.strong)
        at = local(item.at).strftime("%H:%M:%S") if item.at is not None else "–"
        line.field(at, 10, palette.dim).field(item.number, 7, palette.strong).field(item.what, 22, palette.normal)
        return line.put(item.why, palette.warn).strip()

    def draw_heading(self, width: int) -> Strip:
        dim = self.palette.dim
        line = Line(width).put(" ").field("tijd", 10, dim).field("oproep", 7, dim).field("wat u deed", 22, dim)
        return line.put("waarom niet", dim).strip()


class BothVersions(Pane):
    """What the person decided beside what the region has."""

    DEFAULT_CSS: ClassVar[str] = "BothVersions { height: 50%; margin: 1 0 0 0; }"

    def __init__(self) -> None:
        super().__init__(id="versions")
        self.row: SettleRow | None = None

    def show(self, row: SettleRow | None) -> None:
        """Show an item, or nothing."""
        self.row = row
        self.redraw()

    def draw(self, width: int, height: int) -> Sequence[Strip]:
        palette, row = self.palette, self.row
        half = (width - 2) // 2
        if row is None:
            return [rule(width, palette, "–")]
        mine = [rule(half, palette, "VAN U", row.what), *self._column(row.mine, half)]
        theirs = [rule(width - half - 2, palette, "VAN DE REGIO", row.why), *self._column(row.theirs, width - half - 2)]
        gap, blanks = Strip.blank(2), (Strip.blank(half), Strip.blank(width - half - 2))
        lines = [
            Strip.join([mine[y] if y < len(mine) else blanks[0], gap, theirs[y] if y < len(theirs) else blanks[1]])
            for y in range(max(len(mine), len(theirs)))
        ]
        if row.alternatives:
            lines += [Strip.blank(width), Line(width).to(2).put("wel plaats bij", palette.dim).strip()]
            lines += [Line(width).to(4).put(text, palette.good).strip() for text in row.alternatives]
        return lines[:height]

    def _column(self, texts: Sequence[str], width: int) -> list[Strip]:
        lines = [piece for text in texts or ("niets vastgelegd",) for piece in wrap(text, width - 4, 3)]
        return [Line(width).to(2).put(text, self.palette.normal).strip() for text in lines]


class SettleScreen(ConsoleScreen):
    """The items to settle of this desk."""

    PLACE = "settle"
    BINDINGS: ClassVar[list[BindingType]] = bindings("settle")

    def body(self) -> ComposeResult:
        self.heading = Heading()
        self.view = SettleView()
        self.versions = BothVersions()
        yield self.heading
        yield self.view
        yield self.versions

    def update(self, change: Change) -> None:
        rows = self.desk.to_settle()
        self.view.show(rows)
        self.versions.show(self.view.chosen)
        left = [("AF TE HANDELEN", self.palette.title), (f"  {len(rows)}", self.palette.strong)]
        self.heading.show(
            left, "er gaat niets verloren; alles staat ook in het dossier" if rows else "niets meer te doen"
        )

    def highlighted(self) -> str | None:
        row = self.view.chosen
        return row.call_id if row is not None else None

    def subject(self, key_id: str) -> str | None:
        return self.view.selected if key_id == "settled" else super().subject(key_id)

    def action_cursor_up(self) -> None:
        self.view.move(-1)
        self.versions.show(self.view.chosen)
        self.show_keys()

    def action_cursor_down(self) -> None:
        self.view.move(1)
        self.versions.show(self.view.chosen)
        self.show_keys()

    def action_settled(self) -> None:
        command_id = self.view.selected
        if self.refuses("settled") or command_id is None:
            return

        def settle() -> bool:
            self.desk.settle(command_id)
            return True

        if self.decide(settle):
            self.say("Afgehandeld.", Grade.GOOD)

    def action_settle_open(self) -> None:
        call_id = self.highlighted()
        if not self.refuses("settle_open") and call_id is not None:
            self.console.show_in_queue(call_id)

    def close(self) -> None:
        self.console.back()

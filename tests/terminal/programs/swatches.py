"""Shows the name of each role of the palette in its own style, one a row, the way the queue draws: with the Line API."""

from __future__ import annotations

import dataclasses
import sys

from rich.segment import Segment
from textual.app import ComposeResult
from textual.strip import Strip
from textual.widget import Widget

from zcc_console.terminal.desk_app import DeskApp, run_desk
from zcc_console.terminal.themes import Palette


class Rows(Widget):
    """One role a row."""

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self.rows = [(field.name, getattr(palette, field.name)) for field in dataclasses.fields(palette)]

    def render_line(self, y: int) -> Strip:
        """The row of a role; the last one says that all are there."""
        if y < len(self.rows):
            return Strip([Segment(*self.rows[y])])
        return Strip([Segment("klaar")] if y == len(self.rows) else [])


class Swatches(DeskApp):
    """All roles."""

    CSS = "Rows { height: 1fr; }"

    def compose(self) -> ComposeResult:
        """One widget."""
        yield Rows(self.palette)


if __name__ == "__main__":
    sys.exit(run_desk(Swatches()))

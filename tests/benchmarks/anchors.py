"""The two small apps that the product is measured against, each run as a program of its own.

`bare`: one Static and nothing else (B). `list`: a Line API list of 5,000 rows of eight columns (L); with RATE it changes so many
cells a second on its screen, ten batches a second. It knows nothing of the product.
"""

from __future__ import annotations

import random
import sys
from typing import ClassVar

READY = "EERSTE-IN-DE-RIJ"
ROWS = 5000
WIDTHS = (8, 7, 9, 8, 40, 14, 10, 8)


def bare() -> None:
    from textual.app import App, ComposeResult
    from textual.widgets import Static

    class Bare(App[None]):
        def compose(self) -> ComposeResult:
            yield Static(READY)

    Bare().run()


def lines(rate: int) -> None:
    from rich.segment import Segment
    from rich.style import Style
    from textual.app import App, ComposeResult
    from textual.binding import Binding, BindingType
    from textual.geometry import Region, Size
    from textual.scroll_view import ScrollView
    from textual.strip import Strip

    def cells(index: int) -> list[str]:
        reason = READY if index == 0 else f"reden van de oproep nummer {index * 31 % 997}"
        return [
            f"{index:05d}",
            f"U{index % 6}",
            "wacht",
            "HAP",
            reason,
            f"plaats {index % 97}",
            "0:00",
            f"{index % 40}",
        ]

    class Lines(ScrollView, can_focus=True):
        BINDINGS: ClassVar[list[BindingType]] = [
            Binding("down", "move(1)"),
            Binding("up", "move(-1)"),
            Binding("pagedown", "move(38)"),
            Binding("pageup", "move(-38)"),
        ]

        def __init__(self) -> None:
            super().__init__()
            self.data = [cells(index) for index in range(ROWS)]
            self.cursor = 0
            self.virtual_size = Size(sum(WIDTHS), ROWS)
            self.plain, self.chosen = Style.parse("#c9d1d9 on #0f1419"), Style.parse("#ffffff on #1e2a37")

        def render_line(self, y: int) -> Strip:
            index, width = y + self.scroll_offset.y, self.size.width
            mark = "▌" if index == self.cursor else " "
            text = mark + "".join(
                f"{cell:<{size}.{size - 1}}" for cell, size in zip(self.data[index], WIDTHS, strict=True)
            )
            style = self.chosen if index == self.cursor else self.plain
            return Strip([Segment(text[:width].ljust(width), style)], width)

        def paint(self, index: int) -> None:
            y = index - self.scroll_offset.y
            if 0 <= y < self.size.height:
                self.refresh(Region(0, y, self.size.width, 1))

        def action_move(self, by: int) -> None:
            before, self.cursor = self.cursor, max(0, min(ROWS - 1, self.cursor + by))
            top, height = self.scroll_offset.y, self.size.height
            if top <= self.cursor < top + height:
                self.paint(before)
                self.paint(self.cursor)
            else:
                top = self.cursor - height + 1 if by > 0 else self.cursor
                self.scroll_to(y=top, animate=False, immediate=True)

        def change(self) -> None:
            for _ in range(rate // 10):
                index = self.scroll_offset.y + random.randrange(1, 25)
                self.data[index][5] = f"plaats {random.randrange(97)}"
                y, left = index - self.scroll_offset.y, 1 + sum(WIDTHS[:5])
                self.refresh(Region(left, y, WIDTHS[5], 1))

    class Listing(App[None]):
        ENABLE_COMMAND_PALETTE = False

        def compose(self) -> ComposeResult:
            yield Lines()

        def on_mount(self) -> None:
            self.query_one(Lines).focus()
            if rate:
                self.set_interval(0.1, self.query_one(Lines).change)

    Listing().run()


if __name__ == "__main__":
    if sys.argv[1] == "bare":
        bare()
    else:
        lines(int(sys.argv[2]) if len(sys.argv) > 2 else 0)

"""A rule as a widget of its own, where what stands under it is one too. Knows no call, place or desk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.strip import Strip

from zcc_console.widgets.pane import Pane
from zcc_console.widgets.rule import Piece, rule


class Heading(Pane):
    """One line: a title and what belongs to it at the right."""

    DEFAULT_CSS: ClassVar[str] = "Heading { height: 1; }"

    def __init__(self, title: str = "", *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._pieces: tuple[str | list[Piece], str | list[Piece]] = (title, "")

    def show(self, left: str | list[Piece], right: str | list[Piece] = "") -> None:
        """Show a title and what stands at its right."""
        if (left, right) != self._pieces:
            self._pieces = (left, right)
            self.redraw()

    def draw(self, width: int, height: int) -> Sequence[Strip]:
        return [rule(width, self.palette, *self._pieces)]

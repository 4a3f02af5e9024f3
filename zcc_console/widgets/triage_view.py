"""The whole triage screen between banner and key bar, drawn from one picture: two columns, or one where it is narrow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from textual.strip import Strip

from zcc_console.terminal.themes import Palette
from zcc_console.widgets.pane import Pane
from zcc_console.widgets.triage_head import alert_lines, head_lines, steps_line
from zcc_console.widgets.triage_left import left_lines
from zcc_console.widgets.triage_line import beside
from zcc_console.widgets.triage_picture import TriagePicture
from zcc_console.widgets.triage_side import say_lines, side_lines, strip_lines, what_if_lines

SIDE: Final = 42
GAP: Final = 2
WIDE_FROM: Final = 110


def triage_lines(picture: TriagePicture, width: int, height: int, palette: Palette) -> list[Strip]:
    """The screen, in exactly so many lines of so many cells."""
    airy = height >= 32
    lines = [] if picture.head_hidden else head_lines(picture, width, palette)
    lines += alert_lines(picture, width, palette)
    if airy and not picture.head_hidden:
        lines.append(Strip.blank(width))
    room = max(1, height - len(lines))
    if width >= WIDE_FROM:
        left_width = width - SIDE - GAP
        left = [steps_line(picture.steps, left_width, palette).strip()]
        left += left_lines(picture, left_width, room - 1, palette)
        right = side_lines(picture, SIDE, room, palette)
        lines += beside(left, right, (left_width, GAP, SIDE))
        return lines[:height]
    lines.append(steps_line(picture.steps, width, palette).strip())
    lines += strip_lines(picture, width, palette)
    room = height - len(lines)
    below: list[Strip] = []
    say = say_lines(picture, width, palette, 6 if room < 26 else 10)
    if say and picture.verdict is not None and picture.verdict.urgency.is_for_the_rav and room - len(say) >= 11:
        below = say
    elif room >= 34:
        below = what_if_lines(picture, width, palette)
    lines += left_lines(picture, width, room - len(below), palette)
    return [*lines, *below][:height]


class TriageView(Pane):
    """Shows the picture it was last given."""

    DEFAULT_CSS: ClassVar[str] = """
    TriageView { width: 1fr; height: 1fr; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.picture: TriagePicture | None = None

    def show(self, picture: TriagePicture) -> None:
        """Show this; only the cells that differ are painted."""
        self.picture = picture
        self.redraw()

    def draw(self, width: int, height: int) -> Sequence[Strip]:
        """The lines for one size."""
        if self.picture is None or height < 1:
            return []
        return triage_lines(self.picture, width, height, self.palette)

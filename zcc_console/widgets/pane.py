"""A part of the screen drawn line by line: it paints only the cells that changed. Knows no call, place or desk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, cast
from weakref import WeakKeyDictionary

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from zcc_console.terminal.desk_app import DeskApp
from zcc_console.terminal.themes import Palette
from zcc_console.text import fit

APART = 10
"""Cells that are the same between two that changed: from so many on it is cheaper to send two pieces than one."""


def changed_spans(old: Strip, new: Strip) -> list[tuple[int, int]]:
    """The spans of columns in which two strips differ, first and one-past-last; those that lie near each other as one."""
    whole = changed_span(old, new)
    if whole is None:
        return []
    start, end = whole
    before, after = _cells_of(old), _cells_of(new)
    if end - start <= APART or len(before) != len(after) or len(after) != new.cell_length:
        return [whole]
    spans: list[tuple[int, int]] = []
    for index in range(start, end):
        if before[index] != after[index]:
            if spans and index - spans[-1][1] < APART:
                spans[-1] = spans[-1][0], index + 1
            else:
                spans.append((index, index + 1))
    return spans


def _cells_of(strip: Strip) -> list[tuple[str, Style | None]]:
    """Each cell's character and style; of another length than the strip where a character takes two cells or none."""
    return [(char, segment.style) for segment in strip for char in segment.text]


def changed_span(old: Strip, new: Strip) -> tuple[int, int] | None:
    """First and one-past-last column in which two strips differ; None where they are the same.

    Strips of another length differ from the first unequal piece on, to the end of the longer one.
    """
    if old is new:
        return None
    before, after = _pieces(old), _pieces(new)
    if before == after:
        return None
    start = same = 0
    for one, other in zip(before, after, strict=False):
        if one != other:
            break
        start += other.cell_length
        same += 1
    end = max(old.cell_length, new.cell_length)
    if old.cell_length != new.cell_length:
        return start, max(end, start + 1)
    tail = 0
    for one, other in zip(reversed(before[same:]), reversed(after[same:]), strict=False):
        if one != other:
            break
        end -= other.cell_length
        tail += 1
    if len(before) == len(after) == same + tail + 1:
        first, last = _changed_cells(before[same], after[same])
        return start + first, end - last
    return start, max(end, start + 1)


def _changed_cells(old: Segment, new: Segment) -> tuple[int, int]:
    """Cells at the beginning and at the end that are the same in both; none where the style or a width differs."""
    one, other = old.text, new.text
    if old.style != new.style or len(one) != len(other) or not (one.isascii() and other.isascii()):
        return 0, 0
    differ = [index for index, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
    return differ[0], len(one) - 1 - differ[-1]


def _pieces(strip: Strip) -> list[Segment]:
    return [segment for segment in strip if segment.text]


def ground_of(widget: Widget) -> Style:
    """The background of a widget as a style; the Line API leaves it to the widget to put it under its text.

    Kept from the first time on: nothing here changes its theme or its background while it lives.
    """
    known = _GROUNDS.get(widget)
    if known is None:
        known = _GROUNDS[widget] = Style(bgcolor=widget.rich_style.bgcolor)
    return known


_GROUNDS: WeakKeyDictionary[Widget, Style] = WeakKeyDictionary()


def unreadable(width: int, palette: Palette) -> Strip:
    """The line in place of what cannot be drawn."""
    text = fit("  niet leesbaar; de rest van het scherm klopt", width)
    return Strip([Segment(text, palette.warn)], width)


class Pane(Widget, can_focus=False):
    """Shows the lines that `draw` makes of what it was last given; `redraw` paints what differs from before."""

    DEFAULT_CSS: ClassVar[str] = """
    Pane { width: 1fr; height: auto; }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._lines: list[Strip] = []
        self._for_width = -1
        self._for_height = -1

    @property
    def palette(self) -> Palette:
        """The style of each role."""
        return cast(DeskApp, self.app).palette

    @property
    def ground(self) -> Style:
        """What lies under every piece: the background that the theme gives this part of the screen."""
        return ground_of(self)

    def draw(self, width: int, height: int) -> Sequence[Strip]:
        """The lines, each `width` cells; `height` is what there is, or 0 where the pane may take what it needs."""
        raise NotImplementedError

    def redraw(self) -> None:
        """Make the lines anew and repaint where they differ. Nothing happens while the pane has no size or is hidden."""
        own_height = self._asks_its_height()
        width, height = self.size.width, 0 if own_height else self.size.height
        if not width or not self.is_attached or not self.display:
            self._for_width = -1
            if self.is_attached and self.display and own_height and self._drawn(self.app.size.width, 0):
                self.refresh(layout=True)  # it had no lines, so it has no size; now it needs one
            return
        before, same_size = self._lines, (width, height) == (self._for_width, self._for_height)
        self._make(width, height)
        if own_height and len(before) != len(self._lines):
            self.refresh(layout=True)
        elif not same_size or len(before) != len(self._lines):
            self.refresh()
        else:
            for y, (old, new) in enumerate(zip(before, self._lines, strict=True)):
                for start, end in changed_spans(old, new):
                    self.refresh(Region(start, y, end - start, 1))

    def _asks_its_height(self) -> bool:
        height = self.styles.height
        return height is None or height.is_auto

    def _make(self, width: int, height: int) -> None:
        self._for_width, self._for_height = width, height
        ground = self.ground
        self._lines = [strip.apply_style(ground) for strip in self._drawn(width, height)]

    def _drawn(self, width: int, height: int) -> Sequence[Strip]:
        """What `draw` makes. A part that cannot be drawn says so in its place: one item must never end a screen."""
        try:
            return self.draw(width, height)
        except Exception as error:
            cast(DeskApp, self.app).mishaps.add(error)
            return [unreadable(width, self.palette)]

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        """As many lines as there are."""
        if width != self._for_width:
            self._make(width, 0)
        return len(self._lines)

    def render_line(self, y: int) -> Strip:
        width, height = self.size.width, 0 if self._asks_its_height() else self.size.height
        if (width, height) != (self._for_width, self._for_height):
            self._make(width, height)
        if y < len(self._lines):
            return self._lines[y].adjust_cell_length(width)
        return Strip.blank(width, self.ground)

    def text_lines(self) -> list[str]:
        """What stands in the pane, as text."""
        return [strip.text for strip in self._lines]

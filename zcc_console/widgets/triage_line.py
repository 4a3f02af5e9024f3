"""One line of the screen put together from pieces, to the cell: never markup, never wider than it may be.

What comes in is cleaned text (`zcc_console.text.clean`); it knows nothing of triage.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from zcc_console.text import cells, fit

EMPTY_STYLE: Final = Style()


class Line:
    """A line in the making; every method returns it, so that a line reads as it stands."""

    def __init__(self, width: int, ground: Style | None = None) -> None:
        self.width = max(0, width)
        self._ground = ground
        self._segments: list[Segment] = []
        self._used = 0

    @property
    def used(self) -> int:
        """Cells taken so far."""
        return self._used

    @property
    def left(self) -> int:
        """Cells still free."""
        return self.width - self._used

    def put(self, text: str, style: Style = EMPTY_STYLE) -> Line:
        """Add a piece; what does not fit is cut with `…`."""
        room = self.left
        if not text or room <= 0:
            return self
        size = cells(text)
        if size > room:
            text, size = fit(text, room), room
        self._segments.append(Segment(text, style))
        self._used += size
        return self

    def field(self, text: str, size: int, style: Style = EMPTY_STYLE) -> Line:
        """Add a piece in exactly `size` cells."""
        return self.put(fit(text, min(size, self.left)), style)

    def to(self, column: int) -> Line:
        """Go on at this column; what has passed it already is followed by one space."""
        gap = column - self._used
        return self.put(" " * gap if gap > 0 else " ")

    def end(self, *pieces: tuple[str, Style], margin: int = 0) -> Line:
        """Put pieces against the right edge; what stands in their way is cut."""
        size = sum(cells(text) for text, _style in pieces) + margin
        start = max(0, self.width - size)
        if self._used > start - 1:
            self._cut(max(0, start - 1))
        self.put(" " * (start - self._used))
        for text, style in pieces:
            self.put(text, style)
        return self

    def rule(self, style: Style, until: int | None = None) -> Line:
        """A thin line up to a column, or to the edge."""
        return self.put("─" * ((self.width if until is None else until) - self._used), style)

    def strip(self) -> Strip:
        """The finished line, padded to its width."""
        segments = [*self._segments, Segment(" " * self.left)] if self.left else self._segments
        strip = Strip(segments, self.width)
        return strip.apply_style(self._ground) if self._ground is not None else strip

    def _cut(self, column: int) -> None:
        kept: list[Segment] = []
        used = 0
        for segment in self._segments:
            size = cells(segment.text)
            if used + size > column:
                room = column - used
                if room > 0:
                    kept.append(Segment(fit(segment.text, room), segment.style))
                    used += room
                break
            kept.append(segment)
            used += size
        self._segments, self._used = kept, used


def fit_to(text: str, width: int) -> str:
    """The text, cut with `…` where it is wider than this; never padded."""
    return text if cells(text) <= width else fit(text, width)


def wrap(text: str, width: int, most: int = 99) -> list[str]:
    """Lines of whole words; the last of `most` lines ends in `…` where more would follow. A no-break space holds."""
    if width < 1 or most < 1:
        return []
    lines: list[str] = []
    words = [word for word in text.split(" ") if word]
    line = ""
    while words:
        word = words[0]
        together = f"{line} {word}" if line else word
        if cells(together) <= width:
            line = together
            words.pop(0)
            continue
        if not line:  # one word wider than the line: break it where it stands
            line, rest = _broken(word, width)
            words[0:1] = [rest] if rest else []
        if len(lines) == most - 1:
            rest_of = " ".join([line, *words]) if words else line
            return [*lines, fit_to(rest_of, width)]
        lines.append(line)
        line = ""
    if line:
        lines.append(line)
    return lines


def _broken(word: str, width: int) -> tuple[str, str]:
    used = 0
    for index, char in enumerate(word):
        used += cells(char)
        if used > width and index:
            return word[:index], word[index:]
    return word, ""


def beside(left: Sequence[Strip], right: Sequence[Strip], widths: tuple[int, int, int]) -> list[Strip]:
    """Two columns with a gap: `widths` are those of left column, gap and right column."""
    one, gap, other = widths
    blank_left, space, blank_right = Strip.blank(one), Strip.blank(gap), Strip.blank(other)
    rows = max(len(left), len(right))
    return [
        Strip.join(
            [left[y] if y < len(left) else blank_left, space, right[y] if y < len(right) else blank_right],
        )
        for y in range(rows)
    ]

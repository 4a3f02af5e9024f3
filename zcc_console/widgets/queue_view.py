"""The queue: a view keyed by call id in which the chosen call keeps its line while others come, go and move.

A plain widget with the Line API and an offset of its own: no table (it repaints itself whole for each cell) and no
scroll view (a scroll bar and a virtual size cost a layout for each new call). Only lines that changed are painted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, cast

from textual import events
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from zcc_console.desk.rows import CallRow
from zcc_console.terminal.desk_app import DeskApp
from zcc_console.widgets.pane import changed_span
from zcc_console.widgets.queue_row import Columns, heading_strip, row_strip, wait_cell


@dataclass(frozen=True, slots=True)
class Gone:
    """The chosen call left the view, and the choice moved to its neighbour."""

    call_id: str
    neighbour: str | None


@dataclass(frozen=True, slots=True)
class _Drawn:
    row: CallRow
    wait: str
    selected: bool
    strip: Strip


class QueueView(Widget, can_focus=False):
    """Rows by id, their order, the chosen id, and the first line that is on the screen."""

    DEFAULT_CSS: ClassVar[str] = """
    QueueView { width: 1fr; height: 1fr; overflow: hidden hidden; }
    """

    def __init__(self, *, id: str = "queue", resized: Callable[[], None] | None = None) -> None:
        """Make an empty view; `resized` is called when it shows another number of lines."""
        super().__init__(id=id)
        self._resized = resized
        self.rows: dict[str, CallRow] = {}
        self.order: list[str] = []
        self._index: dict[str, int] = {}
        self.selected: str | None = None
        self.top = 0
        self._columns = Columns.for_width(80)
        self._painted: list[tuple[str, _Drawn] | None] = []
        self._drawn: dict[str, _Drawn] = {}

    # -- what it shows ---------------------------------------------------------------------------------------------

    @property
    def lines(self) -> int:
        """How many calls fit under the heading."""
        return max(1, self.size.height - 1)

    @property
    def selected_row(self) -> CallRow | None:
        """The chosen call's row."""
        return self.rows.get(self.selected) if self.selected is not None else None

    def in_view(self) -> list[str]:
        """The ids on the screen, from the top."""
        return self.order[self.top : self.top + self.lines]

    @property
    def hidden(self) -> tuple[int, int]:
        """How many calls are above and below what is on the screen."""
        return self.top, max(0, len(self.order) - self.top - self.lines)

    def show(self, rows: Sequence[CallRow]) -> Gone | None:
        """Show these calls in this order; the chosen one keeps its line of the screen.

        Returns what happened to the choice where the chosen call is no longer among them.
        """
        old_order, old_index = self.order, self._index
        self.rows = {row.id: row for row in rows}
        self.order = [row.id for row in rows]
        self._index = {call_id: index for index, call_id in enumerate(self.order)}
        if len(self._drawn) > 4 * self.lines + 200:
            self._drawn.clear()
        gone = None
        line = old_index.get(self.selected, 0) - self.top if self.selected is not None else 0
        if self.selected is not None and self.selected not in self._index:
            gone = Gone(self.selected, self._neighbour(old_order, old_index[self.selected]))
            self.selected = gone.neighbour
        if self.selected is None and self.order:
            self.selected, line = self.order[0], 0
        if self.selected is not None:
            self._keep_line(line)
        else:
            self.top = 0
        self._repaint()
        return gone

    def renew(self, rows: Sequence[CallRow]) -> None:
        """Put new rows in place of old ones with the same id, order untouched: for waits that went on."""
        for row in rows:
            if row.id in self.rows:
                self.rows[row.id] = row
        self._repaint()

    def _neighbour(self, order: Sequence[str], index: int) -> str | None:
        after = (call_id for call_id in order[index + 1 :] if call_id in self._index)
        before = (call_id for call_id in reversed(order[:index]) if call_id in self._index)
        return next(after, None) or next(before, None)

    def _keep_line(self, line: int) -> None:
        assert self.selected is not None
        index = self._index[self.selected]
        line = max(0, min(line, self.lines - 1))
        self.top = max(0, min(index - line, len(self.order) - self.lines))
        self._bring_into_view(index)

    def _bring_into_view(self, index: int) -> None:
        if index < self.top:
            self.top = index
        elif index >= self.top + self.lines:
            self.top = index - self.lines + 1

    # -- choosing --------------------------------------------------------------------------------------------------

    def choose(self, call_id: str) -> bool:
        """Choose a call by its id; False where it is not in the view."""
        index = self._index.get(call_id)
        if index is None:
            return False
        self.selected = call_id
        self._bring_into_view(index)
        self._repaint()
        return True

    def move(self, by: int) -> bool:
        """Move the choice by so many lines, as far as there are lines; False where nothing moved."""
        if not self.order:
            return False
        index = self._index.get(self.selected or "", 0)
        return self._to(max(0, min(len(self.order) - 1, index + by)))

    def page(self, by: int) -> bool:
        """Move the choice by so many screens."""
        return self.move(by * max(1, self.lines - 1))

    def end(self, *, last: bool) -> bool:
        """Choose the first or the last call."""
        return self._to(len(self.order) - 1 if last else 0) if self.order else False

    def _to(self, index: int) -> bool:
        call_id = self.order[index]
        return call_id != self.selected and self.choose(call_id)

    # -- painting --------------------------------------------------------------------------------------------------

    def on_resize(self, event: events.Resize) -> None:
        """Another width has other columns; the chosen call stays in view."""
        self._columns = Columns.for_width(event.size.width)
        self._drawn.clear()
        self._painted = []
        if self.selected is not None:
            index = self._index[self.selected]
            self.top = max(0, min(self.top, len(self.order) - self.lines))
            self._bring_into_view(index)
        self.refresh()
        if self._resized is not None:
            self._resized()

    def _draw(self, call_id: str) -> _Drawn:
        row, selected = self.rows[call_id], call_id == self.selected
        known = self._drawn.get(call_id)
        wait = wait_cell(row)
        if known is not None and known.selected == selected and (known.row is row or _same(known, row, wait)):
            return known
        palette = cast(DeskApp, self.app).palette
        drawn = _Drawn(row, wait, selected, row_strip(row, self._columns, palette, selected=selected))
        self._drawn[call_id] = drawn
        return drawn

    def _repaint(self) -> None:
        """Repaint what differs from what was painted last, by the cells that differ."""
        if not self.size.width or not self.is_attached:
            return
        width = self._columns.width
        painted = self._painted
        if len(painted) != self.lines:
            self._painted = []
            self.refresh()
            return
        for y in range(self.lines):
            index = self.top + y
            now = (self.order[index], self._draw(self.order[index])) if index < len(self.order) else None
            before = painted[y]
            if now is None:
                if before is not None:
                    self.refresh(Region(0, y + 1, width, 1))
            elif before is None or before[0] != now[0]:
                self.refresh(Region(0, y + 1, width, 1))
            elif before[1] is not now[1]:
                span = changed_span(before[1].strip, now[1].strip)
                if span is not None:
                    self.refresh(Region(span[0], y + 1, span[1] - span[0], 1))
            painted[y] = now

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        if width != self._columns.width:
            self._columns = Columns.for_width(width)
            self._drawn.clear()
        if y == 0:
            return heading_strip(self._columns, cast(DeskApp, self.app).palette)
        if len(self._painted) != self.lines:
            self._painted = [None] * self.lines
        index = self.top + y - 1
        if index >= len(self.order):
            return Strip.blank(width)
        call_id = self.order[index]
        drawn = self._draw(call_id)
        if y - 1 < len(self._painted):
            self._painted[y - 1] = (call_id, drawn)
        return drawn.strip.adjust_cell_length(width)


def _same(known: _Drawn, row: CallRow, wait: str) -> bool:
    """Whether a row looks as it did; the bare seconds of its wait are not seen."""
    old = known.row
    return (
        wait == known.wait
        and row.norm == old.norm
        and row.label == old.label
        and row.triaged == old.triaged
        and row.claim == old.claim
        and row.flag == old.flag
        and row.pending == old.pending
        and row.reason == old.reason
        and row.who == old.who
        and row.town == old.town
        and row.source == old.source
        and row.state == old.state
        and row.urgency == old.urgency
    )

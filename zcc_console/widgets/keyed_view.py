"""A list keyed by id, in which the chosen line keeps its place on the screen while others come, go and move.

A plain widget with the Line API and an offset of its own: no table (it repaints itself whole for each cell) and no
scroll view (a scroll bar and a virtual size cost a layout for each new line). Only cells that changed are painted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar, cast

from textual import events
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from zcc_console.terminal.desk_app import DeskApp
from zcc_console.terminal.themes import Palette
from zcc_console.widgets.pane import changed_spans, ground_of, unreadable

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Gone:
    """The chosen line left the view, and the choice moved to its neighbour."""

    id: str
    neighbour: str | None


@dataclass(frozen=True, slots=True)
class _Drawn:
    looks: object
    selected: bool
    strip: Strip


class KeyedView(Widget, Generic[T], can_focus=False):
    """Items by id, their order, the chosen id, and the first line that is on the screen; the first line is a heading.

    A view of one kind of item says how an item is named, drawn and recognised as looking the same.
    """

    DEFAULT_CSS: ClassVar[str] = """
    KeyedView { width: 1fr; height: 1fr; overflow: hidden hidden; }
    """

    def __init__(self, *, id: str, resized: Callable[[], None] | None = None) -> None:
        """Make an empty view; `resized` is called when it shows another number of lines."""
        super().__init__(id=id)
        self.items: dict[str, T] = {}
        self.order: list[str] = []
        self.selected: str | None = None
        self.top = 0
        self._at = 0
        self._resized = resized
        self._for_width = 0
        self._painted: list[tuple[str, _Drawn] | None] = []
        self._drawn: dict[str, _Drawn] = {}

    # -- what a view of one kind gives ------------------------------------------------------------------------------

    def name_of(self, item: T) -> str:
        """The item's id."""
        raise NotImplementedError

    def looks(self, item: T) -> object:
        """What is seen of an item: two that are equal are drawn once."""
        raise NotImplementedError

    def draw(self, item: T, width: int, *, selected: bool) -> Strip:
        """One line."""
        raise NotImplementedError

    def draw_heading(self, width: int) -> Strip:
        """The line above the items."""
        raise NotImplementedError

    @property
    def palette(self) -> Palette:
        """The style of each role."""
        return cast(DeskApp, self.app).palette

    # -- what it shows ---------------------------------------------------------------------------------------------

    @property
    def lines(self) -> int:
        """How many items fit under the heading."""
        return max(1, self.size.height - 1)

    @property
    def chosen(self) -> T | None:
        """The chosen item."""
        return self.items.get(self.selected) if self.selected is not None else None

    def in_view(self) -> list[str]:
        """The ids on the screen, from the top."""
        return self.order[self.top : self.top + self.lines]

    @property
    def hidden(self) -> tuple[int, int]:
        """How many items are above and below what is on the screen."""
        return self.top, max(0, len(self.order) - self.top - self.lines)

    def show(self, items: Sequence[T]) -> Gone | None:
        """Show these items in this order; the chosen one keeps its line of the screen.

        Returns what happened to the choice where the chosen item is no longer among them.
        """
        found = {self.name_of(item): item for item in items}
        return self.show_sorted(list(found), found)

    def show_sorted(self, order: Sequence[str], items: Mapping[str, T]) -> Gone | None:
        """The same, of items whose names and order are known: thousands of them are not looked at one by one."""
        old_order, old_at = self.order, self._index_of(self.selected)
        self.items, self.order = dict(items), list(order)
        if len(self._drawn) > 4 * self.lines + 200:
            self._drawn.clear()
        gone = None
        line = old_at - self.top if old_at is not None else 0
        if self.selected is not None and self.selected not in self.items:
            gone = Gone(self.selected, self._neighbour(old_order, old_at or 0))
            self.selected = gone.neighbour
        if self.selected is None and self.order:
            self.selected, line = self.order[0], 0
        at = self._index_of(self.selected)
        if at is not None:
            self._keep_line(at, line)
        else:
            self.top = 0
        self._repaint()
        return gone

    def _index_of(self, name: str | None) -> int | None:
        """Where an item stands; looked for from where the last one was, because that is nearly always it."""
        order, at = self.order, self._at
        if at < len(order) and order[at] == name:
            return at
        if name is None or name not in self.items:
            return None
        self._at = order.index(name)
        return self._at

    def renew(self, items: Sequence[T]) -> None:
        """Put new items in place of old ones of the same id, order untouched: for what only grew older."""
        for item in items:
            name = self.name_of(item)
            if name in self.items:
                self.items[name] = item
        self._repaint()

    def _neighbour(self, order: Sequence[str], index: int) -> str | None:
        after = (name for name in order[index + 1 :] if name in self.items)
        before = (name for name in reversed(order[:index]) if name in self.items)
        return next(after, None) or next(before, None)

    def _keep_line(self, index: int, line: int) -> None:
        line = max(0, min(line, self.lines - 1))
        self.top = max(0, min(index - line, len(self.order) - self.lines))
        self._bring_into_view(index)

    def _bring_into_view(self, index: int) -> None:
        if index < self.top:
            self.top = index
        elif index >= self.top + self.lines:
            self.top = index - self.lines + 1

    def text_lines(self) -> list[str]:
        """What stands on its lines, as text, without the heading."""
        return [self._strip(name).strip.text for name in self.in_view()] if self._for_width else []

    # -- choosing --------------------------------------------------------------------------------------------------

    def choose(self, name: str) -> bool:
        """Choose an item by its id; False where it is not in the view."""
        index = self._index_of(name)
        if index is None:
            return False
        self.selected = name
        self._bring_into_view(index)
        self._repaint()
        return True

    def move(self, by: int) -> bool:
        """Move the choice by so many lines, as far as there are lines; False where nothing moved."""
        if not self.order:
            return False
        index = self._index_of(self.selected) or 0
        return self._to(max(0, min(len(self.order) - 1, index + by)))

    def page(self, by: int) -> bool:
        """Move the choice by so many screens."""
        return self.move(by * max(1, self.lines - 1))

    def end(self, *, last: bool) -> bool:
        """Choose the first or the last item."""
        return self._to(len(self.order) - 1 if last else 0) if self.order else False

    def _to(self, index: int) -> bool:
        name, self._at = self.order[index], index
        return name != self.selected and self.choose(name)

    # -- painting --------------------------------------------------------------------------------------------------

    def on_resize(self, event: events.Resize) -> None:
        """Another size has other columns and lines; the chosen item stays in view."""
        self._anew(event.size.width)
        at = self._index_of(self.selected)
        if at is not None:
            self.top = max(0, min(self.top, len(self.order) - self.lines))
            self._bring_into_view(at)
        self.refresh()
        if self._resized is not None:
            self._resized()

    def _anew(self, width: int) -> None:
        self._for_width = width
        self._drawn.clear()
        self._painted = []

    def _strip(self, name: str) -> _Drawn:
        item, selected = self.items[name], name == self.selected
        looks = self.looks(item)
        known = self._drawn.get(name)
        if known is not None and known.selected == selected and known.looks == looks:
            return known
        try:
            strip = self.draw(item, self._for_width, selected=selected)
        except Exception as error:  # one item that cannot be drawn must never end the screen of everybody
            app = cast(DeskApp, self.app)
            app.mishaps.add(error)
            strip = unreadable(self._for_width, app.palette)
        strip = strip.apply_style(ground_of(self))
        drawn = self._drawn[name] = _Drawn(looks, selected, strip)
        return drawn

    def _repaint(self) -> None:
        """Repaint what differs from what was painted last, by the cells that differ."""
        if not self.size.width or not self.is_attached:
            return
        painted, width = self._painted, self._for_width
        if len(painted) != self.lines or width != self.size.width:
            self._painted = []
            self.refresh()
            return
        for y in range(self.lines):
            index = self.top + y
            now = (self.order[index], self._strip(self.order[index])) if index < len(self.order) else None
            before = painted[y]
            if now is None:
                if before is not None:
                    self.refresh(Region(0, y + 1, width, 1))
            elif before is None:
                self.refresh(Region(0, y + 1, width, 1))
            elif before[1] is not now[1]:
                for start, end in changed_spans(before[1].strip, now[1].strip):
                    self.refresh(Region(start, y + 1, end - start, 1))
            painted[y] = now

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        if width != self._for_width:
            self._anew(width)
        if y == 0:
            return self.draw_heading(width).apply_style(ground_of(self))
        if len(self._painted) != self.lines:
            self._painted = [None] * self.lines
        index = self.top + y - 1
        if index >= len(self.order):
            return Strip.blank(width, ground_of(self))
        name = self.order[index]
        drawn = self._strip(name)
        if y - 1 < len(self._painted):
            self._painted[y - 1] = (name, drawn)
        return drawn.strip.adjust_cell_length(width)

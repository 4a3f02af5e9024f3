"""Overdracht RAV: every handoff in sight, open ones first, with how each stands and what is known of it."""

from __future__ import annotations

from statistics import median
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from zcc_console.desk.rows import Change, HandoffView
from zcc_console.screens.frame import ConsoleScreen
from zcc_console.widgets.bindings import bindings
from zcc_console.widgets.handoff_list import HandoffDetail, HandoffList, in_order
from zcc_console.widgets.handoff_words import duration
from zcc_console.widgets.heading import Heading


class HandoffScreen(ConsoleScreen):
    """The handoffs of the last twelve hours."""

    PLACE: ClassVar[str] = "handoffs"
    BINDINGS: ClassVar[list[BindingType]] = bindings("handoffs")

    def body(self) -> ComposeResult:
        self.heading = Heading()
        self.view = HandoffList()
        self.detail = HandoffDetail()
        yield self.heading
        yield self.view
        yield self.detail

    def update(self, change: Change) -> None:
        views = in_order(self.desk.handoffs())
        self.view.show(views)
        self.detail.show(self.view.chosen)
        open_ = sum(1 for view in views if view.standing.is_open or view.standing.conflict)
        took = [view.taken_s for view in views if view.taken_s is not None and view.standing.handed_over]
        right = f"laatste 12 uur {len(views)}"
        if took:
            right += f" · mediaan acceptatie {duration(median(took))}"
        style = self.palette.warn if open_ else self.palette.dim
        self.heading.show([("OVERDRACHTEN RAV", self.palette.title), (f"  {open_} open", style)], right)

    def highlighted(self) -> str | None:
        view = self.view.chosen
        return view.call_id if view is not None else None

    def to_recall(self) -> HandoffView | str:
        """The one that is chosen here; a colleague's is theirs to recall."""
        view = self.view.chosen
        if view is None:
            return "Er is geen overdracht om te herroepen."
        return view if view.own else f"Deze overdracht is van desk {view.desk_id}; herroepen doet die desk."

    def _move(self, lines: int) -> None:
        self.view.move(lines)
        self.detail.show(self.view.chosen)
        self.show_keys()

    def action_cursor_up(self) -> None:
        self._move(-1)

    def action_cursor_down(self) -> None:
        self._move(1)

    def close(self) -> None:
        self.console.back()

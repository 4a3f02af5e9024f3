"""The queue as a view keyed by call id: a re-sort never puts another patient under the key."""

from __future__ import annotations

from collections.abc import Callable

from textual.strip import Strip

from zcc_console.desk.rows import CallRow
from zcc_console.widgets.keyed_view import KeyedView
from zcc_console.widgets.queue_row import Columns, heading_strip, row_strip, wait_cell


class QueueView(KeyedView[CallRow]):
    """Calls, one a line."""

    def __init__(self, *, resized: Callable[[], None] | None = None) -> None:
        super().__init__(id="queue", resized=resized)

    def name_of(self, item: CallRow) -> str:
        return item.id

    def looks(self, item: CallRow) -> object:
        """All that the line shows; the bare seconds of the wait are not seen."""
        return (
            wait_cell(item),
            item.norm,
            item.urgency,
            item.label,
            item.triaged,
            item.state,
            item.claim,
            item.flag,
            item.pending,
            item.source,
            item.who,
            item.reason,
            item.town,
        )

    def draw(self, item: CallRow, width: int, *, selected: bool) -> Strip:
        return row_strip(item, Columns.for_width(width), self.palette, selected=selected)

    def draw_heading(self, width: int) -> Strip:
        return heading_strip(Columns.for_width(width), self.palette)

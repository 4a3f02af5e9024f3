"""What stands on a terminal that is too small: the handoff first, because its key still works there. Knows no call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.strip import Strip

from zcc_console.desk.rows import CallRow, HandoffView
from zcc_console.terminal.sizes import Size, too_small_line
from zcc_console.widgets.pane import Pane
from zcc_console.widgets.side_panes import handoff_words
from zcc_console.widgets.spans import span
from zcc_console.widgets.triage_line import Line


class SmallLine(Pane):
    """One plain line, and under it (where there are more) the same in more words."""

    DEFAULT_CSS: ClassVar[str] = "SmallLine { height: 1fr; display: none; }"

    def __init__(self) -> None:
        super().__init__(id="small")
        self.alarms: Sequence[HandoffView] = ()
        self.said = ""
        self.target: CallRow | None = None

    def show(self, alarms: Sequence[HandoffView], said: str, target: CallRow | None) -> None:
        """Say how the handoffs stand, what was said last, and which call the handoff key acts on."""
        self.alarms, self.said, self.target = alarms, said, target
        self.redraw()

    def draw(self, width: int, height: int) -> Sequence[Strip]:
        palette = self.palette
        lines = []
        for view in self.alarms:
            word, style = handoff_words(view, palette)
            since = "" if view.elapsed_s is None else f" {span(view.elapsed_s)}"
            phone = f" {view.rav_phone}" if view.card_due else ""
            lines.append(Line(width).put(f"RAV {view.number} {word}{phone}{since}", style).strip())
        row = self.target
        about = f" ({row.number} {row.who} {row.town})" if row is not None else ""
        small = too_small_line(Size(width, height), f"F9 of Ctrl+G{about}")
        lines.append(Line(width).put(small).strip())
        if self.said and not self.alarms:
            lines.append(Line(width).put(self.said, palette.warn).strip())
        return lines

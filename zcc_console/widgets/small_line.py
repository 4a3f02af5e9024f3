"""What stands on a terminal that is too small: the handoff first, because its key still works there. Knows no call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.strip import Strip

from zcc_console.desk.rows import HandoffView
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

    def show(self, alarms: Sequence[HandoffView], said: str) -> None:
        """Say how the handoffs stand, and what was said last."""
        self.alarms, self.said = alarms, said
        self.redraw()

    def draw(self, width: int, height: int) -> Sequence[Strip]:
        palette = self.palette
        lines = []
        for view in self.alarms:
            word, style = handoff_words(view, palette)
            since = "" if view.elapsed_s is None else f" {span(view.elapsed_s)}"
            phone = f" {view.rav_phone}" if view.card_due else ""
            lines.append(Line(width).put(f"RAV {view.number} {word}{phone}{since}", style).strip())
        small = Line(width).put(too_small_line(Size(width, height))).strip()
        said = [Line(width).put(self.said, palette.warn).strip()] if self.said and not self.alarms else []
        return [*lines, *said, small] if height > 1 or not (lines or said) else [*lines, *said]

"""A question on the line above the key bar: one line of typing, or a number for a usual answer. A value; it draws itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from textual.strip import Strip

from zcc_console.terminal.themes import Palette
from zcc_console.text import cells
from zcc_console.widgets.triage_field import Field
from zcc_console.widgets.triage_line import Line, fit_to


@dataclass(slots=True)
class Question:
    """What is asked, what was typed so far, and whom the answer goes to."""

    label: str
    answer: Callable[[str], None]
    """Given the text when it is entered; never an empty one unless `may_be_empty`."""
    field: Field
    usual: tuple[str, ...] = ()
    """Answers that a number stands for: `1` alone means the first."""
    changed: Callable[[str], None] | None = None
    """Given the text after each key."""
    dropped: Callable[[], None] | None = None
    """Called where the question is put aside."""
    may_be_empty: bool = False
    hint: str = ""

    @property
    def text(self) -> str:
        """What would be answered now."""
        typed = self.field.text.strip()
        if typed.isdecimal() and 1 <= int(typed) <= len(self.usual):
            return self.usual[int(typed) - 1]
        return typed

    def press(self, key: str, character: str | None) -> bool:
        """Take a key of typing; False where it is none."""
        after = self.field.press(key, character)
        if after is None:
            return False
        self._become(after)
        return True

    def paste(self, text: str) -> None:
        """Take pasted text."""
        self._become(self.field.insert(text))

    def _become(self, after: Field) -> None:
        before, self.field = self.field, after
        if self.changed is not None and before.text != after.text:
            self.changed(after.text.strip())

    def draw(self, width: int, palette: Palette) -> Strip:
        """The line: label, field, and at the right what the numbers mean or what else helps."""
        hint = self.hint or "   ".join(f"{number} {text}" for number, text in enumerate(self.usual, 1))
        line = Line(width, palette.panel).put(f" {self.label} ", palette.strong)
        least = min(24, line.left)
        shown = fit_to(hint, max(0, line.left - least - 2)) if hint else ""
        room = line.left - (cells(shown) + 2 if shown else 1)
        self.field.draw(line, max(1, room), palette.normal)
        if shown:
            line.put(" ").put(shown, palette.dim)
        return line.strip()

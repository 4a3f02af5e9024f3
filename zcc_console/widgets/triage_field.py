"""One line of typing, as a value: text and cursor, what each key does to it, and how it is drawn. No focus, no blink.

Small on purpose: it stands in the middle of a drawn line, takes no key it does not need, and keeps what was typed as
it was typed; cleaning is for showing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from rich.style import Style

from zcc_console.text import cells, clean
from zcc_console.widgets.triage_line import EMPTY_STYLE, Line, fit_to

LIMIT: Final = 400
_CURSOR: Final = Style(reverse=True)


@dataclass(frozen=True, slots=True)
class Field:
    """What was typed so far, and where the next character comes."""

    text: str = ""
    cursor: int = 0
    selected: bool = False
    """All of it is chosen: what is typed takes its place, and moving the cursor keeps it."""

    @staticmethod
    def of(text: str) -> Field:
        """A field that holds this text, with the cursor behind it."""
        return Field(text[:LIMIT], len(text[:LIMIT]))

    def insert(self, text: str) -> Field:
        """Type or paste; line ends become spaces, controls are left out."""
        if self.selected:
            return Field().insert(text)
        plain = "".join(char for char in text.replace("\r\n", " ").replace("\n", " ") if char.isprintable())
        plain = plain[: max(0, LIMIT - len(self.text))]
        return Field(self.text[: self.cursor] + plain + self.text[self.cursor :], self.cursor + len(plain))

    def press(self, key: str, character: str | None) -> Field | None:
        """The field after a key; None where the key is nothing to it, so that it can mean something else."""
        if self.selected and key in ("backspace", "delete"):
            return Field()
        handled = self._edit(key)
        if handled is not None:
            return handled
        if character is not None and character.isprintable() and len(character) == 1:
            return self.insert(character)
        return None

    def _edit(self, key: str) -> Field | None:
        text, at = self.text, self.cursor
        match key:
            case "backspace" if at:
                return Field(text[: at - 1] + text[at:], at - 1)
            case "delete":
                return Field(text[:at] + text[at + 1 :], at)
            case "left":
                return Field(text, max(0, at - 1))
            case "right":
                return Field(text, min(len(text), at + 1))
            case "home" | "ctrl+a":
                return Field(text)
            case "end":
                return Field(text, len(text))
            case "ctrl+u":
                return Field(text[at:], 0)
            case "ctrl+w":
                kept = text[:at].rstrip()
                kept = kept[: kept.rfind(" ") + 1]
                return Field(kept + text[at:], len(kept))
        return None

    def draw(self, line: Line, width: int, style: Style, *, active: bool = True) -> Line:
        """Put the field on a line in `width` cells, the cursor always in sight."""
        shown = clean(self.text, LIMIT) if self.text else ""
        if not active:
            return line.field(shown, width, style)
        if self.selected and shown:
            shown = fit_to(shown, width)
            return line.put(shown, style + _CURSOR).put(" " * (width - cells(shown)))
        before = clean(self.text[: self.cursor], LIMIT) if self.cursor else ""
        under = clean(self.text[self.cursor], 1) if self.cursor < len(self.text) else " "
        after = clean(self.text[self.cursor + 1 :], LIMIT) if self.cursor + 1 < len(self.text) else ""
        while before and cells(before) + cells(under) > width:
            before = before[1:]
        room = max(0, width - cells(before) - cells(under))
        line.put(before, style).put(under, style + _CURSOR if style is not EMPTY_STYLE else _CURSOR)
        return line.field(after, room, style) if room else line

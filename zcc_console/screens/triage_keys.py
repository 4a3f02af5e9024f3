"""Which keys of a triage come too soon to be meant: a held key, a second press of the last screen, the rest of a word
that was typed into a field which is gone. It knows no step and no screen; time is what the caller says it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

AFTER_ESCAPE_S: Final = 2.0
"""A figure this soon after an escape is the rest of a split function key rather than an answer (terminal.md §1)."""
AFTER_CHANGE_S: Final = 0.4
"""No key that goes on counts this soon after another step came up."""
GRAVE_S: Final = 1.0
"""The same for a call just opened, and for closing one. Own choice: longer than a keyboard waits before it repeats."""
ENTER_APART_S: Final = 0.7
"""Two presses of Enter nearer than this are one held key: keyboards wait up to 0.66 s before they repeat."""
HELD_S: Final = 0.12
"""The same key again this soon is the keyboard repeating it."""
WORD_S: Final = 1.0
"""So long after a change a letter is the rest of what was being typed, no command."""
RUN_S: Final = 0.4
"""Letters that follow a refused one this closely belong to the same word."""
ONCE: Final = "Enter telt één keer per scherm."
HELD: Final = "Een ingedrukte toets telt één keer."
LONG_AGO: Final = -1e9


@dataclass(frozen=True, slots=True)
class Where:
    """What the keys mean now."""

    typing: bool
    """Letters are text."""
    form: bool
    """A form or a note is typed in: Enter only goes to its next line, or keeps it."""
    answering: bool
    """A bare figure answers a question."""
    closing: bool
    """Enter closes the call."""


class KeyGuard:
    """Looks at each key before it does anything."""

    def __init__(self) -> None:
        self._changed = LONG_AGO
        self._pause = AFTER_CHANGE_S
        self._escaped = LONG_AGO
        self._refused = LONG_AGO
        self._last = ("", LONG_AGO)

    def changed(self, at: float, *, opened: bool = False) -> None:
        """Another step or screen is in view since this moment."""
        self._changed, self._pause = at, GRAVE_S if opened else AFTER_CHANGE_S

    def loading(self, at: float) -> None:
        """A key came while nothing could be answered; what is typed on belongs to it."""
        self._refused = at

    def refuses(self, key: str, character: str | None, at: float, where: Where) -> str:
        """Why this key does not count; nothing where it does."""
        last, last_at = self._last
        again = at - last_at if key == last else 1e9
        self._last = (key, at)
        if key == "escape":
            self._escaped = at
            return ""
        left = AFTER_ESCAPE_S - (at - self._escaped)
        if left > 0 and character is not None and character in "[O0123456789;~":
            return f"Vlak na Esc telt een cijfer niet; nog {max(left, 0.1):.1f} s.".replace(".", ",", 1)
        since = at - self._changed
        if key == "enter":
            return self._enter(since, again, where)
        if where.form:
            return ""
        if key == "right" and since < AFTER_CHANGE_S:
            return "→ telt één keer per scherm."
        if character is None or not character.isprintable():
            return HELD if key == "backspace" and again < HELD_S and not where.typing else ""
        return self._printable(character, at, since, again, where)

    def _enter(self, since: float, again: float, where: Where) -> str:
        if where.form:
            return HELD if again < HELD_S else ""
        pause = GRAVE_S if where.closing else self._pause
        return ONCE if since < pause or again < ENTER_APART_S else ""

    def _printable(self, character: str, at: float, since: float, again: float, where: Where) -> str:
        figure = character.isascii() and character.isdecimal()
        if figure and not where.answering and since < AFTER_CHANGE_S:
            return "Net een ander scherm: dit cijfer telt nog niet."
        if where.typing:
            return ""
        if again < HELD_S:
            return HELD
        if not figure and (since < WORD_S or at - self._refused < RUN_S):
            self._refused = at
            return f"Net een ander scherm: ‘{character}’ telt nog niet."
        return ""

"""What the search of the queue finds: by name, number, town, reason or urgency. Pure; logs nothing itself."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from zcc_console.core.urgency import Urgency
from zcc_console.desk.rows import CallRow, CallView


def plain(text: str) -> str:
    """Lower case without accents, so that `cafe` finds `Café`."""
    split = unicodedata.normalize("NFD", text.casefold())
    return "".join(char for char in split if not unicodedata.combining(char))


@dataclass(frozen=True, slots=True)
class Search:
    """What was typed; every word of it must be found somewhere in the call."""

    text: str = ""

    @property
    def active(self) -> bool:
        """Whether anything is left out."""
        return bool(self.text)

    def filter(self, rows: Sequence[CallRow], look: Callable[[str], CallView | None]) -> Sequence[CallRow]:
        """The rows that match, in their order; `look` is asked for the name only where the line itself says nothing."""
        words = plain(self.text).split()
        return [row for row in rows if all(matches(row, word, look) for word in words)] if words else rows


def matches(row: CallRow, word: str, look: Callable[[str], CallView | None]) -> bool:
    """Whether one word is in a call; a word that is an urgency (`u3`) asks for that one only."""
    urgency = Urgency.parse(word.upper())
    if urgency is not None:
        return row.urgency is urgency
    if word in plain(f"{row.number} {row.town} {row.reason} {row.who} {row.source} {row.label}"):
        return True
    view = look(row.id) if len(word) > 1 else None
    return view is not None and word in plain(f"{view.name} {view.caller} {view.callback_number} {view.address}")

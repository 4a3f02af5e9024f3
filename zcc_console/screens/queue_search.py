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

    def filter(self, rows: Sequence[CallRow], also: Callable[[str], str]) -> Sequence[CallRow]:
        """The rows that match, in their order.

        Args:
            also: gives the plain words of a call that its line does not show; asked only where the line says nothing.
        """
        words = plain(self.text).split()
        return [row for row in rows if all(matches(row, word, also) for word in words)] if words else rows


def hidden_words(view: CallView) -> str:
    """What of a call can be searched for and is not on its line: name, caller, number, address."""
    return plain(f"{view.name} {view.caller} {view.callback_number} {view.address}")


def matches(row: CallRow, word: str, also: Callable[[str], str]) -> bool:
    """Whether one word is in a call; a word that is an urgency (`u3`) asks for that one only."""
    urgency = Urgency.parse(word.upper())
    if urgency is not None:
        return row.urgency is urgency
    if word in plain(f"{row.number} {row.town} {row.reason} {row.who} {row.source} {row.label}"):
        return True
    return len(word) > 1 and word in also(row.id)

"""The urgencies U0 to U5 with their mark and their Dutch word; the smaller number is the more urgent.

Exact times are agreed locally (domain.md); it knows no protocol and no screen.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum


class Urgency(IntEnum):
    """How soon care is needed. U0 is the most urgent, so `min` of several is the most urgent one."""

    U0 = 0
    U1 = 1
    U2 = 2
    U3 = 3
    U4 = 4
    U5 = 5

    def __bool__(self) -> bool:
        """Always: U0 is the gravest urgency, not the absence of one, whatever `urgency or …` makes of a zero."""
        return True

    @property
    def mark(self) -> str:
        """The shape that stands beside the letter, so that colour is never needed to tell them apart."""
        return _MARKS[self]

    @property
    def word(self) -> str:
        """What it means, in Dutch."""
        return _WORDS[self]

    @property
    def label(self) -> str:
        """Mark and letter: `▲ U1`."""
        return f"{_MARKS[self]} {self.name}"

    @property
    def is_for_the_rav(self) -> bool:
        """U0 and U1: to the ambulance control room at once; triage stops asking."""
        return self <= Urgency.U1

    @staticmethod
    def parse(text: object) -> Urgency | None:
        """The urgency a text such as `U2` names; None for anything else (display must be total)."""
        return _BY_NAME.get(text) if isinstance(text, str) else None


_MARKS = ("■", "▲", "◆", "●", "○", "·")
_WORDS = (
    "vitaal bedreigd · nu",
    "levensbedreigend · direct",
    "spoed · binnen een uur",
    "dringend · enkele uren",
    "niet dringend · 24 uur",
    "advies",
)
_BY_NAME = {urgency.name: urgency for urgency in Urgency}


def most_urgent(urgencies: Iterable[Urgency]) -> Urgency:
    """The most urgent of them.

    Raises:
        ValueError: there are none; "no urgency" is not an urgency.
    """
    return min(urgencies)

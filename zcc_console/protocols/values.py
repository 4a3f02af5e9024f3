"""Numbers and ages as a person types them, read the same way in a protocol's threshold and in an answer.

Ages are compared in days: a month is 30.4375 and a year 365.25 of them, both exact in binary, so "16 jaar" meets
"at least 16 jaar".
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

DAYS_A_WEEK = 7.0
DAYS_A_MONTH = 30.4375
DAYS_A_YEAR = 365.25
OLDEST_DAYS = 130 * DAYS_A_YEAR

_AGE = re.compile(r"([0-9]{1,5})\s*(jaar|jr|j|maanden|maand|mnd|m|weken|week|wk|w|dagen|dag|d)?")
_NUMBER = re.compile(r"-?[0-9]{1,6}(?:[.,][0-9]{1,3})?")
_UNITS = {"j": DAYS_A_YEAR, "m": DAYS_A_MONTH, "w": DAYS_A_WEEK, "d": 1.0}
_NAMES = {"j": ("jaar", "jaar"), "m": ("maand", "maanden"), "w": ("week", "weken"), "d": ("dag", "dagen")}


@lru_cache(maxsize=512)
def age_days(text: str) -> float | None:
    """Days of `67`, `67 jaar`, `3 maanden`, `6w`, `10 dagen`; None for what is no age of a person."""
    match = _AGE.fullmatch(text.strip().lower())
    if match is None:
        return None
    days = int(match[1]) * _UNITS[(match[2] or "jaar")[0]]
    return days if days <= OLDEST_DAYS else None


def normal_age(text: str) -> str | None:
    """The age as it is stored and shown: `67 jaar`; None for what is no age."""
    match = _AGE.fullmatch(text.strip().lower())
    if match is None or age_days(text) is None:
        return None
    count, unit = int(match[1]), (match[2] or "jaar")[0]
    return f"{count} {_NAMES[unit][count != 1]}"


def age_at(born: date, today: date) -> str | None:
    """The age from a date of birth: days up to a month, months up to two years, then years; None for the future."""
    if born > today:
        return None
    months = (today.year - born.year) * 12 + today.month - born.month - (today.day < born.day)
    if months < 1:
        return normal_age(f"{(today - born).days} d")
    return normal_age(f"{months} m" if months < 24 else f"{months // 12} j")


@lru_cache(maxsize=512)
def number(text: str) -> float | None:
    """The number in `38.4` or `38,4`; None for what is no plain number."""
    return float(text.replace(",", ".")) if _NUMBER.fullmatch(text) else None

"""Whether a moment is ANW (evening, night, weekend, public holiday) or day, and the Dutch date. Imports no calendar itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from zcc_console.core.clock import local

DAYS = ("ma", "di", "wo", "do", "vr", "za", "zo")
MONTHS = ("jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec")
DAY_FROM, DAY_UNTIL = 8, 17
"""GP surgeries are open on weekdays from 8 to 17; all else is ANW (the usual hours of the posts)."""

IsHoliday = Callable[[date], bool]


def no_holiday(_: date) -> bool:
    """What is known of holidays before the calendar has been read."""
    return False


def is_anw(moment: datetime, is_holiday: IsHoliday = no_holiday) -> bool:
    """Whether the posts have the watch at this moment."""
    here = local(moment)
    return here.weekday() >= 5 or not DAY_FROM <= here.hour < DAY_UNTIL or is_holiday(here.date())


def dutch_date(moment: datetime) -> str:
    """`za 21 nov`."""
    here = local(moment)
    return f"{DAYS[here.weekday()]} {here.day} {MONTHS[here.month - 1]}"


def dutch_holidays() -> IsHoliday:
    """The public holidays of the Netherlands. Slow to import: call it off the first paint."""
    from holidays import country_holidays

    days = country_holidays("NL")
    return lambda day: day in days

"""Whether a moment is ANW (evening, night, weekend, public holiday) or day, and the Dutch date. Imports no calendar itself."""

from __future__ import annotations

import subprocess
import sys
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


_ASK = """
import datetime, holidays
year = datetime.date.today().year
print(*holidays.country_holidays("NL", years=range(year - 1, year + 20)))
"""


def dutch_holidays() -> IsHoliday:
    """The public holidays of the Netherlands, of the next twenty years; none where they cannot be had.

    Asked of a short-lived interpreter: the calendar's library would take a tenth of the console's memory for good. Slow:
    call it off the first paint.
    """
    try:
        done = subprocess.run(  # noqa: S603 - our own words only
            [sys.executable, "-P", "-c", _ASK], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60
        )
        days = frozenset(map(date.fromisoformat, done.stdout.split()))
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return no_holiday
    return days.__contains__

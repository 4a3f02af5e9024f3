"""A time of day or a number of minutes, as people type it when they agree to call back. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from zcc_console.core.clock import local

MOST_MINUTES: Final = 24 * 60


def parse_when(text: str, now: datetime) -> datetime | None:
    """The moment that is meant, or None where nobody can tell.

    `22:50`, `22.50` and `2250` are the next such local moment to come, also in the hour that comes twice; `15`, `+15`
    and `15 min` are in so many minutes.
    """
    plain = text.strip().lower().removesuffix("min").strip().replace(".", ":")
    relative = plain.startswith("+")
    plain = plain.removeprefix("+").strip()
    if not plain.isascii():
        return None
    if plain.isdecimal() and (relative or len(plain) < 4):
        minutes = int(plain) if len(plain) < 5 else 0
        return now + timedelta(minutes=minutes) if 1 <= minutes <= MOST_MINUTES else None
    hour, colon, minute = (plain[:2], ":", plain[2:]) if plain.isdecimal() and len(plain) == 4 else plain.partition(":")
    if relative or not (colon and hour.isdecimal() and minute.isdecimal() and len(hour) <= 2 and len(minute) == 2):
        return None
    return _next(int(hour), int(minute), now) if int(hour) < 24 and int(minute) < 60 else None


def _next(hour: int, minute: int, now: datetime) -> datetime | None:
    """Stepping through real minutes finds the first such local moment whatever the clocks do that night."""
    moment = now.replace(second=0, microsecond=0)
    for _ in range(26 * 60):
        moment += timedelta(minutes=1)
        here = local(moment)
        if (here.hour, here.minute) == (hour, minute):
            return moment
    return None

"""The one clock: wall time for people and records, boot time for durations. Passed in, so a night can be replayed."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

LOCAL_ZONE = "Europe/Amsterdam"


class Clock(Protocol):
    """What the house asks of time (contract.md §5)."""

    def now(self) -> datetime:
        """Wall time, aware, UTC."""
        ...

    def boot(self) -> float:
        """Seconds since boot; goes on in sleep, never goes back within one `boot_id`."""
        ...

    def boot_id(self) -> str:
        """Names the boot that `boot()` counts from; a duration across two of them is unknown."""
        ...


class SystemClock:
    """The machine's own clocks: `CLOCK_REALTIME` and `CLOCK_BOOTTIME`."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def boot(self) -> float:
        return time.clock_gettime(time.CLOCK_BOOTTIME)

    def boot_id(self) -> str:
        return _boot_id()


@lru_cache(maxsize=1)
def _boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return "unknown"


@dataclass
class ManualClock:
    """A clock that moves only when told to: for tests and the simulation."""

    wall: datetime = datetime(2026, 11, 21, 21, 41, 7, tzinfo=UTC)
    seconds: float = 1000.0
    boot_name: str = "boot-1"

    def now(self) -> datetime:
        return self.wall

    def boot(self) -> float:
        return self.seconds

    def boot_id(self) -> str:
        return self.boot_name

    def advance(self, seconds: float) -> None:
        """Both clocks go on together."""
        self.seconds += seconds
        self.wall += timedelta(seconds=seconds)

    def reboot(self, name: str, seconds: float = 1.0) -> None:
        """Boot time starts again under another name; wall time stays."""
        self.boot_name = name
        self.seconds = seconds


def rfc3339(moment: datetime) -> str:
    """UTC with milliseconds and `Z`, as the contract writes times."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


YEARS = range(1900, 2200)
"""What counts as a time at all. The edges of the calendar cannot be told in another zone, and no call is from there."""


def parse_time(text: str) -> datetime:
    """An aware UTC datetime from RFC 3339 text.

    Raises:
        ValueError: not a time, a time without an offset, or one outside `YEARS`.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"time without offset: {text!r}")
    if moment.year not in YEARS:
        raise ValueError(f"time out of range: {text!r}")
    return moment.astimezone(UTC)


def parse_time_or_none(text: object) -> datetime | None:
    """As `parse_time`, with None for what is no time: for display, which must be total."""
    if not isinstance(text, str):
        return None
    try:
        return parse_time(text)
    except ValueError:
        return None


@lru_cache(maxsize=1)
def local_zone() -> ZoneInfo:
    """The zone of the screen; read once, off the first paint where it can be."""
    return ZoneInfo(LOCAL_ZONE)


def local(moment: datetime) -> datetime:
    """The moment as people in the region read it."""
    return moment.astimezone(local_zone())


def local_hm(moment: datetime) -> str:
    """`22:41`; in the hour that comes twice it carries its offset (`02:41+1`), so that it cannot be misread."""
    here = local(moment)
    text = here.strftime("%H:%M")
    other = here.replace(fold=1 - here.fold)
    if other.utcoffset() != here.utcoffset() and local(other.astimezone(UTC)).strftime("%H:%M") == text:
        offset = here.utcoffset()
        return f"{text}+{int(offset.total_seconds() // 3600) if offset else 0}"
    return text

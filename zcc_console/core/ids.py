"""The one source of ids: UUIDv7 for everything, UUIDv5 for a handoff, so that two desks make one (contract.md §4)."""

from __future__ import annotations

import os
import random
import uuid
from collections.abc import Callable
from typing import Protocol

from zcc_console.core.clock import Clock

# Names the space of handoff ids: UUIDv5(call_id, to) with the call's own id as the namespace.


class Ids(Protocol):
    """Makes new ids."""

    def new(self) -> str:
        """A UUIDv7 as lower-case text, larger than every one this source gave before."""
        ...


class ClockIds:
    """UUIDv7 (RFC 9562) from the injected clock and random bytes; strictly increasing within the source."""

    def __init__(self, clock: Clock, random_bytes: Callable[[int], bytes] = os.urandom) -> None:
        self._clock = clock
        self._random_bytes = random_bytes
        self._last = 0

    def new(self) -> str:
        moment = self._clock.now()
        millis = int(moment.timestamp() * 1000)
        rand = int.from_bytes(self._random_bytes(10), "big")
        value = (millis & ((1 << 48) - 1)) << 80
        value |= 0x7 << 76
        value |= ((rand >> 64) & 0xFFF) << 64
        value |= 0b10 << 62
        value |= rand & ((1 << 62) - 1)
        if value <= self._last:  # same millisecond, or a clock that went back: keep the order
            value = self._last + 1
        self._last = value
        return str(uuid.UUID(int=value))


class SeededIds(ClockIds):
    """As `ClockIds`, with seeded random bytes: for tests, demo and simulation."""

    def __init__(self, clock: Clock, seed: int) -> None:
        super().__init__(clock, random.Random(seed).randbytes)


def handoff_id(call_id: str, to: str) -> str:
    """`UUIDv5(call_id, to)`: one handoff for a call and a RAV, whichever desk presses (contract.md §4)."""
    return str(uuid.uuid5(uuid.UUID(call_id), to))


def reference(number: str, handoff: str) -> str:
    """What people read out to match a telephone call to a message: `0347/7F3A`."""
    return f"{number}/{handoff[-4:].upper()}"


def is_uuid(text: object) -> bool:
    """Whether the value is a UUID in its usual form."""
    if not isinstance(text, str) or len(text) != 36:
        return False
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False

"""What every lane of the courier is: a pure function `step(state, event, now) -> (state, effects)`.

Effects are carried out in order; the last one is asked for its outcome, which is the lane's next event. A lane never
reads a clock, draws a random number or touches a file or socket itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar


class Kind(StrEnum):
    """Whether the hub is of the profile's kind (exercise or real), as last said by the hub."""

    UNKNOWN = "unknown"
    RIGHT = "right"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Now:
    """What a lane may know of this moment besides its own state."""

    boot: float
    """Seconds on the boot clock."""
    wall: datetime
    boot_id: str
    chance: float
    """A random number from 0 up to 1, drawn for this step."""
    kind: Kind = Kind.UNKNOWN
    confirmed: float | None = None
    """When (boot clock) the hub last showed that it stands in the cache's epoch."""
    hub_wrote: float | None = None
    """When (boot clock) something new was last seen in the region's log: the hub can write."""
    console_seen: float | None = None
    """When (boot clock) a console last lived; None where none was seen."""


class Event:
    """What happened: the outcome of a lane's last effect."""

    __slots__ = ()


class Effect:
    """What a lane wants done."""

    __slots__ = ()


State = TypeVar("State")
Effects = tuple[Effect, ...]
Step = Callable[[State, Event, Now], tuple[State, Effects]]


@dataclass(frozen=True, slots=True)
class Begin(Event):
    """The lane starts, or starts again after a fault."""


@dataclass(frozen=True, slots=True)
class Woken(Event):
    """The wait is over, or something was woken."""


@dataclass(frozen=True, slots=True)
class Done(Event):
    """A write was carried out."""


@dataclass(frozen=True, slots=True)
class Replied(Event):
    """Something answered; whether it is the hub, a proxy or garbage is for the rules to say."""

    status: int
    content_type: str
    content: bytes
    retry_after: float | None = None
    """Seconds, where the answer named them."""
    took_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Lost(Event):
    """No answer: refused, reset, timed out, too large, or no credential to ask with."""

    why: str


@dataclass(frozen=True, slots=True)
class Request(Effect):
    """One request; answered by `Replied` or `Lost`, never by an exception."""

    to: str
    """Which connection: `hub`, `beat`, `handoff-hub`, `direct:<rav>`."""
    method: str
    path: str
    """With its query, encoded."""
    timeout_s: float
    """For the whole attempt, connecting included."""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    limit: int = 1 << 20
    """Bytes of answer above which it counts as none."""


@dataclass(frozen=True, slots=True)
class Wait(Effect):
    """Time passes; answered by `Woken`."""

    seconds: float
    wakeable: bool = False
    """Whether a change of the journal, the cache or the credential ends it early."""


@dataclass(frozen=True, slots=True)
class Stop(Effect):
    """The lane has nothing left to do and ends."""


@dataclass(frozen=True, slots=True)
class Log(Effect):
    """A line in the log: a name, ids and numbers; never a person's words."""

    event: str
    fields: tuple[tuple[str, str | int | float | None], ...] = ()


def jitter(now: Now, attempt: int, base_s: float, cap_s: float) -> float:
    """Full jitter: anything from 0 to a limit that doubles with each attempt (attempt 0: `base_s`)."""
    return now.chance * min(cap_s, base_s * 2.0 ** min(attempt, 16))


def between(now: Now, low_s: float, high_s: float) -> float:
    """Anything from low to high."""
    return low_s + now.chance * (high_s - low_s)

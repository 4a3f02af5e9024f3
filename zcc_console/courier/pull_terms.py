"""What the pulling lane asks of files and sockets, and what it hears back (contract.md §1). Names only, no rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from zcc_console.courier.machine import Effect, Event
from zcc_console.courier.readings import Digest, Frame
from zcc_console.store.items import Item, Transaction


class Link(StrEnum):
    """How the desk is joined to its hub: a note in the cache for the screen."""

    STREAM = "stream"
    POLL = "poll"
    CATCHING_UP = "catching-up"
    SNAPSHOT = "snapshot"
    OFFLINE = "offline"
    EXPIRED = "expired"
    OTHER_KIND = "other-kind"
    CREDENTIAL = "credential"


@dataclass(frozen=True, slots=True)
class ReadOwn(Effect):
    """Where the cache stands; answered by `Own`."""


@dataclass(frozen=True, slots=True)
class Own(Event):
    """The cache's cursor, and seconds since a digest last forced a snapshot (None: never)."""

    cursor: str | None
    forced_ago_s: float | None = None


@dataclass(frozen=True, slots=True)
class Apply(Effect):
    """Transactions in order, all in one local transaction; answered by `Applied` or `Misfit`."""

    transactions: tuple[Transaction, ...]


@dataclass(frozen=True, slots=True)
class Applied(Event):
    """They are in the cache, which now stands here."""

    cursor: str
    count: int


@dataclass(frozen=True, slots=True)
class Misfit(Event):
    """One does not follow the own cursor; nothing was applied."""


@dataclass(frozen=True, slots=True)
class Swap(Effect):
    """Take a whole snapshot in place of what is there; answered by `Swapped`."""

    cursor: str
    items: tuple[Item, ...]
    applied: tuple[tuple[str, int], ...]
    exercise: bool


@dataclass(frozen=True, slots=True)
class Swapped(Event):
    """The cache holds the snapshot."""

    cursor: str


@dataclass(frozen=True, slots=True)
class OpenStream(Effect):
    """Open `/v1/stream` from a cursor; answered by `Opened`, `Replied` (no stream) or `Lost`."""

    cursor: str


@dataclass(frozen=True, slots=True)
class Opened(Event):
    """The stream is open."""


@dataclass(frozen=True, slots=True)
class NextFrames(Effect):
    """What the stream brings within so many seconds; answered by `Streamed`, `Silent` or `Ended`."""

    within_s: float


@dataclass(frozen=True, slots=True)
class Streamed(Event):
    """Frames in order, at least one."""

    frames: tuple[Frame, ...]


@dataclass(frozen=True, slots=True)
class Silent(Event):
    """Nothing came in that time."""


@dataclass(frozen=True, slots=True)
class Ended(Event):
    """The stream is over; the hub may have said how long to stay away."""

    retry_s: float | None = None


@dataclass(frozen=True, slots=True)
class CloseStream(Effect):
    """Let go of the stream."""


@dataclass(frozen=True, slots=True)
class Compare(Effect):
    """Compare the cache's digest with the hub's at this cursor; answered by `Compared`."""

    cursor: str
    digest: Digest


@dataclass(frozen=True, slots=True)
class Compared(Event):
    """Whether they are the same (also True where the cache has moved on)."""

    same: bool


@dataclass(frozen=True, slots=True)
class Heard(Effect):
    """The hub gave a sign of life at its time."""

    server_time: datetime


@dataclass(frozen=True, slots=True)
class NoteLink(Effect):
    """How the link stands, for the screen."""

    link: Link
    why: str = ""


@dataclass(frozen=True, slots=True)
class NoteDigest(Effect):
    """The cache was not what the hub has: a visible note."""

    cursor: str


@dataclass(frozen=True, slots=True)
class HubKind(Effect):
    """The hub said whether it is of the profile's kind; other lanes ask this before they send."""

    right: bool


@dataclass(frozen=True, slots=True)
class HubWrote(Effect):
    """Something new came into the region's log while we watched."""

"""What a simulated colleague is doing, has in hand, and makes happen. Plain records; the machine is `colleagues`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from zcc_console.core.jsontypes import Json
from zcc_console.demo.decisions import Decision


class Phase(StrEnum):
    """What a colleague is doing."""

    FREE = "free"
    CLAIMING = "claiming"
    TRIAGE = "triage"
    RESERVING = "reserving"
    TELEPHONING = "telephoning"
    HANDING = "handing"
    CLOSING = "closing"
    AFTERCARE = "aftercare"
    PAUSE = "pause"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Handoff:
    """A message for the handoff lane."""

    body: dict[str, Json]


@dataclass(frozen=True, slots=True)
class Took:
    """A provider gave a place away: its own next count knows it."""

    unit_id: str
    count: int


@dataclass(frozen=True, slots=True)
class TelephoneHandoff:
    """A handoff of before the night: deliver what was pressed, then the message, then what comes after it."""

    body: dict[str, Json]
    afterwards: Callable[[], None]


Effect = Handoff | Took


@dataclass(slots=True)
class Work:
    """The call in hand."""

    call_id: str
    claim: str | None
    fence: int | None = None
    seen_held: bool = False
    decision: Decision | None = None
    unit_id: str = ""
    reservation: str = ""
    tried: tuple[str, ...] = ()
    outcome: str = ""
    sequence: int = 0
    spoken: bool = False

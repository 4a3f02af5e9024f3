"""Opening a triage on an evening's desk, and what the RAV and the region answer, for the pilot tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from textual import events

from tests.pilot.driving import USUAL, Console, console_on
from tests.pilot.evening import Evening, uuid
from tests.pilot.triage_set import small_set
from zcc_console.core.clock import rfc3339
from zcc_console.core.ids import SeededIds
from zcc_console.core.jsontypes import Json, JsonObject
from zcc_console.desk.rows import HandoffView
from zcc_console.protocols.model import ProtocolSet
from zcc_console.screens.triage import KeyTime, TriageScreen
from zcc_console.screens.triage_flow import TriageFlow
from zcc_console.store.journal import Journal
from zcc_console.store.rows import HUB

CHEST, LIMB = uuid(1, 347), uuid(1, 345)
"""“druk op de borst sinds een uur” (own), and “gevallen, enkel dik, kan staan”."""


class Pace(KeyTime):
    """Each key comes so many seconds after the one before: a calm hand, unless a test says otherwise."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self.step = 1.1

    def now(self) -> float:
        return self.seconds

    def of(self, event: events.Key) -> float:
        self.seconds += self.step
        return self.seconds


@asynccontextmanager
async def triage_on(
    evening: Evening,
    call_id: str = CHEST,
    size: tuple[int, int] = USUAL,
    protocols: ProtocolSet | None = None,
) -> AsyncIterator[Console]:
    """A console that stands at the triage of a call, with the small set."""
    evening.desk.claim(call_id)
    evening.desk.refresh()
    evening.desk.stand(call_id, "triage")
    async with console_on(evening, size) as console:
        screen_of(console).library.protocols = protocols or small_set()
        screen_of(console).key_time = Pace()
        await console.pull()
        yield console


def screen_of(console: Console) -> TriageScreen:
    """The triage screen."""
    screen = console.app.place("triage")
    assert isinstance(screen, TriageScreen)
    return screen


def pace_of(console: Console) -> Pace:
    """How fast keys come in this test."""
    pace = screen_of(console).key_time
    assert isinstance(pace, Pace)
    return pace


def flow_of(console: Console) -> TriageFlow:
    """The triage in hand."""
    flow = screen_of(console).flow
    assert flow is not None
    return flow


def commands(evening: Evening, *kinds: str) -> list[str]:
    """The types of the commands in the outbox, in order; of these kinds only where some are named."""
    return [row.type for row in evening.desk.journal.outbox() if not kinds or row.type in kinds]


@contextmanager
def courier(evening: Evening) -> Iterator[Journal]:
    """The journal as the courier has it: the same file, another connection."""
    profile = evening.desk.profile
    journal = Journal.open(profile.journal_path, profile.key_path, evening.clock, SeededIds(evening.clock, 11))
    try:
        yield journal
    finally:
        journal.close()


def handoff_of(evening: Evening, call_id: str = CHEST) -> HandoffView:
    """The call's handoff as the desk sees it now."""
    evening.desk.refresh()
    view = evening.desk.handoff(call_id)
    assert view is not None
    return view


def at_hub(evening: Evening, call_id: str = CHEST) -> None:
    """The hub has the latest message."""
    view = handoff_of(evening, call_id)
    assert view.standing.latest_new is not None
    with courier(evening) as journal:
        journal.delivered(view.standing.latest_new.message_id, HUB, 202)


def rav_says(evening: Evening, state: str, *, call_id: str = CHEST, n: int = 1, **more: Json) -> None:
    """The RAV's gateway makes an event that has all messages so far."""
    row = next(one for one in evening.desk.journal.handoffs() if one.call_id == call_id)
    has: list[Json] = [message.message.message_id for message in row.messages]
    at = rfc3339(evening.clock.now())
    event: JsonObject = {"n": n, "state": state, "has": has, "at": at, "by": None, "exercise": True, **more}
    with courier(evening) as journal:
        journal.learned(row.handoff_id, [event], direct=True)


def refuse(evening: Evening, kind: str, problem: str, **more: Json) -> None:
    """The region refuses the last command of this kind."""
    row = [one for one in evening.desk.journal.outbox("pending") if one.type == kind][-1]
    with courier(evening) as journal:
        journal.answered(row.no, "refused", 409, {"type": problem, **more})

"""`Desk`: the door to one desk without its screen: what it shows and what a person decides on it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from zcc_console.core.clock import Clock, SystemClock
from zcc_console.core.config import Profile
from zcc_console.core.errors import ZccError
from zcc_console.core.ids import ClockIds, Ids
from zcc_console.core.jsontypes import JsonObject, as_object, as_text
from zcc_console.courier.status import FAILED, read_status
from zcc_console.desk import capacity, floor, handoffs, queue, settle, voice
from zcc_console.desk.decide import Deciding
from zcc_console.desk.picture import Picture
from zcc_console.desk.rows import (
    CallRow,
    CallView,
    Change,
    DeskRow,
    FloorFigures,
    HandoffView,
    Link,
    LinkState,
    NoticeRow,
    SettleRow,
    UnitRow,
)
from zcc_console.desk.tally import Tally
from zcc_console.store.cache import Cache
from zcc_console.store.engine import DatabaseError
from zcc_console.store.journal import Journal

LIVE_S = 15.0
STALE_S = 60.0
"""LIVE < 15 s since a bookmark or answer, STALE 15–60 s, else OFFLINE (contract.md §1)."""

CLAIM_ANSWERED_S = 20.0
"""An own claim is shown as unconfirmed when no heartbeat sent within this time was answered (contract.md §3)."""

SCREENS = ("queue", "triage", "capacity", "regie")


@dataclass(frozen=True, slots=True)
class Where:
    """Where the console stands, so that the next one stands there too."""

    call_id: str | None
    screen: str


class Desk(Deciding):
    """One desk. One thread at a time; nothing here waits for the network."""

    def __init__(
        self,
        profile: Profile,
        journal: Journal,
        cache: Cache,
        clock: Clock,
        ids: Ids,
        *,
        first_lines: int | None = None,
    ) -> None:
        self.profile = profile
        self.user = profile.user
        self.role = profile.role
        self.journal = journal
        self.cache = cache
        self.clock = clock
        self.ids = ids
        self.picture = Picture(cache, journal, clock, profile.desk_id, first_lines=first_lines)
        self._rows = queue.CallRows(self.picture, profile.norms)
        self._handoffs = handoffs.HandoffViews(profile)
        self._units: tuple[int, list[UnitRow]] | None = None
        self._owed: Change | None = None
        self._tally = Tally()

    @staticmethod
    def open(
        profile: Profile, clock: Clock | None = None, ids: Ids | None = None, *, first_lines: int | None = None
    ) -> Desk:
        """Open the desk's two files (made on the first start).

        Args:
            first_lines: open on so many lines of the queue; `read_on` brings the others.

        Raises:
            StoreError: one of the files cannot be opened; see its kinds.
        """
        clock = clock or SystemClock()
        ids = ids or ClockIds(clock)
        files = (profile.journal_path, profile.cache_path)
        journal = Journal.open(profile.journal_path, profile.key_path, clock, ids, siblings=files)
        cache = Cache.open(profile.cache_path, profile.key_path, writer=False, now=clock.now(), siblings=files)
        desk = Desk(profile, journal, cache, clock, ids, first_lines=first_lines)
        desk.refresh()
        return desk

    def close(self) -> None:
        """Close both files."""
        self.journal.close()
        self.cache.close()

    # -- being up to date -------------------------------------------------------------------------------------------------

    def refresh(self) -> Change:
        """Read what changed on disk, and what own decisions changed since the last time; cheap when nothing did."""
        self.follow_files()
        change = self.picture.refresh()
        self._rows.forget(change.calls)
        if change.units or change.first or change.others:
            self._units = None
        if change.others:
            self._tally.watch(self.picture, self.hub_now())
        owed, self._owed = self._owed, None
        return change if owed is None else owed | change

    def follow_files(self) -> None:
        """A damaged file was set aside and another took its place: go on in that one, or nothing written here would
        ever be delivered.

        Raises:
            StoreError: the new file cannot be opened.
        """
        if not (self.journal.replaced() or self.cache.replaced()):
            return
        files = (self.profile.journal_path, self.profile.cache_path)
        key = self.profile.key_path
        journal = Journal.open(self.profile.journal_path, key, self.clock, self.ids, siblings=files)
        cache = Cache.open(self.profile.cache_path, key, writer=False, now=self.clock.now(), siblings=files)
        self.close()
        self.journal, self.cache = journal, cache
        self.picture = Picture(cache, journal, self.clock, self.profile.desk_id)
        self._handoffs = handoffs.HandoffViews(self.profile)
        self._units = None
        self._tally = Tally()

    @property
    def complete(self) -> bool:
        """Whether all calls of the region were read; until then the queue shows its first lines."""
        return self.picture.complete

    def read_on(self, limit: int) -> Change:
        """Read some more of the region's calls, where the desk was opened on its first lines."""
        change = self.picture.read_on(limit)
        self._tally.take_up(self.picture, change.calls)
        return change

    def read_all(self) -> None:
        """Read all that is left to read at once."""
        while not self.complete:
            self.read_on(1000)

    def refresh_own(self) -> None:
        """After an own decision: what it changed is known here at once, and told at the next `refresh`."""
        self._owed = self.refresh()

    def hub_now(self) -> datetime:
        """Best hub time."""
        return self.picture.hub_now()

    def link(self) -> LinkState:
        """How current the picture is."""
        age = self.picture.contact_age_s()
        link = Link.OFFLINE if age is None or age >= STALE_S else Link.STALE if age >= LIVE_S else Link.LIVE
        exercise = self.picture.meta.get("exercise")
        blocked = exercise is not None and (exercise == "1") != self.profile.exercise
        if self.picture.meta.get("other_kind") == "1":
            blocked = True
        off = (self.clock.now() - self.hub_now()).total_seconds()
        note = self.picture.meta.get("note", "")
        alarm = self.picture.alarm
        if blocked:
            note = "andere soort regio (oefening of echt): niets wordt getoond of verzonden"
        elif alarm:
            note = alarm
        elif link is not Link.LIVE:
            word = read_status(self.profile.state_dir)
            note = word.text if word is not None and word.state == FAILED and word.text else note
        return LinkState(link, age, note, off if abs(off) > 2 else 0.0, blocked)

    def undelivered(self) -> int:
        """How many things are not yet where they must go."""
        return self.picture.undelivered

    def _confirmed(self) -> bool:
        """Whether the hub answered a heartbeat of ours lately (or, before the first, is live)."""
        raw = self.picture.meta.get("heartbeat")
        if raw is None:
            return self.link().link is Link.LIVE
        beat = as_object(json.loads(raw))
        boot, boot_id = beat.get("boot"), beat.get("boot_id")
        if not isinstance(boot, int | float) or boot_id != self.clock.boot_id():
            return False
        return self.clock.boot() - boot <= CLAIM_ANSWERED_S

    # -- looking ------------------------------------------------------------------------------------------------------------

    def queue(self) -> list[CallRow]:
        """The queue in its order: waiting, claimed and to be called back; of handed-off calls the own ones."""
        now, norms = self.hub_now(), self.profile.norms
        return [queue.aged(row, norms, now) for row in self.lines()]

    def lines(self) -> list[CallRow]:
        """The same, each line as it was when it was made: for who asks for no wait."""
        if self._blocked():
            return []
        now, confirmed = self.hub_now(), self._confirmed()
        rows = [
            self._rows.made(call, now, confirmed=confirmed)
            for _, call in self.picture.calls()
            if call.get("state") in queue.IN_QUEUE
            or (
                call.get("state") == "handed-off"
                and as_object(call.get("claim")).get("desk_id") == self.profile.desk_id
            )
        ]
        return sorted(rows, key=lambda row: row.rank)

    def _blocked(self) -> bool:
        exercise = self.picture.meta.get("exercise")
        return exercise is not None and (exercise == "1") != self.profile.exercise

    def row(self, call_id: str) -> CallRow | None:
        """One call's line, whatever its state."""
        call = self.picture.call(call_id)
        if call is None or self._blocked():
            return None
        return self._rows.row(call, self.hub_now(), confirmed=self._confirmed())

    def call(self, call_id: str) -> CallView | None:
        """All of one call."""
        call, row = self.picture.call(call_id), self.row(call_id)
        if call is None or row is None:
            return None
        return queue.call_view(self.picture, call, row, self.hub_now())

    def explain_order(self, call_id: str) -> str:
        """Why a call stands where it stands."""
        row = self.row(call_id)
        return queue.explain(row, self.profile.norms) if row else "Deze oproep is niet (meer) in de wachtrij."

    def missing_calls(self) -> list[CallRow]:
        """Open calls that a restored hub lacks."""
        now = self.hub_now()
        return [
            queue.call_row(self.picture, call, self.profile.norms, now, confirmed=False)
            for call in self.cache.missing_calls()
        ]

    def units(self) -> list[UnitRow]:
        """All capacity, own region first, in the contract's order."""
        if self._blocked():
            return []
        second = int(self.clock.boot())
        if self._units is None or self._units[0] != second:
            now = self.hub_now()
            rows = [capacity.unit_row(self.picture, unit, now) for unit in self.picture.of("capacity").values()]
            self._units = second, sorted(rows, key=capacity.order)
        return self._units[1]

    def unit(self, unit_id: str) -> UnitRow | None:
        """One unit."""
        unit = self.picture.of("capacity").get(unit_id)
        return capacity.unit_row(self.picture, unit, self.hub_now()) if unit is not None else None

    def places_for(self, category: str, call_id: str | None) -> list[UnitRow]:
        """The places of a category, best first for a call: room, nearest, freshest."""
        call = self.picture.call(call_id) if call_id else None
        return capacity.places_for(self.picture, category, call, self.hub_now())

    def _all_handoffs(self) -> list[HandoffView]:
        return self._handoffs.all(self.picture, self.hub_now())

    def handoffs(self) -> list[HandoffView]:
        """The region's handoffs that are in sight, newest first."""
        return [view for view in self._all_handoffs() if not view.key_test and not _is_test(view)]

    def key_tests(self) -> list[HandoffView]:
        """This desk's key tests, newest first."""
        return [view for view in self._all_handoffs() if view.key_test]

    def handoff(self, call_id: str) -> HandoffView | None:
        """The handoff of a call: the open one, else the newest."""
        views = [view for view in self._all_handoffs() if view.call_id == call_id]
        return next((view for view in views if view.standing.is_open), views[0] if views else None)

    def handoff_by_id(self, handoff_id: str) -> HandoffView | None:
        """One handoff."""
        return next((view for view in self._all_handoffs() if view.handoff_id == handoff_id), None)

    def alarms(self, open_call: str | None = None) -> list[HandoffView]:
        """What the banner and the card must show at this desk: the open call's own first, then the worst first.

        Args:
            open_call: the call that is open on the screen; without one, the one the last console had open.
        """
        now, where = self.hub_now(), open_call or self.where().call_id
        found = [view for view in self._all_handoffs() if handoffs.is_alarming(view, now, where)]
        return handoffs.in_order_of_danger(found, where, now)

    def voice_card(self, handoff: HandoffView) -> tuple[tuple[str, str], ...]:
        """What to read aloud, line by line."""
        message = handoff.message
        if handoff.standing.recall is not None and not handoff.standing.conflict:
            message = {**message, "kind": "recall"}  # also after a record of a call, which travels as an update
        call = self.picture.call(handoff.call_id) or {}
        return voice.voice_card(
            message,
            self.profile,
            self.profile.user_name,
            {**call, "triage": self._draft_or_none(handoff.call_id) or call.get("triage")},
        )

    def _draft_or_none(self, call_id: str) -> JsonObject | None:
        """The card comes up whatever is broken; without a draft it says what the message says."""
        try:
            return self.draft(call_id)
        except (ZccError, DatabaseError):
            return None

    def desks(self) -> list[DeskRow]:
        """The floor."""
        if self._blocked():
            return []
        return floor.desk_rows(self.picture, self._tally, self._all_handoffs(), self.hub_now())

    def notices(self) -> list[NoticeRow]:
        """Messages for all desks, newest first."""
        return floor.notice_rows(self.picture)

    def to_settle(self) -> list[SettleRow]:
        """What was refused and nobody has looked at yet."""
        return [settle.settle_row(self.picture, row) for row in self.picture.to_settle]

    def figures(self, *, watched: bool = True) -> FloorFigures:
        """The supervisor's figures; some milliseconds of work, for once a second at the most.

        Args:
            watched: with what asks for attention, which is more than half of that work.
        """
        blocked = self._blocked()
        if not blocked:
            self._tally.update(self.picture)
        return floor.figures(
            Tally() if blocked else self._tally,
            self.units(),
            self.desks(),
            self._all_handoffs(),
            [] if blocked else self.notices(),
            self.profile.norms,
            self.hub_now(),
            watched=watched,
        )

    # -- where the console stands ----------------------------------------------------------------------------------------------

    def where(self) -> Where:
        """Where the last console stood."""
        raw = self.picture.open_place
        screen = as_text(raw.get("screen"))
        return Where(as_text(raw.get("call_id")) or None, screen if screen in SCREENS else "queue")

    def draft(self, call_id: str) -> JsonObject | None:
        """A triage as far as it came."""
        return self.journal.draft(call_id)

    # -- what may be done ----------------------------------------------------------------------------------------------------------

    def may(self, action: str, call_id: str | None = None) -> str:
        """Nothing where an action is allowed, else a sentence that says why not.

        Args:
            action: `supervise`, `takeover`, `close`, `edit`, `reserve`, `handoff`.
        """
        if action == "handoff":
            return "" if call_id else "Kies eerst een oproep; F9 werkt op de open of de gekozen oproep."
        if action == "supervise":
            return "" if self.role == "supervisor" else "Alleen voor de regie."
        row = self.row(call_id) if call_id else None
        if row is None:
            return "Kies eerst een oproep."
        if action == "takeover":
            if row.claim is None:
                return "Niemand heeft deze oproep; neem hem met Enter."
            if row.claim.own:
                return "U hebt deze oproep al."
            if not row.claim.stale and self.role != "supervisor":
                return f"Desk {row.claim.desk_id} is ermee bezig; alleen de regie kan dan overnemen."
            return ""
        if action in ("close", "edit", "reserve") and (row.claim is None or not row.claim.own):
            return "Neem de oproep eerst."
        if action == "close":
            view = self.handoff(row.id)
            if view is not None and view.standing.is_open and self.role != "supervisor":
                return "De overdracht aan de RAV is nog open; alleen de regie kan deze oproep sluiten."
        return ""


def _is_test(view: HandoffView) -> bool:
    """A key test of another desk, as the region shows it."""
    return view.message.get("key_test") is True

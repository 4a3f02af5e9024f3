"""What the desk shows, as frozen records: calls, units, handoffs, desks, notices, the link. Texts are cleaned."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from zcc_console.core.freshness import Freshness
from zcc_console.core.handoff import Reading, Standing
from zcc_console.core.jsontypes import JsonObject
from zcc_console.core.urgency import Urgency


class Link(StrEnum):
    """How current the picture is (contract.md §1): LIVE < 15 s, STALE 15–60 s, OFFLINE beyond, or never."""

    LIVE = "LIVE"
    STALE = "STALE"
    OFFLINE = "OFFLINE"


@dataclass(frozen=True, slots=True)
class LinkState:
    """The status line's left hand: always with the age."""

    link: Link
    age_s: float | None
    """Seconds since the hub last said something; None where it never did (or not since a reboot)."""
    note: str = ""
    """A visible note: another kind of region (exercise or real), desk in use elsewhere, new snapshot after a digest."""
    clock_off_s: float = 0.0
    """Difference of this machine's wall clock with hub time; shown above 2 s."""
    blocked: bool = False
    """The hub is of the other kind (exercise or real): nothing is shown and nothing is sent."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Who holds a call."""

    desk_id: str
    user: str
    own: bool
    confirmed: bool
    """False while the own claim is not answered, or no heartbeat was answered within 20 s."""
    stale: bool
    since: datetime | None
    id: str | None
    fence: int | None


@dataclass(frozen=True, slots=True)
class CallRow:
    """One line of the queue."""

    id: str
    number: str
    urgency: Urgency | None
    label: str
    """`U2`, `C1`, or `–` where nobody said anything."""
    triaged: bool
    """False puts a `?` behind the urgency."""
    state: str
    """`waiting`, `claimed`, `callback`, `handed-off`, `closed`."""
    wait_s: float
    """Waiting: since received (or since due, for a callback: negative before). Claimed: since the claim."""
    norm: str
    """`` within, `^` near, `!` over the norm."""
    source: str
    who: str
    """`m 81`, `v 3 mnd`, `?`."""
    reason: str
    town: str
    claim: Claim | None
    callback_at: datetime | None
    pending: bool
    """Something of this desk on it is not yet contained in the region's state."""
    flag: str
    """`` or a word: `hoger` (a contribution is more urgent), `geweigerd` (an item to settle), `RAV` (open handoff)."""
    received_at: datetime | None
    rank: tuple[float | int | str, ...]
    """Sort key: most urgent first, then how close the wait is to its norm, then number."""


@dataclass(frozen=True, slots=True)
class Note:
    """One note of a call."""

    at: datetime | None
    by: str
    text: str
    pending: bool = False


@dataclass(frozen=True, slots=True)
class ReservationRow:
    """A hold on a place; only `confirmed` is an arranged place."""

    id: str
    unit_id: str
    unit: str
    count: int
    call_id: str
    state: str
    """`aangevraagd` (not answered yet), `held`, `confirmed`, `released`, `expired`, `geweigerd`."""
    until: datetime | None
    agreed_with: str
    pending: bool
    overbooked: bool


@dataclass(frozen=True, slots=True)
class CallView:
    """All of one call that the desk shows."""

    row: CallRow
    rev: str | None
    caller: str
    """`echtgenoot A. van Dam, bij patiënt`."""
    callback_number: str
    name: str
    age_years: float | None
    sex: str | None
    birth_date: str
    address: str
    access: str
    town: str
    reason: str
    pre_urgency: str
    """`U1? door de zorgverlener ingeschat, 22:40`."""
    history: tuple[str, ...]
    alerts: tuple[str, ...]
    notes: tuple[Note, ...]
    attachments: tuple[str, ...]
    identifiers: tuple[str, ...]
    triage: JsonObject | None
    contributions: tuple[str, ...]
    disposition: str
    outcome: str
    reservations: tuple[ReservationRow, ...]
    data: JsonObject
    """The raw call with the own rows laid over it: for composing messages, never for the screen."""


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One line of capacity; `room` None where the number is unknown and must not be shown or used."""

    id: str
    category: str
    kind: str
    """The category's short Dutch name for the column: `SEH`, `ELV`, `crisis VV`, `buur`."""
    provider: str
    place: str
    subregion: str
    region: str
    neighbour: bool
    phone: str
    room: int | None
    total: int | None
    amount: str
    """What stands in the number column: `4`, `7/23`, `druk`, `0`, `` (unknown)."""
    status: str
    """`open`, `pressure`, `stop`, `unknown`."""
    word: str
    """`open`, `dreigt`, `STOP`, `vol`, `krap`, `dicht`, `?`."""
    reason: str
    expected_end: datetime | None
    age_s: float | None
    fresh: Freshness
    mark: str
    """`` fresh, `~` ageing, `?` unknown."""
    manual: bool
    overbooked: bool
    distance_km: float | None
    needs: tuple[str, ...] = ()

    @property
    def has_room(self) -> bool:
        """Whether a place can be reserved here on what is known now."""
        return self.room is not None and self.room > 0 and self.status in ("open", "pressure")


@dataclass(frozen=True, slots=True)
class Route:
    """One route of a handoff as this desk's courier sees it."""

    route: str
    """`hub` or `direct`."""
    state: str
    """`pending`, `delivered`, `refused`."""
    attempts: int
    problem: str


@dataclass(frozen=True, slots=True)
class HandoffView:
    """One handoff: its standing, its clock's reading, and what a person must see of it."""

    handoff_id: str
    call_id: str
    number: str
    reference: str
    rav_id: str
    rav_name: str
    rav_phone: str
    rav_next_phone: str
    who: str
    town: str
    address: str
    urgency: str
    standing: Standing
    reading: Reading
    own: bool
    """Pressed at this desk, or on a call this desk holds now: it shows the banner and the card."""
    key_test: bool
    pressed_at: datetime | None
    sent_at: datetime | None
    received_at: datetime | None
    answered_at: datetime | None
    elapsed_s: float | None
    desk_id: str
    rav_reference: str
    by: str
    reason: str
    voice_by: str
    voice_reference: str
    required_by_hub: bool
    routes: tuple[Route, ...]
    message: JsonObject = field(repr=False)
    """The current picture, for the voice card."""
    taken_s: float | None = None
    """Seconds from the key to ACCEPTED (or to the voice record)."""

    @property
    def attempts(self) -> int:
        """Over all routes."""
        return sum(route.attempts for route in self.routes)

    @property
    def card_due(self) -> bool:
        """Whether the voice card must be up."""
        return self.reading.alarm == "voice"

    @property
    def live(self) -> bool:
        """Whether somebody may still have to act: open, late, contradicted, or a recall nobody answered."""
        now = self.standing
        unanswered = now.recall is not None and not (now.recall_done or now.recall_too_late)
        return now.is_open or now.conflict or unanswered or self.reading.alarm != "quiet"


@dataclass(frozen=True, slots=True)
class HeldCall:
    """One call that a desk holds."""

    call_id: str
    number: str
    urgency: str
    who: str
    reason: str
    state: str
    """`in triage`, `plaatsing`, `naar RAV`, `nazorg`."""
    for_s: float | None
    stale: bool
    """The claim lapsed: nothing was heard of that console for half a minute."""


@dataclass(frozen=True, slots=True)
class DeskRow:
    """One desk of the floor."""

    id: str
    user: str
    role: str
    state: str
    """`vrij`, `in triage`, `plaatsing`, `naar RAV`, `nazorg`, `pauze`, `weg`, `regie`."""
    call_id: str | None
    number: str
    who: str
    reason: str
    for_s: float | None
    """Seconds in this state; None where nobody knows since when."""
    own: bool
    alert: str
    undelivered: int
    holds: tuple[str, ...]
    since: datetime | None = None
    """When this person came on at this desk."""
    stale: bool = False
    """The claim on the call that is shown has lapsed."""
    calls: tuple[HeldCall, ...] = ()
    """All it holds, the newest first."""


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A message for all desks."""

    id: str
    at: datetime | None
    text: str
    kind: str
    by: str
    pending: bool


@dataclass(frozen=True, slots=True)
class SettleRow:
    """A command the hub refused (or that was set aside): someone looks at both versions and decides."""

    command_id: str
    call_id: str | None
    number: str
    at: datetime | None
    what: str
    """What was pressed: `overnemen`, `plaats reserveren`."""
    why: str
    """Why not, in Dutch: `al genomen door desk 12`."""
    mine: tuple[str, ...]
    theirs: tuple[str, ...]
    alternatives: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Attention:
    """One line of Regie's "aandacht": something a supervisor should look at."""

    grade: str
    """`!` now, `^` soon, `·` a message that stands."""
    text: str
    call_id: str | None = None
    id: str = ""
    """Names the matter itself, whatever its text says now."""
    notice_id: str | None = None
    place: str = ""
    """The screen on which it is looked into, where that is not a call."""


@dataclass(frozen=True, slots=True)
class FloorFigures:
    """The supervisor's figures, over the evening so far (17:00 local on, or the last eight hours)."""

    waiting: int
    longest_s: float
    urgent_within: float | None
    """Share (0–1) of urgent callers answered within 30 s; those who wait longer already count as not answered in time.
    None where nothing is known."""
    soon_within: float | None
    others_within: float | None
    talking: int
    desks: int
    free: int
    mean_talk_s: float | None
    open_handoffs: int
    longest_open_s: float | None
    arrivals: tuple[tuple[datetime, int], ...]
    """Per quarter of an hour, oldest first."""
    wait_p90: tuple[tuple[datetime, float], ...]
    wait_p90_now_s: float | None
    per_hour: int
    mix: tuple[tuple[str, int], ...]
    """Urgency label to count; `–` for those that nobody has judged."""
    sources: tuple[tuple[str, float], ...]
    """Source word to share."""
    since: datetime
    handoffs_today: int
    median_accept_s: float | None
    attention: tuple[Attention, ...]


@dataclass(frozen=True, slots=True)
class Pressed:
    """What the handoff key did."""

    handoff_id: str
    sent: bool
    """A `new` was committed; False: nothing new was sent, `says` tells where it stands."""
    says: str


@dataclass(frozen=True, slots=True)
class Change:
    """What a refresh found: ids of changed calls and units, and whether the rest changed."""

    calls: frozenset[str]
    units: frozenset[str]
    handoffs: bool
    others: bool
    first: bool = False

    @property
    def anything(self) -> bool:
        """Whether anything at all changed."""
        return bool(self.calls or self.units or self.handoffs or self.others)

    def __or__(self, later: Change) -> Change:
        """This and what changed after it."""
        return Change(
            self.calls | later.calls,
            self.units | later.units,
            self.handoffs or later.handoffs,
            self.others or later.others,
            self.first or later.first,
        )

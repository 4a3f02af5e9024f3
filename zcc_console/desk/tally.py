"""What the floor's figures need of each call: read once for each version of it, summed by quarter of an hour.

A region of thousands of calls is counted every second, so nothing here is worked out twice. It knows no screen.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Final

from zcc_console.core.clock import parse_time_or_none
from zcc_console.core.jsontypes import JsonObject, as_int, as_list, as_object, as_text
from zcc_console.core.ranking import urgency_named
from zcc_console.core.urgency import Urgency
from zcc_console.desk import words
from zcc_console.desk.picture import Picture
from zcc_console.desk.queue import urgency_of

QUARTER_S: Final = 900
OPEN: Final = ("waiting", "claimed", "callback", "handed-off")
UNJUDGED: Final = "–"
"""The label in the urgency mix of calls that nobody has judged."""
NOT_TIMED: Final = "manual"
"""A call that was typed in at a desk was answered before it was there: its wait is not known."""
NO_PLACE: Final = "geen plaats"
"""How the outcome begins of a call for which no place was found."""


@dataclass(frozen=True, slots=True)
class CallFacts:
    """One version of a call, as far as the floor counts it. Moments are seconds since 1970, UTC."""

    raw: JsonObject
    call_id: str
    state: str
    received: float | None
    urgency: Urgency | None
    source: str
    urgent: bool
    """Whether the norm for urgent callers held while it waited: told to be U2 or worse, or judged by nobody."""
    timed: bool
    """Whether its wait says something: it was received by something that kept the time, and its answer is known."""
    answered_s: float | None
    """Seconds until somebody took it for the first time; None while nobody has, or where that is not known."""
    talk_s: float | None
    """From the first claim to the close, of a call that never changed hands."""
    holder: str
    stale: bool
    due: float | None
    """When somebody should be called back."""
    more_urgent: bool
    """Somebody else's estimate is more urgent than what holds now."""
    without_place: bool


def facts_of(call_id: str, call: JsonObject) -> CallFacts:
    """Read a call; total, whatever it holds."""
    urgency, _, _ = urgency_of(call)
    state = as_text(call.get("state"), "waiting")
    claim = as_object(call.get("claim"))
    received, first = _seconds(call.get("received_at")), _first_claim(call, claim)
    fence = as_int(call.get("fence")) or 0
    source = as_text(call.get("source"))
    closed = _seconds(call.get("closed_at"))
    untouched = first is None and not claim and not fence and state == "waiting"
    return CallFacts(
        raw=call,
        call_id=call_id,
        state=state,
        received=received,
        urgency=urgency,
        source=words.SOURCES.get(source, "ander"),
        urgent=_was_urgent(call, first),
        timed=source != NOT_TIMED and received is not None and (first is not None or untouched),
        answered_s=max(0.0, first - received) if first is not None and received is not None else None,
        talk_s=max(0.0, closed - first) if closed is not None and first is not None and fence == 1 else None,
        holder=as_text(claim.get("desk_id")) if state in ("claimed", "handed-off") else "",
        stale=claim.get("stale") is True,
        due=_seconds(as_object(call.get("callback")).get("at")) if state == "callback" else None,
        more_urgent=bool(claim) and _outdone(call, urgency),
        without_place=as_text(call.get("outcome")).lower().startswith(NO_PLACE),
    )


def _seconds(value: object) -> float | None:
    moment = parse_time_or_none(value)
    return moment.timestamp() if moment is not None else None


def _first_claim(call: JsonObject, claim: JsonObject) -> float | None:
    """When a desk took it for the first time; the present claim's time where that is the first one, else unknown."""
    first = _seconds(call.get("first_claimed_at"))
    if first is not None or not claim:
        return first
    only = as_int(claim.get("fence")) == 1 or (claim.get("pending") is True and not as_int(call.get("fence")))
    return _seconds(claim.get("since")) if only else None


def _was_urgent(call: JsonObject, first: float | None) -> bool:
    said = urgency_named(as_text(as_object(call.get("pre_urgency")).get("urgency")).upper())
    raised = as_object(call.get("raised"))
    at = _seconds(raised.get("at"))
    if first is None or (at is not None and at <= first):
        higher = urgency_named(raised.get("urgency"))
        said = higher if higher is not None and (said is None or higher < said) else said
    return said is None or said <= Urgency.U2


def _outdone(call: JsonObject, urgency: Urgency | None) -> bool:
    for entry in map(as_object, as_list(call.get("contributions"))):
        found = urgency_named(as_object(entry.get("data")).get("final"))
        if entry.get("more_urgent") is True and found is not None and (urgency is None or found < urgency):
            return True
    return False


class Quarter:
    """The calls that came in one quarter of an hour, summed as they come and change."""

    def __init__(self) -> None:
        self.count = 0
        self.mix: Counter[str] = Counter()
        self.sources: Counter[str] = Counter()
        self.talks = 0
        self.talk_s = 0.0
        self.without_place = 0
        self.answered: tuple[list[float], list[float]] = ([], [])
        """Waits of those who were answered, sorted: of others, and of the urgent."""
        self.waiting: tuple[list[float], list[float]] = ([], [])
        """When those came who were not answered yet, sorted: others, and the urgent."""

    def add(self, fact: CallFacts) -> None:
        """Count a call."""
        self._sum(fact, 1)
        found = self._wait_of(fact)
        if found is not None:
            insort(*found)

    def take(self, fact: CallFacts) -> None:
        """Count it no longer; it was added."""
        self._sum(fact, -1)
        found = self._wait_of(fact)
        if found is not None:
            waits, wait = found
            del waits[bisect_left(waits, wait)]

    def _sum(self, fact: CallFacts, by: int) -> None:
        self.count += by
        self.mix[fact.urgency.name if fact.urgency is not None else UNJUDGED] += by
        self.sources[fact.source] += by
        self.without_place += by * fact.without_place
        if fact.talk_s is not None:
            self.talks += by
            self.talk_s += by * fact.talk_s

    def _wait_of(self, fact: CallFacts) -> tuple[list[float], float] | None:
        if not fact.timed or fact.received is None:
            return None
        if fact.answered_s is not None:
            return self.answered[fact.urgent], fact.answered_s
        return self.waiting[fact.urgent], fact.received

    def within(self, norm_s: float, moment: float, *, urgent: bool) -> tuple[int, int]:
        """How many were answered within a norm, and of how many that is known: a caller who still waits and is past
        the norm was not; one who still may be is left out."""
        answered, waiting = self.answered[urgent], self.waiting[urgent]
        return bisect_right(answered, norm_s), len(answered) + bisect_left(waiting, moment - norm_s)

    def waits(self, moment: float) -> list[float]:
        """The waits of its calls, sorted; of those who still wait, as far as they came."""
        still = [max(0.0, moment - received) for received in chain(*self.waiting)]
        return sorted([*self.answered[0], *self.answered[1], *still])


class Tally:
    """The facts of all calls in the picture, by call and by quarter; and since when each desk is as it is."""

    def __init__(self) -> None:
        self.facts: dict[str, CallFacts] = {}
        self.open: dict[str, CallFacts] = {}
        """The calls that are not closed."""
        self._quarters: dict[int, Quarter] = {}
        self._received: list[float] = []
        self._doing: dict[str, tuple[object, ...]] = {}
        self._since: dict[str, datetime] = {}
        self._watching = False

    def take_up(self, picture: Picture, call_ids: Iterable[str]) -> None:
        """Take up these calls, so that a later `update` has less to do."""
        for call_id in call_ids:
            call, known = picture.call(call_id), self.facts.get(call_id)
            if call is not None and (known is None or known.raw is not call):
                self._put(call_id, known, facts_of(call_id, call))

    def update(self, picture: Picture) -> None:
        """Take up the calls that are new or another version; an untouched one costs one comparison."""
        facts, seen = self.facts, 0
        for call_id, call in picture.calls():
            seen += 1
            known = facts.get(call_id)
            if known is None or known.raw is not call:
                self._put(call_id, known, facts_of(call_id, call))
        if seen < len(facts):
            there = {call_id for call_id, _ in picture.calls()}
            for call_id in [call_id for call_id in facts if call_id not in there]:
                self._put(call_id, facts[call_id], None)

    def _put(self, call_id: str, old: CallFacts | None, new: CallFacts | None) -> None:
        if old is not None:
            del self.facts[call_id]
            self.open.pop(call_id, None)
            if old.received is not None:
                number = int(old.received // QUARTER_S)
                self._quarters[number].take(old)
                if not self._quarters[number].count:
                    del self._quarters[number]
                del self._received[bisect_left(self._received, old.received)]
        if new is not None:
            self.facts[call_id] = new
            if new.state in OPEN:
                self.open[call_id] = new
            if new.received is not None:
                number = int(new.received // QUARTER_S)
                self._quarters.setdefault(number, Quarter()).add(new)
                insort(self._received, new.received)

    def quarter(self, number: int) -> Quarter:
        """A quarter of an hour (seconds since 1970, by 900); empty where nobody called."""
        return self._quarters.get(number) or Quarter()

    def received_since(self, moment: float) -> int:
        """How many calls came in since then."""
        return len(self._received) - bisect_left(self._received, moment)

    # -- since when a desk is as it is --------------------------------------------------------------------------------

    def watch(self, picture: Picture, now: datetime) -> None:
        """See the desks change: the region tells when somebody came on, not since when they are free or pausing."""
        desks = picture.of("desk")
        for desk_id, raw in desks.items():
            doing = (raw.get("state"), raw.get("user"), bool(as_list(raw.get("holds"))))
            known = self._doing.get(desk_id)
            if known != doing:
                self._doing[desk_id] = doing
                if known is not None or self._watching:
                    self._since[desk_id] = now
        for desk_id in [desk_id for desk_id in self._doing if desk_id not in desks]:
            del self._doing[desk_id]
            self._since.pop(desk_id, None)
        self._watching = self._watching or bool(desks)

    def since(self, desk_id: str) -> datetime | None:
        """Since when a desk is free, pausing or away; None where this console has not seen it begin."""
        return self._since.get(desk_id)

"""Hearing on the direct route what became of a handoff, and telling the hub (contract.md §4).

A long poll while it is open, a look now and then afterwards (a dispatcher may turn ACCEPTED into REJECTED), and a message
that the RAV turns out to lack is sent again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from zcc_console.core.canonical import compact
from zcc_console.core.clock import parse_time_or_none
from zcc_console.core.handoff import State, standing
from zcc_console.core.jsontypes import Json, JsonObject, as_list, as_object, as_text
from zcc_console.courier.answers import answer_object, problem_of
from zcc_console.courier.machine import (
    Begin,
    Effect,
    Effects,
    Event,
    Kind,
    Log,
    Lost,
    Now,
    Replied,
    Request,
    Stop,
    Wait,
    Woken,
    between,
    jitter,
)
from zcc_console.store.rows import DIRECT, HandoffRow

POLL_S = 10
LOOK_AGAIN_S = 60.0
"""How often the whole is asked for while it is open, to see whether a message is lacking there."""
SLOW_S = (30.0, 60.0)
HEARD_FOR_S = 24 * 3600.0
RESTORED = 500_000
"""A restored gateway skips a million numbers (contract.md §4): a leap of more than this asks for the whole."""


@dataclass(frozen=True, slots=True)
class LookUp(Effect):
    """The handoff as the journal has it; answered by `Seen`."""

    handoff_id: str


@dataclass(frozen=True, slots=True)
class Seen(Event):
    """It, or None where it was pruned."""

    handoff: HandoffRow | None


@dataclass(frozen=True, slots=True)
class Learned(Effect):
    """Events of the direct route, to be united with the others and passed on."""

    handoff_id: str
    events: tuple[JsonObject, ...]


@dataclass(frozen=True, slots=True)
class SendAgain(Effect):
    """Messages that a side was found to lack."""

    route: str
    message_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HearState:
    """Where listening for one handoff stands."""

    handoff_id: str
    to: str
    after: int = 0
    exercise: bool = False
    delivered: tuple[str, ...] = ()
    looking: bool = False
    """Whether the whole was asked for, not what is new."""
    looked_at: float | None = None
    attempts: int = 0
    is_open: bool = True


def hear(state: HearState, event: Event, now: Now) -> tuple[HearState, Effects]:
    """The rules of one handoff's listening lane."""
    match event:
        case Begin() | Woken():
            return state, (LookUp(state.handoff_id),)
        case Seen(handoff):
            return _seen(state, handoff, now)
        case Replied() | Lost():
            return _heard(state, event, now)
    raise AssertionError(type(event).__name__)


def _seen(state: HearState, handoff: HandoffRow | None, now: Now) -> tuple[HearState, Effects]:
    if handoff is None or not handoff.messages:
        return state, (Stop(),)
    messages = [row.message for row in handoff.messages]
    known = standing(messages, handoff.events, at_hub=False)
    delivered = tuple(
        row.message.message_id
        for row in handoff.messages
        if any(each.route == DIRECT and each.state == "delivered" for each in row.deliveries)
    )
    pending = any(
        each.route == DIRECT and each.state == "pending" for row in handoff.messages for each in row.deliveries
    )
    received = all(message_id in known.received for message_id in delivered)
    finished = known.state in (State.REJECTED, State.CLOSED) and received and not pending
    nowhere = not delivered and not pending  # that route refused it, or the profile has none
    if finished or nowhere or _age_s(handoff, now) >= HEARD_FOR_S:
        return state, (Stop(),)
    if not delivered:
        return state, (Wait(5.0, wakeable=True),)
    after = max((each.n for each in handoff.events), default=0)
    leap = after - state.after > RESTORED and state.after > 0
    waiting = known.recall is not None and not (known.recall_done or known.recall_too_late)
    state = replace(
        state,
        after=after,
        exercise=any(row.body.get("exercise") is True for row in handoff.messages),
        delivered=delivered,
        is_open=known.is_open or waiting or not received,
        looked_at=None if leap else state.looked_at,
    )
    return _ask(state, now)


def _ask(state: HearState, now: Now) -> tuple[HearState, Effects]:
    heard_before = state.after > 0  # the first word is what a person waits for: it is asked for alone
    if heard_before and (state.looked_at is None or now.boot - state.looked_at >= LOOK_AGAIN_S):
        state = replace(state, looking=True)
        return state, (Request(state.to, "GET", f"/v1/handoffs/{state.handoff_id}", timeout_s=5.0),)
    path = f"/v1/handoffs/{state.handoff_id}/events?after={state.after}&wait={POLL_S}"
    return replace(state, looking=False), (Request(state.to, "GET", path, timeout_s=POLL_S + 5.0),)


def _age_s(handoff: HandoffRow, now: Now) -> float:
    ages = []
    for row in handoff.messages:
        committed = parse_time_or_none(row.committed_at)
        if row.boot_id == now.boot_id:
            ages.append(now.boot - row.boot)
        elif committed is not None:
            ages.append((now.wall - committed).total_seconds())
    return min(ages, default=0.0)


def _heard(state: HearState, outcome: Replied | Lost, now: Now) -> tuple[HearState, Effects]:
    body = answer_object(outcome) if isinstance(outcome, Replied) else None
    entries = body.get("events") if body is not None else None
    messages = body.get("messages") if body is not None else None
    if body is None or not isinstance(entries, list) or (state.looking and not isinstance(messages, list)):
        return _not_heard(state, outcome, now)
    if state.looking and body.get("handoff_id") != state.handoff_id:
        return _not_heard(state, outcome, now)
    effects: list[Effect] = []
    events = tuple(entry for entry in map(as_object, entries) if _counts(entry, state.exercise))
    fresh = tuple(entry for entry in events if isinstance(n := entry.get("n"), int) and n > state.after)
    if events:
        effects.append(Learned(state.handoff_id, events))
    if state.looking:
        there = {_message_id(entry) for entry in as_list(messages)}
        lacking = tuple(message_id for message_id in state.delivered if message_id not in there)
        if lacking:
            effects += [SendAgain(DIRECT, lacking), Log("lacks", (("handoff_id", state.handoff_id),))]
        state = replace(state, looked_at=now.boot)
    state = replace(state, attempts=0)
    if fresh or state.looking:
        return state, (*effects, LookUp(state.handoff_id))
    if not state.is_open:
        return state, (*effects, Wait(between(now, *SLOW_S), wakeable=True))
    if isinstance(outcome, Replied) and outcome.took_s < 1.0:  # a side that does not wait: no storm
        return state, (*effects, Wait(between(now, 1.0, 2.0)))
    return state, (*effects, LookUp(state.handoff_id))


def _counts(entry: JsonObject, exercise: bool) -> bool:
    """A real handoff takes no event of an exercise (contract.md §5)."""
    n = entry.get("n")
    return (
        isinstance(n, int)
        and not isinstance(n, bool)
        and as_text(entry.get("state")) in State.__members__
        and (exercise or entry.get("exercise") is not True)
    )


def _message_id(entry: Json) -> str:
    """A message in a status, as an object or as its id."""
    return entry if isinstance(entry, str) else as_text(as_object(entry).get("message_id"))


def _not_heard(state: HearState, outcome: Replied | Lost, now: Now) -> tuple[HearState, Effects]:
    seconds = jitter(now, state.attempts, 1.0, 5.0) + 0.5
    state = replace(state, attempts=state.attempts + 1)
    found = problem_of(outcome) if isinstance(outcome, Replied) else None
    if isinstance(outcome, Replied) and outcome.status == 404 and found is not None and found[0] == "not-found":
        # It has none of it: what it took, it lost.
        again = (SendAgain(DIRECT, state.delivered), Log("lacks", (("handoff_id", state.handoff_id),)))
        return state, (*again, Wait(seconds + 1.0))
    return state, (Wait(seconds),)


# -- telling the hub -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NextToPassOn(Effect):
    """Events of one handoff that the hub was not told, but for handoffs in `skip`; answered by `ToPassOn`."""

    skip: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ToPassOn(Event):
    """They, or none."""

    handoff_id: str = ""
    events: tuple[JsonObject, ...] = ()


@dataclass(frozen=True, slots=True)
class PassedOn(Effect):
    """The hub has these events, or will never take them."""

    handoff_id: str
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TellState:
    """Where telling the hub stands."""

    handoff_id: str = ""
    numbers: tuple[int, ...] = ()
    attempts: int = 0
    skip: frozenset[str] = frozenset()
    """Handoffs that the hub would not take events of just now; tried again after a pause."""


def tell(state: TellState, event: Event, now: Now) -> tuple[TellState, Effects]:
    """The rules of the lane that passes direct events on to the hub."""
    match event:
        case Begin():
            return TellState(), (NextToPassOn(),)
        case Woken():
            return state, (NextToPassOn(state.skip),)
        case ToPassOn("", _) if state.skip:
            return replace(state, skip=frozenset()), (Wait(2.0 + jitter(now, state.attempts, 1.0, 30.0)),)
        case ToPassOn("", _):
            return replace(state, attempts=0), (Wait(30.0, wakeable=True),)
        case ToPassOn(handoff_id, events):
            if now.kind is Kind.WRONG:
                return state, (Wait(10.0),)
            numbers = tuple(n for entry in events if isinstance(n := entry.get("n"), int))
            body = compact({"events": [dict(entry) for entry in events]}).encode()
            path = f"/v1/handoffs/{handoff_id}/events"
            state = replace(state, handoff_id=handoff_id, numbers=numbers)
            return state, (Request("handoff-hub", "POST", path, timeout_s=5.0, body=body),)
        case Replied() | Lost():
            return _told(state, event, now)
    raise AssertionError(type(event).__name__)


def _told(state: TellState, outcome: Replied | Lost, now: Now) -> tuple[TellState, Effects]:
    if isinstance(outcome, Replied):
        taken = outcome.status == 204 or answer_object(outcome) is not None
        found = problem_of(outcome)
        refused = found is not None and found[0] in ("invalid", "exercise", "too-large")
        if taken or refused:
            effects: Effects = (PassedOn(state.handoff_id, state.numbers), NextToPassOn(state.skip))
            if refused:
                effects = (Log("events-refused", (("handoff_id", state.handoff_id),)), *effects)
            return replace(state, attempts=0), effects
    skip = state.skip | {state.handoff_id}
    return replace(state, attempts=state.attempts + 1, skip=skip), (NextToPassOn(skip),)

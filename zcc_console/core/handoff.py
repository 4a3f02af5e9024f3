"""The rules of a handoff to the RAV (contract.md §4): what its messages and events add up to, and its clock.

Pure functions over what is known; the hub, the courier and the desk all ask the same ones. It knows no database,
no network and no screen.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from zcc_console.core.jsontypes import JsonObject, as_list, as_object, as_text


class State(StrEnum):
    """Where a handoff stands; from RECEIVED on, only the RAV gateway says so."""

    COMMITTED = "COMMITTED"
    SENT = "SENT"
    RECEIVED = "RECEIVED"
    OPENED = "OPENED"
    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"
    CLOSED = "CLOSED"


class Voice(StrEnum):
    """The telephone beside the message."""

    NOT_NEEDED = "not needed"
    REQUIRED = "REQUIRED"
    CONFIRMED = "CONFIRMED"


KINDS = ("new", "update", "recall")
NUMBER_LIMIT = 1 << 53
"""A sequence or an event's number beyond this is none: JSON readers elsewhere lose its last digits."""
SEQUENCE_JUMP = 1000
"""A message whose sequence is further above the next highest than this is kept, and is not the current picture: nobody
sends so many, and one wrong number must not hide every message after it."""


@dataclass(frozen=True, slots=True)
class Message:
    """What the rules need of one message; the whole body is kept elsewhere."""

    message_id: str
    kind: str
    sequence: int
    urgency: str = ""
    callback_number: str = ""
    location: str = ""
    voice_used: bool = False
    voice_outcome: str | None = None
    voice_by: str = ""
    voice_spoke_to: str = ""
    voice_reference: str = ""

    @property
    def order(self) -> tuple[int, str]:
        """The higher one is the current picture, whatever came first."""
        return (self.sequence, self.message_id)


@dataclass(frozen=True, slots=True)
class Event:
    """What the RAV gateway said, numbered `n`; `has` are the messages it had; `by` is None for a machine."""

    n: int
    state: str
    has: tuple[str, ...]
    at: str = ""
    by: str | None = None
    reference: str | None = None
    reason: str | None = None
    exercise: bool = False


@dataclass(frozen=True, slots=True)
class Timers:
    """Seconds of the table in contract.md §4; owned by the region's medical manager."""

    amber_s: float = 3.0
    voice_s: float = 10.0
    accept_s: float = 30.0
    expires_s: float = 900.0
    accepts_by_message: bool = True


@dataclass(frozen=True, slots=True)
class Standing:
    """What messages and events add up to."""

    state: State
    voice: Voice
    latest_new: Message | None
    picture: Message | None
    event: Event | None
    received: frozenset[str]
    voice_outcome: str | None
    recall: Message | None
    recall_done: bool
    recall_too_late: bool
    conflict: bool

    @property
    def handed_over(self) -> bool:
        """Only ACCEPTED, or a voice call with outcome accepted, and nothing that contradicts it."""
        if self.conflict:
            return False
        return self.state is State.ACCEPTED or self.voice_outcome == "accepted"

    @property
    def ended(self) -> bool:
        """REJECTED, CLOSED, recalled or refused by voice: the next press sends a new `new`."""
        if self.conflict:
            return False
        return (
            self.state in (State.REJECTED, State.CLOSED) or self.recall is not None or self.voice_outcome == "refused"
        )

    @property
    def may_press_again(self) -> bool:
        """Whether the key sends a new `new` rather than saying where it stands."""
        return (
            self.latest_new is None
            or self.state in (State.REJECTED, State.CLOSED)
            or self.recall is not None
            or self.voice_outcome == "refused"
        )

    @property
    def is_open(self) -> bool:
        """Not ended and not handed over: the call may be closed only by the supervisor."""
        return self.latest_new is not None and not self.ended and not self.handed_over


def message_of(body: JsonObject) -> Message:
    """The rules' view of a message body; total, because a receiver refuses nothing for a field it cannot read."""
    voice = as_object(body.get("voice"))
    outcome = voice.get("outcome")
    return Message(
        message_id=as_text(body.get("message_id")),
        kind=as_text(body.get("kind"), "new"),
        sequence=sequence_of(body.get("sequence")),
        urgency=as_text(body.get("urgency")),
        callback_number=as_text(body.get("callback_number")),
        location=repr(sorted(as_object(body.get("location")).items(), key=lambda pair: pair[0])),
        voice_used=voice.get("used") is True,
        voice_outcome=outcome if isinstance(outcome, str) else None,
        voice_by=as_text(voice.get("by")),
        voice_spoke_to=as_text(voice.get("spoke_to")),
        voice_reference=as_text(voice.get("reference")),
    )


def sequence_of(value: object) -> int:
    """A message's sequence; 0, below every real one, for what is none."""
    readable = isinstance(value, int) and not isinstance(value, bool) and 1 <= value < NUMBER_LIMIT
    return value if readable and isinstance(value, int) else 0


def event_of(body: JsonObject) -> Event | None:
    """An event from its JSON, or None where it has no number or state (such an event says nothing)."""
    n, state = body.get("n"), body.get("state")
    if not isinstance(n, int) or isinstance(n, bool) or not 1 <= n < NUMBER_LIMIT:
        return None
    if not isinstance(state, str) or state not in State.__members__:
        return None

    def text_or_none(name: str) -> str | None:
        value = body.get(name)
        return value if isinstance(value, str) else None

    return Event(
        n=n,
        state=state,
        has=tuple(as_text(entry) for entry in as_list(body.get("has"))),
        at=as_text(body.get("at")),
        by=text_or_none("by"),
        reference=text_or_none("reference"),
        reason=text_or_none("reason"),
        exercise=body.get("exercise") is True,
    )


def union(*sources: Iterable[Event], exercise: bool | None = None) -> tuple[Event, ...]:
    """All events by number, each once, in order; with `exercise` False, exercise events count for nothing."""
    by_number: dict[int, Event] = {}
    for source in sources:
        for event in source:
            if exercise is False and event.exercise:
                continue
            by_number.setdefault(event.n, event)
    return tuple(by_number[n] for n in sorted(by_number))


def standing(messages: Sequence[Message], events: Sequence[Event], *, at_hub: bool) -> Standing:
    """What is known adds up to this.

    Args:
        messages: all messages of one handoff, in any order, without doubles.
        events: the union of the events, from any route, in any order.
        at_hub: whether the latest `new` is durable at the hub (SENT).
    """
    ordered = _in_order(messages)
    news = [message for message in ordered if message.kind == "new"]
    latest = news[-1] if news else None
    if latest is None:
        # A receiver makes the handoff from whichever message comes first: an update may come before its new.
        latest = ordered[0] if ordered else None
    counted = [event for event in events if latest is not None and latest.message_id in event.has]
    top = max(counted, key=lambda event: event.n, default=None)
    received = frozenset(message_id for event in events for message_id in event.has)
    state = State(top.state) if top else (State.SENT if at_hub else State.COMMITTED)
    since = [message for message in ordered if latest is not None and message.order >= latest.order]
    voices = [message for message in since if message.voice_used and message.voice_outcome]
    outcome = voices[-1].voice_outcome if voices else None
    recalls = [message for message in since if message.kind == "recall"]
    recall = recalls[-1] if recalls else None
    recall_done = recall is not None and any(
        event.state == State.CLOSED and event.reason == "recalled" and recall.message_id in event.has
        for event in counted
    )
    too_late = recall is not None and any(
        event.state == State.ACCEPTED and event.by is not None and recall.message_id in event.has for event in counted
    )
    conflict = (outcome == "accepted" and state in (State.REJECTED, State.CLOSED) and recall is None) or (
        outcome == "refused" and state is State.ACCEPTED
    )
    return Standing(
        state=state,
        voice=Voice.CONFIRMED if outcome else Voice.NOT_NEEDED,
        latest_new=latest,
        picture=ordered[-1] if ordered else None,
        event=top,
        received=received,
        voice_outcome=outcome,
        recall=recall,
        recall_done=recall_done,
        recall_too_late=too_late,
        conflict=conflict,
    )


def _in_order(messages: Iterable[Message]) -> list[Message]:
    """By (sequence, id); what jumps too far counts as having no sequence."""
    ordered: list[Message] = []
    strays: list[Message] = []
    for message in sorted(messages, key=lambda message: message.order):
        if message.sequence > (ordered[-1].sequence if ordered else 0) + SEQUENCE_JUMP:
            strays.append(replace(message, sequence=0))
        else:
            ordered.append(message)
    return sorted([*ordered, *strays], key=lambda message: message.order)


def is_material(previous: Message | None, message: Message) -> bool:
    """Whether a message runs its own clock to RECEIVED: a `new`, a recall, or an update that changes urgency,
    callback number or location (contract.md §4)."""
    if message.kind in ("new", "recall") or previous is None:
        return True
    return (previous.urgency, previous.callback_number, previous.location) != (
        message.urgency,
        message.callback_number,
        message.location,
    )


class Alarm(StrEnum):
    """What the desk shows; VOICE is the card over the whole width."""

    QUIET = "quiet"
    AMBER = "amber"
    VOICE = "voice"


@dataclass(frozen=True, slots=True)
class Reading:
    """The clock's reading: the alarm, why, and the seconds until the card comes if nothing changes."""

    alarm: Alarm
    why: str = ""
    seconds_to_voice: float | None = None


def clock(
    now: Standing,
    timers: Timers,
    *,
    elapsed: dict[str, float | None],
    material: Sequence[Message] = (),
    refused_everywhere: bool = False,
    write_failed: bool = False,
) -> Reading:
    """The table of contract.md §4 as a pure function.

    Args:
        now: the handoff's standing.
        timers: the region's seconds.
        elapsed: seconds since each message was committed, by message id; None after a reboot (unknown).
        material: the messages since the latest `new` that run their own clock to RECEIVED (the `new` included).
        refused_everywhere: every route there is refused the latest `new`.
        write_failed: the local write failed or took a second.
    """
    if write_failed:
        return Reading(Alarm.VOICE, "niet-vastgelegd")
    if now.latest_new is None:
        return Reading(Alarm.QUIET)
    if now.conflict:
        return Reading(Alarm.VOICE, "spreken-elkaar-tegen")
    recall = now.recall
    if recall is None and now.voice_outcome is None and not now.handed_over:
        reading = _new_clock(now, timers, elapsed.get(now.latest_new.message_id), refused_everywhere)
        if reading.alarm is Alarm.VOICE:
            return reading
    else:
        reading = Reading(Alarm.QUIET)
    if recall is not None and not now.recall_done and not now.recall_too_late and now.voice_outcome is None:
        since = elapsed.get(recall.message_id)
        if since is None or since >= timers.accept_s:
            return Reading(Alarm.VOICE, "herroepen-niet-bevestigd")
        reading = _worse(reading, Reading(Alarm.QUIET, "", timers.accept_s - since))
    for message in material:
        if message.message_id in now.received or message.message_id == now.latest_new.message_id:
            continue
        if message.order < now.latest_new.order or _told_by_voice(now, message):
            continue
        if message.kind == "recall" and (now.recall_done or now.recall_too_late):
            continue
        reading = _worse(reading, _received_clock(timers, elapsed.get(message.message_id), message.kind))
    return reading


def _new_clock(now: Standing, timers: Timers, since: float | None, refused_everywhere: bool) -> Reading:
    if now.state is State.REJECTED:
        return Reading(Alarm.VOICE, "geweigerd")
    if now.state is State.CLOSED:
        return Reading(Alarm.QUIET)
    if refused_everywhere and now.state in (State.COMMITTED, State.SENT):
        return Reading(Alarm.VOICE, "alle-routes-weigeren")
    if since is None:
        return Reading(Alarm.VOICE, "herstart")
    if now.state in (State.COMMITTED, State.SENT):
        return _received_clock(timers, since, "new")
    if not timers.accepts_by_message:
        return Reading(Alarm.VOICE, "accepteert-alleen-per-telefoon")
    if since >= timers.accept_s:
        return Reading(Alarm.VOICE, "niet-geaccepteerd")
    return Reading(Alarm.QUIET, "", timers.accept_s - since)


def _received_clock(timers: Timers, since: float | None, kind: str) -> Reading:
    why = {"recall": "herroepen-niet-aangekomen", "update": "wijziging-niet-aangekomen"}.get(kind, "niet-ontvangen")
    if since is None or since >= timers.voice_s:
        return Reading(Alarm.VOICE, why)
    left = timers.voice_s - since
    return Reading(Alarm.AMBER if since >= timers.amber_s else Alarm.QUIET, why, left)


def _told_by_voice(now: Standing, message: Message) -> bool:
    """A voice record made with or after a message tells what it says."""
    return now.voice_outcome is not None and (
        message.voice_used
        or (now.picture is not None and now.picture.voice_used and now.picture.order >= message.order)
    )


def _worse(one: Reading, other: Reading) -> Reading:
    rank = {Alarm.QUIET: 0, Alarm.AMBER: 1, Alarm.VOICE: 2}
    if rank[one.alarm] != rank[other.alarm]:
        return one if rank[one.alarm] > rank[other.alarm] else other
    lefts = [left for left in (one.seconds_to_voice, other.seconds_to_voice) if left is not None]
    return Reading(one.alarm, one.why or other.why, min(lefts) if lefts else None)

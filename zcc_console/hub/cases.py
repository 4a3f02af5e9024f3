"""What the hub knows of each handoff: its messages and events, read once and kept equal to the database, and the item
of the log that they add up to (contract.md §4). The rules themselves are `core.handoff`."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Connection, select

from zcc_console.core.clock import parse_time, parse_time_or_none
from zcc_console.core.config import HubConfig, RavRoute
from zcc_console.core.handoff import (
    Alarm,
    Event,
    Message,
    Standing,
    State,
    Voice,
    clock,
    event_of,
    is_material,
    message_of,
    standing,
    union,
)
from zcc_console.core.jsontypes import Json, as_int, as_object, as_text
from zcc_console.core.privacy import without_bsn
from zcc_console.hub import schema
from zcc_console.hub.state import Data

RECALLED = "recalled"

LAST_NUMBER = 2**53 - 1
"""Of an event: what every JSON reader keeps whole."""

LEAP = 1000
"""A sequence further above the highest known of its handoff is no order at all."""

DOUBTED_SHOWN = 20
"""So many events that do not count are in the log's item; all are in the database."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One message as the hub has it."""

    message: Message
    """Its sequence is 0 where it leaps too far to say anything of order."""
    sequence: int
    """As it came."""
    body: Data
    """Without BSN; the whole body is in the database, and goes to the RAV."""
    received_at: datetime
    created_at: datetime | None
    delivered_at: datetime | None
    desk_id: str | None


@dataclass
class Case:
    """One handoff."""

    handoff_id: str
    messages: dict[str, Kept] = field(default_factory=dict)
    events: dict[int, tuple[Event, Data]] = field(default_factory=dict)

    def copy(self) -> Case:
        """To be changed, and taken over once that is committed."""
        return Case(self.handoff_id, dict(self.messages), dict(self.events))

    def keep(self, kept: Kept) -> None:
        """One message more, or the same one changed. What a leaping sequence says of order follows from all together,
        whatever came first."""
        self.messages[kept.message.message_id] = kept
        highest = 0
        for one in sorted(self.messages.values(), key=lambda entry: entry.sequence):
            sequence = one.sequence if 0 < one.sequence <= highest + LEAP else 0
            highest = max(highest, sequence)
            if one.message.sequence != sequence:
                message = replace(one.message, sequence=sequence)
                self.messages[message.message_id] = replace(one, message=message)

    @property
    def heard(self) -> int:
        """The highest event number that came from the gateway itself; 0 where none did."""
        return max((n for n, (_, body) in self.events.items() if passed_on_by(body) is None), default=0)

    def unconfirmed(self, above: int) -> frozenset[int]:
        """Numbers of the events that count on the word of a desk alone."""
        return frozenset(
            n
            for n, (_, body) in self.events.items()
            if n > above and passed_on_by(body) is not None and it_counts(body)
        )

    @property
    def first(self) -> Kept:
        """The message that made the handoff here."""
        return next(iter(self.messages.values()))

    @property
    def last_heard(self) -> datetime:
        """When the last message came."""
        return max(kept.received_at for kept in self.messages.values())

    @property
    def call_id(self) -> str:
        """The call it is about, known here or not."""
        return as_text(self.first.body.get("call_id"))

    @property
    def exercise(self) -> bool:
        """One real message makes it real."""
        return all(kept.body.get("exercise") is True for kept in self.messages.values())

    @property
    def key_test(self) -> bool:
        """Pressed to see that the key works; it runs no clock."""
        return self.exercise and all(kept.body.get("key_test") is True for kept in self.messages.values())

    def counts(self, config: HubConfig) -> bool:
        """Whether it means anything for a call and runs the clock: not a key test, and no exercise in a real region."""
        return not self.key_test and (config.exercise or not self.exercise)

    def counted(self) -> tuple[Event, ...]:
        """The union of the events that count; a real handoff takes none of an exercise."""
        counting = (event for event, body in self.events.values() if it_counts(body))
        return union(counting, exercise=None if self.exercise else False)

    def standing(self) -> Standing:
        """What it adds up to; what is here is durable here."""
        return standing([kept.message for kept in self.messages.values()], self.counted(), at_hub=True)

    def handed_over(self, now: Standing) -> bool:
        """ACCEPTED or accepted by telephone; closing what was accepted does not undo it, a recall does."""
        if now.handed_over:
            return True
        if now.state is not State.CLOSED or now.conflict or now.event is None or now.event.reason == RECALLED:
            return False
        latest = now.latest_new.message_id if now.latest_new else ""
        verdicts = [
            event.state for event in self.counted() if latest in event.has and event.state in ("ACCEPTED", "REJECTED")
        ]
        return verdicts[-1:] == ["ACCEPTED"]

    def delivered(self, now: Standing) -> bool:
        """Whether the RAV has the latest `new`, as far as is known here."""
        latest = now.latest_new
        if latest is None:
            return False
        kept = self.messages.get(latest.message_id)
        return latest.message_id in now.received or (kept is not None and kept.delivered_at is not None)

    def needs_telephone(self, now: Standing, config: HubConfig, hub_now: datetime) -> bool:
        """The clock of the table in contract.md §4, on what the hub has."""
        if not self.counts(config):
            return False
        timers = replace(config.timers, accepts_by_message=rav_of(config, self.first.body).accepts_by_message)
        elapsed: dict[str, float | None] = {}
        material: list[Message] = []
        before: Message | None = None
        for kept in sorted(self.messages.values(), key=lambda entry: entry.message.order):
            since = min(kept.received_at, kept.created_at or kept.received_at)
            elapsed[kept.message.message_id] = max(0.0, (hub_now - since).total_seconds())
            if is_material(before, kept.message):
                material.append(kept.message)
            before = kept.message
        return clock(now, timers, elapsed=elapsed, material=material).alarm is Alarm.VOICE

    def item(self, config: HubConfig, hub_now: datetime) -> Data:
        """The handoff as it stands in the log."""
        now = self.standing()
        newest = self.messages[now.latest_new.message_id] if now.latest_new else self.first
        picture = self.messages[now.picture.message_id] if now.picture else self.first
        required = self.needs_telephone(now, config, hub_now)
        return {
            "id": self.handoff_id,
            "call_id": self.call_id,
            "to": rav_of(config, self.first.body).id,
            "reference": as_text(newest.body.get("reference")) or None,
            "exercise": self.exercise,
            "key_test": self.key_test,
            "state": now.state.value,
            "voice": Voice.REQUIRED.value if required else now.voice.value,
            "voice_record": self._voice_record(now),
            "message": picture.body,
            "message_ids": list(self.messages),
            "messages": [_summary(kept) for kept in self.messages.values()],
            "events": [body for _, (_, body) in sorted(self.events.items()) if it_counts(body)],
            "events_doubted": [body for _, (_, body) in sorted(self.events.items()) if not it_counts(body)][
                -DOUBTED_SHOWN:
            ],
            "desk_id": as_text(as_object(newest.body.get("from")).get("desk_id")) or newest.desk_id,
            "pressed_at": as_text(newest.body.get("created_at")) or None,
            "delivered_to_rav": self.delivered(now),
            "handed_over": self.counts(config) and self.handed_over(now),
            "open": self.counts(config) and now.is_open,
        }

    def _voice_record(self, now: Standing) -> Json:
        spoken = [
            kept
            for kept in self.messages.values()
            if kept.message.voice_used and now.latest_new is not None and kept.message.order >= now.latest_new.order
        ]
        if not spoken:
            return None
        return as_object(max(spoken, key=lambda kept: kept.message.order).body.get("voice"))


def _summary(kept: Kept) -> Data:
    body, sender = kept.body, as_object(kept.body.get("from"))
    return {
        "message_id": kept.message.message_id,
        "kind": kept.message.kind,
        "sequence": kept.message.sequence,
        "created_at": as_text(body.get("created_at")) or None,
        "urgency": kept.message.urgency or None,
        "desk_id": as_text(sender.get("desk_id")) or kept.desk_id,
        "user": as_text(sender.get("user")) or None,
        "voice": as_object(body.get("voice")) or None,
    }


def rav_of(config: HubConfig, body: Data) -> RavRoute:
    """The RAV a message goes to; null, or one that this region does not know, means the default one."""
    known = next((rav for rav in config.ravs if rav.id == body.get("to")), None)
    if known is not None:
        return known
    return next((rav for rav in config.ravs if rav.default), config.ravs[0] if config.ravs else _NOWHERE)


_NOWHERE = RavRoute(id="", name="", phone="")
"""For a hub that relays to nobody."""


def kept_message(
    body: Data, received_at: datetime, delivered_at: datetime | None = None, desk_id: str | None = None
) -> Kept:
    """A message as the hub keeps it in memory."""
    message = message_of(body)
    return Kept(
        message=message,
        sequence=message.sequence,
        body=without_bsn(body),
        received_at=received_at,
        created_at=parse_time_or_none(body.get("created_at")),
        delivered_at=delivered_at,
        desk_id=desk_id,
    )


def load_cases(connection: Connection, handoff_ids: list[str]) -> dict[str, Case]:
    """What is stored of these handoffs; one of which nothing is stored is not among them."""
    found = {handoff_id: load_case(connection, handoff_id) for handoff_id in handoff_ids}
    return {handoff_id: case for handoff_id, case in found.items() if case.messages}


def load_case(connection: Connection, handoff_id: str) -> Case:
    """What is stored of one handoff: perhaps nothing, perhaps events alone."""
    case = Case(handoff_id)
    messages, events = schema.handoff_message, schema.handoff_event
    rows = connection.execute(
        select(messages)
        .where(messages.c.handoff_id == handoff_id)
        .order_by(messages.c.received_at, messages.c.message_id)
    )
    for row in rows:
        received = parse_time(row.received_at)
        delivered = parse_time_or_none(row.delivered_at)
        case.keep(kept_message(json.loads(row.body), received, delivered, row.desk_id))
    for row in connection.execute(select(events).where(events.c.handoff_id == handoff_id).order_by(events.c.n)):
        body: Data = json.loads(row.body)
        event = event_of(body)
        if event is not None:
            case.events[event.n] = (event, body)
    return case


def event_number(body: Data) -> int | None:
    """The number of an event that can be kept; None for one that says nothing."""
    number = as_int(body.get("n"))
    return number if number is not None and event_of(body) is not None and 0 < number <= LAST_NUMBER else None


def passed_on_by(body: Data) -> str | None:
    """Which desk brought a kept event; None where the gateway itself told it."""
    through = as_text(body.get("through"))
    return as_text(body.get("via")) or (through.removeprefix("desk:") if through.startswith("desk:") else None)


def it_counts(body: Data) -> bool:
    """Whether a kept event counts: not one of a desk that the gateway cannot have told."""
    return body.get("counts") is not False

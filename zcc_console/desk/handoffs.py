"""Handoffs as the desk shows them: the journal's own messages and events united with the region's, on reading."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from zcc_console.core.clock import parse_time_or_none
from zcc_console.core.config import Profile, RavRoute
from zcc_console.core.handoff import (
    Alarm,
    Event,
    Message,
    Reading,
    State,
    Timers,
    clock,
    event_of,
    message_of,
    sequence_of,
    standing,
    union,
)
from zcc_console.core.jsontypes import JsonObject, as_list, as_object, as_text
from zcc_console.desk import words
from zcc_console.desk.picture import Picture
from zcc_console.desk.rows import HandoffView, Route
from zcc_console.store.rows import DIRECT, HUB, HandoffRow, MessageRow
from zcc_console.text import clean

SETTLED_SHOWN_S = 60.0
"""How long the line of a handoff that was accepted, closed or recalled stays."""


OPEN_GOOD_S = 0.1
SETTLED_GOOD_S = 10.0
"""How long a view is good while nothing it is made of changed: on one that is open or has an alarm the clock is running."""


@dataclass(frozen=True, slots=True)
class _Made:
    view: HandoffView
    boot: float
    own: HandoffRow | None
    item: JsonObject | None
    call: JsonObject | None

    def is_good(self, boot: float, own: HandoffRow | None, item: JsonObject | None, call: JsonObject | None) -> bool:
        if own is not self.own or item is not self.item or call is not self.call:
            return False
        running = self.view.standing.is_open or self.view.reading != _NOTHING_DUE
        return 0 <= boot - self.boot < (OPEN_GOOD_S if running else SETTLED_GOOD_S)


_NOTHING_DUE = Reading(Alarm.QUIET)


class HandoffViews:
    """Every handoff this desk knows; each is made anew when something of it changed, or its clock is running."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._made: dict[str, _Made] = {}

    def all(self, picture: Picture, now: datetime) -> list[HandoffView]:
        """Newest first; key tests too."""
        own = {handoff.handoff_id: handoff for handoff in picture.own_handoffs}
        seen, boot, made = picture.of("handoff"), picture.clock.boot(), self._made
        self._made = {}
        for handoff_id in sorted({*own, *seen}):
            row, item = own.get(handoff_id), seen.get(handoff_id)
            call = picture.call(row.call_id if row is not None else as_text(as_object(item).get("call_id")))
            entry = made.get(handoff_id)
            if entry is None or not entry.is_good(boot, row, item, call):
                view = _view(picture, self._profile, handoff_id, row, as_object(item), now)
                entry = _Made(view, boot, row, item, call)
            self._made[handoff_id] = entry
        views = [entry.view for entry in self._made.values()]
        return sorted(views, key=lambda view: (view.pressed_at or now, view.handoff_id), reverse=True)


def _region_messages(item: JsonObject) -> list[Message]:
    messages = []
    for entry in as_list(item.get("messages")):
        raw = as_object(entry)
        voice = as_object(raw.get("voice"))
        outcome = voice.get("outcome")
        messages.append(
            Message(
                message_id=as_text(raw.get("message_id")),
                kind=as_text(raw.get("kind"), "new"),
                sequence=sequence_of(raw.get("sequence")),
                urgency=as_text(raw.get("urgency")),
                voice_used=voice.get("used") is True,
                voice_outcome=outcome if isinstance(outcome, str) else None,
                voice_by=as_text(voice.get("by")),
                voice_spoke_to=as_text(voice.get("spoke_to")),
                voice_reference=as_text(voice.get("reference")),
            )
        )
    return messages


def _elapsed(picture: Picture, row: MessageRow) -> float | None:
    """Seconds on the boot clock since a message was committed here; None after a reboot: nobody knows how long."""
    if row.boot_id != picture.clock.boot_id():
        return None
    return max(0.0, picture.clock.boot() - row.boot)


def _view(
    picture: Picture, profile: Profile, handoff_id: str, own: HandoffRow | None, item: JsonObject, now: datetime
) -> HandoffView:
    mine = {row.message.message_id: row for row in own.messages} if own else {}
    messages = [row.message for row in mine.values()]
    messages += [message for message in _region_messages(item) if message.message_id not in mine]
    exercise = any(row.body.get("exercise") is True for row in mine.values()) or item.get("exercise") is True
    region_events = [event for event in (event_of(as_object(raw)) for raw in as_list(item.get("events"))) if event]
    key_test = own.key_test if own else False
    events = union(own.events if own else (), region_events, exercise=None if exercise else False)
    newest = max((m for m in messages if m.kind == "new"), key=lambda m: m.order, default=None)
    at_hub = newest is not None and _is_at_hub(newest, mine, item)
    now_standing = standing(messages, events, at_hub=at_hub)
    elapsed: dict[str, float | None] = {id_: _elapsed(picture, row) for id_, row in mine.items()}
    for raw in map(as_object, as_list(item.get("messages"))):
        created = parse_time_or_none(raw.get("created_at"))
        elapsed.setdefault(
            as_text(raw.get("message_id")), max(0.0, (now - created).total_seconds()) if created else None
        )
    material = [row.message for row in mine.values() if row.material]
    rav = profile.rav(own.rav if own else as_text(item.get("to")))
    latest = now_standing.latest_new
    latest_row = mine.get(latest.message_id) if latest else None
    routes = _routes(latest_row)
    reading = clock(
        now_standing,
        _timers(profile, rav),
        elapsed=elapsed,
        material=material,
        refused_everywhere=bool(routes) and all(route.state == "refused" for route in routes),
    )
    body = _current_body(own, item)
    call_id = own.call_id if own else as_text(item.get("call_id"))
    call = picture.call(call_id) or {}
    claim = as_object(call.get("claim"))
    pressed = _pressed_at(latest_row, item)
    answered = _time_of(events, now_standing.event.n if now_standing.event else None)
    spoken = _spoken(messages, now_standing.latest_new)
    taken = None
    spoken_at = parse_time_or_none(as_object(body.get("voice")).get("at")) if now_standing.voice_outcome else None
    if now_standing.state not in ("ACCEPTED", "REJECTED", "CLOSED"):
        answered = None
    done = answered if now_standing.state == "ACCEPTED" else spoken_at if now_standing.voice_outcome else None
    if pressed is not None and done is not None:
        taken = max(0.0, (done - pressed).total_seconds())
    patient, location = as_object(body.get("patient")), as_object(body.get("location"))
    event = now_standing.event
    return HandoffView(
        handoff_id=handoff_id,
        call_id=call_id,
        number=clean(as_text(call.get("number")) or as_text(body.get("reference")).split("/")[0], 8) or "–",
        reference=clean(as_text(body.get("reference")) or as_text(item.get("reference")), 20),
        rav_id=rav.id,
        rav_name=rav.name,
        rav_phone=rav.phone,
        rav_next_phone=rav.next_phone,
        who=words.who(patient, now),
        town=words.town(location),
        address=words.address(location),
        urgency=clean(as_text(body.get("urgency")), 3),
        standing=now_standing,
        reading=reading,
        own=bool(mine) or claim.get("desk_id") == profile.desk_id,
        key_test=key_test,
        pressed_at=pressed,
        sent_at=_sent_at(latest_row),
        received_at=_first(events, latest),
        answered_at=answered or spoken_at,
        elapsed_s=elapsed.get(latest.message_id) if latest else None,
        desk_id=clean(as_text(as_object(body.get("from")).get("desk_id")) or as_text(item.get("desk_id")), 8),
        rav_reference=clean(event.reference or "", 30) if event else "",
        by=clean(event.by or "", 40) if event else "",
        reason=clean(event.reason or "", 120) if event else "",
        voice_by=clean(spoken.voice_spoke_to, 40) if spoken else "",
        voice_reference=clean(spoken.voice_reference, 30) if spoken else "",
        required_by_hub=as_text(item.get("voice")) == "REQUIRED",
        routes=routes,
        message=body,
        taken_s=taken,
    )


def _timers(profile: Profile, rav: RavRoute) -> Timers:
    return replace(profile.timers, accepts_by_message=rav.accepts_by_message)


def _is_at_hub(newest: Message, mine: dict[str, MessageRow], item: JsonObject) -> bool:
    if newest.message_id in {as_text(entry) for entry in as_list(item.get("message_ids"))}:
        return True
    row = mine.get(newest.message_id)
    return row is not None and any(d.route == HUB and d.state == "delivered" for d in row.deliveries)


def _routes(row: MessageRow | None) -> tuple[Route, ...]:
    if row is None:
        return ()
    order = {HUB: 0, DIRECT: 1}
    return tuple(
        Route(d.route, d.state, d.attempts, clean(d.problem or "", 80))
        for d in sorted(row.deliveries, key=lambda d: order.get(d.route, 9))
    )


def _current_body(own: HandoffRow | None, item: JsonObject) -> JsonObject:
    region = as_object(item.get("message"))
    if own is None:
        return region
    last = max(own.messages, key=lambda row: row.message.order)
    if region and message_of(region).order > last.message.order:
        return region
    return last.body


def _pressed_at(row: MessageRow | None, item: JsonObject) -> datetime | None:
    return parse_time_or_none(row.body.get("created_at")) if row else parse_time_or_none(item.get("pressed_at"))


def _sent_at(row: MessageRow | None) -> datetime | None:
    if row is None:
        return None
    times = [parse_time_or_none(d.delivered_at) for d in row.deliveries if d.delivered_at]
    return min((time for time in times if time), default=None)


def _time_of(events: tuple[Event, ...], number: int | None) -> datetime | None:
    return next((parse_time_or_none(event.at) for event in events if event.n == number), None)


def _first(events: tuple[Event, ...], latest: Message | None) -> datetime | None:
    """When the RAV first had the latest `new`."""
    if latest is None:
        return None
    return next((parse_time_or_none(event.at) for event in events if latest.message_id in event.has), None)


def _spoken(messages: list[Message], latest: Message | None) -> Message | None:
    since = [m for m in messages if m.voice_used and m.voice_outcome and (latest is None or m.order >= latest.order)]
    return max(since, key=lambda message: message.order, default=None)


def is_alarming(view: HandoffView, now: datetime, open_call: str | None) -> bool:
    """Whether the banner shows it: anything open, anything the clock speaks of, what was settled just now, and the
    handoff of the open call."""
    if view.key_test or not view.own:
        return False
    if view.live or view.call_id == open_call:
        return True
    ended = view.answered_at
    return ended is not None and (now - ended).total_seconds() < SETTLED_SHOWN_S


def danger(view: HandoffView) -> int:
    """How unsafe it is, 0 the worst: nobody was told, then a recall nobody heard, what is late, open, and settled."""
    if view.card_due:
        return 0 if view.standing.recall is None else 1
    if view.reading.alarm is Alarm.AMBER:
        return 2
    if view.standing.is_open:
        return 3 if view.standing.state in (State.COMMITTED, State.SENT) else 4
    return 5 if view.live else 6


def in_order_of_danger(views: Iterable[HandoffView], open_call: str | None, now: datetime) -> list[HandoffView]:
    """What the banner shows, in its order: the open call's own before others, but nothing settled before a live one."""
    return sorted(
        views, key=lambda view: (not view.live, view.call_id != open_call, danger(view), view.pressed_at or now)
    )


def where_it_stands(view: HandoffView) -> str:
    """What pressing again says: one sentence."""
    state = {
        "COMMITTED": "vastgelegd, nog niet verzonden",
        "SENT": "verzonden, nog niet ontvangen door de RAV",
        "RECEIVED": "ontvangen, wacht op acceptatie",
        "OPENED": "geopend door de meldkamer, wacht op acceptatie",
        "ACCEPTED": "geaccepteerd door de meldkamer",
        "REJECTED": "geweigerd door de meldkamer",
        "CLOSED": "afgesloten door de meldkamer",
    }[view.standing.state.value]
    if view.standing.voice_outcome == "accepted":
        state = f"per telefoon overgedragen; bericht: {state}"
    return f"{view.number} ging al naar {view.rav_name}: {state}. Er is niets opnieuw verstuurd."

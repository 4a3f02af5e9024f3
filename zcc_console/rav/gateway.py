"""The ambulance control room's side of a handoff as a synchronous, deterministic service: messages in, events out.

Clock, ids and chance are passed in. It knows no HTTP; a simulated dispatcher works only on an exercise gateway.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from zcc_console.core.clock import Clock, parse_time, rfc3339
from zcc_console.core.errors import ConfigError
from zcc_console.core.handoff import Event, State, event_of, message_of
from zcc_console.core.handoff import standing as standing_of
from zcc_console.core.ids import Ids
from zcc_console.core.jsontypes import Json, as_object
from zcc_console.intake.reading import dump
from zcc_console.rav.behaviour import BEHAVIOUR, Behaviour, patched
from zcc_console.rav.ledger import HandoffRow, Ledger, Plan, Route, StoredEvent
from zcc_console.rav.reading import Incoming, Incomplete, read_message
from zcc_console.rav.rules import RECALLED, Act, Kept, Standing, act, arrive, kept
from zcc_console.rav.store import Mark, Store

OPEN, DECIDE, RECALL = "open", "decide", "recall"
OTHER_BODY = "message_id: eerder ontvangen met een andere inhoud; de eerste geldt, de andere is erbij bewaard"


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose gateway it is."""

    id: str
    name: str
    exercise: bool


@dataclass(frozen=True, slots=True)
class Receipt:
    """A message is durable here; `duplicate` where it already was."""

    handoff_id: str
    message_id: str
    state: State
    received_at: str
    exercise: bool
    warnings: tuple[str, ...]
    duplicate: bool

    def json(self) -> dict[str, Json]:
        """The body of the 202, and of the 409."""
        return {
            "handoff_id": self.handoff_id,
            "message_id": self.message_id,
            "state": self.state.value,
            "received_at": self.received_at,
            "exercise": self.exercise,
            "warnings": list(self.warnings),
        }


@dataclass(frozen=True, slots=True)
class Refusal:
    """A message that is not taken: `invalid` with the fields, or `exercise`."""

    slug: str
    errors: tuple[tuple[str, str], ...] = ()


class Gateway:
    """One control room's gateway on one database."""

    def __init__(
        self,
        store: Store,
        mark: Mark,
        identity: Identity,
        *,
        clock: Clock,
        ids: Ids,
        chance: random.Random,
        behaviour: Behaviour = BEHAVIOUR,
        serving: bool = True,
    ) -> None:
        """Take up where the database stands; a database that is older than its mark skips a million numbers.

        Args:
            serving: this is the one that serves; a command beside it names no new start.
        """
        self.identity = identity
        self._store, self._mark, self._clock, self._ids, self._chance = store, mark, clock, ids, chance
        self._configured = behaviour
        self._listeners: list[Callable[[], None]] = []
        known = mark.read()
        with store.writing() as unit:
            ledger = Ledger(unit)
            n, start = ledger.last_n, ledger.value("start")
            if (known is None and n > 0) or (known is not None and (known[1] > n or known[0] != start)):
                n = ledger.skip()
            if serving or start is None:
                start = ids.new()
                ledger.remember("start", start)
        self._start = start
        mark.write(start, n)

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call when something was written; only a hint."""
        self._listeners.append(listener)

    def _changed(self, n: int) -> None:
        self._mark.write(self._start, n)
        for listener in self._listeners:
            listener()

    def restored(self) -> int:
        """The database was put back from a copy: go a million on."""
        with self._store.writing() as unit:
            n = Ledger(unit).skip()
        self._changed(n)
        return n

    # -- messages

    def receive(self, body: dict[str, Json], route: Route) -> Receipt | Refusal:
        """Take one message; when this returns a receipt the message is on the disk."""
        incoming = read_message(body)
        if isinstance(incoming, Incomplete):
            return Refusal("invalid", incoming.errors)
        if self.identity.exercise and not incoming.exercise:
            return Refusal("exercise")
        now = self._clock.now()
        with self._store.writing() as unit:
            ledger = Ledger(unit)
            receipt = self._again(ledger, incoming, route, now) or self._first(ledger, incoming, route, now)
            n = ledger.last_n
        self._changed(n)
        return receipt

    def _again(self, ledger: Ledger, incoming: Incoming, route: Route, now: datetime) -> Receipt | None:
        stored = ledger.message(incoming.handoff_id, incoming.message_id)
        row = ledger.handoff(incoming.handoff_id)
        if stored is None or row is None:
            return None
        other = None if stored.body == incoming.body else dump(incoming.body)
        ledger.arrived(incoming, rfc3339(now), route, duplicate=True, other_body=other)
        warnings = stored.warnings if other is None else (*stored.warnings, OTHER_BODY)
        exercise = self.identity.exercise or incoming.exercise
        state = row.standing.state if exercise == row.exercise else State.RECEIVED
        return Receipt(row.id, stored.message_id, state, stored.received_at, exercise, tuple(warnings), duplicate=True)

    def _first(self, ledger: Ledger, incoming: Incoming, route: Route, now: datetime) -> Receipt:
        at = rfc3339(now)
        exercise = self.identity.exercise or incoming.exercise
        row = ledger.handoff(incoming.handoff_id)
        stands = row is not None and row.exercise == exercise
        before = [entry for entry in ledger.kept(incoming.handoff_id) if self._same_kind(entry, exercise)]
        arrival = arrive(row.standing if row and stands else None, before, kept(incoming.body))
        ledger.keep(incoming, at)
        ledger.arrived(incoming, at, route, duplicate=False)
        event = self._event(ledger, incoming.handoff_id, arrival.standing, now, by=None, exercise=exercise)
        if row is None or row.exercise or not exercise:
            changed_n = event.n if arrival.asks or arrival.recalls or row is None or not stands else row.changed_n
            received_at = row.received_at if row else at
            ledger.stand(HandoffRow(incoming.handoff_id, arrival.standing, exercise, received_at, changed_n))
            if self.identity.exercise and (arrival.asks or arrival.recalls):
                ledger.unplan(incoming.handoff_id)
                self._plan(ledger, incoming.handoff_id, RECALL if arrival.recalls else OPEN, event.n, now)
        return Receipt(
            incoming.handoff_id,
            incoming.message_id,
            arrival.standing.state,
            at,
            exercise,
            (*incoming.warnings, *self._wrong_door(incoming)),
            duplicate=False,
        )

    def _same_kind(self, entry: Kept, exercise: bool) -> bool:
        return self.identity.exercise or entry.exercise == exercise

    def _wrong_door(self, incoming: Incoming) -> tuple[str, ...]:
        to = incoming.body.get("to")
        if to is None or to == self.identity.id:
            return ()
        return (f"to: dit is {self.identity.id}; het bericht is hier bewaard en getoond",)

    def _event(
        self, ledger: Ledger, handoff_id: str, standing: Standing, now: datetime, *, by: str | None, exercise: bool
    ) -> StoredEvent:
        has = [
            entry.message.message_id
            for entry in ledger.kept(handoff_id)
            if exercise or self._same_kind(entry, exercise)
        ]
        later = timedelta(seconds=self._behaviour(ledger).events_after_s.draw(self._chance))
        return ledger.make_event(handoff_id, standing, has, at=now, visible_at=now + later, by=by, exercise=exercise)

    # -- people

    def act(
        self, handoff_id: str, what: Act, *, by: str, reference: str | None = None, reason: str | None = None
    ) -> StoredEvent | None:
        """What a person in the control room does; None where it changes nothing.

        Raises:
            KeyError: no such handoff.
        """
        with self._store.writing() as unit:
            ledger = Ledger(unit)
            event = self._act(ledger, handoff_id, what, by=by, reference=reference, reason=reason)
            if event is not None:
                ledger.unplan(handoff_id)
            n = ledger.last_n
        self._changed(n)
        return event

    def _act(
        self,
        ledger: Ledger,
        handoff_id: str,
        what: Act,
        *,
        by: str,
        reference: str | None = None,
        reason: str | None = None,
    ) -> StoredEvent | None:
        row = ledger.handoff(handoff_id)
        if row is None:
            raise KeyError(handoff_id)
        if what is Act.ACCEPT and reference is None and row.standing.reference is None:
            reference = self._next_reference(ledger)
        standing = act(row.standing, what, reference=reference, reason=reason)
        if standing is None:
            return None
        event = self._event(ledger, handoff_id, standing, self._clock.now(), by=by, exercise=row.exercise)
        ledger.stand(replace(row, standing=standing, changed_n=event.n))
        return event

    def _next_reference(self, ledger: Ledger) -> str:
        behaviour = self._behaviour(ledger)
        number = max(int(ledger.value("reference") or 0) + 1, behaviour.reference_start)
        ledger.remember("reference", str(number))
        return f"{behaviour.reference_prefix}{number}"

    def find(self, text: str) -> list[str]:
        """Ids of the handoffs that a person means by the beginning of an id, or a reference; two are doubt."""
        with self._store.reading() as unit:
            return Ledger(unit).find(text)

    # -- the simulated dispatchers

    def behaviour(self) -> Behaviour:
        """How the simulated control room behaves now."""
        with self._store.reading() as unit:
            return self._behaviour(Ledger(unit))

    def _behaviour(self, ledger: Ledger) -> Behaviour:
        try:
            return patched(self._configured, self._switched(ledger))
        except ConfigError:  # switches of another version of this program
            return self._configured

    def _switched(self, ledger: Ledger) -> dict[str, Json]:
        return as_object(json.loads(ledger.value("behaviour") or "{}"))

    def answer_delay(self) -> float:
        """Seconds that this answer comes late."""
        with self._store.reading() as unit:
            return self._behaviour(Ledger(unit)).answer_after_s.draw(self._chance)

    def switch(self, patch: Mapping[str, object], *, reset: bool = False) -> Behaviour:
        """Set switches, over those of the configuration; they outlive a restart.

        Raises:
            ConfigError: an unknown switch or value, or a real gateway, which has no simulated dispatcher.
        """
        if not self.identity.exercise:
            raise ConfigError("Dit is een echte meldkamer: er valt niets te simuleren. Niets is gewijzigd.")
        with self._store.writing() as unit:
            ledger = Ledger(unit)
            base = self._configured if reset else self._behaviour(ledger)
            wanted = patched(base, patch)
            friendly = self._configured.json()
            ledger.remember(
                "behaviour", dump({name: value for name, value in wanted.json().items() if value != friendly[name]})
            )
            n = ledger.last_n
        self._changed(n)
        return wanted

    def use_up(self, name: str) -> bool:
        """Count one of `reject_next` or `refuse_next` down; False where there was none left."""
        with self._store.writing() as unit:
            return self._use_up(Ledger(unit), name)

    def _use_up(self, ledger: Ledger, name: str) -> bool:
        left = getattr(self._behaviour(ledger), name)
        if left <= 0:
            return False
        ledger.remember("behaviour", dump({**self._switched(ledger), name: left - 1}))
        return True

    def _plan(self, ledger: Ledger, handoff_id: str, what: str, changed_n: int, now: datetime) -> None:
        behaviour = self._behaviour(ledger)
        spread = {OPEN: behaviour.opened_after_s, DECIDE: behaviour.accept_after_s, RECALL: behaviour.recall_after_s}
        ledger.plan(handoff_id, what, now + timedelta(seconds=spread[what].draw(self._chance)), changed_n)

    def tick(self) -> float | None:
        """Do what the simulated dispatchers have to do by now; seconds until there is more, or None."""
        while self._step():
            continue
        now = self._clock.now()
        with self._store.reading() as unit:
            ledger = Ledger(unit)
            moments = [ledger.next_due(_held_back(self._behaviour(ledger))), ledger.next_visible(now)]
        soonest = min((parse_time(moment) for moment in moments if moment is not None), default=None)
        return None if soonest is None else max(0.0, (soonest - now).total_seconds())

    def _step(self) -> bool:
        now = self._clock.now()
        with self._store.reading() as unit:
            ledger = Ledger(unit)
            if ledger.due(now, _held_back(self._behaviour(ledger))) is None:
                return False
        with self._store.writing() as unit:
            ledger = Ledger(unit)
            plan = ledger.due(now, _held_back(self._behaviour(ledger)))
            if plan is None:
                return False
            ledger.done(plan)
            row = ledger.handoff(plan.handoff_id)
            if row is not None and row.changed_n == plan.changed_n:
                self._carry_out(ledger, plan, now)
            n = ledger.last_n
        self._changed(n)
        return True

    def _carry_out(self, ledger: Ledger, plan: Plan, now: datetime) -> None:
        behaviour = self._behaviour(ledger)
        by = self._chance.choice(behaviour.dispatchers)
        if plan.what == OPEN:
            event = self._act(ledger, plan.handoff_id, Act.OPEN, by=by)
            if event is not None:
                self._plan(ledger, plan.handoff_id, DECIDE, event.n, now)
        elif plan.what == DECIDE:
            if self._refuses(ledger, behaviour):
                self._act(ledger, plan.handoff_id, Act.REJECT, by=by, reason=behaviour.reject_reason)
            else:
                self._act(ledger, plan.handoff_id, Act.ACCEPT, by=by)
        elif behaviour.recall == "close":
            self._act(ledger, plan.handoff_id, Act.CLOSE, by=by, reason=RECALLED)
        else:
            self._act(ledger, plan.handoff_id, Act.ACCEPT, by=by, reason="te laat, ambulance is onderweg")

    def _refuses(self, ledger: Ledger, behaviour: Behaviour) -> bool:
        count = int(ledger.value("decisions") or 0) + 1
        ledger.remember("decisions", str(count))
        if self._use_up(ledger, "reject_next"):
            return True
        return behaviour.reject_every > 0 and count % behaviour.reject_every == 0

    # -- what others see

    def events(self, handoff_id: str, after: int = 0) -> list[dict[str, Json]] | None:
        """The events above a number as this gateway hands them out now; None where it has no such handoff."""
        with self._store.reading() as unit:
            ledger = Ledger(unit)
            if ledger.handoff(handoff_id) is None:
                return None
            return self._handed_out(ledger, handoff_id, after)

    def _handed_out(self, ledger: Ledger, handoff_id: str, after: int) -> list[dict[str, Json]]:
        own = ledger.events(handoff_id, after=after, seen_at=self._clock.now())
        numbers = {event.n for event in ledger.events(handoff_id)}
        brought = [event for event in ledger.passed_on(handoff_id, after) if event.get("n") not in numbers]
        out = sorted([*(event.json() for event in own), *brought], key=lambda event: int(str(event["n"])))
        behaviour = self._behaviour(ledger)
        out = out * (1 + behaviour.duplicate_events)
        if behaviour.shuffle_events:
            self._chance.shuffle(out)
        return out

    def now(self) -> datetime:
        """The gateway's wall time."""
        return self._clock.now()

    def handoff(self, handoff_id: str) -> dict[str, Json] | None:
        """One handoff with its messages and events, or None."""
        with self._store.reading() as unit:
            ledger = Ledger(unit)
            row = ledger.handoff(handoff_id)
            return None if row is None else self._whole(ledger, row, seen_at=self._clock.now())

    def _whole(self, ledger: Ledger, row: HandoffRow, seen_at: datetime | None) -> dict[str, Json]:
        stored = ledger.messages(row.id)
        seen = ledger.events(row.id, seen_at=seen_at)
        counted = [event for event in seen if event.exercise == row.exercise]
        known = [event for event in (event_of(entry.json()) for entry in counted) if isinstance(event, Event)]
        voice = standing_of([message_of(entry.body) for entry in stored], known, at_hub=False).voice
        return {
            "handoff_id": row.id,
            "state": counted[-1].standing.state.value if counted else State.RECEIVED.value,
            "voice": voice.value,
            "exercise": row.exercise,
            "received_at": row.received_at,
            "messages": [entry.body for entry in stored],
            "receipts": [
                {"message_id": entry.message_id, "received_at": entry.received_at, "warnings": list(entry.warnings)}
                for entry in stored
            ],
            "events": self._handed_out(ledger, row.id, 0) if seen_at else [event.json() for event in seen],
        }

    def whole(self, handoff_id: str) -> dict[str, Json] | None:
        """One entry of the record, or None."""
        with self._store.reading() as unit:
            ledger = Ledger(unit)
            row = ledger.handoff(handoff_id)
            return None if row is None else self._entry(ledger, row)

    def _entry(self, ledger: Ledger, row: HandoffRow) -> dict[str, Json]:
        return {**self._whole(ledger, row, seen_at=None), "arrivals": list(ledger.arrivals_of(row.id))}

    def record(self, limit: int = 200) -> list[dict[str, Json]]:
        """Everything this gateway holds, newest handoff first: whole messages, all events, each arrival."""
        with self._store.reading() as unit:
            ledger = Ledger(unit)
            return [self._entry(ledger, row) for row in ledger.all_handoffs(limit)]

    def pass_on(self, handoff_id: str, brought: list[dict[str, Json]], by: str) -> tuple[int, tuple[str, ...]] | None:
        """Keep events of this gateway that a hub or desk brings back, as after a database was restored.

        They change no state here: only this gateway makes events. Returns how many were kept and what was not, or
        None where it has no such handoff.
        """
        at = rfc3339(self._clock.now())
        with self._store.writing() as unit:
            ledger = Ledger(unit)
            if ledger.handoff(handoff_id) is None:
                return None
            own = {event.n for event in ledger.events(handoff_id)}
            taken, warnings = 0, []
            for entry in brought:
                event = event_of(entry)
                if event is None or not 0 < event.n <= ledger.last_n:
                    warnings.append(f"n: {str(entry.get('n'))[:20]} is geen nummer dat hier gegeven is")
                elif event.n not in own:
                    ledger.pass_on(handoff_id, event.n, at, by, entry)
                    taken += 1
            n = ledger.last_n
        if taken:
            self._changed(n)
        return taken, tuple(warnings)

    # -- telling the hub

    def untold(self) -> dict[str, list[dict[str, Json]]]:
        """Events the hub was not told yet, by handoff."""
        with self._store.reading() as unit:
            ledger = Ledger(unit)
            out: dict[str, list[dict[str, Json]]] = {}
            for event in ledger.to_push(self._clock.now()):
                out.setdefault(event.handoff_id, []).append(event.json())
            if self._behaviour(ledger).shuffle_events:
                for entries in out.values():
                    self._chance.shuffle(entries)
            return out

    def told(self, numbers: list[int]) -> None:
        """The hub has these events."""
        with self._store.writing() as unit:
            Ledger(unit).pushed(numbers)

    def version(self) -> int:
        """Changes when another process wrote to the database."""
        return self._store.version()


def _held_back(behaviour: Behaviour) -> list[str]:
    held = []
    if behaviour.silent:
        held += [OPEN, DECIDE, RECALL]
    if not behaviour.accepts_by_message:
        held.append(DECIDE)
    if behaviour.recall == "silent":
        held.append(RECALL)
    return held

"""The ambulance control room's side of a handoff as a synchronous, deterministic service: messages in, events out.

Clock, ids and chance are passed in; each public method is one unit of work. It knows no HTTP.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from zcc_console.core.clock import Clock, rfc3339
from zcc_console.core.errors import ConfigError
from zcc_console.core.handoff import State, event_of
from zcc_console.core.ids import Ids
from zcc_console.core.jsontext import dump, utf8_safe
from zcc_console.core.jsontypes import Json
from zcc_console.core.receiving import Incoming, Incomplete, read_message
from zcc_console.rav.behaviour import BEHAVIOUR, Behaviour
from zcc_console.rav.floor import OPEN, RECALL, Floor, Identity
from zcc_console.rav.ledger import HandoffRow, Ledger, Route, StoredEvent
from zcc_console.rav.rules import Act, arrive, kept
from zcc_console.rav.store import Mark, Store
from zcc_console.rav.switches import Switches
from zcc_console.rav.views import Views

OTHER_BODY = "message_id: eerder ontvangen met een andere inhoud; de eerste geldt, de andere is erbij bewaard"


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
        self._store, self._mark, self._clock, self._chance = store, mark, clock, chance
        self._switches = Switches(behaviour)
        self._floor = Floor(identity, self._switches, chance)
        self._listeners: list[Callable[[], None]] = []
        known = mark.read()  # before the database, which is written first
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

    def close(self) -> None:
        """Give the files back."""
        self._mark.close()
        self._store.close()

    def now(self) -> datetime:
        """The gateway's wall time."""
        return self._clock.now()

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
        exercise = self.identity.exercise or stored.body.get("exercise") is True
        state = row.standing.state if exercise == row.exercise else State.RECEIVED
        return Receipt(row.id, stored.message_id, state, stored.received_at, exercise, warnings, duplicate=True)

    def _first(self, ledger: Ledger, incoming: Incoming, route: Route, now: datetime) -> Receipt:
        at = rfc3339(now)
        exercise = self.identity.exercise or incoming.exercise
        row = ledger.handoff(incoming.handoff_id)
        standing = row.standing if row is not None and row.exercise == exercise else None
        before = [entry for entry in ledger.kept(incoming.handoff_id) if self._floor.same_kind(entry, exercise)]
        arrival = arrive(standing, before, kept(incoming.body))
        warnings = (*incoming.warnings, *self._wrong_door(incoming))
        ledger.keep(incoming, at, warnings)
        ledger.arrived(incoming, at, route, duplicate=False)
        event = self._floor.make_event(ledger, incoming.handoff_id, arrival.standing, now, by=None, exercise=exercise)
        # An exercise never stands in the place of a real handoff of that id; a real one takes an exercise's.
        if row is None or row.exercise or not exercise:
            looks = arrival.asks or arrival.recalls
            changed_n = row.changed_n if row is not None and standing is not None and not looks else event.n
            received_at = row.received_at if row is not None else at
            ledger.stand(HandoffRow(incoming.handoff_id, arrival.standing, exercise, received_at, changed_n))
            if looks:
                what = RECALL if arrival.recalls else OPEN
                self._floor.ask(ledger, incoming.handoff_id, what, event.n, now)
        return Receipt(
            incoming.handoff_id,
            incoming.message_id,
            arrival.standing.state,
            at,
            exercise,
            warnings,
            duplicate=False,
        )

    def _wrong_door(self, incoming: Incoming) -> tuple[str, ...]:
        to = incoming.body.get("to")
        if to is None or to == self.identity.id:
            return ()
        return (f"to: dit is {self.identity.id}; het bericht is hier bewaard en getoond",)

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
            event = self._floor.act(
                ledger,
                handoff_id,
                what,
                self._clock.now(),
                by=utf8_safe(by),
                reference=None if reference is None else utf8_safe(reference),
                reason=None if reason is None else utf8_safe(reason),
            )
            n = ledger.last_n
        self._changed(n)
        return event

    def find(self, text: str) -> list[str]:
        """Ids of the handoffs that a person means by the beginning of an id, or a reference; two are doubt."""
        with self._store.reading() as unit:
            return Ledger(unit).find(utf8_safe(text))

    # -- the simulation

    def behaviour(self) -> Behaviour:
        """How the simulated control room behaves now."""
        with self._store.reading() as unit:
            return self._switches.now(Ledger(unit))

    def answer_delay(self) -> float:
        """Seconds that this answer comes late."""
        return self.behaviour().answer_after_s.draw(self._chance)

    def switch(self, patch: Mapping[str, object], *, reset: bool = False) -> Behaviour:
        """Set switches, over those of the configuration; they outlive a restart.

        Raises:
            ConfigError: an unknown switch or value, or a real gateway, which has no simulated dispatcher.
        """
        if not self.identity.exercise:
            raise ConfigError("Dit is een echte meldkamer: er valt niets te simuleren. Niets is gewijzigd.")
        with self._store.writing() as unit:
            ledger = Ledger(unit)
            wanted = self._switches.change(ledger, patch, reset=reset)
            n = ledger.last_n
        self._changed(n)
        return wanted

    def refuses_one(self) -> bool:
        """Whether this request is one of `refuse_next`; counts it."""
        with self._store.writing() as unit:
            return self._switches.use_up(Ledger(unit), "refuse_next")

    def tick(self) -> float | None:
        """Do what the simulated dispatchers have to do by now; seconds until there is more to do or to see, or None."""
        now = self._clock.now()
        while self._has_work(now):
            with self._store.writing() as unit:
                ledger = Ledger(unit)
                self._floor.work(ledger, now)
                n = ledger.last_n
            self._changed(n)
        with self._store.reading() as unit:
            ledger = Ledger(unit)
            moments = [self._floor.next_work(ledger), ledger.next_visible(now)]
        soonest = min((moment for moment in moments if moment is not None), default=None)
        return None if soonest is None else max(0.0, (soonest - now).total_seconds())

    def _has_work(self, now: datetime) -> bool:
        with self._store.reading() as unit:
            return self._floor.has_work(Ledger(unit), now)

    # -- what others see

    def _views(self, ledger: Ledger) -> Views:
        return Views(ledger, self._switches.now(ledger), self._chance)

    def events(self, handoff_id: str, after: int = 0) -> list[dict[str, Json]] | None:
        """The events above a number as this gateway hands them out now; None where it has no such handoff."""
        with self._store.reading() as unit:
            ledger = Ledger(unit)
            if ledger.handoff(handoff_id) is None:
                return None
            return self._views(ledger).handed_out(handoff_id, after, self._clock.now())

    def handoff(self, handoff_id: str) -> dict[str, Json] | None:
        """One handoff as hub and desks may see it, without BSN; or None."""
        with self._store.reading() as unit:
            ledger = Ledger(unit)
            row = ledger.handoff(handoff_id)
            return None if row is None else self._views(ledger).outside(row, self._clock.now())

    def whole(self, handoff_id: str) -> dict[str, Json] | None:
        """One entry of the record, or None."""
        with self._store.reading() as unit:
            ledger = Ledger(unit)
            row = ledger.handoff(handoff_id)
            return None if row is None else self._views(ledger).inside(row)

    def record(self, limit: int = 200) -> list[dict[str, Json]]:
        """Everything this gateway holds, newest handoff first: whole messages, all events, each arrival."""
        with self._store.reading() as unit:
            ledger = Ledger(unit)
            views = self._views(ledger)
            return [views.inside(row) for row in ledger.all_handoffs(limit)]

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
                if event is None or not 0 < event.n <= ledger.last_n or ledger.is_anothers(handoff_id, event.n):
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
            return self._views(ledger).untold(self._clock.now())

    def told(self, numbers: list[int]) -> None:
        """The hub has these events."""
        with self._store.writing() as unit:
            Ledger(unit).pushed(numbers)

    def version(self) -> int:
        """Changes when another process wrote to the database."""
        return self._store.version()

"""The gateway's rows by name, inside one unit of work: it reads and writes them and decides nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from zcc_console.core.clock import parse_time_or_none, rfc3339
from zcc_console.core.handoff import State
from zcc_console.core.jsontext import dump
from zcc_console.core.jsontypes import Json, as_list, as_object, as_text
from zcc_console.core.receiving import Incoming
from zcc_console.rav.rules import Kept, Standing, kept
from zcc_console.rav.store import SKIP, arrivals, events, handoffs, messages, meta, passed_on, plans

TELLING = timedelta(hours=24)
"""The hub is told of an event for so long (contract.md §4: a desk keeps trying for 24 hours)."""


@dataclass(frozen=True, slots=True)
class Route:
    """How a message came: by the hub or by a desk itself, and whose token it was."""

    kind: str
    who: str | None


@dataclass(frozen=True, slots=True)
class HandoffRow:
    """A handoff as it stands."""

    id: str
    standing: Standing
    exercise: bool
    received_at: str
    changed_n: int


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message as it came, and when."""

    message_id: str
    received_at: str
    body: dict[str, Json]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event as it was made."""

    n: int
    handoff_id: str
    at: str
    standing: Standing
    has: tuple[str, ...]
    by: str | None
    exercise: bool

    def json(self) -> dict[str, Json]:
        """As the contract writes it."""
        return {
            "n": self.n,
            "at": self.at,
            "state": self.standing.state.value,
            "has": list(self.has),
            "by": self.by,
            "reference": self.standing.reference,
            "reason": self.standing.reason,
            "exercise": self.exercise,
        }


@dataclass(frozen=True, slots=True)
class Plan:
    """Something a simulated dispatcher will do, unless the handoff's state has changed by then."""

    id: int
    handoff_id: str
    what: str
    changed_n: int


class Ledger:
    """The rows, within one transaction."""

    def __init__(self, unit: sa.Connection) -> None:
        self._unit = unit

    # -- meta

    def value(self, key: str) -> str | None:
        """A remembered value."""
        return self._unit.execute(sa.select(meta.c.value).where(meta.c.key == key)).scalar_one_or_none()

    def remember(self, key: str, value: str) -> None:
        """Remember a value."""
        self._unit.execute(sa.delete(meta).where(meta.c.key == key))
        self._unit.execute(sa.insert(meta).values(key=key, value=value))

    @property
    def last_n(self) -> int:
        """The highest event number given out."""
        return int(self.value("n") or 0)

    def skip(self) -> int:
        """Go a million on: some numbers may have been given out by the database that this one replaces."""
        n = self.last_n + SKIP
        self.remember("n", str(n))
        return n

    # -- handoffs and messages

    def handoff(self, handoff_id: str) -> HandoffRow | None:
        """A handoff, or None."""
        row = self._unit.execute(sa.select(handoffs).where(handoffs.c.id == handoff_id)).one_or_none()
        return None if row is None else _handoff(row)

    def all_handoffs(self, limit: int = 200) -> list[HandoffRow]:
        """The handoffs, newest first."""
        rows = self._unit.execute(
            sa.select(handoffs).order_by(handoffs.c.received_at.desc(), handoffs.c.id).limit(limit)
        )
        return [_handoff(row) for row in rows]

    def find(self, beginning: str) -> list[str]:
        """Ids of handoffs whose id begins, or whose reference ends, with the text (at most two: enough to see doubt)."""
        prefix = beginning.lower()
        rows = self._unit.execute(
            sa.select(handoffs.c.id).where(handoffs.c.id.startswith(prefix, autoescape=True)).limit(2)
        )
        found = [str(row.id) for row in rows]
        if found:
            return found
        wanted = beginning.casefold()
        return [row.id for row in self.all_handoffs() if wanted in self._names(row.id)][:2]

    def _names(self, handoff_id: str) -> set[str]:
        names: set[str] = set()
        for message in self.messages(handoff_id):
            reference = as_text(message.body.get("reference")).casefold()
            names |= {reference, reference.split("/")[0]} - {""}
        return names

    def messages(self, handoff_id: str) -> list[StoredMessage]:
        """The messages of a handoff, in order of arrival."""
        rows = self._unit.execute(
            sa.select(messages).where(messages.c.handoff_id == handoff_id).order_by(messages.c.position)
        )
        return [
            StoredMessage(
                row.message_id, row.received_at, as_object(json.loads(row.body)), tuple(json.loads(row.warnings))
            )
            for row in rows
        ]

    def message(self, handoff_id: str, message_id: str) -> StoredMessage | None:
        """One message, or None."""
        return next((entry for entry in self.messages(handoff_id) if entry.message_id == message_id), None)

    def kept(self, handoff_id: str) -> list[Kept]:
        """The rules' view of the messages."""
        return [kept(entry.body) for entry in self.messages(handoff_id)]

    def keep(self, incoming: Incoming, received_at: str, warnings: Sequence[str]) -> None:
        """Store a new message, whole, with what could not be read of it."""
        count = self._unit.execute(
            sa.select(sa.func.count()).select_from(messages).where(messages.c.handoff_id == incoming.handoff_id)
        ).scalar_one()
        self._unit.execute(
            sa.insert(messages).values(
                handoff_id=incoming.handoff_id,
                message_id=incoming.message_id,
                position=count + 1,
                received_at=received_at,
                body=dump(incoming.body),
                warnings=dump(list(warnings)),
            )
        )

    def arrived(
        self, incoming: Incoming, at: str, route: Route, *, duplicate: bool, other_body: str | None = None
    ) -> None:
        """Note each arrival, doubles too: which route, whose token."""
        self._unit.execute(
            sa.insert(arrivals).values(
                handoff_id=incoming.handoff_id,
                message_id=incoming.message_id,
                at=at,
                route=route.kind,
                who=route.who,
                duplicate=duplicate,
                other_body=other_body,
            )
        )

    def stand(self, row: HandoffRow) -> None:
        """Write where a handoff stands."""
        self._unit.execute(sa.delete(handoffs).where(handoffs.c.id == row.id))
        self._unit.execute(
            sa.insert(handoffs).values(
                id=row.id,
                state=row.standing.state.value,
                reference=row.standing.reference,
                reason=row.standing.reason,
                exercise=row.exercise,
                received_at=row.received_at,
                changed_n=row.changed_n,
            )
        )

    # -- events

    def make_event(
        self,
        handoff_id: str,
        standing: Standing,
        has: Sequence[str],
        *,
        at: datetime,
        visible_at: datetime,
        by: str | None,
        exercise: bool,
    ) -> StoredEvent:
        """Number an event and store it."""
        n = self.last_n + 1
        self.remember("n", str(n))
        event = StoredEvent(n, handoff_id, rfc3339(at), standing, tuple(has), by, exercise)
        self._unit.execute(
            sa.insert(events).values(
                n=n,
                handoff_id=handoff_id,
                at=event.at,
                state=standing.state.value,
                has=dump(list(has)),
                by=by,
                reference=standing.reference,
                reason=standing.reason,
                exercise=exercise,
                visible_at=rfc3339(visible_at),
                pushed=False,
            )
        )
        return event

    def events(self, handoff_id: str, *, after: int = 0, seen_at: datetime | None = None) -> list[StoredEvent]:
        """A handoff's own events by number; with `seen_at`, only those handed out by then."""
        query = sa.select(events).where(events.c.handoff_id == handoff_id, events.c.n > after).order_by(events.c.n)
        if seen_at is not None:
            query = query.where(events.c.visible_at <= rfc3339(seen_at))
        return [_event(row) for row in self._unit.execute(query)]

    def is_anothers(self, handoff_id: str, n: int) -> bool:
        """Whether this gateway gave the number to an event of another handoff."""
        query = sa.select(events.c.n).where(events.c.n == n, events.c.handoff_id != handoff_id)
        return self._unit.execute(query).one_or_none() is not None

    def to_push(self, seen_at: datetime, limit: int = 500) -> list[StoredEvent]:
        """Events the hub was not told yet."""
        query = (
            sa.select(events)
            .where(
                events.c.pushed.is_(False),
                events.c.visible_at <= rfc3339(seen_at),
                events.c.visible_at > rfc3339(seen_at - TELLING),
            )
            .order_by(events.c.n)
            .limit(limit)
        )
        return [_event(row) for row in self._unit.execute(query)]

    def pushed(self, numbers: Sequence[int]) -> None:
        """The hub has them."""
        self._unit.execute(sa.update(events).where(events.c.n.in_(numbers)).values(pushed=True))

    def next_visible(self, now: datetime) -> datetime | None:
        """When the next event comes into sight."""
        query = sa.select(sa.func.min(events.c.visible_at)).where(events.c.visible_at > rfc3339(now))
        return parse_time_or_none(self._unit.execute(query).scalar_one())

    def pass_on(self, handoff_id: str, n: int, at: str, by: str, event: dict[str, Json]) -> None:
        """Keep an event of this gateway that somebody brought back; the first to bring it counts."""
        found = self._unit.execute(
            sa.select(passed_on.c.n).where(passed_on.c.handoff_id == handoff_id, passed_on.c.n == n)
        ).one_or_none()
        if found is None:
            self._unit.execute(sa.insert(passed_on).values(handoff_id=handoff_id, n=n, at=at, by=by, event=dump(event)))

    def passed_on(self, handoff_id: str, after: int = 0) -> list[dict[str, Json]]:
        """Events brought back, each marked with who did."""
        rows = self._unit.execute(
            sa.select(passed_on)
            .where(passed_on.c.handoff_id == handoff_id, passed_on.c.n > after)
            .order_by(passed_on.c.n)
        )
        return [{**as_object(json.loads(row.event)), "passed_on_by": row.by, "passed_on_at": row.at} for row in rows]

    # -- plans of the simulated dispatcher

    def plan(self, handoff_id: str, what: str, due: datetime, changed_n: int) -> None:
        """Plan one step."""
        self._unit.execute(
            sa.insert(plans).values(handoff_id=handoff_id, due_at=rfc3339(due), what=what, changed_n=changed_n)
        )

    def unplan(self, handoff_id: str) -> None:
        """Drop what was planned for a handoff."""
        self._unit.execute(sa.delete(plans).where(plans.c.handoff_id == handoff_id))

    def done(self, plan: Plan) -> None:
        """Drop one step."""
        self._unit.execute(sa.delete(plans).where(plans.c.id == plan.id))

    def due(self, now: datetime, held_back: Sequence[str]) -> Plan | None:
        """The next step that is due, those held back apart."""
        row = self._unit.execute(
            sa.select(plans)
            .where(plans.c.due_at <= rfc3339(now), plans.c.what.not_in(held_back))
            .order_by(plans.c.due_at, plans.c.id)
            .limit(1)
        ).one_or_none()
        return None if row is None else Plan(row.id, row.handoff_id, row.what, row.changed_n)

    def next_due(self, held_back: Sequence[str]) -> datetime | None:
        """When the next step is due."""
        query = sa.select(sa.func.min(plans.c.due_at)).where(plans.c.what.not_in(held_back))
        return parse_time_or_none(self._unit.execute(query).scalar_one())

    # -- the record

    def arrivals_of(self, handoff_id: str) -> list[dict[str, Json]]:
        """Each arrival of each message: when, by which route, whether it was a double."""
        rows = self._unit.execute(
            sa.select(arrivals).where(arrivals.c.handoff_id == handoff_id).order_by(arrivals.c.id)
        )
        return [
            {
                "message_id": row.message_id,
                "at": row.at,
                "route": row.route,
                "who": row.who,
                "duplicate": row.duplicate,
                "other_body": None if row.other_body is None else as_object(json.loads(row.other_body)),
            }
            for row in rows
        ]


def _handoff(row: sa.Row[tuple[object, ...]]) -> HandoffRow:
    standing = Standing(State(row.state), row.reference, row.reason)
    return HandoffRow(row.id, standing, bool(row.exercise), row.received_at, int(row.changed_n))


def _event(row: sa.Row[tuple[object, ...]]) -> StoredEvent:
    return StoredEvent(
        n=int(row.n),
        handoff_id=row.handoff_id,
        at=row.at,
        standing=Standing(State(row.state), row.reference, row.reason),
        has=tuple(str(entry) for entry in as_list(json.loads(row.has))),
        by=row.by,
        exercise=bool(row.exercise),
    )

"""What the gateway shows of a handoff: to hub and desks, to the control room itself, and to the hub unasked.

The switches that spoil an answer (late, double, out of order) work here, on the way out; the record stays whole.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime

from zcc_console.core.handoff import Event, State, event_of, message_of, standing
from zcc_console.core.jsontypes import Json
from zcc_console.core.privacy import without_bsn
from zcc_console.rav.behaviour import Behaviour
from zcc_console.rav.ledger import HandoffRow, Ledger, StoredEvent, StoredMessage


class Views:
    """Views on one unit of work."""

    def __init__(self, ledger: Ledger, behaviour: Behaviour, chance: random.Random) -> None:
        self._ledger, self._behaviour, self._chance = ledger, behaviour, chance

    def handed_out(self, handoff_id: str, after: int, now: datetime) -> list[dict[str, Json]]:
        """The events above a number that are in sight by now, own ones and those brought back."""
        own = self._ledger.events(handoff_id, after=after, seen_at=now)
        numbers = {event.n for event in self._ledger.events(handoff_id)}
        brought = [event for event in self._ledger.passed_on(handoff_id, after) if event.get("n") not in numbers]
        both = sorted([*(event.json() for event in own), *brought], key=lambda event: int(str(event["n"])))
        return self._spoiled(both)

    def _spoiled(self, events: list[dict[str, Json]]) -> list[dict[str, Json]]:
        out = events * (1 + self._behaviour.duplicate_events)
        if self._behaviour.shuffle_events:
            self._chance.shuffle(out)
        return out

    def outside(self, row: HandoffRow, now: datetime) -> dict[str, Json]:
        """As hub and desks see it: without BSN, and with the events that are in sight by now."""
        seen = self._ledger.events(row.id, seen_at=now)
        stored = self._ledger.messages(row.id)
        return {
            **_base(row, stored, seen),
            "messages": [without_bsn(entry.body) for entry in stored],
            "events": list(self.handed_out(row.id, 0, now)),
        }

    def inside(self, row: HandoffRow) -> dict[str, Json]:
        """The control room's own record of it: whole messages, all events, each arrival."""
        stored, made = self._ledger.messages(row.id), self._ledger.events(row.id)
        return {
            **_base(row, stored, made),
            "messages": [entry.body for entry in stored],
            "events": [event.json() for event in made],
            "passed_on": list(self._ledger.passed_on(row.id)),
            "arrivals": list(self._ledger.arrivals_of(row.id)),
        }

    def untold(self, now: datetime) -> dict[str, list[dict[str, Json]]]:
        """Events in sight that the hub was not told yet, by handoff."""
        by_handoff: dict[str, list[dict[str, Json]]] = {}
        for event in self._ledger.to_push(now):
            by_handoff.setdefault(event.handoff_id, []).append(event.json())
        return {handoff_id: self._spoiled(events) for handoff_id, events in by_handoff.items()}


def _base(row: HandoffRow, stored: Sequence[StoredMessage], made: Sequence[StoredEvent]) -> dict[str, Json]:
    counted = [event for event in made if event.exercise == row.exercise]
    known = [event for event in (event_of(entry.json()) for entry in counted) if isinstance(event, Event)]
    voice = standing([message_of(entry.body) for entry in stored], known, at_hub=False).voice
    receipts: list[Json] = [
        {"message_id": entry.message_id, "received_at": entry.received_at, "warnings": list(entry.warnings)}
        for entry in stored
    ]
    return {
        "handoff_id": row.id,
        "state": counted[-1].standing.state.value if counted else State.RECEIVED.value,
        "voice": voice.value,
        "exercise": row.exercise,
        "received_at": row.received_at,
        "receipts": receipts,
    }

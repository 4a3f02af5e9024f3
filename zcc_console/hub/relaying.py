"""What goes between hub and RAV gateways, without the line: what to send or ask now, and what an answer means
(contract.md §4). The thin sender is `lines`."""

from __future__ import annotations

import json
from dataclasses import dataclass

from sqlalchemy import Connection, select

from zcc_console.core.clock import Clock
from zcc_console.core.config import HubConfig
from zcc_console.core.jsontypes import as_list, as_object
from zcc_console.hub import schema
from zcc_console.hub.cases import event_number, rav_of
from zcc_console.hub.handoffs import Handoffs
from zcc_console.hub.ledger import Ledger
from zcc_console.hub.relay import Asking, Lanes, Sending
from zcc_console.hub.state import Data

GATEWAY = "gateway"


@dataclass(frozen=True, slots=True)
class Letter:
    """One message as it goes over the line."""

    sending: Sending
    body: bytes


class Relay:
    """The hub's side of every RAV gateway."""

    def __init__(self, ledger: Ledger, handoffs: Handoffs, lanes: Lanes, config: HubConfig, clock: Clock) -> None:
        self._ledger = ledger
        self._handoffs = handoffs
        self._lanes = lanes
        self._config = config
        self._clock = clock

    def due(self) -> list[Letter]:
        """Messages to send now; each counts as under way until `sent` is told."""
        now, boot = self._clock.now(), self._clock.boot()
        found: list[Sending] = []
        for case in self._handoffs.cases.values():
            sending = self._lanes.next_sending(case, rav_of(self._config, case.first.body), now, boot)
            if sending is not None:
                found.append(sending)
        letters: list[Letter] = []
        try:
            if found:
                with self._ledger.reading() as connection:
                    letters = [Letter(sending, _body(connection, sending)) for sending in found]
        finally:
            for sending in found[len(letters) :]:
                self._lanes.sent(sending.handoff_id, boot, arrived=False)
        return letters

    def sent(self, sending: Sending, status: int | None, content: bytes) -> bool:
        """What came of a message; whether that side has it. An answer counts only if it repeats both ids."""
        arrived = False
        try:
            if _is_receipt(sending, status, content) and not self._in_an_exercise(sending, content):
                with self._ledger.unit() as change:
                    self._handoffs.delivered(change, sending.handoff_id, sending.message_id)
                arrived = True
        finally:
            self._lanes.sent(sending.handoff_id, self._clock.boot(), arrived=arrived)
        return arrived

    def _in_an_exercise(self, sending: Sending, content: bytes) -> bool:
        """A real handoff in an exercise's hands is in nobody's."""
        case = self._handoffs.cases.get(sending.handoff_id)
        return case is not None and not case.exercise and _object(content).get("exercise") is True

    def questions(self) -> list[Asking]:
        """Questions for events to ask now; each counts as under way until `asked` is told."""
        now, boot = self._clock.now(), self._clock.boot()
        asked = [
            self._lanes.next_asking(case, rav_of(self._config, case.first.body), now, boot)
            for case in self._handoffs.cases.values()
        ]
        return [one for one in asked if one is not None]

    def asked(self, asking: Asking, status: int | None, content: bytes) -> None:
        """What the gateway said."""
        events = _events(content) if status == 200 else None
        answered = False
        try:
            if events is not None:
                denied = asking.unconfirmed - {event_number(event) for event in events}
                if denied or self._handoffs.has_news(asking.handoff_id, events):
                    with self._ledger.unit() as change:
                        self._handoffs.take_events(change, asking.handoff_id, events, GATEWAY, denied)
            answered = events is not None
        finally:
            case = self._handoffs.cases.get(asking.handoff_id)
            self._lanes.asked(case, asking.handoff_id, self._clock.now(), self._clock.boot(), answered=answered)

    def poke(self, handoff_id: str) -> None:
        """A message came in."""
        self._lanes.poke(handoff_id)

    def forget(self) -> None:
        """Let go of lanes whose handoff left the log."""
        self._lanes.forget(self._handoffs.cases)


def _body(connection: Connection, sending: Sending) -> bytes:
    table = schema.handoff_message
    here = (table.c.handoff_id == sending.handoff_id) & (table.c.message_id == sending.message_id)
    text: str = connection.execute(select(table.c.body).where(here)).scalar_one()
    return text.encode()


def _is_receipt(sending: Sending, status: int | None, content: bytes) -> bool:
    if status not in (200, 202, 409):
        return False
    body = _object(content)
    return (
        body.get("handoff_id") == sending.handoff_id
        and body.get("message_id") == sending.message_id
        and (status != 409 or body.get("type") == "duplicate")
    )


def _events(content: bytes) -> list[Data] | None:
    body = _object(content)
    if not isinstance(body.get("events"), list):
        return None
    return [as_object(entry) for entry in as_list(body.get("events"))]


def _object(content: bytes) -> Data:
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}

"""A small control room for tests: its messages, its gateway on a manual clock, its tokens."""

from __future__ import annotations

import hashlib
import random
import uuid
from dataclasses import dataclass
from pathlib import Path

from zcc_console.core.clock import ManualClock
from zcc_console.core.config import TokenEntry
from zcc_console.core.ids import ClockIds, handoff_id
from zcc_console.core.jsontypes import Json
from zcc_console.rav.behaviour import BEHAVIOUR, Behaviour, patched
from zcc_console.rav.floor import Identity
from zcc_console.rav.gateway import Gateway, Receipt
from zcc_console.rav.ledger import Route
from zcc_console.rav.store import Mark, Store

RAV = "rav-noord"
CALL = "0193c2a0-0000-7000-8000-000000000347"
HUB, DESK = Route("hub", None), Route("desk", "07")
BRISK = patched(BEHAVIOUR, {"opened_after_s": 2, "accept_after_s": 5, "recall_after_s": 4})


def message(number: int = 1, /, **changes: Json) -> dict[str, Json]:
    """A whole message; `number` names it and is its sequence."""
    body: dict[str, Json] = {
        "handoff_id": handoff_id(CALL, RAV),
        "message_id": str(uuid.UUID(int=0x0193C2A0_0000_7000_8000_000000000000 + number)),
        "call_id": CALL,
        "to": RAV,
        "reference": "0347/7F3A",
        "kind": "new",
        "sequence": number,
        "exercise": True,
        "created_at": f"2026-11-21T21:41:{number:02d}.000Z",
        "expires_at": "2026-11-21T21:56:07.000Z",
        "from": {"zcc": "ZCC Noord", "desk_id": "07", "user": "m.jansen", "callback_number": "088-1234567"},
        "urgency": "U1",
        "reasons": ["pijn op de borst, klam"],
        "callback_number": "0612345678",
        "location": {"street": "Kade", "house_number": "12", "postcode": "1234AB", "town": "Havendorp", "access": None},
        "patient": {"name": "J. Bakker", "age_years": 67, "sex": "m"},
        "onset_at": None,
        "abcd": None,
        "complaint": None,
        "findings": [],
        "treatment": [],
        "hazards": [],
        "with_patient": None,
        "voice": {"used": False, "at": None, "by": None, "spoke_to": None, "reference": None, "outcome": None},
    }
    body.update(changes)
    return body


def token(name: str) -> str:
    """What the gateway knows of a token."""
    return hashlib.sha256(name.encode()).hexdigest()


TOKENS = (
    TokenEntry(token("desk-07"), "desk", desk_id="07", role="triagist"),
    TokenEntry(token("desk-01"), "desk", desk_id="01", role="supervisor"),
    TokenEntry(token("hub"), "hub"),
    TokenEntry(token("rav"), "rav", source=RAV),
    TokenEntry(token("intake"), "intake", source="agency"),
)


@dataclass
class Room:
    """A control room whose time stands still until it is told to go on."""

    folder: Path
    clock: ManualClock
    exercise: bool
    behaviour: Behaviour
    chance: random.Random
    gateway: Gateway

    def send(self, route: Route = HUB, /, **changes: Json) -> Receipt:
        """Send a message that must be taken."""
        number = changes.pop("number", 1)
        assert isinstance(number, int)
        receipt = self.gateway.receive(message(number, **changes), route)
        assert isinstance(receipt, Receipt)
        return receipt

    def after(self, seconds: float) -> None:
        """Let time go on, and the dispatchers work."""
        self.clock.advance(seconds)
        self.gateway.tick()

    def events(self, handoff: str | None = None) -> list[dict[str, Json]]:
        """What the gateway hands out."""
        found = self.gateway.events(handoff or handoff_id(CALL, RAV))
        assert found is not None
        return found

    def states(self) -> list[Json]:
        """The states of the events in order."""
        return [event["state"] for event in self.events()]

    def again(self) -> Room:
        """The same control room after a restart."""
        self.gateway.close()
        return open_room(self.folder, clock=self.clock, exercise=self.exercise, behaviour=self.behaviour)


def open_room(
    folder: Path,
    *,
    clock: ManualClock | None = None,
    exercise: bool = True,
    behaviour: Behaviour = BRISK,
    seed: int = 7,
) -> Room:
    """A control room on a folder."""
    clock = clock or ManualClock()
    chance = random.Random(seed)
    gateway = Gateway(
        Store(folder / "rav.db", folder / "rav.key"),
        Mark(folder / "rav.db.mark"),
        Identity(RAV, "RAV Noord", exercise),
        clock=clock,
        ids=ClockIds(clock),
        chance=chance,
        behaviour=behaviour,
    )
    return Room(folder, clock, exercise, behaviour, chance, gateway)

"""A floor of simulated colleagues on a hub of a hundred lines: claims, places and states as contract.md §3 has them, and
refusals on demand. For tests of the colleagues only; the real hub has its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from zcc_console.core.clock import ManualClock, rfc3339
from zcc_console.core.ids import SeededIds
from zcc_console.core.jsontypes import Json, as_object, as_text
from zcc_console.demo.colleagues import Colleague
from zcc_console.demo.decisions import Knowledge
from zcc_console.demo.figures import Figures, load_figures
from zcc_console.demo.load import Arrivals
from zcc_console.demo.region import Region, load_region
from zcc_console.demo.rhythm import CapacityRhythm
from zcc_console.demo.view import RegionView
from zcc_console.demo.wire import NightClock, call_body, report_body
from zcc_console.demo.work import Handoff, Took
from zcc_console.models.command import KINDS, Command

NIGHT = datetime(2026, 11, 21, 21, 41, 7, tzinfo=UTC)
WALL = datetime(2027, 2, 3, 4, 5, 6, tzinfo=UTC)
REGION: Region = load_region("hollandrijn")
FIGURES: Figures = load_figures()

Item = dict[str, Json]
Trouble = Callable[[str], tuple[int | None, str] | None]
"""For a command type: (status, problem type) to answer instead, or None to let it through."""


def no_trouble(kind: str) -> tuple[int | None, str] | None:
    """Everything goes well."""
    return None


@dataclass
class SmallHub:
    """Just enough of the region's rules to work a night."""

    view: RegionView = field(default_factory=RegionView)
    taken: list[dict[str, Json]] = field(default_factory=list)
    fence: int = 0

    def put(self, kind: str, item_id: str, data: Item) -> None:
        self.view.apply([{"type": kind, "id": item_id, "op": "put", "data": {**data, "id": item_id}}])

    def command(self, body: dict[str, Json], now: datetime) -> tuple[int, Item]:
        """Apply a command, or refuse it."""
        command = Command.model_validate(body)
        KINDS[command.type].data.model_validate(command.data)
        self.taken.append(body)
        call_id = command.target.id if command.target and command.target.type == "call" else ""
        call, claim = self.view.call(call_id), as_object(self.view.call(call_id).get("claim"))
        done: Item = {"command_id": command.command_id, "result": "applied", "items": []}
        if command.type == "call.claim":
            if claim:
                return (200, done) if claim.get("desk_id") == command.desk_id else (409, {"type": "claimed"})
            if call.get("state") not in ("waiting", "callback"):
                return 409, {"type": "wrong-state"}
            self.fence += 1
            held: Item = {"desk_id": command.desk_id, "id": command.command_id, "fence": self.fence}
            self.put("call", call_id, {**call, "state": "claimed", "claim": held})
            return 200, {**done, "fence": self.fence}
        if KINDS[command.type].names_claim or command.type == "call.close":
            named = command.claim == claim.get("id") if command.claim else command.fence == claim.get("fence")
            if claim.get("desk_id") != command.desk_id or not named:
                return 409, {"type": "fenced"}
        if command.type == "call.callback":
            due = {"at": command.data["at"]}
            self.put("call", call_id, {**call, "state": "callback", "claim": None, "callback": due})
        elif command.type == "call.close":
            if self.view.handoff_of(call_id).get("open") is True:
                return 409, {"type": "wrong-state"}
            self.put("call", call_id, {**call, "state": "closed", "claim": None})
        elif command.type == "call.triage":
            self.put("call", call_id, {**call, "triage": dict(command.data)})
        elif command.type.startswith("capacity."):
            return self._place(command, done, now)
        return 200, done

    def _place(self, command: Command, done: Item, now: datetime) -> tuple[int, Item]:
        if command.type == "capacity.reserve":
            unit_id = as_text(command.data.get("unit"))
            if (self.view.room(unit_id, now) or 0) < 1:
                return 409, {"type": "full", "alternatives": []}
            held: Item = {**command.data, "unit_id": unit_id, "state": "held"}
            self.put("reservation", command.command_id, held)
            return 200, {**done, "items": [{"type": "reservation", "id": command.command_id}]}
        known = self.view.of("reservation").get(as_text(command.data.get("reservation")), {})
        if known.get("state") != "held":
            return 409, {"type": "wrong-state"}
        confirmed = command.type == "capacity.confirm"
        state: Item = {"state": "confirmed", "confirmed_at": rfc3339(now)} if confirmed else {"state": "released"}
        self.put("reservation", as_text(known.get("id")), {**known, **state})
        return 200, done

    def handoff(self, body: dict[str, Json], state: str, voice: str) -> None:
        """A message arrives; the control room answers at once with this."""
        call_id = as_text(body["call_id"])
        ended = state in ("ACCEPTED", "REJECTED", "CLOSED") or voice == "CONFIRMED"
        data: Item = {"call_id": call_id, "state": state, "voice": voice, "open": not ended, "messages": ["m"]}
        self.put("handoff", as_text(body["handoff_id"]), data)


class Floor:
    """Some colleagues, a queue and simulated time."""

    def __init__(self, seed: int, desks: int = 3, trouble: Trouble = no_trouble) -> None:
        self.clock = NightClock(NIGHT, WALL)
        self.hub, self.trouble, self.now = SmallHub(), trouble, NIGHT
        self.rav: tuple[str, str] = ("ACCEPTED", "not needed")
        ids = SeededIds(ManualClock(), seed)
        seats = [seat for seat in REGION.seats if not seat.open][:desks]
        self.colleagues = [
            Colleague(seat, REGION, FIGURES, Knowledge(FIGURES), self.clock, ids, seed, exercise=True) for seat in seats
        ]
        self.messages: list[dict[str, Json]] = []
        self.took: list[Took] = []
        self._calls = Arrivals(seed, FIGURES, REGION).since(NIGHT - timedelta(minutes=8))
        self._next = next(self._calls)
        for report in CapacityRhythm(seed, REGION, NIGHT).opening():
            body = report_body(report, REGION, self.clock)
            self.hub.put("capacity", as_text(body["id"]), body | {"received_at": rfc3339(WALL)})

    def arrive(self) -> None:
        """Calls that came in by now."""
        while self._next.at <= self.now:
            body = call_body(self._next, self.clock)
            self.hub.put("call", as_text(body["call_id"]), {**body, "state": "waiting", "claim": None})
            self._next = next(self._calls)

    def run(self, seconds: float, step_s: float = 2.0) -> None:
        """Let that much time pass."""
        until = self.now + timedelta(seconds=seconds)
        while self.now < until:
            self.now += timedelta(seconds=step_s)
            self.arrive()
            for colleague in self.colleagues:
                self._turn(colleague)

    def _turn(self, colleague: Colleague) -> None:
        effects = colleague.step(self.now, self.hub.view)
        for _ in range(4):
            wall = self.clock.wall(self.now)
            request = colleague.outbox.due(wall)
            if request is None:
                break
            body = json.loads(request.body)
            instead = self.trouble(body["type"])
            if instead is None:
                status, said = self.hub.command(body, wall)
                raw, answered = json.dumps(said).encode(), status
            else:
                answered, raw = instead[0] or 0, json.dumps({"type": instead[1], "expected": 1}).encode()
            answer = colleague.outbox.answered(request.command_id, answered or None, raw, wall)
            if answer is not None:
                effects += colleague.answered(answer, self.now, self.hub.view)
        for effect in effects:
            if isinstance(effect, Handoff):
                self.messages.append(effect.body)
                spoken = as_object(effect.body["voice"]).get("used") is True
                self.hub.handoff(effect.body, *(("OPENED", "CONFIRMED") if spoken else self.rav))
            else:
                self.took.append(effect)

    def closed(self) -> int:
        """How many calls are done."""
        return sum(call.get("state") == "closed" for call in self.hub.view.of("call").values())

    def types(self) -> list[str]:
        """The command types pressed, in order."""
        return [as_text(body["type"]) for body in self.hub.taken]

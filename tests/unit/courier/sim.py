"""A courier without asyncio or sockets: the lanes, the real files, a model region, and a chooser of what goes wrong.

One step at a time, in an order that the test chooses; the clock is moved by hand.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.unit.courier.region import Json, ModelHub, ModelRav
from zcc_console.core.clock import ManualClock, parse_time
from zcc_console.core.config import Profile, QueueNorms, RavRoute
from zcc_console.core.handoff import Timers
from zcc_console.core.ids import SeededIds
from zcc_console.courier import audit, beat, deliver, events, lane, pull
from zcc_console.courier import pull_terms as terms
from zcc_console.courier.machine import (
    Begin,
    Done,
    Effect,
    Event,
    Kind,
    Log,
    Lost,
    Now,
    Replied,
    Request,
    Step,
    Stop,
    Wait,
    Woken,
)
from zcc_console.courier.readings import Frame
from zcc_console.courier.stores import StoreEffect, Stores
from zcc_console.store.cache import Cache
from zcc_console.store.courier import CourierJournal

RAV = "rav-a"


def make_profile(folder: Path, *, exercise: bool = True, direct: bool = True) -> Profile:
    url = "http://127.0.0.1:1"
    rav = RavRoute(RAV, "RAV A", "0100", url=url if direct else None, token_file=folder / "rav.token", default=True)
    return Profile(
        path=folder / "desk.toml",
        desk_id="07",
        zcc="zcc-x",
        region="x",
        exercise=exercise,
        user="u1",
        user_name="U",
        role="triagist",
        callback_number="0100",
        hub_url=url,
        hub_token_file=folder / "hub.token",
        state_dir=folder / "state",
        ravs=(rav,),
        timers=Timers(),
        norms=QueueNorms(),
    )


@dataclass
class Lane:
    step: Step[Any]
    state: Any
    pending: Effect | None = None
    wake_at: float = 0.0
    ended: bool = False


Chooser = Callable[[str], str]
"""Says what becomes of a request or frame, by where it goes: `ok` or a fault."""


def all_well(_: str) -> str:
    return "ok"


@dataclass
class Sim:
    folder: Path
    hub: ModelHub = field(default_factory=ModelHub)
    rav: ModelRav = field(default_factory=ModelRav)
    clock: ManualClock = field(default_factory=ManualClock)
    choose: Chooser = all_well
    exercise: bool = True
    chance: Callable[[], float] = lambda: 0.5
    logs: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ids = SeededIds(self.clock, 7)
        self.profile = make_profile(self.folder, exercise=self.exercise)
        self.lanes: dict[str, Lane] = {}
        self.stores: Stores
        self.open()
        self.stream: list[Frame] | None = None
        self.stream_at = ""
        self.kind = Kind.UNKNOWN
        self.confirmed: float | None = None
        self.hub_wrote: float | None = None
        self.console_seen: float | None = 0.0
        self.sent: list[tuple[str, str]] = []
        self.bodies: list[bytes] = []
        self.hub.now = self.server_time

    def open(self) -> None:
        profile = self.profile
        journal = CourierJournal.open(
            profile.journal_path, profile.key_path, self.clock, self.ids, siblings=(profile.cache_path,)
        )
        journal._db.execute("PRAGMA synchronous = OFF")  # the model of a crash here ends programs, not machines
        cache = Cache.open(
            profile.cache_path,
            profile.key_path,
            writer=True,
            now=self.clock.now(),
            siblings=(profile.journal_path,),
        )
        cache._db.execute("PRAGMA synchronous = OFF")
        self.stores = Stores(journal, cache, profile, self.clock)

    @property
    def journal(self) -> CourierJournal:
        return self.stores.journal

    @property
    def cache(self) -> Cache:
        return self.stores.cache

    def close(self) -> None:
        self.stores.close()

    def kill(self) -> None:
        """The courier dies and another one starts."""
        names = {name: (each.step, each) for name, each in self.lanes.items()}
        self.stores.close()
        self.lanes.clear()
        self.stream = None
        self.kind, self.confirmed, self.hub_wrote = Kind.UNKNOWN, None, None
        self.open()
        for name in names:
            if ":" not in name:
                self.start(name)

    def start(self, *names: str) -> None:
        desk = self.profile.desk_id
        known: dict[str, Lane] = {
            "pull": Lane(pull.step, pull.PullState(exercise=self.profile.exercise)),
            "deliver": Lane(deliver.step, deliver.DeliverState()),
            "tell": Lane(events.tell, events.TellState()),
            "beat": Lane(beat.step, beat.BeatState(desk)),
            "audit": Lane(audit.step, audit.AuditState(desk)),
        }
        for name in names:
            self.lanes[name] = known[name]
            self.feed(name, Begin())

    def start_handoffs(self) -> None:
        """What the shell does: a lane for each handoff and route that owes something, and one that listens."""
        work = self.stores.handoff_work()
        for handoff_id, _, route in work.pending:
            to = "handoff-hub" if route == "hub" else f"direct:{RAV}"
            name = f"handoff:{to}:{handoff_id}"
            if name not in self.lanes or self.lanes[name].ended:
                self.lanes[name] = Lane(lane.step, lane.LaneState(route, to, handoff_id))
                self.feed(name, Begin())
        for handoff_id, _, _ in work.recent:
            name = f"hear:{handoff_id}"
            if name not in self.lanes:
                self.lanes[name] = Lane(events.hear, events.HearState(handoff_id, f"direct:{RAV}"))
                self.feed(name, Begin())

    def now(self) -> Now:
        return Now(
            boot=self.clock.boot(),
            wall=self.clock.now(),
            boot_id=self.clock.boot_id(),
            chance=self.chance(),
            kind=self.kind,
            confirmed=self.confirmed,
            hub_wrote=self.hub_wrote,
            console_seen=self.console_seen,
        )

    @property
    def server_time(self) -> str:
        return (self.clock.now() - timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%S.000Z")

    # -- running ---------------------------------------------------------------------------------------------------

    def feed(self, name: str, event: Event) -> None:
        """Give a lane an event and carry out what it wants, up to what takes time."""
        running = self.lanes[name]
        for _ in range(200):
            running.state, effects = running.step(running.state, event, self.now())
            running.pending = None
            for effect in effects:
                if isinstance(effect, Stop):
                    running.ended = True
                    return
                if isinstance(effect, Request | Wait | terms.OpenStream | terms.NextFrames):
                    running.pending = effect
                    if isinstance(effect, Wait):
                        running.wake_at = self.clock.boot() + effect.seconds
                    return
                event = self._at_once(effect)
        raise AssertionError(f"{name} does not come to rest")

    def _at_once(self, effect: Effect) -> Event:
        match effect:
            case Log(event, _):
                self.logs.append(event)
            case terms.CloseStream():
                self.stream = None
            case terms.HubKind(right):
                self.kind = Kind.RIGHT if right else Kind.WRONG
            case terms.HubWrote():
                self.hub_wrote = self.clock.boot()
            case _ if isinstance(effect, StoreEffect):
                if isinstance(effect, terms.Heard):
                    self.confirmed = self.clock.boot()
                return self.stores.perform(effect)
            case _:
                raise AssertionError(type(effect).__name__)
        return Done()

    def go(self, name: str) -> bool:
        """Let what a lane waits for happen; False where it has ended."""
        running = self.lanes[name]
        effect = running.pending
        if running.ended or effect is None:
            return False
        match effect:
            case Wait():
                if running.wake_at > self.clock.boot():
                    self.advance(running.wake_at - self.clock.boot())
                self.feed(name, Woken())
            case Request():
                self.feed(name, self.request(effect))
            case terms.OpenStream(cursor):
                self.feed(name, self._open_stream(cursor))
            case terms.NextFrames(within_s):
                self.feed(name, self._frames(within_s))
        return True

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.hub.now = self.rav.now = self.server_time

    def settle(self, rounds: int = 60, *names: str) -> None:
        """Let everything happen, in turn, until it is quiet."""
        for _ in range(rounds):
            self.start_handoffs()
            for name in [each for each in self.lanes if not names or each in names]:
                self.go(name)

    # -- the network -----------------------------------------------------------------------------------------------

    def request(self, asked: Request) -> Replied | Lost:
        fault = self.choose(f"{asked.to} {asked.method} {asked.path}")
        self.sent.append((asked.to, asked.path))
        if asked.body is not None:
            self.bodies.append(asked.body)
        if fault in ("lost", "timeout"):
            return Lost("timeout")
        if fault == "credential":
            return Replied(401, "application/problem+json", b'{"type":"unauthorized"}')
        if fault == "page":
            return Replied(200, "text/html", b"<html>welkom op het gastnetwerk</html>")
        if fault.startswith("page-"):
            return Replied(int(fault[5:]), "text/html", b"<html>proxy</html>")
        if fault == "garbage":
            return Replied(200, "application/json", b'{"transactions": [{"cursor": 1')
        if fault.isdecimal():
            return Replied(int(fault), "application/problem+json", b'{"type":"about:blank"}')
        status, media, body = self._serve(asked)
        if fault == "real-exercise":
            body = body | {"exercise": not self.exercise}
        if fault == "other-ids":
            body = body | {"message_id": "another"}
        if fault == "answer-lost":
            return Lost("ReadError")
        return Replied(status, media, json.dumps(body).encode(), took_s=1.0)

    def _serve(self, asked: Request) -> tuple[int, str, Json]:
        parts = urlsplit(asked.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        body: Json = json.loads(asked.body) if asked.body else {}
        path = [unquote(part) for part in parts.path.split("/")[2:]]
        headers = dict(asked.headers)
        if asked.to.startswith("direct:"):
            if path == ["handoffs"]:
                return self.rav.take(body)
            if path[2:] == ["events"]:
                return self.rav.after(path[1], int(query["after"]))
            return self.rav.status(path[1])
        match path:
            case ["snapshot"]:
                return self.hub.snapshot(query.get("page"))
            case ["changes"]:
                return self.hub.changes(query["since"], min(int(query["limit"]), 3))
            case ["commands"]:
                return self.hub.command(body, headers["Idempotency-Key"])
            case ["handoffs"]:
                return self.hub.handoff(body)
            case ["handoffs", handoff_id, "events"]:
                return self.hub.take_events(handoff_id, body)
            case ["desks", _]:
                return self.hub.heartbeat(body)
            case ["audit"]:
                return self.hub.take_audit(body)
        raise AssertionError(asked.path)

    def _open_stream(self, cursor: str) -> Event:
        fault = self.choose("hub STREAM open")
        if fault != "ok":
            return Lost("ConnectError")
        if self.hub.since(cursor) is None:
            status, media, body = self.hub.changes(cursor)
            return Replied(status, media, json.dumps(body).encode(), retry_after=3.0)
        self.stream, self.stream_at = [], cursor
        return terms.Opened()

    def _frames(self, within_s: float) -> Event:
        if self.stream is None:
            return terms.Ended()
        found = self.hub.since(self.stream_at)
        if found is None:
            self.stream = None
            return terms.Ended(0.1)
        frames: list[Frame] = []
        for entry in found:
            self.stream_at = entry["cursor"]
            frame = Frame("message", json.dumps(entry))
            fault = self.choose("hub STREAM frame")
            if fault == "drop":
                continue
            if fault == "end":
                self.stream = None
                return terms.Streamed(tuple(frames)) if frames else terms.Ended()
            if fault == "garbage":
                frame = Frame("message", '{"cursor": ')
            frames += [frame, frame] if fault == "double" else [frame]
            if fault == "swap" and len(frames) > 1:
                frames[-1], frames[-2] = frames[-2], frames[-1]
        self.advance(min(5.0, within_s))
        if self.choose("hub STREAM bookmark") == "ok":
            frames.append(Frame("bookmark", json.dumps(self.hub.bookmark())))
        return terms.Streamed(tuple(frames)) if frames else terms.Silent()

    # -- what a person does ----------------------------------------------------------------------------------------

    def press(self, kind: str, call_id: str, data: Json | None = None, **more: Any) -> str:
        with self.journal.write() as unit:
            return unit.command(
                kind,
                desk_id="07",
                user="u1",
                target={"type": "call", "id": call_id},
                data=data or {},
                call_id=call_id,
                **more,
            )

    def hand_off(self, call_id: str, kind: str = "new", sequence: int = 1, handoff_id: str = "h-1", **more: Any) -> str:
        message_id = self.ids.new()
        body: Json = {
            "handoff_id": handoff_id,
            "message_id": message_id,
            "call_id": call_id,
            "to": RAV,
            "kind": kind,
            "sequence": sequence,
            "exercise": self.profile.exercise,
            "urgency": "U1",
            "reasons": ["x"],
            "callback_number": "0100",
            "from": {"desk_id": "07"},
            "expires_at": "2026-11-21T22:00:00.000Z",
            "voice": {"used": False},
        } | more
        with self.journal.write() as unit:
            unit.handoff_message(body, ("hub", "direct"))
        return message_id


@contextmanager
def simulation(folder: Path, **more: Any) -> Iterator[Sim]:
    sim = Sim(folder, **more)
    try:
        yield sim
    finally:
        sim.close()


def region_state(hub: ModelHub) -> dict[tuple[str, str], tuple[str, Json]]:
    """The hub's items as the cache should hold them."""
    return {key: (item["rev"], item["data"]) for key, item in hub.items.items()}


def cache_state(cache: Cache) -> dict[tuple[str, str], tuple[str, Any]]:
    """The cache's items that are there."""
    _, items = cache.changed_since(0)
    return {(item.type, item.id): (item.rev, item.data) for item in items if item.data is not None}


__all__ = ["RAV", "Sim", "cache_state", "make_profile", "parse_time", "region_state", "replace", "simulation"]

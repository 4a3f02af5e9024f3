"""Brings the drawn night to a real hub: the opening, calls, capacity, and the colleagues' desks. Thin I/O over the seeded
models; it survives a hub that restarts, and knows nothing of processes."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import Awaitable, Coroutine, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote

import httpx

from zcc_console.core.clock import Clock, local_hm
from zcc_console.core.ids import Ids
from zcc_console.core.jsontypes import Json, as_list, as_object, as_text
from zcc_console.demo.colleagues import Colleague
from zcc_console.demo.decisions import Knowledge, Matter
from zcc_console.demo.figures import Figures
from zcc_console.demo.line import Line, read
from zcc_console.demo.load import Arrivals, IncomingCall
from zcc_console.demo.opening import OpeningState, opening_state
from zcc_console.demo.outbox import Outbox
from zcc_console.demo.region import Region
from zcc_console.demo.rhythm import CapacityRhythm, Report
from zcc_console.demo.view import RegionView
from zcc_console.demo.wire import NightClock, call_body, report_body
from zcc_console.demo.work import Effect, Handoff, Took

HEARTBEAT_S = 10.0
LONG_POLL_S = 10
AT_ONCE = 8
"""Requests of the opening that are under way together."""

LATEST_LOOK_S = 1.0
"""The longest sleep, so that a machine that slept is noticed."""


@dataclass(frozen=True, slots=True)
class Access:
    """Where the hub is and with which tokens the demo speaks to it."""

    hub_url: str
    intake: str = field(repr=False)
    provider: str = field(repr=False)
    desks: Mapping[str, str] = field(repr=False)
    """Token by desk id."""
    supervisor: str
    """The id of the desk that posts the opening's notices."""


class Generator:
    """A night on a hub, until it is cancelled."""

    def __init__(
        self,
        access: Access,
        region: Region,
        figures: Figures,
        seed: int,
        night: NightClock,
        clock: Clock,
        ids: Ids,
        *,
        fresh: bool,
        exercise: bool = True,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._access, self._region, self._figures, self._seed = access, region, figures, seed
        self._night, self._clock, self._ids = night, clock, ids
        self._transport = transport
        self.view = RegionView()
        self.problems: Counter[str] = Counter()
        """Answers that should not be: what was refused for good, by request and type."""
        self.opened = asyncio.Event()
        """Set when the region stands as the night begins."""
        self._opening = opening_state(seed, region, figures, night.sim_start) if fresh else None
        self._rhythm = CapacityRhythm(seed, region, night.sim_start)
        knowledge = Knowledge(figures, _matters(self._opening))
        self.colleagues = {
            seat.id: Colleague(seat, region, figures, knowledge, night, ids, seed, exercise=exercise)
            for seat in region.seats
            if not seat.open
        }
        self._retries = random.Random(f"line/{seed}")
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Work until cancelled."""
        try:
            await self._run()
        finally:
            for task in self._tasks:
                task.cancel()

    async def _run(self) -> None:
        limits = httpx.Limits(max_connections=40, max_keepalive_connections=40)
        async with (
            self._client(limits) as client,
            self._client(httpx.Limits(max_connections=20)) as heart,
            asyncio.TaskGroup() as group,
        ):
            lines = {desk: self._line(client, token) for desk, token in self._access.desks.items()}
            providers, intake = self._line(client, self._access.provider), self._line(client, self._access.intake)
            follower = next(iter(self.colleagues))
            group.create_task(self._follow(lines[follower]))
            for number, desk in enumerate(self.colleagues):
                beat = self._line(heart, self._access.desks[desk])
                group.create_task(self._heartbeats(self.colleagues[desk], beat, number))
            if self._opening is not None:
                await self._open(self._opening, providers, intake, lines)
            for desk, colleague in self.colleagues.items():
                group.create_task(self._work(colleague, lines[desk]))
            group.create_task(self._feed_calls(intake))
            group.create_task(self._feed_capacity(providers))
            while any(colleague.outbox.undelivered for colleague in self.colleagues.values()):
                await asyncio.sleep(0.05)
            self.opened.set()

    def _client(self, limits: httpx.Limits) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            base_url=self._access.hub_url, limits=limits, trust_env=False, transport=self._transport
        )

    def _line(self, client: httpx.AsyncClient, token: str) -> Line:
        return Line(client, token, self._retries, self.problems)

    def _now(self) -> datetime:
        """The simulation's time."""
        return self._night.sim(self._clock.now())

    async def _until(self, moment: datetime) -> None:
        """Sleep until a moment of the simulation."""
        while (left := (self._night.wall(moment) - self._clock.now()).total_seconds()) > 0:
            await asyncio.sleep(min(left, LATEST_LOOK_S))

    # -- the opening ------------------------------------------------------------------------------------------------

    async def _open(self, state: OpeningState, providers: Line, intake: Line, lines: Mapping[str, Line]) -> None:
        """The region as the night begins: capacity, queue, notices, and colleagues in the middle of their calls."""
        await _together(self._report(report, providers) for report in state.reports)
        known = [await self._call(opening.call, intake) for opening in state.calls]
        notices = Outbox(self._access.supervisor, self._name(self._access.supervisor), self._ids, self._retries)
        for notice in state.notices:
            target = ("notice", self._ids.new())
            until = local_hm(self._night.wall(notice.until)) if notice.until else ""
            kind: dict[str, Json] = {"text": notice.text.replace("{tot}", until), "kind": "info"}
            notices.press("notice.post", target, kind, at=self._night.wall(notice.at))
        await self._drain(notices, lines[self._access.supervisor])
        for opening, call in zip(state.calls, known, strict=True):
            if opening.desk is None or opening.claimed_at is None:
                continue
            colleague, call_id = self.colleagues[opening.desk], as_text(call.get("id"))
            if opening.by_voice_s is not None:
                told = colleague.told_by_telephone(call_id, call, opening.claimed_at, opening.by_voice_s)
                await self._drain(colleague.outbox, lines[opening.desk])
                await self._hand_over(told.body, lines[opening.desk])
                told.afterwards()
                continue
            if opening.callback_at is not None:
                colleague.promised(call_id, opening.claimed_at, opening.callback_at, "herbeoordelen")
                continue
            talking = (state.at - opening.claimed_at).total_seconds()
            usual = max(
                45.0, self._retries.lognormvariate(self._figures.triage.mu, self._figures.triage.sigma) - talking
            )
            left = opening.left_s if opening.left_s is not None else usual
            colleague.found_talking(call_id, opening.claimed_at, left, final=opening.final, silent_s=opening.silent_s)
        for desk, left in state.pauses:
            self.colleagues[desk].found_pausing(left)

    def _name(self, desk: str) -> str:
        return next(seat.user for seat in self._region.seats if seat.id == desk)

    async def _drain(self, outbox: Outbox, line: Line) -> None:
        while outbox.undelivered:
            request = outbox.due(self._clock.now())
            if request is None:
                await asyncio.sleep(0.1)
                continue
            status, raw = await line.attempt("POST", "/v1/commands", request.body, dict(request.headers))
            outbox.answered(request.command_id, status, raw, self._clock.now())

    # -- what comes in ---------------------------------------------------------------------------------------------

    async def _feed_calls(self, line: Line) -> None:
        for call in Arrivals(self._seed, self._figures, self._region).since(self._now()):
            await self._until(call.at)
            self._spawn(self._call_and_forget(call, line))

    async def _call_and_forget(self, call: IncomingCall, line: Line) -> None:
        await self._call(call, line)

    async def _call(self, call: IncomingCall, line: Line) -> dict[str, Json]:
        """Bring a call in; gives it as it stands in the log."""
        body = call_body(call, self._night)
        _, answer = await line.deliver("POST", "/v1/calls", as_text(body["call_id"]), body)
        return as_object(answer.get("data")) or body | {"id": body["call_id"]}

    async def _feed_capacity(self, line: Line) -> None:
        for report in self._rhythm.reports():
            await self._until(report.at)
            self._spawn(self._report(report, line))

    async def _report(self, report: Report, line: Line) -> None:
        body = report_body(report, self._region, self._night)
        await line.deliver("PUT", f"/v1/capacity/{quote(report.unit.id)}", self._ids.new(), body)

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        """Start something that takes as long as the hub is away, and hold on to it."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # -- the desks ---------------------------------------------------------------------------------------------------

    async def _work(self, colleague: Colleague, line: Line) -> None:
        pause = min(0.5, max(0.05, 1 / self._night.speed))
        while True:
            self._perform(colleague.step(self._now(), self.view), line)
            request = colleague.outbox.due(self._clock.now())
            if request is None:
                await asyncio.sleep(pause)
                continue
            status, raw = await line.attempt("POST", "/v1/commands", request.body, dict(request.headers))
            answer = colleague.outbox.answered(request.command_id, status, raw, self._clock.now())
            if answer is not None:
                self._perform(colleague.answered(answer, self._now(), self.view), line)

    def _perform(self, effects: Iterable[Effect], line: Line) -> None:
        for effect in effects:
            if isinstance(effect, Handoff):
                self._spawn(self._hand_over(effect.body, line))
            elif isinstance(effect, Took):
                self._rhythm.took(effect.unit_id, effect.count)

    async def _hand_over(self, body: dict[str, Json], line: Line) -> None:
        await line.deliver("POST", "/v1/handoffs", as_text(body["message_id"]), body)

    async def _heartbeats(self, colleague: Colleague, line: Line, number: int) -> None:
        desk = colleague.seat.id
        while True:
            body = colleague.heartbeat(self.view)
            if body is not None:
                raw = json.dumps(body, ensure_ascii=False).encode()
                kind = {"Content-Type": "application/json"}
                status, answer = await line.attempt(
                    "PUT", f"/v1/desks/{quote(desk)}", raw, kind, seconds=HEARTBEAT_S / 2
                )
                if status is not None:
                    colleague.heard(status, read(answer), self._now())
            await asyncio.sleep(HEARTBEAT_S if self.opened.is_set() else 1 + number / 10)

    # -- the log ---------------------------------------------------------------------------------------------------------

    async def _follow(self, line: Line) -> None:
        """Keep the view equal to the hub's log."""
        cursor = ""
        while True:
            if not cursor:
                cursor = await self._snapshot(line)
                continue
            path = f"/v1/changes?since={quote(cursor)}&wait={LONG_POLL_S}"
            status, body = await line.get(path, seconds=LONG_POLL_S + 5)
            if status == 200:
                for transaction in as_list(body.get("transactions")):
                    self.view.apply([as_object(item) for item in as_list(as_object(transaction).get("items"))])
                cursor = as_text(body.get("to"), cursor)
            elif status == 410:
                cursor = ""
            else:
                await asyncio.sleep(self._retries.uniform(0.1, 1))

    async def _snapshot(self, line: Line) -> str:
        """The whole state, or nothing where it did not come whole."""
        items: list[dict[str, Json]] = []
        page = ""
        while True:
            status, body = await line.get(f"/v1/snapshot?page={quote(page)}" if page else "/v1/snapshot")
            if status != 200:
                await asyncio.sleep(self._retries.uniform(0.1, 1))
                return ""
            items += [as_object(item) for item in as_list(body.get("items"))]
            page = as_text(body.get("next"))
            if body.get("complete") is True or not page:
                self.view.replace(items)
                return as_text(body.get("cursor"))


def _matters(state: OpeningState | None) -> dict[str, Matter]:
    calls = [opening.call for opening in state.calls] if state else []
    return {call.reason: Matter(call.complaint, call.seeks) for call in calls}


async def _together(work: Iterable[Awaitable[None]]) -> None:
    """Do all of it, a few at a time."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(piece: Awaitable[None]) -> None:
        async with gate:
            await piece

    await asyncio.gather(*(one(piece) for piece in work))

"""The generator on the real rules of a hub, without HTTP in between: the opening stands, the night goes on, and a hub that
goes away or comes back from a backup ends nothing."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from zcc_console.core.clock import SystemClock
from zcc_console.core.config import load_hub_config
from zcc_console.core.freshness import CATEGORIES
from zcc_console.core.ids import ClockIds
from zcc_console.core.jsontypes import as_object, as_text
from zcc_console.demo.figures import Figures
from zcc_console.demo.generator import Access, Generator
from zcc_console.demo.opening import night_begins
from zcc_console.demo.region import Region
from zcc_console.demo.site import Ports, seats_for, write_site
from zcc_console.demo.wire import NightClock
from zcc_console.hub.reply import Refused, Reply
from zcc_console.hub.service import Region as Hub

DEADLINE_S = 40.0


class Desk:
    """A hub behind a transport: answers, or is away."""

    def __init__(self, hub: Hub) -> None:
        self.hub, self.away = hub, False
        self.refusals: Counter[str] = Counter()

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        if self.away:
            raise httpx.ConnectError("away")
        token = request.headers["Authorization"].removeprefix("Bearer ")
        try:
            reply = await self._answer(request, token)
        except Refused as refused:
            reply = refused.reply()
        if reply.status >= 400:
            slug = as_text(as_object(json.loads(reply.body)).get("type"))
            self.refusals[f"{request.url.path.split('/')[2]}: {slug}"] += 1
        return httpx.Response(reply.status, content=reply.body)

    async def _answer(self, request: httpx.Request, token: str) -> Reply:
        who = self.hub.principal(token)
        assert who is not None
        path, key = request.url.path, request.headers.get("Idempotency-Key")
        if path == "/v1/calls":
            return self.hub.new_call(who, request.content, idempotency_key=key)
        if path.startswith("/v1/capacity/"):
            return self.hub.put_capacity(who, path.rpartition("/")[2], request.content, idempotency_key=key)
        if path == "/v1/commands":
            match = request.headers.get("If-Match")
            return self.hub.command(who, request.content, idempotency_key=key, if_match=match)
        if path == "/v1/handoffs":
            return self.hub.handoff(who, request.content, idempotency_key=key)
        if path.startswith("/v1/desks/"):
            return self.hub.heartbeat(who, path.rpartition("/")[2], request.content)
        if path == "/v1/snapshot":
            return self.hub.snapshot(who, request.url.params.get("page"))
        found = self.hub.changes(who, request.url.params["since"])
        if found.empty:
            await asyncio.sleep(0.02)
        return found.reply


@pytest.fixture
def hub(tmp_path: Path, region: Region) -> Iterator[tuple[Hub, Access]]:
    ports = Ports(1, {rav.id: number for number, rav in enumerate(region.ravs, 2)})
    site = write_site(tmp_path, region, ports, seats_for(region, 3))
    opened = Hub.open(load_hub_config(site.hub_config))
    access = Access("http://hub", site.tokens["intake"], site.tokens["provider"], site.tokens, "01")
    yield opened, access
    opened.close()


def make(
    access: Access, region: Region, figures: Figures, transport: Desk, *, speed: float, fresh: bool = True
) -> Generator:
    clock = SystemClock()
    night = NightClock(night_begins(region), datetime.now(UTC), speed)
    return Generator(
        access,
        region,
        figures,
        5,
        night,
        clock,
        ClockIds(clock, random.Random(5).randbytes),
        fresh=fresh,
        transport=httpx.MockTransport(transport),
    )


@asynccontextmanager
async def running(generator: Generator) -> AsyncIterator[None]:
    task = asyncio.create_task(generator.run())
    try:
        async with asyncio.timeout(DEADLINE_S):
            opened = asyncio.create_task(generator.opened.wait())
            await asyncio.wait((opened, task), return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                task.result()
        yield
        if task.done():
            task.result()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while not condition():
            await asyncio.sleep(0.02)


def count(generator: Generator, state: str) -> int:
    return sum(call.get("state") == state for call in generator.view.of("call").values())


async def test_the_night_begins_as_the_picture_shows(hub: tuple[Hub, Access], region: Region, figures: Figures) -> None:
    desk = Desk(hub[0])
    generator = make(hub[1], region, figures, desk, speed=1)
    async with running(generator):
        await until(lambda: count(generator, "claimed") >= 8 and count(generator, "callback") == 1)
        view = generator.view
        assert count(generator, "waiting") >= 11
        assert {unit["category"] for unit in view.of("capacity").values()} == set(CATEGORIES)
        assert len(view.of("capacity")) == len(region.units)
        assert len(view.of("notice")) == 2
        await until(lambda: len(view.of("desk")) == 9)
        claims = [as_object(call["claim"]) for call in view.of("call").values() if call.get("claim")]
        since = {as_text(claim["desk_id"]): as_text(claim["since"]) for claim in claims}
        assert since["08"] < since["04"] < since["03"]
        top = view.call(view.next_calls(datetime.now(UTC))[0])
        assert as_object(top["pre_urgency"])["urgency"] == "U1"
        assert top["source"] == "professional"
    assert not generator.problems
    assert not desk.refusals


async def test_colleagues_work_a_fast_night_without_a_word_the_hub_does_not_take(
    hub: tuple[Hub, Access], region: Region, figures: Figures
) -> None:
    desk = Desk(hub[0])
    generator = make(hub[1], region, figures, desk, speed=400)
    async with running(generator):
        await until(lambda: count(generator, "closed") >= 20)
        kinds = {as_text(entry.get("state")) for entry in generator.view.of("reservation").values()}
        assert "confirmed" in kinds
        assert generator.view.of("handoff")
    assert not generator.problems
    settled = {slug.split(": ")[1] for slug in desk.refusals}
    assert settled <= {"claimed", "full", "wrong-state", "expired", "fenced"}


async def test_a_hub_that_was_away_gets_everything_once(
    hub: tuple[Hub, Access], region: Region, figures: Figures
) -> None:
    desk = Desk(hub[0])
    generator = make(hub[1], region, figures, desk, speed=200)
    async with running(generator):
        await until(lambda: count(generator, "closed") >= 2)
        desk.away = True
        before = len(generator.view.of("call"))
        await until(lambda: any(c.outbox.undelivered for c in generator.colleagues.values()))
        desk.away = False
        await until(lambda: len(generator.view.of("call")) > before and count(generator, "closed") >= 6)
        numbers = [as_text(call["number"]) for call in generator.view.of("call").values()]
        assert len(set(numbers)) == len(numbers)
    assert not generator.problems


async def test_a_second_run_goes_on_with_what_its_desks_hold(
    hub: tuple[Hub, Access], region: Region, figures: Figures
) -> None:
    desk = Desk(hub[0])
    first = make(hub[1], region, figures, desk, speed=1)
    async with running(first):
        await until(lambda: count(first, "claimed") >= 8)
    second = make(hub[1], region, figures, desk, speed=400, fresh=False)
    async with running(second):
        held = {as_text(call["id"]) for call in first.view.of("call").values() if call.get("state") == "claimed"}
        # No control room answers here, so what is U1 stays open.
        held -= {call_id for call_id in held if as_object(first.view.call(call_id)["pre_urgency"])["urgency"] == "U1"}
        assert len(held) >= 6
        await until(lambda: all(second.view.state(call_id) not in ("claimed", "") for call_id in held))
        assert len(second.view.of("notice")) == 2
    assert not second.problems

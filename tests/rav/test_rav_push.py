"""The gateway tells the hub, whatever the hub does meanwhile."""

from __future__ import annotations

import json
import random

import httpx

from tests.rav.region import CALL, RAV, Room
from zcc_console.core.ids import handoff_id
from zcc_console.rav.push import LEAST_S, MOST_S, Patience, push_once

HANDOFF = handoff_id(CALL, RAV)


class FakeHub:
    """Answers as it is told and remembers what it heard."""

    def __init__(self) -> None:
        self.status = 200
        self.heard: list[tuple[str, list[int]]] = []
        self.reachable = True

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if not self.reachable:
            raise httpx.ConnectError("weg")
        body = json.loads(request.content)
        self.heard.append((request.url.path, [event["n"] for event in body["events"]]))
        return httpx.Response(self.status, json={})


def client_of(hub: FakeHub) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url="http://hub.example/prefix", transport=httpx.MockTransport(hub))


def patience_of(room: Room) -> Patience:
    return Patience(random.Random(1), room.clock.boot)


async def test_events_go_to_the_hub_once(room: Room) -> None:
    hub = FakeHub()
    room.send()
    room.after(2)
    async with client_of(hub) as client:
        assert await push_once(room.gateway, client, patience_of(room)) == 2
        assert await push_once(room.gateway, client, patience_of(room)) == 0
    assert hub.heard == [(f"/prefix/v1/handoffs/{HANDOFF}/events", [1, 2])]


async def test_a_hub_that_is_away_or_refuses_hears_it_later(room: Room) -> None:
    hub, patience = FakeHub(), patience_of(room)
    room.send()
    async with client_of(hub) as client:
        hub.reachable = False
        assert await push_once(room.gateway, client, patience) == 0
        hub.reachable = True
        for status in (500, 404, 401, 302, 409):
            hub.status = status
            room.clock.advance(MOST_S)
            assert await push_once(room.gateway, client, patience) == 0
        hub.status = 200
        room.clock.advance(MOST_S)
        assert await push_once(room.gateway, client, patience) == 1


async def test_it_waits_between_attempts(room: Room) -> None:
    hub, patience = FakeHub(), patience_of(room)
    hub.status = 503
    room.send()
    async with client_of(hub) as client:
        await push_once(room.gateway, client, patience)
        room.clock.advance(LEAST_S * 0.9)
        await push_once(room.gateway, client, patience)
    assert len(hub.heard) == 1


async def test_one_that_the_hub_does_not_know_holds_up_no_other(room: Room) -> None:
    other = handoff_id("0193c2a0-0000-7000-8000-000000000348", RAV)
    room.send()
    room.send(number=2, handoff_id=other)

    def knows_one(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200 if other in request.url.path else 404)

    async with httpx.AsyncClient(base_url="http://hub", transport=httpx.MockTransport(knows_one)) as client:
        assert await push_once(room.gateway, client, patience_of(room)) == 1
    assert list(room.gateway.untold()) == [HANDOFF]


async def test_switched_so_the_hub_hears_each_event_more_than_once(room: Room) -> None:
    hub = FakeHub()
    room.gateway.switch({"duplicate_events": 1})
    room.send()
    async with client_of(hub) as client:
        await push_once(room.gateway, client, patience_of(room))
    assert hub.heard[0][1] == [1, 1]

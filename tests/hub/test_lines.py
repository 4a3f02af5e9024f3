"""The relay over real connections: to a gateway that answers, is silent, goes away and comes back."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.hub.house import RAV, Body, House
from tests.hub.served import served


@dataclass
class Gateway:
    """A control room of a few lines: what it got, and how it behaves."""

    got: list[Body] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    connections: set[object] = field(default_factory=set)
    silent: bool = False
    status: int = 202

    async def receive(self, request: Request) -> Response:
        self.tokens.append(request.headers.get("authorization", ""))
        self.connections.add(request.client)
        body = await request.json()
        assert request.headers["idempotency-key"] == body["message_id"]
        if self.silent:
            await asyncio.sleep(30)
        self.got.append(body)
        ids = {"handoff_id": body["handoff_id"], "message_id": body["message_id"]}
        return JSONResponse({**ids, "state": "RECEIVED", "exercise": True, "warnings": []}, self.status)

    async def events(self, request: Request) -> Response:
        has = [body["message_id"] for body in self.got]
        made = [{"n": 3, "state": "ACCEPTED", "has": has, "by": "Jan", "at": "2026-11-21T21:41:09.000Z"}]
        found = [event for event in made if has and int(request.query_params["after"]) < 3]
        if not found:
            await asyncio.sleep(0.2)
        return JSONResponse({"events": found})


@asynccontextmanager
async def gateway_at(port: int, gateway: Gateway) -> AsyncIterator[None]:
    app = Starlette(
        routes=[
            Route("/v1/handoffs", gateway.receive, methods=["POST"]),
            Route("/v1/handoffs/{handoff_id}/events", gateway.events),
        ]
    )
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind(("127.0.0.1", port))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=0))
    task = asyncio.create_task(server.serve(sockets=[bound]))
    async with asyncio.timeout(10):
        while not server.started:
            await asyncio.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        await task
        bound.close()


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def routed(tmp_path: Path, port: int) -> Iterator[House]:
    plain = House.build(tmp_path)
    plain.region.close()
    token = tmp_path / "rav.token"
    token.write_text("geheim-van-de-hub\n", encoding="ascii")
    token.chmod(0o600)
    rav = replace(plain.cfg.ravs[0], url=f"http://127.0.0.1:{port}", token_file=token)
    house = House.build(tmp_path, ravs=(rav, *plain.cfg.ravs[1:]))
    yield house
    house.region.close()


async def until(house: House, body: Body, state: str, seconds: float = 15) -> None:
    """Wait until the handoff stands there; the region's own clock goes on meanwhile, for its pauses."""
    async with asyncio.timeout(seconds):
        while house.data("handoff", str(body["handoff_id"]))["state"] != state:
            house.clock.advance(0.05)
            await asyncio.sleep(0.02)


async def failed_attempt(house: House, body: Body) -> None:
    """Wait until the relay has tried in vain and pauses."""
    lanes = house.region.relay._lanes._lanes
    async with asyncio.timeout(10):
        while (lane := lanes.get(str(body["handoff_id"]))) is None or lane.send_at == 0.0:
            await asyncio.sleep(0.01)


async def test_a_handoff_is_relayed_whole_and_its_events_come_back(routed: House, port: int) -> None:
    gateway = Gateway()
    async with gateway_at(port, gateway), served(routed) as hub, hub.client() as desk:
        call = await hub.call()
        body = routed.desk().handoff(call, patient={"bsn": "111222333"})
        key = {"Idempotency-Key": str(body["message_id"])}
        assert (await desk.post("/v1/handoffs", json=body, headers=key)).json()["state"] == "SENT"
        await until(routed, body, "ACCEPTED")
    assert gateway.got == [body]
    assert gateway.tokens == ["Bearer geheim-van-de-hub"]
    assert routed.data("call", call)["state"] == "handed-off"
    assert routed.data("handoff", str(body["handoff_id"]))["to"] == RAV


async def test_a_gateway_that_was_away_gets_it_when_it_comes(routed: House, port: int) -> None:
    gateway = Gateway()
    async with served(routed) as hub, hub.client() as desk:
        body = routed.desk().handoff(await hub.call())
        key = {"Idempotency-Key": str(body["message_id"])}
        assert (await desk.post("/v1/handoffs", json=body, headers=key)).status_code == 202
        await failed_attempt(routed, body)
        assert routed.data("handoff", str(body["handoff_id"]))["state"] == "SENT"
        async with gateway_at(port, gateway):
            await until(routed, body, "ACCEPTED")


async def test_a_silent_gateway_holds_up_nothing_and_the_next_attempt_is_a_new_connection(
    routed: House, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zcc_console.hub.lines.ATTEMPT_S", 0.3)
    gateway = Gateway(silent=True)
    async with gateway_at(port, gateway), served(routed) as hub, hub.client() as desk:
        body = routed.desk().handoff(await hub.call())
        key = {"Idempotency-Key": str(body["message_id"])}
        assert (await desk.post("/v1/handoffs", json=body, headers=key)).status_code == 202
        async with asyncio.timeout(10):
            while len(gateway.connections) < 2:
                routed.clock.advance(0.5)
                await asyncio.sleep(0.02)
        gateway.silent = False
        await until(routed, body, "ACCEPTED")


async def test_without_a_readable_token_nothing_is_sent_and_the_desk_is_answered(
    routed: House, port: int, tmp_path: Path
) -> None:
    (tmp_path / "rav.token").chmod(0o644)
    gateway = Gateway()
    async with gateway_at(port, gateway), served(routed) as hub, hub.client() as desk:
        body = routed.desk().handoff(await hub.call())
        key = {"Idempotency-Key": str(body["message_id"])}
        assert (await desk.post("/v1/handoffs", json=body, headers=key)).status_code == 202
        await failed_attempt(routed, body)
        assert gateway.tokens == []
        (tmp_path / "rav.token").chmod(0o600)
        await until(routed, body, "ACCEPTED")


async def test_a_referral_comes_in_over_http_and_a_bad_one_is_refused_with_reasons(routed: House) -> None:
    async with served(routed) as hub, hub.client("intake") as client:
        reply = await client.post("/v1/intake/fhir", content=json.dumps({"resourceType": "Bundle"}))
        assert (reply.status_code, reply.json()["type"]) == (400, "invalid")
        assert reply.json()["errors"]
        async with hub.client() as desk:
            assert (await desk.post("/v1/intake/fhir", content=b"{}")).status_code == 403

"""A region served over loopback, and a reader of its stream."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
import uvicorn

from tests.hub.house import Body, House
from zcc_console.hub.app import Hub, create_app


@dataclass
class Served:
    """The region, its hub and its address."""

    house: House
    hub: Hub
    url: str

    def client(self, token: str | None = "desk-07") -> httpx.AsyncClient:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        return httpx.AsyncClient(base_url=self.url, headers=headers, timeout=20, trust_env=False)

    async def call(self, **fields: object) -> str:
        """A call, brought in over the line."""
        async with self.client("intake") as client:
            reply = await client.post(
                "/v1/calls", json={"source": "hap", **fields}, headers={"Idempotency-Key": self.house.ids.new()}
            )
        assert reply.status_code == 201, reply.text
        return str(reply.json()["id"])


@asynccontextmanager
async def served(house: House) -> AsyncIterator[Served]:
    app = create_app(house.region)
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=1, lifespan="on")
    )
    task = asyncio.create_task(server.serve(sockets=[bound]))
    async with asyncio.timeout(10):
        while not server.started:
            await asyncio.sleep(0.01)
    try:
        yield Served(house, app.state.hub, f"http://127.0.0.1:{bound.getsockname()[1]}")
    finally:
        server.should_exit = True
        await task
        bound.close()


@dataclass
class Sse:
    """One server-sent event."""

    event: str = "message"
    id: str = ""
    data: str = ""
    retry: str = ""

    @property
    def body(self) -> Body:
        found: Body = json.loads(self.data)
        return found


@dataclass
class Reading:
    """A stream that is being read."""

    response: httpx.Response
    _lines: AsyncIterator[str] = field(init=False)

    def __post_init__(self) -> None:
        self._lines = self.response.aiter_lines()

    async def next(self, seconds: float = 10) -> Sse | None:
        """The next event, or None at the end."""
        found = Sse()
        async with asyncio.timeout(seconds):
            async for line in self._lines:
                if not line:
                    return found
                name, _, value = line.partition(": ")
                setattr(found, name, value)
        return None

    async def transactions(self, count: int) -> list[Body]:
        """The next transactions, bookmarks passed over."""
        found: list[Body] = []
        while len(found) < count:
            event = await self.next()
            assert event is not None, "the stream ended"
            if event.event == "message" and event.data:
                assert event.id == event.body["cursor"]
                found.append(event.body)
        return found


@asynccontextmanager
async def streaming(client: httpx.AsyncClient, since: str | None = None, **headers: str) -> AsyncIterator[Reading]:
    params = {} if since is None else {"since": since}
    async with client.stream("GET", "/v1/stream", params=params, headers=headers) as response:
        yield Reading(response)

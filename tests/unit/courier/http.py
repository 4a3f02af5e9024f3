"""The model region over HTTP on loopback, in a thread of the test, with faults that can be switched on."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.unit.courier.region import Json, ModelHub, ModelRav

PAGE = b"<html><body>Bad gateway (proxy)</body></html>"


@dataclass
class Faults:
    """What goes wrong, by the beginning of a path."""

    page: dict[str, int] = field(default_factory=dict)
    """Path to status: a proxy's page, whatever its status."""
    hang: set[str] = field(default_factory=set)
    """Accepted and never answered: a half-open line."""
    lose_answer: set[str] = field(default_factory=set)
    """Carried out, and the answer lost (502)."""
    seen: list[str] = field(default_factory=list)


@dataclass
class Served:
    """The region as a desk reaches it."""

    hub: ModelHub
    rav: ModelRav
    faults: Faults
    rav_faults: Faults
    hub_url: str = ""
    rav_url: str = ""
    bookmark_s: float = 0.5
    lock: threading.RLock = field(default_factory=threading.RLock)


def _response(answer: tuple[int, str, Json]) -> Response:
    status, media, body = answer
    return Response(json.dumps(body), status_code=status, media_type=media)


def hub_app(served: Served) -> ASGIApp:
    hub = served.hub

    async def body_of(request: Request) -> Json:
        value: Json = json.loads(await request.body())
        return value

    async def snapshot(request: Request) -> Response:
        with served.lock:
            return _response(hub.snapshot(request.query_params.get("page")))

    async def changes(request: Request) -> Response:
        wait = float(request.query_params.get("wait", "0"))
        deadline = time.monotonic() + wait
        while True:
            with served.lock:
                answer = hub.changes(request.query_params["since"], int(request.query_params.get("limit", "1000")))
            if answer[0] != 200 or answer[2]["transactions"] or time.monotonic() >= deadline:
                return _response(answer)
            await asyncio.sleep(0.02)

    async def stream(request: Request) -> Response:
        cursor = request.headers.get("last-event-id") or request.query_params["since"]
        with served.lock:
            found = hub.since(cursor)
        if found is None:
            return _response(hub.changes(cursor))

        async def frames() -> Any:
            here, marked = cursor, 0.0
            while True:
                with served.lock:
                    fresh = hub.since(here)
                    mark = hub.bookmark()
                if fresh is None:
                    yield "retry: 100\n\n"
                    return
                for entry in fresh:
                    here = entry["cursor"]
                    yield f"id: {here}\ndata: {json.dumps(entry)}\n\n"
                if time.monotonic() - marked > served.bookmark_s:
                    marked = time.monotonic()
                    yield f"event: bookmark\nid: {mark['cursor']}\ndata: {json.dumps(mark)}\n\n"
                await asyncio.sleep(0.01)

        return StreamingResponse(frames(), media_type="text/event-stream")

    async def commands(request: Request) -> Response:
        body = await body_of(request)
        with served.lock:
            return _response(hub.command(body, request.headers["idempotency-key"]))

    async def handoffs(request: Request) -> Response:
        body = await body_of(request)
        with served.lock:
            return _response(hub.handoff(body))

    async def events(request: Request) -> Response:
        body = await body_of(request)
        with served.lock:
            return _response(hub.take_events(request.path_params["id"], body))

    async def desks(request: Request) -> Response:
        body = await body_of(request)
        with served.lock:
            return _response(hub.heartbeat(body))

    async def audit(request: Request) -> Response:
        body = await body_of(request)
        with served.lock:
            return _response(hub.take_audit(body))

    routes = [
        Route("/v1/snapshot", snapshot),
        Route("/v1/changes", changes),
        Route("/v1/stream", stream),
        Route("/v1/commands", commands, methods=["POST"]),
        Route("/v1/handoffs", handoffs, methods=["POST"]),
        Route("/v1/handoffs/{id}/events", events, methods=["POST"]),
        Route("/v1/desks/{id}", desks, methods=["PUT"]),
        Route("/v1/audit", audit, methods=["POST"]),
    ]
    return faulty(Starlette(routes=routes), served.faults)


def rav_app(served: Served) -> ASGIApp:
    rav = served.rav

    async def take(request: Request) -> Response:
        body = json.loads(await request.body())
        with served.lock:
            return _response(rav.take(body))

    async def status(request: Request) -> Response:
        with served.lock:
            return _response(rav.status(request.path_params["id"]))

    async def events(request: Request) -> Response:
        deadline = time.monotonic() + float(request.query_params.get("wait", "0"))
        while True:
            with served.lock:
                answer = rav.after(request.path_params["id"], int(request.query_params.get("after", "0")))
            if answer[0] != 200 or answer[2]["events"] or time.monotonic() >= deadline:
                return _response(answer)
            await asyncio.sleep(0.01)

    routes = [
        Route("/v1/handoffs", take, methods=["POST"]),
        Route("/v1/handoffs/{id}", status),
        Route("/v1/handoffs/{id}/events", events),
    ]
    return faulty(Starlette(routes=routes), served.rav_faults)


def faulty(app: ASGIApp, faults: Faults) -> ASGIApp:
    """Whatever goes wrong between a desk and a side."""

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        path = str(scope["path"])
        faults.seen.append(path)
        for start in faults.hang:
            if path.startswith(start):
                await asyncio.sleep(30)
                return
        for start, status in faults.page.items():
            if path.startswith(start):
                await Response(PAGE, status_code=status, media_type="text/html")(scope, receive, send)
                return
        if any(path.startswith(start) for start in faults.lose_answer):

            async def nowhere(message: Any) -> None:
                return None

            await app(scope, receive, nowhere)
            await Response(PAGE, status_code=502, media_type="text/html")(scope, receive, send)
            return
        await app(scope, receive, send)

    return wrapped


class _Server(uvicorn.Server):
    def install_signal_handlers(self) -> None:
        return None


@contextmanager
def listening(app: ASGIApp, port: int = 0) -> Iterator[str]:
    """Serve an app on loopback in a thread until the block ends."""
    # asyncio turns Nagle's delay off only on a socket that says it is TCP.
    sock = socket.socket(proto=socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("127.0.0.1", port))
    config = uvicorn.Config(app, log_config=None, lifespan="off", timeout_graceful_shutdown=0, ws="none")
    server = _Server(config)
    thread = threading.Thread(target=lambda: server.run(sockets=[sock]), daemon=True)
    thread.start()
    try:
        deadline = time.monotonic() + 10
        while not server.started:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        yield f"http://127.0.0.1:{sock.getsockname()[1]}"
    finally:
        server.should_exit = True
        server.force_exit = True
        thread.join(10)
        with suppress(OSError):
            sock.close()


@contextmanager
def region(hub: ModelHub | None = None, rav: ModelRav | None = None) -> Iterator[Served]:
    """A hub and a RAV gateway on loopback."""
    served = Served(hub or ModelHub(), rav or ModelRav(), Faults(), Faults())
    with listening(hub_app(served)) as served.hub_url, listening(rav_app(served)) as served.rav_url:
        yield served

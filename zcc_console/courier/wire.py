"""The courier's sockets: each request answered by `Replied` or `Lost`, never by an exception, and the stream of changes.

One client a connection that must not wait for another (contract.md §4); no proxies from the environment, no redirects.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
from httpx_sse import EventSource, SSEError

from zcc_console.core.config import Profile, read_token
from zcc_console.core.errors import ConfigError
from zcc_console.courier.machine import Lost, Replied, Request
from zcc_console.courier.pull_terms import Ended, Opened, Silent, Streamed
from zcc_console.courier.readings import Frame

FRAMES_HELD = 500
ERROR_BODY = 1 << 16
FRESH_S = 5.0
"""A kept connection older than this is not used for a handoff: it may be half open."""
KEPT_S = 60.0


@dataclass(frozen=True, slots=True)
class Route:
    """Where requests go, and with whose token."""

    url: str
    token_file: Path
    keep_s: float = KEPT_S


def routes_of(profile: Profile) -> dict[str, Route]:
    """The connections a profile gives."""
    hub = profile.hub_url, profile.hub_token_file
    routes = {"hub": Route(*hub), "beat": Route(*hub), "handoff-hub": Route(*hub, FRESH_S)}
    for rav in profile.ravs:
        if rav.url is not None and rav.token_file is not None:
            routes[f"direct:{rav.id}"] = Route(rav.url, rav.token_file, FRESH_S)
    return routes


class Wire:
    """The open connections of one courier."""

    def __init__(
        self, routes: Mapping[str, Route], transports: Mapping[str, httpx.AsyncBaseTransport] | None = None
    ) -> None:
        self._routes = dict(routes)
        self._transports = dict(transports or {})
        self._clients: dict[str, httpx.AsyncClient] = {}
        self._tls: ssl.SSLContext | None = None
        self._stream: _Stream | None = None

    async def close(self) -> None:
        """Let go of everything."""
        await self.close_stream()
        for client in self._clients.values():
            await client.aclose()
        self._clients.clear()

    def _client(self, to: str) -> httpx.AsyncClient:
        client = self._clients.get(to)
        if client is None:
            route = self._routes[to]
            client = self._clients[to] = httpx.AsyncClient(
                trust_env=False,
                follow_redirects=False,
                timeout=None,  # noqa: S113 - every use is under a deadline of its own
                verify=self._context() if route.url.startswith("https:") else False,
                limits=httpx.Limits(max_connections=None, max_keepalive_connections=4, keepalive_expiry=route.keep_s),
                transport=self._transports.get(to),
                headers={"Accept": "application/json", "User-Agent": "zcc-console"},
            )
        return client

    def _context(self) -> ssl.SSLContext:
        if self._tls is None:  # the machine's own trust store, one for all clients: each costs megabytes
            self._tls = ssl.create_default_context()
        return self._tls

    def _token(self, to: str) -> str | None:
        try:
            return read_token(self._routes[to].token_file)
        except ConfigError:
            return None

    async def request(self, asked: Request) -> Replied | Lost:
        """One request, whole, within its time."""
        token = self._token(asked.to)
        if token is None:
            return Lost("credential")
        headers = dict(asked.headers) | {"Authorization": f"Bearer {token}"}
        if asked.body is not None:
            headers["Content-Type"] = "application/json"
        loop = asyncio.get_running_loop()
        started = loop.time()
        try:
            async with asyncio.timeout(asked.timeout_s):
                url = self._routes[asked.to].url + asked.path
                async with self._client(asked.to).stream(
                    asked.method, url, headers=headers, content=asked.body
                ) as response:
                    content = await _content(response, asked.limit)
                    if content is None:
                        return Lost("too-large")
                    return _replied(response, content, loop.time() - started)
        except TimeoutError:
            return Lost("timeout")
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            return Lost(type(error).__name__)

    # -- the stream ------------------------------------------------------------------------------------------------

    async def open_stream(self, cursor: str, within_s: float = 10.0) -> Opened | Replied | Lost:
        """Open `/v1/stream` after a cursor."""
        await self.close_stream()
        token = self._token("hub")
        if token is None:
            return Lost("credential")
        headers = {
            "Authorization": f"Bearer {token}",
            "Accept": "text/event-stream",
            "Cache-Control": "no-store",
            "Last-Event-ID": cursor,
        }
        stream = _Stream()
        try:
            async with asyncio.timeout(within_s):
                client = self._client("hub")
                request = client.build_request("GET", self._routes["hub"].url + "/v1/stream", headers=headers)
                response = await client.send(request, stream=True)
                media = response.headers.get("content-type", "").partition(";")[0].strip()
                if response.status_code != 200 or media != "text/event-stream":
                    content = await _content(response, ERROR_BODY)
                    await response.aclose()
                    return _replied(response, content or b"", 0.0)
        except TimeoutError:
            return Lost("timeout")
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            return Lost(type(error).__name__)
        stream.start(response)
        self._stream = stream
        return Opened()

    async def next_frames(self, within_s: float) -> Streamed | Silent | Ended:
        """What the stream brings; at once all that is there."""
        if self._stream is None:
            return Ended()
        return await self._stream.take(within_s)

    async def close_stream(self) -> None:
        """Let go of the stream."""
        stream, self._stream = self._stream, None
        if stream is not None:
            await stream.close()


class _Stream:
    """One open stream: a task reads it into a bounded queue, so that a slow disk holds the hub back, not memory."""

    def __init__(self) -> None:
        self._frames: asyncio.Queue[Frame | None] = asyncio.Queue(FRAMES_HELD)
        self._task: asyncio.Task[None] | None = None
        self._retry_s: float | None = None

    def start(self, response: httpx.Response) -> None:
        self._task = asyncio.create_task(self._read(response))

    async def _read(self, response: httpx.Response) -> None:
        try:
            async for event in EventSource(response).aiter_sse():
                if event.retry is not None:
                    self._retry_s = event.retry / 1000
                if event.data:
                    await self._frames.put(Frame(event.event, event.data))
        except (httpx.HTTPError, SSEError, OSError, ValueError):
            pass  # a stream that breaks has ended
        finally:
            with contextlib.suppress(Exception):
                await response.aclose()
        await self._frames.put(None)

    async def take(self, within_s: float) -> Streamed | Silent | Ended:
        try:
            async with asyncio.timeout(within_s):
                first = await self._frames.get()
        except TimeoutError:
            return Silent()
        frames: list[Frame] = []
        while first is not None:
            frames.append(first)
            if self._frames.empty():
                return Streamed(tuple(frames))
            first = self._frames.get_nowait()
        if frames:
            self._frames.put_nowait(None)  # the end is told when asked again
            return Streamed(tuple(frames))
        return Ended(self._retry_s)

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await self._task


async def _content(response: httpx.Response, limit: int) -> bytes | None:
    parts, size = [], 0
    async for chunk in response.aiter_bytes():
        size += len(chunk)
        if size > limit:
            return None
        parts.append(chunk)
    return b"".join(parts)


def _replied(response: httpx.Response, content: bytes, took_s: float) -> Replied:
    told = response.headers.get("retry-after", "")
    retry_after = float(told) if told.isascii() and told.isdecimal() else None
    return Replied(
        response.status_code,
        response.headers.get("content-type", ""),
        content,
        retry_after,
        took_s,
    )

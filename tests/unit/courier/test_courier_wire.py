"""The sockets: every way a line can fail is an answer of one kind, and never an exception."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import httpx
import pytest

from zcc_console.courier.machine import Lost, Replied, Request
from zcc_console.courier.pull_terms import Ended, Opened, Silent, Streamed
from zcc_console.courier.readings import Frame
from zcc_console.courier.wire import Route, Wire


@pytest.fixture
def token(tmp_path: Path) -> Path:
    path = tmp_path / "hub.token"
    path.write_text("geheim\n")
    path.chmod(0o600)
    return path


def mocked(token: Path, handler: Callable[[httpx.Request], httpx.Response]) -> Wire:
    return Wire({"hub": Route("http://hub", token)}, {"hub": httpx.MockTransport(handler)})


GET = Request("hub", "GET", "/v1/changes?since=a.1", timeout_s=1.0)


async def test_an_answer_comes_back_whole_with_the_desks_token(token: Path) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(410, headers={"Retry-After": "7"}, json={"type": "cursor-expired"})

    wire = mocked(token, answer)
    asked = Request("hub", "POST", "/v1/commands", 1.0, (("Idempotency-Key", "c1"),), b"{}")
    reply = await wire.request(asked)
    await wire.close()
    assert isinstance(reply, Replied)
    assert (reply.status, reply.retry_after) == (410, 7.0)
    assert seen[0].headers["authorization"] == "Bearer geheim"
    assert seen[0].headers["idempotency-key"] == "c1"
    assert seen[0].content == b"{}"


@pytest.mark.parametrize("told", ["Wed, 21 Oct 2026 07:28:00 GMT", "nan", "-5", "inf", "1e99", ""])
async def test_a_retry_after_that_is_no_number_of_seconds_is_none(token: Path, told: str) -> None:
    wire = mocked(token, lambda request: httpx.Response(410, headers={"Retry-After": told}))
    reply = await wire.request(GET)
    await wire.close()
    assert isinstance(reply, Replied)
    assert reply.retry_after is None


async def test_a_redirect_is_not_followed(token: Path) -> None:
    wire = mocked(token, lambda request: httpx.Response(302, headers={"Location": "http://elders/"}))
    reply = await wire.request(GET)
    await wire.close()
    assert isinstance(reply, Replied)
    assert reply.status == 302


@pytest.mark.parametrize("mode", [0o644, 0o640])
async def test_without_a_usable_credential_nothing_is_sent(token: Path, mode: int) -> None:
    wire = mocked(token, lambda request: pytest.fail("sent"))
    token.chmod(mode)
    assert await wire.request(GET) == Lost("credential")
    token.unlink()
    assert await wire.request(GET) == Lost("credential")
    assert await wire.open_stream("a.1") == Lost("credential")
    await wire.close()


async def test_a_new_token_is_used_at_once(token: Path) -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["authorization"])
        return httpx.Response(401)

    wire = mocked(token, answer)
    await wire.request(GET)
    token.write_text("nieuw")
    await wire.request(GET)
    await wire.close()
    assert seen == ["Bearer geheim", "Bearer nieuw"]


async def test_a_body_without_end_is_no_answer(token: Path) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 65_536

    wire = mocked(token, lambda request: httpx.Response(200, content=endless()))
    assert await wire.request(GET) == Lost("too-large")
    await wire.close()


@pytest.mark.parametrize(
    "error", [httpx.ConnectError("x"), httpx.ReadError("x"), httpx.RemoteProtocolError("x"), OSError("x")]
)
async def test_a_line_that_breaks_is_no_answer(token: Path, error: Exception) -> None:
    def breaks(request: httpx.Request) -> httpx.Response:
        raise error

    wire = mocked(token, breaks)
    assert await wire.request(GET) == Lost(type(error).__name__)
    assert await wire.open_stream("a.1") == Lost(type(error).__name__)
    await wire.close()


async def test_a_compressed_body_that_is_broken_is_no_answer(token: Path) -> None:
    wire = mocked(
        token, lambda request: httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=_Raw(b"\x1fx"))
    )
    assert await wire.request(GET) == Lost("DecodingError")
    await wire.close()


class _Raw(httpx.AsyncByteStream):
    def __init__(self, content: bytes) -> None:
        self._content = content

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._content


@pytest.fixture
def silent() -> Iterator[str]:
    """A port that takes a connection and never says anything: a half-open line."""
    server = socket.create_server(("127.0.0.1", 0))
    kept: list[socket.socket] = []
    stop = threading.Event()

    def take() -> None:
        while not stop.is_set():
            try:
                kept.append(server.accept()[0])
            except OSError:
                return

    thread = threading.Thread(target=take, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.getsockname()[1]}"
    stop.set()
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    for each in kept:
        each.close()
    thread.join(5)


async def test_a_half_open_line_costs_its_time_and_no_more_and_the_next_attempt_is_a_new_connection(
    silent: str, token: Path
) -> None:
    wire = Wire({"hub": Route(silent, token)})
    loop = asyncio.get_running_loop()
    for _ in range(2):
        started = loop.time()
        assert await wire.request(Request("hub", "GET", "/", timeout_s=0.2)) == Lost("timeout")
        assert loop.time() - started < 1.0
    assert await wire.open_stream("a.1", within_s=0.2) == Lost("timeout")
    await wire.close()


def stream_of(*parts: bytes, then: float | None = None) -> Callable[[httpx.Request], httpx.Response]:
    async def body() -> AsyncIterator[bytes]:
        for part in parts:
            yield part
        if then is not None:
            await asyncio.sleep(then)

    return lambda request: httpx.Response(200, headers={"Content-Type": "text/event-stream"}, content=body())


async def test_the_stream_brings_frames_and_then_its_end_with_the_time_to_stay_away(token: Path) -> None:
    wire = mocked(
        token,
        stream_of(b'id: a.2\ndata: {"x"', b": 1}\n\n: a comment\n\nevent: bookmark\ndata: {}\n\n", b"retry: 2500\n\n"),
    )
    assert isinstance(await wire.open_stream("a.1"), Opened)
    frames: list[Frame] = []
    while isinstance(came := await wire.next_frames(1.0), Streamed):
        frames += came.frames
    assert frames == [Frame("message", '{"x": 1}'), Frame("bookmark", "{}")]
    assert came == Ended(2.5)
    await wire.close()


async def test_a_stream_that_says_nothing_is_silent_and_can_be_let_go(token: Path) -> None:
    wire = mocked(token, stream_of(then=30.0))
    assert isinstance(await wire.open_stream("a.1"), Opened)
    assert isinstance(await wire.next_frames(0.05), Silent)
    await wire.close_stream()
    assert isinstance(await wire.next_frames(0.05), Ended)
    await wire.close()


async def test_a_page_in_the_place_of_a_stream_is_only_a_reply(token: Path) -> None:
    wire = mocked(token, lambda request: httpx.Response(200, html="<html>gastnetwerk</html>"))
    reply = await wire.open_stream("a.1")
    assert isinstance(reply, Replied)
    assert reply.content_type.startswith("text/html")
    await wire.close()


async def test_a_stream_that_is_not_read_does_not_fill_the_memory(token: Path) -> None:
    sent = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 1
            yield b"data: {}\n\n"

    wire = mocked(
        token, lambda request: httpx.Response(200, headers={"Content-Type": "text/event-stream"}, content=body())
    )
    await wire.open_stream("a.1")
    for _ in range(200):
        await asyncio.sleep(0)
    held = sent
    for _ in range(200):
        await asyncio.sleep(0)
    assert sent == held <= 510
    await wire.close()

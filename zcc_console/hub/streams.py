"""Fan-out of the log to server-sent event streams and long polls (contract.md §1). A transaction is turned into bytes
once, whatever the number of readers; a slow reader is closed, never sent a gap. It knows no rule of the region.

Everything here runs on the event loop; the region's thread only posts to it, in the order of its commits.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import AsyncIterator, Sequence

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from zcc_console.hub.state import Committed, Data, dumps

QUEUE_BYTES = 8 * 1024 * 1024
"""What may wait for one reader before it counts as slow."""

SLOW_PATIENCE_S = 10.0
RETRY_MS = (500, 15_000)
LEAST_PAUSE_S, PAUSE_PER_READER_S = 0.01, 0.0002
"""Pause between two flushes: a lone event goes at once, a burst to many readers in few writes."""


def transaction_frame(cursor: str, body: str) -> bytes:
    """One transaction as a server-sent event. Its JSON has no newline in it."""
    return f"id: {cursor}\ndata: {body}\n\n".encode()


def bookmark_frame(bookmark: Data) -> bytes:
    """A bookmark: an event, not a comment."""
    return f"event: bookmark\ndata: {dumps(bookmark)}\n\n".encode()


def retry_frame() -> bytes:
    """After how long to come back: jittered, so that many do not come at once."""
    return f"retry: {random.randint(*RETRY_MS)}\n\n".encode()


class Reader:
    """One stream's queue."""

    def __init__(self) -> None:
        self._chunks: deque[bytes] = deque()
        self._size = 0
        self._wake = asyncio.Event()
        self.closed = False
        self._task: asyncio.Task[object] | None = asyncio.current_task()

    def put(self, chunk: bytes) -> None:
        """Queue for this reader; one that lets too much wait is closed."""
        if self.closed:
            return
        self._size += len(chunk)
        if self._size > QUEUE_BYTES:
            self.close()
            return
        self._chunks.append(chunk)
        self._wake.set()

    def close(self) -> None:
        """Let the stream end; one that is stuck in a write is ended by force a little later."""
        if not self.closed:
            self.closed = True
            self._chunks.clear()
            self._wake.set()
            if self._task is not None:
                asyncio.get_running_loop().call_later(SLOW_PATIENCE_S, self._task.cancel)

    def done(self) -> None:
        """The stream has ended; nothing is left to end by force."""
        self.closed, self._task = True, None

    async def next(self) -> bytes | None:
        """What waits, in one piece; None when the stream must end."""
        while not self._chunks and not self.closed:
            self._wake.clear()
            await self._wake.wait()
        if self.closed:
            return None
        chunk = self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)
        self._chunks.clear()
        self._size = 0
        return chunk


class Fanout:
    """All readers, and everyone who waits for a change."""

    def __init__(self) -> None:
        self._readers: dict[Reader, None] = {}
        self._pending: list[bytes] = []
        self._flushed_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._changed = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def bind(self) -> None:
        """Remember the running loop; called before anything is posted."""
        self._loop = asyncio.get_running_loop()

    def __len__(self) -> int:
        return len(self._readers)

    # -- called on the region's thread ---------------------------------------------------------------------------------

    def committed(self, transactions: Sequence[Committed]) -> None:
        """Post what was committed."""
        frames = [transaction_frame(one.cursor, one.body) for one in transactions]
        self._post(lambda: self._spread(frames))

    def bookmark(self, bookmark: Data) -> None:
        """Post a bookmark, in order with the transactions before it."""
        frame = bookmark_frame(bookmark)
        self._post(lambda: self._spread([frame]))

    def join(self, reader: Reader, first: bytes) -> None:
        """Post that a reader has reached the head: it gets this first, and then everything from here on."""
        self._post(lambda: self._join(reader, first))

    def refuse(self, reader: Reader) -> None:
        """Post that a reader cannot follow: the log went on without it."""
        self._post(reader.close)

    def reset(self) -> None:
        """Post that the log is another one: every stream ends."""
        self._post(self._end_all)

    def _post(self, what: object) -> None:
        loop = self._loop
        if loop is not None and not loop.is_closed() and callable(what):
            loop.call_soon_threadsafe(what)

    # -- on the loop ---------------------------------------------------------------------------------------------------

    def _spread(self, frames: list[bytes]) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
        if not self._readers:
            return
        self._pending.extend(frames)
        if self._timer is not None:
            return
        assert self._loop is not None
        pause = LEAST_PAUSE_S + PAUSE_PER_READER_S * len(self._readers)
        due = self._flushed_at + pause
        if self._loop.time() >= due:
            self._flush()
        else:
            self._timer = self._loop.call_at(due, self._flush)

    def _flush(self) -> None:
        self._timer = None
        assert self._loop is not None
        self._flushed_at = self._loop.time()
        chunk = self._pending[0] if len(self._pending) == 1 else b"".join(self._pending)
        self._pending.clear()
        if chunk:
            for reader in self._readers:
                reader.put(chunk)

    def _join(self, reader: Reader, first: bytes) -> None:
        if self._timer is not None:  # what waits is from before this reader's head
            self._timer.cancel()
        self._flush()
        reader.put(first)
        if not reader.closed:
            self._readers[reader] = None

    def _end_all(self) -> None:
        for reader in self._readers:
            reader.close()
        self._changed.set()
        self._changed = asyncio.Event()

    def leave(self, reader: Reader) -> None:
        """A reader is gone."""
        self._readers.pop(reader, None)

    def ticket(self) -> asyncio.Event:
        """Take it before looking; it is set by the next change."""
        return self._changed

    async def wait(self, ticket: asyncio.Event, seconds: float) -> None:
        """Until something changed since the ticket was taken, at most so long."""
        try:
            async with asyncio.timeout(seconds):
                await ticket.wait()
        except TimeoutError:
            return


class EventStream(Response):
    """A reader's response."""

    media_type = "text/event-stream"

    def __init__(self, reader: Reader, fanout: Fanout, catch_up: AsyncIterator[bytes]) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._reader = reader
        self._fanout = fanout
        self._catch_up = catch_up

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the reader goes, is too slow, or the log is another one."""
        gone = asyncio.create_task(self._until_gone(receive))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            await send(_piece(retry_frame()))
            async for old in self._catch_up:
                await send(_piece(old))
            while (chunk := await self._reader.next()) is not None:
                await send(_piece(chunk))
            await send(_piece(retry_frame()))
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            self._reader.done()
            self._fanout.leave(self._reader)
            gone.cancel()

    async def _until_gone(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._reader.close()


def _piece(chunk: bytes) -> dict[str, object]:
    return {"type": "http.response.body", "body": chunk, "more_body": True}

"""Carries messages to the RAV gateways and asks them for events: HTTP around `relaying`, which decides everything.

Each gateway has connections of its own; after a failed attempt the next one is made on a new connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from urllib.parse import quote

import httpx

from zcc_console.core.config import RavRoute, read_token
from zcc_console.core.errors import ConfigError
from zcc_console.hub.relay import ATTEMPT_S, Asking
from zcc_console.hub.relaying import Letter
from zcc_console.hub.reply import Refused
from zcc_console.hub.service import Region

LOOK_S = 0.25


class Connection:
    """One client and who still uses it, so that giving it up cuts nobody off."""

    def __init__(self, rav: RavRoute) -> None:
        assert rav.url is not None
        assert rav.token_file is not None
        token = read_token(rav.token_file)  # read anew for each connection: tokens are renewed
        self.client = httpx.AsyncClient(base_url=rav.url, headers={"Authorization": f"Bearer {token}"}, trust_env=False)
        self.users = 0
        self.given_up = False

    async def leave(self) -> None:
        """One user less; the last of one that was given up closes it."""
        self.users -= 1
        if self.given_up and self.users == 0:
            await self.client.aclose()


class Line:
    """The way to one gateway."""

    def __init__(self, rav: RavRoute) -> None:
        self._rav = rav
        self._connection: Connection | None = None

    async def request(
        self, method: str, path: str, *, timeout: float, content: bytes | None = None, key: str | None = None
    ) -> tuple[int | None, bytes]:
        """Status and body; None where there was no answer in time."""
        headers = {"Content-Type": "application/json"}
        if key is not None:
            headers["Idempotency-Key"] = key
        try:
            connection = self._connection = self._connection or Connection(self._rav)
        except (ConfigError, httpx.InvalidURL, ValueError):
            return None, b""
        connection.users += 1
        good = False
        try:
            async with asyncio.timeout(timeout):
                response = await connection.client.request(
                    method, path, content=content, headers=headers, timeout=timeout
                )
            good = response.status_code != 401
            return response.status_code, response.content
        except (httpx.HTTPError, httpx.InvalidURL, OSError, TimeoutError):
            return None, b""
        finally:
            if not good:
                self._give_up(connection)
            await connection.leave()

    def _give_up(self, connection: Connection) -> None:
        connection.given_up = True
        if self._connection is connection:
            self._connection = None

    async def close(self) -> None:
        """No more requests will come."""
        if self._connection is not None:
            await self._connection.client.aclose()


class Lines:
    """The background work between hub and gateways."""

    def __init__(self, region: Region, ask: Callable[[Callable[[], object]], Awaitable[object]]) -> None:
        self._region = region
        self._ask = ask
        self._senders: dict[str, Line] = {}
        self._askers: dict[str, Line] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._look = asyncio.Event()

    def wake(self) -> None:
        """Something may be due."""
        self._look.set()

    async def run(self) -> None:
        """Until cancelled."""
        try:
            while True:
                self._look.clear()
                await self._start_what_is_due()
                try:
                    async with asyncio.timeout(LOOK_S):
                        await self._look.wait()
                except TimeoutError:
                    continue
        finally:
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)
            for line in (*self._senders.values(), *self._askers.values()):
                await line.close()

    async def _start_what_is_due(self) -> None:
        relay = self._region.relay
        try:
            letters = await self._ask(relay.due)
            questions = await self._ask(relay.questions)
        except Refused:
            return
        assert isinstance(letters, list)
        assert isinstance(questions, list)
        for letter in letters:
            self._start(self._send(letter))
        for asking in questions:
            self._start(self._inquire(asking))

    def _start(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _send(self, letter: Letter) -> None:
        sending = letter.sending
        line = self._senders.setdefault(sending.rav.id, Line(sending.rav))
        status, content = await line.request(
            "POST", "/v1/handoffs", timeout=ATTEMPT_S, content=letter.body, key=sending.message_id
        )
        await self._tell(lambda: self._region.relay.sent(sending, status, content))
        self.wake()

    async def _inquire(self, asking: Asking) -> None:
        line = self._askers.setdefault(asking.rav.id, Line(asking.rav))
        path = f"/v1/handoffs/{quote(asking.handoff_id, safe='')}/events?after={asking.after}&wait={asking.wait_s:g}"
        status, content = await line.request("GET", path, timeout=asking.wait_s + ATTEMPT_S)
        await self._tell(lambda: self._region.relay.asked(asking, status, content))
        self.wake()

    async def _tell(self, what: Callable[[], object]) -> None:
        try:
            await self._ask(what)
        except Refused:  # the database is away; the lane tries again
            return

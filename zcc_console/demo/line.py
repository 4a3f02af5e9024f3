"""The demo's requests over HTTP: the same bytes until there is an answer, as the contract asks of every sender. Thin; what
is sent and what an answer means is decided elsewhere."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import Callable, Mapping

import httpx

from zcc_console.core.jsontypes import Json, as_object, as_text
from zcc_console.demo.outbox import REFUSALS

FINAL = REFUSALS | {"duplicate", "exercise", "desk-in-use", "cursor-expired"}
"""Problem types after which the same bytes have no use."""

LONGEST_S = 10.0
ATTEMPT_S = 10.0


class Line:
    """One credential's connection to the hub."""

    def __init__(self, client: httpx.AsyncClient, token: str, chance: random.Random, problems: Counter[str]) -> None:
        self._client, self._chance, self._problems = client, chance, problems
        self._headers = {"Authorization": f"Bearer {token}"}

    async def attempt(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        seconds: float = ATTEMPT_S,
    ) -> tuple[int | None, bytes]:
        """One attempt: status and body, or None where there was no answer."""
        try:
            response = await self._client.request(
                method, path, content=body, headers={**self._headers, **(headers or {})}, timeout=seconds
            )
        except httpx.HTTPError:
            return None, b""
        return response.status_code, response.content

    async def deliver(self, method: str, path: str, key: str, body: Mapping[str, Json]) -> tuple[int, dict[str, Json]]:
        """Send the same bytes until the answer is one of the contract's; refusals are counted."""
        raw = json.dumps(body, ensure_ascii=False).encode()
        headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
        failures = 0
        while True:
            status, answer = await self.attempt(method, path, raw, headers)
            said = read(answer)
            if status is not None and 200 <= status < 300:
                return status, said
            slug = as_text(said.get("type"))
            if status is not None and 400 <= status < 500 and slug in FINAL:
                if slug not in ("exists", "duplicate"):
                    self._problems[f"{method} {path.split('/')[2]}: {slug}"] += 1
                return status, said
            failures += 1
            longest = min(LONGEST_S, 0.25 * 2 ** min(failures, 6))
            await asyncio.sleep(self._chance.uniform(0, longest))

    async def get(self, path: str, *, seconds: float = ATTEMPT_S) -> tuple[int | None, dict[str, Json]]:
        """Read something once."""
        status, answer = await self.attempt("GET", path, seconds=seconds)
        return status, read(answer)


Lines = Callable[[str], Line]
"""A line for a token."""


def read(raw: bytes) -> dict[str, Json]:
    """A JSON object, or an empty one."""
    try:
        return as_object(json.loads(raw))
    except ValueError:
        return {}

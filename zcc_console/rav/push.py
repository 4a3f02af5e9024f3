"""Tells the hub what happened: posts events to `/v1/handoffs/{id}/events` until it has them, in whatever order.

A hint beside the hub's own asking; nothing depends on it, and nothing is lost when the hub is away.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote

import httpx
from fastapi.concurrency import run_in_threadpool

from zcc_console.core.jsontext import dump
from zcc_console.core.jsontypes import Json
from zcc_console.rav.gateway import Gateway
from zcc_console.rav.server import Pusher, Wake

ATTEMPT_S = 3.0
LEAST_S, MOST_S = 0.5, 5.0
"""Full jitter between attempts (contract.md §4)."""


@dataclass
class Patience:
    """When each handoff may be tried again; one that the hub does not know yet holds up no other."""

    chance: random.Random
    now: Callable[[], float]
    _until: dict[str, float] = field(default_factory=dict)

    def may_try(self, handoff_id: str) -> bool:
        """Whether its waiting time is over."""
        return self._until.get(handoff_id, 0.0) <= self.now()

    def failed(self, handoff_id: str) -> None:
        """Wait between half a second and five before the next attempt."""
        self._until[handoff_id] = self.now() + self.chance.uniform(LEAST_S, MOST_S)

    def succeeded(self, handoff_id: str) -> None:
        """No more waiting."""
        self._until.pop(handoff_id, None)


async def push_once(gateway: Gateway, client: httpx.AsyncClient, patience: Patience) -> int:
    """Offer the hub what it was not told yet, once; how many events it took."""
    told = 0
    for handoff_id, events in (await run_in_threadpool(gateway.untold)).items():
        if not patience.may_try(handoff_id):
            continue
        if await _post(client, handoff_id, events):
            numbers = sorted({int(str(event["n"])) for event in events})
            await run_in_threadpool(gateway.told, numbers)
            patience.succeeded(handoff_id)
            told += len(numbers)
        else:
            patience.failed(handoff_id)
    return told


async def _post(client: httpx.AsyncClient, handoff_id: str, events: list[dict[str, Json]]) -> bool:
    try:
        response = await client.post(
            f"/v1/handoffs/{quote(handoff_id, safe='')}/events",
            content=dump({"events": list(events)}).encode("ascii"),
            headers={"Content-Type": "application/json"},
        )
    except (httpx.HTTPError, httpx.InvalidURL):
        return False
    return response.status_code in (200, 202, 204)


def pusher(gateway: Gateway, hub_url: str, token: str, chance: random.Random, now: Callable[[], float]) -> Pusher:
    """The background task that tells a hub."""

    async def push(wake: Wake) -> None:
        patience = Patience(chance, now)
        async with httpx.AsyncClient(
            base_url=hub_url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=ATTEMPT_S,
            trust_env=False,
        ) as client:
            while True:
                ticket = wake.ticket()
                await push_once(gateway, client, patience)
                await wake.wait(ticket, 1.0)

    return push

"""A hub for tests of the intake: one that answers as told, and the real region behind the same door."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

from tests.hub.house import House
from zcc_console.core.jsontypes import Json
from zcc_console.hub.reply import Refused

Answer = Callable[[httpx.Request], httpx.Response]


@dataclass
class FakeHub:
    """Gives calls numbers, remembers keys, and fails as often as it is told to."""

    failures: list[Answer] = field(default_factory=list)
    bodies: dict[str, dict[str, Json]] = field(default_factory=dict)
    asked: int = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        if self.failures:
            return self.failures.pop(0)(request)
        if request.headers.get("authorization") != "Bearer geheim":
            return problem(401, "unauthorized")
        key, body = request.headers["idempotency-key"], json.loads(request.content)
        if self.bodies.setdefault(key, body) != body:
            return problem(422, "key-reused")
        number = f"{list(self.bodies).index(key) + 1:04d}"
        if request.method == "PUT":
            return httpx.Response(200, json={"result": "applied", "id": request.url.path.rpartition("/")[2]})
        return httpx.Response(201, json={"type": "call", "id": key, "data": {"number": number}})


def problem(status: int, kind: str, **more: Json) -> httpx.Response:
    """A refusal of the contract."""
    return httpx.Response(status, json={"type": kind, "title": kind, "status": status, "detail": "Nee.", **more})


def region_door(house: House, token: str) -> httpx.MockTransport:
    """The real region, asked as its HTTP layer asks it."""

    def handle(request: httpx.Request) -> httpx.Response:
        who = house.region.principal(token)
        assert who is not None
        key = request.headers["idempotency-key"]
        try:
            if request.method == "PUT":
                unit_id = request.url.path.rpartition("/")[2]
                reply = house.region.put_capacity(who, unit_id, request.content, idempotency_key=key)
            else:
                reply = house.region.new_call(who, request.content, idempotency_key=key)
        except Refused as refused:
            reply = refused.reply()
        return httpx.Response(reply.status, content=reply.body)

    return httpx.MockTransport(handle)

"""The published description against the hub itself: what it answers is what it says it answers (schemathesis)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.types import ASGIApp

from tests.hub.house import House
from zcc_console.hub.app import create_app
from zcc_console.hub.description import DOORS

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
TOKENS = ("desk-07", "desk-90", "intake", "provider", "rav")


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Iterator[schemathesis.schemas.BaseSchema]:
    house = House.build(tmp_path_factory.mktemp("hub"))
    house.unit()
    house.call()
    yield schemathesis.openapi.from_asgi("/openapi.json", create_app(house.region))
    house.region.close()


DOORED = [(door.method.upper(), door.path) for door in DOORS if door.path != "/v1/stream"]


def asked(app: ASGIApp, case: schemathesis.Case[Any], headers: dict[str, str]) -> httpx.Response:
    """The answer of the application alone, without its background work."""
    wanted = requests.Request(**case.as_transport_kwargs(base_url="http://hub", headers=headers)).prepare()

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport) as client:
            body = wanted.body.encode() if isinstance(wanted.body, str) else wanted.body
            assert body is None or isinstance(body, bytes)
            sent = {name: value for name, value in wanted.headers.items() if isinstance(value, str)}
            return await client.request(str(wanted.method), str(wanted.url), content=body, headers=sent)

    return asyncio.run(ask())


@pytest.mark.parametrize(("method", "path"), DOORED)
def test_every_answer_is_one_that_the_description_names(
    described: schemathesis.schemas.BaseSchema, method: str, path: str
) -> None:
    operation = described[path][method]
    app = described.app

    @settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(case=operation.as_strategy())
    def ask(case: schemathesis.Case[Any]) -> None:
        body = case.body if isinstance(case.body, dict) else {}
        key = body.get("command_id") or body.get("message_id")
        for token in TOKENS:
            headers = {"Authorization": f"Bearer {token}"}
            if isinstance(key, str) and key.isascii() and key.isprintable() and key.strip():
                headers["Idempotency-Key"] = key.strip()
            case.validate_response(asked(app, case, headers), checks=CHECKS)

    ask()


def test_every_operation_can_be_read_from_the_description(described: schemathesis.schemas.BaseSchema) -> None:
    assert sum(1 for _ in described.get_all_operations()) == len(DOORS)

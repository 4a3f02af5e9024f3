"""The contract over HTTP: headers, media types, limits, long polls, and what is never said."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.hub.house import Body, House
from tests.hub.served import Served, served
from zcc_console.hub.app import create_app
from zcc_console.hub.serve import settings


@pytest.fixture
async def hub(house: House) -> AsyncIterator[Served]:
    async with served(house) as running:
        yield running


async def test_health_is_for_anyone_and_says_the_kind(hub: Served) -> None:
    async with hub.client(None) as client:
        reply = await client.get("/healthz")
    assert reply.status_code == 200
    assert (reply.json()["status"], reply.json()["exercise"]) == ("ok", True)


@pytest.mark.parametrize("token", [None, "fout", "desk-07x"])
async def test_without_a_valid_token_every_door_is_401(hub: Served, token: str | None) -> None:
    async with hub.client(token) as client:
        for path, method in (
            ("/v1/snapshot", "GET"),
            ("/v1/changes?since=x", "GET"),
            ("/v1/stream", "GET"),
            ("/v1/digest", "GET"),
            ("/v1/commands", "POST"),
            ("/v1/desks/07", "PUT"),
            ("/v1/audit", "POST"),
            ("/v1/calls", "POST"),
            ("/v1/calls/x", "GET"),
            ("/v1/intake/fhir", "POST"),
            ("/v1/capacity/x", "PUT"),
            ("/v1/handoffs", "POST"),
            ("/v1/handoffs/x", "GET"),
            ("/v1/handoffs/x/events", "GET"),
            ("/v1/handoffs/x/events", "POST"),
        ):
            reply = await client.request(method, path)
            assert (reply.status_code, reply.json()["type"]) == (401, "unauthorized"), path
            assert reply.headers["content-type"] == "application/problem+json"
            assert reply.headers["www-authenticate"] == "Bearer"


async def test_a_token_in_the_query_or_of_another_scheme_is_none(hub: Served) -> None:
    async with hub.client(None) as client:
        assert (await client.get("/v1/snapshot?token=desk-07")).status_code == 401
        reply = await client.get("/v1/snapshot", headers={"Authorization": "Basic desk-07"})
        assert reply.status_code == 401


async def test_a_command_and_its_stored_answer_over_the_line(hub: Served) -> None:
    call = await hub.call()
    body = hub.house.desk().body("call.claim", call)
    headers = {"Idempotency-Key": str(body["command_id"])}
    async with hub.client() as client:
        first = await client.post("/v1/commands", json=body, headers=headers)
        again = await client.post("/v1/commands", json=body, headers=headers)
    assert first.status_code == 200
    assert first.json()["command_id"] == body["command_id"]
    assert again.content == first.content
    assert again.headers["content-type"] == first.headers["content-type"]


async def test_if_match_is_read_from_the_header(hub: Served) -> None:
    call = await hub.call()
    desk = hub.house.desk()
    body = desk.body("call.close", call, {})
    async with hub.client() as client:
        snapshot = (await client.get("/v1/snapshot")).json()
        rev = next(item["rev"] for item in snapshot["items"] if item["id"] == call)
        reply = await client.post(
            "/v1/commands", json=body, headers={"Idempotency-Key": str(body["command_id"]), "If-Match": f'"{rev}"'}
        )
    assert reply.status_code == 200, reply.text


async def test_too_large_is_said_before_it_is_read_to_its_end(hub: Served) -> None:
    async with hub.client() as client:
        for path in ("/v1/commands", "/v1/handoffs"):
            reply = await client.post(path, content=b"x" * (64 * 1024 + 1), headers={"Idempotency-Key": "x"})
            assert (reply.status_code, reply.json()["type"]) == (413, "too-large")


async def test_unknown_addresses_and_methods_are_problems(hub: Served) -> None:
    async with hub.client() as client:
        gone = await client.get("/v1/nergens")
        wrong = await client.delete("/v1/commands")
    assert (gone.status_code, gone.json()["type"]) == (404, "not-found")
    assert (wrong.status_code, wrong.json()["type"]) == (405, "method-not-allowed")
    assert wrong.headers["allow"] == "POST"


@pytest.mark.parametrize("query", ["", "since=x&limit=0", "since=x&limit=1001", "since=x&wait=-1", "since=x&wait=nan"])
async def test_a_query_not_of_the_contract_is_invalid(hub: Served, query: str) -> None:
    async with hub.client() as client:
        reply = await client.get(f"/v1/changes?{query}")
    assert (reply.status_code, reply.json()["type"]) == (400, "invalid")


async def test_410_tells_when_to_come_back(hub: Served) -> None:
    async with hub.client() as client:
        for path in ("/v1/changes?since=oud.1", "/v1/stream?since=oud.1", "/v1/snapshot?page=oud.1:1"):
            reply = await client.get(path)
            assert (reply.status_code, reply.json()["type"]) == (410, "cursor-expired")
            assert 0 <= int(reply.headers["retry-after"]) <= 20


async def test_a_long_poll_is_answered_by_the_next_commit(hub: Served) -> None:
    async with hub.client() as client:
        cursor = (await client.get("/v1/snapshot")).json()["cursor"]
        waiting = asyncio.create_task(client.get("/v1/changes", params={"since": cursor, "wait": 15}))
        await asyncio.sleep(0)
        call = await hub.call()
        async with asyncio.timeout(5):
            body = (await waiting).json()
    assert body["transactions"][0]["items"][0]["id"] == call


async def test_a_long_poll_ends_empty_when_nothing_comes(hub: Served) -> None:
    async with hub.client() as client:
        cursor = (await client.get("/v1/snapshot")).json()["cursor"]
        body = (await client.get("/v1/changes", params={"since": cursor, "wait": 0.05})).json()
    assert (body["transactions"], body["to"]) == ([], cursor)


async def test_events_of_a_handoff_are_polled_long(hub: Served) -> None:
    call = await hub.call()
    message = hub.house.desk().handoff(call)
    path = f"/v1/handoffs/{message['handoff_id']}"
    async with hub.client() as client, hub.client("rav") as rav:
        taken = await client.post("/v1/handoffs", json=message, headers={"Idempotency-Key": str(message["message_id"])})
        assert (taken.status_code, taken.json()["state"]) == (202, "SENT")
        waiting = asyncio.create_task(client.get(f"{path}/events?after=0&wait=15"))
        await asyncio.sleep(0)
        event: Body = {"n": 4, "state": "RECEIVED", "has": [message["message_id"]], "at": "2026-11-21T21:41:07.000Z"}
        assert (await rav.post(f"{path}/events", json={"events": [event]})).status_code == 200
        async with asyncio.timeout(5):
            found = (await waiting).json()
        assert [entry["n"] for entry in found["events"]] == [4]
        status = (await client.get(path)).json()
    assert (status["state"], status["voice"], len(status["messages"])) == ("RECEIVED", "not needed", 1)


async def test_a_failure_inside_says_nothing_of_the_patient(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise ValueError("Jansen, Dorpsstraat 1")

    monkeypatch.setattr(house.region, "snapshot", fails)
    transport = httpx.ASGITransport(app=create_app(house.region), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://hub") as client:
        reply = await client.get("/v1/snapshot", headers={"Authorization": "Bearer desk-07"})
    assert (reply.status_code, reply.json()["type"]) == (500, "unavailable")
    printed = capsys.readouterr()
    assert "Jansen" not in reply.text + printed.out + printed.err
    assert "ValueError" in printed.out + printed.err


async def test_no_body_and_no_query_reaches_the_log(hub: Served, capsys: pytest.CaptureFixture[str]) -> None:
    await hub.call(patient={"name": "Geheimpje"})
    async with hub.client() as client:
        await client.get("/v1/changes?since=Geheimpje")
        await client.post("/v1/commands", content=b'{"Geheimpje": ', headers={"Idempotency-Key": "Geheimpje"})
    printed = capsys.readouterr()
    assert "Geheimpje" not in printed.out + printed.err


async def test_the_description_is_openapi_3_1_and_names_every_door(hub: Served) -> None:
    async with hub.client(None) as client:
        document = (await client.get("/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    assert set(document["paths"]) == {
        "/healthz",
        "/v1/snapshot",
        "/v1/changes",
        "/v1/digest",
        "/v1/stream",
        "/v1/commands",
        "/v1/desks/{desk_id}",
        "/v1/audit",
        "/v1/calls",
        "/v1/calls/{call_id}",
        "/v1/intake/fhir",
        "/v1/capacity/{unit_id}",
        "/v1/handoffs",
        "/v1/handoffs/{handoff_id}",
        "/v1/handoffs/{handoff_id}/events",
    }
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert path == "/healthz" or "401" in operation["responses"], (method, path)
    used = set(_refs(document))
    assert used <= {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}


def _refs(value: object) -> list[str]:
    if isinstance(value, dict):
        own = [str(value["$ref"])] if "$ref" in value else []
        return own + [ref for entry in value.values() for ref in _refs(entry)]
    return [ref for entry in value for ref in _refs(entry)] if isinstance(value, list) else []


def test_every_problem_type_of_the_contract_is_in_the_description() -> None:
    from zcc_console.hub.description import COMMON, DOORS
    from zcc_console.hub.reply import STATUS

    named = {slug for door in DOORS for slug in (*COMMON, *door.problems)}
    assert named == set(STATUS) - {"method-not-allowed"}


def test_a_problem_has_its_slug_as_type_and_a_dutch_detail() -> None:
    from zcc_console.hub.reply import Refused

    body = json.loads(Refused("full", "Hier is geen plaats.").reply().body)
    assert body == {"type": "full", "title": "Geen plaats", "status": 409, "detail": "Hier is geen plaats."}


async def test_a_body_that_does_not_come_in_time_is_given_up(hub: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zcc_console.hub.app.BODY_WAIT_S", 0.05)
    reader, writer = await asyncio.open_connection("127.0.0.1", int(hub.url.rpartition(":")[2]))
    head = "POST /v1/handoffs HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer desk-07\r\nContent-Length: 100\r\n\r\n{"
    writer.write(head.encode())
    async with asyncio.timeout(10):
        assert b" 503 " in await reader.readline()
    writer.close()
    await writer.wait_closed()


async def test_connections_are_limited(house: House) -> None:
    assert settings(create_app(house.region)).limit_concurrency == 1000

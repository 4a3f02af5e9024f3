"""The gateway over HTTP: tokens, answers, problems, long polls, switches."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
from httpx import Response

from tests.rav.client import TestClient
from tests.rav.region import CALL, RAV, TOKENS, Room, message, open_room
from zcc_console.core.ids import handoff_id
from zcc_console.core.jsontext import dump
from zcc_console.core.jsontypes import Json
from zcc_console.rav.access import Tokens
from zcc_console.rav.server import make_app

HANDOFF = handoff_id(CALL, RAV)
DESK = {"Authorization": "Bearer desk-07"}
HUB = {"Authorization": "Bearer hub"}
SUPERVISOR = {"Authorization": "Bearer desk-01"}
RAV_TOKEN = {"Authorization": "Bearer rav"}


def post(client: TestClient, body: dict[str, Json], headers: dict[str, str] = HUB) -> Response:
    """Send a handoff as hub and desks do."""
    key = {"Idempotency-Key": str(body.get("message_id"))}
    response: Response = client.post("/v1/handoffs", content=dump(body), headers={**key, **headers})
    return response


def test_202_and_then_409_with_the_same_body_by_the_other_route(client: TestClient) -> None:
    first, second = post(client, message()), post(client, message(), DESK)
    assert (first.status_code, second.status_code) == (202, 409)
    assert first.json()["state"] == "RECEIVED"
    assert second.headers["content-type"] == "application/problem+json"
    assert second.json()["type"] == "duplicate"
    assert {name: second.json()[name] for name in first.json()} == first.json()


def test_without_a_known_token_nothing_is_taken(client: TestClient, room: Room) -> None:
    for headers in ({}, {"Authorization": "Bearer nope"}, {"Authorization": "Basic aHVi"}, {"Authorization": "Bearer"}):
        response = post(client, message(), headers)
        assert (response.status_code, response.json()["type"]) == (401, "unauthorized")
    assert room.gateway.record() == []


def test_a_token_for_something_else_is_not_allowed(client: TestClient) -> None:
    response = post(client, message(), {"Authorization": "Bearer intake"})
    assert (response.status_code, response.json()["type"]) == (403, "not-allowed")
    assert client.get(f"/v1/handoffs/{HANDOFF}", headers={"Authorization": "Bearer intake"}).status_code == 403


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"1", b'{"a": NaN}', b"\xff", b"[" * 60_000])
def test_what_is_no_json_object_is_invalid(client: TestClient, raw: bytes) -> None:
    response = client.post("/v1/handoffs", content=raw, headers=HUB)
    assert (response.status_code, response.json()["type"]) == (400, "invalid")


def test_every_compulsory_field_that_is_absent_is_named(client: TestClient) -> None:
    response = post(client, {"message_id": "0193c2a0-0000-7000-8000-000000000001"})
    assert response.status_code == 400
    assert {error["field"] for error in response.json()["errors"]} == {
        "handoff_id",
        "from",
        "urgency",
        "reasons",
        "callback_number",
    }


def test_64_kib_is_taken_and_more_is_too_large(client: TestClient) -> None:
    body = message(reasons=[""])
    body["reasons"] = ["x" * (64 * 1024 - len(dump(body)))]
    assert len(dump(body)) == 64 * 1024
    assert post(client, body).status_code == 202
    response = client.post("/v1/handoffs", content=dump(body) + " ", headers=HUB)
    assert (response.status_code, response.json()["type"]) == (413, "too-large")


def test_the_key_has_to_be_the_message_id(client: TestClient, room: Room) -> None:
    response = client.post("/v1/handoffs", content=dump(message()), headers={**HUB, "Idempotency-Key": "iets anders"})
    assert (response.status_code, response.json()["type"]) == (400, "invalid")
    assert room.gateway.record() == []
    assert client.post("/v1/handoffs", content=dump(message()), headers=HUB).status_code == 202


def test_a_field_that_it_cannot_read_is_named_and_the_message_is_taken(client: TestClient) -> None:
    response = post(client, message(lampje="aan", location=7))
    assert response.status_code == 202
    assert [warning.split(":")[0] for warning in response.json()["warnings"]] == ["location", "lampje"]


def test_a_real_handoff_at_an_exercise_gateway_is_422(client: TestClient) -> None:
    response = post(client, message(exercise=False))
    assert (response.status_code, response.json()["type"]) == (422, "exercise")


def test_a_lone_surrogate_goes_in_and_out(client: TestClient) -> None:
    assert post(client, message(reasons=["\ud800"])).status_code == 202
    got = client.get(f"/v1/handoffs/{HANDOFF}", headers=DESK)
    assert json.loads(got.content)["messages"][0]["reasons"] == ["\ud800"]


def test_the_handoff_has_messages_and_events_of_the_contract(client: TestClient) -> None:
    post(client, message())
    got = client.get(f"/v1/handoffs/{HANDOFF}", headers=DESK).json()
    assert {"handoff_id", "state", "voice", "exercise", "messages", "events"} <= set(got)
    assert got["messages"] == [message()]
    assert set(got["events"][0]) == {"n", "at", "state", "has", "by", "reference", "reason", "exercise"}


def test_what_is_not_there_is_404(client: TestClient) -> None:
    for path in ("/v1/handoffs/nergens", "/v1/handoffs/nergens/events", "/v1/niets"):
        response = client.get(path, headers=DESK)
        assert (response.status_code, response.json()["type"]) == (404, "not-found")
    response = client.post("/v1/handoffs/nergens/events", content=dump({"events": []}), headers=HUB)
    assert response.status_code == 404
    assert client.put("/v1/handoffs", headers=DESK).json()["type"] == "method-not-allowed"


@pytest.mark.parametrize("query", ["after=x", "wait=x", "after=1.5"])
def test_a_query_that_cannot_be_read_is_invalid(client: TestClient, query: str) -> None:
    post(client, message())
    response = client.get(f"/v1/handoffs/{HANDOFF}/events?{query}", headers=DESK)
    assert (response.status_code, response.json()["type"]) == (400, "invalid")


@pytest.mark.parametrize("query", ["after=-5", "after=0&wait=-1", "after=0&wait=nan", "wait=0"])
def test_odd_numbers_are_read_as_no_wait_and_from_the_start(client: TestClient, query: str) -> None:
    post(client, message())
    assert len(client.get(f"/v1/handoffs/{HANDOFF}/events?{query}", headers=DESK).json()["events"]) == 1


def test_a_long_poll_answers_when_something_happens(client: TestClient) -> None:
    post(client, message())
    got: list[Response] = []
    path = f"/v1/handoffs/{HANDOFF}/events?after=1&wait=20"
    waiting = threading.Thread(target=lambda: got.append(client.get(path, headers=DESK)))
    waiting.start()
    post(client, message(2, kind="update"))
    waiting.join(10)
    assert [event["n"] for event in got[0].json()["events"]] == [2]


def test_events_passed_on_are_marked_with_who_did(client: TestClient, room: Room) -> None:
    post(client, message())
    room.gateway.restored()
    lost = {"n": 5, "at": "x", "state": "OPENED", "has": []}
    response = client.post(f"/v1/handoffs/{HANDOFF}/events", content=dump({"events": [lost]}), headers=DESK)
    assert response.json()["kept"] == 1
    events = client.get(f"/v1/handoffs/{HANDOFF}/events", headers=HUB).json()["events"]
    assert events[1]["passed_on_by"] == "desk 07"


def test_503_while_refusing_and_so_many_times_as_asked(client: TestClient, room: Room) -> None:
    room.gateway.switch({"refuse_next": 2})
    assert [post(client, message()).status_code for _ in range(3)] == [503, 503, 202]
    room.gateway.switch({"refuse": True})
    response = post(client, message(2))
    assert (response.status_code, response.json()["type"]) == (503, "unavailable")


def test_a_hanging_gateway_answers_nothing_and_stores_nothing_until_told_otherwise(
    client: TestClient, room: Room
) -> None:
    client.post("/v1/simulator", content=dump({"hang": True}), headers=SUPERVISOR)
    got: list[Response] = []
    sending = threading.Thread(target=lambda: got.append(post(client, message())))
    sending.start()
    sending.join(0.5)
    assert sending.is_alive()
    assert room.gateway.record() == []
    client.post("/v1/simulator", content=dump({"hang": False}), headers=SUPERVISOR)
    sending.join(10)
    assert got[0].status_code == 202


def test_a_late_answer_comes_after_the_message_is_stored(client: TestClient, room: Room) -> None:
    room.gateway.switch({"answer_after_s": 0.4})
    got: list[Response] = []
    sending = threading.Thread(target=lambda: got.append(post(client, message())))
    sending.start()
    sending.join(0.15)
    assert sending.is_alive()
    assert len(room.gateway.record()) == 1
    sending.join(10)
    assert got[0].status_code == 202


def test_the_control_room_and_the_supervisor_may_switch_and_a_desk_may_not(client: TestClient) -> None:
    assert client.post("/v1/simulator", content=b'{"silent": true}', headers=RAV_TOKEN).json()["silent"] is True
    assert client.get("/v1/simulator", headers=SUPERVISOR).json()["silent"] is True
    assert client.post("/v1/simulator", content=b'{"reset": true}', headers=SUPERVISOR).json()["silent"] is False
    assert client.post("/v1/simulator", content=b"{}", headers=DESK).status_code == 403
    assert client.get("/v1/simulator", headers=HUB).status_code == 403
    response = client.post("/v1/simulator", content=b'{"stil": 1}', headers=RAV_TOKEN)
    assert (response.status_code, response.json()["type"]) == (400, "invalid")
    assert "stil" in response.json()["detail"]


def test_a_real_gateway_has_no_simulator(tmp_path: Path) -> None:
    real = open_room(tmp_path, exercise=False)
    with TestClient(make_app(real.gateway, Tokens(TOKENS))) as client:
        response = client.post("/v1/simulator", content=b'{"silent": true}', headers=RAV_TOKEN)
        assert (response.status_code, response.json()["type"]) == (403, "not-allowed")
        assert post(client, message(exercise=False)).status_code == 202
        assert client.get("/healthz").json()["exercise"] is False
    real.gateway.close()


def test_a_failure_says_nothing_of_the_message_and_tells_to_telephone(
    client: TestClient, room: Room, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(body: dict[str, Json], route: object) -> None:
        raise RuntimeError(str(body))

    monkeypatch.setattr(room.gateway, "receive", fails)
    response = post(client, message(patient={"name": "J. Geheim"}))
    assert (response.status_code, response.json()["type"]) == (500, "failure")
    assert "Bel de meldkamer" in response.json()["detail"]
    captured = capfd.readouterr()
    assert "Geheim" not in captured.err + captured.out
    assert "rav: RuntimeError" in captured.err


def test_the_description_is_published(client: TestClient) -> None:
    described = client.get("/openapi.json").json()
    assert {"/v1/handoffs", "/v1/handoffs/{handoff_id}", "/v1/handoffs/{handoff_id}/events"} <= set(described["paths"])


def test_a_bsn_is_given_back_to_nobody_wherever_it_stood(client: TestClient) -> None:
    bsn = "111222333"
    hidden: dict[str, Json] = {
        "patient": {"name": "X", "burgerservicenummer": bsn},
        "patient_bsn": bsn,
        "findings": [{"system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": bsn}, {"sofinummer": bsn}],
    }
    assert post(client, message(1, **hidden)).status_code == 202
    answer = client.get(f"/v1/handoffs/{HANDOFF}", headers=DESK)
    assert answer.status_code == 200
    assert bsn not in answer.text


@pytest.mark.parametrize("after", ["9" * 40, "-" + "9" * 40, "x", str(2**53 + 1)])
def test_an_event_number_that_is_none_is_refused(client: TestClient, after: str) -> None:
    post(client, message())
    answer = client.get(f"/v1/handoffs/{HANDOFF}/events?after={after}", headers=DESK)
    assert (answer.status_code, answer.json()["type"]) == (400, "invalid")


def test_a_name_that_stands_twice_is_refused_for_a_switch_and_never_for_a_handoff(client: TestClient) -> None:
    twice = client.post("/v1/simulator", content=b'{"silent": true, "silent": false}', headers=SUPERVISOR)
    assert (twice.status_code, twice.json()["type"]) == (400, "invalid")
    raw = dump(message()).encode()[:-1] + b', "urgency": "U0"}'
    assert client.post("/v1/handoffs", content=raw, headers=HUB).status_code == 202

"""Calls from sources: credentials, idempotency, and referral messages."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from tests.hub.house import Body, House, answered, raw
from zcc_console.core.clock import rfc3339
from zcc_console.hub.reply import Reply
from zcc_console.intake.fhir import read_referral

BODY: Body = {"source": "hap", "reason": "benauwd", "caller": {"name": "Mw. Test"}}


def test_a_call_comes_in_and_its_answer_is_the_item_of_the_log(house: House) -> None:
    reply = house.post("intake", "/v1/calls", BODY)
    item = json.loads(reply.body)
    assert (reply.status, item["type"], item["op"]) == (201, "call", "put")
    assert item["data"] == house.data("call", item["id"])
    assert dict(reply.headers)["Location"] == f"/v1/calls/{item['id']}"


def test_the_same_key_makes_one_call_and_gives_the_same_bytes(house: House) -> None:
    first = house.post("intake", "/v1/calls", BODY, key="rit-1")
    again = house.post("intake", "/v1/calls", BODY, key="rit-1")
    assert (again.status, again.body) == (first.status, first.body)
    assert len(house.region.ledger.state.entries["call"]) == 1
    house.restart()
    assert house.post("intake", "/v1/calls", BODY, key="rit-1").body == first.body


def test_the_same_key_with_another_body_is_key_reused(house: House) -> None:
    house.post("intake", "/v1/calls", BODY, key="rit-1")
    reply = house.post("intake", "/v1/calls", {**BODY, "reason": "anders"}, key="rit-1")
    assert (reply.status, json.loads(reply.body)["type"]) == (422, "key-reused")


def test_keys_of_different_credentials_do_not_meet(house: House) -> None:
    house.post("intake", "/v1/calls", BODY, key="1")
    assert house.post("intake-hap", "/v1/calls", {**BODY, "reason": "x"}, key="1").status == 201


@pytest.mark.parametrize("key", [None, "", "x" * 129])
def test_without_a_usable_key_nothing_comes_in(house: House, key: str | None) -> None:
    who = house.region.principal("intake")
    assert who is not None
    reply = answered(lambda: house.region.new_call(who, raw(BODY), idempotency_key=key))
    assert (reply.status, json.loads(reply.body)["errors"][0]["field"]) == (400, "Idempotency-Key")


def test_a_source_speaks_for_itself_only(house: House) -> None:
    assert house.post("intake-hap", "/v1/calls", BODY).status == 201
    assert house.post("intake-hap", "/v1/calls", {**BODY, "source": "112"}).status == 403
    assert house.post("desk-07", "/v1/calls", BODY).status == 403
    assert house.post("provider", "/v1/calls", BODY).status == 403


def test_an_id_of_its_own_is_kept_and_not_used_twice(house: House) -> None:
    call = house.ids.new()
    assert house.post("intake", "/v1/calls", {**BODY, "call_id": call}).status == 201
    reply = house.post("intake", "/v1/calls", {**BODY, "call_id": call})
    assert (reply.status, json.loads(reply.body)["type"]) == (409, "exists")


def test_a_body_not_of_the_contract_names_every_field_and_is_remembered(house: House) -> None:
    body: Body = {"source": "radio", "patient": {"age_years": -1, "shoe": 44}}
    reply = house.post("intake", "/v1/calls", body, key="1")
    fields = {entry["field"] for entry in json.loads(reply.body)["errors"]}
    assert (reply.status, fields) == (400, {"source", "patient.age_years", "patient.shoe"})
    assert house.post("intake", "/v1/calls", body, key="1").body == reply.body


def test_that_a_call_came_in_is_in_the_access_log(house: House) -> None:
    call = house.call()
    with house.region.ledger.reading() as connection:
        rows = connection.exec_driver_sql("SELECT user, event, subject FROM access").fetchall()
    assert [tuple(row) for row in rows] == [("intake:*", "create", f"call/{call}")]


def refer(house: House, message: bytes, token: str = "intake") -> Reply:
    who = house.region.principal(token)
    assert who is not None
    return answered(lambda: house.region.new_referral(who, message, read_referral(message)))


def test_a_referral_that_is_not_valid_is_refused_with_reasons_and_kept_once(house: House) -> None:
    message = b'{"resourceType": "Bundle", "type": "message"}'
    for _ in range(2):
        reply = refer(house, message)
        assert (reply.status, json.loads(reply.body)["type"]) == (400, "invalid")
        assert json.loads(reply.body)["errors"]
    with house.region.ledger.reading() as connection:
        kept = connection.exec_driver_sql("SELECT body FROM refused").fetchall()
    assert [bytes(row[0]) for row in kept] == [message]


def test_a_referral_is_for_intake_alone_and_has_a_limit(house: House) -> None:
    assert refer(house, b"{}", "desk-07").status == 403
    assert refer(house, b"{}", "intake-hap").status == 403
    assert refer(house, b" " * (4 * 1024 * 1024 + 1)).status == 413


# -- when a call came in ---------------------------------------------------------------------------------------------


def after(house: House, seconds: float) -> str:
    return rfc3339(house.clock.now() + timedelta(seconds=seconds))


@pytest.mark.parametrize("route", ["source", "desk"])
def test_a_call_of_a_moment_to_come_is_taken_with_the_hubs_time_and_an_alert(house: House, route: str) -> None:
    said = after(house, 61)
    if route == "source":
        call = house.call(received_at=said, alerts=["hond"])
    else:
        call = house.ids.new()
        made = house.desk().do("call.create", call, {"received_at": said, "alerts": ["hond"]})
        assert made["status"] == 200
    data = house.data("call", call)
    assert (data["received_at"], data["received_at_claimed"]) == (rfc3339(house.clock.now()), said)
    assert data["alerts"][0] == "hond"  # type: ignore[index]
    assert "toekomst" in data["alerts"][1]  # type: ignore[index]


def test_a_call_of_long_ago_keeps_its_time_and_carries_an_alert(house: House) -> None:
    said = after(house, -86_401)
    data = house.data("call", house.call(received_at=said))
    assert (data["received_at"], data["received_at_claimed"]) == (said, None)
    assert "24 uur" in data["alerts"][0]  # type: ignore[index]


@pytest.mark.parametrize("seconds", [60, 0, -86_400])
def test_a_likely_time_is_taken_as_it_is(house: House, seconds: int) -> None:
    said = after(house, seconds)
    data = house.data("call", house.call(received_at=said))
    assert (data["received_at"], data["received_at_claimed"], data["alerts"]) == (said, None, [])


# -- names that stand twice --------------------------------------------------------------------------------------------

TWICE = b'{"source": "hap", "reason": "een", "caller": {"name": "A", "name": "B"}}'


def test_a_name_that_stands_twice_is_refused_for_calls_capacity_and_commands(house: House) -> None:
    region = house.region
    intake, provider, desk = (region.principal(token) for token in ("intake", "provider", "desk-07"))
    assert intake is not None
    assert provider is not None
    assert desk is not None
    replies = [
        answered(lambda: region.new_call(intake, TWICE, idempotency_key="1")),
        answered(lambda: region.put_capacity(provider, "seh-x", TWICE, idempotency_key="1")),
        answered(lambda: region.command(desk, TWICE, idempotency_key="1")),
    ]
    for reply in replies:
        assert (reply.status, json.loads(reply.body)["type"]) == (400, "invalid")
        assert "twee keer" in json.loads(reply.body)["errors"][0]["message"]


def test_a_handoff_is_not_refused_for_a_name_that_stands_twice(house: House) -> None:
    desk = house.region.principal("desk-07")
    assert desk is not None
    body = house.desk().handoff(house.call())
    twice = raw(body)[:-1] + b', "urgency": "U0"}'
    assert answered(lambda: house.region.handoff(desk, twice, idempotency_key=str(body["message_id"]))).status == 202

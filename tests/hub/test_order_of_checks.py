"""Contract §3: the order of checks of a command, its numbers, and that an answer is stored byte for byte."""

from __future__ import annotations

import json

import pytest

from tests.hub.house import UNIT, House, answered, raw


def test_an_unknown_token_speaks_for_nobody(house: House) -> None:
    assert house.region.principal("guess") is None
    assert house.region.principal("") is None
    assert house.region.principal(None) is None


def test_a_token_of_another_desk_is_no_valid_token_and_uses_no_number(house: House) -> None:
    call = house.call()
    mine, other = house.desk("07"), house.desk("12")
    body = mine.body("call.claim", call)
    who = house.region.principal(other.token)
    assert who is not None
    reply = answered(lambda: house.region.command(who, raw(body), idempotency_key=str(body["command_id"])))
    assert reply.status == 401
    assert mine.send(body).status == 200


def test_a_source_sends_no_commands(house: House) -> None:
    who = house.region.principal("intake")
    assert who is not None
    assert answered(lambda: house.region.command(who, b"{}", idempotency_key="x")).status == 403


@pytest.mark.parametrize("missing", ["command_id", "desk_id", "incarnation", "desk_seq", "type"])
def test_without_its_five_fields_a_command_has_no_place_and_uses_no_number(house: House, missing: str) -> None:
    desk, call = house.desk(), house.call()
    body = desk.body("call.claim", call)
    broken = {name: value for name, value in body.items() if name != missing}
    reply = desk.send(broken, key=str(body["command_id"]))
    answer = json.loads(reply.body)
    assert (reply.status, answer["type"]) == (400, "invalid")
    assert missing in [entry["field"] for entry in answer["errors"]]
    assert desk.send(body).status == 200


@pytest.mark.parametrize(
    "change", [{"desk_seq": "1"}, {"desk_seq": 0}, {"desk_seq": True}, {"type": "call.steal"}, {"incarnation": "x"}]
)
def test_an_envelope_that_is_not_of_the_contract_uses_no_number(house: House, change: dict[str, object]) -> None:
    desk, call = house.desk(), house.call()
    body = desk.body("call.claim", call)
    assert desk.send({**body, **change}).status == 400
    assert desk.send(body).status == 200


def test_an_idempotency_key_that_is_not_the_command_id_uses_no_number(house: House) -> None:
    desk, call = house.desk(), house.call()
    body = desk.body("call.claim", call)
    assert desk.send(body, key=house.ids.new()).status == 400
    assert desk.send(body).status == 200


@pytest.mark.parametrize("raw_body", [b"", b"[]", b"{", b'{"a": NaN}', b'{"a": 1e999}', b'{"a": "\\ud800"}', b"\xff{}"])
def test_what_is_no_json_object_is_refused(house: House, raw_body: bytes) -> None:
    who = house.region.principal("desk-07")
    assert who is not None
    reply = answered(lambda: house.region.command(who, raw_body, idempotency_key="x"))
    assert (reply.status, json.loads(reply.body)["type"]) == (400, "invalid")


def test_deep_nesting_is_refused(house: House) -> None:
    who = house.region.principal("desk-07")
    assert who is not None
    body = b'{"data":' + b"[" * 50_000
    assert answered(lambda: house.region.command(who, body, idempotency_key="x")).status in (400, 413)


def test_more_than_64_kib_is_refused(house: House) -> None:
    desk, call = house.desk(), house.call()
    body = desk.body("call.note", call, {"text": "x" * 70_000})
    reply = desk.send(body)
    assert (reply.status, json.loads(reply.body)["type"]) == (413, "too-large")


def test_the_same_command_again_gets_the_stored_answer_byte_for_byte(house: House) -> None:
    desk, call = house.desk(), house.call()
    body = desk.body("call.claim", call)
    first = desk.send(body)
    desk.do("call.note", call, {"text": "later"})
    again = desk.send(body)
    assert (again.status, again.body, again.media) == (first.status, first.body, first.media)


def test_a_refusal_is_stored_like_a_success(house: House) -> None:
    call = house.call()
    house.desk("12").claim(call)
    desk = house.desk("07")
    body = desk.body("call.claim", call)
    refused = desk.send(body)
    assert json.loads(refused.body)["type"] == "claimed"
    held = house.data("call", call)["claim"]
    house.desk("12").do("call.release", call, {"reason": "pauze"}, claim=held["id"])  # type: ignore[index]
    assert desk.send(body).body == refused.body


def test_a_stored_answer_survives_a_restart(house: House) -> None:
    desk, call = house.desk(), house.call()
    body = desk.body("call.claim", call)
    first = desk.send(body)
    house.restart()
    assert desk.send(body).body == first.body


def test_sameness_does_not_look_at_incarnation_and_number(house: House) -> None:
    desk, call = house.desk(), house.call()
    body = desk.body("call.claim", call)
    first = desk.send(body)
    renumbered = {**body, "incarnation": house.ids.new(), "desk_seq": 1}
    assert desk.send(renumbered).body == first.body


def test_sameness_does_not_look_at_the_spelling_of_json(house: House) -> None:
    desk, call = house.desk(), house.call()
    body = desk.body("call.note", call, {"text": "één"})
    first = desk.send(body)
    who = house.region.principal(desk.token)
    assert who is not None
    spelled = json.dumps(dict(reversed(body.items())), indent=3, ensure_ascii=False).encode()
    again = answered(lambda: house.region.command(who, spelled, idempotency_key=str(body["command_id"])))
    assert again.body == first.body


def test_another_body_under_the_same_id_is_key_reused(house: House) -> None:
    desk, call = house.desk(), house.call()
    body = desk.body("call.note", call, {"text": "een"})
    desk.send(body)
    reply = desk.send({**body, "data": {"text": "twee"}})
    assert (reply.status, json.loads(reply.body)["type"]) == (422, "key-reused")


def test_a_stored_answer_takes_up_the_number_it_is_asked_under_if_that_is_the_next(house: House) -> None:
    desk, call = house.desk(), house.call()
    body = desk.body("call.claim", call)
    desk.send(body)
    fresh = house.ids.new()
    assert desk.send({**body, "incarnation": fresh, "desk_seq": 1}).status == 200
    desk.incarnation, desk.seq = fresh, 1
    assert desk.do("call.note", call, {"text": "2 is nu aan de beurt"})["status"] == 200


def test_a_stored_answer_asked_under_a_later_number_takes_up_none(house: House) -> None:
    desk, call = house.desk(), house.call()
    body = desk.body("call.claim", call)
    desk.send(body)
    assert desk.send({**body, "desk_seq": 9}).status == 200
    assert desk.do("call.note", call, {"text": "2"})["status"] == 200


def test_a_number_too_high_is_a_gap_that_names_the_expected_one(house: House) -> None:
    desk, call = house.desk(), house.call()
    desk.seq = 4
    answer = desk.do("call.claim", call)
    assert (answer["status"], answer["type"], answer["expected"]) == (409, "sequence-gap", 1)


def test_a_used_number_is_told_so(house: House) -> None:
    desk, call = house.desk(), house.call()
    desk.claim(call)
    desk.seq = 0
    answer = desk.do("call.note", call, {"text": "x"})
    assert (answer["status"], answer["type"], answer["expected"]) == (409, "sequence-used", 2)


def test_a_gap_is_not_stored_so_the_same_command_passes_later(house: House) -> None:
    desk, call = house.desk(), house.call()
    first, second = desk.body("call.claim", call), desk.body("call.note", call, {"text": "x"})
    assert desk.send(second).status == 409
    assert desk.send(first).status == 200
    assert desk.send(second).status == 200


def test_a_body_not_of_the_contract_uses_up_its_number_and_names_every_field(house: House) -> None:
    desk, call = house.desk(), house.call()
    answer = desk.do("call.note", call, {"txt": 3}, flavour="sweet", at="gisteren")
    assert (answer["status"], answer["type"]) == (400, "invalid")
    fields = {entry["field"] for entry in answer["errors"]}  # type: ignore[attr-defined]
    assert fields == {"flavour", "at", "data.text", "data.txt"}
    assert desk.do("call.note", call, {"text": "volgende"})["status"] == 200


def test_an_invalid_answer_repeats_no_value(house: House) -> None:
    desk, call = house.desk(), house.call()
    answer = desk.do("call.update", call, {"patient": {"name": 123456782, "geheim": "Jansen"}}, claim=house.ids.new())
    assert answer["type"] == "invalid"
    assert "Jansen" not in json.dumps(answer)
    assert "123456782" not in json.dumps(answer)


def test_the_role_comes_before_everything_about_the_object(house: House) -> None:
    answer = house.desk("07").do("call.raise", house.ids.new(), {"urgency": "U1", "reason": "erger"})
    assert (answer["status"], answer["type"]) == (403, "not-allowed")


def test_an_absent_object_comes_before_its_rev(house: House) -> None:
    answer = house.desk("90").do("call.raise", house.ids.new(), {"urgency": "U1", "reason": "erger"})
    assert (answer["status"], answer["type"]) == (404, "not-found")


def test_a_missing_rev_comes_before_the_state(house: House) -> None:
    call = house.call()
    answer = house.desk("07").do("call.reopen", call, {"reason": "x"})
    assert (answer["status"], answer["type"]) == (428, "rev-missing")


def test_a_malformed_if_match_is_invalid(house: House) -> None:
    call = house.call()
    desk = house.desk("07")
    who = house.region.principal(desk.token)
    assert who is not None
    for header in ("*", "W/" + f'"{house.rev("call", call)}"', house.rev("call", call)):
        body = desk.body("call.reopen", call, {"reason": "x"})
        reply = answered(
            lambda body=body, header=header: house.region.command(  # type: ignore[misc]
                who, raw(body), idempotency_key=str(body["command_id"]), if_match=header
            )
        )
        assert json.loads(reply.body)["type"] == "invalid"


def test_a_stale_rev_shows_the_object_as_it_is(house: House) -> None:
    call = house.call()
    seen = house.rev("call", call)
    house.desk("12").do("call.note", call, {"text": "van een ander"})
    answer = house.desk("07").do("call.close", call, {"outcome": "x"}, if_match=seen)
    assert (answer["status"], answer["type"]) == (412, "stale")
    current = answer["current"]
    assert current["rev"] == house.rev("call", call)  # type: ignore[index]
    assert current["data"] == house.data("call", call)  # type: ignore[index]


def test_if_match_holds_while_only_the_desk_itself_and_the_hub_changed_the_object(house: House) -> None:
    call = house.call()
    seen = house.rev("call", call)
    desk = house.desk("07")
    claim = desk.claim(call)
    house.pass_seconds(31)  # the hub marks the claim stale
    desk.do("call.release", call, {}, claim=claim)
    assert house.rev("call", call) != seen
    assert desk.do("call.close", call, {}, if_match=seen)["status"] == 200


@pytest.mark.parametrize("rev", ["elders.1", "geen rev", "{epoch}.999999"])
def test_a_rev_that_this_log_never_gave_out_is_stale(house: House, rev: str) -> None:
    call = house.call()
    named = rev.format(epoch=house.region.head().epoch)
    assert house.desk("07").do("call.close", call, {}, if_match=named)["type"] == "stale"


def test_applied_commands_name_themselves_in_the_log(house: House) -> None:
    desk, call = house.desk(), house.call()
    answer = desk.do("call.claim", call)
    who = house.region.principal(desk.token)
    assert who is not None
    since = str(answer["cursor"]).rpartition(".")
    before = f"{since[0]}.{int(since[2]) - 1}"
    body = json.loads(house.region.changes(who, before).reply.body)
    assert body["transactions"][0]["command"] == {
        "id": answer["sent"],
        "desk_id": "07",
        "incarnation": desk.incarnation,
        "desk_seq": 1,
    }
    assert body["transactions"][0]["items"] == answer["items"]


def test_a_personal_token_speaks_for_its_own_person_only(house: House) -> None:
    call = house.call()
    desk = house.desk("33")
    assert desk.do("call.note", call, {"text": "x"}, user="piet")["type"] == "not-allowed"
    body = desk.body("call.note", call, {"text": "y"})
    del body["user"]
    assert desk.send(body).status == 200
    assert house.data("call", call)["contributions"][-1]["by"] == "anna"  # type: ignore[index]


def test_answers_are_kept_thirty_days_and_nothing_older_is_taken_for_new(house: House) -> None:
    desk, call = house.desk(), house.call()
    body = desk.body("call.claim", call)
    first = desk.send(body)
    house.clock.advance(29 * 86_400)
    house.pass_seconds(61)
    assert desk.send(body).body == first.body
    house.clock.advance(2 * 86_400)
    house.pass_seconds(61)
    assert json.loads(desk.send(body).body)["type"] == "sequence-used"


def test_two_desks_on_the_last_place_exactly_one_gets_it(house: House) -> None:
    house.unit(free=1)
    call, other = house.call(), house.call()
    answers = [
        house.desk(number).do("capacity.reserve", None, {"unit": UNIT, "call_id": one})
        for number, one in (("07", call), ("12", other))
    ]
    assert [answer["status"] for answer in answers] == [200, 409]
    assert answers[1]["type"] == "full"

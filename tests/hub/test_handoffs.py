"""Contract §4 at the hub: nothing fences a handoff, events are united, and the call follows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.hub.house import RAV, Body, Desk, House, answered, raw
from zcc_console.core.clock import rfc3339


def event(n: int, state: str, *has: object, **more: object) -> Body:
    return {"n": n, "at": "2026-11-21T21:41:08.000Z", "state": state, "has": list(has), "by": None, **more}


def item(house: House, body: Body) -> Body:
    return house.data("handoff", str(body["handoff_id"]))


def pressed(house: House, desk: str = "07", **fields: object) -> tuple[str, Body]:
    call = house.call()
    body = house.desk(desk).handoff(call, **fields)
    answer = house.desk(desk).press(body)
    assert answer["status"] == 202, answer
    return call, body


def answers(house: House, body: Body, *events: Body) -> None:
    assert house.desk().events(str(body["handoff_id"]), *events)["status"] == 200


def spoken(outcome: str) -> Body:
    return {
        "used": True,
        "at": "2026-11-21T21:42:00Z",
        "by": "anna",
        "spoke_to": "centralist",
        "reference": "T1",
        "outcome": outcome,
    }


def stored_body(house: House, handoff: str) -> bytes:
    """What the relay would send."""
    with house.region.ledger.reading() as connection:
        row = connection.exec_driver_sql(f"SELECT body FROM handoff_message WHERE handoff_id = '{handoff}'").one()
    return str(row[0]).encode()


# -- taking it ---------------------------------------------------------------------------------------------------


def test_a_handoff_is_durable_before_it_is_answered(house: House) -> None:
    _, body = pressed(house)
    house.restart()
    assert item(house, body)["message_ids"] == [body["message_id"]]
    assert item(house, body)["state"] == "SENT"


def test_the_same_message_twice_is_one_and_the_second_answer_says_where_it_stands(house: House) -> None:
    _, body = pressed(house)
    answers(house, body, event(1, "RECEIVED", body["message_id"]))
    again = house.desk().press(body)
    assert (again["status"], again["type"]) == (409, "duplicate")
    assert (again["handoff_id"], again["message_id"], again["state"]) == (
        body["handoff_id"],
        body["message_id"],
        "RECEIVED",
    )
    assert item(house, body)["message_ids"] == [body["message_id"]]


def test_a_duplicate_with_another_content_keeps_the_first_and_warns(house: House) -> None:
    _, body = pressed(house)
    again = house.desk().press({**body, "urgency": "U5"})
    assert again["status"] == 409
    assert any("andere inhoud" in warning for warning in again["warnings"])  # type: ignore[attr-defined]
    assert item(house, body)["message"]["urgency"] == "U1"  # type: ignore[index]


def test_two_desks_that_press_for_one_call_make_one_handoff(house: House) -> None:
    call, body = pressed(house, "07")
    other = house.desk("12").handoff(call)
    assert house.desk("12").press(other)["status"] == 202
    assert other["handoff_id"] == body["handoff_id"]
    assert len(item(house, body)["message_ids"]) == 2  # type: ignore[arg-type]


def test_a_handoff_for_a_call_the_hub_does_not_know_is_taken(house: House) -> None:
    body = house.desk().handoff(house.ids.new())
    assert house.desk().press(body)["status"] == 202


def test_unknown_and_unreadable_fields_are_kept_and_named_never_refused(house: House) -> None:
    call = house.call()
    body = house.desk().handoff(call, severity=9, hazards="hond", sequence="een", urgency="rood")
    answer = house.desk().press(body)
    assert answer["status"] == 202
    named = " ".join(answer["warnings"])  # type: ignore[arg-type]
    assert all(field in named for field in ("severity", "hazards", "sequence", "urgency"))
    assert item(house, body)["message"]["severity"] == 9  # type: ignore[index]


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "gisteren", 7, {}])
def test_a_time_that_cannot_be_read_never_stops_a_handoff(house: House, at: object) -> None:
    _, body = pressed(house, created_at=at, expires_at=at, voice={"used": True, "at": at, "outcome": "accepted"})
    house.pass_seconds(2)
    assert item(house, body)["voice"] == "CONFIRMED"


@pytest.mark.parametrize("field", ["handoff_id", "message_id", "from", "urgency", "reasons"])
def test_what_is_compulsory_and_absent_is_named(house: House, field: str) -> None:
    body = house.desk().handoff(house.call())
    del body[field]
    who = house.region.principal("desk-07")
    assert who is not None
    reply = answered(lambda: house.region.handoff(who, raw(body), idempotency_key=None))
    problem = json.loads(reply.body)
    assert (reply.status, problem["type"]) == (400, "invalid")
    assert field in [entry["field"] for entry in problem["errors"]]


def test_callback_number_or_location_is_enough(house: House) -> None:
    desk = house.desk()
    assert desk.press(desk.handoff(house.call(), callback_number=None))["status"] == 202
    assert desk.press(desk.handoff(house.call(), location=None))["status"] == 202
    assert desk.press(desk.handoff(house.call(), location=None, callback_number=None))["status"] == 400


def test_an_exercise_hub_refuses_a_real_handoff(house: House) -> None:
    desk = house.desk()
    for exercise in (False, None, "ja"):
        answer = desk.press(desk.handoff(house.call(), exercise=exercise))
        assert (answer["status"], answer["type"]) == (422, "exercise")


def test_a_source_makes_no_handoff(house: House) -> None:
    who = house.region.principal("intake")
    assert who is not None
    body = house.desk().handoff(house.call())
    assert answered(lambda: house.region.handoff(who, raw(body), idempotency_key=None)).status == 403


def test_more_than_64_kib_is_refused(house: House) -> None:
    desk = house.desk()
    assert desk.press(desk.handoff(house.call(), findings=["x" * 70_000]))["status"] == 413


def test_the_bsn_goes_to_the_rav_and_not_into_the_log(house: House) -> None:
    _, body = pressed(house, patient={"name": "X", "bsn": "111222333"}, patient_bsn="111222333")
    assert "111222333" not in json.dumps(item(house, body))
    desk, rav = (house.region.principal(token) for token in ("desk-07", "rav"))
    assert desk is not None
    assert rav is not None
    handoff = str(body["handoff_id"])
    assert b"111222333" not in house.region.handoff_status(desk, handoff).body
    assert b"111222333" in house.region.handoff_status(rav, handoff).body
    assert b"111222333" in stored_body(house, handoff)


def test_reading_a_handoff_is_logged(house: House) -> None:
    _, body = pressed(house)
    who = house.region.principal("desk-12")
    assert who is not None
    house.region.handoff_status(who, str(body["handoff_id"]))
    with house.region.ledger.reading() as connection:
        subjects = [row[0] for row in connection.exec_driver_sql("SELECT subject FROM access")]
    assert f"handoff/{body['handoff_id']}" in subjects


def test_a_rav_sees_only_what_goes_to_it(house: House) -> None:
    _, body = pressed(house, to="rav-twee")
    who = house.region.principal("rav")
    assert who is not None
    assert answered(lambda: house.region.handoff_status(who, str(body["handoff_id"]))).status == 403


def test_an_unknown_rav_means_the_default_one_and_is_warned_of(house: House) -> None:
    call = house.call()
    body = {**house.desk().handoff(call), "to": "rav-weg"}
    answer = house.desk().press(body)
    assert answer["status"] == 202
    assert any(str(warning).startswith("to:") for warning in answer["warnings"])  # type: ignore[attr-defined]
    assert item(house, body)["to"] == RAV
    nowhere = {**house.desk().handoff(house.call()), "to": None}
    assert house.desk().press(nowhere)["warnings"] == []


# -- the union of the events ---------------------------------------------------------------------------------------


def test_late_double_and_out_of_order_events_do_nothing(house: House) -> None:
    _, body = pressed(house)
    mine = body["message_id"]
    answers(house, body, event(3, "ACCEPTED", mine, by="Jan", reference="R1"))
    answers(house, body, event(1, "RECEIVED", mine), event(2, "OPENED", mine, by="Jan"))
    head = house.region.head()
    answers(house, body, event(1, "RECEIVED", mine), event(3, "REJECTED", mine))
    assert house.region.head() == head
    assert item(house, body)["state"] == "ACCEPTED"
    assert [entry["n"] for entry in item(house, body)["events"]] == [1, 2, 3]  # type: ignore[attr-defined]


def test_events_are_marked_with_who_brought_them(house: House) -> None:
    _, body = pressed(house)
    house.desk("12").events(str(body["handoff_id"]), event(1, "RECEIVED", body["message_id"]), token="desk-12")
    assert item(house, body)["events"][0]["through"] == "desk:12"  # type: ignore[index]


def test_events_that_come_before_their_handoff_are_kept(house: House) -> None:
    body = house.desk().handoff(house.call())
    answers(house, body, event(1, "ACCEPTED", body["message_id"], by="Jan"))
    assert house.desk().press(body)["state"] == "ACCEPTED"
    assert house.data("call", str(body["call_id"]))["state"] == "handed-off"


def test_events_that_say_nothing_are_passed_over(house: House) -> None:
    _, body = pressed(house)
    broken: list[Body] = [
        {},
        {"n": "x", "state": "ACCEPTED"},
        {"n": 1, "state": "MISSCHIEN"},
        {"n": True, "state": "OPENED"},
    ]
    answers(house, body, *broken)
    assert item(house, body)["events"] == []


def test_a_real_handoff_takes_no_event_of_an_exercise(tmp_path: Path) -> None:
    house = House.build(tmp_path, exercise=False)
    try:
        call = house.call()
        body = house.desk().handoff(call, exercise=False)
        assert house.desk().press(body)["status"] == 202
        answers(house, body, event(1, "ACCEPTED", body["message_id"], by="x", exercise=True))
        assert item(house, body)["state"] == "SENT"
        assert house.data("call", call)["state"] == "waiting"
    finally:
        house.region.close()


def test_an_answer_to_an_earlier_new_is_not_one_to_the_present(house: House) -> None:
    call, body = pressed(house)
    answers(house, body, event(1, "REJECTED", body["message_id"], by="Jan", reason="geen"))
    second = house.desk().handoff(call, sequence=2)
    house.desk().press(second)
    answers(house, body, event(2, "ACCEPTED", body["message_id"], by="Jan"))
    assert item(house, body)["state"] == "SENT"
    answers(house, body, event(3, "RECEIVED", body["message_id"], second["message_id"]))
    assert item(house, body)["state"] == "RECEIVED"


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_order_and_any_doubles_of_events_add_up_to_the_same(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    house = House.build(tmp_path_factory.mktemp("hub"))
    try:
        _, body = pressed(house)
        mine = body["message_id"]
        made = [
            event(n, data.draw(st.sampled_from(["RECEIVED", "OPENED", "ACCEPTED", "REJECTED", "CLOSED"])), mine)
            for n in range(1, 6)
        ]
        told = data.draw(st.permutations(made + made[:2]))
        for one in told:
            answers(house, body, one)
        assert item(house, body)["state"] == made[-1]["state"]
        before = item(house, body)
        house.restart()
        assert item(house, body) == before
    finally:
        house.region.close()


# -- what it means for the call ------------------------------------------------------------------------------------


def test_accepted_hands_the_call_over_and_keeps_the_claim(house: House) -> None:
    call = house.call()
    claim = house.desk().claim(call)
    body = house.desk().handoff(call)
    house.desk().press(body)
    for state in ("RECEIVED", "OPENED"):
        answers(house, body, event({"RECEIVED": 1, "OPENED": 2}[state], state, body["message_id"]))
        assert house.data("call", call)["state"] == "claimed"
    answers(house, body, event(3, "ACCEPTED", body["message_id"], by="Jan"))
    data = house.data("call", call)
    assert (data["state"], data["claim"]["id"]) == ("handed-off", claim)  # type: ignore[index]
    assert house.desk().do("call.close", call, {}, claim=claim)["status"] == 200


@pytest.mark.parametrize("held", [True, False])
def test_an_accepted_that_becomes_rejected_is_heard(house: House, held: bool) -> None:
    call = house.call()
    if held:
        house.desk().claim(call)
    body = house.desk().handoff(call)
    house.desk().press(body)
    answers(house, body, event(1, "ACCEPTED", body["message_id"], by="Jan"))
    answers(house, body, event(2, "REJECTED", body["message_id"], by="Jan", reason="vergissing"))
    data = house.data("call", call)
    if held:
        assert data["state"] == "claimed"
    else:
        assert data["state"] == "waiting"
        assert data["raised"]["urgency"] == "U1"  # type: ignore[index]


def test_closed_after_accepted_leaves_the_call_handed_over_unless_recalled(house: House) -> None:
    call, body = pressed(house)
    mine = body["message_id"]
    answers(house, body, event(1, "ACCEPTED", mine, by="Jan"), event(2, "CLOSED", mine, by="Jan"))
    assert house.data("call", call)["state"] == "handed-off"
    recall = house.desk().handoff(call, kind="recall", sequence=2)
    house.desk().press(recall)
    answers(house, body, event(3, "CLOSED", mine, recall["message_id"], by="Jan", reason="recalled"))
    assert house.data("call", call)["state"] == "waiting"


def test_a_telephone_call_that_was_accepted_hands_over_without_any_event(house: House) -> None:
    call, _ = pressed(house)
    update = house.desk("12").handoff(call, kind="update", sequence=2, voice=spoken("accepted"))
    house.desk("12").press(update)
    assert house.data("call", call)["state"] == "handed-off"
    found = item(house, update)
    assert (found["voice"], found["voice_record"]["spoke_to"]) == ("CONFIRMED", "centralist")  # type: ignore[index]


def test_where_message_and_voice_differ_it_stays_open(house: House) -> None:
    call, body = pressed(house)
    answers(house, body, event(1, "ACCEPTED", body["message_id"], by="Jan"))
    house.desk().press(house.desk().handoff(call, kind="update", sequence=2, voice=spoken("refused")))
    assert house.data("call", call)["state"] == "waiting"
    assert item(house, body)["open"] is True


def test_a_call_that_comes_after_its_accepted_handoff_is_handed_off(house: House) -> None:
    call = house.ids.new()
    body = house.desk().handoff(call)
    house.desk().press(body)
    answers(house, body, event(1, "ACCEPTED", body["message_id"], by="Jan"))
    house.desk().do("call.create", call, {"reason": "later bezorgd"})
    assert house.data("call", call)["state"] == "handed-off"


def test_a_call_with_an_open_handoff_is_closed_by_the_supervisor_alone(house: House) -> None:
    call = house.call()
    claim = house.desk().claim(call)
    body = house.desk().handoff(call)
    house.desk().press(body)
    refused = house.desk().do("call.close", call, {}, claim=claim)
    assert (refused["status"], refused["type"]) == (409, "wrong-state")
    assert house.desk("90").do("call.close", call, {}, if_match=house.rev("call", call))["status"] == 200


def test_a_handoff_changes_no_ones_if_match(house: House) -> None:
    call = house.call()
    seen = house.rev("call", call)
    body = house.desk().handoff(call)
    house.desk().press(body)
    answers(house, body, event(1, "ACCEPTED", body["message_id"], by="Jan"))
    assert house.rev("call", call) != seen
    assert house.desk("12").do("call.close", call, {}, if_match=seen)["status"] == 200


# -- the hub's clock -----------------------------------------------------------------------------------------------


def test_not_received_after_ten_seconds_puts_required_in_the_log_for_colleagues(house: House) -> None:
    _, body = pressed(house)
    house.pass_seconds(9)
    assert item(house, body)["voice"] == "not needed"
    house.pass_seconds(1)
    assert item(house, body)["voice"] == "REQUIRED"


def test_not_accepted_after_thirty_seconds_is_required_as_well(house: House) -> None:
    _, body = pressed(house)
    answers(house, body, event(1, "RECEIVED", body["message_id"]))
    house.pass_seconds(29)
    assert item(house, body)["voice"] == "not needed"
    house.pass_seconds(1)
    assert item(house, body)["voice"] == "REQUIRED"
    answers(house, body, event(2, "ACCEPTED", body["message_id"], by="Jan"))
    assert item(house, body)["voice"] == "not needed"


def test_rejected_is_required_at_once(house: House) -> None:
    _, body = pressed(house)
    answers(house, body, event(1, "REJECTED", body["message_id"], by="Jan", reason="x"))
    assert item(house, body)["voice"] == "REQUIRED"


def test_a_message_that_arrives_late_counts_from_when_it_was_pressed(house: House) -> None:
    call = house.call()
    created = rfc3339(house.clock.now())
    house.clock.advance(60)
    body = house.desk().handoff(call, created_at=created)
    house.desk().press(body)
    assert item(house, body)["voice"] == "REQUIRED"


def test_the_clock_goes_on_over_a_restart_of_the_hub(house: House) -> None:
    _, body = pressed(house)
    house.restart()
    house.clock.advance(3600)
    house.region.tick()
    assert item(house, body)["voice"] == "REQUIRED"


def test_a_key_test_runs_no_clock(house: House) -> None:
    body = house.desk().handoff(house.ids.new(), key_test=True)
    house.desk().press(body)
    house.pass_seconds(40)
    assert item(house, body)["voice"] == "not needed"
    assert item(house, body)["key_test"] is True


def test_a_recall_without_an_answer_in_thirty_seconds_is_required(house: House) -> None:
    call, body = pressed(house)
    answers(house, body, event(1, "ACCEPTED", body["message_id"], by="Jan"))
    recall = house.desk().handoff(call, kind="recall", sequence=2)
    house.desk().press(recall)
    answers(house, body, event(2, "ACCEPTED", body["message_id"], recall["message_id"], by=None))
    house.pass_seconds(29)
    assert item(house, body)["voice"] == "not needed"
    house.pass_seconds(1)
    assert item(house, body)["voice"] == "REQUIRED"


def test_a_handoff_of_no_call_leaves_the_log_after_a_day(house: House) -> None:
    desk: Desk = house.desk()
    test = desk.handoff(house.ids.new(), key_test=True)
    lost = desk.handoff(house.ids.new())
    desk.press(test)
    desk.press(lost)
    house.clock.advance(86_500)
    house.pass_seconds(61)
    assert house.gone("handoff", str(test["handoff_id"]))
    assert not house.gone("handoff", str(lost["handoff_id"])), "an open one stays"
    house.clock.advance(2 * 86_400)
    house.pass_seconds(61)
    assert house.gone("handoff", str(lost["handoff_id"]))
    who = house.region.principal("desk-07")
    assert who is not None
    assert house.region.handoff_status(who, str(lost["handoff_id"])).status == 200


# -- an exercise in a real region ------------------------------------------------------------------------------------


def test_an_exercise_in_a_real_region_is_taken_and_touches_no_call(tmp_path: Path) -> None:
    house = House.build(tmp_path, exercise=False)
    try:
        call = house.call()
        claim = house.desk().claim(call)
        body = house.desk().handoff(call, exercise=True)
        assert house.desk().press(body)["status"] == 202
        house.pass_seconds(40)
        assert item(house, body)["voice"] == "not needed"
        answers(house, body, event(1, "ACCEPTED", body["message_id"], by="Jan", exercise=True))
        assert item(house, body)["state"] == "ACCEPTED"
        assert house.data("call", call)["state"] == "claimed"
        assert house.desk().do("call.close", call, {}, claim=claim)["status"] == 200
    finally:
        house.region.close()


def test_a_real_handoff_in_a_real_region_runs_the_clock_and_hands_over(tmp_path: Path) -> None:
    house = House.build(tmp_path, exercise=False)
    try:
        call = house.call()
        body = house.desk().handoff(call, exercise=False)
        assert house.desk().press(body)["exercise"] is False
        house.pass_seconds(10)
        assert item(house, body)["voice"] == "REQUIRED"
        answers(house, body, event(1, "ACCEPTED", body["message_id"], by="Jan"))
        assert house.data("call", call)["state"] == "handed-off"
    finally:
        house.region.close()


def test_a_recall_after_the_hub_was_told_by_voice_that_it_was_refused_changes_nothing(house: House) -> None:
    call, body = pressed(house)
    house.desk().press(house.desk().handoff(call, kind="update", sequence=2, voice=spoken("refused")))
    assert item(house, body)["open"] is False
    house.desk().press(house.desk().handoff(call, kind="recall", sequence=3))
    assert house.data("call", call)["state"] == "waiting"
    assert len(item(house, body)["messages"]) == 3  # type: ignore[arg-type]

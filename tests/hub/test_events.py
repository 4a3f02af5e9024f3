"""Contract §4: the gateway's own word is the truth; what a desk passes on counts only within its reach."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.hub.house import Body, House
from tests.hub.test_handoffs import answers, event, item, pressed
from tests.hub.test_relay import delivered, routed

__all__ = ["routed"]

FORGED = 9_007_199_254_740_991


@pytest.fixture
def told(house: House) -> tuple[str, Body]:
    """A call and its message, of which the gateway said RECEIVED."""
    call, body = pressed(house)
    answers(house, body, event(5, "RECEIVED", body["message_id"]))
    return call, body


def passes_on(house: House, body: Body, *events: Body, desk: str = "07") -> Body:
    return house.desk(desk).events(str(body["handoff_id"]), *events, token=f"desk-{desk}")


def gateway_says(house: House, *events: Body) -> None:
    (asking,) = house.region.relay.questions()
    house.region.relay.asked(asking, 200, json.dumps({"events": list(events)}).encode())
    house.clock.advance(10.1)


def test_a_desks_event_out_of_reach_is_kept_warned_of_and_counts_for_nothing(
    house: House, told: tuple[str, Body]
) -> None:
    call, body = told
    answer = passes_on(house, body, event(FORGED, "ACCEPTED", body["message_id"], by="Jan"))
    assert answer["status"] == 200
    assert len(answer["warnings"]) == 1  # type: ignore[arg-type]
    assert [entry["n"] for entry in answer["events"]] == [5]  # type: ignore[attr-defined]
    found = item(house, body)
    assert (found["state"], found["handed_over"]) == ("RECEIVED", False)
    assert [entry["n"] for entry in found["events"]] == [5]  # type: ignore[attr-defined]
    assert [(entry["n"], entry["via"]) for entry in found["events_doubted"]] == [(FORGED, "07")]  # type: ignore[attr-defined]
    assert house.data("call", call)["state"] == "waiting"
    house.restart()
    assert item(house, body) == found
    answers(house, body, event(6, "REJECTED", body["message_id"], by="Jan", reason="x"))
    assert item(house, body)["state"] == "REJECTED"


@pytest.mark.parametrize(("n", "counts"), [(2_000_005, True), (2_000_006, False)])
def test_a_desk_reaches_two_million_above_the_gateways_own_numbers(
    house: House, told: tuple[str, Body], n: int, counts: bool
) -> None:
    _, body = told
    passes_on(house, body, event(n, "OPENED", body["message_id"]))
    assert item(house, body)["state"] == ("OPENED" if counts else "RECEIVED")


def test_a_desk_can_not_climb_on_its_own_events(house: House, told: tuple[str, Body]) -> None:
    _, body = told
    passes_on(house, body, event(2_000_005, "OPENED", body["message_id"]))
    passes_on(house, body, event(4_000_000, "ACCEPTED", body["message_id"]))
    assert item(house, body)["state"] == "OPENED"


def test_a_handoff_that_its_gateway_never_spoke_of_is_measured_by_the_others(house: House) -> None:
    _, other = pressed(house)
    answers(house, other, event(7_000_000, "RECEIVED", other["message_id"]))
    house.restart()
    _, body = pressed(house)
    passes_on(house, body, event(7_000_001, "RECEIVED", body["message_id"]))
    assert item(house, body)["state"] == "RECEIVED"
    passes_on(house, body, event(9_000_001, "ACCEPTED", body["message_id"]))
    assert item(house, body)["state"] == "RECEIVED"


def test_what_a_desk_passed_on_is_marked_until_the_gateway_confirms_it(house: House, told: tuple[str, Body]) -> None:
    _, body = told
    opened = event(6, "OPENED", body["message_id"], by="Jan")
    passes_on(house, body, {**opened, "via": None, "through": "gateway", "counts": True}, desk="12")
    assert [entry.get("via") for entry in item(house, body)["events"]] == [None, "12"]  # type: ignore[attr-defined]
    answers(house, body, opened)
    assert [entry.get("via") for entry in item(house, body)["events"]] == [None, None]  # type: ignore[attr-defined]
    head = house.region.head()
    passes_on(house, body, opened)
    answers(house, body, opened)
    assert house.region.head() == head


def test_the_gateways_word_replaces_a_desks_and_takes_the_call_back(house: House, told: tuple[str, Body]) -> None:
    call, body = told
    passes_on(house, body, event(6, "ACCEPTED", body["message_id"], by="Jan"))
    assert house.data("call", call)["state"] == "handed-off"
    answers(house, body, event(6, "OPENED", body["message_id"], by="Jan"))
    assert item(house, body)["state"] == "OPENED"
    assert item(house, body)["events"][-1]["differed"] == "07"  # type: ignore[index]
    assert house.data("call", call)["state"] == "waiting"
    passes_on(house, body, event(6, "ACCEPTED", body["message_id"], by="Jan"))
    assert item(house, body)["state"] == "OPENED"


def test_a_doubted_event_counts_once_the_gateway_says_it_too(house: House, told: tuple[str, Body]) -> None:
    _, body = told
    far = event(5_000_000, "OPENED", body["message_id"])
    passes_on(house, body, far)
    answers(house, body, far)
    assert item(house, body)["state"] == "OPENED"
    assert item(house, body)["events_doubted"] == []


@pytest.mark.parametrize("n", [0, -1, 2**53, 10**30])
@pytest.mark.parametrize("token", ["desk-07", "rav"])
def test_a_number_that_no_gateway_gives_is_refused(house: House, told: tuple[str, Body], n: int, token: str) -> None:
    _, body = told
    answer = house.desk().events(str(body["handoff_id"]), event(n, "ACCEPTED", body["message_id"]), token=token)
    assert (answer["status"], answer["type"]) == (400, "invalid")
    assert answer["errors"][0]["field"] == "events.0.n"  # type: ignore[index]
    assert item(house, body)["state"] == "RECEIVED"


def test_the_gateway_is_asked_from_its_own_last_number_on(routed: House) -> None:
    body, _ = delivered(routed, routed.call())
    gateway_says(routed, event(5, "RECEIVED", body["message_id"]))
    passes_on(routed, body, event(8, "OPENED", body["message_id"]))
    (asking,) = routed.region.relay.questions()
    assert asking.after == 5
    assert asking.unconfirmed == {8}


def test_what_the_gateway_does_not_have_when_asked_counts_no_more(routed: House) -> None:
    call = routed.call()
    body, _ = delivered(routed, call)
    received = event(5, "RECEIVED", body["message_id"])
    gateway_says(routed, received)
    passes_on(routed, body, event(1_999_999, "ACCEPTED", body["message_id"], by="Jan"))
    assert routed.data("call", call)["state"] == "handed-off"
    gateway_says(routed, received)
    found = item(routed, body)
    assert (found["state"], found["handed_over"]) == ("RECEIVED", False)
    assert found["events_doubted"][0]["denied"] is True  # type: ignore[index]
    assert routed.data("call", call)["state"] == "waiting"
    routed.restart()
    assert item(routed, body)["state"] == "RECEIVED"


def test_what_came_after_the_question_is_not_denied_by_its_answer(routed: House) -> None:
    body, _ = delivered(routed, routed.call())
    (asking,) = routed.region.relay.questions()
    passes_on(routed, body, event(6, "OPENED", body["message_id"]))
    routed.region.relay.asked(asking, 200, b'{"events": []}')
    assert item(routed, body)["state"] == "OPENED"


def test_an_event_that_was_brought_back_to_the_gateway_is_not_its_own_word(routed: House) -> None:
    body, _ = delivered(routed, routed.call())
    gateway_says(routed, event(5, "RECEIVED", body["message_id"]))
    gateway_says(routed, {**event(FORGED, "ACCEPTED", body["message_id"]), "passed_on_by": "desk 07"})
    assert item(routed, body)["state"] == "RECEIVED"
    gateway_says(routed, {**event(6, "OPENED", body["message_id"]), "passed_on_by": "desk 07"})
    assert item(routed, body)["state"] == "OPENED"
    assert item(routed, body)["events"][-1]["via"] == "desk 07"  # type: ignore[index]


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_the_same_events_by_any_route_in_any_order_add_up_to_the_same(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    house = House.build(tmp_path_factory.mktemp("hub"))
    try:
        _, body = pressed(house)
        states = st.sampled_from(["RECEIVED", "OPENED", "ACCEPTED", "REJECTED", "CLOSED"])
        made = [event(n, data.draw(states), body["message_id"]) for n in range(1, 6)]
        for one in data.draw(st.permutations(made + made)):
            if data.draw(st.booleans()):
                answers(house, body, one)
            else:
                passes_on(house, body, one)
        assert item(house, body)["state"] == made[-1]["state"]
        before = item(house, body)
        house.restart()
        assert item(house, body) == before
    finally:
        house.region.close()


# -- the sequence of a message ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("sequence", [1002, 2**53 - 1, 2**60, 10**17, -3, "9"])
def test_a_sequence_that_leaps_is_kept_and_is_not_the_current_picture(house: House, sequence: object) -> None:
    call, body = pressed(house)
    forged = house.desk("12").handoff(call, kind="recall", sequence=sequence, urgency="U5")
    answer = house.desk("12").press(forged)
    assert answer["status"] == 202
    assert any(str(warning).startswith("sequence") for warning in answer["warnings"])  # type: ignore[attr-defined]
    found = item(house, body)
    assert found["message"]["urgency"] == "U1"  # type: ignore[index]
    assert (found["open"], found["message_ids"]) == (True, [body["message_id"], forged["message_id"]])
    before = item(house, body)
    house.restart()
    assert item(house, body) == before


def test_a_sequence_within_a_thousand_is_the_current_picture(house: House) -> None:
    call, body = pressed(house)
    house.desk("12").press(house.desk("12").handoff(call, kind="update", sequence=1001, urgency="U0"))
    assert item(house, body)["message"]["urgency"] == "U0"  # type: ignore[index]


def test_what_a_sequence_says_does_not_depend_on_what_came_first(house: House) -> None:
    call = house.call()
    desk = house.desk()
    made = [desk.handoff(call, kind="new" if n == 1 else "update", sequence=n, urgency=u) for n, u in ((1500, "U2"),)]
    desk.press(made[0])
    body = desk.handoff(call, sequence=800)
    desk.press(body)
    assert item(house, body)["message"]["urgency"] == "U2"  # type: ignore[index]

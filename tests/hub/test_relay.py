"""Contract §4: what the hub brings to the gateways, when it tries again, and whose answer counts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.hub.house import RAV, Body, House
from tests.hub.test_handoffs import answers, event, item
from zcc_console.hub.relay import Sending
from zcc_console.hub.relaying import Letter


@pytest.fixture
def routed(tmp_path: Path) -> Iterator[House]:
    """A region whose default RAV has a route."""
    plain = House.build(tmp_path)
    plain.region.close()
    ravs = (
        replace(plain.cfg.ravs[0], url="http://127.0.0.1:9", token_file=tmp_path / "t"),
        *plain.cfg.ravs[1:],
    )
    house = House.build(tmp_path, ravs=ravs)
    yield house
    house.region.close()


def receipt(letter: Letter, **more: object) -> bytes:
    sending = letter.sending
    return json.dumps({"handoff_id": sending.handoff_id, "message_id": sending.message_id, **more}).encode()


def press(house: House, call: str, **fields: object) -> Body:
    body = house.desk().handoff(call, **fields)
    assert house.desk().press(body)["status"] == 202
    return body


def order(letters: list[Letter]) -> list[str]:
    return [letter.sending.message_id for letter in letters]


def test_a_message_is_sent_whole_to_the_rav_it_names(routed: House) -> None:
    body = press(routed, routed.call(), patient={"bsn": "111222333"}, extra={"x": 1})
    (letter,) = routed.region.relay.due()
    assert json.loads(letter.body) == body
    assert letter.sending.rav.id == RAV


def test_what_is_under_way_is_not_sent_twice(routed: House) -> None:
    press(routed, routed.call())
    assert len(routed.region.relay.due()) == 1
    assert routed.region.relay.due() == []


def test_an_attempt_without_an_answer_is_repeated_after_half_a_second_to_five(routed: House) -> None:
    press(routed, routed.call())
    (letter,) = routed.region.relay.due()
    routed.region.relay.sent(letter.sending, None, b"")
    assert routed.region.relay.due() == []
    routed.clock.advance(0.49)
    assert routed.region.relay.due() == []
    routed.clock.advance(4.6)
    assert len(routed.region.relay.due()) == 1


@pytest.mark.parametrize(
    ("status", "content"),
    [
        (202, b"<html>proxy</html>"),
        (202, b"{}"),
        (202, b'{"handoff_id": "ander", "message_id": "ander"}'),
        (409, b"{}"),
        (503, b""),
        (401, b""),
        (404, b""),
    ],
)
def test_only_an_answer_that_repeats_both_ids_counts(routed: House, status: int, content: bytes) -> None:
    body = press(routed, routed.call())
    (letter,) = routed.region.relay.due()
    assert routed.region.relay.sent(letter.sending, status, content) is False
    assert item(routed, body)["delivered_to_rav"] is False
    routed.clock.advance(6)
    assert len(routed.region.relay.due()) == 1


def test_a_real_handoff_in_an_exercises_hands_is_not_delivered(tmp_path: Path) -> None:
    plain = House.build(tmp_path)
    plain.region.close()
    rav = replace(plain.cfg.ravs[0], url="http://127.0.0.1:9", token_file=tmp_path / "t")
    house = House.build(tmp_path, exercise=False, ravs=(rav,))
    try:
        body = press(house, house.call(), exercise=False)
        (letter,) = house.region.relay.due()
        assert house.region.relay.sent(letter.sending, 202, receipt(letter, exercise=True)) is False
        assert item(house, body)["delivered_to_rav"] is False
    finally:
        house.region.close()


def test_a_409_of_another_kind_with_the_right_ids_is_not_delivered(routed: House) -> None:
    press(routed, routed.call())
    (letter,) = routed.region.relay.due()
    assert routed.region.relay.sent(letter.sending, 409, receipt(letter, type="conflict")) is False


@pytest.mark.parametrize(("status", "kind"), [(202, None), (409, "duplicate")])
def test_202_and_duplicate_are_delivered(routed: House, status: int, kind: str | None) -> None:
    body = press(routed, routed.call())
    (letter,) = routed.region.relay.due()
    assert routed.region.relay.sent(letter.sending, status, receipt(letter, type=kind)) is True
    assert item(routed, body)["delivered_to_rav"] is True
    assert item(routed, body)["state"] == "SENT", "RECEIVED is said by the gateway's events alone"
    routed.clock.advance(60)
    assert routed.region.relay.due() == []


def test_the_newest_goes_first_and_the_older_ones_after_it_for_the_record(routed: House) -> None:
    call = routed.call()
    made = [press(routed, call, kind="new" if n == 1 else "update", sequence=n) for n in (1, 2, 3)]
    sent = []
    while letters := routed.region.relay.due():
        sent += order(letters)
        routed.region.relay.sent(letters[0].sending, 202, receipt(letters[0]))
    assert sent == [body["message_id"] for body in (made[2], made[1], made[0])]


def test_a_new_message_does_not_wait_for_the_pause_of_an_older_one(routed: House) -> None:
    call = routed.call()
    press(routed, call)
    (letter,) = routed.region.relay.due()
    routed.region.relay.sent(letter.sending, None, b"")
    update = press(routed, call, kind="update", sequence=2)
    assert order(routed.region.relay.due()) == [update["message_id"]]


def test_what_was_not_delivered_goes_again_after_a_restart(routed: House) -> None:
    body = press(routed, routed.call())
    routed.region.relay.due()
    routed.restart()
    assert order(routed.region.relay.due()) == [body["message_id"]]


def test_a_day_later_the_hub_gives_up(routed: House) -> None:
    press(routed, routed.call())
    (letter,) = routed.region.relay.due()
    routed.region.relay.sent(letter.sending, None, b"")
    routed.clock.advance(86_390)
    assert len(routed.region.relay.due()) == 1
    routed.region.relay.sent(letter.sending, None, b"")
    routed.clock.advance(20)
    assert routed.region.relay.due() == []


def test_a_rav_without_a_route_is_sent_nothing(routed: House) -> None:
    press(routed, routed.call(), to="rav-twee")
    assert routed.region.relay.due() == []
    assert routed.region.relay.questions() == []


def delivered(house: House, call: str) -> tuple[Body, Sending]:
    body = press(house, call)
    (letter,) = house.region.relay.due()
    house.region.relay.sent(letter.sending, 202, receipt(letter))
    return body, letter.sending


def test_the_gateway_is_asked_for_events_once_it_has_the_message(routed: House) -> None:
    press(routed, routed.call())
    assert routed.region.relay.questions() == []
    (letter,) = routed.region.relay.due()
    routed.region.relay.sent(letter.sending, 202, receipt(letter))
    (asking,) = routed.region.relay.questions()
    assert (asking.handoff_id, asking.after, asking.wait_s) == (letter.sending.handoff_id, 0, 10.0)
    assert routed.region.relay.questions() == []


def test_what_the_gateway_answers_is_united_and_asked_on_from_there(routed: House) -> None:
    body, _ = delivered(routed, routed.call())
    (asking,) = routed.region.relay.questions()
    content = json.dumps({"events": [event(7, "RECEIVED", body["message_id"])]}).encode()
    routed.region.relay.asked(asking, 200, content)
    assert item(routed, body)["state"] == "RECEIVED"
    assert item(routed, body)["events"][0]["through"] == "gateway"  # type: ignore[index]
    (asking,) = routed.region.relay.questions()
    assert asking.after == 7
    routed.region.relay.asked(asking, None, b"")
    assert routed.region.relay.questions() == []
    routed.clock.advance(5.1)
    assert len(routed.region.relay.questions()) == 1


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"events": 3}', b'{"events": [1, null, {"n": 1}]}'])
def test_an_answer_that_is_none_changes_nothing(routed: House, content: bytes) -> None:
    body, _ = delivered(routed, routed.call())
    (asking,) = routed.region.relay.questions()
    head = routed.region.head()
    routed.region.relay.asked(asking, 200, content)
    assert item(routed, body)["events"] == []
    assert routed.region.head() == head
    routed.clock.advance(6)
    assert len(routed.region.relay.questions()) == 1


def test_a_gateway_found_to_lack_a_message_gets_it_again(routed: House) -> None:
    body, sending = delivered(routed, routed.call())
    routed.clock.advance(60)
    assert routed.region.relay.due() == []
    answers(routed, body, event(1_000_001, "RECEIVED", "een-ander-bericht"))
    assert order(routed.region.relay.due()) == [sending.message_id]


def test_events_that_crossed_the_message_on_their_way_send_nothing_again(routed: House) -> None:
    call = routed.call()
    body, _ = delivered(routed, call)
    answers(routed, body, event(1, "RECEIVED", body["message_id"]))
    update = press(routed, call, kind="update", sequence=2)
    (letter,) = routed.region.relay.due()
    routed.region.relay.sent(letter.sending, 202, receipt(letter))
    answers(routed, body, event(2, "OPENED", body["message_id"]))
    assert routed.region.relay.due() == []
    assert letter.sending.message_id == update["message_id"]


@pytest.mark.parametrize("state", ["ACCEPTED", "CLOSED", "REJECTED"])
def test_a_settled_handoff_is_asked_about_seldom_and_from_the_beginning(routed: House, state: str) -> None:
    body, _ = delivered(routed, routed.call())
    answers(routed, body, event(5, state, body["message_id"], by="Jan"))
    for age, pause in ((0, 10), (3600, 60)):
        routed.clock.advance(age)
        (asking,) = routed.region.relay.questions()
        assert (asking.after, asking.wait_s) == (0, 0.0)
        routed.region.relay.asked(asking, 200, b'{"events": []}')
        routed.clock.advance(pause - 1)
        assert routed.region.relay.questions() == []
        routed.clock.advance(1)


def test_many_settled_handoffs_never_hold_up_an_open_one(routed: House) -> None:
    for _ in range(20):
        body, _ = delivered(routed, routed.call())
        answers(routed, body, event(5, "ACCEPTED", body["message_id"], by="Jan"))
    open_one, _ = delivered(routed, routed.call())
    asked = [asking.handoff_id for asking in routed.region.relay.questions()]
    assert open_one["handoff_id"] in asked
    assert len(asked) == 17


def test_a_recall_that_is_not_answered_keeps_the_long_poll_open(routed: House) -> None:
    call = routed.call()
    body, _ = delivered(routed, call)
    answers(routed, body, event(5, "ACCEPTED", body["message_id"], by="Jan"))
    press(routed, call, kind="recall", sequence=2)
    (asking,) = routed.region.relay.questions()
    assert (asking.after, asking.wait_s) == (5, 10.0)

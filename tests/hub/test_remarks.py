"""What people say of a call: the last of it in the log, all of it in the record."""

from __future__ import annotations

from tests.hub.house import Body, House
from tests.hub.test_calls import record


def texts(entries: object) -> list[object]:
    assert isinstance(entries, list)
    return [entry["text"] if "text" in entry else entry["data"]["text"] for entry in entries]


def recorded(house: House, call: str) -> Body:
    data = record(house, call)["data"]
    assert isinstance(data, dict)
    return data


def test_the_log_has_the_last_fifty_notes_and_the_record_all(house: House) -> None:
    desk, call = house.desk(), house.call(notes=["note 0"])
    desk.claim(call)
    for number in range(1, 60):
        assert desk.do("call.note", call, {"text": f"note {number}"})["status"] == 200
    data = house.data("call", call)
    assert texts(data["notes"]) == [f"note {number}" for number in range(10, 60)]
    assert data["notes_before"] == 10
    assert texts(recorded(house, call)["notes"]) == [f"note {number}" for number in range(60)]


def test_a_call_that_comes_with_many_notes_is_shortened_at_once(house: House) -> None:
    call = house.call(notes=[f"note {number}" for number in range(53)], patient={"bsn": "111222333"})
    data = house.data("call", call)
    assert (len(data["notes"]), data["notes_before"]) == (50, 3)  # type: ignore[arg-type]
    assert len(recorded(house, call)["notes"]) == 53  # type: ignore[arg-type]
    assert recorded(house, call)["patient"]["bsn"] == "111222333"  # type: ignore[index]


def test_the_log_has_the_last_twenty_contributions_and_the_record_all_also_over_close_and_reopen(house: House) -> None:
    desk, other, call = house.desk(), house.desk("12"), house.call()
    claim = desk.claim(call)
    for number in range(25):
        other.do("call.note", call, {"text": f"note {number}"})
    data = house.data("call", call)
    assert texts(data["contributions"]) == [f"note {number}" for number in range(5, 25)]
    assert data["contributions_before"] == 5
    assert desk.do("call.close", call, {}, claim=claim)["status"] == 200
    for number in range(25, 30):
        other.do("call.note", call, {"text": f"note {number}"})
    assert texts(recorded(house, call)["contributions"]) == [f"note {number}" for number in range(30)]
    assert desk.do("call.reopen", call, {}, if_match=house.rev("call", call))["status"] == 200
    data = house.data("call", call)
    assert texts(data["contributions"]) == [f"note {number}" for number in range(10, 30)]
    assert data["contributions_before"] == 10
    assert texts(recorded(house, call)["contributions"]) == [f"note {number}" for number in range(30)]


def test_a_note_has_at_most_four_thousand_characters(house: House) -> None:
    desk, call = house.desk(), house.call()
    assert desk.do("call.note", call, {"text": "x" * 4_000})["status"] == 200
    refused = desk.do("call.note", call, {"text": "x" * 4_001})
    assert (refused["status"], refused["type"]) == (400, "invalid")

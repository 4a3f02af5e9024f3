"""Calls: what comes in, what is noted, decided and closed, and what stays out of the log."""

from __future__ import annotations

import json

from tests.hub.house import UNIT, House


def record(house: House, call: str, token: str = "desk-07") -> dict[str, object]:
    who = house.region.principal(token)
    assert who is not None
    body: dict[str, object] = json.loads(house.region.call_record(who, call).body)
    return body


def log_text(house: House) -> str:
    """Everything a desk can read of the log."""
    who = house.region.principal("desk-07")
    assert who is not None
    start = f"{house.region.head().epoch}.{house.region.ledger.floor}"
    return (house.region.changes(who, start).reply.body + house.region.snapshot(who, None).body).decode()


def test_a_bsn_is_kept_by_the_hub_and_never_in_the_log(house: House) -> None:
    call = house.call(
        patient={"name": "Testpersoon", "bsn": "111222333"},
        identifiers=[
            {"system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": "111222333"},
            {"system": "rit", "value": "R-1"},
        ],
    )
    assert house.data("call", call)["identifiers"] == [{"system": "rit", "value": "R-1"}]
    assert "111222333" not in log_text(house)
    data = record(house, call)["data"]
    assert data["patient"]["bsn"] == "111222333"  # type: ignore[index]
    assert len(data["identifiers"]) == 2  # type: ignore[index]


def test_an_updated_bsn_stays_out_of_the_log_and_of_the_answer(house: House) -> None:
    desk, call = house.desk(), house.call()
    claim = desk.claim(call)
    answer = desk.do("call.update", call, {"patient": {"bsn": "111222333", "name": "Nieuw"}}, claim=claim)
    assert answer["status"] == 200
    assert "111222333" not in json.dumps(answer) + log_text(house)
    assert record(house, call)["data"]["patient"]["bsn"] == "111222333"  # type: ignore[index]


def test_reading_a_record_is_logged_before_it_is_given(house: House) -> None:
    call = house.call()
    house.desk("07").heartbeat(user="devries")
    record(house, call)
    with house.region.ledger.reading() as connection:
        rows = connection.exec_driver_sql("SELECT desk_id, user, event, subject FROM access").fetchall()
    assert ("07", "devries", "read", f"call/{call}") in [tuple(row) for row in rows]


def test_numbers_are_given_in_order_and_unique(house: House) -> None:
    numbers = [house.data("call", house.call())["number"] for _ in range(3)]
    assert numbers == ["0001", "0002", "0003"]


def test_numbers_go_round_and_pass_over_those_in_use(house: House) -> None:
    first = house.call()
    with house.region.ledger.unit() as change:
        change.connection.exec_driver_sql("UPDATE meta SET value = '9999' WHERE key = 'number'")
    assert house.data("call", house.call())["number"] == "0002"
    assert house.data("call", first)["number"] == "0001"


def test_a_call_typed_at_a_desk_gets_a_number_and_keeps_the_desks_own(house: House) -> None:
    desk = house.desk()
    call = house.ids.new()
    answer = desk.do("call.create", call, {"number": "07-3", "reason": "gevallen", "notes": ["aan de balie"]})
    assert answer["status"] == 200
    data = house.data("call", call)
    assert (data["number"], data["source"], data["state"]) == ("0001", "manual", "waiting")
    assert {"system": "desk-number", "value": "07-3"} in data["identifiers"]  # type: ignore[operator]
    assert data["notes"][0]["text"] == "aan de balie"  # type: ignore[index]


def test_a_call_put_back_after_a_new_epoch_keeps_number_source_and_time(house: House) -> None:
    call = house.ids.new()
    data = {"number": "0347", "source": "112", "received_at": "2026-11-21T20:00:00.000Z"}
    assert house.desk().do("call.create", call, data)["status"] == 200
    kept = house.data("call", call)
    assert (kept["number"], kept["source"], kept["received_at"]) == ("0347", "112", "2026-11-21T20:00:00.000Z")


def test_a_number_that_is_taken_is_not_given_twice(house: House) -> None:
    taken = house.data("call", house.call())["number"]
    call = house.ids.new()
    house.desk().do("call.create", call, {"number": taken})
    assert house.data("call", call)["number"] != taken


def test_a_second_create_says_that_it_exists(house: House) -> None:
    call = house.call()
    answer = house.desk().do("call.create", call, {"reason": "x"})
    assert (answer["status"], answer["type"]) == (409, "exists")
    assert answer["current"]["id"] == call  # type: ignore[index]


def test_a_note_of_the_holder_is_a_note_and_of_anyone_else_a_contribution(house: House) -> None:
    call = house.call()
    house.desk("07").claim(call)
    assert house.desk("07").do("call.note", call, {"text": "van mij"})["status"] == 200
    assert house.desk("12").do("call.note", call, {"text": "van een ander"})["status"] == 200
    data = house.data("call", call)
    assert [note["text"] for note in data["notes"]] == ["van mij"]  # type: ignore[attr-defined]
    contribution = data["contributions"][0]  # type: ignore[index]
    assert (contribution["kind"], contribution["desk_id"], contribution["data"]["text"]) == (
        "note",
        "12",
        "van een ander",
    )


def test_a_triage_of_anyone_else_is_flagged_only_when_more_urgent(house: House) -> None:
    call = house.call(pre_urgency={"urgency": "U3", "by": "hap"})
    house.desk("07").claim(call)
    house.desk("07").do("call.triage", call, {"proposed": "U3", "final": "U2"})
    house.desk("12").do("call.triage", call, {"proposed": "U3"})
    house.desk("12").do("call.triage", call, {"proposed": "U4", "final": "U1"})
    data = house.data("call", call)
    assert data["triage"]["final"] == "U2"  # type: ignore[index]
    assert [entry["more_urgent"] for entry in data["contributions"]] == [False, True]  # type: ignore[attr-defined]


def test_an_update_changes_only_the_fields_it_names(house: House) -> None:
    call = house.call(patient={"name": "A", "age_years": 67}, location={"town": "Leiden", "street": "Weg"})
    desk = house.desk()
    claim = desk.claim(call)
    desk.do("call.update", call, {"patient": {"name": None}, "location": {"town": "Gouda"}}, claim=claim)
    data = house.data("call", call)
    assert (data["patient"]["name"], data["patient"]["age_years"]) == (None, 67)  # type: ignore[index]
    assert (data["location"]["town"], data["location"]["street"]) == ("Gouda", "Weg")  # type: ignore[index]


def test_an_update_by_another_desk_needs_the_rev(house: House) -> None:
    call = house.call()
    house.desk("07").claim(call)
    other = house.desk("12")
    assert other.do("call.update", call, {"reason": "x"})["type"] == "rev-missing"
    assert other.do("call.update", call, {"reason": "x"}, if_match=house.rev("call", call))["status"] == 200
    assert house.data("call", call)["reason"] == "x"


def test_a_closed_call_loses_notes_and_answers_at_once_and_a_reopen_brings_them_back(house: House) -> None:
    call, desk = house.call(notes=["van de bron"]), house.desk()
    claim = desk.claim(call)
    desk.do("call.note", call, {"text": "gevoelig"}, claim=claim)
    house.desk("12").do("call.note", call, {"text": "bijdrage"})
    desk.do(
        "call.triage",
        call,
        {"answers": {"q": "ja"}, "measurements": {"pols": "90"}, "abcd": {"A": {}}, "final": "U2"},
        claim=claim,
    )
    before = house.data("call", call)
    desk.do("call.close", call, {"outcome": "advies"}, claim=claim)
    closed = house.data("call", call)
    assert (closed["notes"], closed["contributions"], closed["claim"]) == ([], [], None)
    assert closed["triage"]["answers"] is None  # type: ignore[index]
    assert closed["triage"]["final"] == "U2"  # type: ignore[index]
    assert "gevoelig" in json.dumps(record(house, call))
    house.desk("12").do("call.note", call, {"text": "nagekomen"})
    assert "nagekomen" not in json.dumps(house.data("call", call))
    desk.do("call.reopen", call, {"reason": "belde terug"}, if_match=house.rev("call", call))
    again = house.data("call", call)
    assert (again["state"], again["closed_at"], again["outcome"]) == ("waiting", None, None)
    assert again["notes"] == before["notes"]
    assert again["triage"] == before["triage"]
    assert [c["data"]["text"] for c in again["contributions"]] == ["bijdrage", "nagekomen"]  # type: ignore[attr-defined]


def test_a_call_closed_twice_has_its_notes_once(house: House) -> None:
    call, desk = house.call(), house.desk()
    for text in ("een", "twee"):
        claim = desk.claim(call)
        desk.do("call.note", call, {"text": text}, claim=claim)
        desk.do("call.close", call, {}, claim=claim)
        desk.do("call.reopen", call, {}, if_match=house.rev("call", call))
    assert [note["text"] for note in house.data("call", call)["notes"]] == ["een", "twee"]  # type: ignore[attr-defined]


def test_a_close_releases_the_held_reservations_and_leaves_confirmed_ones(house: House) -> None:
    house.unit(free=3)
    call, desk = house.call(), house.desk()
    claim = desk.claim(call)
    held = desk.do("capacity.reserve", None, {"unit": UNIT, "call_id": call})["sent"]
    sure = desk.do("capacity.reserve", None, {"unit": UNIT, "call_id": call, "agreed_with": "zr. Bos"})["sent"]
    desk.do("call.close", call, {}, claim=claim)
    assert house.data("reservation", str(held))["state"] == "released"
    assert house.data("reservation", str(sure))["state"] == "confirmed"


def test_a_closed_call_leaves_the_log_after_a_day_and_the_record_stays(house: House) -> None:
    call, desk = house.call(patient={"name": "Blijft"}), house.desk()
    claim = desk.claim(call)
    desk.do("call.note", call, {"text": "bewaard"}, claim=claim)
    desk.do("call.close", call, {}, claim=claim)
    house.clock.advance(86_400 - 120)
    house.pass_seconds(61)
    assert not house.gone("call", call)
    house.pass_seconds(121)
    assert house.gone("call", call)
    found = record(house, call)
    assert (found["in_log"], found["rev"]) == (False, None)
    assert "bewaard" in json.dumps(found)
    assert desk.do("call.create", call, {})["type"] == "exists"


def test_a_holders_command_must_name_the_present_claim_and_be_the_holders(house: House) -> None:
    call, desk = house.call(), house.desk("07")
    claim = desk.claim(call)
    data = {"action": "hap-consult"}
    assert desk.do("call.dispose", call, data)["type"] == "invalid"
    assert desk.do("call.dispose", call, data, claim=house.ids.new())["type"] == "fenced"
    assert house.desk("12").do("call.dispose", call, data, claim=claim)["type"] == "fenced"
    assert desk.do("call.dispose", call, data, fence=2)["type"] == "fenced"
    assert desk.do("call.dispose", call, data, fence=1)["status"] == 200
    assert desk.do("call.dispose", call, data, claim=claim)["status"] == 200
    disposition = house.data("call", call)["disposition"]
    assert (disposition["action"], disposition["by"]) == ("hap-consult", "user-07")  # type: ignore[index]


def test_a_callback_releases_the_claim_and_can_be_claimed_again(house: House) -> None:
    call, desk = house.call(), house.desk()
    claim = desk.claim(call)
    due = {"at": "2026-11-22T02:00:00+01:00", "why": "uitslag"}
    assert desk.do("call.callback", call, due, claim=claim)["status"] == 200
    data = house.data("call", call)
    assert (data["state"], data["claim"]) == ("callback", None)
    assert data["callback"] == {"at": "2026-11-22T01:00:00.000Z", "why": "uitslag"}
    house.desk("12").claim(call)
    assert house.data("call", call)["state"] == "claimed"


def test_what_the_states_do_not_allow_is_wrong_state(house: House) -> None:
    call, desk = house.call(), house.desk()
    assert desk.do("call.reopen", call, {}, if_match=house.rev("call", call))["type"] == "wrong-state"
    claim = desk.claim(call)
    desk.do("call.close", call, {}, claim=claim)
    assert desk.do("call.claim", call)["type"] == "wrong-state"
    assert desk.do("call.update", call, {"reason": "x"}, if_match=house.rev("call", call))["type"] == "wrong-state"
    answer = desk.do("call.close", call, {}, if_match=house.rev("call", call))
    assert answer["type"] == "wrong-state"
    assert answer["current"]["data"]["state"] == "closed"  # type: ignore[index]


def test_a_close_of_a_held_call_by_another_desk_names_the_holder(house: House) -> None:
    call = house.call()
    house.desk("07").claim(call)
    answer = house.desk("12").do("call.close", call, {}, if_match=house.rev("call", call))
    assert answer["type"] == "claimed"
    assert answer["holder"]["desk_id"] == "07"  # type: ignore[index]


def test_the_supervisor_closes_raises_and_reassigns_with_the_rev(house: House) -> None:
    call = house.call()
    house.desk("07").claim(call)
    boss = house.desk("90")
    assert boss.do("call.raise", call, {"urgency": "U1", "reason": "grauw"})["type"] == "rev-missing"
    data = {"urgency": "U1", "reason": "grauw"}
    assert boss.do("call.raise", call, data, if_match=house.rev("call", call))["status"] == 200
    assert house.data("call", call)["raised"]["urgency"] == "U1"  # type: ignore[index]
    moved = boss.do("call.reassign", call, {"desk_id": "12", "reason": "druk"}, if_match=house.rev("call", call))
    assert (moved["status"], moved["fence"], moved["claim"]) == (200, 2, moved["sent"])
    assert house.data("call", call)["claim"]["desk_id"] == "12"  # type: ignore[index]
    assert house.desk("12").do("call.release", call, {}, claim=moved["claim"])["status"] == 200
    assert boss.do("call.close", call, {}, if_match=house.rev("call", call))["status"] == 200


def test_a_call_is_not_reassigned_to_a_desk_that_does_not_exist(house: House) -> None:
    call = house.call()
    data = {"desk_id": "99", "reason": "x"}
    assert house.desk("90").do("call.reassign", call, data, if_match=house.rev("call", call))["type"] == "invalid"


def test_notices_are_posted_and_ended_by_the_supervisor(house: House) -> None:
    notice = house.ids.new()
    assert house.desk("07").do("notice.post", notice, {"text": "x"})["type"] == "not-allowed"
    boss = house.desk("90")
    assert boss.do("notice.post", notice, {"text": "SEH Rijn dicht", "kind": "stop"})["status"] == 200
    assert boss.do("notice.post", notice, {"text": "nog eens"})["type"] == "exists"
    assert boss.do("notice.end", notice, {}, if_match=house.rev("notice", notice))["status"] == 200
    assert boss.do("notice.end", notice, {}, if_match=house.rev("notice", notice))["type"] == "wrong-state"
    house.clock.advance(86_400)
    house.pass_seconds(61)
    assert house.gone("notice", notice)


def test_a_time_of_the_desk_later_than_now_counts_as_now(house: House) -> None:
    call, desk = house.call(), house.desk()
    desk.do("call.note", call, {"text": "x"}, at="2031-01-01T00:00:00Z")
    assert house.data("call", call)["contributions"][0]["at"] == "2026-11-21T21:41:07.000Z"  # type: ignore[index]

"""The gateway as a service: receipt, doubles, events, people, restarts, exercises."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.rav.region import BRISK, CALL, DESK, HUB, RAV, Room, message, open_room
from zcc_console.core.handoff import event_of, message_of, standing
from zcc_console.core.ids import handoff_id
from zcc_console.core.jsontypes import Json, as_list, as_object
from zcc_console.rav.behaviour import patched
from zcc_console.rav.gateway import OTHER_BODY, Receipt, Refusal
from zcc_console.rav.rules import Act

HANDOFF = handoff_id(CALL, RAV)


def test_a_message_by_both_routes_is_one_message_and_one_event(room: Room) -> None:
    first, second = room.send(HUB), room.send(DESK)
    assert not first.duplicate
    assert second.duplicate
    assert second.json() == first.json()
    assert [event["has"] for event in room.events()] == [[message()["message_id"]]]
    (entry,) = room.gateway.record()
    assert [as_object(arrival)["route"] for arrival in as_list(entry["arrivals"])] == ["hub", "desk"]


def test_a_double_says_the_state_as_it_is_now(room: Room) -> None:
    room.send()
    room.after(2)
    room.after(5)
    assert room.send(DESK).state == "ACCEPTED"


def test_the_same_id_with_another_content_is_kept_beside_the_first_and_named(room: Room) -> None:
    room.send()
    second = room.send(DESK, urgency="U2")
    assert second.duplicate
    assert OTHER_BODY in second.warnings
    (entry,) = room.gateway.record()
    assert as_object(as_list(entry["messages"])[0])["urgency"] == "U1"
    assert as_object(as_object(as_list(entry["arrivals"])[1])["other_body"])["urgency"] == "U2"


def test_a_message_for_another_control_room_is_taken_with_a_warning(room: Room) -> None:
    receipt = room.send(to="rav-zuid")
    assert any(warning.startswith("to:") for warning in receipt.warnings)
    assert room.send(to="rav-zuid").warnings == receipt.warnings


def test_null_means_the_default_control_room(room: Room) -> None:
    assert room.send(to=None).warnings == ()


def test_received_opened_accepted_with_a_reference_that_counts_on(room: Room) -> None:
    room.send()
    assert room.states() == ["RECEIVED"]
    room.after(2)
    assert room.states() == ["RECEIVED", "OPENED"]
    room.after(5)
    assert room.states() == ["RECEIVED", "OPENED", "ACCEPTED"]
    last = room.events()[-1]
    assert last["reference"] == "R-20418"
    assert last["by"]
    other = handoff_id("0193c2a0-0000-7000-8000-000000000348", RAV)
    room.send(number=2, handoff_id=other)
    room.after(2)
    room.after(5)
    assert room.events(other)[-1]["reference"] == "R-20419"


def test_the_tick_says_how_long_there_is_nothing_to_do(room: Room) -> None:
    assert room.gateway.tick() is None
    room.send()
    assert room.gateway.tick() == pytest.approx(2, abs=0.01)
    room.after(2)
    assert room.gateway.tick() == pytest.approx(5, abs=0.01)
    room.after(5)
    assert room.gateway.tick() is None


def test_every_message_that_arrives_makes_an_event_without_changing_the_state(room: Room) -> None:
    room.send()
    room.after(2)
    room.after(5)
    room.send(number=2, kind="update", urgency="U0")
    last = room.events()[-1]
    assert (last["state"], last["by"], last["reference"]) == ("ACCEPTED", None, "R-20418")
    assert len(as_list(last["has"])) == 2


def test_a_new_after_a_refusal_is_looked_at_again(room: Room) -> None:
    room.gateway.switch({"reject_next": 1})
    room.send()
    room.after(2)
    room.after(5)
    assert room.states()[-1] == "REJECTED"
    assert room.events()[-1]["reason"]
    room.send(number=2)
    assert room.states()[-1] == "RECEIVED"
    assert room.events()[-1]["reason"] is None
    room.after(2)
    room.after(5)
    assert room.states()[-1] == "ACCEPTED"


def test_a_recall_is_closed_by_a_person(room: Room) -> None:
    room.send()
    room.send(number=2, kind="recall")
    room.after(4)
    last = room.events()[-1]
    assert (last["state"], last["reason"]) == ("CLOSED", "recalled")
    assert last["by"]
    room.after(60)
    assert room.states()[-1] == "CLOSED"


def test_a_recall_that_is_too_late_is_accepted_by_a_person_who_has_it(room: Room) -> None:
    room.gateway.switch({"recall": "too-late"})
    room.send()
    room.after(2)
    room.after(5)
    room.send(number=2, kind="recall")
    room.after(4)
    events = [event for event in map(event_of, room.events()) if event is not None]
    found = standing([message_of(message(1)), message_of(message(2, kind="recall"))], events, at_hub=True)
    assert found.recall_too_late
    assert not found.recall_done


def test_silence_receives_and_opens_nothing_until_it_ends(room: Room) -> None:
    room.gateway.switch({"silent": True})
    room.send()
    room.after(600)
    assert room.states() == ["RECEIVED"]
    assert room.gateway.tick() is None
    room.gateway.switch({"silent": False})
    room.after(0)
    assert room.states() == ["RECEIVED", "OPENED"]


def test_a_control_room_that_never_accepts_by_message_opens_only(room: Room) -> None:
    room.gateway.switch({"accepts_by_message": False})
    room.send()
    room.after(2)
    room.after(600)
    assert room.states() == ["RECEIVED", "OPENED"]


def test_every_third_decision_is_a_refusal(room: Room) -> None:
    room.gateway.switch({"reject_every": 3})
    ends = []
    for number in range(1, 7):
        handoff = handoff_id(f"0193c2a0-0000-7000-8000-{number:012d}", RAV)
        room.send(number=number, handoff_id=handoff)
        room.after(2)
        room.after(5)
        ends.append(room.events(handoff)[-1]["state"])
    assert ends == ["ACCEPTED", "ACCEPTED", "REJECTED"] * 2


def test_a_person_takes_over_from_the_simulation(room: Room) -> None:
    room.send()
    event = room.gateway.act(HANDOFF, Act.REJECT, by="P. de Boer", reason="dubbel")
    assert event is not None
    room.after(600)
    last = room.events()[-1]
    assert (last["state"], last["by"], last["reason"]) == ("REJECTED", "P. de Boer", "dubbel")


def test_acting_on_what_is_not_there_is_said(room: Room) -> None:
    with pytest.raises(KeyError):
        room.gateway.act("nergens", Act.ACCEPT, by="P. de Boer")


def test_a_person_finds_a_handoff_by_its_id_or_by_what_is_read_out(room: Room) -> None:
    room.send()
    assert room.gateway.find(HANDOFF[:6].upper()) == [HANDOFF]
    assert room.gateway.find("0347/7f3a") == [HANDOFF]
    assert room.gateway.find("0347") == [HANDOFF]
    assert room.gateway.find("9999") == []
    assert room.gateway.find("%") == []


def test_after_a_restart_nothing_is_gone_and_the_dispatcher_goes_on(room: Room) -> None:
    room.send()
    room.after(2)
    room.gateway.switch({"reject_next": 1})
    later = room.again()
    assert later.states() == ["RECEIVED", "OPENED"]
    later.after(5)
    assert later.states()[-1] == "REJECTED"
    assert later.send(DESK).duplicate
    later.gateway.close()


def test_a_restored_database_skips_a_million_numbers(room: Room, tmp_path: Path) -> None:
    room.send()
    room.gateway.close()
    copy = tmp_path / "copy"
    shutil.copytree(tmp_path, copy, ignore=shutil.ignore_patterns("copy"))
    later = open_room(tmp_path, clock=room.clock)
    later.send(number=2)
    highest = int(str(later.events()[-1]["n"]))
    later.gateway.close()
    for name in ("rav.db", "rav.db-wal", "rav.db-shm"):
        (tmp_path / name).unlink(missing_ok=True)
        if (copy / name).exists():
            shutil.copy(copy / name, tmp_path / name)
    restored = open_room(tmp_path, clock=room.clock)
    restored.send(number=3)
    assert int(str(restored.events()[-1]["n"])) > highest + 900_000
    restored.gateway.close()


def test_a_database_without_its_mark_skips_and_a_plain_restart_does_not(room: Room, tmp_path: Path) -> None:
    room.send()
    plain = room.again()
    plain.send(number=2)
    assert [event["n"] for event in plain.events()] == [1, 2]
    plain.gateway.close()
    (tmp_path / "rav.db.mark").unlink()
    copied = open_room(tmp_path, clock=room.clock)
    copied.send(number=3)
    assert copied.events()[-1]["n"] == 1_000_003
    copied.gateway.close()


def test_a_person_can_say_that_the_database_was_restored(room: Room) -> None:
    room.send()
    assert room.gateway.restored() == 1_000_001
    room.send(number=2)
    assert room.events()[-1]["n"] == 1_000_002


def test_an_exercise_gateway_refuses_a_real_message_and_keeps_nothing(room: Room) -> None:
    assert room.gateway.receive(message(exercise=False), HUB) == Refusal("exercise")
    without = message()
    del without["exercise"]
    assert room.gateway.receive(without, HUB) == Refusal("exercise")
    assert room.gateway.record() == []


def test_a_real_gateway_answers_an_exercise_by_machine_and_troubles_nobody(tmp_path: Path) -> None:
    real = open_room(tmp_path, exercise=False)
    receipt = real.send()
    assert receipt.exercise
    assert receipt.state == "RECEIVED"
    real.after(600)
    (event,) = real.events()
    assert (event["state"], event["by"], event["exercise"]) == ("RECEIVED", None, True)
    real.gateway.close()


def test_at_a_real_gateway_people_decide_and_nothing_is_simulated(tmp_path: Path) -> None:
    real = open_room(tmp_path, exercise=False)
    assert not real.send(exercise=False).exercise
    real.after(600)
    assert real.states() == ["RECEIVED"]
    real.gateway.act(HANDOFF, Act.ACCEPT, by="P. de Boer")
    assert (real.events()[-1]["state"], real.events()[-1]["exercise"]) == ("ACCEPTED", False)
    with pytest.raises(Exception, match="echte meldkamer"):
        real.gateway.switch({"silent": True})
    real.gateway.close()


def test_an_exercise_on_the_id_of_a_real_handoff_leaves_it_alone(tmp_path: Path) -> None:
    real = open_room(tmp_path, exercise=False)
    real.send(exercise=False)
    real.gateway.act(HANDOFF, Act.REJECT, by="P. de Boer", reason="nee")
    real.send(number=2)
    last = real.events()[-1]
    assert (last["state"], last["exercise"]) == ("RECEIVED", True)
    whole = real.gateway.handoff(HANDOFF)
    assert whole is not None
    assert (whole["state"], whole["exercise"]) == ("REJECTED", False)
    real.send(number=3, exercise=False)
    last = real.events()[-1]
    assert (last["state"], last["exercise"]) == ("RECEIVED", False)
    assert message(2)["message_id"] not in as_list(last["has"])
    real.gateway.close()


def test_a_real_message_takes_the_place_of_an_exercise_of_that_id(tmp_path: Path) -> None:
    real = open_room(tmp_path, exercise=False)
    real.send()
    receipt = real.send(number=2, exercise=False)
    assert not receipt.exercise
    assert real.events()[-1]["has"] == [message(2)["message_id"]]
    whole = real.gateway.handoff(HANDOFF)
    assert whole is not None
    assert whole["exercise"] is False
    real.gateway.close()


def test_the_bsn_that_a_handoff_carries_is_given_back_to_nobody(room: Room) -> None:
    room.send(patient={"name": "J. Bakker", "bsn": "111222333"})
    assert "111222333" not in repr(room.gateway.handoff(HANDOFF))
    assert "111222333" in repr(room.gateway.record())


def test_hostile_words_are_kept_as_they_came(room: Room) -> None:
    words = "\x1b]52;c;AAAA\x07 \ud800 \u202e <script>"
    room.send(reasons=[words])
    (entry,) = room.gateway.record()
    assert as_object(as_list(entry["messages"])[0])["reasons"] == [words]


def test_events_can_be_late_double_and_out_of_order_and_the_record_stays_whole(room: Room) -> None:
    room.gateway.switch({"events_after_s": 10, "duplicate_events": 2, "shuffle_events": True})
    room.send()
    assert room.events() == []
    room.after(2)
    room.after(5)
    room.after(4)
    assert [event["n"] for event in room.events()] == [1, 1, 1]
    room.after(10)
    numbers = [event["n"] for event in room.events()]
    assert sorted(map(str, numbers)) == sorted("111222333")
    (entry,) = room.gateway.record()
    assert [as_object(event)["n"] for event in as_list(entry["events"])] == [1, 2, 3]


def test_events_brought_back_are_shown_with_who_did_and_make_no_state(room: Room) -> None:
    room.send()
    room.gateway.restored()
    room.send(number=2, kind="update")
    lost: dict[str, Json] = {
        "n": 2,
        "at": "x",
        "state": "ACCEPTED",
        "has": [message()["message_id"]],
        "by": "P",
        "reference": "R-9",
    }
    assert room.gateway.pass_on(HANDOFF, [lost, {"n": 99_000_000, "state": "ACCEPTED"}, {}], "hub") == (
        1,
        (
            "n: 99000000 is geen nummer dat hier gegeven is",
            "n: None is geen nummer dat hier gegeven is",
        ),
    )
    assert [event["state"] for event in room.events()] == ["RECEIVED", "ACCEPTED", "RECEIVED"]
    assert room.events()[1]["passed_on_by"] == "hub"
    assert room.gateway.pass_on("nergens", [], "hub") is None
    whole = room.gateway.handoff(HANDOFF)
    assert whole is not None
    assert whole["state"] == "RECEIVED"


def test_an_event_of_its_own_is_not_taken_for_another(room: Room) -> None:
    room.send()
    forged: dict[str, Json] = {"n": 1, "state": "ACCEPTED", "has": [message()["message_id"]], "by": "desk"}
    assert room.gateway.pass_on(HANDOFF, [forged], "desk 07") == (0, ())
    assert room.states() == ["RECEIVED"]


def test_what_the_hub_was_told_is_not_told_again(room: Room) -> None:
    room.send()
    untold = room.gateway.untold()
    assert [event["n"] for event in untold[HANDOFF]] == [1]
    room.gateway.told([1])
    assert room.gateway.untold() == {}
    room.after(2)
    assert [event["n"] for event in room.gateway.untold()[HANDOFF]] == [2]


def test_telling_the_hub_stops_after_a_day(room: Room) -> None:
    room.gateway.switch({"silent": True})
    room.send()
    room.clock.advance(86_401)
    assert room.gateway.untold() == {}


def test_two_seeds_alike_make_the_same_night(tmp_path: Path) -> None:
    nights = []
    for name in ("een", "twee"):
        (tmp_path / name).mkdir()
        spread = patched(BRISK, {"opened_after_s": [1, 9], "accept_after_s": {"median": 5, "p90": 20}})
        room = open_room(tmp_path / name, behaviour=spread)
        room.send()
        for _ in range(60):
            room.after(1)
        nights.append([(event["at"], event["state"], event["by"]) for event in room.events()])
        room.gateway.close()
    assert nights[0] == nights[1]
    assert len(nights[0]) == 3


def test_a_receipt_has_the_body_of_the_contract(room: Room) -> None:
    receipt = room.send()
    assert isinstance(receipt, Receipt)
    assert set(receipt.json()) == {"handoff_id", "message_id", "state", "received_at", "exercise", "warnings"}


def test_a_number_given_to_another_handoff_is_brought_back_to_none(room: Room) -> None:
    other = handoff_id("0193c2a0-0000-7000-8000-000000000348", RAV)
    room.send()
    room.send(number=2, handoff_id=other)
    forged: dict[str, Json] = {"n": 2, "state": "ACCEPTED", "has": [message()["message_id"]], "by": "desk"}
    assert room.gateway.pass_on(HANDOFF, [forged], "desk 07") == (0, ("n: 2 is geen nummer dat hier gegeven is",))
    assert room.states() == ["RECEIVED"]

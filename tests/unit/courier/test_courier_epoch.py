"""After a new epoch nothing acknowledged is gone (contract.md §1)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.courier.sim import Sim
from zcc_console.courier.epoch import create_data
from zcc_console.models.call import CallTyped


def call(number: str, **more: object) -> dict[str, object]:
    return {
        "id": f"call-{number}",
        "number": number,
        "source": "hap",
        "received_at": "2026-11-21T21:00:00.000Z",
        "state": "waiting",
        "reason": "valt flauw",
        "done": [],
    } | more


@pytest.fixture
def desk(sim: Sim) -> Sim:
    sim.hub.commit(("call", "call-1", call("1")))
    sim.start("pull", "deliver")
    sim.settle(8, "pull", "deliver")
    return sim


def restore(sim: Sim, keep: int) -> None:
    sim.hub.forget(keep, "e2")
    sim.settle(40, "pull", "deliver")


def test_acknowledged_commands_above_what_the_new_state_has_go_again_in_order(desk: Sim) -> None:
    pressed = [desk.press("call.note", "call-1", {"text": str(n)}) for n in range(6)]
    desk.settle(10, "deliver")
    assert desk.hub.applied == pressed
    before = desk.journal.numbering().incarnation
    restore(desk, 3)
    assert desk.hub.applied == pressed
    assert desk.journal.numbering().incarnation > before
    assert desk.journal.undelivered() == 0


def test_a_call_that_the_new_state_lacks_and_our_rows_concern_is_put_back_first(desk: Sim) -> None:
    desk.hub.commit(("call", "call-2", call("2", patient={"name": "J.", "risk": []}, notes=[{"text": "hoort slecht"}])))
    desk.settle(6, "pull")
    noted = desk.press("call.note", "call-2")
    desk.settle(6, "deliver")
    restore(desk, 1)
    there = desk.hub.items[("call", "call-2")]["data"]
    assert (there["number"], there["source"], there["received_at"]) == ("2", "hap", "2026-11-21T21:00:00.000Z")
    assert there["reason"] == "valt flauw"
    assert noted in there["done"]
    assert desk.cache.missing_calls() == []


def test_an_own_note_that_goes_again_is_not_in_the_call_that_is_put_back(desk: Sim) -> None:
    notes = [
        {"text": "eerder", "desk_id": "07"},
        {"text": "gaat opnieuw", "desk_id": "07"},
        {"text": "gaat opnieuw", "desk_id": "12"},
    ]
    desk.hub.commit(("call", "call-2", call("2", notes=notes)))
    desk.settle(6, "pull")
    desk.press("call.note", "call-2", {"text": "gaat opnieuw"})
    desk.settle(6, "deliver")
    restore(desk, 1)
    assert desk.hub.items[("call", "call-2")]["data"]["notes"] == ["eerder", "gaat opnieuw"]


def test_a_call_typed_in_here_comes_back_with_the_number_the_hub_had_given(desk: Sim) -> None:
    desk.press("call.create", "call-9", {"source": "manual", "reason": "benauwd"})
    desk.press("call.note", "call-9")
    desk.settle(8, "deliver")
    desk.hub.items[("call", "call-9")]["data"]["number"] = "0348"
    desk.hub.commit(("call", "call-9", desk.hub.items[("call", "call-9")]["data"]))
    desk.settle(6, "pull")
    restore(desk, 1)
    assert desk.hub.items[("call", "call-9")]["data"]["number"] == "0348"
    assert {row.state for row in desk.journal.outbox()} == {"applied"}


def test_a_call_that_only_an_old_answer_remembers_is_put_back_from_it(desk: Sim) -> None:
    desk.hub.commit(("call", "call-2", call("2")))
    desk.press("call.note", "call-2")
    desk.settle(6, "deliver")
    desk.hub.commit(("call", "call-2", None))
    desk.settle(6, "pull")
    assert desk.cache.item("call", "call-2") is None
    restore(desk, 1)
    assert desk.hub.items[("call", "call-2")]["data"]["number"] == "2"


def test_other_open_calls_are_listed_until_somebody_puts_them_back(desk: Sim) -> None:
    desk.hub.commit(("call", "call-2", call("2")))
    desk.hub.commit(("call", "call-3", call("3", state="closed")))
    desk.settle(6, "pull")
    restore(desk, 1)
    assert [each["id"] for each in desk.cache.missing_calls()] == ["call-2"]
    desk.hub.commit(("call", "call-2", call("2")))
    desk.settle(6, "pull")
    assert desk.cache.missing_calls() == []


def test_refused_rows_and_rows_of_more_than_72_hours_are_left(desk: Sim) -> None:
    old = desk.press("call.note", "call-1")
    desk.settle(4, "deliver")
    desk.advance(73 * 3600)
    desk.press("call.note", "call-77")  # 404
    fresh = desk.press("call.note", "call-1")
    desk.settle(8, "deliver", "pull")
    restore(desk, 1)
    assert desk.hub.applied == [fresh]
    assert [row.state for row in desk.journal.outbox()] == ["applied", "refused", "applied"]
    assert old not in desk.hub.applied


def test_a_handoff_message_that_the_hub_lost_goes_again_in_its_own_lane(desk: Sim) -> None:
    message_id = desk.hand_off("call-1")
    desk.settle(8)
    assert message_id in desk.hub.handoffs["h-1"]
    desk.hub.forget(1, "e2")
    assert desk.hub.handoffs == {}
    desk.settle(30)
    assert message_id in desk.hub.handoffs["h-1"]
    assert desk.rav.arrived == [message_id]


def test_a_courier_that_dies_between_the_two_files_does_it_once(desk: Sim, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.hub.commit(("call", "call-2", call("2")))
    desk.settle(4, "pull")
    pressed = [desk.press("call.note", "call-2") for _ in range(3)]
    desk.settle(8, "deliver")
    desk.hub.forget(1, "e2")

    class Killed(Exception):
        pass

    def dies(*_: object, **__: object) -> None:
        raise Killed

    monkeypatch.setattr(type(desk.cache), "swap", dies)
    with pytest.raises(Killed):
        desk.settle(20, "pull")
    monkeypatch.undo()
    assert desk.journal.meta("epoch") == "e2"
    desk.kill()
    desk.settle(40, "pull", "deliver")
    assert [each for each in desk.hub.applied if each in pressed] == pressed
    assert [row.type for row in desk.journal.outbox()].count("call.create") == 1
    assert desk.cache.missing_calls() == []


def test_audit_rows_of_those_days_go_again(desk: Sim) -> None:
    with desk.journal.write() as unit:
        unit.audit("call.viewed", "call-1", user="u1")
    desk.start("audit")
    desk.settle(6, "audit")
    assert desk.journal.audit_batch() == []
    desk.hub.audit.clear()
    restore(desk, 1)
    desk.settle(6, "audit")
    assert [sorted(rows) for rows in desk.hub.audit.values()] == [[1]]


def test_a_cache_that_is_lost_as_well_still_sends_everything_again(desk: Sim) -> None:
    pressed = [desk.press("call.note", "call-1") for _ in range(3)]
    desk.settle(8, "deliver")
    desk.stores.close()
    desk.profile.cache_path.unlink()
    desk.open()
    desk.hub.forget(1, "e2")
    desk.kill()
    desk.settle(40, "pull", "deliver")
    assert desk.hub.applied == pressed


def test_what_is_put_back_is_what_the_contract_takes() -> None:
    whole: dict[str, Any] = {
        "id": "x",
        "number": "0347",
        "source": "112",
        "received_at": "2026-11-21T21:00:00.000Z",
        "state": "claimed",
        "caller": {"name": "A", "relation": None, "with_patient": True, "organisation": None},
        "callback_number": "06",
        "patient": {"name": None, "age_years": 61, "birth_date": None, "sex": "v", "pregnant": None, "risk": ["x"]},
        "location": {"street": "S", "house_number": "1", "postcode": None, "town": "T", "access": "", "lat": 52.1},
        "reason": "pijn",
        "pre_urgency": {"urgency": "U2", "by": "hap", "at": "2026-11-21T21:00:00.000Z"},
        "claim": {"desk_id": "07"},
        "fence": 3,
        "triage": {"final": "U2"},
        "notes": [{"text": "n", "by": "u", "desk_id": "07", "at": "2026-11-21T21:00:00.000Z"}],
        "alerts": ["let op"],
        "history": [{"at": "2026-11-21T20:00:00.000Z", "text": "h"}],
        "attachments": [{"title": "t", "type": "pdf"}],
        "identifiers": [{"system": "s", "value": "v"}],
        "disposition": None,
    }
    typed = CallTyped.model_validate(create_data(whole))
    assert (typed.number, typed.source, typed.notes) == ("0347", "112", ["n"])
    assert CallTyped.model_validate(create_data({"id": "x"})).source == "manual"

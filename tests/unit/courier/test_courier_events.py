"""What became of a handoff is heard on the direct route, kept, and told to the hub."""

from __future__ import annotations

from pathlib import Path

from tests.unit.courier.region import ModelHub, ModelRav
from tests.unit.courier.sim import Sim, simulation
from zcc_console.core.handoff import State, standing
from zcc_console.courier.machine import Request, Wait

HEAR = "hear:h-1"


def known(sim: Sim) -> list[tuple[int, str]]:
    return [(event.n, event.state) for handoff in sim.journal.handoffs() for event in handoff.events]


def state_of(sim: Sim) -> State:
    (handoff,) = sim.journal.handoffs()
    return standing([row.message for row in handoff.messages], handoff.events, at_hub=False).state


def delivered(sim: Sim) -> None:
    sim.hand_off("call-1")
    sim.start("tell")
    sim.settle(6)


def test_received_is_heard_after_delivery_and_passed_on_to_the_hub(sim: Sim) -> None:
    delivered(sim)
    assert state_of(sim) is State.RECEIVED
    assert list(sim.hub.passed_on["h-1"]) == [1]
    assert sim.journal.events_to_pass_on() == []


def test_acceptance_is_heard_with_who_did_it(sim: Sim) -> None:
    delivered(sim)
    sim.rav.event("h-1", "OPENED")
    sim.rav.event("h-1", "ACCEPTED", by="meldkamer 3")
    sim.settle(4)
    assert state_of(sim) is State.ACCEPTED
    (handoff,) = sim.journal.handoffs()
    assert handoff.events[-1].by == "meldkamer 3"


def test_acceptance_that_turns_into_rejection_is_heard_within_two_minutes(sim: Sim) -> None:
    delivered(sim)
    sim.rav.event("h-1", "ACCEPTED", by="x")
    sim.settle(4)
    started = sim.clock.boot()
    sim.rav.event("h-1", "REJECTED", by="x")
    while state_of(sim) is not State.REJECTED:
        sim.go(HEAR)
        assert sim.clock.boot() - started < 120


def test_listening_ends_where_the_rav_closed_it_and_has_all(sim: Sim) -> None:
    delivered(sim)
    sim.rav.event("h-1", "CLOSED", by="x")
    sim.settle(4)
    assert sim.lanes[HEAR].ended


def test_a_new_message_after_the_end_is_listened_for_again(sim: Sim) -> None:
    delivered(sim)
    sim.rav.event("h-1", "REJECTED", by="x")
    sim.settle(4)
    sim.hand_off("call-1", "new", 2)
    sim.lanes.pop(HEAR)
    sim.settle(6)
    assert state_of(sim) is State.RECEIVED
    sim.rav.event("h-1", "ACCEPTED", by="x")
    sim.settle(6)
    assert state_of(sim) is State.ACCEPTED


def test_a_message_that_the_rav_turns_out_to_lack_goes_again(sim: Sim) -> None:
    delivered(sim)
    second = sim.hand_off("call-1", "update", 2)
    sim.settle(4)
    del sim.rav.messages["h-1"][second]
    sim.advance(61)
    sim.settle(8)
    assert second in sim.rav.messages["h-1"]
    assert sim.journal.undelivered() == 0


def test_a_restored_gateway_that_knows_nothing_gets_everything_again(sim: Sim) -> None:
    delivered(sim)
    sim.rav.messages.clear()
    sim.rav.events.clear()
    sim.rav.n += 1_000_000
    sim.advance(61)
    sim.settle(10)
    assert list(sim.rav.messages) == ["h-1"]
    assert known(sim)[-1][0] > 1_000_000


def test_a_real_handoff_takes_no_event_of_an_exercise(tmp_path: Path) -> None:
    with simulation(tmp_path, exercise=False, hub=ModelHub(exercise=False), rav=ModelRav(exercise=False)) as sim:
        delivered(sim)
        sim.rav.event("h-1", "ACCEPTED", by="oefenleider")
        sim.rav.events["h-1"][-1]["exercise"] = True
        sim.settle(4)
        assert state_of(sim) is State.RECEIVED
        assert known(sim) == [(1, "RECEIVED")]


def test_nothing_is_asked_before_the_direct_route_has_the_message(sim: Sim) -> None:
    sim.choose = lambda what: "lost" if "POST" in what else "ok"
    sim.hand_off("call-1")
    sim.settle(6)
    assert not [path for to, path in sim.sent if "events" in path]


def test_a_gateway_that_does_not_wait_is_not_asked_in_a_storm(sim: Sim) -> None:
    delivered(sim)
    from zcc_console.courier import events
    from zcc_console.courier.machine import Replied

    state = events.HearState("h-1", "direct:rav-a", after=1, looked_at=sim.clock.boot())
    _, effects = events.hear(state, Replied(200, "application/json", b'{"events": []}', took_s=0.01), sim.now())
    assert isinstance(effects[-1], Wait)
    assert effects[-1].seconds >= 1.0


def test_garbage_about_events_is_no_answer(sim: Sim) -> None:
    delivered(sim)
    before = known(sim)
    for fault in ("page", "garbage", "503", "lost", "page-404"):
        sim.choose = lambda what, word=fault: word if what.startswith("direct") else "ok"  # type: ignore[misc]
        sim.settle(3)
    assert known(sim) == before
    assert sim.journal.undelivered() == 0


def test_an_events_body_with_odd_entries_keeps_what_can_be_read(sim: Sim) -> None:
    delivered(sim)
    sim.rav.events["h-1"] += [{"n": "x"}, {"n": 7, "state": "GONE"}, {"n": 9, "state": "OPENED", "has": None}]
    sim.advance(61)
    real = sim.rav.after
    sim.rav.after = lambda handoff_id, n: (200, "application/json", {"events": sim.rav.events["h-1"]})  # type: ignore[method-assign]
    sim.settle(3)
    sim.rav.after = real  # type: ignore[method-assign]
    assert known(sim) == [(1, "RECEIVED"), (9, "OPENED")]


def test_a_hub_that_does_not_know_one_handoff_yet_is_told_of_the_others(sim: Sim) -> None:
    sim.choose = lambda what: (
        "lost" if what.startswith("handoff-hub POST /v1/handoffs") and "events" not in what else "ok"
    )
    sim.hand_off("call-1", handoff_id="h-1")
    sim.hand_off("call-2", handoff_id="h-2")
    sim.start("tell")
    sim.hub.handoffs["h-2"] = {}
    sim.settle(8)
    assert list(sim.hub.passed_on) == ["h-2"]
    sim.choose = lambda what: "ok"
    sim.settle(12)
    assert sorted(sim.hub.passed_on) == ["h-1", "h-2"]


def test_events_that_the_hub_refuses_for_good_do_not_come_back(sim: Sim) -> None:
    sim.hub.take_events = lambda handoff_id, body: (422, "application/problem+json", {"type": "exercise"})  # type: ignore[method-assign]
    delivered(sim)
    sim.settle(4)
    assert sim.journal.events_to_pass_on() == []
    pending = sim.lanes["tell"].pending
    assert isinstance(pending, Wait | Request)

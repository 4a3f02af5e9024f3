"""A handoff goes over both routes at once until each side has every message."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.unit.courier.region import ModelHub, ModelRav
from tests.unit.courier.sim import Sim, simulation
from zcc_console.courier import lane
from zcc_console.courier.machine import Request, Wait, Woken

HUB_LANE, DIRECT_LANE = "handoff:handoff-hub:h-1", "handoff:direct:rav-a:h-1"


def deliveries(sim: Sim) -> dict[str, tuple[str, str | None]]:
    return {
        f"{each.message_id[-4:]}/{each.route}": (each.state, each.problem)
        for handoff in sim.journal.handoffs()
        for row in handoff.messages
        for each in row.deliveries
    }


def by_route(sim: Sim) -> dict[str, str]:
    return {name.rpartition("/")[2]: state for name, (state, _) in deliveries(sim).items()}


def run(sim: Sim, *names: str, rounds: int = 12) -> None:
    for _ in range(rounds):
        for name in names:
            if name in sim.lanes:
                sim.go(name)


def test_both_routes_start_at_once_and_each_delivers(sim: Sim) -> None:
    sim.hand_off("call-1")
    sim.start_handoffs()
    assert isinstance(sim.lanes[HUB_LANE].pending, Request)
    assert isinstance(sim.lanes[DIRECT_LANE].pending, Request)
    run(sim, HUB_LANE, DIRECT_LANE)
    assert by_route(sim) == {"hub": "delivered", "direct": "delivered"}
    assert sim.lanes[HUB_LANE].ended


def test_one_dead_route_does_not_hold_up_the_other(sim: Sim) -> None:
    sim.hand_off("call-1")
    sim.choose = lambda what: "lost" if what.startswith("handoff-hub") else "ok"
    sim.start_handoffs()
    run(sim, HUB_LANE, DIRECT_LANE)
    assert by_route(sim) == {"hub": "pending", "direct": "delivered"}
    sim.choose = lambda what: "ok"
    run(sim, HUB_LANE)
    assert by_route(sim) == {"hub": "delivered", "direct": "delivered"}


def test_a_hub_that_was_never_reached_does_not_hold_up_a_handoff(sim: Sim) -> None:
    """Commands wait to know the hub's kind; a handoff does not."""
    sim.choose = lambda what: "lost" if what.startswith("hub") else "ok"
    sim.start("pull", "deliver")
    sim.press("call.note", "call-1")
    sim.hand_off("call-1")
    sim.start_handoffs()
    run(sim, HUB_LANE, DIRECT_LANE)
    assert by_route(sim) == {"hub": "delivered", "direct": "delivered"}


def test_each_attempt_has_3_seconds_and_the_pause_is_half_a_second_to_5(sim: Sim) -> None:
    sim.hand_off("call-1")
    sim.choose = lambda what: "503"
    for chance, seconds in ((0.0, 0.5), (1.0, 5.0)):
        sim.chance = partial(float, chance)
        sim.lanes.clear()
        sim.start_handoffs()
        for _ in range(20):  # no circuit breaker: the twentieth pause is as the first
            request = sim.lanes[DIRECT_LANE].pending
            assert isinstance(request, Request)
            assert request.timeout_s == 3.0
            sim.go(DIRECT_LANE)
            pause = sim.lanes[DIRECT_LANE].pending
            assert isinstance(pause, Wait)
            assert pause.seconds == seconds
            sim.go(DIRECT_LANE)


def test_the_newest_message_goes_first_and_the_older_ones_after_it(sim: Sim) -> None:
    first = sim.hand_off("call-1")
    second = sim.hand_off("call-1", "update", 2)
    third = sim.hand_off("call-1", "update", 3)
    sim.start_handoffs()
    run(sim, DIRECT_LANE)
    assert sim.rav.arrived == [third, second, first]


def test_a_new_message_does_not_wait_for_the_pause_of_an_older_one(sim: Sim) -> None:
    sim.hand_off("call-1")
    sim.choose = lambda what: "503"
    sim.chance = lambda: 1.0
    sim.start_handoffs()
    sim.go(DIRECT_LANE)
    sim.choose = lambda what: "ok"
    second = sim.hand_off("call-1", "update", 2)
    sim.feed(DIRECT_LANE, Woken())
    sim.go(DIRECT_LANE)
    assert sim.rav.arrived == [second]


def test_a_wake_for_something_else_does_not_shorten_the_pause(sim: Sim) -> None:
    sim.hand_off("call-1")
    sim.choose = lambda what: "503"
    sim.chance = lambda: 1.0
    sim.start_handoffs()
    sim.go(DIRECT_LANE)
    sim.advance(1.0)
    sim.feed(DIRECT_LANE, Woken())
    pause = sim.lanes[DIRECT_LANE].pending
    assert isinstance(pause, Wait)
    assert pause.seconds == pytest.approx(4.0)


def test_the_same_message_twice_is_one_and_409_duplicate_is_delivered(sim: Sim) -> None:
    message_id = sim.hand_off("call-1")
    sim.choose = lambda what: "answer-lost"
    sim.start_handoffs()
    sim.go(DIRECT_LANE)
    assert by_route(sim)["direct"] == "pending"
    sim.choose = lambda what: "ok"
    run(sim, DIRECT_LANE)
    assert by_route(sim)["direct"] == "delivered"
    assert sim.rav.arrived == [message_id]
    assert sim.rav.posts == 2


@pytest.mark.parametrize("fault", ["other-ids", "page", "page-400", "page-422", "credential", "page-403", "page-404"])
def test_what_does_not_repeat_both_ids_is_tried_again(sim: Sim, fault: str) -> None:
    sim.hand_off("call-1")
    sim.choose = lambda what: fault
    sim.start_handoffs()
    run(sim, DIRECT_LANE, rounds=6)
    assert by_route(sim)["direct"] == "pending"
    sim.choose = lambda what: "ok"
    run(sim, DIRECT_LANE)
    assert by_route(sim)["direct"] == "delivered"


def test_a_real_handoff_is_refused_by_an_exercise_gateway_and_the_other_route_goes_on(tmp_path: Path) -> None:
    with simulation(tmp_path, exercise=False, hub=ModelHub(exercise=False), rav=ModelRav(exercise=True)) as sim:
        sim.hand_off("call-1")
        sim.start_handoffs()
        run(sim, HUB_LANE, DIRECT_LANE)
        assert set(deliveries(sim).values()) == {("refused", "exercise"), ("delivered", None)}


def test_a_real_handoff_that_an_exercise_side_takes_is_refused_there(tmp_path: Path) -> None:
    with simulation(tmp_path, exercise=False, hub=ModelHub(exercise=False), rav=ModelRav(exercise=False)) as sim:
        sim.hand_off("call-1")
        sim.choose = lambda what: "real-exercise" if what.startswith("direct") else "ok"
        sim.rav.exercise = False
        sim.start_handoffs()
        sim.exercise = False
        run(sim, DIRECT_LANE)
        assert by_route(sim)["direct"] == "refused"


def test_a_hub_known_to_be_of_the_other_kind_gets_no_handoff_and_the_direct_route_does(tmp_path: Path) -> None:
    with simulation(tmp_path, hub=ModelHub(exercise=False)) as sim:
        sim.start("pull")
        sim.settle(4, "pull")
        sim.hand_off("call-1")
        sim.start_handoffs()
        run(sim, HUB_LANE, DIRECT_LANE, rounds=5)
        assert by_route(sim) == {"hub": "pending", "direct": "delivered"}
        assert sim.hub.handoffs == {}


def test_a_message_is_given_up_after_24_hours_and_not_before(sim: Sim) -> None:
    sim.hand_off("call-1")
    sim.choose = lambda what: "lost"
    sim.start_handoffs()
    run(sim, DIRECT_LANE, rounds=4)
    sim.advance(24 * 3600.0 - 60)
    run(sim, DIRECT_LANE, rounds=2)
    assert by_route(sim)["direct"] == "pending"
    sim.advance(90)
    run(sim, DIRECT_LANE, rounds=4)
    assert [value for name, value in deliveries(sim).items() if name.endswith("direct")] == [("refused", "given-up")]


def test_after_a_reboot_the_24_hours_go_by_the_wall_clock(sim: Sim) -> None:
    sim.hand_off("call-1")
    sim.choose = lambda what: "lost"
    sim.advance(3600)
    sim.clock.reboot("boot-2", 200_000.0)
    sim.start_handoffs()
    run(sim, DIRECT_LANE, rounds=4)
    assert by_route(sim)["direct"] == "pending"
    sim.advance(23.1 * 3600)
    run(sim, DIRECT_LANE, rounds=4)
    assert by_route(sim)["direct"] == "refused"


def test_a_disk_that_cannot_be_written_does_not_hold_up_the_older_messages(
    sim: Sim, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = sim.hand_off("call-1"), sim.hand_off("call-1", "update", 2)
    real = sim.stores.perform
    full = {"yes": True}

    def perform(effect: Any) -> Any:
        if isinstance(effect, lane.Record) and full["yes"]:
            return lane.Recorded(kept=False)
        return real(effect)

    monkeypatch.setattr(sim.stores, "perform", perform)
    sim.start_handoffs()
    run(sim, DIRECT_LANE, rounds=6)
    assert sim.rav.arrived == [second, first]
    assert by_route(sim)["direct"] == "pending"
    full["yes"] = False
    run(sim, DIRECT_LANE, rounds=6)
    assert by_route(sim)["direct"] == "delivered"
    assert sim.rav.posts == 2


def test_a_route_that_the_profile_no_longer_has_is_refused_there(sim: Sim) -> None:
    sim.hand_off("call-1")
    sim.stores.no_route("h-1", "direct")
    assert deliveries(sim)[next(name for name in deliveries(sim) if name.endswith("direct"))] == ("refused", "no-route")
    assert by_route(sim)["hub"] == "pending"


def test_two_handoffs_do_not_wait_for_each_other(sim: Sim) -> None:
    sim.hand_off("call-1", handoff_id="h-1")
    sim.hand_off("call-2", handoff_id="h-2")
    sim.start_handoffs()
    run(sim, "handoff:direct:rav-a:h-2")
    assert list(sim.rav.messages) == ["h-2"]

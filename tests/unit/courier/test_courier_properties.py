"""Whatever the network does: the view is always a prefix of the log, each command takes effect once and in order, and
both sides of a handoff end with every message."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.courier.region import ModelHub
from tests.unit.courier.sim import Sim, all_well, cache_state, region_state, simulation

LENGTHS = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))

REQUEST_FAULTS = ["ok", "ok", "ok", "lost", "answer-lost", "page", "page-410", "page-409", "garbage", "503", "429"]
FRAME_FAULTS = ["ok", "ok", "ok", "drop", "double", "swap", "garbage", "end"]


@contextmanager
def fresh(**more: Any) -> Iterator[Sim]:
    with tempfile.TemporaryDirectory() as folder, simulation(Path(folder), **more) as sim:
        yield sim


def fated(data: st.DataObject) -> Any:
    """A chooser that hypothesis drives."""

    def choose(what: str) -> str:
        return str(data.draw(st.sampled_from(FRAME_FAULTS if what.endswith("frame") else REQUEST_FAULTS)))

    return choose


def commit_something(hub: ModelHub, data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(["call", "capacity"]))
    item_id = f"{kind}-{data.draw(st.integers(0, 4))}"
    gone = data.draw(st.booleans()) and (kind, item_id) in hub.items
    hub.commit((kind, item_id, None if gone else {"id": item_id, "state": "closed", "at": hub.seq}))


@LENGTHS
@given(st.data())
def test_the_view_is_always_some_moment_of_the_log_and_ends_equal_to_it(data: st.DataObject) -> None:
    with fresh() as sim:
        history: dict[str, Any] = {}

        def remember(_: Any = None) -> None:
            history[sim.hub.cursor] = region_state(sim.hub)

        remember()
        sim.hub.on_commit.append(remember)
        for _ in range(data.draw(st.integers(0, 6))):
            commit_something(sim.hub, data)
        sim.start("pull")
        sim.choose = fated(data)
        for _ in range(data.draw(st.integers(5, 40))):
            what = data.draw(st.sampled_from(["go", "go", "go", "commit", "commit", "epoch", "kill"]))
            if what == "commit":
                commit_something(sim.hub, data)
            elif what == "epoch" and data.draw(st.booleans()):
                sim.hub.forget(data.draw(st.integers(sim.hub.floor, sim.hub.seq)), f"e{sim.hub.seq}.{len(history)}")
                remember()
            elif what == "kill":
                sim.kill()
            else:
                sim.go("pull")
            cursor = sim.cache.cursor
            assert cache_state(sim.cache) == (history[cursor] if cursor is not None else {})
        sim.choose = all_well
        for _ in range(30):
            sim.go("pull")
        assert cache_state(sim.cache) == region_state(sim.hub)
        assert sim.cache.cursor == sim.hub.cursor


@LENGTHS
@given(st.data())
def test_every_command_takes_effect_once_and_in_order(data: st.DataObject) -> None:
    with fresh() as sim:
        for n in range(3):
            sim.hub.commit(("call", f"call-{n}", {"id": f"call-{n}", "state": "waiting", "source": "hap"}))
        sim.start("pull", "deliver")
        sim.choose = fated(data)
        pressed: list[str] = []
        restored = 0
        for _ in range(data.draw(st.integers(5, 40))):
            what = data.draw(
                st.sampled_from(["press", "deliver", "deliver", "deliver", "pull", "kill", "doubt", "restore"])
            )
            if what == "press":
                pressed.append(sim.press("call.note", f"call-{data.draw(st.integers(0, 2))}", {"text": "x"}))
            elif what == "kill":
                sim.kill()
            elif what == "doubt":
                sim.journal.new_incarnation("doubt")
            elif what == "restore" and restored < 2 and sim.hub.seq > sim.hub.floor + 3 and sim.hub.floor < 3:
                restored += 1
                sim.hub.forget(data.draw(st.integers(3, sim.hub.seq)), f"restored-{restored}")
            elif what in sim.lanes:
                sim.go(what)
        sim.choose = all_well
        sim.settle(60 + 6 * len(pressed), "pull", "deliver")
        assert sim.journal.undelivered() == 0
        assert [each for each in sim.hub.applied if each in pressed] == pressed
        done = [each for n in range(3) for each in sim.hub.items[("call", f"call-{n}")]["data"].get("done", [])]
        assert sorted(each for each in done if each in pressed) == sorted(pressed)
        assert {row.state for row in sim.journal.outbox()} <= {"applied"}


@LENGTHS
@given(st.data())
def test_both_sides_end_with_every_message_once_and_the_desk_with_every_event(data: st.DataObject) -> None:
    with fresh() as sim:
        sim.start("pull", "tell")
        sim.choose = fated(data)
        made: dict[str, list[str]] = {"h-1": [], "h-2": []}
        for _ in range(data.draw(st.integers(5, 40))):
            what = data.draw(st.sampled_from(["press", "go", "go", "go", "rav", "kill", "lose"]))
            if what == "press":
                handoff_id = data.draw(st.sampled_from(sorted(made)))
                sequence = len(made[handoff_id]) + 1
                kind = "new" if sequence == 1 else "update"
                made[handoff_id].append(sim.hand_off(f"call-{handoff_id}", kind, sequence, handoff_id))
            elif what == "rav":
                for handoff_id in sim.rav.messages:
                    sim.rav.event(handoff_id, data.draw(st.sampled_from(["OPENED", "ACCEPTED"])), by="mk")
            elif what == "kill":
                sim.kill()
            elif what == "lose":  # the RAV's database is put back from a copy that lacks a handoff
                for handoff_id in list(sim.rav.messages)[:1]:
                    sim.rav.messages.pop(handoff_id)
                    sim.rav.events.pop(handoff_id)
                    sim.rav.n += 1_000_000
            else:
                sim.start_handoffs()
                sim.go(data.draw(st.sampled_from(sorted(sim.lanes))))
        sim.choose = all_well
        sim.settle(80)
        expected = {handoff_id: sorted(ids) for handoff_id, ids in made.items() if ids}
        assert {handoff_id: sorted(ids) for handoff_id, ids in sim.rav.messages.items()} == expected
        assert {handoff_id: sorted(ids) for handoff_id, ids in sim.hub.handoffs.items()} == expected
        for handoff in sim.journal.handoffs():
            known = {event.n for event in handoff.events}
            assert known >= {event["n"] for event in sim.rav.events[handoff.handoff_id]}
            assert set(sim.hub.passed_on[handoff.handoff_id]) >= {
                event["n"] for event in sim.rav.events[handoff.handoff_id]
            }

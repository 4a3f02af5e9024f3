"""Keeping the cache equal to the region, step by step."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.courier.region import ModelHub
from tests.unit.courier.sim import Sim, cache_state, region_state, simulation
from zcc_console.courier import pull
from zcc_console.courier import pull_terms as terms
from zcc_console.courier.machine import Begin, Kind, Replied, Request, Wait


def add(hub: ModelHub, n: int, kind: str = "capacity") -> None:
    for index in range(n):
        hub.commit((kind, f"{kind}-{index}", {"id": f"{kind}-{index}", "n": hub.seq, "state": "waiting"}))


def link(sim: Sim) -> str:
    return str(json.loads(sim.cache.meta("link") or "{}").get("state"))


def pull_until(sim: Sim, pending: type, limit: int = 30) -> None:
    for _ in range(limit):
        if isinstance(sim.lanes["pull"].pending, pending):
            return
        sim.go("pull")
    raise AssertionError(f"never {pending.__name__}")


def live(sim: Sim) -> None:
    sim.start("pull")
    pull_until(sim, terms.NextFrames)
    sim.go("pull")


def test_the_first_state_is_a_snapshot_over_several_pages_and_then_the_stream(sim: Sim) -> None:
    add(sim.hub, 5)
    live(sim)
    assert cache_state(sim.cache) == region_state(sim.hub)
    assert link(sim) == "stream"
    assert [path for _, path in sim.sent if "page" in path] != []


def test_changes_come_over_the_stream_and_the_hubs_time_is_noted(sim: Sim) -> None:
    add(sim.hub, 2)
    live(sim)
    add(sim.hub, 3, "call")
    sim.go("pull")
    assert cache_state(sim.cache) == region_state(sim.hub)
    contact = sim.cache.contact()
    assert contact is not None
    assert contact.boot == sim.clock.boot()
    assert sim.kind is Kind.RIGHT


def test_a_restart_goes_on_from_its_cursor_without_a_snapshot(sim: Sim) -> None:
    add(sim.hub, 4)
    live(sim)
    sim.kill()
    add(sim.hub, 7, "call")
    sim.sent.clear()
    pull_until(sim, terms.NextFrames)
    assert cache_state(sim.cache) == region_state(sim.hub)
    assert not [path for _, path in sim.sent if "snapshot" in path]
    assert len([path for _, path in sim.sent if "changes" in path]) == 3  # three transactions a page


def test_a_dropped_event_is_never_skipped_over(sim: Sim) -> None:
    add(sim.hub, 2)
    live(sim)
    dropped = iter(["drop", "ok", "ok", "ok", "ok", "ok"])
    sim.choose = lambda what: next(dropped) if what.endswith("frame") else "ok"
    add(sim.hub, 3, "call")
    sim.go("pull")
    assert isinstance(sim.lanes["pull"].pending, Request)  # it stopped, and pulls the changes
    pull_until(sim, terms.NextFrames)
    assert cache_state(sim.cache) == region_state(sim.hub)


def test_without_a_bookmark_for_15_seconds_it_reconnects_though_transactions_come(sim: Sim) -> None:
    add(sim.hub, 2)
    live(sim)
    sim.choose = lambda what: "no" if what.endswith("bookmark") else "ok"
    started = sim.clock.boot()
    while sim.stream is not None:
        add(sim.hub, 1, "call")
        sim.go("pull")
    assert 15.0 <= sim.clock.boot() - started <= 20.0
    pending = sim.lanes["pull"].pending
    assert isinstance(pending, Wait)
    assert 0 <= pending.seconds <= 1.0


def test_streams_that_never_say_anything_are_left_for_the_long_poll_and_tried_again_later(sim: Sim) -> None:
    add(sim.hub, 2)
    sim.choose = lambda what: "no" if what.endswith("open") else "ok"
    sim.start("pull")
    for _ in range(12):
        sim.go("pull")
    assert link(sim) == "poll"
    pending = sim.lanes["pull"].pending
    assert isinstance(pending, Request)
    assert "wait=10" in pending.path
    add(sim.hub, 2, "call")
    sim.go("pull")
    assert cache_state(sim.cache) == region_state(sim.hub)
    sim.choose = lambda what: "ok"
    sim.advance(pull.POLL_FOR_S)
    pull_until(sim, terms.NextFrames)
    sim.go("pull")
    assert link(sim) == "stream"


def test_a_hub_that_wants_no_stream_for_a_while_is_asked_for_changes_meanwhile(sim: Sim) -> None:
    add(sim.hub, 2)
    live(sim)
    sim.feed("pull", terms.Ended(12.0))
    add(sim.hub, 2, "call")
    started = sim.clock.boot()
    sim.go("pull")
    sim.go("pull")
    assert sim.clock.boot() - started <= 1.0
    assert cache_state(sim.cache) == region_state(sim.hub)
    assert sim.stream is None
    sim.advance(12)
    pull_until(sim, terms.NextFrames)


def test_a_long_poll_that_answers_at_once_is_not_asked_again_at_once(sim: Sim) -> None:
    state = pull.PullState(exercise=True, cursor="e1.0", phase=pull.Phase.CHANGES, poll_until=1e9, live=True)
    state, effects = pull._at_head(state, sim.now(), took_s=0.01)
    assert isinstance(effects[-1], Wait)


def test_410_keeps_the_old_state_waits_as_told_and_swaps(sim: Sim) -> None:
    add(sim.hub, 4, "call")
    live(sim)
    before = cache_state(sim.cache)
    sim.press("call.note", "call-1")
    sim.hub.forget(2, "e2")
    sim.go("pull")  # the stream ends
    pull_until(sim, Wait)
    sim.go("pull")
    pull_until(sim, Wait)
    assert link(sim) == "expired"
    assert "nieuwe stand" in (sim.cache.meta("note") or "")
    assert cache_state(sim.cache) == before
    pull_until(sim, terms.NextFrames)
    assert cache_state(sim.cache) == region_state(sim.hub)
    assert sim.journal.undelivered() == 1


@pytest.mark.parametrize(("told", "waits"), [(3.0, 3.0), (900.0, 20.0), (None, 2.5)])
def test_retry_after_of_410_counts_up_to_20_seconds(sim: Sim, told: float | None, waits: float) -> None:
    state = pull.PullState(exercise=True, cursor="e0.1")
    body = b'{"type": "cursor-expired", "reason": "old"}'
    _, effects = pull.step(state, Replied(410, "application/problem+json", body, told), sim.now())
    assert isinstance(effects[-1], Wait)
    assert effects[-1].seconds == waits


def test_a_proxys_410_is_no_answer(sim: Sim) -> None:
    state = pull.PullState(exercise=True, cursor="e0.1")
    state, _ = pull.step(state, Replied(410, "text/html", b"<html>", None), sim.now())
    assert state.phase is pull.Phase.CHANGES
    assert state.cursor == "e0.1"


def test_a_hub_of_the_other_kind_is_neither_shown_nor_asked_for_more(tmp_path: Path) -> None:
    with simulation(tmp_path, hub=ModelHub(exercise=False)) as sim:
        add(sim.hub, 3)
        sim.start("pull", "deliver", "beat")
        sim.press("call.note", "capacity-1")
        sim.settle(12)
        assert cache_state(sim.cache) == {}
        assert sim.kind is Kind.WRONG
        assert sim.cache.meta("other_kind") == "1"
        assert "niets wordt getoond of verzonden" in (sim.cache.meta("note") or "")
        assert sim.hub.answers == {}
        assert sim.hub.beats == []
        sim.hub.exercise = True
        sim.settle(30)
        assert cache_state(sim.cache) == region_state(sim.hub)
        assert sim.cache.meta("other_kind") is None
        assert sim.journal.undelivered() == 0


def test_a_hub_that_turns_to_the_other_kind_is_sent_nothing_more(sim: Sim) -> None:
    add(sim.hub, 2, "call")
    live(sim)
    shown = cache_state(sim.cache)
    sim.hub.exercise = False
    sim.go("pull")
    sim.start("deliver")
    sim.press("call.note", "call-1")
    sim.settle(6)
    assert sim.hub.answers == {}
    assert cache_state(sim.cache) == shown


def test_a_digest_that_differs_makes_a_new_snapshot_with_a_note_and_not_again_within_5_minutes(sim: Sim) -> None:
    add(sim.hub, 3)
    live(sim)
    key = ("capacity", "capacity-1")
    sim.hub.items[key] = sim.hub.items[key] | {"rev": "e1.99"}  # silently another state at the same cursor
    add(sim.hub, 1, "call")
    sim.sent.clear()
    pull_until(sim, Request)
    pull_until(sim, terms.NextFrames)
    assert [path for _, path in sim.sent if "snapshot" in path]
    assert cache_state(sim.cache) == region_state(sim.hub)
    assert "week af" in (sim.cache.meta("note") or "")
    sim.hub.items[key] = sim.hub.items[key] | {"rev": "e1.100"}
    sim.sent.clear()
    started = sim.clock.boot()
    while not [path for _, path in sim.sent if "snapshot" in path]:
        add(sim.hub, 1, "call")
        sim.go("pull")
    assert 270 <= sim.clock.boot() - started <= 310


def test_a_page_that_was_kept_too_long_begins_the_snapshot_again(sim: Sim) -> None:
    add(sim.hub, 5)
    sim.start("pull")
    sim.go("pull")
    sim.hub.pages.clear()
    pull_until(sim, terms.NextFrames)
    assert cache_state(sim.cache) == region_state(sim.hub)


def test_the_head_may_move_between_pages_and_nothing_of_it_is_mixed_in(sim: Sim) -> None:
    add(sim.hub, 5)
    sim.start("pull")
    sim.go("pull")
    add(sim.hub, 5)
    pull_until(sim, terms.NextFrames)
    assert cache_state(sim.cache) == region_state(sim.hub)


def test_nothing_may_be_sent_before_the_journal_knows_the_epoch(sim: Sim) -> None:
    """A command that is answered before the first swap could not be sent again after a new epoch."""
    add(sim.hub, 5)
    page = json.dumps(sim.hub.snapshot()[2] | {"complete": True, "applied": {}}).encode()
    state = pull.PullState(exercise=True, phase=pull.Phase.SNAPSHOT)
    _, effects = pull.step(state, Replied(200, "application/json", page), sim.now())
    assert isinstance(effects[-1], terms.Swap)
    assert not [effect for effect in effects if isinstance(effect, terms.HubKind)]


def test_pages_of_different_cursors_are_garbage(sim: Sim) -> None:
    add(sim.hub, 5)
    sim.start("pull")
    sim.go("pull")
    for pages in sim.hub.pages.values():
        for page in pages:
            page["cursor"] = "e1.77"
    sim.go("pull")
    assert sim.cache.cursor is None
    assert isinstance(sim.lanes["pull"].pending, Wait)
    sim.hub.pages.clear()
    pull_until(sim, terms.NextFrames)
    assert cache_state(sim.cache) == region_state(sim.hub)


@pytest.mark.parametrize("fault", ["page", "garbage", "503", "page-404", "lost"])
def test_garbage_is_no_answer_and_the_wait_grows_to_5_seconds(sim: Sim, fault: str) -> None:
    add(sim.hub, 3)
    live(sim)
    shown = cache_state(sim.cache)
    sim.stream = None
    sim.choose = lambda what: fault
    sim.chance = lambda: 1.0
    sim.go("pull")
    waits = []
    for _ in range(12):
        pending = sim.lanes["pull"].pending
        if isinstance(pending, Wait):
            waits.append(pending.seconds)
        sim.go("pull")
    assert link(sim) == "offline"
    assert max(waits) == 5.0
    assert cache_state(sim.cache) == shown


def test_401_is_said_to_the_person_and_waits_for_a_credential(sim: Sim) -> None:
    sim.choose = lambda what: "credential"
    sim.start("pull")
    sim.go("pull")
    assert link(sim) == "credential"
    assert "token" in (sim.cache.meta("note") or "")
    pending = sim.lanes["pull"].pending
    assert isinstance(pending, Wait)
    assert pending.wakeable


def test_a_stream_that_leaves_something_out_is_noticed_by_its_bookmarks(sim: Sim) -> None:
    add(sim.hub, 2)
    live(sim)
    sim.choose = lambda what: "drop" if what.endswith("frame") else "ok"
    add(sim.hub, 1, "call")
    for _ in range(3):
        sim.go("pull")
    sim.choose = lambda what: "ok"
    pull_until(sim, terms.NextFrames)
    assert cache_state(sim.cache) == region_state(sim.hub)


def test_changes_that_never_fit_end_in_a_new_snapshot(sim: Sim) -> None:
    add(sim.hub, 3)
    live(sim)
    sim.cache.set_meta(cursor="e1.2")  # a cache that is not what it says
    sim.kill()
    sim.hub.log[2]["body"]["prev"] = "e1.1"
    pull_until(sim, terms.NextFrames, 60)
    assert cache_state(sim.cache) == region_state(sim.hub)


def test_beginning_again_lets_go_of_an_open_stream(sim: Sim) -> None:
    live(sim)
    sim.feed("pull", Begin())
    assert sim.stream is None

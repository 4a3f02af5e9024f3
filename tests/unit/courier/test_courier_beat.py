"""The heartbeat: claims only while a console lives, and what its answer tells."""

from __future__ import annotations

import json

import pytest

from tests.unit.courier.sim import Sim
from zcc_console.courier.machine import Request, Wait


@pytest.fixture
def desk(sim: Sim) -> Sim:
    for n in range(3):
        claim = {"desk_id": "07", "id": f"claim-{n}", "user": "u1"} if n else None
        sim.hub.commit(("call", f"call-{n}", {"id": f"call-{n}", "state": "waiting", "claim": claim}))
    sim.console_seen = sim.clock.boot()
    sim.start("pull", "beat")
    sim.settle(8, "pull")
    return sim


def beat(sim: Sim) -> None:
    seen = len(sim.hub.beats)
    for _ in range(6):
        sim.go("beat")
        if len(sim.hub.beats) > seen:
            return
    raise AssertionError("no heartbeat")


def claims(sim: Sim) -> dict[str, str]:
    return {each["call_id"]: each["claim"] for each in sim.hub.beats[-1]["claims"]}


def note(sim: Sim) -> dict[str, object]:
    found: dict[str, object] = json.loads(sim.cache.meta("heartbeat") or "{}")
    return found


def test_it_says_who_is_here_and_what_is_undelivered_every_10_seconds(desk: Sim) -> None:
    desk.press("call.note", "call-0")
    beat(desk)
    first = desk.clock.boot()
    body = desk.hub.beats[-1]
    assert (body["user"], body["role"], body["undelivered"]) == ("u1", "triagist", 1)
    assert body["incarnation"] == desk.journal.numbering().incarnation
    beat(desk)
    assert desk.clock.boot() - first == pytest.approx(10.0, abs=0.5)


def test_claims_of_the_region_and_claims_just_pressed_are_named(desk: Sim) -> None:
    own = desk.press("call.claim", "call-0")
    desk.press("call.release", "call-2")
    beat(desk)
    assert claims(desk) == {"call-0": own, "call-1": "claim-1"}


def test_claims_are_named_for_60_seconds_after_the_last_console(desk: Sim) -> None:
    desk.console_seen = desk.clock.boot()
    beat(desk)
    assert len(claims(desk)) == 2
    desk.advance(45)
    beat(desk)
    assert len(claims(desk)) == 2
    desk.advance(20)
    beat(desk)
    assert claims(desk) == {}


def test_the_answer_is_noted_with_the_moment_it_was_sent(desk: Sim) -> None:
    desk.go("beat")
    sent = desk.clock.boot()
    assert isinstance(desk.lanes["beat"].pending, Request)
    desk.advance(3)
    desk.go("beat")
    assert note(desk)["boot"] == sent
    assert note(desk)["answered"] == sent + 3
    assert note(desk)["claims"] != []


def test_a_heartbeat_without_an_answer_leaves_the_note_as_it_was(desk: Sim) -> None:
    beat(desk)
    desk.go("beat")
    before = note(desk)
    desk.choose = lambda what: "page" if what.startswith("beat") else "ok"
    for _ in range(4):
        desk.go("beat")
    assert note(desk) == before
    assert isinstance(desk.lanes["beat"].pending, Wait | Request)


def test_numbers_used_that_this_journal_never_gave_mean_it_was_copied_back(desk: Sim) -> None:
    before = desk.journal.numbering().incarnation
    desk.hub.used[before] = 12
    beat(desk)
    desk.go("beat")
    assert desk.journal.numbering().incarnation > before


def test_desk_in_use_is_shown_and_at_the_first_word_only_a_new_incarnation_is_tried(desk: Sim) -> None:
    before = desk.journal.numbering().incarnation
    desk.hub.in_use = True
    beat(desk)
    desk.go("beat")
    once = desk.journal.numbering().incarnation
    assert once > before
    assert note(desk)["in_use"] is True
    assert "elders ook in gebruik" in (desk.cache.meta("note") or "")
    beat(desk)
    desk.go("beat")
    assert desk.journal.numbering().incarnation == once
    desk.hub.in_use = False
    beat(desk)
    desk.go("beat")
    assert "elders" not in (desk.cache.meta("note") or "")


def test_audit_goes_in_batches_and_is_kept_until_the_hub_has_it(desk: Sim) -> None:
    for n in range(5):
        with desk.journal.write() as unit:
            unit.audit("call.viewed", f"call-{n}", user="u1")
    desk.choose = lambda what: "answer-lost" if "audit" in what else "ok"
    desk.start("audit")
    for _ in range(4):
        desk.go("audit")
    assert len(desk.journal.audit_batch()) == 5
    desk.choose = lambda what: "ok"
    for _ in range(6):
        desk.go("audit")
    assert desk.journal.audit_batch() == []
    (chain,) = desk.hub.audit.values()
    assert sorted(chain) == [1, 2, 3, 4, 5]
    assert all(chain[n]["previous"] == chain[n - 1]["hash"] for n in range(2, 6))
    beat(desk)
    assert desk.hub.beats[-1]["audit"] == {"count": 5, "head": chain[5]["hash"]}


def acts(desk: Sim, count: int) -> None:
    for n in range(count):
        with desk.journal.write() as unit:
            unit.audit("call.viewed", f"call-{n}", user="u1")


def run_audit(desk: Sim, rounds: int = 8) -> None:
    desk.start("audit")
    for _ in range(rounds):
        desk.go("audit")


def test_a_hub_that_lost_part_of_a_chain_gets_it_again(desk: Sim) -> None:
    acts(desk, 4)
    run_audit(desk)
    (chain,) = desk.hub.audit.values()
    del chain[3], chain[4]
    acts(desk, 2)
    run_audit(desk)
    assert sorted(chain) == [1, 2, 3, 4, 5, 6]
    assert desk.journal.audit_batch() == []


def test_a_chain_with_a_hole_stays_here_and_does_not_hold_up_the_next(desk: Sim) -> None:
    acts(desk, 3)
    with desk.journal.write() as unit:
        unit._db.execute("DELETE FROM audit WHERE no = 1")
    desk.journal.new_incarnation("doubt")
    acts(desk, 2)
    run_audit(desk)
    fresh = desk.journal.numbering().incarnation
    assert sorted(desk.hub.audit[fresh]) == [1, 2]
    assert [row.no for row in desk.journal.audit_batch()] == [2, 3]
    pending = desk.lanes["audit"].pending
    assert isinstance(pending, Wait | Request)

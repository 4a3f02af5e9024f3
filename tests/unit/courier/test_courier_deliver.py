"""Commands go in order, one in flight, until each has its answer."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import pytest

from tests.unit.courier.region import Json, problem
from tests.unit.courier.sim import Sim
from zcc_console.courier import deliver
from zcc_console.courier.machine import Request, Wait


@pytest.fixture
def ready(sim: Sim) -> Sim:
    """A desk that knows its region, with calls in it."""
    for n in range(3):
        sim.hub.commit(("call", f"call-{n}", {"id": f"call-{n}", "state": "waiting", "source": "hap"}))
    sim.start("pull", "deliver")
    sim.settle(6)
    return sim


def run(sim: Sim, limit: int = 40) -> None:
    for _ in range(limit):
        sim.go("deliver")


def states(sim: Sim) -> list[str]:
    return [row.state for row in sim.journal.outbox()]


def commands_sent(sim: Sim) -> list[Json]:
    return [json.loads(body) for body in sim.bodies if b"desk_seq" in body]


def test_commands_are_applied_in_the_order_they_were_pressed(ready: Sim) -> None:
    pressed = [ready.press("call.note", f"call-{n % 3}") for n in range(7)]
    run(ready)
    assert ready.hub.applied == pressed
    assert states(ready) == ["applied"] * 7


def test_nothing_is_sent_before_the_hub_has_said_what_kind_it_is(sim: Sim) -> None:
    sim.start("deliver")
    sim.press("call.note", "call-0")
    run(sim, 5)
    assert sim.sent == []


def test_without_an_answer_the_same_bytes_go_again_and_nothing_overtakes(ready: Sim) -> None:
    first = ready.press("call.note", "call-0")
    ready.press("call.note", "call-1")
    ready.choose = lambda what: "answer-lost" if "commands" in what else "ok"
    run(ready, 10)
    bodies = {body for body in ready.bodies if b"desk_seq" in body}
    assert len(bodies) == 1
    assert ready.hub.applied == [first]
    assert states(ready) == ["pending", "pending"]
    ready.choose = lambda what: "ok"
    run(ready)
    assert len(ready.hub.applied) == 2
    assert states(ready) == ["applied", "applied"]


def test_the_pauses_have_full_jitter_up_to_10_seconds(ready: Sim) -> None:
    ready.press("call.note", "call-0")
    ready.choose = lambda what: "lost" if "commands" in what else "ok"
    for chance, expected in ((1.0, 10.0), (0.0, 0.0)):
        ready.chance = partial(float, chance)
        waits = []
        for _ in range(20):
            pending = ready.lanes["deliver"].pending
            if isinstance(pending, Wait):
                waits.append(pending.seconds)
            ready.go("deliver")
        assert waits[-1] == expected


def test_a_refusal_is_kept_to_settle_and_the_next_goes_on(ready: Sim) -> None:
    ready.hub.refuse = lambda body: problem(409, "fenced", current={"id": "x"}) if body["data"].get("no") else None
    ready.press("call.note", "call-0", {"no": True})
    ready.press("call.note", "call-1")
    run(ready)
    refused, applied = ready.journal.outbox()
    assert (refused.state, refused.status) == ("refused", 409)
    assert refused.response is not None
    assert refused.response["type"] == "fenced"
    assert applied.state == "applied"


@pytest.mark.parametrize("fault", ["page-403", "page-409", "page", "429", "408", "page-404"])
def test_a_proxys_page_never_refuses(ready: Sim, fault: str) -> None:
    ready.press("call.note", "call-0")
    ready.choose = lambda what: fault if "commands" in what else "ok"
    run(ready, 8)
    assert states(ready) == ["pending"]
    ready.choose = lambda what: "ok"
    run(ready)
    assert states(ready) == ["applied"]


def test_401_waits_for_a_credential_and_loses_nothing(ready: Sim) -> None:
    ready.press("call.note", "call-0")
    ready.choose = lambda what: "credential" if "commands" in what else "ok"
    run(ready, 3)
    pending = ready.lanes["deliver"].pending
    assert isinstance(pending, Wait | Request)
    ready.choose = lambda what: "ok"
    run(ready)
    assert states(ready) == ["applied"]


def test_a_call_that_exists_already_was_created(ready: Sim) -> None:
    ready.press("call.create", "call-0", {"source": "hap"})
    run(ready)
    (row,) = ready.journal.outbox()
    assert (row.state, row.status) == ("applied", 409)


def test_a_gap_is_closed_by_sending_again_from_the_expected_number(ready: Sim) -> None:
    pressed = [ready.press("call.note", "call-0") for _ in range(5)]
    run(ready)
    incarnation = ready.journal.numbering().incarnation
    ready.hub.used[incarnation] = 2  # the hub lost what came after, though its epoch is the same
    for command_id in pressed[2:]:
        del ready.hub.answers[command_id]
        ready.hub.applied.remove(command_id)
    pressed.append(ready.press("call.note", "call-1"))
    run(ready, 6)
    assert len(ready.hub.applied) == 2  # it waits for word that this is still our epoch
    ready.settle(10, "pull", "deliver")
    assert ready.hub.applied == pressed
    assert ready.journal.numbering().incarnation == incarnation


def test_a_gap_that_stays_starts_a_new_incarnation_and_everything_still_goes(ready: Sim) -> None:
    pressed = [ready.press("call.note", "call-0") for _ in range(3)]
    run(ready)
    before = ready.journal.numbering().incarnation
    with ready.journal.write() as unit:  # pruned after 72 hours
        unit._db.execute("DELETE FROM outbox")
    ready.hub.used[before] = 1
    pressed.append(ready.press("call.note", "call-1"))
    ready.settle(30, "pull", "deliver")
    assert ready.hub.applied == pressed
    assert ready.journal.numbering().incarnation > before


def test_a_number_that_a_refusal_did_not_use_up_does_not_stop_the_rest(ready: Sim) -> None:
    """400 before the numbers are looked at leaves the number free: the gap behind it stays."""
    real = ready.hub.command

    def command(body: Json, key: str) -> tuple[int, str, Json]:
        return problem(400, "invalid") if body["data"].get("no") else real(body, key)

    ready.hub.command = command  # type: ignore[method-assign]
    ready.press("call.note", "call-0", {"no": True})
    after = [ready.press("call.note", "call-1"), ready.press("call.note", "call-2")]
    ready.settle(30, "pull", "deliver")
    assert ready.hub.applied == after
    assert states(ready) == ["refused", "applied", "applied"]


def test_a_used_number_starts_a_new_incarnation_with_the_same_command_ids(ready: Sim) -> None:
    before = ready.journal.numbering().incarnation
    ready.hub.used[before] = 3  # a copy of this profile has been at work
    pressed = [ready.press("call.note", "call-0"), ready.press("call.note", "call-1")]
    ready.settle(10, "deliver")
    assert ready.hub.applied == pressed
    assert ready.journal.numbering().incarnation > before
    assert [row.desk_seq for row in ready.journal.outbox()] == [1, 2]


def test_doubt_that_comes_back_waits_longer_each_time(ready: Sim) -> None:
    ready.press("call.note", "call-0")
    ready.hub.command = lambda body, key: problem(409, "sequence-used")  # type: ignore[method-assign]
    ready.chance = lambda: 1.0
    waits = []
    for _ in range(24):
        pending = ready.lanes["deliver"].pending
        if isinstance(pending, Wait):
            waits.append(pending.seconds)
        ready.go("deliver")
    assert waits[-1] == 30.0


def trouble(sim: Sim, seconds: float, *, hub_writes: bool) -> None:
    until = sim.clock.boot() + seconds
    while sim.clock.boot() < until:
        sim.go("deliver")
        if hub_writes:
            sim.hub.commit(("capacity", "u-1", {"id": "u-1", "n": sim.clock.boot()}))
        sim.go("pull")


def test_a_row_that_gets_only_5xx_for_2_minutes_while_the_hub_writes_is_set_aside(ready: Sim) -> None:
    bad = ready.press("call.note", "call-0", {"poison": True})
    good = ready.press("call.note", "call-1")
    real = ready.hub.command

    def command(body: Json, key: str) -> tuple[int, str, Json]:
        return problem(500, "failure") if body["data"].get("poison") else real(body, key)

    ready.hub.command = command  # type: ignore[method-assign]
    trouble(ready, 110, hub_writes=True)
    assert states(ready) == ["pending", "pending"]
    trouble(ready, 60, hub_writes=True)
    assert states(ready) == ["set-aside", "applied"]
    assert ready.hub.applied == [good]
    assert bad not in ready.hub.answers


def test_a_hub_that_writes_for_nobody_sets_no_row_aside(ready: Sim) -> None:
    trouble(ready, 20, hub_writes=True)  # before the trouble it wrote
    assert ready.hub_wrote is not None
    ready.press("call.note", "call-0")
    ready.choose = lambda what: "503" if "commands" in what else "ok"
    trouble(ready, 400, hub_writes=False)
    assert states(ready) == ["pending"]


def test_a_timeout_in_between_begins_the_2_minutes_again(ready: Sim) -> None:
    ready.press("call.note", "call-0")
    ready.choose = lambda what: "503" if "commands" in what else "ok"
    trouble(ready, 100, hub_writes=True)
    ready.choose = lambda what: "lost" if "commands" in what else "ok"
    trouble(ready, 15, hub_writes=True)
    ready.choose = lambda what: "503" if "commands" in what else "ok"
    trouble(ready, 100, hub_writes=True)
    assert states(ready) == ["pending"]


def test_trouble_of_before_a_reboot_does_not_count(ready: Sim) -> None:
    ready.press("call.note", "call-0")
    ready.choose = lambda what: "503" if "commands" in what else "ok"
    trouble(ready, 30, hub_writes=True)
    ready.clock.reboot("boot-2", 5000.0)
    ready.journal.note_boot()
    (row,) = ready.journal.outbox()
    assert row.trouble_since is None


def test_an_answer_to_a_number_that_was_given_up_meanwhile_is_asked_for_again(ready: Sim) -> None:
    command_id = ready.press("call.note", "call-0")
    ready.go("deliver")
    row = ready.lanes["deliver"].state.row
    assert isinstance(ready.lanes["deliver"].pending, Request)
    ready.journal.new_incarnation("doubt")
    ready.go("deliver")  # the answer arrives for the old number
    fresh = ready.journal.command(command_id)
    assert fresh is not None
    assert (fresh.state, fresh.incarnation != row.incarnation) == ("pending", True)
    run(ready, 5)
    again = ready.journal.command(command_id)
    assert again is not None
    assert again.state == "applied"
    assert ready.hub.applied == [command_id]


def test_the_request_is_what_the_journal_holds_and_nothing_else(ready: Sim) -> None:
    ready.press("call.update", "call-0", {"reason": "é"}, if_match="e1.1")
    row = ready.journal.next_pending()
    assert row is not None
    request = deliver.request_for(row)
    assert dict(request.headers) == {"Idempotency-Key": row.command_id, "If-Match": '"e1.1"'}
    body: dict[str, Any] = json.loads(request.body or b"")
    assert body["incarnation"] == row.incarnation
    assert body["desk_seq"] == 1
    assert body["data"] == {"reason": "é"}

"""A simulated desk numbers and delivers what it pressed as contract.md §3 says, whatever it hears."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zcc_console.core.clock import ManualClock
from zcc_console.core.ids import SeededIds
from zcc_console.demo.outbox import REFUSALS, Answer, Outbox, Request, Verdict
from zcc_console.models.command import Command

NOW = datetime(2026, 11, 21, 21, 41, tzinfo=UTC)
CALL = "0193aaaa-0000-7000-8000-000000000001"


def outbox() -> Outbox:
    return Outbox("03", "m.jansen", SeededIds(ManualClock(), 1), random.Random(1))


def press(box: Outbox, count: int = 1) -> list[str]:
    return [box.press("call.note", ("call", CALL), {"text": str(number)}, at=NOW) for number in range(count)]


def due(box: Outbox, now: datetime = NOW) -> Request:
    request = box.due(now)
    assert request is not None
    return request


def seq(request: Request) -> int:
    number = json.loads(request.body)["desk_seq"]
    assert isinstance(number, int)
    return number


def say(box: Outbox, status: int | None, **body: object) -> Answer | None:
    request = due(box)
    if status == 200:
        body = {"command_id": request.command_id, "result": "applied", **body}
    return box.answered(request.command_id, status, json.dumps(body).encode(), NOW)


def test_the_body_is_a_command_of_the_contract() -> None:
    box = outbox()
    box.press("call.close", ("call", CALL), {"outcome": "klaar"}, at=NOW, claim=CALL, if_match="e.1")
    request = due(box)
    Command.model_validate(json.loads(request.body))
    assert dict(request.headers)["Idempotency-Key"] == request.command_id
    assert dict(request.headers)["If-Match"] == '"e.1"'


def test_one_is_in_flight_and_its_bytes_stay_the_same() -> None:
    box = outbox()
    press(box, 2)
    first = due(box)
    assert due(box) == first
    assert say(box, 503) is None
    assert box.due(NOW + timedelta(seconds=30)) == first


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (None, {}),
        (500, {"type": "claimed"}),
        (503, {"type": "unavailable"}),
        (401, {"type": "unauthorized"}),
        (408, {}),
        (429, {}),
        (404, {}),
        (404, {"type": "about:blank"}),
        (200, {"command_id": "another"}),
        (200, {}),
    ],
)
def test_what_is_no_answer_changes_nothing(status: int | None, body: dict[str, object]) -> None:
    box = outbox()
    press(box)
    first = due(box)
    assert box.answered(first.command_id, status, json.dumps(body).encode(), NOW) is None
    assert box.undelivered == 1
    assert box.due(NOW + timedelta(seconds=21)) == first


def test_a_page_of_a_proxy_is_no_answer() -> None:
    box = outbox()
    press(box)
    first = due(box)
    assert box.answered(first.command_id, 404, b"<html>not found</html>", NOW) is None
    assert box.undelivered == 1


@pytest.mark.parametrize("slug", sorted(REFUSALS))
def test_a_refusal_is_final_and_the_next_one_goes(slug: str) -> None:
    box = outbox()
    press(box, 2)
    answer = say(box, 409, type=slug)
    assert answer is not None
    assert (answer.verdict, answer.slug) == (Verdict.REFUSED, slug)
    assert seq(due(box)) == 2


def test_a_gap_is_filled_from_the_expected_number() -> None:
    box = outbox()
    ids = press(box, 4)
    assert say(box, 200) is not None
    assert say(box, 200) is not None
    assert say(box, 409, type="sequence-gap", expected=2) is None
    assert due(box).command_id == ids[1]
    assert say(box, 200) is None  # answered already: nothing new
    assert due(box).command_id == ids[2]


@pytest.mark.parametrize("body", [{"expected": 99}, {"expected": None}, {"expected": "x"}, {}])
def test_a_gap_that_cannot_be_filled_starts_a_new_incarnation(body: dict[str, object]) -> None:
    box = outbox()
    press(box, 3)
    say(box, 200)
    before, old = due(box), box.incarnation
    say(box, 409, type="sequence-gap", **body)
    assert box.incarnation > old
    assert (due(box).command_id, seq(due(box))) == (before.command_id, 1)


def test_a_gap_that_stays_starts_a_new_incarnation() -> None:
    box = outbox()
    press(box, 3)
    say(box, 200)
    old = box.incarnation
    for _ in range(12):
        say(box, 409, type="sequence-gap", expected=1)
        if box.incarnation != old:
            break
    assert box.incarnation > old


def test_a_used_number_starts_a_new_incarnation_with_the_same_ids() -> None:
    box = outbox()
    ids = press(box, 3)
    say(box, 200)
    old = box.incarnation
    assert say(box, 409, type="sequence-used", expected=9) is None
    assert box.incarnation > old
    assert [due(box).command_id, seq(due(box))] == [ids[1], 1]
    assert box.undelivered == 2


@dataclass
class StrictHub:
    """Only the numbers of contract.md §3, and each command applied once."""

    last: dict[str, int] = field(default_factory=dict)
    applied: dict[str, bytes] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)

    def take(self, request: Request) -> tuple[int, bytes]:
        body = json.loads(request.body)
        command_id, number, incarnation = body["command_id"], body["desk_seq"], body["incarnation"]
        last = self.last.get(incarnation, 0)
        if command_id in self.applied:
            if number == last + 1:
                self.last[incarnation] = number
            return 200, self.applied[command_id]
        if number > last + 1:
            return 409, json.dumps({"type": "sequence-gap", "expected": last + 1}).encode()
        if number <= last:
            return 409, json.dumps({"type": "sequence-used", "expected": last + 1}).encode()
        self.last[incarnation] = number
        self.order.append(command_id)
        self.applied[command_id] = json.dumps({"command_id": command_id, "result": "applied"}).encode()
        return 200, self.applied[command_id]


Trouble = st.sampled_from(["ok", "lost-request", "lost-answer", "5xx", "restore", "desk-in-use"])


@settings(max_examples=200, deadline=None)
@given(troubles=st.lists(Trouble, max_size=40), presses=st.integers(1, 8))
def test_every_command_is_applied_once_and_in_order_whatever_happens(troubles: list[str], presses: int) -> None:
    box, hub, now = outbox(), StrictHub(), NOW
    ids = press(box, presses)
    seen: list[str] = []
    for trouble in [*troubles, *["ok"] * 60]:
        now += timedelta(seconds=30)
        if trouble == "restore":  # the hub lost its numbers, not what it applied
            hub.last = {incarnation: last // 2 for incarnation, last in hub.last.items()}
            continue
        if trouble == "desk-in-use":
            box.renumber()
            continue
        request = box.due(now)
        if request is None:
            continue
        if trouble == "lost-request":
            box.answered(request.command_id, None, b"", now)
            continue
        status, raw = (503, b"") if trouble == "5xx" else hub.take(request)
        if trouble == "lost-answer":
            box.answered(request.command_id, None, b"", now)
            continue
        answer = box.answered(request.command_id, status, raw, now)
        if answer is not None:
            seen.append(answer.command_id)
    assert hub.order == ids
    assert seen == ids
    assert box.undelivered == 0

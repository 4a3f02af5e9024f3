"""Contract §3: whatever is lost, repeated, reordered or renumbered on the way, each command is applied once, in order."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.hub.house import House

COMMANDS = 5


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    attempts=st.lists(
        st.one_of(
            st.tuples(st.just("send"), st.integers(0, COMMANDS - 1)),
            st.tuples(st.sampled_from(["restart", "renumber"]), st.just(0)),
        ),
        max_size=25,
    )
)
def test_each_command_is_applied_once_and_in_order_and_answered_the_same(
    tmp_path_factory: pytest.TempPathFactory, attempts: list[tuple[str, int]]
) -> None:
    house = House.build(tmp_path_factory.mktemp("hub"))
    try:
        desk, call = house.desk(), house.call()
        bodies = [desk.body("call.note", call, {"text": str(number)}) for number in range(COMMANDS)]
        answers: dict[int, bytes] = {}

        def send(number: int) -> int:
            reply = desk.send(bodies[number])
            if reply.status == 200:
                assert answers.setdefault(number, reply.body) == reply.body
            else:
                assert json.loads(reply.body)["type"] in ("sequence-gap", "sequence-used")
                assert number not in answers
            return reply.status

        for what, number in attempts:
            if what == "send":
                send(number)
            elif what == "restart":
                house.restart()
            else:
                # A new incarnation: what has no answer is renumbered in order under the same ids. (As if every answer
                # so far was lost, all of them.)
                fresh = house.ids.new()
                bodies = [{**body, "incarnation": fresh, "desk_seq": n} for n, body in enumerate(bodies, start=1)]
        fresh = house.ids.new()
        bodies = [{**body, "incarnation": fresh, "desk_seq": n} for n, body in enumerate(bodies, start=1)]
        for number in range(COMMANDS):
            assert send(number) == 200
        texts = [entry["data"]["text"] for entry in house.data("call", call)["contributions"]]  # type: ignore[attr-defined]
        assert texts == [str(number) for number in range(COMMANDS)]
    finally:
        house.region.close()

"""What arrivals and acts do to a handoff's standing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rav.region import message
from zcc_console.core.handoff import State
from zcc_console.rav.rules import Act, Kept, Standing, act, arrive, kept

DECIDED = Standing(State.REJECTED, None, "geen indicatie")


def test_the_first_message_is_received_and_somebody_has_to_look() -> None:
    arrival = arrive(None, [], kept(message(1)))
    assert arrival.standing == Standing(State.RECEIVED)
    assert arrival.asks


def test_an_update_that_comes_before_its_new_makes_the_handoff() -> None:
    arrival = arrive(None, [], kept(message(2, kind="update")))
    assert arrival.standing.state is State.RECEIVED
    assert arrival.asks


@pytest.mark.parametrize("state", [State.RECEIVED, State.OPENED, State.ACCEPTED])
def test_a_message_changes_no_state_while_the_handoff_stands(state: State) -> None:
    now = Standing(state, "R-1", None)
    for kind in ("new", "update", "recall"):
        assert arrive(now, [kept(message(1))], kept(message(2, kind=kind))).standing == now


@pytest.mark.parametrize("state", [State.REJECTED, State.CLOSED])
def test_a_new_after_the_end_is_received_again_and_an_update_is_not(state: State) -> None:
    now = Standing(state, "R-1", "nee")
    again = arrive(now, [kept(message(1))], kept(message(2)))
    assert again.standing == Standing(State.RECEIVED)
    assert again.asks
    assert arrive(now, [kept(message(1))], kept(message(2, kind="update"))).standing == now


def test_a_new_of_another_desk_with_the_same_sequence_is_received_again() -> None:
    other = kept({**message(2), "sequence": 1})
    assert arrive(DECIDED, [kept(message(1))], other).asks


def test_an_older_new_that_comes_after_its_successor_was_decided_is_for_the_record() -> None:
    assert arrive(DECIDED, [kept(message(3))], kept(message(1))).standing == DECIDED


def test_a_new_that_comes_after_its_own_recall_was_carried_out_sends_nobody() -> None:
    closed = Standing(State.CLOSED, None, "recalled")
    assert not arrive(closed, [kept(message(2, kind="recall"))], kept(message(1))).asks


def test_an_old_sequence_made_later_is_looked_at_again() -> None:
    offline = kept(message(1, created_at="2026-11-21T22:10:00.000Z"))
    assert arrive(DECIDED, [kept(message(3))], offline).asks


def test_an_unreadable_moment_of_making_is_looked_at_again() -> None:
    assert arrive(DECIDED, [kept(message(3))], kept(message(1, created_at="gisteren"))).asks


def test_a_recall_asks_to_stop_only_what_is_not_newer_than_it() -> None:
    now = Standing(State.RECEIVED)
    assert arrive(now, [kept(message(1))], kept(message(2, kind="recall"))).recalls
    assert not arrive(now, [kept(message(3))], kept(message(2, kind="recall"))).recalls


def test_a_recall_that_comes_first_asks_to_stop_not_to_look() -> None:
    arrival = arrive(None, [], kept(message(2, kind="recall")))
    assert arrival.recalls
    assert not arrival.asks


def test_only_what_is_received_can_be_opened() -> None:
    assert act(Standing(State.RECEIVED), Act.OPEN) == Standing(State.OPENED)
    for state in (State.OPENED, State.ACCEPTED, State.REJECTED, State.CLOSED):
        assert act(Standing(state), Act.OPEN) is None


def test_a_dispatcher_may_turn_accepted_into_rejected_and_back() -> None:
    accepted = act(Standing(State.OPENED), Act.ACCEPT, reference="R-1")
    assert accepted == Standing(State.ACCEPTED, "R-1")
    rejected = act(accepted, Act.REJECT, reason="toch niet")
    assert rejected == Standing(State.REJECTED, "R-1", "toch niet")
    assert act(rejected, Act.ACCEPT) == Standing(State.ACCEPTED, "R-1")


def test_rejecting_twice_for_the_same_reason_changes_nothing() -> None:
    assert act(DECIDED, Act.REJECT, reason="geen indicatie") is None


KEPT = st.builds(
    lambda number, kind: kept(message(number, kind=kind)),
    st.integers(1, 9),
    st.sampled_from(["new", "update", "recall", "iets anders"]),
)


@given(
    standing=st.none() | st.builds(Standing, st.sampled_from([*State][2:])),
    before=st.lists(KEPT, max_size=5),
    incoming=KEPT,
)
def test_an_arrival_leaves_the_standing_or_makes_it_received(
    standing: Standing | None, before: list[Kept], incoming: Kept
) -> None:
    arrival = arrive(standing, before, incoming)
    assert arrival.standing in (standing, Standing(State.RECEIVED))
    assert not (arrival.asks and arrival.recalls)
    if arrival.standing != standing:
        assert arrival.asks or arrival.recalls

"""The rules of contract.md §4 as pure functions: union, standing, clock."""

from __future__ import annotations

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from zcc_console.core.handoff import (
    Alarm,
    Event,
    Message,
    State,
    Timers,
    clock,
    event_of,
    is_material,
    message_of,
    standing,
    union,
)
from zcc_console.core.jsontypes import Json

NEW = Message("m1", "new", 1, "U1", "06", "plaats")
TIMERS = Timers()


def said(n: int, state: str, has: tuple[str, ...] = ("m1",), **rest: object) -> Event:
    return Event(n=n, state=state, has=has, **rest)  # type: ignore[arg-type]


def reading(messages: list[Message], events: list[Event], since: float | None, **rest: object) -> Alarm:
    now = standing(messages, events, at_hub=False)
    elapsed = {message.message_id: since for message in messages}
    return clock(now, TIMERS, elapsed=elapsed, material=messages, **rest).alarm  # type: ignore[arg-type]


def test_without_events_it_is_committed_and_at_the_hub_it_is_sent() -> None:
    assert standing([NEW], [], at_hub=False).state is State.COMMITTED
    assert standing([NEW], [], at_hub=True).state is State.SENT


def test_only_accepted_or_an_accepting_voice_call_is_handed_over() -> None:
    for state in ("RECEIVED", "OPENED", "REJECTED", "CLOSED"):
        assert not standing([NEW], [said(1, state)], at_hub=True).handed_over
    assert standing([NEW], [said(1, "ACCEPTED")], at_hub=True).handed_over
    spoken = Message("m2", "update", 2, voice_used=True, voice_outcome="accepted")
    assert standing([NEW, spoken], [], at_hub=True).handed_over
    refused = Message("m2", "update", 2, voice_used=True, voice_outcome="refused")
    assert not standing([NEW, refused], [], at_hub=True).handed_over


def test_late_double_and_disordered_acknowledgements_change_nothing() -> None:
    events = [said(1, "RECEIVED"), said(2, "OPENED"), said(3, "ACCEPTED", by="Jansen")]
    expected = standing([NEW], events, at_hub=True)
    for order in permutations(events):
        assert standing([NEW], union(order, events), at_hub=True) == expected


def test_a_dispatcher_who_turns_acceptance_into_rejection_is_heard() -> None:
    now = standing([NEW], [said(3, "ACCEPTED"), said(4, "REJECTED", reason="geen inzet")], at_hub=True)
    assert now.state is State.REJECTED
    assert not now.handed_over
    assert now.may_press_again


def test_an_answer_to_an_earlier_new_is_not_taken_for_one_to_the_present() -> None:
    again = Message("m9", "new", 2)
    now = standing([NEW, again], [said(5, "ACCEPTED", has=("m1",))], at_hub=False)
    assert now.state is State.COMMITTED
    assert standing([NEW, again], [said(6, "RECEIVED", has=("m1", "m9"))], at_hub=False).state is State.RECEIVED


def test_a_voice_call_before_the_latest_new_does_not_count() -> None:
    spoken = Message("m2", "update", 2, voice_used=True, voice_outcome="refused")
    again = Message("m3", "new", 3)
    assert standing([NEW, spoken, again], [], at_hub=True).voice_outcome is None


def test_message_and_voice_that_differ_keep_it_open_and_show_both() -> None:
    spoken = Message("m2", "update", 2, voice_used=True, voice_outcome="accepted")
    now = standing([NEW, spoken], [said(1, "REJECTED", has=("m1", "m2"))], at_hub=True)
    assert now.conflict
    assert now.is_open
    assert not now.handed_over
    assert clock(now, TIMERS, elapsed={"m1": 1.0}).alarm is Alarm.VOICE


def test_a_recall_ends_with_closed_recalled_or_too_late() -> None:
    recall = Message("m2", "recall", 2)
    asked = standing([NEW, recall], [said(1, "RECEIVED")], at_hub=True)
    assert asked.recall is not None
    assert not asked.recall_done
    assert standing([NEW, recall], [said(2, "CLOSED", has=("m1", "m2"), reason="recalled")], at_hub=True).recall_done
    late = standing([NEW, recall], [said(2, "ACCEPTED", has=("m1", "m2"), by="Jansen")], at_hub=True)
    assert late.recall_too_late
    machine = standing([NEW, recall], [said(2, "ACCEPTED", has=("m1", "m2"), by=None)], at_hub=True)
    assert not machine.recall_too_late
    before = standing([NEW, recall], [said(2, "ACCEPTED", has=("m1",), by="Jansen")], at_hub=True)
    assert not before.recall_too_late


def test_a_recall_without_an_answer_asks_for_the_telephone_after_thirty_seconds() -> None:
    recall = Message("m2", "recall", 2)
    events = [said(1, "RECEIVED", has=("m1", "m2"))]
    assert reading([NEW, recall], events, 29.9) is Alarm.QUIET
    assert reading([NEW, recall], events, 30.0) is Alarm.VOICE


def test_the_clock_follows_the_table() -> None:
    assert reading([NEW], [], 2.9) is Alarm.QUIET
    assert reading([NEW], [], 3.0) is Alarm.AMBER
    assert reading([NEW], [], 9.9) is Alarm.AMBER
    assert reading([NEW], [], 10.0) is Alarm.VOICE
    received = [said(1, "RECEIVED")]
    assert reading([NEW], received, 29.9) is Alarm.QUIET
    assert reading([NEW], received, 30.0) is Alarm.VOICE
    assert reading([NEW], [said(2, "ACCEPTED")], 300.0) is Alarm.QUIET
    assert reading([NEW], [said(2, "REJECTED")], 1.0) is Alarm.VOICE
    assert reading([NEW], [], 0.1, refused_everywhere=True) is Alarm.VOICE
    assert reading([NEW], [], 0.1, write_failed=True) is Alarm.VOICE


def test_after_a_reboot_an_open_handoff_asks_for_the_telephone_at_once() -> None:
    assert reading([NEW], [], None) is Alarm.VOICE
    assert reading([NEW], [said(1, "RECEIVED")], None) is Alarm.VOICE
    assert reading([NEW], [said(1, "ACCEPTED")], None) is Alarm.QUIET


def test_a_rav_that_never_accepts_by_message_is_telephoned_at_received() -> None:
    now = standing([NEW], [said(1, "RECEIVED")], at_hub=True)
    assert clock(now, Timers(accepts_by_message=False), elapsed={"m1": 0.5}).alarm is Alarm.VOICE


def test_an_update_of_urgency_number_or_place_runs_its_own_clock_to_received() -> None:
    moved = Message("m2", "update", 2, "U1", "06", "elders")
    assert is_material(NEW, moved)
    assert not is_material(NEW, Message("m3", "update", 2, "U1", "06", "plaats"))
    accepted = [said(1, "ACCEPTED")]
    assert reading([NEW, moved], accepted, 10.0) is Alarm.VOICE
    assert reading([NEW, moved], [*accepted, said(2, "ACCEPTED", has=("m1", "m2"))], 10.0) is Alarm.QUIET


def test_a_voice_record_ends_the_card() -> None:
    spoken = Message("m2", "update", 2, "U1", "06", "plaats", voice_used=True, voice_outcome="accepted")
    assert reading([NEW, spoken], [], 60.0) is Alarm.QUIET


def test_exercise_events_count_for_nothing_in_a_real_handoff() -> None:
    drill = said(7, "ACCEPTED", exercise=True)
    assert union([drill], exercise=False) == ()
    assert union([drill], exercise=None) == (drill,)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["n", "state", "has", "voice", "location", "sequence", "outcome"]), inner, max_size=4
            )
        ),
        max_leaves=12,
    )
)
def test_any_json_reads_as_a_message_and_maybe_an_event(value: Json) -> None:
    body: dict[str, Json] = (
        dict(value) if isinstance(value, dict) else {"voice": value, "location": value, "has": value}
    )
    message_of(body)
    event_of(body)
    event_of({"n": 1, "state": "RECEIVED", **body})


states = st.sampled_from([state.value for state in State if state not in (State.COMMITTED, State.SENT)])
events_of_one = st.lists(
    st.builds(
        Event,
        n=st.integers(1, 30),
        state=states,
        has=st.lists(st.sampled_from(["m1", "m2", "m3"]), unique=True).map(tuple),
        by=st.none() | st.just("Jansen"),
        reason=st.none() | st.just("recalled"),
    ),
    max_size=8,
    unique_by=lambda event: event.n,
)
messages_of_one = st.lists(
    st.builds(
        Message,
        message_id=st.sampled_from(["m2", "m3"]),
        kind=st.sampled_from(["new", "update", "recall"]),
        sequence=st.integers(1, 4),
        voice_used=st.booleans(),
        voice_outcome=st.none() | st.sampled_from(["accepted", "refused"]),
    ),
    max_size=2,
    unique_by=lambda message: message.message_id,
)


@given(messages_of_one, events_of_one, st.randoms(use_true_random=False))
def test_order_and_doubles_never_matter(messages: list[Message], events: list[Event], random: object) -> None:
    all_messages = [NEW, *messages]
    expected = standing(all_messages, union(events), at_hub=False)
    mixed, doubled = list(all_messages), [*events, *events]
    random.shuffle(mixed)  # type: ignore[attr-defined]
    random.shuffle(doubled)  # type: ignore[attr-defined]
    assert standing(mixed, union(doubled), at_hub=False) == expected


@given(messages_of_one, events_of_one, st.none() | st.floats(0, 100))
def test_an_open_handoff_is_never_quiet_for_longer_than_its_limit(
    messages: list[Message], events: list[Event], since: float | None
) -> None:
    all_messages = [NEW, *messages]
    now = standing(all_messages, union(events), at_hub=False)
    elapsed = {message.message_id: since for message in all_messages}
    alarm = clock(now, TIMERS, elapsed=elapsed, material=all_messages).alarm
    if now.is_open and (since is None or since >= TIMERS.accept_s):
        assert alarm is Alarm.VOICE
    if now.is_open and now.state in (State.COMMITTED, State.SENT) and since is not None and since >= TIMERS.voice_s:
        assert alarm is Alarm.VOICE
    assert not (now.handed_over and now.is_open)


def test_a_number_nobody_can_read_is_no_sequence_and_no_event() -> None:
    for wrong in (0, -1, 2**53, 2**63 - 1, 10**300, True, "3", None, 1.5):
        assert message_of({"message_id": "m", "sequence": wrong}).sequence == 0
        assert event_of({"n": wrong, "state": "ACCEPTED", "has": ["m"]}) is None


def test_a_sequence_that_jumps_too_far_does_not_hide_the_picture() -> None:
    wild = Message("m2", "update", 2**53 - 1, "U5", voice_used=True, voice_outcome="accepted")
    now = standing([NEW, wild], [], at_hub=True)
    assert now.picture == NEW
    assert now.voice_outcome is None
    assert not now.handed_over
    far = Message("m3", "new", 900)
    assert standing([NEW, far], [], at_hub=True).latest_new == far

"""The steps of a triage: answering, undoing, going back, deciding, and resuming at the same question."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zcc_console.core.urgency import Urgency
from zcc_console.protocols.errors import OverrideRefused
from zcc_console.protocols.model import UNKNOWN, WITHOUT, ProtocolSet
from zcc_console.protocols.session import LONGEST_LOG, Session, Step
from zcc_console.protocols.session_data import findings

CHEST = "demo.pijn-borst"
AT = "2026-11-21T21:41:07.120Z"


def asking(session: Session) -> str:
    assert session.asking is not None
    return session.asking.id


@pytest.fixture
def begun(demo: ProtocolSet) -> Session:
    """Man of 40, ABCD safe, pain on the chest chosen."""
    session = Session.start(demo).put_fact("leeftijd", "40").put_fact("zwanger", "nee").go(Step.ABCD)
    return session.all_safe().choose(CHEST)


def stored(session: Session) -> Session:
    """The session after it went to disk and back."""
    return Session.resume(session.protocols, json.loads(json.dumps(session.to_draft())))


def test_a_triage_walks_from_the_patient_to_the_advice(demo: ProtocolSet) -> None:
    session = Session.start(demo)
    assert (session.step, session.asking) == (Step.PATIENT, None)
    session = session.put_fact("leeftijd", "40").forward()
    assert session.step is Step.ABCD
    assert asking(session) == "r_bewust"
    session = session.all_safe()
    assert session.step is Step.COMPLAINT
    session = session.choose(CHEST)
    assert session.step is Step.QUESTIONS
    assert asking(session) == "drukkend"
    for _ in range(20):
        session = session.press("1")
    assert session.step is Step.URGENCY
    assert session.verdict.complete
    session = session.decide(Urgency.U4, by="S. de Vries", at=AT)
    assert session.step is Step.FOLLOW_UP
    assert session.forward().step is Step.ADVICE
    assert session.forward().forward().step is Step.ADVICE
    assert all(session.is_done(one) for one in (Step.PATIENT, Step.ABCD, Step.COMPLAINT, Step.QUESTIONS, Step.URGENCY))


def test_the_gate_can_be_answered_sign_by_sign(demo: ProtocolSet) -> None:
    session = Session.start(demo).go(Step.ABCD)
    session = session.press("1").press("1")
    assert asking(session) == "a_luchtweg"
    session = session.press("2")
    assert session.verdict.urgency is Urgency.U1
    assert session.verdict.letters["A"] == "unsafe"
    assert session.step is Step.ABCD  # an unsafe gate never moves the screen away
    safe = session.all_safe()
    assert safe.triage.abcd["a_luchtweg"] == "bedreigd"  # "all safe" leaves what was said


def test_a_letter_can_be_set_at_once_and_taken_back(demo: ProtocolSet) -> None:
    session = Session.start(demo).go(Step.ABCD).letter_is("C", "unknown")
    assert session.verdict.letters["C"] == "unknown"
    assert session.verdict.urgency is Urgency.U1
    session = session.letter_is("C", "safe")
    assert session.verdict.letters["C"] == "safe"
    assert session.letter_is("C", "open").verdict.letters["C"] == "open"


def test_zero_is_unknown_and_a_number_without_an_answer_does_nothing(begun: Session) -> None:
    assert begun.press("0").triage.answer(CHEST, "drukkend") == UNKNOWN
    for key in ("5", "9", "a", "", "12", "²", "-1"):
        assert begun.press(key) is begun
    assert Session.start(begun.protocols).press("1").log == ()


def test_undo_takes_back_one_thing_and_stands_there(begun: Session) -> None:
    session = begun.press("1").press("2")
    assert session.verdict.urgency is Urgency.U1
    undone = session.undo()
    assert asking(undone) == "uitstraling"
    assert undone.verdict.urgency is Urgency.U4
    assert asking(undone.undo()) == "drukkend"
    back_to_choice = undone.undo().undo()
    assert (back_to_choice.step, back_to_choice.triage.complaints) == (Step.COMPLAINT, ())
    gate = back_to_choice.undo()
    assert (gate.step, gate.triage.abcd) == (Step.ABCD, {})
    assert asking(gate) == "r_bewust"


def test_undo_of_a_changed_answer_brings_the_earlier_one_back(begun: Session) -> None:
    session = begun.press("4").back()
    assert asking(session) == "drukkend"
    session = session.press("1")
    assert session.triage.answer(CHEST, "drukkend") == "nee"
    assert session.undo().triage.answer(CHEST, "drukkend") == "nu"


def test_nothing_to_undo_changes_nothing(demo: ProtocolSet) -> None:
    session = Session.start(demo)
    assert session.undo() is session


def test_back_walks_over_the_questions_and_then_over_the_steps_without_taking_anything_away(begun: Session) -> None:
    session = begun.press("1").press("1")
    back = session.back()
    assert asking(back) == "uitstraling"
    assert asking(back.back()) == "drukkend"
    assert back.back().back().step is Step.COMPLAINT
    assert back.triage == session.triage
    assert asking(back.forward()) == "klam"


def test_an_answer_given_again_is_no_new_thing_to_undo(begun: Session) -> None:
    session = begun.press("1")
    again = session.back().press("1")
    assert again.log == session.log
    assert asking(again) == "uitstraling"


def test_a_modifier_goes_round_under_its_key_and_comes_back_unticked(begun: Session) -> None:
    session = begun.cycle_modifier("c")
    assert session.triage.modifiers == {"m_snel": "vandaag"}
    session = session.cycle_modifier("c")
    assert session.verdict.urgency is Urgency.U2
    assert session.cycle_modifier("c").triage.modifiers == {}
    assert session.undo().triage.modifiers == {"m_snel": "vandaag"}
    assert asking(session) == "drukkend"  # ticking one never moves the question
    assert begun.cycle_modifier("?") is begun


def test_a_second_complaint_keeps_the_first_and_its_answers(begun: Session) -> None:
    session = begun.press("1").press("2").choose("demo.uitval")
    assert [one.id for one in session.complaints] == [CHEST, "demo.uitval"]
    assert session.verdict.urgency is Urgency.U1
    dropped = session.drop(CHEST)
    assert dropped.verdict.urgency is Urgency.U4
    assert dropped.choose(CHEST).verdict.urgency is Urgency.U1


def test_without_a_protocol_the_triagist_decides(demo: ProtocolSet) -> None:
    session = Session.start(demo).go(Step.ABCD).all_safe().without_protocol()
    assert session.step is Step.URGENCY
    assert session.urgency is Urgency.U3
    assert session.triage.complaints == (WITHOUT,)
    assert stored(session) == session
    assert session.choose(CHEST).triage.complaints == (CHEST,)


def test_a_complaint_this_set_does_not_have_cannot_be_chosen(begun: Session) -> None:
    assert begun.choose("demo.bestaat-niet") is begun


def test_questions_before_the_gate_lead_back_to_the_gate(demo: ProtocolSet) -> None:
    session = Session.start(demo).put_fact("leeftijd", "40").choose(CHEST)
    for _ in range(20):
        if session.step is Step.QUESTIONS:
            session = session.press("1")
    assert session.step is Step.ABCD


@pytest.mark.parametrize("typed", ["oud", "", "999"])
def test_what_is_no_age_is_refused_with_a_sentence(begun: Session, typed: str) -> None:
    with pytest.raises(ValueError, match="Typ een leeftijd"):
        begun.put_fact("leeftijd", typed)


def test_a_measurement_out_of_range_is_refused_and_a_comma_is_understood(begun: Session) -> None:
    with pytest.raises(ValueError, match="tussen 25 en 45 °C"):
        begun.put_measurement("temperatuur", "384")
    assert begun.put_measurement("temperatuur", "38,4").triage.measurements == {"temperatuur": "38.4"}
    assert begun.put_measurement("temperatuur", UNKNOWN).triage.measurements == {"temperatuur": UNKNOWN}
    with pytest.raises(ValueError, match="kent 'hoogte' niet"):
        begun.put_measurement("hoogte", "1")
    with pytest.raises(ValueError, match="geen antwoord"):
        begun.put_modifier("m_snel", "misschien")


def test_a_fact_can_be_taken_away(begun: Session) -> None:
    assert "leeftijd" not in begun.put_fact("leeftijd", None).triage.facts


# -- deciding


def test_raising_needs_a_reason(begun: Session) -> None:
    with pytest.raises(OverrideRefused, match="een reden") as refused:
        begun.decide(Urgency.U2, by="S. de Vries", at=AT)
    assert refused.value.wants == ("reason",)
    raised = begun.decide(Urgency.U2, by="S. de Vries", at=AT, reason="klinkt ziek")
    assert raised.urgency is Urgency.U2
    assert raised.decision is not None
    assert raised.decision.direction == "raised"


def test_lowering_needs_a_second_person_who_is_another(begun: Session) -> None:
    urgent = begun.press("3")  # U2
    assert urgent.wanted(Urgency.U3) == ("reason", "second")
    for second in ("", "  ", "s. de vries"):
        with pytest.raises(OverrideRefused) as refused:
            urgent.decide(Urgency.U3, by="S. de Vries", at=AT, reason="bekend beeld", second=second)
        assert refused.value.wants == ("second",)
    lowered = urgent.decide(Urgency.U3, by="S. de Vries", at=AT, reason="bekend beeld", second="A. Bakker")
    assert lowered.urgency is Urgency.U3


def test_below_a_fired_u1_only_with_the_doctor_in_charge(begun: Session) -> None:
    urgent = begun.press("4")  # U1
    with pytest.raises(OverrideRefused, match="de regiearts"):
        urgent.decide(Urgency.U2, by="S. de Vries", at=AT, reason="r", second="A. Bakker")
    lowered = urgent.decide(
        Urgency.U2, by="S. de Vries", at=AT, reason="r", second="dr. Mol", second_role="supervising_doctor"
    )
    assert lowered.urgency is Urgency.U2


def test_a_decision_that_is_overtaken_by_an_answer_is_to_be_made_again(begun: Session) -> None:
    decided = begun.decide(Urgency.U4, by="S. de Vries", at=AT).go(Step.QUESTIONS)
    assert decided.press("4").decision is None
    assert decided.press("4").urgency is Urgency.U1
    assert decided.press("1").decision == decided.decision


def test_a_raised_urgency_is_never_lost_by_a_milder_answer(begun: Session) -> None:
    raised = begun.press("3").decide(Urgency.U1, by="S. de Vries", at=AT, reason="grauw").go(Step.QUESTIONS)
    milder = raised.back().press("1")
    assert milder.verdict.urgency is Urgency.U4
    assert milder.urgency is Urgency.U1
    assert stored(milder) == milder


def test_a_lowered_urgency_falls_back_to_the_proposal_when_anything_changes_it(begun: Session) -> None:
    lowered = begun.press("3").decide(Urgency.U4, by="a", at=AT, reason="r", second="b").go(Step.QUESTIONS)
    assert lowered.urgency is Urgency.U4
    assert lowered.press("2").urgency is Urgency.U1


# -- storing


def test_the_data_of_call_triage_has_the_contract_s_fields_and_readable_reasons(begun: Session) -> None:
    from zcc_console.models.command import Triage

    session = begun.press("4").cycle_modifier("a").put_measurement("pols", "96")
    session = session.decide(Urgency.U1, by="S. de Vries", at=AT)
    data = session.to_triage_data()
    assert data["protocol"] == {"id": "demo.nl", "version": "0.1.0", "hash": begun.protocols.hash}
    assert data["complaints"] == [CHEST]
    assert data["answers"] == {
        "patient": {"leeftijd": "40 jaar", "zwanger": "nee"},
        CHEST: {"drukkend": "nu"},
    }
    assert (data["proposed"], data["final"]) == ("U1", "U1")
    assert data["modifiers"] == {"m_tweede": "zelfde"}
    assert data["measurements"] == {"pols": "96"}
    fired = data["fired"]
    assert isinstance(fired, list)
    assert fired[0] == {
        "kind": "criterion",
        "scope": CHEST,
        "id": "c-drukkend-nu",
        "urgency": "U1",
        "reason": "mogelijk hartinfarct",
    }
    assert not [one for one in fired if isinstance(one, dict) and one["id"] == "c-drukkend-weg"]
    Triage.model_validate(data)  # what the hub will take


def test_the_gate_in_the_data_names_the_signs_in_words(demo: ProtocolSet) -> None:
    session = Session.start(demo).put_abcd("a_luchtweg", "bedreigd").put_abcd("c_shock", "ja")
    abcd = session.to_triage_data()["abcd"]
    assert isinstance(abcd, dict)
    assert abcd["A"] == {
        "state": "unsafe",
        "answers": {"a_luchtweg": "bedreigd"},
        "signs": ["gierend, kwijlen, of tong of keel dik"],
    }
    assert abcd["D"] == {"state": "open", "answers": {}, "signs": []}
    assert isinstance(abcd["C"], dict)
    assert abcd["C"]["signs"] == ["shock"]


def test_data_without_a_position_resumes_at_the_first_open_question(begun: Session) -> None:
    session = begun.press("1").press("1").press("1")
    resumed = Session.resume(begun.protocols, session.to_triage_data())
    assert (resumed.step, asking(resumed)) == (Step.QUESTIONS, "scheurend")
    assert Session.resume(begun.protocols, {}).step is Step.PATIENT
    gate = Session.start(begun.protocols).put_fact("leeftijd", "40")
    assert Session.resume(begun.protocols, gate.to_triage_data()).step is Step.ABCD


keys = st.lists(
    st.sampled_from(["0", "1", "2", "3", "9", "undo", "back", "forward", "safe", "a", "l", "chest", "fever", "age"]),
    max_size=40,
)


def act(session: Session, key: str) -> Session:
    """One key of a person at the desk."""
    acts: dict[str, Callable[[], Session]] = {
        "undo": session.undo,
        "back": session.back,
        "forward": session.forward,
        "safe": session.all_safe,
        "a": lambda: session.cycle_modifier("a"),
        "l": lambda: session.letter_is("B", "unknown"),
        "chest": lambda: session.choose(CHEST),
        "fever": lambda: session.choose("demo.koorts-kind"),
        "age": lambda: session.put_fact("leeftijd", "2m"),
    }
    return acts[key]() if key in acts else session.press(key)


@given(keys=keys)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=80)
def test_a_triage_killed_at_any_moment_resumes_at_the_same_question_with_the_same_undo(
    demo: ProtocolSet, keys: list[str]
) -> None:
    session = Session.start(demo)
    for key in keys:
        session = act(session, key)
        again = stored(session)
        assert again == session
        assert again.asking == session.asking
        assert again.undo() == session.undo()


@given(keys=keys)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
def test_undoing_everything_leaves_nothing_known(demo: ProtocolSet, keys: list[str]) -> None:
    session = Session.start(demo).go(Step.ABCD)
    for key in keys:
        session = session.choose(CHEST) if key == "chest" else session.press(key)
    for _ in range(len(session.log)):
        session = session.undo()
    assert session.triage == Session.start(demo).triage or not any(
        (session.triage.abcd, session.triage.complaints, *session.triage.answers.values())
    )


@pytest.mark.parametrize(
    "damaged",
    [
        {"answers": None, "abcd": 7, "complaints": "x", "position": []},
        {"answers": {CHEST: ["ja"]}, "abcd": {"A": None}, "measurements": [1], "fired": 3},
        {"position": {"step": "ergens", "focused": ["x"], "log": [[1], {"changes": [[1, 2]]}, None]}},
        {"proposed": "U1", "final": "U9", "override": "ja"},
        {
            "complaints": [CHEST],
            "answers": {CHEST: {"drukkend": "weg", "vroeger": "ja"}},
            "position": {"step": "vragen"},
        },
    ],
)
def test_a_damaged_or_older_draft_gives_what_can_be_read_and_never_an_error(
    demo: ProtocolSet, damaged: dict[str, object]
) -> None:
    session = Session.resume(demo, damaged)  # type: ignore[arg-type]
    assert session.verdict.actions
    stored(session.press("1").undo())


def test_the_log_of_things_to_undo_is_bounded(begun: Session) -> None:
    session = begun
    for _ in range(LONGEST_LOG):
        session = session.cycle_modifier("a")
    assert len(session.log) == LONGEST_LOG


def test_findings_put_the_abnormal_first_then_the_unknown_then_the_normal(begun: Session) -> None:
    session = begun.press("1").press("0").press("2").put_measurement("temperatuur", "38,2")
    lines = findings(begun.protocols, session.triage)
    assert lines[:2] == ("klam of misselijk: ja", "temperatuur: 38.2 °C")
    assert "uitstraling: onbekend" in lines
    assert lines.index("uitstraling: onbekend") < lines.index("drukkende pijn: nee")


def test_progress_counts_the_questions_of_this_step(begun: Session) -> None:
    assert begun.progress == (1, 11)  # nine questions, pregnancy and diabetes
    assert begun.press("1").progress == (2, 11)
    assert Session.start(begun.protocols).progress == (0, 0)

"""What the engine promises: the most urgent wins, nothing lowers, every triage has exactly one verdict."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zcc_console.core.urgency import Urgency
from zcc_console.protocols.check_monotone import random_triage
from zcc_console.protocols.engine import evaluate, urgency_of, what_if, what_would_raise, with_answer
from zcc_console.protocols.model import UNKNOWN, WITHOUT, ProtocolSet, Triage

CHEST = "demo.pijn-borst"
FEVER = "demo.koorts-kind"
relaxed = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)


def chest(demo: ProtocolSet, **answers: str) -> Triage:
    benign = {one.id: one.options[0].id for one in demo.protocols[CHEST].questions}
    return Triage(
        facts={"leeftijd": "40 jaar", "zwanger": "nee", "diabetes": "nee"},
        abcd={one.id: one.options[0].id for one in demo.gate.questions},
        complaints=(CHEST,),
        answers={CHEST: {**benign, **answers}},
    )


def test_all_benign_gives_the_default_with_its_actions_advice_and_safety_net(demo: ProtocolSet) -> None:
    verdict = evaluate(demo, chest(demo))
    assert verdict.urgency is Urgency.U4
    assert verdict.actions == ("huisarts-dag", "hap-telefonisch", "zelfzorg")
    assert [one.kind for one in verdict.reasons] == ["default"]
    assert len(verdict.advice) == 1
    assert len(verdict.safety_net) == 2  # the complaint's and everyone's
    assert verdict.complete
    assert not verdict.stop_early


def test_the_most_urgent_answer_decides_and_says_why_with_its_source(demo: ProtocolSet) -> None:
    verdict = evaluate(demo, chest(demo, uitstraling="ja", benauwd="inspanning"))
    assert verdict.urgency is Urgency.U1
    assert verdict.stop_early
    assert verdict.actions == ("rav",)
    (reason,) = verdict.reasons
    assert reason.id == "c-uitstraling-ja"
    assert reason.sources[0].url.startswith("https://")
    assert reason.questions == ("uitstraling",)


def test_a_lesser_answer_to_the_same_question_is_kept_but_not_given_as_the_reason(demo: ProtocolSet) -> None:
    verdict = evaluate(demo, chest(demo, drukkend="nu"))
    fired = {one.id: one.implied for one in verdict.fired if one.kind == "criterion"}
    assert fired == {"c-drukkend-nu": False, "c-drukkend-weg": True, "c-drukkend-eerder": True}
    assert [one.id for one in verdict.reasons] == ["c-drukkend-nu"]


def test_unknown_is_an_answer_with_an_urgency_of_its_own(demo: ProtocolSet) -> None:
    asked = evaluate(demo, chest(demo, uitstraling=UNKNOWN))
    assert asked.urgency is Urgency.U2
    assert asked.reasons[0].kind == "unknown"
    assert "uitstraling" not in [one.id for one in asked.missing]


def test_an_answer_the_set_does_not_know_counts_as_unknown_never_as_benign(demo: ProtocolSet) -> None:
    assert evaluate(demo, chest(demo, uitstraling="van een oude versie")).urgency is Urgency.U2


def test_without_a_complaint_the_verdict_is_the_set_s_own_cautious_one(demo: ProtocolSet) -> None:
    for complaints in ((), (WITHOUT,), ("een.klacht.die-er-niet-is",)):
        verdict = evaluate(demo, Triage(complaints=complaints))
        assert verdict.urgency is Urgency.U3
        assert verdict.actions
    asked = {one.id: one.options[0].id for one in demo.gate.questions}
    assert not evaluate(demo, Triage(abcd=asked)).complete
    assert evaluate(demo, Triage(abcd=asked, complaints=(WITHOUT,))).complete
    assert evaluate(demo, Triage(complaints=("weg.ermee",))).unread == ("weg.ermee",)
    assert evaluate(demo, Triage(complaints=(WITHOUT,))).unread == ()


def test_of_two_complaints_the_most_urgent_outcome_counts_and_both_advices_are_there(demo: ProtocolSet) -> None:
    both = replace(chest(demo), complaints=(CHEST, "demo.uitval"))
    both = replace(both, answers={**both.answers, "demo.uitval": {"spraak": "weg"}})
    verdict = evaluate(demo, both)
    assert verdict.urgency is Urgency.U2
    assert verdict.actions[0] == "hap-telefonisch"  # what the criterion itself asks for comes first
    assert len(verdict.advice) == 2


@pytest.mark.parametrize(
    ("abcd", "urgency", "letter"),
    [
        ({"r_bewust": "niet"}, Urgency.U0, "R"),
        ({"r_bewust": "niet", "r_adem": UNKNOWN}, Urgency.U0, "R"),
        ({"r_bewust": "suf"}, Urgency.U1, "R"),
        ({"a_luchtweg": "stikt"}, Urgency.U0, "A"),
        ({"c_bloed": "ja"}, Urgency.U1, "C"),
        ({"d_uitval": "ja"}, Urgency.U1, "D"),
    ],
)
def test_an_unsafe_gate_wins_over_a_benign_complaint(
    demo: ProtocolSet, abcd: dict[str, str], urgency: Urgency, letter: str
) -> None:
    safe = chest(demo)
    verdict = evaluate(demo, replace(safe, abcd={**safe.abcd, **abcd}))
    assert verdict.urgency is urgency
    assert verdict.actions[0] == "rav"
    assert verdict.letters[letter] == "unsafe"
    assert verdict.letters["E"] == "safe"


def test_nobody_breathing_normally_gets_the_instruction_to_resuscitate_first(demo: ProtocolSet) -> None:
    verdict = evaluate(demo, Triage(abcd={"r_bewust": "niet", "r_adem": "niet"}))
    assert verdict.actions == ("rav", "t-cpr")
    assert verdict.say[0].nl.startswith("Leg hem op zijn rug")


def test_letters_say_open_until_asked_and_unknown_when_not_known(demo: ProtocolSet) -> None:
    assert set(evaluate(demo, Triage()).letters.values()) == {"open"}
    verdict = evaluate(demo, Triage(facts={"leeftijd": "70 jaar"}, abcd={"b_kleur": UNKNOWN}))
    assert verdict.letters["B"] == "unknown"  # the question for a child is not open at this age


def test_a_young_child_of_whom_nothing_is_known_is_u1_an_adult_is_not(demo: ProtocolSet) -> None:
    def urgency(age: str) -> Urgency:
        return evaluate(demo, Triage(facts={"leeftijd": age}, abcd={"b_kind": UNKNOWN})).urgency

    assert urgency("2 jaar") is Urgency.U1
    assert urgency(UNKNOWN) is Urgency.U1
    assert urgency("40 jaar") is Urgency.U3


def test_modifiers_are_floors_that_do_not_add_up(demo: ProtocolSet) -> None:
    two = replace(chest(demo), modifiers={"m_tweede": "zelfde", "m_snel": "vandaag"})
    assert evaluate(demo, two).urgency is Urgency.U3
    urgent = replace(chest(demo, uitstraling="ja"), modifiers={"m_tweede": "zelfde"})
    assert evaluate(demo, urgent).urgency is Urgency.U1


def test_a_floor_brings_the_complaint_s_own_actions_of_that_level(demo: ProtocolSet) -> None:
    verdict = evaluate(demo, replace(chest(demo), modifiers={"m_nietpluis": "triagist"}))
    assert verdict.urgency is Urgency.U2
    assert verdict.actions == ("hap-consult", "seh")
    assert verdict.advice[0] == demo.protocols[CHEST].table.advice[Urgency.U2]


def test_someone_alone_is_never_left_with_self_care(demo: ProtocolSet) -> None:
    alone = replace(chest(demo), modifiers={"m_thuis": "nee"})
    actions = evaluate(demo, alone).actions
    assert "zelfzorg" not in actions
    assert actions[:2] == ("hap-visite", "wijkverpleging-acuut")


@pytest.mark.parametrize(
    ("age", "urgency"),
    [("2 maanden", "U2"), ("12 weken", "U2"), ("3 maanden", "U5"), ("4 jaar", "U5"), (UNKNOWN, "U2")],
)
def test_a_feverish_child_of_unknown_age_is_taken_for_the_youngest(demo: ProtocolSet, age: str, urgency: str) -> None:
    benign = {one.id: one.options[0].id for one in demo.protocols[FEVER].questions}
    triage = Triage(facts={"leeftijd": age}, complaints=(FEVER,), answers={FEVER: benign})
    assert evaluate(demo, triage).urgency.name == urgency


@pytest.mark.parametrize(("measured", "urgency"), [("38.9", "U5"), ("39", "U2"), ("39,0", "U2"), ("391", "U5")])
def test_a_measurement_raises_at_its_threshold_and_nonsense_does_nothing(
    demo: ProtocolSet, measured: str, urgency: str
) -> None:
    benign = {one.id: one.options[0].id for one in demo.protocols[FEVER].questions}
    facts = {"leeftijd": "5 maanden"}
    triage = Triage(facts, {}, (FEVER,), {FEVER: benign}, measurements={"temperatuur": measured})
    assert evaluate(demo, triage).urgency.name == urgency


def test_missing_has_the_gate_then_age_then_red_flags_then_facts_then_the_rest(demo: ProtocolSet) -> None:
    missing = evaluate(demo, Triage(complaints=(CHEST,))).missing
    names = [one.id for one in missing]
    gate = [one.id for one in demo.gate.questions]
    assert names[: len(gate)] == gate
    assert names[len(gate) :] == [
        "leeftijd",
        *("drukkend", "uitstraling", "klam", "scheurend", "benauwd", "flauw_bloed"),
        *("diabetes", "zwanger"),
        *("hartziek", "ademvast", "stolsel"),
    ]


def test_questions_that_are_not_for_this_age_are_passed_over_but_their_answers_count(demo: ProtocolSet) -> None:
    adult = Triage(facts={"leeftijd": "70 jaar"}, complaints=("demo.kortademig",))
    assert "kind" not in [one.id for one in evaluate(demo, adult).missing]
    answered = replace(adult, answers={"demo.kortademig": {"kind": "ja"}})
    assert evaluate(demo, answered).urgency is Urgency.U1


def test_pregnancy_is_asked_whatever_sex_is_recorded(demo: ProtocolSet) -> None:
    for sex in ("v", "m", "x", UNKNOWN):
        triage = Triage(facts={"leeftijd": "30 jaar", "geslacht": sex}, complaints=(CHEST,))
        assert "zwanger" in [one.id for one in evaluate(demo, triage).missing]


def test_a_protocol_for_another_age_is_named_as_outside(demo: ProtocolSet) -> None:
    triage = Triage(facts={"leeftijd": "70 jaar"}, complaints=(FEVER, CHEST))
    assert evaluate(demo, triage).outside == (FEVER,)
    assert evaluate(demo, replace(triage, facts={})).outside == ()


def test_what_if_names_only_answers_that_change_the_result_and_each_does(demo: ProtocolSet) -> None:
    triage = chest(demo, uitstraling="ja")
    results = what_if(demo, triage)
    assert {(one.question.id, one.option.id) for one in results if one.option} == {("uitstraling", "nee")}
    calm = chest(demo)
    for one in what_if(demo, calm):
        value = UNKNOWN if one.option is None else one.option.id
        assert urgency_of(demo, with_answer(calm, one.question, value)) is one.urgency is not Urgency.U4
    assert [one.urgency for one in what_would_raise(demo, calm)] == sorted(
        one.urgency for one in what_if(demo, calm) if one.urgency < Urgency.U4
    )


# -- properties

answer_text = st.one_of(st.text(max_size=8), st.sampled_from(["ja", "nee", "nu", UNKNOWN, "67 jaar", "38.4", ""]))
any_triage = st.builds(
    Triage,
    facts=st.dictionaries(st.sampled_from(["leeftijd", "zwanger", "diabetes", "afweer", "onzin"]), answer_text),
    abcd=st.dictionaries(st.sampled_from(["r_bewust", "r_adem", "b_kind", "c_bloed", "onzin"]), answer_text),
    complaints=st.lists(st.sampled_from([CHEST, FEVER, "demo.uitval", WITHOUT, "onzin"]), max_size=3).map(tuple),
    answers=st.dictionaries(
        st.sampled_from([CHEST, FEVER, "onzin"]),
        st.dictionaries(st.sampled_from(["drukkend", "uitstraling", "reactie", "kleur", "onzin"]), answer_text),
    ),
    measurements=st.dictionaries(st.sampled_from(["temperatuur", "ademhaling", "onzin"]), answer_text),
    modifiers=st.dictionaries(st.sampled_from(["m_snel", "m_thuis", "m_bijnier", "onzin"]), answer_text),
)


@given(triage=any_triage)
@relaxed
def test_every_triage_however_odd_has_one_verdict_with_care_that_fits_it(demo: ProtocolSet, triage: Triage) -> None:
    verdict = evaluate(demo, triage)
    assert verdict.urgency == min(one.urgency for one in verdict.fired) == urgency_of(demo, triage)
    assert verdict.actions
    assert all(demo.actions[name].most <= verdict.urgency for name in verdict.actions)
    assert (verdict.actions[0] == "rav") or not verdict.stop_early
    assert verdict.reasons


@given(triage=any_triage, chance=st.randoms(use_true_random=False))
@relaxed
def test_the_order_in_which_answers_were_given_changes_nothing(
    demo: ProtocolSet, triage: Triage, chance: random.Random
) -> None:
    def shuffled(given: dict[str, str]) -> dict[str, str]:
        items = list(given.items())
        chance.shuffle(items)
        return dict(items)

    other = replace(
        triage,
        facts=shuffled(dict(triage.facts)),
        abcd=shuffled(dict(triage.abcd)),
        answers={name: shuffled(dict(given)) for name, given in sorted(triage.answers.items(), reverse=True)},
        modifiers=shuffled(dict(triage.modifiers)),
    )
    assert evaluate(demo, other) == evaluate(demo, triage)


@given(seed=st.integers(0, 2**32), data=st.data())
@relaxed
def test_a_worse_answer_never_lowers_the_urgency(demo: ProtocolSet, seed: int, data: st.DataObject) -> None:
    protocol = data.draw(st.sampled_from(list(demo.protocols.values())))
    triage = random_triage(demo, protocol, random.Random(seed))
    scopes = [*protocol.questions, *demo.gate.questions, *demo.modifiers.questions]
    facts = [one for one in demo.facts.values() if one.kind == "choice" and one.ordered]
    question = data.draw(st.sampled_from([*scopes, *facts]))
    rank = data.draw(st.integers(0, len(question.options) - 2))
    better = urgency_of(demo, with_answer(triage, question, question.options[rank].id))
    worse = urgency_of(demo, with_answer(triage, question, question.options[rank + 1].id))
    assert worse <= better


@given(seed=st.integers(0, 2**32), data=st.data())
@relaxed
def test_an_answer_more_never_lowers_the_urgency(demo: ProtocolSet, seed: int, data: st.DataObject) -> None:
    """Only knowing an age that was unknown may, where the unknown age counted as the youngest."""
    protocol = data.draw(st.sampled_from(list(demo.protocols.values())))
    triage = random_triage(demo, protocol, random.Random(seed))
    question = data.draw(st.sampled_from([*protocol.questions, *demo.gate.questions, *demo.modifiers.questions]))
    without = with_answer(with_answer(triage, question, UNKNOWN), question, None)
    value = data.draw(st.sampled_from([*(one.id for one in question.options), UNKNOWN]))
    assert urgency_of(demo, with_answer(without, question, value)) <= urgency_of(demo, without)


@given(seed=st.integers(0, 2**32), data=st.data())
@relaxed
def test_an_unsafe_gate_is_u0_or_u1_whatever_else_is_known(demo: ProtocolSet, seed: int, data: st.DataObject) -> None:
    protocol = data.draw(st.sampled_from(list(demo.protocols.values())))
    question = data.draw(st.sampled_from(demo.gate.questions))
    option = data.draw(st.sampled_from(question.options[1:]))
    triage = random_triage(demo, protocol, random.Random(seed))
    verdict = evaluate(demo, with_answer(triage, question, option.id))
    assert verdict.urgency <= Urgency.U1
    assert verdict.actions[0] == "rav"


def test_mental_health_care_is_offered_only_after_the_bodily_red_flags(
    demo: ProtocolSet, spoiled: Callable[[Callable[[dict[str, object]], object]], ProtocolSet]
) -> None:
    def add(content: dict[str, object]) -> None:
        (one,) = (one for one in content["protocols"] if one["id"] == CHEST)  # type: ignore[attr-defined]
        one["default"]["actions"] = ["ggz-acuut", "huisarts-dag"]

    changed = spoiled(add)
    asked = chest(changed)
    assert "ggz-acuut" in evaluate(changed, asked).actions
    answers = {name: given for name, given in asked.answers[CHEST].items() if name != "klam"}
    assert "ggz-acuut" not in evaluate(changed, replace(asked, answers={CHEST: answers})).actions

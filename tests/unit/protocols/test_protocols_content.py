"""What the demonstration set must be, whatever its clinical content: marked, in two languages, answerable by key."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from zcc_console.core.urgency import Urgency
from zcc_console.protocols.checks import tables
from zcc_console.protocols.engine import evaluate
from zcc_console.protocols.model import ProtocolSet, Question, Text, Triage

CATEGORIES = {
    *("rav", "huisartsenpost", "huisartsen", "seh", "wijkverpleging", "farmacie", "ggz", "elv", "grz"),
    *("crisis-vv", "crisis-gz", "geboortezorg"),
}


def texts(demo: ProtocolSet) -> Iterator[Text]:
    for question in questions(demo):
        yield from (question.ask, question.label, *(one.text for one in question.options))
    for table in tables(demo):
        yield from table.advice.values()
        for one in table.criteria:
            yield one.reason
            if one.say is not None:
                yield one.say
    for protocol in demo.protocols.values():
        yield protocol.titles


def questions(demo: ProtocolSet) -> Iterator[Question]:
    for table in tables(demo):
        yield from table.questions
    yield from demo.facts.values()


def test_everything_is_marked_as_a_demonstration(demo: ProtocolSet, source: Path) -> None:
    assert demo.is_demonstration
    assert {one.status for one in demo.protocols.values()} == {"demonstration"}
    assert all(one.id.startswith("demo.") for one in demo.protocols.values())
    for path in source.glob("*.yaml"):
        if path.name not in ("facts.yaml", "actions.yaml"):
            assert "Demonstratie, niet voor zorg" in path.read_text(encoding="utf-8").splitlines()[0]


def test_every_text_is_there_in_dutch_and_in_english(demo: ProtocolSet) -> None:
    same = {text.nl for text in texts(demo) if text.nl == text.en}
    assert same <= {"diabetes", "shock", "x", "man"}


def test_every_question_can_be_answered_with_one_digit(demo: ProtocolSet) -> None:
    assert all(len(one.options) <= 9 for one in questions(demo))


def test_every_modifier_has_a_key_of_its_own_and_the_picture_s_four_come_first(demo: ProtocolSet) -> None:
    keys = [one.key for one in demo.modifiers.questions]
    assert len(set(keys)) == len(keys)
    assert [(one.key, one.label.nl) for one in demo.modifiers.questions[:4]] == [
        ("a", "tweede contact"),
        ("b", "hevige pijn of angst"),
        ("c", "snel erger"),
        ("d", "niet-pluis"),
    ]


def test_actions_are_bound_to_the_twelve_capacity_categories(demo: ProtocolSet) -> None:
    assert {one.category for one in demo.actions.values()} - {""} <= CATEGORIES
    assert demo.actions["hap-consult"].category == "huisartsenpost"
    assert demo.actions["rav"].category == demo.actions["t-cpr"].category == "rav"
    assert list(demo.actions) == [
        *("rav", "t-cpr", "seh", "hap-consult", "hap-visite", "hap-telefonisch", "wijkverpleging-acuut"),
        *("ggz-acuut", "verloskundige", "apotheek-spoed", "tandarts-spoed", "elv-crisisbed", "vvt-soo"),
        *("politie", "huisarts-dag", "zelfzorg"),
    ]


def test_every_source_says_whether_it_was_read(demo: ProtocolSet) -> None:
    for table in tables(demo):
        for source in table.sources:
            assert source.mark in ("read", "unread", "own-choice")
            assert bool(source.read) == (source.mark == "read")


@pytest.mark.parametrize(
    ("complaint", "age", "answers", "urgency"),
    [
        # Lowered in the clinical material pending a clinician's yes, so the more urgent one is built.
        ("demo.koorts-kind", "4 jaar", {"duur": "rillen"}, "U2"),
        ("demo.koorts-kind", "4 jaar", {"gewricht": "oor"}, "U3"),
        ("demo.koorts-kind", "4 jaar", {"duur": "lang"}, "U3"),
        ("demo.koorts-kind", "4 jaar", {"risico": "afweer"}, "U2"),
        # Raised there against the raw rows.
        ("demo.buikpijn-volw", "70 jaar", {"plots": "vat"}, "U1"),
        ("demo.uitval", "70 jaar", {"langzaam": "dagen"}, "U2"),
        ("demo.uitval", "70 jaar", {"zien": "nu"}, "U1"),
        ("demo.trauma-extremiteit", "80 jaar", {"heup": "ja"}, "U2"),
        # Gone now never cancels.
        ("demo.pijn-borst", "40 jaar", {"drukkend": "weg"}, "U2"),
        ("demo.uitval", "70 jaar", {"spraak": "weg"}, "U2"),
    ],
)
def test_doubtful_placements_are_built_as_the_more_urgent_one(
    demo: ProtocolSet, complaint: str, age: str, answers: dict[str, str], urgency: str
) -> None:
    benign = {one.id: one.options[0].id for one in demo.protocols[complaint].questions}
    triage = Triage(facts={"leeftijd": age}, complaints=(complaint,), answers={complaint: {**benign, **answers}})
    assert evaluate(demo, triage).urgency.name == urgency


def test_a_broken_hip_goes_to_hospital_lying_down(demo: ProtocolSet) -> None:
    triage = Triage(complaints=("demo.trauma-extremiteit",), answers={"demo.trauma-extremiteit": {"heup": "ja"}})
    verdict = evaluate(demo, triage)
    assert verdict.urgency is Urgency.U2
    assert verdict.actions[:2] == ("seh", "rav")

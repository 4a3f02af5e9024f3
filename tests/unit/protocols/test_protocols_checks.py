"""Each check finds the fault it is for, and the demonstration set has none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from zcc_console.core.urgency import Urgency
from zcc_console.protocols.check_monotone import check_monotone
from zcc_console.protocols.checks import check_set
from zcc_console.protocols.engine import urgency_of
from zcc_console.protocols.findings import Finding
from zcc_console.protocols.model import ProtocolSet, Triage

Content = dict[str, Any]
Spoiled = Callable[[Callable[[Content], object]], ProtocolSet]


def chest(content: Content) -> Content:
    (found,) = (one for one in content["protocols"] if one["id"] == "demo.pijn-borst")
    assert isinstance(found, dict)
    return found


def criterion(table: Content, name: str) -> Content:
    (found,) = (one for one in table["criteria"] if one["id"] == name)
    assert isinstance(found, dict)
    return found


def question(table: Content, name: str) -> Content:
    (found,) = (one for one in table["questions"] if one["id"] == name)
    assert isinstance(found, dict)
    return found


def errors(protocols: ProtocolSet) -> list[Finding]:
    return [one for one in check_set(protocols) if one.is_error]


def test_the_demonstration_set_passes_every_check(demo: ProtocolSet) -> None:
    assert errors(demo) == []


def _drop(table: Content, name: str) -> None:
    table["criteria"] = [one for one in table["criteria"] if one["id"] != name]
    for case in table["cases"]:
        case["names_fired"] = "no"


@pytest.mark.parametrize(
    ("check", "what", "spoil"),
    [
        ("P02", "maakt nergens verschil", lambda c: _drop(chest(c), "c-klam-ja")),
        ("P05", "geen passende vervolgactie bij U3", lambda c: chest(c)["actions"].update(U3=["zelfzorg"])),
        ("P05", "geen advies bij U2", lambda c: chest(c)["advice"].pop("U2")),
        ("P07", "het ergste antwoord geeft niets", lambda c: _drop(chest(c), "c-klam-ja")),
        ("P07", "het ergste antwoord geeft U3", lambda c: criterion(chest(c), "c-klam-ja").update(urgency="U3")),
        ("P07", "zonder geschreven reden", lambda c: criterion(chest(c), "c-klam-ja").update(urgency="U2")),
        ("P07", "'rav' niet als eerste", lambda c: criterion(chest(c), "c-klam-ja").update(actions=["seh", "rav"])),
        ("P07", "onbekend is U4", lambda c: question(chest(c), "klam").update(unknown_as="U4")),
        ("P08", "onveilig bij 'c_bloed'", lambda c: criterion(c["gate"], "g-bloed-ja").update(urgency="U2")),
        ("P10", "alles goedaardig geeft U3", lambda c: criterion(chest(c), "k-oudere")["when"].update(value="1 dag")),
        ("P11", "te dringend voor 'zelfzorg'", lambda c: criterion(chest(c), "k-oudere").update(actions=["zelfzorg"])),
        ("P11", "zonder vangnet", lambda c: chest(c).update(safety_net={})),
        ("P11", "'huisarts-dag' is geen actie voor U2", lambda c: chest(c)["actions"]["U2"].append("huisarts-dag")),
        ("P11", "ggz-acuut", lambda c: [one.update(only_after="") for one in c["actions"]]),
        (
            "P14",
            "'drukkend' staat na een gewone vraag",
            lambda c: chest(c)["questions"].insert(0, chest(c)["questions"].pop()),
        ),
        ("P15", "voorbeeld geeft U4, verwacht U1", lambda c: criterion(chest(c), "c-klam-ja").update(urgency="U4")),
        ("P15", "vuurt in geen enkel voorbeeld", lambda c: chest(c).update(cases=chest(c)["cases"][:1])),
        ("P15", "geen enkel voorbeeld", lambda c: chest(c).update(cases=[])),
        ("P17", "zonder gelezen bron", lambda c: chest(c).update(status="approved")),
    ],
)
def test_each_check_finds_the_fault_it_is_for(
    spoiled: Spoiled, check: str, what: str, spoil: Callable[[Content], object]
) -> None:
    found = [one for one in errors(spoiled(spoil)) if one.check == check and what in one.what]
    assert found, [str(one) for one in errors(spoiled(spoil))]


def test_a_criterion_that_no_example_holds_in_place_is_a_warning(spoiled: Spoiled) -> None:
    def loosen(content: Content) -> None:
        table = chest(content)
        extra = criterion(table, "k-oudere") | {"id": "k-nog-een"}
        table["criteria"].append(extra)
        for case in table["cases"]:
            case["names_fired"] = "no"

    warned = [one for one in check_set(spoiled(loosen)) if one.check == "P15" and not one.is_error]
    assert any("'k-nog-een' kan weg" in one.what for one in warned)


def test_an_engine_that_lowers_is_found_with_the_smallest_example(demo: ProtocolSet) -> None:
    """The language cannot say it, so the fault is planted in the judge."""

    def faulty(protocols: ProtocolSet, triage: Triage) -> Urgency:
        given = triage.of("demo.pijn-borst")
        if given.get("uitstraling") == "ja" and given.get("klam") == "ja":
            return Urgency.U5
        return urgency_of(protocols, triage)

    (found,) = check_monotone(demo, 60, faulty)
    assert found.scope == "demo.pijn-borst"
    assert found.example in (
        "uitstraling: nee → ja bij klam=ja",
        "klam: nee → ja bij uitstraling=ja",
    )


def test_the_warnings_of_the_demonstration_set_are_the_known_ones(demo: ProtocolSet) -> None:
    warned = {(one.check, one.scope) for one in check_set(demo) if one.level == "warning"}
    assert warned == {("P15", "abcd"), ("P15", "modifiers"), ("P15", "demo.koorts-kind")}

"""No urgency is shown before it is known, none counts before somebody decided it, and what was said beforehand stays."""

from __future__ import annotations

import pytest

from tests.pilot.driving import BOTH
from tests.pilot.evening import Evening
from tests.pilot.triage_driving import CHEST, LIMB, commands, flow_of, triage_on
from zcc_console.core.jsontypes import JsonObject
from zcc_console.core.urgency import Urgency
from zcc_console.protocols.session import Step

PRE: JsonObject = {"urgency": "U1", "by": "hap", "at": "2026-11-21T21:40:00Z"}


@pytest.mark.parametrize("size", BOTH)
async def test_no_urgency_is_shown_until_the_red_flags_are_asked_and_what_was_said_before_stays(
    evening: Evening, size: tuple[int, int]
) -> None:
    evening.region.change("call", LIMB, pre_urgency=dict(PRE))
    async with triage_on(evening, LIMB, size) as console:
        await console.press("enter", "1")
        assert "nog geen urgentie · 0 van 4 gevraagd" in console.text
        assert "niet dringend" not in console.text
        assert "vooraf U1?" in console.text
        await console.press("1")
        assert "nog geen urgentie · 1 van 4 gevraagd" in console.text
        await console.press("1")
        assert "nog geen urgentie" not in console.text
        assert "vooraf U1?" in console.text
        await console.press("2")
        assert "● U3" in console.text
        assert "vooraf U1?" in console.text


async def test_taking_over_a_proposal_below_what_was_said_before_takes_a_reason(evening: Evening) -> None:
    evening.region.change("call", LIMB, pre_urgency=dict(PRE))
    async with triage_on(evening, LIMB) as console:
        await console.press("enter", "1", "1", "1", "2", "1")
        assert "Lager dan vooraf (U1?)" in console.text
        await console.press("enter", "enter")
        session = flow_of(console).session
        assert session is not None
        assert session.decision is None
        assert "Typ een reden" in console.text
        await console.type("loopt rond")
        await console.press("enter")
        session = flow_of(console).session
        assert session is not None
        assert session.decision is not None
        assert (session.decision.final, session.decision.reason) == (Urgency.U3, "loopt rond")
    row = next(one for one in evening.desk.journal.outbox() if one.type == "call.triage")
    assert "loopt rond" in str(row.body["data"])


async def test_the_way_on_from_the_urgency_takes_a_decision_and_unasked_questions_are_said(evening: Evening) -> None:
    async with triage_on(evening, LIMB) as console:
        await console.press("enter", "1", "1", "right")
        assert "3 niet gevraagd" in console.text
        await console.press("right", "right", "right")
        session = flow_of(console).session
        assert session is not None
        assert session.step is Step.URGENCY
        assert "nog niet besloten" in console.text
    assert "call.triage" not in commands(evening)


async def test_an_urgency_that_is_no_longer_decided_closes_no_call(evening: Evening) -> None:
    async with triage_on(evening, LIMB) as console:
        await console.press("enter", "1", "1", "1", "1", "1", "enter", "enter")
        session = flow_of(console).session
        assert session is not None
        undone = session.put_modifier("m_tweede", "erger").go(Step.ADVICE)
        assert undone.decision is None
        flow_of(console).change(undone)
        await console.press("enter")
        assert "niet (meer) besloten" in console.text
        assert console.app.open_call == LIMB


async def test_an_override_says_from_what_to_what_who_looked_along_and_why(evening: Evening) -> None:
    async with triage_on(evening, CHEST) as console:
        await console.press("enter", "1", "1", "2", "1", "u", "3")
        await console.type("al bekend")
        await console.press("enter")
        await console.type("P. Jansen")
        await console.press("enter", "left")
        assert "Aangepast van U2 naar U3. Keek mee: P. Jansen. Reden: al bekend" in console.text
        recorded = [text for _at, text in flow_of(console).recorded]
        assert "urgentie aangepast van U2 naar U3, keek mee: P. Jansen: al bekend" in recorded

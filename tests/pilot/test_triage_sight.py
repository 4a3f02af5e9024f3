"""What must stay in sight in triage, and what must not be chosen by itself."""

from __future__ import annotations

import pytest

from tests.pilot.driving import BOTH
from tests.pilot.evening import Evening, uuid
from tests.pilot.triage_driving import LIMB, flow_of, triage_on
from zcc_console.core.jsontypes import JsonObject
from zcc_console.protocols.session import Step


@pytest.mark.parametrize("size", BOTH)
async def test_alerts_stand_in_the_head_whatever_is_worked_in(evening: Evening, size: tuple[int, int]) -> None:
    evening.region.change("call", LIMB, alerts=["geen reanimatie", "hond in huis"])
    async with triage_on(evening, LIMB, size) as console:
        for key in ("enter", "1", "plus", "enter", "1", "e", "escape", "1", "1", "1", "enter", "enter"):
            await console.press(key)
            assert "let op: geen reanimatie · hond in huis" in "\n".join(console.lines[:5])


@pytest.mark.parametrize("size", BOTH)
async def test_a_long_name_never_touches_the_address(evening: Evening, size: tuple[int, int]) -> None:
    patient: JsonObject = {"name": "Wilhelmina van der Meulen-Oosterwijk van Dorp", "age_years": 81, "sex": "v"}
    evening.region.change("call", LIMB, patient=dict(patient))
    async with triage_on(evening, LIMB, size) as console:
        line = console.lines[1]
        view = evening.desk.call(LIMB)
        assert view is not None
        assert f"  {view.address[:10]}" in line


async def test_where_the_reason_says_no_complaint_nothing_is_chosen_and_enter_asks_for_words(evening: Evening) -> None:
    evening.region.change("call", LIMB, reason="verward")
    async with triage_on(evening, LIMB) as console:
        await console.press("enter")
        assert "▸ 1" not in console.text
        await console.press("enter")
        session = flow_of(console).session
        assert session is not None
        assert not session.triage.complaints
        assert "Typ wat de beller zegt, of 0" in console.text
        await console.press("down", "enter")
        session = flow_of(console).session
        assert session is not None
        assert session.triage.complaints


async def test_at_night_a_closed_practice_is_not_offered_and_enter_goes_on_without_a_place(evening: Evening) -> None:
    async with triage_on(evening, LIMB) as console:
        await console.press("enter", "1", "1", "1", "1", "2", "enter")
        assert "Enter  verder zonder reserveren" in console.text
        await console.press("enter")
        session = flow_of(console).session
        assert session is not None
        assert session.step is Step.ADVICE


async def test_closed_places_stand_last(evening: Evening) -> None:
    evening.region.change("capacity", uuid(2, 5), status="stop", free=None)
    async with triage_on(evening, LIMB) as console:
        await console.press("enter", "1", "1", "1", "2", "1", "enter")
        assert console.text.index("HAP Midden") < console.text.index("HAP Noord")


async def test_typing_in_the_patient_form_takes_the_place_of_what_stood_there_and_escape_restores(
    evening: Evening,
) -> None:
    evening.region.change("call", LIMB, patient={"name": "M. Jansen", "age_years": 44, "sex": "v"})
    async with triage_on(evening, LIMB) as console:
        await console.press("enter", "1", "e")
        assert "M. Jansen" in console.line_with("Naam patiënt")
        await console.type("P")
        assert "Jansen" not in console.line_with("Naam patiënt")
        await console.press("escape")
        assert "M. Jansen" in console.lines[1]
        await console.press("e", "end")
        await console.type("s")
        assert "M. Jansens" in console.line_with("Naam patiënt")

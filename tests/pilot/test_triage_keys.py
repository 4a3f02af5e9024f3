"""Keys that come too soon to be meant: held down, doubled, or the rest of a word. Nothing is decided by them."""

from __future__ import annotations

import pytest

from tests.pilot.driving import Console
from tests.pilot.evening import Evening
from tests.pilot.triage_driving import CHEST, LIMB, commands, flow_of, pace_of, screen_of, triage_on
from zcc_console.protocols.session import Step
from zcc_console.screens.triage_keys import KeyGuard, Where

QUESTION = Where(typing=False, form=False, answering=True, closing=False)
TO_THE_PLACES = ("enter", "1", "1", "1", "2", "1", "enter")


def step_of(console: Console) -> Step:
    session = flow_of(console).session
    assert session is not None
    return session.step


async def test_a_held_enter_counts_once_and_never_runs_on_to_the_next_call(evening: Evening) -> None:
    async with triage_on(evening, LIMB) as console:
        await console.press(*TO_THE_PLACES)
        pace_of(console).seconds += 5
        pace_of(console).step = 0.03
        await console.press(*["enter"] * 40)
        assert step_of(console) is Step.FOLLOW_UP
        assert "Enter telt één keer per scherm" in console.text
        assert console.app.open_call == LIMB
    assert "call.close" not in commands(evening)


async def test_an_enter_doubled_over_the_keyboards_own_delay_counts_once(evening: Evening) -> None:
    async with triage_on(evening, LIMB) as console:
        pace_of(console).step = 0.66
        await console.press("enter")
        assert step_of(console) is Step.ABCD, "the call was just opened"
        pace_of(console).seconds += 5
        await console.press("enter", "enter")
        assert step_of(console) is Step.COMPLAINT


async def test_closing_takes_a_moment_on_the_last_screen(evening: Evening) -> None:
    async with triage_on(evening, LIMB) as console:
        await console.press("enter", "1", "1", "1", "1", "1", "enter", "enter")
        assert step_of(console) is Step.ADVICE
        pace_of(console).step = 0.8
        await console.press("enter")
        assert "call.close" not in commands(evening)
        await console.press("enter")
        assert console.app.open_call is None
        assert "0345 afgesloten" in console.said


async def test_after_closing_enter_in_the_queue_takes_no_next_call_for_a_second(evening: Evening) -> None:
    async with triage_on(evening, LIMB) as console:
        await console.press("enter", "1", "1", "1", "1", "1", "enter", "enter", "enter")
        assert console.app.open_call is None
        claims = commands(evening, "call.claim")
        await console.press("enter", "enter")
        assert console.app.open_call is None
        assert commands(evening, "call.claim") == claims
        assert "0345 afgesloten" in console.said
        evening.clock.advance(1.1)
        await console.press("enter")
        assert console.app.open_call is not None


async def test_backspace_on_an_empty_search_takes_nothing_back_and_says_how_to_go_back(evening: Evening) -> None:
    async with triage_on(evening) as console:
        await console.press("enter", "k", *["backspace"] * 12)
        assert step_of(console) is Step.COMPLAINT
        session = flow_of(console).session
        assert session is not None
        assert session.triage.abcd
        assert "⌫ leeg; ← gaat terug" in console.text
        await console.press("left", "backspace")
        session = flow_of(console).session
        assert session is not None
        assert not session.triage.abcd


async def test_the_rest_of_a_word_is_no_command_once_its_field_is_gone(evening: Evening) -> None:
    async with triage_on(evening) as console:
        await console.press("enter")
        await console.type("borst")
        await console.press("enter")
        pace_of(console).step = 0.2
        await console.type("elauh")
        assert flow_of(console).part is None
        assert "telt nog niet" in console.text
        await console.press("1")
        session = flow_of(console).session
        assert session is not None
        assert session.triage.answers["demo.borst"] == {"uitstraling": "nee"}, "a figure answers at once"


async def test_keys_before_the_set_is_there_are_refused_in_sight_and_so_is_the_rest_of_the_word(
    evening: Evening,
) -> None:
    async with triage_on(evening, CHEST) as console:
        screen = screen_of(console)
        protocols, screen.library.protocols, screen.flow = screen.library.protocols, None, None
        await console.pull()
        pace_of(console).step = 0.2
        await console.press("enter", "b")
        assert "Nog even" in console.text
        screen.library.protocols = protocols
        await console.pull()
        await console.type("orstpijn")
        assert flow_of(console).part is None
        assert step_of(console) is Step.ABCD
        pace_of(console).step = 1.1
        await console.press("b")
        assert "welk teken?" in console.text


def test_a_refused_figure_does_not_lengthen_the_wait_after_escape() -> None:
    guard = KeyGuard()
    guard.refuses("escape", None, 10.0, QUESTION)
    assert guard.refuses("1", "1", 10.5, QUESTION) == "Vlak na Esc telt een cijfer niet; nog 1,5 s."
    assert guard.refuses("1", "1", 11.9, QUESTION)
    assert not guard.refuses("1", "1", 12.05, QUESTION)


@pytest.mark.parametrize("key", ["1", "u", "backspace"])
def test_a_key_held_down_counts_once(key: str) -> None:
    guard = KeyGuard()
    character = key if len(key) == 1 else None
    assert not guard.refuses(key, character, 10.0, QUESTION)
    assert guard.refuses(key, character, 10.04, QUESTION)
    assert not guard.refuses(key, character, 10.3, QUESTION)

"""From the key to the card and back: what the screen says while a handoff goes its way, and what a person does about it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.pilot.driving import BOTH, Console
from tests.pilot.evening import Evening, call, uuid
from tests.pilot.triage_driving import CHEST, at_hub, commands, courier, flow_of, handoff_of, rav_says, triage_on
from zcc_console.core.errors import StoreError
from zcc_console.desk.rows import Pressed


def messages(evening: Evening) -> list[str]:
    """The kinds of the messages sent, in order."""
    found = evening.desk.journal.handoffs()
    return [row.message.kind for row in found[0].messages] if found else []


def card_is_up(console: Console) -> bool:
    here = console.app.here
    return here is not None and here.card.up and "Lees voor" in console.text


async def test_the_banner_follows_a_handoff_from_the_key_to_the_acceptance(evening: Evening) -> None:
    async with triage_on(evening) as console:
        await console.press("f9")
        assert "vastgelegd 22:41:07" in console.lines[2]
        assert "verzonden" not in console.lines[2].replace("niet verzonden", "")
        at_hub(evening)
        await console.pull(1)
        assert "✓ verzonden" in console.lines[2]
        await console.pull(3)
        assert "NOG NIET ONTVANGEN" in console.lines[2]
        rav_says(evening, "RECEIVED")
        await console.pull(1)
        assert "✓ ontvangen" in console.lines[2]
        assert "bel zelf over 25 s" in console.lines[3]
        rav_says(evening, "ACCEPTED", n=2, by="c.kok", reference="R-20418")
        await console.pull(1)
        assert "OVERGEDRAGEN AAN RAV HOLLANDRIJN" in console.lines[1]
        assert "R-20418" in console.lines[2]


@pytest.mark.parametrize("size", BOTH)
async def test_ten_seconds_without_receipt_put_up_the_card_with_number_and_words(
    evening: Evening, size: tuple[int, int]
) -> None:
    async with triage_on(evening, size=size) as console:
        await console.press("f9")
        await console.pull(9)
        assert not card_is_up(console)
        await console.pull(1)
        assert card_is_up(console)
        for part in ("BEL NU RAV HOLLANDRIJN", "088 555 0 112", "Hoorn 41, Leiden", "vrouw, 67 jaar", "Kenmerk"):
            assert part in console.text
        assert "NAAR RAV 0347" in console.lines[-1], "the handoff key stays in sight"


async def test_thirty_seconds_without_acceptance_put_up_the_card_too(evening: Evening) -> None:
    async with triage_on(evening) as console:
        await console.press("f9")
        rav_says(evening, "RECEIVED")
        await console.pull(29)
        assert not card_is_up(console)
        await console.pull(1)
        assert card_is_up(console)
        assert "niet geaccepteerd" in console.text


async def test_a_rejection_puts_up_the_card_at_once_and_says_why(evening: Evening) -> None:
    async with triage_on(evening) as console:
        await console.press("f9")
        rav_says(evening, "REJECTED", by="c.kok", reason="geen inzet nodig")
        await console.pull()
        assert card_is_up(console)
        assert "GEWEIGERD" in console.text
        assert "geen inzet nodig" in console.text


async def test_after_a_rejection_the_key_sends_a_new_one(evening: Evening) -> None:
    async with triage_on(evening) as console:
        await console.press("f9")
        rav_says(evening, "REJECTED", by="c.kok")
        await console.pull()
        await console.press("f9")
        assert messages(evening) == ["new", "new"]


async def test_an_acceptance_takes_the_card_away(evening: Evening) -> None:
    async with triage_on(evening) as console:
        await console.press("f9")
        await console.pull(11)
        assert card_is_up(console)
        rav_says(evening, "ACCEPTED", by="c.kok")
        await console.pull(1)
        assert not card_is_up(console)
        assert "OVERGEDRAGEN" in console.lines[1]


@pytest.mark.parametrize("burst", [["f9"] * 30, ["f9", "ctrl+g", "f9"]])
async def test_pressing_again_sends_nothing_and_says_where_it_stands(evening: Evening, burst: Sequence[str]) -> None:
    async with triage_on(evening) as console:
        await console.press(*burst)
        assert messages(evening) == ["new"]
        assert "niets opnieuw verstuurd" in console.lines[3]


async def test_a_handoff_that_cannot_be_kept_puts_up_the_card_at_once(
    evening: Evening, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with triage_on(evening) as console:
        await console.press("enter", "1", "2")
        press = evening.desk.press_handoff

        def broken(call_id: str) -> Pressed:
            raise StoreError("De schijf is vol. Er is niets vastgelegd.")

        monkeypatch.setattr(evening.desk, "press_handoff", broken)
        await console.press("f9")
        assert card_is_up(console)
        for part in ("Er is NIETS verstuurd", "De schijf is vol", "088 555 0 112", "Hoorn 41, Leiden", "linkerarm"):
            assert part in console.text
        monkeypatch.setattr(evening.desk, "press_handoff", press)
        await console.press("f9")
        assert messages(evening) == ["new"]
        assert not card_is_up(console)
        assert "NAAR RAV HOLLANDRIJN" in console.lines[1]


async def test_whoever_telephoned_records_with_whom_the_reference_and_what_came_of_it(evening: Evening) -> None:
    async with triage_on(evening) as console:
        await console.press("f9")
        await console.pull(11)
        await console.press("v")
        await console.type("mevr. Kok")
        await console.press("enter")
        await console.type("R-99")
        await console.press("enter", "enter")
        assert "typ 1" in console.text, "what came of it is the one thing that must be said"
        await console.press("1", "enter")
        view = handoff_of(evening)
        assert (view.standing.voice_outcome, view.voice_by, view.voice_reference) == ("accepted", "mevr. Kok", "R-99")
        assert messages(evening) == ["new", "update"]
        assert not card_is_up(console)
        assert "telefoon: geaccepteerd, gesproken met mevr. Kok, kenmerk R-99" in console.text
        assert "bericht: nog niet verzonden" in console.text


async def test_a_refusal_by_telephone_frees_the_key_for_a_new_handoff(evening: Evening) -> None:
    async with triage_on(evening) as console:
        await console.press("f9")
        await console.pull(11)
        await console.press("v", "enter", "enter", "2", "enter")
        assert handoff_of(evening).standing.voice_outcome == "refused"
        await console.press("f9")
        assert messages(evening) == ["new", "update", "new"]


async def test_message_and_telephone_that_differ_are_both_shown_and_it_stays_open(evening: Evening) -> None:
    async with triage_on(evening) as console:
        await console.press("f9")
        await console.pull(11)
        await console.press("v", "enter", "enter", "2", "enter")
        rav_says(evening, "ACCEPTED", by="c.kok", reference="R-1")
        await console.pull(1)
        assert card_is_up(console)
        await console.press("f3")
        assert "TEGENSPRAAK" in console.lines[1]
        assert "telefoon: geweigerd" in console.lines[2]
        assert "GEACCEPTEERD" in console.lines[2]


async def test_nobody_answers_so_the_next_number_comes_and_the_first_can_be_had_back(evening: Evening) -> None:
    async with triage_on(evening) as console:
        await console.press("f9")
        await console.pull(11)
        await console.press("o")
        assert "088 555 0 113" in console.line_with("BEL NU")
        await console.press("o")
        assert "088 555 0 112" in console.line_with("BEL NU")


async def test_the_card_put_aside_stays_as_a_line_and_comes_back_by_key_and_for_a_new_reason(evening: Evening) -> None:
    async with triage_on(evening) as console:
        await console.press("f9")
        await console.pull(11)
        await console.press("f3")
        assert not card_is_up(console)
        assert "BEL NU DE RAV 088 555 0 112" in console.lines[3]
        await console.pull(5)
        assert not card_is_up(console), "it does not come back by itself for the same reason"
        await console.press("v")
        assert card_is_up(console)
        await console.press("f3")
        rav_says(evening, "REJECTED", by="c.kok")
        await console.pull(1)
        assert card_is_up(console)


async def test_under_the_card_no_key_answers_a_question(evening: Evening) -> None:
    async with triage_on(evening) as console:
        await console.press("enter", "1", "2", "f9")
        await console.pull(11)
        session = flow_of(console).session
        await console.press("1", "2", "0", "enter", "backspace", "a", "l", "u", "tab", "escape")
        assert flow_of(console).session is session
        assert messages(evening) == ["new"]


async def test_the_card_does_not_take_away_what_is_being_filled_in(evening: Evening) -> None:
    async with triage_on(evening) as console:
        await console.press("f9")
        await console.pull(11)
        await console.press("v", "J", "a")
        rav_says(evening, "ACCEPTED", by="c.kok")
        await console.pull(1)
        assert "Ja" in console.line_with("Met wie")
        assert "bericht: GEACCEPTEERD" in console.text
        await console.press("escape")
        await console.pull(1)
        assert not card_is_up(console)


async def test_a_recall_takes_one_key_for_its_reason_and_asks_no_more(evening: Evening) -> None:
    async with triage_on(evening) as console:
        await console.press("enter", "1", "2", "f9", "r")
        assert "Waarom herroepen?" in console.lines[3]
        await console.press("2")
        assert messages(evening) == ["new", "recall"]
        assert "HERROEPEN GEVRAAGD" in console.lines[1]
        assert "vergissing" in str(handoff_of(evening).message["reasons"])
        session = flow_of(console).session
        assert session is not None
        assert session.triage.answers["demo.borst"] == {"uitstraling": "ja"}, "the figure was the reason, no answer"


@pytest.mark.parametrize("key", ["escape", "9", "x", "r"])
async def test_any_other_key_recalls_nothing(evening: Evening, key: str) -> None:
    async with triage_on(evening) as console:
        await console.press("f9", "r", key)
        assert messages(evening) == ["new"]
        assert "Waarom" not in console.text


async def test_a_recall_that_nobody_answers_ends_in_the_card(evening: Evening) -> None:
    async with triage_on(evening) as console:
        await console.press("f9")
        rav_says(evening, "RECEIVED")
        await console.pull(1)
        await console.press("r", "1")
        await console.pull(31)
        assert card_is_up(console)
        assert "herroepen is niet" in console.text


async def test_from_the_card_too_a_handoff_can_be_recalled(evening: Evening) -> None:
    async with triage_on(evening) as console:
        await console.press("f9")
        await console.pull(11)
        await console.press("r")
        assert "Waarom herroepen?" in console.text
        await console.press("3")
        assert messages(evening) == ["new", "recall"]


async def test_there_is_nothing_to_recall_where_nothing_was_handed_over(evening: Evening) -> None:
    async with triage_on(evening) as console:
        await console.press("enter", "1", "r")
        assert "geen overdracht om te herroepen" in console.said
    assert "handoff" not in commands(evening)


async def test_after_a_reboot_an_open_handoff_puts_up_the_card_at_once(evening: Evening) -> None:
    async with triage_on(evening) as console:
        await console.press("f9")
        evening.clock.reboot("boot-2")
        evening.region.hear()
        await console.pull(0.2)
        assert card_is_up(console)
        assert "herstart" in console.text


async def test_the_card_lies_over_every_screen_and_a_colleagues_does_not(evening: Evening) -> None:
    async with triage_on(evening) as console:
        await console.press("f9", "f4")
        await console.pull(11)
        assert card_is_up(console)
        await console.press("f3")
        assert console.app.here is not None
        assert console.app.here.PLACE == "triage"
        assert len(evening.desk.alarms()) == 1


async def test_attempts_and_the_last_fault_stand_on_the_card(evening: Evening) -> None:
    async with triage_on(evening) as console:
        await console.press("f9")
        with courier(evening) as journal:
            view = handoff_of(evening)
            assert view.standing.latest_new is not None
            for _ in range(3):
                journal.delivery_failed(view.standing.latest_new.message_id, "hub", None, "geen antwoord")
        await console.pull(11)
        assert "3 pogingen · hub: geen antwoord" in console.text


async def test_the_overview_lists_open_ones_first_with_times_and_routes(evening: Evening) -> None:
    async with triage_on(evening) as console:
        await console.press("f9", "f6")
        listed = [line for line in console.lines if line[1:9].count(":") == 2]
        assert ["0347" in line for line in listed] == [True, False, False]
        assert "vastgelegd, nog niet verzonden" in listed[0]
        assert "geaccepteerd R-20349" in listed[1]
        assert "1 open" in console.line_with("OVERDRACHTEN RAV")
        assert "via de hub: wordt geprobeerd" in console.text
        await console.press("down")
        assert "22:18:40 door desk 09" in console.text
        await console.press("escape")
        assert console.app.here is not None
        assert console.app.here.PLACE == "triage"


async def test_hostile_words_on_the_card_are_only_words(evening: Evening) -> None:
    hostile = "\x1b]0;x\x07[b]weg[/b] \u202e \x9b20~"
    evening.region.put("call", call(347, "v 67", hostile, hostile, wait=200, held="07", callback_number=hostile))
    async with triage_on(evening) as console:
        await console.press("f9")
        rav_says(evening, "REJECTED", by=hostile, reason=hostile, reference=hostile)
        await console.pull(1)
        assert card_is_up(console)
        assert "[b]weg[/b]" in console.text
        assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(console.text)


async def test_a_handoff_of_another_call_keeps_its_banner_over_this_one(evening: Evening) -> None:
    async with triage_on(evening) as console:
        await console.press("f9")
        evening.desk.claim(uuid(1, 345))
        evening.desk.refresh()
        console.app.open(uuid(1, 345))
        await console.settle()
        assert "0347" in console.lines[1]
        assert "0345" in console.lines[4], "the head of the open call stays below a banner of another one"
        assert flow_of(console).call_id != CHEST

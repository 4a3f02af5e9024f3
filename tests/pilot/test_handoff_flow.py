"""From the key to the card and back: what the screen says while a handoff goes its way, and what a person does about it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.pilot.driving import BOTH, Console
from tests.pilot.evening import Evening, call, uuid
from tests.pilot.triage_driving import CHEST, LIMB, at_hub, commands, courier, flow_of, handoff_of, rav_says, triage_on
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
        assert "gesproken" in console.lines[-1], "the bar shows the keys of the card"


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
        assert "Overdracht 0347 · v 67 · Leiden herroepen? Waarom:" in console.lines[1]
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
        assert "Overdracht 0347 · v 67 · Leiden herroepen? Waarom:" in console.text
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


async def both_handed_over(console: Console, evening: Evening) -> None:
    """0347 was handed over first, then 0345 was opened and handed over too: it is the open call."""
    await console.press("f9")
    evening.clock.advance(2)
    evening.desk.claim(LIMB)
    evening.desk.refresh()
    console.app.open(LIMB)
    await console.settle()
    await console.press("f9")


async def test_a_recall_is_of_the_open_call_and_names_its_patient_whoever_else_is_in_the_banner(
    evening: Evening,
) -> None:
    async with triage_on(evening) as console:
        await both_handed_over(console, evening)
        await console.pull(3)
        await console.press("r")
        asked = console.line_with("herroepen? Waarom:")
        assert "Overdracht 0345" in asked
        assert "0347" not in asked
        assert "0347" in console.line_with("ook open (1)"), "the other one stays in sight meanwhile"
        await console.press("1")
        assert handoff_of(evening, LIMB).standing.recall is not None
        assert handoff_of(evening, CHEST).standing.recall is None


async def test_an_open_call_without_a_handoff_recalls_nobody_elses(evening: Evening) -> None:
    async with triage_on(evening) as console:
        await console.press("f9")
        evening.desk.claim(LIMB)
        evening.desk.refresh()
        console.app.open(LIMB)
        await console.settle()
        await console.press("r")
        assert "0345 heeft geen overdracht om te herroepen" in console.said
        assert "herroepen? Waarom" not in console.text
        await console.press("1")
        assert handoff_of(evening, CHEST).standing.recall is None


async def test_another_patients_handoff_is_recalled_from_the_overview_by_choosing_it(evening: Evening) -> None:
    async with triage_on(evening) as console:
        await both_handed_over(console, evening)
        await console.press("f6", "down", "r")
        assert "Overdracht 0347" in console.line_with("herroepen? Waarom:")
        await console.press("2")
        assert handoff_of(evening, CHEST).standing.recall is not None
        assert handoff_of(evening, LIMB).standing.recall is None


async def test_a_function_key_drops_the_question_of_a_recall_and_goes_where_it_goes(evening: Evening) -> None:
    async with triage_on(evening) as console:
        await console.press("f9", "r", "f2")
        assert "herroepen? Waarom" not in console.text
        assert console.app.here is not None
        assert console.app.here.PLACE == "queue"
        assert messages(evening) == ["new"]


async def test_what_was_pressed_just_now_is_large_though_an_older_one_waits_longer(evening: Evening) -> None:
    async with triage_on(evening) as console:
        await console.press("f9")
        await console.pull(11)
        await console.press("f3")
        evening.desk.claim(LIMB)
        evening.desk.refresh()
        console.app.open(LIMB)
        await console.settle()
        await console.press("f9")
        assert "0345" in console.lines[1]
        assert "bel zelf over 10 s" in console.lines[3]
        assert "BEL NU 088 555 0 112" in console.line_with("ook open (1)  0347")


async def test_a_settled_handoff_never_stands_before_a_live_one_and_soon_goes(evening: Evening) -> None:
    async with triage_on(evening) as console:
        await both_handed_over(console, evening)
        rav_says(evening, "ACCEPTED", call_id=LIMB, by="c.kok", reference="R-7")
        await console.pull(1)
        assert "0347" in console.lines[1], "the open call's own is settled, so the live one is large"
        rav_says(evening, "ACCEPTED", by="c.kok", reference="R-8")
        console.app.put_down()
        await console.pull(1)
        shown = console.lines[1]
        assert "0345" in shown
        assert "geaccepteerd R-7" in shown
        assert "RAV" not in console.lines[2][:20], "settled ones have one short line between them"
        await console.pull(70)
        assert "R-7" not in console.lines[1]


@pytest.mark.parametrize("size", BOTH)
async def test_a_call_typed_in_without_the_hub_shows_its_handoff_at_once(
    evening: Evening, size: tuple[int, int]
) -> None:
    async with triage_on(evening, size=size) as console:
        await console.press("f9")
        evening.clock.advance(2)
        console.app.go("newcall")
        await console.settle()
        await console.type("06 1234")
        await console.press("f9")
        assert "07-1" in console.lines[1]
        assert "NAAR RAV" in console.lines[1]


async def test_the_seconds_of_a_settled_handoff_stand_still_in_the_overview(evening: Evening) -> None:
    async with triage_on(evening) as console:
        await console.press("f9")
        evening.clock.advance(4)
        await console.press("r", "1")
        rav_says(evening, "CLOSED", by="c.kok", reason="recalled")
        await console.press("f6")
        await console.pull(45)
        assert "0:04" in console.line_with("0347  v 67  ")


async def test_a_card_takes_no_text_from_whoever_is_typing_until_it_is_asked_for(evening: Evening) -> None:
    async with triage_on(evening) as console:
        await console.press("f9", "f7")
        await console.type("zij ")
        await console.pull(11)
        assert "BEL NU RAV HOLLANDRIJN" in console.text
        await console.type("viel over")
        assert "zij viel over" in console.text, "every letter is in the note, and in sight"
        assert "Gesproken met" not in console.text
        await console.press("ctrl+y")
        assert card_is_up(console)
        await console.press("v")
        assert "Met wie" in console.text


async def test_a_card_never_changes_patient_without_a_key(evening: Evening) -> None:
    async with triage_on(evening) as console:
        await both_handed_over(console, evening)
        await console.pull(13)
        assert "0345 · " in console.text
        assert "kaart 1 van 2" in console.text
        rav_says(evening, "ACCEPTED", call_id=LIMB, by="c.kok", reference="R-7")
        await console.pull(1)
        assert "0345 · " in console.text
        await console.press("n")
        assert "0347 · v 67" in console.text
        await console.press("f3")
        assert not card_is_up(console)

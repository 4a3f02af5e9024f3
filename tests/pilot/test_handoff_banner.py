"""The banner in every state a handoff can be in: it says what is known, and "geaccepteerd" only when it is so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.pilot.handoff_views import NEW, RECALL, event, spoken, view
from zcc_console.core.handoff import Message
from zcc_console.desk.rows import HandoffView, Route
from zcc_console.terminal.themes import COLOURS, MONOCHROME, SIXTEEN, Palette
from zcc_console.text import cells
from zcc_console.widgets.handoff_lines import REASONS, banner_lines
from zcc_console.widgets.handoff_words import short_state

REJECTED = event(2, "REJECTED", by="c.kok", reason="geen inzet")
ACCEPTED = event(2, "ACCEPTED", by="c.kok", reference="R-20418")
RECEIVED = event(1, "RECEIVED")
STATES: dict[str, HandoffView] = {
    "committed": view(),
    "amber": view(elapsed=4),
    "sent": view(at_hub=True, elapsed=2),
    "received": view(RECEIVED, at_hub=True),
    "opened": view(RECEIVED, event(2, "OPENED"), at_hub=True),
    "accepted": view(RECEIVED, ACCEPTED, at_hub=True),
    "rejected": view(RECEIVED, REJECTED, at_hub=True),
    "closed": view(RECEIVED, event(2, "CLOSED", by="c.kok"), at_hub=True),
    "card": view(elapsed=12),
    "reboot": view(elapsed=None),
    "voice accepted": view(messages=(NEW, spoken("accepted"))),
    "voice refused": view(messages=(NEW, spoken("refused"))),
    "conflict": view(RECEIVED, ACCEPTED, messages=(NEW, spoken("refused"))),
    "conflict too": view(RECEIVED, REJECTED, messages=(NEW, spoken("accepted"))),
    "recall asked": view(RECEIVED, messages=(NEW, RECALL)),
    "recalled": view(RECEIVED, event(3, "CLOSED", by="c.kok", reason="recalled"), messages=(NEW, RECALL)),
    "recalled too late": view(RECEIVED, ACCEPTED, messages=(NEW, RECALL)),
    "refused by every route": view(routes=[Route("hub", "refused", 1, "422"), Route("direct", "refused", 1, "422")]),
    "telephone only": view(RECEIVED, accepts=False),
}


def text_of(one: HandoffView, width: int = 120, *, aside: bool = False) -> str:
    return "\n".join(strip.text for strip in banner_lines([one], width, COLOURS, aside=aside))


@pytest.mark.parametrize("name", STATES)
@pytest.mark.parametrize("width", [80, 100, 120, 200])
def test_every_state_is_three_lines_of_the_whole_width(name: str, width: int) -> None:
    lines = banner_lines([STATES[name]], width, COLOURS)
    assert [cells(strip.text) for strip in lines] == [width] * 3


@pytest.mark.parametrize("name", STATES)
@pytest.mark.parametrize("palette", [COLOURS, SIXTEEN, MONOCHROME])
def test_the_words_do_not_depend_on_the_colours(name: str, palette: Palette) -> None:
    shown = [strip.text for strip in banner_lines([STATES[name]], 120, palette)]
    assert shown == [strip.text for strip in banner_lines([STATES[name]], 120, COLOURS)]


@pytest.mark.parametrize("name", sorted(set(STATES) - {"accepted", "voice accepted", "conflict", "conflict too"}))
@pytest.mark.parametrize("width", [80, 120])
def test_only_an_acceptance_is_called_one(name: str, width: int) -> None:
    text = text_of(STATES[name], width).replace("wacht op acceptatie", "").replace("niet geaccepteerd", "")
    if name == "recalled too late":
        assert "GEACCEPTEERD" in text
        assert "OVERGEDRAGEN" not in text
        return
    assert "accepteerd" not in text.lower()
    assert "OVERGEDRAGEN" not in text


def test_it_names_patient_place_urgency_seconds_and_when_it_was_kept() -> None:
    text = text_of(STATES["committed"])
    for part in ("NAAR RAV HOLLANDRIJN", "0347", "v 67", "Lammenschansweg 12, Leiden", "▲ U1", "0:01", "22:41:07"):
        assert part in text
    assert "bel zelf over 9 s: 088 555 0 112" in text
    assert "r herroepen" in text


def test_each_step_of_the_message_is_ticked_only_when_it_is_taken() -> None:
    assert "verzonden" not in text_of(STATES["committed"]).replace("niet verzonden", "")
    assert "✓ verzonden" in text_of(STATES["sent"])
    assert "✓ ontvangen" not in text_of(STATES["sent"])
    assert "✓ ontvangen 22:41:08" in text_of(STATES["received"])
    assert "wacht op acceptatie" in text_of(STATES["received"])
    assert "✓ geopend" in text_of(STATES["opened"])


def test_three_seconds_without_receipt_are_amber_and_counted() -> None:
    one = STATES["amber"]
    assert "NOG NIET ONTVANGEN" in text_of(one)
    assert "0:04" in text_of(one)
    middle = banner_lines([one], 120, COLOURS)[1]
    grounds = {segment.style.bgcolor for segment in middle if segment.style is not None and "NOG" in segment.text}
    assert grounds == {COLOURS.offline.bgcolor}


def test_an_acceptance_names_who_when_and_their_reference() -> None:
    text = text_of(STATES["accepted"])
    for part in ("OVERGEDRAGEN AAN RAV HOLLANDRIJN", "GEACCEPTEERD 22:41:15", "c.kok", "R-20418", "0:07"):
        assert part in text


def test_a_rejection_names_its_reason_the_number_and_the_way_on() -> None:
    text = text_of(STATES["rejected"])
    for part in ("GEWEIGERD DOOR RAV", "geen inzet", "BEL NU DE RAV 088 555 0 112"):
        assert part in text


@pytest.mark.parametrize("name", ["conflict", "conflict too"])
def test_where_message_and_telephone_differ_both_are_shown_and_it_is_not_done(name: str) -> None:
    text = text_of(STATES[name])
    assert "TEGENSPRAAK" in text
    assert "telefoon: " in text
    assert "bericht: " in text
    assert "OVERGEDRAGEN" not in text
    assert "0347/7F3A" in text


def test_a_telephone_call_is_shown_beside_how_the_message_stands() -> None:
    text = text_of(STATES["voice accepted"])
    assert "telefoon: geaccepteerd, gesproken met mevr. Kok, kenmerk R-7" in text
    assert "bericht: nog niet verzonden" in text


def test_a_recall_is_a_question_until_the_rav_answers() -> None:
    assert "HERROEPEN GEVRAAGD" in text_of(STATES["recall asked"])
    assert "alleen de RAV stopt een rit" in text_of(STATES["recall asked"])
    assert "bevestigd dat zij stopt" in text_of(STATES["recalled"])
    assert "TE LAAT HERROEPEN" in text_of(STATES["recalled too late"])
    assert "de rit gaat door" in text_of(STATES["recalled too late"])


def test_a_card_that_was_put_aside_stays_as_a_line_with_the_number() -> None:
    text = text_of(STATES["card"], aside=True)
    assert "BEL NU DE RAV 088 555 0 112" in text
    assert "v kaart" in text


def test_after_a_reboot_nobody_claims_to_know_how_long_it_has_been() -> None:
    assert "?" in banner_lines([STATES["reboot"]], 120, COLOURS)[0].text
    assert "na een herstart" in text_of(STATES["reboot"])


def test_a_second_open_handoff_gets_a_line_of_its_own() -> None:
    lines = banner_lines([STATES["card"], view(number="0351")], 120, COLOURS)
    assert len(lines) == 4
    assert "ook open (1)  0351" in lines[3].text


@pytest.mark.parametrize("width", [80, 120])
def test_the_others_are_in_the_order_of_danger_and_settled_ones_make_room(width: int) -> None:
    settled = [view(RECEIVED, ACCEPTED, at_hub=True, number=f"09{number:02d}") for number in range(4)]
    waits = view(RECEIVED, at_hub=True, number="0351")
    late = view(elapsed=12, number="0352")
    lines = banner_lines([view(), *settled, waits, late], width, COLOURS)
    text = " ".join(line.text for line in lines[3:])
    assert text.index("0352") < text.index("0351")
    assert "BEL NU 088 555 0 112" in text
    assert "0900" not in text or text.index("0351") < text.index("0900")
    assert all(cells(line.text) == width for line in lines)


@pytest.mark.parametrize("width", [80, 120])
def test_a_handful_of_live_ones_are_all_named(width: int) -> None:
    many = [view(number=f"04{number:02d}") for number in range(4)]
    text = " ".join(line.text for line in banner_lines(many, width, COLOURS))
    assert all(f"04{number:02d}" in text for number in range(4))
    assert "nog 1" not in text


def test_very_many_open_handoffs_are_counted_rather_than_cut() -> None:
    many = [view(number=f"04{number:02d}") for number in range(12)]
    lines = banner_lines(many, 80, COLOURS)
    assert "… nog" in lines[-1].text
    assert [cells(line.text) for line in lines] == [80] * 6


@pytest.mark.parametrize("width", [80, 120])
def test_the_question_of_a_recall_names_the_patient_and_cuts_no_reason(width: int) -> None:
    lines = [line.text for line in banner_lines([view(number="0351")], width, COLOURS, asked=view(number="0027"))]
    assert "Overdracht 0027 · v 67 · Leiden herroepen? Waarom:" in lines[0]
    text = "".join(lines)
    assert all(reason in text for _key, reason in REASONS)
    assert "Esc niet" in text
    assert "0351" in text


def test_a_telephone_call_is_not_called_one_twice() -> None:
    one = replace(STATES["voice accepted"], voice_reference="telefonisch")
    assert short_state(one) == "per telefoon"


def test_an_exercise_is_marked() -> None:
    assert "OEFENING" in text_of(view(message={"exercise": True}))
    assert "OEFENING" not in text_of(view(message={"exercise": False}))


def test_a_late_update_does_not_make_an_accepted_handoff_look_open() -> None:
    update = Message("m3", "update", 3, urgency="U1")
    one = view(RECEIVED, event(2, "ACCEPTED", has=("m1",), by="c.kok"), messages=(NEW, update))
    assert "OVERGEDRAGEN" in text_of(one)


@pytest.mark.parametrize("name", STATES)
def test_the_list_says_the_same_in_a_few_words(name: str) -> None:
    short = short_state(STATES[name])
    assert short
    if "accepteerd" in short:
        assert STATES[name].standing.state.value == "ACCEPTED"


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("name", ["accepted", "recalled too late"])
def test_the_reference_of_the_rav_is_never_cut(name: str, width: int) -> None:
    one = replace(STATES[name], by="mevr. Van der Meulen-Hogendoorn de Jong", rav_reference="RAV-2026-11-21-0020418")
    assert "kenmerk RAV-2026-11-21-0020418" in text_of(one, width)

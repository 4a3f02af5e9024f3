"""A triage from ABCD to what is read out: keys counted, answers kept before they are shown, nothing answered by accident."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.pilot.driving import BOTH, Console
from tests.pilot.evening import Evening, call, uuid
from tests.pilot.triage_driving import (
    CHEST,
    LIMB,
    at_hub,
    commands,
    courier,
    flow_of,
    handoff_of,
    pace_of,
    rav_says,
    refuse,
    screen_of,
    triage_on,
)
from tests.pilot.triage_set import later_set, small_set
from zcc_console.core.errors import StoreError
from zcc_console.core.jsontypes import JsonObject
from zcc_console.core.urgency import Urgency
from zcc_console.desk.desk import Desk
from zcc_console.protocols.session import Step

TO_THE_QUESTIONS = ("enter", "1")


def session_of(console: Console) -> tuple[Step, Urgency, dict[str, str]]:
    session = flow_of(console).session
    assert session is not None
    given = dict(session.triage.answers.get("demo.borst", {}))
    return session.step, session.urgency, given


# -- the usual way -----------------------------------------------------------------------------------------------------


async def test_a_usual_triage_with_an_agreed_place_takes_at_most_fifteen_keys_besides_the_name(
    evening: Evening,
) -> None:
    async with triage_on(evening, LIMB) as console:
        pressed = ["enter", "1", "1", "1", "2", "2", "enter", "enter", "v"]
        await console.press(*pressed)
        await console.type("Piet")
        after = ["enter", "enter", "enter"]
        await console.press(*after)
        assert len(pressed) + len(after) <= 15
        assert console.app.open_call is None
        assert "afgesloten: Consult huisartsenpost" in console.said
    made = commands(evening, "call.triage", "capacity.reserve", "capacity.confirm", "call.dispose", "call.close")
    assert made == ["call.triage", "capacity.reserve", "capacity.confirm", "call.dispose", "call.close"]


async def test_what_is_recorded_names_the_set_its_version_and_its_hash(evening: Evening) -> None:
    async with triage_on(evening, LIMB) as console:
        await console.press("enter", "1", "1", "1", "1", "1", "enter")
    row = next(one for one in evening.desk.journal.outbox() if one.type == "call.triage")
    data = row.body["data"]
    assert isinstance(data, dict)
    assert data["protocol"] == {"id": "demo.nl", "version": "0.1.0", "hash": small_set().hash}
    assert (data["proposed"], data["final"]) == ("U5", "U5")


async def test_the_words_of_the_call_already_suggest_its_complaint(evening: Evening) -> None:
    async with triage_on(evening, LIMB) as console:
        await console.press("enter")
        assert "1  Letsel arm of been" in console.text


@pytest.mark.parametrize(
    ("typed", "title"), [("borst", "Pijn op de borst"), ("enkle", "Letsel"), ("hartaanvl", "Pijn")]
)
async def test_a_few_letters_of_lay_words_and_misspellings_find_the_complaint(
    evening: Evening, typed: str, title: str
) -> None:
    async with triage_on(evening, LIMB) as console:
        await console.press("enter")
        await console.type(typed)
        assert title in console.line_with("▸ 1")


async def test_what_no_complaint_fits_goes_to_the_triagists_own_urgency(evening: Evening) -> None:
    async with triage_on(evening) as console:
        await console.press("enter", "0")
        assert session_of(console)[0] is Step.URGENCY


# -- answering ---------------------------------------------------------------------------------------------------------


async def test_each_answer_is_echoed_with_its_urgency_and_one_key_takes_it_back(evening: Evening) -> None:
    async with triage_on(evening) as console:
        await console.press(*TO_THE_QUESTIONS, "1", "2")
        assert "kortademig: ja → U2" in console.text
        assert session_of(console)[1] is Urgency.U2
        await console.press("backspace")
        step, urgency, given = session_of(console)
        assert (step, urgency, given) == (Step.QUESTIONS, Urgency.U4, {"uitstraling": "nee"})
        assert "Kortademig in rust?" in console.text
        assert "Teruggenomen: kortademig" in console.text


async def test_undoing_everything_leaves_nothing_answered(evening: Evening) -> None:
    async with triage_on(evening) as console:
        await console.press(*TO_THE_QUESTIONS, "1", "0")
        await console.press(*["backspace"] * 6, "left", *["backspace"] * 6)
        session = flow_of(console).session
        assert session is not None
        assert not session.triage.abcd
        assert not session.triage.complaints
        assert session.step is Step.ABCD


async def test_not_knowing_a_red_flag_counts_and_says_so(evening: Evening) -> None:
    async with triage_on(evening) as console:
        await console.press(*TO_THE_QUESTIONS, "0")
        assert "weet niet  → U2" in console.text
        assert session_of(console)[1] is Urgency.U2


async def test_a_figure_without_an_answer_changes_nothing(evening: Evening) -> None:
    async with triage_on(evening) as console:
        await console.press(*TO_THE_QUESTIONS, "7")
        assert session_of(console)[2] == {}
        assert "geen antwoord" in console.text


@pytest.mark.parametrize("burst", [("escape",), ("escape", "2"), ("escape", "left_square_bracket", "2", "0", "tilde")])
async def test_a_lone_or_split_escape_never_answers(evening: Evening, burst: Sequence[str]) -> None:
    async with triage_on(evening) as console:
        await console.press(*TO_THE_QUESTIONS)
        before = session_of(console)
        pace_of(console).step = 0.05
        await console.press(*burst)
        assert session_of(console) == before


async def test_abcd_asks_only_for_the_letter_that_is_not_safe(evening: Evening) -> None:
    async with triage_on(evening) as console:
        await console.press("b")
        assert "welk teken?" in console.text
        await console.press("1")
        session = flow_of(console).session
        assert session is not None
        assert session.triage.abcd == {"b_kleur": "ja"}
        assert session.urgency is Urgency.U1
        assert "stop met vragen" in console.text


async def test_not_knowing_a_letter_is_an_answer_too(evening: Evening) -> None:
    async with triage_on(evening) as console:
        await console.press("w", "0")
        session = flow_of(console).session
        assert session is not None
        assert session.verdict.letters["R"] == "unknown"
        assert session.urgency is Urgency.U1


async def test_a_modifier_raises_and_the_next_press_chooses_its_next_answer(evening: Evening) -> None:
    async with triage_on(evening) as console:
        await console.press(*TO_THE_QUESTIONS, "a")
        assert session_of(console)[1] is Urgency.U3
        await console.press("a")
        assert session_of(console)[1] is Urgency.U2
        await console.press("a")
        assert session_of(console)[1] is Urgency.U4


async def test_a_measured_value_is_typed_and_refused_when_it_cannot_be(evening: Evening) -> None:
    async with triage_on(evening) as console:
        await console.press(*TO_THE_QUESTIONS, "plus", "1")
        await console.type("384")
        await console.press("enter")
        assert "tussen 25 en 45" in console.text
        await console.press(*["backspace"] * 3)
        await console.type("38.4")
        await console.press("enter", "enter")
        session = flow_of(console).session
        assert session is not None
        assert session.triage.measurements == {"temperatuur": "38.4"}


async def test_another_complaint_joins_and_the_most_urgent_counts(evening: Evening) -> None:
    async with triage_on(evening) as console:
        await console.press(*TO_THE_QUESTIONS, "1", "1", "1", "left", "tab")
        await console.type("enkel")
        await console.press("enter", "2")
        session = flow_of(console).session
        assert session is not None
        assert session.triage.complaints == ("demo.borst", "demo.enkel")
        assert session.urgency is Urgency.U2


# -- kept before it is shown -------------------------------------------------------------------------------------------


async def test_an_answer_that_cannot_be_kept_is_not_shown_and_says_so(
    evening: Evening, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with triage_on(evening) as console:
        await console.press(*TO_THE_QUESTIONS)

        def full(call_id: str, data: JsonObject) -> None:
            raise StoreError("De schijf is vol. Er is niets gewijzigd; bel de beheerder.")

        monkeypatch.setattr(evening.desk, "save_draft", full)
        await console.press("2")
        assert session_of(console)[2] == {}
        assert "De schijf is vol" in console.text


async def test_the_answer_is_on_disk_before_the_picture_shows_it(
    evening: Evening, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with triage_on(evening) as console:
        await console.press(*TO_THE_QUESTIONS)
        saved, shown = evening.desk.save_draft, []

        def watched(call_id: str, data: JsonObject) -> None:
            shown.append("→ U1" in console.text)
            saved(call_id, data)

        monkeypatch.setattr(evening.desk, "save_draft", watched)
        await console.press("2")
        assert shown
        assert not any(shown)
        assert "→ U1" in console.text


async def test_a_killed_console_stands_at_the_same_question_when_it_is_opened_again(
    evening: Evening, tmp_path: Path
) -> None:
    async with triage_on(evening) as console:
        await console.press(*TO_THE_QUESTIONS, "1")
        await console.press("f7", "d", "u", "i")
        await console.pull(1)
        before = session_of(console)
        # No leave, no close of the screen: what is on disk is all there is.
        again = Desk.open(evening.desk.profile, evening.clock, evening.desk.ids)
    reopened = Evening(again, evening.region, evening.clock)
    try:
        async with triage_on(reopened) as console:
            assert session_of(console) == before
            assert "Kortademig in rust?" in console.text
            assert "gaat verder: dui" in console.text
            await console.press("backspace")
            assert session_of(console)[2] == {}
    finally:
        again.close()


async def test_a_call_stays_on_the_set_with_which_it_began(evening: Evening, monkeypatch: pytest.MonkeyPatch) -> None:
    async with triage_on(evening) as console:
        await console.press(*TO_THE_QUESTIONS, "1")
    async with triage_on(evening, CHEST) as console:
        screen = screen_of(console)
        screen.flow = None
        screen.library.protocols = later_set()
        monkeypatch.setattr(screen.library, "pinned", {small_set().hash: small_set()}.get)
        await console.pull()
        session = flow_of(console).session
        assert session is not None
        assert session.protocols.hash == small_set().hash


async def test_a_set_that_is_gone_is_said_and_the_answers_are_kept(evening: Evening) -> None:
    async with triage_on(evening) as console:
        await console.press(*TO_THE_QUESTIONS, "1")
    async with triage_on(evening, CHEST, protocols=later_set()) as console:
        assert "andere versie van de protocolset" in console.text
        assert session_of(console)[2] == {"uitstraling": "nee"}


async def test_without_a_protocol_set_the_screen_says_so_and_the_handoff_key_works(evening: Evening) -> None:
    async with triage_on(evening) as console:
        screen = screen_of(console)
        screen.flow, screen.library.protocols = None, None
        await console.pull()
        assert "protocolset" in console.text
        await console.press("f9")
        assert handoff_of(evening).standing.is_open


# -- life-threatening --------------------------------------------------------------------------------------------------


async def test_a_first_u1_stops_the_asking_until_the_key_or_enter(evening: Evening) -> None:
    async with triage_on(evening) as console:
        await console.press(*TO_THE_QUESTIONS, "2")
        assert "stop met vragen: F9 nu naar de RAV" in console.text
        await console.press("1")
        assert session_of(console)[2] == {"uitstraling": "ja"}
        await console.press("enter", "1")
        assert session_of(console)[2] == {"uitstraling": "ja", "rust": "nee"}


@pytest.mark.parametrize(
    "way",
    [
        (),
        ("enter",),
        TO_THE_QUESTIONS,
        (*TO_THE_QUESTIONS, "1", "1", "1"),
        (*TO_THE_QUESTIONS, "1", "1", "1", "enter"),
        (*TO_THE_QUESTIONS, "1", "1", "1", "enter", "right"),
        (*TO_THE_QUESTIONS, "f7", "x"),
        (*TO_THE_QUESTIONS, "u", "1", "x"),
        ("b",),
        ("e",),
        ("l", "1"),
    ],
)
@pytest.mark.parametrize("trigger", ["f9", "ctrl+g"])
async def test_the_handoff_key_works_from_every_step_and_form(
    evening: Evening, way: Sequence[str], trigger: str
) -> None:
    async with triage_on(evening) as console:
        await console.press(*way, trigger)
        assert handoff_of(evening).standing.is_open
        assert "NAAR RAV HOLLANDRIJN" in console.text


async def test_after_the_handoff_the_questions_go_on_and_go_as_updates(evening: Evening) -> None:
    async with triage_on(evening) as console:
        await console.press(*TO_THE_QUESTIONS, "2", "f9")
        assert "Kortademig in rust?" in console.text
        await console.press("2")
        sent = [row.message.kind for row in evening.desk.journal.handoffs()[0].messages]
        assert sent == ["new"]
        await console.pull(5)
        sent = [row.message.kind for row in evening.desk.journal.handoffs()[0].messages]
        assert sent == ["new", "update"]
        findings = handoff_of(evening).message["findings"]
        assert "kortademig: ja" in str(findings)


async def test_answers_after_the_handoff_are_sent_even_when_the_screen_is_left_at_once(evening: Evening) -> None:
    async with triage_on(evening) as console:
        await console.press(*TO_THE_QUESTIONS, "2", "f9", "2", "f2")
        sent = [row.message.kind for row in evening.desk.journal.handoffs()[0].messages]
        assert sent == ["new", "update"]


async def test_a_call_with_an_open_handoff_is_not_closed_and_nothing_is_lost(evening: Evening) -> None:
    async with triage_on(evening) as console:
        await console.press(*TO_THE_QUESTIONS, "2", "f9", "1", "1", "enter", "right", "enter")
        assert "RAV is nog open" in console.text
        assert console.app.open_call == CHEST
    assert "call.close" not in commands(evening)
    assert "call.dispose" in commands(evening)


async def test_a_handed_over_call_can_be_finished(evening: Evening) -> None:
    async with triage_on(evening) as console:
        await console.press(*TO_THE_QUESTIONS, "2", "f9")
        at_hub(evening)
        rav_says(evening, "ACCEPTED", by="c.kok", reference="R-1")
        await console.pull(2)
        await console.press("1", "1", "enter", "enter", "enter")
        assert console.app.open_call is None


# -- deciding otherwise ------------------------------------------------------------------------------------------------


async def test_a_higher_urgency_takes_a_reason(evening: Evening) -> None:
    async with triage_on(evening) as console:
        await console.press(*TO_THE_QUESTIONS, "1", "1", "1", "u", "2", "enter")
        assert "nog nodig: een reden" in console.text
        await console.type("klinkt ziek")
        await console.press("enter")
        session = flow_of(console).session
        assert session is not None
        assert session.decision is not None
        assert (session.decision.final, session.decision.reason) == (Urgency.U2, "klinkt ziek")
    assert "call.triage" in commands(evening)


async def test_a_lower_urgency_takes_a_reason_and_a_second_person(evening: Evening) -> None:
    async with triage_on(evening) as console:
        await console.press(*TO_THE_QUESTIONS, "1", "2", "1", "u", "3")
        assert "Tweede bevoegde" in console.text
        await console.type("al bekend")
        await console.press("enter", "enter")
        assert "een tweede bevoegde" in console.text
        await console.type("S.deVries")
        await console.press("enter")
        assert "een tweede bevoegde" in console.text, "the own name is no second person"
        await console.press("ctrl+u")
        await console.type("Jansen")
        await console.press("enter")
        session = flow_of(console).session
        assert session is not None
        assert session.urgency is Urgency.U3


async def test_nobody_goes_below_a_fired_u1_without_the_doctor_in_charge(evening: Evening) -> None:
    async with triage_on(evening) as console:
        await console.press(*TO_THE_QUESTIONS, "2", "u", "2")
        assert "Regiearts" in console.text
        await console.type("rustig")
        await console.press("enter", "enter")
        session = flow_of(console).session
        assert session is not None
        assert session.urgency is Urgency.U1
        assert "de regiearts" in console.text


# -- places ------------------------------------------------------------------------------------------------------------

TO_THE_PLACES = ("enter", "1", "1", "1", "2", "1", "enter")
HAP_MIDDEN = uuid(2, 6)


async def test_a_place_is_shown_as_asked_for_then_held_then_confirmed_and_never_earlier(evening: Evening) -> None:
    async with triage_on(evening, LIMB) as console:
        await console.press(*TO_THE_PLACES, "enter")
        assert "AANGEVRAAGD" in console.text
        assert "VASTGEHOUDEN" not in console.text
        reservation = str(flow_of(console).extra["reservation"])
        row = next(one for one in evening.desk.journal.outbox() if one.command_id == reservation)
        body: JsonObject = {
            "id": reservation, "unit_id": HAP_MIDDEN, "count": 1, "call_id": LIMB, "until": "2026-11-21T21:56:07.000Z",
            "state": "held", "agreed_with": None, "desk_id": "07", "user": "s.devries", "at": row.at,
            "confirmed_at": None, "reason": None, "overbooked": False,
        }  # fmt: skip
        with courier(evening) as journal:
            journal.answered(row.no, "applied", 200, {})
        evening.region.put("reservation", body)
        await console.pull(1)
        assert "VASTGEHOUDEN tot 22:56" in console.text
        assert "BEVESTIGD" not in console.text
        evening.region.put("reservation", {**body, "state": "confirmed", "agreed_with": "Piet"})
        await console.pull(1)
        assert "✓ BEVESTIGD met Piet" in console.text


async def test_a_full_place_says_so_and_names_another(evening: Evening) -> None:
    async with triage_on(evening, LIMB) as console:
        await console.press(*TO_THE_PLACES, "enter")
        refuse(evening, "capacity.reserve", "full", alternatives=[{"provider": "HAP Noord", "place": "Leiden"}])
        await console.pull(1)
        assert "VOL: geen plaats meer" in console.text
        assert "HAP Noord" in console.line_with("VOL:")
        await console.press("enter")
        assert "HAP Noord" in console.line_with("Gekozen is nu")
        await console.press("enter")
        assert commands(evening, "capacity.reserve") == ["capacity.reserve"] * 2
        assert "HAP Noord" in console.line_with("AANGEVRAAGD")


async def test_a_place_that_fills_up_or_moves_in_the_list_never_changes_what_enter_reserves(evening: Evening) -> None:
    async with triage_on(evening, LIMB) as console:
        await console.press(*TO_THE_PLACES, "down")
        evening.region.change("capacity", uuid(2, 5), free=9, status="open", observed_at="2026-11-21T21:41:07.000Z")
        await console.pull(1)
        await console.press("enter")
        row = next(one for one in evening.desk.journal.outbox() if one.type == "capacity.reserve")
        assert row.body["target"] == {"type": "capacity", "id": uuid(2, 5)}


async def test_a_place_without_known_room_is_only_asked_for_with_the_name_of_who_said_yes(evening: Evening) -> None:
    async with triage_on(evening) as console:
        await console.press(*TO_THE_QUESTIONS, "1", "2", "1", "enter", *["down"] * 9, "enter")
        assert "Zei iemand ja?" in console.text
        await console.press("enter")
        assert "wie zei ja?" in console.text
        assert "capacity.reserve" not in commands(evening)
        await console.type("Kok")
        await console.press("enter")
    row = next(one for one in evening.desk.journal.outbox() if one.type == "capacity.reserve")
    data = row.body["data"]
    assert isinstance(data, dict)
    assert data["agreed_with"] == "Kok"


async def test_closing_with_a_place_nobody_agreed_to_takes_another_key_than_enter(evening: Evening) -> None:
    async with triage_on(evening, LIMB) as console:
        await console.press(*TO_THE_PLACES, "enter", "enter", "enter", "enter")
        assert console.app.open_call == LIMB
        assert "nog niet afgesproken" in console.text
        await console.press("x")
        assert console.app.open_call is None


# -- notes, patient, away ----------------------------------------------------------------------------------------------


async def test_a_note_is_typed_in_its_place_and_kept(evening: Evening) -> None:
    async with triage_on(evening) as console:
        await console.press(*TO_THE_QUESTIONS, "f7")
        await console.type("sinds 21:35 1 2 3")
        await console.press("enter")
        assert "sinds 21:35 1 2 3" in console.text
        assert session_of(console)[2] == {}, "figures in a note answer nothing"
    assert commands(evening, "call.note") == ["call.note"]


async def test_who_and_where_can_be_changed_and_nothing_is_compulsory(evening: Evening) -> None:
    async with triage_on(evening) as console:
        await console.press(*TO_THE_QUESTIONS, "e")
        await console.type("J. van Dam")
        await console.press("enter", "ctrl+u", "7", "1", "ctrl+s")
        row = next(one for one in evening.desk.journal.outbox() if one.type == "call.update")
        data = row.body["data"]
        assert isinstance(data, dict)
        assert set(data) == {"patient"}
        patient = data["patient"]
        assert isinstance(patient, dict)
        assert (patient["name"], patient["age_years"]) == ("J. van Dam", 71.0)
        session = flow_of(console).session
        assert session is not None
        assert session.triage.facts["leeftijd"] == "71 jaar"
        assert "J. van Dam" in console.lines[1]


async def test_leaving_the_patient_form_changes_nothing(evening: Evening) -> None:
    async with triage_on(evening) as console:
        await console.press("e", "x", "escape")
        assert "call.update" not in commands(evening)


@pytest.mark.parametrize(
    ("keys", "kind", "said"),
    [
        (("l", "1", "enter"), "call.release", "staat weer in de rij"),
        (("l", "2", "enter", "enter"), "call.callback", "teruggebeld"),
        (("l", "3", "enter"), "call.close", "opgehangen"),
    ],
)
async def test_a_call_is_put_away_with_its_reason_and_the_queue_comes_back(
    evening: Evening, keys: Sequence[str], kind: str, said: str
) -> None:
    async with triage_on(evening) as console:
        await console.press(*TO_THE_QUESTIONS, "1", *keys)
        assert said in console.said
        assert console.app.open_call is None
        assert console.app.here is not None
        assert console.app.here.PLACE == "queue"
    made = commands(evening, "call.triage", kind)
    assert made == ["call.triage", kind], "what was asked so far goes to whoever takes it next"


# -- looks -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", BOTH)
async def test_every_step_fits_the_screen(evening: Evening, size: tuple[int, int]) -> None:
    async with triage_on(evening, LIMB, size) as console:
        for key in ("w", "escape", "enter", "1", "1", "1", "2", "plus", "enter", "1", "u", "escape", "enter", "enter",
                    "enter", "l", "escape", "e", "escape", "f7"):  # fmt: skip
            await console.press(key)
            assert {len(line) for line in console.lines} == {size[0]}
            assert len(console.lines) == size[1]
            assert "NAAR RAV 0345" in console.lines[-1]
            assert "0345" in console.lines[1]


async def test_words_from_outside_neither_run_nor_break_anything(evening: Evening) -> None:
    hostile = "[@click=app.quit]x[/] \x1b[31m\x1b]52;c;x\x07 [/b] \u202e nep\n\x9b20~"
    evening.region.put(
        "call",
        call(347, "v 67", hostile, hostile, wait=200, held="07", held_for=104, notes=[{"text": hostile, "by": "x"}],
             alerts=[hostile], caller={"name": hostile, "relation": None, "with_patient": None, "organisation": None}),
    )  # fmt: skip
    async with triage_on(evening) as console:
        await console.press("enter")
        await console.type("borst")
        await console.press("1", "2", "f9")
        shown = console.text
        assert "[@click=app.quit]x[/]" in shown
        assert not {"\x1b", "\x9b", "\x07", "\u202e"} & set(shown)
        assert {len(line) for line in console.lines} <= {120, 119, 118}
        await console.pull(11)
        assert not {"\x1b", "\x9b", "\x07", "\u202e"} & set(console.text)


async def test_a_colleagues_triage_is_gone_on_with_after_a_takeover(evening: Evening) -> None:
    async with triage_on(evening, LIMB) as console:
        await console.press("enter", "1", "2", "1")
        session = flow_of(console).session
        assert session is not None
        recorded = session.to_triage_data()
        await console.press("backspace", "backspace")
    evening.clock.advance(60)
    theirs = {**recorded, "at": "2026-11-21T21:42:00Z", "by": "x", "desk_id": "12"}
    evening.region.change("call", LIMB, triage=theirs)
    async with triage_on(evening, LIMB) as console:
        session = flow_of(console).session
        assert session is not None
        assert session.triage.answers["demo.enkel"] == {"scheef": "ja", "gevoel": "nee"}
        assert session.step is Step.QUESTIONS
        assert "Desk 12 legde na u een triage vast" in console.text


async def test_what_a_colleague_recorded_before_does_not_hide_what_was_answered_here_since(evening: Evening) -> None:
    async with triage_on(evening, LIMB) as console:
        await console.press("enter", "1", "2")
        session = flow_of(console).session
        assert session is not None
        earlier = {**session.to_triage_data(), "at": "2026-11-21T21:40:00Z", "by": "x", "desk_id": "12"}
        await console.press("1")
    evening.region.change("call", LIMB, triage=earlier)
    async with triage_on(evening, LIMB) as console:
        session = flow_of(console).session
        assert session is not None
        assert session.triage.answers["demo.enkel"] == {"scheef": "ja", "gevoel": "nee"}


@pytest.mark.parametrize("size", BOTH)
async def test_alerts_and_a_colleagues_more_urgent_finding_stand_above_the_notes(
    evening: Evening, size: tuple[int, int]
) -> None:
    found: JsonObject = {"kind": "triage", "by": "x", "desk_id": "12", "at": "2026-11-21T21:40:00Z",
                         "data": {"final": "U1"}, "more_urgent": True}  # fmt: skip
    evening.region.change("call", CHEST, alerts=["alleenwonend"], contributions=[dict(found)])
    async with triage_on(evening, size=size) as console:
        await console.press(*TO_THE_QUESTIONS)
        assert "let op: alleenwonend" in console.text
        assert "desk 12" in console.text


@pytest.mark.parametrize("size", BOTH)
async def test_every_field_of_the_patient_is_in_sight(evening: Evening, size: tuple[int, int]) -> None:
    async with triage_on(evening, size=size) as console:
        await console.press(*TO_THE_QUESTIONS, "e")
        for label in ("Naam patiënt", "Leeftijd", "Geslacht", "Terugbelnummer", "Beller", "Straat", "Plaats", "Toegang",
                      "Ctrl+S"):  # fmt: skip
            assert label in console.text

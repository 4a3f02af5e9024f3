"""Wachtrij: what it shows, that the choice stays with the call, and each thing a person can do from it."""

from __future__ import annotations

import random

import pytest

from tests.pilot.driving import BOTH, SMALLEST, USUAL, Console, console_on
from tests.pilot.evening import Evening, ago, call, unit, uuid
from zcc_console.core.jsontypes import Json
from zcc_console.core.urgency import Urgency
from zcc_console.screens.moments import parse_when
from zcc_console.screens.queue import QueueScreen
from zcc_console.screens.queue_search import Search, hidden_words
from zcc_console.widgets.queue_view import QueueView

FIRST, OWN, OTHERS = uuid(1, 352), uuid(1, 347), uuid(1, 351)


def view_of(console: Console) -> QueueView:
    """The queue's view."""
    screen = console.app.place("queue")
    assert isinstance(screen, QueueScreen)
    return screen.view


def line_of_choice(console: Console) -> int:
    """The line of the screen on which the choice stands."""
    lines = [number for number, line in enumerate(console.lines) if line.startswith("▌")]
    assert len(lines) == 1, console.text
    return lines[0]


# -- what it shows -----------------------------------------------------------------------------------------------------


async def test_at_120_by_40_everything_of_the_picture_is_there(evening: Evening) -> None:
    async with console_on(evening, USUAL) as console:
        for title in ("WACHTRIJ", "CAPACITEIT", "VANAVOND", "BERICHTEN", "OVERDRACHTEN RAV", "AFDELING"):
            assert f"─ {title} " in console.text
        first = console.line_with("benauwd sinds vannacht")
        assert first.startswith("▌▲ U1?")
        assert "0:18!" in first
        assert "zorgv" in first
        assert "m 81" in first
        assert "Alphen" in first
        assert "wijkverpleegkundige M. Bakker, is bij de patiënt" in console.text
        assert "alleenwonend" in console.line_with("let op")
        assert "SEH Rijnstroom: stop tot 23:30" in console.line_with("22:30")
        assert "geaccepteerd" in console.line_with("0349 U1")
        assert "in triage 0351" in console.line_with("12 Aydin")


async def test_at_80_by_24_the_queue_the_call_and_the_capacity_are_there(evening: Evening) -> None:
    async with console_on(evening, SMALLEST) as console:
        assert "─ WACHTRIJ " in console.text
        assert "─ 0352  m 81  Alphen" in console.text
        assert "06 1234 5678" in console.text
        assert "alleenwonend" in console.text
        assert "Rijnstroom STOP" in console.text
        assert "ELV 1~" in console.text
        assert "AFDELING" not in console.text


async def test_marks_carry_what_colours_do(evening: Evening) -> None:
    evening.region.put("call", call(400, "v 1", "blauw aangelopen", "Delft", pre="U0", wait=1))
    evening.region.put("call", call(401, "v 1", "claim is stil", "Delft", final="U3", wait=90, held="06", stale=True))
    async with console_on(evening) as console:
        assert "■ U0?" in console.line_with("blauw aangelopen")
        assert "◆ U2 " in console.line_with("druk op de borst")
        assert "● U3?  6:10^" in console.line_with("koorts 40")
        assert "11:00!" in console.line_with("buikpijn rechts")
        assert "○ C1?" in console.line_with("gevallen, enkel dik")
        assert "· U5?" in console.line_with("vraag over medicatie")
        assert "↻22:50   terug" in console.line_with("herbeoordelen")
        assert "06!" in console.line_with("claim is stil")


async def test_an_own_claim_is_marked_until_the_region_has_it(evening: Evening) -> None:
    async with console_on(evening) as console:
        await console.press("enter", "f2")
        row = console.line_with("benauwd sinds vannacht")[:76]
        assert row.rstrip().endswith("07?↑")


async def test_waits_go_on_by_themselves(evening: Evening) -> None:
    async with console_on(evening) as console:
        await console.pull(5)
        assert "0:23!" in console.line_with("benauwd sinds vannacht")


async def test_unknown_capacity_is_never_a_number(evening: Evening) -> None:
    async with console_on(evening) as console:
        line = console.line_with("Berkenhof")[78:]
        assert line.split() == ["ELV", "Berkenhof", "?", "52:00?"]


async def test_a_stop_says_why_and_until_when(evening: Evening) -> None:
    async with console_on(evening) as console:
        assert "STOP" in console.line_with("Rijnstroom ")
        assert "piek, tot 23:30" in console.text


async def test_an_empty_queue_says_so(evening: Evening) -> None:
    for number in list(range(336, 353)):
        evening.region.delete("call", uuid(1, number))
    async with console_on(evening) as console:
        assert "De rij is leeg." in console.text
        await console.press("enter")
        assert "geen oproep gekozen" in console.said


# -- the choice --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", BOTH)
async def test_the_choice_stays_on_its_call_and_its_line_under_two_hundred_changes(
    evening: Evening, size: tuple[int, int]
) -> None:
    chance = random.Random(11)
    chosen = uuid(1, 343)
    for number in range(500, 560):
        evening.region.put("call", call(number, "m 40", f"nummer {number}", "Gouda", pre="U3", wait=number))
    async with console_on(evening, size) as console:
        view_of(console).choose(chosen)
        await console.settle()
        line = line_of_choice(console)
        for step in range(200):
            number = 600 + step
            kind = chance.randrange(4)
            if kind == 0:
                urgency, wait = chance.choice(["U2", "U3", "U4"]), chance.randrange(900)
                evening.region.put("call", call(number, "v 9", "nieuw", "Leiden", pre=urgency, wait=wait))
            elif kind == 1:
                evening.region.change(
                    "call", uuid(1, 500 + chance.randrange(30)), received_at=ago(chance.randrange(900))
                )
            elif kind == 2:
                evening.region.delete("call", uuid(1, 530 + chance.randrange(30)))
            else:
                evening.clock.advance(0.2)
            if step % 8 == 0:
                await console.pull()
                assert view_of(console).selected == chosen
                assert "verward sinds vanmiddag" in console.lines[line_of_choice(console)]
        assert line_of_choice(console) == line
        await console.press("f9")
        assert [entry.call_id for entry in evening.desk.alarms()] == [chosen]


async def test_a_new_more_urgent_call_moves_neither_choice_nor_what_is_typed(evening: Evening) -> None:
    async with console_on(evening) as console:
        await console.press("f7")
        await console.type("belt zo terug")
        evening.region.put("call", call(399, "v 20", "reanimatie", "Delft", pre="U0", wait=1))
        await console.pull(1)
        assert view_of(console).selected == FIRST
        assert "reanimatie" in console.text
        assert "belt zo terug" in console.lines[-2]


async def test_a_choice_that_goes_away_moves_to_its_neighbour_and_says_so(evening: Evening) -> None:
    async with console_on(evening) as console:
        order = list(view_of(console).order)
        chosen = order[3]
        view_of(console).choose(chosen)
        evening.region.delete("call", chosen)
        await console.pull()
        assert view_of(console).selected == order[4]
        assert "niet meer in de rij" in console.said


async def test_a_choice_that_a_colleague_closes_names_its_number(evening: Evening) -> None:
    async with console_on(evening) as console:
        evening.region.change("call", FIRST, state="closed", closed_at=ago(0))
        await console.pull()
        assert console.said.startswith("0352 is niet meer in de rij")


async def test_five_thousand_calls_are_walked_and_paged(evening: Evening) -> None:
    evening.region.put(
        "call", *(call(1000 + n, "m 40", f"nummer {n}", "Gouda", pre="U4", wait=n / 10) for n in range(5000))
    )
    async with console_on(evening) as console:
        await console.press("end", "home", "pagedown", "pagedown", "down", "up")
        assert "▌" in console.text
        await console.press("end")
        above, below = view_of(console).hidden
        assert (below, above > 4900) == (0, True)


# -- taking ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", BOTH)
async def test_enter_takes_the_chosen_call_and_opens_its_triage(evening: Evening, size: tuple[int, int]) -> None:
    async with console_on(evening, size) as console:
        await console.press("enter")
        assert console.app.open_call == FIRST
        assert console.app.here is console.app.place("triage")
        row = evening.desk.row(FIRST)
        assert row is not None
        assert row.claim is not None
        assert row.claim.own
        assert not row.claim.confirmed


async def test_enter_on_an_own_call_opens_it_again_without_a_second_claim(evening: Evening) -> None:
    async with console_on(evening) as console:
        view_of(console).choose(OWN)
        await console.press("enter")
        assert console.app.open_call == OWN
        assert evening.desk.undelivered() == 0


async def test_enter_on_a_colleagues_call_says_who_has_it_and_takes_nothing(evening: Evening) -> None:
    async with console_on(evening) as console:
        view_of(console).choose(OTHERS)
        await console.press("enter")
        assert "desk 12" in console.said
        assert console.app.open_call is None


async def test_n_takes_the_most_urgent_call_that_nobody_has(evening: Evening) -> None:
    async with console_on(evening) as console:
        await console.press("end", "n")
        assert console.app.open_call == FIRST


async def test_a_colleague_who_was_first_leaves_an_item_to_settle(evening: Evening) -> None:
    async with console_on(evening) as console:
        await console.press("enter", "f2")
        [command] = evening.desk.journal.outbox("pending")
        evening.desk.journal.answered(
            command.no, "refused", 409, {"type": "claimed", "holder": {"desk_id": "12"}, "current": {}}
        )
        evening.desk.picture.touched()  # the courier's write, made here on the desk's own connection
        await console.pull()
        assert "1 af te handelen (s)" in console.text
        await console.press("s")
        assert "al in behandeling bij een ander (desk 12)" in console.text
        assert "VAN U" in console.text
        assert "VAN DE REGIO" in console.text
        await console.press("enter")
        assert "niets meer te doen" in console.text


# -- searching ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("0345", "gevallen, enkel dik"),
        ("woerden", "gevallen, enkel dik"),
        ("enkel", "gevallen, enkel dik"),
        ("zwanger buik", "buikpijn rechts"),
        ("bakker", "benauwd sinds vannacht"),
        ("u5", "vraag over medicatie"),
        ("1234", "benauwd sinds vannacht"),
    ],
)
async def test_search_finds_by_number_town_reason_name_telephone_and_urgency(
    evening: Evening, typed: str, found: str
) -> None:
    async with console_on(evening) as console:
        await console.press("slash")
        await console.type(typed)
        assert len(view_of(console).order) == 1
        assert found in console.lines[line_of_choice(console)]
        await console.press("enter")
        assert len(view_of(console).order) == 1
        await console.press("escape")
        assert len(view_of(console).order) == 14


async def test_search_finds_a_patients_name_without_its_accents(evening: Evening) -> None:
    patient: Json = {"name": "Zoë Çelik", "sex": "v", "age_years": 30}
    evening.region.put("call", call(399, "v 30", "val", "Delft", pre="U4", patient=patient))
    evening.desk.refresh()
    rows = evening.desk.queue()

    def also(call_id: str) -> str:
        view = evening.desk.call(call_id)
        assert view is not None
        return hidden_words(view)

    assert [row.number for row in Search("zoe celik").filter(rows, also)] == ["0399"]
    assert Search("zoe jansen").filter(rows, also) == []


async def test_a_name_that_changes_is_found_by_its_new_one(evening: Evening) -> None:
    async with console_on(evening) as console:
        await console.press("slash")
        await console.type("visser")
        assert view_of(console).order == []
        await console.press("escape")
        evening.region.change("call", OTHERS, patient={"name": "K. Visser", "sex": "m", "age_years": 3})
        await console.pull()
        await console.press("slash")
        await console.type("visser")
        assert view_of(console).order == [OTHERS]


async def test_n_says_so_where_nobody_is_left_to_take(evening: Evening) -> None:
    for number in range(336, 353):
        if ("call", uuid(1, number)) in evening.region.items and number != 351:
            evening.region.delete("call", uuid(1, number))
    async with console_on(evening) as console:
        await console.press("x", "n")
        assert console.said == "Er wacht niemand die nog vrij is."


async def test_escape_puts_an_unfinished_search_aside(evening: Evening) -> None:
    async with console_on(evening) as console:
        await console.press("slash")
        await console.type("woerden")
        await console.press("escape")
        assert len(view_of(console).order) == 14
        assert console.app.here is not None
        assert console.app.here.line.question is None


async def test_a_search_is_logged_without_what_was_looked_for(evening: Evening) -> None:
    before = evening.desk.journal.audit_head()[0]
    async with console_on(evening) as console:
        await console.press("slash")
        await console.type("bakker")
        await console.press("enter")
    rows = evening.desk.journal.audit_batch(500)
    assert evening.desk.journal.audit_head()[0] > before
    assert not any("bakker" in str(row).lower() for row in rows)


async def test_a_call_counts_as_read_only_when_the_choice_rests_on_it(evening: Evening) -> None:
    async with console_on(evening) as console:
        await console.pull(1.1)
        before = evening.desk.journal.audit_head()[0]
        await console.press("down", "down", "down")
        assert evening.desk.journal.audit_head()[0] == before
        await console.pull(0.1)
        await console.pull(1.1)
        assert evening.desk.journal.audit_head()[0] == before + 1
        await console.pull(5)
        assert evening.desk.journal.audit_head()[0] == before + 1


# -- the rest of what a person can do ----------------------------------------------------------------------------------


async def test_a_silent_desks_call_is_taken_over_with_a_reason(evening: Evening) -> None:
    evening.region.put("call", call(401, "v 1", "claim is stil", "Delft", final="U3", wait=90, held="06", stale=True))
    async with console_on(evening) as console:
        view_of(console).choose(uuid(1, 401))
        await console.press("o", "1", "enter")
        assert console.app.open_call == uuid(1, 401)
        [command] = evening.desk.journal.outbox("pending")
        assert command.type == "call.takeover"
        assert command.body["data"] == {"reason": "geen teken van die desk"}


async def test_a_colleagues_live_claim_is_not_for_a_triagist_to_take_over(evening: Evening) -> None:
    async with console_on(evening) as console:
        view_of(console).choose(OTHERS)
        await console.press("o")
        assert "alleen de regie" in console.said
        assert evening.desk.undelivered() == 0


async def test_the_supervisor_takes_over_a_live_claim(night_of_the_supervisor: Evening) -> None:
    evening = night_of_the_supervisor
    async with console_on(evening) as console:
        view_of(console).choose(OTHERS)
        await console.press("o")
        await console.type("ik help")
        await console.press("enter")
        assert console.app.open_call == OTHERS


async def test_an_own_call_is_put_back_with_a_reason(evening: Evening) -> None:
    async with console_on(evening) as console:
        view_of(console).choose(OWN)
        await console.press("enter", "f2", "l", "2", "enter")
        assert console.app.open_call is None
        assert "ligt terug" in console.said
        row = evening.desk.row(OWN)
        assert row is not None
        assert row.claim is None


async def test_a_call_that_is_not_ones_own_is_not_put_back(evening: Evening) -> None:
    async with console_on(evening) as console:
        await console.press("l")
        assert console.said == "Neem de oproep eerst."


async def test_a_callback_is_agreed_for_a_time(evening: Evening) -> None:
    async with console_on(evening) as console:
        view_of(console).choose(OWN)
        await console.press("t")
        await console.type("22:55 herbeoordelen")
        await console.press("enter")
        assert "22:55" in console.said
        row = evening.desk.row(OWN)
        assert row is not None
        assert row.state == "callback"
        assert "↻22:55" in console.line_with("druk op de borst")


async def test_a_callback_time_that_is_none_changes_nothing(evening: Evening) -> None:
    async with console_on(evening) as console:
        view_of(console).choose(OWN)
        await console.press("t")
        await console.type("straks")
        await console.press("enter")
        assert "Geen tijd herkend" in console.said
        assert evening.desk.undelivered() == 0


async def test_a_note_is_kept_on_any_call(evening: Evening) -> None:
    async with console_on(evening) as console:
        await console.press("f7")
        await console.type("deur staat open")
        await console.press("enter")
        view = evening.desk.call(FIRST)
        assert view is not None
        assert [note.text for note in view.notes] == ["deur staat open"]


async def test_an_empty_answer_is_no_answer(evening: Evening) -> None:
    async with console_on(evening) as console:
        await console.press("f7", "enter", "space", "enter")
        assert evening.desk.undelivered() == 0


async def test_x_says_why_the_call_stands_where_it_stands(evening: Evening) -> None:
    async with console_on(evening) as console:
        await console.press("x")
        assert console.said.startswith("0352: U1")
        assert "norm" in console.said


async def test_a_decision_that_cannot_be_written_is_said_and_not_shown_as_done(
    evening: Evening, monkeypatch: pytest.MonkeyPatch
) -> None:
    from zcc_console.core.errors import StoreError

    def fail(call_id: str) -> str:
        raise StoreError("Niet vastgelegd: de schijf is vol.")

    monkeypatch.setattr(evening.desk, "claim", fail)
    async with console_on(evening) as console:
        await console.press("enter")
        assert "Niet vastgelegd" in console.said
        assert console.app.open_call is None
        assert console.app.here is console.app.place("queue")


async def test_pasted_text_presses_no_keys(evening: Evening) -> None:
    from textual.events import Paste

    async with console_on(evening) as console:
        console.app.post_message(Paste("n\nenter n n"))
        await console.settle()
        assert console.app.open_call is None
        await console.press("f7")
        console.app.post_message(Paste("regel een\nregel twee"))
        await console.settle()
        await console.press("enter")
        view = evening.desk.call(FIRST)
        assert view is not None
        assert [note.text for note in view.notes] == ["regel een regel twee"]


def test_times_of_callbacks_are_the_next_such_moment() -> None:
    from zcc_console.core.clock import local_hm, parse_time

    now = parse_time("2026-11-21T21:41:07Z")
    cases = {
        "22:55": "22:55",
        "2255": "22:55",
        "9:30": "09:30",
        "9.30": "09:30",
        "+30": "23:11",
        "30": "23:11",
        "15 min": "22:56",
    }
    for text, shown in cases.items():
        moment = parse_when(text, now)
        assert moment is not None
        assert local_hm(moment) == shown
        assert moment > now
    assert [
        parse_when(text, now)
        for text in ("", "24:00", "12:60", "+0", "morgen", "+99999", "2460", "٣٠", "+22:50", "1:2")
    ] == [None] * 10


def test_a_callback_in_the_hour_that_comes_twice_is_the_next_such_moment() -> None:
    from zcc_console.core.clock import parse_time

    before = parse_time("2026-10-24T23:00:00Z")
    between = parse_time("2026-10-25T00:45:00Z")
    first, second = parse_when("02:30", before), parse_when("02:30", between)
    assert first == parse_time("2026-10-25T00:30:00Z")
    assert second == parse_time("2026-10-25T01:30:00Z")


async def test_the_chosen_row_is_plain_reverse_where_there_are_few_colours(evening: Evening) -> None:
    async with console_on(evening) as console:
        strips = console.app.screen._compositor.render_strips()
        chosen = next(strip for strip in strips if strip.text.startswith("▌"))
        if console.app.palette.selected.reverse:
            row = list(chosen)[:10]
            assert {segment.style.color for segment in row if segment.style is not None} <= {None}
        assert Urgency.U1.mark in chosen.text


async def test_capacity_that_arrives_is_shown_beside_the_queue(evening: Evening) -> None:
    async with console_on(evening) as console:
        evening.region.put("capacity", unit(3, "seh", "Oosterwal", "Gouda", 9, age=0))
        await console.pull()
        assert "9 open" in console.line_with("Oosterwal")

"""Regie: everyone may look; the supervisor takes over, assigns, raises, tells and scales up, and is told why not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pilot.driving import BOTH, SMALLEST, USUAL, Console, console_on
from tests.pilot.evening import START, Evening, ago, call, desks, handoff, uuid
from zcc_console.core.errors import StoreError
from zcc_console.core.jsontypes import Json, JsonObject, as_object
from zcc_console.desk.rows import FloorFigures
from zcc_console.keys import keys_of
from zcc_console.screens.handoff import HandoffScreen
from zcc_console.screens.queue import QueueScreen
from zcc_console.screens.regie import RegieScreen
from zcc_console.screens.regie_steps import desk_typed, urgency_typed
from zcc_console.widgets.pane import Pane
from zcc_console.widgets.regie_charts import RegieCharts

WAITING, HELD = uuid(1, 352), uuid(1, 351)
HOSTILE = "\x1b]52;c;x\x07[@click=app.quit]klik[/] ‮om\n[/b]"


def regie(console: Console) -> RegieScreen:
    screen = console.app.here
    assert isinstance(screen, RegieScreen)
    return screen


async def choose(console: Console, call_id: str) -> None:
    """Go down the lists until a line about this call is chosen."""
    if regie(console).highlighted() != call_id:
        while regie(console).active is not regie(console).lists[0]:
            await console.press("shift+tab")
        await console.press("home")
    for _ in range(40):
        if regie(console).highlighted() == call_id:
            return
        await console.press("down")
    raise AssertionError(f"{call_id} is on no line:\n{console.text}")


def pressed(evening: Evening) -> list[tuple[str, JsonObject]]:
    """The commands that were decided at this desk: type and data, oldest first."""
    return [(row.type, as_object(row.body.get("data"))) for row in evening.desk.picture.own_rows]


# -- looking -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", BOTH)
async def test_what_matters_is_on_the_screen_at_both_sizes(evening: Evening, size: tuple[int, int]) -> None:
    async with console_on(evening, size) as console:
        await console.press("f5")
        for word in ("WACHT", "SPOED ≤30 s", "≤2 min", "≤10 min", "IN GESPREK", "RAV OPEN"):
            assert word in console.lines[1 if size == SMALLEST else 2]
        assert "2/4" in console.text
        assert "0352 m 81 Alphen wacht 0:18 bij U1?, niemand heeft hem" in console.line_with("! ")
        assert "in triage  0351" in console.line_with("Aydin")
        assert "geaccepteerd R-20349" in console.line_with("22:18:40")
        assert "mediaan acceptatie 0:09" in console.line_with("OVERDRACHTEN")
        assert all(len(line) == size[0] for line in console.lines)


async def test_on_a_low_screen_what_asks_for_a_look_comes_first(evening: Evening) -> None:
    async with console_on(evening, SMALLEST) as console:
        await console.press("f5")
        low = [console.text.index(word) for word in ("AANDACHT", "DESKS", "OVERDRACHTEN")]
        await console.resize(*USUAL)
        high = [console.text.index(word) for word in ("DESKS", "OVERDRACHTEN", "AANDACHT")]
        assert (low, high) == (sorted(low), sorted(high))
        for word in ("AANBOD", "URGENTIE", "BRON", "CAPACITEIT ONDER DRUK"):
            assert word in console.text
        await console.resize(*SMALLEST)
        assert "AANBOD" not in console.text
        assert "aanbod " in console.text


async def test_the_charts_count_by_the_local_hour_and_name_what_is_under_pressure(evening: Evening) -> None:
    async with console_on(evening) as console:
        await console.press("f5")
        assert "sinds 17:00" in console.line_with("AANBOD")
        assert "17  18  19  20  21  22" in console.text
        assert console.line_with("● U3").split("● U3")[1].split()[0] == "5"
        lines = [strip.text for strip in regie(console).charts._lines]
        pressure = lines[next(y for y, line in enumerate(lines) if "ONDER DRUK" in line) + 1 :]
        assert [line.split()[:2] for line in pressure] == [
            ["SEH", "Rijnstroom"], ["crisis", "VV"], ["HAP", "Noord"], ["SEH", "Veenpoort"],
            ["geboorte", "Rijnstroom"], ["ELV", "Berkenhof"],
        ]  # fmt: skip
        assert "2" not in pressure[-1].split("Berkenhof")[1].split("52:00")[0]


@pytest.mark.parametrize("size", BOTH)
async def test_an_empty_region_shows_dashes_and_no_invented_number(tmp_path: Path, size: tuple[int, int]) -> None:
    empty = Evening.open(tmp_path / "empty", role="supervisor", filled=False)
    async with console_on(empty, size) as console:
        await console.press("f5", "enter", "o", "w", "h", "tab", "down", "up", "end", "f9")
        top = console.lines[2:5] if size == USUAL else console.lines[1:4]
        assert top[1].split() == ["0", "–", "–", "–", "–", "0"]
        assert "nog niemand gezien" in console.line_with("DESKS")
        assert "%" not in console.text
        assert empty.desk.undelivered() == 0
    empty.close()


async def test_a_desk_says_its_alert_what_is_not_delivered_and_whose_claim_lapsed(evening: Evening) -> None:
    evening.region.change("desk", "12", alert="desk-in-use", undelivered=3)
    evening.region.change("desk", "05", state="away")
    claim: Json = {"desk_id": "12", "user": "f", "id": uuid(3, 351), "fence": 1, "since": ago(200), "stale": True}
    evening.region.change("call", HELD, claim=claim)
    async with console_on(evening) as console:
        await console.press("f5")
        line = console.line_with("Aydin")
        assert line[1:4] == "12 "
        assert "!" in line[:7]
        assert "geen teken" in line
        assert "↑3" in line
        assert "weg" in console.line_with("Bos")
        assert "0351 m 3 Bodegraven claim verlopen: geen teken meer van desk 12" in console.text
        await choose(console, HELD)
        assert "3 nog niet bezorgd" in console.text
        assert "op dienst sinds 22:07" in console.text


async def test_each_call_of_a_desk_has_a_line_of_its_own(evening: Evening) -> None:
    evening.region.put("call", call(360, "v 30", "hand gekneusd", "Gouda", held="12", held_for=400, wait=500))
    async with console_on(evening) as console:
        await console.press("f5")
        first = console.lines.index(console.line_with("Aydin"))
        assert "0360" in console.lines[first + 1]
        assert "Aydin" not in console.lines[first + 1]
        await choose(console, uuid(1, 360))
        assert "NAAR RAV 0360" in console.lines[-1]


# -- only what changed, once a second ----------------------------------------------------------------------------------


async def test_however_much_changes_the_floor_is_counted_once_a_second(
    evening: Evening, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with console_on(evening) as console:
        await console.press("f5")
        counted: list[int] = []
        figures = evening.desk.figures

        def noted() -> FloorFigures:
            counted.append(1)
            return figures()

        monkeypatch.setattr(evening.desk, "figures", noted)
        for number in range(5):
            evening.region.put("call", call(400 + number, "v 30", "x", "Gouda", pre="U1", wait=3))
            await console.pull(0.125)
        assert counted == []
        await console.pull(0.5)
        assert len(counted) == 1
        assert "0404" in console.text


async def test_a_second_in_which_nothing_changes_repaints_no_chart_and_no_rule(
    evening: Evening, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with console_on(evening) as console:
        await console.press("f5")
        evening.region.hear()
        await console.pull(60)
        painted: list[str] = []
        refresh = Pane.refresh

        def noted(self: Pane, *regions: object, **rest: object) -> object:
            painted.append(type(self).__name__)
            return refresh(self, *regions, **rest)  # type: ignore[arg-type]

        monkeypatch.setattr(Pane, "refresh", noted)
        before = console.lines
        await console.pull(1)
        assert RegieCharts.__name__ not in painted
        assert "Heading" not in painted
        changed = [y for y, (old, new) in enumerate(zip(before, console.lines, strict=True)) if old != new]
        assert changed
        assert all(
            ch in "0123456789: ,s"
            for y in changed
            for ch, old in zip(console.lines[y], before[y], strict=True)
            if ch != old
        )


# -- choosing ----------------------------------------------------------------------------------------------------------


async def test_attention_is_chosen_first_and_tab_and_arrows_go_through_the_lists(evening: Evening) -> None:
    async with console_on(evening) as console:
        await console.press("f5")
        screen = regie(console)

        def active() -> str:
            return str(screen.active.id) if screen.active is not None else ""

        assert (active(), screen.highlighted()) == ("attention", WAITING)
        await console.press("tab")
        assert active() == "desks"
        await console.press("end", "down")
        assert (active(), screen.highlighted()) == ("regie-handoffs", uuid(1, 349))
        await console.press("up")
        assert (active(), screen.highlighted()) == ("desks", HELD)
        await console.press("home", "up")
        assert (active(), screen.desks.top) == ("desks", 0)
        await console.press("shift+tab")
        assert active() == "attention"
        assert console.text.count("▌!") == 1


async def test_what_comes_in_never_moves_the_choice(evening: Evening) -> None:
    async with console_on(evening) as console:
        await console.press("f5")
        evening.region.put("call", call(300, "v 30", "bewusteloos", "Gouda", pre="U0", wait=3))
        await console.pull(1)
        screen = regie(console)
        assert screen.attention.order[0] == f"call/{uuid(1, 300)}"
        assert screen.highlighted() == WAITING
        assert console.line_with("▌! ")[:7] == "▌! 0352"


async def test_a_desk_s_call_that_is_gone_takes_its_line_with_it_and_says_so(evening: Evening) -> None:
    async with console_on(evening) as console:
        await console.press("f5", "tab", "end")
        assert regie(console).highlighted() == HELD
        evening.region.change("call", HELD, state="closed", claim=None)
        evening.region.put("call", call(361, "m 9", "val", "Gouda", held="12", held_for=1, wait=4))
        await console.pull(1)
        assert regie(console).highlighted() == uuid(1, 361)
        assert "desk 12 met 0351 staat hier niet meer; de keuze staat nu op desk 12 met 0361" in console.said


async def test_a_list_that_is_not_active_shows_its_top(evening: Evening) -> None:
    async with console_on(evening, SMALLEST) as console:
        await console.press("f5")
        for number in range(5):
            evening.region.put(
                "handoff", handoff(500 + number, "v 50", "Gouda", "U1", accepted_after=5, pressed=60 - number)
            )
            await console.pull(1)
        assert regie(console).handoffs.top == 0
        assert "0504" in console.text


async def test_the_handoff_key_acts_on_the_call_of_the_chosen_line(evening: Evening) -> None:
    async with console_on(evening) as console:
        await console.press("f5", "tab", "end")
        assert "NAAR RAV 0351" in console.lines[-1]
        await console.press("f9")
        assert [view.call_id for view in evening.desk.alarms()] == [HELD]
        await console.pull(1)
        assert "naar RAV" in console.line_with("Aydin")


# -- opening -----------------------------------------------------------------------------------------------------------


async def test_enter_shows_a_call_in_the_queue_and_an_own_one_in_triage(night_of_the_supervisor: Evening) -> None:
    evening = night_of_the_supervisor
    async with console_on(evening) as console:
        await console.press("f5", "enter")
        queue = console.app.here
        assert isinstance(queue, QueueScreen)
        assert queue.highlighted() == WAITING
        await console.press("f5")
        await choose(console, uuid(1, 347))
        await console.press("enter")
        assert console.app.open_call == uuid(1, 347)
        assert pressed(evening) == []


async def test_enter_on_a_handoff_shows_all_that_is_known_of_it(evening: Evening) -> None:
    async with console_on(evening) as console:
        await console.press("f5")
        await choose(console, uuid(1, 331))
        await console.press("enter")
        shown = console.app.here
        assert isinstance(shown, HandoffScreen)
        assert shown.highlighted() == uuid(1, 331)
        await console.press("escape")
        assert regie(console).highlighted() == uuid(1, 331)


async def test_enter_on_a_free_desk_and_on_what_is_gone_says_so(evening: Evening) -> None:
    async with console_on(evening) as console:
        await console.press("f5", "tab", "home", "enter")
        assert "Desk 05 heeft geen oproep" in console.said
        await choose(console, HELD)
        evening.region.delete("call", HELD)
        evening.desk.refresh()
        await console.press("enter")
        assert "niet (meer) bekend" in console.said
        await console.press("w")
        assert "Alleen voor de regie" in console.said


async def test_silent_sources_lead_to_capacity(evening: Evening) -> None:
    async with console_on(evening) as console:
        await console.press("f5", "down", "down", "enter")
        assert console.app.here is not None
        assert console.app.here.PLACE == "capacity"


# -- stepping in -------------------------------------------------------------------------------------------------------


async def test_the_supervisor_takes_a_live_claim_over_with_a_reason(night_of_the_supervisor: Evening) -> None:
    evening = night_of_the_supervisor
    async with console_on(evening) as console:
        await console.press("f5")
        await choose(console, HELD)
        await console.press("o")
        assert "0351 van desk 12 overnemen, want" in console.lines[-2]
        await console.press("enter")
        assert pressed(evening) == []
        await console.type("spoed bij collega")
        await console.press("enter")
        assert pressed(evening) == [("call.takeover", {"reason": "spoed bij collega"})]
        assert console.app.open_call == HELD
        assert console.app.here is not None
        assert console.app.here.PLACE == "triage"


async def test_a_usual_reason_is_one_key(night_of_the_supervisor: Evening) -> None:
    async with console_on(night_of_the_supervisor) as console:
        await console.press("f5")
        await choose(console, HELD)
        await console.press("o", "1", "enter")
        assert pressed(night_of_the_supervisor) == [("call.takeover", {"reason": "geen teken van die desk"})]


async def test_escape_puts_a_step_aside_and_nothing_was_decided(night_of_the_supervisor: Evening) -> None:
    async with console_on(night_of_the_supervisor) as console:
        await console.press("f5")
        await choose(console, HELD)
        for name in ("o", "w", "h", "b", "g"):
            await console.press(name, "x", "escape")
        await console.pull(1)
        assert pressed(night_of_the_supervisor) == []


async def test_a_call_is_assigned_to_a_desk_by_its_number(night_of_the_supervisor: Evening) -> None:
    evening = night_of_the_supervisor
    async with console_on(evening) as console:
        await console.press("f5", "w")
        assert "0352 toewijzen aan desk" in console.lines[-2]
        assert "vrij: 05" in console.lines[-2]
        await console.press("5", "enter")
        assert [(kind, data["desk_id"]) for kind, data in pressed(evening)] == [("call.reassign", "05")]
        assert "0352 toegewezen aan desk 05 L. Bos" in console.said
        row = evening.desk.row(WAITING)
        assert row is not None
        assert row.claim is None


@pytest.mark.parametrize(("typed", "says"), [("99", "Desk 99 is hier niet bekend"), ("12", "Desk 12 is weg")])
async def test_a_desk_that_is_not_there_gets_no_call(night_of_the_supervisor: Evening, typed: str, says: str) -> None:
    evening = night_of_the_supervisor
    evening.region.change("desk", "12", state="away")
    async with console_on(evening) as console:
        await console.press("f5", "w")
        await console.type(typed)
        await console.press("enter")
        assert says in console.said
        assert pressed(evening) == []


async def test_a_call_is_raised_with_a_reason_and_only_upwards(night_of_the_supervisor: Evening) -> None:
    evening = night_of_the_supervisor
    late = uuid(1, 341)
    async with console_on(evening) as console:
        await console.press("f5")
        await choose(console, late)
        await console.press("h")
        assert "0341 (U3) hoger naar U" in console.lines[-2]
        await console.press("4", "enter")
        assert "0341 is al U3" in console.said
        await console.press("h", "x", "enter")
        assert "Geen urgentie herkend" in console.said
        assert pressed(evening) == []
        await console.press("h", "1", "enter")
        assert "0341 naar U1, want" in console.lines[-2]
        await console.press("2", "enter")
        assert pressed(evening) == [("call.raise", {"urgency": "U1", "reason": "toestand verslechtert"})]
        assert "0341 staat op U1. F9 draagt hem over aan de RAV." in console.said
        assert "0341 v 29 Waddinxveen wacht 11:00 bij U1?, niemand heeft hem" in console.text
        assert regie(console).highlighted() == late


async def test_a_message_goes_to_all_desks_and_is_ended_from_its_line(night_of_the_supervisor: Evening) -> None:
    evening = night_of_the_supervisor
    async with console_on(evening) as console:
        await console.press("f5", "b")
        await console.type("koffie om elf uur")
        await console.press("enter")
        assert pressed(evening) == [("notice.post", {"text": "koffie om elf uur", "kind": "info"})]
        assert "koffie om elf uur" in console.text
        site = f"notice/{uuid(5, 2)}"
        regie(console).attention.choose(site)
        await console.press("enter", "n", "enter")
        assert "blijft staan" in console.said
        await console.press("enter", "1", "enter")
        assert [kind for kind, _ in pressed(evening)] == ["notice.post", "notice.end"]


async def test_a_scaled_up_situation_is_told_and_ended_with_the_same_key(night_of_the_supervisor: Evening) -> None:
    evening = night_of_the_supervisor
    async with console_on(evening) as console:
        await console.press("f5", "g")
        await console.type("brand Alphen")
        await console.press("enter")
        assert pressed(evening) == [("notice.post", {"text": "brand Alphen", "kind": "grip"})]
        assert "OPGESCHAALD sinds 22:41: brand Alphen" in console.line_with("! OPG")
        await console.press("g", "j", "a", "enter")
        assert "nog niet bevestigd" in console.said
        evening.region.put("notice", {"id": uuid(5, 9), "text": "GRIP 1", "kind": "grip", "at": ago(-1), "by": "x"})
        await console.pull(1)
        await console.press("g", "j", "a", "enter")
        assert pressed(evening)[-1][0] == "notice.end"


async def test_others_may_look_and_are_told_why_they_may_not_step_in(evening: Evening) -> None:
    async with console_on(evening) as console:
        await console.press("f5")
        for name in ("w", "h", "b", "g"):
            await console.press(name)
            assert console.said == "Alleen voor de regie."
        await console.press("o")
        assert "Niemand heeft 0352" in console.said
        await choose(console, HELD)
        await console.press("o")
        assert console.said == "Desk 12 is ermee bezig; alleen de regie kan dan overnemen."
        regie(console).attention.choose(f"notice/{uuid(5, 2)}")
        regie(console)._activate(regie(console).attention)
        await console.press("enter")
        assert console.said == "Alleen voor de regie."
        assert regie(console).key_bar.off >= {"takeover", "reassign", "raise_call", "notice", "scale_up"}
        assert pressed(evening) == []


async def test_a_triagist_takes_a_lapsed_claim_over(evening: Evening) -> None:
    claim: Json = {"desk_id": "12", "user": "f", "id": uuid(3, 351), "fence": 1, "since": ago(200), "stale": True}
    evening.region.change("call", HELD, claim=claim)
    async with console_on(evening) as console:
        await console.press("f5")
        await choose(console, HELD)
        await console.press("o", "1", "enter")
        assert [kind for kind, _ in pressed(evening)] == ["call.takeover"]


@pytest.mark.parametrize(("state", "says"), [("handed-off", "al overgedragen"), ("closed", "is afgesloten")])
async def test_a_call_that_is_handed_over_or_closed_is_neither_assigned_nor_raised(
    night_of_the_supervisor: Evening, state: str, says: str
) -> None:
    evening = night_of_the_supervisor
    evening.region.put("call", call(349, "v 58", "pijn op de borst", "Leiden", pre="U1", wait=1500, state=state))
    async with console_on(evening) as console:
        await console.press("f5")
        await choose(console, uuid(1, 349))
        for name in ("w", "h"):
            await console.press(name)
            assert says in console.said
        assert pressed(evening) == []


async def test_a_decision_that_is_not_durable_is_said_and_nothing_is_shown_as_done(
    night_of_the_supervisor: Evening, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> str:
        raise StoreError("Niet vastgelegd: de schijf is vol.")

    async with console_on(night_of_the_supervisor) as console:
        await console.press("f5")
        for name in ("reassign", "raise_call", "post_notice", "takeover"):
            monkeypatch.setattr(night_of_the_supervisor.desk, name, fail)
        await choose(console, HELD)
        for keys in (("o", "1", "enter"), ("w", "5", "enter"), ("h", "1", "enter", "1", "enter"), ("b", "x", "enter")):
            await console.press(*keys)
            assert console.said == "Niet vastgelegd: de schijf is vol."
            assert isinstance(console.app.here, RegieScreen)
            assert console.app.open_call is None


async def test_a_question_that_is_being_answered_stays_through_ticks_and_keeps_its_call(
    night_of_the_supervisor: Evening,
) -> None:
    evening = night_of_the_supervisor
    async with console_on(evening) as console:
        await console.press("f5", "w", "0")
        evening.region.put("call", call(300, "v 30", "bewusteloos", "Gouda", pre="U0", wait=3))
        await console.pull(2)
        await console.press("down", "5", "enter")
        rows = evening.desk.picture.own_rows
        assert [(row.type, row.call_id) for row in rows] == [("call.reassign", WAITING)]


# -- words from outside ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", BOTH)
async def test_words_from_outside_are_shown_and_never_obeyed(tmp_path: Path, size: tuple[int, int]) -> None:
    evening = Evening.open(tmp_path / "desk", role="supervisor")
    claim: Json = {"desk_id": "12", "user": HOSTILE, "id": uuid(3, 1), "fence": 1, "since": ago(9), "stale": True}
    evening.region.put(
        "call",
        {**call(351, "m 3", HOSTILE, HOSTILE, wait=80), "claim": claim, "state": "claimed", "number": HOSTILE},
        {**call(362, "m 3", HOSTILE, HOSTILE, pre="U1", wait=80), "number": HOSTILE},
    )
    evening.region.put(
        "desk", {**desks()[1], "user_name": HOSTILE, "role": HOSTILE, "alert": HOSTILE, "undelivered": HOSTILE}
    )
    evening.region.put("notice", {"id": uuid(5, 3), "text": HOSTILE, "kind": "grip", "at": HOSTILE, "by": HOSTILE})
    evening.region.put("handoff", handoff(370, f"m {3}", HOSTILE, HOSTILE, accepted_after=None, pressed=90))
    async with console_on(evening, size) as console:
        await console.press("f5")
        for _ in range(30):
            await console.press("down")
        for name in ("o", "w", "h", "enter"):
            await console.press(name, "escape")
        assert console.app.is_running
        assert not {"\x1b", "\x07", "‮", "\n"} & set("".join(console.lines))
        assert all(len(line) == size[0] for line in console.lines)
    evening.close()


# -- small things ------------------------------------------------------------------------------------------------------


async def test_every_key_of_regie_has_its_action(evening: Evening) -> None:
    async with console_on(evening) as console:
        screen = console.app.place("regie")
        for entry in keys_of("regie", "prompt", "handoff"):
            assert hasattr(screen, f"action_{entry.id}"), entry.id


async def test_a_new_console_comes_back_to_regie(evening: Evening) -> None:
    async with console_on(evening) as console:
        await console.press("f5")
    async with console_on(evening) as console:
        assert isinstance(console.app.here, RegieScreen)
        assert "DESKS" in console.text


@pytest.mark.parametrize(("text", "name"), [("1", "U1"), (" u2 ", "U2"), ("U0", "U0"), ("6", ""), ("u", ""), ("", "")])
def test_an_urgency_as_it_is_typed(text: str, name: str) -> None:
    found = urgency_typed(text)
    assert (found.name if found is not None else "") == name


def test_a_desk_as_it_is_typed(evening: Evening) -> None:
    rows = evening.desk.desks()
    assert [getattr(desk_typed(text, rows), "id", None) for text in ("05", "5", "12", "2", "", "0")] == [
        "05", "05", "12", None, None, None,
    ]  # fmt: skip
    assert evening.clock.now() == START

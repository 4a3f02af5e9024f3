"""Capaciteit and Plaatsing: what is known and how old it is, reporting by telephone, holding a place, who said yes."""

from __future__ import annotations

import pytest

from tests.pilot.driving import BOTH, Console, console_on
from tests.pilot.evening import Evening, unit, uuid
from zcc_console.core.jsontypes import JsonObject, as_object
from zcc_console.screens.capacity import CapacityScreen, read_report
from zcc_console.screens.placement import PlacementScreen

OWN = uuid(1, 347)
UNITS = {name: uuid(2, number) for number, name in enumerate(("", "rav", "stop", "oosterwal", "veenpoort"))}


def capacity_of(console: Console) -> CapacityScreen:
    """The capacity screen."""
    screen = console.app.place("capacity")
    assert isinstance(screen, CapacityScreen)
    return screen


def placement_of(console: Console) -> PlacementScreen:
    """The placement screen."""
    screen = console.app.place("placement")
    assert isinstance(screen, PlacementScreen)
    return screen


def sent(evening: Evening, kind: str) -> list[JsonObject]:
    """The data of the commands of a kind that wait for an answer."""
    return [as_object(row.body.get("data")) for row in evening.desk.journal.outbox("pending") if row.type == kind]


# -- what it shows -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", BOTH)
async def test_every_category_and_the_neighbours_are_there_with_telephone_and_age(
    evening: Evening, size: tuple[int, int]
) -> None:
    async with console_on(evening, size) as console:
        await console.press("f4")
        seen = console.text
        await console.press("end")
        seen += console.text
        for kind in ("RAV", "HAP", "huisarts", "SEH", "wijkvpl", "apotheek", "ggz", "ELV", "GRZ", "crisis VV",
                     "crisis GZ", "geboorte", "buur SEH"):  # fmt: skip
            assert f" {kind} " in seen or f"▌{kind} " in seen, kind
        assert "088 555 0 303" in seen
        assert "7/23 open" in seen
        assert "11:00~" in seen


@pytest.mark.parametrize("size", BOTH)
async def test_an_unknown_number_is_nowhere_and_its_detail_says_not_to_use_it(
    evening: Evening, size: tuple[int, int]
) -> None:
    async with console_on(evening, size) as console:
        await console.press("f4")
        capacity_of(console).view.choose(uuid(2, 12))
        await console.press("down", "up")
        line = console.line_with("▌ELV")
        assert "52:00?" in line
        assert " 2 " not in line.replace("088 555 0 312", "")
        assert "onbekend: niet gebruiken, bel" in console.text


async def test_a_stop_has_its_reason_and_end_on_its_line(evening: Evening) -> None:
    async with console_on(evening) as console:
        await console.press("f4")
        assert "STOP   piek, tot 23:30" in console.line_with("SEH       Rijnstroom")


async def test_numbers_grow_old_before_ones_eyes(evening: Evening) -> None:
    async with console_on(evening) as console:
        await console.press("f4")
        assert "4 open" in console.line_with("Oosterwal")
        await console.pull(1000)
        assert "~" in console.line_with("Oosterwal")
        await console.pull(2000)
        assert "4 open" not in console.line_with("Oosterwal")
        assert "?" in console.line_with("Oosterwal")


async def test_kinds_areas_and_words_filter_and_escape_shows_all_again(evening: Evening) -> None:
    async with console_on(evening) as console:
        await console.press("f4", "right", "right")
        assert "─ CAPACITEIT  2 " in console.text
        assert "huisartsenpost" in console.lines[1]
        await console.press("left", "left", "f", "f")
        assert "buren" in console.lines[1]
        assert "─ CAPACITEIT  1 " in console.text
        await console.press("escape", "slash")
        await console.type("rijn")
        assert "Oosterwal" not in console.text
        await console.press("enter", "escape")
        assert "─ CAPACITEIT  17 " in console.text


async def test_z_sorts_by_room_distance_and_age(evening: Evening) -> None:
    async with console_on(evening) as console:
        await console.press("down", "enter", "f4", "z")
        assert "op afstand" in console.lines[1]
        await console.press("z")
        assert "op ruimte" in console.lines[1]
        rows = [entry.has_room for entry in capacity_of(console).units()]
        assert rows == sorted(rows, reverse=True)
        await console.press("z")
        ages = [entry.age_s for entry in capacity_of(console).units() if entry.age_s is not None]
        assert ages == sorted(ages, reverse=True)


async def test_the_choice_stays_on_its_unit_when_others_come(evening: Evening) -> None:
    async with console_on(evening) as console:
        await console.press("f4", "down", "down", "down")
        chosen = capacity_of(console).view.selected
        evening.region.put("capacity", unit(90, "rav", "Aaneen", "Leiden", 3, age=0))
        await console.pull()
        assert capacity_of(console).view.selected == chosen


# -- reporting ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "free", "status"),
    [("4", 4, "open"), ("0", 0, "open"), ("stop", 0, "stop"), ("druk 2", 2, "pressure"), ("?", None, "unknown")],
)
async def test_a_report_by_telephone_is_recorded_with_who_said_so(
    evening: Evening, typed: str, free: int | None, status: str
) -> None:
    async with console_on(evening) as console:
        await console.press("f4")
        capacity_of(console).view.choose(UNITS["oosterwal"])
        await console.press("i")
        await console.type(typed)
        await console.press("enter")
        await console.type("mw. Bakker")
        await console.press("enter")
        [data] = sent(evening, "capacity.report")
        assert (data["unit"], data["free"], data["status"], data["said_by"]) == (
            UNITS["oosterwal"],
            free,
            status,
            "mw. Bakker",
        )
        assert "mw. Bakker" in console.said


async def test_a_report_is_not_shown_before_the_region_has_it(evening: Evening) -> None:
    async with console_on(evening) as console:
        await console.press("f4")
        capacity_of(console).view.choose(UNITS["oosterwal"])
        await console.press("i", "9", "enter", "x", "enter")
        assert "4 open" in console.line_with("Oosterwal")


@pytest.mark.parametrize("typed", ["veel", "-1", "4 5", "stop nu", "99999"])
async def test_a_report_that_is_no_report_changes_nothing(evening: Evening, typed: str) -> None:
    assert read_report(typed) is None
    async with console_on(evening) as console:
        await console.press("f4", "i")
        await console.pilot.press(*[{" ": "space", "-": "minus"}.get(char, char) for char in typed])
        await console.press("enter")
        assert "Niet begrepen" in console.said
        assert evening.desk.undelivered() == 0


# -- holding a place ---------------------------------------------------------------------------------------------------


async def test_enter_holds_a_place_for_the_open_call_and_does_not_call_it_arranged(evening: Evening) -> None:
    async with console_on(evening) as console:
        await console.press("down", "enter", "f4")
        capacity_of(console).view.choose(UNITS["oosterwal"])
        await console.press("enter")
        [data] = sent(evening, "capacity.reserve")
        assert (data["unit"], data["call_id"]) == (UNITS["oosterwal"], OWN)
        assert "nog niet zeker" in console.said


async def test_a_place_without_known_room_needs_somebody_who_said_yes(evening: Evening) -> None:
    async with console_on(evening) as console:
        await console.press("down", "enter", "f4")
        capacity_of(console).view.choose(UNITS["stop"])
        await console.press("enter")
        assert sent(evening, "capacity.reserve") == []
        await console.type("dr. Vos")
        await console.press("enter")
        [data] = sent(evening, "capacity.reserve")
        assert data["agreed_with"] == "dr. Vos"


async def test_without_an_open_call_enter_says_why_it_holds_nothing(evening: Evening) -> None:
    async with console_on(evening) as console:
        await console.press("f4", "enter")
        assert "geen oproep open" in console.said
        assert evening.desk.undelivered() == 0


async def test_the_handoff_key_acts_on_no_call_that_is_not_in_sight(evening: Evening) -> None:
    async with console_on(evening) as console:
        await console.press("f4", "f9")
        assert "niets verstuurd" in console.said
        assert evening.desk.alarms() == []


# -- placement ---------------------------------------------------------------------------------------------------------


async def test_a_professional_without_a_call_gets_one_when_a_place_is_chosen(evening: Evening) -> None:
    async with console_on(evening) as console:
        await console.press("p")
        assert "eerstelijnsverblijf" in console.text
        await console.press("enter")
        await console.pilot.press(*"m", "space", *"81", "comma", "space", *"val")
        await console.press("enter")
        [made] = sent(evening, "call.create")
        assert made["source"] == "professional"
        assert as_object(made["patient"])["age_years"] == 81
        [held] = sent(evening, "capacity.reserve")
        assert held["call_id"] == console.app.open_call
        assert "aangevraagd, nog niet zeker" in console.text


async def test_a_held_place_is_confirmed_with_a_name_and_shown_as_promised_only_by_the_region(evening: Evening) -> None:
    async with console_on(evening) as console:
        await console.press("down", "enter", "f2", "p")
        reservation: JsonObject = {
            "id": uuid(6, 1), "unit_id": uuid(2, 11), "count": 1, "call_id": OWN, "until": None, "state": "held",
            "agreed_with": None, "desk_id": "07", "user": "s.devries", "at": None, "confirmed_at": None,
            "reason": None, "overbooked": False,
        }  # fmt: skip
        evening.region.put("reservation", reservation)
        await console.pull()
        assert "vastgehouden, nog niet toegezegd" in console.text
        await console.press("v")
        await console.type("zuster Tan")
        await console.press("enter")
        [data] = sent(evening, "capacity.confirm")
        assert (data["reservation"], data["agreed_with"]) == (uuid(6, 1), "zuster Tan")
        assert "nog niet toegezegd" in console.text
        evening.region.change("reservation", uuid(6, 1), state="confirmed", agreed_with="zuster Tan")
        await console.pull()
        assert "toegezegd  door zuster Tan" in console.text


async def test_a_held_place_is_given_back_with_a_reason(evening: Evening) -> None:
    async with console_on(evening) as console:
        await console.press("down", "enter", "f2", "p", "enter")
        await console.press("l", "2", "enter")
        [data] = sent(evening, "capacity.release")
        assert data["reason"] == "niet meer nodig"


async def test_the_arrows_turn_to_other_kinds_of_care(evening: Evening) -> None:
    async with console_on(evening) as console:
        await console.press("p", "right")
        assert "geriatrische revalidatie" in console.text
        assert "Rijnhof" in console.text
        await console.press("left", "left")
        assert "acute ggz" in console.text
        assert placement_of(console).category == "ggz"

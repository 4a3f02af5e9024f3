"""Nieuwe melding and Sleuteltest: nothing is compulsory, nothing typed is lost, and the handoff key is never in the way."""

from __future__ import annotations

import pytest

from tests.pilot.driving import BOTH, Console, console_on
from tests.pilot.evening import Evening, uuid
from zcc_console.core.jsontypes import as_object
from zcc_console.screens.newcall import call_fields, sex_and_age

OWN = uuid(1, 347)


async def fill_in(console: Console) -> None:
    """Type a call."""
    await console.press("m")
    await console.type("benauwd na wespensteek")
    await console.press("tab")
    await console.type("v 34")
    for _ in range(3):
        await console.press("enter")
    await console.type("Gouda")


@pytest.mark.parametrize("size", BOTH)
async def test_a_new_call_is_recorded_and_opened(evening: Evening, size: tuple[int, int]) -> None:
    async with console_on(evening, size) as console:
        await fill_in(console)
        await console.press("ctrl+s")
        assert console.app.here is console.app.place("triage")
        assert console.app.open_call is not None
        row = evening.desk.row(console.app.open_call)
        assert row is not None
        assert (row.number, row.reason, row.who, row.town) == ("07-1", "benauwd na wespensteek", "v 34", "Gouda")
        assert row.claim is not None
        assert row.claim.own


async def test_an_empty_new_call_may_be_recorded(evening: Evening) -> None:
    async with console_on(evening) as console:
        await console.press("m", "ctrl+s")
        assert console.app.open_call is not None


@pytest.mark.parametrize("trigger", ["f9", "ctrl+g"])
async def test_the_handoff_key_hands_over_what_is_typed_so_far(evening: Evening, trigger: str) -> None:
    async with console_on(evening) as console:
        await fill_in(console)
        await console.press(trigger)
        [view] = evening.desk.alarms()
        assert view.call_id == console.app.open_call
        assert view.town == "Gouda"
        row = evening.desk.row(view.call_id)
        assert row is not None
        assert row.reason == "benauwd na wespensteek"


async def test_a_held_handoff_key_on_a_new_call_makes_one_call_and_one_handoff(evening: Evening) -> None:
    async with console_on(evening) as console:
        await fill_in(console)
        await console.press(*["f9"] * 10)
        assert len(evening.desk.alarms()) == 1
        assert [row.type for row in evening.desk.journal.outbox("pending")] == ["call.create", "call.claim"]


async def test_a_half_typed_call_survives_leaving_the_screen_and_the_console(evening: Evening) -> None:
    async with console_on(evening) as console:
        await fill_in(console)
        await console.press("escape")
        assert console.app.here is console.app.place("queue")
        await console.press("m")
        assert "benauwd na wespensteek" in console.text
        await console.pull(1)
    async with console_on(evening) as console:
        await console.press("m")
        assert "benauwd na wespensteek" in console.text
        assert "Gouda" in console.line_with(" plaats ")


async def test_keys_of_other_screens_are_letters_in_the_form(evening: Evening) -> None:
    async with console_on(evening) as console:
        await console.press("m")
        await console.type("nxols?/")
        assert "nxols?/" in console.line_with("reden")
        assert evening.desk.undelivered() == 0


@pytest.mark.parametrize(
    ("text", "sex", "age"),
    [
        ("v 67", "v", 67),
        ("67 v", "v", 67),
        ("m 7 mnd", "m", 0.583),
        ("3 dgn", None, 0.008),
        ("x", "x", None),
        ("", None, None),
        ("onbekend", None, None),
        ("man 45", None, 45),
    ],
)
def test_sex_and_age_are_read_as_people_write_them(text: str, sex: str | None, age: float | None) -> None:
    assert sex_and_age(text) == (sex, age)


def test_what_is_not_said_is_null_and_not_invented() -> None:
    fields = call_fields({}, "2026-11-21T21:41:07.000Z")
    assert fields["reason"] is None
    assert fields["pre_urgency"] is None
    assert set(as_object(fields["location"]).values()) == {None}
    assert as_object(fields["caller"])["with_patient"] is None


def test_a_street_with_its_number_is_split() -> None:
    place = as_object(call_fields({"street": "Lange Dijk 12a"}, "")["location"])
    assert (place["street"], place["house_number"]) == ("Lange Dijk", "12a")
    place = as_object(call_fields({"street": "Lange Dijk"}, "")["location"])
    assert (place["street"], place["house_number"]) == ("Lange Dijk", None)


# -- the key test ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", BOTH)
async def test_each_trigger_and_each_route_is_reported_by_itself(evening: Evening, size: tuple[int, int]) -> None:
    async with console_on(evening, size) as console:
        await console.press("k")
        assert console.text.count("nog niet gedrukt") == 2
        await console.press("f9")
        assert "✓ aangekomen" in console.line_with("  F9 ")
        assert "nog niet gedrukt" in console.line_with("  Ctrl+G ")
        evening.clock.advance(4)
        await console.press("ctrl+g")
        assert "✓ aangekomen" in console.line_with("  Ctrl+G ")
        assert "onderweg" in console.line_with("route 1")
        assert "niet ingericht" in console.line_with("route 2")
        test = evening.desk.key_tests()[0]
        assert test.standing.picture is not None
        evening.desk.journal.delivered(test.standing.picture.message_id, "hub", 202)
        evening.desk.picture.touched()
        await console.pull()
        assert "✓ afgeleverd" in console.line_with("route 1")


async def test_a_key_test_is_no_handoff_of_a_call_and_raises_no_alarm(evening: Evening) -> None:
    async with console_on(evening) as console:
        await console.press("k", "f9")
        assert evening.desk.alarms() == []
        await console.pull(40)
        assert "BEL NU" not in console.text


async def test_a_held_key_is_one_test(evening: Evening) -> None:
    async with console_on(evening) as console:
        await console.press("k", *["f9"] * 20)
        assert len(evening.desk.key_tests()) == 1


async def test_with_a_call_open_the_key_hands_it_over_also_on_the_key_test(evening: Evening) -> None:
    async with console_on(evening) as console:
        await console.press("down", "enter", "f2", "k")
        assert "0347 is open" in console.text
        await console.press("f9")
        assert [view.call_id for view in evening.desk.alarms()] == [OWN]
        assert evening.desk.key_tests() == []

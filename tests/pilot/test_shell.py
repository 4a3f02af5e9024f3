"""The shell: the handoff key from everywhere, leaving, small terminals, how current the picture is, words from outside."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from textual.events import Key as KeyEvent

from tests.pilot.driving import BOTH, SMALLEST, USUAL, Console, console_on, never
from tests.pilot.evening import Evening, call, unit, uuid
from zcc_console.app import ConsoleApp
from zcc_console.core.errors import StoreError
from zcc_console.keys import ALL, KEYS, PLACES, bar_of, key, keys_of, markdown_table
from zcc_console.screens.places import MADE_BY
from zcc_console.store.locks import LEAVE, listen, notify
from zcc_console.widgets.bindings import bindings

HANDOFF_KEYS = key("handoff").keys
HELD = uuid(1, 347)
FIRST = uuid(1, 352)


# -- the handoff key ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trigger", HANDOFF_KEYS)
async def test_the_handoff_key_acts_on_the_highlighted_call_where_none_is_open(evening: Evening, trigger: str) -> None:
    async with console_on(evening) as console:
        await console.press(trigger)
        assert [view.call_id for view in evening.desk.alarms()] == [FIRST]
        assert "0352" in console.lines[1]
        assert "vastgelegd" in console.text


@pytest.mark.parametrize("trigger", HANDOFF_KEYS)
@pytest.mark.parametrize(
    "way",
    [
        (),
        ("f2",),
        ("f2", "end"),
        ("f2", "slash", "u", "5"),
        ("f2", "f7", "n", "o", "t", "e"),
        ("f4",),
        ("f4", "slash", "x"),
        ("f4", "i"),
        ("f2", "question_mark"),
        ("f2", "k"),
        ("f2", "m"),
        ("f2", "p"),
    ],
)
async def test_the_handoff_key_acts_on_the_open_call_from_every_screen_and_question(
    evening: Evening, trigger: str, way: tuple[str, ...]
) -> None:
    async with console_on(evening) as console:
        await console.press("down", "enter")
        assert console.app.open_call == HELD
        await console.press(*way, trigger)
        assert [view.call_id for view in evening.desk.alarms()] == [HELD]


async def test_a_held_handoff_key_makes_one_handoff_and_says_where_it_stands(evening: Evening) -> None:
    async with console_on(evening) as console:
        await console.press(*["f9"] * 30)
        assert [len(view.message) > 0 for view in evening.desk.alarms()] == [True]
        assert evening.desk.undelivered() == 1
        await console.press("ctrl+g")
        assert "nog niet verzonden" in console.text


async def test_the_key_bar_names_the_call_that_the_handoff_key_acts_on(evening: Evening) -> None:
    async with console_on(evening) as console:
        assert "NAAR RAV 0352" in console.lines[-1]
        await console.press("down", "enter")
        assert "NAAR RAV 0347" in console.lines[-1]
        await console.press("f2", "end")
        assert "NAAR RAV 0347" in console.lines[-1]


async def test_a_press_that_is_not_durable_puts_the_voice_card_up_at_once(
    evening: Evening, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(call_id: str) -> None:
        raise StoreError("Niet vastgelegd: de schijf is vol.")

    async with console_on(evening) as console:
        monkeypatch.setattr(evening.desk, "press_handoff", fail)
        await console.press("f9")
        assert "BEL NU" in console.text
        assert "088 555 0 112" in console.text


async def test_without_any_call_the_handoff_key_says_that_nothing_was_sent(tmp_path: Path) -> None:
    evening = Evening.open(tmp_path / "empty", filled=False)
    async with console_on(evening) as console:
        await console.press("f9")
        assert "niets verstuurd" in console.said
        assert evening.desk.undelivered() == 0
    evening.close()


async def test_a_burst_of_keys_is_taken_in_order_and_takes_no_call(evening: Evening) -> None:
    async with console_on(evening) as console:
        for name, character in (("slash", "/"), ("n", "n"), ("enter", "\r")):
            console.app.post_message(KeyEvent(name, character))
        await console.settle()
        assert console.app.open_call is None
        assert evening.desk.undelivered() == 0


# -- the key table -----------------------------------------------------------------------------------------------------


def test_every_key_of_a_place_means_one_thing_there() -> None:
    for place in PLACES:
        seen: dict[str, str] = {}
        for entry in keys_of(place):
            for name in entry.keys:
                assert seen.setdefault(name, entry.id) == entry.id, f"{place}: {name} is {seen[name]} and {entry.id}"


def test_no_place_takes_a_key_that_works_everywhere_but_the_one_that_goes_back() -> None:
    everywhere = {name for entry in KEYS if ALL in entry.where for name in entry.keys}
    for entry in KEYS:
        if ALL not in entry.where and entry.id not in ("close", "voice_aside"):  # these make way for them
            assert not everywhere & set(entry.keys), entry.id


@pytest.mark.parametrize("start", ["f2", "f4", "f5", "question_mark", "m", "slash"])
@pytest.mark.parametrize("place", ["queue", "triage", "capacity", "regie", "handoffs"])
async def test_each_way_to_press_a_place_leads_there_from_everywhere(evening: Evening, start: str, place: str) -> None:
    async with console_on(evening) as console:
        for name in key(place).keys:
            await console.press("f2", "down", "down", "up", "enter", "f2", start, name)
            assert console.app.here is console.app.place(place), name


async def test_f2_on_the_queue_shows_all_calls_again(evening: Evening) -> None:
    async with console_on(evening) as console:
        await console.press("slash", "u", "5", "enter")
        assert "gevonden" in console.lines[1]
        await console.press("ctrl+l")
        assert "gevonden" not in console.lines[1]


def test_every_function_key_has_a_twin_that_cannot_be_split() -> None:
    for entry in KEYS:
        if entry.keys[0].startswith("f") and entry.keys[0][1:].isdecimal():
            assert any(name.startswith("ctrl+") for name in entry.keys), entry.id


@pytest.mark.parametrize(
    "place", ["queue", "capacity", "help", "keytest", "settle", "newcall", "placement", "regie", "handoffs"]
)
async def test_every_key_of_a_screen_has_its_action(evening: Evening, place: str) -> None:
    async with console_on(evening) as console:
        screen = console.app.place(place)
        for entry in keys_of(place, "prompt", "handoff"):
            assert hasattr(screen, f"action_{entry.id}"), entry.id
        for entry in keys_of(ALL):
            assert hasattr(console.app, f"action_{entry.id}"), entry.id


def test_bindings_and_key_bar_and_readme_come_from_the_one_table() -> None:
    assert {binding.action for binding in bindings("queue") if not isinstance(binding, tuple)} == {
        entry.id for entry in keys_of("queue")
    }
    assert all(entry in KEYS for place in PLACES for entry in bar_of(place))
    assert all(f"| `{entry.shown}` |" in markdown_table() for entry in KEYS)


@pytest.mark.parametrize("size", BOTH)
async def test_help_names_every_key_of_the_screen_it_was_opened_from(evening: Evening, size: tuple[int, int]) -> None:
    async with console_on(evening, size) as console:
        await console.press("f4", "question_mark")
        seen = console.text
        for _ in range(8):
            await console.press("pagedown")
            seen += console.text
        assert all(entry.label in seen for entry in (*keys_of("capacity"), *keys_of(ALL)))
        await console.press("escape")
        assert console.app.here is console.app.place("capacity")


async def test_opening_help_does_not_change_whom_the_handoff_key_is_about(evening: Evening) -> None:
    async with console_on(evening) as console:
        await console.press("down", "question_mark", "f9")
        assert [view.call_id for view in evening.desk.alarms()] == [HELD]


# -- leaving -----------------------------------------------------------------------------------------------------------


async def test_one_ctrl_q_stays_and_says_what_is_not_delivered(evening: Evening) -> None:
    async with console_on(evening) as console:
        await console.press("enter", "f2", "ctrl+q")
        assert console.app.is_running
        assert "1 nog niet bezorgd" in console.said
        assert "Ctrl+Q" in console.said


async def test_ctrl_q_with_an_open_handoff_says_whom_to_telephone(evening: Evening) -> None:
    async with console_on(evening) as console:
        await console.press("f9", "ctrl+q")
        assert console.app.is_running
        assert "NIET GEACCEPTEERD: 0352" in console.said
        assert "088 555 0 112" in console.said


async def test_a_second_ctrl_q_within_three_seconds_leaves(evening: Evening) -> None:
    async with console_on(evening) as console:
        await console.press("f9", "ctrl+q")
        evening.clock.advance(2)
        await console.pilot.press("ctrl+q")
        assert console.app.return_code == 0
        assert "Nog niet bezorgd: " in console.app.parting


async def test_a_second_ctrl_q_after_three_seconds_only_asks_again(evening: Evening) -> None:
    async with console_on(evening) as console:
        await console.press("ctrl+q")
        evening.clock.advance(3.5)
        await console.press("ctrl+q")
        assert console.app.is_running


async def test_ctrl_q_is_guarded_while_something_is_typed(evening: Evening) -> None:
    async with console_on(evening) as console:
        await console.press("slash", "a", "ctrl+q")
        assert console.app.is_running


async def test_a_console_that_is_asked_to_leave_does_so_with_a_sentence(evening: Evening) -> None:
    path = evening.desk.profile.state_dir / "console.sock"
    receiver = listen(path)
    app = ConsoleApp(evening.desk, receiver=receiver, run_late=never)
    async with app.run_test(size=USUAL) as pilot:
        await pilot.pause()
        assert notify(path, LEAVE)
        while app.is_running and app.return_code is None:
            await pilot.pause(0.01)
        assert "verderop geopend" in app.parting
    receiver.close()


async def test_a_wake_up_brings_what_the_courier_wrote_to_the_screen(evening: Evening) -> None:
    path = evening.desk.profile.state_dir / "console.sock"
    receiver = listen(path)
    app = ConsoleApp(evening.desk, receiver=receiver, run_late=never)
    async with app.run_test(size=USUAL) as pilot:
        console = Console(app, pilot, evening)
        await console.settle()
        evening.region.put("call", call(399, "v 20", "net binnengekomen", "Delft", pre="U1", wait=1))
        socket_there: socket.socket = receiver
        assert notify(path)
        assert socket_there.fileno() >= 0
        while "net binnengekomen" not in console.text:
            await pilot.pause(0.01)
    receiver.close()


async def test_the_next_console_stands_where_the_last_one_stood(evening: Evening) -> None:
    async with console_on(evening) as console:
        await console.press("down", "enter", "f4")
    async with console_on(evening) as console:
        assert console.app.open_call == HELD
        assert console.app.here is console.app.place("capacity")
        await console.press("f2")
        assert "WACHTRIJ" in console.text
        await console.press("f3")
        assert "0347" in console.lines[1]


async def test_screens_are_made_once_and_kept(evening: Evening) -> None:
    async with console_on(evening) as console:
        places = [name for name in MADE_BY if name != "triage"]
        before = {name: console.app.place(name) for name in places}
        for _ in range(3):
            for name in ("capacity", "queue", "help", "newcall", "settle", "queue"):
                console.app.go(name)
                await console.settle()
        assert all(console.app.place(name) is screen for name, screen in before.items())
        assert len(console.app.screen_stack) <= 2


# -- a terminal that is too small --------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(60, 20), (79, 24), (80, 23), (40, 3), (30, 1)])
async def test_a_terminal_too_small_shows_a_plain_line_and_honours_the_handoff_key(
    evening: Evening, size: tuple[int, int]
) -> None:
    async with console_on(evening, size) as console:
        assert "F9" in console.text
        await console.press("f9")
        assert [view.call_id for view in evening.desk.alarms()] == [FIRST]
        assert "RAV 0352 vastgelegd" in console.text
        await console.pull(11)
        assert "BEL DE RAV" in console.text


async def test_a_terminal_that_grows_again_shows_the_queue_as_it_was(evening: Evening) -> None:
    async with console_on(evening) as console:
        await console.press("down", "down")
        chosen = console.app.here.highlighted() if console.app.here else None
        await console.resize(60, 20)
        assert "WACHTRIJ" not in console.text
        await console.resize(*SMALLEST)
        assert "WACHTRIJ" in console.text
        assert console.app.here is not None
        assert console.app.here.highlighted() == chosen


# -- how current it is -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", BOTH)
async def test_the_top_line_says_how_current_the_picture_is_always_with_the_age(
    evening: Evening, size: tuple[int, int]
) -> None:
    async with console_on(evening, size) as console:
        assert "● LIVE 0,0 s" in console.lines[0]
        await console.pull(20)
        assert "▲ STALE 20 s" in console.lines[0]
        await console.pull(100)
        assert "■ OFFLINE 2:00" in console.lines[0]
        evening.region.hear()
        await console.pull()
        assert "● LIVE" in console.lines[0]


async def test_a_region_never_seen_says_so(tmp_path: Path) -> None:
    evening = Evening.open(tmp_path / "new", filled=False)
    evening.region.cache.set_meta(contact=None)
    async with console_on(evening) as console:
        await console.pull()
        assert "OFFLINE nooit gezien" in console.lines[0]
    evening.close()


@pytest.mark.parametrize("size", BOTH)
async def test_the_top_line_has_who_where_and_when(evening: Evening, size: tuple[int, int]) -> None:
    async with console_on(evening, size) as console:
        top = console.lines[0]
        for text in ("zcc Hollandrijn", "desk 07", "S. de Vries", "ANW", "22:41:07", "DEMO", "↑0"):
            assert text in top
        await console.press("enter")
        assert "↑0" not in console.lines[0]


@pytest.mark.parametrize("size", [*BOTH, (100, 30), (160, 50), (200, 60)])
@pytest.mark.parametrize("keys", [(), ("f4",), ("question_mark",), ("k",), ("m",), ("p",), ("s",), ("slash",)])
async def test_every_line_of_every_screen_has_exactly_the_width(
    evening: Evening, size: tuple[int, int], keys: tuple[str, ...]
) -> None:
    async with console_on(evening, size) as console:
        await console.press(*keys)
        strips = console.app.screen._compositor.render_strips()
        assert [strip.cell_length for strip in strips] == [size[0]] * size[1]
        assert "NAAR RAV" in console.lines[-1]


# -- words from outside ------------------------------------------------------------------------------------------------

HOSTILE = (
    "[@click=app.quit]klik[/] [/b] [red]x",
    "\x1b[2J\x1b]52;c;ZXZpbA==\x07weg",
    "\x9b31m rood \u202eomgekeerd \u200bniets",
    "a" + "\u0301" * 500,
    "日本語の患者 العربية",
    "\r\nregel\ttab\x00\x0e\x7f",
)


@pytest.mark.parametrize("size", BOTH)
@pytest.mark.parametrize("words", HOSTILE)
async def test_words_from_outside_are_shown_and_never_obeyed(
    evening: Evening, size: tuple[int, int], words: str
) -> None:
    evening.region.put(
        "call",
        call(399, "v 20", words, words, pre="U0", wait=1, alerts=[words], caller={"name": words, "relation": words},
             callback_number=words, patient={"name": words, "sex": words, "age_years": words}),
    )  # fmt: skip
    evening.region.put("capacity", unit(1, "rav", words, words, 3, age=1, label=words, phone=words, reason=words))
    evening.region.put("notice", {"id": uuid(5, 9), "text": words, "kind": "info", "at": None, "by": words})
    evening.region.put("desk", {"id": "12", "user": words, "user_name": words, "role": "x", "state": "present"})
    async with console_on(evening, size) as console:
        for keys in ((), ("f9",), ("f4",), ("f2", "p"), ("f2", "x"), ("question_mark",)):
            await console.press(*keys)
            for strip in console.app.screen._compositor.render_strips():
                assert strip.cell_length == size[0]
                for segment in strip:
                    assert all(char.isprintable() for char in segment.text), repr(segment.text)
                    assert segment.style is None or not segment.style.meta

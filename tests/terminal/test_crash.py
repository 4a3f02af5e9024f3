"""An exception ends the desk with one line that says where, and never with a word about a patient."""

from __future__ import annotations

import asyncio

import pytest
from textual.app import ComposeResult
from textual.widgets import Input, TextArea
from textual.worker import WorkerFailed

from tests.terminal.conftest import StartProgram
from tests.terminal.programs.echo_keys import SECRET
from tests.terminal.ptykit import F2, F3, F4, F5, F6, F9
from zcc_console.terminal.crash import CRASHED, describe, farewell_line
from zcc_console.terminal.desk_app import DeskApp


@pytest.mark.parametrize("key", [F2, F3, F4], ids=["action", "worker", "thread worker"])
def test_a_crash_is_one_line_with_type_and_place_and_nothing_of_the_patient(echo: StartProgram, key: bytes) -> None:
    desk = echo(ECHO_CRASH=1, columns=600)
    desk.send(key)
    assert desk.wait_exit() == 70
    shown = desk.text().strip()
    assert "\n" not in shown
    assert "ValueError (tests/terminal/programs/echo_keys.py:" in shown
    assert "Start opnieuw met: zcc-console console" in shown
    assert SECRET.encode() not in desk.raw()
    assert b"niet lezen" not in desk.raw()
    assert b"Traceback" not in desk.raw()
    assert desk.modes() == {7, 25}
    assert desk.tty_is_sane()


def test_a_mishap_in_a_callback_of_the_loop_does_not_end_the_desk_and_is_named_afterwards(echo: StartProgram) -> None:
    desk = echo(ECHO_CRASH=1, columns=600)
    desk.send(F5 + F9)
    desk.wait_for("handoffs=1 ")
    desk.send(F6)
    assert desk.wait_exit() == 0
    assert desk.text().strip().startswith("zcc-console, intern: ValueError (tests/terminal/programs/echo_keys.py:")
    assert SECRET.encode() not in desk.raw()


class Failing(DeskApp):
    """Fails before there is a screen."""

    def compose(self) -> ComposeResult:
        """Fail with patient data."""
        raise LookupError(SECRET)


async def test_a_crash_in_compose_has_code_seventy_and_is_raised_again_for_a_test() -> None:
    app = Failing()
    with pytest.raises(LookupError):
        async with app.run_test():
            pass
    assert app.return_code == CRASHED
    assert app.crash is not None
    assert app.crash.kind == "LookupError"
    assert SECRET not in farewell_line(app.crash)


def raised(error: BaseException) -> BaseException:
    try:
        raise error
    except BaseException as caught:
        return caught


def test_the_description_holds_type_and_innermost_places_only() -> None:
    crash = describe(raised(ValueError(SECRET)))
    assert crash.kind == "ValueError"
    assert crash.places[0].startswith("tests/terminal/test_crash.py:")
    assert crash.places[0].endswith(" raised")
    assert SECRET not in crash.line()


def test_of_a_group_the_first_is_described() -> None:
    assert describe(ExceptionGroup(SECRET, [KeyError(SECRET), ValueError()])).kind == "KeyError"


def test_an_exception_that_was_never_raised_has_no_place() -> None:
    assert describe(TypeError()).line() == "TypeError"


async def test_a_failed_worker_is_described_by_what_failed_in_it() -> None:
    app = DeskApp()
    with pytest.raises(WorkerFailed):
        async with app.run_test():
            app._handle_exception(WorkerFailed(KeyError(SECRET)))
    assert app.crash is not None
    assert app.crash.kind == "KeyError"


class Fields(DeskApp):
    """Two fields to write in."""

    def compose(self) -> ComposeResult:
        """An input and a larger one."""
        yield Input()
        yield TextArea()


async def test_no_cursor_blinks() -> None:
    app = Fields()
    async with app.run_test() as pilot:
        for field in (app.query_one(Input), app.query_one(TextArea)):
            field.focus()
            await pilot.pause()
            assert field.cursor_blink is False


async def test_what_is_copied_stays_inside_and_can_be_pasted() -> None:
    app = Fields()
    async with app.run_test() as pilot:
        field = app.query_one(Input)
        field.value = "notitie"
        field.focus()
        await pilot.press("home", "shift+end", "ctrl+c")
        assert app.clipboard == "notitie"


def test_what_is_copied_does_not_reach_the_terminal(echo: StartProgram) -> None:
    desk = echo(ECHO_INPUT=1)
    desk.send(b"geheim")
    desk.wait_for("geheim")
    desk.send(b"\x1b[H\x1b[1;2F\x03" + F9)
    desk.wait_for("handoffs=1 ")
    assert b"\x1b]52" not in desk.raw()


async def test_there_is_no_palette_no_toast_and_nothing_moves() -> None:
    app = Fields()
    async with app.run_test() as pilot:
        await pilot.press("ctrl+p")
        app.notify("woord", title="x", severity="error", timeout=1)
        await pilot.pause()
        assert len(app.screen_stack) == 1
        assert len(app._notifications) == 0
        assert app.animation_level == "none"
        assert app.active_bindings["ctrl+q"].binding.action == "guarded_quit"
        await pilot.press("ctrl+q")
        await asyncio.sleep(0)
        assert app.is_running

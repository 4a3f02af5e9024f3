"""What is checked, cleaned and said before the desk starts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.terminal.conftest import ROOT, StartProgram
from tests.unit.desk.conftest import write_profile
from zcc_console.terminal import still
from zcc_console.terminal.environment import TerminalUnfit, check_terminal, clean_environment
from zcc_console.terminal.sizes import SMALLEST, Size, is_too_small, terminal_size, too_small_line
from zcc_console.text import cells

CONSOLE = [sys.executable, "-m", "zcc_console", "console", "--profile"]


def test_textuals_switches_do_not_reach_the_desk() -> None:
    dirty = {
        "TEXTUAL_DEBUG": "1",
        "TEXTUAL_DRIVER": "x:y",
        "TEXTUAL": "devtools",
        "TEXTUAL_PRESS": "f9",
        "TERM": "xterm",
    }
    assert clean_environment(dirty) == {"TERM": "xterm", "TEXTUAL_ANIMATIONS": "none", "TEXTUAL_SMOOTH_SCROLL": "0"}


def test_a_size_from_the_environment_does_not_win_over_the_terminals_own() -> None:
    assert not {"COLUMNS", "LINES"} & clean_environment({"COLUMNS": "80", "LINES": "24", "TERM": "xterm"}).keys()


def test_other_variables_are_kept() -> None:
    assert clean_environment({"HOME": "/h", "TERM": "xterm", "NO_COLOR": "1"}).items() >= {
        ("HOME", "/h"),
        ("NO_COLOR", "1"),
    }


def test_an_empty_no_color_is_no_wish() -> None:
    assert "NO_COLOR" not in clean_environment({"NO_COLOR": "", "TERM": "xterm"})


@pytest.mark.parametrize("term", ["", "unknown", "dumb"])
def test_a_terminal_of_unknown_kind_gets_sixteen_colours_at_most(term: str) -> None:
    assert clean_environment({"TERM": term})["TEXTUAL_COLOR_SYSTEM"] == "standard"


def test_without_a_terminal_the_desk_does_not_start() -> None:
    with open("/dev/null", "rb") as nothing, pytest.raises(TerminalUnfit, match="zcc-console plain"):  # noqa: PTH123
        check_terminal({"TERM": "xterm"}, nothing.fileno(), nothing.fileno())


def test_nothing_of_the_folder_a_person_stands_in_is_imported(start: StartProgram, tmp_path: Path) -> None:
    for name in ("sqlcipher3", "textual", "tomllib", "gc", "platform"):
        (tmp_path / f"{name}.py").write_text("print('UIT DEZE MAP')\nraise SystemExit(9)\n", encoding="utf-8")
    (tmp_path / "profile.toml").write_text("[desk]\n", encoding="utf-8")
    desk = start([*CONSOLE, "profile.toml"], cwd=tmp_path, columns=200)
    assert desk.wait_exit() == 78
    assert "profile.toml" in desk.text()
    assert "UIT DEZE MAP" not in desk.text()


def test_a_desk_that_cannot_start_says_why_on_a_terminal_as_it_was(start: StartProgram, tmp_path: Path) -> None:
    desk = start([*CONSOLE, str(tmp_path / "nee.toml")], columns=200)
    assert desk.wait_exit() == 78
    assert "nee.toml bestaat niet" in desk.text()
    assert desk.modes() == {7, 25}
    assert desk.tty_is_sane()


def test_a_dumb_terminal_is_refused_with_a_way_out(start: StartProgram, tmp_path: Path) -> None:
    profile = write_profile(tmp_path)
    desk = start([*CONSOLE, str(profile.path)], term="dumb", columns=200)
    assert desk.wait_exit() == 69
    assert "TERM=dumb" in desk.text()
    assert "Gebruik de regelmodus: zcc-console plain" in desk.text()
    assert b"\x1b" not in desk.raw()


def test_the_console_knows_no_ssl() -> None:
    look = "import sys, zcc_console.start as s; s.keep_out_of_the_way(); import asyncio; print(asyncio.sslproto.ssl)"
    done = subprocess.run([sys.executable, "-P", "-c", look], capture_output=True, text=True, check=True)
    assert done.stdout == "None\n"


# -- sizes ---------------------------------------------------------------------------------------------------------


def test_eighty_by_twenty_four_is_large_enough_and_less_is_not() -> None:
    assert not is_too_small(SMALLEST)
    assert is_too_small(Size(79, 24))
    assert is_too_small(Size(80, 23))


@given(st.integers(0, 200), st.integers(0, 60))
def test_the_line_of_a_small_terminal_is_as_wide_as_it_and_begins_with_the_keys(columns: int, rows: int) -> None:
    line = too_small_line(Size(columns, rows))
    assert cells(line) == columns
    assert columns < 25 or line.startswith("F9 of Ctrl+G = NAAR RAV")


def test_a_terminal_that_does_not_say_its_size_has_the_smallest() -> None:
    with open("/dev/null", "rb") as nothing:  # noqa: PTH123
        assert terminal_size(nothing.fileno()) == SMALLEST


# -- the still frame -----------------------------------------------------------------------------------------------


def test_a_still_frame_is_there_before_textual_and_the_desk_paints_over_it_without_clearing(
    start: StartProgram,
) -> None:
    desk = start(env={"ECHO_STILL": "1"})
    desk.wait_for(r"handoffs=0 ")
    raw = desk.raw()
    assert raw.startswith(b"\x1b[?1049h\x1b[?25l\x1b[H\x1b[2Jstil beeld")
    assert raw.count(b"\x1b[?1049h") == 1
    assert "stil beeld" not in desk.text()


STILL = (
    "import sys\n"
    "from zcc_console.terminal.still import show_still\n"
    "show_still(sys.argv[1:], 1, 20, 3)\n"
    "sys.stdout.flush(); sys.stdin.readline()\n"
    "assert 'textual' not in sys.modules and 'rich' not in sys.modules\n"
)


def test_a_still_frame_is_cut_to_the_terminal_and_cleaned_and_needs_no_textual(start: StartProgram) -> None:
    lines = ["x" * 50, "rood \x1b[31m", "derde", "vierde"]
    desk = start([sys.executable, "-c", STILL, *lines], columns=20, rows=3)
    assert desk.wait_for("derde").split("\n") == ["x" * 19 + "…", "rood \ufffd[31m", "derde"]
    desk.send(b"\r")
    assert desk.wait_exit() == 0


def test_a_still_frame_on_a_terminal_that_is_gone_says_so_and_is_not_taken_over() -> None:
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        assert not still.show_still(["woord"], full.fileno(), 80, 24)
    assert not still.take_over()


def test_a_still_frame_that_no_app_took_over_is_taken_away_again(start: StartProgram) -> None:
    code = (
        "from zcc_console.terminal import still\n"
        "still.show_still(['stil beeld'], 1, 80, 24); still.withdraw(1); still.withdraw(1); print('waarom niet')"
    )
    desk = start([sys.executable, "-u", "-c", code])
    assert desk.wait_exit() == 0
    assert desk.text().split("\n")[0] == "waarom niet"
    assert desk.raw().count(b"\x1b[?1049l") == 1


@pytest.mark.parametrize(
    "module", ["text", "terminal.environment", "terminal.launch", "terminal.still", "terminal.sizes"]
)
def test_what_runs_before_the_desk_imports_neither_textual_nor_rich(module: str) -> None:
    look = f"import sys, zcc_console.{module}; print(sorted({{'textual', 'rich', 'pydantic', 'asyncio'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"

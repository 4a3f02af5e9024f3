"""The kit itself: what it says of a screen, a process and a failure can be relied on."""

from __future__ import annotations

import signal
import sys

import psutil
import pytest

from tests.terminal.conftest import StartProgram
from tests.terminal.emulator import Emulator
from tests.terminal.ptykit import wait_until

SHELL = ["/bin/sh", "-c"]


def test_what_a_program_writes_last_is_on_the_screen_after_its_end(start: StartProgram) -> None:
    desk = start([*SHELL, "printf 'een\\r\\ntwee'; exit 7"])
    assert desk.wait_exit() == 7
    assert desk.screen()[:2] == ["een", "twee"]


def test_a_killed_program_has_minus_its_signal(start: StartProgram) -> None:
    desk = start([*SHELL, "echo daar; read x"])
    desk.wait_for("daar")
    desk.kill(signal.SIGKILL)
    assert desk.wait_exit() == -9


def test_a_wait_that_fails_shows_the_screen(start: StartProgram) -> None:
    desk = start([*SHELL, "echo daar; read x"])
    desk.wait_for("daar")
    with pytest.raises(AssertionError, match=r"(?s)'elders' did not come in 0.2 s\n\[running\].*\|daar\|"):
        desk.wait_for("elders", timeout=0.2)
    with pytest.raises(AssertionError, match="stayed"):
        desk.wait_gone("daar", timeout=0.2)
    with pytest.raises(AssertionError, match="did not end"):
        desk.wait_exit(0.2)


def test_a_wait_ends_at_once_when_the_program_has_ended_without_it(start: StartProgram) -> None:
    desk = start([*SHELL, "echo weg; exit 3"])
    desk.wait_exit()
    with pytest.raises(AssertionError, match=r"(?s)the program ended\n\[ended with 3\].*\|weg\|"):
        desk.wait_for("daar", timeout=20)


@pytest.mark.parametrize("controlling", [True, False])
def test_the_terminal_is_the_controlling_one_or_not(start: StartProgram, controlling: bool) -> None:
    desk = start([*SHELL, "(: </dev/tty) 2>/dev/null && echo wel || echo niet"], controlling=controlling)
    assert desk.wait_for("wel|niet").strip() == ("wel" if controlling else "niet")


def test_closing_the_master_hangs_up_and_a_process_without_a_terminal_lives_on(start: StartProgram) -> None:
    bound = start([*SHELL, "echo daar; sleep 600"])
    free = start([*SHELL, "trap '' HUP; echo daar; sleep 600"], controlling=False)
    for desk in (bound, free):
        desk.wait_for("daar")
        desk.close_master()
    assert bound.wait_exit() == -1
    assert free.process.poll() is None


def test_the_size_and_a_new_size_reach_the_program(start: StartProgram) -> None:
    desk = start([*SHELL, "trap 'stty size' WINCH; stty size; while :; do sleep 0.02; done"], columns=90, rows=30)
    desk.wait_for("30 90")
    desk.resize(70, 20)
    desk.wait_for("20 70")


def test_the_queries_of_a_terminal_are_answered(start: StartProgram) -> None:
    ask = (
        "import os, sys, tty\n"
        "tty.setraw(0)\n"
        "os.write(1, b'\\x1b[?2026$p\\x1b[?2048$p\\x1b[c\\x1b[6n')\n"
        "got = b''\n"
        "while not got.endswith(b'R'): got += os.read(0, 100)\n"
        "print(repr(got))\n"
    )
    desk = start([sys.executable, "-c", ask], columns=200)
    desk.wait_for(r"\?2026;2\$y.*\?2048;0\$y.*\?62;22c.*1;1R")


def test_a_paused_kit_does_not_read(start: StartProgram) -> None:
    desk = start([*SHELL, "echo begin; read x; echo einde"])
    desk.wait_for("begin")
    desk.pause()
    desk.send(b"\r")
    wait_until(lambda: desk.process.poll() is not None, "it did not end")
    assert b"einde" not in desk.raw()
    desk.resume()
    desk.wait_for("einde")


def test_the_time_a_program_burns_is_counted(start: StartProgram) -> None:
    desk = start([*SHELL, "while :; do :; done"])
    wait_until(lambda: desk.cpu_seconds() > 0.05, "no time was counted")


def test_nothing_is_left_after_closing(start: StartProgram) -> None:
    desk = start([*SHELL, "sleep 600 & sleep 600"])
    wait_until(lambda: len(desk.children()) == 2, "the children did not start")
    family = [psutil.Process(desk.pid), *desk.children()]
    desk.close()
    psutil.wait_procs(family, timeout=10)
    assert not any(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in family)


def emulated(data: bytes) -> Emulator:
    emulator = Emulator(20, 4, lambda answer: None, ())
    for index in range(len(data)):
        emulator.feed(data[index : index + 1])
    return emulator


def test_the_emulator_keeps_the_main_screen_beside_the_alternate_one() -> None:
    emulator = emulated(b"hoofd\x1b[?1049h\x1b[Hander")
    assert emulator.lines()[0] == "ander"
    emulator.feed(b"\x1b[?1049l!")
    assert emulator.lines()[0] == "hoofd!"


def test_the_emulator_restores_an_old_place_when_the_alternate_screen_is_left_twice_as_xterm_does() -> None:
    assert emulated(b"\x1b[?1049h\x1b[?1049leen\r\n\x1b[?1049lX").lines()[0] == "Xen"
    assert emulated(b"\x1b[?1049h\x1b[?1049leen\r\n\x1b7\x1b[?1049lX").lines()[:2] == ["een", "X"]


def test_the_emulator_knows_which_modes_are_set() -> None:
    emulator = emulated(b"\x1b[?25l\x1b[?2004;1004h\x1b[>25u")
    assert emulator.modes == {7, 2004, 1004}
    assert emulator.kitty_flags == ["25"]
    emulator.feed(b"\x1b[<u\x1b[<u")
    assert emulator.kitty_flags == []


def test_the_emulator_forgets_a_sequence_that_was_cut_off_by_can() -> None:
    assert emulated(b"\x1b[3\x18een\x1b]0;titel\x07 twee").lines()[0] == "een twee"

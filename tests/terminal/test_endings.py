"""Every way a session can end: a code that says how, a terminal as it was, and no process that lives on."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import psutil
import pytest

from tests.terminal.conftest import ECHO, LAUNCHER, StartProgram, press
from tests.terminal.ptykit import F6, F9, Pty, wait_until

AS_IT_WAS = frozenset({7, 25})


def assert_restored(desk: Pty) -> None:
    assert desk.modes() == AS_IT_WAS
    assert desk.kitty_flags() == []
    assert desk.tty_is_sane()


@pytest.mark.parametrize(("signum", "code"), [(signal.SIGHUP, 129), (signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_the_desk_with_its_code_and_the_terminal_is_as_it_was(
    echo: StartProgram, signum: int, code: int
) -> None:
    desk = echo()
    desk.kill(signum)
    assert desk.wait_exit() == code
    assert_restored(desk)


def test_leaving_the_desk_is_code_zero(echo: StartProgram) -> None:
    desk = echo()
    desk.send(F6)
    assert desk.wait_exit() == 0
    assert_restored(desk)


def test_the_terminal_reports_pastes_but_neither_mouse_nor_focus(echo: StartProgram) -> None:
    desk = echo()
    desk.wait_modes(lambda modes: modes - {2026} == {1049, 2004})


def test_a_desk_has_no_more_threads_than_it_needs(echo: StartProgram) -> None:
    desk = echo()
    wait_until(lambda: psutil.Process(desk.pid).num_threads() == 3, "the loop, the keyboard and the writer")


@pytest.mark.parametrize("controlling", [True, False], ids=["with sighup", "without sighup"])
def test_a_dropped_line_ends_the_desk(echo: StartProgram, controlling: bool) -> None:
    desk = echo(controlling=controlling)
    desk.close_master()
    assert desk.wait_exit() == 129


def test_a_dropped_line_while_frames_are_made_ends_the_desk(echo: StartProgram) -> None:
    desk = echo(controlling=False, ECHO_PAINT="0.01")
    desk.wait_for(r"ticks=\d\d")
    desk.close_master()
    assert desk.wait_exit() == 129


def test_a_desk_that_is_stopped_and_continued_takes_the_terminal_over_anew(echo: StartProgram) -> None:
    desk = echo()
    process = psutil.Process(desk.pid)
    for round_ in (1, 2):
        desk.kill(signal.SIGSTOP)
        wait_until(lambda: process.status() == psutil.STATUS_STOPPED, "the desk did not stop")
        written = len(desk.raw())
        desk.kill(signal.SIGCONT)
        wait_until(lambda before=written: b"\x1b[?1049h" in desk.raw()[before:], "it did not come back")  # type: ignore[misc]
        desk.wait_for(r"^handoffs=\d+ ")
        desk.send(F9)
        desk.wait_for(f"handoffs={round_} ")
    assert process.num_threads() == 3
    desk.kill(signal.SIGTERM)
    assert desk.wait_exit() == 143
    assert_restored(desk)


def test_a_desk_is_not_put_in_the_background(echo: StartProgram) -> None:
    desk = echo()
    desk.kill(signal.SIGTSTP)
    desk.send(F9)
    desk.wait_for("handoffs=1 ")


# -- with the launcher ---------------------------------------------------------------------------------------------


def inner(desk: Pty) -> psutil.Process:
    """The desk that the launcher runs."""
    (only,) = desk.children()
    return only


def test_the_launcher_keeps_the_exit_code(start: StartProgram) -> None:
    for code in (0, 1, 70, 143):
        assert start([*LAUNCHER, "/bin/sh", "-c", f"exit {code}"]).wait_exit() == code


def test_the_launcher_restores_the_terminal_after_sigkill(echo: StartProgram) -> None:
    desk = echo(LAUNCHER)
    assert desk.modes() != AS_IT_WAS
    desk.kill(signal.SIGKILL, inner(desk).pid)
    assert desk.wait_exit() == 137
    assert_restored(desk)


@pytest.mark.parametrize(("signum", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_to_the_launcher_reaches_the_desk(echo: StartProgram, signum: int, code: int) -> None:
    desk = echo(LAUNCHER)
    child = inner(desk)
    desk.kill(signum)
    assert desk.wait_exit() == code
    assert not child.is_running()
    assert_restored(desk)


def test_a_dropped_line_ends_the_desk_and_the_launcher(echo: StartProgram) -> None:
    desk = echo(LAUNCHER)
    child = inner(desk)
    desk.close_master()
    assert desk.wait_exit() == 129
    assert not child.is_running()


def test_the_farewell_arrives_when_a_frozen_window_thaws(echo: StartProgram, tmp_path: Path) -> None:
    log = tmp_path / "log"
    desk = echo(LAUNCHER, ECHO_PAINT="0.01", ECHO_LOG=log)
    desk.pause()
    _, frames = press(desk, log)
    while press(desk, log)[1] < frames + 200:
        pass
    child = inner(desk)
    child.send_signal(signal.SIGTERM)
    wait_until(lambda: not _alive(child.pid), "the desk did not end")
    desk.resume()
    assert desk.wait_exit() == 143
    assert_restored(desk)


def test_the_line_about_a_crash_stays_readable_above_the_prompt(start: StartProgram) -> None:
    script = '"$@"; echo "prompt met code $?"'
    desk = start(["/bin/sh", "-c", script, "sh", *LAUNCHER, *ECHO], env={"ECHO_CRASH": "1"}, columns=300)
    desk.wait_for("handoffs=0 ")
    desk.send(b"\x1bOQ")
    desk.wait_exit()
    lines = [line for line in desk.screen() if line]
    assert lines[0].startswith("zcc-console is gestopt door een fout: ValueError (")
    assert lines[1] == "prompt met code 70"


def test_a_hangup_signal_does_not_end_the_launcher_before_its_farewell(start: StartProgram) -> None:
    desk = start([*LAUNCHER, "/bin/sh", "-c", "trap '' HUP; echo daar; read line; exit 3"])
    desk.wait_for("daar")
    desk.kill(signal.SIGHUP)
    desk.send(b"\r")
    assert desk.wait_exit() == 3
    desk.wait_raw(b"\x1b[?1049l")


def test_nothing_of_a_test_is_left_behind(start: StartProgram) -> None:
    desk = start([*LAUNCHER, "/bin/sh", "-c", "sleep 600"])
    wait_until(lambda: len(desk.children()) >= 1, "the launcher did not start its command")
    pids = [desk.pid, *(child.pid for child in desk.children())]
    desk.close()
    wait_until(lambda: not any(_alive(pid) for pid in pids), "a process lives on")


def _alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_an_idle_desk_neither_wakes_nor_writes(echo: StartProgram) -> None:
    desk = echo()

    def rested() -> bool:
        before = desk.wakeups(), len(desk.raw())
        time.sleep(1)
        return (desk.wakeups(), len(desk.raw())) == before

    wait_until(rested, "the desk does something every second")

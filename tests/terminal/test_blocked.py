"""A window that stops reading (a frozen client, a stalled line): the desk works on, and is right when it reads again."""

from __future__ import annotations

import fcntl
import os
import re
import signal
import threading
from pathlib import Path

import pytest

from tests.terminal.conftest import StartProgram, handoffs, press
from tests.terminal.ptykit import wait_until
from zcc_console.terminal.writer import Writer


def test_keys_act_while_nothing_is_read_and_the_screen_is_right_afterwards(echo: StartProgram, tmp_path: Path) -> None:
    log = tmp_path / "log"
    desk = echo(ECHO_PAINT="0.01", ECHO_LOG=log)
    desk.wait_for(r"ticks=\d\d\d")
    desk.pause()
    started, frames = press(desk, log)
    before = len(desk.raw())
    while press(desk, log)[1] < frames + 400:  # 400 frames of 1 kB and more: far more than a terminal takes unread
        pass
    presses = len(handoffs(log))
    desk.resume()
    shown = desk.wait_for(f"handoffs={presses} ")
    assert len(desk.raw()) - before < 200_000, "frames were made that nobody could see"
    shown = desk.wait_for(lambda text: len(set(filter(None, text.splitlines()[2:]))) == 1)
    assert re.search(rf"handoffs={presses} ", shown)
    assert handoffs(log)[-1][0] > started


@pytest.mark.parametrize(("signum", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_desk_nobody_reads_from_still_ends_on_a_signal_and_gives_the_keyboard_back(
    echo: StartProgram, tmp_path: Path, signum: int, code: int
) -> None:
    log = tmp_path / "log"
    desk = echo(ECHO_PAINT="0.01", ECHO_LOG=log)
    desk.pause()
    _, frames = press(desk, log)
    while press(desk, log)[1] < frames + 200:
        pass
    desk.kill(signum)
    assert desk.wait_exit(15) == code
    assert desk.tty_is_sane()


class Turns:
    """Notes each word of a writer about itself."""

    def __init__(self) -> None:
        self.said = threading.Event()
        self.count = 0

    def __call__(self) -> None:
        self.count += 1
        self.said.set()


def congested(writer: Writer) -> bool:
    return writer.congested


def test_the_writer_never_waits_and_never_drops() -> None:
    receiver, sender = os.pipe()
    turns = Turns()
    writer = Writer(sender, turns)
    sent = "".join(f"{number:06}\n" for number in range(40_000))
    for start in range(0, len(sent), 7_000):
        writer.write(sent[start : start + 7_000])
    assert congested(writer)
    assert turns.count == 1
    turns.said.clear()
    got = b""
    while len(got) < len(sent):
        got += os.read(receiver, 65536)
    assert got.decode() == sent
    assert turns.said.wait(10)
    assert not congested(writer)
    assert turns.count == 2
    assert writer.close()
    os.close(receiver)
    os.close(sender)


def test_the_writer_says_so_when_a_little_has_waited_long() -> None:
    receiver, sender = os.pipe()
    fcntl.fcntl(sender, fcntl.F_SETPIPE_SZ, 4096)
    now = [0.0]
    writer = Writer(sender, lambda: None, clock=lambda: now[0])
    writer.write("x" * 10_000)  # more than the pipe takes, and less than is too much
    now[0] = 0.4
    writer.write("y")
    assert not congested(writer)
    now[0] = 0.6
    writer.write("z")
    assert congested(writer)
    assert not writer.close(0.05)
    os.close(receiver)
    wait_until(lambda: writer.close(0.05), "the writer did not give up a closed pipe")
    os.close(sender)


def test_the_writer_of_a_terminal_that_is_gone_swallows_what_it_is_given() -> None:
    receiver, sender = os.pipe()
    os.close(receiver)
    writer = Writer(sender, lambda: None)
    for _ in range(100):
        writer.write("z" * 10_000)
    assert writer.close(10)
    writer.write("nothing")
    os.close(sender)


def test_what_cannot_be_encoded_does_not_end_the_writer() -> None:
    receiver, sender = os.pipe()
    writer = Writer(sender, lambda: None)
    writer.write("a\ud800b")
    assert writer.close(10)
    assert os.read(receiver, 10) == b"a?b"
    os.close(receiver)
    os.close(sender)

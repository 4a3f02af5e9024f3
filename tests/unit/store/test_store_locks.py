"""Locks that go with their process, and wake-ups that are only hints."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from zcc_console.store.locks import LEAVE, WAKE, ProcessLock, drain, listen, notify, take_place

HOLD = """
import sys, time, pathlib
from zcc_console.store.locks import ProcessLock
lock = ProcessLock(pathlib.Path(sys.argv[1]))
print(lock.acquire(), flush=True)
time.sleep(60)
"""


def holding(path: Path) -> subprocess.Popen[str]:
    held = subprocess.Popen([sys.executable, "-P", "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True)
    assert held.stdout is not None
    assert held.stdout.readline().strip() == "True"
    return held


def test_one_process_holds_it_and_its_death_frees_it(tmp_path: Path) -> None:
    path = tmp_path / "state" / "courier.lock"
    held = holding(path)
    lock = ProcessLock(path)
    try:
        assert not lock.acquire()
        assert lock.holder() == held.pid
    finally:
        os.kill(held.pid, signal.SIGKILL)
        held.wait()
        held.stdout.close()  # type: ignore[union-attr]
    assert lock.holder() is None
    assert lock.acquire()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    lock.release()


def test_a_place_is_taken_from_one_that_does_not_answer(tmp_path: Path) -> None:
    path = tmp_path / "console.lock"
    held = holding(path)
    lock = ProcessLock(path)
    started = time.monotonic()
    take_place(lock, tmp_path / "console.sock", patience_s=0.2)
    assert time.monotonic() - started < 5
    assert held.wait(5) == -signal.SIGTERM
    held.stdout.close()  # type: ignore[union-attr]
    lock.release()


def test_wake_ups_arrive_and_nobody_there_is_no_error(tmp_path: Path) -> None:
    path = tmp_path / "courier.sock"
    assert not notify(path)
    receiver = listen(path)
    assert notify(path)
    assert notify(path, LEAVE)
    assert drain(receiver) == WAKE + LEAVE
    assert drain(receiver) == b""
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    receiver.close()
    assert not notify(path)
    listen(path).close()


def test_a_receiver_that_does_not_drain_never_blocks_the_sender(tmp_path: Path) -> None:
    receiver = listen(tmp_path / "x.sock")
    for _ in range(5000):
        notify(tmp_path / "x.sock")
    receiver.close()


@pytest.mark.parametrize("depth", [1, 12])
def test_a_socket_works_however_long_its_path_is(tmp_path: Path, depth: int) -> None:
    folder = tmp_path.joinpath(*["lang-pad-naar-een-desk"] * depth)
    receiver = listen(folder / "courier.sock")
    assert notify(folder / "courier.sock")
    receiver.close()

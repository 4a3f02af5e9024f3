"""A black box around one run of a program in a pseudo-terminal: what came when, and what it cost.

Output is stamped as it is read and emulated later, off the clock; only a chunk that asks the terminal something is
emulated at once, because the program waits for the answer.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

import psutil

from tests.terminal.emulator import Emulator

COLUMNS, ROWS = 120, 40
DOWN, UP, PAGE_DOWN, F9 = b"\x1b[B", b"\x1b[A", b"\x1b[6~", b"\x1b[20~"
MARK = "▌"
"""Stands at the left edge of the chosen line, in the product and in the anchor."""
PATIENCE_S = 30.0

_QUESTION = re.compile(rb"\x1b\[[>=]?0?c|\x1b\[6n|\x1b\[\?u|\x1b\[\??\d+\$p")
_DROPPED = ("COLORTERM", "NO_COLOR", "TMUX", "STY", "COLUMNS", "LINES")


class Chunk(NamedTuple):
    """Some output, and when it was read."""

    at: float
    data: bytes


class Cost(NamedTuple):
    """What a process tree has used so far."""

    cpu_s: float
    wakeups: int
    bytes: int


class Run:
    """A program in a terminal of 120 by 40; as a context manager it ends with all that it started."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str] | None = None) -> None:
        base = {key: value for key, value in os.environ.items() if key not in _DROPPED and key[:7] != "TEXTUAL"}
        environment = {**base, "TERM": "xterm-256color", "LANG": "C.UTF-8", **(env or {})}
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self._emulator = Emulator(COLUMNS, ROWS, self._write, (2026,))
        self._backlog: list[Chunk] = []
        self._bytes = 0
        self.ended = False
        self.began = time.perf_counter()
        self.process = subprocess.Popen(
            list(command), stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True
        )
        os.close(slave)
        os.set_blocking(self.master, False)

    def __enter__(self) -> Run:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -- the line ------------------------------------------------------------------------------------------------

    def read(self, wait: float) -> Chunk | None:
        """One chunk of output, waiting at most so many seconds."""
        if self.ended or not select.select([self.master], [], [], max(0.0, wait))[0]:
            return None
        try:
            data = os.read(self.master, 65536)
        except OSError:
            data = b""
        if not data:
            self.ended = True
            return None
        chunk = Chunk(time.perf_counter(), data)
        self._bytes += len(data)
        self._backlog.append(chunk)
        if _QUESTION.search(data):
            self.catch_up()
        return chunk

    def send(self, data: bytes) -> float:
        """Press keys; the moment just before."""
        now = time.perf_counter()
        self._write(data)
        return now

    def rest(self, seconds: float) -> None:
        """Read for so long."""
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0 and not self.ended:
            self.read(left)

    def quiet(self, seconds: float, patience: float = 5.0) -> list[Chunk]:
        """Read until nothing has come for so long; what came."""
        came: list[Chunk] = []
        end = time.perf_counter() + patience
        while time.perf_counter() < end and (chunk := self.read(seconds)):
            came.append(chunk)
        return came

    # -- the screen ----------------------------------------------------------------------------------------------

    def catch_up(self) -> None:
        """Emulate all that was read."""
        while self._backlog:
            self._emulator.feed(self._backlog.pop(0).data)

    def lines(self) -> list[str]:
        """The rows of the screen, after all that was read."""
        self.catch_up()
        return self._emulator.lines()

    def when(self, reached: Callable[[list[str]], bool], patience: float = PATIENCE_S) -> float:
        """The moment of the chunk that made the screen so.

        Raises:
            TimeoutError: it did not come; the message shows the screen.
        """
        end = time.perf_counter() + patience
        while time.perf_counter() < end:
            while self._backlog:
                at, data = self._backlog.pop(0)
                self._emulator.feed(data)
                if reached(self._emulator.lines()):
                    return at
            came = self.read(0.05)
            while came is not None:  # all that is there first: emulating takes time, and would make the rest look late
                came = self.read(0.002)
            if self.ended and not self._backlog:
                break
        raise TimeoutError("not on the screen in time:\n" + "\n".join(self._emulator.lines()))

    def chosen(self) -> tuple[int, str]:
        """On which row the chosen line is, and what it says."""
        return chosen_of(self.lines())

    # -- the process ---------------------------------------------------------------------------------------------

    def cost(self) -> Cost:
        """CPU on the scheduler's own clock, wake-ups of all threads, bytes to the terminal; of the whole tree."""
        nanoseconds = wakeups = 0
        for process in self.tree():
            for task in Path(f"/proc/{process.pid}/task").glob("*"):
                try:
                    nanoseconds += int((task / "schedstat").read_text().split()[0])
                    status = (task / "status").read_text()
                except OSError:
                    continue
                wakeups += int(status.partition("\nvoluntary_ctxt_switches:")[2].split()[0])
        return Cost(nanoseconds / 1e9, wakeups, self._bytes)

    def rss_mib(self) -> float:
        """Resident memory of the whole tree; what is shared counts once for each process."""
        return sum(process.memory_info().rss for process in self.tree()) / 2**20

    def tree(self) -> list[psutil.Process]:
        """The program and what it started, but for couriers, which are programs of their own."""
        try:
            root = psutil.Process(self.process.pid)
            return [root, *root.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def close(self) -> None:
        """End it, politely first."""
        family = self.tree()
        for process in family:
            try:
                process.send_signal(signal.SIGTERM)
            except psutil.NoSuchProcess:
                continue
        end = time.perf_counter() + 3.0
        while self.process.poll() is None and time.perf_counter() < end:
            self.read(0.01)
            self._backlog.clear()
        for process in family:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        self.process.wait(5)
        if self.master >= 0:
            os.close(self.master)
            self.master = -1
        self.ended = True

    def _write(self, data: bytes) -> None:
        try:
            os.write(self.master, data)
        except OSError:
            self.ended = True


def chosen_of(lines: Sequence[str]) -> tuple[int, str]:
    """The row that has the mark at its left edge, and its text; (-1, "") where there is none."""
    for row, line in enumerate(lines):
        if line.startswith(MARK):
            return row, line
    return -1, ""

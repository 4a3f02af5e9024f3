"""Runs a program in a real pseudo-terminal and lets a test look at its screen, press keys, and take the line away.

A test reads like this::

    with Pty([sys.executable, "-m", "zcc_console", "--version"]) as desk:
        desk.wait_for(r"zcc-console \\d")
        desk.send(F9)
        desk.wait_for(lambda screen: "NAAR RAV" in screen)
        assert desk.wait_exit() == 0

The program gets its own session and the pseudo-terminal as its controlling terminal (unless `controlling=False`). A
thread reads what it writes into a pyte screen and answers the queries a terminal answers. Nothing here sleeps in order
to wait for an outcome: every wait has a condition and a deadline, and a failure prints the screen.
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
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

import psutil

from tests.terminal.emulator import Emulator

PATIENCE = 30.0
"""Seconds that a wait lasts at most, unless it says otherwise."""

CTRL_C, CTRL_G, CTRL_Q, ENTER, ESCAPE, TAB = b"\x03", b"\x07", b"\x11", b"\r", b"\x1b", b"\t"
UP, DOWN, RIGHT, LEFT = b"\x1b[A", b"\x1b[B", b"\x1b[C", b"\x1b[D"
F1, F2, F3, F4 = b"\x1bOP", b"\x1bOQ", b"\x1bOR", b"\x1bOS"
F5, F6, F7, F8, F9 = b"\x1b[15~", b"\x1b[17~", b"\x1b[18~", b"\x1b[19~", b"\x1b[20~"

Condition = str | re.Pattern[str] | Callable[[str], bool]
"""What a wait waits for: a regular expression on the screen's text (rows joined by line ends), or a predicate of it."""

_NOT_OURS = ("COLORTERM", "NO_COLOR", "FORCE_COLOR", "TMUX", "STY", "TERM_PROGRAM", "COLUMNS", "LINES")


class Pty:
    """One run of a program in a pseudo-terminal; as a context manager nothing of it outlives the test."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        columns: int = 80,
        rows: int = 24,
        env: Mapping[str, str] | None = None,
        term: str = "xterm-256color",
        cwd: Path | None = None,
        controlling: bool = True,
        known_modes: Iterable[int] = (2026,),
    ) -> None:
        """Start the program.

        Args:
            command: the program and its arguments.
            columns: width of the terminal.
            rows: height of it.
            env: variables on top of this process's own; colour and multiplexer variables are dropped from those.
            term: TERM.
            cwd: the folder to run in.
            controlling: whether the pseudo-terminal is the controlling one; without, no SIGHUP comes when it closes.
            known_modes: the private modes that the terminal says it knows when asked.
        """
        self.master, slave = pty.openpty()
        self._set_size(columns, rows)
        name = os.ttyname(slave)
        base = {key: value for key, value in os.environ.items() if key not in _NOT_OURS and key[:8] != "TEXTUAL_"}
        environment = {**base, "LANG": "C.UTF-8", "TERM": term, **(env or {})}
        # A session leader that opens a terminal gets it as its controlling one; `exec` keeps the process id.
        opener = ["/bin/sh", "-c", 'tty=$1; shift; exec "$@" <>"$tty" >&0 2>&0', "sh", name]
        stdio = subprocess.DEVNULL if controlling else slave
        self.process = subprocess.Popen(
            [*opener, *command] if controlling else list(command),
            stdin=stdio,
            stdout=stdio,
            stderr=stdio,
            env=environment,
            cwd=cwd,
            start_new_session=True,
        )
        self._slave: int | None = slave  # kept open, so that what was written last can still be read after the end
        self._raw = bytearray()
        self._change = threading.Condition()
        self._paused = False
        self._emulator = Emulator(columns, rows, self._answer, known_modes)
        self._over = threading.Event()
        self._reader = threading.Thread(target=self._read, name="ptykit", daemon=True)
        self._reader.start()

    def __enter__(self) -> Pty:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -- the keyboard --------------------------------------------------------------------------------------------

    def send(self, data: bytes | str) -> None:
        """Press keys: the bytes that a terminal sends for them."""
        if self.master >= 0:
            os.write(self.master, data.encode() if isinstance(data, str) else data)

    def send_slowly(self, data: bytes, gap: float) -> None:
        """The same, one byte at a time with `gap` seconds between: a slow or stalling line."""
        for index in range(len(data)):
            if index:
                time.sleep(gap)
            self.send(data[index : index + 1])

    # -- the screen ----------------------------------------------------------------------------------------------

    def screen(self) -> list[str]:
        """The rows as they are now, without the blanks at their ends."""
        with self._change:
            return self._emulator.lines()

    def text(self) -> str:
        """The rows joined by line ends."""
        return "\n".join(self.screen())

    def raw(self) -> bytes:
        """All that the program has written so far."""
        with self._change:
            return bytes(self._raw)

    def modes(self) -> frozenset[int]:
        """The private modes that are set: 1049 alternate screen, 25 cursor shows, 7 wrap, 2004 paste, 1004 focus."""
        with self._change:
            return frozenset(self._emulator.modes)

    def kitty_flags(self) -> list[str]:
        """What is on the stack of kitty's keyboard protocol."""
        with self._change:
            return list(self._emulator.kitty_flags)

    def colours(self, row: int, column: int) -> tuple[str, str, bool]:
        """Foreground, background and reverse of a cell, in pyte's words ("default", "red", "ff9f43")."""
        with self._change:
            cell = self._emulator.screen.buffer[row][column]
            return cell.fg, cell.bg, cell.reverse

    def wait_for(self, condition: Condition, timeout: float = PATIENCE) -> str:
        """Wait until the screen is so; returns its text.

        Raises:
            AssertionError: it did not come, or the program ended without it; shows the screen.
        """
        return self._wait(lambda: _holds(condition, self._text_now()), f"{condition!r} did not come", timeout)

    def wait_gone(self, condition: Condition, timeout: float = PATIENCE) -> str:
        """Wait until the screen is no longer so; returns its text."""
        return self._wait(lambda: not _holds(condition, self._text_now()), f"{condition!r} stayed", timeout)

    def wait_raw(self, data: bytes, timeout: float = PATIENCE) -> None:
        """Wait until the program has written these bytes."""
        self._wait(lambda: data in self._raw, f"{data!r} was not written", timeout)

    def wait_modes(self, condition: Callable[[frozenset[int]], bool], timeout: float = PATIENCE) -> None:
        """Wait until the private modes are so."""
        self._wait(lambda: condition(frozenset(self._emulator.modes)), "the modes did not become so", timeout)

    def pause(self) -> None:
        """Stop reading, as a frozen window does: the program's output backs up."""
        with self._change:
            self._paused = True

    def resume(self) -> None:
        """Read on."""
        with self._change:
            self._paused = False
            self._change.notify_all()

    def resize(self, columns: int, rows: int) -> None:
        """Give the terminal another size; the program gets SIGWINCH."""
        with self._change:
            self._emulator.resize(columns, rows)
            self._set_size(columns, rows)

    # -- the process ---------------------------------------------------------------------------------------------

    @property
    def pid(self) -> int:
        """The process id of the program."""
        return self.process.pid

    def kill(self, signum: int, pid: int | None = None) -> None:
        """Send a signal to the program, or to one of its children."""
        os.kill(self.pid if pid is None else pid, signum)

    def children(self) -> list[psutil.Process]:
        """What the program has started, however deep."""
        return psutil.Process(self.pid).children(recursive=True)

    def cpu_seconds(self) -> float:
        """User and system time that the program and its living children have used."""
        total = 0.0
        for process in [psutil.Process(self.pid), *self.children()]:
            times = process.cpu_times()
            total += times.user + times.system
        return total

    def wakeups(self) -> int:
        """How often a thread of the program has gone to sleep so far: each time is a wake-up to come."""
        statuses = Path(f"/proc/{self.pid}/task").glob("*/status")
        return sum(
            int(re.findall(r"^voluntary_ctxt_switches:\s*(\d+)", path.read_text(), re.M)[0]) for path in statuses
        )

    def wait_exit(self, timeout: float = PATIENCE) -> int:
        """Wait until the program has ended; its exit code, or minus the signal that killed it.

        Raises:
            AssertionError: it lives on; shows the screen.
        """
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"the program did not end in {timeout} s\n{self._picture()}") from None
        if self._slave is not None:
            os.close(self._slave)  # now the reader meets the end, after the last output
            self._slave = None
        if not self._paused and self.master >= 0:
            self._over.wait(timeout)
        return code

    def tty_is_sane(self) -> bool:
        """Whether the terminal echoes, edits lines and sends signals again."""
        flags: int = termios.tcgetattr(self.master)[3]
        wanted = termios.ECHO | termios.ICANON | termios.ISIG
        return flags & wanted == wanted

    def close_master(self) -> None:
        """Take the terminal away, as a dropped line does."""
        with self._change:
            if self._slave is not None:
                os.close(self._slave)
                self._slave = None
            if self.master >= 0:
                os.close(self.master)
                self.master = -1
            self._change.notify_all()

    def close(self) -> None:
        """End all that is left of the program, and the terminal."""
        try:
            victims = [psutil.Process(self.pid), *self.children()]
        except psutil.NoSuchProcess:
            victims = []
        for victim in victims:
            try:
                victim.kill()
            except psutil.NoSuchProcess:
                continue
        if self.process.poll() is None:
            self.process.wait(PATIENCE)
        self.resume()
        self.close_master()
        self._reader.join(PATIENCE)

    # -- inside --------------------------------------------------------------------------------------------------

    def _set_size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, columns * 8, rows * 16))

    def _answer(self, data: bytes) -> None:
        try:
            os.write(self.master, data)
        except OSError:
            return

    def _read(self) -> None:
        while True:
            with self._change:
                while self._paused and self.master >= 0:
                    self._change.wait()
                master = self.master
            if master < 0:
                break
            try:
                if not select.select([master], [], [], 0.05)[0]:
                    continue
                with self._change:
                    if self._paused or self.master != master:
                        continue
                    data = os.read(master, 65536)
            except (OSError, ValueError):
                break
            if not data:
                break
            with self._change:
                self._raw += data
                self._emulator.feed(data)
                self._change.notify_all()
        self._over.set()
        with self._change:
            self._change.notify_all()

    def _text_now(self) -> str:
        return "\n".join(self._emulator.lines())

    def _wait(self, reached: Callable[[], bool], complaint: str, timeout: float) -> str:
        end = time.monotonic() + timeout
        with self._change:
            while not reached():
                left = end - time.monotonic()
                if left <= 0:
                    raise AssertionError(f"{complaint} in {timeout} s\n{self._picture()}")
                if self._over.is_set() or (self.process.poll() is not None and not self._pending()):
                    raise AssertionError(f"{complaint}: the program ended\n{self._picture()}")
                self._change.wait(min(left, 0.1))
            return self._text_now()

    def _pending(self) -> bool:
        return self.master >= 0 and bool(select.select([self.master], [], [], 0)[0])

    def _picture(self) -> str:
        with self._change:
            lines = self._emulator.lines()
        width = max((len(line) for line in lines), default=0)
        code = self.process.poll()
        state = "running" if code is None else f"ended with {code}"
        edge = "+" + "-" * width + "+"
        return "\n".join([f"[{state}]", edge, *(f"|{line:<{width}}|" for line in lines), edge])


def wait_until(reached: Callable[[], bool], complaint: str, timeout: float = PATIENCE) -> None:
    """Wait for something that is not on the screen (a file, a process), looking every hundredth of a second.

    Raises:
        AssertionError: it did not come.
    """
    end = time.monotonic() + timeout
    while not reached():
        assert time.monotonic() < end, f"{complaint} (in {timeout} s)"
        time.sleep(0.01)


def _holds(condition: Condition, text: str) -> bool:
    if callable(condition):
        return condition(text)
    return re.search(condition, text, re.MULTILINE) is not None


if __name__ == "__main__":
    # python -m tests.terminal.ptykit COMMAND…: shows the screen that a command has after a second of silence
    with Pty(sys.argv[1:]) as shown:
        length = -1
        while length != len(shown.raw()):
            length = len(shown.raw())
            time.sleep(1)
        print(shown.text())
        shown.kill(signal.SIGTERM)

"""Textual's driver for a desk: split keys, a terminal that stops reading, signals and a dropped line do no harm.

Leans on a few private names of Textual (tests/terminal/test_textual_names.py holds them); knows nothing of our app.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import signal
import termios
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from textual import events
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from zcc_console.terminal import still
from zcc_console.terminal.assembler import Assembler, Kind, Piece
from zcc_console.terminal.writer import Writer

if TYPE_CHECKING:
    from textual.app import App

SIGNALS = (signal.SIGHUP, signal.SIGTERM, signal.SIGINT)
_LOOK = 20  # milliseconds between looks at the clock while something is unfinished; otherwise only a key wakes us


class DeskDriver(LinuxDriver):
    """The Linux driver with its own input loop, writer and signal handlers."""

    def __init__(
        self, app: App[object], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        # No debug: it writes every key into a file. No mouse: a click must not act.
        super().__init__(app, debug=False, mouse=False, size=size)
        self._out: Writer | None = None
        self._held = False  # whether frames are being held back
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)

    # -- output --------------------------------------------------------------------------------------------------

    def write(self, data: str) -> None:
        """Queue output; never blocks. The alternate screen is not entered (and so cleared) under a still frame."""
        if self._out is None or (data == "\x1b[?1049h" and still.take_over()):
            return
        self._out.write(data)

    def flush(self) -> None:
        """Nothing to do: the writer sends what it has at once."""

    def close(self) -> None:
        """Wait a moment for the last output."""
        super().close()
        if self._out is not None:
            self._out.close()
            self._out = None
            self._settle_frames()

    def _output_changed(self) -> None:
        self._on_loop(self._settle_frames)

    def _settle_frames(self) -> None:
        """Make no frames while too much waits to be written; the screen is painted anew once it is."""
        congested = self._out is not None and self._out.congested
        if congested and not self._held:
            self._app._begin_batch()
        elif self._held and not congested:
            self._app._end_batch()
            self._paint_anew()
        self._held = congested

    def _on_loop(self, call: Callable[..., None], *args: object) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has closed: the app is gone already
            self._loop.call_soon_threadsafe(call, *args)

    # -- start and end -------------------------------------------------------------------------------------------

    def start_application_mode(self) -> None:
        """Take the terminal over, and see to it that every way a session can end is a clean one."""
        loop = asyncio.get_running_loop()
        for signum in SIGNALS:
            loop.add_signal_handler(signum, self._end, 128 + signum)
        # In Textual's hands these act in the middle of whatever runs, and SIGCONT alone starts a second keyboard thread.
        signal.signal(signal.SIGTSTP, signal.SIG_IGN)  # a desk is not put in the background
        loop.add_signal_handler(signal.SIGCONT, self._come_back)
        with contextlib.suppress(termios.error):
            termios.tcflush(self.fileno, termios.TCIFLUSH)  # keys from before the first frame were not meant for it
        self._out = Writer(2 if self._file is None else self._file.fileno(), self._output_changed)
        super().start_application_mode()  # type: ignore[no-untyped-call]
        if self._writer_thread is not None:  # Textual's own, which ours replaces
            self._writer_thread.stop()
            self._writer_thread = None
        self.write("\x1b[?1004l")  # no focus reports: a lost one would send the next words to the wrong place

    def _come_back(self) -> None:
        """After SIGSTOP and SIGCONT: somebody else may have used the terminal, so it is taken over anew."""
        self.suspend_application_mode()
        self.resume_application_mode()
        self._paint_anew()

    def _paint_anew(self) -> None:
        if self._app._running:
            self._app.refresh(layout=True)

    def _end(self, code: int) -> None:
        self._app.exit(None, return_code=code)

    # -- input ---------------------------------------------------------------------------------------------------

    def disable_input(self) -> None:
        """Stop reading keys."""
        os.eventfd_write(self._wake, 1)  # stays so: the thread turns until it sees the event that is set next
        super().disable_input()
        os.eventfd_read(self._wake)

    def run_input_thread(self) -> None:
        """Read keys until told to stop or the terminal is gone."""
        poll = select.poll()
        poll.register(self.fileno, select.POLLIN)
        poll.register(self._wake, select.POLLIN)
        assembler, self._parser = Assembler(), XTermParser(False)
        while not self.exit_event.is_set():
            ready = dict(poll.poll(_LOOK if assembler.waiting else None))
            pieces: list[Piece] = []
            if happened := ready.get(self.fileno):
                try:
                    data = os.read(self.fileno, 4096) if happened & select.POLLIN else b""
                except OSError:
                    data = b""
                if not data:  # end of file, or hung up: never read again
                    self._on_loop(self._end, 128 + signal.SIGHUP)
                    return
                pieces = assembler.feed(data, time.monotonic())
            pieces += assembler.tick(time.monotonic())
            for piece in pieces:
                self._deliver(piece)

    def _deliver(self, piece: Piece) -> None:
        try:
            for message in self._messages(piece):
                self.process_message(message)
        except Exception:  # a sequence that the parser chokes on; no key is worth the session
            self._parser = XTermParser(False)

    def _messages(self, piece: Piece) -> list[Message]:
        match piece.kind:
            case Kind.ESCAPE:
                return [events.Key("escape", "\x1b")]
            case Kind.PASTE:
                return [events.Paste(piece.text)]
            case Kind.ALT:
                name = piece.text.lower()
                shift = "shift+" if piece.text != name else ""
                return [events.Key(f"alt+{shift}{name}", None)] if name.isascii() and name.isalnum() else []
            case Kind.TEXT:
                return list(self._parser.feed(piece.text))
            case Kind.SEQUENCE:
                found = list(self._parser.feed(piece.text))
                if not found:  # unknown, or nothing to say: a fresh parser, so that it can never come out as text
                    self._parser = XTermParser(False)
                return found

    def process_message(self, message: Message) -> None:
        """Pass a message on, unless it is of a mouse or of the window's focus: neither may act at a desk."""
        if not isinstance(message, (events.MouseEvent, events.AppFocus, events.AppBlur)):
            super().process_message(message)

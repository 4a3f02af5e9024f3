"""A terminal for tests: pyte behind a filter that answers queries and hides the sequences pyte cannot read."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterable

import pyte

_SEQUENCE = re.compile(
    r"\x1b\[(?P<mark>[<=>?]?)(?P<numbers>[0-9;:]*)(?P<between>[ -/]*)(?P<final>[@-~])"
    r"|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)"
    r"|\x1b(?P<short>[ -/]*[0-Z\\^-~])",
    re.DOTALL,
)
_KNOWN_TO_PYTE = frozenset("@ABCDEFGHJKLMPXadefghlmr`'")
_ALTERNATE = 1049


class Emulator:
    """What a person would see. Not safe for threads: the kit holds a lock around it."""

    def __init__(self, columns: int, rows: int, reply: Callable[[bytes], None], known_modes: Iterable[int]) -> None:
        self.screen = pyte.Screen(columns, rows)
        self.modes: set[int] = set()
        """The private modes that are set now; 25 (the cursor shows) and 7 (lines wrap) from the start."""
        self.modes |= {7, 25}
        self.kitty_flags: list[str] = []
        """What was pushed on the stack of kitty's keyboard protocol and not popped."""
        self._reply = reply
        self._known = frozenset(known_modes)
        self._stream = pyte.Stream(self.screen)
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._rest = ""
        self._main: pyte.Screen | None = None
        self._places: dict[bool, tuple[int, int]] = {}  # the saved cursor of the main (False) and the other screen

    def feed(self, data: bytes) -> None:
        """Take some output; a sequence that is not whole waits for the rest."""
        text = self._rest + self._decode(data)
        at = 0
        self._rest = ""
        while (start := text.find("\x1b", at)) >= 0:
            self._show(text[at:start])
            found = _SEQUENCE.match(text, start)
            if found is None:
                if "\x18" in text[start:]:  # CAN: forget it
                    at = text.index("\x18", start) + 1
                    continue
                self._rest = text[start:]
                return
            self._obey(found)
            at = found.end()
        self._show(text[at:])

    def resize(self, columns: int, rows: int) -> None:
        """Another size."""
        self.screen.resize(rows, columns)

    def lines(self) -> list[str]:
        """The rows, without the blanks at their ends."""
        return [line.rstrip() for line in self.screen.display]

    def _show(self, text: str) -> None:
        if text := text.replace("\x18", ""):
            self._stream.feed(text)

    def _obey(self, found: re.Match[str]) -> None:
        final, mark, numbers, between = found["final"], found["mark"], found["numbers"], found["between"]
        if final is None:
            if found["short"] == "7":
                self._save_cursor()
            elif found["short"] == "8":
                self._restore_cursor()
            elif found["short"] in ("D", "E", "M"):
                self._stream.feed(found[0])
        elif final in "hl" and mark == "?":
            for mode in (int(number) for number in numbers.split(";") if number):
                self._set_mode(mode, final == "h")
        elif final == "p" and between == "$":
            mode = int(numbers or 0)
            state = (1 if mode in self.modes else 2) if mode in self._known else 0
            self._reply(f"\x1b[{mark}{mode};{state}$y".encode())
        elif final == "u" and mark == ">":
            self.kitty_flags.append(numbers)
        elif final == "u" and mark == "<":
            del self.kitty_flags[-int(numbers or 1) :]
        elif final == "c" and not between:
            self._reply(b"\x1b[?62;22c")
        elif final == "n" and numbers == "6":
            self._reply(f"\x1b[{self.screen.cursor.y + 1};{self.screen.cursor.x + 1}R".encode())
        elif final in _KNOWN_TO_PYTE and not between and not mark:
            self._stream.feed(found[0].replace(":", ";"))

    def _set_mode(self, mode: int, on: bool) -> None:
        if mode == _ALTERNATE:
            if on:
                self._save_cursor()
            if on and mode not in self.modes:
                self._main = self.screen
                self._swap(pyte.Screen(self.screen.columns, self.screen.lines))
            elif not on and self._main is not None:
                main, self._main = self._main, None
                main.resize(self.screen.lines, self.screen.columns)
                self._swap(main)
            if on:
                self.screen.erase_in_display(2)
            else:
                self._restore_cursor()  # as xterm does, also when the main screen was there already
        (self.modes.add if on else self.modes.discard)(mode)

    def _save_cursor(self) -> None:
        self._places[self._main is not None] = (self.screen.cursor.x, self.screen.cursor.y)

    def _restore_cursor(self) -> None:
        self.screen.cursor.x, self.screen.cursor.y = self._places.get(self._main is not None, (0, 0))

    def _swap(self, screen: pyte.Screen) -> None:
        self.screen = screen
        self._stream = pyte.Stream(screen)

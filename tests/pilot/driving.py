"""How the pilot tests open a console on an evening, press keys, and read what stands on the screen."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from textual.pilot import Pilot

from tests.pilot.evening import Evening
from zcc_console.app import ConsoleApp

USUAL, SMALLEST = (120, 40), (80, 24)
BOTH = [USUAL, SMALLEST]


def never(_: Callable[[], None]) -> None:
    """Runs no late work: no thread in a test that is not about it."""


class Console:
    """A console under test."""

    def __init__(self, app: ConsoleApp, pilot: Pilot[int], evening: Evening) -> None:
        self.app, self.pilot, self.evening = app, pilot, evening

    async def press(self, *keys: str) -> None:
        """Press keys, one after the other, and wait until all is painted."""
        await self.pilot.press(*keys)
        await self.settle()

    async def type(self, text: str) -> None:
        """Type text."""
        names = {" ": "space", ":": "colon", ".": "full_stop", "+": "plus", "/": "slash", "?": "question_mark"}
        await self.press(*(names.get(char, char) for char in text))

    async def settle(self) -> None:
        """Wait until nothing is left to do."""
        await self.pilot.pause()
        await self.pilot.pause()
        while getattr(self.app.here, "resting", False):
            await self.pilot.pause(0.01)

    async def pull(self, seconds: float = 0.0) -> None:
        """Let time pass and the console look, as it does each second."""
        if seconds:
            self.evening.clock.advance(seconds)
        self.app.pull()
        await self.settle()

    async def resize(self, width: int, height: int) -> None:
        """Give the terminal another size."""
        await self.pilot.resize_terminal(width, height)
        await self.settle()

    @property
    def lines(self) -> list[str]:
        """The screen as text, line by line."""
        return [strip.text for strip in self.app.screen._compositor.render_strips()]

    @property
    def text(self) -> str:
        """The screen as one text."""
        return "\n".join(self.lines)

    @property
    def said(self) -> str:
        """What the line above the key bar says."""
        return self.app.here.line.text if self.app.here is not None else ""

    def line_with(self, text: str) -> str:
        """The first line that has this text."""
        found = [line for line in self.lines if text in line]
        assert found, f"{text!r} is nowhere on the screen:\n{self.text}"
        return found[0]


@asynccontextmanager
async def console_on(evening: Evening, size: tuple[int, int] = USUAL) -> AsyncIterator[Console]:
    """A console on this evening's desk."""
    evening.desk.refresh()
    app = ConsoleApp(evening.desk, run_late=never)
    async with app.run_test(size=size) as pilot:
        console = Console(app, pilot, evening)
        await console.settle()
        yield console
    assert not app.mishaps.seen, [mishap.line() for mishap in app.mishaps.seen]

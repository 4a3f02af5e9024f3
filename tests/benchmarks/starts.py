"""From the command to words, to the live screen, and to a queue that answers keys; beside a bare Textual app, in turn."""

from __future__ import annotations

from dataclasses import dataclass

from tests.benchmarks.anchors import READY
from tests.benchmarks.desks import FIRST, DeskFolder
from tests.benchmarks.installed import Installed
from tests.benchmarks.probe import DOWN, PATIENCE_S, Run, chosen_of
from tests.benchmarks.report import Missing, Row, ms, p50, ratio

_TAKEN_OVER = b"\x1b[?2004h"
"""Textual asks for bracketed paste when it takes the terminal over; what is painted after that is live."""


@dataclass(frozen=True)
class Start:
    """One start of the product; seconds from the command."""

    words: float
    live: float
    usable: float


def measure(installed: Installed, folder: DeskFolder, rounds: int) -> list[Row | Missing]:
    """Start both in turn; the first round warms the page cache and does not count."""
    bare, starts = [], []
    for number in range(rounds + 1):
        folder.hear()
        anchor = start_bare(installed.anchor("bare"))
        own = start_console(installed.console(folder.profile.path))
        if number:
            bare.append(anchor)
            starts.append(own)
    b = p50(bare)
    figures = [
        ("start to first text from the cache", p50([start.words for start in starts]), 0.15),
        ("start to first live paint", p50([start.live for start in starts]), 1.1),
        ("start to usable queue, 5,000 calls", p50([start.usable for start in starts]), 1.4),
    ]
    return [ratio(what, ms(value), value, b, goal, "B", ms(b)) for what, value, goal in figures]


def start_bare(command: list[str]) -> float:
    """Seconds until the anchor's only words are painted."""
    with Run(command) as run:
        return painted(run, READY) - run.began


def start_console(command: list[str]) -> Start:
    """Seconds until the first call stands on the screen, until it does so live, and until a key moves the choice."""
    with Run(command) as run:
        live = painted(run, FIRST, live=True)
        run.send(DOWN)
        words = run.when(lambda lines: any(FIRST in line for line in lines))
        usable = run.when(lambda lines: _moved(lines))
        return Start(words - run.began, live - run.began, usable - run.began)


def _moved(lines: list[str]) -> bool:
    row, text = chosen_of(lines)
    return row >= 0 and FIRST not in text


def painted(run: Run, words: str, *, live: bool = False) -> float:
    """The moment of the chunk that brought these words.

    Args:
        live: only what was written after the terminal was taken over.

    Raises:
        TimeoutError: they did not come.
    """
    came, wanted = b"", words.encode()
    while (chunk := run.read(PATIENCE_S)) is not None:
        came += chunk.data
        if wanted in (came.partition(_TAKEN_OVER)[2] if live else came):
            return chunk.at
    raise TimeoutError(f"{words!r} was not written:\n" + "\n".join(run.lines()))

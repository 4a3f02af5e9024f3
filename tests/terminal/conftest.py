"""Starts the test programs in a pseudo-terminal, and ends them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from tests.terminal.ptykit import F9, Pty, wait_until

ROOT = Path(__file__).resolve().parents[2]
LAUNCHER = [sys.executable, "-m", "tests.terminal.programs.launched"]
ECHO = [sys.executable, "-m", "tests.terminal.programs.echo_keys"]

StartProgram = Callable[..., Pty]


@pytest.fixture
def start() -> Iterator[StartProgram]:
    """`start(command, **options of Pty)`; ended after the test."""
    running: list[Pty] = []

    def run(command: Sequence[str] = ECHO, **options: object) -> Pty:
        given = options.pop("env", None)
        env = {"PYTHONPATH": str(ROOT), **(given if isinstance(given, dict) else {})}
        running.append(Pty(command, env=env, **options))  # type: ignore[arg-type]
        return running[-1]

    yield run
    for program in running:
        program.close()


@pytest.fixture
def echo(start: StartProgram) -> StartProgram:
    """`echo(launcher=..., ECHO_PAINT="0.1", ...)`: the program that shows its keys, ready to take them."""

    def run(launcher: Sequence[str] = (), **options: object) -> Pty:
        variables = {key: str(options.pop(key)) for key in list(options) if key.isupper()}
        desk = start([*launcher, *ECHO], env=variables, **options)
        desk.wait_for(r"handoffs=0 ticks=\d+\.")
        return desk

    return run


def handoffs(log: Path) -> list[tuple[float, int]]:
    """When each press acted, and how many frames had been asked for by then."""
    if not log.exists():
        return []
    rows = [line.split() for line in log.read_text().splitlines()]
    return [(float(row[0]), int(row[2])) for row in rows]


def press(desk: Pty, log: Path) -> tuple[float, int]:
    """Press the handoff key and wait until it has acted, without looking at the screen."""
    before = len(handoffs(log))
    desk.send(F9)
    wait_until(lambda: len(handoffs(log)) > before, "the handoff key did not act")
    return handoffs(log)[-1]

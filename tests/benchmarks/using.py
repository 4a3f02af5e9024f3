"""A desk in use: keys, changes that arrive, and nothing at all; beside a Line API list of the same length, in turn."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from tests.benchmarks.desks import FIRST, DeskFolder
from tests.benchmarks.installed import ROOT, Installed
from tests.benchmarks.probe import DOWN, PAGE_DOWN, UP, Cost, Run, chosen_of
from tests.benchmarks.report import Missing, Row, ms, p50, p99, ratio

SETTLE_S = 2.5
"""After its start a desk reads the rest of the cache and imports what it may need; that is not what is measured here."""
ARRIVING = 200
CHANGING, CHANGING_LINES = 50, 15


@dataclass(frozen=True)
class Keys:
    """What a key did, each time."""

    seconds: Sequence[float]
    bytes: Sequence[int]


@dataclass(frozen=True)
class Effort:
    """What a while cost, for each second of it."""

    cpu_ms: float
    wakeups: float
    bytes: float


@dataclass(frozen=True)
class Used:
    """All figures of one program."""

    down: Keys
    page: Keys
    lag: float
    idle: Effort
    rss_mib: float


@dataclass(frozen=True)
class Length:
    """How long to measure."""

    keys: int
    pages: int
    seconds: float


def measure(installed: Installed, folder: DeskFolder, length: Length) -> list[Row | Missing]:
    """Use the anchor and the product in turn."""
    anchor = use(installed.anchor("list"), length)
    with fresh(folder):
        own = use(installed.console(folder.profile.path), length)
    with arriving(folder, ARRIVING, 0, length):
        busy_anchor = press_busy(installed.anchor("list"), length)
        busy = press_busy(installed.console(folder.profile.path), length)
    changing_anchor = watch(installed.anchor("list", str(CHANGING)), length)
    with arriving(folder, CHANGING, CHANGING_LINES, length):
        changing = watch(installed.console(folder.profile.path), length)
    rows: list[Row | Missing] = []
    for what, mine, theirs in (("quiet", own.down, anchor.down), (f"{ARRIVING} changes/s", busy, busy_anchor)):
        for name, take, goal in (("p50", p50, 2.0), ("p99", p99, 3.0)):
            a, b = take(mine.seconds), take(theirs.seconds)
            rows.append(ratio(f"cursor key to paint, {what}, {name}", ms(a), a, b, goal, "L", ms(b)))
    a, b = p50(own.page.seconds), p50(anchor.page.seconds)
    rows.append(ratio("page down to paint, p50", ms(a), a, b, 2.0, "L", ms(b)))
    rows.append(Row("held key at 30/s, lag after the last", ms(own.lag), own.lag * 1000, 33, "ms", ms(anchor.lag)))
    for what, keys, theirs, limit in (
        ("bytes for a cursor key", own.down, anchor.down, 900),
        ("bytes for a page", own.page, anchor.page, 15_000),
    ):
        a, b = p50(keys.bytes), p50(theirs.bytes)
        rows.append(Row(what, f"{a:,.0f}", a, limit, "bytes", f"{b:,.0f}"))
    rows += efforts(f"{CHANGING} cell changes/s", changing, changing_anchor)
    rows += idle_rows(own.idle, anchor.idle)
    rows.append(_mib("memory of the console, 5,000 calls", own.rss_mib, anchor.rss_mib))
    return rows


def efforts(what: str, mine: Effort, theirs: Effort) -> list[Row]:
    """CPU and bytes of changes that are painted."""
    cpu = ratio(f"{what}: CPU", _cpu(mine), mine.cpu_ms, theirs.cpu_ms, 2.0, "L", _cpu(theirs))
    sent = ratio(f"{what}: bytes/s", f"{mine.bytes:,.0f}", mine.bytes, theirs.bytes, 2.0, "L", f"{theirs.bytes:,.0f}")
    return [cpu, sent]


def idle_rows(mine: Effort, theirs: Effort) -> list[Row]:
    """What nobody touching it costs."""
    woken = ratio(
        "idle: wakeups/s", f"{mine.wakeups:.1f}", mine.wakeups, theirs.wakeups, 1.3, "L", f"{theirs.wakeups:.1f}"
    )
    return [
        ratio("idle: CPU", _cpu(mine), mine.cpu_ms, theirs.cpu_ms, 2.0, "L", _cpu(theirs)),
        woken,
        Row("idle: bytes/s", f"{mine.bytes:,.0f}", mine.bytes, 100, "bytes", f"{theirs.bytes:,.0f}"),
    ]


def memory(installed: Installed, folder: DeskFolder, calls: int, fewer: float) -> list[Row | Missing]:
    """The console on a region of more calls, beside what it took with fewer."""
    with fresh(folder), ready(installed.console(folder.profile.path)) as run:
        grown = run.rss_mib() - fewer
    return [Row(f"memory for {calls:,} calls more", f"{grown:.1f} MiB", grown, 4.0, "MiB")]


def rss(installed: Installed, folder: DeskFolder) -> float:
    """The console's memory, some seconds after its start."""
    with fresh(folder), ready(installed.console(folder.profile.path)) as run:
        return run.rss_mib()


def _mib(what: str, mine: float, theirs: float) -> Row:
    return ratio(what, f"{mine:.0f} MiB", mine, theirs, 2.0, "L", f"{theirs:.0f} MiB")


def _cpu(effort: Effort) -> str:
    return f"{effort.cpu_ms / 10:.2f} %"


# -- measuring one program ---------------------------------------------------------------------------------------


@contextmanager
def ready(command: list[str]) -> Iterator[Run]:
    """A program that has painted its list and come to rest."""
    with Run(command) as run:
        run.when(lambda lines: any(FIRST in line for line in lines))
        run.rest(SETTLE_S)
        yield run


def use(command: list[str], length: Length) -> Used:
    """Keys and pages from rest, a held key, and nothing."""
    with ready(command) as run:
        idle = effort(run, length.seconds)
        down = press(run, (DOWN, UP), length.keys)
        lag = p50([hold(run, 60), hold(run, 60), hold(run, 60)])
        page = press(run, (PAGE_DOWN,), length.pages)
        return Used(down, page, lag, idle, run.rss_mib())


def press_busy(command: list[str], length: Length) -> Keys:
    """Keys while changes arrive."""
    with ready(command) as run:
        return press(run, (DOWN, UP), length.keys)


def watch(command: list[str], length: Length) -> Effort:
    """Hands off, while it changes by itself."""
    with ready(command) as run:
        return effort(run, length.seconds)


def press(run: Run, keys: Sequence[bytes], count: int) -> Keys:
    """Press in turn, each time from rest, until the choice has moved; out of step with any timer."""
    seconds: list[float] = []
    sizes: list[int] = []
    for number in range(count):
        run.rest(random.uniform(0.015, 0.045))
        before, sent_so_far = run.chosen(), run.cost().bytes
        sent = run.send(keys[number % len(keys)])
        seconds.append(run.when(partial(_moved, was=before, keys=len(keys)), patience=5.0) - sent)
        run.quiet(0.06, patience=0.2)
        sizes.append(run.cost().bytes - sent_so_far)
    return Keys(seconds, sizes)


def _moved(lines: list[str], *, was: tuple[int, str], keys: int) -> bool:
    """Down and up in turn change the row; a page changes what the chosen row says."""
    now = chosen_of(lines)
    return now[0] >= 0 and (now[0] != was[0] if keys > 1 else now != was)


def hold(run: Run, count: int) -> float:
    """Hold a key at thirty a second; how long after the last the painting still lasts."""
    for _ in range(count - 1):
        run.send(DOWN)
        run.rest(1 / 30)
    sent = run.send(DOWN)
    late = run.quiet(0.06, patience=2.0)
    return late[-1].at - sent if late else 0.0


def effort(run: Run, seconds: float) -> Effort:
    """What a while of hands off costs for each second."""
    before: Cost = run.cost()
    run.rest(seconds)
    after = run.cost()
    return Effort(
        1000 * (after.cpu_s - before.cpu_s) / seconds,
        (after.wakeups - before.wakeups) / seconds,
        (after.bytes - before.bytes) / seconds,
    )


# -- what happens meanwhile --------------------------------------------------------------------------------------


@contextmanager
def arriving(folder: DeskFolder, rate: int, lines: int, length: Length) -> Iterator[None]:
    """So many changes a second into the desk's cache, by a process of its own."""
    most = 60 + 4 * length.seconds + length.keys
    command = [
        sys.executable,
        "-m",
        "tests.benchmarks.desks",
        str(folder.profile.path.parent),
        str(rate),
        str(most),
        str(lines),
    ]
    writer = subprocess.Popen(command, cwd=ROOT)
    try:
        yield
        assert writer.poll() is None, "the process that writes changes ended too early"
    finally:
        writer.terminate()
        writer.wait(10)


@contextmanager
def fresh(folder: DeskFolder) -> Iterator[None]:
    """The hub is heard every five seconds, as a courier hears it, and nothing else happens."""
    command = [sys.executable, "-m", "tests.benchmarks.desks", str(folder.profile.path.parent), "0", "3600", "0"]
    hearing = subprocess.Popen(command, cwd=ROOT)
    try:
        yield
    finally:
        hearing.terminate()
        hearing.wait(10)

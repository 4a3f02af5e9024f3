"""Runs a demo region: hub and gateways as child processes, the generator beside them, and a desk on top where one is asked
for. Everything it started ends with it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from zcc_console.core.clock import SystemClock, rfc3339
from zcc_console.core.config import load_profile
from zcc_console.core.errors import AlreadyRunning, ConfigError, ZccError
from zcc_console.core.files import private_dir
from zcc_console.core.ids import ClockIds
from zcc_console.courier.start import LOCK as COURIER_LOCK
from zcc_console.demo import night as nights
from zcc_console.demo.children import Child, free_ports, program
from zcc_console.demo.figures import load_figures
from zcc_console.demo.generator import Access, Generator
from zcc_console.demo.night import Night
from zcc_console.demo.opening import night_begins
from zcc_console.demo.region import Region, load_region
from zcc_console.demo.running import LOCK, announce
from zcc_console.demo.site import Ports, Site, seats_for, write_site
from zcc_console.demo.wire import NightClock
from zcc_console.store.locks import ProcessLock

OPENED_S = 60.0
"""How long the opening may take before the region counts as broken."""

AGAIN_S = 2.0
COURIER_S = 3.0


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for on the command line."""

    seed: int
    speed: float
    state: Path | None
    """Kept where it is named; else a folder that goes when the region stops."""
    desks: int
    headless: bool


def run(options: Options) -> int:
    """Run until told to stop; the exit code."""
    return asyncio.run(_run(options))


async def _run(options: Options) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    folder = options.state or Path(tempfile.mkdtemp(prefix="zcc-demo-"))
    try:
        lock = _take(folder)
        try:
            return await _until_stopped(folder, options, stop)
        finally:
            lock.release()
    finally:
        if options.state is None:
            shutil.rmtree(folder, ignore_errors=True)


def _take(folder: Path) -> ProcessLock:
    """The folder is ours alone from here.

    Raises:
        ConfigError: it cannot be made or written.
        AlreadyRunning: another demo has it.
    """
    lock = ProcessLock(folder / LOCK)
    try:
        private_dir(folder)
        free = lock.acquire()
    except OSError as error:
        raise ConfigError(
            f"De map {folder} is niet te gebruiken ({error.strerror}). Er is niets gestart; kies een andere bij --state."
        ) from None
    if not free:
        raise AlreadyRunning(f"Op {folder} draait al een oefenregio. Ga daar verder, of kies een andere --state.")
    return lock


async def _until_stopped(folder: Path, options: Options, stop: asyncio.Event) -> int:
    region = load_region()
    _say(options, f"Oefenregio {region.name} start …")
    async with _serving(folder, region, options, stop) as running:
        if running is None:
            return 130
        site, line = running
        announce(folder, next(iter(site.profiles.values())))
        if options.headless:
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
            await stop.wait()
            return 0
        return await _desk(next(iter(site.profiles.values())), stop)


def _say(options: Options, text: str) -> None:
    if not options.headless:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()


@asynccontextmanager
async def _serving(
    folder: Path, region: Region, options: Options, stop: asyncio.Event
) -> AsyncIterator[tuple[Site, str] | None]:
    """The region while it serves, with the line that says where; None where it was told to stop before that."""
    children: list[Child] = []
    watchers: list[asyncio.Task[None]] = []
    site: Site | None = None
    try:
        night, site, children = await _start(folder, region, options)
        watchers = [asyncio.create_task(child.keep()) for child in children]
        opened = asyncio.Event()
        watchers.append(asyncio.create_task(_generate(site, region, night, folder, opened)))
        await _first(stop, opened, seconds=OPENED_S, what="De oefenregio kwam niet op gang")
        yield None if stop.is_set() else (site, _line(site, region, night, children))
    finally:
        for watcher in watchers:
            watcher.cancel()
        await asyncio.gather(*watchers, return_exceptions=True)
        if site is not None:
            await _stop_couriers(site)
        await asyncio.gather(*(child.stop() for child in children))


async def _first(*events: asyncio.Event, seconds: float, what: str) -> None:
    """Wait for any of the events."""
    waits = [asyncio.create_task(event.wait()) for event in events]
    done, _ = await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()
    if not done:
        raise ZccError(f"{what} (binnen {seconds:.0f} seconden). Er is niets verloren; probeer het opnieuw.")


async def _start(folder: Path, region: Region, options: Options) -> tuple[Night, Site, list[Child]]:
    """Write the folder and start hub and gateways; on other ports where those of before are taken."""
    before = nights.load(folder)
    now = SystemClock().now()
    for attempt in range(3):
        ports = before.ports if before is not None and attempt == 0 else _ports(region)
        if before is None:
            night = Night(options.seed, 1, NightClock(night_begins(region), now, options.speed), ports)
        else:
            again = before.again(now, options.speed)
            night = Night(again.seed, again.runs, again.clock, ports)
        site = write_site(folder, region, ports, seats_for(region, options.desks)[: options.desks])
        logs = private_dir(folder / "log")
        children = [
            Child("hub", program("hub", "--config", str(site.hub_config)), logs / "hub.log"),
            *(
                Child(rav, program("rav", "--config", str(config)), logs / f"{rav}.log")
                for rav, config in site.rav_configs.items()
            ),
        ]
        started = await asyncio.gather(*(child.start() for child in children), return_exceptions=True)
        failures = [result for result in started if isinstance(result, BaseException)]
        if not failures:
            nights.save(night, folder)
            return night, site, children
        await asyncio.gather(*(child.stop() for child in children))
        if attempt == 2 or not isinstance(failures[0], ZccError):
            raise failures[0]
    raise AssertionError("unreachable")


def _ports(region: Region) -> Ports:
    hub, *others = free_ports(1 + len(region.ravs))
    return Ports(hub, {rav.id: port for rav, port in zip(region.ravs, others, strict=True)})


async def _generate(site: Site, region: Region, night: Night, folder: Path, opened: asyncio.Event) -> None:
    """Keep a generator at work; one that fails is replaced, and why is in the log."""
    clock, figures, fresh = SystemClock(), load_figures(), night.is_fresh
    supervisor = next(seat.id for seat in region.seats if seat.role == "supervisor")
    access = Access(
        hub_url=f"http://127.0.0.1:{night.ports.hub}",
        intake=site.tokens["intake"],
        provider=site.tokens["provider"],
        desks=site.tokens,
        supervisor=supervisor,
    )
    draw, at = night.draw, night.clock
    while True:
        generator = Generator(access, region, figures, draw, at, clock, ClockIds(clock), fresh=fresh)
        telling = asyncio.create_task(_pass_on(generator.opened, opened))
        try:
            await generator.run()
        except Exception as error:  # the night goes on; words of patients stay out of the log
            _note(folder, clock.now(), _where(error))
        finally:
            telling.cancel()
            for what, times in sorted(generator.problems.items()):
                _note(folder, clock.now(), f"refused {times}x {what}")
        await asyncio.sleep(AGAIN_S)
        fresh, draw = False, draw + 1
        at = NightClock(at.sim(clock.now()), clock.now(), at.speed)


def _note(folder: Path, at: datetime, what: str) -> None:
    """A line of the generator's log."""
    with (folder / "log" / "generator.log").open("a", encoding="utf-8") as log:
        log.write(f"{rfc3339(at)} {what}\n")


async def _pass_on(one: asyncio.Event, other: asyncio.Event) -> None:
    await one.wait()
    other.set()


def _where(error: BaseException) -> str:
    """Class and place of an error, without its words."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "?"
    return f"{type(error).__name__} in {place}"


def _line(site: Site, region: Region, night: Night, children: list[Child]) -> str:
    """The line of JSON for scripts and other people's tests."""
    urls = {child.name: child.url for child in children}
    default = next(rav.id for rav in region.ravs if rav.default)
    roles = {seat.role: site.tokens[seat.id] for seat in region.seats if seat.open}
    return json.dumps(
        {
            "hub": urls["hub"],
            "rav": urls[default],
            "tokens": {
                "triagist": roles["triagist"],
                "assistant": roles["assistant"],
                "supervisor": roles["supervisor"],
                "intake": site.tokens["intake"],
                "provider": site.tokens["provider"],
            },
            "profile": str(next(iter(site.profiles.values()))),
            "profiles": {desk: str(path) for desk, path in site.profiles.items()},
            "ravs": {rav.id: urls[rav.id] for rav in region.ravs},
            "rav_configs": {rav: str(path) for rav, path in site.rav_configs.items()},
            "state": str(site.folder),
            "seed": night.seed,
            "pids": {child.name: child.pid for child in children},
        }
    )


async def _desk(profile: Path, stop: asyncio.Event) -> int:
    """The console in the foreground; its exit code is ours."""
    asyncio.get_running_loop().remove_signal_handler(signal.SIGINT)
    previous = signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C belongs to the console now
    try:
        console = await asyncio.create_subprocess_exec(
            *program("console", "--profile", str(profile)), preexec_fn=_default_interrupt
        )
        ended, told = asyncio.create_task(console.wait()), asyncio.create_task(stop.wait())
        await asyncio.wait((ended, told), return_when=asyncio.FIRST_COMPLETED)
        told.cancel()
        if not ended.done():
            with contextlib.suppress(ProcessLookupError):
                console.terminate()
        return await ended
    finally:
        signal.signal(signal.SIGINT, previous)


def _default_interrupt() -> None:
    """An ignored signal stays ignored over exec; the console wants its own."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


async def _stop_couriers(site: Site) -> None:
    """A courier outlives its console; these have nobody left to deliver to. What they hold is in their journals."""
    locks = [ProcessLock(load_profile(path).state_dir / COURIER_LOCK) for path in site.profiles.values()]
    for number in (signal.SIGTERM, signal.SIGKILL):
        waiting = [pid for lock in locks if (pid := lock.holder())]
        for pid in waiting:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)
        for _ in range(int(COURIER_S / 0.05)):
            if not any(lock.holder() for lock in locks):
                return
            await asyncio.sleep(0.05)

"""One courier process: its lock, signals, wake-ups, upkeep of the files, and what it says of itself."""

from __future__ import annotations

import asyncio
import gc
import os
import random
import signal
import socket
import time
from contextlib import suppress
from datetime import timedelta
from enum import StrEnum
from functools import partial

from structlog.typing import FilteringBoundLogger

from zcc_console.core.clock import Clock, SystemClock, rfc3339
from zcc_console.core.config import Profile
from zcc_console.core.errors import NewerSchema, ZccError
from zcc_console.core.files import private_dir
from zcc_console.core.ids import ClockIds
from zcc_console.courier import status
from zcc_console.courier.logbook import open_log
from zcc_console.courier.shell import Bench, Damaged, Shell
from zcc_console.courier.start import BALLAST, CONSOLE_LOCK, CONSOLE_SOCKET, LOCK, LOG, SOCKET
from zcc_console.courier.stores import Stores
from zcc_console.courier.wire import Wire, routes_of
from zcc_console.store import ballast
from zcc_console.store.cache import Cache
from zcc_console.store.courier import CourierJournal
from zcc_console.store.engine import WAL_ALARM_BYTES, OperationalError
from zcc_console.store.locks import ProcessLock, drain, listen, notify

LOCK_TRIES = 10
LOCK_PAUSE_S = 0.05
AGAIN_S = 1.0
POLL_S = 1.0
UPKEEP_S = 30.0
FORGET_S = 3600.0
KEPT = timedelta(hours=72)
DISK_TEXT = (
    "De schijf van deze desk is vol of niet te schrijven. Wat verstuurd kan worden wordt verstuurd; leg niets nieuws "
    "vast dat niet ook gebeld is, en waarschuw de beheerder."
)
FAULT_TEXT = (
    "De koerier van deze desk is door een programmafout gestopt. Wat is vastgelegd blijft bewaard en wordt bij de "
    "volgende start bezorgd; waarschuw de beheerder."
)
WAL_TEXT = "Het logboek van het journaal groeit en wordt niet ingevoegd; sluit oude vensters van deze desk."
LEAVE_S = 3.0
"""How long a courier that is told to stop goes on with handoffs that are not yet delivered."""


class CourierFault(ZccError):
    """Something in the courier itself is wrong."""

    exit_code = 70  # EX_SOFTWARE


class Outcome(StrEnum):
    """Why a courier came to its end."""

    STOPPED = "stopped"
    AGAIN = "again"
    FINISHED = "finished"


def run(profile: Profile) -> int:
    """Run this desk's courier until it is told to stop; 0 at once where one runs already.

    Raises:
        StoreError: a database cannot be opened; said in `courier.status` too, for the console.
    """
    private_dir(profile.state_dir)
    lock = ProcessLock(profile.state_dir / LOCK)
    if not _acquire(lock):
        return 0
    if ballast.is_tight(profile.state_dir):  # opening the files takes a little room, too
        ballast.give_up(profile.state_dir / BALLAST)
    clock = SystemClock()
    log = open_log(profile.state_dir / LOG, clock)
    try:
        while True:
            outcome = asyncio.run(_serve(profile, clock, log))
            log.info("courier-ends", outcome=outcome.value)
            if outcome is not Outcome.AGAIN:
                status.write_status(profile.state_dir, clock, status.STOPPED)
                return 0
            time.sleep(AGAIN_S)
    except ZccError as error:
        log.error("courier-fails", error=type(error).__name__)
        status.write_status(profile.state_dir, clock, status.FAILED, str(error))
        raise
    except Exception as error:  # never its text: it may hold a person's words
        log.error("courier-fails", error=type(error).__name__)
        status.write_status(profile.state_dir, clock, status.FAILED, FAULT_TEXT)
        raise CourierFault(FAULT_TEXT) from None
    finally:
        lock.release()


def _acquire(lock: ProcessLock) -> bool:
    """Take the lock; a look at it by somebody else holds it for an instant, so not giving up at the first try."""
    for _ in range(LOCK_TRIES):
        if lock.acquire():
            return True
        time.sleep(LOCK_PAUSE_S)
    return False


class _Courier:
    """A running courier's odds and ends."""

    def __init__(self, profile: Profile, clock: Clock, log: FilteringBoundLogger) -> None:
        self.profile = profile
        self.clock = clock
        self.log = log
        self.ids = ClockIds(clock)
        self.stop = asyncio.Event()
        self.outcome = Outcome.STOPPED
        self.finishing = False
        self.wire = Wire(routes_of(profile))
        self.commands = Bench("commands", lambda: self._stores(checkpoints=True, deep=True))
        self.region = Bench("region", lambda: self._stores(checkpoints=True))
        self.handoffs = Bench("handoffs", lambda: self._stores(checkpoints=False))
        benches = (self.region, self.commands, self.handoffs)
        self.shell = Shell(
            profile, clock, random.Random(), self.wire, benches, log, self.wake_console, self.disk_trouble
        )

    def _stores(self, *, checkpoints: bool, deep: bool = False) -> Stores:
        profile = self.profile
        journal = CourierJournal.open(
            profile.journal_path,
            profile.key_path,
            self.clock,
            self.ids,
            checkpoints=checkpoints,
            siblings=(profile.cache_path,),
            deep=deep,
        )
        cache = Cache.open(
            profile.cache_path,
            profile.key_path,
            writer=checkpoints,
            now=self.clock.now(),
            siblings=(profile.journal_path,),
            deep=deep,
        )
        return Stores(journal, cache, profile, self.clock)

    def woken(self, receiver: socket.socket) -> None:
        """A console says that it committed something."""
        drain(receiver)
        self.shell.wake.ring()

    def wake_console(self) -> None:
        """Something on disk changed that a console shows."""
        notify(self.profile.state_dir / CONSOLE_SOCKET)

    def disk_trouble(self, troubled: bool) -> None:
        """Say outside the databases that they cannot be written, or that they can again."""
        state_dir = self.profile.state_dir
        if troubled:
            status.write_status(state_dir, self.clock, status.DISK, DISK_TEXT)
        else:
            status.write_status(state_dir, self.clock, status.RUNNING)

    async def watch(self) -> None:
        """What no datagram told: another process's commits, a newer schema, the console's life, new credentials."""
        before: object = None
        console = ProcessLock(self.profile.state_dir / CONSOLE_LOCK)
        while True:
            if console.holder() is not None:
                self.shell.facts.console_seen = self.clock.boot()
            now = (await self._journal_version(), self._credentials())
            if before is not None and now != before:
                self.shell.wake.ring()
            before = now
            if await self.commands.ask(_moved):
                self.log.error("files-replaced")
                self._end(Outcome.AGAIN)
            if self.finishing and await self.commands.ask(lambda stores: stores.journal.undelivered()) == 0:
                self._end(Outcome.FINISHED)
            await asyncio.sleep(POLL_S)

    async def _journal_version(self) -> int:
        try:
            version, newer = await self.commands.ask(
                lambda stores: (stores.journal.data_version(), stores.journal.is_newer())
            )
        except OperationalError:
            return -1
        if newer and not self.finishing:
            self.finishing = True
            self.log.info("journal-newer")
            status.write_status(self.profile.state_dir, self.clock, status.FINISHING)
        return version

    def _credentials(self) -> tuple[float, ...]:
        found = []
        for path in {self.profile.hub_token_file, *(rav.token_file for rav in self.profile.ravs if rav.token_file)}:
            with suppress(OSError):
                found.append(path.stat().st_mtime)
        return tuple(sorted(found))

    def _end(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self.stop.set()

    async def upkeep(self) -> None:
        """Checkpoints, forgetting, ballast."""
        forget_at, alarmed = 0.0, False
        while True:
            with suppress(OperationalError):
                size = await self.commands.ask(lambda stores: stores.journal.checkpoint())
                await self.region.ask(lambda stores: stores.cache.checkpoint())
                if (size > WAL_ALARM_BYTES) is not alarmed:
                    alarmed = not alarmed
                    self.log.error("wal", bytes=size)
                    text = WAL_TEXT if alarmed else ""
                    status.write_status(self.profile.state_dir, self.clock, status.RUNNING, text)
                if self.clock.boot() >= forget_at:
                    forget_at = self.clock.boot() + FORGET_S
                    before = rfc3339(self.clock.now() - KEPT)
                    await self.commands.ask(partial(_forget, before=before))
                    await self.region.ask(lambda stores: stores.cache.prune())
            ballast.keep(self.profile.state_dir / BALLAST)
            await asyncio.sleep(UPKEEP_S)

    async def leave(self) -> None:
        """Told to stop: handoffs that are not delivered get a last few seconds."""
        deadline = self.clock.boot() + LEAVE_S
        while self.clock.boot() < deadline:
            work = await self.handoffs.ask(Stores.handoff_work)
            if not work.pending:
                return
            await asyncio.sleep(0.05)


def _moved(stores: Stores) -> bool:
    """Whether one of the files was put in another's place since it was opened."""
    return stores.journal.replaced() or stores.cache.replaced()


def _forget(stores: Stores, before: str) -> None:
    stores.journal.forget(before)


async def _serve(profile: Profile, clock: Clock, log: FilteringBoundLogger) -> Outcome:
    courier = _Courier(profile, clock, log)
    benches = (courier.commands, courier.handoffs, courier.region)
    receiver = None
    loop = asyncio.get_running_loop()
    try:
        for bench in benches:
            await bench.open()
        with suppress(OperationalError):  # on a full disk a handoff that was pressed still goes
            await courier.commands.ask(lambda stores: stores.journal.note_boot())
        receiver = listen(profile.state_dir / SOCKET)
        loop.add_reader(receiver, courier.woken, receiver)
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, courier.stop.set)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        status.write_status(profile.state_dir, clock, status.RUNNING)
        log.info("courier-starts", pid=os.getpid())
        gc.freeze()
        await _until_stopped(courier)
        return courier.outcome
    except NewerSchema:
        status.write_status(profile.state_dir, clock, status.STOPPED)
        return Outcome.FINISHED
    finally:
        if receiver is not None:
            loop.remove_reader(receiver)
            receiver.close()
        await courier.wire.close()
        for bench in benches:
            await bench.close()


async def _until_stopped(courier: _Courier) -> None:
    work = [
        asyncio.create_task(courier.shell.run()),
        asyncio.create_task(courier.shell.supervised("watch", courier.watch)),
        asyncio.create_task(courier.shell.supervised("upkeep", courier.upkeep)),
    ]
    stopped = asyncio.create_task(courier.stop.wait())
    try:
        done, _ = await asyncio.wait([*work, stopped], return_when=asyncio.FIRST_COMPLETED)
        for task in done - {stopped}:
            task.result()
        if courier.outcome is Outcome.STOPPED:
            await courier.leave()
    except* Damaged:
        courier.outcome = Outcome.AGAIN
    finally:
        for task in (*work, stopped):
            task.cancel()
        await asyncio.gather(*work, stopped, return_exceptions=True)

"""The asyncio around the lanes: it runs each step, carries out effects on threads and sockets, and wakes who waits."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from structlog.typing import FilteringBoundLogger

from zcc_console.core.clock import Clock
from zcc_console.core.config import Profile
from zcc_console.courier import audit, beat, deliver, events, lane, pull
from zcc_console.courier import pull_terms as terms
from zcc_console.courier.machine import (
    Begin,
    Done,
    Effect,
    Event,
    Kind,
    Log,
    Now,
    Request,
    Step,
    Stop,
    Wait,
    Woken,
)
from zcc_console.courier.stores import (
    NOTES,
    WAKES_CONSOLE,
    WAKES_LANES,
    HandoffEffect,
    PullEffect,
    StoreEffect,
    Stores,
)
from zcc_console.courier.wire import Wire
from zcc_console.store.engine import OperationalError, is_damage

S = TypeVar("S")
T = TypeVar("T")
AGAIN_S = 1.0


class Damaged(Exception):
    """A database turned out to be damaged: everything is closed, mended and begun again."""


class Wake:
    """Who waits for a change is woken, and a change between a look and the wait is not missed."""

    def __init__(self) -> None:
        self.generation = 0
        self._event = asyncio.Event()

    def ring(self) -> None:
        """Something changed."""
        self.generation += 1
        self._event.set()
        self._event = asyncio.Event()

    async def wait(self, seconds: float, seen: int) -> None:
        """Until something has changed since a generation, at most so long."""
        if self.generation != seen:
            await asyncio.sleep(0)  # whoever waits gives the others their turn, even when there was nothing to wait for
            return
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return


@dataclass(slots=True)
class Facts:
    """What one lane learned that others must know."""

    kind: Kind = Kind.UNKNOWN
    confirmed: float | None = None
    hub_wrote: float | None = None
    console_seen: float | None = None


class Bench:
    """One thread with its own connections; what is asked of it is done in order."""

    def __init__(self, name: str, open_stores: Callable[[], Stores]) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._open = open_stores
        self._stores: Stores | None = None

    async def open(self) -> None:
        """Open its connections on its thread."""
        self._stores = await asyncio.get_running_loop().run_in_executor(self._pool, self._open)

    async def ask(self, work: Callable[[Stores], T]) -> T:
        """Have work done on the thread."""
        stores = self._stores
        if stores is None:
            raise RuntimeError("not open")
        return await asyncio.get_running_loop().run_in_executor(self._pool, work, stores)

    async def close(self) -> None:
        """Finish what is asked, close the connections, end the thread."""
        stores, self._stores = self._stores, None
        if stores is not None:
            await asyncio.get_running_loop().run_in_executor(self._pool, stores.close)
        self._pool.shutdown()


class Shell:
    """All lanes of one courier, running."""

    def __init__(
        self,
        profile: Profile,
        clock: Clock,
        chance: random.Random,
        wire: Wire,
        benches: tuple[Bench, Bench, Bench],
        log: FilteringBoundLogger,
        wake_console: Callable[[], object],
        disk_trouble: Callable[[bool], object] = lambda troubled: None,
    ) -> None:
        self.profile = profile
        self.facts = Facts()
        self.wake = Wake()
        self._clock = clock
        self._chance = chance
        self._wire = wire
        self.region, self.commands, self.handoffs = benches
        self._log = log
        self._wake_console = wake_console
        self._disk_trouble = disk_trouble
        self._lanes: dict[str, asyncio.Task[None]] = {}
        self._heard_out: dict[str, int] = {}

    async def run(self) -> None:
        """Run every lane until cancelled.

        Raises:
            Damaged: a database must be mended first.
        """
        desk_id = self.profile.desk_id
        async with asyncio.TaskGroup() as group:
            group.create_task(self._lane("pull", pull.step, pull.PullState(exercise=self.profile.exercise)))
            group.create_task(self._lane("deliver", deliver.step, deliver.DeliverState()))
            group.create_task(self._lane("tell", events.tell, events.TellState()))
            group.create_task(self._lane("beat", beat.step, beat.BeatState(desk_id)))
            group.create_task(self._lane("audit", audit.step, audit.AuditState(desk_id)))
            group.create_task(self.supervised("handoffs", lambda: self._handoff_lanes(group)))

    # -- handoffs come and go --------------------------------------------------------------------------------------

    async def _handoff_lanes(self, group: asyncio.TaskGroup) -> None:
        """One lane for each handoff on each route that still owes something, and one that listens to the RAV."""
        direct = {rav.id for rav in self.profile.ravs if rav.url is not None}
        while True:
            seen = self.wake.generation
            wanted = await self._store(Stores.handoff_work)
            for handoff_id, rav, route in wanted.pending:
                rav_id = self.profile.rav(rav).id
                to = "handoff-hub" if route == "hub" else f"direct:{rav_id}"
                if route != "hub" and rav_id not in direct:
                    await self._store(partial(Stores.no_route, handoff_id=handoff_id, route=route))
                    continue
                self._spawn(group, f"handoff:{to}:{handoff_id}", lane.step, lane.LaneState(route, to, handoff_id))
            for handoff_id, rav, messages in wanted.recent:
                rav_id = self.profile.rav(rav).id
                name = f"hear:{handoff_id}"
                if rav_id not in direct or self._heard_out.get(handoff_id) == messages or name in self._lanes:
                    continue
                self._heard_out[handoff_id] = messages
                self._spawn(group, name, events.hear, events.HearState(handoff_id, f"direct:{rav_id}"))
            await self.wake.wait(30.0, seen)

    def _spawn(self, group: asyncio.TaskGroup, name: str, step: Step[S], state: S) -> None:
        if name in self._lanes:
            return
        task = self._lanes[name] = group.create_task(self._lane(name, step, state))

        def ended(_: asyncio.Task[None]) -> None:
            self._lanes.pop(name, None)
            self.wake.ring()  # something may have come in while it ended

        task.add_done_callback(ended)

    # -- one lane ----------------------------------------------------------------------------------------------------

    async def _lane(self, name: str, step: Step[S], first: S) -> None:
        """Run a lane until it stops; a fault in it begins it again from what is on disk."""
        await self.supervised(name, lambda: self._steps(step, first))

    async def supervised(self, name: str, work: Callable[[], Coroutine[None, None, None]]) -> None:
        """Do work to its end; after a fault, log where it was, and begin again.

        Raises:
            Damaged: a database must be mended first.
        """
        while True:
            try:
                await work()
                return
            except Damaged:
                raise
            except Exception as error:  # the type and the place, never the text: it may hold a person's words
                if is_damage(error):
                    raise Damaged(name) from None
                trace = error.__traceback__
                while trace is not None and trace.tb_next is not None:
                    trace = trace.tb_next
                where = f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}" if trace is not None else ""
                self._log.error("fault", lane=name.partition(":")[0], error=type(error).__name__, where=where)
                await asyncio.sleep(AGAIN_S)

    async def _steps(self, step: Step[S], state: S) -> None:
        event: Event = Begin()
        seen = self.wake.generation
        while True:
            if isinstance(event, Begin | Woken):
                seen = self.wake.generation  # before the facts are looked at: a change after this ends the next wait
            state, effects = step(state, event, self._now())
            for effect in effects:
                if isinstance(effect, Stop):
                    return
                if isinstance(effect, StoreEffect):
                    seen = self.wake.generation
                event = await self._perform(effect, seen)

    def _now(self) -> Now:
        facts = self.facts
        return Now(
            boot=self._clock.boot(),
            wall=self._clock.now(),
            boot_id=self._clock.boot_id(),
            chance=self._chance.random(),
            kind=facts.kind,
            confirmed=facts.confirmed,
            hub_wrote=facts.hub_wrote,
            console_seen=facts.console_seen,
        )

    async def _perform(self, effect: Effect, seen: int) -> Event:
        match effect:
            case Request():
                return await self._wire.request(effect)
            case Wait(seconds, wakeable):
                if wakeable:
                    await self.wake.wait(seconds, seen)
                else:
                    await asyncio.sleep(seconds)
                return Woken()
            case Log(event, fields):
                self._log.info(event, **dict(fields))
            case terms.OpenStream(cursor):
                return await self._wire.open_stream(cursor)
            case terms.NextFrames(within_s):
                return await self._wire.next_frames(within_s)
            case terms.CloseStream():
                await self._wire.close_stream()
            case terms.HubKind(right):
                self._hub_kind(Kind.RIGHT if right else Kind.WRONG)
            case terms.HubWrote():
                self.facts.hub_wrote = self._clock.boot()
            case _ if isinstance(effect, StoreEffect):
                return await self._stored(effect)
            case _:
                raise AssertionError(type(effect).__name__)
        return Done()

    def _hub_kind(self, kind: Kind) -> None:
        if self.facts.kind is not kind:
            self.facts.kind = kind
            self.wake.ring()

    async def _stored(self, effect: StoreEffect) -> Event:
        """Carry out a write or a look, again and again while the disk is full or the file busy."""
        if isinstance(effect, terms.Heard):
            self.facts.confirmed = self._clock.boot()
        troubled = False
        while True:
            try:
                event = await self._bench(effect).ask(lambda stores: stores.perform(effect))
                break
            except OperationalError:
                if isinstance(effect, NOTES):
                    return Done()
                if isinstance(effect, lane.Record):
                    return lane.Recorded(kept=False)
                if not troubled:
                    troubled = True
                    self._log.error("disk", effect=type(effect).__name__)
                    self._disk_trouble(True)
                await asyncio.sleep(AGAIN_S)
        if troubled:
            self._disk_trouble(False)
        if isinstance(effect, WAKES_CONSOLE):
            self._wake_console()
        if isinstance(effect, WAKES_LANES):
            self.wake.ring()
        return event

    def _bench(self, effect: StoreEffect) -> Bench:
        if isinstance(effect, PullEffect):
            return self.region
        if isinstance(effect, HandoffEffect):
            return self.handoffs
        return self.commands

    async def _store(self, work: Callable[[Stores], T]) -> T:
        while True:
            try:
                return await self.handoffs.ask(work)
            except OperationalError:
                await asyncio.sleep(AGAIN_S)

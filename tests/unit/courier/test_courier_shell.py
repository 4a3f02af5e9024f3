"""The thin asyncio around the lanes: waiting, waking, faults, and disks that cannot be written."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.unit.courier.sim import make_profile
from zcc_console.core.clock import ManualClock
from zcc_console.courier import deliver, events, lane
from zcc_console.courier import pull_terms as terms
from zcc_console.courier.answers import Receipt
from zcc_console.courier.machine import Begin, Done, Effects, Event, Now, Stop, Wait
from zcc_console.courier.shell import Bench, Damaged, Shell, Wake
from zcc_console.courier.stores import Stores
from zcc_console.courier.wire import Wire
from zcc_console.store.engine import DatabaseError, OperationalError


class FakeStores:
    """Answers each effect with what the test says, or raises it."""

    def __init__(self) -> None:
        self.outcomes: list[Any] = []
        self.asked: list[Any] = []

    def perform(self, effect: Any) -> Event:
        self.asked.append(effect)
        outcome = self.outcomes.pop(0) if self.outcomes else Done()
        if isinstance(outcome, Exception):
            raise outcome
        assert isinstance(outcome, Event)
        return outcome

    def close(self) -> None:
        return None


class Kit:
    def __init__(self, folder: Path) -> None:
        self.stores = FakeStores()
        self.logged: list[tuple[str, dict[str, Any]]] = []
        self.woken: list[str] = []
        self.trouble: list[bool] = []
        benches: Any = tuple(Bench(name, lambda: self.stores) for name in ("a", "b", "c"))  # type: ignore[arg-type,return-value]
        self.benches: tuple[Bench, Bench, Bench] = benches
        log: Any = self
        self.shell = Shell(
            make_profile(folder),
            ManualClock(),
            random.Random(1),
            Wire({}),
            self.benches,
            log,
            lambda: self.woken.append("console"),
            self.trouble.append,
        )

    def info(self, event: str, **fields: Any) -> None:
        self.logged.append((event, fields))

    error = info


@pytest.fixture
async def kit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Kit]:
    monkeypatch.setattr("zcc_console.courier.shell.AGAIN_S", 0.001)
    made = Kit(tmp_path)
    for bench in made.benches:
        await bench.open()
    yield made
    for bench in made.benches:
        await bench.close()


async def test_a_change_between_the_look_and_the_wait_is_not_missed() -> None:
    wake = Wake()
    seen = wake.generation
    wake.ring()
    async with asyncio.timeout(1):
        await wake.wait(60, seen)


async def test_a_wait_ends_at_a_ring_and_by_itself() -> None:
    wake = Wake()
    waiting = asyncio.create_task(wake.wait(60, wake.generation))
    await asyncio.sleep(0)
    wake.ring()
    async with asyncio.timeout(1):
        await waiting
    await wake.wait(0.001, wake.generation)


async def test_a_lane_that_fails_begins_again_and_its_words_are_not_logged(kit: Kit) -> None:
    seen: list[Event] = []

    def step(state: int, event: Event, now: Now) -> tuple[int, Effects]:
        seen.append(event)
        if len(seen) < 3:
            raise ValueError("Zonnebloemstraat 12")
        return state, (Stop(),)

    async with asyncio.timeout(5):
        await kit.shell._lane("deliver", step, 0)
    assert [type(event) for event in seen] == [Begin, Begin, Begin]
    assert [name for name, _ in kit.logged] == ["fault", "fault"]
    assert "Zonnebloem" not in str(kit.logged)


async def test_a_lane_that_only_waits_for_facts_does_not_spin(kit: Kit) -> None:
    steps = 0

    def step(state: int, event: Event, now: Now) -> tuple[int, Effects]:
        nonlocal steps
        steps += 1
        return state, (Wait(60.0, wakeable=True),)

    task = asyncio.create_task(kit.shell._lane("beat", step, 0))
    kit.shell.wake.ring()
    for _ in range(50):
        await asyncio.sleep(0)
    before = steps
    kit.shell.wake.ring()
    for _ in range(50):
        await asyncio.sleep(0)
    assert steps == before + 1
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_write_that_cannot_be_done_is_done_later_and_said_outside(kit: Kit) -> None:
    kit.stores.outcomes = [OperationalError("database or disk is full"), OperationalError("locked"), Done()]
    effect = events.PassedOn("h-1", (1,))
    assert isinstance(await kit.shell._stored(effect), Done)
    assert kit.stores.asked == [effect] * 3
    assert kit.trouble == [True, False]


@pytest.mark.parametrize("effect", [terms.NoteLink(terms.Link.STREAM), lane.Failed("m", "hub", None, "timeout")])
async def test_a_note_that_cannot_be_written_is_left_out(kit: Kit, effect: Any) -> None:
    kit.stores.outcomes = [OperationalError("database or disk is full")]
    assert isinstance(await kit.shell._stored(effect), Done)
    assert len(kit.stores.asked) == 1


async def test_a_delivery_that_cannot_be_recorded_does_not_stop_its_lane(kit: Kit) -> None:
    kit.stores.outcomes = [OperationalError("database or disk is full")]
    record = lane.Record("m", "direct", Receipt.DELIVERED, 202, "")
    assert await kit.shell._stored(record) == lane.Recorded(kept=False)


async def test_a_damaged_file_ends_all_lanes_to_be_mended(kit: Kit) -> None:
    def step(state: int, event: Event, now: Now) -> tuple[int, Effects]:
        return state, (deliver.NextRow(),)

    kit.stores.outcomes = [DatabaseError("database disk image is malformed")]
    with pytest.raises(Damaged):
        await kit.shell._lane("deliver", step, 0)


async def test_what_matters_to_the_console_or_other_lanes_wakes_them(kit: Kit) -> None:
    generation = kit.shell.wake.generation
    await kit.shell._stored(deliver.NextRow())
    assert (kit.woken, kit.shell.wake.generation) == ([], generation)
    await kit.shell._stored(events.Learned("h-1", ()))
    assert kit.woken == ["console"]
    assert kit.shell.wake.generation == generation + 1


async def test_work_of_one_bench_is_done_in_order(tmp_path: Path) -> None:
    done: list[int] = []
    stores: Any = FakeStores()
    bench = Bench("x", lambda: stores)
    await bench.open()

    def work(number: int) -> Callable[[Stores], None]:
        return lambda _: done.append(number)

    await asyncio.gather(*(bench.ask(work(number)) for number in range(50)))
    await bench.close()
    assert done == list(range(50))
    with pytest.raises(RuntimeError):
        await bench.ask(work(1))

"""How the region's units report what is free: each in its own rhythm, some typed late, some silent. Pure and seeded;
it knows no hub and no wall clock."""

from __future__ import annotations

import heapq
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from zcc_console.core.clock import local
from zcc_console.demo.region import Region, Unit

PULL = 0.25
"""How far a count goes back towards its usual one between two reports."""


@dataclass(frozen=True, slots=True)
class Low:
    """When a category is under pressure: at `at_least`, or at a fraction of the total."""

    at_least: int
    of_total: int
    word: str


LOW = {
    "rav": Low(1, 8, "druk"),
    "huisartsenpost": Low(1, 12, "druk"),
    "seh": Low(1, 12, "instroom"),
}
"""Our own choice. A category that is not here is full at 0 and open above it."""


@dataclass(frozen=True, slots=True)
class Report:
    """What one unit says at one moment, in the time of the simulation."""

    unit: Unit
    at: datetime
    """When it arrives."""
    observed_at: datetime
    free: int
    status: str
    reason: str
    until: datetime | None
    """The expected end of a stop."""


@dataclass(frozen=True, slots=True)
class _Spell:
    """A status that lasts until its expected end."""

    status: str
    reason: str
    until: datetime


@dataclass(slots=True)
class _Standing:
    free: int
    spell: _Spell | None = None


class CapacityRhythm:
    """The reports of all units, in the order in which they arrive."""

    def __init__(self, seed: int, region: Region, start: datetime) -> None:
        self._region, self._start = region, start
        self._rng = {
            unit.id: random.Random(f"capacity/{seed}/{start.isoformat()}/{unit.slug}") for unit in region.units
        }
        self._standing: dict[str, _Standing] = {}
        self._age: dict[str, float] = {}
        for unit in region.units:
            self._begin(unit)

    def opening(self) -> tuple[Report, ...]:
        """What is known of every unit at the start, with its age; the oldest first."""
        reports = []
        for unit in self._region.units:
            observed = self._start - timedelta(seconds=self._age[unit.id])
            reports.append(self._report(unit, self._start, observed))
        return tuple(sorted(reports, key=lambda report: report.observed_at))

    def reports(self) -> Iterator[Report]:
        """Everything after the start, without end."""
        queue = [
            (self._start + timedelta(seconds=self._first(unit)), unit.slug, unit)
            for unit in self._region.units
            if unit.rhythm.every_s > 0
        ]
        heapq.heapify(queue)
        while queue:
            at, slug, unit = heapq.heappop(queue)
            rng = self._rng[unit.id]
            self._move(unit, at)
            observed = at - timedelta(seconds=unit.rhythm.lag_s * rng.lognormvariate(0, 0.4))
            yield self._report(unit, at, observed)
            gap = unit.rhythm.every_s * rng.lognormvariate(0, unit.rhythm.spread)
            heapq.heappush(queue, (at + timedelta(seconds=gap), slug, unit))

    def took(self, unit_id: str, count: int) -> None:
        """A place was arranged: the unit's own next count knows it."""
        standing = self._standing.get(unit_id)
        if standing is not None:
            standing.free = max(0, standing.free - count)

    def _begin(self, unit: Unit) -> None:
        rng, opening = self._rng[unit.id], unit.opening
        if opening is None:
            free = max(0, min(unit.total, round(rng.gauss(unit.usual, max(0.5, unit.usual / 3)))))
            self._standing[unit.id] = _Standing(free)
            self._age[unit.id] = rng.uniform(0.05, 0.95) * min(unit.rhythm.every_s, unit.valid_for_s)
            return
        spell = None
        if opening.until_min is not None:
            until = (self._start + timedelta(minutes=opening.until_min)).replace(second=0, microsecond=0)
            spell = _Spell(opening.status, opening.reason, until)
        self._standing[unit.id] = _Standing(opening.free, spell)
        self._age[unit.id] = opening.age_s

    def _first(self, unit: Unit) -> float:
        """Seconds until the first report after the start."""
        age, every = self._age[unit.id], unit.rhythm.every_s
        if unit.rhythm.source == "automatic":
            return max(1.0, every - age)
        # Typed by hand: what is ageing now stays so for a while, so that the picture lasts.
        return max(240.0, every * self._rng[unit.id].lognormvariate(0, unit.rhythm.spread) - age)

    def _move(self, unit: Unit, at: datetime) -> None:
        rng, standing = self._rng[unit.id], self._standing[unit.id]
        if unit.rhythm.name == "rooster":
            return
        if standing.spell is not None and at >= standing.spell.until:
            standing.spell = None
            standing.free = max(1, standing.free)
        step = rng.gauss(PULL * (unit.usual - standing.free), max(0.35, unit.total / 24))
        standing.free = max(0, min(unit.total, standing.free + round(step)))
        if unit.category == "seh" and standing.free == 0 and standing.spell is None and rng.random() < 0.25:
            until = at + timedelta(minutes=15 * rng.randint(2, 6))
            reason = rng.choice(["piek", "personeel", "geen klinische bedden", "CT-scan defect"])
            standing.spell = _Spell("stop", reason, until.replace(second=0, microsecond=0))

    def _report(self, unit: Unit, at: datetime, observed: datetime) -> Report:
        standing = self._standing[unit.id]
        status, reason, until = self._status(unit, standing, at)
        free = 0 if status == "stop" else standing.free
        return Report(unit, at, observed, free, status, reason, until)

    def _status(self, unit: Unit, standing: _Standing, at: datetime) -> tuple[str, str, datetime | None]:
        if unit.rhythm.name == "rooster":
            return self._by_timetable(unit, at)
        if standing.spell is not None:
            return standing.spell.status, standing.spell.reason, standing.spell.until
        opening = unit.opening
        if opening is not None and at == self._start:
            return opening.status, opening.reason, None
        low = LOW.get(unit.category)
        if low is not None and standing.free <= max(low.at_least, unit.total // low.of_total):
            return "pressure", low.word, None
        return "open", "", None

    def _by_timetable(self, unit: Unit, at: datetime) -> tuple[str, str, datetime | None]:
        """Day practices are open on weekdays from 8 to 17; the other timetables do not change in a night."""
        if unit.category != "huisartsen":
            opening = unit.opening
            return (opening.status, opening.reason, None) if opening else ("open", "", None)
        here = local(at)
        if here.weekday() < 5 and 8 <= here.hour < 17:
            self._standing[unit.id].free = unit.usual
            return "open", "", None
        self._standing[unit.id].free = 0
        day = here if here.hour < 8 else here + timedelta(days=1)
        while day.weekday() >= 5:
            day += timedelta(days=1)
        return "stop", "dicht", day.replace(hour=8, minute=0, second=0, microsecond=0)

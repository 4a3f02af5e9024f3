"""What a demo region remembers between two runs on one folder: seed, ports, and how far the night was."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from zcc_console.core.clock import parse_time, rfc3339
from zcc_console.core.errors import ConfigError
from zcc_console.core.files import write_private
from zcc_console.core.jsontypes import as_int, as_object, as_text
from zcc_console.demo.site import Ports
from zcc_console.demo.wire import NightClock

FILE = "night.json"


@dataclass(frozen=True, slots=True)
class Night:
    """One night, as it was begun."""

    seed: int
    runs: int
    """How often it was taken up; each run draws its own calls."""
    clock: NightClock
    ports: Ports

    @property
    def is_fresh(self) -> bool:
        """Whether it begins now, with the opening."""
        return self.runs == 1

    @property
    def draw(self) -> int:
        """The seed of this run's calls: the night's own at first, another one for each time it is taken up again."""
        return self.seed if self.is_fresh else self.seed * 1000 + self.runs

    def again(self, now: datetime, speed: float) -> Night:
        """The same night taken up again: the simulation went on meanwhile."""
        return Night(self.seed, self.runs + 1, NightClock(self.clock.sim(now), now, speed), self.ports)


def save(night: Night, folder: Path) -> None:
    """Keep it."""
    body = {
        "seed": night.seed,
        "runs": night.runs,
        "sim_start": rfc3339(night.clock.sim_start),
        "wall_start": rfc3339(night.clock.wall_start),
        "speed": night.clock.speed,
        "hub": night.ports.hub,
        "ravs": dict(night.ports.ravs),
    }
    write_private(folder / FILE, json.dumps(body).encode())


def load(folder: Path) -> Night | None:
    """The night of that folder; None where there is none.

    Raises:
        ConfigError: the file is there and cannot be read.
    """
    path = folder / FILE
    if not path.exists():
        return None
    try:
        body = as_object(json.loads(path.read_bytes()))
        seed, runs, hub = as_int(body["seed"]), as_int(body["runs"]), as_int(body["hub"])
        speed = float(as_text(body["speed"]))
        ravs = {name: as_int(port) or 0 for name, port in as_object(body["ravs"]).items()}
        clock = NightClock(parse_time(as_text(body["sim_start"])), parse_time(as_text(body["wall_start"])), speed)
        if seed is None or runs is None or hub is None:
            raise ValueError
    except (OSError, ValueError, KeyError):
        raise ConfigError(
            f"{path} is onleesbaar. Er is niets gewijzigd; kies een andere map bij --state, of verwijder deze."
        ) from None
    return Night(seed, runs, clock, Ports(hub, ravs))

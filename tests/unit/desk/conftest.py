"""A desk on real files in a temporary folder, with a clock that moves only when told to, and a cache a test writes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from zcc_console.core.clock import ManualClock, rfc3339
from zcc_console.core.config import Profile, load_profile
from zcc_console.core.ids import SeededIds
from zcc_console.core.jsontypes import Json, JsonObject
from zcc_console.desk.desk import Desk
from zcc_console.store.cache import Cache, Item, OwnCommand, Transaction

PROFILE = """
[desk]
id = "07"
zcc = "zcc Hollandrijn"
region = "Hollandrijn"
exercise = true
user = "s.devries"
user_name = "S. de Vries"
role = "{role}"
callback_number = "088 555 0 207"
[hub]
url = "http://127.0.0.1:1"
token_file = "token"
[[rav]]
id = "rav-hollandrijn"
name = "RAV Hollandrijn"
phone = "088 555 0 112"
next_phone = "088 555 0 113"
url = "http://127.0.0.1:2"
token_file = "token"
default = true
[[rav]]
id = "rav-merwe"
name = "RAV Merwe"
phone = "088 555 0 312"
subregions = ["Merwe"]
[subregions]
gorinchem = "Merwe"
"""


def write_profile(folder: Path, role: str = "triagist") -> Profile:
    """A profile with its token in a private folder."""
    folder.chmod(0o700)
    token = folder / "token"
    token.write_text("geheim", encoding="utf-8")
    token.chmod(0o600)
    path = folder / "profile.toml"
    path.write_text(PROFILE.format(role=role), encoding="utf-8")
    return load_profile(path)


@dataclass
class Region:
    """What the courier would have written: puts items into the cache as the next transaction."""

    cache: Cache
    clock: ManualClock
    seq: int = 1
    epoch: str = "e"
    items: dict[tuple[str, str], Item] = field(default_factory=dict)

    def start(self, *items: Item) -> None:
        """A first snapshot."""
        self.cache.swap(f"{self.epoch}.{self.seq}", items, {}, exercise=True, missing=[], now=self.clock.now())
        self.hear()

    def put(self, kind: str, data: JsonObject, *, own: OwnCommand | None = None) -> None:
        """One object written by the next transaction."""
        previous, self.seq = f"{self.epoch}.{self.seq}", self.seq + 1
        cursor = f"{self.epoch}.{self.seq}"
        item = Item(kind, str(data["id"]), cursor, data)
        transaction = Transaction(cursor, previous, rfc3339(self.clock.now()), own, (item,))
        assert self.cache.apply([transaction], desk_id="07") == 1

    def hear(self) -> None:
        """A bookmark: the hub is there."""
        self.cache.heard(self.clock.now(), self.clock.boot(), self.clock.boot_id())


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    return write_profile(tmp_path)


@pytest.fixture
def desk(profile: Profile, clock: ManualClock) -> Iterator[Desk]:
    desk = Desk.open(profile, clock, SeededIds(clock, 7))
    yield desk
    desk.close()


@pytest.fixture
def region(desk: Desk, profile: Profile, clock: ManualClock) -> Iterator[Region]:
    cache = Cache.open(profile.cache_path, profile.key_path, writer=True, now=clock.now())
    region = Region(cache, clock)
    region.start()
    yield region
    cache.close()


CALL = "01a200d3-39d8-77ad-a0ea-66847a6c024b"


def call(number: str = "0347", call_id: str = CALL, urgency: str | None = "U3", **rest: Json) -> dict[str, Json]:
    """A raw call as the region's log has it."""
    data: dict[str, Json] = {
        "id": call_id,
        "number": number,
        "source": "hap",
        "received_at": "2026-11-21T21:40:07.000Z",
        "state": "waiting",
        "patient": {"name": "J. van Dam", "age_years": 67, "sex": "v"},
        "caller": {"relation": "echtgenoot", "with_patient": True},
        "callback_number": "06 2345 6789",
        "location": {"street": "Lammenschansweg", "house_number": "12", "town": "Leiden", "lat": 52.15, "lon": 4.49},
        "reason": "druk op de borst",
        "claim": None,
        "pre_urgency": {"urgency": urgency, "by": "hap", "at": "2026-11-21T21:40:07.000Z"} if urgency else None,
    }
    data.update(rest)
    return data

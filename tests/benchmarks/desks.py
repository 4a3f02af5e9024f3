"""A desk's folder on disk with thousands of calls in its cache, and a process that writes changes into it as a courier would.

`python -m tests.benchmarks.desks FOLDER RATE SECONDS LINES` is that process: it changes one cell of one call, RATE times a
second in ten batches, among the first LINES calls of the queue (0: among all).
"""

from __future__ import annotations

import random
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from zcc_console.core.clock import SystemClock, rfc3339
from zcc_console.core.config import Profile, load_profile
from zcc_console.core.freshness import CATEGORIES
from zcc_console.core.jsontypes import Json, JsonObject
from zcc_console.courier.start import CONSOLE_SOCKET, LOCK
from zcc_console.store.cache import Cache, Item, Transaction
from zcc_console.store.locks import ProcessLock, notify

DESK = "07"
FIRST = "EERSTE-IN-DE-RIJ"
"""The reason of the call on the first line: when it is on the screen, the queue is."""
BATCHES = 10
"""In how many transactions a second changes come."""

_PROFILE = """
[desk]
id = "07"
zcc = "zcc Hollandrijn"
region = "hollandrijn"
exercise = true
user = "s.devries"
user_name = "S. de Vries"
role = "triagist"
callback_number = "088 555 0 207"
[hub]
url = "http://127.0.0.1:1"
token_file = "token"
[[rav]]
id = "rav-hollandrijn"
name = "RAV Hollandrijn"
phone = "088 555 0 112"
next_phone = "088 555 0 113"
default = true
"""
_REASONS = (
    "koorts 40, drinkt slecht, wil niet wakker worden",
    "gevallen, enkel dik, kan staan",
    "buikpijn rechts onder, zwanger 9 weken",
    "wond aan de hand, bloeden gestopt",
    "verward sinds vanmiddag, valt telkens in slaap",
    "pijn bij plassen, geen koorts",
    "rugpijn na tillen, uitstraling naar het linkerbeen",
    "vraag over medicatie",
)
_TOWNS = ("Leiden", "Gouda", "Alphen", "Woerden", "Bodegraven", "Katwijk", "Waddinxveen", "Nieuwkoop", "Voorschoten")
_URGENCIES = ("U2", "U3", "U3", "U3", "U4", "U4", "U5")


def call(index: int, now: datetime) -> dict[str, Json]:
    """The call that stands on this line of the queue: as large as real ones, every field of the contract there."""
    chance = random.Random(index)
    urgency = "U1" if index == 0 else _URGENCIES[min(6, index * 7 // 5000)]
    received = rfc3339(now - timedelta(seconds=7000 - index if index else 90))
    claim: Json = None
    if index % 120 == 2:
        claim = {"desk_id": f"{10 + index % 12}", "user": "f.aydin", "id": f"claim-{index}", "fence": 1,
                 "since": received, "stale": False}  # fmt: skip
    return {
        "id": f"01930001-0000-7000-8000-{index:012d}", "number": f"{index % 10000:04d}",
        "source": ("hap", "112", "self-triage", "professional")[index % 4], "received_at": received,
        "state": "claimed" if claim else "waiting",
        "caller": {"name": "M. Bakker", "relation": "dochter", "with_patient": True, "organisation": None},
        "callback_number": "06 2345 6789",
        "patient": {"name": f"J. van Dam {index}", "age_years": chance.randrange(95), "birth_date": None,
                    "sex": "mv"[index % 2], "pregnant": None, "risk": ["bloedverdunners"] if index % 9 == 0 else []},
        "location": {"street": "Lammenschansweg", "house_number": str(index % 200), "postcode": "2313 DK",
                     "town": chance.choice(_TOWNS), "access": "bel bij de buren", "lat": 52.15, "lon": 4.49},
        "reason": FIRST if index == 0 else chance.choice(_REASONS),
        "pre_urgency": {"urgency": urgency, "by": "hap", "at": received},
        "claim": claim, "fence": 1 if claim else 0, "callback": None, "triage": None, "contributions": [],
        "notes": [{"text": "beller is rustig", "by": "f.aydin", "desk_id": "12", "at": received}],
        "alerts": [], "history": [{"at": "2026-03-12T20:00:00Z", "text": "U3 hoesten (HAP Midden)"}],
        "attachments": [], "identifiers": [{"system": "his", "value": f"H{index:06d}"}],
        "disposition": None, "outcome": None, "raised": None, "closed_at": None,
        "first_claimed_at": received if claim else None,
    }  # fmt: skip


def unit(index: int, now: datetime) -> dict[str, Json]:
    """One unit of capacity."""
    seen = rfc3339(now - timedelta(seconds=30 + index % 200))
    return {
        "id": f"01930002-0000-7000-8000-{index:012d}", "category": CATEGORIES[index % len(CATEGORIES)],
        "provider": f"Instelling {index}", "place": _TOWNS[index % len(_TOWNS)], "subregion": "midden",
        "region": "hollandrijn", "neighbour": False, "phone": "088 555 0 300", "unit_word": "plaatsen",
        "free": index % 7, "total": 12, "status": "open", "reason": None, "expected_end": None, "source": "automatic",
        "observed_at": seen, "received_at": seen, "valid_for_s": 900, "lat": 52.1, "lon": 4.6, "label": None,
        "needs": [], "overbooked": False,
    }  # fmt: skip


def desk(index: int, now: datetime) -> dict[str, Json]:
    """A colleague."""
    return {
        "id": f"{10 + index}", "user": "f.aydin", "user_name": "F. Aydin", "role": "triagist",
        "since": rfc3339(now - timedelta(hours=2)), "state": "present", "holds": [], "version": "0.1.0",
        "alert": None, "undelivered": 0,
    }  # fmt: skip


@dataclass(frozen=True)
class DeskFolder:
    """A desk that was seeded; its courier's lock is held, so that no courier starts and the figures are the console's."""

    profile: Profile
    lock: ProcessLock

    @staticmethod
    def seed(folder: Path, calls: int) -> DeskFolder:
        """Make the files of a desk whose cache holds so many calls, 60 units and 12 colleagues."""
        folder.mkdir(mode=0o700, parents=True)
        token = folder / "token"
        token.write_text("t", encoding="utf-8")
        token.chmod(0o600)
        (folder / "profile.toml").write_text(_PROFILE, encoding="utf-8")
        profile = load_profile(folder / "profile.toml")
        lock = ProcessLock(profile.state_dir / LOCK)
        assert lock.acquire()
        now = datetime.now(UTC)
        made: list[tuple[str, JsonObject]] = [("call", call(index, now)) for index in range(calls)]
        made += [("capacity", unit(index, now)) for index in range(60)]
        made += [("desk", desk(index, now)) for index in range(12)]
        cache = Cache.open(profile.cache_path, profile.key_path, writer=True, now=now)
        items = [Item(kind, str(data["id"]), "e.1", data) for kind, data in made]
        cache.swap("e.1", items, {}, exercise=True, missing=[], now=now)
        hear(cache)
        cache.checkpoint()
        cache.close()
        return DeskFolder(profile, lock)

    def hear(self) -> None:
        """The hub was there just now, so that nothing grows stale while it is measured."""
        cache = Cache.open(self.profile.cache_path, self.profile.key_path, writer=True, now=datetime.now(UTC))
        hear(cache)
        cache.close()


def hear(cache: Cache) -> None:
    """A sign of life of the hub."""
    clock = SystemClock()
    cache.heard(clock.now(), clock.boot(), clock.boot_id())


def change_for(profile: Profile, rate: int, seconds: float, lines: int) -> None:
    """Change one cell of one call, `rate` times a second, and wake the console after each batch."""
    cache = Cache.open(profile.cache_path, profile.key_path, writer=True, now=datetime.now(UTC))
    calls = list(cache.all_of("call").items())[: lines or None]
    chance, start, turn, seq = random.Random(1), time.monotonic(), 0, 0
    epoch = f"w{time.time_ns()}"
    cache.set_meta(cursor=f"{epoch}.0")
    while time.monotonic() - start < seconds:
        turn += 1
        time.sleep(max(0.0, start + turn / BATCHES - time.monotonic()))
        transactions = []
        for _ in range(rate // BATCHES):
            index = chance.randrange(1, len(calls))
            item_id, data = calls[index]
            location = data["location"]
            assert isinstance(location, dict)
            data = {**data, "location": {**location, "town": f"{chance.choice(_TOWNS)[:8]}{chance.randrange(99)}"}}
            calls[index] = (item_id, data)
            seq += 1
            item = Item("call", item_id, f"{epoch}.{seq}", data)
            now = rfc3339(datetime.now(UTC))
            transactions.append(Transaction(f"{epoch}.{seq}", f"{epoch}.{seq - 1}", now, None, (item,)))
        if transactions:
            cache.apply(transactions, desk_id=profile.desk_id)
            notify(profile.state_dir / CONSOLE_SOCKET)
        if turn % (5 * BATCHES) == 0:
            hear(cache)
            cache.checkpoint()
    cache.close()


if __name__ == "__main__":
    folder, rate, seconds, lines = sys.argv[1:]
    change_for(load_profile(Path(folder) / "profile.toml"), int(rate), float(seconds), int(lines))

"""A desk's two files in a folder of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from zcc_console.core.clock import ManualClock
from zcc_console.core.ids import SeededIds
from zcc_console.store.cache import Cache
from zcc_console.store.courier import CourierJournal


class Files:
    """Where the files are, and how to open them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "state"
        self.journal_path = self.folder / "journal.db"
        self.cache_path = self.folder / "cache.db"
        self.key_path = self.folder / "desk.key"
        self.clock = ManualClock()
        self.ids = SeededIds(self.clock, 3)
        self.opened: list[Callable[[], None]] = []

    def journal(self, *, deep: bool = False) -> CourierJournal:
        journal = CourierJournal.open(
            self.journal_path, self.key_path, self.clock, self.ids, siblings=(self.cache_path,), deep=deep
        )
        self.opened.append(journal.close)
        return journal

    def cache(self, *, deep: bool = False) -> Cache:
        cache = Cache.open(
            self.cache_path,
            self.key_path,
            writer=True,
            now=self.clock.now(),
            siblings=(self.journal_path,),
            deep=deep,
        )
        self.opened.append(cache.close)
        return cache

    def damage(self, path: Path, at: int, length: int = 512) -> None:
        """Overwrite part of a file, as a failing disk would."""
        with path.open("r+b") as file:
            file.seek(at)
            file.write(b"\xaa" * length)


@pytest.fixture
def files(tmp_path: Path) -> Iterator[Files]:
    made = Files(tmp_path)
    yield made
    for close in made.opened:
        close()

"""The protocol set of a desk: loaded once, kept by its hash for calls that began with it, and absent without harm."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.pilot.evening import Evening, profile
from tests.pilot.triage_set import small_bytes, small_set
from zcc_console.app import ConsoleApp
from zcc_console.screens.triage import TriageScreen
from zcc_console.screens.triage_library import Library


def test_a_set_that_cannot_be_found_is_said_in_one_sentence_with_the_way_on(tmp_path: Path) -> None:
    library = Library(replace(profile(tmp_path), protocol_set="nergens"))
    library.load()
    assert library.protocols is None
    assert "F9 werkt" in library.notice
    assert "\n" not in library.notice


def test_it_is_loaded_once_however_often_it_is_asked_for(tmp_path: Path) -> None:
    library = Library(replace(profile(tmp_path), protocol_set="nergens"))
    ran: list[Callable[[], None]] = []
    done: list[bool] = []
    for _ in range(5):
        library.want(ran.append, lambda: done.append(True))
    assert len(ran) == 1
    ran[0]()
    assert done == [True]


def test_the_set_a_call_began_with_is_found_by_its_hash_among_whatever_lies_there(tmp_path: Path) -> None:
    folder = tmp_path / "protocols"
    folder.mkdir()
    (folder / "a-broken.json").write_bytes(b"{")
    (folder / "b-empty.json").write_bytes(b"")
    (folder / "c-small.json").write_bytes(small_bytes())
    found = Library(profile(tmp_path)).pinned(small_set().hash)
    assert found is not None
    assert found.hash == small_set().hash


def test_a_set_that_is_not_there_or_not_whole_is_not_found(tmp_path: Path) -> None:
    library = Library(profile(tmp_path))
    assert library.pinned(small_set().hash) is None
    assert library.pinned("sha256:kort") is None
    folder = tmp_path / "protocols"
    folder.mkdir()
    (folder / "cut.json").write_bytes(small_bytes()[:-10])
    assert library.pinned(small_set().hash) is None


async def test_the_set_is_asked_for_after_the_first_paint_before_any_call_is_taken(
    evening: Evening, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Library, "load", lambda library: setattr(library, "protocols", small_set()))
    evening.desk.refresh()
    app = ConsoleApp(evening.desk, run_late=lambda work: work())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        await pilot.pause()
        screen = app.place("triage")
        assert isinstance(screen, TriageScreen)
        assert screen.library.protocols is not None
        assert app.open_call is None

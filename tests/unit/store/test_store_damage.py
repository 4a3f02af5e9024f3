"""Damaged, lost and replaced files: nothing goes on as if it were empty."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.store.conftest import Files
from zcc_console.core.errors import KeyMissing
from zcc_console.store.courier import CourierJournal
from zcc_console.store.items import Item

PAGE = 4096


def fill(journal: CourierJournal, rows: int = 60) -> list[str]:
    made = []
    for n in range(rows):
        with journal.write() as unit:
            made.append(unit.command("call.note", desk_id="07", user="u1", data={"text": "x" * 900, "n": n}))
            unit.audit("call.note", f"call-{n}", user="u1")
    with journal.write() as unit:
        unit.draft("call-1", {"at": "vraag 3"})
        unit.set_meta("epoch", "e1")
    journal._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    journal.close()
    return made


def pages(path: Path) -> int:
    return path.stat().st_size // PAGE


def test_a_journal_with_a_damaged_page_is_set_aside_and_nearly_all_is_saved(files: Files) -> None:
    made = fill(files.journal())
    files.damage(files.journal_path, PAGE * (pages(files.journal_path) - 3) + 100)
    journal = files.journal(deep=True)
    saved = [row.command_id for row in journal.outbox()]
    assert len(saved) >= len(made) - 8
    assert saved == [command_id for command_id in made if command_id in set(saved)]
    alarm = journal.meta("alarm")
    assert alarm is not None
    assert "beschadigd" in alarm
    assert journal.meta("epoch") == "e1"
    assert len(list(files.folder.glob("journal.db.damaged-*"))) >= 1
    assert [row.desk_seq for row in journal.outbox()] == list(range(1, len(saved) + 1))
    assert {row.incarnation for row in journal.outbox()} == {journal.numbering().incarnation}


def test_wherever_the_damage_is_it_is_found_and_rows_on_both_sides_are_saved(files: Files) -> None:
    made = fill(files.journal(), 120)
    files.cache().set_meta(x="y")
    whole, size = files.journal_path.read_bytes(), pages(files.journal_path)
    counts = []
    for page in range(0, size, max(1, size // 12)):
        files.journal_path.write_bytes(whole)
        files.damage(files.journal_path, PAGE * page + 50)
        journal = files.journal(deep=True)
        assert journal.meta("alarm") is not None
        counts.append(len(journal.outbox()))
        journal.close()
        for path in files.folder.glob("journal.db*"):
            path.unlink()
    assert sorted(counts)[len(counts) // 2] >= len(made) - 8


def test_damage_to_the_first_page_is_told_from_a_wrong_key_by_the_other_file(files: Files) -> None:
    fill(files.journal())
    files.damage(files.journal_path, 0, PAGE)
    with pytest.raises(KeyMissing):  # nothing else to try the key on: it may be the key
        files.journal()
    assert list(files.folder.glob("*.damaged*")) == []
    other = files.folder / "whole.db"
    files.journal_path.rename(other)
    files.cache().set_meta(x="y")
    other.rename(files.journal_path)
    journal = files.journal()
    assert "beschadigd" in (journal.meta("alarm") or "")
    assert len(list(files.folder.glob("journal.db.damaged-*"))) == 1


def test_after_damage_the_audit_chain_begins_with_lost(files: Files) -> None:
    fill(files.journal())
    files.damage(files.journal_path, PAGE * (pages(files.journal_path) - 2) + 100)
    journal = files.journal(deep=True)
    with journal.write() as unit:
        unit.audit("x", "y", user="u1")
    incarnation = journal.numbering().incarnation
    found = journal._db.execute("SELECT previous FROM audit WHERE incarnation = ?", (incarnation,)).fetchall()
    assert found == [("lost",)]


def test_a_journal_that_vanished_beside_its_cache_is_no_first_start(files: Files) -> None:
    fill(files.journal())
    files.cache().set_meta(cursor="e1.4")
    for path in files.folder.glob("journal.db*"):
        path.unlink()
    journal = files.journal()
    assert "ontbrak" in (journal.meta("alarm") or "")


def test_an_empty_journal_file_beside_its_cache_is_no_first_start(files: Files) -> None:
    fill(files.journal())
    files.cache().set_meta(cursor="e1.4")
    for path in files.folder.glob("journal.db*"):
        path.unlink()
    files.journal_path.touch(0o600)
    assert "ontbrak" in (files.journal().meta("alarm") or "")


def test_a_first_start_has_no_alarm(files: Files) -> None:
    journal = files.journal()
    files.cache()
    assert journal.meta("alarm") is None
    assert files.journal(deep=True).meta("alarm") is None


def test_a_whole_journal_with_an_unfinished_log_is_not_taken_for_damaged(files: Files) -> None:
    journal = files.journal()
    for n in range(40):
        with journal.write() as unit:
            unit.command("call.note", desk_id="07", user="u1", data={"text": "x" * 900, "n": n})
    other = files.journal(deep=True)  # while the first still has it open, and its log is not folded in
    assert len(other.outbox()) == 40
    assert other.meta("alarm") is None


def test_whoever_has_a_replaced_journal_open_can_see_it(files: Files) -> None:
    fill(files.journal())
    held = files.journal()
    assert not held.replaced()
    files.damage(files.journal_path, PAGE * (pages(files.journal_path) // 2) + 100)
    mended = files.journal(deep=True)
    assert held.replaced()
    assert not mended.replaced()


@pytest.mark.parametrize("at", [0, 20_000])
def test_a_damaged_cache_is_set_aside_and_made_anew_without_a_word(files: Files, at: int) -> None:
    files.journal()
    cache = files.cache()
    items = [Item("call", f"c{n}", f"e1.{n}", {"x": "y" * 500}) for n in range(100)]
    cache.swap("e1.9", items, {}, exercise=True, missing=(), now=files.clock.now())
    cache.checkpoint()
    cache._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    cache.close()
    files.damage(files.cache_path, at, PAGE)
    fresh = files.cache(deep=True)
    assert fresh.cursor is None
    assert fresh.changed_since(0)[1] == []
    assert len(list(files.folder.glob("cache.db.damaged-*"))) >= 1
    assert cache.replaced()

"""The engine gate, the key, and how a file is opened."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from tests.unit.store.conftest import Files
from zcc_console.core.errors import EngineError, KeyMissing, StoreError
from zcc_console.store import ballast
from zcc_console.store.engine import (
    OperationalError,
    check_engine,
    connect,
    load_key,
    opens,
    reading,
    writing,
)


@pytest.mark.parametrize("version", ["3.7.0", "3.40.1", "3.44.5", "3.45.0", "3.50.6", "3.51.2", "3", "", "x.y.z"])
def test_an_engine_that_can_corrupt_a_log_with_two_writers_is_refused(version: str) -> None:
    with pytest.raises(EngineError):
        check_engine(version)


@pytest.mark.parametrize("version", ["3.44.6", "3.44.9", "3.50.7", "3.51.3", "3.52.0", "4.0.0"])
def test_a_mended_engine_is_taken(version: str) -> None:
    check_engine(version)


def test_the_engine_that_is_installed_is_a_mended_one() -> None:
    check_engine()


def test_files_are_for_their_owner_only_in_a_folder_that_is(files: Files) -> None:
    with files.journal().write() as unit:
        unit.place("open", {"call": "x"})
    files.cache().set_meta(x="y")
    assert stat.S_IMODE(files.folder.stat().st_mode) == 0o700
    names = sorted(each.name for each in files.folder.iterdir())
    assert {"journal.db", "journal.db-wal", "cache.db", "desk.key"} <= set(names)
    assert {name: stat.S_IMODE((files.folder / name).stat().st_mode) for name in names} == dict.fromkeys(names, 0o600)


def test_a_file_that_was_readable_by_others_is_closed_to_them(files: Files) -> None:
    files.journal().close()
    files.journal_path.chmod(0o644)
    files.folder.chmod(0o755)
    files.journal()
    assert stat.S_IMODE(files.journal_path.stat().st_mode) == 0o600
    assert stat.S_IMODE(files.folder.stat().st_mode) == 0o700


def test_nothing_of_a_patient_can_be_read_on_the_disk(files: Files) -> None:
    journal = files.journal()
    with journal.write() as unit:
        unit.command("call.note", desk_id="07", user="u1", data={"text": "Zonnebloemstraat"})
    files.cache().set_meta(note="Zonnebloemstraat")
    for path in files.folder.iterdir():
        content = path.read_bytes()
        assert b"Zonnebloem" not in content
        assert b"SQLite format" not in content


def test_the_key_is_made_once_and_never_beside_an_existing_database(files: Files) -> None:
    files.journal().close()
    key = files.key_path.read_bytes()
    files.journal().close()
    assert files.key_path.read_bytes() == key
    files.key_path.unlink()
    with pytest.raises(KeyMissing, match="ontbreekt"):
        files.journal()
    assert not files.key_path.exists()
    with pytest.raises(KeyMissing, match="ontbreekt"):
        files.cache()


@pytest.mark.parametrize("content", [b"", b"abc", b"z" * 64, b"\xff" * 64])
def test_a_damaged_key_is_said_and_nothing_is_touched(files: Files, content: bytes) -> None:
    files.journal().close()
    before = files.journal_path.read_bytes()
    files.key_path.write_bytes(content)
    with pytest.raises(KeyMissing):
        files.journal()
    assert files.journal_path.read_bytes() == before
    assert list(files.folder.glob("*.damaged*")) == []


def test_a_key_that_others_can_read_is_refused_with_the_way_out(files: Files) -> None:
    files.journal().close()
    files.key_path.chmod(0o640)
    with pytest.raises(KeyMissing, match="chmod 600"):
        files.journal()


def test_another_key_opens_nothing_and_sets_nothing_aside(files: Files) -> None:
    files.journal().close()
    files.cache().close()
    files.key_path.write_text("ab" * 32)
    with pytest.raises(KeyMissing, match="verkeerde sleutel"):
        files.journal()
    assert list(files.folder.glob("journal.db.damaged*")) == []


def test_two_starts_at_once_agree_on_one_key(files: Files) -> None:
    first = load_key(files.key_path, files.journal_path)
    assert load_key(files.key_path, files.journal_path) == first
    assert len(first) == 32


def test_a_folder_in_the_place_of_a_file_is_one_clear_error(files: Files) -> None:
    files.journal_path.mkdir(parents=True)
    with pytest.raises(StoreError):
        files.journal()


def test_a_writing_unit_that_fails_leaves_nothing(files: Files) -> None:
    key = load_key(files.key_path)
    db = connect(files.folder / "x.db", key, durable=True, checkpoints=False)
    db.execute("CREATE TABLE t (x)")

    def interrupted() -> None:
        with writing(db):
            db.execute("INSERT INTO t VALUES (1)")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        interrupted()
    assert db.execute("SELECT count(*) FROM t").fetchone() == (0,)
    states = [db.in_transaction]
    with reading(db):
        states.append(db.in_transaction)
    states.append(db.in_transaction)
    assert states == [False, True, False]
    db.close()


def test_a_second_writer_waits_its_turn_and_is_told_busy_after_that(files: Files) -> None:
    key = load_key(files.key_path)
    one = connect(files.folder / "x.db", key, durable=False, checkpoints=False)
    other = connect(files.folder / "x.db", key, durable=False, checkpoints=False, timeout_ms=30)
    one.execute("CREATE TABLE t (x)")
    with writing(one):
        with pytest.raises(OperationalError), writing(other):
            pass
        one.execute("INSERT INTO t VALUES (1)")
    with writing(other):
        other.execute("INSERT INTO t VALUES (2)")
    assert one.execute("SELECT count(*) FROM t").fetchone() == (2,)
    one.close()
    other.close()


def test_only_a_database_with_something_in_it_tells_that_a_key_is_right(files: Files, tmp_path: Path) -> None:
    files.journal().close()
    key = load_key(files.key_path, files.journal_path)
    assert opens(files.journal_path, key)
    assert not opens(files.journal_path, bytes(32))
    assert not opens(tmp_path / "nothing.db", key)
    assert not (tmp_path / "nothing.db").exists()


def test_ballast_takes_real_room_and_gives_it_up(tmp_path: Path) -> None:
    path = tmp_path / "ballast"
    assert ballast.keep(path, size=1 << 16)
    assert path.stat().st_blocks * 512 >= 1 << 16
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert ballast.give_up(path)
    assert not ballast.give_up(path)


def test_ballast_is_not_taken_in_where_the_disk_is_nearly_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.statvfs(tmp_path)
    nearly = os.statvfs_result((real.f_bsize, real.f_frsize, real.f_blocks, 10, 10, *tuple(real)[5:10]))
    monkeypatch.setattr(os, "statvfs", lambda path: nearly)
    assert not ballast.keep(tmp_path / "ballast")
    assert ballast.is_tight(tmp_path)

"""The last queue, kept for the next start: encrypted, and never more than words."""

from __future__ import annotations

import secrets
import subprocess
import sys
import time
from pathlib import Path

import pytest

from zcc_console.store import glimpse
from zcc_console.store.glimpse import keep, look

LINES = [" WACHTRIJ", " ◆ U2  m 81  benauwd sinds vannacht  Alphen"]


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "desk.key"
    path.write_text(secrets.token_bytes(32).hex(), encoding="ascii")
    return path


def kept(key: Path, lines: list[str]) -> bool:
    return keep(str(key.with_name("glimpse.db")), str(key), lines)


def seen(folder: Path) -> list[str]:
    return look(str(folder / "glimpse.db"), str(folder / "desk.key"))


def test_what_was_kept_last_is_seen(tmp_path: Path, key: Path) -> None:
    assert kept(key, ["eerst"])
    assert kept(key, LINES)
    assert seen(tmp_path) == LINES


def test_no_word_of_it_is_readable_without_the_key(tmp_path: Path, key: Path) -> None:
    kept(key, LINES)
    assert b"benauwd" not in (tmp_path / "glimpse.db").read_bytes()
    assert (tmp_path / "glimpse.db").stat().st_mode & 0o077 == 0
    (tmp_path / "desk.key").write_text("00" * 32, encoding="ascii")
    assert seen(tmp_path) == []


def test_an_old_one_is_not_shown(tmp_path: Path, key: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept(key, LINES)
    now = time.time()
    monkeypatch.setattr("zcc_console.store.glimpse.time.time", lambda: now + glimpse.GOOD_FOR_S + 1)
    assert seen(tmp_path) == []
    monkeypatch.setattr("zcc_console.store.glimpse.time.time", lambda: now - 60)  # the clock was put back
    assert seen(tmp_path) == []


def test_without_a_file_or_a_key_there_is_nothing_and_nothing_is_made(tmp_path: Path, key: Path) -> None:
    assert seen(tmp_path) == []
    (tmp_path / "desk.key").unlink()
    assert seen(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("damage", [b"", b"geen database", b"\0" * 9000])
def test_a_damaged_one_is_nothing_and_is_made_anew(tmp_path: Path, key: Path, damage: bytes) -> None:
    (tmp_path / "glimpse.db").write_bytes(damage)
    assert seen(tmp_path) == []
    assert kept(key, LINES)
    assert seen(tmp_path) == LINES


def test_a_folder_that_cannot_be_written_is_no_reason_to_stop(tmp_path: Path, key: Path) -> None:
    assert not keep(str(tmp_path / "geen" / "map" / "glimpse.db"), str(tmp_path / "desk.key"), LINES)


def test_looking_costs_the_driver_and_nothing_else() -> None:
    code = (
        "import sys, __future__, sqlcipher3; before = set(sys.modules); import zcc_console.store.glimpse; "
        "print(sorted(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "['zcc_console', 'zcc_console.store', 'zcc_console.store.glimpse']\n"

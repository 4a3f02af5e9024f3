"""The log: private, bounded, and empty of words."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from zcc_console.core.clock import ManualClock
from zcc_console.courier.logbook import TurningFile, open_log, plain
from zcc_console.courier.status import read_status, write_status


def test_only_numbers_and_id_like_words_are_written() -> None:
    kept = plain(
        {"n": 3, "id": "01a2-xyz", "why": "http-503", "words": "J. de Vries", "list": ["a"], "none": None, "e": ""}
    )
    assert kept == {"n": 3, "id": "01a2-xyz", "why": "http-503", "words": "-", "list": "-", "none": None}


def test_lines_are_json_with_the_houses_time(tmp_path: Path) -> None:
    log = open_log(tmp_path / "courier.log", ManualClock())
    log.info("handoff", message_id="m-1", status=202)
    (line,) = (tmp_path / "courier.log").read_text().splitlines()
    assert json.loads(line) == {
        "at": "2026-11-21T21:41:07.000Z",
        "event": "handoff",
        "message_id": "m-1",
        "status": 202,
    }
    assert stat.S_IMODE((tmp_path / "courier.log").stat().st_mode) == 0o600


def test_the_file_turns_over_by_size_and_keeps_two(tmp_path: Path) -> None:
    log = TurningFile(tmp_path / "x.log", limit=100, kept=2)
    for n in range(40):
        log.msg(f"regel {n:04d} " + "x" * 20)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["x.log", "x.log.1", "x.log.2"]
    assert all(path.stat().st_size <= 100 for path in tmp_path.iterdir())
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in tmp_path.iterdir())
    assert "regel 0039" in (tmp_path / "x.log").read_text()


def test_a_log_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    log = TurningFile(tmp_path / "nowhere" / "x.log")
    log.msg("regel")
    (tmp_path / "nowhere").mkdir()
    log.msg("regel")
    assert (tmp_path / "nowhere" / "x.log").read_text() == "regel\n"


def test_a_status_is_read_back_and_a_broken_one_is_none(tmp_path: Path) -> None:
    assert read_status(tmp_path) is None
    write_status(tmp_path, ManualClock(), "failed", "De sleutel ontbreekt.")
    status = read_status(tmp_path)
    assert status is not None
    assert (status.state, status.text) == ("failed", "De sleutel ontbreekt.")
    (tmp_path / "courier.status").write_bytes(b"\xff{")
    assert read_status(tmp_path) is None


def test_a_full_disk_takes_the_word_in_the_place_of_the_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_status(tmp_path, ManualClock(), "running", "een langere zin dan de volgende")

    def full(path: Path, content: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("zcc_console.courier.status.write_private", full)
    write_status(tmp_path, ManualClock(), "disk", "vol")
    status = read_status(tmp_path)
    assert status is not None
    assert (status.state, status.text) == ("disk", "vol")
    write_status(tmp_path / "nowhere", ManualClock(), "disk")

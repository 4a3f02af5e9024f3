"""Where a running demo is, for commands that name none."""

from __future__ import annotations

from pathlib import Path

import pytest

from zcc_console.demo.running import LOCK, announce, running_profile
from zcc_console.store.locks import ProcessLock


def test_a_running_demo_is_found_and_an_ended_one_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))
    assert running_profile() is None
    folder, profile = tmp_path / "demo", tmp_path / "demo" / "profile.toml"
    lock = ProcessLock(folder / LOCK)
    assert lock.acquire()
    profile.write_text("", encoding="utf-8")
    announce(folder, profile)
    assert running_profile() == profile
    lock.release()
    assert running_profile() is None

"""A live demo region of real processes for the end-to-end tests, stopped by its own process id."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from zcc_console.store.locks import ProcessLock

STARTS_WITHIN_S = 90.0


def program(*arguments: str) -> list[str]:
    """The program as a person would start it, in this environment."""
    return [sys.executable, "-P", "-m", "zcc_console", *arguments]


@dataclass(frozen=True)
class LiveRegion:
    """What `demo --headless` printed, and where it keeps its state."""

    hub: str
    rav: str
    tokens: dict[str, str]
    profile: Path
    state: Path
    process: subprocess.Popen[bytes]

    def desk_profile(self, desk_id: str) -> Path:
        """Another desk of the region."""
        return self.state / "desks" / desk_id / "profile.toml"

    def rav_record(self, rav: str = "rav-hollandrijn") -> list[dict[str, object]]:
        """The handoffs in a gateway's own administration."""
        config = self.state / rav / "rav.toml"
        done = subprocess.run(program("rav", "log", "--config", str(config), "--json"), capture_output=True, check=True)
        record = json.loads(done.stdout)
        assert isinstance(record["handoffs"], list)
        return record["handoffs"]

    def all_records(self) -> list[dict[str, object]]:
        """The handoffs in every gateway's own administration."""
        folders = sorted(path.parent.name for path in self.state.glob("rav-*/rav.toml"))
        return [handoff for folder in folders for handoff in self.rav_record(folder)]


def start_region(state: Path, *arguments: str) -> LiveRegion:
    """Start a region; fails with what it said when it does not serve in time."""
    errors = (state.parent / "demo.err").open("wb")
    process = subprocess.Popen(
        program("demo", "--headless", "--seed", "3", "--state", str(state), *arguments),
        stdout=subprocess.PIPE,
        stderr=errors,
        start_new_session=True,
    )
    assert process.stdout is not None
    deadline = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < deadline:
        ready, _, _ = select.select([process.stdout], [], [], 1.0)
        if ready:
            line = process.stdout.readline()
            if line:
                said = json.loads(line)
                return LiveRegion(said["hub"], said["rav"], said["tokens"], Path(said["profile"]), state, process)
            break
    stop(process)
    raise AssertionError("the demo region did not start: " + (state.parent / "demo.err").read_text(errors="replace"))


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process that this test started."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
    if process.stdout is not None:
        process.stdout.close()


@pytest.fixture(autouse=True)
def _couriers_end(tmp_path: Path) -> Iterator[None]:
    """Couriers outlive everything; here each is ended by the process id in its own lock file."""
    yield
    for lock in tmp_path.rglob("courier.lock"):
        holder = ProcessLock(lock).holder()
        if holder:
            os.kill(holder, signal.SIGTERM)


@pytest.fixture
def live(tmp_path: Path) -> Iterator[LiveRegion]:
    """A fresh region."""
    region = start_region(tmp_path / "region")
    yield region
    stop(region.process)

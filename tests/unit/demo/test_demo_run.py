"""`zcc-console demo --headless` as people's scripts see it: one line, a region that lives and heals, and nothing left over."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from zcc_console.core.config import load_profile
from zcc_console.core.errors import ConfigError
from zcc_console.core.freshness import CATEGORIES
from zcc_console.core.jsontypes import Json, as_list, as_object, as_text
from zcc_console.demo.region_run import Options
from zcc_console.demo.region_run import run as run_region

DEADLINE_S = 60.0
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@dataclass
class Run:
    """A running demo and its line."""

    process: subprocess.Popen[str]
    line: dict[str, Json]

    def url(self, name: str) -> str:
        return as_text(self.line[name])

    def get(self, path: str, role: str = "triagist") -> dict[str, Json]:
        """Something of the hub's, or an empty object while it is away."""
        token = as_text(as_object(self.line["tokens"])[role])
        request = urllib.request.Request(self.url("hub") + path, headers={"Authorization": f"Bearer {token}"})
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return as_object(json.loads(answer.read()))
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return {}

    def items(self, kind: str) -> list[dict[str, Json]]:
        """The log's items of a type."""
        found, page = [], "/v1/snapshot"
        while page:
            body = self.get(page)
            found += [as_object(item) for item in as_list(body.get("items"))]
            following = as_text(body.get("next"))
            page = f"/v1/snapshot?page={following}" if following else ""
        return [as_object(item["data"]) for item in found if item["type"] == kind]


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.1)


def children(pid: int) -> list[int]:
    with contextlib.suppress(OSError):
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


@contextmanager
def demo(*arguments: str, temporary: Path) -> Iterator[Run]:
    command = [sys.executable, "-P", "-m", "zcc_console", "demo", "--headless", *arguments]
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(temporary)},
    )
    try:
        assert process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            assert selector.select(DEADLINE_S), "said nothing in time"
        yield Run(process, as_object(json.loads(process.stdout.readline())))
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(DEADLINE_S)
        if process.stdout is not None:
            process.stdout.close()


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    folder = tmp_path / "t"
    folder.mkdir()
    return folder


def test_a_region_lives_heals_and_leaves_nothing(temporary: Path) -> None:
    with demo("--seed", "3", "--speed", "60", temporary=temporary) as run:
        assert set(as_object(run.line["tokens"])) == {"triagist", "assistant", "supervisor", "intake", "provider"}
        profile = Path(run.url("profile"))
        assert load_profile(profile).hub_url == run.url("hub")
        assert stat.S_IMODE(profile.stat().st_mode) == 0o600
        assert run.get("/healthz")["exercise"] is True
        # A snapshot is shared between those that ask together, and may be a second behind the head.
        until(lambda: {unit["category"] for unit in run.items("capacity")} == set(CATEGORIES))
        until(lambda: len([call for call in run.items("call") if call["state"] == "waiting"]) >= 10)

        hub, *gateways = children(run.process.pid)
        before = {as_text(call["id"]) for call in run.items("call")}
        os.kill(hub, signal.SIGKILL)
        os.kill(gateways[0], signal.SIGKILL)
        until(lambda: gone(hub) and bool(run.get("/healthz")))
        until(lambda: any(call["state"] == "closed" and call["triage"] for call in run.items("call")))
        until(lambda: len({as_text(call["id"]) for call in run.items("call")} - before) >= 2)
        assert before <= {as_text(call["id"]) for call in run.items("call")}
        until(lambda: any(handoff["state"] == "ACCEPTED" for handoff in run.items("handoff")))

        pids = children(run.process.pid)
        assert len(pids) == 3
        run.process.send_signal(signal.SIGTERM)
        assert run.process.wait(DEADLINE_S) == 0
        assert all(gone(pid) for pid in pids)
    assert list(temporary.iterdir()) == []


def test_a_folder_that_cannot_be_is_one_clear_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    options = Options(seed=1, speed=1, state=tmp_path / "file" / "region", desks=3, headless=True)
    with pytest.raises(ConfigError, match="niet te gebruiken"):
        run_region(options)


def test_a_kept_region_goes_on_and_is_not_begun_twice(temporary: Path, tmp_path: Path) -> None:
    state = tmp_path / "region"
    with demo("--state", str(state), "--desks", "4", temporary=temporary) as run:
        first, url = {as_text(call["id"]) for call in run.items("call")}, run.url("hub")
        tokens, desks = run.line["tokens"], list(as_object(run.line["profiles"]))
        assert desks == ["07", "12", "01", "20"]
        second = subprocess.run(
            [sys.executable, "-P", "-m", "zcc_console", "demo", "--headless", "--state", str(state)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=DEADLINE_S,
            check=False,
        )
        assert second.returncode == 75
        assert "draait al" in second.stderr
        assert "Traceback" not in second.stderr
        pids = children(run.process.pid)
        assert len(pids) == 3
        run.process.kill()  # the hard way: the children must notice by themselves
        run.process.wait(DEADLINE_S)
        until(lambda: all(gone(pid) for pid in pids))
    with demo("--state", str(state), temporary=temporary) as run:
        assert (run.url("hub"), run.line["tokens"]) == (url, tokens)
        until(lambda: first <= {as_text(call["id"]) for call in run.items("call")})
        assert len(run.items("notice")) == 2
        run.process.send_signal(signal.SIGINT)
        assert run.process.wait(DEADLINE_S) == 0
    assert (state / "night.json").exists()

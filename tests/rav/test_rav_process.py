"""The gateway as a real process: what it prints, kill -9, commands beside it, and errors that are one sentence."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.rav.region import CALL, RAV, message, token
from zcc_console.core.ids import handoff_id

HANDOFF = handoff_id(CALL, RAV)
HUB = {"Authorization": "Bearer hub"}
RUN = [sys.executable, "-c", "from zcc_console.rav.commands import rav; rav(prog_name='zcc-console rav')"]


def write_config(folder: Path, *, exercise: bool = True, extra: str = "") -> Path:
    """A gateway's configuration."""
    path = folder / "rav.toml"
    behaviour = "[behaviour]\nopened_after_s = 0.1\naccept_after_s = 0.2\n" if exercise else ""
    path.write_text(
        f'[rav]\nid = "{RAV}"\nname = "RAV Noord"\nexercise = {str(exercise).lower()}\nport = 0\n{extra}\n'
        f'[[token]]\nsha256 = "{token("hub")}"\nkind = "hub"\n{behaviour}',
        encoding="utf-8",
    )
    return path


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command beside the gateway."""
    return subprocess.run([*RUN, *arguments], capture_output=True, text=True, timeout=60, check=False)


@dataclass
class Served:
    """A gateway that serves."""

    process: subprocess.Popen[str]
    url: str

    def kill(self) -> None:
        """As if the power of the process went."""
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait(10)


@pytest.fixture
def serve() -> Iterator[Callable[[Path], Served]]:
    """Starts gateways and ends what is left of them."""
    started: list[subprocess.Popen[str]] = []

    def start(config: Path) -> Served:
        process = subprocess.Popen(
            [*RUN, "--config", str(config)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        started.append(process)
        assert process.stdout
        ready = json.loads(process.stdout.readline())
        assert ready["pid"] == process.pid
        return Served(process, ready["url"])

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=10)


def until(condition: Callable[[], bool], seconds: float = 15.0) -> None:
    """Wait for a condition, with a deadline."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "het bleef uit"
        time.sleep(0.02)


def states(url: str) -> list[str]:
    """The states of the handoff's events."""
    events = httpx.get(f"{url}/v1/handoffs/{HANDOFF}/events", headers=HUB).json()["events"]
    return [event["state"] for event in events]


def test_killed_after_the_receipt_nothing_is_lost_and_the_dispatcher_goes_on(
    tmp_path: Path, serve: Callable[[Path], Served]
) -> None:
    config = write_config(tmp_path)
    assert run("set", "silent=true", "--config", str(config)).returncode == 0
    first = serve(config)
    assert httpx.post(f"{first.url}/v1/handoffs", json=message(), headers=HUB).status_code == 202
    first.kill()
    second = serve(config)
    assert httpx.post(f"{second.url}/v1/handoffs", json=message(), headers=HUB).status_code == 409
    assert states(second.url) == ["RECEIVED"]
    assert run("set", "--config", str(config), "silent=false").returncode == 0
    until(lambda: states(second.url)[-1] == "ACCEPTED")
    logged = json.loads(run("log", "--config", str(config), "--json").stdout)
    (entry,) = logged["handoffs"]
    assert [event["n"] for event in entry["events"]] == [1, 2, 3]
    assert [arrival["duplicate"] for arrival in entry["arrivals"]] == [False, True]


def test_a_person_decides_from_the_command_line_while_it_serves(
    tmp_path: Path, serve: Callable[[Path], Served]
) -> None:
    config = write_config(tmp_path, exercise=False)
    served = serve(config)
    httpx.post(f"{served.url}/v1/handoffs", json=message(exercise=False), headers=HUB)
    assert "0347/7F3A" in run("show", "--config", str(config)).stdout
    accepted = run("accept", "0347", "--by", "P. de Boer", "--config", str(config))
    assert json.loads(accepted.stdout)["reference"] == "R-20418"
    until(lambda: states(served.url) == ["RECEIVED", "ACCEPTED"])
    assert "geen overdracht" in run("reject", "9999", "--by", "x", "--reason", "y", "--config", str(config)).stderr


def test_it_ends_calmly_when_told_to(tmp_path: Path, serve: Callable[[Path], Served]) -> None:
    served = serve(write_config(tmp_path))
    served.process.send_signal(signal.SIGTERM)
    _, errors = served.process.communicate(timeout=10)
    assert errors == ""


def test_its_files_are_private_and_encrypted(tmp_path: Path, serve: Callable[[Path], Served]) -> None:
    config = write_config(tmp_path)
    served = serve(config)
    httpx.post(f"{served.url}/v1/handoffs", json=message(), headers=HUB)
    for path in tmp_path.glob("rav.*"):
        if path != config:
            assert path.stat().st_mode & 0o077 == 0, path
            assert b"Havendorp" not in path.read_bytes()


def test_two_gateways_on_one_database_is_one_too_many(tmp_path: Path, serve: Callable[[Path], Served]) -> None:
    config = write_config(tmp_path)
    serve(config)
    second = run("--config", str(config))
    assert second.returncode == 75
    assert "draait al een gateway" in second.stderr


@pytest.mark.parametrize(
    ("extra", "exercise", "said"),
    [
        ("hub_url = 'http://127.0.0.1:1'", True, "hub_token_file"),
        ("database = 'postgresql://x'", True, "sqlite:///"),
        ("onzin = 1", True, "onzin is onbekend"),
    ],
)
def test_a_wrong_configuration_is_one_sentence(tmp_path: Path, extra: str, exercise: bool, said: str) -> None:
    result = run("--config", str(write_config(tmp_path, exercise=exercise, extra=extra)))
    assert result.returncode == 78
    assert said in result.stderr
    assert "Traceback" not in result.stderr


def test_a_real_gateway_with_simulation_in_its_configuration_does_not_start(tmp_path: Path) -> None:
    config = write_config(tmp_path, exercise=False)
    config.write_text(config.read_text() + "[behaviour]\nsilent = true\n")
    result = run("--config", str(config))
    assert result.returncode == 78
    assert "echte meldkamer" in result.stderr


def test_a_switch_that_does_not_exist_stops_it_at_the_start(tmp_path: Path) -> None:
    config = write_config(tmp_path)
    config.write_text(config.read_text() + "stil = true\n")
    result = run("--config", str(config))
    assert result.returncode == 78
    assert "stil" in result.stderr


def test_a_busy_port_is_one_sentence_with_a_way_out(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        result = run("--config", str(write_config(tmp_path)), "--port", port)
    assert result.returncode == 78
    assert "--port" in result.stderr


def test_the_key_gone_while_the_database_is_there_is_one_sentence(tmp_path: Path) -> None:
    config = write_config(tmp_path)
    assert run("show", "--config", str(config)).stdout == "Er is nog niets binnengekomen.\n"
    (tmp_path / "rav.key").unlink()
    result = run("show", "--config", str(config))
    assert result.returncode == 74
    assert "sleutel" in result.stderr

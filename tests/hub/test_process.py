"""The hub as a real process: what was acknowledged is there after kill -9, and bad starts say one clear sentence."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tests.hub.house import sha
from zcc_console.core.clock import SystemClock
from zcc_console.core.ids import ClockIds, handoff_id

IDS = ClockIds(SystemClock())
START_S = 20.0


def write_config(folder: Path, *, port: int = 0, extra: str = "") -> Path:
    path = folder / "hub.toml"
    tokens = "\n".join(
        f'[[token]]\nsha256 = "{sha(token)}"\nkind = "{kind}"\n{more}'
        for token, kind, more in (
            ("desk-07", "desk", 'desk_id = "07"\nrole = "triagist"\n'),
            ("intake", "intake", ""),
        )
    )
    path.write_text(f'[hub]\nregion = "proef"\nexercise = true\nport = {port}\n{extra}\n{tokens}\n', encoding="utf-8")
    return path


@dataclass
class Hub:
    """One process on a folder; `start` again after `kill`."""

    folder: Path
    process: subprocess.Popen[bytes] | None = None
    url: str = ""
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self) -> Hub:
        command = [sys.executable, "-m", "zcc_console", "hub", "--config", str(self.folder / "hub.toml")]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=(self.folder / "err").open("ab"))
        self.started.append(self.process)
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], START_S)
        assert ready, "no line within the time"
        line = json.loads(self.process.stdout.readline())
        assert line["pid"] == self.process.pid
        self.url = line["url"]
        return self

    def kill(self, how: signal.Signals = signal.SIGKILL) -> int:
        assert self.process is not None
        os.kill(self.process.pid, how)
        return self.process.wait(timeout=START_S)

    def client(self, token: str) -> httpx.Client:
        return httpx.Client(
            base_url=self.url, headers={"Authorization": f"Bearer {token}"}, timeout=10, trust_env=False
        )


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    write_config(tmp_path)
    running = Hub(tmp_path)
    yield running
    for process in running.started:
        if process.poll() is None:
            process.kill()
        process.wait(timeout=START_S)
        assert process.stdout is not None
        process.stdout.close()


def new_call(client: httpx.Client, key: str | None = None) -> httpx.Response:
    return client.post(
        "/v1/calls", json={"source": "hap", "reason": "x"}, headers={"Idempotency-Key": key or IDS.new()}
    )


def test_what_was_acknowledged_is_there_after_kill_9_and_the_cursor_still_holds(hub: Hub) -> None:
    hub.start()
    incarnation, call = IDS.new(), ""
    sent: list[tuple[dict[str, object], bytes]] = []
    with hub.client("intake") as intake, hub.client("desk-07") as desk:
        call = new_call(intake).json()["id"]
        for number in range(1, 21):
            body: dict[str, object] = {
                "command_id": IDS.new(),
                "desk_id": "07",
                "incarnation": incarnation,
                "desk_seq": number,
                "type": "call.note",
                "target": {"type": "call", "id": call},
                "data": {"text": f"notitie {number}"},
            }
            reply = desk.post("/v1/commands", json=body, headers={"Idempotency-Key": str(body["command_id"])})
            assert reply.status_code == 200
            sent.append((body, reply.content))
        message = {
            "handoff_id": handoff_id(call, "rav-een"),
            "message_id": IDS.new(),
            "call_id": call,
            "to": None,
            "exercise": True,
            "from": {},
            "urgency": "U1",
            "reasons": ["x"],
            "callback_number": "06",
        }
        taken = desk.post("/v1/handoffs", json=message, headers={"Idempotency-Key": str(message["message_id"])})
        assert taken.status_code == 202
        cursor = desk.get("/v1/snapshot").json()["cursor"]
    assert hub.kill() == -signal.SIGKILL
    hub.start()
    with hub.client("desk-07") as desk:
        snapshot = desk.get("/v1/snapshot").json()
        assert snapshot["cursor"] == cursor
        assert snapshot["applied"] == {incarnation: 20}
        items = {item["type"]: item for item in snapshot["items"]}
        assert [entry["data"]["text"] for entry in items["call"]["data"]["contributions"]] == [
            f"notitie {number}" for number in range(1, 21)
        ]
        assert items["handoff"]["data"]["message_ids"] == [message["message_id"]]
        assert desk.get("/v1/changes", params={"since": cursor}).json()["transactions"] == []
        body, answer = sent[7]
        again = desk.post("/v1/commands", json=body, headers={"Idempotency-Key": str(body["command_id"])})
        assert again.content == answer


def test_killed_in_the_middle_of_a_burst_it_has_all_it_acknowledged_and_each_call_once(hub: Hub) -> None:
    hub.start()
    keys = [IDS.new() for _ in range(200)]
    acknowledged: dict[str, bytes] = {}
    killed = False
    with hub.client("intake") as intake:
        for number, key in enumerate(keys):
            if number == 60:
                assert hub.process is not None
                os.kill(hub.process.pid, signal.SIGKILL)
                killed = True
            try:
                reply = new_call(intake, key)
            except httpx.HTTPError:
                break
            acknowledged[key] = reply.content
    assert killed
    assert hub.process is not None
    hub.process.wait(timeout=START_S)
    hub.start()
    with hub.client("intake") as intake, hub.client("desk-07") as desk:
        for key in keys:
            reply = new_call(intake, key)
            assert reply.status_code == 201
            assert acknowledged.get(key, reply.content) == reply.content
        items = desk.get("/v1/snapshot").json()["items"]
    assert len([item for item in items if item["type"] == "call"]) == len(keys)


def test_it_stops_when_told_with_a_stream_open(hub: Hub) -> None:
    hub.start()
    with hub.client("desk-07") as desk, desk.stream("GET", "/v1/stream") as stream:
        next(stream.iter_raw())
        began = time.monotonic()
        assert hub.kill(signal.SIGTERM) in (0, -signal.SIGTERM)
        assert time.monotonic() - began < 10


def test_the_files_are_private_and_encrypted(hub: Hub) -> None:
    hub.start()
    with hub.client("intake") as intake:
        intake.post(
            "/v1/calls",
            json={"source": "hap", "patient": {"name": "Geheimpje"}},
            headers={"Idempotency-Key": IDS.new()},
        )
    hub.kill()
    for path in hub.folder.iterdir():
        if path.name.startswith("hub.") and path.suffix != ".toml":
            assert not path.stat().st_mode & 0o077, path.name
        assert b"Geheimpje" not in path.read_bytes(), path.name


def test_a_new_epoch_by_hand(hub: Hub) -> None:
    hub.start()
    with hub.client("intake") as intake, hub.client("desk-07") as desk:
        new_call(intake)
        before = desk.get("/v1/snapshot").json()["cursor"]
    command = [sys.executable, "-m", "zcc_console", "hub", "new-epoch", "--config", str(hub.folder / "hub.toml")]
    busy = subprocess.run(command, capture_output=True, timeout=START_S, check=False)
    assert busy.returncode != 0
    assert b"draait al een hub" in busy.stderr
    hub.kill(signal.SIGTERM)
    done = subprocess.run(command, capture_output=True, timeout=START_S, check=False)
    assert done.returncode == 0, done.stderr
    hub.start()
    with hub.client("desk-07") as desk:
        snapshot = desk.get("/v1/snapshot").json()
        assert len(snapshot["items"]) == 1
        assert snapshot["cursor"].rpartition(".")[0] != before.rpartition(".")[0]
        assert desk.get("/v1/changes", params={"since": before}).status_code == 410


def test_a_desk_is_set_free_by_hand_while_the_hub_is_stopped(hub: Hub) -> None:
    beat = {"user": "x", "role": "triagist"}
    old, new = (f"0193c2a0-0000-7000-8000-00000000000{number}" for number in (1, 2))
    hub.start()
    with hub.client("desk-07") as desk:
        assert desk.put("/v1/desks/07", json={**beat, "incarnation": new}).status_code == 200
        assert desk.put("/v1/desks/07", json={**beat, "incarnation": old}).status_code == 409
    hub.kill(signal.SIGTERM)
    command = [sys.executable, "-m", "zcc_console", "hub", "reset-desk", "07", "--config", str(hub.folder / "hub.toml")]
    done = subprocess.run(command, capture_output=True, timeout=START_S, check=False)
    assert done.returncode == 0, done.stderr
    assert b"vrijgegeven" in done.stdout
    hub.start()
    with hub.client("desk-07") as desk:
        assert desk.put("/v1/desks/07", json={**beat, "incarnation": old}).status_code == 200


def refused_start(folder: Path, *more: str) -> str:
    command = [sys.executable, "-m", "zcc_console", "hub", "--config", str(folder / "hub.toml"), *more]
    done = subprocess.run(command, capture_output=True, timeout=START_S, check=False)
    assert done.returncode != 0
    assert done.stdout == b""
    lines = done.stderr.decode().strip().splitlines()
    assert len(lines) == 1, lines
    return lines[0]


def test_a_busy_port_is_one_clear_sentence_with_a_way_out(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        write_config(tmp_path, port=taken.getsockname()[1])
        said = refused_start(tmp_path)
    assert "--port" in said
    assert not (tmp_path / "hub.db").exists()


def test_an_address_that_is_not_loopback_needs_allow_remote(tmp_path: Path) -> None:
    write_config(tmp_path)
    assert "allow_remote" in refused_start(tmp_path, "--host", "0.0.0.0")
    write_config(tmp_path, extra='host = "0.0.0.0"')
    assert "allow_remote" in refused_start(tmp_path)


def test_a_wrong_key_is_one_clear_sentence(tmp_path: Path) -> None:
    write_config(tmp_path)
    running = Hub(tmp_path).start()
    running.kill(signal.SIGTERM)
    assert running.process is not None
    assert running.process.stdout is not None
    running.process.stdout.close()
    (tmp_path / "hub.key").write_text("ab" * 32, encoding="ascii")
    assert "sleutel" in refused_start(tmp_path)
    (tmp_path / "hub.key").unlink()
    assert "sleutel" in refused_start(tmp_path)

"""What the demo writes for its programs, and how it keeps them running."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from zcc_console.core.config import load_hub_config, load_profile, load_rav_config, read_token
from zcc_console.core.errors import ConfigError, ZccError
from zcc_console.demo import night as nights
from zcc_console.demo.children import Child, free_ports
from zcc_console.demo.night import Night
from zcc_console.demo.region import Region
from zcc_console.demo.site import Ports, seats_for, write_site
from zcc_console.demo.wire import NightClock
from zcc_console.tokens import token_hash

PORTS = Ports(4001, {"rav-hollandrijn": 4002, "rav-lekvliet": 4003})
NIGHT = datetime(2026, 11, 21, 21, 41, 7, tzinfo=UTC)
DEADLINE_S = 20.0


def test_every_file_is_read_by_the_program_it_is_for(tmp_path: Path, region: Region) -> None:
    site = write_site(tmp_path / "s", region, PORTS, seats_for(region, 3))
    hub = load_hub_config(site.hub_config)
    assert (hub.port, hub.exercise, hub.region) == (4001, True, "Hollandrijn")
    assert {rav.id: rav.url for rav in hub.ravs} == {
        "rav-hollandrijn": "http://127.0.0.1:4002",
        "rav-lekvliet": "http://127.0.0.1:4003",
    }
    hashes = {entry.sha256: entry for entry in hub.tokens}
    for rav_id, path in site.rav_configs.items():
        rav = load_rav_config(path)
        assert (rav.id, rav.port, rav.hub_url) == (rav_id, PORTS.ravs[rav_id], "http://127.0.0.1:4001")
        assert rav.hub_token_file is not None
        assert hashes[token_hash(read_token(rav.hub_token_file))].source == rav_id
        hub_route = next(route for route in hub.ravs if route.id == rav_id)
        assert hub_route.token_file is not None
        assert token_hash(read_token(hub_route.token_file)) in {entry.sha256 for entry in rav.tokens}
    assert list(site.profiles) == ["07", "12", "01"]
    for desk, path in site.profiles.items():
        profile = load_profile(path)
        entry = hashes[token_hash(read_token(profile.hub_token_file))]
        assert (entry.desk_id, entry.role, profile.exercise) == (desk, profile.role, True)
        assert profile.rav_for("Gouda").id == "rav-lekvliet"
        assert profile.rav_for("Alphen").id == "rav-hollandrijn"
        assert profile.rav_for("elders").phone == "088 555 0 112"
        for route in profile.ravs:
            assert route.token_file is not None
            assert read_token(route.token_file)
    assert {hub.subregions["leiden"], hub.subregions["gouda"]} == {"Noord", "Oost"}


def test_files_and_folders_are_private_and_no_token_stands_in_a_configuration(tmp_path: Path, region: Region) -> None:
    site = write_site(tmp_path / "s", region, PORTS, seats_for(region, 3))
    for path in [site.folder, *site.folder.rglob("*")]:
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), path
        if path.suffix == ".toml":
            text = path.read_text(encoding="utf-8")
            assert not [token for token in site.tokens.values() if token in text]
    assert len(set(site.tokens.values())) == len(site.tokens)
    assert all(token not in repr(site) for token in site.tokens.values())


def test_written_again_the_tokens_stay_and_the_ports_are_new(tmp_path: Path, region: Region) -> None:
    first = write_site(tmp_path, region, PORTS, seats_for(region, 3))
    second = write_site(tmp_path, region, replace(PORTS, hub=5001), seats_for(region, 3))
    assert second.tokens == first.tokens
    assert load_profile(second.profiles["07"]).hub_url == "http://127.0.0.1:5001"


def test_more_desks_than_the_region_has_are_made_up(tmp_path: Path, region: Region) -> None:
    seats = seats_for(region, 6)
    assert [seat.id for seat in seats] == ["07", "12", "01", "20", "21", "22"]
    site = write_site(tmp_path, region, PORTS, seats)
    assert load_profile(site.profiles["22"]).role == "triagist"
    for wrong in (0, 1000):
        with pytest.raises(ConfigError, match="desks"):
            seats_for(region, wrong)


def test_a_night_is_taken_up_again_where_the_simulation_is(tmp_path: Path) -> None:
    wall = datetime(2027, 1, 1, tzinfo=UTC)
    night = Night(7, 1, NightClock(NIGHT, wall, 2.0), PORTS)
    assert nights.load(tmp_path) is None
    nights.save(night, tmp_path)
    assert nights.load(tmp_path) == night
    again = night.again(wall + timedelta(minutes=30), 5.0)
    assert again.clock.sim_start == NIGHT + timedelta(hours=1)
    assert again.clock.speed == 5.0
    assert (night.is_fresh, again.is_fresh) == (True, False)
    assert len({night.draw, again.draw, again.again(wall, 1).draw}) == 3


@pytest.mark.parametrize("text", ["", "{", "[]", '{"seed": 1}', '{"seed": "x"}'])
def test_an_unreadable_night_is_one_clear_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / nights.FILE).write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="onleesbaar"):
        nights.load(tmp_path)


# -- children ----------------------------------------------------------------------------------------------------------

SERVES = """
import json, os, sys, time
print(json.dumps({"url": "http://x", "pid": os.getpid()}), flush=True)
time.sleep(600)
"""


def child(tmp_path: Path, code: str) -> Child:
    return Child("hub", [sys.executable, "-c", code], tmp_path / "log")


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while not condition():
            await asyncio.sleep(0.02)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


async def test_a_child_that_dies_is_started_again_and_stop_ends_it(tmp_path: Path) -> None:
    one = child(tmp_path, SERVES)
    await one.start()
    assert one.url == "http://x"
    first = one.pid
    assert first is not None
    keeper = asyncio.create_task(one.keep())
    os.kill(first, signal.SIGKILL)
    await until(lambda: one.pid not in (None, first))
    second = one.pid
    assert second is not None
    keeper.cancel()
    await asyncio.gather(keeper, return_exceptions=True)
    await one.stop()
    assert not alive(second)
    assert one.pid is None


async def test_a_child_that_ignores_being_asked_is_ended_by_force(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zcc_console.demo.children.STOP_S", 0.2)
    one = child(tmp_path, f"import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n{SERVES}")
    await one.start()
    pid = one.pid
    assert pid is not None
    await one.stop()
    assert not alive(pid)


@pytest.mark.parametrize("code", ["raise SystemExit(3)", "print('no json', flush=True)", "print('{}', flush=True)"])
async def test_a_child_that_does_not_come_up_is_one_clear_sentence(tmp_path: Path, code: str) -> None:
    one = child(tmp_path, code)
    with pytest.raises(ZccError, match="startte niet"):
        await one.start()
    assert one.pid is None


PARENT = """
import asyncio, sys
from pathlib import Path
from zcc_console.demo.children import Child
async def main():
    one = Child("hub", [sys.executable, "-c", sys.argv[1]], Path(sys.argv[2]))
    await one.start()
    print(one.pid, flush=True)
    await asyncio.sleep(600)
asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's word of a parent's death is Linux's")
async def test_a_child_does_not_outlive_a_parent_that_was_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PARENT, SERVES, str(tmp_path / "log")]
    parent = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    assert alive(pid)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    await until(lambda: not alive(pid))


def test_free_ports_are_different_ones() -> None:
    assert len(set(free_ports(5))) == 5

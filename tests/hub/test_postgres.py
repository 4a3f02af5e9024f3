"""The same region on PostgreSQL: one throw-away cluster on a local socket, made by the test and stopped by it.

Where PostgreSQL is not installed the tests say so and are passed over; in CI (`CI=true`) they fail instead.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from tests.hub.house import RAV, UNIT, House, config
from tests.hub.test_log import busy, changes, digest_of, start_of, whole_snapshot
from zcc_console.core.errors import AlreadyRunning
from zcc_console.hub.service import Region

pytestmark = pytest.mark.timeout(180)


def binaries() -> Path | None:
    """Where PostgreSQL's server programs are; Debian keeps them off the path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    named = shutil.which("initdb")
    return found[-1].parent if found else Path(named).parent if named else None


def as_owner(*command: str) -> list[str]:
    """PostgreSQL refuses to run as root: then its own account runs it."""
    return ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else list(command)


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """A fresh cluster; its SQLAlchemy URL without a database."""
    programs = binaries()
    if programs is None:
        reason = "PostgreSQL is not installed (Debian: apt-get install postgresql)"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    folder = Path(tempfile.mkdtemp(prefix="zcc-pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    data = folder / "data"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.STDOUT, "check": True, "cwd": "/"}
    try:
        subprocess.run(
            as_owner(f"{programs}/initdb", "-D", str(data), "-A", "trust", "-U", "zcc", "--no-sync"), **quiet
        )  # type: ignore[call-overload]
        options = f"-c listen_addresses='' -c unix_socket_directories='{folder}'"
        start = as_owner(
            f"{programs}/pg_ctl", "-D", str(data), "-w", "-t", "60", "-l", f"{folder}/log", "-o", options, "start"
        )
        subprocess.run(start, **quiet)  # type: ignore[call-overload]
        try:
            yield f"postgresql+psycopg://zcc@/{{database}}?host={folder}"
        finally:
            subprocess.run(as_owner(f"{programs}/pg_ctl", "-D", str(data), "-m", "fast", "-w", "stop"), **quiet)  # type: ignore[call-overload]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def url(cluster: str, request: pytest.FixtureRequest) -> str:
    """An empty database of its own for each test."""
    name = f"zcc_{abs(hash(request.node.name)) % 10**8}"
    engine = create_engine(cluster.format(database="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    engine.dispose()
    return cluster.format(database=name)


@pytest.fixture
def house(tmp_path: Path, url: str) -> Iterator[House]:
    built = House.build(tmp_path, database=url)
    yield built
    built.region.close()


def test_a_night_in_short(house: House) -> None:
    start = start_of(house)
    busy(house)
    call, desk = house.call(patient={"name": "Ünïcode ✓", "bsn": "111222333"}), house.desk()
    claim = desk.body("call.claim", call)
    first = desk.send(claim)
    assert (first.status, desk.send(claim).body) == (200, first.body)
    assert desk.do("call.close", call, {}, claim=claim["command_id"])["status"] == 200
    assert desk.do("call.reopen", call, {}, if_match=house.rev("call", call))["status"] == 200
    assert house.desk("12").do("call.raise", call, {"urgency": "U1", "reason": "x"})["type"] == "not-allowed"
    message = desk.handoff(call)
    assert desk.press(message)["status"] == 202
    event = {"n": 1, "state": "ACCEPTED", "has": [message["message_id"]], "by": "Jan", "at": "2026-11-21T21:42:00Z"}
    assert desk.events(str(message["handoff_id"]), event)["status"] == 200
    assert house.data("call", call)["state"] == "handed-off"
    assert house.data("handoff", str(message["handoff_id"]))["to"] == RAV
    head, before = house.region.head(), changes(house, start)["transactions"]
    items = whole_snapshot(house)[0]
    house.restart()
    assert house.region.head() == head
    assert changes(house, start)["transactions"] == before
    assert whole_snapshot(house)[0] == items
    assert house.region.ledger.state.digest() == digest_of(house.region.ledger.state)
    assert house.data("capacity", UNIT)["free"] == 2
    house.clock.advance(200_000)
    house.pass_seconds(62)
    who = house.region.principal("desk-07")
    assert who is not None
    assert json.loads(house.region.call_record(who, call).body)["data"]["patient"]["bsn"] == "111222333"


def test_a_second_hub_does_not_start_on_the_same_database_from_another_folder(house: House, tmp_path: Path) -> None:
    other = tmp_path / "ander"
    other.mkdir()
    with pytest.raises(AlreadyRunning):
        House.build(other, database=house.cfg.database)


def test_a_hub_from_another_folder_takes_the_database_for_a_copy(house: House, tmp_path: Path) -> None:
    house.call()
    epoch = house.region.head().epoch
    house.region.close()
    other = tmp_path / "ander"
    other.mkdir()
    moved = Region.open(config(other, database=house.cfg.database), house.clock, house.ids)
    assert moved.head().epoch != epoch
    moved.close()
    house.region = Region.open(house.cfg, house.clock, house.ids)


def test_a_lost_connection_is_503_and_then_all_goes_on(house: House) -> None:
    call, desk = house.call(), house.desk()
    engine = create_engine(house.cfg.database, poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"
            )
        )
        connection.commit()
    engine.dispose()
    body = desk.body("call.claim", call)
    assert desk.send(body).status == 503
    epoch = house.region.head().epoch
    assert desk.send(body).status == 200
    assert house.region.head().epoch == epoch


def test_a_promoted_standby_is_noticed_by_its_timeline(house: House) -> None:
    house.call()
    epoch = house.region.head().epoch
    with house.region.ledger.unit() as change:
        change.connection.execute(text("UPDATE meta SET value = 'ander/1' WHERE key = 'timeline'"))
    house.restart()
    assert house.region.head().epoch != epoch

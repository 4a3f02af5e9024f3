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

from tests.hub.house import UNIT, House
from zcc_console.core.errors import AlreadyRunning

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


def test_what_was_acknowledged_is_there_after_a_restart(house: House) -> None:
    call_id = house.call()
    claim = house.desk().claim(call_id)
    house.desk().do("call.note", call_id, {"text": "sinds 21:35"})
    head = house.region.head()
    house.restart()
    assert house.region.head() == head
    data = house.data("call", call_id)
    assert data["claim"]["id"] == claim  # type: ignore[index]
    assert [note["text"] for note in data["notes"]] == ["sinds 21:35"]  # type: ignore[attr-defined]


def test_a_command_sent_again_gets_the_same_bytes_also_after_a_restart(house: House) -> None:
    call_id = house.call()
    body = house.desk().body("call.claim", call_id)
    first = house.desk().send(body)
    house.restart()
    again = house.desk().send(body)
    assert (again.status, again.body) == (first.status, first.body)


def test_the_last_place_goes_to_exactly_one(house: House) -> None:
    house.unit(free=1)
    calls = [house.call(), house.call()]
    answers = [
        house.desk(desk).do("capacity.reserve", data={"unit": UNIT, "call_id": call_id})
        for desk, call_id in zip(("07", "12"), calls, strict=True)
    ]
    assert [answer["status"] for answer in answers] == [200, 409]
    assert answers[1]["type"] == "full"


def test_a_handoff_is_durable_before_it_is_acknowledged(house: House) -> None:
    call_id = house.call()
    message = house.desk().handoff(call_id)
    taken = house.desk().press(message)
    assert taken["state"] == "SENT"
    house.restart()
    again = house.desk().press(message)
    assert (again["status"], again["type"]) == (409, "duplicate")


def test_changes_and_digest_are_whole(house: House) -> None:
    who = house.region.principal("desk-07")
    assert who is not None
    start = str(house.region.head())
    for _ in range(5):
        house.call()
    changes = json.loads(house.region.changes(who, start, limit=1000).reply.body)
    previous = start
    for transaction in changes["transactions"]:
        assert transaction["prev"] == previous
        previous = transaction["cursor"]
    assert previous == changes["to"] == str(house.region.head())
    before = json.loads(house.region.digest(who).body)
    house.restart()
    who = house.region.principal("desk-07")
    assert who is not None
    assert json.loads(house.region.digest(who).body) == before


def test_two_hubs_never_work_on_one_database(house: House, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    with pytest.raises(AlreadyRunning):
        House.build(other, database=house.cfg.database)

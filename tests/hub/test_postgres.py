"""The same region on PostgreSQL, when one is given by ZCC_TEST_POSTGRES_URL (an empty database of its own)."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from tests.hub.house import RAV, UNIT, House, config
from tests.hub.test_log import busy, changes, digest_of, start_of, whole_snapshot
from zcc_console.core.errors import AlreadyRunning
from zcc_console.hub import schema
from zcc_console.hub.service import Region

URL = os.environ.get("ZCC_TEST_POSTGRES_URL")
pytestmark = pytest.mark.skipif(URL is None, reason="set ZCC_TEST_POSTGRES_URL to an empty PostgreSQL database")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    assert URL is not None
    engine = create_engine(URL, poolclass=NullPool)
    schema.metadata.drop_all(engine)
    engine.dispose()
    built = House.build(tmp_path, database=URL)
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
        House.build(other, database=URL)


def test_a_hub_from_another_folder_takes_the_database_for_a_copy(house: House, tmp_path: Path) -> None:
    house.call()
    epoch = house.region.head().epoch
    house.region.close()
    other = tmp_path / "ander"
    other.mkdir()
    moved = Region.open(config(other, database=URL), house.clock, house.ids)
    assert moved.head().epoch != epoch
    moved.close()
    house.region = Region.open(house.cfg, house.clock, house.ids)


def test_a_lost_connection_is_503_and_then_all_goes_on(house: House) -> None:
    call, desk = house.call(), house.desk()
    assert URL is not None
    engine = create_engine(URL, poolclass=NullPool)
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

"""Contract §1: a hub on a restored, copied or promoted database begins a new epoch before it serves."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.hub.house import House, answered
from zcc_console.core.errors import AlreadyRunning, KeyMissing, StoreError
from zcc_console.hub.marker import Marker
from zcc_console.hub.reply import Refused
from zcc_console.hub.service import Region


def backup(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in ("hub.db",)}


def put_back_in_place(folder: Path, saved: dict[str, bytes]) -> None:
    """Over the same file, so that not even its inode tells."""
    for name, content in saved.items():
        with (folder / name).open("r+b") as out:
            out.truncate(0)
            out.write(content)
    for suffix in ("-wal", "-shm"):
        (folder / f"hub.db{suffix}").unlink(missing_ok=True)


def closed(house: House) -> None:
    house.region.close()


def reopen(house: House) -> None:
    house.region = Region.open(house.cfg, house.clock, house.ids)


def test_an_older_database_put_back_in_place_is_noticed(house: House, tmp_path: Path) -> None:
    house.call()
    closed(house)
    saved = backup(tmp_path)
    reopen(house)
    epoch = house.region.head().epoch
    house.call()
    closed(house)
    put_back_in_place(tmp_path, saved)
    reopen(house)
    assert house.region.head().epoch != epoch
    assert house.region.head().seq == 1


def test_a_lost_refusal_or_audit_row_is_noticed_too_though_no_transaction_is_missing(
    house: House, tmp_path: Path
) -> None:
    call = house.call()
    closed(house)
    saved = backup(tmp_path)
    reopen(house)
    head = house.region.head()
    house.desk().do("call.release", call, {}, claim=house.ids.new())
    assert house.region.head() == head
    closed(house)
    put_back_in_place(tmp_path, saved)
    reopen(house)
    assert house.region.head().epoch != head.epoch


def test_a_copied_database_is_noticed_by_its_inode(house: House, tmp_path: Path) -> None:
    house.call()
    head = house.region.head()
    closed(house)
    shutil.copy2(tmp_path / "hub.db", tmp_path / "kopie.db")
    (tmp_path / "kopie.db").replace(tmp_path / "hub.db")
    reopen(house)
    assert house.region.head().epoch != head.epoch


def test_a_database_without_its_marker_is_taken_for_a_copy(house: House, tmp_path: Path) -> None:
    house.call()
    head = house.region.head()
    closed(house)
    (tmp_path / "hub.instance").unlink()
    reopen(house)
    assert house.region.head().epoch != head.epoch


def test_a_damaged_marker_is_no_marker(tmp_path: Path) -> None:
    path = tmp_path / "hub.instance"
    for content in (b"", b"\xff\xfe", b"zcc-hub-instance 1\na\nb\nc\n", b"iets anders\na\n1\n2\n"):
        path.write_bytes(content)
        assert Marker(path, None).doubt("a", 5) == "unmarked"


def test_a_marker_behind_the_database_is_no_doubt(tmp_path: Path) -> None:
    marker = Marker(tmp_path / "hub.instance", None)
    marker.write("a", 5)
    marker.reached(7)
    assert marker.doubt("a", 9) is None
    assert marker.doubt("a", 7) is None
    assert marker.doubt("a", 6) == "behind"
    assert marker.doubt("b", 9) == "other-epoch"
    marker.close()


def test_after_a_restore_a_desk_puts_back_what_was_lost_under_the_old_ids(house: House, tmp_path: Path) -> None:
    """The whole of §1's recovery: create with the old id, then all rows again in a new incarnation."""
    closed(house)
    saved = backup(tmp_path)
    reopen(house)
    call, desk = house.call(), house.desk()
    number = house.data("call", call)["number"]
    claim = desk.body("call.claim", call)
    note = desk.body("call.note", call, {"text": "niet kwijt"})
    assert desk.send(claim).status == desk.send(note).status == 200
    closed(house)
    put_back_in_place(tmp_path, saved)
    reopen(house)
    assert house.gone("call", call)
    desk.incarnation, desk.seq = house.ids.new(), 0
    assert desk.do("call.create", call, {"number": number, "source": "hap"})["status"] == 200
    for body in (claim, note):
        desk.seq += 1
        assert desk.send({**body, "incarnation": desk.incarnation, "desk_seq": desk.seq}).status == 200
    data = house.data("call", call)
    assert (data["number"], data["source"], data["state"]) == (number, "hap", "claimed")
    assert data["notes"][0]["text"] == "niet kwijt"  # type: ignore[index]


def test_a_second_hub_on_the_same_database_does_not_start(house: House) -> None:
    with pytest.raises(AlreadyRunning, match="draait al een hub"):
        Region.open(house.cfg, house.clock, house.ids)
    assert house.call()


def test_a_missing_key_is_said_and_nothing_is_overwritten(house: House, tmp_path: Path) -> None:
    house.call()
    closed(house)
    key = (tmp_path / "hub.key").read_bytes()
    (tmp_path / "hub.key").unlink()
    with pytest.raises(KeyMissing):
        Region.open(house.cfg, house.clock, house.ids)
    (tmp_path / "hub.key").write_bytes(key)
    (tmp_path / "hub.key").chmod(0o600)
    reopen(house)
    assert house.region.head().seq == 1


def test_a_database_of_a_newer_program_is_left_alone(house: House) -> None:
    with house.region.ledger.unit() as change:
        change.connection.exec_driver_sql("UPDATE meta SET value = '99' WHERE key = 'schema'")
    closed(house)
    for _ in range(2):  # a start that failed leaves no lock behind
        with pytest.raises(StoreError, match="versie 99"):
            Region.open(house.cfg, house.clock, house.ids)


def test_a_commit_of_which_nobody_knows_is_looked_up_by_id(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """COMMIT happened, but its answer was lost: 503, then the same bytes get the stored answer."""
    call, desk = house.call(), house.desk()
    body = desk.body("call.claim", call)
    database = house.region.ledger._db
    real = database.transaction

    def broken():  # type: ignore[no-untyped-def]
        from contextlib import contextmanager

        @contextmanager
        def once():  # type: ignore[no-untyped-def]
            with real() as connection:
                yield connection
            raise StoreError("het antwoord op COMMIT kwam niet")

        return once()

    monkeypatch.setattr(database, "transaction", broken)
    reply = desk.send(body)
    assert (reply.status, json.loads(reply.body)["type"]) == (503, "unavailable")
    monkeypatch.undo()
    epoch = house.region.head().epoch
    again = desk.send(body)
    assert again.status == 200
    assert json.loads(again.body)["items"][0]["data"]["claim"]["fence"] == 1
    assert house.region.head().epoch == epoch
    assert house.data("call", call)["fence"] == 1


def test_while_the_database_is_away_every_answer_is_503_and_afterwards_all_is_there(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = house.call()
    database = house.region.ledger._db

    def away():  # type: ignore[no-untyped-def]
        raise StoreError("weg")

    monkeypatch.setattr(database, "transaction", away)
    monkeypatch.setattr(database, "reopen", away)
    for _ in range(2):
        assert house.desk().do("call.claim", call)["status"] == 503
        house.desk().seq -= 1
    house.clock.advance(120)
    with pytest.raises(Refused):
        house.region.tick()
    monkeypatch.undo()
    assert house.desk().do("call.claim", call)["status"] == 200


def test_what_another_writer_did_to_the_database_is_read_anew(house: House) -> None:
    """A database that moved under the hub (a promoted standby, a careless hand) is never written over."""
    call = house.call()
    connection = house.region.ledger._db._connection
    assert connection is not None
    with connection.begin():
        connection.exec_driver_sql("UPDATE head SET writes = writes - 1")
    epoch = house.region.head().epoch
    who = house.region.principal("desk-07")
    assert who is not None
    assert house.desk().do("call.claim", call)["status"] == 503
    house.desk().seq -= 1
    assert house.desk().do("call.claim", call)["status"] == 200
    assert house.region.head().epoch != epoch, "fewer writes than acknowledged: something is missing"
    assert answered(lambda: house.region.changes(who, f"{epoch}.1").reply).status == 410

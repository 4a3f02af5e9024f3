"""Contract §1: one log, gapless and whole; snapshot, changes, digest, and when a cursor is no good any more."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from tests.hub.house import Body, House, answered
from zcc_console.core.clock import rfc3339
from zcc_console.core.cursor import Cursor
from zcc_console.hub.state import State


def digest_of(state: State) -> dict[str, dict[str, int]]:
    """As the contract words it, the slow way."""
    found: dict[str, dict[str, int]] = {}
    for entry in state.all():
        share = int.from_bytes(hashlib.sha256(f"{entry.type}/{entry.id}/{entry.rev}".encode()).digest()[:8], "big")
        of_type = found.setdefault(entry.type, {"count": 0, "sum": 0})
        of_type["count"] += 1
        of_type["sum"] = (of_type["sum"] + share) % 2**64
    return found


def changes(house: House, since: str, limit: int = 1000, token: str = "desk-07") -> Body:
    who = house.region.principal(token)
    assert who is not None
    body: Body = json.loads(answered(lambda: house.region.changes(who, since, limit).reply).body)
    return body


def snapshot(house: House, page: str | None = None, token: str = "desk-07") -> Body:
    who = house.region.principal(token)
    assert who is not None
    body: Body = json.loads(answered(lambda: house.region.snapshot(who, page)).body)
    return body


def whole_snapshot(house: House) -> tuple[list[Body], Body]:
    page = snapshot(house)
    items: list[Body] = list(page["items"])  # type: ignore[call-overload]
    while not page["complete"]:
        page = snapshot(house, str(page["next"]))
        items += page["items"]  # type: ignore[arg-type]
    return items, page


def start_of(house: House) -> str:
    return f"{house.region.head().epoch}.{house.region.ledger.floor}"


def busy(house: House) -> None:
    """A little of everything."""
    house.unit(free=2)
    desk = house.desk()
    desk.heartbeat()
    for _ in range(3):
        call = house.call()
        claim = desk.claim(call)
        desk.do("call.note", call, {"text": "x"}, claim=claim)
        desk.do("capacity.reserve", None, {"unit": "seh-oosterwal", "call_id": call})
    house.desk("90").do("notice.post", house.ids.new(), {"text": "x"})


def test_numbers_have_no_gaps_and_each_names_the_one_before(house: House) -> None:
    start = start_of(house)
    busy(house)
    found = changes(house, start)["transactions"]
    cursor = start
    for number, transaction in enumerate(found, start=1):  # type: ignore[arg-type,var-annotated]
        assert transaction["prev"] == cursor
        cursor = transaction["cursor"]
        assert Cursor.parse(cursor).seq == number
        assert all(item["rev"] == cursor for item in transaction["items"])
    assert cursor == str(house.region.head())


def test_the_log_from_the_start_adds_up_to_the_snapshot(house: House) -> None:
    start = start_of(house)
    busy(house)
    built: dict[tuple[str, str], Body] = {}
    for transaction in changes(house, start)["transactions"]:  # type: ignore[attr-defined]
        for item in transaction["items"]:
            if item["op"] == "delete":
                built.pop((item["type"], item["id"]))
            else:
                built[item["type"], item["id"]] = item
    items, last = whole_snapshot(house)
    assert {(item["type"], item["id"]): item for item in items} == built
    assert last["cursor"] == str(house.region.head())
    assert last["digest"] == digest_of(house.region.ledger.state)


def test_changes_come_whole_in_pieces_of_the_limit(house: House) -> None:
    start = start_of(house)
    busy(house)
    cursor = start
    seen: list[Body] = []
    while True:
        body = changes(house, cursor, limit=3)
        assert body["from"] == cursor
        seen += body["transactions"]  # type: ignore[arg-type]
        cursor = str(body["to"])
        if not body["has_more"]:
            break
        assert len(body["transactions"]) == 3  # type: ignore[arg-type]
    assert seen == changes(house, start)["transactions"]


def test_changes_are_the_same_from_memory_and_from_the_disk(house: House) -> None:
    start = start_of(house)
    busy(house)
    from_memory = changes(house, start)["transactions"]
    house.restart()
    assert changes(house, start)["transactions"] == from_memory


def test_at_the_head_there_is_nothing_and_it_says_so(house: House) -> None:
    busy(house)
    body = changes(house, str(house.region.head()))
    assert (body["transactions"], body["to"], body["has_more"]) == ([], str(house.region.head()), False)


def test_every_body_says_whether_this_is_an_exercise(house: House) -> None:
    busy(house)
    assert snapshot(house)["exercise"] is True
    assert changes(house, start_of(house))["exercise"] is True
    assert house.region.bookmark()["exercise"] is True
    assert house.desk().heartbeat()["exercise"] is True


def test_the_last_page_says_what_numbers_the_asking_desk_has_used(house: House) -> None:
    busy(house)
    _, last = whole_snapshot(house)
    assert last["applied"] == {house.desk("07").incarnation: house.desk("07").seq}
    assert snapshot(house, token="desk-12")["applied"] == {}


def test_pages_of_a_snapshot_all_stand_at_one_cursor_while_the_log_goes_on(house: House, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr("zcc_console.hub.snapshots.PAGE_ITEMS", 4)
    busy(house)
    before = digest_of(house.region.ledger.state)
    page = snapshot(house)
    cursor, items = page["cursor"], list(page["items"])  # type: ignore[call-overload]
    while not page["complete"]:
        assert "digest" not in page
        house.call()
        page = snapshot(house, str(page["next"]))
        assert page["cursor"] == cursor
        items += page["items"]
    assert page["digest"] == before
    assert len(items) == sum(entry["count"] for entry in before.values())


def test_desks_that_ask_together_share_a_snapshot_and_a_second_later_not(house: House) -> None:
    busy(house)
    first = snapshot(house)["cursor"]
    house.call()
    assert snapshot(house, token="desk-12")["cursor"] == first
    house.clock.advance(1.0)
    assert snapshot(house, token="desk-12")["cursor"] == str(house.region.head())


def test_a_page_is_kept_ten_minutes(house: House, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr("zcc_console.hub.snapshots.PAGE_ITEMS", 2)
    busy(house)
    following = str(snapshot(house)["next"])
    house.clock.advance(599)
    assert snapshot(house, following)["items"]
    house.clock.advance(1)
    gone = snapshot(house, following)
    assert (gone["type"], gone["reason"]) == ("cursor-expired", "page")


@pytest.mark.parametrize("page", ["", "x", ":1", "{head}:0", "{head}:-1", "{head}:99999999", "{head}:\u0661"])
def test_a_page_that_never_was_is_410(house: House, page: str) -> None:
    snapshot(house)
    assert snapshot(house, page.format(head=house.region.head()))["type"] == "cursor-expired"


@pytest.mark.parametrize(
    ("since", "reason"),
    [("", "unreadable"), ("abc", "unreadable"), ("ander.3", "epoch"), ("{epoch}.\u0663", "unreadable")],
)
def test_a_cursor_of_elsewhere_is_410_with_floor_and_head(house: House, since: str, reason: str) -> None:
    busy(house)
    body = changes(house, since.format(epoch=house.region.head().epoch))
    assert (body["type"], body["reason"]) == ("cursor-expired", reason)
    assert body["head"] == str(house.region.head())
    assert body["floor"] == start_of(house)


def test_retry_after_is_spread_over_the_desks_and_at_most_twenty_seconds(house: House) -> None:
    for number in ("07", "12", "90"):
        house.desk(number).heartbeat()
    seen = []
    for number in ("07", "12", "90"):
        who = house.region.principal(f"desk-{number}")
        assert who is not None
        reply = answered(lambda who=who: house.region.changes(who, "x").reply)  # type: ignore[misc]
        seen.append(int(dict(reply.headers)["Retry-After"]))
    assert all(0 <= seconds <= 20 for seconds in seen)


def test_the_log_is_kept_a_day_and_then_the_cursor_is_too_old(house: House) -> None:
    old = start_of(house)
    house.call()
    house.clock.advance(86_400 - 120)
    house.pass_seconds(61)
    assert changes(house, old)["transactions"]
    house.call()
    house.pass_seconds(120)
    body = changes(house, old)
    assert (body["type"], body["reason"]) == ("cursor-expired", "old")
    assert len(changes(house, start_of(house))["transactions"]) == 1  # type: ignore[arg-type]
    house.restart()
    assert changes(house, old)["reason"] == "old"


def test_a_cursor_ahead_of_the_head_is_410_and_begins_a_new_epoch(house: House) -> None:
    busy(house)
    before = house.region.head()
    ahead = f"{before.epoch}.{before.seq + 1}"
    body = changes(house, ahead)
    assert body["type"] == "cursor-expired"
    assert house.region.head().epoch != before.epoch
    after = house.region.head()
    assert changes(house, f"{after.epoch}.{after.seq + 1}")["reason"] == "ahead"
    assert house.region.head() == after, "at most once in ten minutes"


def test_a_new_epoch_keeps_the_state_and_goes_on_counting(house: House) -> None:
    busy(house)
    before, items = house.region.head(), whole_snapshot(house)[0]
    house.region.ledger.new_epoch("by-hand")
    head = house.region.head()
    assert (head.seq, head.epoch != before.epoch) == (before.seq, True)
    assert whole_snapshot(house)[0] == items
    assert changes(house, str(before))["reason"] == "epoch"
    house.call()
    transaction = changes(house, str(head))["transactions"][0]  # type: ignore[index]
    assert (transaction["prev"], Cursor.parse(transaction["cursor"]).seq) == (str(head), head.seq + 1)


def test_a_rev_of_an_earlier_epoch_still_holds_for_what_nobody_changed(house: House) -> None:
    call = house.call()
    rev = house.rev("call", call)
    house.region.ledger.new_epoch("by-hand")
    assert house.desk().do("call.close", call, {}, if_match=rev)["status"] == 200


def test_more_than_five_hundred_items_are_several_transactions(house: House) -> None:
    with house.region.ledger.unit() as change:
        for number in range(1201):
            change.put("notice", f"n{number}", {"id": f"n{number}", "ended_at": rfc3339(house.clock.now())})
    sizes = [len(entry["items"]) for entry in changes(house, start_of(house))["transactions"]]  # type: ignore[attr-defined]
    assert sizes == [500, 500, 201]


def test_the_digest_stays_right_when_items_leave(house: House) -> None:
    busy(house)
    house.clock.advance(200_000)
    house.pass_seconds(62)
    assert house.region.ledger.state.digest() == digest_of(house.region.ledger.state)


def test_a_unit_of_work_that_raises_leaves_nothing(house: House) -> None:
    head = house.region.head()

    def half() -> None:
        with house.region.ledger.unit() as change:
            change.put("notice", "n", {"id": "n"})
            change.finish(None)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half()
    assert house.region.head() == head
    assert house.gone("notice", "n")
    house.call()
    assert house.region.head().seq == head.seq + 1


def test_readers_of_other_kinds_read_no_log(house: House) -> None:
    for token in ("intake", "provider", "rav"):
        assert snapshot(house, token=token)["type"] == "not-allowed"
        assert changes(house, start_of(house), token=token)["type"] == "not-allowed"


def test_a_restart_with_nothing_lost_keeps_the_epoch(house: House) -> None:
    busy(house)
    head = house.region.head()
    house.restart()
    assert house.region.head() == head


def test_the_database_is_unreadable_without_its_key(house: House, tmp_path: Path) -> None:
    house.call(patient={"name": "Geheimpje"})
    house.region.close()
    for file in tmp_path.iterdir():
        assert b"Geheimpje" not in file.read_bytes(), file.name
    assert not (tmp_path / "hub.db").read_bytes().startswith(b"SQLite format 3")
    house.restart()

"""The cache: always some moment of the log, rebuilt whole or not at all."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.store.conftest import Files
from zcc_console.store.cache import CursorMismatch
from zcc_console.store.items import Item, OwnCommand, Transaction, item_of, transaction_of


def tx(n: int, *items: Item, own: OwnCommand | None = None, prev: str | None = None) -> Transaction:
    return Transaction(f"e1.{n}", prev or f"e1.{n - 1}", "2026-11-21T21:00:00.000Z", own, items)


def put(kind: str, item_id: str, rev: str, **data: Any) -> Item:
    return Item(kind, item_id, rev, {"id": item_id, **data})


def start(files: Files, *items: Item) -> Any:
    cache = files.cache()
    cache.swap("e1.0", items, {}, exercise=True, missing=(), now=files.clock.now())
    return cache


def test_a_transaction_its_cursor_and_the_own_number_come_together(files: Files) -> None:
    cache = start(files)
    own = OwnCommand("c1", "07", "inc-1", 5)
    other = OwnCommand("c2", "12", "inc-9", 8)
    assert cache.apply([tx(1, put("call", "a", "e1.1"), own=own), tx(2, own=other)], desk_id="07") == 2
    assert cache.cursor == "e1.2"
    assert cache.all_applied() == {"inc-1": 5}
    assert cache.item("call", "a") is not None


def test_of_a_batch_with_a_hole_nothing_is_applied(files: Files) -> None:
    cache = start(files)
    with pytest.raises(CursorMismatch):
        cache.apply([tx(1, put("call", "a", "e1.1")), tx(3, put("call", "b", "e1.3"))], desk_id="07")
    assert cache.cursor == "e1.0"
    assert cache.item("call", "a") is None


def test_a_reader_is_told_only_what_changed_and_deletions_too(files: Files) -> None:
    cache = start(files, put("call", "a", "e1.0"), put("call", "b", "e1.0"))
    version, items = cache.changed_since(0)
    assert len(items) == 2
    cache.apply([tx(1, Item("call", "a", "e1.1", None), put("call", "c", "e1.1"))], desk_id="07")
    fresh, changed = cache.changed_since(version)
    assert fresh > version
    assert {(item.id, item.data is None) for item in changed} == {("a", True), ("c", False)}
    assert cache.changed_since(fresh) == (fresh, [])


def test_a_snapshot_touches_only_what_is_different(files: Files) -> None:
    cache = start(files, put("call", "a", "e1.0"), put("call", "b", "e1.0"))
    version, _ = cache.changed_since(0)
    cache.swap(
        "e1.9",
        [put("call", "a", "e1.0"), put("call", "c", "e1.8")],
        {"inc-1": 3},
        exercise=True,
        missing=(),
        now=files.clock.now(),
    )
    _, changed = cache.changed_since(version)
    assert {(item.id, item.data is None) for item in changed} == {("b", True), ("c", False)}
    assert cache.all_applied() == {"inc-1": 3}
    assert cache.cursor == "e1.9"


def test_the_digest_is_over_what_is_there(files: Files) -> None:
    cache = start(files, put("call", "a", "e1.0"), put("capacity", "u", "e1.0"))
    before = cache.digest()
    cache.apply([tx(1, put("call", "b", "e1.1"))], desk_id="07")
    cache.apply([tx(2, Item("call", "b", "e1.2", None))], desk_id="07")
    assert cache.digest() == before
    assert {kind: count for kind, (count, _) in before.items()} == {"call": 1, "capacity": 1}


def test_missing_calls_are_listed_until_they_are_back_or_settled(files: Files) -> None:
    cache = start(files)
    missing = [{"id": "a", "number": "1"}, {"id": "b", "number": "2"}]
    cache.swap("e2.0", [], {}, exercise=True, missing=missing, now=files.clock.now())
    assert [call["id"] for call in cache.missing_calls()] == ["a", "b"]
    cache.apply([Transaction("e2.1", "e2.0", "t", None, (put("call", "a", "e2.1"),))], desk_id="07")
    cache.settle_missing("b")
    assert cache.missing_calls() == []


def test_the_claims_of_a_desk_are_read_from_the_calls(files: Files) -> None:
    cache = start(
        files,
        put("call", "a", "e1.0", claim={"desk_id": "07", "id": "c-a"}),
        put("call", "b", "e1.0", claim={"desk_id": "12", "id": "c-b"}),
        put("call", "c", "e1.0", claim=None),
    )
    assert cache.claims_of("07") == {"a": "c-a"}


def test_pruning_forgets_only_what_was_deleted_long_ago(files: Files) -> None:
    cache = start(files, put("call", "a", "e1.0"))
    cache.apply([tx(1, Item("call", "a", "e1.1", None))], desk_id="07")
    cache.prune()
    assert [item.id for item in cache.changed_since(0)[1]] == ["a"]
    for n in range(2, 6):
        cache.apply([tx(n, put("call", "b", f"e1.{n}"))], desk_id="07")
    cache.prune(keep_versions=1)
    assert [item.id for item in cache.changed_since(0)[1]] == ["b"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"cursor": "e1.1"},
        {"cursor": "e1.1", "prev": "e1.0", "at": "x"},
        {"cursor": "e1.1", "prev": "e1.0", "at": "x", "items": [3]},
        {"cursor": "e1.1", "prev": "e1.0", "at": "x", "items": [{"type": "call", "id": "a", "rev": "r", "op": "put"}]},
        {"cursor": "e1.1", "prev": "e1.0", "at": "x", "items": [], "command": {"id": "c"}},
    ],
)
def test_a_transaction_that_lacks_something_is_none(body: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        transaction_of(body)


def test_a_deletion_needs_no_data() -> None:
    assert item_of({"type": "call", "id": "a", "rev": "r", "op": "delete", "data": None}).data is None

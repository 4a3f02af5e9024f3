"""The region's items and transactions as frozen records, and how they are read; they know nothing of how they are stored."""

from __future__ import annotations

from dataclasses import dataclass

from zcc_console.core.jsontypes import Json, JsonObject


@dataclass(frozen=True, slots=True)
class Item:
    """One object of the log as last written; `data` None when it was deleted."""

    type: str
    id: str
    rev: str
    data: JsonObject | None


@dataclass(frozen=True, slots=True)
class OwnCommand:
    """Who made a transaction, where it was a desk's command."""

    id: str
    desk_id: str
    incarnation: str
    desk_seq: int


@dataclass(frozen=True, slots=True)
class Transaction:
    """One transaction of the region's log."""

    cursor: str
    prev: str
    at: str
    command: OwnCommand | None
    items: tuple[Item, ...]


def transaction_of(body: JsonObject) -> Transaction:
    """A transaction from its JSON.

    Raises:
        ValueError: a field the desk cannot do without is missing or of another kind.
    """

    def text(source: JsonObject, name: str) -> str:
        value = source.get(name)
        if not isinstance(value, str):
            raise ValueError(f"transaction without {name}")
        return value

    command = body.get("command")
    own: OwnCommand | None = None
    if isinstance(command, dict):
        seq = command.get("desk_seq")
        if not isinstance(seq, int):
            raise ValueError("command without desk_seq")
        own = OwnCommand(text(command, "id"), text(command, "desk_id"), text(command, "incarnation"), seq)
    raw_items = body.get("items")
    if not isinstance(raw_items, list):
        raise ValueError("transaction without items")
    return Transaction(
        text(body, "cursor"), text(body, "prev"), text(body, "at"), own, tuple(item_of(raw) for raw in raw_items)
    )


def item_of(raw: Json) -> Item:
    """An item from its JSON.

    Raises:
        ValueError: it is not one.
    """
    if not isinstance(raw, dict):
        raise ValueError("item is no object")
    kind, item_id, rev, op, data = (raw.get(name) for name in ("type", "id", "rev", "op", "data"))
    if not (isinstance(kind, str) and isinstance(item_id, str) and isinstance(rev, str)):
        raise ValueError("item without type, id or rev")
    if op == "delete":
        return Item(kind, item_id, rev, None)
    if not isinstance(data, dict):
        raise ValueError("item without data")
    return Item(kind, item_id, rev, data)

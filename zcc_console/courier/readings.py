"""The bodies of the log's calls (contract.md §1), read strictly: a body that is not whole is no answer.

Hand-written, because the courier runs all night beside every console and pydantic would be half of its memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from zcc_console.core.clock import parse_time
from zcc_console.core.jsontypes import Json, JsonObject
from zcc_console.courier.answers import json_object, whole
from zcc_console.store.items import Item, Transaction, item_of, transaction_of

Digest = dict[str, tuple[int, int]]
"""Per type the count and the sum modulo 2⁶⁴ of the items' hashes."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What `/v1/changes` answered."""

    to: str
    has_more: bool
    exercise: bool
    server_time: datetime
    transactions: tuple[Transaction, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a snapshot; `applied` only on the last."""

    cursor: str
    exercise: bool
    items: tuple[Item, ...]
    next: str | None
    complete: bool
    applied: dict[str, int]


@dataclass(frozen=True, slots=True)
class Bookmark:
    """A sign of life on the stream: where the hub stands."""

    cursor: str
    exercise: bool
    server_time: datetime
    digest: Digest | None


@dataclass(frozen=True, slots=True)
class Frame:
    """One server-sent event as it came."""

    event: str
    data: str


class Garbage(ValueError):
    """A body that is not of the contract: no answer."""


def _text(body: JsonObject, name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise Garbage(name)
    return value


def _flag(body: JsonObject, name: str) -> bool:
    value = body.get(name)
    if not isinstance(value, bool):
        raise Garbage(name)
    return value


def _moment(body: JsonObject, name: str) -> datetime:
    try:
        return parse_time(_text(body, name))
    except (ValueError, OverflowError):
        raise Garbage(name) from None


def _list(body: JsonObject, name: str) -> list[Json]:
    value = body.get(name)
    if not isinstance(value, list):
        raise Garbage(name)
    return value


def _transaction(raw: Json) -> Transaction:
    if not isinstance(raw, dict):
        raise Garbage("transaction")
    try:
        return transaction_of(raw)
    except ValueError as error:
        raise Garbage(str(error)) from None


def read_changes(body: JsonObject) -> Changes:
    """The body of `/v1/changes`.

    Raises:
        Garbage: it is not one.
    """
    return Changes(
        to=_text(body, "to"),
        has_more=_flag(body, "has_more"),
        exercise=_flag(body, "exercise"),
        server_time=_moment(body, "server_time"),
        transactions=tuple(_transaction(raw) for raw in _list(body, "transactions")),
    )


def read_page(body: JsonObject) -> Page:
    """One page of `/v1/snapshot`.

    Raises:
        Garbage: it is not one; a last page without `applied`, or a page that is neither last nor followed.
    """
    complete = body.get("complete") is True
    raw_next = body.get("next")
    following = str(raw_next) if isinstance(raw_next, str | int) and not isinstance(raw_next, bool) else None
    if not complete and not following:
        raise Garbage("next")
    applied: dict[str, int] = {}
    raw_applied = body.get("applied")
    if complete:
        if not isinstance(raw_applied, dict):
            raise Garbage("applied")
        for incarnation, value in raw_applied.items():
            number = whole(value)
            if number is None:
                raise Garbage("applied")
            applied[incarnation] = number
    try:
        items = tuple(item_of(raw) for raw in _list(body, "items"))
    except Garbage:
        raise
    except ValueError as error:
        raise Garbage(str(error)) from None
    return Page(
        _text(body, "cursor"), _flag(body, "exercise"), items, None if complete else following, complete, applied
    )


def read_digest(value: Json) -> Digest | None:
    """A digest; None where it is absent or of another shape (then it proves nothing)."""
    if not isinstance(value, dict):
        return None
    digest: Digest = {}
    for kind, entry in value.items():
        if not isinstance(entry, dict):
            return None
        count, total = whole(entry.get("count")), whole(entry.get("sum"))
        if count is None or total is None:
            return None
        if count:
            digest[kind] = (count, total)
    return digest


def read_frame(frame: Frame) -> Transaction | Bookmark | None:
    """A server-sent event; None for one of a name that this version does not know.

    Raises:
        Garbage: its body is not of the contract.
    """
    if frame.event not in ("message", "transaction", "bookmark"):
        return None
    body = json_object(frame.data.encode("utf-8", "replace"))
    if body is None:
        raise Garbage("json")
    if frame.event == "bookmark":
        return Bookmark(
            _text(body, "cursor"),
            _flag(body, "exercise"),
            _moment(body, "server_time"),
            read_digest(body.get("digest")),
        )
    return _transaction(body)

"""After a new epoch nothing acknowledged may be gone (contract.md §1): which calls are put back, which are only listed,
which handoff messages go again. Pure functions over what the journal, the old cache and the new state hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from zcc_console.core.jsontypes import Json, JsonObject, as_list, as_object, as_text
from zcc_console.store import rows
from zcc_console.store.rows import HUB, HandoffRow, OutboxRow

WITHIN_S = 72 * 3600.0
"""Rows of so long are sent again; a hub's backup plan loses less (contract.md §1)."""

_CALLER = ("name", "relation", "with_patient", "organisation")
_PATIENT = ("name", "age_years", "birth_date", "sex", "pregnant", "risk")
_LOCATION = ("street", "house_number", "postcode", "town", "access", "lat", "lon")
_ENTRIES = {"history": ("at", "text"), "attachments": ("title", "type", "url"), "identifiers": ("system", "value")}
_PLAIN = ("number", "source", "received_at", "callback_number", "reason")


def epoch_of(cursor: str | None) -> str:
    """The epoch in a cursor; empty where there is no cursor."""
    return (cursor or "").rpartition(".")[0]


def lacking(outbox: Iterable[OutboxRow], since: str, above: Mapping[str, int]) -> list[OutboxRow]:
    """The rows that go again: without an answer, or of the last 72 hours and above what the new state contains."""
    return [
        row
        for row in outbox
        if row.state == rows.PENDING
        or (row.state == rows.APPLIED and row.at >= since and row.desk_seq > above.get(row.incarnation, 0))
    ]


def calls_to_put_back(
    again: Sequence[OutboxRow],
    outbox: Sequence[OutboxRow],
    old: Mapping[str, JsonObject],
    new: frozenset[str],
    *,
    desk_id: str,
    user: str,
) -> list[JsonObject]:
    """A `call.create` for each call that those rows concern and the new state lacks, in their order.

    Args:
        again: the rows that go again.
        outbox: all rows; the answers in them may hold a call that the old cache no longer had.
        old: the calls of the old cache.
        new: ids of the calls in the new state.
    """
    creates: list[JsonObject] = []
    done: set[str] = set()
    for row in again:
        call_id = row.call_id
        if call_id is None or call_id in new or call_id in done:
            continue
        done.add(call_id)
        call = old.get(call_id) or _from_answers(call_id, outbox)
        if call is None:
            continue  # typed in here and never in the log: its own `call.create` is among the rows
        noted = frozenset(
            as_text(as_object(each.body.get("data")).get("text"))
            for each in again
            if each.call_id == call_id and each.type == "call.note"
        )
        creates.append(
            {
                "type": "call.create",
                "desk_id": desk_id,
                "user": user,
                "target": {"type": "call", "id": call_id},
                "data": create_data(_without(call, desk_id, noted)),
            }
        )
    return creates


def _without(call: JsonObject, desk_id: str, noted: frozenset[str]) -> JsonObject:
    """The call without the own notes that go again as rows: they would be there twice."""
    notes = [
        note
        for note in as_list(call.get("notes"))
        if as_object(note).get("desk_id") != desk_id or as_text(as_object(note).get("text")) not in noted
    ]
    return {**call, "notes": notes}


def _from_answers(call_id: str, outbox: Sequence[OutboxRow]) -> JsonObject | None:
    for row in reversed(outbox):
        if row.call_id != call_id or row.response is None:
            continue
        for entry in map(as_object, as_list(row.response.get("items"))):
            if entry.get("type") == "call" and entry.get("id") == call_id and entry.get("op") == "put":
                return as_object(entry.get("data"))
    return None


def create_data(call: JsonObject) -> dict[str, Json]:
    """What a `call.create` may carry of a call as it stood in the log."""
    data: dict[str, Json] = {name: call[name] for name in _PLAIN if call.get(name) is not None}
    for name, fields in (("caller", _CALLER), ("patient", _PATIENT), ("location", _LOCATION)):
        part = as_object(call.get(name))
        kept = {field: part[field] for field in fields if part.get(field) is not None}
        if kept:
            data[name] = kept
    pre = as_object(call.get("pre_urgency"))
    if isinstance(pre.get("urgency"), str):
        data["pre_urgency"] = {key: pre[key] for key in ("urgency", "by", "at") if pre.get(key) is not None}
    alerts = [text for text in as_list(call.get("alerts")) if isinstance(text, str)]
    if alerts:
        data["alerts"] = alerts
    notes = [as_text(as_object(note).get("text")) for note in as_list(call.get("notes"))]
    if any(notes):
        data["notes"] = [text for text in notes if text]
    for name in ("history", "attachments", "identifiers"):
        entries: list[Json] = []
        for entry in map(as_object, as_list(call.get(name))):
            entries.append({field: entry[field] for field in _ENTRIES[name] if entry.get(field) is not None})
        if entries:
            data[name] = entries
    return data


def missing_calls(
    old: Mapping[str, JsonObject], new: frozenset[str], put_back: frozenset[str]
) -> list[dict[str, Json]]:
    """Open calls of the old cache that the new state lacks and no row puts back: listed until someone settles them."""
    return [
        {**call, "id": call_id}
        for call_id, call in sorted(old.items())
        if call_id not in new and call_id not in put_back and call.get("state") != "closed"
    ]


def messages_the_hub_lacks(handoffs: Iterable[HandoffRow], new: Mapping[str, JsonObject], since: str) -> list[str]:
    """Handoff messages that the hub had taken, that are not too old, and that its state does not hold."""
    found: list[str] = []
    for handoff in handoffs:
        if handoff.key_test:
            continue  # it said what it had to say
        there = {as_text(entry) for entry in as_list(new.get(handoff.handoff_id, {}).get("message_ids"))}
        for row in handoff.messages:
            taken = any(each.route == HUB and each.state == "delivered" for each in row.deliveries)
            if taken and row.committed_at >= since and row.message.message_id not in there:
                found.append(row.message.message_id)
    return found

"""The commands of one simulated desk, by the desk's own rules (contract.md §3): numbered without gaps, one in flight, the
same bytes until there is an answer, and a new incarnation in any doubt. A state machine without I/O."""

from __future__ import annotations

import json
import random
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from zcc_console.core.clock import rfc3339
from zcc_console.core.ids import Ids
from zcc_console.core.jsontypes import Json, JsonObject, as_int, as_object, as_text

REFUSALS = frozenset(
    {
        "too-large", "invalid", "key-reused", "not-allowed", "not-found", "exists", "rev-missing", "stale", "fenced",
        "claimed", "wrong-state", "full", "expired",
    }
)  # fmt: skip
"""The problem types that refuse a command for good; every other answer but 200 is no answer."""

KEPT = 200
"""Delivered rows kept, to send again when the hub says that it misses some."""

DOUBTS = 3
"""So many gaps in a row are a gap that stays."""


class Verdict(StrEnum):
    """What an answer means to a desk."""

    APPLIED = "applied"
    REFUSED = "refused"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Request:
    """A finished request: the same bytes each time, as long as its number stands."""

    command_id: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one command."""

    command_id: str
    type: str
    verdict: Verdict
    slug: str
    """The problem's type, where it was refused."""
    body: JsonObject


@dataclass(slots=True)
class _Row:
    command_id: str
    type: str
    fields: dict[str, Json]
    if_match: str | None
    seq: int
    answered: bool = False


class Outbox:
    """What one desk pressed, in order."""

    def __init__(self, desk_id: str, user: str, ids: Ids, chance: random.Random) -> None:
        self.desk_id, self.user = desk_id, user
        self._ids, self._chance = ids, chance
        self._rows: deque[_Row] = deque()
        self._next = 0  # index of the row to send
        self._failures = self._gaps = 0
        self._not_before: datetime | None = None
        self.incarnation = ids.new()
        self._last_seq = 0

    @property
    def undelivered(self) -> int:
        """How many commands have no answer yet."""
        return sum(not row.answered for row in self._rows)

    def press(
        self,
        kind: str,
        target: tuple[str, str] | None,
        data: dict[str, Json],
        *,
        at: datetime,
        claim: str | None = None,
        fence: int | None = None,
        if_match: str | None = None,
    ) -> str:
        """Take a command up; its id is known before any answer."""
        command_id = self._ids.new()
        fields: dict[str, Json] = {"type": kind, "user": self.user, "at": rfc3339(at), "data": data}
        if target is not None:
            fields["target"] = {"type": target[0], "id": target[1]}
        if claim is not None:
            fields["claim"] = claim
        elif fence is not None:
            fields["fence"] = fence
        self._last_seq += 1
        self._rows.append(_Row(command_id, kind, fields, if_match, self._last_seq))
        return command_id

    def due(self, now: datetime) -> Request | None:
        """The request to send now, if any: the oldest without an answer."""
        if self._next >= len(self._rows) or (self._not_before is not None and now < self._not_before):
            return None
        row = self._rows[self._next]
        body: dict[str, Json] = {
            "command_id": row.command_id,
            "desk_id": self.desk_id,
            "incarnation": self.incarnation,
            "desk_seq": row.seq,
            **row.fields,
        }
        headers = [("Idempotency-Key", row.command_id), ("Content-Type", "application/json")]
        if row.if_match is not None:
            headers.append(("If-Match", f'"{row.if_match}"'))
        return Request(row.command_id, tuple(headers), json.dumps(body, ensure_ascii=False).encode())

    def answered(self, command_id: str, status: int | None, raw: bytes, now: datetime) -> Answer | None:
        """What came back for a request; None where that says nothing new about the command.

        Args:
            status: the HTTP status, or None for a timeout or a broken line.
        """
        if self._next >= len(self._rows) or self._rows[self._next].command_id != command_id:
            return None
        row, body = self._rows[self._next], _object(raw)
        slug = as_text(body.get("type"))
        if status == 200 and body.get("command_id") == command_id:
            return self._settle(row, Verdict.APPLIED, "", body)
        if status is not None and 400 <= status < 500:
            if slug in REFUSALS:
                return self._settle(row, Verdict.REFUSED, slug, body)
            if slug == "sequence-used":
                self.renumber()
                return None
            if slug == "sequence-gap":
                self._gap(as_int(body.get("expected")))
                return None
        self._failures += 1
        longest = min(20.0, 0.5 * 2 ** min(self._failures, 6))
        self._not_before = now + timedelta(seconds=self._chance.uniform(0, longest))
        return None

    def renumber(self) -> None:
        """Start a new incarnation: what has no answer keeps its order and its ids, and gets new numbers."""
        self._rows = deque(row for row in self._rows if not row.answered)
        self.incarnation = self._ids.new()
        self._next = self._gaps = self._last_seq = 0
        for row in self._rows:
            self._last_seq += 1
            row.seq = self._last_seq

    def _settle(self, row: _Row, verdict: Verdict, slug: str, body: JsonObject) -> Answer | None:
        again, row.answered = row.answered, True
        self._failures = self._gaps = 0
        self._not_before = None
        self._next += 1
        while self._next > KEPT:
            self._rows.popleft()
            self._next -= 1
        return None if again else Answer(row.command_id, row.type, verdict, slug, body)

    def _gap(self, expected: int | None) -> None:
        self._gaps += 1
        index = next((index for index, row in enumerate(self._rows) if row.seq == expected), None)
        if index is None or index >= self._next or self._gaps > DOUBTS:
            self.renumber()
        else:
            self._next = index


def _object(raw: bytes) -> dict[str, Json]:
    try:
        return as_object(json.loads(raw))
    except ValueError:
        return {}

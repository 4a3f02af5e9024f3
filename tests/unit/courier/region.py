"""A small model of a region for the courier's tests: a hub with one log, and RAV gateways, as contract.md says.

Synchronous and exact where the desk depends on it; it can lose its memory (a new epoch), refuse, and fail on purpose.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
STATES = ("SENT", "RECEIVED", "OPENED", "ACCEPTED", "REJECTED", "CLOSED")


def problem(status: int, slug: str, **more: Any) -> tuple[int, str, Json]:
    return status, "application/problem+json", {"type": slug, "title": slug, "status": status, **more}


def good(body: Json, status: int = 200) -> tuple[int, str, Json]:
    return status, "application/json", body


def share(kind: str, item_id: str, rev: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{kind}/{item_id}/{rev}".encode()).digest()[:8], "big")


@dataclass
class ModelHub:
    """The hub, for one or more desks."""

    exercise: bool = True
    epoch: str = "e1"
    log: list[Json] = field(default_factory=list)
    items: dict[tuple[str, str], Json] = field(default_factory=dict)
    used: dict[str, int] = field(default_factory=dict)
    answers: dict[str, tuple[str, tuple[int, str, Json]]] = field(default_factory=dict)
    applied: list[str] = field(default_factory=list)
    """Command ids in the order they took effect."""
    bodies: dict[str, Json] = field(default_factory=dict)
    handoffs: dict[str, dict[str, Json]] = field(default_factory=dict)
    passed_on: dict[str, dict[int, Json]] = field(default_factory=dict)
    beats: list[Json] = field(default_factory=list)
    audit: dict[str, dict[int, Json]] = field(default_factory=dict)
    in_use: bool = False
    floor: int = 0
    page_size: int = 2
    refuse: Callable[[Json], tuple[int, str, Json] | None] = lambda body: None
    on_commit: list[Callable[[Json], None]] = field(default_factory=list)
    pages: dict[str, list[Json]] = field(default_factory=dict)
    now: str = "2026-11-21T21:41:07.120Z"

    @property
    def seq(self) -> int:
        return self.log[-1]["n"] if self.log else self.floor

    @property
    def cursor(self) -> str:
        return f"{self.epoch}.{self.seq}"

    def commit(self, *changes: tuple[str, str, Json | None], command: Json | None = None) -> Json:
        prev = self.cursor
        n = self.seq + 1
        cursor = f"{self.epoch}.{n}"
        items = []
        for kind, item_id, data in changes:
            op = "delete" if data is None else "put"
            item = {"type": kind, "id": item_id, "rev": cursor, "op": op, "data": data}
            if data is None:
                self.items.pop((kind, item_id), None)
            else:
                self.items[(kind, item_id)] = item
            items.append(item)
        entry = {"cursor": cursor, "prev": prev, "at": self.now, "command": command, "items": items}
        self.log.append({"n": n, "body": entry})
        for listener in self.on_commit:
            listener(entry)
        return entry

    def digest(self) -> Json:
        sums: dict[str, Json] = {}
        for (kind, item_id), item in self.items.items():
            entry = sums.setdefault(kind, {"count": 0, "sum": 0})
            entry["count"] += 1
            entry["sum"] = (entry["sum"] + share(kind, item_id, item["rev"])) % 2**64
        return sums

    def bookmark(self) -> Json:
        return {
            "cursor": self.cursor,
            "server_time": self.now,
            "exercise": self.exercise,
            "digest": self.digest(),
        }

    def since(self, cursor: str) -> list[Json] | None:
        epoch, _, seq = cursor.rpartition(".")
        if epoch != self.epoch or not seq.isdecimal() or not self.floor <= int(seq) <= self.seq:
            return None
        return [entry["body"] for entry in self.log if entry["n"] > int(seq)]

    def changes(self, cursor: str, limit: int = 1000) -> tuple[int, str, Json]:
        found = self.since(cursor)
        if found is None:
            return problem(410, "cursor-expired", reason="epoch", floor=str(self.floor), head=self.cursor)
        page = found[:limit]
        return good(
            {
                "from": cursor,
                "to": page[-1]["cursor"] if page else cursor,
                "has_more": len(found) > limit,
                "exercise": self.exercise,
                "server_time": self.now,
                "transactions": page,
            }
        )

    def snapshot(self, page: str | None = None) -> tuple[int, str, Json]:
        if page is None:
            key = f"{self.cursor}"
            items = [json.loads(json.dumps(item)) for _, item in sorted(self.items.items())]
            rest = [items[i : i + self.page_size] for i in range(0, len(items), self.page_size)] or [[]]
            self.pages[key] = [
                {"cursor": self.cursor, "exercise": self.exercise, "items": part, "next": f"{key}/{i + 1}"}
                | {"complete": False}
                for i, part in enumerate(rest)
            ]
            self.pages[key][-1] |= {
                "complete": True,
                "next": None,
                "digest": self.digest(),
                "applied": dict(self.used),
            }
            return good(self.pages[key][0])
        key, _, index = page.rpartition("/")
        if key not in self.pages or key.rpartition(".")[0] != self.epoch:
            return problem(410, "cursor-expired", reason="page")
        return good(self.pages[key][int(index)])

    def forget(self, keep: int, epoch: str) -> None:
        """A restored copy: everything after the first `keep` transactions is gone, under a new epoch."""
        kept = [entry["body"] for entry in self.log if entry["n"] <= keep]
        self.items.clear()
        self.used.clear()
        ids: list[str] = []
        for body in kept:
            for item in body["items"]:
                if item["op"] == "put":
                    self.items[(item["type"], item["id"])] = item
                else:
                    self.items.pop((item["type"], item["id"]), None)
            command = body["command"]
            if command is not None:
                self.used[command["incarnation"]] = command["desk_seq"]
                ids.append(command["id"])
        self.applied = [command_id for command_id in self.applied if command_id in ids]
        self.answers = {key: value for key, value in self.answers.items() if key in ids}
        self.floor = keep
        self.log = []
        self.epoch = epoch
        self.pages.clear()
        self.handoffs = {
            id_: {m: body for m, body in messages.items() if ("handoff", id_) in self.items}
            for id_, messages in self.handoffs.items()
            if ("handoff", id_) in self.items
        }

    # -- commands --------------------------------------------------------------------------------------------------

    def command(self, body: Json, key: str) -> tuple[int, str, Json]:
        command_id, incarnation, seq = body["command_id"], body["incarnation"], body["desk_seq"]
        if key != command_id:
            return problem(400, "invalid")
        sameness = json.dumps({k: v for k, v in body.items() if k not in ("incarnation", "desk_seq")}, sort_keys=True)
        expected = self.used.get(incarnation, 0) + 1
        if command_id in self.answers:
            before, answer = self.answers[command_id]
            if before != sameness:
                return problem(422, "key-reused")
            if seq == expected:
                self.used[incarnation] = seq
            return answer
        if seq > expected:
            return problem(409, "sequence-gap", expected=expected)
        if seq < expected:
            return problem(409, "sequence-used", expected=expected)
        self.used[incarnation] = seq
        answer = self.refuse(body) or self._apply(body)
        self.answers[command_id] = (sameness, answer)
        return answer

    def _apply(self, body: Json) -> tuple[int, str, Json]:
        target = body.get("target") or {}
        call_id = target.get("id")
        there = self.items.get(("call", call_id)) if call_id else None
        if body["type"] == "call.create":
            if there is not None:
                return problem(409, "exists", current=there["data"])
            data = {"id": call_id, "state": "waiting", **body["data"], "done": []}
        elif there is None:
            return problem(404, "not-found")
        else:
            data = json.loads(json.dumps(there["data"]))
        data.setdefault("done", []).append(body["command_id"])
        reference = {name: body[name] for name in ("desk_id", "incarnation", "desk_seq")} | {"id": body["command_id"]}
        entry = self.commit(("call", str(call_id), data), command=reference)
        self.applied.append(body["command_id"])
        self.bodies[body["command_id"]] = body
        return good(
            {
                "command_id": body["command_id"],
                "cursor": entry["cursor"],
                "result": "applied",
                "items": entry["items"],
            }
        )

    # -- the rest --------------------------------------------------------------------------------------------------

    def handoff(self, body: Json) -> tuple[int, str, Json]:
        if self.exercise and not body.get("exercise"):
            return problem(422, "exercise", exercise=True)
        messages = self.handoffs.setdefault(body["handoff_id"], {})
        answer = {
            "handoff_id": body["handoff_id"],
            "message_id": body["message_id"],
            "state": "SENT",
            "received_at": self.now,
            "exercise": bool(body.get("exercise")),
            "warnings": [],
        }
        if body["message_id"] in messages:
            return problem(409, "duplicate", **answer)
        messages[body["message_id"]] = body
        self.commit(("handoff", body["handoff_id"], {"id": body["handoff_id"], "message_ids": sorted(messages)}))
        return good(answer, 202)

    def take_events(self, handoff_id: str, body: Json) -> tuple[int, str, Json]:
        if handoff_id not in self.handoffs:
            return problem(404, "not-found")
        known = self.passed_on.setdefault(handoff_id, {})
        for event in body["events"]:
            known.setdefault(event["n"], event)
        return good({"handoff_id": handoff_id})

    def heartbeat(self, body: Json) -> tuple[int, str, Json]:
        self.beats.append(body)
        if self.in_use:
            return problem(409, "desk-in-use")
        return good(
            {
                "server_time": self.now,
                "exercise": self.exercise,
                "desk_seq": self.used.get(body["incarnation"], 0),
                "claims": [{**claim, "fence": 1, "held": True} for claim in body["claims"]],
            }
        )

    def take_audit(self, body: Json) -> tuple[int, str, Json]:
        rows = self.audit.setdefault(body["incarnation"], {})
        for row in body["rows"]:
            if row["no"] > len(rows) + 1:
                return problem(409, "sequence-gap", expected=len(rows) + 1)
            rows.setdefault(row["no"], row)
        return good({"incarnation": body["incarnation"], "last": len(rows)})


@dataclass
class ModelRav:
    """One RAV gateway."""

    exercise: bool = True
    messages: dict[str, dict[str, Json]] = field(default_factory=dict)
    arrived: list[str] = field(default_factory=list)
    posts: int = 0
    events: dict[str, list[Json]] = field(default_factory=dict)
    n: int = 0
    state: dict[str, str] = field(default_factory=dict)
    now: str = "2026-11-21T21:41:07.120Z"

    def take(self, body: Json) -> tuple[int, str, Json]:
        self.posts += 1
        if self.exercise and not body.get("exercise"):
            return problem(422, "exercise", exercise=True)
        handoff_id, message_id = body["handoff_id"], body["message_id"]
        messages = self.messages.setdefault(handoff_id, {})
        answer = {
            "handoff_id": handoff_id,
            "message_id": message_id,
            "state": "RECEIVED",
            "received_at": self.now,
            "exercise": bool(body.get("exercise")),
            "warnings": [],
        }
        if message_id in messages:
            return problem(409, "duplicate", **answer)
        messages[message_id] = body
        self.arrived.append(message_id)
        before = self.state.get(handoff_id, "RECEIVED")
        anew = body["kind"] == "new" and before in ("REJECTED", "CLOSED")
        self.event(handoff_id, "RECEIVED" if anew else before)
        return good(answer, 202)

    def event(self, handoff_id: str, state: str, by: str | None = None) -> None:
        self.n += 1
        self.state[handoff_id] = state
        self.events.setdefault(handoff_id, []).append(
            {
                "n": self.n,
                "at": self.now,
                "state": state,
                "has": sorted(self.messages.get(handoff_id, {})),
                "by": by,
                "reference": None,
                "reason": None,
                "exercise": self.exercise,
            }
        )

    def status(self, handoff_id: str) -> tuple[int, str, Json]:
        if handoff_id not in self.messages:
            return problem(404, "not-found")
        return good(
            {
                "handoff_id": handoff_id,
                "state": self.state[handoff_id],
                "voice": "not needed",
                "exercise": self.exercise,
                "messages": list(self.messages[handoff_id].values()),
                "events": self.events[handoff_id],
            }
        )

    def after(self, handoff_id: str, n: int) -> tuple[int, str, Json]:
        if handoff_id not in self.messages:
            return problem(404, "not-found")
        return good({"events": [event for event in self.events[handoff_id] if event["n"] > n]})

"""A region in a folder, and desks that speak to it as the contract says: for the tests of this room and of others."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from zcc_console.core.clock import ManualClock, rfc3339
from zcc_console.core.config import HubConfig, RavRoute, TokenEntry
from zcc_console.core.handoff import Timers
from zcc_console.core.ids import SeededIds, handoff_id
from zcc_console.hub.reply import Refused, Reply
from zcc_console.hub.service import Region

Body = dict[str, object]
UNIT = "seh-oosterwal"
RAV = "rav-een"


def sha(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def tokens() -> tuple[TokenEntry, ...]:
    desks = [
        TokenEntry(sha(f"desk-{number}"), "desk", desk_id=number, role=role)
        for number, role in (("07", "triagist"), ("12", "assistant"), ("90", "supervisor"))
    ]
    return (
        *desks,
        TokenEntry(sha("anna"), "personal", desk_id="33", role="triagist", user="anna"),
        TokenEntry(sha("intake"), "intake"),
        TokenEntry(sha("intake-hap"), "intake", source="hap"),
        TokenEntry(sha("provider"), "provider"),
        TokenEntry(sha("provider-oost"), "provider", source="Oosterwal"),
        TokenEntry(sha("rav"), "rav", source=RAV),
    )


def config(folder: Path, **changes: object) -> HubConfig:
    values: Body = {
        "path": folder / "hub.toml",
        "region": "testregio",
        "exercise": True,
        "database": "sqlite:///hub.db",
        "key_file": folder / "hub.key",
        "host": "127.0.0.1",
        "port": 0,
        "tokens": tokens(),
        "ravs": (RavRoute(RAV, "RAV Een", "088 0", default=True), RavRoute("rav-twee", "RAV Twee", "088 1")),
        "timers": Timers(),
    }
    return HubConfig(**{**values, **changes})  # type: ignore[arg-type]


@dataclass
class House:
    """A region with its clock."""

    region: Region
    clock: ManualClock
    ids: SeededIds
    cfg: HubConfig
    desks: dict[str, Desk] = field(default_factory=dict)

    @staticmethod
    def build(folder: Path, **changes: object) -> House:
        clock = ManualClock()
        ids = SeededIds(clock, 7)
        cfg = config(folder, **changes)
        return House(Region.open(cfg, clock, ids), clock, ids, cfg)

    def restart(self) -> None:
        """Close and open again, as after a crash: nothing is kept but the disk."""
        self.region.close()
        self.region = Region.open(self.cfg, self.clock, self.ids)

    def desk(self, number: str = "07") -> Desk:
        if number not in self.desks:
            token = {"33": "anna"}.get(number, f"desk-{number}")
            self.desks[number] = Desk(self, number, token)
        return self.desks[number]

    def data(self, kind: str, item_id: str) -> Body:
        entry = self.region.ledger.state.get(kind, item_id)
        assert entry is not None, f"{kind} {item_id} is not in the log"
        return dict(entry.data)

    def gone(self, kind: str, item_id: str) -> bool:
        return self.region.ledger.state.get(kind, item_id) is None

    def rev(self, kind: str, item_id: str) -> str:
        entry = self.region.ledger.state.get(kind, item_id)
        assert entry is not None
        return entry.rev

    def call(self, **fields: object) -> str:
        body = {"source": "hap", "reason": "pijn op de borst", **fields}
        reply = self.post("intake", "/v1/calls", body)
        assert reply.status == 201, reply.body
        return str(json.loads(reply.body)["id"])

    def unit(self, unit_id: str = UNIT, **fields: object) -> Reply:
        body = {
            "category": "seh",
            "provider": "Oosterwal",
            "place": "Leiden",
            "free": 1,
            "total": 9,
            "status": "open",
            "observed_at": rfc3339(self.clock.now()),
            "valid_for_s": 300,
            **fields,
        }
        return self.put_unit("provider", unit_id, body)

    def put_unit(self, token: str, unit_id: str, body: Body, key: str | None = None) -> Reply:
        who = self.region.principal(token)
        assert who is not None
        return answered(
            lambda: self.region.put_capacity(who, unit_id, raw(body), idempotency_key=key or self.ids.new())
        )

    def post(self, token: str, path: str, body: Body, key: str | None = None) -> Reply:
        who = self.region.principal(token)
        assert who is not None
        assert path == "/v1/calls"
        return answered(lambda: self.region.new_call(who, raw(body), idempotency_key=key or self.ids.new()))

    def pass_seconds(self, seconds: float) -> None:
        """Time goes on second by second, with a tick each."""
        for _ in range(int(seconds)):
            self.clock.advance(1.0)
            self.region.tick()


def raw(body: object) -> bytes:
    return json.dumps(body).encode()


def answered(ask: Callable[[], Reply]) -> Reply:
    """An answer, refusals that are raised included."""
    try:
        return ask()
    except Refused as refused:
        return refused.reply()


@dataclass
class Desk:
    """One desk: numbers its commands as the contract says."""

    house: House
    number: str
    token: str
    incarnation: str = ""
    seq: int = 0
    _counter: itertools.count[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.incarnation = self.house.ids.new()

    def body(
        self, kind: str, target: str | None = None, data: Mapping[str, object] | None = None, **more: object
    ) -> Body:
        """A command under the next number, not sent."""
        self.seq += 1
        body: Body = {
            "command_id": self.house.ids.new(),
            "desk_id": self.number,
            "incarnation": self.incarnation,
            "desk_seq": self.seq,
            "type": kind,
            "user": "anna" if self.number == "33" else f"user-{self.number}",
            "at": rfc3339(self.house.clock.now()),
            "data": dict(data or {}),
            **more,
        }
        if target is not None:
            family = {"call": "call", "notice": "notice"}.get(kind.split(".")[0], "")
            body["target"] = {"type": family, "id": target}
        return body

    def send(self, body: Body, *, if_match: str | None = None, key: str | None = None) -> Reply:
        who = self.house.region.principal(self.token)
        assert who is not None
        header = None if if_match is None else f'"{if_match}"'
        return answered(
            lambda: self.house.region.command(
                who, raw(body), idempotency_key=key or str(body.get("command_id")), if_match=header
            )
        )

    def do(
        self,
        kind: str,
        target: str | None = None,
        data: Mapping[str, object] | None = None,
        *,
        if_match: str | None = None,
        **more: object,
    ) -> Body:
        """Send a command; its answer, with `status` and the id it was sent under."""
        body = self.body(kind, target, data, **more)
        reply = self.send(body, if_match=if_match)
        answer: Body = json.loads(reply.body)
        return {"status": reply.status, "sent": body["command_id"], **answer}

    def claim(self, call_id: str) -> str:
        """Take a call; the claim's id."""
        answer = self.do("call.claim", call_id)
        assert answer["status"] == 200, answer
        return str(answer["sent"])

    def heartbeat(self, **more: object) -> Body:
        body: Body = {"incarnation": self.incarnation, "user": f"user-{self.number}", "role": "triagist", **more}
        who = self.house.region.principal(self.token)
        assert who is not None
        reply = answered(lambda: self.house.region.heartbeat(who, self.number, raw(body)))
        return {"status": reply.status, **json.loads(reply.body)}

    def handoff(self, call_id: str, *, kind: object = "new", sequence: object = 1, **fields: object) -> Body:
        """A message, not sent."""
        now = self.house.clock.now()
        to = str(fields.pop("to", RAV))
        return {
            "handoff_id": handoff_id(call_id, to),
            "message_id": self.house.ids.new(),
            "call_id": call_id,
            "to": to,
            "reference": "0001/ABCD",
            "kind": kind,
            "sequence": sequence,
            "exercise": True,
            "created_at": rfc3339(now),
            "from": {"zcc": "test", "desk_id": self.number, "user": f"user-{self.number}", "callback_number": "071"},
            "urgency": "U1",
            "reasons": ["mogelijk hartinfarct"],
            "callback_number": "06",
            "location": {"town": "Leiden"},
            "voice": {"used": False},
            **fields,
        }

    def press(self, body: Body) -> Body:
        who = self.house.region.principal(self.token)
        assert who is not None
        reply = answered(lambda: self.house.region.handoff(who, raw(body), idempotency_key=str(body.get("message_id"))))
        return {"status": reply.status, **json.loads(reply.body)}

    def events(self, handoff: str, *events: Body, token: str = "rav") -> Body:
        who = self.house.region.principal(token)
        assert who is not None
        reply = answered(lambda: self.house.region.pass_on_events(who, handoff, raw({"events": list(events)})))
        return {"status": reply.status, **json.loads(reply.body)}

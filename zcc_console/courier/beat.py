"""The heartbeat (contract.md §3): every 10 s, on its own connection; it renews claims only while a console lives."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import quote

from zcc_console.core.canonical import compact
from zcc_console.core.clock import parse_time_or_none, rfc3339
from zcc_console.core.jsontypes import Json, JsonObject, as_list, as_object
from zcc_console.courier.answers import answer_object, problem_of, whole
from zcc_console.courier.deliver import NewIncarnation
from zcc_console.courier.machine import (
    Begin,
    Effect,
    Effects,
    Event,
    Kind,
    Log,
    Lost,
    Now,
    Replied,
    Request,
    Wait,
    Woken,
)

EVERY_S = 10.0
CONSOLE_GRACE_S = 60.0
"""Claims are named while a console lives, and so long after (contract.md §3)."""


@dataclass(frozen=True, slots=True)
class Gather(Effect):
    """What a heartbeat says, from journal and cache; answered by `Gathered`."""

    claims: bool


@dataclass(frozen=True, slots=True)
class Gathered(Event):
    """It: the body, the incarnation in it and the last number given out in that."""

    body: JsonObject
    incarnation: str
    last_seq: int


@dataclass(frozen=True, slots=True)
class NoteBeat(Effect):
    """What the hub answered, kept for the console in the cache's notes as `heartbeat`; its `boot` is the boot time at
    which the heartbeat was sent, for *unconfirmed* (contract.md §3)."""

    note: JsonObject


@dataclass(frozen=True, slots=True)
class BeatState:
    """Where the heartbeat stands."""

    desk_id: str
    sent_at: float = 0.0
    incarnation: str = ""
    last_seq: int = 0
    answered: bool = False
    """Whether any heartbeat of this process was answered."""


def step(state: BeatState, event: Event, now: Now) -> tuple[BeatState, Effects]:
    """The lane's rules."""
    match event:
        case Begin() | Woken():
            if now.kind is not Kind.RIGHT:
                return state, (Wait(1.0, wakeable=True),)
            living = now.console_seen is not None and now.boot - now.console_seen <= CONSOLE_GRACE_S
            return state, (Gather(claims=living),)
        case Gathered(body, incarnation, last_seq):
            state = replace(state, sent_at=now.boot, incarnation=incarnation, last_seq=last_seq)
            path = f"/v1/desks/{quote(state.desk_id, safe='')}"
            return state, (Request("beat", "PUT", path, timeout_s=5.0, body=compact(dict(body)).encode()),)
        case Replied():
            return _answer(state, event, now)
        case Lost():
            return _later(state, now)
    raise AssertionError(type(event).__name__)


def _later(state: BeatState, now: Now, *effects: Effect) -> tuple[BeatState, Effects]:
    return state, (*effects, Wait(max(0.5, state.sent_at + EVERY_S - now.boot)))


def _answer(state: BeatState, reply: Replied, now: Now) -> tuple[BeatState, Effects]:
    body = answer_object(reply) if reply.status == 200 else None
    note: dict[str, Json] = {
        "boot": state.sent_at,
        "answered": now.boot,
        "boot_id": now.boot_id,
        "at": rfc3339(now.wall),
        "in_use": False,
    }
    if body is not None:
        desk_seq = whole(body.get("desk_seq"))
        if desk_seq is None or parse_time_or_none(body.get("server_time")) is None:
            return _later(state, now)
        note |= {"server_time": body.get("server_time"), "desk_seq": desk_seq, "claims": _claims(body.get("claims"))}
        state = replace(state, answered=True)
        if desk_seq > state.last_seq:  # numbers were used that this journal never gave out: it was copied back
            return _later(state, now, NoteBeat(note), NewIncarnation("journal-copied-back", state.incarnation))
        return _later(state, now, NoteBeat(note))
    found = problem_of(reply)
    if reply.status == 409 and found is not None and found[0] == "desk-in-use":
        note["in_use"] = True
        effects: list[Effect] = [NoteBeat(note), Log("desk-in-use", (("incarnation", state.incarnation),))]
        if not state.answered:
            # The first word to this process: the journal may be an old copy, put back. Once; two living desks would
            # otherwise outbid each other for ever.
            effects.append(NewIncarnation("desk-in-use", state.incarnation))
        return _later(replace(state, answered=True), now, *effects)
    return _later(state, now)


def _claims(value: Json) -> list[Json]:
    kept: list[Json] = []
    for entry in map(as_object, as_list(value)):
        kept.append({name: entry.get(name) for name in ("call_id", "claim", "fence", "held")})
    return kept

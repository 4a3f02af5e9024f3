"""What a message or a dispatcher's act does to a handoff at the RAV gateway (contract.md §4). Pure: plain values in,
plain values out; the numbers, the disk and the clock are the gateway's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from zcc_console.core.clock import parse_time_or_none
from zcc_console.core.handoff import Message, State, message_of
from zcc_console.core.jsontypes import JsonObject

RECALLED = "recalled"


class Act(StrEnum):
    """What a person in the control room does with a handoff."""

    OPEN = "open"
    ACCEPT = "accept"
    REJECT = "reject"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Kept:
    """One message that the gateway holds."""

    message: Message
    created_at: datetime | None
    exercise: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """A handoff's state here, with the reference and reason that belong to that state."""

    state: State
    reference: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a message that arrived makes of it."""

    standing: Standing
    asks: bool
    """A dispatcher has to look: RECEIVED for the first time, or again."""
    recalls: bool
    """A dispatcher is asked to stop."""


def kept(body: JsonObject) -> Kept:
    """The rules' view of a stored message; total."""
    return Kept(message_of(body), parse_time_or_none(body.get("created_at")), body.get("exercise") is True)


def latest_new(messages: Sequence[Kept]) -> Kept | None:
    """The `new` of the highest (sequence, message_id), whatever came first."""
    news = [entry for entry in messages if entry.message.kind == "new"]
    return max(news, key=lambda entry: entry.message.order, default=None)


def arrive(now: Standing | None, before: Sequence[Kept], incoming: Kept) -> Arrival:
    """A message arrives: the handoff is made from whichever comes first; a `new` after REJECTED or CLOSED makes it
    RECEIVED again; anything else changes no state.

    Args:
        now: the handoff's standing, None where this is its first message.
        before: the messages already held.
        incoming: a message not held yet.
    """
    recalls = incoming.message.kind == "recall" and _is_after(incoming, latest_new(before))
    if now is None:
        return Arrival(Standing(State.RECEIVED), asks=not recalls, recalls=recalls)
    if (
        incoming.message.kind == "new"
        and now.state in (State.REJECTED, State.CLOSED)
        and not _is_for_the_record(incoming, before)
    ):
        return Arrival(Standing(State.RECEIVED), asks=True, recalls=False)
    return Arrival(now, asks=False, recalls=recalls)


def _is_after(incoming: Kept, latest: Kept | None) -> bool:
    return latest is None or incoming.message.order > latest.message.order


def _is_for_the_record(incoming: Kept, before: Sequence[Kept]) -> bool:
    """An older `new` that was delivered after its successor or its recall ("newest first, the older ones after it for
    the record"): both its sequence and its making say so. In doubt a dispatcher looks once more."""
    deciding = [entry for entry in before if entry.message.kind in ("new", "recall")]
    latest = max(deciding, key=lambda entry: entry.message.order, default=None)
    if latest is None or incoming.created_at is None or latest.created_at is None:
        return False
    return incoming.message.sequence < latest.message.sequence and incoming.created_at < latest.created_at


def act(now: Standing, what: Act, *, reference: str | None = None, reason: str | None = None) -> Standing | None:
    """What a person's act makes of it, or None where it changes nothing.

    A dispatcher may change their mind: ACCEPTED turns into REJECTED and back. Only opening is bound to a state.
    """
    if what is Act.OPEN:
        return Standing(State.OPENED) if now.state is State.RECEIVED else None
    if what is Act.ACCEPT:
        # Said again after a recall it is news: "too late, on its way".
        return Standing(State.ACCEPTED, reference or now.reference, reason)
    if what is Act.REJECT:
        wanted = Standing(State.REJECTED, reference or now.reference, reason)
    else:
        wanted = Standing(State.CLOSED, reference or now.reference, reason)
    return None if wanted == now else wanted

"""Handoffs as the desk shows them, made from messages and events by the house's own rules, for tests of how they look."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from zcc_console.core.handoff import Event, Message, Timers, clock, standing
from zcc_console.core.jsontypes import JsonObject
from zcc_console.desk.rows import HandoffView, Route

PRESSED = datetime(2026, 11, 21, 21, 41, 7, tzinfo=UTC)
NEW = Message("m1", "new", 1, urgency="U1")
RECALL = Message("m2", "recall", 2, urgency="U1")


def spoken(outcome: str, sequence: int = 2) -> Message:
    """An update that records a telephone call."""
    return Message(
        f"m{sequence}",
        "update",
        sequence,
        urgency="U1",
        voice_used=True,
        voice_outcome=outcome,
        voice_spoke_to="mevr. Kok",
        voice_reference="R-7",
    )


def event(
    n: int,
    state: str,
    has: Sequence[str] = ("m1", "m2"),
    by: str | None = None,
    reference: str | None = None,
    reason: str | None = None,
) -> Event:
    """What the RAV's gateway said."""
    return Event(n, state, tuple(has), "2026-11-21T21:41:08.000Z", by, reference, reason)


def view(
    *events: Event,
    messages: Sequence[Message] = (NEW,),
    elapsed: float | None = 1.0,
    at_hub: bool = False,
    routes: Sequence[Route] = (),
    accepts: bool = True,
    number: str = "0347",
    message: JsonObject | None = None,
) -> HandoffView:
    """One handoff that stands as these say."""
    now = standing(list(messages), list(events), at_hub=at_hub)
    reading = clock(
        now,
        Timers(accepts_by_message=accepts),
        elapsed={one.message_id: elapsed for one in messages},
        material=[one for one in messages if one.kind in ("new", "recall")],
        refused_everywhere=bool(routes) and all(route.state == "refused" for route in routes),
    )
    last = now.event
    answered = last is not None and last.state in ("ACCEPTED", "REJECTED", "CLOSED")
    return HandoffView(
        handoff_id=f"h-{number}",
        call_id=f"c-{number}",
        number=number,
        reference=f"{number}/7F3A",
        rav_id="rav",
        rav_name="RAV Hollandrijn",
        rav_phone="088 555 0 112",
        rav_next_phone="088 555 0 113",
        who="v 67",
        town="Leiden",
        address="Lammenschansweg 12, Leiden",
        urgency="U1",
        standing=now,
        reading=reading,
        own=True,
        key_test=False,
        pressed_at=PRESSED,
        sent_at=PRESSED if at_hub else None,
        received_at=PRESSED + timedelta(seconds=1) if events else None,
        answered_at=PRESSED + timedelta(seconds=8) if answered else None,
        elapsed_s=elapsed,
        desk_id="07",
        rav_reference=(last.reference or "") if last is not None else "",
        by=(last.by or "") if last is not None else "",
        reason=(last.reason or "") if last is not None else "",
        voice_by="mevr. Kok" if now.voice_outcome else "",
        voice_reference="R-7" if now.voice_outcome else "",
        required_by_hub=False,
        routes=tuple(routes),
        message=message or {},
        taken_s=7.0 if now.handed_over else None,
    )

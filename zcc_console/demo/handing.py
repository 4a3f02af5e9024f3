"""The handoff of a simulated colleague: the message that the key press makes, and where the handoff stands by the log.
Pure; the lane that carries it is the generator's."""

from __future__ import annotations

from datetime import datetime, timedelta

from zcc_console.core.clock import rfc3339
from zcc_console.core.handoff import State
from zcc_console.core.ids import handoff_id, reference
from zcc_console.core.jsontypes import Json, JsonObject, as_object, as_text
from zcc_console.demo.decisions import Decision
from zcc_console.demo.region import Rav, Seat

EXPIRES = timedelta(minutes=15)


def message(
    call_id: str,
    call: JsonObject,
    decision: Decision,
    rav: Rav,
    seat: Seat,
    *,
    zcc: str,
    exercise: bool,
    message_id: str,
    at: datetime,
    kind: str = "new",
    sequence: int = 1,
    voice: dict[str, Json] | None = None,
) -> dict[str, Json]:
    """The body of `POST /v1/handoffs`: the whole picture as the colleague knows it."""
    handoff = handoff_id(call_id, rav.id)
    silent: dict[str, Json] = {
        "used": False,
        "at": None,
        "by": None,
        "spoke_to": None,
        "reference": None,
        "outcome": None,
    }
    return {
        "handoff_id": handoff,
        "message_id": message_id,
        "call_id": call_id,
        "to": rav.id,
        "reference": reference(as_text(call.get("number"), "-"), handoff),
        "kind": kind,
        "sequence": sequence,
        "exercise": exercise,
        "created_at": rfc3339(at),
        "expires_at": rfc3339(at + EXPIRES),
        "from": {"zcc": zcc, "desk_id": seat.id, "user": seat.name, "callback_number": seat.callback_number},
        "urgency": decision.final,
        "reasons": [as_text(call.get("reason")) or "mogelijk levensbedreigend"],
        "callback_number": as_text(call.get("callback_number")) or None,
        "location": as_object(call.get("location")) or None,
        "patient": as_object(call.get("patient")) or None,
        "onset_at": None,
        "abcd": {"safe": False},
        "complaint": decision.complaint,
        "findings": [],
        "treatment": [],
        "hazards": [],
        "with_patient": as_text(as_object(call.get("caller")).get("relation")) or None,
        "voice": voice or silent,
    }


def spoken(seat: Seat, at: datetime) -> dict[str, Json]:
    """The voice record of a telephone call in which the control room took it."""
    return {
        "used": True,
        "at": rfc3339(at),
        "by": seat.name,
        "spoke_to": "centralist (simulatie)",
        "reference": "telefonisch",
        "outcome": "accepted",
    }


def stands(handoff: JsonObject) -> State:
    """The state of a handoff as the log has it."""
    state = as_text(handoff.get("state"))
    return State(state) if state in State.__members__ else State.COMMITTED


def voice_of(handoff: JsonObject) -> str:
    """`not needed`, `REQUIRED` or `CONFIRMED`, however the log writes it."""
    voice = handoff.get("voice")
    return as_text(voice) or as_text(as_object(voice).get("state")) or "not needed"

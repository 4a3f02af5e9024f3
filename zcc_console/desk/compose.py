"""Composing a handoff message from what is known of a call: the whole picture, unknown as null, nothing invented."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from zcc_console.core.clock import rfc3339
from zcc_console.core.config import Profile
from zcc_console.core.jsontypes import Json, JsonObject, as_list, as_object, as_text
from zcc_console.core.ranking import urgency_named
from zcc_console.core.urgency import Urgency
from zcc_console.desk import words
from zcc_console.desk.queue import urgency_of

LIST_LIMIT = 40
TEXT_LIMIT = 500
"""A message is at most 64 KiB (contract.md); what a person can read aloud is far less."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A telephone call about a handoff: who called, whom they spoke to, and what came of it."""

    at: datetime
    by: str
    spoke_to: str
    reference: str
    outcome: str


def body(
    profile: Profile,
    *,
    user: str,
    handoff_id: str,
    message_id: str,
    call_id: str,
    to: str,
    reference: str,
    kind: str,
    sequence: int,
    now: datetime,
    call: JsonObject,
    draft: JsonObject | None,
    spoken: Spoken | None = None,
    key_test: bool = False,
    why: str = "",
) -> dict[str, Json]:
    """One message of contract.md §4. `draft` (the triage as far as it came) goes before the call's recorded triage.

    Args:
        why: for a recall, the reason; it goes first among the reasons.
    """
    triage = {**as_object(call.get("triage")), **_known(as_object(draft))}
    patient, location = as_object(call.get("patient")), as_object(call.get("location"))
    callback = as_text(call.get("callback_number")) or None
    place: dict[str, Json] = {
        key: location.get(key) for key in ("street", "house_number", "postcode", "town", "access", "lat", "lon")
    }
    if callback is None and not any(place[key] for key in ("street", "postcode", "town", "lat")):
        place["access"] = "plaats en terugbelnummer onbekend; bel de desk"
    born, age = as_text(patient.get("birth_date")), words.age_of(patient, now)
    marks: dict[str, Json] = {"key_test": True} if key_test else {}
    voice: dict[str, Json] = dict.fromkeys(("at", "by", "spoke_to", "reference", "outcome"))
    voice["used"] = spoken is not None
    if spoken is not None:
        voice |= {
            "at": rfc3339(spoken.at),
            "by": spoken.by,
            "spoke_to": spoken.spoke_to or None,
            "reference": spoken.reference or None,
            "outcome": spoken.outcome,
        }
    return marks | {
        "handoff_id": handoff_id,
        "message_id": message_id,
        "call_id": call_id,
        "to": to,
        "reference": reference,
        "kind": kind,
        "sequence": sequence,
        "exercise": True if key_test else profile.exercise,
        "created_at": rfc3339(now),
        "expires_at": rfc3339(now + timedelta(seconds=profile.timers.expires_s)),
        "from": {
            "zcc": profile.zcc,
            "desk_id": profile.desk_id,
            "user": user,
            "callback_number": profile.callback_number,
        },
        "urgency": _urgency(call, triage),
        "reasons": _reasons(call, triage, why),
        "callback_number": callback,
        "location": place,
        "patient": {
            "name": _short(patient.get("name")),
            "age_years": age,
            "birth_date": born or None,
            "sex": _short(patient.get("sex")),
            "pregnant": patient.get("pregnant") if isinstance(patient.get("pregnant"), bool) else None,
        },
        "onset_at": None,
        "abcd": as_object(triage.get("abcd")) or None,
        "complaint": ", ".join(as_text(entry) for entry in as_list(triage.get("complaint_titles")) if as_text(entry))
        or ", ".join(as_text(entry) for entry in as_list(triage.get("complaints")) if as_text(entry))
        or _short(call.get("reason")),
        "findings": _texts(as_list(triage.get("findings")), [*_notes(call)]),
        "treatment": _texts(as_list(triage.get("advice_given")), []),
        "hazards": _texts(as_list(call.get("alerts")), []),
        "with_patient": as_object(call.get("caller")).get("with_patient")
        if isinstance(as_object(call.get("caller")).get("with_patient"), bool)
        else None,
        "voice": voice,
    }


def _known(draft: JsonObject) -> dict[str, Json]:
    """What a draft says; its empty members do not hide what was recorded before."""
    return {key: value for key, value in draft.items() if value not in (None, "", [], {})}


def _urgency(call: JsonObject, triage: JsonObject) -> str:
    """Who presses the key says that it is life-threatening: never less urgent than U1."""
    decided = urgency_named(triage.get("final")) or urgency_named(triage.get("proposed"))
    urgency = decided if decided is not None else urgency_of(call)[0]
    return Urgency.U0.name if urgency is Urgency.U0 else Urgency.U1.name


def _reasons(call: JsonObject, triage: JsonObject, why: str) -> list[Json]:
    found: list[Json] = [f"herroepen: {why}"] if why else []
    for entry in as_list(triage.get("fired")):
        fired = as_object(entry)
        reason = fired.get("reason")
        text = as_text(as_object(reason).get("nl")) or as_text(reason) or as_text(entry)
        if text and text not in found:
            found.append(text[:TEXT_LIMIT])
    if as_text(call.get("reason")):
        found.append(f"beller: {as_text(call.get('reason'))}"[:TEXT_LIMIT])
    return found[:LIST_LIMIT] or ["levensbedreigend naar het oordeel van de triagist"]


def _notes(call: JsonObject) -> list[str]:
    return [as_text(as_object(entry).get("text")) or as_text(entry) for entry in as_list(call.get("notes"))]


def _texts(first: list[Json], then: list[str]) -> list[Json]:
    texts = [as_text(entry) for entry in first] + then
    found: list[Json] = [text[:TEXT_LIMIT] for text in texts if text]
    return found[:LIST_LIMIT]


def _short(value: Json) -> str | None:
    return as_text(value)[:TEXT_LIMIT] or None

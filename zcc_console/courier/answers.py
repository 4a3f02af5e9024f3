"""What an answer means to a desk (contract.md §3 and §4). Pure: everything that is not clearly an answer is none."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum

from zcc_console.core.jsontypes import Json, JsonObject
from zcc_console.courier.machine import Lost, Replied

REFUSALS = frozenset(
    {
        "invalid",
        "key-reused",
        "not-allowed",
        "not-found",
        "exists",
        "rev-missing",
        "stale",
        "fenced",
        "claimed",
        "wrong-state",
        "full",
        "expired",
        "exercise",
        "too-large",
    }
)
"""Problem types of the contract that say no to a command for good (`too-large`: above the 64 KiB of its head)."""

NO_ANSWER = frozenset({401, 408, 425, 429})
"""Statuses below 500 that never refuse anything, whatever their body says."""


class Meaning(StrEnum):
    """What an answer to a command means."""

    APPLIED = "applied"
    REFUSED = "refused"
    GAP = "sequence-gap"
    USED = "sequence-used"
    CREDENTIAL = "credential"
    SERVER_ERROR = "server-error"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A meaning, with the body where the meaning has one."""

    meaning: Meaning
    status: int | None = None
    body: JsonObject | None = None
    problem: str = ""
    expected: int | None = None


def _constant(name: str) -> Json:
    raise ValueError(name)


def json_object(content: bytes) -> dict[str, Json] | None:
    """The bytes as one JSON object; None for anything else, however it was broken."""
    try:
        value = json.loads(content, parse_constant=_constant)
    except (ValueError, RecursionError):  # UnicodeDecodeError is a ValueError
        return None
    return value if isinstance(value, dict) else None


def _media(reply: Replied) -> str:
    return reply.content_type.partition(";")[0].strip().lower()


def answer_object(reply: Replied) -> dict[str, Json] | None:
    """The body of a good answer: 2xx, JSON, an object."""
    if not 200 <= reply.status < 300 or _media(reply) != "application/json":
        return None
    return json_object(reply.content)


def problem_of(reply: Replied) -> tuple[str, dict[str, Json]] | None:
    """Type and body of problem details (RFC 9457); None where the answer is none."""
    if reply.status < 400 or _media(reply) != "application/problem+json":
        return None
    body = json_object(reply.content)
    slug = body.get("type") if body is not None else None
    if body is None or not isinstance(slug, str):
        return None
    return slug, body


def whole(value: object) -> int | None:
    """A JSON whole number, or None."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def command_verdict(outcome: Replied | Lost, command_id: str) -> Verdict:
    """Applied only: 200 with its own command_id. Refused only: a 4xx with a type of the contract."""
    if isinstance(outcome, Lost):
        return Verdict(Meaning.CREDENTIAL if outcome.why == "credential" else Meaning.NONE, None, None, outcome.why)
    status = outcome.status
    if status == 200:
        body = answer_object(outcome)
        if body is not None and body.get("command_id") == command_id:
            return Verdict(Meaning.APPLIED, status, body)
        return Verdict(Meaning.NONE, status, None, "garbage")
    if status == 401:
        return Verdict(Meaning.CREDENTIAL, status, None, "unauthorized")
    if status >= 500:
        return Verdict(Meaning.SERVER_ERROR, status, None, str(status))
    found = problem_of(outcome)
    if found is None or status in NO_ANSWER:
        return Verdict(Meaning.NONE, status, None, "garbage")
    slug, body = found
    if slug == "sequence-gap" and status == 409:
        return Verdict(Meaning.GAP, status, body, slug, whole(body.get("expected")))
    if slug == "sequence-used" and status == 409:
        return Verdict(Meaning.USED, status, body, slug, whole(body.get("expected")))
    if slug in REFUSALS:
        return Verdict(Meaning.REFUSED, status, body, slug)
    return Verdict(Meaning.NONE, status, None, "garbage")


class Receipt(StrEnum):
    """What an answer to a handoff message means to one route."""

    DELIVERED = "delivered"
    REFUSED = "refused"
    NONE = "none"


HANDOFF_REFUSALS = frozenset({"exercise", "invalid", "key-reused", "too-large"})
"""A definite no to a handoff; 401, 403, 404 and all else are tried again."""


def handoff_receipt(
    outcome: Replied | Lost, handoff_id: str, message_id: str, *, exercise: bool
) -> tuple[Receipt, str]:
    """Whether that side has the message, with a word for the record; it counts only if it repeats both ids."""
    if isinstance(outcome, Lost):
        return Receipt.NONE, outcome.why
    found = problem_of(outcome)
    body = answer_object(outcome)
    duplicate = found is not None and outcome.status == 409 and found[0] == "duplicate"
    if found is not None and duplicate:
        body = found[1]
    if body is not None:
        if body.get("handoff_id") != handoff_id or body.get("message_id") != message_id:
            return Receipt.NONE, "other-ids"
        if not exercise and body.get("exercise") is True:
            return Receipt.REFUSED, "exercise"  # a real handoff in an exercise's hands is in nobody's
        return Receipt.DELIVERED, "duplicate" if duplicate else ""
    if found is not None and found[0] in HANDOFF_REFUSALS and outcome.status in (400, 409, 413, 422):
        return Receipt.REFUSED, found[0]
    return Receipt.NONE, found[0] if found is not None else str(outcome.status)

"""Problem details (RFC 9457) with the slugs of contract.md; `type` is the slug itself."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field, JsonValue

from zcc_console.models.wire import Response

Slug = Literal[
    "unauthorized",
    "too-large",
    "unavailable",
    "method-not-allowed",
    "invalid",
    "key-reused",
    "sequence-gap",
    "sequence-used",
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
    "cursor-expired",
    "desk-in-use",
    "duplicate",
    "exercise",
]


class FieldError(Response):
    """One field that is not as the contract says; never its value."""

    field: str
    message: str


class Problem(Response):
    """What happened, what is safe, what to do now; further members depend on the type."""

    model_config = ConfigDict(extra="allow", frozen=True)

    type: Slug
    title: str
    status: int
    detail: str
    errors: list[FieldError] = Field(default_factory=list)
    current: dict[str, JsonValue] | None = None
    """The object as it is now (`exists`, `stale`, `fenced`, `claimed`, `wrong-state`, `full`, `expired`)."""
    holder: dict[str, JsonValue] | None = None
    """Who holds the call (`claimed`)."""
    alternatives: list[dict[str, JsonValue]] | None = None
    """Units of the same category with room (`full`)."""
    expected: int | None = None
    """The next number (`sequence-gap`, `sequence-used`)."""
    reason: str | None = None
    floor: str | None = None
    head: str | None = None
    """For `cursor-expired`: `old`, `epoch`, `ahead`, `page` or `unreadable`, and what the log holds."""

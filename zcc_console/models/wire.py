"""What every model of the contract stands on: strictness, ids, moments. It knows no noun."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, StringConstraints

from zcc_console.core.clock import parse_time, rfc3339
from zcc_console.core.ids import is_uuid

JsonMap = dict[str, JsonValue]


class Request(BaseModel):
    """A body sent to the hub: unknown fields are refused, nothing is coerced."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Response(BaseModel):
    """A body the hub sends; a reader ignores what it does not know."""

    model_config = ConfigDict(extra="ignore", frozen=True)


def is_lower_uuid(value: str) -> bool:
    """One spelling for each id: the id decides what is the same."""
    return is_uuid(value) and value == value.lower()


def _uuid(value: str) -> str:
    if not is_lower_uuid(value):
        raise ValueError("geen UUID in kleine letters")
    return value


FIRST_YEAR, LAST_YEAR = 1900, 2200
"""Times are compared as text; so every year has four digits, and there is room to add to it."""


def _moment(value: str) -> str:
    try:
        moment = parse_time(value)
    except ValueError:
        raise ValueError("geen tijd volgens RFC 3339 met tijdzone") from None
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError("geen bruikbaar jaartal")
    return rfc3339(moment)


UUID_PATTERN = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"

Uuid = Annotated[str, StringConstraints(pattern=UUID_PATTERN), AfterValidator(_uuid)]
"""A UUID in lower case; the contract's makers use version 7."""

Moment = Annotated[str, AfterValidator(_moment), Field(json_schema_extra={"format": "date-time"})]
"""RFC 3339; kept as UTC with milliseconds."""

Name = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:\-]*$")]
"""An id that people may choose: a desk, a unit, a RAV."""

Text = Annotated[str, StringConstraints(max_length=20_000)]
Line = Annotated[str, StringConstraints(max_length=500)]
Filled = Annotated[str, StringConstraints(min_length=1, max_length=2_000, pattern=r"\S")]
"""Words that must say something: a reason, a name."""

"""A unit of a provider as its provider, or a desk by telephone, reports it (contract.md §2)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from zcc_console.core.freshness import VALID_FOR_LIMIT_S
from zcc_console.models.wire import Line, Moment, Name, Request, Text

Category = Literal[
    "rav",
    "huisartsenpost",
    "huisartsen",
    "seh",
    "wijkverpleging",
    "farmacie",
    "ggz",
    "elv",
    "grz",
    "crisis-vv",
    "crisis-gz",
    "geboortezorg",
]
Status = Literal["open", "pressure", "stop", "unknown"]
Count = Annotated[int, Field(ge=0, le=100_000)]


class CapacityReport(Request):
    """`PUT /v1/capacity/{id}`: the whole of one unit as its provider sees it."""

    id: Name | None = None
    category: Category
    provider: Line
    place: Line | None = None
    subregion: Line | None = None
    region: Line | None = None
    neighbour: bool = False
    phone: Line | None = None
    unit_word: Line | None = None
    free: Count | None = None
    total: Count | None = None
    status: Status
    reason: Text | None = None
    expected_end: Moment | None = None
    source: Literal["automatic", "manual"] = "automatic"
    observed_at: Moment
    valid_for_s: Annotated[int, Field(ge=1)]
    lat: Annotated[float, Field(ge=-90, le=90)] | None = None
    lon: Annotated[float, Field(ge=-180, le=180)] | None = None
    label: Line | None = None
    needs: list[Line] = Field(default_factory=list)

    @model_validator(mode="after")
    def _within_the_limit_of_its_category(self) -> CapacityReport:
        if self.valid_for_s > VALID_FOR_LIMIT_S[self.category]:
            raise ValueError(f"valid_for_s: hoogstens {VALID_FOR_LIMIT_S[self.category]} voor {self.category}")
        return self


class CapacityAnswer(Request):
    """What a provider hears: applied, or ignored because something newer is known."""

    result: Literal["applied", "ignored"]
    id: str
    rev: str
    cursor: str

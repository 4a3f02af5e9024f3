"""One request for help as it comes in, and its parts (contract.md §2). Everything about the patient is optional."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from zcc_console.models.wire import Line, Moment, Request, Text, Uuid

Source = Literal["hap", "112", "professional", "self-triage", "agency", "manual"]
Number = Annotated[str, Field(max_length=16)]


class Caller(Request):
    """Who is on the line."""

    name: Line | None = None
    relation: Line | None = None
    with_patient: bool | None = None
    organisation: Line | None = None


class Patient(Request):
    """Who needs help. `bsn` is kept by the hub and never put in the log."""

    name: Line | None = None
    age_years: Annotated[float, Field(ge=0, le=150, allow_inf_nan=False)] | None = None
    birth_date: Annotated[str, Field(max_length=10)] | None = None
    sex: Literal["m", "v", "x"] | None = None
    pregnant: bool | None = None
    risk: list[Line] = Field(default_factory=list)
    bsn: Annotated[str, Field(max_length=20)] | None = None


class Location(Request):
    """Where the patient is."""

    street: Line | None = None
    house_number: Line | None = None
    postcode: Line | None = None
    town: Line | None = None
    access: Text | None = None
    lat: Annotated[float, Field(ge=-90, le=90)] | None = None
    lon: Annotated[float, Field(ge=-180, le=180)] | None = None


class PreUrgency(Request):
    """An urgency that came with the call, and whose it is."""

    urgency: Annotated[str, Field(min_length=1, max_length=8)]
    by: Line | None = None
    at: Moment | None = None


class HistoryLine(Request):
    """Something that happened before."""

    at: Moment | None = None
    text: Text


class Attachment(Request):
    """A document that came with the call; named, not carried."""

    title: Line
    type: Line | None = None
    url: Annotated[str, Field(max_length=2_000)] | None = None


class Identifier(Request):
    """A number by which another system knows the call or the patient."""

    system: Line
    value: Line


class CallFields(Request):
    """What a call says of itself, whoever brings it in."""

    received_at: Moment | None = None
    caller: Caller | None = None
    callback_number: Line | None = None
    patient: Patient | None = None
    location: Location | None = None
    reason: Text | None = None
    pre_urgency: PreUrgency | None = None
    alerts: list[Text] = Field(default_factory=list)
    history: list[HistoryLine] = Field(default_factory=list)
    notes: list[Text] = Field(default_factory=list)
    attachments: list[Attachment] = Field(default_factory=list)
    identifiers: list[Identifier] = Field(default_factory=list)


class CallIn(CallFields):
    """`POST /v1/calls`: a call from the telephone system, self-triage or another agency."""

    call_id: Uuid | None = None
    source: Source


class CallTyped(CallFields):
    """`call.create`: a call typed in at a desk, or put back after a new epoch with its old number."""

    number: Number | None = None
    source: Source = "manual"


class CallChanges(Request):
    """`call.update`: only the fields that changed; null empties one."""

    patient: Patient | None = None
    caller: Caller | None = None
    location: Location | None = None
    callback_number: Line | None = None
    reason: Text | None = None

"""The contract as OpenAPI 3.1: every door with its bodies, answers and problems, from the models. It decides nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, ConfigDict
from pydantic.json_schema import models_json_schema

from zcc_console import __version__
from zcc_console.hub.reply import STATUS
from zcc_console.models.call import CallIn
from zcc_console.models.capacity import CapacityAnswer, CapacityReport
from zcc_console.models.command import KINDS, Command
from zcc_console.models.handoff import Events, EventsIn, Handoff, Message, Taken
from zcc_console.models.problem import Problem
from zcc_console.models.region import (
    AuditAnswer,
    AuditBatch,
    Bookmark,
    CallRecord,
    Changes,
    CommandAnswer,
    Digest,
    Health,
    Heartbeat,
    HeartbeatAnswer,
    Item,
    Snapshot,
    Transaction,
)
from zcc_console.models.wire import Request

Schema = dict[str, object]
REF = "#/components/schemas/"


class Bundle(Request):
    """A FHIR R4 message; the FHIR library says what it may hold."""

    model_config = ConfigDict(extra="allow")

    resourceType: Literal["Bundle"]


@dataclass(frozen=True, slots=True)
class Door:
    """One operation."""

    path: str
    method: str
    summary: str
    answers: tuple[tuple[int, type[BaseModel] | None], ...]
    problems: tuple[str, ...] = ()
    body: type[BaseModel] | None = None
    open: bool = False


COMMON = ("unauthorized", "not-allowed", "invalid", "unavailable")
DOORS = (
    Door("/healthz", "get", "Whether the hub serves; for anyone.", ((200, Health),), open=True),
    Door("/v1/snapshot", "get", "The whole state at one cursor, in pages.", ((200, Snapshot),), ("cursor-expired",)),
    Door("/v1/changes", "get", "Whole transactions after a cursor.", ((200, Changes),), ("cursor-expired",)),
    Door("/v1/digest", "get", "Count and sum per type, at the head.", ((200, Digest),)),
    Door("/v1/stream", "get", "Server-sent events: Transaction, and `bookmark`.", ((200, None),), ("cursor-expired",)),
    Door(
        "/v1/commands",
        "post",
        "What a person at a desk decided.",
        ((200, CommandAnswer),),
        (
            "too-large",
            "key-reused",
            "sequence-gap",
            "sequence-used",
            "not-found",
            "exists",
            "rev-missing",
            "stale",
            "fenced",
            "claimed",
            "wrong-state",
            "full",
            "expired",
        ),
        Command,
    ),
    Door(
        "/v1/desks/{desk_id}",
        "put",
        "Heartbeat: presence and claims.",
        ((200, HeartbeatAnswer),),
        ("too-large", "desk-in-use"),
        Heartbeat,
    ),
    Door(
        "/v1/audit",
        "post",
        "Rows of a desk's audit chain.",
        ((200, AuditAnswer),),
        ("too-large", "sequence-gap", "key-reused"),
        AuditBatch,
    ),
    Door(
        "/v1/calls/{call_id}", "get", "The record of a call; the read is logged.", ((200, CallRecord),), ("not-found",)
    ),
    Door("/v1/calls", "post", "A call from a source.", ((201, Item),), ("too-large", "key-reused", "exists"), CallIn),
    Door(
        "/v1/intake/fhir",
        "post",
        "A FHIR R4 referral message as a call; one that is not valid is refused with reasons, and kept.",
        ((201, Item),),
        ("too-large", "key-reused", "exists"),
        Bundle,
    ),
    Door(
        "/v1/capacity/{unit_id}",
        "put",
        "A unit as its provider sees it.",
        ((200, CapacityAnswer),),
        ("too-large", "key-reused"),
        CapacityReport,
    ),
    Door(
        "/v1/handoffs",
        "post",
        "A handoff to the RAV: durable here, then relayed. Unknown fields are kept.",
        ((202, Taken),),
        ("too-large", "duplicate", "exercise"),
        Message,
    ),
    Door("/v1/handoffs/{handoff_id}", "get", "Where a handoff stands.", ((200, Handoff),), ("not-found",)),
    Door("/v1/handoffs/{handoff_id}/events", "get", "Events above a number.", ((200, Events),), ("not-found",)),
    Door(
        "/v1/handoffs/{handoff_id}/events",
        "post",
        "Events passed on.",
        ((200, Events),),
        ("too-large", "not-found"),
        EventsIn,
    ),
)
_MODELS = (Problem, Transaction, Bookmark)


def describe(app: FastAPI) -> None:
    """Publish the description at `/openapi.json`."""
    document: Schema = {}

    def openapi() -> Schema:
        if not document:
            document.update(_document(app))
        return document

    app.openapi = openapi  # type: ignore[method-assign]


def _document(app: FastAPI) -> Schema:
    document: Schema = get_openapi(
        title="zcc hub: the regional contract",
        version="1",
        openapi_version="3.1.0",
        summary=f"zcc-console {__version__}",
        routes=app.routes,
    )
    schemas = _schemas()
    components: Schema = {
        "schemas": schemas,
        "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
    }
    document["components"] = components
    paths = document["paths"]
    assert isinstance(paths, dict)
    for door in DOORS:
        operation = paths[door.path][door.method]
        operation["summary"] = door.summary
        operation["responses"] = _responses(door)
        if not door.open:
            operation["security"] = [{"token": []}]
        if door.body is not None:
            operation["requestBody"] = {
                "required": True,
                "content": {"application/json": {"schema": {"$ref": REF + door.body.__name__}}},
            }
    return document


def _schemas() -> Schema:
    requests = [door.body for door in DOORS if door.body is not None]
    requests += [kind.data for kind in KINDS.values()]
    answers = [model for door in DOORS for _, model in door.answers if model is not None]
    wanted = [(model, "validation") for model in dict.fromkeys([*requests, *answers, *_MODELS])]
    _, top = models_json_schema(wanted, ref_template=REF + "{model}")  # type: ignore[arg-type]
    schemas: Schema = dict(top["$defs"])
    schemas["Command"] = _command(schemas)
    return schemas


def _command(schemas: Schema) -> Schema:
    """The command with the data of each type."""
    base = schemas["Command"]
    assert isinstance(base, dict)
    variants: list[Schema] = []
    for name, kind in KINDS.items():
        properties: Schema = {**base["properties"], "type": {"const": name}}
        properties["data"] = {"$ref": REF + kind.data.__name__}
        needed = [*base["required"], *(["target"] if kind.target_needed else [])]
        if kind.data.model_json_schema().get("required"):
            needed.append("data")
        variants.append({**base, "title": name, "properties": properties, "required": needed})
    return {"oneOf": variants, "title": "Command"}


def _responses(door: Door) -> Schema:
    found: Schema = {}
    for status, model in door.answers:
        if model is None:
            media: Schema = {"text/event-stream": {"schema": {"type": "string"}}}
        else:
            media = {"application/json": {"schema": {"$ref": REF + model.__name__}}}
        found[str(status)] = {"description": "Done.", "content": media}
    slugs = () if door.open else (*COMMON, *door.problems)
    for status in sorted({STATUS[slug][0] for slug in slugs}):
        named = ", ".join(slug for slug in slugs if STATUS[slug][0] == status)
        found[str(status)] = {
            "description": f"Problem: {named}.",
            "content": {"application/problem+json": {"schema": {"$ref": REF + "Problem"}}},
        }
    return found

"""The log and what is read of it, presence of desks, and their audit trail (contract.md §1, §3, §5)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from zcc_console.models.command import ItemType
from zcc_console.models.wire import JsonMap, Line, Name, Request, Response, Uuid

Role = Literal["triagist", "assistant", "supervisor"]


class Item(Response):
    """One object of the log; `data` is null where `op` is `delete`."""

    type: ItemType
    id: str
    rev: str
    op: Literal["put", "delete"]
    data: JsonMap | None


class CommandRef(Response):
    """Which command made a transaction."""

    id: str
    desk_id: str
    incarnation: str
    desk_seq: int


class Transaction(Response):
    """One step of the region; `prev` is the cursor before it."""

    cursor: str
    prev: str
    at: str
    command: CommandRef | None
    items: list[Item]


class TypeDigest(Response):
    """Count, and the sum modulo 2**64 of the items' hashes (a whole number; in JSON it may pass 2**53)."""

    count: int
    sum: int


class Digest(Response):
    """`GET /v1/digest`."""

    cursor: str
    exercise: bool
    server_time: str
    digest: dict[str, TypeDigest]


class Bookmark(Digest):
    """`event: bookmark` of the stream."""


class Changes(Response):
    """`GET /v1/changes`."""

    from_: Annotated[str, Field(alias="from")]
    to: str
    has_more: bool
    exercise: bool
    server_time: str
    transactions: list[Transaction]


class Snapshot(Response):
    """One page of `GET /v1/snapshot`; the last one has `digest` and `applied`."""

    cursor: str
    exercise: bool
    server_time: str
    items: list[Item]
    next: str | None
    complete: bool
    digest: dict[str, TypeDigest] | None = None
    applied: dict[str, int] | None = None


class CommandAnswer(Response):
    """A command that was applied."""

    command_id: str
    cursor: str
    result: Literal["applied"]
    items: list[Item]
    fence: int | None = None
    claim: str | None = None


class NamedClaim(Request):
    """A claim that a living console holds on to."""

    call_id: Uuid
    claim: Uuid


class AuditHead(Request):
    """Where the desk's hash chain stands in this incarnation."""

    count: Annotated[int, Field(ge=0, le=2**53 - 1)]
    head: Line


class Heartbeat(Request):
    """`PUT /v1/desks/{desk_id}`, every 10 s."""

    incarnation: Uuid
    user: Annotated[str, Field(min_length=1, max_length=100)]
    user_name: Line | None = None
    role: Role
    version: Line | None = None
    claims: Annotated[list[NamedClaim], Field(max_length=500)] = Field(default_factory=list)
    undelivered: Annotated[int, Field(ge=0, le=2**53 - 1)] = 0
    audit: AuditHead | None = None
    pause: bool = False


class HeldClaim(Response):
    """Whether a named claim is still the desk's."""

    call_id: str
    claim: str
    fence: int | None
    held: bool


class HeartbeatAnswer(Response):
    """What a desk hears on its heartbeat."""

    server_time: str
    exercise: bool
    desk_seq: int
    claims: list[HeldClaim]


class AuditRow(Request):
    """One link of a desk's chain; the fact, never the content (NEN 7513)."""

    no: Annotated[int, Field(ge=1, le=2**53 - 1)]
    at: Line
    user: Line
    event: Line
    subject: Line
    detail: Annotated[str, Field(max_length=2_000)] = ""
    previous: Annotated[str, Field(max_length=64)]
    hash: Annotated[str, Field(min_length=64, max_length=64)]


class AuditBatch(Request):
    """`POST /v1/audit`: rows of one incarnation in order."""

    desk_id: Name
    incarnation: Uuid
    rows: Annotated[list[AuditRow], Field(min_length=1, max_length=500)]


class AuditAnswer(Response):
    """Up to which number the hub has the chain."""

    incarnation: str
    last: int


class Health(Response):
    """`GET /healthz`."""

    status: Literal["ok"]
    region: str
    exercise: bool
    version: str
    server_time: str


class CallRecord(Response):
    """`GET /v1/calls/{id}`: the record with what the log does not hold; reading it is logged."""

    type: Literal["call"]
    id: str
    rev: str | None
    in_log: bool
    data: JsonMap

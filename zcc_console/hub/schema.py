"""The hub's tables, for any database SQLAlchemy speaks. Objects are JSON text; the rules are elsewhere."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, String, Table, Text

VERSION = 1

metadata = MetaData()

meta = Table("meta", metadata, Column("key", String(64), primary_key=True), Column("value", Text, nullable=False))
"""`schema`, `timeline` (PostgreSQL), `number` (the last given to a call), `heard` (the last event number of each RAV)."""

head = Table(
    "head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("epoch", String(64), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("writes", BigInteger, nullable=False),
)
"""One row, locked and counted up by every writing transaction: the log's end."""

epoch = Table(
    "epoch",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("first_seq", BigInteger, nullable=False),
    Column("last_seq", BigInteger),
    Column("at", String(32), nullable=False),
    Column("why", String(64), nullable=False),
)
"""Every epoch with the first and last number given out in it; `last_seq` is null in the present one."""

log = Table(
    "log",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("epoch", String(64), nullable=False),
    Column("at", String(32), nullable=False),
    Column("body", Text, nullable=False),
)
Index("log_at", log.c.at)

item = Table(
    "item",
    metadata,
    Column("type", String(16), primary_key=True),
    Column("id", String(128), primary_key=True),
    Column("rev", String(96), nullable=False),
    Column("data", Text, nullable=False),
    Column("marks", Text, nullable=False),
)
"""The state in the log. `marks` are the hub's own: who changed it last, which commands made its present claim."""

record = Table(
    "record", metadata, Column("call_id", String(64), primary_key=True), Column("data", Text, nullable=False)
)
"""What the hub keeps of a call and the log does not hold: BSN, withheld notes and answers, the last state."""

response = Table(
    "response",
    metadata,
    Column("scope", String(96), primary_key=True),
    Column("key", String(128), primary_key=True),
    Column("sameness", String(64), nullable=False),
    Column("status", Integer, nullable=False),
    Column("media", String(64), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("at", String(32), nullable=False),
)
Index("response_at", response.c.at)

sequence = Table(
    "sequence",
    metadata,
    Column("desk_id", String(64), primary_key=True),
    Column("incarnation", String(36), primary_key=True),
    Column("last", BigInteger, nullable=False),
    Column("at", String(32), nullable=False),
)

desk = Table(
    "desk",
    metadata,
    Column("desk_id", String(64), primary_key=True),
    Column("incarnation", String(36), nullable=False),
)
"""The largest incarnation known of each desk."""

audit = Table(
    "audit",
    metadata,
    Column("desk_id", String(64), primary_key=True),
    Column("incarnation", String(36), primary_key=True),
    Column("no", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", String(64), nullable=False),
    Column("body", Text, nullable=False),
)

audit_head = Table(
    "audit_head",
    metadata,
    Column("desk_id", String(64), primary_key=True),
    Column("incarnation", String(36), primary_key=True),
    Column("length", BigInteger, nullable=False),
    Column("head", String(500), nullable=False),
)
"""The furthest count and head that a heartbeat named: a chain that is shorter later was cut."""

access = Table(
    "access",
    metadata,
    Column("no", Integer, primary_key=True, autoincrement=True),
    Column("at", String(32), nullable=False),
    Column("desk_id", String(64)),
    Column("user", String(100)),
    Column("event", String(32), nullable=False),
    Column("subject", String(128), nullable=False),
)
"""NEN 7513: who read which record; the fact, not the content. Never pruned by the hub."""
Index("access_subject", access.c.subject)
Index("access_at", access.c.at)

refused = Table(
    "refused",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("at", String(32), nullable=False),
    Column("by", String(96), nullable=False),
    Column("reasons", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
"""Referral messages that were refused: nothing that came in is thrown away."""

handoff_message = Table(
    "handoff_message",
    metadata,
    Column("handoff_id", String(128), primary_key=True),
    Column("message_id", String(128), primary_key=True),
    Column("body", Text, nullable=False),
    Column("received_at", String(32), nullable=False),
    Column("delivered_at", String(32)),
    Column("desk_id", String(64)),
)
Index("handoff_message_at", handoff_message.c.received_at)

handoff_event = Table(
    "handoff_event",
    metadata,
    Column("handoff_id", String(128), primary_key=True),
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    Column("body", Text, nullable=False),
    Column("at", String(32), nullable=False),
    Column("by", String(96), nullable=False),
)
"""`by`: through whom the hub learnt it: `gateway`, `rav:<id>` or `desk:<id>`."""

"""The schemas of the desk's two files, as numbered steps applied with sqlite-utils; loaded only when one is behind.

The journal's schema only grows (contract.md §5): an older courier goes on delivering rows it can read.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import sqlcipher3
from sqlcipher3 import dbapi2

from zcc_console.core.errors import NewerSchema
from zcc_console.core.jsontypes import as_object
from zcc_console.core.ranking import standing_of
from zcc_console.store.engine import Connection, schema_version, writing

# sqlite-utils takes the driver named pysqlite3 when there is one: give it the encrypted, mended engine.
sys.modules.setdefault("pysqlite3", sqlcipher3)
sys.modules.setdefault("pysqlite3.dbapi2", dbapi2)

from sqlite_utils import Database  # noqa: E402

if TYPE_CHECKING:
    Step = Callable[[Database], None]


def _journal_1(db: Database) -> None:
    db.table("meta").create({"key": str, "value": str}, pk="key", not_null={"value"})
    db.table("incarnation").create(
        {"id": str, "started_at": str, "reason": str, "next_seq": int, "previous_head": str},
        pk="id",
        not_null={"started_at", "reason", "next_seq", "previous_head"},
    )
    db.table("outbox").create(
        {
            "no": int,
            "command_id": str,
            "type": str,
            "call_id": str,
            "incarnation": str,
            "desk_seq": int,
            "path": str,
            "headers": str,
            "body": str,
            "at": str,
            "boot": float,
            "boot_id": str,
            "state": str,
            "attempts": int,
            "trouble_since": float,
            "status": int,
            "response": str,
            "answered_at": str,
        },
        pk="no",
        not_null={
            "command_id",
            "type",
            "incarnation",
            "desk_seq",
            "path",
            "headers",
            "body",
            "at",
            "boot",
            "boot_id",
            "state",
            "attempts",
        },
        defaults={"state": "pending", "attempts": 0},
    )
    db.table("outbox").create_index(["command_id"], unique=True)
    db.table("outbox").create_index(["incarnation", "desk_seq"], unique=True)
    db.table("outbox").create_index(["state", "no"])
    db.table("outbox").create_index(["call_id"])
    db.table("former_number").create(
        {"command_id": str, "incarnation": str, "desk_seq": int},
        pk=("incarnation", "desk_seq"),
        not_null={"command_id"},
    )
    db.table("former_number").create_index(["command_id"])
    db.table("message").create(
        {
            "message_id": str,
            "handoff_id": str,
            "call_id": str,
            "rav": str,
            "kind": str,
            "sequence": int,
            "material": int,
            "key_test": int,
            "headers": str,
            "body": str,
            "committed_at": str,
            "boot": float,
            "boot_id": str,
            "expires_at": str,
        },
        pk="message_id",
        not_null={"handoff_id", "call_id", "rav", "kind", "sequence", "material", "key_test", "headers", "body"},
    )
    db.table("message").create_index(["handoff_id", "sequence"])
    db.table("message").create_index(["call_id"])
    db.table("delivery").create(
        {
            "message_id": str,
            "route": str,
            "state": str,
            "attempts": int,
            "status": int,
            "problem": str,
            "last_at": str,
            "delivered_at": str,
        },
        pk=("message_id", "route"),
        not_null={"state", "attempts"},
        defaults={"state": "pending", "attempts": 0},
        foreign_keys=[("message_id", "message", "message_id")],
    )
    db.table("delivery").create_index(["state"])
    db.table("event").create(
        {"handoff_id": str, "n": int, "body": str, "learned_at": str, "passed_on": int},
        pk=("handoff_id", "n"),
        not_null={"body", "learned_at", "passed_on"},
        defaults={"passed_on": 0},
    )
    db.table("draft").create({"call_id": str, "data": str, "updated_at": str}, pk="call_id", not_null={"data"})
    db.table("place").create({"key": str, "value": str}, pk="key", not_null={"value"})
    db.table("audit").create(
        {
            "incarnation": str,
            "no": int,
            "at": str,
            "user": str,
            "event": str,
            "subject": str,
            "detail": str,
            "previous": str,
            "hash": str,
            "delivered": int,
        },
        pk=("incarnation", "no"),
        not_null={"at", "user", "event", "subject", "detail", "previous", "hash", "delivered"},
        defaults={"delivered": 0},
    )
    db.table("audit").create_index(["delivered", "incarnation", "no"])


def _cache_1(db: Database) -> None:
    db.table("meta").create({"key": str, "value": str}, pk="key", not_null={"value"})
    db.table("item").create(
        {"type": str, "id": str, "rev": str, "version": int, "data": str},
        pk=("type", "id"),
        not_null={"rev", "version"},
    )
    db.table("item").create_index(["version"])
    db.table("applied").create({"incarnation": str, "desk_seq": int}, pk="incarnation", not_null={"desk_seq"})
    db.table("missing").create({"id": str, "data": str, "noted_at": str}, pk="id", not_null={"data"})


def _cache_2(db: Database) -> None:
    """Keep where each call stands in the queue, so that a desk can open on the first lines."""
    db.execute("ALTER TABLE item ADD COLUMN level REAL")
    db.execute("ALTER TABLE item ADD COLUMN since REAL")
    calls = db.execute("SELECT id, data FROM item WHERE type = 'call' AND data IS NOT NULL").fetchall()
    standing = [(standing_of(as_object(json.loads(data))), item_id) for item_id, data in calls]
    db.conn.executemany(
        "UPDATE item SET level = ?, since = ? WHERE type = 'call' AND id = ?",
        [(*place, item_id) for place, item_id in standing if place is not None],
    )
    db.execute("CREATE INDEX idx_item_queue ON item (level, since) WHERE level IS NOT NULL")


JOURNAL: tuple[Step, ...] = (_journal_1,)
CACHE: tuple[Step, ...] = (_cache_1, _cache_2)


def migrate(connection: Connection, steps: tuple[Step, ...]) -> None:
    """Bring a file up to date, each step in a transaction of its own with its number.

    Raises:
        NewerSchema: the file was written by a newer program.
    """
    if schema_version(connection) > len(steps):
        raise NewerSchema(
            "Het journaal is door een nieuwere versie geschreven. Er is niets gewijzigd; werk zcc-console bij."
        )
    while True:
        with writing(connection):  # two programs may come here at once; the second finds the work done
            done = schema_version(connection)
            if done >= len(steps):
                return
            steps[done](Database(connection, execute_plugins=False))
            connection.execute(f"PRAGMA user_version = {done + 1}")

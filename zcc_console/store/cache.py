"""`cache.db`: the region as last seen. Rebuildable at any time from the hub, so it may be swapped or set aside whole.

Only the courier writes it. A reader asks for what changed after a version; a transaction, its cursor and the own
number it carries are applied in one local transaction, so a view is always some prefix of the region's log.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from zcc_console.core.canonical import DIGEST_MODULUS, item_hash
from zcc_console.core.clock import parse_time, rfc3339
from zcc_console.core.jsontypes import JsonObject, as_object
from zcc_console.core.ranking import standing_of
from zcc_console.store.engine import (
    Connection,
    DatabaseError,
    connect,
    data_version,
    file_identity,
    is_damage,
    is_whole,
    load_key,
    reading,
    schema_version,
    set_aside,
    writing,
)
from zcc_console.store.items import Item as Item
from zcc_console.store.items import OwnCommand as OwnCommand
from zcc_console.store.items import Transaction as Transaction

SCHEMA = 2


@dataclass(frozen=True, slots=True)
class Contact:
    """When the hub last said something, in its time and in this machine's boot time."""

    server_time: datetime
    boot: float
    boot_id: str


class CursorMismatch(Exception):
    """A transaction does not follow the own cursor: stop and pull `/changes`."""


class Cache:
    """The open cache. One thread at a time; no transaction stays open between calls."""

    def __init__(self, connection: Connection, path: Path) -> None:
        self._db = connection
        self.path = path
        self._identity = file_identity(path)

    @staticmethod
    def open(
        path: Path, key_path: Path, *, writer: bool, now: datetime, siblings: Sequence[Path] = (), deep: bool = False
    ) -> Cache:
        """Open or make the cache; a damaged one is set aside and made anew (it holds nothing of its own).

        Args:
            deep: read every page, and treat a damaged one as damage of the file.

        Raises:
            KeyMissing, StoreError, EngineError: as `store.engine.connect`.
        """
        key = load_key(key_path, path, *siblings)
        for attempt in (1, 2):
            try:
                connection = connect(path, key, durable=False, checkpoints=writer)
                if schema_version(connection) != SCHEMA:
                    _make(connection)
                connection.execute("SELECT count(*) FROM meta").fetchone()
                if deep and not is_whole(connection):
                    connection.close()
                    raise DatabaseError("damaged")
                return Cache(connection, path)
            except Exception as error:
                damaged = is_damage(error) or "sleutel niet te lezen" in str(error)
                if attempt == 2 or not damaged:
                    raise
                set_aside(path, rfc3339(now).replace(":", ""))
        raise AssertionError("unreachable")

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def replaced(self) -> bool:
        """Whether another file took this one's place since it was opened: open it again."""
        return file_identity(self.path) != self._identity

    # -- reading ---------------------------------------------------------------------------------------------------

    def data_version(self) -> int:
        """Changes when another process committed."""
        return data_version(self._db)

    def meta(self, key: str) -> str | None:
        """A value of the cache's own notes: cursor, exercise, contact, link, digest_note."""
        row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return str(row[0]) if row else None

    def all_meta(self) -> dict[str, str]:
        """All notes at once."""
        return {str(key): str(value) for key, value in self._db.execute("SELECT key, value FROM meta")}

    @property
    def cursor(self) -> str | None:
        """Where in the log this cache stands; None before the first snapshot."""
        return self.meta("cursor")

    def contact(self) -> Contact | None:
        """The last sign of life of the hub."""
        text = self.meta("contact")
        if text is None:
            return None
        raw = as_object(json.loads(text))
        boot = raw.get("boot")
        return Contact(
            parse_time(str(raw["server_time"])),
            float(boot) if isinstance(boot, int | float) else 0.0,
            str(raw["boot_id"]),
        )

    def changed_since(self, version: int) -> tuple[int, list[Item]]:
        """Items written after a version, with the version of now; `data` None for deleted ones. 0 gives all."""
        with reading(self._db):
            head = int(self._db.execute("SELECT coalesce(max(version), 0) FROM item").fetchone()[0])
            rows = self._db.execute(
                "SELECT type, id, rev, data FROM item WHERE version > ? ORDER BY version, type, id", (version,)
            ).fetchall()
        return head, _items(rows)

    def opening(self, lines: int) -> tuple[int, list[Item]]:
        """What a desk needs to open on: everything but the calls, and of those the first so many lines of the queue; with
        the version of now. `calls_after` gives the other calls."""
        with reading(self._db):
            head = int(self._db.execute("SELECT coalesce(max(version), 0) FROM item").fetchone()[0])
            rows = self._db.execute(
                "SELECT type, id, rev, data FROM item WHERE type <> 'call' AND data IS NOT NULL ORDER BY type, id"
            ).fetchall()
            rows += self._db.execute(
                "SELECT type, id, rev, data FROM item WHERE level IS NOT NULL ORDER BY level, since LIMIT ?", (lines,)
            ).fetchall()
        return head, _items(rows)

    def calls_after(self, item_id: str, version: int, limit: int) -> list[Item]:
        """The next so many calls by id, as far as they were not written after a version."""
        rows = self._db.execute(
            "SELECT type, id, rev, data FROM item "
            "WHERE type = 'call' AND id > ? AND version <= ? AND data IS NOT NULL ORDER BY id LIMIT ?",
            (item_id, version, limit),
        ).fetchall()
        return _items(rows)

    def call_as_of(self, call_id: str, version: int) -> Item | None:
        """One call, where it was not written after a version."""
        rows = self._db.execute(
            "SELECT type, id, rev, data FROM item WHERE type = 'call' AND id = ? AND version <= ? AND data IS NOT NULL",
            (call_id, version),
        ).fetchall()
        return _items(rows)[0] if rows else None

    def item(self, kind: str, item_id: str) -> Item | None:
        """One item that is there now."""
        row = self._db.execute(
            "SELECT rev, data FROM item WHERE type = ? AND id = ? AND data IS NOT NULL", (kind, item_id)
        ).fetchone()
        return Item(kind, item_id, row[0], json.loads(row[1])) if row else None

    def all_of(self, kind: str) -> dict[str, JsonObject]:
        """Every item of a type that is there now, by id."""
        return {
            str(item_id): json.loads(data)
            for item_id, data in self._db.execute(
                "SELECT id, data FROM item WHERE type = ? AND data IS NOT NULL ORDER BY id", (kind,)
            )
        }

    def claims_of(self, desk_id: str) -> dict[str, str]:
        """The calls that the region says this desk holds, with the id of the claim."""
        return {
            str(call_id): str(claim)
            for call_id, claim in self._db.execute(
                "SELECT id, json_extract(data, '$.claim.id') FROM item WHERE type = 'call' AND data IS NOT NULL "
                "AND json_extract(data, '$.claim.desk_id') = ? AND json_extract(data, '$.claim.id') IS NOT NULL",
                (desk_id,),
            )
        }

    def applied(self, incarnation: str) -> int:
        """The last number of that incarnation which this cache contains; 0 where none."""
        row = self._db.execute("SELECT desk_seq FROM applied WHERE incarnation = ?", (incarnation,)).fetchone()
        return int(row[0]) if row else 0

    def all_applied(self) -> dict[str, int]:
        """The last number contained, for each incarnation of this desk."""
        return {str(inc): int(seq) for inc, seq in self._db.execute("SELECT incarnation, desk_seq FROM applied")}

    def missing_calls(self) -> list[JsonObject]:
        """Open calls of an older state that a new epoch lacks, until someone settles them (contract.md §1)."""
        return [json.loads(row[0]) for row in self._db.execute("SELECT data FROM missing ORDER BY noted_at, id")]

    def digest(self) -> dict[str, tuple[int, int]]:
        """Per type the count and the sum modulo 2⁶⁴ of the items' hashes, to compare with the hub's."""
        sums: dict[str, tuple[int, int]] = {}
        for kind, item_id, rev in self._db.execute("SELECT type, id, rev FROM item WHERE data IS NOT NULL"):
            count, total = sums.get(kind, (0, 0))
            sums[kind] = (count + 1, (total + item_hash(kind, item_id, rev)) % DIGEST_MODULUS)
        return sums

    # -- writing (the courier) -----------------------------------------------------------------------------------------

    def set_meta(self, **values: str | None) -> None:
        """Write notes; None removes one."""
        with writing(self._db):
            self._set(values)

    def heard(self, server_time: datetime, boot: float, boot_id: str, **values: str | None) -> None:
        """Note a sign of life of the hub (a bookmark or an answer)."""
        contact = json.dumps({"server_time": rfc3339(server_time), "boot": boot, "boot_id": boot_id})
        with writing(self._db):
            self._set({"contact": contact, **values})

    def apply(self, transactions: Iterable[Transaction], *, desk_id: str) -> int:
        """Apply transactions in order, all in one local transaction; those at or before the cursor are passed over.

        Returns:
            How many were applied.

        Raises:
            CursorMismatch: one does not follow the own cursor; nothing of the batch is applied.
        """
        applied = 0
        with writing(self._db):
            cursor = self.cursor
            version = self._next_version()
            listed = self._db.execute("SELECT count(*) FROM missing").fetchone()[0]
            for transaction in transactions:
                if transaction.cursor == cursor:
                    continue
                if transaction.prev != cursor:
                    raise CursorMismatch(f"{transaction.prev} follows not {cursor}")
                self._put(transaction.items, version)
                if listed:
                    self._found(transaction.items)
                own = transaction.command
                if own is not None and own.desk_id == desk_id:
                    self._note_applied(own.incarnation, own.desk_seq)
                cursor = transaction.cursor
                applied += 1
            if applied:
                self._set({"cursor": cursor})
        return applied

    def swap(
        self,
        cursor: str,
        items: Sequence[Item],
        applied: dict[str, int],
        *,
        exercise: bool,
        missing: Sequence[JsonObject],
        now: datetime,
    ) -> None:
        """Take a complete snapshot in place of all that is here, in one transaction.

        Args:
            missing: open calls of the old state that this one lacks, to be listed until someone settles them.
        """
        with writing(self._db):
            version = self._next_version()
            keep = {(item.type, item.id) for item in items}
            gone = [
                (version, kind, item_id)
                for kind, item_id in self._db.execute("SELECT type, id FROM item WHERE data IS NOT NULL")
                if (kind, item_id) not in keep
            ]
            self._db.executemany(
                "UPDATE item SET data = NULL, level = NULL, version = ? WHERE type = ? AND id = ?", gone
            )
            same = {(k, i): r for k, i, r in self._db.execute("SELECT type, id, rev FROM item WHERE data IS NOT NULL")}
            self._put([item for item in items if same.get((item.type, item.id)) != item.rev], version)
            self._db.execute("DELETE FROM applied")
            for incarnation, desk_seq in applied.items():
                self._note_applied(incarnation, desk_seq)
            for call in missing:
                self._db.execute(
                    "INSERT OR IGNORE INTO missing (id, data, noted_at) VALUES (?, ?, ?)",
                    (str(call.get("id")), json.dumps(call), rfc3339(now)),
                )
            self._db.execute(
                "DELETE FROM missing WHERE id IN (SELECT id FROM item WHERE type = 'call' AND data IS NOT NULL)"
            )
            self._set({"cursor": cursor, "exercise": "1" if exercise else "0"})

    def settle_missing(self, call_id: str) -> None:
        """Someone put the call back, or said why not."""
        with writing(self._db):
            self._db.execute("DELETE FROM missing WHERE id = ?", (call_id,))

    def prune(self, keep_versions: int = 100_000) -> None:
        """Forget deleted items that every reader has seen long ago."""
        with writing(self._db):
            head = self._next_version() - 1
            self._db.execute("DELETE FROM item WHERE data IS NULL AND version < ?", (head - keep_versions,))

    def checkpoint(self) -> None:
        """Fold the write-ahead log into the file, as far as readers allow."""
        self._db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    def _next_version(self) -> int:
        return int(self._db.execute("SELECT coalesce(max(version), 0) FROM item").fetchone()[0]) + 1

    def _set(self, values: dict[str, str | None]) -> None:
        for key, value in values.items():
            if value is None:
                self._db.execute("DELETE FROM meta WHERE key = ?", (key,))
            else:
                self._db.execute(
                    "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                    (key, value),
                )

    def _put(self, items: Sequence[Item], version: int) -> None:
        self._db.executemany(
            "INSERT INTO item (type, id, rev, version, data, level, since) VALUES (?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (type, id) DO UPDATE SET rev = excluded.rev, version = excluded.version, data = excluded.data, "
            "level = excluded.level, since = excluded.since",
            [
                (i.type, i.id, i.rev, version, None if i.data is None else json.dumps(i.data), *_standing(i))
                for i in items
            ],
        )

    def _found(self, items: Sequence[Item]) -> None:
        """A call that was listed as missing is in the region's state again."""
        calls = [(item.id,) for item in items if item.type == "call" and item.data is not None]
        self._db.executemany("DELETE FROM missing WHERE id = ?", calls)

    def _note_applied(self, incarnation: str, desk_seq: int) -> None:
        self._db.execute(
            "INSERT INTO applied (incarnation, desk_seq) VALUES (?, ?) ON CONFLICT (incarnation) DO UPDATE SET "
            "desk_seq = max(desk_seq, excluded.desk_seq)",
            (incarnation, desk_seq),
        )


def _standing(item: Item) -> tuple[float | None, float | None]:
    """Where a call stands in the queue (core.ranking); nothing for what is no call of the queue."""
    standing = standing_of(item.data) if item.type == "call" and item.data is not None else None
    return standing if standing is not None else (None, None)


def _items(rows: Sequence[tuple[str, str, str, str | None]]) -> list[Item]:
    """Rows as items. Read as one text, so that thousands of objects share the names of their fields."""
    texts = ",".join(data if data is not None else "null" for _, _, _, data in rows)
    bodies = json.loads(f"[{texts}]")
    return [Item(kind, item_id, rev, data) for (kind, item_id, rev, _), data in zip(rows, bodies, strict=True)]


def _make(connection: Connection) -> None:
    """Make the schema; a cache of another schema is emptied, since it can be had again."""
    from zcc_console.store import migrations

    if schema_version(connection) > len(migrations.CACHE):
        with writing(connection):
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                connection.execute(f'DROP TABLE "{name}"')
            connection.execute("PRAGMA user_version = 0")
    migrations.migrate(connection, migrations.CACHE)

"""Saving what can be read of a damaged journal: table by table, from both ends, row by row, into a fresh one."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from zcc_console.store.engine import Connection, IntegrityError, connect

TABLES = ("incarnation", "outbox", "former_number", "message", "delivery", "event", "draft", "place", "audit")
NOTES = ("epoch",)
"""Notes of the old journal that hold in the new one."""


def salvage(damaged: Path, key: bytes, into: Connection) -> tuple[int, int]:
    """Copy every row that can still be read.

    Returns:
        Rows saved, and tables that could not be read whole.
    """
    saved = unread = 0
    for table in TABLES:
        rows, whole = _table(damaged, key, table, into)
        saved += rows
        unread += not whole
    for name in NOTES:
        _note(damaged, key, name, into)
    return saved, unread


def _table(damaged: Path, key: bytes, table: str, into: Connection) -> tuple[int, bool]:
    saved, last, whole = 0, None, True
    for order in ("ASC", "DESC"):  # from the front up to the damage, then from the back
        # A connection that met a bad page reads nothing more: a new one for each way.
        try:
            with closing(connect(damaged, key, durable=False, checkpoints=False)) as source:
                rows = source.execute(f'SELECT rowid AS at_row, * FROM "{table}" ORDER BY rowid {order}')  # noqa: S608
                names = ", ".join(f'"{column[0]}"' for column in rows.description[1:])
                marks = ", ".join("?" * (len(rows.description) - 1))
                insert = f'INSERT OR IGNORE INTO "{table}" ({names}) VALUES ({marks})'  # noqa: S608 - names of columns
                for row in rows:
                    if order == "DESC" and last is not None and row[0] <= last:
                        return saved, False
                    try:
                        into.execute(insert, row[1:])
                        saved += 1
                    except IntegrityError:  # what it belongs to was not saved
                        whole = False
                    if order == "ASC":
                        last = row[0]
        except Exception:  # noqa: S112 - whatever is wrong with this end, the other may be read
            continue
        return saved, whole and order == "ASC"
    return saved, False


def _note(damaged: Path, key: bytes, name: str, into: Connection) -> None:
    try:
        with closing(connect(damaged, key, durable=False, checkpoints=False)) as source:
            row = source.execute("SELECT value FROM meta WHERE key = ?", (name,)).fetchone()
    except Exception:
        return
    if row is not None:
        into.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", (name, row[0]))

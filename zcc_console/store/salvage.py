"""Saving what can be read of a damaged journal: table by table, row by row, into a fresh one."""

from __future__ import annotations

from pathlib import Path

from zcc_console.store.engine import Connection, connect

TABLES = ("incarnation", "outbox", "message", "delivery", "event", "draft", "place", "audit")


def salvage(damaged: Path, key: bytes, into: Connection) -> tuple[int, int]:
    """Copy every row that can still be read.

    Returns:
        Rows saved, and tables that could not be read to their end.
    """
    saved = lost = 0
    try:
        source = connect(damaged, key, durable=False, checkpoints=False)
    except Exception:
        return 0, len(TABLES)
    try:
        for table in TABLES:
            try:
                rows = source.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - names from the list above
                names = ", ".join(f'"{column[0]}"' for column in rows.description)
                marks = ", ".join("?" * len(rows.description))
                for row in rows:
                    into.execute(f'INSERT OR IGNORE INTO "{table}" ({names}) VALUES ({marks})', row)  # noqa: S608
                    saved += 1
            except Exception:
                lost += 1
    finally:
        source.close()
    return saved, lost

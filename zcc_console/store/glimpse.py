"""The queue as the last console showed it, encrypted, so that the next one has words on the screen at once.

It may be absent or too old: nothing depends on it. It imports the driver and nothing else, because it is read before all
other things.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3 as dbapi2
else:
    from sqlcipher3 import dbapi2

NAME = "glimpse.db"
GOOD_FOR_S = 900.0
"""An older one tells of people who are helped already, or of another shift."""


def keep(path: str, key_path: str, lines: Sequence[str]) -> bool:
    """Keep these lines in place of what was kept; whether that was possible."""
    for _ in range(2):  # one that was damaged is thrown away
        try:
            key = _key(key_path)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            connection = _open(path, key)
            try:
                connection.execute("CREATE TABLE IF NOT EXISTS glimpse (at REAL, lines TEXT)")
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("DELETE FROM glimpse")
                connection.execute("INSERT INTO glimpse VALUES (?, ?)", (time.time(), "\n".join(lines)))
                connection.execute("COMMIT")
                return True
            finally:
                connection.close()
        except (OSError, ValueError, dbapi2.Error):
            _throw_away(path)
    return False


def look(path: str, key_path: str) -> list[str]:
    """The lines that were kept lately; none where there are none that can be read."""
    try:
        os.stat(path)  # noqa: PTH116 - pathlib is not worth its import here
        connection = _open(path, _key(key_path))
        try:
            row = connection.execute("SELECT at, lines FROM glimpse").fetchone()
        finally:
            connection.close()
    except (OSError, ValueError, dbapi2.Error):
        return []
    if row is None or not row[1] or not 0 <= time.time() - row[0] < GOOD_FOR_S:
        return []
    return str(row[1]).split("\n")


def _key(path: str) -> str:
    with open(path, encoding="ascii") as file:  # noqa: PTH123
        return bytes.fromhex(file.read().strip()).hex()


def _open(path: str, key: str) -> dbapi2.Connection:
    connection = dbapi2.connect(path, timeout=0.1, isolation_level=None)
    connection.execute("PRAGMA cipher_log_level = NONE")  # it would write over the screen
    connection.execute(f"PRAGMA key = \"x'{key}'\"")
    connection.execute("PRAGMA synchronous = OFF")
    return connection


def _throw_away(path: str) -> None:
    for suffix in ("", "-journal"):
        try:
            os.unlink(path + suffix)  # noqa: PTH108
        except OSError:
            continue

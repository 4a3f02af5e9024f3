"""The gateway's database: its tables, how it is opened, and the mark outside it that betrays a restored copy.

SQLAlchemy Core on one SQLCipher connection; it knows rows, not the rules of a handoff.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock

import sqlalchemy as sa
from sqlalchemy.pool import StaticPool
from sqlcipher3 import dbapi2

from zcc_console.core.errors import ConfigError, StoreError
from zcc_console.core.files import private_dir
from zcc_console.store.engine import connect, load_key

SKIP = 1_000_000
"""A restored gateway skips so many event numbers (contract.md §4)."""

tables = sa.MetaData()

meta = sa.Table(
    "meta", tables, sa.Column("key", sa.Text, primary_key=True), sa.Column("value", sa.Text, nullable=False)
)

handoffs = sa.Table(
    "handoffs",
    tables,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("reference", sa.Text),
    sa.Column("reason", sa.Text),
    sa.Column("exercise", sa.Boolean, nullable=False),
    sa.Column("received_at", sa.Text, nullable=False),
    sa.Column("changed_n", sa.Integer, nullable=False),
)

messages = sa.Table(
    "messages",
    tables,
    sa.Column("handoff_id", sa.Text, primary_key=True),
    sa.Column("message_id", sa.Text, primary_key=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("received_at", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("warnings", sa.Text, nullable=False),
)

arrivals = sa.Table(
    "arrivals",
    tables,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("handoff_id", sa.Text, nullable=False),
    sa.Column("message_id", sa.Text, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("route", sa.Text, nullable=False),
    sa.Column("who", sa.Text),
    sa.Column("duplicate", sa.Boolean, nullable=False),
    sa.Column("other_body", sa.Text),
    sa.Index("arrivals_of", "handoff_id", "message_id"),
)

events = sa.Table(
    "events",
    tables,
    sa.Column("n", sa.Integer, primary_key=True),
    sa.Column("handoff_id", sa.Text, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("has", sa.Text, nullable=False),
    sa.Column("by", sa.Text),
    sa.Column("reference", sa.Text),
    sa.Column("reason", sa.Text),
    sa.Column("exercise", sa.Boolean, nullable=False),
    sa.Column("visible_at", sa.Text, nullable=False),
    sa.Column("pushed", sa.Boolean, nullable=False, default=False),
    sa.Index("events_of", "handoff_id", "n"),
    sa.Index("events_to_push", "pushed", "n"),
)

passed_on = sa.Table(
    "passed_on",
    tables,
    sa.Column("handoff_id", sa.Text, primary_key=True),
    sa.Column("n", sa.Integer, primary_key=True),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("event", sa.Text, nullable=False),
)

plans = sa.Table(
    "plans",
    tables,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("handoff_id", sa.Text, nullable=False),
    sa.Column("due_at", sa.Text, nullable=False),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("changed_n", sa.Integer, nullable=False),
    sa.Index("plans_due", "due_at"),
)


class Store:
    """One connection, used by one thread at a time; every writing unit begins IMMEDIATE and is durable at its end."""

    def __init__(self, path: Path, key_path: Path) -> None:
        """Open or make the database.

        Raises:
            StoreError: it cannot be opened, or its engine is unsafe, or its key is not there.
        """
        self.path = path
        private_dir(path.parent)
        key = load_key(key_path, path)
        self._lock = RLock()
        self._engine = sa.create_engine(
            "sqlite://",
            module=dbapi2,
            creator=lambda: connect(path, key, durable=True, checkpoints=True, timeout_ms=5000),
            poolclass=StaticPool,
            hide_parameters=True,  # an error names the statement, never a patient
        )
        sa.event.listen(self._engine, "begin", _begin)
        try:
            with self.writing() as unit:
                tables.create_all(unit)
        except sa.exc.SQLAlchemyError as error:
            raise StoreError(f"{path.name} is niet te openen ({type(error).__name__}). Er is niets gewist.") from None

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """One writing unit: all of it on the disk when it ends, or none of it."""
        with self._lock, self._engine.connect() as connection:
            connection = connection.execution_options(writing=True)
            with connection.begin():
                yield connection

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """One consistent look."""
        with self._lock, self._engine.connect() as connection, connection.begin():
            yield connection

    def version(self) -> int:
        """Changes when another process wrote to the file."""
        with self._lock, self._engine.connect() as connection:
            return int(connection.exec_driver_sql("PRAGMA data_version").scalar_one())

    def close(self) -> None:
        """Give the file back."""
        with self._lock:
            self._engine.dispose()


def _begin(connection: sa.Connection) -> None:
    writing = connection.get_execution_options().get("writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def database_path(url: str, beside: Path) -> Path:
    """The file of a `sqlite:///name` URL; a relative one lies beside the configuration.

    Raises:
        ConfigError: another kind of URL.
    """
    prefix = "sqlite:///"
    if not url.startswith(prefix) or len(url) == len(prefix):
        raise ConfigError(f"De database {url!r} moet als sqlite:///bestand.db geschreven zijn.")
    return beside.parent / url[len(prefix) :]


WIDTH = 120


class Mark:
    """A small file beside the database that remembers how far it had come: a copy put back is older than its mark.

    It is written without waiting for the disk (a killed process loses nothing of it); after a power cut it may lag,
    which only means that it says nothing.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd: int | None = None

    def read(self) -> tuple[str, int] | None:
        """The name of the last start and the highest event number, or None where there is no readable mark."""
        try:
            value = json.loads(self.path.read_text(encoding="ascii"))
            return str(value["start"]), int(value["n"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def write(self, start: str, n: int) -> None:
        """Remember, in place and in one write; a mark that cannot be written is no reason to refuse a handoff."""
        line = json.dumps({"start": start, "n": n}).ljust(WIDTH).encode("ascii")
        with contextlib.suppress(OSError):
            if self._fd is None:
                self._fd = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
            os.pwrite(self._fd, line, 0)

    def close(self) -> None:
        """Let go of the file."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

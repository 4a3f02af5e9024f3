"""The hub's one connection to its database: SQLCipher by default, any SQLAlchemy URL by configuration.

Every write is one serialised transaction. One hub a database: a kernel lock beside the key, and on PostgreSQL an
advisory lock as well. It knows no rule of the contract.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, create_engine, event, inspect, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool, StaticPool

from zcc_console.core.config import HubConfig
from zcc_console.core.errors import AlreadyRunning, StoreError
from zcc_console.hub import schema
from zcc_console.store import engine as store_engine
from zcc_console.store.locks import ProcessLock

if TYPE_CHECKING:  # sqlcipher3 carries no types and has the same interface
    import sqlite3 as dbapi2
else:
    from sqlcipher3 import dbapi2

ADVISORY_KEY = 0x7A63_6331
"""Any number will do, as long as every hub takes the same: "zcc1"."""


class Database:
    """The open database; one caller at a time."""

    def __init__(self, config: HubConfig) -> None:
        self._url = make_url(config.database)
        self._key_file = config.key_file
        self.is_sqlite = self._url.get_backend_name() == "sqlite"
        name = self._url.database
        in_memory = name in (None, "", ":memory:")
        self.path: Path | None = config.path.parent / str(name) if self.is_sqlite and not in_memory else None
        self._lock = ProcessLock(config.key_file.with_suffix(".lock"))
        self._engine: Engine | None = None
        self._connection: Connection | None = None

    @property
    def key_file(self) -> Path:
        """Where the key lies; the instance marker lies beside it."""
        return self._key_file

    def open(self) -> None:
        """Take the locks, connect, make the schema.

        Raises:
            AlreadyRunning: another hub works on this database.
            EngineError, KeyMissing, StoreError: it cannot be opened safely.
        """
        if not self._lock.acquire():
            raise AlreadyRunning(
                "Er draait al een hub op deze database; die gaat gewoon door. Stop die eerst, of gebruik een ander bestand."
            )
        try:
            self._connect()
        except BaseException:
            self.close()
            raise

    def _connect(self) -> None:
        try:
            self._engine = self._sqlite() if self.is_sqlite else create_engine(self._url, poolclass=NullPool)
            self._connection = self._engine.connect()
            if self._url.get_backend_name() == "postgresql":
                self._advisory_lock(self._connection)
            with self._connection.begin():
                _check_version(self._connection)
                schema.metadata.create_all(self._connection)
        except SQLAlchemyError as error:
            raise StoreError(f"De database van de hub is niet te openen ({type(error).__name__}).") from None

    def _sqlite(self) -> Engine:
        path = self.path
        key = store_engine.load_key(self._key_file, *([path] if path else []))

        def creator() -> object:
            if path is not None:
                return store_engine.connect(path, key, durable=True, checkpoints=True)
            store_engine.check_engine()
            return dbapi2.connect(":memory:", isolation_level=None, check_same_thread=False)

        engine = create_engine(
            "sqlite+pysqlite://",
            module=dbapi2,
            creator=creator,  # type: ignore[arg-type,unused-ignore]
            poolclass=StaticPool,
        )

        @event.listens_for(engine, "begin")
        def _begin_immediate(connection: Connection) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

        return engine

    def _advisory_lock(self, connection: Connection) -> None:
        got = connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": ADVISORY_KEY}).scalar_one()
        connection.commit()
        if not got:
            raise AlreadyRunning("Er draait al een hub op deze database; die gaat gewoon door. Stop die eerst.")

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One unit of work: COMMIT on leaving, ROLLBACK when anything is raised.

        Raises:
            StoreError: the database did not do it, or it is not known whether it did: reopen and look.
        """
        connection = self._connection
        if connection is None:
            raise StoreError("De database van de hub is gesloten.")
        try:
            with connection.begin():
                yield connection
        except SQLAlchemyError as error:
            raise StoreError(f"De database van de hub weigert ({type(error).__name__}).") from None

    def reopen(self) -> None:
        """Connect anew: after a COMMIT of which nobody knows whether it happened, or a lost connection.

        Raises:
            StoreError: it cannot be opened (yet).
        """
        self._disconnect()
        self._connect()

    def timeline(self) -> str | None:
        """PostgreSQL's timeline: another one means that a standby was promoted. None elsewhere."""
        if self._url.get_backend_name() != "postgresql" or self._connection is None:
            return None
        with self.transaction() as connection:
            row = connection.execute(
                text(
                    "SELECT s.system_identifier || '/' || c.timeline_id "
                    "FROM pg_control_system() s, pg_control_checkpoint() c"
                )
            ).scalar_one_or_none()
        return None if row is None else str(row)

    def _disconnect(self) -> None:
        for part in (self._connection, self._engine):
            if part is not None:
                with contextlib.suppress(SQLAlchemyError, store_engine.DatabaseError):
                    part.close() if isinstance(part, Connection) else part.dispose()
        self._connection = self._engine = None

    def close(self) -> None:
        """Close the connection and give back the lock."""
        self._disconnect()
        self._lock.release()


def _check_version(connection: Connection) -> None:
    """Leave the database of another version alone."""
    if not inspect(connection).has_table(schema.meta.name):
        return
    table = schema.meta
    version = connection.execute(select(table.c.value).where(table.c.key == "schema")).scalar_one_or_none()
    if version not in (None, str(schema.VERSION)):
        raise StoreError(
            f"De database van de hub is van versie {version}; dit programma kent {schema.VERSION}. "
            "Er is niets gewijzigd; gebruik de passende versie van zcc-console."
        )

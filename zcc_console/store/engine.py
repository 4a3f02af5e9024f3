"""Opening an encrypted SQLite file safely: the engine gate, the key, the pragmas, and units of work.

Raw SQLCipher keys (no derivation) keep opening at a few milliseconds. Every writing unit begins IMMEDIATE: a deferred
one fails at once with BUSY when it upgrades, whatever the timeout (measured: 319 of 691).
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from zcc_console.core.errors import EngineError, KeyMissing, StoreError
from zcc_console.core.files import create_private, is_private, private_dir

if TYPE_CHECKING:  # sqlcipher3 carries no types and has the same interface
    import sqlite3 as dbapi2
else:
    from sqlcipher3 import dbapi2

Connection = dbapi2.Connection
DatabaseError = dbapi2.DatabaseError
IntegrityError = dbapi2.IntegrityError
OperationalError = dbapi2.OperationalError

BUSY_MS = 2000
WAL_ALARM_BYTES = 64 * 1024 * 1024

# sqlite.org/wal.html#walresetbug: two writers can corrupt a WAL database in 3.7.0 to 3.51.2, except where mended.
_FIXED_FROM = (3, 51, 3)
_FIXED_BRANCHES = {(3, 50): 7, (3, 44): 6}


def check_engine(version: str = dbapi2.sqlite_version) -> None:
    """Refuse an engine that can corrupt a write-ahead log with two writers.

    Raises:
        EngineError: the engine's version is one of those.
    """
    try:
        parts = tuple(int(part) for part in version.split("."))
    except ValueError:
        parts = ()
    if len(parts) < 3:
        raise EngineError(f"De SQLite-versie {version!r} is onbekend; de werkplek start niet. Herstel de installatie.")
    if parts >= _FIXED_FROM:
        return
    fixed = _FIXED_BRANCHES.get((parts[0], parts[1]))
    if fixed is not None and parts[2] >= fixed:
        return
    raise EngineError(
        f"SQLite {version} kan een database met twee schrijvers beschadigen; daarom start het programma niet. "
        "Uw gegevens zijn niet aangeraakt. Installeer zcc-console opnieuw met `make setup`."
    )


def load_key(key_path: Path, *databases: Path) -> bytes:
    """The raw 32-byte key beside the databases; made on the first start, never when a database already exists.

    Raises:
        KeyMissing: the key is absent while a database is there, is damaged, or is readable by others.
    """
    try:
        text = key_path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        existing = [path for path in databases if path.exists()]
        if existing:
            raise KeyMissing(
                f"De sleutel {key_path} ontbreekt, maar {existing[0].name} bestaat. De gegevens zijn versleuteld en "
                "onaangeroerd; zet de sleutel uit de back-up terug."
            ) from None
        create_private(key_path, secrets.token_hex(32).encode("ascii"))
        text = key_path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        raise KeyMissing(f"De sleutel {key_path} is niet te lezen. Controleer de rechten van het bestand.") from None
    if not is_private(key_path):
        raise KeyMissing(f"De sleutel {key_path} is voor anderen leesbaar. Herstel dat met: chmod 600 {key_path}")
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise KeyMissing(f"De sleutel {key_path} is beschadigd. Zet hem uit de back-up terug; er is niets gewist.")
    return key


def connect(path: Path, key: bytes, *, durable: bool, checkpoints: bool, timeout_ms: int = BUSY_MS) -> Connection:
    """Open (or create, 0600) an encrypted database in WAL mode.

    Args:
        durable: `synchronous=FULL`: a commit is on the disk when it returns. Else NORMAL.
        checkpoints: whether this connection may checkpoint the log by itself; only the courier's may.

    Raises:
        EngineError: the engine is one that can corrupt the file.
        KeyMissing: the key does not open the file (or the file is no database at all).
        StoreError: the file cannot be opened.
    """
    check_engine()
    private_dir(path.parent)
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
        connection = dbapi2.connect(str(path), timeout=timeout_ms / 1000, isolation_level=None, check_same_thread=False)
    except OSError as error:
        raise StoreError(f"{path.name} is niet te openen ({error.strerror}). Controleer schijf en rechten.") from None
    except dbapi2.Error as error:
        raise StoreError(f"{path.name} is niet te openen ({error}). Controleer schijf en rechten.") from None
    try:
        connection.execute("PRAGMA cipher_log_level = NONE")  # it would write over the screen, on stderr
        connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        connection.execute(f"PRAGMA busy_timeout = {int(timeout_ms)}")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        connection.execute("PRAGMA journal_mode = WAL").fetchone()
        connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute(f"PRAGMA wal_autocheckpoint = {1000 if checkpoints else 0}")
    except dbapi2.DatabaseError as error:
        connection.close()
        if isinstance(error, dbapi2.OperationalError):
            raise StoreError(f"{path.name} is niet te openen ({error}). Controleer schijf en rechten.") from None
        raise KeyMissing(f"{path.name} is met deze sleutel niet te lezen: verkeerde sleutel of beschadigd.") from None
    return connection


@contextmanager
def writing(connection: Connection) -> Iterator[Connection]:
    """One writing unit: BEGIN IMMEDIATE, then COMMIT, or ROLLBACK when anything is raised."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextmanager
def reading(connection: Connection) -> Iterator[Connection]:
    """One consistent look; closed before anything is waited for, so the log can be checkpointed."""
    connection.execute("BEGIN")
    try:
        yield connection
    finally:
        if connection.in_transaction:
            connection.execute("COMMIT")


def data_version(connection: Connection) -> int:
    """Changes when another connection committed: the guard behind every wake-up."""
    return int(connection.execute("PRAGMA data_version").fetchone()[0])


def schema_version(connection: Connection) -> int:
    """`PRAGMA user_version`: which migrations the file has seen."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def is_damage(error: BaseException) -> bool:
    """Whether an error says that the file itself is damaged, rather than busy, full or read-only."""
    harmless = (
        dbapi2.OperationalError,
        dbapi2.IntegrityError,
        dbapi2.ProgrammingError,
        dbapi2.NotSupportedError,
    )
    return isinstance(error, dbapi2.DatabaseError) and not isinstance(error, harmless)


def is_full(error: BaseException) -> bool:
    """Whether an error says that the disk is full."""
    return isinstance(error, dbapi2.OperationalError) and "full" in str(error)


def is_whole(connection: Connection) -> bool:
    """Whether every page can be read and belongs where it is (each page's own check, then the tree's)."""
    try:
        if connection.execute("PRAGMA cipher_integrity_check").fetchone() is not None:
            return False
        return bool(connection.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok")
    except dbapi2.OperationalError:
        return True  # busy or full says nothing
    except dbapi2.DatabaseError:
        return False


def opens(path: Path, key: bytes) -> bool:
    """Whether the key opens that database; one that is not there does not tell."""
    if size_of(path) == 0:
        return False
    try:
        connect(path, key, durable=False, checkpoints=False).close()
        return True
    except StoreError:
        return False


def size_of(path: Path) -> int:
    """Bytes in a file; 0 where there is none."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def file_identity(path: Path) -> tuple[int, int] | None:
    """Which file is at a path now; None where there is none."""
    try:
        there = path.stat()
    except OSError:
        return None
    return there.st_dev, there.st_ino


def set_aside(path: Path, stamp: str) -> Path:
    """Move a damaged database with its -wal and -shm out of the way, as a set, and say where it went."""
    target = path.with_name(f"{path.name}.damaged-{stamp}")
    for suffix in ("", "-wal", "-shm"):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.replace(path.with_name(target.name + suffix))
    return target

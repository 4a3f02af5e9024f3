"""The house's own exceptions.

ZccError                  something a person should read: what happened, what is safe, what to do now
├── ConfigError           a profile or configuration that cannot be used
├── StoreError            a database that cannot be opened, read or written
│   ├── EngineError       the SQLite engine is one that can corrupt a database
│   ├── KeyMissing        the key file of an encrypted database is absent or wrong
│   └── NewerSchema       the journal was written by a newer program
└── AlreadyRunning        another process of this profile holds the lock
"""

from __future__ import annotations


class ZccError(Exception):
    """One clear sentence for a person (Dutch), with a way out; never patient data."""

    exit_code = 1


class ConfigError(ZccError):
    """A profile or configuration that cannot be used."""

    exit_code = 78  # EX_CONFIG


class StoreError(ZccError):
    """A database that cannot be opened, read or written."""

    exit_code = 74  # EX_IOERR


class EngineError(StoreError):
    """The SQLite engine is one that can corrupt a database with two writers."""


class KeyMissing(StoreError):
    """The key file of an encrypted database is absent or wrong."""


class NewerSchema(StoreError):
    """The journal was written by a newer program than this one."""


class AlreadyRunning(ZccError):
    """Another process of this profile holds the lock."""

    exit_code = 75  # EX_TEMPFAIL

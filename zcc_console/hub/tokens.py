"""Who speaks: tokens are known by their SHA-256 only and compared in constant time."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from zcc_console.core.config import TokenEntry


@dataclass(frozen=True, slots=True)
class Principal:
    """Who a valid token speaks for."""

    kind: str
    """`desk`, `personal`, `intake`, `provider`, `rav` or `hub`."""
    desk_id: str | None
    role: str | None
    """The most it may do."""
    user: str | None
    source: str | None

    @property
    def is_desk(self) -> bool:
        """Whether it may read the log and send commands."""
        return self.kind in ("desk", "personal") and self.desk_id is not None

    @property
    def is_supervisor(self) -> bool:
        """Whether it may do what only a supervisor may."""
        return self.role == "supervisor"

    @property
    def name(self) -> str:
        """For the books: `desk:07`, `intake:hap`."""
        return f"{'desk' if self.is_desk else self.kind}:{self.desk_id or self.source or '*'}"


class Tokens:
    """The credentials this hub knows."""

    def __init__(self, entries: Sequence[TokenEntry]) -> None:
        self._entries = [(bytes.fromhex(entry.sha256), entry) for entry in entries]

    def principal(self, token: str | None) -> Principal | None:
        """Who the token speaks for; None where it is none of ours. Looks at every entry, found or not."""
        digest = hashlib.sha256((token or "").encode("utf-8", "surrogateescape")).digest()
        found: TokenEntry | None = None
        for known, entry in self._entries:
            if hmac.compare_digest(known, digest):
                found = entry
        if found is None or not token:
            return None
        return Principal(found.kind, found.desk_id, found.role, found.user, found.source)

    def knows_desk(self, desk_id: str) -> bool:
        """Whether any token speaks for this desk."""
        return any(entry.desk_id == desk_id for _, entry in self._entries)


def bearer(header: str | None) -> str | None:
    """The token in an Authorization header."""
    scheme, _, token = (header or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None

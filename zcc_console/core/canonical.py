"""Canonical JSON (RFC 8785) and the hashes the contract builds on it."""

from __future__ import annotations

import hashlib
import json

from zcc_console.core.jsontypes import JsonObject


def canonical(body: JsonObject) -> bytes:
    """RFC 8785 bytes of a JSON object.

    Raises:
        ValueError: a value JSON does not have, or a number outside the IEEE 754 range.
    """
    import rfc8785  # not on the console's path to the first paint

    return rfc8785.dumps(body)  # type: ignore[no-any-return,unused-ignore]


def command_sameness(body: JsonObject) -> str:
    """SHA-256 of the canonical command without `incarnation` and `desk_seq` (contract.md §3)."""
    return hashlib.sha256(
        canonical({k: v for k, v in body.items() if k not in ("incarnation", "desk_seq")})
    ).hexdigest()


def compact(body: object) -> str:
    """Compact, key-sorted JSON text: how the house stores objects. Not RFC 8785 (numbers, key order by code point)."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def item_hash(kind: str, item_id: str, rev: str) -> int:
    """One item's share in the digest: first 8 bytes, big-endian, of SHA-256 of `type/id/rev` (contract.md §1)."""
    return int.from_bytes(hashlib.sha256(f"{kind}/{item_id}/{rev}".encode()).digest()[:8], "big")


DIGEST_MODULUS = 1 << 64

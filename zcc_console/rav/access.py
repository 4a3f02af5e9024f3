"""Who may speak to the gateway, and how it answers: tokens by their SHA-256, JSON in ASCII, errors as problem details."""

from __future__ import annotations

import hashlib

from fastapi import Request, Response

from zcc_console.core.config import TokenEntry
from zcc_console.core.jsontext import dump
from zcc_console.core.jsontypes import Json
from zcc_console.rav.ledger import Route

SENDERS = frozenset({"desk", "personal", "hub"})
READERS = SENDERS | {"rav"}

TITLES = {
    "unauthorized": "Geen geldig token",
    "too-large": "Te groot",
    "unavailable": "Even niet beschikbaar",
    "method-not-allowed": "Zo niet",
    "invalid": "Niet volgens het contract",
    "not-allowed": "Niet toegestaan",
    "not-found": "Niet gevonden",
    "duplicate": "Al ontvangen",
    "exercise": "Oefening",
    "failure": "Niet vastgelegd",
}


class Problem(Exception):
    """An error of the contract: `application/problem+json` with a stable `type`."""

    def __init__(self, status: int, slug: str, detail: str, **more: Json) -> None:
        super().__init__(slug)
        self.status, self.slug, self.detail, self.more = status, slug, detail, more


def answer(status: int, body: dict[str, Json], media_type: str = "application/json") -> Response:
    """A JSON answer in ASCII, so that it can carry whatever came in."""
    return Response(dump(body).encode("ascii"), status_code=status, media_type=media_type)


def problem(status: int, slug: str, detail: str, **more: Json) -> Response:
    """A problem document (RFC 9457)."""
    body: dict[str, Json] = {"type": slug, "title": TITLES[slug], "status": status, "detail": detail, **more}
    return answer(status, body, "application/problem+json")


class Tokens:
    """Which token may do what; the tokens themselves are nowhere on this machine's disk."""

    def __init__(self, entries: tuple[TokenEntry, ...]) -> None:
        self._entries = {entry.sha256: entry for entry in entries}

    def entry(self, token: str) -> TokenEntry | None:
        """Whose token this is."""
        return self._entries.get(hashlib.sha256(token.encode("utf-8", "replace")).hexdigest())

    def of(self, request: Request) -> TokenEntry:
        """The caller.

        Raises:
            Problem: 401, there is no valid token.
        """
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        entry = self.entry(token.strip()) if scheme.lower() == "bearer" else None
        if entry is None:
            raise Problem(401, "unauthorized", "De gateway kent dit token niet. Er is niets bewaard; bel de meldkamer.")
        return entry

    def sender(self, request: Request, kinds: frozenset[str]) -> Route:
        """The caller as a route, if its token is of one of these kinds.

        Raises:
            Problem: 401, or 403 where it may not do this.
        """
        entry = self.of(request)
        if entry.kind not in kinds:
            raise Problem(403, "not-allowed", "Dit token mag dit niet.")
        return Route("hub" if entry.kind == "hub" else entry.kind, entry.desk_id or entry.user or entry.source)

    def is_dispatcher(self, entry: TokenEntry) -> bool:
        """Whether the token may play the control room: its own, or a supervisor's."""
        return entry.kind == "rav" or entry.role == "supervisor"

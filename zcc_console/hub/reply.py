"""What the hub answers: a status and bytes; refusals are problem details (RFC 9457) whose `type` is a slug of the
contract and whose Dutch detail says what happened, what is safe, and what to do now. Never patient data in a detail."""

from __future__ import annotations

from dataclasses import dataclass

from zcc_console.hub.state import Data, dumps

JSON = "application/json"
PROBLEM = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, ready for the line."""

    status: int
    body: bytes
    media: str = JSON
    headers: tuple[tuple[str, str], ...] = ()


def ok(body: Data, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Reply:
    """An answer that is no refusal."""
    return Reply(status, dumps(body).encode(), JSON, headers)


STATUS: dict[str, tuple[int, str]] = {
    "unauthorized": (401, "Geen geldig token"),
    "too-large": (413, "Te groot"),
    "unavailable": (503, "Even niet beschikbaar"),
    "method-not-allowed": (405, "Zo niet"),
    "invalid": (400, "Niet volgens het contract"),
    "key-reused": (422, "Sleutel hergebruikt"),
    "sequence-gap": (409, "Er ontbreekt een nummer"),
    "sequence-used": (409, "Nummer al gebruikt"),
    "not-allowed": (403, "Niet toegestaan"),
    "not-found": (404, "Niet gevonden"),
    "exists": (409, "Bestaat al"),
    "rev-missing": (428, "Versie ontbreekt"),
    "stale": (412, "Intussen gewijzigd"),
    "fenced": (409, "Claim is niet meer van deze werkplek"),
    "claimed": (409, "Al genomen"),
    "wrong-state": (409, "Kan nu niet"),
    "full": (409, "Geen plaats"),
    "expired": (409, "Verlopen"),
    "cursor-expired": (410, "Stand te oud"),
    "desk-in-use": (409, "Werkplek dubbel in gebruik"),
    "duplicate": (409, "Al ontvangen"),
    "exercise": (422, "Oefening"),
}


class Refused(Exception):
    """A request that is answered with a problem: an answer of the contract, not an error of ours."""

    def __init__(
        self, kind: str, detail: str, extra: Data | None = None, headers: tuple[tuple[str, str], ...] = ()
    ) -> None:
        super().__init__(kind)
        self.type = kind
        self.detail = detail
        self.extra: Data = extra or {}
        self.headers = headers

    @property
    def status(self) -> int:
        """The HTTP status of its type."""
        return STATUS[self.type][0]

    def reply(self) -> Reply:
        """As it goes over the line."""
        status, title = STATUS[self.type]
        body: Data = {"type": self.type, "title": title, "status": status, "detail": self.detail, **self.extra}
        return Reply(status, dumps(body).encode(), PROBLEM, self.headers)


def invalid(errors: list[tuple[str, str]], detail: str = "") -> Refused:
    """400 with every field that is wrong, never with its value."""
    fields = ", ".join(name for name, _ in errors[:8])
    return Refused(
        "invalid",
        detail
        or f"Het verzoek is niet volgens het contract ({fields}). Er is niets gewijzigd; verbeter het en stuur opnieuw.",
        {"errors": [{"field": name, "message": message} for name, message in errors]},
    )

"""Delivers calls and capacity to a hub: one request at a time, the same bytes again until there is an answer.

What counts as an answer is contract.md §3: 2xx, or a 4xx problem of the contract. Everything else is no answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import quote

import httpx
import stamina

from zcc_console.core.canonical import compact
from zcc_console.core.errors import ZccError
from zcc_console.core.jsontext import NotJson, read_object
from zcc_console.core.jsontypes import Json, JsonObject, as_list, as_object, as_text

ATTEMPTS = 6
ATTEMPT_S = 10.0
LEAST_S, MOST_S = 0.5, 5.0
PATIENCE_S = 60.0
ANSWER_LIMIT = 1024 * 1024
PASSING = frozenset({408, 425, 429})


class HubUnreachable(ZccError):
    """The hub gave no answer, however often it was asked."""

    exit_code = 69  # EX_UNAVAILABLE


class CredentialRefused(ZccError):
    """The hub does not know the token, or does not let it do this."""

    exit_code = 77  # EX_NOPERM


@dataclass(frozen=True, slots=True)
class Taken:
    """The hub has it; `answer` is what it said."""

    answer: dict[str, Json]


@dataclass(frozen=True, slots=True)
class TurnedDown:
    """The hub refuses it: the problem's type, its Dutch detail, and each field with what is wrong."""

    type: str
    detail: str
    errors: tuple[tuple[str, str], ...]


class _NoAnswer(Exception):
    """Try again."""


class HubClient:
    """A connection to one hub with one token."""

    def __init__(self, url: str, token: str, *, transport: httpx.BaseTransport | None = None) -> None:
        self.url = url
        self._client = httpx.Client(
            base_url=url,
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
            timeout=ATTEMPT_S,
            transport=transport,
            trust_env=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def post_call(self, key: str, body: JsonObject) -> Taken | TurnedDown:
        """`POST /v1/calls`.

        Raises:
            HubUnreachable, CredentialRefused: nothing more will go in now.
        """
        return self._send("POST", "/v1/calls", key, body)

    def put_capacity(self, unit_id: str, key: str, body: JsonObject) -> Taken | TurnedDown:
        """`PUT /v1/capacity/{id}`.

        Raises:
            HubUnreachable, CredentialRefused: nothing more will go in now.
        """
        return self._send("PUT", f"/v1/capacity/{quote(unit_id, safe='')}", key, body)

    def _send(self, method: str, path: str, key: str, body: JsonObject) -> Taken | TurnedDown:
        raw = compact(body).encode("utf-8", "replace")
        try:
            for attempt in stamina.retry_context(
                on=_NoAnswer, attempts=ATTEMPTS, timeout=PATIENCE_S, wait_initial=LEAST_S, wait_max=MOST_S
            ):
                with attempt:
                    return self._once(method, path, key, raw)
        except _NoAnswer:
            pass
        raise HubUnreachable(
            f"De hub op {self.url} geeft geen antwoord. Wat hierboven als ingelezen staat, is binnen; de rest niet. Start "
            "dezelfde opdracht opnieuw als de hub er weer is: wat al binnen is, komt er niet dubbel in."
        )

    def _once(self, method: str, path: str, key: str, raw: bytes) -> Taken | TurnedDown:
        try:
            response = self._client.request(method, path, content=raw, headers={"Idempotency-Key": key})
        except httpx.HTTPError:
            raise _NoAnswer from None
        answer = read_object(response.content, limit=ANSWER_LIMIT)
        if response.is_success:
            if isinstance(answer, NotJson):
                raise _NoAnswer
            return Taken(answer)
        if response.status_code in PASSING or not 400 <= response.status_code < 500:
            raise _NoAnswer
        if isinstance(answer, NotJson) or not as_text(answer.get("type")):
            raise _NoAnswer
        return self._refused(response.status_code, answer)

    def _refused(self, status: int, answer: Mapping[str, Json]) -> TurnedDown:
        if status == 401 or answer.get("type") == "not-allowed":
            raise CredentialRefused(
                f"De hub op {self.url} neemt dit token niet aan. Wat hierboven als ingelezen staat, is binnen; de rest "
                "niet. Gebruik het token van deze bron (--token-file), of vraag de beheerder om een nieuw."
            )
        errors = tuple(
            (as_text(as_object(entry).get("field")), as_text(as_object(entry).get("message")))
            for entry in as_list(answer.get("errors"))
        )
        return TurnedDown(as_text(answer.get("type")), as_text(answer.get("detail")), errors)

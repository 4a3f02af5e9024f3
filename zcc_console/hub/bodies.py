"""From bytes to checked bodies: JSON without its traps (NaN, lone surrogates, depth, size), then a model of the contract,
with every wrong field named and no value repeated."""

from __future__ import annotations

import json
import math
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from zcc_console.core.jsontypes import Json
from zcc_console.hub.reply import Refused, invalid
from zcc_console.hub.state import Data

BODY_LIMIT = 64 * 1024
"""Commands and handoffs (contract.md, head)."""

DEPTH_LIMIT = 32

M = TypeVar("M", bound=BaseModel)

_MESSAGES = {
    "missing": "ontbreekt",
    "extra_forbidden": "onbekend veld",
    "string_type": "moet tekst zijn",
    "int_type": "moet een geheel getal zijn",
    "float_type": "moet een getal zijn",
    "bool_type": "moet true of false zijn",
    "model_type": "moet een object zijn",
    "dict_type": "moet een object zijn",
    "list_type": "moet een lijst zijn",
    "string_too_long": "te lang",
    "string_too_short": "leeg",
    "string_pattern_mismatch": "verkeerde vorm",
    "literal_error": "onbekende waarde",
    "greater_than_equal": "te klein",
    "less_than_equal": "te groot",
    "too_long": "te veel",
    "too_short": "te weinig",
}


def read_object(raw: bytes, limit: int = BODY_LIMIT, *, unique: bool = True) -> Data:
    """A JSON object from bytes.

    Args:
        unique: refuse an object that has a name twice; a handoff is refused for nothing that can be read at all.

    Raises:
        Refused: `too-large`, or `invalid` where it is no JSON object in UTF-8.
    """
    if len(raw) > limit:
        raise too_large(limit)
    try:
        hook = _each_once if unique else None
        body = json.loads(raw.decode("utf-8"), parse_constant=_no_constant, object_pairs_hook=hook)
        _look(body, 0)
    except _Twice:
        raise invalid([("", "een veld staat er twee keer in")]) from None
    except (ValueError, RecursionError):
        raise invalid([("", "geen JSON-object in UTF-8")]) from None
    if not isinstance(body, dict):
        raise invalid([("", "geen JSON-object")])
    return body


def too_large(limit: int) -> Refused:
    """413."""
    return Refused(
        "too-large", f"Het verzoek is groter dan {limit // 1024} KiB. Er is niets gewijzigd; stuur minder in een keer."
    )


class _Twice(ValueError):
    """A name stands twice in one object: two readers could read two things in it."""


def _each_once(pairs: list[tuple[str, Json]]) -> Data:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Twice
    return found


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _look(value: object, depth: int) -> None:
    """Refuse what JSON text can say and the house cannot keep: infinite numbers, lone surrogates, great depth."""
    if depth > DEPTH_LIMIT:
        raise ValueError("too deep")
    if isinstance(value, str):
        value.encode("utf-8")
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError("infinite")
    elif isinstance(value, dict):
        for key, entry in value.items():
            key.encode("utf-8")
            _look(entry, depth + 1)
    elif isinstance(value, list):
        for entry in value:
            _look(entry, depth + 1)


def errors_of(model: type[BaseModel], body: Data, prefix: str = "") -> tuple[BaseModel | None, list[tuple[str, str]]]:
    """The model, or every field that is wrong with it."""
    try:
        return model.model_validate(body), []
    except ValidationError as error:
        found: list[tuple[str, str]] = []
        for entry in error.errors(include_url=False, include_input=False, include_context=False):
            path = prefix + ".".join(str(part) for part in entry["loc"])
            message = _MESSAGES.get(entry["type"]) or (
                entry["msg"].removeprefix("Value error, ") if entry["type"] == "value_error" else "klopt niet"
            )
            if (path, message) not in found:
                found.append((path.rstrip("."), message))
        return None, found


def read_model(model: type[M], body: Data) -> M:
    """The body as a model.

    Raises:
        Refused: `invalid` with every field.
    """
    found, errors = errors_of(model, body)
    if errors:
        raise invalid(errors)
    assert isinstance(found, model)
    return found

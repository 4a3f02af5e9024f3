"""JSON from outside, read totally: whatever the bytes are, the answer is an object or one reason why not.

It knows no contract; what the object means is its caller's. What it returns can always be written as JSON again.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import NoReturn

from zcc_console.core.jsontypes import Json

DEPTH_LIMIT = 64


@dataclass(frozen=True, slots=True)
class NotJson:
    """Why the bytes are no usable JSON object; Dutch, without a word of the content."""

    reason: str


def read_object(
    raw: bytes, *, limit: int, depth_limit: int = DEPTH_LIMIT, unique: bool = False
) -> dict[str, Json] | NotJson:
    """The JSON object in the bytes, or why there is none.

    Numbers that JSON allows and a float cannot hold (`1e999`) are kept as their text; `NaN` and `Infinity` are no
    JSON. Lone surrogates stay as they are: write them escaped.

    Args:
        limit: the most bytes to look at.
        depth_limit: the deepest nesting to take.
        unique: refuse an object that has a name twice: two readers could read two things in it.
    """
    if len(raw) > limit:
        return NotJson(f"groter dan {limit // 1024} KiB")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return NotJson(f"geen UTF-8 (byte {error.start})")
    if _too_deep(text, depth_limit):
        return NotJson(f"dieper genest dan {depth_limit} niveaus")
    try:
        value = json.loads(
            text,
            parse_float=_number,
            parse_int=_whole,
            parse_constant=_no_constant,
            object_pairs_hook=_unique if unique else None,
        )
    except _Twice:
        return NotJson("dubbelzinnig: een veld staat er twee keer in")
    except json.JSONDecodeError as error:
        return NotJson(f"geen JSON (regel {error.lineno}, teken {error.colno})")
    except (ValueError, RecursionError):
        return NotJson("geen JSON")
    if not isinstance(value, dict):
        return NotJson("geen JSON-object")
    return value


def dump(body: object) -> str:
    """JSON text of what `read_object` gave, ASCII only, so that lone surrogates survive storage and the wire."""
    return json.dumps(body, ensure_ascii=True, separators=(",", ":"), allow_nan=False)


def utf8_safe(text: str) -> str:
    """The text with lone surrogates shown as `�`: what a database or a header can hold."""
    return text.encode("utf-8", "replace").decode("utf-8") if not text.isascii() else text


def _number(text: str) -> float | str:
    value = float(text)
    return value if math.isfinite(value) else text


def _whole(text: str) -> int | str:
    return int(text) if len(text) <= 18 else text


class _Twice(ValueError):
    """A name stands twice in one object."""


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Twice
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _too_deep(text: str, limit: int) -> bool:
    """Counts brackets outside strings, before the parser recurses."""
    depth = 0
    inside = escaped = False
    for char in text:
        if inside:
            if escaped:
                escaped = False
            elif char == "\\":
                escaped = True
            elif char == '"':
                inside = False
        elif char == '"':
            inside = True
        elif char in "[{":
            depth += 1
            if depth > limit:
                return True
        elif char in "]}":
            depth -= 1
    return False

"""The values of an export's fields: yes and no, numbers, moments, lists, as people and spreadsheets write them.

Each reader gives the contract's value or raises `Unreadable` with a Dutch reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from zcc_console.core.clock import local_zone, rfc3339
from zcc_console.core.jsontypes import Json

YES = frozenset({"ja", "j", "yes", "y", "true", "waar", "1"})
NO = frozenset({"nee", "n", "no", "false", "onwaar", "0"})
SEX = {
    "m": "m",
    "man": "m",
    "male": "m",
    "v": "v",
    "vrouw": "v",
    "f": "v",
    "female": "v",
    "x": "x",
    "anders": "x",
    "other": "x",
}

Reader = Callable[[Json], Json]


class Unreadable(Exception):
    """A value that is not what its column takes."""


def text(value: Json) -> Json:
    """Words, or a number as words."""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise Unreadable("moet tekst zijn")


def truth(value: Json) -> Json:
    """Yes or no."""
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word in YES or word in NO:
        return word in YES
    raise Unreadable("moet ja of nee zijn")


def number(value: Json) -> Json:
    """A number; a comma is a decimal comma."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    written = str(value).strip().replace(",", ".")
    try:
        found = float(written)
    except ValueError:
        raise Unreadable("moet een getal zijn") from None
    if not -1e15 < found < 1e15:
        raise Unreadable("moet een getal zijn")
    return int(found) if found.is_integer() and "." not in written else found


def whole(value: Json) -> Json:
    """A whole number."""
    found = number(value)
    if isinstance(found, float) and found.is_integer():
        return int(found)
    if not isinstance(found, int):
        raise Unreadable("moet een geheel getal zijn")
    return found


def moment(value: Json) -> Json:
    """RFC 3339; without an offset it is Dutch local time, unless that happened twice or never."""
    try:
        found = datetime.fromisoformat(str(value).strip())
        if found.tzinfo is not None:
            return rfc3339(found)
        return rfc3339(_local(found))
    except (ValueError, OverflowError):
        raise Unreadable("moet een tijd zijn, zoals 2026-11-21T22:41:07+01:00") from None


def _local(naive: datetime) -> datetime:
    here, later = naive.replace(tzinfo=local_zone()), naive.replace(tzinfo=local_zone(), fold=1)
    if here.utcoffset() != later.utcoffset():
        raise Unreadable("is een uur dat door de zomertijd twee keer of nooit voorkomt; geef de tijdzone erbij")
    return here.astimezone(UTC)


def texts(value: Json) -> Json:
    """A list; in a CSV field its parts stand between semicolons or bars."""
    if isinstance(value, list):
        return [text(entry) for entry in value]
    parts = str(text(value)).replace("|", ";").split(";")
    return [part.strip() for part in parts if part.strip()]


def sex(value: Json) -> Json:
    """`m`, `v`, `x`; unknown is nothing."""
    word = str(value).strip().lower()
    if word in ("onbekend", "unknown", "o", "?"):
        return None
    if word in SEX:
        return SEX[word]
    raise Unreadable("moet m, v of x zijn")


def one_of(words: Mapping[str, str]) -> Reader:
    """One of some words, each with what the contract calls it."""

    def read(value: Json) -> Json:
        word = str(value).strip().lower()
        if word not in words:
            raise Unreadable(f"moet een van {', '.join(sorted(set(words.values())))} zijn")
        return words[word]

    return read

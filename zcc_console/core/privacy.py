"""What must not go where everybody reads: a BSN, wherever a sender put it (contract.md §2). Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from zcc_console.core.jsontypes import Json, JsonObject

_BSN = re.compile(r"bsn|burgerservice|sofi(?!a)|2\.16\.840\.1\.113883\.2\.4\.6\.3(?!\d)")
"""The names, the old one too, and the OID under which Dutch messages carry it."""

_OTHER = re.compile(r"uzi|ura\b|agb|desk-number|2\.16\.528\.1\.1007\.3|2\.16\.840\.1\.113883\.2\.4\.6\.1(?!\d)")
"""Numbers of care providers and of desks: nine digits there are no patient's."""

_WEIGHTS = (9, 8, 7, 6, 5, 4, 3, 2, -1)


def names_bsn(text: str) -> bool:
    """Whether the name of a field or of a numbering system means the BSN."""
    return _BSN.search(text.lower()) is not None


def is_bsn(value: object) -> bool:
    """Whether a value can be a BSN: nine digits, however grouped, that pass the 11-proef."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return False
    digits = re.sub(r"[\s.\-]", "", str(value))
    if len(digits) != 9 or not (digits.isascii() and digits.isdecimal()) or digits == "0" * 9:
        return False
    return sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, digits, strict=True)) % 11 == 0


def identifies_bsn(system: str, value: object) -> bool:
    """Whether an identifier is a BSN, or may well be one: such a number in a system that nobody knows."""
    return names_bsn(system) or (_OTHER.search(system.lower()) is None and is_bsn(value))


def without_bsn(body: JsonObject) -> dict[str, Json]:
    """The object without every field and every identifier that is a BSN."""
    return {name: _clean(entry) for name, entry in body.items() if not names_bsn(name)}


def _clean(value: Json) -> Json:
    if isinstance(value, Mapping):
        return without_bsn(value)
    if isinstance(value, list):
        return [_clean(entry) for entry in value if not _is_identifier(entry)]
    return value


def _is_identifier(value: Json) -> bool:
    """An entry such as `{"system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": …}`."""
    if not isinstance(value, Mapping):
        return False
    system = value.get("system")
    return isinstance(system, str) and identifies_bsn(system, value.get("value"))

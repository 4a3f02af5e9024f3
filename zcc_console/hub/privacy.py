"""What must not reach the log: a BSN, wherever a sender put it (contract.md §2). Pure."""

from __future__ import annotations

from collections.abc import Mapping

from zcc_console.core.jsontypes import Json, as_object
from zcc_console.hub.state import Data

_BSN = ("bsn", "2.16.840.1.113883.2.4.6.3")
"""The name, and the OID under which Dutch messages carry it."""


def names_bsn(text: str) -> bool:
    """Whether the name of a field or of a numbering system means the BSN."""
    return any(word in text.lower() for word in _BSN)


def without_bsn(body: Data) -> Data:
    """The object without every field and every identifier that is a BSN."""
    return as_object(_clean(body))


def _clean(value: Json) -> Json:
    if isinstance(value, Mapping):
        return {name: _clean(entry) for name, entry in value.items() if not names_bsn(name)}
    if isinstance(value, list):
        return [_clean(entry) for entry in value if not _is_identifier(entry)]
    return value


def _is_identifier(value: Json) -> bool:
    """An entry such as `{"system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": …}`."""
    return isinstance(value, Mapping) and isinstance(value.get("system"), str) and names_bsn(str(value["system"]))

"""What is wrong with a body, field by field in Dutch, before it is sent; never a value of it."""

from __future__ import annotations

from pydantic import BaseModel, ValidationError

from zcc_console.core.jsontypes import JsonObject
from zcc_console.models.call import CallIn
from zcc_console.models.capacity import CapacityReport

MESSAGES = {
    "missing": "ontbreekt",
    "model_field_validation.missing": "ontbreekt",
    "extra_forbidden": "is hier een onbekend veld",
    "string_type": "moet tekst zijn",
    "string_unicode": "is geen geldige Unicode-tekst",
    "string_pattern_mismatch": "heeft niet de voorgeschreven vorm",
    "string_too_long": "is te lang",
    "string_too_short": "is leeg",
    "list_type": "moet een lijst zijn",
    "bool_type": "moet true of false zijn",
    "bool_parsing": "moet true of false zijn",
    "int_type": "moet een geheel getal zijn",
    "int_parsing": "moet een geheel getal zijn",
    "float_type": "moet een getal zijn",
    "decimal_type": "moet een getal zijn",
    "literal_error": "is een onbekende waarde",
    "greater_than_equal": "is te klein",
    "less_than_equal": "is te groot",
    "model_type": "moet een object zijn",
    "dict_type": "moet een object zijn",
}
"""What pydantic finds, in Dutch."""


def call_errors(body: JsonObject) -> list[tuple[str, str]]:
    """What the contract would refuse in the body of `POST /v1/calls`: field and Dutch reason of each."""
    return _errors(CallIn, body)


def capacity_errors(body: JsonObject) -> list[tuple[str, str]]:
    """What the contract would refuse in the body of `PUT /v1/capacity/{id}`."""
    return _errors(CapacityReport, body)


def _errors(model: type[BaseModel], body: JsonObject) -> list[tuple[str, str]]:
    try:
        model.model_validate(body)
    except ValidationError as error:
        found = []
        for entry in error.errors(include_url=False, include_input=False, include_context=False):
            said = entry["msg"].removeprefix("Value error, ") if entry["type"] == "value_error" else "klopt niet"
            found.append((".".join(map(str, entry["loc"])) or "rij", MESSAGES.get(entry["type"], said)))
        return list(dict.fromkeys(found))
    return []

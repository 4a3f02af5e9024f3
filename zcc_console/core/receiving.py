"""Reads a handoff message as a receiver must (contract.md §4): it refuses only what is compulsory and absent, keeps the
whole, and names in a warning each field that it does not know or cannot read. No database, no network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from zcc_console.core.clock import parse_time_or_none
from zcc_console.core.handoff import KINDS
from zcc_console.core.ids import is_uuid
from zcc_console.core.jsontypes import Json, JsonObject, as_object

BODY_LIMIT = 64 * 1024
ID_LIMIT = 100
WARNING_LIMIT = 50
SEQUENCE_LIMIT = 1 << 53

URGENCIES = frozenset({"U0", "U1", "U2", "U3", "U4", "U5", "A0", "A1", "A2", "B1", "B2", "C1", "C2"})


@dataclass(frozen=True, slots=True)
class Incoming:
    """One message, whole, with what the gateway needs of it by name."""

    handoff_id: str
    message_id: str
    exercise: bool
    body: dict[str, Json]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Incomplete:
    """Compulsory fields that are absent: path and Dutch reason of each."""

    errors: tuple[tuple[str, str], ...]


def read_message(body: dict[str, Json]) -> Incoming | Incomplete:
    """The message in a JSON object, or which compulsory fields it lacks. Total."""
    errors: list[tuple[str, str]] = []
    ids = {name: body.get(name) for name in ("handoff_id", "message_id")}
    errors += [(name, "ontbreekt of is geen id") for name, value in ids.items() if not _is_id(value)]
    errors += [(name, "ontbreekt") for name in ("from", "urgency", "reasons") if body.get(name) is None]
    if body.get("callback_number") is None and body.get("location") is None:
        errors.append(("callback_number", "ontbreekt, en location ook; een van beide is verplicht"))
    if errors:
        return Incomplete(tuple(errors))
    return Incoming(
        handoff_id=str(ids["handoff_id"]),
        message_id=str(ids["message_id"]),
        exercise=body.get("exercise") is True,
        body=body,
        warnings=_warnings(body),
    )


def _is_id(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= ID_LIMIT and value.isprintable() and not value.isspace()


Check = Callable[[object], bool]


def _text(value: object) -> bool:
    return value is None or isinstance(value, str)


def _time(value: object) -> bool:
    return value is None or parse_time_or_none(value) is not None


def _truth(value: object) -> bool:
    return value is None or isinstance(value, bool)


def _number(value: object) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def _object(value: object) -> bool:
    return value is None or isinstance(value, dict)


def _texts(value: object) -> bool:
    return value is None or (isinstance(value, list) and all(isinstance(entry, str) for entry in value))


def _list(value: object) -> bool:
    return value is None or isinstance(value, list)


def _either(*checks: Check) -> Check:
    return lambda value: any(check(value) for check in checks)


def _one_of(known: frozenset[str]) -> Check:
    return lambda value: isinstance(value, str) and value in known


def _sequence(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value < SEQUENCE_LIMIT


_FIELDS: dict[str, Check] = {
    "handoff_id": is_uuid,
    "message_id": is_uuid,
    "call_id": is_uuid,
    "to": _text,
    "reference": _text,
    "kind": _one_of(frozenset(KINDS)),
    "sequence": _sequence,
    "exercise": lambda value: isinstance(value, bool),
    "created_at": lambda value: parse_time_or_none(value) is not None,
    "expires_at": _time,
    "from": _object,
    "urgency": _one_of(URGENCIES),
    "reasons": lambda value: isinstance(value, list) and bool(value) and _texts(value),
    "callback_number": _text,
    "location": _object,
    "patient": _object,
    "onset_at": _time,
    "abcd": _object,
    "complaint": _either(_text, _object),
    "findings": _list,
    "treatment": _list,
    "hazards": _list,
    "with_patient": _either(_truth, _text, _object),
    "voice": _object,
}

_INNER: dict[str, dict[str, Check]] = {
    "from": {"zcc": _text, "desk_id": _text, "user": _text, "user_name": _text, "callback_number": _text},
    "location": {
        "street": _text,
        "house_number": _either(_text, _number),
        "postcode": _text,
        "town": _text,
        "access": _text,
        "lat": _number,
        "lon": _number,
    },
    "patient": {
        "name": _text,
        "age_years": _number,
        "birth_date": _text,
        "sex": _text,
        "pregnant": _truth,
        "risk": _texts,
        "bsn": _text,
    },
    "voice": {
        "used": _truth,
        "at": _time,
        "by": _text,
        "spoke_to": _text,
        "reference": _text,
        "outcome": lambda value: value in (None, "accepted", "refused"),
    },
}


def _warnings(body: JsonObject) -> tuple[str, ...]:
    found: list[str] = []
    for name, value in body.items():
        check = _FIELDS.get(name)
        if check is None:
            found.append(f"{_name(name)}: onbekend veld, bewaard")
        elif not check(value):
            found.append(f"{name}: niet leesbaar, bewaard zoals het kwam")
        elif name in _INNER:
            for inner, entry in as_object(value).items():
                inner_check = _INNER[name].get(inner)
                if inner_check is None:
                    found.append(f"{name}.{_name(inner)}: onbekend veld, bewaard")
                elif not inner_check(entry):
                    found.append(f"{name}.{inner}: niet leesbaar, bewaard zoals het kwam")
    if len(found) > WARNING_LIMIT:
        found[WARNING_LIMIT - 1 :] = [f"en nog {len(found) - WARNING_LIMIT + 1} velden"]
    return tuple(found)


def _name(name: str) -> str:
    return name[:ID_LIMIT]

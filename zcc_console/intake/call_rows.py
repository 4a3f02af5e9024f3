"""What the columns of an export of calls mean (docs/intake.md has the table), and a row as the body of `POST /v1/calls`."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass

from zcc_console.core.canonical import compact
from zcc_console.core.jsontypes import Json
from zcc_console.intake.bsn import is_bsn
from zcc_console.intake.checks import call_errors
from zcc_console.intake.fhir import KEYS
from zcc_console.intake.rows import BadRow, Row
from zcc_console.intake.values import Reader, Unreadable, moment, number, one_of, sex, text, texts, truth

SOURCES = {name: name for name in ("hap", "112", "professional", "self-triage", "agency", "manual")}
ALIASES = {"telefoon": "professional", "zelftriage": "self-triage", "instantie": "agency", "handmatig": "manual"}

COLUMNS: dict[str, tuple[str, Reader]] = {
    "source": ("source", one_of({**SOURCES, **ALIASES})),
    "received_at": ("received_at", moment),
    "caller_name": ("caller.name", text),
    "caller_relation": ("caller.relation", text),
    "caller_organisation": ("caller.organisation", text),
    "with_patient": ("caller.with_patient", truth),
    "callback_number": ("callback_number", text),
    "patient_name": ("patient.name", text),
    "age_years": ("patient.age_years", number),
    "birth_date": ("patient.birth_date", text),
    "sex": ("patient.sex", sex),
    "pregnant": ("patient.pregnant", truth),
    "risk": ("patient.risk", texts),
    "bsn": ("patient.bsn", text),
    "street": ("location.street", text),
    "house_number": ("location.house_number", text),
    "postcode": ("location.postcode", text),
    "town": ("location.town", text),
    "access": ("location.access", text),
    "lat": ("location.lat", number),
    "lon": ("location.lon", number),
    "reason": ("reason", text),
    "urgency": ("pre_urgency.urgency", text),
    "urgency_by": ("pre_urgency.by", text),
    "urgency_at": ("pre_urgency.at", moment),
    "alerts": ("alerts", texts),
    "notes": ("notes", texts),
}
"""Column to the field of the contract and how its value is read. A field's own name (`patient.sex`) is a column too."""

BY_FIELD = {field: (field, reader) for field, reader in COLUMNS.values()}
WHOLE = frozenset({"caller", "patient", "location", "pre_urgency", "history", "attachments", "identifiers"})
"""Objects of the contract that a JSON Lines row may have as they are."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A row that can be sent."""

    line: int
    key: str
    body: dict[str, Json]
    name: str = ""
    """The unit's id, for capacity."""


def call_of_row(row: Row, default_source: str) -> Ready | BadRow:
    """A row as a call, or everything that is wrong with it.

    An unknown column becomes a note, so that nothing is lost. The key comes from the row's id, else from its content.
    """
    body: dict[str, Json] = {"source": default_source}
    errors: list[tuple[str, str]] = []
    extra: list[Json] = []
    row_id = ""
    for column, value in row.fields.items():
        known = COLUMNS.get(column) or BY_FIELD.get(column)
        if value is None or value == "":
            continue
        if column == "id":
            row_id = str(value).strip()
        elif known is not None:
            try:
                _put(body, known[0], known[1](value))
            except Unreadable as error:
                errors.append((column, str(error)))
        elif column in WHOLE and isinstance(value, dict | list):
            _merge(body, column, value)
        else:
            extra.append(f"{column}: {value if isinstance(value, str) else compact(value)}")
    if extra:
        notes = body.get("notes")
        body["notes"] = [*(notes if isinstance(notes, list) else []), *extra]
    errors += _own_checks(body)
    errors += [] if errors else call_errors(body)
    if errors:
        return BadRow(row.line, tuple(errors), row.fields)
    named = f"call|{body['source']}|{row_id}" if row_id else f"call|{_digest(body)}"
    if row_id:
        identifiers = body.get("identifiers")
        own: Json = {"system": f"export:{body['source']}", "value": row_id}
        body["identifiers"] = [*(identifiers if isinstance(identifiers, list) else []), own]
    return Ready(row.line, str(uuid.uuid5(KEYS, named)), body)


def _own_checks(body: dict[str, Json]) -> list[tuple[str, str]]:
    """What the contract leaves open and an export should not: a call nobody can act on, a BSN that cannot be one."""
    errors = []
    patient = body.get("patient")
    bsn = patient.get("bsn") if isinstance(patient, dict) else None
    if isinstance(bsn, str) and not is_bsn(bsn):
        errors.append(("bsn", "voldoet niet aan de 11-proef"))
    if not any(body.get(name) for name in ("reason", "callback_number", "location")):
        errors.append(("rij", "heeft geen reden, geen terugbelnummer en geen plaats"))
    return errors


def _put(body: dict[str, Json], field: str, value: Json) -> None:
    first, _, rest = field.partition(".")
    if not rest:
        body[first] = value
        return
    inner = body.get(first)
    body[first] = {**(inner if isinstance(inner, dict) else {}), rest: value}


def _merge(body: dict[str, Json], field: str, value: Json) -> None:
    there = body.get(field)
    body[field] = {**value, **there} if isinstance(value, dict) and isinstance(there, dict) else value


def _digest(body: dict[str, Json]) -> str:
    return hashlib.sha256(compact(body).encode("utf-8", "replace")).hexdigest()

"""What the columns of an export of capacity mean (docs/intake.md has the table), and a row as the body of
`PUT /v1/capacity/{id}`."""

from __future__ import annotations

import hashlib
import uuid

from zcc_console.core.canonical import compact
from zcc_console.core.freshness import CATEGORIES, VALID_FOR_LIMIT_S
from zcc_console.core.jsontypes import Json, as_text
from zcc_console.intake.call_rows import Ready
from zcc_console.intake.checks import capacity_errors
from zcc_console.intake.fhir import KEYS
from zcc_console.intake.rows import BadRow, Row
from zcc_console.intake.values import Reader, Unreadable, moment, number, one_of, text, texts, truth, whole

CATEGORY_WORDS = {
    **{name: name for name in CATEGORIES},
    "ambulance": "rav",
    "hap": "huisartsenpost",
    "huisarts": "huisartsen",
    "ziekenhuis": "seh",
    "ziekenhuis/seh": "seh",
    "acute wijkverpleging": "wijkverpleging",
    "vvt": "wijkverpleging",
    "apotheek": "farmacie",
    "farmaceutische spoedzorg": "farmacie",
    "acute ggz": "ggz",
    "geriatrische revalidatiezorg": "grz",
    "crisisbed verpleeghuis": "crisis-vv",
    "crisisbed gehandicaptenzorg": "crisis-gz",
    "verloskunde": "geboortezorg",
}
STATUS_WORDS = {
    "open": "open",
    "pressure": "pressure",
    "druk": "pressure",
    "dreigende stop": "pressure",
    "stop": "stop",
    "gesloten": "stop",
    "unknown": "unknown",
    "onbekend": "unknown",
}
SOURCE_WORDS = {"automatic": "automatic", "automatisch": "automatic", "manual": "manual", "handmatig": "manual"}

COLUMNS: dict[str, Reader] = {
    "id": text,
    "category": one_of(CATEGORY_WORDS),
    "provider": text,
    "place": text,
    "subregion": text,
    "region": text,
    "neighbour": truth,
    "phone": text,
    "unit_word": text,
    "free": whole,
    "total": whole,
    "status": one_of(STATUS_WORDS),
    "reason": text,
    "expected_end": moment,
    "source": one_of(SOURCE_WORDS),
    "observed_at": moment,
    "valid_for_s": whole,
    "lat": number,
    "lon": number,
    "label": text,
    "needs": texts,
}
"""Column to how its value is read; a column is the contract's field of that name."""


def report_of_row(row: Row) -> Ready | BadRow:
    """A row as a report, or everything that is wrong with it. The same row again is the same report."""
    body: dict[str, Json] = {}
    errors: list[tuple[str, str]] = []
    for column, value in row.fields.items():
        reader = COLUMNS.get(column)
        if value is None or value == "":
            continue
        if reader is None:
            errors.append((column, "is een onbekende kolom"))
            continue
        try:
            body[column] = reader(value)
        except Unreadable as error:
            errors.append((column, str(error)))
    unit_id = as_text(body.get("id"))
    if not unit_id and not any(column == "id" for column, _ in errors):
        errors.append(("id", "ontbreekt"))
    category = as_text(body.get("category"))
    if category in VALID_FOR_LIMIT_S:
        body.setdefault("valid_for_s", VALID_FOR_LIMIT_S[category])
    errors += [] if errors else capacity_errors(body)
    if errors:
        return BadRow(row.line, tuple(errors), row.fields)
    digest = hashlib.sha256(compact(body).encode("utf-8", "replace")).hexdigest()
    return Ready(row.line, str(uuid.uuid5(KEYS, f"capacity|{unit_id}|{digest}")), body, name=unit_id)

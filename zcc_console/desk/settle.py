"""Items to settle: what the hub refused, with both versions side by side, until a person has looked (contract.md §3)."""

from __future__ import annotations

from zcc_console.core.clock import local_hm, parse_time_or_none
from zcc_console.core.jsontypes import Json, JsonObject, as_list, as_object, as_text
from zcc_console.desk import words
from zcc_console.desk.picture import Picture
from zcc_console.desk.rows import SettleRow
from zcc_console.store import rows
from zcc_console.store.rows import OutboxRow
from zcc_console.text import clean

_WHY = {
    "claimed": "al in behandeling bij een ander",
    "fenced": "intussen door een ander overgenomen",
    "stale": "intussen door een ander gewijzigd",
    "full": "geen plaats meer",
    "expired": "de reserveringstijd was al voorbij",
    "wrong-state": "kan niet meer: de oproep is al verder",
    "not-found": "niet (meer) bekend in de regio",
    "exists": "bestaat al",
    "not-allowed": "mag niet met deze rol",
    "invalid": "onvolledig of ongeldig volgens de regio",
    "rev-missing": "zonder de versie die u zag",
    "key-reused": "hetzelfde kenmerk met andere inhoud",
}


def settle_row(picture: Picture, row: OutboxRow) -> SettleRow:
    """One refused or set-aside command as a person settles it."""
    response = row.response or {}
    kind = as_text(response.get("type")).rsplit("/", 1)[-1]
    why = _WHY.get(kind, "door de regio geweigerd")
    if row.state == rows.SET_ASIDE:
        why = "de regio kon dit herhaaldelijk niet verwerken; apart gezet"
    holder = as_object(response.get("holder"))
    if as_text(holder.get("desk_id")):
        why = f"{why} (desk {clean(as_text(holder.get('desk_id')), 8)})"
    call = (picture.call(row.call_id) if row.call_id else None) or {}
    current = as_object(response.get("current")) or as_object(response.get("object"))
    current = as_object(current.get("data")) or current
    return SettleRow(
        command_id=row.command_id,
        call_id=row.call_id,
        number=clean(as_text(call.get("number")), 8) or "–",
        at=parse_time_or_none(row.at),
        what=words.COMMANDS.get(row.type, row.type),
        why=why,
        mine=_lines(as_object(row.body.get("data"))),
        theirs=_state_lines(current or call),
        alternatives=tuple(
            clean(" ".join(as_text(as_object(entry).get(key)) for key in ("provider", "place", "room")))
            for entry in as_list(response.get("alternatives"))
        ),
    )


_NAMES = {
    "text": "notitie",
    "reason": "reden",
    "why": "waarom",
    "at": "om",
    "until": "tot",
    "outcome": "uitkomst",
    "count": "aantal",
    "agreed_with": "afgesproken met",
    "final": "urgentie",
    "proposed": "voorstel",
    "urgency": "urgentie",
    "desk_id": "naar desk",
    "action": "vervolg",
    "place": "plaats",
    "advice": "advies",
    "callback_number": "terugbellen op",
    "patient": "patiënt",
    "caller": "beller",
    "location": "adres",
    "free": "vrij",
    "status": "stand",
    "said_by": "volgens",
    "name": "naam",
    "age_years": "leeftijd",
    "sex": "geslacht",
    "town": "plaats",
    "street": "straat",
    "house_number": "nummer",
    "access": "toegang",
    "relation": "wie",
}
"""The fields of a command that tell a person something; the others are the programs' own."""


def _value(value: Json) -> str:
    """A field as people read it: times of day local, yes and no in Dutch."""
    if isinstance(value, bool):
        return "ja" if value else "nee"
    moment = parse_time_or_none(value)
    return local_hm(moment) if moment is not None else as_text(value)


def _lines(data: JsonObject) -> tuple[str, ...]:
    """A command's data as short lines of text."""
    lines = []
    for key, value in data.items():
        if key not in _NAMES:
            continue
        inside = [(_NAMES[name], _value(entry)) for name, entry in as_object(value).items() if name in _NAMES]
        text = _value(value) or ", ".join(f"{name} {told}" for name, told in inside if told)
        if text:
            lines.append(clean(f"{_NAMES[key]}: {text}", 160))
    return tuple(lines[:12])


def _state_lines(call: JsonObject) -> tuple[str, ...]:
    """Where the object stands in the region now."""
    lines = []
    state = {
        "waiting": "wacht",
        "claimed": "in behandeling",
        "callback": "terugbellen",
        "handed-off": "overgedragen aan de RAV",
        "closed": "afgesloten",
    }.get(as_text(call.get("state")), as_text(call.get("state")))
    if state:
        lines.append(f"toestand: {clean(state, 30)}")
    claim = as_object(call.get("claim"))
    if claim:
        since = parse_time_or_none(claim.get("since"))
        lines.append(
            clean(f"bij desk {as_text(claim.get('desk_id'))}, {as_text(claim.get('user'))}")
            + (f", sinds {local_hm(since)}" if since else "")
        )
    triage = as_object(call.get("triage"))
    if as_text(triage.get("final")):
        lines.append(f"triage: {clean(as_text(triage.get('final')), 4)}")
    return tuple(lines)

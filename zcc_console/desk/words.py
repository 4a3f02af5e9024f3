"""The Dutch words and short forms in which the desk speaks of people, sources, categories, refusals and times."""

from __future__ import annotations

from datetime import datetime

from zcc_console.core.clock import parse_time_or_none
from zcc_console.core.jsontypes import Json, JsonObject, as_object, as_text
from zcc_console.text import clean

SOURCES = {
    "hap": "HAP",
    "112": "112",
    "professional": "zorgv",
    "self-triage": "zelf",
    "agency": "keten",
    "manual": "hand",
}
SOURCES_LONG = {
    "hap": "HAP",
    "112": "112",
    "professional": "zorgverlener",
    "self-triage": "zelftriage",
    "agency": "ketenpartner",
    "manual": "zelf ingevoerd",
}
CATEGORIES = {
    "rav": "RAV",
    "huisartsenpost": "HAP",
    "huisartsen": "huisarts",
    "seh": "SEH",
    "wijkverpleging": "wijkvpl",
    "farmacie": "apotheek",
    "ggz": "ggz",
    "elv": "ELV",
    "grz": "GRZ",
    "crisis-vv": "crisis VV",
    "crisis-gz": "crisis GZ",
    "geboortezorg": "geboorte",
}
CATEGORIES_LONG = {
    "rav": "ambulance (RAV)",
    "huisartsenpost": "huisartsenpost",
    "huisartsen": "huisartsen",
    "seh": "ziekenhuis / SEH",
    "wijkverpleging": "acute wijkverpleging",
    "farmacie": "farmaceutische spoedzorg",
    "ggz": "acute ggz",
    "elv": "eerstelijnsverblijf (ELV)",
    "grz": "geriatrische revalidatie (GRZ)",
    "crisis-vv": "crisisbed verpleeghuis",
    "crisis-gz": "crisisbed gehandicaptenzorg",
    "geboortezorg": "geboortezorg",
}
ROLES = {"triagist": "triagist", "assistant": "HAP-assistent", "supervisor": "regie"}

COMMANDS = {
    "call.create": "oproep invoeren",
    "call.claim": "nemen",
    "call.release": "teruggeven",
    "call.takeover": "overnemen",
    "call.note": "notitie",
    "call.update": "gegevens wijzigen",
    "call.triage": "triage vastleggen",
    "call.dispose": "vervolg vastleggen",
    "call.callback": "terugbellen",
    "call.close": "afsluiten",
    "call.reopen": "heropenen",
    "call.reassign": "toewijzen",
    "call.raise": "urgentie verhogen",
    "capacity.reserve": "plaats reserveren",
    "capacity.confirm": "plaats bevestigen",
    "capacity.release": "plaats teruggeven",
    "capacity.report": "opgave doorgeven",
    "notice.post": "bericht plaatsen",
    "notice.end": "bericht intrekken",
}


def age_of(patient: JsonObject, now: datetime) -> float | None:
    """Age in years, from the recorded age or the birth date."""
    age = patient.get("age_years")
    if isinstance(age, int | float) and not isinstance(age, bool):
        return float(age)
    if isinstance(age, str):
        try:
            return float(age.replace(",", "."))
        except ValueError:
            return None
    born = as_text(patient.get("birth_date"))
    moment = parse_time_or_none(f"{born[:10]}T00:00:00Z") if born else None
    return max(0.0, (now - moment).total_seconds() / 31_557_600) if moment else None


def age_words(age: float | None) -> str:
    """`81`, `7 mnd`, `12 dgn`, or nothing where it is unknown."""
    if age is None:
        return ""
    if age >= 2:
        return str(int(age))
    if age * 365.25 < 60:
        return f"{int(age * 365.25)} dgn"
    return f"{int(age * 12)} mnd"


def who(patient: JsonObject, now: datetime) -> str:
    """Sex and age, as short as the queue needs: `m 81`, `v 7 mnd`, `?`."""
    sex = as_text(patient.get("sex"))
    sex = sex if sex in ("m", "v", "x") else ""
    return f"{sex or '?'} {age_words(age_of(patient, now))}".strip()


def address(location: JsonObject) -> str:
    """Street, number and town on one line."""
    street = f"{as_text(location.get('street'))} {as_text(location.get('house_number'))}".strip()
    return clean(", ".join(part for part in (street, as_text(location.get("town"))) if part))


def town(location: JsonObject) -> str:
    """The town, cleaned."""
    return clean(as_text(location.get("town")), 40)


def caller(data: Json) -> str:
    """Who calls: relation or organisation, name, and whether they are with the patient."""
    person = as_object(data)
    parts = [as_text(person.get(key)) for key in ("relation", "name")]
    text = " ".join(part for part in parts if part)
    organisation = as_text(person.get("organisation"))
    if organisation:
        text = f"{text} ({organisation})" if text else organisation
    beside = person.get("with_patient")
    if beside is True:
        text = f"{text}, is bij de patiënt" if text else "is bij de patiënt"
    elif beside is False:
        text = f"{text}, NIET bij de patiënt" if text else "NIET bij de patiënt"
    return clean(text)


def distance(seconds: float) -> str:
    """A duration as people read it beside a queue: `0:18`, `12:04`, `1:02:33`."""
    whole = max(0, int(seconds))
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60}:{rest % 60:02d}"

"""The voice card: what to read out to the RAV's dispatcher, made from the message of a handoff (contract.md §4).

Pure and total: whatever a message holds or lacks, the card names the place and the person; it knows no screen.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from zcc_console.core.clock import local_hm, parse_time_or_none
from zcc_console.core.config import Profile
from zcc_console.core.ids import handoff_id, reference
from zcc_console.core.jsontypes import Json, JsonObject, as_list, as_object, as_text
from zcc_console.core.urgency import Urgency
from zcc_console.desk import compose
from zcc_console.text import clean

UNKNOWN = "onbekend"
REASONS_READ = 2
FINDINGS_READ = 5
"""How many are read out: the whole is about 30 seconds (domain.md); the message has them all."""
_CALLER_SAYS = "beller:"
"""How a message marks the caller's own words among its reasons."""
_LETTERS: dict[str, tuple[str, str]] = {
    "R": ("reageert en ademt", "reageert of ademt NIET goed"),
    "A": ("vrije ademweg", "ademweg BEDREIGD"),
    "B": ("ademt rustig", "ademt SLECHT"),
    "C": ("bloedsomloop goed", "bloedsomloop BEDREIGD"),
    "D": ("wakker en helder", "bewustzijn of uitval NIET goed"),
    "E": ("omstandigheden veilig", "omstandigheden GEVAARLIJK"),
}
"""Letter of the gate: what is read out when it is safe, and when it is not."""

_ORDER = "RABCDE?"
_SAFE = ("safe", "veilig", "vrij", "goed", "gewoon", "normaal")
_UNSAFE = ("unsafe", "onveilig", "bedreigd")
ADULT = 16
_CHILDREN = {"m": "jongen", "v": "meisje", "x": "kind"}
_SEXES = {"m": "man", "v": "vrouw", "x": "geslacht x"}


def voice_card(
    message: JsonObject, profile: Profile, user_name: str, call: JsonObject | None = None
) -> tuple[tuple[str, str], ...]:
    """Label and text of each line to read out, in the order of domain.md ("Handing over aloud"), cleaned.

    What a dispatcher must hear is said even when nobody knows it; the rest is left out when it is unknown.

    Args:
        call: the call itself, where it is known: who calls, and what the triage made of the urgency.
    """
    call = call or {}
    if _calls_for_himself(as_object(call.get("caller")), as_object(message.get("patient"))):
        message = {**message, "with_patient": None}
    person = user_name or as_text(as_object(message.get("from")).get("user")) or profile.user_name
    if message.get("kind") == "recall":
        return _recall_card(message, profile, person)
    own_line = as_text(as_object(message.get("from")).get("callback_number")) or profile.callback_number
    lines = [
        ("Ik ben", _joined(", ", person, profile.zcc, f"desk {profile.desk_id}", f"bereikbaar op {_number(own_line)}")),
        ("Waar", _where(message)),
        ("Wie", _who(message)),
        ("Terug", _callback(message)),
        ("Sinds", _since(message)),
        ("ABCD", _abcd(message)),
        ("Klacht", _complaint(message)),
        ("Urgentie", _urgency(message, as_object(call.get("triage")))),
        ("Bekend", _items([text for text in _texts(message.get("findings")) if not text.startswith("leeftijd:")])),
        ("Gezegd", _items(message.get("treatment"))),
        ("Gevaar", _items(message.get("hazards"))),
        ("Kenmerk", _reference(message)),
    ]
    return tuple((label, clean(text, 400)) for label, text in lines if text)


def _recall_card(message: JsonObject, profile: Profile, person: str) -> tuple[tuple[str, str], ...]:
    """What is said to have a ride stopped: nothing in it can be heard as a new handoff; who and where only identify."""
    why = next((text for text in _texts(message.get("reasons")) if text.startswith("herroepen:")), "")
    lines = [
        ("Stop", f"Ik wil een rit STOPPEN, kenmerk {as_text(message.get('reference')) or UNKNOWN}"),
        ("Het gaat om", _who(message)),
        ("Plaats", _where(message)),
        ("Reden", why.removeprefix("herroepen:").strip()),
        ("Ik ben", _joined(", ", person, profile.zcc, f"desk {profile.desk_id}")),
        ("Vraag", "Is de rit gestopt? Wie heeft dat besloten? Alleen de RAV beslist."),
    ]
    return tuple((label, clean(text, 400)) for label, text in lines if text)


def unsent_card(
    profile: Profile, *, user: str, call_id: str, call: JsonObject, draft: JsonObject | None, now: datetime
) -> tuple[tuple[str, str], ...]:
    """As `voice_card` for a press that could not be made durable: from the call and the draft themselves."""
    rav = profile.rav_for(as_text(as_object(call.get("location")).get("town")))
    try:
        handoff = handoff_id(call_id, rav.id)
    except ValueError:
        handoff = ""
    message = compose.body(
        profile,
        user=user,
        handoff_id=handoff,
        message_id="",
        call_id=call_id,
        to=rav.id,
        reference=reference(as_text(call.get("number")) or "–", handoff),
        kind="new",
        sequence=1,
        now=now,
        call=call,
        draft=draft,
    )
    return voice_card(message, profile, profile.user_name, {**call, "triage": draft or call.get("triage")})


def _joined(glue: str, *parts: str) -> str:
    return glue.join(part for part in parts if part)


def _where(message: JsonObject) -> str:
    place = as_object(message.get("location"))
    street = _joined(" ", as_text(place.get("street")), as_text(place.get("house_number")))
    text = _joined(", ", street, _joined(" ", as_text(place.get("postcode")), as_text(place.get("town"))))
    if not text and place.get("lat") is not None and place.get("lon") is not None:
        text = f"{as_text(place.get('lat'))} noord, {as_text(place.get('lon'))} oost"
    return _joined(" · ", text or "adres " + UNKNOWN, as_text(place.get("access")))


def _who(message: JsonObject) -> str:
    patient = as_object(message.get("patient"))
    age = patient.get("age_years")
    child = isinstance(age, int | float) and not isinstance(age, bool) and age < ADULT
    sex = (_CHILDREN if child else _SEXES).get(as_text(patient.get("sex")), "")
    name = as_text(patient.get("name"))
    text = _joined(", ", sex, _age(patient), name) or "patiënt " + UNKNOWN
    pregnant = patient.get("pregnant")
    return _joined(" · ", text, "zwanger" if pregnant is True or pregnant == "ja" else "", _beside(message))


def _age(patient: JsonObject) -> str:
    age: Json = patient.get("age_years")
    if isinstance(age, str):
        try:
            age = float(age.replace(",", "."))
        except ValueError:
            return as_text(patient.get("age_years"))
    if isinstance(age, bool) or not isinstance(age, int | float):
        born = as_text(patient.get("birth_date"))
        return f"geboren {born[:10]}" if born else ""
    if age >= 2:
        return f"{int(age)} jaar"
    days = int(age * 365.25)
    return f"{days} dagen" if days < 60 else f"{int(age * 12)} maanden"


def _beside(message: JsonObject) -> str:
    beside: Json = message.get("with_patient")
    if isinstance(beside, bool):
        return "de beller is erbij" if beside else "de beller is er NIET bij"
    text = as_text(beside)
    if text:
        return text
    person = as_object(beside)
    name = _joined(" ", as_text(person.get("relation")), as_text(person.get("name")))
    near = person.get("with_patient")
    return f"{name} is erbij" if name and near is not False else name


def _callback(message: JsonObject) -> str:
    return _number(as_text(message.get("callback_number"))) or f"terugbelnummer {UNKNOWN}"


def _number(phone: str) -> str:
    """A telephone number that is never broken over two lines."""
    return phone.strip().replace(" ", "\u00a0")


def _since(message: JsonObject) -> str:
    text = as_text(message.get("onset_at"))
    onset = parse_time_or_none(text)
    if onset is None:
        return text
    pressed = parse_time_or_none(as_text(message.get("created_at")))
    return _joined(", ", local_hm(onset), _lasted(onset, pressed))


def _lasted(onset: datetime, until: datetime | None) -> str:
    if until is None or until < onset:
        return ""
    minutes = int((until - onset).total_seconds() // 60)
    if minutes < 60:
        return f"{minutes} minuten"
    hours = minutes // 60
    if hours >= 48:
        return f"{hours // 24} dagen"
    return "een uur" if hours == 1 else f"{hours} uur"


def _abcd(message: JsonObject) -> str:
    given = as_object(message.get("abcd"))
    ordered = sorted(given, key=lambda name: (_ORDER.find(name[:1].upper()) % len(_ORDER), name))
    open_ = [name for name in ordered if _is_open(given[name])]
    asked = [name for name in ordered if name not in open_]
    if not asked:
        return "niet nagevraagd"
    parts = [_letter(name, given[name]) for name in asked if not _is_plain(name, given[name])]
    rest = f"{', '.join(name.upper() for name in open_)} niet nagevraagd" if open_ else ""
    return _joined(" · ", *parts, rest) or "niet nagevraagd"


def _is_open(value: Json) -> bool:
    """Nobody asked it."""
    inner = as_object(value)
    return not as_list(inner.get("signs")) and (inner.get("state") if inner else value) in (None, "", "open")


def _is_plain(name: str, value: Json) -> bool:
    """Safe circumstances need no words."""
    return name.upper() == "E" and as_text(as_object(value).get("state") or value) in _SAFE


def _letter(name: str, value: Json) -> str:
    words = _LETTERS.get(name.upper())
    if isinstance(value, Mapping):
        inner = as_object(value)
        signs = [as_text(sign) for sign in as_list(inner.get("signs")) if as_text(sign)]
        state = as_text(inner.get("state"))
        value = ", ".join(signs).upper() if signs and state != "safe" else state
    text = as_text(value) if not isinstance(value, bool) else ("safe" if value else "unsafe")
    if words is None:
        return f"{name}: {text}" if text else ""
    if text in _SAFE:
        return words[0]
    if text in _UNSAFE:
        return words[1]
    if text in ("unknown", UNKNOWN):
        return f"{name.upper()} weet niet"
    return f"{name.upper()} {text}"


def _complaint(message: JsonObject) -> str:
    value = message.get("complaint")
    inner = as_object(value)
    titles = [as_text(one) for one in as_list(value)] or [as_text(inner.get("title")), as_text(inner.get("text"))]
    titles = [value] if isinstance(value, str) else titles
    said = next((text for text in _texts(message.get("reasons")) if text.startswith(_CALLER_SAYS)), "")
    quote = said.removeprefix(_CALLER_SAYS).strip()
    return _joined(" · ", *titles, f"“{quote}”" if quote and quote not in titles else "")


def _calls_for_himself(caller: JsonObject, patient: JsonObject) -> bool:
    name = as_text(caller.get("name"))
    own = as_text(caller.get("relation")).lower() in ("zelf", "patiënt", "patient", "self", "ik")
    return own or (bool(name) and name == as_text(patient.get("name")))


def _urgency(message: JsonObject, triage: JsonObject) -> str:
    name = as_text(message.get("urgency"))
    known = Urgency.parse(name)
    said = _joined(" ", name, f"({known.word})") if known else name
    reasons = [text for text in _texts(message.get("reasons")) if not text.startswith(_CALLER_SAYS)]
    found = Urgency.parse(as_text(triage.get("proposed")))
    if known is not None and known.is_for_the_rav and found is not None and not found.is_for_the_rav:
        return f"{said}, naar het oordeel van de triagist"
    return _joined(", ", said or UNKNOWN, " · ".join(reasons[:REASONS_READ]))


def _texts(value: Json) -> list[str]:
    """Texts, or objects with a text."""
    if isinstance(value, str):
        return [value]
    parts = []
    for entry in as_list(value):
        inner = as_object(entry)
        label, text = as_text(inner.get("label") or inner.get("name")), as_text(inner.get("text") or inner.get("value"))
        parts.append(_joined(": ", label, text) if inner else as_text(entry))
    return [part for part in parts if part]


def _items(value: Json) -> str:
    """The first of them on one line: what was found comes first, what is normal last."""
    return " · ".join(_texts(value)[:FINDINGS_READ])


def _reference(message: JsonObject) -> str:
    text = as_text(message.get("reference"))
    spaced = text.replace("/", " / ") if "/" in text and " / " not in text else text
    return f"zcc {spaced}" if spaced else ""

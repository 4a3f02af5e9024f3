"""A referral as the body of `POST /v1/calls` (contract.md §2): every field of the contract's length, no BSN outside its
own field, nothing dropped without a word."""

from __future__ import annotations

from zcc_console.core.canonical import compact
from zcc_console.core.jsontypes import Json, JsonObject, as_list
from zcc_console.intake.bsn import without
from zcc_console.intake.referral import Referral

BODY_LIMIT = 60 * 1024
"""Somewhat less than the contract's 64 KiB."""
LINE, TEXT, WEB = 500, 20_000, 2_000
LIST_LIMIT = 100
CUT = "…"
CUT_ALERT = "Ingekort: niet alles van de verwijzing past hier. Vraag de rest bij de verwijzer op."


class _Writer:
    """Shortens to what the contract takes, leaves out BSNs, and remembers whether anything was cut."""

    def __init__(self, secrets: frozenset[str]) -> None:
        self._secrets = secrets
        self.cut = False

    def text(self, text: str, limit: int = LINE) -> str | None:
        """The text, or None where there is nothing in it."""
        text = without(text, self._secrets)
        if not text.strip():
            return None
        if len(text) > limit:
            self.cut = True
            return text[: limit - 1] + CUT
        return text

    def sure(self, text: str, limit: int = LINE) -> str:
        """The text where the contract wants one."""
        return self.text(text, limit) or "-"

    def some(self, entries: list[Json]) -> list[Json]:
        """No more entries than a call can carry."""
        if len(entries) > LIST_LIMIT:
            self.cut = True
        return entries[:LIST_LIMIT]


def call_of(referral: Referral) -> dict[str, Json]:
    """The body; the same referral always makes the same one."""
    write = _Writer(referral.secrets)
    patient, place = referral.patient, referral.place
    body: dict[str, Json] = {
        "source": "agency",
        "caller": {
            "name": write.text(referral.who),
            "relation": write.text(referral.role),
            "with_patient": None,
            "organisation": write.text(referral.organisation),
        },
        "callback_number": write.text(referral.callback_number),
        "patient": {
            "name": write.text(patient.name),
            "age_years": patient.age_years,
            "birth_date": patient.birth_date or None,
            "sex": patient.sex or None,
            "pregnant": None,
            "risk": [],
            "bsn": patient.bsn or None,
        },
        "location": {
            "street": write.text(place.street),
            "house_number": write.text(place.house_number),
            "postcode": write.text(place.postcode),
            "town": write.text(place.town),
            "access": write.text(place.access, TEXT),
            "lat": place.lat,
            "lon": place.lon,
        },
        "reason": write.text(referral.reason, TEXT),
        "pre_urgency": None,
        "alerts": write.some([write.sure(text, TEXT) for text in referral.alerts]),
        "history": write.some(
            [{"at": moment.at or None, "text": write.sure(moment.text, TEXT)} for moment in referral.history]
        ),
        "notes": write.some([write.sure(text, TEXT) for text in referral.notes]),
        "attachments": write.some(
            [
                {"title": write.sure(entry.title), "type": write.text(entry.type), "url": _link(write, entry.url)}
                for entry in referral.attachments
            ]
        ),
        "identifiers": write.some(
            [{"system": write.sure(system), "value": write.sure(value)} for system, value in referral.identifiers]
        ),
    }
    if referral.urgency is not None:
        said = f"{referral.organisation or 'verwijzer'} (prioriteit {referral.urgency.said})"
        body["pre_urgency"] = {
            "urgency": referral.urgency.urgency,
            "by": write.text(said),
            "at": referral.urgency.at or None,
        }
    return _fitted(body, write.cut)


def _link(write: _Writer, url: str) -> str | None:
    """A cut link leads nowhere, so one that is too long is left out."""
    if len(url) > WEB:
        write.cut = True
        return None
    return write.text(url, WEB)


def _fitted(body: dict[str, Json], cut: bool) -> dict[str, Json]:
    """Shorten the largest list from its end, then the reason, until the body fits; and say so on the call."""
    names = ("notes", "history", "attachments", "identifiers", "alerts")
    while _size(body) > BODY_LIMIT:
        cut = True
        largest = max(names, key=lambda name: _size({name: body[name]}))
        entries = list(as_list(body[largest]))
        if not entries or _size({largest: entries}) < TEXT:
            body["reason"] = str(body["reason"])[: TEXT // 4 - 1] + CUT
            body["location"] = {**_object(body["location"]), "access": None}
            break
        last = entries.pop()
        if not entries and isinstance(last, str):
            entries = [last[: len(last) // 2] + CUT]
        body[largest] = entries
    if cut:
        body["alerts"] = [*list(as_list(body["alerts"]))[: LIST_LIMIT - 1], CUT_ALERT]
    return body


def _object(value: Json) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _size(body: JsonObject) -> int:
    return len(compact(body).encode("utf-8", "replace"))

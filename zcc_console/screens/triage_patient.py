"""Between a call's own words for patient, caller and place, the facts of a triage, and the fields of a form. Pure."""

from __future__ import annotations

from dataclasses import replace

from zcc_console.core.jsontypes import Json, as_object, as_text
from zcc_console.desk.rows import CallView
from zcc_console.protocols.session import Session
from zcc_console.protocols.values import age_days


def with_patient(session: Session, view: CallView | None) -> Session:
    """The facts that the call already tells: age, sex, pregnancy. They are the call's: undo does not take them away."""
    if view is None:
        return session
    log = session.log
    known: dict[str, str] = {}
    if view.age_years is not None:
        known["leeftijd"] = age_text(view.age_years)
    if view.sex in ("m", "v", "x"):
        known["geslacht"] = view.sex
    pregnant = as_object(view.data.get("patient")).get("pregnant")
    if isinstance(pregnant, bool):
        known["zwanger"] = "ja" if pregnant else "nee"
    for name, value in known.items():
        if name in session.protocols.facts and session.triage.facts.get(name) != value:
            try:
                session = session.put_fact(name, value)
            except ValueError:
                continue
    return replace(session, log=log)


def age_text(years: float) -> str:
    """An age as the protocols read it: years, months under two years, days under two months."""
    if years >= 2:
        return f"{int(years)} jaar"
    days = int(years * 365.25)
    return f"{days} dagen" if days < 61 else f"{int(years * 12)} maanden"


def known_of(view: CallView) -> dict[str, str]:
    """What the form begins with."""
    patient, place = as_object(view.data.get("patient")), as_object(view.data.get("location"))
    caller = as_object(view.data.get("caller"))
    known = {name: as_text(place.get(name)) for name in ("street", "house_number", "postcode", "town", "access")}
    age = patient.get("age_years")
    if isinstance(age, int | float) and not isinstance(age, bool):
        known["age"] = age_text(float(age))
    known["name"], known["sex"] = as_text(patient.get("name")), as_text(patient.get("sex"))
    known["callback_number"] = as_text(view.data.get("callback_number"))
    known["caller"] = as_text(caller.get("name")) or as_text(caller.get("relation"))
    return known


def update_of(view: CallView, changed: set[str], values: dict[str, str]) -> dict[str, Json]:
    """The fields of `call.update`: whole patient, caller and location where something in them changed."""
    fields: dict[str, Json] = {}
    patient = as_object(view.data.get("patient"))
    if changed & {"name", "age", "sex"}:
        days = age_days(values["age"]) if values["age"] else None
        patient |= {"name": values["name"] or None, "sex": values["sex"].lower() or None}
        if "age" in changed:
            patient["age_years"] = None if days is None else years_of(days)
        fields["patient"] = patient
    if "caller" in changed:
        fields["caller"] = {**as_object(view.data.get("caller")), "name": values["caller"] or None}
    if "callback_number" in changed:
        fields["callback_number"] = values["callback_number"] or None
    place_names = ("street", "house_number", "postcode", "town", "access")
    if changed & set(place_names):
        place = as_object(view.data.get("location"))
        place |= {name: values[name] or None for name in place_names}
        if changed & {"street", "house_number", "postcode", "town"}:
            place |= {"lat": None, "lon": None}
        fields["location"] = place
    return fields


def years_of(days: float) -> float:
    """Years as the contract writes an age: whole from two years on."""
    years = days / 365.25
    return float(int(years + 1e-9)) if years >= 2 else round(years, 4)

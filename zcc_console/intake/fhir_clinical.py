"""Clinical resources of a message in one line each: what to know at once (alerts) and what was seen and done (notes)."""

from __future__ import annotations

from collections.abc import Iterator

from zcc_console.core.clock import local, parse_time_or_none
from zcc_console.core.jsontypes import Json, as_object, as_text
from zcc_console.intake.fhir_bundle import Resource, Resources, amount, concept, concepts, display, kind, objects

LABELLED = {
    "Observation": "Meting",
    "Condition": "Aandoening",
    "Procedure": "Verrichting",
    "Immunization": "Vaccinatie",
    "MedicationStatement": "Medicatie",
    "MedicationRequest": "Medicatie, voorschrift",
    "MedicationAdministration": "Medicatie, toegediend",
    "Medication": "",
    "AllergyIntolerance": "",
    "Flag": "",
}
"""Which resources are shown and as what; an empty word: shown as part of another, or as an alert."""


def alerts_of(resources: Resources) -> Iterator[str]:
    """Allergies that were not refuted, and active flags."""
    for allergy in resources.kinds("AllergyIntolerance"):
        states = objects(as_object(allergy.get("verificationStatus")).get("coding"))
        if not any(state.get("code") in ("refuted", "entered-in-error") for state in states):
            yield f"Allergie: {concept(allergy.get('code')) or 'niet nader genoemd'}"
    for flag in resources.kinds("Flag"):
        if flag.get("status") != "inactive":
            yield f"Let op: {concept(flag.get('code'))}"


def notes_of(resources: Resources) -> Iterator[str]:
    """Measurements, conditions, medicines and procedures, in the order of the message."""
    for resource in resources.kinds(*(name for name, label in LABELLED.items() if label)):
        text = _line(resources, resource)
        if text:
            yield f"{LABELLED[kind(resource)]}: {text}"


def _line(resources: Resources, resource: Resource) -> str:
    what = _subject(resources, resource)
    values = [_value(resource), *(_component(entry) for entry in objects(resource.get("component")))]
    dosages = [as_text(entry.get("text")) for entry in _dosages(resource)]
    moment = _moment(resource)
    parts = [what, *values, *dosages, *concepts(resource.get("interpretation"))]
    text = ", ".join(part for part in parts if part)
    return f"{text} ({moment})" if text and moment else text


def _subject(resources: Resources, resource: Resource) -> str:
    if kind(resource).startswith("Medication"):
        reference = resource.get("medicationReference")
        medicine = resources.of(reference, resource)
        return concept(resource.get("medicationCodeableConcept")) or concept(medicine.get("code")) or display(reference)
    return concept(resource.get("code")) or concept(resource.get("vaccineCode"))


def _dosages(resource: Resource) -> list[Resource]:
    return [*objects(resource.get("dosage")), *objects(resource.get("dosageInstruction"))]


def _component(component: Resource) -> str:
    value = _value(component)
    return " ".join(part for part in (concept(component.get("code")), value) if part)


def _value(resource: Resource) -> str:
    """Whichever value[x] there is, in words."""
    for name, value in resource.items():
        if name.startswith("value"):
            return _words(name, value)
    return concept(resource.get("dataAbsentReason"))


def _words(name: str, value: Json) -> str:
    if name == "valueQuantity":
        return amount(value)
    if name == "valueCodeableConcept":
        return concept(value)
    if name == "valueBoolean":
        return "ja" if value is True else "nee"
    if name in ("valueRange", "valueRatio"):
        ends = as_object(value)
        pair = ("low", "high") if name == "valueRange" else ("numerator", "denominator")
        return (" - " if name == "valueRange" else " / ").join(amount(ends.get(end)) for end in pair)
    return as_text(value)


def _moment(resource: Resource) -> str:
    names = ("effectiveDateTime", "performedDateTime", "occurrenceDateTime", "authoredOn", "recordedDate")
    for name in names:
        moment = parse_time_or_none(resource.get(name))
        if moment is not None:
            return local(moment).strftime("%d-%m-%Y %H:%M")
        if as_text(resource.get(name)):
            return as_text(resource.get(name))
    return ""

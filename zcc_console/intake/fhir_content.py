"""What a valid referral message says, gathered from its resources (who, from whom, why, with what). Total: a message may
leave out nearly everything; what is not understood is named, never dropped in silence."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from zcc_console.core.clock import parse_time_or_none, rfc3339
from zcc_console.core.jsontypes import as_list, as_object, as_text
from zcc_console.intake.bsn import is_bsn
from zcc_console.intake.fhir_bundle import (
    Resource,
    Resources,
    bsns,
    concept,
    concepts,
    display,
    extension,
    identifiers,
    kind,
    name,
    objects,
    phone,
)
from zcc_console.intake.fhir_clinical import LABELLED, alerts_of, notes_of
from zcc_console.intake.narrative import words
from zcc_console.intake.referral import Document, Moment, Person, Place, Referral, Urgency

SEX = {"male": "m", "female": "v", "other": "x"}
PRIORITY = {"stat": "U1", "asap": "U2", "urgent": "U3"}
"""Our own reading of FHIR's priority as a pre-urgency, until the region's agreement says otherwise."""

STATUS = {"draft": "concept", "on-hold": "aangehouden", "unknown": "onbekend"}
USED = frozenset(
    {
        "MessageHeader",
        "ServiceRequest",
        "Patient",
        "Practitioner",
        "PractitionerRole",
        "Organization",
        "Composition",
        "DocumentReference",
        "Binary",
        "Location",
        "RelatedPerson",
        "Provenance",
        "HealthcareService",
        "Endpoint",
        *LABELLED,
    }
)
REASON_SECTIONS = frozenset({"440378000", "42349-1"})
"""SNOMED CT and LOINC codes of "reason for referral"."""


def gather(bundle: Resource, resources: Resources, header: Resource, order: Resource, key: str) -> Referral:
    """The referral in a message that was found valid."""
    patient = resources.of(order.get("subject"), order)
    requester = _Requester(resources, header, order)
    numbers = _bsns(resources, order)
    bsn = next((number for number in bsns(patient) or bsns(as_object(order.get("subject"))) if is_bsn(number)), "")
    reason = _reason(resources, header, order)
    written = parse_time_or_none(order.get("authoredOn"))
    return Referral(
        key=key,
        who=requester.who,
        role=requester.role,
        organisation=requester.organisation,
        callback_number=requester.number or phone(patient),
        patient=_person(patient, order, bsn, written),
        place=_place(resources, order, patient),
        reason=reason,
        urgency=_urgency(order),
        alerts=_distinct(_alerts(resources, order, patient, numbers), ()),
        history=tuple(sorted(_history(resources, order, requester), key=lambda moment: moment.at)),
        notes=_distinct(_notes(resources, header, order, patient, requester), (reason,)),
        attachments=tuple(_documents(resources, order)),
        identifiers=_all_identifiers(bundle, resources, header),
        secrets=frozenset(numbers),
    )


class _Requester:
    """Who asks: the requester, through their role and organisation; else the message's sender."""

    def __init__(self, resources: Resources, header: Resource, order: Resource) -> None:
        reference = order.get("requester") or header.get("author") or header.get("responsible")
        asked = resources.of(reference, order)
        role = asked if kind(asked) == "PractitionerRole" else {}
        person = resources.of(role.get("practitioner"), role) if role else asked
        organisation = resources.of(role.get("organization"), role)
        if kind(asked) == "Organization":
            organisation, person = asked, {}
        sender = resources.of(header.get("sender"), header)
        self.role = next(iter(concepts(role.get("code"))), "")
        self.who = name(person) or display(role.get("practitioner")) or ("" if asked else display(reference))
        self.organisation = (
            name(organisation)
            or display(role.get("organization"))
            or name(sender)
            or display(header.get("sender"))
            or as_text(as_object(header.get("source")).get("name"))
        )
        contact = {"telecom": objects(as_object(header.get("source")).get("contact"))}
        numbers = (phone(entry) for entry in (role, person, organisation, sender, contact))
        self.number = next((number for number in numbers if number), "")


def _person(patient: Resource, order: Resource, bsn: str, written: datetime | None) -> Person:
    birth_date = as_text(patient.get("birthDate"))
    return Person(
        name=name(patient) or display(order.get("subject")),
        birth_date=birth_date,
        age_years=_age(birth_date, written),
        sex=SEX.get(as_text(patient.get("gender")), ""),
        bsn=bsn,
    )


def _age(birth_date: str, on: datetime | None) -> int | None:
    """Whole years on the day of writing; None where the date is partial or cannot be."""
    if on is None or len(birth_date) != 10:
        return None
    try:
        born = date.fromisoformat(birth_date)
    except ValueError:
        return None
    years = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    return years if 0 <= years <= 130 else None


def _place(resources: Resources, order: Resource, patient: Resource) -> Place:
    for reference in objects(order.get("locationReference")):
        location = resources.of(reference, order)
        if location:
            position = as_object(location.get("position"))
            return _address(
                as_object(location.get("address")),
                access=as_text(location.get("description")) or name(location),
                lat=_degrees(position.get("latitude")),
                lon=_degrees(position.get("longitude")),
            )
    addresses = [entry for entry in objects(patient.get("address")) if entry.get("use") not in ("old", "billing")]
    order_of_use = {"temp": 0, "home": 1}
    addresses.sort(key=lambda entry: order_of_use.get(as_text(entry.get("use")), 2))
    return _address(addresses[0]) if addresses else Place()


def _degrees(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _address(address: Resource, *, access: str = "", lat: float | None = None, lon: float | None = None) -> Place:
    """A Dutch address: street and number from their extensions where they are, else the lines as written."""
    lines = [as_text(line) for line in as_list(address.get("line")) if as_text(line)]
    parts = as_object(next(iter(as_list(address.get("_line"))), None))
    street = extension(parts, "ADXP-streetName")
    number = "".join(
        (extension(parts, "ADXP-houseNumber"), extension(parts, "ADXP-buildingNumberSuffix")),
    )
    extra = extension(parts, "ADXP-additionalLocator")
    return Place(
        street=street or ", ".join(lines) or as_text(address.get("text")),
        house_number=" ".join(part for part in (number, extra) if part) if street else "",
        postcode=as_text(address.get("postalCode")),
        town=as_text(address.get("city")),
        access=access,
        lat=lat,
        lon=lon,
    )


def _reason(resources: Resources, header: Resource, order: Resource) -> str:
    reasons = concepts(order.get("reasonCode"))
    for reference in objects(order.get("reasonReference")):
        target = resources.of(reference, order)
        reasons.append(concept(target.get("code")) or display(reference))
    reasons = [text for text in reasons if text]
    if reasons:
        return "; ".join(reasons)
    for section in _sections(resources):
        codes = {as_text(coding.get("code")) for coding in objects(as_object(section.get("code")).get("coding"))}
        if codes & REASON_SECTIONS:
            return _section_text(section)
    return concept(order.get("code")) or _event(header)


def _urgency(order: Resource) -> Urgency | None:
    said, written = as_text(order.get("priority")), parse_time_or_none(order.get("authoredOn"))
    return Urgency(PRIORITY[said], said, rfc3339(written) if written else "") if said in PRIORITY else None


def _alerts(resources: Resources, order: Resource, patient: Resource, numbers: set[str]) -> Iterator[str]:
    status = STATUS.get(as_text(order.get("status")))
    if status:
        yield f"Status van de verwijzing: {status}"
    if patient.get("deceasedBoolean") is True or patient.get("deceasedDateTime"):
        yield "De patiënt staat als overleden geregistreerd"
    if any(not is_bsn(number) for number in numbers):
        yield "Het BSN in de verwijzing klopt niet (11-proef) en is niet overgenomen"
    for entry in objects(patient.get("communication")):
        language = concept(entry.get("language"))
        codes = {as_text(coding.get("code")) for coding in objects(as_object(entry.get("language")).get("coding"))}
        if language and not any(code.split("-")[0] == "nl" for code in codes):
            yield f"Taal: {language}"
    yield from alerts_of(resources)


def _history(resources: Resources, order: Resource, requester: _Requester) -> Iterator[Moment]:
    by = ", ".join(part for part in (requester.who, requester.role, requester.organisation) if part)
    written = parse_time_or_none(order.get("authoredOn"))
    if written is not None or by:
        yield Moment(rfc3339(written) if written else "", f"Verwijzing geschreven door {by or 'onbekend'}")
    for document in resources.kinds("DocumentReference"):
        for content in objects(document.get("content")):
            attachment = as_object(content.get("attachment"))
            made = parse_time_or_none(attachment.get("creation"))
            if made is not None:
                yield Moment(rfc3339(made), f"{_title(document, attachment)} gemaakt")


def _notes(
    resources: Resources, header: Resource, order: Resource, patient: Resource, requester: _Requester
) -> Iterator[str]:
    if _event(header):
        yield f"Bericht: {_event(header)}"
    for section in _sections(resources):
        text = _section_text(section)
        if text:
            yield ": ".join(
                part for part in (as_text(section.get("title")) or concept(section.get("code")), text) if part
            )
    for reference in objects(order.get("performer")):
        target = name(resources.of(reference, order)) or display(reference)
        if target:
            yield f"Gericht aan: {target}"
    for note in objects(order.get("note")):
        yield as_text(note.get("text"))
    for detail in concepts(order.get("orderDetail")):
        yield f"Gevraagd: {detail}"
    instruction = as_text(order.get("patientInstruction"))
    if instruction:
        yield f"Gezegd tegen de patiënt: {instruction}"
    number = phone(patient)
    if number:
        own = "Telefoon van de patiënt" if requester.number else "Het terugbelnummer is van de patiënt"
        yield f"{own}: {number}"
    yield from _people(resources, patient)
    yield from notes_of(resources)
    unseen = sorted({kind(resource) for resource in resources.all} - USED - {""})
    if unseen:
        yield f"Ook in het bericht, hier niet getoond: {', '.join(unseen)}"


def _people(resources: Resources, patient: Resource) -> Iterator[str]:
    contacts = [(entry.get("relationship"), entry) for entry in objects(patient.get("contact"))]
    contacts += [(entry.get("relationship"), entry) for entry in resources.kinds("RelatedPerson")]
    for relationship, entry in contacts:
        parts = (name(entry), ", ".join(concepts(relationship)), phone(entry))
        if any(parts):
            yield f"Contactpersoon: {', '.join(part for part in parts if part)}"
    for reference in objects(patient.get("generalPractitioner")):
        doctor = resources.of(reference, patient)
        who = name(doctor) or name(resources.of(doctor.get("practitioner"))) or display(reference)
        if who or phone(doctor):
            yield f"Huisarts: {', '.join(part for part in (who, phone(doctor)) if part)}"


def _sections(resources: Resources) -> Iterator[Resource]:
    """The sections of the compositions, inner ones after their outer one."""
    for composition in resources.kinds("Composition"):
        waiting = objects(composition.get("section"))
        while waiting:
            section = waiting.pop(0)
            yield section
            waiting = [*objects(section.get("section")), *waiting]


def _section_text(section: Resource) -> str:
    return words(as_text(as_object(section.get("text")).get("div")))


def _event(header: Resource) -> str:
    event = as_object(header.get("eventCoding"))
    code = as_text(event.get("code")) or as_text(header.get("eventUri"))
    shown = as_text(event.get("display"))
    return f"{shown} ({code})" if shown and code else shown or code


def _documents(resources: Resources, order: Resource) -> Iterator[Document]:
    for document in resources.kinds("DocumentReference"):
        if document.get("status") == "superseded":
            continue
        for content in objects(document.get("content")):
            attachment = as_object(content.get("attachment"))
            yield Document(_title(document, attachment), as_text(attachment.get("contentType")), _link(attachment))
    named = {as_text(entry.get("id")) for entry in resources.kinds("DocumentReference")}
    for reference in objects(order.get("supportingInfo")):
        target = as_text(reference.get("reference"))
        if not resources.of(reference, order) and display(reference) and target.rpartition("/")[2] not in named:
            yield Document(display(reference), as_text(reference.get("type")), _web(target))
    for binary in resources.kinds("Binary"):
        yield Document("Bijlage zonder naam", as_text(binary.get("contentType")))


def _title(document: Resource, attachment: Resource) -> str:
    return (
        as_text(attachment.get("title"))
        or as_text(document.get("description"))
        or concept(document.get("type"))
        or "Document zonder naam"
    )


def _link(attachment: Resource) -> str:
    return _web(as_text(attachment.get("url")))


def _web(url: str) -> str:
    """Only an address on the web is handed on as one."""
    return url if url.startswith(("https://", "http://")) else ""


def _all_identifiers(bundle: Resource, resources: Resources, header: Resource) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = [*identifiers(bundle)]
    if as_text(header.get("id")):
        found.append(("fhir:MessageHeader.id", as_text(header.get("id"))))
    wanted = (
        "ServiceRequest",
        "Patient",
        "Organization",
        "Practitioner",
        "DocumentReference",
        "Composition",
        "Encounter",
    )
    for resource in resources.kinds(*wanted):
        found += identifiers(resource)
    for order in resources.kinds("ServiceRequest"):
        found += identifiers({"resourceType": "ServiceRequest.requisition", "identifier": order.get("requisition")})
    return tuple(dict.fromkeys(found))


def _bsns(resources: Resources, order: Resource) -> set[str]:
    """Every BSN in the message, also of people other than the patient."""
    numbers = set(bsns(as_object(order.get("subject"))))
    for resource in resources.all:
        numbers |= set(bsns(resource))
        for contained in objects(resource.get("contained")):
            numbers |= set(bsns(contained))
    return numbers


def _distinct(texts: Iterator[str], before: tuple[str, ...]) -> tuple[str, ...]:
    """The texts in order without empty ones, and without one whose words stand in an earlier one already."""
    said = [text.strip() for text in before if text.strip()]
    found: list[str] = []
    for text in texts:
        core = text.partition(": ")[2].strip() or text.strip()
        if core and not any(core == earlier or earlier.endswith(f": {core}") for earlier in said):
            found.append(text)
            said.append(text.strip())
    return tuple(found)

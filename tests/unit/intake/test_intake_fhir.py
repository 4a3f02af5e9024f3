"""A FHIR R4 referral message becomes a call, or is refused with every reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.intake.messages import BSN, NICTIZ, Message, raw, referral_message, resource
from zcc_console.core.canonical import compact
from zcc_console.intake.fhir import MESSAGE_LIMIT, Refusal, idempotency_key, read_referral, to_call
from zcc_console.intake.referral import Document, Person, Place, Referral, Urgency
from zcc_console.intake.referral_call import BODY_LIMIT, CUT_ALERT
from zcc_console.models.call import CallIn


def read(message: Message) -> Referral:
    found = read_referral(raw(message))
    assert isinstance(found, Referral), found.text()
    return found


def refused(message: object) -> Refusal:
    found = read_referral(raw(message))
    assert isinstance(found, Refusal)
    assert found.reasons
    return found


def paths(message: object) -> list[str]:
    return [reason.path for reason in refused(message).reasons]


def changed(kind: str, **fields: object) -> Message:
    """The message with fields of one resource set, or left out where the value is `...`."""
    message = referral_message()
    for name, value in fields.items():
        if value is ...:
            del resource(message, kind)[name]
        else:
            resource(message, kind)[name] = value
    return message


@pytest.mark.skipif(not NICTIZ.exists(), reason="ZCC_FIXTURES: de map met echte berichten is er niet")
def test_the_message_of_the_standards_body_becomes_a_call_with_everything_useful() -> None:
    found = read_referral(NICTIZ.read_bytes())
    assert isinstance(found, Referral)
    body = to_call(found)
    CallIn.model_validate(body)
    assert body["source"] == "agency"
    assert body["caller"] == {
        "name": "A. Ambulance",
        "relation": "Ambulanceverpleegkundige",
        "with_patient": None,
        "organisation": "RAV Utrecht",
    }
    assert found.patient == Person("Patrick de Vries", "1944-03-10", 82, "m", "999999990")
    assert found.reason == "Controleconsult gevraagd na ambulancezorg (maagklachten)."
    assert found.attachments == (Document("12-afleidingen ECG", "application/pdf"),)
    assert "Ingestelde behandeling: Antacidum toegediend, klachten verminderd." in found.notes
    assert "Diagnose/conclusie: Waarschijnlijk maagklachten. Controle door huisarts gewenst." in found.notes
    assert "Gericht aan: Huisartsenpost Utrecht" in found.notes
    assert ("http://fhir.nl/fhir/NamingSystem/ura", "00000001") in found.identifiers
    assert "20260608110500.ecg.1" in dict(map(reversed, found.identifiers))  # type: ignore[arg-type]
    assert compact(body).count("999999990") == 1


def test_who_asks_for_whom_where_and_why() -> None:
    found = read(referral_message())
    assert (found.who, found.role, found.organisation) == ("B. Smit", "Ambulanceverpleegkundige", "RAV Noord")
    assert found.callback_number == "088-1112223"
    assert found.patient == Person("Martina van der Voort", "1951-11-22", 74, "v", BSN)
    assert found.place == Place("Kade", "12A", "1234 AB", "Havendorp")
    assert found.reason == "Duizelig na val; hoofdwond"
    assert found.urgency == Urgency("U3", "urgent", "2026-11-21T21:10:00.000Z")


def test_notes_alerts_history_documents_and_identifiers() -> None:
    found = read(referral_message())
    assert found.notes == (
        "Bericht: Verwijzing (9)",
        "Behandeling: Wond & hoofd\nverbonden",
        "Gericht aan: Huisartsenpost Havendorp",
        "Sleutel bij de buren",
        "Gezegd tegen de patiënt: Blijf in de buurt van de telefoon.",
        "Telefoon van de patiënt: 06-87654321",
        "Contactpersoon: E. van der Voort, dochter, 06-1",
        "Huisarts: Praktijk De Kade",
        "Meting: Bloeddruk, systolisch 148 mmHg, diastolisch 90 mmHg (21-11-2026 22:05)",
        "Ook in het bericht, hier niet getoond: Encounter",
    )
    assert found.alerts == ("Taal: Papiaments", "Allergie: penicilline")
    assert [moment.text for moment in found.history] == [
        "ECG gemaakt",
        "Verwijzing geschreven door B. Smit, Ambulanceverpleegkundige, RAV Noord",
    ]
    assert found.attachments == (Document("ECG", "application/pdf", "https://rav.example.nl/ecg/1"),)
    assert found.identifiers == (
        ("fhir:MessageHeader.id", "kop-1"),
        ("urn:rav:rit", "RIT-7"),
        ("urn:zis", "P-12"),
        ("http://fhir.nl/fhir/NamingSystem/ura", "90000001"),
    )


def test_the_body_is_one_that_the_contract_takes() -> None:
    body = to_call(read(referral_message()))
    CallIn.model_validate(body)
    assert body["pre_urgency"] == {
        "urgency": "U3",
        "by": "RAV Noord (prioriteit urgent)",
        "at": "2026-11-21T21:10:00.000Z",
    }


def test_the_same_message_makes_the_same_key_and_body_and_another_does_not() -> None:
    first, again = read(referral_message()), read(referral_message())
    assert (idempotency_key(first), to_call(first)) == (idempotency_key(again), to_call(again))
    other = read(changed("MessageHeader", id="kop-2"))
    assert idempotency_key(other) != idempotency_key(first)


def test_sent_again_in_a_new_envelope_it_is_still_the_same_message() -> None:
    again = {**referral_message(), "id": "bundel-2", "timestamp": "2026-11-21T23:00:00+01:00"}
    assert idempotency_key(read(again)) == idempotency_key(read(referral_message()))
    assert to_call(read(again)) == to_call(read(referral_message()))


def test_the_bundle_s_own_identifier_goes_before_and_an_id_of_another_sender_is_another_message() -> None:
    named = {**referral_message(), "identifier": {"system": "urn:x", "value": "1"}}
    assert read(named).key == "bundle|urn:x|1"
    elsewhere = changed("MessageHeader", source={"endpoint": "https://elders.example.nl"})
    assert idempotency_key(read(elsewhere)) != idempotency_key(read(referral_message()))
    nameless = read(changed("MessageHeader", id=...))
    assert nameless.key.startswith("content|")


def test_the_bsn_stands_in_its_own_field_and_nowhere_else() -> None:
    message = changed("ServiceRequest", note=[{"text": f"BSN {BSN}, ook 111 222 333 en 111.222.333."}])
    resource(message, "Patient")["text"] = {"status": "generated", "div": f"<div>{BSN}</div>"}
    body = to_call(read(message))
    assert compact(body).count(BSN) == 1
    assert "BSN [BSN weggelaten], ook [BSN weggelaten] en [BSN weggelaten]." in compact(body)


def test_a_bsn_that_cannot_be_one_is_not_taken_and_said() -> None:
    identifier = [{"system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": "123456789"}]
    found = read(changed("Patient", identifier=identifier))
    assert found.patient.bsn == ""
    assert any("11-proef" in alert for alert in found.alerts)
    assert "123456789" not in compact(to_call(found))


def test_hostile_words_go_through_unchanged() -> None:
    words = "\x1b]52;c;QQ==\x07 \u202e[bold]<b> '; DROP TABLE calls;--"
    body = to_call(read(changed("ServiceRequest", reasonCode=[{"text": words}])))
    assert body["reason"] == words


def test_an_unknown_patient_is_normal() -> None:
    message = changed("ServiceRequest", subject={"display": "Onbekende man"})
    message["entry"] = [entry for entry in message["entry"] if entry["resource"]["resourceType"] != "Patient"]
    found = read(message)
    assert found.patient == Person(name="Onbekende man")
    assert found.callback_number == "088-1112223"


def test_the_least_a_message_may_say() -> None:
    message = {
        "resourceType": "Bundle",
        "type": "message",
        "entry": [
            {
                "resource": {
                    "resourceType": "MessageHeader",
                    "eventUri": "urn:verwijzing",
                    "source": {"endpoint": "urn:x"},
                    "focus": [{"reference": "ServiceRequest/1"}],
                }
            },
            {
                "resource": {
                    "resourceType": "ServiceRequest",
                    "id": "1",
                    "status": "active",
                    "intent": "order",
                    "subject": {"display": "NN"},
                }
            },
        ],
    }
    body = to_call(read(message))
    CallIn.model_validate(body)
    assert body["reason"] == "urn:verwijzing"


def test_references_by_full_url_and_to_contained_resources_are_followed() -> None:
    message = changed(
        "ServiceRequest",
        subject={"reference": "urn:uuid:0193c2a0-0000-7000-8000-000000000001"},
        requester={"reference": "#hier"},
        contained=[{"resourceType": "Practitioner", "id": "hier", "name": [{"text": "C. Contained"}]}],
    )
    entry = next(entry for entry in message["entry"] if entry["resource"]["resourceType"] == "Patient")
    entry["fullUrl"] = "urn:uuid:0193c2a0-0000-7000-8000-000000000001"
    found = read(message)
    assert found.patient.name == "Martina van der Voort"
    assert found.who == "C. Contained"


def test_an_absolute_reference_never_means_a_patient_who_only_has_the_same_id() -> None:
    subject = {"reference": "https://elders.example.nl/Patient/patient-1", "display": "Iemand anders"}
    found = read(changed("ServiceRequest", subject=subject))
    assert found.patient == Person(name="Iemand anders")


def test_the_place_of_the_request_goes_before_the_home_address() -> None:
    message = changed("ServiceRequest", locationReference=[{"reference": "Location/plek"}])
    place = {
        "resourceType": "Location",
        "id": "plek",
        "name": "Sporthal",
        "address": {"line": ["Sportlaan 3"], "city": "Havendorp"},
        "position": {"latitude": 52.1, "longitude": 5.1},
    }
    message["entry"].append({"resource": place})
    assert read(message).place == Place("Sportlaan 3", "", "", "Havendorp", "Sporthal", 52.1, 5.1)


def test_without_a_number_of_the_referrer_it_is_the_patient_s_and_that_is_said() -> None:
    found = read(changed("PractitionerRole", telecom=...))
    assert found.callback_number == "06-87654321"
    assert "Het terugbelnummer is van de patiënt: 06-87654321" in found.notes


@pytest.mark.parametrize(("priority", "urgency"), [("stat", "U1"), ("asap", "U2"), ("urgent", "U3"), ("routine", None)])
def test_the_referrer_s_priority_is_a_pre_urgency_with_its_origin(priority: str, urgency: str | None) -> None:
    found = read(changed("ServiceRequest", priority=priority))
    assert (found.urgency.urgency if found.urgency else None) == urgency


@pytest.mark.parametrize("status", ["draft", "on-hold", "unknown"])
def test_a_request_that_is_not_sure_yet_is_taken_with_an_alert(status: str) -> None:
    assert any(alert.startswith("Status") for alert in read(changed("ServiceRequest", status=status)).alerts)


def test_what_was_marked_as_a_mistake_is_not_shown() -> None:
    message = changed("Observation", status="entered-in-error")
    assert not any(note.startswith("Meting") for note in read(message).notes)


def test_what_r4b_no_longer_has_does_not_spoil_a_message_of_r4_and_is_named() -> None:
    message = referral_message()
    message["entry"].insert(1, {"resource": {"resourceType": "MedicinalProduct", "id": "m", "name": [{"x": 1}]}})
    assert "Ook in het bericht, hier niet getoond: Encounter, MedicinalProduct" in read(message).notes
    resource(message, "ServiceRequest")["intent"] = 5
    assert paths(message) == ["Bundle.entry[2].resource.intent"]


@pytest.mark.parametrize(
    ("kind", "fields", "path"),
    [
        ("ServiceRequest", {"status": ...}, "Bundle.entry[1].resource.status"),
        ("ServiceRequest", {"status": "zomaar"}, "Bundle.entry[1].resource.status"),
        ("ServiceRequest", {"status": "revoked"}, "Bundle.entry[1].resource.status"),
        ("ServiceRequest", {"status": "entered-in-error"}, "Bundle.entry[1].resource.status"),
        ("ServiceRequest", {"intent": ...}, "Bundle.entry[1].resource.intent"),
        ("ServiceRequest", {"subject": ...}, "Bundle.entry[1].resource.subject"),
        ("ServiceRequest", {"subject": {"reference": "Patient/weg"}}, "Bundle.entry[1].resource.subject"),
        ("ServiceRequest", {"subject": {"reference": "Organization/rav-1"}}, "Bundle.entry[1].resource.subject"),
        ("ServiceRequest", {"doNotPerform": True}, "Bundle.entry[1].resource.doNotPerform"),
        ("ServiceRequest", {"schoenmaat": 43}, "Bundle.entry[1].resource.schoenmaat"),
        ("ServiceRequest", {"authoredOn": "gisteren"}, "Bundle.entry[1].resource.authoredOn"),
        ("ServiceRequest", {"note": []}, "Bundle.entry[1].resource.note"),
        ("ServiceRequest", {"patientInstruction": None}, "Bundle.entry[1].resource.patientInstruction"),
        ("ServiceRequest", {"patientInstruction": "\ud800"}, "Bundle.entry[1].resource.patientInstruction"),
        ("ServiceRequest", {"id": "x" * 65}, "Bundle.entry[1].resource.id"),
        ("ServiceRequest", {"resourceType": "Verwijzing"}, "Bundle.entry[1].resource"),
        ("ServiceRequest", {"resourceType": 7}, "Bundle.entry[1].resource"),
        ("ServiceRequest", {"resourceType": ...}, "Bundle.entry[1].resource"),
        ("ServiceRequest", {"resourceType": "Ingredient"}, "Bundle.entry[1].resource"),
        ("ServiceRequest", {"resourceType": "DomainResource"}, "Bundle.entry[1].resource"),
        ("Patient", {"gender": "man"}, "Bundle.entry[2].resource.gender"),
        ("Patient", {"birthDate": "22-11-1951"}, "Bundle.entry[2].resource.birthDate"),
        (
            "Patient",
            {"modifierExtension": [{"url": "urn:x", "valueBoolean": True}]},
            "Bundle.entry[2].resource.modifierExtension",
        ),
        ("MessageHeader", {"focus": ...}, "Bundle.entry[0].resource.focus"),
        ("MessageHeader", {"focus": [{"reference": "ServiceRequest/weg"}]}, "Bundle.entry[0].resource.focus[0]"),
        ("MessageHeader", {"focus": [{"reference": "Patient/patient-1"}]}, "Bundle.entry[0].resource.focus"),
        ("MessageHeader", {"source": ...}, "Bundle.entry[0].resource.source"),
        (
            "MessageHeader",
            {"response": {"identifier": "x", "code": "ok"}},
            "Bundle.entry[0].resource.response",
        ),
    ],
)
def test_what_is_not_valid_is_refused_by_its_path(kind: str, fields: dict[str, object], path: str) -> None:
    assert path in paths(changed(kind, **fields))


def change_bundle(change: Callable[[Message], object]) -> Message:
    message = referral_message()
    change(message)
    return message


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (lambda message: message.update(type="document"), "Bundle.type"),
        (lambda message: message.pop("type"), "Bundle.type"),
        (lambda message: message.update(resourceType="Patient"), "resourceType"),
        (lambda message: message.update(entry=[]), "Bundle.entry"),
        (lambda message: message.pop("entry"), "Bundle.entry[0].resource"),
        (lambda message: message["entry"].reverse(), "Bundle.entry[0].resource"),
        (lambda message: message["entry"].append(message["entry"][2]), "Bundle.entry[11].resource.id"),
        (lambda message: message["entry"][2].update(resource="Patient"), "Bundle.entry[2].resource"),
        (lambda message: message.update(implicitRules="urn:x"), "Bundle.implicitRules"),
        (
            lambda message: resource(message, "DocumentReference")["content"][0]["attachment"].update(data="***"),
            "Bundle.entry[9].resource.content[0].attachment.data",
        ),
        (
            lambda message: (
                resource(message, "MessageHeader")["focus"].append({"reference": "ServiceRequest/verzoek-2"})
                or message["entry"].append({"resource": {**resource(message, "ServiceRequest"), "id": "verzoek-2"}})
            ),
            "Bundle.entry[0].resource.focus",
        ),
    ],
)
def test_a_bundle_that_is_no_referral_message_is_refused(change: Callable[[Message], object], path: str) -> None:
    assert path in paths(change_bundle(change))


def test_a_refusal_names_every_fault_and_repeats_no_value() -> None:
    message = changed("ServiceRequest", status=..., authoredOn="gisteren-geheim")
    resource(message, "Patient")["birthDate"] = "geheim"
    found = refused(message)
    assert len(found.reasons) == 3
    assert "geheim" not in found.text()
    assert "bewaard" in found.sentence
    assert [set(error) for error in found.errors() if isinstance(error, dict)] == [{"field", "message"}] * 3


@pytest.mark.parametrize(
    "bytes_",
    [
        b"",
        b"nul",
        b"\xff\xfe",
        b"[]",
        b"{}",
        b'{"resourceType": "Bundle", "resourceType": "Bundle"}',
        b'{"a": NaN}',
        b"[" * 10_000,
        b'{"a":' * 3000 + b"1" + b"}" * 3000,
        b'{"a": 1e999}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b"<Bundle xmlns='http://hl7.org/fhir'/>",
    ],
)
def test_what_is_no_message_at_all_is_refused(bytes_: bytes) -> None:
    assert isinstance(read_referral(bytes_), Refusal)


def test_a_message_past_the_limit_is_refused_unread() -> None:
    found = read_referral(b" " * (MESSAGE_LIMIT + 1))
    assert isinstance(found, Refusal)
    assert "KiB" in found.text()


def test_long_texts_are_cut_to_what_the_contract_takes_and_that_is_said() -> None:
    message = changed(
        "ServiceRequest",
        note=[{"text": f"{number} " + "x" * 30_000} for number in range(9)],
        reasonCode=[{"text": "r" * 50_000}],
    )
    resource(message, "Patient")["name"] = [{"text": "N" * 900}]
    body = to_call(read(message))
    CallIn.model_validate(body)
    assert len(compact(body).encode()) <= BODY_LIMIT + 1000
    alerts = body["alerts"]
    assert isinstance(alerts, list)
    assert CUT_ALERT in alerts
    assert str(body["reason"]).startswith("rrr")


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(min_size=1, max_size=40_000), max_size=30), st.text(min_size=1, max_size=30_000))
def test_however_much_it_says_the_body_is_one_the_hub_takes(notes: list[str], name: str) -> None:
    referral = Referral(
        key="x",
        who=name,
        role="",
        organisation=name,
        callback_number="",
        patient=Person(name=name),
        place=Place(access=name),
        reason=name,
        notes=tuple(notes),
        alerts=tuple(notes[:5]),
        identifiers=tuple((note, name) for note in notes if note),
        attachments=tuple(Document(note, name, f"https://{name}") for note in notes),
    )
    body = to_call(referral)
    assert len(compact(body).encode("utf-8", "replace")) < 64 * 1024
    if not any("\ud800" <= char <= "\udfff" for char in compact(body)):
        CallIn.model_validate(body)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=10,
)


@settings(max_examples=200, deadline=None)
@given(JSON | st.binary(max_size=40))
def test_arbitrary_json_is_refused_and_never_crashes(value: object) -> None:
    bytes_ = value if isinstance(value, bytes) else json.dumps(value).encode()
    found = read_referral(bytes_)
    assert isinstance(found, Refusal)
    found.text()


PLACES: list[tuple[str | int, ...]] = []


def _collect(value: object, path: tuple[str | int, ...]) -> None:
    if path:
        PLACES.append(path)
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, entry in children:
        _collect(entry, (*path, name))


_collect(referral_message(), ())


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(PLACES), JSON), min_size=1, max_size=4))
def test_a_message_with_anything_anywhere_is_a_call_or_a_refusal_and_never_a_crash(
    changes: list[tuple[tuple[str | int, ...], object]],
) -> None:
    message: Message = referral_message()
    for path, value in changes:
        holder: Any = message
        for part in path[:-1]:
            if isinstance(holder, dict):
                holder = holder.get(part)
            elif isinstance(holder, list) and isinstance(part, int) and part < len(holder):
                holder = holder[part]
        last: Any = path[-1]
        if isinstance(holder, dict) or (isinstance(holder, list) and isinstance(last, int) and last < len(holder)):
            holder[last] = value
    found = read_referral(json.dumps(message).encode())
    if isinstance(found, Refusal):
        assert found.reasons
        return
    body = to_call(found)
    CallIn.model_validate(body)
    assert compact(body).count(BSN) <= 1

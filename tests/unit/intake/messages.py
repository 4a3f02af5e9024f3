"""A referral message for tests, made up, with everything in it; and the one of the Dutch standards body."""

from __future__ import annotations

import copy
import json
import os
from pathlib import Path
from typing import Any

FIXTURES = Path(os.environ.get("ZCC_FIXTURES", Path(__file__).parents[4] / "shared" / "fixtures"))
NICTIZ = FIXTURES / "nictiz-az" / "Bundle-hg-ReferralBundle-AmbulanceHAP-referral.json"
BSN = "111222333"

Message = dict[str, Any]

_ENTRIES: list[Message] = [
    {
        "resourceType": "MessageHeader",
        "id": "kop-1",
        "eventCoding": {"system": "urn:voorbeeld", "code": "9", "display": "Verwijzing"},
        "focus": [{"reference": "ServiceRequest/verzoek-1"}],
        "sender": {"reference": "Organization/rav-1"},
        "source": {"endpoint": "https://rav.example.nl/fhir", "name": "Meldsysteem"},
    },
    {
        "resourceType": "ServiceRequest",
        "id": "verzoek-1",
        "identifier": [{"system": "urn:rav:rit", "value": "RIT-7"}],
        "status": "active",
        "intent": "order",
        "priority": "urgent",
        "subject": {"reference": "Patient/patient-1"},
        "requester": {"reference": "PractitionerRole/rol-1"},
        "performer": [{"display": "Huisartsenpost Havendorp"}],
        "reasonCode": [{"text": "Duizelig na val"}, {"coding": [{"display": "hoofdwond"}]}],
        "authoredOn": "2026-11-21T22:10:00+01:00",
        "note": [{"text": "Sleutel bij de buren"}],
        "patientInstruction": "Blijf in de buurt van de telefoon.",
    },
    {
        "resourceType": "Patient",
        "id": "patient-1",
        "identifier": [
            {"system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": BSN},
            {"system": "urn:zis", "value": "P-12"},
        ],
        "name": [
            {"use": "nickname", "text": "Tinie"},
            {"use": "official", "given": ["Martina"], "family": "van der Voort"},
        ],
        "telecom": [
            {"system": "fax", "value": "0101"},
            {"system": "phone", "use": "home", "value": "010-7654321"},
            {"system": "phone", "use": "mobile", "value": "06-87654321"},
        ],
        "gender": "female",
        "birthDate": "1951-11-22",
        "address": [
            {
                "use": "home",
                "line": ["Kade 12A"],
                "_line": [
                    {
                        "extension": [
                            {
                                "url": "http://hl7.org/fhir/StructureDefinition/iso21090-ADXP-streetName",
                                "valueString": "Kade",
                            },
                            {
                                "url": "http://hl7.org/fhir/StructureDefinition/iso21090-ADXP-houseNumber",
                                "valueString": "12",
                            },
                            {
                                "url": "http://hl7.org/fhir/StructureDefinition/iso21090-ADXP-buildingNumberSuffix",
                                "valueString": "A",
                            },
                        ]
                    }
                ],
                "city": "Havendorp",
                "postalCode": "1234 AB",
            }
        ],
        "contact": [
            {
                "relationship": [{"text": "dochter"}],
                "name": {"text": "E. van der Voort"},
                "telecom": [{"system": "phone", "value": "06-1"}],
            }
        ],
        "communication": [{"language": {"coding": [{"code": "pap", "display": "Papiaments"}]}}],
        "generalPractitioner": [{"display": "Praktijk De Kade"}],
    },
    {
        "resourceType": "PractitionerRole",
        "id": "rol-1",
        "practitioner": {"reference": "Practitioner/mens-1"},
        "organization": {"reference": "Organization/rav-1"},
        "code": [{"text": "Ambulanceverpleegkundige"}],
        "telecom": [{"system": "phone", "use": "work", "value": "088-1112223"}],
    },
    {"resourceType": "Practitioner", "id": "mens-1", "name": [{"given": ["B."], "family": "Smit"}]},
    {
        "resourceType": "Organization",
        "id": "rav-1",
        "identifier": [{"system": "http://fhir.nl/fhir/NamingSystem/ura", "value": "90000001"}],
        "name": "RAV Noord",
    },
    {
        "resourceType": "Composition",
        "id": "brief-1",
        "status": "final",
        "type": {"text": "Overdracht"},
        "date": "2026-11-21T22:10:00+01:00",
        "author": [{"reference": "PractitionerRole/rol-1"}],
        "title": "Overdracht",
        "section": [
            {
                "title": "Behandeling",
                "text": {
                    "status": "additional",
                    "div": '<div xmlns="http://www.w3.org/1999/xhtml"><p>Wond &amp; hoofd</p><p>verbonden</p></div>',
                },
            }
        ],
    },
    {
        "resourceType": "Observation",
        "id": "meting-1",
        "status": "final",
        "code": {"text": "Bloeddruk"},
        "effectiveDateTime": "2026-11-21T22:05:00+01:00",
        "component": [
            {"code": {"text": "systolisch"}, "valueQuantity": {"value": 148, "unit": "mmHg"}},
            {"code": {"text": "diastolisch"}, "valueQuantity": {"value": 90, "unit": "mmHg"}},
        ],
    },
    {
        "resourceType": "AllergyIntolerance",
        "id": "allergie-1",
        "patient": {"reference": "Patient/patient-1"},
        "code": {"text": "penicilline"},
    },
    {
        "resourceType": "DocumentReference",
        "id": "ecg-1",
        "status": "current",
        "content": [
            {
                "attachment": {
                    "contentType": "application/pdf",
                    "title": "ECG",
                    "url": "https://rav.example.nl/ecg/1",
                    "creation": "2026-11-21T22:00:00+01:00",
                }
            }
        ],
    },
    {
        "resourceType": "Encounter",
        "id": "rit-1",
        "status": "finished",
        "class": {"code": "FLD"},
    },
]


def referral_message() -> Message:
    """The whole message, to be changed at will."""
    entries = [
        {"fullUrl": f"https://rav.example.nl/fhir/{entry['resourceType']}/{entry['id']}", "resource": entry}
        for entry in _ENTRIES
    ]
    return copy.deepcopy(
        {
            "resourceType": "Bundle",
            "id": "bundel-1",
            "type": "message",
            "timestamp": "2026-11-21T22:11:00+01:00",
            "entry": entries,
        }
    )


def resource(message: Message, kind: str) -> Message:
    """The first resource of a kind in a message."""
    found: Message = next(
        entry["resource"] for entry in message["entry"] if entry["resource"].get("resourceType") == kind
    )
    return found


def raw(message: object) -> bytes:
    """A message as bytes."""
    return json.dumps(message).encode("utf-8")

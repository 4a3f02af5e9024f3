"""A FHIR R4 referral message as a call: `read_referral` and `to_call`, pure and total.

The hub mounts these at `POST /v1/intake/fhir`; `zcc-console intake fhir` uses the same ones.
"""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass

from zcc_console.core.canonical import compact
from zcc_console.core.jsontext import NotJson, read_object
from zcc_console.core.jsontypes import Json, as_object, as_text
from zcc_console.intake.fhir_bundle import Resource, Resources, kind, objects
from zcc_console.intake.fhir_content import gather
from zcc_console.intake.fhir_rules import WITHDRAWN, Reason, library, message, structure
from zcc_console.intake.referral import Referral
from zcc_console.intake.referral_call import call_of

MESSAGE_LIMIT = 4 * 1024 * 1024
"""Attachments travel inside a message; past this it is refused unread."""
DEPTH_LIMIT = 40
KEYS = uuid.UUID("6f0ad3a1-6a53-5c5e-9d0e-5d1c3c3b7a10")
"""The namespace of the keys that messages get here."""

SENTENCE = (
    "Deze verwijzing is geen geldig FHIR R4-verwijsbericht en staat niet in de wachtrij. Het bericht is bewaard; bel de "
    "afzender, en laat het bericht verbeteren en opnieuw sturen."
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A message that is not taken, with every reason; never a value of the message."""

    sentence: str
    reasons: tuple[Reason, ...]

    def errors(self) -> list[Json]:
        """As a problem document carries them."""
        return [{"field": reason.path, "message": reason.message} for reason in self.reasons]

    def text(self) -> str:
        """For a terminal: the sentence, then each path with what is wrong."""
        return "\n".join([self.sentence, *(f"  {reason.path}: {reason.message}" for reason in self.reasons)])


def read_referral(raw: bytes) -> Referral | Refusal:
    """The referral in a message, or why it is not one. Total: whatever the bytes are, there is an answer."""
    bundle = read_object(raw, limit=MESSAGE_LIMIT, depth_limit=DEPTH_LIMIT, unique=True)
    if isinstance(bundle, NotJson):
        return _refusal([Reason("Bundle", bundle.reason)])
    found = [*structure(bundle), *library(bundle), *message(bundle)]
    if found:
        return _refusal(found)
    resources = Resources(bundle)
    header = resources.all[0]
    orders = [(number, resources.of(focus, header)) for number, focus in enumerate(objects(header.get("focus")))]
    wrong = _focus(orders) or _order(resources, orders)
    if wrong:
        return _refusal(wrong)
    order = next(resource for _, resource in orders if kind(resource) == "ServiceRequest")
    return gather(bundle, resources, header, order, _key(bundle, header))


def to_call(referral: Referral) -> dict[str, Json]:
    """The body of `POST /v1/calls`; the same for the same message, and within what the hub takes."""
    return call_of(referral)


def idempotency_key(referral: Referral) -> str:
    """The Idempotency-Key of `POST /v1/calls`: the same message is one call, however often it is sent."""
    return str(uuid.uuid5(KEYS, referral.key))


def _refusal(reasons: list[Reason]) -> Refusal:
    return Refusal(SENTENCE, tuple(sorted(set(reasons), key=lambda reason: (reason.path, reason.message))))


def _focus(orders: list[tuple[int, Resource]]) -> list[Reason]:
    place = "Bundle.entry[0].resource.focus"
    found = [Reason(f"{place}[{number}]", "staat niet in het bericht") for number, resource in orders if not resource]
    count = sum(kind(resource) == "ServiceRequest" for _, resource in orders)
    if not found and count != 1:
        what = "wijst geen verwijzing (ServiceRequest) aan" if count == 0 else "wijst meer dan één verwijzing aan"
        found.append(Reason(place, f"{what}; stuur er één in een bericht"))
    return found


def _order(resources: Resources, orders: list[tuple[int, Resource]]) -> list[Reason]:
    order = next(resource for _, resource in orders if kind(resource) == "ServiceRequest")
    path, found = resources.path(order), []
    status = as_text(order.get("status"))
    if status in WITHDRAWN:
        found.append(Reason(f"{path}.status", f"de verwijzing {WITHDRAWN[status]}"))
    if order.get("doNotPerform") is True:
        found.append(Reason(f"{path}.doNotPerform", "er wordt gevraagd het juist niet te doen"))
    subject = as_object(order.get("subject"))
    patient = resources.of(subject, order)
    if patient and kind(patient) != "Patient":
        found.append(Reason(f"{path}.subject", "is geen Patient"))
    if not patient and not (subject.get("display") or subject.get("identifier")):
        found.append(Reason(f"{path}.subject", "staat niet in het bericht en zegt niet over wie het gaat"))
    return found


def _key(bundle: Resource, header: Resource) -> str:
    """Bundle.identifier; else the MessageHeader's id with its source (an id is the sender's own); else the content."""
    identifier = as_object(bundle.get("identifier"))
    if identifier.get("value"):
        return f"bundle|{as_text(identifier.get('system'))}|{as_text(identifier.get('value'))}"
    if header.get("id"):
        return f"header|{as_text(as_object(header.get('source')).get('endpoint'))}|{as_text(header.get('id'))}"
    return f"content|{hashlib.sha256(compact(bundle).encode('utf-8', 'replace')).hexdigest()}"

"""Whether bytes are a valid FHIR R4 referral message. Pure; no value of the message is ever repeated in a reason.

Structure and types are checked with fhir.resources. It has R4B (4.3.0) where the messages are R4 (4.0.1); outside
medicinal products, evidence and subscriptions the two do not differ (hl7.org/fhir/R4B, "R4B explanation"), and
docs/intake.md says what that means. What the library lets through, and what FHIR asks of a message, is checked here.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from zcc_console.core.jsontypes import Json, as_list, as_object, as_text
from zcc_console.intake.checks import MESSAGES

R4_ONLY = frozenset(
    {
        "EffectEvidenceSynthesis",
        "MedicinalProduct",
        "MedicinalProductAuthorization",
        "MedicinalProductContraindication",
        "MedicinalProductIndication",
        "MedicinalProductIngredient",
        "MedicinalProductInteraction",
        "MedicinalProductManufactured",
        "MedicinalProductPackaged",
        "MedicinalProductPharmaceutical",
        "MedicinalProductUndesirableEffect",
        "RiskEvidenceSynthesis",
        "SubstanceNucleicAcid",
        "SubstancePolymer",
        "SubstanceProtein",
        "SubstanceReferenceInformation",
        "SubstanceSourceMaterial",
        "SubstanceSpecification",
    }
)
"""Resources of R4 that R4B has no more: kept out of the library's sight, named on the call as not shown."""

R4B_ONLY = frozenset(
    {
        "AdministrableProductDefinition",
        "Citation",
        "ClinicalUseDefinition",
        "EvidenceReport",
        "Ingredient",
        "ManufacturedItemDefinition",
        "MedicinalProductDefinition",
        "NutritionProduct",
        "PackagedProductDefinition",
        "RegulatedAuthorization",
        "SubscriptionStatus",
        "SubscriptionTopic",
        "SubstanceDefinition",
    }
)
"""Resources of R4B that R4 does not have."""

CODES: dict[str, dict[str, frozenset[str]]] = {
    "Bundle": {"type": frozenset({"message"})},
    "ServiceRequest": {
        "status": frozenset({"draft", "active", "on-hold", "revoked", "completed", "entered-in-error", "unknown"}),
        "intent": frozenset(
            {
                "proposal",
                "plan",
                "directive",
                "order",
                "original-order",
                "reflex-order",
                "filler-order",
                "instance-order",
                "option",
            }
        ),
        "priority": frozenset({"routine", "urgent", "asap", "stat"}),
    },
    "Patient": {"gender": frozenset({"male", "female", "other", "unknown"})},
    "Composition": {"status": frozenset({"preliminary", "final", "amended", "entered-in-error"})},
    "DocumentReference": {"status": frozenset({"current", "superseded", "entered-in-error"})},
}
"""Required bindings (R4) of what a call is made of; the library knows the types, not the codes."""

OPTIONAL = frozenset({"priority", "gender"})

ID_LENGTH = 64
REASON_LIMIT = 50
WITHDRAWN = {"revoked": "is ingetrokken", "entered-in-error": "is als vergissing gemerkt"}


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that is wrong: where (a FHIR path) and what (Dutch)."""

    path: str
    message: str


def structure(bundle: Mapping[str, Json]) -> list[Reason]:
    """What FHIR's JSON asks and the library does not look at: no nulls, nothing empty, ids, known resources, and no
    element that changes the meaning of others."""
    found: list[Reason] = []
    for path, name, value in _walk("Bundle", bundle):
        if value is None and not name.endswith("]"):
            found.append(Reason(path, "mag geen null zijn"))
        elif value in ([], {}):
            found.append(Reason(path, "mag niet leeg zijn"))
        elif name == "modifierExtension":
            found.append(Reason(path, "verandert de betekenis op een manier die hier niet bekend is"))
        elif name == "implicitRules":
            found.append(Reason(path, "stelt regels die hier niet bekend zijn"))
        elif name == "id" and isinstance(value, str) and len(value) > ID_LENGTH:
            found.append(Reason(path, f"is langer dan {ID_LENGTH} tekens"))
        elif path.endswith(".attachment.data") and isinstance(value, str) and not _is_base64(value):
            found.append(Reason(path, "is geen base64"))
        elif name == "resource" or (name.startswith("contained[") and name.endswith("]")):
            problem = _kind_of(value)
            if problem:
                found.append(Reason(path, problem))
        if len(found) >= REASON_LIMIT:
            break
    if bundle.get("resourceType") != "Bundle":
        found.insert(0, Reason("resourceType", "is geen Bundle"))
    return found


def _walk(path: str, value: Json) -> Iterator[tuple[str, str, Json]]:
    """Every element with its path and its own name, parents first."""
    stack: list[tuple[str, Json]] = [(path, value)]
    while stack:
        here, holder = stack.pop()
        children: list[tuple[str, Json]] = []
        if isinstance(holder, Mapping):
            children = [(f"{here}.{name}", entry) for name, entry in holder.items()]
        elif isinstance(holder, list):
            children = [(f"{here}[{number}]", entry) for number, entry in enumerate(holder)]
        for place, entry in children:
            yield _shown(place), place.rpartition(".")[2], entry
        stack.extend(reversed(children))


def _shown(path: str) -> str:
    return path if len(path) <= 200 and path.isprintable() else path[:200].encode("ascii", "replace").decode("ascii")


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode("".join(text.split()), validate=True)
    except (ValueError, binascii.Error):
        return False
    return True


def _kind_of(resource: Json) -> str | None:
    """Why this is no resource of R4, or None."""
    if not isinstance(resource, Mapping):
        return "moet een object zijn"
    kind = resource.get("resourceType")
    if not isinstance(kind, str):
        return "heeft geen resourceType"
    if kind in R4_ONLY or (kind not in R4B_ONLY and _is_known(kind)):
        return None
    return "is van een soort die FHIR R4 niet kent"


def _is_known(kind: str) -> bool:
    from fhir.resources.R4B import get_fhir_model_class
    from fhir.resources.R4B.resource import Resource

    if not (kind.isascii() and kind.isalnum()) or kind in ("Resource", "DomainResource"):
        return False
    try:
        return issubclass(get_fhir_model_class(kind), Resource)
    except (ValueError, KeyError, ImportError):
        return False


def library(bundle: Mapping[str, Json]) -> list[Reason]:
    """What fhir.resources finds wrong: elements, types, cardinalities, forms of dates and ids."""
    from fhir.resources.R4B.bundle import Bundle
    from pydantic import ValidationError

    entries = as_list(bundle.get("entry"))
    seen = [number for number, entry in enumerate(entries) if _type_of(entry) not in R4_ONLY]
    visible: dict[str, Json] = {**bundle}
    if entries:
        visible["entry"] = [entries[number] for number in seen]
    try:
        Bundle.model_validate(visible)
    except ValidationError as error:
        return [
            Reason(_path(entry["loc"], seen), MESSAGES.get(entry["type"], "klopt niet met FHIR R4"))
            for entry in error.errors(include_url=False, include_input=False, include_context=False)[:REASON_LIMIT]
        ]
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        # The library stumbles over shapes that it does not expect; then the message is not of that shape.
        return [Reason("Bundle", "heeft een vorm die FHIR R4 niet kent")]
    return []


def _type_of(entry: Json) -> str:
    return as_text(as_object(as_object(entry).get("resource")).get("resourceType"))


def _path(where: tuple[int | str, ...], seen: list[int]) -> str:
    path = "Bundle"
    for number, part in enumerate(where):
        if isinstance(part, int):
            path += f"[{seen[part] if number == 1 and where[0] == 'entry' and part < len(seen) else part}]"
        else:
            path += f".{part}"
    return _shown(path)


def codes(path: str, resource: Mapping[str, Json]) -> list[Reason]:
    """Codes that are absent where FHIR wants one, or outside their required value set.

    The library stops looking for absent ones in a resource where anything else is wrong.
    """
    found = []
    for name, allowed in CODES.get(as_text(resource.get("resourceType")), {}).items():
        value = resource.get(name)
        if name not in resource and name not in OPTIONAL and f"_{name}" not in resource:
            found.append(Reason(f"{path}.{name}", MESSAGES["missing"]))
        elif isinstance(value, str) and value not in allowed:
            found.append(Reason(f"{path}.{name}", f"moet een van {', '.join(sorted(allowed))} zijn"))
    return found


def message(bundle: Mapping[str, Json]) -> list[Reason]:
    """What makes a Bundle a referral message: a MessageHeader first, no answer, one order to act on, nothing twice."""
    found = codes("Bundle", bundle)
    entries = [as_object(entry) for entry in as_list(bundle.get("entry"))]
    resources = [as_object(entry.get("resource")) for entry in entries]
    for number, resource in enumerate(resources):
        found += codes(f"Bundle.entry[{number}].resource", resource)
    if not resources or resources[0].get("resourceType") != "MessageHeader":
        return [*found, Reason("Bundle.entry[0].resource", "moet de MessageHeader zijn")]
    if "response" in resources[0]:
        found.append(Reason("Bundle.entry[0].resource.response", "dit is een antwoord, geen verwijzing"))
    found += _twice(entries, resources)
    if not as_list(resources[0].get("focus")):
        found.append(Reason("Bundle.entry[0].resource.focus", "ontbreekt; er is geen verwijzing aangewezen"))
    return found


def _twice(entries: list[dict[str, Json]], resources: list[dict[str, Json]]) -> list[Reason]:
    """One reference must never mean two resources: another patient could be under it."""
    found, urls, names = [], set(), set()
    for number, (entry, resource) in enumerate(zip(entries, resources, strict=True)):
        url = as_text(entry.get("fullUrl"))
        if url and url in urls:
            found.append(Reason(f"Bundle.entry[{number}].fullUrl", "staat er twee keer in"))
        urls.add(url)
        name = (as_text(resource.get("resourceType")), as_text(resource.get("id")))
        if name[1] and name in names:
            found.append(Reason(f"Bundle.entry[{number}].resource.id", "staat er twee keer in"))
        names.add(name)
    return found

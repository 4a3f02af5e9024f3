"""A valid message bundle by reference: which resource a reference means, and small readers of FHIR's data types.

Everything here is total: what is absent reads as empty.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from zcc_console.core.jsontypes import Json, as_list, as_object, as_text
from zcc_console.intake.bsn import SYSTEMS

Resource = dict[str, Json]


class Resources:
    """The resources of one bundle."""

    def __init__(self, bundle: Mapping[str, Json]) -> None:
        self._by_url: dict[str, Resource] = {}
        self._by_name: dict[str, Resource] = {}
        self._paths: dict[int, str] = {}
        self.all: list[Resource] = []
        for number, entry in enumerate(as_list(bundle.get("entry"))):
            resource = as_object(as_object(entry).get("resource"))
            url = as_text(as_object(entry).get("fullUrl"))
            self.all.append(resource)
            self._paths[id(resource)] = f"Bundle.entry[{number}].resource"
            if url:
                self._by_url[url] = resource
            if as_text(resource.get("id")):
                self._by_name[f"{kind(resource)}/{as_text(resource.get('id'))}"] = resource

    def path(self, resource: Resource) -> str:
        """Where a resource stands in the bundle."""
        return self._paths.get(id(resource), "Bundle")

    def of(self, reference: Json, holder: Resource | None = None) -> Resource:
        """The resource that a reference means, in the bundle or contained in its holder; empty where it is neither.

        An absolute reference means the entry of that very address, never one that only ends alike.
        """
        target = as_text(as_object(reference).get("reference"))
        if target.startswith("#") and holder is not None:
            contained = (as_object(entry) for entry in as_list(holder.get("contained")))
            return next((entry for entry in contained if entry.get("id") == target[1:]), {})
        target = target.partition("/_history/")[0]
        return self._by_url.get(target) or self._by_name.get(target, {})

    def kinds(self, *names: str) -> Iterator[Resource]:
        """The resources of these kinds that were not marked as a mistake."""
        for resource in self.all:
            if kind(resource) in names and resource.get("status") != "entered-in-error":
                yield resource


def kind(resource: Mapping[str, Json]) -> str:
    """The resource's type."""
    return as_text(resource.get("resourceType"))


def objects(value: Json) -> list[Resource]:
    """The objects of a list; one object reads as a list of one."""
    if isinstance(value, Mapping):
        return [dict(value)]
    return [as_object(entry) for entry in as_list(value)]


def display(reference: Json) -> str:
    """What a reference says of its target."""
    return as_text(as_object(reference).get("display"))


def concept(value: Json) -> str:
    """A CodeableConcept in words: its text, else a coding's display, else its code."""
    here = as_object(value)
    if as_text(here.get("text")).strip():
        return as_text(here.get("text"))
    codings = objects(here.get("coding"))
    for field in ("display", "code"):
        for coding in codings:
            if as_text(coding.get(field)).strip():
                return as_text(coding.get(field))
    return ""


def concepts(value: Json) -> list[str]:
    """Each CodeableConcept of a list in words, without empty ones."""
    return [text for text in map(concept, objects(value)) if text]


def name(resource: Mapping[str, Json]) -> str:
    """A person's or organisation's name: the official one, given names before the family name."""
    value = resource.get("name")
    if isinstance(value, str):
        return value
    names = objects(value)
    best = next((entry for entry in names if entry.get("use") == "official"), names[0] if names else {})
    if as_text(best.get("text")).strip():
        return as_text(best.get("text"))
    given = [as_text(part) for part in as_list(best.get("given")) if as_text(part)]
    return " ".join([*given, *([as_text(best.get("family"))] if best.get("family") else [])])


def phone(resource: Mapping[str, Json]) -> str:
    """The first telephone number: a mobile one, else a work one, else any; never a fax."""
    numbers = [entry for entry in objects(resource.get("telecom")) if entry.get("system") == "phone"]
    numbers = [entry for entry in numbers if as_text(entry.get("value")).strip() and entry.get("use") != "old"]
    order = {"mobile": 0, "work": 1, "home": 2}
    numbers.sort(key=lambda entry: order.get(as_text(entry.get("use")), 3))
    return as_text(numbers[0].get("value")) if numbers else ""


def identifiers(resource: Mapping[str, Json]) -> list[tuple[str, str]]:
    """The identifiers as (system, value); a BSN is never among them."""
    found = []
    for entry in objects(resource.get("identifier")):
        system, value = as_text(entry.get("system")), as_text(entry.get("value"))
        if value and system not in SYSTEMS:
            found.append((system or f"fhir:{kind(resource) or 'Bundle'}.identifier", value))
    return found


def bsns(resource: Mapping[str, Json]) -> list[str]:
    """The citizen service numbers of a resource, or of a reference that carries one itself."""
    return [
        as_text(entry.get("value"))
        for entry in objects(resource.get("identifier"))
        if as_text(entry.get("system")) in SYSTEMS and as_text(entry.get("value"))
    ]


def extension(element: Mapping[str, Json], ending: str) -> str:
    """The text of the extension whose url ends so."""
    for entry in objects(element.get("extension")):
        if as_text(entry.get("url")).endswith(ending):
            return as_text(entry.get("valueString")) or as_text(entry.get("valueCode"))
    return ""


def amount(value: Json) -> str:
    """A Quantity in words."""
    here = as_object(value)
    parts = (
        as_text(here.get("comparator")),
        as_text(here.get("value")),
        as_text(here.get("unit")) or as_text(here.get("code")),
    )
    return " ".join(part for part in parts if part)

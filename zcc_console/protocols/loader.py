"""Reads the folder of a protocol set into the content of a compiled one. The console never imports this.

Every file is checked by the grammar and every reference resolved; all that is wrong is reported at once (P01).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError

from zcc_console.core.urgency import Urgency
from zcc_console.protocols.errors import Problem, ProtocolError
from zcc_console.protocols.grammar import (
    ActionsFile,
    FactsFile,
    GateFile,
    ModifiersFile,
    ProtocolFile,
    QuestionPart,
    SetFile,
    TableFile,
)
from zcc_console.protocols.references import Names, Scope, check_table, tree
from zcc_console.protocols.strict_yaml import Document, read_document

_SHARED_FILES: Final = ("set.yaml", "actions.yaml", "facts.yaml", "abcd.yaml", "modifiers.yaml")
_MAX_FILES: Final = 200

Model = TypeVar("Model", bound=BaseModel)


def source_files(source: Path) -> tuple[Path, ...]:
    """The files of a set, the shared ones first, the complaints by name.

    Raises:
        ProtocolError: the folder is not one of a set.
    """
    missing = [name for name in _SHARED_FILES if not (source / name).is_file()]
    if missing:
        remedy = "wijs de map van een protocolset aan"
        raise ProtocolError(*(Problem(name, 0, f"ontbreekt in de map {source.name}", remedy) for name in missing))
    others = sorted(path for path in source.glob("*.yaml") if path.name not in _SHARED_FILES)
    if len(others) > _MAX_FILES:
        raise ProtocolError(Problem(source.name, 0, f"meer dan {_MAX_FILES} bestanden"))
    return (*(source / name for name in _SHARED_FILES), *others)


def read_set(source: Path) -> Mapping[str, object]:
    """The content of a set, ready for `compiled.pack`.

    Raises:
        ProtocolError: with every problem found.
    """
    reading = _Reading()
    files = source_files(source)
    shared, complaints = files[: len(_SHARED_FILES)], files[len(_SHARED_FILES) :]
    head = reading.read(shared[0], SetFile)
    actions = reading.read(shared[1], ActionsFile)
    facts = reading.read(shared[2], FactsFile)
    gate = reading.read(shared[3], GateFile)
    modifiers = reading.read(shared[4], ModifiersFile)
    protocols = [(path, reading.read(path, ProtocolFile)) for path in complaints]
    if head is None or actions is None or facts is None or gate is None or modifiers is None:
        raise ProtocolError(*reading.problems)
    names = Names(
        actions={one.id: one for one in actions.actions},
        shared={one.id: one for one in (*facts.facts, *facts.measurements)},
    )
    _check_shared(reading, facts, actions, gate, names)
    tables: list[tuple[Path, TableFile]] = [(shared[3], gate), (shared[4], modifiers)]
    tables.extend((path, one) for path, one in protocols if one is not None)
    for path, table in tables:
        reading.problems.extend(check_table(reading.documents[path.name], table, names))
    _check_unique(reading, protocols)
    _check_names(reading, shared[0].name, names, head.without_protocol.actions)
    if reading.problems:
        raise ProtocolError(*reading.problems)
    return {
        "id": head.id,
        "version": head.version,
        "status": head.status,
        "title": head.title.model_dump(),
        "actions": [one.model_dump() for one in actions.actions],
        "level_actions": {level: list(ranked) for level, ranked in actions.by_urgency.items()},
        "facts": [_question(one) for one in facts.facts],
        "measurements": [_question(one) for one in facts.measurements],
        "gate": _table(gate, names),
        "modifiers": _table(modifiers, names),
        "without": head.without_protocol.model_dump(),
        "protocols": [_protocol(one, names) for _, one in protocols if one is not None],
    }


class _Reading:
    """The documents read so far and what was wrong with them."""

    def __init__(self) -> None:
        self.documents: dict[str, Document] = {}
        self.problems: list[Problem] = []

    def read(self, path: Path, model: type[Model]) -> Model | None:
        try:
            document = read_document(path)
        except ProtocolError as error:
            self.problems.extend(error.problems)
            return None
        self.documents[path.name] = document
        try:
            return model.model_validate(document.content)
        except ValidationError as error:
            for one in error.errors(include_url=False, include_context=False, include_input=False):
                place = tuple(part for part in one["loc"] if isinstance(part, str | int))
                self.problems.append(_problem(document, place, str(one["type"]), str(one["msg"])))
            return None


def _problem(document: Document, place: tuple[str | int, ...], kind: str, message: str) -> Problem:
    where = ".".join(str(part) for part in place)
    line = document.line(place)
    if kind == "extra_forbidden":
        return Problem(document.file, line, f"onbekend veld '{where}'", "haal het weg of kijk hoe het heet")
    if kind == "missing":
        return Problem(document.file, line, f"'{where}' ontbreekt", "vul het in")
    return Problem(document.file, line, f"'{where}' klopt niet: {message.removeprefix('Value error, ')}")


def _check_shared(reading: _Reading, facts: FactsFile, actions: ActionsFile, gate: GateFile, names: Names) -> None:
    counted = [one.id for one in (*facts.facts, *facts.measurements)]
    for doubled in sorted({one for one in counted if counted.count(one) > 1}):
        reading.problems.append(Problem("facts.yaml", 0, f"'{doubled}' staat er twee keer"))
    age = names.shared.get("leeftijd")
    if age is None or age.kind != "age":
        reading.problems.append(Problem("facts.yaml", 0, "het gegeven 'leeftijd' (kind: age) ontbreekt"))
    listed = [one.id for one in actions.actions]
    for doubled in sorted({one for one in listed if listed.count(one) > 1}):
        reading.problems.append(Problem("actions.yaml", 0, f"'{doubled}' staat er twee keer"))
    for level in sorted({one.name for one in Urgency} - set(actions.by_urgency)):
        reading.problems.append(Problem("actions.yaml", 0, f"by_urgency heeft geen {level}"))
    for ranked in actions.by_urgency.values():
        _check_names(reading, "actions.yaml", names, ranked)
    for question in gate.questions:
        if not question.letter:
            reading.problems.append(Problem("abcd.yaml", 0, f"'{question.id}' heeft geen letter (R A B C D E)"))


def _check_names(reading: _Reading, file: str, names: Names, ranked: list[str]) -> None:
    for name in ranked:
        if name not in names.actions:
            reading.problems.append(Problem(file, 0, f"actie '{name}' staat niet in actions.yaml"))


def _check_unique(reading: _Reading, protocols: list[tuple[Path, ProtocolFile | None]]) -> None:
    seen: dict[str, str] = {}
    for path, protocol in protocols:
        if protocol is None:
            continue
        if protocol.id in seen:
            reading.problems.append(Problem(path.name, 0, f"id '{protocol.id}' is al van {seen[protocol.id]}"))
        seen[protocol.id] = path.name
    if not any(one is not None for _, one in protocols) and not reading.problems:
        reading.problems.append(Problem("set.yaml", 0, "de set heeft geen enkele klacht"))


def _years(low: str, high: str) -> dict[str, str]:
    """Whole years, both included, as the span of the compiled form: `min` and `below`."""
    return {"min": f"{low} jaar" if low else "", "below": f"{int(high) + 1} jaar" if high else ""}


def _question(question: QuestionPart) -> dict[str, object]:
    ages = question.asked_of.age_years
    return {
        "id": question.id,
        "kind": question.kind,
        "ask": question.ask.model_dump(),
        "label": question.label.model_dump(),
        "options": [{"id": one.id, "text": {"nl": one.nl, "en": one.en}} for one in question.options],
        "red_flag": question.red_flag,
        "unknown_as": "" if question.unknown_as == "none" else question.unknown_as,
        "rationale": question.rationale.model_dump() if question.rationale else {},
        "letter": question.letter,
        "key": question.key,
        "ages": _years(ages.min, ages.max),
        "covers": question.covers,
        "ordered": question.ordered,
        "unit": question.unit,
        "low": question.range.min if question.range else "",
        "high": question.range.max if question.range else "",
    }


def _table(table: TableFile, names: Names) -> dict[str, object]:
    scope = Scope(names, {one.id: one for one in table.questions})
    return {
        "questions": [_question(one) for one in table.questions],
        "sources": [one.model_dump() | {"id": name} for name, one in table.sources.items()],
        "criteria": [
            {
                "id": one.id,
                "when": tree(one.when, scope),
                "urgency": one.urgency,
                "actions": list(one.actions),
                "reason": one.reason.model_dump(),
                "sources": list(one.sources),
                "say": one.say.model_dump() if one.say else {},
                "bars": list(one.bars),
            }
            for one in table.criteria
        ],
        "advice": {level: text.model_dump() for level, text in table.advice.items()},
        "safety_net": table.safety_net.model_dump() if table.safety_net else {},
        "cases": [
            {
                "facts": one.facts,
                "answers": one.answers,
                "measurements": one.measurements,
                "rest": one.rest,
                "urgency": "" if one.expect.urgency == "none" else one.expect.urgency,
                "names_fired": "no" if one.expect.fired is None else "yes",
                "fired": list(one.expect.fired or []),
            }
            for one in table.cases
        ],
    }


def _protocol(protocol: ProtocolFile, names: Names) -> dict[str, object]:
    ages = protocol.applies.age_years
    return _table(protocol, names) | {
        "id": protocol.id,
        "version": protocol.version,
        "status": protocol.status,
        "titles": protocol.titles.model_dump(),
        "search_nl": list(protocol.search.nl),
        "search_en": list(protocol.search.en),
        "icpc1": list(protocol.codes.icpc1),
        "applies": _years(ages.min, ages.max),
        "default": protocol.default.model_dump(),
        "actions": {level: list(ranked) for level, ranked in protocol.actions.items()},
    }


def json_schema() -> str:
    """The JSON Schema of a complaint's file, for editors."""
    return json.dumps(ProtocolFile.model_json_schema(), ensure_ascii=False, indent=2, sort_keys=True)

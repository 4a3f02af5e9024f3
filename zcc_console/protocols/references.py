"""Resolves what a table of the language refers to: questions, answers, facts, actions, sources (P01).

It knows the grammar's models; the console never imports it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from zcc_console.protocols.errors import Problem
from zcc_console.protocols.grammar import (
    ActionPart,
    CasePart,
    CriterionPart,
    ProtocolFile,
    QuestionPart,
    TableFile,
)
from zcc_console.protocols.model import UNKNOWN
from zcc_console.protocols.strict_yaml import Document, Path_
from zcc_console.protocols.values import age_days, number


@dataclass(frozen=True, slots=True)
class Names:
    """What every table of a set may name."""

    actions: Mapping[str, ActionPart]
    shared: Mapping[str, QuestionPart]
    """Facts and measurements."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What one table may name: what is shared, and its own questions."""

    names: Names
    own: Mapping[str, QuestionPart]

    def question(self, name: str) -> QuestionPart | None:
        """The own question, fact or measurement of this name."""
        return self.own.get(name) or self.names.shared.get(name)


class _Wrong(Exception):
    """A `when` that cannot be read; says why."""


def check_table(document: Document, table: TableFile, names: Names) -> list[Problem]:
    """Everything in a table that refers to nothing, or is there twice."""
    scope = Scope(names, {one.id: one for one in table.questions})
    found: list[tuple[Path_, str]] = []
    found.extend(_doubles("questions", [one.id for one in table.questions]))
    found.extend(_doubles("criteria", [one.id for one in table.criteria]))
    for place, question in enumerate(table.questions):
        found.extend(_question(("questions", place), question, names))
    for place, criterion in enumerate(table.criteria):
        found.extend(_criterion(("criteria", place), criterion, table, scope))
    for place, case in enumerate(table.cases):
        found.extend(_case(("cases", place), case, table, scope))
    if isinstance(table, ProtocolFile):
        for name in table.default.actions:
            if name not in names.actions:
                found.append((("default",), f"actie '{name}' staat niet in actions.yaml"))
        for level, ranked in table.actions.items():
            found.extend(
                (("actions", level), f"actie '{one}' staat niet in actions.yaml")
                for one in ranked
                if one not in names.actions
            )
    return [Problem(document.file, document.line(place), what) for place, what in found]


def tree(when: Mapping[str, object], scope: Scope) -> dict[str, object]:
    """A `when` in its compiled form.

    Raises:
        _Wrong: it cannot be read; `check_table` has found that before.
    """
    if len(when) != 1:
        raise _Wrong("één sleutel: all, any of de naam van een vraag of gegeven")
    ((name, value),) = when.items()
    if name in ("all", "any"):
        if not isinstance(value, list) or not value or not all(isinstance(one, dict) for one in value):
            raise _Wrong(f"'{name}' is een lijst van voorwaarden")
        return {"op": name, "parts": [tree(one, scope) for one in value]}
    question = scope.question(name)
    if question is None:
        raise _Wrong(f"'{name}' is geen vraag of gegeven")
    if question.ordered == "no":
        raise _Wrong(f"'{name}' is alleen een gegeven om vast te leggen, geen criterium")
    if isinstance(value, str):
        return _answer(name, value, question, name in scope.own)
    if isinstance(value, dict):
        return _threshold(name, value, question)
    raise _Wrong(f"bij '{name}' hoort een antwoord of een grens")


def _answer(name: str, value: str, question: QuestionPart, own: bool) -> dict[str, object]:
    leaf: dict[str, object] = {"name": name, "value": value, "or_unknown": "no"}
    if value == UNKNOWN:
        if not own:
            raise _Wrong(f"'{name}: onbekend' kan alleen bij een eigen vraag")
        return {**leaf, "op": "unknown"}
    if question.kind != "choice":
        raise _Wrong(f"'{name}' is een getal: gebruik at_least of below")
    places = [one.id for one in question.options]
    if value not in places:
        raise _Wrong(f"'{value}' is geen antwoord op '{name}'")
    if places.index(value) == 0:
        raise _Wrong(f"'{value}' is het eerste antwoord op '{name}'; dat verhoogt nooit iets")
    return {**leaf, "op": "worse"}


def _threshold(name: str, value: Mapping[str, object], question: QuestionPart) -> dict[str, object]:
    bounds = [one for one in value if one in ("at_least", "below")]
    if len(bounds) != 1 or set(value) - {"at_least", "below", "unknown"}:
        raise _Wrong(f"de grens van '{name}' heeft at_least of below, en hoogstens unknown: counts")
    if question.kind == "choice":
        raise _Wrong(f"'{name}' is een keuze: noem het antwoord")
    if value.get("unknown", "counts") != "counts":
        raise _Wrong("unknown kan alleen 'counts' zijn")
    text = value[bounds[0]]
    read = None if not isinstance(text, str) else age_days(text) if question.kind == "age" else number(text)
    if read is None:
        raise _Wrong(f"de grens '{text}' van '{name}' is niet te lezen")
    if question.range and not (_number(question.range.min) <= read <= _number(question.range.max)):
        raise _Wrong(f"de grens '{text}' ligt buiten het bereik van '{name}'")
    counts = "yes" if "unknown" in value else "no"
    return {"name": name, "value": text, "op": bounds[0], "or_unknown": counts}


def _number(text: str) -> float:
    return number(text) or 0.0


def _doubles(part: str, ids: list[str]) -> Iterator[tuple[Path_, str]]:
    for place, one in enumerate(ids):
        if one in ids[:place]:
            yield (part, place), f"id '{one}' staat er twee keer"


def _question(place: Path_, question: QuestionPart, names: Names) -> Iterator[tuple[Path_, str]]:
    if question.id in names.shared:
        yield place, f"'{question.id}' heet al een gegeven in facts.yaml"
    if question.covers and question.covers not in names.shared:
        yield place, f"'{question.covers}' (covers) is geen gegeven uit facts.yaml"
    yield from ((place, what) for _, what in _doubles("options", [one.id for one in question.options]))


def _criterion(place: Path_, criterion: CriterionPart, table: TableFile, scope: Scope) -> Iterator[tuple[Path_, str]]:
    try:
        tree(criterion.when, scope)
    except _Wrong as error:
        yield (*place, "when"), f"criterium '{criterion.id}': {error}"
    for name in (*criterion.actions, *criterion.bars):
        if name not in scope.names.actions:
            yield (*place, "actions"), f"actie '{name}' staat niet in actions.yaml"
    for name in criterion.sources:
        if name not in table.sources:
            yield (*place, "sources"), f"bron '{name}' staat niet bij sources"


def _case(place: Path_, case: CasePart, table: TableFile, scope: Scope) -> Iterator[tuple[Path_, str]]:
    for name, value in case.answers.items():
        question = scope.own.get(name)
        if question is None:
            yield place, f"voorbeeld noemt '{name}', geen vraag van dit bestand"
        elif not _can_be(question, value):
            yield place, f"voorbeeld: '{value}' is geen antwoord op '{name}'"
    for name, value in (*case.facts.items(), *case.measurements.items()):
        fact = scope.names.shared.get(name)
        if fact is None or not _can_be(fact, value):
            yield place, f"voorbeeld: '{name}: {value}' is geen gegeven uit facts.yaml"
    known = {one.id for one in table.criteria}
    for name in case.expect.fired or []:
        if name not in known:
            yield place, f"voorbeeld verwacht criterium '{name}', dat er niet is"


def _can_be(question: QuestionPart, value: str) -> bool:
    if value == UNKNOWN:
        return True
    if question.kind == "choice":
        return any(one.id == value for one in question.options)
    return (age_days(value) if question.kind == "age" else number(value)) is not None

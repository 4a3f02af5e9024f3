"""Builds the tables of a set from its compiled JSON, with everything the engine looks up made beforehand.

It trusts its input: the grammar and the hash have vouched for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import cast

from zcc_console.core.urgency import Urgency
from zcc_console.protocols.model import (
    UNKNOWN,
    Case,
    Criterion,
    Fired,
    Option,
    Question,
    Source,
    Span,
    Table,
    Test,
    Text,
    Tree,
)
from zcc_console.protocols.values import age_days, number

_UNKNOWN_REASON = Text("antwoord onbekend: {}", "answer unknown: {}")


@dataclass(frozen=True, slots=True)
class Reader:
    """A compiled object read by name; a name that is not there is a KeyError, which `load_compiled` reports."""

    content: Mapping[str, object]

    def text(self, name: str) -> str:
        value = self.content[name]
        if not isinstance(value, str):
            raise TypeError(name)
        return value

    def part(self, name: str) -> Reader:
        return Reader(cast("Mapping[str, object]", self.content[name]))

    def parts(self, name: str) -> tuple[Reader, ...]:
        return tuple(Reader(one) for one in cast("list[Mapping[str, object]]", self.content[name]))

    def names(self, name: str) -> tuple[str, ...]:
        return tuple(cast("list[str]", self.content[name]))

    def urgency(self, name: str) -> Urgency:
        return Urgency[self.text(name)]

    def translated(self, name: str) -> Text:
        return text_of(cast("Mapping[str, str]", self.content[name]))

    def maybe_translated(self, name: str) -> Text | None:
        value = self.content.get(name)
        return None if not value else text_of(cast("Mapping[str, str]", value))

    def mapping(self, name: str) -> Mapping[str, str]:
        return dict(cast("Mapping[str, str]", self.content[name]))

    def span(self, name: str) -> Span:
        value = self.mapping(name)
        return Span(
            age_days(value["min"]) if value["min"] else None, age_days(value["below"]) if value["below"] else None
        )

    def actions_by_urgency(self, name: str) -> dict[Urgency, tuple[str, ...]]:
        value = cast("Mapping[str, list[str]]", self.content[name])
        return {Urgency[level]: tuple(value[level]) for level in sorted(value)}

    def questions(self, name: str, scope: str) -> tuple[Question, ...]:
        return tuple(_question(one, scope) for one in self.parts(name))


def text_of(value: Mapping[str, str]) -> Text:
    """Dutch and English; Dutch stands in for a missing translation."""
    return Text(value["nl"], value["en"] or value["nl"])


def build_table(part: Reader, scope: str, kind: str, shared: Mapping[str, object]) -> Table:
    """The table of one scope. `kind` is what its criteria are called when they fire; `shared` are facts and measurements."""
    sources = {one.text("id"): _source(one) for one in part.parts("sources")}
    questions = part.questions("questions", scope)
    by_id = {question.id: question for question in questions}
    names = {**cast("Mapping[str, Question]", shared), **by_id}
    criteria = tuple(_criterion(one, scope, sources, names, by_id) for one in part.parts("criteria"))
    singles: dict[str, list[tuple[int, Fired]]] = {question.id: [] for question in questions}
    combined: list[tuple[Test | Tree, Fired]] = []
    for place, criterion in enumerate(criteria):
        fired = Fired(
            kind=kind,
            scope=scope,
            id=criterion.id,
            urgency=criterion.urgency,
            reason=criterion.reason,
            sources=criterion.sources,
            actions=criterion.actions,
            questions=tuple(dict.fromkeys(leaf.name for leaf in leaves(criterion.when))),
            say=criterion.say,
            bars=criterion.bars,
            place=place,
        )
        alone = criterion.when
        if isinstance(alone, Test) and not alone.shared and alone.op == "worse":
            singles[alone.name].append((int(alone.bound), fired))
        else:
            combined.append((criterion.when, fired))
    advice = {Urgency[level]: text_of(value) for level, value in _texts(part, "advice").items()}
    return Table(
        scope=scope,
        questions=questions,
        criteria=criteria,
        advice=advice,
        safety_net=part.maybe_translated("safety_net"),
        sources=tuple(sources.values()),
        cases=tuple(_case(one) for one in part.parts("cases")),
        by_id=by_id,
        singles={one.id: _by_rank(len(one.options), singles[one.id]) for one in questions},
        unknowns={one.id: _unknown(one, len(criteria)) for one in questions},
        combined=tuple(combined),
        uses=tuple(dict.fromkeys(leaf.name for one in criteria for leaf in leaves(one.when) if leaf.shared)),
    )


def leaves(tree: Test | Tree) -> Iterable[Test]:
    """Every test in a criterion, in order."""
    if isinstance(tree, Test):
        yield tree
    else:
        for part in tree.parts:
            yield from leaves(part)


def _by_rank(options: int, rows: list[tuple[int, Fired]]) -> tuple[tuple[Fired, ...], ...]:
    """Rank -> what fires on it, the worst answer's row first; what that row already says is marked as implied."""
    ranked = sorted(rows, key=lambda row: -row[0])
    result: list[tuple[Fired, ...]] = []
    for rank in range(options):
        fired: list[Fired] = []
        for bound, row in ranked:
            if bound <= rank:
                implied = any(bound < other and other <= rank and said.urgency <= row.urgency for other, said in ranked)
                fired.append(replace(row, implied=True) if implied else row)
        result.append(tuple(fired))
    return tuple(result)


def _unknown(question: Question, place: int) -> tuple[Fired, ...]:
    if question.unknown_as is None:
        return ()
    reason = Text(_UNKNOWN_REASON.nl.format(question.label.nl), _UNKNOWN_REASON.en.format(question.label.en))
    fired = Fired(
        kind="unknown",
        scope=question.scope,
        id=question.id,
        urgency=question.unknown_as,
        reason=reason,
        sources=(),
        actions=(),
        questions=(question.id,),
        place=place,
    )
    return (fired,)


def _texts(part: Reader, name: str) -> Mapping[str, Mapping[str, str]]:
    return cast("Mapping[str, Mapping[str, str]]", part.content[name])


def _source(part: Reader) -> Source:
    return Source(*(part.text(name) for name in ("id", "mark", "url", "read", "licence", "note")))


def _question(part: Reader, scope: str) -> Question:
    options = tuple(Option(one.text("id"), text_of(one.mapping("text"))) for one in part.parts("options"))
    unknown_as = part.text("unknown_as")
    return Question(
        id=part.text("id"),
        scope=scope,
        kind=part.text("kind"),
        ask=part.translated("ask"),
        label=part.translated("label"),
        options=options,
        red_flag=part.text("red_flag") == "yes",
        unknown_as=Urgency[unknown_as] if unknown_as else None,
        rationale=part.maybe_translated("rationale"),
        letter=part.text("letter"),
        key=part.text("key"),
        ages=part.span("ages"),
        covers=part.text("covers"),
        ordered=part.text("ordered") == "yes",
        unit=part.text("unit"),
        low=number(part.text("low")),
        high=number(part.text("high")),
        ranks={option.id: rank for rank, option in enumerate(options)},
    )


def _criterion(
    part: Reader,
    scope: str,
    sources: Mapping[str, Source],
    names: Mapping[str, Question],
    own: Mapping[str, Question],
) -> Criterion:
    return Criterion(
        id=part.text("id"),
        scope=scope,
        when=_tree(part.part("when"), names, own),
        urgency=part.urgency("urgency"),
        actions=part.names("actions"),
        reason=part.translated("reason"),
        sources=tuple(sources[name] for name in part.names("sources")),
        say=part.maybe_translated("say"),
        bars=part.names("bars"),
    )


def _tree(part: Reader, names: Mapping[str, Question], own: Mapping[str, Question]) -> Test | Tree:
    op = part.text("op")
    if op in ("all", "any"):
        return Tree(op, tuple(_tree(one, names, own) for one in part.parts("parts")))
    name, value = part.text("name"), part.text("value")
    question = names[name]
    bound = 0.0
    if op == "worse":
        bound = float(question.ranks[value])
    elif op != "unknown":
        bound = cast("float", age_days(value) if question.kind == "age" else number(value))
    return Test(name=name, shared=name not in own, op=op, bound=bound, or_unknown=part.text("or_unknown") == "yes")


def _case(part: Reader) -> Case:
    urgency = part.text("urgency")
    return Case(
        facts=part.mapping("facts"),
        answers=part.mapping("answers"),
        measurements=part.mapping("measurements"),
        rest=part.text("rest"),
        urgency=Urgency[urgency] if urgency else None,
        fired=part.names("fired") if part.text("names_fired") == "yes" else None,
    )


def reads_as(question: Question, given: str) -> float | None:
    """An answer as what the engine compares: the place of an option, a number, days of age; None for unknown."""
    if question.kind == "choice":
        rank = question.ranks.get(given)
        return None if rank is None else float(rank)
    if given == UNKNOWN:
        return None
    value = age_days(given) if question.kind == "age" else number(given)
    if value is None or (question.low is not None and value < question.low):
        return None
    return None if question.high is not None and value > question.high else value

"""What the answers mean: urgency, why, which care, what to ask next. Pure, total and fast; it knows no screen.

The most urgent of {gate, every criterion that fires, the complaint's default, modifiers} wins, and nothing lowers.
An answer this set does not know (an older draft, a typing error) counts as unknown, never as benign.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from operator import attrgetter

from zcc_console.core.urgency import Urgency
from zcc_console.protocols.build import reads_as
from zcc_console.protocols.model import (
    ABCD,
    AGE,
    EMPTY,
    FACTS,
    MEASUREMENTS,
    MODIFIERS,
    UNKNOWN,
    WITHOUT,
    Fired,
    Option,
    Protocol,
    ProtocolSet,
    Question,
    Table,
    Test,
    Text,
    Tree,
    Triage,
)

_urgency = attrgetter("urgency")
_place = attrgetter("place")
_WORST_LETTER = {"safe": 0, "unknown": 1, "open": 2, "unsafe": 3}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of a triage as it stands; every field is filled in, whatever was or was not answered."""

    urgency: Urgency
    fired: tuple[Fired, ...]
    """Everything that fired and the defaults, most urgent first."""
    actions: tuple[str, ...]
    """Ranked; none is less urgent than the result."""
    say: tuple[Text, ...]
    advice: tuple[Text, ...]
    safety_net: tuple[Text, ...]
    missing: tuple[Question, ...]
    """Not answered: the gate, an age the complaint needs, red flags, other facts it needs, the rest."""
    has_complaint: bool
    """A complaint was chosen, or that no protocol fits; until then the urgency is the set's own cautious one."""
    letters: Mapping[str, str]
    """ABCD letter -> "safe", "unsafe", "unknown" or "open"."""
    outside: tuple[str, ...]
    """Chosen complaints whose protocol is not meant for this age."""
    unread: tuple[str, ...]
    """Chosen complaints that this set does not have."""

    @property
    def reasons(self) -> tuple[Fired, ...]:
        """What explains the result; a lesser answer to the same question is left out."""
        return tuple(one for one in self.fired if one.urgency == self.urgency and not one.implied)

    @property
    def next_question(self) -> Question | None:
        """What to ask now, or None when everything was asked."""
        return self.missing[0] if self.missing else None

    @property
    def stop_early(self) -> bool:
        """U0 or U1: stop asking and hand over; the rest can be asked afterwards."""
        return self.urgency <= Urgency.U1

    @property
    def complete(self) -> bool:
        """Everything was asked."""
        return self.has_complaint and not self.missing


@dataclass(frozen=True, slots=True)
class WhatIf:
    """One other answer and the urgency it would give."""

    question: Question
    option: Option | None
    """None: unknown."""
    urgency: Urgency


def evaluate(protocols: ProtocolSet, triage: Triage) -> Verdict:
    """The verdict on what is known. Never raises, whatever the triage holds."""
    shared = _shared(protocols, triage)
    age = shared.get(AGE)
    chosen = [found for name in triage.complaints if (found := protocols.protocols.get(name)) is not None]
    fired = _fired(protocols, triage, shared, chosen)
    fired.sort(key=_urgency)
    urgency = fired[0].urgency
    missing = _missing(protocols, triage, age, chosen)
    return Verdict(
        urgency=urgency,
        fired=tuple(fired),
        actions=_actions(protocols, fired, urgency, chosen, missing),
        say=tuple(dict.fromkeys(one.say for one in fired if one.say is not None and one.urgency == urgency)),
        advice=_advice(protocols, fired, urgency, chosen),
        safety_net=_safety_net(protocols, fired, chosen),
        missing=missing,
        has_complaint=bool(triage.complaints),
        letters=_letters(protocols, triage, age),
        outside=tuple(one.id for one in chosen if not one.applies.holds(age)),
        unread=tuple(one for one in triage.complaints if one not in protocols.protocols and one != WITHOUT),
    )


def urgency_of(protocols: ProtocolSet, triage: Triage) -> Urgency:
    """The urgency alone: `evaluate(...).urgency` without the rest."""
    chosen = [found for name in triage.complaints if (found := protocols.protocols.get(name)) is not None]
    return min(one.urgency for one in _fired(protocols, triage, _shared(protocols, triage), chosen))


def fired_in(protocols: ProtocolSet, table: Table, triage: Triage) -> tuple[Fired, ...]:
    """What fires in one table alone: for the examples that travel with it."""
    fired: list[Fired] = []
    _fire(table, triage.of(table.scope), _shared(protocols, triage), fired)
    return tuple(fired)


def what_if(protocols: ProtocolSet, triage: Triage) -> tuple[WhatIf, ...]:
    """Every single other answer to the chosen complaints, their facts and the modifiers that changes the urgency.

    Most urgent first; among equals in the order of asking.
    """
    now = urgency_of(protocols, triage)
    results: list[WhatIf] = []
    for question in _changeable(protocols, triage):
        given = triage.answer(question.scope, question.id)
        for option in question.options:
            if option.id != given:
                other = urgency_of(protocols, with_answer(triage, question, option.id))
                if other != now:
                    results.append(WhatIf(question, option, other))
        if given != UNKNOWN and question.unknown_as is not None:
            other = urgency_of(protocols, with_answer(triage, question, UNKNOWN))
            if other != now:
                results.append(WhatIf(question, None, other))
    results.sort(key=_urgency)
    return tuple(results)


def what_would_raise(protocols: ProtocolSet, triage: Triage) -> tuple[WhatIf, ...]:
    """Those of `what_if` that are more urgent than the result now."""
    now = urgency_of(protocols, triage)
    return tuple(one for one in what_if(protocols, triage) if one.urgency < now)


def with_answer(triage: Triage, question: Question, value: str | None) -> Triage:
    """The triage with one answer set, or taken away where `value` is None."""
    scope = question.scope
    answers = {**triage.of(scope), question.id: value or ""}
    if value is None:
        del answers[question.id]
    if scope == ABCD:
        return replace(triage, abcd=answers)
    if scope == FACTS:
        return replace(triage, facts=answers)
    if scope == MEASUREMENTS:
        return replace(triage, measurements=answers)
    if scope == MODIFIERS:
        return replace(triage, modifiers=answers)
    return replace(triage, answers={**triage.answers, scope: answers})


def _changeable(protocols: ProtocolSet, triage: Triage) -> Iterator[Question]:
    named: dict[str, Question] = {}
    for name in triage.complaints:
        protocol = protocols.protocols.get(name)
        if protocol is not None:
            yield from (one for one in protocol.questions if one.kind == "choice")
            named.update((fact, protocols.facts[fact]) for fact in protocol.table.uses if fact in protocols.facts)
    yield from (one for one in named.values() if one.kind == "choice")
    yield from protocols.modifiers.questions


def _shared(protocols: ProtocolSet, triage: Triage) -> dict[str, float]:
    """Facts and measurements that are known, as what criteria compare."""
    known: dict[str, float] = {}
    for questions, given in ((protocols.facts, triage.facts), (protocols.measurements, triage.measurements)):
        for name, value in given.items():
            question = questions.get(name)
            if question is not None and (read := reads_as(question, value)) is not None:
                known[name] = read
    return known


def _fired(protocols: ProtocolSet, triage: Triage, shared: Mapping[str, float], chosen: list[Protocol]) -> list[Fired]:
    fired: list[Fired] = []
    _fire(protocols.gate, triage.abcd, shared, fired)
    for protocol in chosen:
        _fire(protocol.table, triage.answers.get(protocol.id, EMPTY), shared, fired)
    _fire(protocols.modifiers, triage.modifiers, shared, fired)
    fired.extend(protocol.default_fired for protocol in chosen)
    if len(chosen) != len(triage.complaints) or not chosen:
        fired.append(protocols.without)
    return fired


def _fire(table: Table, answers: Mapping[str, str], shared: Mapping[str, float], fired: list[Fired]) -> None:
    here: list[Fired] = []
    if answers:
        for question in table.questions:
            given = answers.get(question.id)
            if given is None:
                continue
            rank = question.ranks.get(given)
            if rank is not None:
                here.extend(table.singles[question.id][rank])
            elif question.kind == "choice" or reads_as(question, given) is None:
                here.extend(table.unknowns[question.id])
    for tree, row in table.combined:
        if _met(tree, table, answers, shared):
            here.append(row)
    if len(here) > 1:
        here.sort(key=_place)
    fired.extend(here)


def _met(tree: Test | Tree, table: Table, answers: Mapping[str, str], shared: Mapping[str, float]) -> bool:
    if isinstance(tree, Tree):
        if tree.op == "all":
            return all(_met(part, table, answers, shared) for part in tree.parts)
        return any(_met(part, table, answers, shared) for part in tree.parts)
    if tree.shared:
        value = shared.get(tree.name)
    else:
        given = answers.get(tree.name)
        value = None if given is None else reads_as(table.by_id[tree.name], given)
        if tree.op == "unknown":
            return given is not None and value is None
    if value is None:
        return tree.or_unknown
    return value < tree.bound if tree.op == "below" else value >= tree.bound


def _missing(protocols: ProtocolSet, triage: Triage, age: float | None, chosen: list[Protocol]) -> tuple[Question, ...]:
    missing = [one for one in protocols.gate.questions if one.id not in triage.abcd and one.ages.holds(age)]
    red_flags: list[Question] = []
    needed: dict[str, Question] = {}
    later: list[Question] = []
    for protocol in chosen:
        answers = triage.answers.get(protocol.id, EMPTY)
        covered: set[str] = set()
        for question in protocol.table.questions:
            covered.add(question.covers)
            if question.id not in answers and question.ages.holds(age):
                (red_flags if question.red_flag else later).append(question)
        for name in protocol.table.uses:
            fact = protocols.facts.get(name)
            if fact is not None and name not in triage.facts and name not in covered and fact.ages.holds(age):
                needed[name] = fact
    if AGE in needed:
        missing.append(needed.pop(AGE))
    return (*missing, *red_flags, *needed.values(), *later)


def _letters(protocols: ProtocolSet, triage: Triage, age: float | None) -> dict[str, str]:
    states: dict[str, str] = {}
    for question in protocols.gate.questions:
        given = triage.abcd.get(question.id)
        if given is None:
            state = "open" if question.ages.holds(age) else "safe"
        else:
            rank = question.ranks.get(given)
            state = "unknown" if rank is None else "unsafe" if rank else "safe"
        before = states.get(question.letter)
        if before is None or _WORST_LETTER[state] > _WORST_LETTER[before]:
            states[question.letter] = state
    return states


def _actions(
    protocols: ProtocolSet,
    fired: list[Fired],
    urgency: Urgency,
    chosen: list[Protocol],
    missing: tuple[Question, ...],
) -> tuple[str, ...]:
    """Those of what fired at the result, then the complaints' own at that level, then the set's."""
    ranked: dict[str, None] = {}
    barred: set[str] = set()
    for one in fired:
        if one.urgency == urgency:
            ranked.update(dict.fromkeys(one.actions))
        barred.update(one.bars)
    for protocol in chosen:
        ranked.update(dict.fromkeys(protocol.actions.get(urgency, ())))
    if not ranked:
        ranked.update(dict.fromkeys(protocols.level_actions[urgency]))
    somatic_open = any(question.red_flag for question in missing)
    fit = [name for name in ranked if _fits(protocols, name, urgency, somatic_open)]
    return tuple([name for name in fit if name not in barred] or fit or protocols.level_actions[urgency])


def _fits(protocols: ProtocolSet, name: str, urgency: Urgency, somatic_open: bool) -> bool:
    action = protocols.actions[name]
    return action.most <= urgency and not (somatic_open and action.only_after == "somatic")


def _advice(protocols: ProtocolSet, fired: list[Fired], urgency: Urgency, chosen: list[Protocol]) -> tuple[Text, ...]:
    texts: dict[Text, None] = {}
    if any(one.kind == "gate" and one.urgency == urgency for one in fired):
        texts.update(_at(protocols.gate, urgency))
    for protocol in chosen:
        texts.update(_at(protocol.table, urgency))
    if not texts:
        texts.update(_at(protocols.modifiers, urgency))
    return tuple(texts)


def _at(table: Table, urgency: Urgency) -> dict[Text, None]:
    """The table's text for this level; U0 reads U1's and U5 reads U4's where they have none of their own."""
    level: Urgency = urgency
    if level not in table.advice:
        level = {Urgency.U0: Urgency.U1, Urgency.U5: Urgency.U4}.get(urgency, urgency)
    text = table.advice.get(level)
    return {} if text is None else {text: None}


def _safety_net(protocols: ProtocolSet, fired: list[Fired], chosen: list[Protocol]) -> tuple[Text, ...]:
    tables = [protocol.table for protocol in chosen]
    if any(one.kind == "gate" for one in fired):
        tables.insert(0, protocols.gate)
    texts = [table.safety_net for table in (*tables, protocols.modifiers)]
    return tuple(dict.fromkeys(text for text in texts if text is not None))

"""P06: a worse answer never lowers the urgency. Exhaustive where that is small, else single steps from many places.

The language cannot say it (no negation, no lowering); this holds the engine to it.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from zcc_console.core.urgency import Urgency
from zcc_console.protocols.engine import urgency_of, with_answer
from zcc_console.protocols.findings import ERROR, Finding
from zcc_console.protocols.model import AGE, UNKNOWN, Protocol, ProtocolSet, Question, Triage

Judge = Callable[[ProtocolSet, Triage], Urgency]
EXHAUSTIVE_UP_TO: Final = 200
"""Combinations; the full check of the next version goes to 10⁶, from the command line."""
_AGES: Final = ("10 dagen", "2 maanden", "5 maanden", "3 jaar", "10 jaar", "30 jaar", "52 jaar", "70 jaar", UNKNOWN)


def check_monotone(protocols: ProtocolSet, samples: int, judge: Judge = urgency_of) -> Iterator[Finding]:
    """One finding a complaint at most, with the smallest example found."""
    for protocol in protocols.protocols.values():
        for before, question, better, worse in _steps(protocols, protocol, samples):
            if _falls(protocols, judge, before, question, better, worse):
                small = _smallest(protocols, judge, before, question, better, worse)
                given = {
                    name: value for scope in (*small.answers.values(), small.facts) for name, value in scope.items()
                }
                shown = ", ".join(f"{name}={value}" for name, value in given.items() if name != question.id)
                example = f"{question.id}: {better} → {worse}" + (f" bij {shown}" if shown else "")
                yield Finding("P06", ERROR, protocol.id, "een erger antwoord verlaagt de urgentie", example)
                break


def random_triage(protocols: ProtocolSet, protocol: Protocol, chance: random.Random) -> Triage:
    """Answers at random, some unknown, some absent."""
    facts: dict[str, str] = {AGE: chance.choice(_AGES)}
    for fact in protocols.facts.values():
        if fact.kind == "choice" and chance.random() < 0.5:
            facts[fact.id] = chance.choice([*fact.ranks, UNKNOWN])
    answers: dict[str, str] = {}
    for question in protocol.questions:
        if question.kind == "choice" and chance.random() < 0.8:
            answers[question.id] = chance.choice([*question.ranks, *question.ranks, UNKNOWN])
    return Triage(facts=facts, complaints=(protocol.id,), answers={protocol.id: answers})


def _steps(protocols: ProtocolSet, protocol: Protocol, samples: int) -> Iterator[tuple[Triage, Question, str, str]]:
    choices = [one for one in protocol.questions if one.kind == "choice"]
    for triage in _places(protocols, protocol, choices, samples):
        for question in choices:
            for better, worse in itertools.pairwise(question.options):
                yield triage, question, better.id, worse.id


def _places(protocols: ProtocolSet, protocol: Protocol, choices: list[Question], samples: int) -> Iterable[Triage]:
    if math.prod(len(one.options) for one in choices) <= max(EXHAUSTIVE_UP_TO, samples):
        for options in itertools.product(*(one.options for one in choices)):
            answers = {one.id: option.id for one, option in zip(choices, options, strict=True)}
            yield Triage(complaints=(protocol.id,), answers={protocol.id: answers})
        return
    yield Triage(complaints=(protocol.id,))
    yield Triage(complaints=(protocol.id,), answers={protocol.id: {one.id: UNKNOWN for one in choices}})
    chance = random.Random(6)
    for _ in range(samples):
        yield random_triage(protocols, protocol, chance)


def _falls(protocols: ProtocolSet, judge: Judge, triage: Triage, question: Question, better: str, worse: str) -> bool:
    before = judge(protocols, with_answer(triage, question, better))
    return judge(protocols, with_answer(triage, question, worse)) > before


def _smallest(
    protocols: ProtocolSet, judge: Judge, triage: Triage, question: Question, better: str, worse: str
) -> Triage:
    """Take away every other answer and fact that is not needed for it."""
    for scope, name in [(one, name) for one in (*triage.answers, "facts") for name in triage.of(one)]:
        other = protocols.question(scope, name)
        if other is not None and name != question.id:
            less = with_answer(triage, other, None)
            if _falls(protocols, judge, less, question, better, worse):
                triage = less
    return triage

"""A compiled protocol set as frozen dataclasses, and what is known of one call.

It knows neither YAML nor pydantic nor a screen: the console reads sets through this module only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from zcc_console.core.urgency import Urgency

UNKNOWN: Final = "onbekend"
"""The answer "weet niet": possible for every question, never the same as an answer that was not given."""

ABCD: Final = "abcd"
FACTS: Final = "facts"
MEASUREMENTS: Final = "measurements"
MODIFIERS: Final = "modifiers"
AGE: Final = "leeftijd"
"""The fact every set has: it decides whom a protocol and a question are for."""
WITHOUT: Final = "zonder-protocol"
"""Stands among the complaints where no protocol fits and the triagist decides by hand."""
SHARED_SCOPES: Final = (ABCD, FACTS, MEASUREMENTS, MODIFIERS)
"""Scopes asked once a call; every other scope is the id of a protocol."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text in Dutch (always there) and English (Dutch where the set has none)."""

    nl: str
    en: str

    def __str__(self) -> str:
        return self.nl

    def in_language(self, language: str) -> str:
        """The text in a language code, Dutch for any that is not known."""
        return self.en if language == "en" else self.nl


@dataclass(frozen=True, slots=True)
class Source:
    """Where a criterion comes from. `mark` is "read", "unread" (never opened) or "own-choice" (no source at all)."""

    id: str
    mark: str
    url: str
    read: str
    licence: str
    note: str


@dataclass(frozen=True, slots=True)
class Option:
    """One answer of a question."""

    id: str
    text: Text


@dataclass(frozen=True, slots=True)
class Span:
    """A range of ages in days; None is open. The upper end is not part of it."""

    low: float | None
    high: float | None

    def holds(self, age_days: float | None) -> bool:
        """Whether the age lies in it; an unknown age always may."""
        if age_days is None:
            return True
        return (self.low is None or age_days >= self.low) and (self.high is None or age_days < self.high)


@dataclass(frozen=True, slots=True)
class Question:
    """Something to ask. Options run from benign to worst; the first never raises."""

    id: str
    scope: str
    """"abcd", "facts", "measurements", "modifiers", or the id of the protocol."""
    kind: str
    """"choice", "number" (text such as 38.4) or "age" (text such as 67 jaar)."""
    ask: Text
    label: Text
    """A few words for a list, a log line or "as it were otherwise"."""
    options: tuple[Option, ...]
    red_flag: bool
    unknown_as: Urgency | None
    """The urgency an unknown answer gives by itself."""
    rationale: Text | None
    """Why a red flag may stop at U2, or its unknown may be less than U2."""
    letter: str
    """Of the ABCD gate: R A B C D E; else empty."""
    key: str
    """The letter that sets a modifier; else empty."""
    ages: Span
    """Whom to ask. Outside it the question is passed over, but an answer still counts."""
    covers: str
    """The fact it asks about as well, which then need not be asked by itself; else empty."""
    ordered: bool
    """False for what is only recorded (a registered sex): no criterion can name it."""
    unit: str
    low: float | None
    high: float | None
    ranks: Mapping[str, int] = field(hash=False, compare=False)
    """Option id to its place, benign = 0."""

    def option(self, option_id: str) -> Option | None:
        """The option with this id."""
        rank = self.ranks.get(option_id)
        return None if rank is None else self.options[rank]


@dataclass(frozen=True, slots=True)
class Test:
    """A leaf of a criterion: this answer or worse, or a number at or beyond a threshold."""

    __test__ = False  # not a test case for pytest

    name: str
    shared: bool
    """The name is a fact or a measurement, not a question of the own scope."""
    op: str
    """"worse" (rank at least `bound`), "at_least", "below", or "unknown"."""
    bound: float
    or_unknown: bool
    """An unknown or absent value counts as met: the cautious reading of an age nobody knows."""


@dataclass(frozen=True, slots=True)
class Tree:
    """All or any of its parts."""

    op: str
    parts: tuple[Test | Tree, ...]


@dataclass(frozen=True, slots=True)
class Fired:
    """One reason for an urgency, made once when the set is loaded."""

    kind: str
    """"gate", "criterion", "modifier", "unknown" or "default"."""
    scope: str
    id: str
    """The criterion's id; for "unknown" the question's."""
    urgency: Urgency
    reason: Text
    sources: tuple[Source, ...]
    actions: tuple[str, ...]
    questions: tuple[str, ...]
    """Which answers brought it about."""
    say: Text | None = None
    """What to say to the caller at once."""
    bars: tuple[str, ...] = ()
    """Actions that will not do on their own here (self-care for someone who is alone)."""
    place: int = 0
    """Among its table's criteria: of equally urgent reasons the table's order is the order of saying."""
    implied: bool = False
    """A worse answer to the same question says it already; kept for the record, left out of "omdat"."""


@dataclass(frozen=True, slots=True)
class Criterion:
    """A row of the table: when it is met, the result is at least this urgent."""

    id: str
    scope: str
    when: Test | Tree
    urgency: Urgency
    actions: tuple[str, ...]
    reason: Text
    sources: tuple[Source, ...]
    say: Text | None
    bars: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """An example that travels with the protocol."""

    facts: Mapping[str, str]
    answers: Mapping[str, str]
    measurements: Mapping[str, str]
    rest: str
    """What is not named: "benign", "unknown" or "absent"."""
    urgency: Urgency | None
    """None: the table itself says nothing (the gate, all safe)."""
    fired: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Table:
    """Questions and criteria of one scope: the gate, the modifiers or a complaint."""

    scope: str
    questions: tuple[Question, ...]
    criteria: tuple[Criterion, ...]
    advice: Mapping[Urgency, Text]
    safety_net: Text | None
    sources: tuple[Source, ...]
    cases: tuple[Case, ...]
    by_id: Mapping[str, Question] = field(hash=False, compare=False)
    singles: Mapping[str, tuple[tuple[Fired, ...], ...]] = field(hash=False, compare=False)
    """Question id -> rank -> what fires on that answer alone, worst first."""
    unknowns: Mapping[str, tuple[Fired, ...]] = field(hash=False, compare=False)
    combined: tuple[tuple[Test | Tree, Fired], ...] = field(hash=False, compare=False)
    """Criteria over more than one answer, or over facts and measurements."""
    uses: tuple[str, ...] = field(hash=False, compare=False)
    """Facts and measurements that the criteria name."""


@dataclass(frozen=True, slots=True)
class Action:
    """A follow-up action and the capacity category that gives it."""

    id: str
    title: Text
    category: str
    """One of the twelve capacity categories, or empty (police, dentist, self-care)."""
    most: Urgency
    """The most urgent result it may serve."""
    least: Urgency
    only_after: str
    """"somatic": only once the red flags are answered (acute mental-health care)."""


@dataclass(frozen=True, slots=True)
class Protocol:
    """One entry complaint (ingangsklacht)."""

    id: str
    version: str
    status: str
    """"demonstration", "clinical-review" or "approved"."""
    titles: Text
    search_nl: tuple[str, ...]
    search_en: tuple[str, ...]
    icpc1: tuple[str, ...]
    applies: Span
    table: Table
    default: Urgency
    default_fired: Fired
    actions: Mapping[Urgency, tuple[str, ...]]

    @property
    def questions(self) -> tuple[Question, ...]:
        """In the order of asking: red flags first."""
        return self.table.questions


@dataclass(frozen=True, slots=True)
class ProtocolSet:
    """A whole set, as one version with one hash."""

    id: str
    version: str
    status: str
    title: Text
    hash: str
    """`sha256:` and the hex digest over the canonical form."""
    gate: Table
    modifiers: Table
    facts: Mapping[str, Question]
    measurements: Mapping[str, Question]
    actions: Mapping[str, Action]
    protocols: Mapping[str, Protocol]
    without: Fired
    """What counts when no protocol fits: its urgency and actions."""
    level_actions: Mapping[Urgency, tuple[str, ...]]
    """Ranked actions where no complaint says better."""

    @property
    def is_demonstration(self) -> bool:
        """DEMO must then stand on every screen and in every export."""
        return self.status != "approved"

    def question(self, scope: str, question_id: str) -> Question | None:
        """A question by where its answer belongs."""
        if scope == ABCD:
            return self.gate.by_id.get(question_id)
        if scope == MODIFIERS:
            return self.modifiers.by_id.get(question_id)
        if scope == FACTS:
            return self.facts.get(question_id)
        if scope == MEASUREMENTS:
            return self.measurements.get(question_id)
        protocol = self.protocols.get(scope)
        return None if protocol is None else protocol.table.by_id.get(question_id)

    def letters(self) -> tuple[str, ...]:
        """The letters of the gate in their order."""
        return tuple(dict.fromkeys(question.letter for question in self.gate.questions))


EMPTY: Final[Mapping[str, str]] = {}


@dataclass(frozen=True, slots=True)
class Triage:
    """What is known of one call. Absent is not asked; `UNKNOWN` is asked and not known."""

    facts: Mapping[str, str] = field(default_factory=dict)
    abcd: Mapping[str, str] = field(default_factory=dict)
    complaints: tuple[str, ...] = ()
    answers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    measurements: Mapping[str, str] = field(default_factory=dict)
    modifiers: Mapping[str, str] = field(default_factory=dict)

    def answer(self, scope: str, question_id: str) -> str | None:
        """What was answered, or None."""
        return self.of(scope).get(question_id)

    def of(self, scope: str) -> Mapping[str, str]:
        """All answers of a scope."""
        if scope == ABCD:
            return self.abcd
        if scope == FACTS:
            return self.facts
        if scope == MEASUREMENTS:
            return self.measurements
        if scope == MODIFIERS:
            return self.modifiers
        return self.answers.get(scope, EMPTY)

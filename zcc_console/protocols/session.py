"""The steps of a triage as one immutable value: answering, not knowing, undoing, going back, deciding.

Pure: it knows no screen, no clock and no store; `session_data` turns it into what is stored, and back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from zcc_console.core.jsontypes import Json, JsonObject
from zcc_console.core.urgency import Urgency
from zcc_console.protocols import override, session_data
from zcc_console.protocols.build import reads_as
from zcc_console.protocols.engine import Verdict, evaluate, with_answer
from zcc_console.protocols.model import (
    ABCD,
    UNKNOWN,
    WITHOUT,
    Protocol,
    ProtocolSet,
    Question,
    Triage,
)
from zcc_console.protocols.order import asked_in_step
from zcc_console.protocols.values import normal_age

COMPLAINTS: Final = "complaints"
"""The scope of a change that chose or dropped a complaint."""
LONGEST_LOG: Final = 200


class Step(StrEnum):
    """Where the triage is; the order of domain.md."""

    PATIENT = "patient"
    ABCD = "abcd"
    COMPLAINT = "klacht"
    QUESTIONS = "vragen"
    URGENCY = "urgentie"
    FOLLOW_UP = "vervolg"
    ADVICE = "advies"

    @property
    def label(self) -> str:
        """As it stands on the screen."""
        return "ABCD" if self is Step.ABCD else self.value.capitalize()


STEPS: Final = tuple(Step)


@dataclass(frozen=True, slots=True)
class Change:
    """One answer before and after; None is not answered."""

    scope: str
    id: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Act:
    """One thing a person did, undone as a whole, and the step it was done in."""

    step: Step
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Session:
    """A triage as it stands. Every method returns a new one; what changes nothing returns the same object."""

    protocols: ProtocolSet
    triage: Triage = field(default_factory=Triage)
    step: Step = Step.PATIENT
    focused: tuple[str, str] | None = None
    """(scope, id) of a question gone back to; None asks the first that is not answered."""
    log: tuple[Act, ...] = ()
    decision: override.Decision | None = None
    verdict: Verdict = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "verdict", evaluate(self.protocols, self.triage))

    @staticmethod
    def start(protocols: ProtocolSet) -> Session:
        """A triage of which nothing is known."""
        return Session(protocols)

    @staticmethod
    def resume(protocols: ProtocolSet, data: JsonObject) -> Session:
        """The same question of the same call, from `to_draft` or `to_triage_data`; total: what is unreadable is left
        out, what this set does not know is kept and counts as unknown."""
        stored = session_data.read(data)
        session = Session(protocols, stored.triage)
        session = replace(session, decision=override.still_stands(stored.decision, session.verdict.urgency))
        try:
            step = Step(stored.step)
        except ValueError:
            step = session._first_open_step()
        log = tuple(
            Act(Step(of), tuple(Change(*one) for one in changes)) for of, changes in stored.log if of in set(STEPS)
        )
        focused = stored.focused if stored.focused and protocols.question(*stored.focused) else None
        return replace(session, step=step, focused=focused, log=log)

    # -- what there is to see

    @property
    def urgency(self) -> Urgency:
        """What counts now: decided, else proposed."""
        return self.decision.final if self.decision else self.verdict.urgency

    @property
    def sequence(self) -> tuple[Question, ...]:
        """All questions of this step in the order of asking, answered or not."""
        return asked_in_step(self.protocols, self.triage, self.step)

    @property
    def asking(self) -> Question | None:
        """The question on the screen; None where the step asks none, or all are answered."""
        sequence = self.sequence
        if self.focused is not None:
            for question in sequence:
                if (question.scope, question.id) == self.focused:
                    return question
        return next((one for one in sequence if self.triage.answer(one.scope, one.id) is None), None)

    @property
    def progress(self) -> tuple[int, int]:
        """(place of the question on the screen, how many this step has); after the last both are the same."""
        sequence, asking = self.sequence, self.asking
        return (sequence.index(asking) + 1 if asking in sequence else len(sequence), len(sequence))

    @property
    def complaints(self) -> tuple[Protocol, ...]:
        """The chosen complaints that this set has."""
        return tuple(self.protocols.protocols[one] for one in self.triage.complaints if one in self.protocols.protocols)

    def is_done(self, step: Step) -> bool:
        """Whether the step has nothing left to ask (the mark before its name)."""
        if step is Step.PATIENT:
            return bool(self.triage.facts) or STEPS.index(self.step) > 0
        if step is Step.COMPLAINT:
            return bool(self.triage.complaints)
        if step is Step.URGENCY:
            return self.decision is not None
        if step in (Step.ABCD, Step.QUESTIONS):
            asked = asked_in_step(self.protocols, self.triage, step)
            open_ = any(self.triage.answer(one.scope, one.id) is None for one in asked)
            return not open_ and (step is Step.ABCD or bool(self.triage.complaints))
        return STEPS.index(self.step) > STEPS.index(step)

    # -- answering

    def press(self, key: str) -> Session:
        """An answer by its key: `1`-`9` an option, `0` unknown. Any other key, or a number too high, changes nothing."""
        question = self.asking
        if question is None or question.kind != "choice":
            return self._answered(question, UNKNOWN) if question is not None and key == "0" else self
        if key == "0":
            return self._answered(question, UNKNOWN)
        if key.isascii() and key.isdecimal() and 1 <= int(key) <= len(question.options):
            return self._answered(question, question.options[int(key) - 1].id)
        return self

    def answer(self, question: Question, value: str) -> Session:
        """An answer by its question: an option's id, `UNKNOWN`, a number or an age as typed.

        Raises:
            ValueError: this is no answer to it (Dutch, for beside the field).
        """
        return self._answered(question, readable(question, value))

    def put_fact(self, fact: str, value: str | None) -> Session:
        """A fact of the patient; None takes it away. Raises as `answer`."""
        return self._put(self.protocols.facts.get(fact), fact, value)

    def put_measurement(self, name: str, value: str | None) -> Session:
        """A measurement; None takes it away. Raises as `answer`."""
        return self._put(self.protocols.measurements.get(name), name, value)

    def put_modifier(self, name: str, value: str | None) -> Session:
        """An aggravating circumstance; None takes it away. Raises as `answer`."""
        return self._put(self.protocols.modifiers.by_id.get(name), name, value)

    def put_abcd(self, name: str, value: str | None) -> Session:
        """One sign of the gate; None takes it away. Raises as `answer`."""
        return self._put(self.protocols.gate.by_id.get(name), name, value)

    def cycle_modifier(self, key: str) -> Session:
        """The next answer of the modifier under this key: not ticked, each of its answers, not ticked."""
        for question in self.protocols.modifiers.questions:
            if question.key == key:
                given = self.triage.modifiers.get(question.id)
                rank = question.ranks.get(given, 0) if given is not None else 0
                last = rank + 1 >= len(question.options)
                return self._changed([(question, None if last else question.options[rank + 1].id)])
        return self

    def all_safe(self) -> Session:
        """Every sign of the gate that is not answered yet is benign."""
        gate = self.protocols.gate.questions
        values = [(one, one.options[0].id) for one in gate if one.id not in self.triage.abcd]
        return self._changed(values)._settled()

    def letter_is(self, letter: str, state: str) -> Session:
        """All signs of one letter of the gate: `safe` or `unknown`; `open` takes its answers away."""
        values: list[tuple[Question, str | None]] = []
        for question in self.protocols.gate.questions:
            if question.letter == letter:
                benign, unknown = question.options[0].id, UNKNOWN
                values.append((question, {"safe": benign, "unknown": unknown}.get(state)))
        return self._changed(values)._settled()

    def choose(self, complaint: str) -> Session:
        """Add a complaint of this set and go on to its questions; what was answered stays."""
        if complaint not in self.protocols.protocols:
            return self
        chosen = self._complaints([complaint], [WITHOUT])
        return replace(chosen, step=Step.QUESTIONS, focused=None)._settled()

    def without_protocol(self) -> Session:
        """No protocol fits: the triagist decides the urgency."""
        return replace(self._complaints([WITHOUT], []), step=Step.URGENCY, focused=None)

    def drop(self, complaint: str) -> Session:
        """Take a complaint away; its answers stay, for when it is chosen again."""
        return self._complaints([], [complaint])

    # -- going about

    def undo(self) -> Session:
        """Take back the last thing done, and stand where it was done."""
        if not self.log:
            return self
        act = self.log[-1]
        triage = self.triage
        for change in reversed(act.changes):
            triage = _apply(self.protocols, triage, change, change.before)
        undone = self._with(triage, log=self.log[:-1], step=act.step)
        if len(act.changes) == 1:
            for question in undone.sequence:
                if (question.scope, question.id) == (act.changes[0].scope, act.changes[0].id):
                    return undone.focus(question)
        return undone

    def back(self) -> Session:
        """The question before this one, or the step before; nothing is taken away."""
        sequence, asking = self.sequence, self.asking
        place = sequence.index(asking) if asking in sequence else len(sequence)
        if place > 0:
            return self.focus(sequence[place - 1])
        before = STEPS.index(self.step) - 1
        return self.go(STEPS[before]) if before >= 0 else self

    def forward(self) -> Session:
        """Past a question gone back to; else the next step."""
        if self.focused is not None:
            return replace(self, focused=None)
        after = STEPS.index(self.step) + 1
        return self.go(STEPS[after]) if after < len(STEPS) else self

    def go(self, step: Step) -> Session:
        """Stand at a step."""
        return self if step is self.step and self.focused is None else replace(self, step=step, focused=None)

    def focus(self, question: Question) -> Session:
        """Stand at a question, answered or not."""
        step = Step.ABCD if question.scope == ABCD else self.step
        return replace(self, step=step, focused=(question.scope, question.id))

    # -- deciding

    def wanted(self, final: Urgency) -> tuple[str, ...]:
        """What deciding this urgency takes: see `override.wanted`."""
        return override.wanted(self.verdict, final)

    def decide(
        self, final: Urgency, *, by: str, at: str, reason: str = "", second: str = "", second_role: str = ""
    ) -> Session:
        """The urgency a person decides, and on to the follow-up.

        Raises:
            OverrideRefused: a reason, a second person or the doctor in charge is wanting.
        """
        made = override.Decision(self.verdict.urgency, final, by, at, reason, second, second_role)
        return replace(self, decision=override.decide(self.verdict, made), step=Step.FOLLOW_UP, focused=None)

    # -- storing

    def to_triage_data(self) -> dict[str, Json]:
        """The `data` of `call.triage` (contract.md §3)."""
        return session_data.triage_data(self.protocols, self.triage, self.verdict, self.decision)

    def to_draft(self) -> dict[str, Json]:
        """As `to_triage_data`, with where the screen stands and what can be undone."""
        log = [
            (act.step.value, [(one.scope, one.id, one.before, one.after) for one in act.changes]) for act in self.log
        ]
        return session_data.draft(self.to_triage_data(), self.step.value, self.focused, log)

    # -- inside

    def _answered(self, question: Question, value: str) -> Session:
        return replace(self._changed([(question, value)]), focused=None)._settled()

    def _put(self, question: Question | None, name: str, value: str | None) -> Session:
        if question is None:
            raise ValueError(f"Deze protocolset kent '{name}' niet.")
        return self._changed([(question, None if value is None else readable(question, value))])

    def _changed(self, values: Iterable[tuple[Question, str | None]]) -> Session:
        changes = [
            Change(one.scope, one.id, before, after)
            for one, after in values
            if (before := self.triage.answer(one.scope, one.id)) != after
        ]
        return self._did(changes)

    def _complaints(self, added: list[str], dropped: list[str]) -> Session:
        have = self.triage.complaints
        changes = [Change(COMPLAINTS, one, "", None) for one in dropped if one in have]
        changes.extend(Change(COMPLAINTS, one, None, "") for one in added if one not in have)
        return self._did(changes)

    def _did(self, changes: list[Change]) -> Session:
        if not changes:
            return self
        triage = self.triage
        for change in changes:
            triage = _apply(self.protocols, triage, change, change.after)
        return self._with(triage, log=(*self.log, Act(self.step, tuple(changes)))[-LONGEST_LOG:])

    def _with(
        self,
        triage: Triage,
        *,
        log: tuple[Act, ...],
        step: Step | None = None,
    ) -> Session:
        changed = replace(self, triage=triage, log=log, step=step or self.step, focused=None)
        return replace(changed, decision=override.still_stands(self.decision, changed.verdict.urgency))

    def _settled(self) -> Session:
        """On to the next step when this one has nothing left to ask; a higher urgency never moves the screen."""
        if self.focused is not None or self.asking is not None:
            return self
        if self.step is Step.ABCD:
            return self.go(Step.QUESTIONS if self.triage.complaints else Step.COMPLAINT)
        if self.step is Step.QUESTIONS:
            return self.go(Step.URGENCY if self.is_done(Step.ABCD) else Step.ABCD)
        return self

    def _first_open_step(self) -> Step:
        """Where data without a position goes on."""
        if not self.triage.facts and not self.triage.abcd and not self.triage.complaints:
            return Step.PATIENT
        for step in (Step.ABCD, Step.COMPLAINT, Step.QUESTIONS, Step.URGENCY):
            if not self.is_done(step):
                return step
        return Step.FOLLOW_UP


def readable(question: Question, value: str) -> str:
    """The answer as it is stored.

    Raises:
        ValueError: it is no answer to this question; the sentence is for the person who typed it.
    """
    text = value.strip()
    if text == UNKNOWN or text in question.ranks:
        return text
    if question.kind == "choice":
        raise ValueError(f"'{text[:20]}' is geen antwoord op deze vraag.")
    if question.kind == "age":
        age = normal_age(text)
        if age is None:
            raise ValueError("Typ een leeftijd, zoals 67, 3 maanden of 10 dagen.")
        return age
    text = text.replace(",", ".")
    if reads_as(question, text) is None:
        between = f"tussen {question.low:g} en {question.high:g} {question.unit}"
        raise ValueError(f"Typ een getal {between}.")
    return text


def _apply(protocols: ProtocolSet, triage: Triage, change: Change, value: str | None) -> Triage:
    if change.scope == COMPLAINTS:
        without = tuple(one for one in triage.complaints if one != change.id)
        return replace(triage, complaints=without if value is None else (*without, change.id))
    question = protocols.question(change.scope, change.id)
    return triage if question is None else with_answer(triage, question, value)

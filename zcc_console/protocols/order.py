"""In which order questions are asked, answered or not: the list beside the question on the screen.

The same order as `engine.evaluate(...).missing`, which leaves out what was answered.
"""

from __future__ import annotations

from zcc_console.protocols.build import reads_as
from zcc_console.protocols.model import AGE, FACTS, ProtocolSet, Question, Triage


def asked_in_step(protocols: ProtocolSet, triage: Triage, step: str) -> tuple[Question, ...]:
    """The questions of the steps `abcd` and `vragen`; other steps ask none.

    A question that is not for this age is left out, unless it was answered; so is an age that is known, which stands
    with the patient.
    """
    if step not in ("abcd", "vragen"):
        return ()
    age = _age(protocols, triage)
    if step == "abcd":
        return tuple(one for one in protocols.gate.questions if one.id in triage.abcd or one.ages.holds(age))
    red_flags: list[Question] = []
    later: list[Question] = []
    needed: dict[str, Question] = {}
    for name in triage.complaints:
        protocol = protocols.protocols.get(name)
        if protocol is None:
            continue
        answers = triage.of(name)
        for question in protocol.questions:
            if question.id in answers or question.ages.holds(age):
                (red_flags if question.red_flag else later).append(question)
        covered = {question.covers for question in protocol.questions}
        for used in protocol.table.uses:
            fact = protocols.facts.get(used)
            if fact is not None and used not in covered and (used in triage.facts or fact.ages.holds(age)):
                needed[used] = fact
    age_question = needed.pop(AGE, None)
    first = [age_question] if age_question is not None and AGE not in triage.facts else []
    return (*first, *red_flags, *needed.values(), *later)


def _age(protocols: ProtocolSet, triage: Triage) -> float | None:
    given = triage.answer(FACTS, AGE)
    return None if given is None else reads_as(protocols.facts[AGE], given)

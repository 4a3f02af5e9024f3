"""A triage as JSON, and back: the `data` of `call.triage` (contract.md §3) and the draft in the journal.

Reading is total: an old or a damaged draft gives what can still be read, never an error in the middle of a call.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from zcc_console.core.jsontypes import Json, JsonObject, as_list, as_object, as_text
from zcc_console.protocols.engine import Verdict
from zcc_console.protocols.model import ProtocolSet, Question, Triage
from zcc_console.protocols.override import Decision

PATIENT: Final = "patient"
"""Under `answers`: the facts, which are asked once and belong to no complaint."""
Log = Sequence[tuple[str, Sequence[tuple[str, str, str | None, str | None]]]]


@dataclass(frozen=True, slots=True)
class Stored:
    """What could be read of stored data."""

    triage: Triage
    decision: Decision | None
    step: str
    focused: tuple[str, str] | None
    log: Log


def triage_data(protocols: ProtocolSet, triage: Triage, verdict: Verdict, decision: Decision | None) -> dict[str, Json]:
    """The `data` of `call.triage`. Facts stand under `answers.patient`; every fired criterion carries its reason; what
    a worse answer to the same question says already is left out."""
    answers: dict[str, Json] = {PATIENT: dict(triage.facts)} if triage.facts else {}
    answers.update({name: dict(given) for name, given in triage.answers.items()})
    return {
        "protocol": {"id": protocols.id, "version": protocols.version, "hash": protocols.hash},
        "abcd": _letters(protocols, triage, verdict),
        "complaints": list(triage.complaints),
        "answers": answers,
        "measurements": dict(triage.measurements),
        "modifiers": dict(triage.modifiers),
        "proposed": verdict.urgency.name,
        "final": decision.final.name if decision else None,
        "override": decision.as_json() if decision else None,
        "fired": [
            {"kind": one.kind, "scope": one.scope, "id": one.id, "urgency": one.urgency.name, "reason": one.reason.nl}
            for one in verdict.fired
            if not one.implied
        ],
    }


def draft(data: JsonObject, step: str, focused: tuple[str, str] | None, log: Log) -> dict[str, Json]:
    """The data with the position: enough to stand at the same question with the same things to undo."""
    acts: list[Json] = [{"step": of, "changes": [list(one) for one in changes]} for of, changes in log]
    return {**data, "position": {"step": step, "focused": list(focused) if focused else None, "log": acts}}


def read(data: JsonObject) -> Stored:
    """What the data says."""
    answers = {name: _texts(given) for name, given in as_object(data.get("answers")).items()}
    facts = answers.pop(PATIENT, {})
    abcd: dict[str, str] = {}
    for letter in as_object(data.get("abcd")).values():
        abcd.update(_texts(as_object(letter).get("answers")))
    triage = Triage(
        facts=facts,
        abcd=abcd,
        complaints=tuple(one for one in as_list(data.get("complaints")) if isinstance(one, str)),
        answers=answers,
        measurements=_texts(data.get("measurements")),
        modifiers=_texts(data.get("modifiers")),
    )
    position = as_object(data.get("position"))
    return Stored(
        triage=triage,
        decision=Decision.from_json(data.get("proposed"), data.get("final"), data.get("override")),
        step=as_text(position.get("step")),
        focused=_pair(position.get("focused")),
        log=_log(position.get("log")),
    )


def findings(protocols: ProtocolSet, triage: Triage) -> tuple[str, ...]:
    """What was found, in Dutch words, for a handoff or a record: what is abnormal first, then unknown, then normal."""
    groups: tuple[list[str], list[str], list[str]] = ([], [], [])
    for question in _all_questions(protocols, triage):
        given = triage.answer(question.scope, question.id)
        if given is None:
            continue
        option = question.option(given)
        if question.kind == "choice":
            group = 1 if option is None else 0 if question.ranks[given] else 2
            said = "onbekend" if option is None else option.text.nl
        else:
            group, said = 0, f"{given} {question.unit}".strip()
        groups[group].append(f"{question.label.nl}: {said}")
    return tuple(line for group in groups for line in group)


def _all_questions(protocols: ProtocolSet, triage: Triage) -> Sequence[Question]:
    questions: list[Question] = []
    for name in triage.complaints:
        protocol = protocols.protocols.get(name)
        questions.extend(protocol.questions if protocol is not None else ())
    questions.extend(protocols.modifiers.questions)
    questions.extend(protocols.measurements.values())
    questions.extend(one for one in protocols.facts.values() if one.ordered)
    return questions


def _letters(protocols: ProtocolSet, triage: Triage, verdict: Verdict) -> dict[str, Json]:
    letters: dict[str, Json] = {}
    for letter, state in verdict.letters.items():
        of_letter = [one for one in protocols.gate.questions if one.letter == letter]
        given: dict[str, Json] = {one.id: triage.abcd[one.id] for one in of_letter if one.id in triage.abcd}
        signs: list[Json] = [
            option.text.nl if len(one.options) > 2 else one.label.nl
            for one in of_letter
            if (option := one.option(triage.abcd.get(one.id, ""))) is not None and one.ranks[option.id]
        ]
        letters[letter] = {"state": state, "answers": given, "signs": signs}
    return letters


def _texts(value: object) -> dict[str, str]:
    return {name: text for name, text in as_object(value).items() if isinstance(text, str)}


def _pair(value: object) -> tuple[str, str] | None:
    pair = as_list(value)
    if len(pair) == 2 and isinstance(pair[0], str) and isinstance(pair[1], str):
        return (pair[0], pair[1])
    return None


def _log(value: object) -> Log:
    log: list[tuple[str, list[tuple[str, str, str | None, str | None]]]] = []
    for act in as_list(value):
        body: Mapping[str, Json] = as_object(act)
        changes: list[tuple[str, str, str | None, str | None]] = []
        for change in as_list(body.get("changes")):
            scope, name, before, after = (*as_list(change), None, None, None, None)[:4]
            if isinstance(scope, str) and isinstance(name, str):
                changes.append((scope, name, _maybe(before), _maybe(after)))
        if changes:
            log.append((as_text(body.get("step")), changes))
    return log


def _maybe(value: object) -> str | None:
    return value if isinstance(value, str) else None

"""P15: the examples that travel with a table hold, every criterion fires in one, and dropping or softening any
criterion makes an example fail, so that the examples really hold the table in place.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from zcc_console.core.urgency import Urgency
from zcc_console.protocols.engine import fired_in
from zcc_console.protocols.findings import ERROR, WARNING, Finding
from zcc_console.protocols.model import (
    ABCD,
    MODIFIERS,
    UNKNOWN,
    Case,
    Fired,
    ProtocolSet,
    Table,
    Triage,
)


def check_cases(protocols: ProtocolSet) -> Iterator[Finding]:
    """All tables; a table without examples is an error."""
    for table, default in _tables(protocols):
        if not table.cases:
            yield Finding("P15", ERROR, table.scope, "geen enkel voorbeeld (cases)")
            continue
        runs = [(case, fired_in(protocols, table, triage_of(table, case))) for case in table.cases]
        for case, fired in runs:
            wrong = _wrong(case, fired, default)
            if wrong:
                yield Finding("P15", ERROR, table.scope, wrong, describe(case))
        shown = {one.id for _, fired in runs for one in fired if one.kind != "unknown"}
        for criterion in table.criteria:
            if criterion.id not in shown:
                yield Finding("P15", ERROR, table.scope, f"'{criterion.id}' vuurt in geen enkel voorbeeld")
            else:
                for weak in _weaknesses(criterion.id, runs, default):
                    yield Finding(
                        "P15", WARNING, table.scope, f"'{criterion.id}' kan {weak} zonder dat een voorbeeld faalt"
                    )


def triage_of(table: Table, case: Case) -> Triage:
    """The example as a triage."""
    answers = dict(case.answers)
    for question in table.questions:
        if case.rest == "benign" and question.options:
            answers.setdefault(question.id, question.options[0].id)
        elif case.rest == "unknown":
            answers.setdefault(question.id, UNKNOWN)
    if table.scope == ABCD:
        return Triage(facts=case.facts, abcd=answers, measurements=case.measurements)
    if table.scope == MODIFIERS:
        return Triage(facts=case.facts, modifiers=answers, measurements=case.measurements)
    return Triage(
        facts=case.facts,
        complaints=(table.scope,),
        answers={table.scope: answers},
        measurements=case.measurements,
    )


def describe(case: Case) -> str:
    """The example in one line."""
    given = {**case.facts, **case.measurements, **case.answers}
    shown = ", ".join(f"{name}={value}" for name, value in given.items()) or "niets genoemd"
    rest = {"benign": "rest goedaardig", "unknown": "rest onbekend", "absent": "rest niet gevraagd"}[case.rest]
    return f"{shown}; {rest}"


def _tables(protocols: ProtocolSet) -> Iterator[tuple[Table, Urgency | None]]:
    yield protocols.gate, None
    yield protocols.modifiers, None
    for protocol in protocols.protocols.values():
        yield protocol.table, protocol.default


def _wrong(case: Case, fired: Sequence[Fired], default: Urgency | None) -> str:
    """Why the example does not hold; empty when it does."""
    levels = [one.urgency for one in fired]
    if default is not None:
        levels.append(default)
    result = min(levels, default=None)
    if result != case.urgency:
        gave = "niets" if result is None else result.name
        wanted = "niets" if case.urgency is None else case.urgency.name
        return f"voorbeeld geeft {gave}, verwacht {wanted}"
    names = {one.id for one in fired if one.kind != "unknown"}
    if case.fired is not None and names != set(case.fired):
        return f"voorbeeld vuurt {sorted(names)}, verwacht {sorted(case.fired)}"
    return ""


def _weaknesses(name: str, runs: Sequence[tuple[Case, tuple[Fired, ...]]], default: Urgency | None) -> Iterator[str]:
    """The mutations of a criterion that no example notices: gone, or one level milder."""
    shown = [(case, fired) for case, fired in runs if any(one.id == name for one in fired)]
    if not any(_wrong(case, [one for one in fired if one.id != name], default) for case, fired in shown):
        yield "weg"
    elif not any(
        _wrong(case, [one if one.id != name else _softer(one) for one in fired], default) for case, fired in shown
    ):
        yield "een trap milder (een ander criterium is daar even dringend)"


def _softer(fired: Fired) -> Fired:
    return replace(fired, urgency=Urgency(min(fired.urgency + 1, Urgency.U5)))

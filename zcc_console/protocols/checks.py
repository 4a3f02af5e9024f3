"""The checks a set must pass before it is used (protocols.md); P01 is the loader's, P06 and P15 have their own rooms.

Pure functions over a compiled set. A set with an error does not load.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Final

from zcc_console.core.urgency import Urgency
from zcc_console.protocols.build import leaves
from zcc_console.protocols.check_cases import check_cases
from zcc_console.protocols.check_monotone import check_monotone, random_triage
from zcc_console.protocols.engine import evaluate
from zcc_console.protocols.findings import ERROR, NOTE, WARNING, Finding
from zcc_console.protocols.model import ABCD, AGE, UNKNOWN, Protocol, ProtocolSet, Question, Table, Triage
from zcc_console.protocols.values import age_days

MOST_QUESTIONS: Final = 9
FAR_TOO_MANY: Final = 14
_AGES: Final = ("40 jaar", "10 jaar", "30 jaar", "5 jaar", "20 jaar", "60 jaar", "80 jaar", "1 jaar")


def check_set(protocols: ProtocolSet, samples: int = 40) -> tuple[Finding, ...]:
    """Every check, errors first. `samples` is how many random answers P06 and P09 try a complaint."""
    found = [
        *check_differences(protocols),
        *check_actions(protocols),
        *check_monotone(protocols, samples),
        *check_red_flags(protocols),
        *check_gate(protocols),
        *check_total(protocols, samples),
        *check_ends(protocols),
        *check_agreement(protocols),
        *check_order(protocols),
        *check_cases(protocols),
        *check_sources(protocols),
    ]
    grave = {ERROR: 0, WARNING: 1, NOTE: 2}
    return tuple(sorted(found, key=lambda one: (grave[one.level], one.check, one.scope)))


def check_differences(protocols: ProtocolSet) -> Iterator[Finding]:
    """P02 every answer but the first is named by a criterion."""
    for table in tables(protocols):
        named = {(leaf.name, int(leaf.bound)) for one in table.criteria for leaf in leaves(one.when) if not leaf.shared}
        for question in table.questions:
            for rank, option in enumerate(question.options[1:], start=1):
                if (question.id, rank) not in named:
                    what = f"het antwoord '{option.id}' op '{question.id}' maakt nergens verschil"
                    yield Finding("P02", ERROR, table.scope, what)


def check_actions(protocols: ProtocolSet) -> Iterator[Finding]:
    """P05 no result without an action that fits it."""
    for protocol in protocols.protocols.values():
        for level in Urgency:
            if level > protocol.default:
                continue
            ranked = protocol.actions.get(level) or protocols.level_actions[level]
            if not any(protocols.actions[name].most <= level for name in ranked):
                yield Finding("P05", ERROR, protocol.id, f"geen passende vervolgactie bij {level.name}")
            if level >= Urgency.U1 and level not in protocol.table.advice:
                yield Finding("P05", ERROR, protocol.id, f"geen advies bij {level.name}")


def check_red_flags(protocols: ProtocolSet) -> Iterator[Finding]:
    """P07 a red flag's worst answer alone gives U0/U1 with `rav`, or U2 with the reason in writing; what is not known
    of it is U2 or more urgent, or has the reason in writing."""
    for table in (protocols.gate, *(one.table for one in protocols.protocols.values())):
        for question in table.questions:
            if question.red_flag:
                yield from _red_flag(protocols, table, question)


def _red_flag(protocols: ProtocolSet, table: Table, question: Question) -> Iterator[Finding]:
    fired = table.singles[question.id][-1]
    worst = min((one.urgency for one in fired), default=None)
    example = f"{question.id}={question.options[-1].id}"
    if worst is None or worst > Urgency.U2:
        said = "niets" if worst is None else worst.name
        yield Finding(
            "P07", ERROR, table.scope, f"alarmvraag '{question.id}': het ergste antwoord geeft {said}", example
        )
    elif worst == Urgency.U2 and question.rationale is None:
        what = f"alarmvraag '{question.id}' stopt bij U2 zonder geschreven reden (rationale)"
        yield Finding("P07", ERROR, table.scope, what, example)
    elif worst <= Urgency.U1:
        answers = {question.id: question.options[-1].id}
        triage = Triage(complaints=(table.scope,), answers={table.scope: answers})
        if table.scope == ABCD:
            triage = Triage(abcd=answers)
        if evaluate(protocols, triage).actions[:1] != ("rav",):
            what = f"alarmvraag '{question.id}': {worst.name} heeft 'rav' niet als eerste"
            yield Finding("P07", ERROR, table.scope, what, example)
    if question.unknown_as is not None and question.unknown_as > Urgency.U2 and question.rationale is None:
        what = f"alarmvraag '{question.id}': onbekend is {question.unknown_as.name} zonder geschreven reden"
        yield Finding("P07", ERROR, table.scope, what, f"{question.id}={UNKNOWN}")


def check_gate(protocols: ProtocolSet) -> Iterator[Finding]:
    """P08 an unsafe ABCD gives U0/U1 whatever follows."""
    for question in protocols.gate.questions:
        for option in question.options[1:]:
            for name in (None, *protocols.protocols):
                triage = Triage(
                    abcd={question.id: option.id},
                    complaints=(name,) if name else (),
                    answers={name: benign(protocols.protocols[name].table)} if name else {},
                )
                verdict = evaluate(protocols, triage)
                if verdict.urgency > Urgency.U1 or "rav" not in verdict.actions:
                    what = f"onveilig bij '{question.id}' geeft {verdict.urgency.name} met {', '.join(verdict.actions)}"
                    yield Finding("P08", ERROR, ABCD, what, f"{question.id}={option.id}, klacht {name or 'geen'}")


def check_total(protocols: ProtocolSet, samples: int) -> Iterator[Finding]:
    """P09 exactly one result for every combination: all, none, unknown and at random."""
    chance = random.Random(9)
    for protocol in protocols.protocols.values():
        tried = [
            Triage(complaints=(protocol.id,)),
            all_unknown(protocols, protocol),
            *(random_triage(protocols, protocol, chance) for _ in range(samples)),
        ]
        for triage in tried:
            verdict = evaluate(protocols, triage)
            if not verdict.actions or verdict.urgency != min(one.urgency for one in verdict.fired):
                what = "geen enkele uitkomst, of meer dan één"
                yield Finding("P09", ERROR, protocol.id, what, str(dict(triage.of(protocol.id))))


def check_ends(protocols: ProtocolSet) -> Iterator[Finding]:
    """P10 all benign gives the default; all unknown is never U5."""
    for protocol in protocols.protocols.values():
        answers = {protocol.id: benign(protocol.table)}
        results = {
            age: evaluate(protocols, Triage({AGE: age}, {}, (protocol.id,), answers)).urgency
            for age in _AGES
            if protocol.applies.holds(age_days(age))
        }
        if results and protocol.default not in results.values():
            worst = min(results.items(), key=lambda one: one[1])
            what = f"alles goedaardig geeft {worst[1].name}, niet {protocol.default.name}"
            yield Finding("P10", ERROR, protocol.id, what, f"{AGE}={worst[0]}")
        unknown = evaluate(protocols, all_unknown(protocols, protocol)).urgency
        if unknown == Urgency.U5:
            yield Finding("P10", ERROR, protocol.id, "alles onbekend geeft U5")


def check_agreement(protocols: ProtocolSet) -> Iterator[Finding]:
    """P11 urgency and action agree."""
    for table in tables(protocols):
        for criterion in table.criteria:
            for name in criterion.actions:
                if protocols.actions[name].most > criterion.urgency:
                    what = f"'{criterion.id}' is {criterion.urgency.name}, te dringend voor '{name}'"
                    yield Finding("P11", ERROR, table.scope, what)
            if criterion.urgency <= Urgency.U1 and criterion.actions[:1] not in ((), ("rav",)):
                what = f"'{criterion.id}' is {criterion.urgency.name} en begint niet met 'rav'"
                yield Finding("P11", ERROR, table.scope, what)
    for protocol in protocols.protocols.values():
        levels = {**protocol.actions, protocol.default: protocol.default_fired.actions}
        for level, ranked in levels.items():
            for name in ranked:
                action = protocols.actions[name]
                if action.most > level:
                    what = f"'{name}' is geen actie voor {level.name}"
                    yield Finding("P11", ERROR, protocol.id, what)
                elif action.least < level:
                    yield Finding("P11", WARNING, protocol.id, f"'{name}' is zwaar voor {level.name}")
        if any("zelfzorg" in ranked for ranked in levels.values()) and protocol.table.safety_net is None:
            yield Finding("P11", ERROR, protocol.id, "zelfzorg zonder vangnet (safety_net)")
    ggz = protocols.actions.get("ggz-acuut")
    if ggz is not None and ggz.only_after != "somatic":
        yield Finding("P11", ERROR, "", "'ggz-acuut' kan vóór de lichamelijke alarmvragen komen (only_after: somatic)")


def check_order(protocols: ProtocolSet) -> Iterator[Finding]:
    """P14 red flags first, and not too many questions."""
    for protocol in protocols.protocols.values():
        flags = [question.red_flag for question in protocol.questions]
        if flags != sorted(flags, reverse=True):
            late = next(
                question.id
                for place, question in enumerate(protocol.questions)
                if question.red_flag and not all(flags[:place])
            )
            yield Finding("P14", ERROR, protocol.id, f"alarmvraag '{late}' staat na een gewone vraag")
        if len(flags) > MOST_QUESTIONS:
            level = ERROR if len(flags) > FAR_TOO_MANY else WARNING
            yield Finding("P14", level, protocol.id, f"{len(flags)} vragen; hoogstens ongeveer {MOST_QUESTIONS}")


def check_sources(protocols: ProtocolSet) -> Iterator[Finding]:
    """P17 criteria whose sources nobody read, in one line a table; an approved set may have none."""
    for table in tables(protocols):
        unread = [
            f"{one.id} ({', '.join(source.mark for source in one.sources)})"
            for one in table.criteria
            if all(source.mark != "read" for source in one.sources)
        ]
        if unread:
            protocol = protocols.protocols.get(table.scope)
            status = protocols.status if protocol is None else protocol.status
            level = ERROR if status == "approved" else NOTE
            yield Finding("P17", level, table.scope, f"zonder gelezen bron: {', '.join(unread)}")


def tables(protocols: ProtocolSet) -> tuple[Table, ...]:
    """The gate, the modifiers and every complaint's."""
    return (protocols.gate, protocols.modifiers, *(one.table for one in protocols.protocols.values()))


def benign(table: Table) -> dict[str, str]:
    """Every choice answered with its first option."""
    return {one.id: one.options[0].id for one in table.questions if one.options}


def all_unknown(protocols: ProtocolSet, protocol: Protocol) -> Triage:
    """Everything of this complaint asked and nothing known."""
    return Triage(
        facts=dict.fromkeys(protocols.facts, UNKNOWN),
        complaints=(protocol.id,),
        answers={protocol.id: {one.id: UNKNOWN for one in protocol.questions}},
    )

"""Makes the picture of a triage in hand: what stands where, in words. It changes nothing and draws nothing."""

from __future__ import annotations

from typing import Final

from zcc_console.core.clock import local_hm
from zcc_console.core.urgency import Urgency
from zcc_console.desk.rows import CallView, UnitRow
from zcc_console.protocols.engine import WhatIf, what_if
from zcc_console.protocols.model import ABCD, WITHOUT, Question
from zcc_console.protocols.order import asked_in_step
from zcc_console.protocols.session import STEPS, Session, Step
from zcc_console.screens.triage_flow import TriageFlow
from zcc_console.screens.triage_parts import NoteTyping, answer_urgency, answer_words, title_of
from zcc_console.screens.triage_places import RAV_ACTIONS, actions_of, chosen_action
from zcc_console.text import clean
from zcc_console.widgets.triage_picture import (
    Answer,
    ModifierMark,
    Panel,
    Reason,
    StepMark,
    TriagePicture,
    Verdict,
    WhatIfLine,
    Written,
)

MODIFIERS_SHOWN: Final = 4
SHORT: Final = 72
"""A problem of so many letters is said in the line below the panel, where nothing moves for it."""
WHAT_IFS: Final = 4
PLACES_BESIDE: Final = 4
LAST_STEPS: Final = (Step.FOLLOW_UP, Step.ADVICE)
STOP_NOTE: Final = "een stop geldt niet voor U0 en U1"


class Shower:
    """Makes pictures; what costs some work is kept until the triage changes."""

    def __init__(self) -> None:
        self._for: object = None
        self._lines: tuple[WhatIfLine, ...] = ()

    def picture(self, flow: TriageFlow, *, banner_shows_it: bool = False) -> TriagePicture:
        """The screen between banner and key bar.

        Args:
            banner_shows_it: the banner has this call's patient, so that the head may make room.
        """
        view, session, now = flow.view, flow.session, flow.desk.hub_now()
        step = session.step if session is not None else Step.ABCD
        part = flow.part
        working = flow.working
        panel = working.panel(flow) if working is not None else Panel(title="De protocolset wordt geladen…")
        above, below = _around(session) if session is not None and part_is_step(flow) else ((), ())
        action = chosen_action(flow)
        places = _places(flow)
        short = flow.problem if len(flow.problem) <= SHORT else ""
        likely = ""
        if action is not None:
            likely = "RAV NU" if action.id in RAV_ACTIONS else action.title.nl.upper()
        return TriagePicture(
            call=view,
            talk_s=_talk_s(view),
            now=now,
            steps=tuple(
                StepMark(one.label, session.is_done(one) if session is not None else False, one is step)
                for one in STEPS
                if one is not Step.PATIENT
            ),
            title=_title(session, step),
            version=_version(session),
            above=above,
            panel=panel,
            below=below,
            modifiers=_modifiers(session),
            more_modifiers=_more(session),
            alerts=f"let op: {' · '.join(view.alerts)}" if view is not None and view.alerts else "",
            warnings=view.contributions if view is not None else (),
            history=view.history[0] if view is not None and view.history else "",
            notes=_notes(view),
            note=flow.note if isinstance(part, NoteTyping) or (flow.note is not None and flow.note.text) else None,
            verdict=_verdict(session),
            what_if=self._what_if(session) if step not in LAST_STEPS else (),
            likely=likely,
            places=places if step is not Step.FOLLOW_UP else (),
            places_note=STOP_NOTE if session is not None and session.urgency.is_for_the_rav else "",
            reservations=view.reservations if view is not None else (),
            recorded=tuple(Written(at, text) for at, text in flow.recorded),
            handoff=flow.handoff,
            problem=panel.problem if short else flow.problem or panel.problem,
            head_hidden=banner_shows_it,
            said=flow.problem if short else flow.said,
            said_warns=bool(short),
            note_active=isinstance(part, NoteTyping),
        )

    def _what_if(self, session: Session | None) -> tuple[WhatIfLine, ...]:
        if session is None or not session.triage.complaints:
            return ()
        if self._for is not session.triage:
            self._for, self._lines = session.triage, _what_if_lines(session)
        return self._lines


def _far(unit: UnitRow) -> tuple[bool, float]:
    """Own region first, then the nearest: a stop does not count where life is in danger."""
    return (unit.neighbour, unit.distance_km if unit.distance_km is not None else 1e6)


def part_is_step(flow: TriageFlow) -> bool:
    """Whether the step itself is worked in (a note is typed beside it)."""
    return flow.part is None or isinstance(flow.part, NoteTyping)


def _talk_s(view: CallView | None) -> float:
    return view.row.wait_s if view is not None and view.row.claim is not None else 0.0


def _title(session: Session | None, step: Step) -> str:
    if session is None:
        return "TRIAGE"
    match step:
        case Step.ABCD:
            return "ABCD"
        case Step.COMPLAINT:
            return "KLACHT"
        case Step.URGENCY:
            return "URGENTIE"
        case Step.FOLLOW_UP:
            return "VERVOLG"
        case Step.ADVICE:
            return "ADVIES"
    titles = [title_of(session, one) for one in session.triage.complaints if one != WITHOUT]
    return " + ".join(titles).upper() or "VRAGEN"


def _version(session: Session | None) -> str:
    if session is None:
        return ""
    complaints = session.complaints
    if session.step is Step.QUESTIONS and complaints:
        at, of = session.progress
        one = complaints[-1]
        more = f" +{len(complaints) - 1}" if len(complaints) > 1 else ""
        return f"{one.id} {one.version}{more} · {at} van {of}"
    return f"{session.protocols.id} {session.protocols.version}"


def _around(session: Session) -> tuple[tuple[Answer, ...], tuple[Answer, ...]]:
    """The answered questions above the panel and the open ones below; the one asked is in the panel."""
    if session.step is not Step.QUESTIONS:
        return (), ()
    asking = session.asking
    last = session.log[-1].changes if session.log else ()
    above: list[Answer] = []
    below: list[Answer] = []
    for question in session.sequence:
        if question is asking:
            continue
        given = session.triage.answer(question.scope, question.id)
        if given is None:
            below.append(Answer(question.ask.nl, question.label.nl))
            continue
        just = len(last) == 1 and (last[0].scope, last[0].id) == (question.scope, question.id)
        above.append(_answered(session, question, given, just))
    return tuple(above), tuple(below)


def _answered(session: Session, question: Question, given: str, just: bool) -> Answer:
    unknown = question.kind == "choice" and question.option(given) is None
    return Answer(
        question.ask.nl,
        question.label.nl,
        answer_words(question, given),
        answer_urgency(session, question, given),
        just=just,
        unknown=unknown,
    )


def _modifiers(session: Session | None) -> tuple[ModifierMark, ...]:
    if session is None:
        return ()
    marks = []
    for question in session.protocols.modifiers.questions[:MODIFIERS_SHOWN]:
        given = session.triage.modifiers.get(question.id)
        words = answer_words(question, given) if given is not None else ""
        urgency = answer_urgency(session, question, given)
        marks.append(ModifierMark(question.key, question.label.nl, words, given is not None, urgency))
    return tuple(marks)


def _more(session: Session | None) -> int:
    """How many of the modifiers that stand elsewhere are ticked."""
    if session is None:
        return 0
    shown = {one.id for one in session.protocols.modifiers.questions[:MODIFIERS_SHOWN]}
    return sum(1 for name in session.triage.modifiers if name not in shown)


def _notes(view: CallView | None) -> tuple[Written, ...]:
    if view is None:
        return ()
    return tuple(
        Written(local_hm(note.at) if note.at is not None else "", clean(note.text, 400), note.pending)
        for note in view.notes
    )


def _verdict(session: Session | None) -> Verdict | None:
    if session is None:
        return None
    found, decision = session.verdict, session.decision
    reasons = [Reason(one.reason.nl, _because(session, one.scope, one.questions)) for one in found.reasons]
    if decision is not None and decision.direction != "same":
        seen = f", keek mee: {decision.second}" if decision.second else ""
        reasons.insert(0, Reason(decision.reason, f"{decision.by}{seen}, voorstel was {decision.proposed.name}"))
    flags = any(one.red_flag or one.scope == ABCD for one in found.missing)
    unsaid = decision is None and all(one.kind == "default" for one in found.fired)
    asked = asked_in_step(session.protocols, session.triage, Step.QUESTIONS)
    direction = {"raised": "hoger", "lowered": "lager"}.get(decision.direction, "") if decision is not None else ""
    return Verdict(
        urgency=session.urgency,
        proposed=found.urgency,
        decided=decision is not None,
        reasons=tuple(reasons),
        say=tuple(one.nl for one in found.say) or tuple(one.nl for one in found.advice if found.stop_early),
        provisional=unsaid and (flags or not session.triage.complaints),
        asked=sum(session.triage.answer(one.scope, one.id) is not None for one in asked),
        to_ask=len(asked) if session.complaints else 0,
        override=direction,
    )


def _because(session: Session, scope: str, names: tuple[str, ...]) -> str:
    """Which answers brought it about: `uitstraling: ja, naar een arm`."""
    said = []
    for name in names[:2]:
        question = session.protocols.question(scope, name)
        given = session.triage.answer(scope, name)
        if question is not None and given is not None:
            said.append(f"{question.label.nl}: {answer_words(question, given)}")
    return ", ".join(said)


def _what_if_lines(session: Session) -> tuple[WhatIfLine, ...]:
    """A few other answers that would change the urgency: those given first, then what could still raise it."""
    lines: dict[str, WhatIfLine] = {}
    found = what_if(session.protocols, session.triage)
    given = [one for one in found if session.triage.answer(one.question.scope, one.question.id) is not None]
    asked = [one for one in found if one not in given and one.urgency < session.verdict.urgency]
    for one in (*given, *asked):
        key = f"{one.question.scope}/{one.question.id}/{one.urgency.name}"
        if key not in lines and len(lines) < WHAT_IFS:
            lines[key] = WhatIfLine(_other(one), one.urgency)
    return tuple(lines.values())


def _other(one: WhatIf) -> str:
    answer = one.option.text.nl if one.option is not None else "weet niet"
    return f"{one.question.label.nl}: {answer}"


def _places(flow: TriageFlow) -> tuple[UnitRow, ...]:
    """The places of the likely care; at U0 and U1 the RAV and the nearest hospitals."""
    session = flow.session
    verdict = _verdict(session)
    if session is None or verdict is None or verdict.provisional:
        return ()
    if session.urgency <= Urgency.U1:
        rav = flow.desk.places_for("rav", flow.call_id)[:1]
        nearest = sorted(flow.desk.places_for("seh", flow.call_id), key=_far)
        return tuple(rav + nearest[: PLACES_BESIDE - len(rav)])
    action = chosen_action(flow)
    if action is None:
        actions = actions_of(session)
        action = actions[0] if actions else None
    if action is None or not action.category:
        return ()
    return tuple(flow.desk.places_for(action.category, flow.call_id)[:PLACES_BESIDE])

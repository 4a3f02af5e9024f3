"""The steps of a triage as parts: ABCD, questions, urgency. What each shows in the panel and what its keys do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from zcc_console.core.clock import rfc3339
from zcc_console.core.jsontypes import as_object, as_text
from zcc_console.core.urgency import Urgency
from zcc_console.protocols.errors import OverrideRefused
from zcc_console.protocols.model import UNKNOWN, Question
from zcc_console.protocols.override import Decision
from zcc_console.protocols.session import Session, Step
from zcc_console.screens.triage_advice import Advice
from zcc_console.screens.triage_follow_up import FollowUp
from zcc_console.screens.triage_part import Part
from zcc_console.screens.triage_parts import LETTER_KEYS, LETTER_NAMES, Letter, Search, answer_urgency, answer_words
from zcc_console.widgets.triage_form import Form
from zcc_console.widgets.triage_picture import Choice, Panel

if TYPE_CHECKING:
    from zcc_console.screens.triage_flow import TriageFlow

_STATES: Final = {"safe": "veilig", "unsafe": "NIET VEILIG", "unknown": "weet niet", "open": "·"}
STOP_FOOT: Final = "F9  nu naar de RAV    Enter  toch eerst verder vragen"


def part_of(step: Step) -> Part:
    """The part of a step."""
    return _PARTS[step]


def stop_panel(session: Session) -> Panel:
    """U0 or U1: asking stops, and the handoff is offered."""
    urgency = session.urgency
    reasons = tuple(one.reason.nl for one in session.verdict.reasons[:2])
    return Panel(
        title=f"{urgency.label}  stop met vragen: F9 nu naar de RAV",
        text=(*reasons, "De vragen kunnen daarna verder; de antwoorden gaan als aanvulling mee."),
        foot=STOP_FOOT,
        danger=True,
    )


def press_stopped(flow: TriageFlow, key: str) -> bool:
    """While asking has stopped: Enter goes on, figures answer nothing."""
    session = flow.session
    if session is None or not flow.stopped:
        return False
    if key == "enter":
        flow.keep(went_on=session.urgency.name)
        return True
    if key.isascii() and key.isdecimal():
        flow.said = "Niet geteld: eerst F9 naar de RAV, of Enter om toch verder te vragen."
        return True
    return False


@dataclass(frozen=True, slots=True)
class Abcd:
    """The gate on one screen: one key when all is safe, one for each letter that is not."""

    typing = False

    def panel(self, flow: TriageFlow) -> Panel:
        """The letters with where they stand."""
        session = flow.session
        if session is None:
            return Panel()
        if flow.stopped:
            return stop_panel(session)
        letters = session.verdict.letters
        choices = []
        for key, letter in LETTER_KEYS.items():
            questions = [one for one in session.sequence if one.letter == letter]
            if not questions:
                continue
            state = letters.get(letter, "open")
            choices.append(
                Choice(
                    key,
                    LETTER_NAMES[letter],
                    tail=_STATES[state] if state != "unsafe" else _signs(session, questions) or _STATES[state],
                    urgency=_worst(session, questions),
                    chosen=state in ("unsafe", "unknown"),
                    detail=" ".join(one.ask.nl for one in questions),
                    safe=state == "safe",
                )
            )
        asked = any(state != "open" for state in letters.values())
        return Panel(
            title="Is het veilig?",
            choices=tuple(choices),
            foot=f"Enter  {'de rest' if asked else 'alles'} veilig    letter  niet veilig: welk teken?",
        )

    def press(self, flow: TriageFlow, key: str, character: str | None) -> bool:
        """Enter: all that is not answered is safe. A letter opens its signs."""
        session = flow.session
        if session is None:
            return False
        if press_stopped(flow, key):
            return True
        if key == "enter":
            unsafe = any(state != "open" for state in session.verdict.letters.values())
            if session.asking is None:
                flow.go(Step.QUESTIONS if session.triage.complaints else Step.COMPLAINT)
            else:
                flow.change(session.all_safe(), "ABCD: de rest veilig" if unsafe else "ABCD veilig")
            return True
        if key in LETTER_KEYS:
            flow.part = Letter(LETTER_KEYS[key])
            return True
        return key == "escape"

    def paste(self, flow: TriageFlow, text: str) -> bool:
        """Nothing to paste into."""
        return False


def _signs(session: Session, questions: list[Question]) -> str:
    signs = [
        answer_words(one, given) if len(one.options) > 2 else one.label.nl
        for one in questions
        if (given := session.triage.abcd.get(one.id)) is not None and one.ranks.get(given, 0)
    ]
    return ", ".join(signs)


def _worst(session: Session, questions: list[Question]) -> Urgency | None:
    found = [answer_urgency(session, one, session.triage.abcd.get(one.id)) for one in questions]
    return min((one for one in found if one is not None), default=None)


@dataclass(frozen=True, slots=True)
class Asking:
    """The questions: one key an answer."""

    typing = False

    def panel(self, flow: TriageFlow) -> Panel:
        """The question with its answers under figures."""
        session = flow.session
        if session is None:
            return Panel()
        if flow.stopped:
            return stop_panel(session)
        question = session.asking
        if question is None:
            return Panel(title="Alle vragen zijn gesteld.", foot="Enter  naar de urgentie    ←  terug")
        number = str(session.progress[0])
        given = session.triage.answer(question.scope, question.id)
        again = f"nu: {answer_words(question, given)}" if given is not None else ""
        if question.kind != "choice":
            unit = f" ({question.unit})" if question.unit else ""
            return Panel(
                number=number,
                title=question.ask.nl + unit,
                search=flow.typed,
                foot="typ en Enter    leeg en Enter  weet niet" + (f"    {again}" if again else ""),
            )
        choices = [
            Choice(str(place), option.text.nl, chosen=option.id == given)
            for place, option in enumerate(question.options, 1)
        ]
        choices.append(Choice("0", "weet niet", chosen=given == UNKNOWN))
        return Panel(number=number, title=question.ask.nl, choices=tuple(choices), foot=again)

    def press(self, flow: TriageFlow, key: str, character: str | None) -> bool:
        """A figure answers; Enter goes past a question gone back to, or on to the urgency."""
        session = flow.session
        if session is None:
            return False
        if key == "escape":
            return True
        if press_stopped(flow, key):
            return True
        question = None if flow.stopped else session.asking
        if question is None:
            if key == "enter":
                flow.go(Step.URGENCY)
                return True
            return False
        if question.kind != "choice":
            return self._type(flow, session, question, key, character)
        if key == "up":
            flow.change(session.back())
            return True
        if key in ("enter", "down"):
            if session.focused is not None:
                flow.change(session.forward())
            elif key == "enter":
                flow.said = "Kies een cijfer; 0 is weet niet. → gaat verder zonder antwoord."
            return True
        if key.isascii() and key.isdecimal():
            self._answer(flow, session, question, session.press(key))
            return True
        return False

    def _answer(self, flow: TriageFlow, session: Session, question: Question, answered: Session) -> None:
        if answered is session:
            given = session.triage.answer(question.scope, question.id)
            same = given is not None and session.focused is not None
            flow.said = "Dat was het antwoord al; Enter gaat verder." if same else "Dat cijfer is hier geen antwoord."
            return
        given = answered.triage.answer(question.scope, question.id)
        urgency = f" → {answered.verdict.urgency.name}" if answered.verdict.urgency < session.verdict.urgency else ""
        text = f"{question.label.nl}: {answer_words(question, given)}{urgency}"
        if flow.change(answered, text):
            flow.said = f"{text}   ⌫ terug"

    def _type(self, flow: TriageFlow, session: Session, question: Question, key: str, character: str | None) -> bool:
        if key == "enter":
            value = flow.typed.text.strip() or UNKNOWN
            try:
                self._answer(flow, session, question, session.answer(question, value))
            except ValueError as error:
                flow.problem = str(error)
            return True
        if key == "backspace" and not flow.typed.text:
            flow.said = "⌫ leeg; ↑ gaat naar de vorige vraag"
            return True
        if key == "up":
            flow.change(session.back())
            return True
        if key in ("left", "right") and not flow.typed.text:
            return False
        typed = flow.typed.press(key, character)
        if typed is None:
            return False
        flow.typed = typed
        return True

    def paste(self, flow: TriageFlow, text: str) -> bool:
        """Into the field of a question that takes text."""
        flow.typed = flow.typed.insert(text)
        return True


def undecided(session: Session) -> str:
    """What is missing before the follow-up; nothing where somebody decided the urgency."""
    if session.decision is not None:
        return ""
    return "De urgentie is nog niet besloten: Enter neemt het voorstel over, u past aan."


def before_of(flow: TriageFlow) -> Urgency | None:
    """The urgency that was given before this triage, where it can be compared."""
    view = flow.view
    said = as_object(view.data.get("pre_urgency")) if view is not None else {}
    return Urgency.parse(as_text(said.get("urgency")).upper())


def is_below_before(flow: TriageFlow, final: Urgency) -> bool:
    """Whether an urgency is lower than what was given beforehand."""
    before = before_of(flow)
    return before is not None and final > before


@dataclass(frozen=True, slots=True)
class Accepting:
    """Taking over a proposal that is lower than what was given beforehand: with a reason."""

    form: Form
    typing = True

    @staticmethod
    def of(flow: TriageFlow, final: Urgency) -> Accepting:
        """The form, with the reason open."""
        before = before_of(flow)
        was = before.name if before is not None else "?"
        title = f"{final.label} is lager dan vooraf ({was}?): waarom is dat goed?"
        return Accepting(Form.of(title, ("reason", "Reden", "", "één regel")))

    def panel(self, flow: TriageFlow) -> Panel:
        """The reason."""
        return Panel(form=self.form, foot="Enter  leg vast    Esc  nog niet besluiten")

    def press(self, flow: TriageFlow, key: str, character: str | None) -> bool:
        """Enter decides once there is a reason."""
        session = flow.session
        if session is None:
            return False
        if key == "escape":
            flow.part = None
            return True
        typed = self.form.press(key, character)
        if typed is None:
            return False
        reason = typed.values["reason"]
        if typed.done and not reason:
            typed = typed.refused("Typ een reden; de urgentie is nog niet besloten.")
        flow.part = replace(self, form=replace(typed, done=False))
        if typed.done:
            decide(flow, session.verdict.urgency, reason=reason)
            if not flow.problem:
                flow.part = None
        return True

    def paste(self, flow: TriageFlow, text: str) -> bool:
        """Into the reason."""
        flow.part = replace(self, form=self.form.paste(text))
        return True


@dataclass(frozen=True, slots=True)
class Deciding:
    """The urgency: take over what is proposed, or another one with `u`."""

    typing = False

    def panel(self, flow: TriageFlow) -> Panel:
        """The proposal and its reasons."""
        session = flow.session
        if session is None:
            return Panel()
        verdict, decision = session.verdict, session.decision
        open_ = len([one for one in verdict.missing if one.scope != "abcd"])
        text = [one.reason.nl for one in verdict.reasons[:4]]
        if open_:
            text.append(f"{open_} niet gevraagd; ← gaat terug.")
        before = before_of(flow)
        if before is not None and session.urgency > before:
            text.insert(0, f"Lager dan vooraf ({before.name}?).")
        if verdict.outside:
            text.append("Let op: deze klacht is niet voor deze leeftijd gemaakt.")
        urgency = session.urgency
        title = f"{urgency.label}  {urgency.word}"
        if decision is not None:
            by = decision_words(decision)
            return Panel(
                title=title, text=(by, *text), foot="Enter  naar het vervolg    u  aanpassen", danger=urgency <= 1
            )
        return Panel(
            title=f"Voorstel  {title}",
            text=tuple(text),
            foot=f"Enter  neem {urgency.name} over    u  aanpassen",
            danger=urgency.is_for_the_rav,
        )

    def press(self, flow: TriageFlow, key: str, character: str | None) -> bool:
        """Enter decides what is proposed, or goes on where it was decided."""
        session = flow.session
        if session is None:
            return False
        if key == "escape":
            return True
        if key != "enter":
            return False
        if session.decision is not None:
            if flow.record_triage():
                flow.go(Step.FOLLOW_UP)
            return True
        if is_below_before(flow, session.verdict.urgency):
            flow.part = Accepting.of(flow, session.verdict.urgency)
            return True
        decide(flow, session.verdict.urgency)
        return True

    def paste(self, flow: TriageFlow, text: str) -> bool:
        """Nothing to paste into."""
        return False


def decision_words(decision: Decision) -> str:
    """What was decided, who looked along, and why."""
    why = f" Reden: {decision.reason}" if decision.reason else ""
    if decision.direction == "same":
        return f"Voorstel overgenomen.{why}"
    second = f" Keek mee: {decision.second}." if decision.second else ""
    return f"Aangepast van {decision.proposed.name} naar {decision.final.name}.{second}{why}"


def decide(
    flow: TriageFlow, final: Urgency, *, reason: str = "", second: str = "", second_role: str = ""
) -> OverrideRefused | None:
    """Decide an urgency, keep it, and record the triage in the region; what is wanting where it may not be."""
    session = flow.session
    if session is None:
        return None
    at = rfc3339(flow.desk.hub_now())
    try:
        decided = session.decide(final, by=flow.desk.user, at=at, reason=reason, second=second, second_role=second_role)
    except OverrideRefused as refused:
        return refused
    if session.step in (Step.ABCD, Step.COMPLAINT, Step.QUESTIONS):
        decided = decided.go(session.step)
    proposed = session.verdict.urgency
    words = (
        f"urgentie {final.name}" if final == proposed else f"urgentie aangepast van {proposed.name} naar {final.name}"
    )
    seen = f", keek mee: {second.strip()}" if second.strip() else ""
    if flow.change(decided, f"{words}{seen}{f': {reason.strip()}' if reason.strip() else ''}"):
        flow.record_triage()
    return None


_PARTS: Final[dict[Step, Part]] = {
    Step.PATIENT: Abcd(),
    Step.ABCD: Abcd(),
    Step.COMPLAINT: Search(),
    Step.QUESTIONS: Asking(),
    Step.URGENCY: Deciding(),
    Step.FOLLOW_UP: FollowUp(),
    Step.ADVICE: Advice(),
}

"""The parts of a triage that open over a step: one ABCD letter, the search for a complaint, notes, more modifiers.

They decide nothing about urgency and keep nothing themselves; each answer goes through the flow into the journal.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from typing import TYPE_CHECKING, Final

from zcc_console.core.urgency import Urgency
from zcc_console.protocols.model import UNKNOWN, Question
from zcc_console.protocols.search import Hit, find_complaints, suggested_complaints
from zcc_console.protocols.session import Session, Step
from zcc_console.widgets.triage_field import Field
from zcc_console.widgets.triage_form import Form
from zcc_console.widgets.triage_picture import Choice, Panel

if TYPE_CHECKING:
    from zcc_console.screens.triage_flow import TriageFlow

LETTER_KEYS: Final = {"w": "R", "a": "A", "b": "B", "c": "C", "d": "D", "o": "E"}
"""Key of each letter of the gate. R (reageert) is under w (wekbaar) and E under o (omstandigheden), because r recalls
a handoff and e edits the patient, on this screen as on every other."""
LETTER_NAMES: Final = {
    "R": "Wekbaar en ademt",
    "A": "A  luchtweg",
    "B": "B  ademhaling en kleur",
    "C": "C  bloed en circulatie",
    "D": "D  bewustzijn en uitval",
    "E": "Omstandigheden",
}
FOUND_SHOWN: Final = 9
NOTHING_TYPED: Final = "⌫ leeg; ← gaat terug"
"""A held key that emptied the field takes back nothing that was answered."""


def undo(flow: TriageFlow) -> None:
    """Take the last thing back, and say what it was."""
    session = flow.session
    flow.part = None
    if session is not None and session.step in (Step.FOLLOW_UP, Step.ADVICE):
        # What was answered is not what was done last here; the step before is.
        flow.go(Step.URGENCY if session.step is Step.FOLLOW_UP else Step.FOLLOW_UP)
        return
    if session is None or not session.log:
        flow.said = "Er is niets om terug te nemen."
        return
    act = session.log[-1]
    names = []
    for change in act.changes[:2]:
        question = session.protocols.question(change.scope, change.id)
        names.append(question.label.nl if question is not None else title_of(session, change.id))
    more = f" en nog {len(act.changes) - 2}" if len(act.changes) > 2 else ""
    text = f"{', '.join(names)}{more}"
    if flow.change(session.undo(), f"teruggenomen: {text}"):
        flow.said = f"Teruggenomen: {text}."


def title_of(session: Session, complaint: str) -> str:
    """The title of a complaint, or its id where this set has it not."""
    protocol = session.protocols.protocols.get(complaint)
    return protocol.titles.nl if protocol is not None else complaint


def answer_words(question: Question, value: str | None) -> str:
    """An answer as people read it."""
    if value is None:
        return ""
    if value == UNKNOWN:
        return "weet niet"
    option = question.option(value)
    return option.text.nl if option is not None else f"{value} {question.unit}".strip()


def answer_urgency(session: Session, question: Question, value: str | None) -> Urgency | None:
    """What an answer gives by itself; None where it gives nothing."""
    if value is None:
        return None
    if question.kind == "choice" and question.option(value) is None:
        return question.unknown_as
    table = {"abcd": session.protocols.gate, "modifiers": session.protocols.modifiers}.get(question.scope)
    if table is None:
        protocol = session.protocols.protocols.get(question.scope)
        table = protocol.table if protocol is not None else None
    rank = question.ranks.get(value)
    if table is None or rank is None:
        return None
    fired = table.singles[question.id][rank]
    return min((one.urgency for one in fired), default=None)


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter of the gate that is not safe: which sign?"""

    letter: str
    typing = False

    def _signs(self, flow: TriageFlow) -> list[tuple[Question, str, str]]:
        """(question, option, words) of every sign that is not benign."""
        session = flow.session
        if session is None:
            return []
        return [
            (question, option.id, option.text.nl)
            for question in session.sequence
            if question.letter == self.letter
            for option in question.options[1:]
        ]

    def panel(self, flow: TriageFlow) -> Panel:
        """The signs under figures, below the question each belongs to."""
        session = flow.session
        choices: list[Choice] = []
        asked = ""
        for number, (question, option, text) in enumerate(self._signs(flow), 1):
            if question.id != asked:
                choices.append(Choice("", question.ask.nl))
                asked = question.id
            given = session.triage.abcd.get(question.id) if session is not None else None
            choices.append(Choice(str(number), text, chosen=given == option))
        choices.append(Choice("0", "weet niet"))
        return Panel(
            title=f"{LETTER_NAMES[self.letter]}: welk teken?",
            choices=tuple(choices),
            foot="Enter  deze letter is veilig    Esc  terug",
        )

    def press(self, flow: TriageFlow, key: str, character: str | None) -> bool:
        """A figure is a sign; Enter says that this letter is safe."""
        session = flow.session
        if session is None:
            return False
        if key == "escape":
            flow.part = None
            return True
        if key == "enter":
            return self._done(flow, session.letter_is(self.letter, "safe"), "veilig")
        if key == "0":
            return self._done(flow, session.letter_is(self.letter, "unknown"), "weet niet")
        signs = self._signs(flow)
        if key.isascii() and key.isdecimal() and 1 <= int(key) <= len(signs):
            question, option, text = signs[int(key) - 1]
            return self._done(flow, session.put_abcd(question.id, option), text)
        if key in LETTER_KEYS:
            flow.part = Letter(LETTER_KEYS[key])
            return True
        return False

    def _done(self, flow: TriageFlow, session: Session, text: str) -> bool:
        if flow.change(session, f"{LETTER_NAMES[self.letter].split('  ')[-1]}: {text}"):
            flow.part = None
            flow.said = f"{LETTER_NAMES[self.letter]}: {text}. ⌫ terug"
        return True

    def paste(self, flow: TriageFlow, text: str) -> bool:
        """Nothing to paste into."""
        return False


@dataclass(frozen=True, slots=True)
class Search:
    """Which complaint? A few letters of what the caller says; before the first letter, what the call itself says."""

    field: Field = dataclass_field(default_factory=Field)
    at: int = 0
    moved: bool = False
    typing = True

    def _found(self, flow: TriageFlow) -> tuple[Hit, ...]:
        session = flow.session
        if session is None:
            return ()
        words = self.field.text.strip()
        if words:
            return find_complaints(session.protocols, words, session.triage, FOUND_SHOWN)
        return self._suggested(flow) or find_complaints(session.protocols, "", session.triage, FOUND_SHOWN)

    def _suggested(self, flow: TriageFlow) -> tuple[Hit, ...]:
        """What the call's own words say; nothing where they say no complaint for sure."""
        session, view = flow.session, flow.view
        if session is None or view is None or not view.reason.strip():
            return ()
        return suggested_complaints(session.protocols, view.reason, session.triage, FOUND_SHOWN)

    def _at(self, flow: TriageFlow) -> int:
        """Which line Enter chooses; -1 while nothing was typed, moved to or said by the call itself."""
        sure = self.at or self.moved or self.field.text.strip() or self._suggested(flow)
        return self.at if sure else -1

    def panel(self, flow: TriageFlow) -> Panel:
        """The field, and what was found under figures."""
        session = flow.session
        chosen = session.triage.complaints if session is not None else ()
        found, at = self._found(flow), self._at(flow)
        choices = [
            Choice(
                str(number),
                one.protocol.titles.nl,
                tail=_why_found(one, one.protocol.id in chosen),
                chosen=number - 1 == at,
            )
            for number, one in enumerate(found, 1)
        ]
        choices.append(Choice("0", "geen klacht past: zelf de urgentie bepalen"))
        empty = not self.field.text.strip()
        if not found:
            title = "Niets gevonden. Typ een ander woord van de beller, of 0."
        else:
            title = "Klacht? Typ wat de beller zegt" + (" · uit de reden:" if empty and self._suggested(flow) else "")
        foot = "1-9 of Enter kiest    ↑↓    Tab terug" if chosen else "1-9 of Enter kiest    ↑↓"
        return Panel(title=title, choices=tuple(choices), search=self.field, foot=foot)

    def press(self, flow: TriageFlow, key: str, character: str | None) -> bool:
        """Letters search, figures choose."""
        session = flow.session
        if session is None:
            return False
        found = self._found(flow)
        if key == "escape":
            if flow.part is self:
                flow.part = None
            return True
        if key in ("up", "down"):
            step = 1 if key == "down" else -1
            flow.part = replace(self, at=max(0, min(len(found) - 1, self._at(flow) + step)), moved=True)
            return True
        if key == "0":
            if flow.change(session.without_protocol(), "geen passende klacht"):
                flow.part = None
            return True
        if key == "enter":
            at = self._at(flow)
            if at < 0:
                flow.said = "Typ wat de beller zegt, of 0."
                return True
            return self._choose(flow, found, at)
        if key.isascii() and key.isdecimal():
            return self._choose(flow, found, int(key) - 1)
        if key == "backspace" and not self.field.text:
            flow.said = NOTHING_TYPED
            return True
        if key == "tab" or (key in ("left", "right") and not self.field.text):
            return False
        typed = self.field.press(key, character)
        if typed is None:
            return False
        flow.part = Search(typed)
        return True

    def _choose(self, flow: TriageFlow, found: tuple[Hit, ...], index: int) -> bool:
        session = flow.session
        if session is None or not 0 <= index < len(found):
            flow.said = "Daar staat geen klacht."
            return True
        one = found[index].protocol
        if one.id in session.triage.complaints:
            changed, word = session.drop(one.id), "weggehaald"
        else:
            changed, word = session.choose(one.id), "klacht"
        if flow.change(changed, f"{word} {one.titles.nl.lower()}"):
            flow.part = None
        return True

    def paste(self, flow: TriageFlow, text: str) -> bool:
        """Pasted words are searched for."""
        flow.part = Search(self.field.insert(text))
        return True


def _why_found(hit: Hit, chosen: bool) -> str:
    if chosen:
        return "✓ gekozen, nogmaals haalt weg"
    if not hit.for_this_age:
        return "niet voor deze leeftijd"
    return hit.matched if hit.matched.casefold() != hit.protocol.titles.nl.casefold() else ""


@dataclass(frozen=True, slots=True)
class NoteTyping:
    """A note, at the place where the notes stand."""

    under: object = None
    """The part it was opened over."""
    typing = True

    def panel(self, flow: TriageFlow) -> Panel:
        """The step's own panel stays in sight."""
        below = flow.step_part
        return below.panel(flow) if below is not None else Panel()

    def press(self, flow: TriageFlow, key: str, character: str | None) -> bool:
        """Enter keeps the note; Escape and F7 leave it half typed."""
        field = flow.note or Field()
        if key == "enter":
            text = field.text.strip()
            if text and not flow.decided(lambda: flow.desk.note(flow.call_id, text)):
                return True
            flow.part = None
            flow.type_note(None)
            flow.tick()
            return True
        if key in ("escape", "f7", "ctrl+n"):
            flow.part = None
            flow.tick()
            return True
        typed = field.press(key, character)
        if typed is None:
            return False
        flow.type_note(typed)
        return True

    def paste(self, flow: TriageFlow, text: str) -> bool:
        """Pasted text becomes part of the note."""
        flow.type_note((flow.note or Field()).insert(text))
        return True


def open_note(flow: TriageFlow) -> None:
    """Type a note, or go on with the one that was half typed."""
    flow.part = NoteTyping()
    if flow.note is None:
        flow.note = Field()


def tick_modifier(flow: TriageFlow, key: str) -> None:
    """The next answer of the modifier under this key."""
    session = flow.session
    question = next((one for one in session.protocols.modifiers.questions if one.key == key), None) if session else None
    if session is None or question is None:
        return
    changed = session.cycle_modifier(key)
    given = changed.triage.modifiers.get(question.id)
    words = answer_words(question, given) if given is not None else "niet aangekruist"
    if flow.change(changed, f"{question.label.nl}: {words}"):
        flow.said = f"{question.label.nl}: {words}. Nog eens {key} kiest de volgende; ⌫ terug"


@dataclass(frozen=True, slots=True)
class More:
    """All modifiers under their letters, and the measurements under figures."""

    typing = False

    def panel(self, flow: TriageFlow) -> Panel:
        """One line each."""
        session = flow.session
        if session is None:
            return Panel()
        choices = [
            Choice(
                question.key,
                question.label.nl,
                tail=answer_words(question, session.triage.modifiers.get(question.id)),
                urgency=answer_urgency(session, question, session.triage.modifiers.get(question.id)),
                chosen=question.id in session.triage.modifiers,
            )
            for question in session.protocols.modifiers.questions
            if question.key
        ]
        for number, question in enumerate(session.protocols.measurements.values(), 1):
            given = session.triage.measurements.get(question.id)
            choices.append(Choice(str(number), f"gemeten: {question.label.nl}", tail=answer_words(question, given)))
        return Panel(
            title="Verzwarend en gemeten",
            choices=tuple(choices),
            foot="letter  volgende antwoord    cijfer  meetwaarde    Enter  klaar",
        )

    def press(self, flow: TriageFlow, key: str, character: str | None) -> bool:
        """A letter ticks, a figure measures."""
        session = flow.session
        if session is None:
            return False
        if key in ("enter", "escape", "plus"):
            flow.part = None
            return True
        measurements = list(session.protocols.measurements.values())
        if key.isascii() and key.isdecimal() and 1 <= int(key) <= len(measurements):
            question = measurements[int(key) - 1]
            given = session.triage.measurements.get(question.id, "")
            hint = f"{question.low:g} tot {question.high:g}" if question.low is not None else ""
            unit = f"{question.label.nl} ({question.unit})"
            flow.part = Measuring(question, Form.of("Gemeten", (question.id, unit, given, hint)))
            return True
        if any(one.key == key for one in session.protocols.modifiers.questions):
            tick_modifier(flow, key)
            return True
        return False

    def paste(self, flow: TriageFlow, text: str) -> bool:
        """Nothing to paste into."""
        return False


@dataclass(frozen=True, slots=True)
class Measuring:
    """One measured value; empty takes it away."""

    question: Question
    form: Form
    typing = True

    def panel(self, flow: TriageFlow) -> Panel:
        """The field."""
        return Panel(form=self.form, foot="Enter  leg vast    leeg  haal weg    Esc  terug")

    def press(self, flow: TriageFlow, key: str, character: str | None) -> bool:
        """Enter keeps the value where it can be one."""
        session = flow.session
        if session is None:
            return False
        if key == "escape":
            flow.part = More()
            return True
        typed = self.form.press(key, character)
        if typed is None:
            return False
        if typed.done:
            value = typed.values[self.question.id]
            try:
                changed = session.put_measurement(self.question.id, value or None)
            except ValueError as error:
                flow.part = replace(self, form=typed.refused(str(error)))
                return True
            if flow.change(changed, f"{self.question.label.nl}: {value or 'niet gemeten'} {self.question.unit}"):
                flow.part = More()
            return True
        flow.part = replace(self, form=typed)
        return True

    def paste(self, flow: TriageFlow, text: str) -> bool:
        """Pasted into the field."""
        flow.part = replace(self, form=self.form.paste(text))
        return True

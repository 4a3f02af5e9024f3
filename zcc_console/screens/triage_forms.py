"""Forms over a step: another urgency, the patient and the caller, putting the call away. Nothing here is compulsory
but what the rules of an override ask for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from zcc_console.core.clock import local_hm
from zcc_console.core.urgency import Urgency
from zcc_console.protocols.override import REASON, SECOND, SUPERVISING_DOCTOR
from zcc_console.protocols.values import age_days
from zcc_console.screens.moments import parse_when
from zcc_console.screens.triage_part import Ended
from zcc_console.screens.triage_patient import known_of, update_of, with_patient
from zcc_console.screens.triage_steps import Accepting, decide, is_below_before
from zcc_console.widgets.triage_form import Form
from zcc_console.widgets.triage_picture import Choice, Panel

if TYPE_CHECKING:
    from zcc_console.screens.triage_flow import TriageFlow

_FIELDS: Final = {
    REASON: ("reason", "Reden", "", "waarom deze urgentie"),
    SECOND: ("second", "Tweede bevoegde", "", "naam van de collega die meekeek"),
    SUPERVISING_DOCTOR: ("second", "Regiearts", "", "naam van de regiearts die dit besloot"),
}


@dataclass(frozen=True, slots=True)
class Override:
    """Another urgency: first which, then what that takes."""

    final: Urgency | None = None
    form: Form | None = None

    @property
    def typing(self) -> bool:
        """Once an urgency is chosen."""
        return self.form is not None

    def panel(self, flow: TriageFlow) -> Panel:
        """The urgencies under their own figures, or the form."""
        session = flow.session
        if session is None:
            return Panel()
        if self.form is not None:
            return Panel(form=self.form, foot="Enter  volgende, op het laatste: leg vast    Esc  niet aanpassen")
        proposed = session.verdict.urgency
        choices = tuple(
            Choice(
                str(int(urgency)),
                f"{urgency.label}  {urgency.word}",
                tail=_direction(urgency, proposed),
                chosen=urgency == session.urgency,
            )
            for urgency in Urgency
        )
        return Panel(
            title=f"Urgentie aanpassen · voorstel {proposed.name}", choices=choices, foot="Esc  niet aanpassen"
        )

    def press(self, flow: TriageFlow, key: str, character: str | None) -> bool:
        """A figure is an urgency; then the form takes the keys."""
        session = flow.session
        if session is None:
            return False
        if key == "escape":
            flow.part = None
            return True
        if self.form is None:
            if key.isascii() and key.isdecimal() and int(key) <= 5:
                self._choose(flow, Urgency(int(key)))
                return True
            return False
        typed = self.form.press(key, character)
        if typed is None:
            return False
        flow.part = replace(self, form=typed)
        if typed.done and self.final is not None:
            self._decide(flow, self.final, typed)
        return True

    def _choose(self, flow: TriageFlow, final: Urgency) -> None:
        session = flow.session
        if session is None:
            return
        wants = session.wanted(final)
        if not wants and is_below_before(flow, final):
            flow.part = Accepting.of(flow, final)
            return
        if not wants:
            flow.part = None
            decide(flow, final)
            return
        proposed = session.verdict.urgency
        title = f"Van {proposed.label} naar {final.label}"
        flow.part = Override(final, Form.of(title, *(_FIELDS[want] for want in wants)))

    def _decide(self, flow: TriageFlow, final: Urgency, typed: Form) -> None:
        session = flow.session
        if session is None:
            return
        wants = session.wanted(final)
        values = typed.values
        refused = decide(
            flow,
            final,
            reason=values.get("reason", ""),
            second=values.get("second", ""),
            second_role=SUPERVISING_DOCTOR if SUPERVISING_DOCTOR in wants else "",
        )
        if refused is None:
            flow.part = None if not flow.problem else replace(self, form=replace(typed, done=False))
            return
        at = "reason" if REASON in refused.wants else "second"
        flow.part = replace(self, form=typed.refused(str(refused), at))

    def paste(self, flow: TriageFlow, text: str) -> bool:
        """Into the field."""
        if self.form is None:
            return False
        flow.part = replace(self, form=self.form.paste(text))
        return True


def _direction(urgency: Urgency, proposed: Urgency) -> str:
    if urgency == proposed:
        return "het voorstel"
    if urgency < proposed:
        return "hoger: reden"
    if proposed.is_for_the_rav:
        return "lager: reden + regiearts"
    return "lager: reden + tweede bevoegde"


@dataclass(frozen=True, slots=True)
class PatientForm:
    """Who, where and how to call back; nothing is compulsory."""

    form: Form
    before: tuple[tuple[str, str], ...]
    typing = True

    @staticmethod
    def of(flow: TriageFlow) -> PatientForm:
        """The form with what is known."""
        view = flow.view
        known = known_of(view) if view is not None else {}
        form = Form.of(
            "Patiënt en beller",
            *((id_, label, known.get(id_, ""), hint) for id_, label, hint in _PATIENT_FIELDS),
        )
        chosen = tuple(replace(one, field=replace(one.field, selected=bool(one.field.text))) for one in form.fields)
        return PatientForm(replace(form, fields=chosen), tuple(form.values.items()))

    def panel(self, flow: TriageFlow) -> Panel:
        """The fields."""
        return Panel(form=self.form, foot="Enter  volgend veld    Ctrl+S  leg vast    Esc  niets wijzigen")

    def press(self, flow: TriageFlow, key: str, character: str | None) -> bool:
        """Ctrl+S, or Enter on the last field, keeps what was changed."""
        if key == "escape":
            flow.part = None
            return True
        typed = self.form.press(key, character)
        if typed is None:
            return False
        if not typed.done:
            flow.part = replace(self, form=typed)
            return True
        before, values = dict(self.before), typed.values
        changed = {name for name, value in values.items() if value != before.get(name, "")}
        wrong = self._wrong(changed, typed)
        if wrong is not None:
            flow.part = replace(self, form=wrong)
            return True
        view = flow.view
        if changed and view is not None:
            fields = update_of(view, changed, dict(values))
            if not flow.decided(lambda: flow.desk.update(flow.call_id, fields)):
                flow.part = replace(self, form=replace(typed, done=False))
                return True
        flow.part = None
        session = flow.session
        if changed and session is not None:
            names = ", ".join(label.lower() for id_, label, _hint in _PATIENT_FIELDS if id_ in changed)
            flow.change(with_patient(session, flow.view), f"gewijzigd: {names}")
        return True

    @staticmethod
    def _wrong(changed: set[str], typed: Form) -> Form | None:
        values = typed.values
        if "age" in changed and values["age"] and age_days(values["age"]) is None:
            return typed.refused("Typ een leeftijd, zoals 67, 3 maanden of 10 dagen.", "age")
        if "sex" in changed and values["sex"] and values["sex"].lower() not in ("m", "v", "x"):
            return typed.refused("Typ m, v of x, of laat het leeg.", "sex")
        return None

    def paste(self, flow: TriageFlow, text: str) -> bool:
        """Into the field."""
        flow.part = replace(self, form=self.form.paste(text))
        return True


_PATIENT_FIELDS: Final = (
    ("name", "Naam patiënt", ""),
    ("age", "Leeftijd", "67, 3 maanden, 10 dagen"),
    ("sex", "Geslacht", "m, v of x"),
    ("callback_number", "Terugbelnummer", ""),
    ("caller", "Beller", "naam of relatie"),
    ("street", "Straat", ""),
    ("house_number", "Nummer", ""),
    ("postcode", "Postcode", ""),
    ("town", "Plaats", ""),
    ("access", "Toegang", "deur, sleutelkluis, etage"),
)


@dataclass(frozen=True, slots=True)
class Away:
    """The call goes away from this desk: back, later, or for good."""

    chosen: str = ""
    form: Form | None = None

    @property
    def typing(self) -> bool:
        """Once a way is chosen."""
        return self.form is not None

    def panel(self, flow: TriageFlow) -> Panel:
        """The ways under figures, or what it takes."""
        if self.form is not None:
            return Panel(form=self.form, foot="Enter  volgende, op het laatste: leg vast    Esc  niet")
        choices = tuple(Choice(key, text, tail=tail) for key, text, tail, _outcome in _WAYS)
        return Panel(title="De oproep wegleggen", choices=choices, foot="Esc  toch niet")

    def press(self, flow: TriageFlow, key: str, character: str | None) -> bool:
        """A figure is a way; Enter in its form does it."""
        if key == "escape":
            flow.part = None
            return True
        if self.form is None:
            way = next((one for one in _WAYS if one[0] == key), None)
            if way is None:
                return False
            flow.part = Away(key, _form_of(flow, key, way[1], way[3]))
            return True
        typed = self.form.press(key, character)
        if typed is None:
            return False
        flow.part = replace(self, form=typed)
        if typed.done:
            self._do(flow, typed)
        return True

    def _do(self, flow: TriageFlow, typed: Form) -> None:
        values, number = typed.values, _number(flow)
        flow.flush_update()
        session = flow.session
        if session is not None and session.log:
            flow.record_triage()
        if self.chosen == "1":
            done = flow.decided(lambda: flow.desk.release(flow.call_id, values["why"]))
            says = f"{number} staat weer in de rij; de triage is bewaard."
        elif self.chosen == "2":
            moment = parse_when(values["at"], flow.desk.hub_now())
            if moment is None:
                flow.part = replace(self, form=typed.refused("Typ een tijd zoals 22:50, of minuten zoals 15.", "at"))
                return
            done = flow.decided(lambda: flow.desk.callback(flow.call_id, moment, values["why"]))
            says = f"{number} wordt om {local_hm(moment)} teruggebeld; de triage is bewaard."
        else:
            done = flow.decided(lambda: flow.desk.close_call(flow.call_id, values["why"]))
            says = f"{number} afgesloten: {values['why']}."
        if done:
            flow.ended = Ended(says)
        else:
            flow.part = replace(self, form=replace(typed, done=False))

    def paste(self, flow: TriageFlow, text: str) -> bool:
        """Into the field."""
        if self.form is None:
            return False
        flow.part = replace(self, form=self.form.paste(text))
        return True


_WAYS: Final = (
    ("1", "terug in de rij", "een collega kan hem nemen", "onderbroken"),
    ("2", "later terugbellen", "komt op tijd terug in de rij", "herbeoordelen"),
    ("3", "beller heeft opgehangen", "sluit de oproep", "beller heeft opgehangen"),
    ("4", "dubbele melding", "sluit de oproep", "dubbele melding"),
    ("5", "geen hulp meer nodig", "sluit de oproep", "geen hulp meer nodig"),
)


def _form_of(flow: TriageFlow, key: str, title: str, why: str) -> Form:
    fields: list[tuple[str, str, str, str]] = []
    if key == "2":
        fields.append(("at", "Wanneer", "15", "22:50, of over hoeveel minuten"))
    fields.append(("why", "Waarom", why, ""))
    return Form.of(f"{_number(flow)}: {title}", *fields)


def _number(flow: TriageFlow) -> str:
    view = flow.view
    return view.row.number if view is not None else "De oproep"

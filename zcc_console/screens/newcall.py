"""Nieuwe melding: a call typed in at the desk. Nothing is compulsory; what is typed survives until it is recorded."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.strip import Strip

from zcc_console.core.clock import rfc3339
from zcc_console.core.jsontypes import Json, as_text
from zcc_console.core.urgency import Urgency
from zcc_console.desk.rows import Change
from zcc_console.screens.frame import ConsoleScreen
from zcc_console.widgets.bindings import bindings
from zcc_console.widgets.pane import Pane
from zcc_console.widgets.rule import rule
from zcc_console.widgets.say_line import Grade
from zcc_console.widgets.triage_form import Form
from zcc_console.widgets.triage_line import Line

DRAFT: Final = "nieuwe-melding"
"""The draft's name in the journal; one new call at a time is typed at a desk."""
FIELDS: Final = (
    ("reason", "reden", "wat de beller zegt"),
    ("who", "wie", "v 67, m 7 mnd, of alleen 67"),
    ("name", "naam", "naam van de patiënt"),
    ("street", "straat en nummer", ""),
    ("town", "plaats", ""),
    ("access", "toegang", "bel, sleutelkluis, verdieping"),
    ("callback", "terug te bellen op", "telefoonnummer"),
    ("caller", "beller", "zelf, echtgenoot, wijkverpleegkundige M. Bakker"),
    ("beside", "bij de patiënt", "j of n"),
    ("urgency", "ingeschat als", "U0 tot U5, leeg als niemand dat deed"),
    ("note", "notitie", ""),
)
AGE: Final = re.compile(r"(\d{1,3})\s*(mnd|maand(?:en)?|dg?n|dag(?:en)?|w(?:eken|k)?|jaar|jr|j)?\b")
YEARS: Final = {"m": 1 / 12, "d": 1 / 365.25, "w": 7 / 365.25, "j": 1.0}


class NewCallForm(Pane):
    """The form as drawn lines."""

    DEFAULT_CSS: ClassVar[str] = "NewCallForm { height: 1fr; }"

    def __init__(self, form: Form) -> None:
        super().__init__(id="newcall-form")
        self.form = form

    def show(self, form: Form) -> None:
        """Show the form as it is now."""
        self.form = form
        self.redraw()

    def draw(self, width: int, height: int) -> Sequence[Strip]:
        palette = self.palette
        lines = [rule(width, palette, self.form.title, "niets is verplicht"), Strip.blank(width)]
        for index, entry in enumerate(self.form.fields):
            active = index == self.form.at
            line = Line(width, palette.selected if active and not palette.selected.reverse else None)
            line.put("▌" if active else " ", palette.strong).put(" ")
            line.field(entry.label, 20, palette.strong if active else palette.dim)
            typed = bool(entry.field.text)
            room = width - line.used - (0 if typed else min(50, width - 30))
            entry.field.draw(line, max(8, room), palette.strong if active else palette.normal, active=active)
            if not typed:
                line.put(" ").put(entry.hint, palette.dim)
            lines.append(line.strip())
        foot = (
            "Ctrl+S of F8 legt vast en neemt de oproep meteen · F9 draagt hem zo over · Esc terug, het concept blijft"
        )
        lines += [Strip.blank(width), Line(width).to(2).put(foot, palette.dim).strip()]
        return lines[:height]


class NewCallScreen(ConsoleScreen):
    """The form for a new call."""

    PLACE = "newcall"
    BINDINGS: ClassVar[list[BindingType]] = bindings("newcall")

    def __init__(self) -> None:
        super().__init__()
        self.form = empty_form({})
        self._kept: Mapping[str, str] = {}

    def body(self) -> ComposeResult:
        kept = self.desk.draft(DRAFT) or {}
        self.form = empty_form({name: as_text(kept.get(name)) for name, _, _ in FIELDS})
        self._kept = self.form.values
        self.pane = NewCallForm(self.form)
        yield self.pane

    def update(self, change: Change) -> None:
        self._keep()

    def on_screen_suspend(self) -> None:
        """Another screen comes: what was typed is kept."""
        self._keep()

    def _keep(self) -> None:
        values = self.form.values
        if values != self._kept:
            self._kept = values
            draft: dict[str, Json] = dict(values)
            self.decide_quietly(lambda: self.desk.save_draft(DRAFT, draft))

    @property
    def empty(self) -> bool:
        """Whether nothing was typed yet."""
        return not any(self.form.values.values())

    @property
    def is_typing(self) -> bool:
        return True

    # -- keys ------------------------------------------------------------------------------------------------------

    def take_key(self, event: events.Key) -> bool:
        if super().take_key(event):
            return True
        if event.key in ("ctrl+s", "f8"):
            return False
        typed = self.form.press(event.key, event.character if event.is_printable else None)
        if typed is None:
            return False
        self._become(typed)
        if typed.done:
            self.action_submit()
        return True

    def on_paste(self, event: events.Paste) -> None:
        event.stop()
        if not self.line.paste(event.text):
            self._become(self.form.paste(event.text))

    def _become(self, form: Form) -> None:
        self.form = form
        self.pane.show(form)

    def action_field_next(self) -> None:
        """The form takes this key itself."""

    def action_submit(self) -> None:
        call_id = self.decide(self._create)
        if call_id is not None:
            self.console.open(call_id)
            self.console.say("Vastgelegd; de oproep is van u.", Grade.GOOD)

    def _create(self) -> str:
        values = self.form.values
        call_id = self.desk.create_call(call_fields(values, rfc3339(self.desk.hub_now())))
        self._become(empty_form({}))
        self._keep()
        return call_id

    # -- the handoff key -------------------------------------------------------------------------------------------

    def handoff_target(self) -> str | None:
        return self.console.open_call if self.empty else None

    def call_to_hand_over(self) -> str | None:
        """What is typed here is the call that the key is about: it is recorded as far as it goes, and handed over."""
        if self.empty and self.console.open_call is not None:
            return self.console.open_call
        call_id = self._create()
        self.console.open(call_id)
        return call_id

    def close(self) -> None:
        self._keep()
        self.console.back()


def empty_form(texts: Mapping[str, str]) -> Form:
    """The form with these texts in it."""
    return Form.of("NIEUWE MELDING", *((name, label, texts.get(name, ""), hint) for name, label, hint in FIELDS))


def sex_and_age(text: str) -> tuple[str | None, float | None]:
    """`v 67`, `67 v`, `m 7 mnd`, `3 dgn`: the sex and the age in years, each None where it is not said."""
    lower = text.lower()
    found = re.search(r"\b([mvx])\b", lower)
    age = AGE.search(lower)
    if age is None:
        return (found.group(1) if found else None), None
    unit = (age.group(2) or "j")[0]
    return (found.group(1) if found else None), round(int(age.group(1)) * YEARS[unit], 3)


def call_fields(values: Mapping[str, str], at: str) -> dict[str, Json]:
    """The fields of `call.create` from what was typed; what is not said is null, not invented."""
    sex, age = sex_and_age(values.get("who", ""))
    street, _, house = values.get("street", "").rpartition(" ")
    if not any(char.isdigit() for char in house):
        street, house = values.get("street", ""), ""
    urgency = Urgency.parse(values.get("urgency", "").upper())
    beside = {"j": True, "n": False}.get(values.get("beside", "").lower()[:1])
    return {
        "caller": {
            "name": None,
            "relation": values.get("caller") or None,
            "with_patient": beside,
            "organisation": None,
        },
        "callback_number": values.get("callback") or None,
        "patient": {
            "name": values.get("name") or None,
            "age_years": age,
            "birth_date": None,
            "sex": sex,
            "pregnant": None,
            "risk": [],
        },
        "location": {
            "street": street or None,
            "house_number": house or None,
            "postcode": None,
            "town": values.get("town") or None,
            "access": values.get("access") or None,
            "lat": None,
            "lon": None,
        },
        "reason": values.get("reason") or None,
        "pre_urgency": {"urgency": urgency.name, "by": "desk", "at": at} if urgency is not None else None,
        "notes": [values["note"]] if values.get("note") else [],
    }

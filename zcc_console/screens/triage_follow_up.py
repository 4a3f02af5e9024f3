"""The follow-up: ranked care, and its places with room now, nearest first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zcc_console.core.jsontypes import as_text
from zcc_console.desk.rows import UnitRow
from zcc_console.protocols.model import Action
from zcc_console.protocols.session import Session, Step
from zcc_console.screens.triage_places import (
    LIVE,
    RAV_ACTIONS,
    UNDECIDED,
    Agreeing,
    actions_of,
    agreed_of,
    chosen_action,
    chosen_place,
    open_agreeing,
    place_words,
    places,
    reservation_words,
    reserve,
)
from zcc_console.widgets.triage_form import Form
from zcc_console.widgets.triage_picture import Choice, Panel

if TYPE_CHECKING:
    from zcc_console.screens.triage_flow import TriageFlow


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Ranked care, and its places."""

    typing = False

    def panel(self, flow: TriageFlow) -> Panel:
        """The actions under figures, the places of the chosen one below."""
        session = flow.session
        if session is None:
            return Panel()
        action = chosen_action(flow)
        units = places(flow, action)
        choices = [
            Choice(str(number), one.title.nl, chosen=action is not None and one.id == action.id)
            for number, one in enumerate(actions_of(session)[:9], 1)
        ]
        row, refusal = flow.reservation, flow.refusal
        text: list[str] = []
        problem = ""
        if row is not None and row.state in LIVE:
            text.append(reservation_words(row, agreed_of(flow)))
            foot = "Enter  verder naar advies    v  gesproken met de aanbieder    ⌫  geef terug"
        else:
            if refusal is not None:
                other = next((unit.provider for unit in units if unit.has_room and unit.id != self._asked(flow)), "")
                problem = f"VOL: {refusal.why}." + (f" Vrij is nu: {other}." if other else " Nergens anders is plaats.")
                if refusal.alternatives:
                    text.append("alternatieven: " + " · ".join(refusal.alternatives))
            elif row is not None:
                problem = reservation_words(row)
            foot = self._foot(action, units)
            if units and not any(unit.has_room for unit in units):
                text.append("Nergens is nu een bekende plaats; Enter gaat verder zonder reserveren.")
                text += [one.nl for one in session.verdict.advice]
        at = chosen_place(flow, units)
        if at >= 0 and not (row is not None and row.state in LIVE):
            text += place_words(units[at])
        if action is not None and action.id in RAV_ACTIONS:
            text.append("De ambulance gaat met F9 naar de RAV; daar is geen reservering voor nodig.")
        return Panel(
            title="Vervolg",
            choices=tuple(choices),
            text=tuple(text),
            foot=foot,
            problem=problem,
            units=units,
            unit_at=at,
            danger=session.urgency.is_for_the_rav,
        )

    @staticmethod
    def _asked(flow: TriageFlow) -> str:
        return as_text(flow.extra.get("asked"))

    @staticmethod
    def _foot(action: Action | None, units: tuple[UnitRow, ...]) -> str:
        if action is not None and action.id in RAV_ACTIONS:
            return "F9  naar de RAV    cijfer  ander vervolg    →  verder"
        if not units:
            return "Enter  verder naar advies    cijfer  ander vervolg"
        if not any(unit.has_room for unit in units):
            return "Enter  verder zonder reserveren    ↑↓  plaats, om zelf te bellen    cijfer  ander vervolg"
        return "Enter  reserveer    ↑↓  plaats    cijfer  ander vervolg    →  zonder reserveren"

    def press(self, flow: TriageFlow, key: str, character: str | None) -> bool:
        """A figure chooses the care, arrows the place, Enter asks for it."""
        session = flow.session
        if session is None:
            return False
        if key == "escape":
            return True
        action = chosen_action(flow)
        units = places(flow, action)
        row = flow.reservation
        if key in ("up", "down"):
            at = max(chosen_place(flow, units) + (1 if key == "down" else -1), 0)
            if 0 <= at < len(units):
                flow.keep(unit=units[at].id)
            return True
        if key.isascii() and key.isdecimal() and key != "0":
            actions = actions_of(session)
            if int(key) <= len(actions):
                flow.keep(action=actions[int(key) - 1].id, unit=None)
            return True
        if key == "v":
            open_agreeing(flow)
            return True
        if key == "backspace" and row is not None and row.state in LIVE:
            if flow.decided(lambda: flow.desk.release_reservation(row.id, "andere keuze aan de desk")):
                flow.keep(reservation=None, asked=None, agreed=None)
                flow.said = f"{row.unit}: teruggegeven."
            return True
        if key == "right":
            self._on(flow, session, action)
            return True
        if key == "enter":
            self._enter(flow, session, action, units)
            return True
        return False

    def _enter(self, flow: TriageFlow, session: Session, action: Action | None, units: tuple[UnitRow, ...]) -> None:
        row = flow.reservation
        if row is not None and row.state in LIVE:
            self._on(flow, session, action)
            return
        if action is not None and action.id in RAV_ACTIONS:
            handoff = flow.handoff
            if handoff is not None and handoff.standing.handed_over:
                self._on(flow, session, action)
            else:
                flow.said = "De ambulance gaat met F9 naar de RAV. Enter reserveert hier niets."
            return
        at = chosen_place(flow, units)
        if action is None or at < 0:
            self._on(flow, session, action)
            return
        unit = units[at]
        refusal = flow.refusal
        if refusal is not None and unit.id == self._asked(flow):
            better = next((one for one in units if one.has_room and one.id != unit.id), None)
            if better is not None:
                flow.keep(unit=better.id)
                flow.said = f"Gekozen is nu {better.provider}; Enter reserveert daar."
                return
        if not unit.has_room:
            flow.part = Agreeing(
                unit.id,
                Form.of(
                    f"{unit.provider} heeft {'een stop' if unit.status == 'stop' else 'geen bekende plaats'}"
                    f": bel {unit.phone or 'de aanbieder'}. Zei iemand ja?",
                    ("with", "Afgesproken met", "", "naam; Esc laat het zo"),
                ),
            )
            return
        reserve(flow, unit, action)

    @staticmethod
    def _on(flow: TriageFlow, session: Session, action: Action | None) -> None:
        if session.decision is None:
            flow.problem = UNDECIDED
            return
        if action is not None and flow.extra.get("action") != action.id:
            flow.keep(action=action.id)
        flow.change(session.go(Step.ADVICE), f"vervolg: {action.title.nl.lower()}" if action else "")

    def paste(self, flow: TriageFlow, text: str) -> bool:
        """Nothing to paste into."""
        return False

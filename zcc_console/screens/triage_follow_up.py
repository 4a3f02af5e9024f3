"""The last two steps: which care, where there is room now, and what is read out. A place is arranged only when a named
person of the provider said yes; nothing here says so earlier."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from zcc_console.core.clock import local_hm
from zcc_console.core.jsontypes import as_text
from zcc_console.desk.rows import ReservationRow, UnitRow
from zcc_console.protocols.model import Action
from zcc_console.protocols.session import Session, Step
from zcc_console.screens.triage_flow import Ended, TriageFlow
from zcc_console.text import clean
from zcc_console.widgets.triage_form import Form
from zcc_console.widgets.triage_picture import Choice, Panel

PLACES_SHOWN: Final = 12
RAV_ACTIONS: Final = ("rav", "t-cpr")
LIVE: Final = ("aangevraagd", "held", "confirmed")


def actions_of(session: Session) -> tuple[Action, ...]:
    """Ranked follow-up actions that fit the urgency that counts now."""
    protocols, verdict, final = session.protocols, session.verdict, session.urgency
    names = list(verdict.actions)
    if final != verdict.urgency:
        names = [name for name in names if protocols.actions[name].most <= final <= protocols.actions[name].least]
        names += [name for name in protocols.level_actions[final] if name not in names]
    return tuple(protocols.actions[name] for name in dict.fromkeys(names) if name in protocols.actions)


def chosen_action(flow: TriageFlow) -> Action | None:
    """The action that is chosen, else the first."""
    session = flow.session
    if session is None:
        return None
    actions = actions_of(session)
    wanted = as_text(flow.extra.get("action"))
    return next((one for one in actions if one.id == wanted), actions[0] if actions else None)


def places(flow: TriageFlow, action: Action | None) -> tuple[UnitRow, ...]:
    """Places that give this care, best first: room, nearest, freshest."""
    if action is None or not action.category:
        return ()
    return tuple(flow.desk.places_for(action.category, flow.call_id)[:PLACES_SHOWN])


def chosen_place(flow: TriageFlow, units: tuple[UnitRow, ...]) -> int:
    """Where the chosen place stands in the list, by its id; the first where none was chosen or it is gone."""
    wanted = as_text(flow.extra.get("unit"))
    found = next((index for index, unit in enumerate(units) if unit.id == wanted), -1)
    return found if found >= 0 else (0 if units else -1)


def agreed_of(flow: TriageFlow) -> str:
    """Who said yes to the present reservation, as recorded here."""
    return as_text(flow.extra.get("agreed"))


def place_words(unit: UnitRow) -> list[str]:
    """What a line of the list has no room for: telephone, reason and end of a stop, what to know of the number."""
    parts = [f"tel. {unit.phone}".replace(" ", "\u00a0")] if unit.phone else []
    if unit.reason:
        until = f" tot {local_hm(unit.expected_end)}" if unit.expected_end is not None else ""
        parts.append(f"{unit.reason}{until}")
    if unit.room is None and not unit.amount:
        parts.append("aantal onbekend: bel eerst")
    elif unit.mark:
        parts.append("verouderde opgave")
    if unit.manual:
        parts.append("met de hand opgegeven")
    parts += unit.needs
    return [f"{unit.provider}: {' · '.join(parts)}"] if parts else []


def reservation_words(row: ReservationRow, agreed: str = "") -> str:
    """How a reservation stands, and no better than it stands.

    Args:
        agreed: who said yes, as recorded here, while the region has not confirmed it yet.
    """
    until = f" tot {local_hm(row.until)}" if row.until is not None else ""
    if agreed and row.state in ("aangevraagd", "held"):
        return f"{row.unit}: afgesproken met {clean(agreed, 60)}, nog niet bevestigd door de regio"
    match row.state:
        case "aangevraagd":
            return f"{row.unit}: AANGEVRAAGD, nog niet bevestigd door de regio"
        case "held":
            return f"{row.unit}: VASTGEHOUDEN{until}, nog niet afgesproken"
        case "confirmed":
            agreed = f" met {row.agreed_with}" if row.agreed_with else ""
            return f"{row.unit}: ✓ BEVESTIGD{agreed}"
        case "released":
            return f"{row.unit}: teruggegeven"
        case "expired":
            return f"{row.unit}: VERLOPEN, er is geen plaats meer"
        case _:
            return f"{row.unit}: geweigerd, er is geen plaats"


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
            at = chosen_place(flow, units) + (1 if key == "down" else -1)
            if 0 <= at < len(units):
                flow.keep(unit=units[at].id)
            return True
        if key.isascii() and key.isdecimal() and key != "0":
            actions = actions_of(session)
            if int(key) <= len(actions):
                flow.keep(action=actions[int(key) - 1].id, unit=None)
            return True
        if key == "v":
            self._agree(flow)
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
        if action is not None and flow.extra.get("action") != action.id:
            flow.keep(action=action.id)
        flow.change(session.go(Step.ADVICE), f"vervolg: {action.title.nl.lower()}" if action else "")

    @staticmethod
    def _agree(flow: TriageFlow) -> None:
        row = flow.reservation
        if row is None or row.state not in ("held", "aangevraagd"):
            flow.said = "Er is nog geen plaats vastgehouden om af te spreken. Enter reserveert."
            return
        unit = flow.desk.unit(row.unit_id)
        phone = unit.phone if unit is not None else ""
        flow.part = Agreeing(
            row.unit_id,
            Form.of(f"{row.unit}: wie zei ja? {phone}".strip(), ("with", "Afgesproken met", "", "naam")),
            reservation=row.id,
        )

    def paste(self, flow: TriageFlow, text: str) -> bool:
        """Nothing to paste into."""
        return False


def reserve(flow: TriageFlow, unit: UnitRow, action: Action | None, agreed_with: str | None = None) -> bool:
    """Ask for a place; the draft remembers which."""
    made: list[str] = []
    if not flow.decided(lambda: made.append(flow.desk.reserve(unit.id, flow.call_id, 1, agreed_with))):
        return False
    refusal = flow.refusal
    if refusal is not None:
        flow.decided(lambda: flow.desk.settle(refusal.command_id))
    session = flow.session
    flow.keep(
        reservation=made[0],
        asked=unit.id,
        unit=unit.id,
        action=action.id if action else None,
        agreed=agreed_with,
        lose=None,
    )
    if session is not None:
        flow.change(session, f"plaats aangevraagd: {unit.provider}")
    return True


@dataclass(frozen=True, slots=True)
class Agreeing:
    """Who of the provider said yes."""

    unit_id: str
    form: Form
    reservation: str = ""
    """The reservation to confirm; empty asks for the place with the name."""
    typing = True

    def panel(self, flow: TriageFlow) -> Panel:
        """The name."""
        return Panel(form=self.form, foot="Enter  leg vast    Esc  terug")

    def press(self, flow: TriageFlow, key: str, character: str | None) -> bool:
        """A name is wanted: without one nothing is agreed."""
        if key == "escape":
            flow.part = None
            return True
        typed = self.form.press(key, character)
        if typed is None:
            return False
        if not typed.done:
            flow.part = replace(self, form=typed)
            return True
        name = typed.values["with"]
        if not name:
            flow.part = replace(self, form=typed.refused("Een afspraak heeft een naam: wie zei ja?"))
            return True
        unit = flow.desk.unit(self.unit_id)
        if self.reservation:
            if flow.decided(lambda: flow.desk.confirm(self.reservation, name)):
                flow.part = None
                flow.keep(agreed=name)
        elif unit is not None and reserve(flow, unit, chosen_action(flow), name):
            flow.part = None
        return True

    def paste(self, flow: TriageFlow, text: str) -> bool:
        """Into the name."""
        flow.part = replace(self, form=self.form.paste(text))
        return True


def advice_texts(session: Session) -> tuple[str, ...]:
    """What is read out: say now, advice at this urgency, safety net."""
    verdict = session.verdict
    texts = [one.nl for one in (*verdict.say, *verdict.advice)]
    texts += [f"Vangnet: {one.nl}" for one in verdict.safety_net]
    return tuple(dict.fromkeys(texts))


@dataclass(frozen=True, slots=True)
class Advice:
    """What to read out, and done."""

    typing = False

    def panel(self, flow: TriageFlow) -> Panel:
        """The texts, and how the place stands."""
        session = flow.session
        if session is None:
            return Panel()
        texts = list(advice_texts(session)) or ["Voor deze uitkomst staat geen tekst in de protocolset."]
        action = chosen_action(flow)
        row = flow.reservation
        title = "Lees voor"
        if action is not None:
            title += f"  ·  vervolg: {action.title.nl}"
        problem = ""
        if row is not None:
            texts.insert(0, reservation_words(row, agreed_of(flow)))
        if self._loses_place(flow):
            problem = "De plaats is nog niet afgesproken. Bel, en leg vast met v; sluiten geeft hem terug."
        return Panel(
            title=title,
            text=tuple(texts),
            spaced=True,
            problem=problem,
            foot="Enter  voorgelezen, klaar: sluit de oproep    v  gesproken    l  leg weg    ←  terug",
        )

    @staticmethod
    def _loses_place(flow: TriageFlow) -> bool:
        row = flow.reservation
        return row is not None and row.state in ("held", "aangevraagd") and not agreed_of(flow)

    def press(self, flow: TriageFlow, key: str, character: str | None) -> bool:
        """Enter records what was decided and told, and closes the call."""
        session = flow.session
        if session is None:
            return False
        if key == "escape":
            return True
        if key == "v":
            FollowUp._agree(flow)
            return True
        if key != "enter":
            return False
        if self._loses_place(flow) and flow.extra.get("lose") is not True:
            flow.keep(lose=True)
            flow.said = "Nog eens Enter sluit de oproep en geeft de plaats terug; v legt hem vast."
            return True
        finish(flow, session)
        return True

    def paste(self, flow: TriageFlow, text: str) -> bool:
        """Nothing to paste into."""
        return False


def finish(flow: TriageFlow, session: Session) -> None:
    """Record the triage, the follow-up and the advice, then close; what may not be closed stays open and says why."""
    action = chosen_action(flow)
    told = "\n".join(advice_texts(session))
    row = flow.reservation
    unit_id = row.unit_id if row is not None and row.state in LIVE else as_text(flow.extra.get("unit")) or None
    if not flow.keep(advised=told) or not flow.record_triage():
        return
    disposed = f"{action.id if action else ''}/{unit_id or ''}"
    if action is not None and flow.extra.get("disposed") != disposed:
        if not flow.decided(lambda: flow.desk.dispose(flow.call_id, action.id, unit_id, told)):
            return
        flow.keep(disposed=disposed)
    why_not = flow.desk.may("close", flow.call_id)
    if why_not:
        flow.problem = f"{why_not} Triage en vervolg zijn vastgelegd; er gaat niets verloren."
        return
    flow.flush_update()
    outcome = action.title.nl if action is not None else "afgehandeld"
    view = flow.view
    number = view.row.number if view is not None else ""
    if flow.decided(lambda: flow.desk.close_call(flow.call_id, outcome)):
        flow.ended = Ended(f"{number} afgesloten: {outcome}.".strip())

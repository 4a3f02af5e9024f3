"""Which care fits, where there is room for it now, and how a reservation stands. A place is arranged only when a named
person of the provider said yes; nothing here says so earlier."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from zcc_console.core.clock import local_hm
from zcc_console.core.jsontypes import as_text
from zcc_console.desk.rows import ReservationRow, UnitRow
from zcc_console.protocols.model import Action
from zcc_console.protocols.session import Session
from zcc_console.text import clean
from zcc_console.widgets.triage_form import Form
from zcc_console.widgets.triage_picture import Panel

if TYPE_CHECKING:
    from zcc_console.screens.triage_flow import TriageFlow

PLACES_SHOWN: Final = 12
RAV_ACTIONS: Final = ("rav", "t-cpr")
UNDECIDED: Final = "De urgentie is niet (meer) besloten; ← gaat naar Urgentie."
SHUT: Final = ("dicht", "STOP")
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
    """Places that give this care, best first: room, nearest, freshest; closed ones and stops last."""
    if action is None or not action.category:
        return ()
    found = sorted(flow.desk.places_for(action.category, flow.call_id), key=is_shut)
    return tuple(found[:PLACES_SHOWN])


def is_shut(unit: UnitRow) -> bool:
    """Whether nobody takes a patient there now."""
    return unit.status == "stop" or unit.word in SHUT


def chosen_place(flow: TriageFlow, units: tuple[UnitRow, ...]) -> int:
    """Where the chosen place stands in the list, by its id; where none was chosen the first, if there is room in it."""
    wanted = as_text(flow.extra.get("unit"))
    found = next((index for index, unit in enumerate(units) if unit.id == wanted), -1)
    return found if found >= 0 else (0 if any(unit.has_room for unit in units) else -1)


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


def open_agreeing(flow: TriageFlow) -> None:
    """Ask who of the provider said yes to the place that is held."""
    row = flow.reservation
    if row is None or row.state not in ("held", "aangevraagd"):
        flow.said = "Er is nog geen plaats vastgehouden om af te spreken. Enter reserveert."
        return
    unit = flow.desk.unit(row.unit_id)
    phone = unit.phone if unit is not None else ""
    form = Form.of(f"{row.unit}: wie zei ja? {phone}".strip(), ("with", "Afgesproken met", "", "naam"))
    flow.part = Agreeing(row.unit_id, form, reservation=row.id)


def loses_place(flow: TriageFlow) -> bool:
    """Whether closing now gives a place back: it is held or asked for, and nobody agreed."""
    row = flow.reservation
    return row is not None and row.state in ("held", "aangevraagd") and not agreed_of(flow)


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

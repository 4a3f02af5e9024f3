"""The last step: what is read out, and done. What may not be closed stays open and says why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from zcc_console.core.jsontypes import as_text
from zcc_console.protocols.session import Session
from zcc_console.screens.triage_part import Ended
from zcc_console.screens.triage_places import (
    LIVE,
    UNDECIDED,
    agreed_of,
    chosen_action,
    loses_place,
    open_agreeing,
    reservation_words,
)
from zcc_console.widgets.triage_picture import Panel

if TYPE_CHECKING:
    from zcc_console.screens.triage_flow import TriageFlow


_CLOSING: Final = "Enter  voorgelezen, klaar: sluit de oproep    v  gesproken    l  leg weg    ←  terug"
_LOSING: Final = "v  gesproken met de aanbieder    x  sluit zonder afspraak    l  leg weg    ←  terug"


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
        if loses_place(flow):
            problem = "De plaats is nog niet afgesproken. Bel, en leg vast met v; x sluit en geeft hem terug."
        return Panel(
            title=title,
            text=tuple(texts),
            spaced=True,
            problem=problem,
            foot=_LOSING if loses_place(flow) else _CLOSING,
        )

    def press(self, flow: TriageFlow, key: str, character: str | None) -> bool:
        """Enter records what was decided and told, and closes the call; a place nobody agreed to takes another key."""
        session = flow.session
        if session is None:
            return False
        if key == "escape":
            return True
        if key == "v":
            open_agreeing(flow)
            return True
        if key == "x" and loses_place(flow):
            finish(flow, session)
            return True
        if key != "enter":
            return False
        if loses_place(flow):
            flow.problem = "Niet gesloten: de plaats is nog niet afgesproken. v legt vast, x sluit zonder."
            return True
        finish(flow, session)
        return True

    def paste(self, flow: TriageFlow, text: str) -> bool:
        """Nothing to paste into."""
        return False


def finish(flow: TriageFlow, session: Session) -> None:
    """Record the triage, the follow-up and the advice, then close; what may not be closed stays open and says why."""
    if session.decision is None:
        flow.problem = UNDECIDED
        return
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

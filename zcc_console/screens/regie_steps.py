"""How the supervisor steps in: take over, assign, raise, tell everybody, scale up. Each says what it is about and why it
may not; nothing here draws."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from zcc_console.core.clock import local_hm
from zcc_console.core.urgency import Urgency
from zcc_console.desk.rows import DeskRow, NoticeRow
from zcc_console.screens.frame import ConsoleScreen
from zcc_console.screens.queue_decisions import TAKEOVER_WHY
from zcc_console.text import clean
from zcc_console.widgets.say_line import Grade

T = TypeVar("T")

RAISE_WHY: Final = ("collega belde", "toestand verslechtert", "wacht te lang")
YES: Final = ("ja",)
MOVABLE: Final = ("waiting", "callback", "claimed")
"""A call in another state is assigned and raised no more (contract.md §3)."""


def urgency_typed(text: str) -> Urgency | None:
    """`1`, `u1` or `U1`; None for anything else."""
    return Urgency.parse(f"U{text.strip().upper().removeprefix('U')}")


def desk_typed(text: str, desks: Sequence[DeskRow]) -> DeskRow | None:
    """The desk of that number, with or without its zeros; None where there is none, or more than one."""
    wanted = text.strip()
    exact = [desk for desk in desks if desk.id == wanted]
    alike = exact or [desk for desk in desks if wanted and desk.id.lstrip("0") == wanted.lstrip("0")]
    return alike[0] if len(alike) == 1 else None


class SteppingIn(ConsoleScreen):
    """The deciding half of Regie."""

    def now_shown(self) -> None:
        """What was decided is shown at once, not at the next look."""

    def decide(self, act: Callable[[], T]) -> T | None:
        self.now_shown()
        return super().decide(act)

    def why_not(self, key_id: str) -> str:
        reason = super().why_not(key_id)
        call_id = self.highlighted()
        if key_id not in ("takeover", "reassign", "raise_call") or call_id is None:
            return reason
        row = self.desk.row(call_id)
        if row is None:
            return self.desk.may("supervise") or "Deze oproep is hier niet (meer) bekend."
        if key_id == "takeover" and row.claim is None and row.state in ("waiting", "callback"):
            return f"Niemand heeft {row.number}: Enter toont hem in de rij, daar neemt Enter hem. w wijst hem toe."
        if reason:
            return reason
        if key_id == "takeover":
            return f"{row.number} is afgesloten." if row.state == "closed" else ""
        if row.state not in MOVABLE:
            return f"{row.number} is {'afgesloten' if row.state == 'closed' else 'al overgedragen aan de RAV'}."
        if key_id == "raise_call" and row.urgency is Urgency.U0:
            return f"{row.number} is al U0."
        return ""

    def subject(self, key_id: str) -> str | None:
        if key_id == "settle":
            return "items" if self.desk.to_settle() else None
        return super().subject(key_id)

    # -- a call ----------------------------------------------------------------------------------------------------

    def action_takeover(self) -> None:
        """Take the chosen call over, with a reason; a live claim too, for the supervisor."""
        call_id = self.highlighted()
        if self.refuses("takeover") or call_id is None:
            return
        row = self.desk.row(call_id)
        number = row.number if row is not None else "oproep"
        holder = f" van desk {row.claim.desk_id}" if row is not None and row.claim is not None else ""

        def take_over(why: str) -> None:
            if self.decide(lambda: self.desk.takeover(call_id, why)) is not None:
                self.console.open(call_id)

        self.ask(f"{number}{holder} overnemen, want", take_over, usual=TAKEOVER_WHY)

    def action_reassign(self) -> None:
        """Assign the chosen call to a desk."""
        call_id = self.highlighted()
        if self.refuses("reassign") or call_id is None:
            return
        row = self.desk.row(call_id)
        number = row.number if row is not None else "oproep"
        free = [desk.id for desk in self.desk.desks() if desk.state == "vrij"]

        def assign(text: str) -> None:
            desk = desk_typed(text, self.desk.desks())
            if desk is None:
                self.say(f"Desk {clean(text, 8)} is hier niet bekend; er is niets gewijzigd.", Grade.WARN)
            elif desk.state == "weg":
                self.say(f"Desk {desk.id} is weg; er is niets gewijzigd. Kies een desk die er is.", Grade.WARN)
            elif self.decide(lambda: self.desk.reassign(call_id, desk.id)) is not None:
                self.say(f"{number} toegewezen aan desk {desk.id} {desk.user}; de regio bevestigt het.", Grade.GOOD)

        hint = f"vrij: {' '.join(free)}" if free else "geen desk is vrij"
        self.ask(f"{number} toewijzen aan desk", assign, hint=hint)

    def action_raise_call(self) -> None:
        """Make the chosen call more urgent, with a reason."""
        call_id = self.highlighted()
        row = self.desk.row(call_id) if call_id is not None else None
        if self.refuses("raise_call") or call_id is None or row is None:
            return

        def how_high(text: str) -> None:
            urgency = urgency_typed(text)
            now = self.desk.row(call_id)
            if urgency is None:
                self.say("Geen urgentie herkend. Typ 0 tot en met 5, of U2; er is niets gewijzigd.", Grade.WARN)
            elif now is not None and now.urgency is not None and urgency >= now.urgency:
                self.say(f"{row.number} is al {now.urgency.name}; hoger kan alleen naar urgenter.", Grade.WARN)
            else:
                why(urgency)

        def why(urgency: Urgency) -> None:
            def raise_it(reason: str) -> None:
                if self.decide(lambda: self.desk.raise_call(call_id, urgency.name, reason)) is not None:
                    rav = " F9 draagt hem over aan de RAV." if urgency.is_for_the_rav else ""
                    self.say(f"{row.number} staat op {urgency.name}.{rav}", Grade.GOOD)

            self.ask(f"{row.number} naar {urgency.name}, want", raise_it, usual=RAISE_WHY)

        judged = row.urgency.name if row.urgency is not None else "door niemand ingeschat"
        highest = row.urgency - 1 if row.urgency is not None else Urgency.U5
        self.ask(f"{row.number} ({judged}) hoger naar U", how_high, hint="0" if highest < 1 else f"0 t/m {highest:d}")

    # -- everybody -------------------------------------------------------------------------------------------------

    def action_notice(self) -> None:
        """Tell something to all desks."""
        if self.refuses("notice"):
            return

        def post(text: str) -> None:
            if self.decide(lambda: self.desk.post_notice(text)) is not None:
                self.say("Bericht vastgelegd; het gaat naar alle desks.", Grade.GOOD)

        self.ask("bericht aan alle desks", post, hint="geen namen of nummers van patiënten")

    def action_scale_up(self) -> None:
        """Tell of a scaled-up situation, or that it is over. It is always the control room's own."""
        if self.refuses("scale_up"):
            return
        standing = next((notice for notice in self.desk.notices() if notice.kind == "grip"), None)
        if standing is not None:
            self.end(standing)
            return

        def post(text: str) -> None:
            if self.decide(lambda: self.desk.post_notice(text, "grip")) is not None:
                self.say("Opschaling gemeld; het gaat naar alle desks. g beëindigt hem.", Grade.WARN)

        self.ask("opgeschaald: wat is er, wat geldt nu", post, hint="volgens de meldkamer")

    def end(self, notice: NoticeRow) -> None:
        """Ask whether a message for all desks is over."""
        reason = self.desk.may("supervise")
        if reason:
            self.say(reason, Grade.WARN)
            return
        what = "opschaling" if notice.kind == "grip" else "bericht"
        at = f" van {local_hm(notice.at)}" if notice.at is not None else ""

        def end_it(text: str) -> None:
            if text.lower() not in YES:
                self.say(f"De {what} blijft staan." if notice.kind == "grip" else "Het bericht blijft staan.")
            elif self.decide(lambda: self.desk.end_notice(notice.id)) is not None:
                self.say(f"Einde {what}{at} vastgelegd; het verdwijnt bij alle desks.", Grade.GOOD)

        self.ask(f"{what}{at} beëindigen?", end_it, usual=YES)

    def action_newcall(self) -> None:
        """Type a call in."""
        self.console.go("newcall")

    def action_settle(self) -> None:
        """To what the region refused."""
        if not self.refuses("settle"):
            self.console.go("settle")

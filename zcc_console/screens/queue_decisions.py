"""What a person decides from the queue: take, take over, put back, call back, note, and where else to go.

Each is one durable decision of the desk; nothing is shown as done before it is.
"""

from __future__ import annotations

from zcc_console.core.clock import local_hm
from zcc_console.desk.rows import CallRow
from zcc_console.screens.frame import ConsoleScreen
from zcc_console.screens.moments import parse_when
from zcc_console.screens.queue_rows import QueueRows
from zcc_console.widgets.queue_view import QueueView
from zcc_console.widgets.say_line import Grade

TAKEOVER_WHY = ("geen teken van die desk", "afgesproken met de collega", "spoed")
RELEASE_WHY = ("andere oproep gaat voor", "past niet bij mij", "verbinding verbroken")
"""Usual reasons, each under one number. Our own choice of words, for a region to change."""


class QueueDecisions(ConsoleScreen):
    """The deciding half of the queue screen."""

    view: QueueView
    queue: QueueRows

    def subject(self, key_id: str) -> str | None:
        if key_id == "next":
            return next((row.id for row in self.queue.rows if is_free(row)), None)
        if key_id == "settle":
            return "items" if self.desk.to_settle() else None
        return super().subject(key_id)

    def why_not(self, key_id: str) -> str:
        reason = super().why_not(key_id)
        if key_id == "take" and not reason:
            row = self.view.chosen
            if row is not None and row.claim is not None and not row.claim.own:
                silent = " zonder teken" if row.claim.stale else ""
                return f"{row.number} is bij desk {row.claim.desk_id}{silent}; o neemt over, met een reden."
        return reason

    def action_take(self) -> None:
        call_id = self.view.selected
        if self.refuses("take") or call_id is None:
            return
        row = self.view.chosen
        if (row is not None and row.claim is not None and row.claim.own) or self.decide(
            lambda: self.desk.claim(call_id)
        ) is not None:
            self.console.open(call_id)

    def action_next(self) -> None:
        if self.refuses("next"):
            return
        call_id = self.decide(self.desk.claim_next)
        if call_id is not None:
            self.view.choose(call_id)
            self.console.open(call_id)

    def action_takeover(self) -> None:
        call_id, row = self.view.selected, self.view.chosen
        if self.refuses("takeover") or call_id is None or row is None:
            return

        def take_over(why: str) -> None:
            if self.decide(lambda: self.desk.takeover(call_id, why)) is not None:
                self.console.open(call_id)

        self.ask(f"{row.number} overnemen, want", take_over, usual=TAKEOVER_WHY)

    def action_release(self) -> None:
        call_id, row = self.view.selected, self.view.chosen
        if self.refuses("release") or call_id is None or row is None:
            return

        def release(why: str) -> None:
            if self.decide(lambda: self.desk.release(call_id, why)) is not None:
                self._let_go(call_id)
                self.say(f"{row.number} ligt terug in de rij.", Grade.GOOD)

        self.ask(f"{row.number} terugleggen, want", release, usual=RELEASE_WHY)

    def action_callback(self) -> None:
        call_id, row = self.view.selected, self.view.chosen
        if self.refuses("callback") or call_id is None or row is None:
            return

        def call_back(text: str) -> None:
            when, _, why = text.partition(" ")
            at = parse_when(when, self.desk.hub_now())
            if at is None:
                self.say("Geen tijd herkend. Typ bijvoorbeeld 22:50 herbeoordelen, of 30 herbeoordelen.", Grade.WARN)
                return
            if self.decide(lambda: self.desk.callback(call_id, at, why.strip() or "terugbellen")) is not None:
                self._let_go(call_id)
                self.say(f"{row.number} wordt om {local_hm(at)} teruggebeld.", Grade.GOOD)

        self.ask(f"{row.number} terugbellen om", call_back, hint="22:50 of 30 (minuten), dan waarom")

    def action_note(self) -> None:
        call_id, row = self.view.selected, self.view.chosen
        if self.refuses("note") or call_id is None or row is None:
            return

        def keep(text: str) -> None:
            if self.decide(lambda: self.desk.note(call_id, text)) is not None:
                self.say(f"Notitie bij {row.number} vastgelegd.", Grade.GOOD)

        self.ask(f"notitie bij {row.number}", keep)

    def action_explain(self) -> None:
        call_id = self.view.selected
        if call_id is not None and not self.refuses("explain"):
            self.say(self.desk.explain_order(call_id))

    def action_newcall(self) -> None:
        self.console.go("newcall")

    def action_placement(self) -> None:
        self.console.go("placement")

    def action_settle(self) -> None:
        if not self.refuses("settle"):
            self.console.go("settle")

    def action_keytest(self) -> None:
        self.console.go("keytest")

    def _let_go(self, call_id: str) -> None:
        if self.console.open_call == call_id:
            self.console.open_call = None
            self.console.stand()
            self.show_keys()


def is_free(row: CallRow) -> bool:
    """Whether somebody could take it as the next one."""
    return row.claim is None and (row.state == "waiting" or (row.state == "callback" and row.wait_s >= 0))

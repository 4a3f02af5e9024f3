"""The control room's floor: people's acts become events, and on an exercise gateway simulated dispatchers act.

Each method works inside a unit of work that its caller opened; chance is passed in.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from zcc_console.rav.behaviour import Behaviour
from zcc_console.rav.ledger import Ledger, Plan, StoredEvent
from zcc_console.rav.rules import RECALLED, Act, Kept, Standing, act
from zcc_console.rav.switches import Switches

OPEN, DECIDE, RECALL = "open", "decide", "recall"
TOO_LATE = "te laat, ambulance is onderweg"


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose gateway it is."""

    id: str
    name: str
    exercise: bool


class Floor:
    """Everybody in one control room."""

    def __init__(self, identity: Identity, switches: Switches, chance: random.Random) -> None:
        self.identity, self.switches, self._chance = identity, switches, chance

    def same_kind(self, entry: Kept, exercise: bool) -> bool:
        """Whether a message belongs to the exercise, or to the real handoff; an exercise gateway has exercises only."""
        return self.identity.exercise or entry.exercise == exercise

    def make_event(
        self, ledger: Ledger, handoff_id: str, standing: Standing, now: datetime, *, by: str | None, exercise: bool
    ) -> StoredEvent:
        """Number and store an event that has every message held; one to a real handoff has the real ones only."""
        kept = ledger.kept(handoff_id)
        has = [entry.message.message_id for entry in kept if exercise or self.same_kind(entry, exercise)]
        later = timedelta(seconds=self.switches.now(ledger).events_after_s.draw(self._chance))
        return ledger.make_event(handoff_id, standing, has, at=now, visible_at=now + later, by=by, exercise=exercise)

    def act(
        self,
        ledger: Ledger,
        handoff_id: str,
        what: Act,
        now: datetime,
        *,
        by: str,
        reference: str | None = None,
        reason: str | None = None,
    ) -> StoredEvent | None:
        """What a person does; None where it changes nothing.

        Raises:
            KeyError: no such handoff.
        """
        row = ledger.handoff(handoff_id)
        if row is None:
            raise KeyError(handoff_id)
        if what is Act.ACCEPT and reference is None and row.standing.reference is None:
            reference = self._next_reference(ledger)
        standing = act(row.standing, what, reference=reference, reason=reason)
        if standing is None:
            return None
        event = self.make_event(ledger, handoff_id, standing, now, by=by, exercise=row.exercise)
        ledger.stand(replace(row, standing=standing, changed_n=event.n))
        return event

    def _next_reference(self, ledger: Ledger) -> str:
        behaviour = self.switches.now(ledger)
        number = max(int(ledger.value("reference") or 0) + 1, behaviour.reference_start)
        ledger.remember("reference", str(number))
        return f"{behaviour.reference_prefix}{number}"

    def ask(self, ledger: Ledger, handoff_id: str, what: str, changed_n: int, now: datetime) -> None:
        """Have a simulated dispatcher look after a while, instead of what was planned for this handoff."""
        if not self.identity.exercise:
            return
        behaviour = self.switches.now(ledger)
        spread = {OPEN: behaviour.opened_after_s, DECIDE: behaviour.accept_after_s, RECALL: behaviour.recall_after_s}
        ledger.unplan(handoff_id)
        ledger.plan(handoff_id, what, now + timedelta(seconds=spread[what].draw(self._chance)), changed_n)

    def has_work(self, ledger: Ledger, now: datetime) -> bool:
        """Whether a simulated dispatcher has something to do by now."""
        return ledger.due(now, held_back(self.switches.now(ledger))) is not None

    def work(self, ledger: Ledger, now: datetime) -> bool:
        """Do the next thing that is due; False where there is none."""
        plan = ledger.due(now, held_back(self.switches.now(ledger)))
        if plan is None:
            return False
        ledger.done(plan)
        row = ledger.handoff(plan.handoff_id)
        if row is not None and row.changed_n == plan.changed_n:
            self._carry_out(ledger, plan, now)
        return True

    def _carry_out(self, ledger: Ledger, plan: Plan, now: datetime) -> None:
        behaviour = self.switches.now(ledger)
        by = self._chance.choice(behaviour.dispatchers)
        if plan.what == OPEN:
            event = self.act(ledger, plan.handoff_id, Act.OPEN, now, by=by)
            if event is not None:
                self.ask(ledger, plan.handoff_id, DECIDE, event.n, now)
        elif plan.what == DECIDE:
            if self._refuses(ledger, behaviour):
                self.act(ledger, plan.handoff_id, Act.REJECT, now, by=by, reason=behaviour.reject_reason)
            else:
                self.act(ledger, plan.handoff_id, Act.ACCEPT, now, by=by)
        elif behaviour.recall == "close":
            self.act(ledger, plan.handoff_id, Act.CLOSE, now, by=by, reason=RECALLED)
        else:
            self.act(ledger, plan.handoff_id, Act.ACCEPT, now, by=by, reason=TOO_LATE)

    def _refuses(self, ledger: Ledger, behaviour: Behaviour) -> bool:
        count = int(ledger.value("decisions") or 0) + 1
        ledger.remember("decisions", str(count))
        if self.switches.use_up(ledger, "reject_next"):
            return True
        return behaviour.reject_every > 0 and count % behaviour.reject_every == 0

    def next_work(self, ledger: Ledger) -> datetime | None:
        """When there is something to do."""
        return ledger.next_due(held_back(self.switches.now(ledger)))


def held_back(behaviour: Behaviour) -> list[str]:
    """What nobody does while the switches stand so; it stays planned."""
    held = set()
    if behaviour.silent:
        held |= {OPEN, DECIDE, RECALL}
    if not behaviour.accepts_by_message:
        held.add(DECIDE)
    if behaviour.recall == "silent":
        held.add(RECALL)
    return sorted(held)

"""What the hub owes the RAV gateways, and when it tries (contract.md §4). Pure lanes: who sends is told what to send and
says what came of it; time and chance are passed in.

Newest first, then the older ones for the record; an attempt that failed is repeated after 0.5 to 5 seconds, whatever
the other side asks for, until it has every message or a day has passed.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime

from zcc_console.core.config import RavRoute
from zcc_console.hub.cases import Case

ATTEMPT_S = 3.0
LEAST_S, MOST_S = 0.5, 5.0
TRIED_S = 86_400.0
WAIT_S = 10.0
"""How long a question for events may wait at the gateway."""

SETTLED_S = 10.0
"""A handoff that is settled is asked about this often: an ACCEPTED may still become REJECTED. The gateway may tell sooner."""

OLD_S, OLD_EVERY_S = 3600.0, 60.0
"""An hour after its last message, and how often then, for a day."""

SETTLED_AT_ONCE = 16
"""Questions about settled handoffs under way together, so that a busy night costs no more; open ones always go."""


@dataclass(frozen=True, slots=True)
class Sending:
    """One message to send now."""

    rav: RavRoute
    handoff_id: str
    message_id: str


@dataclass(frozen=True, slots=True)
class Asking:
    """One question for events to ask now."""

    rav: RavRoute
    handoff_id: str
    after: int
    wait_s: float
    unconfirmed: frozenset[int] = frozenset()
    """Events above `after` that the hub had from desks alone when it asked: the answer confirms or denies them."""


@dataclass
class _Lane:
    """One handoff on its way."""

    sending: bool = False
    send_at: float = 0.0
    asking: bool = False
    ask_at: float = 0.0
    counted: bool = False
    """Whether its question is one of the few about settled handoffs."""


@dataclass
class Lanes:
    """Every handoff's lane, on the hub's boot clock; in memory, anew at the start."""

    chance: random.Random
    _lanes: dict[str, _Lane] = field(default_factory=dict)
    _asking: int = 0

    def next_sending(self, case: Case, rav: RavRoute, now: datetime, boot: float) -> Sending | None:
        """The message of this handoff that must go now; it counts as being sent until `sent`."""
        lane = self._lanes.setdefault(case.handoff_id, _Lane())
        if rav.url is None or lane.sending or lane.send_at > boot:
            return None
        owed = [
            kept
            for kept in case.messages.values()
            if kept.delivered_at is None and (now - kept.received_at).total_seconds() <= TRIED_S
        ]
        if not owed:
            return None
        newest = max(owed, key=lambda kept: kept.message.order)
        lane.sending = True
        return Sending(rav, case.handoff_id, newest.message.message_id)

    def sent(self, handoff_id: str, boot: float, *, arrived: bool) -> None:
        """What came of it: the next at once, or again after a while."""
        lane = self._lanes.setdefault(handoff_id, _Lane())
        lane.sending = False
        lane.send_at = boot if arrived else boot + self.chance.uniform(LEAST_S, MOST_S)
        if arrived:
            lane.ask_at = boot

    def poke(self, handoff_id: str) -> None:
        """A new message: it does not wait for the pause of an older one."""
        lane = self._lanes.setdefault(handoff_id, _Lane())
        if not lane.sending:
            lane.send_at = 0.0

    def next_asking(self, case: Case, rav: RavRoute, now: datetime, boot: float) -> Asking | None:
        """The question for events to ask now; it counts as asked until `asked`."""
        lane = self._lanes.setdefault(case.handoff_id, _Lane())
        if rav.url is None or lane.asking or lane.ask_at > boot:
            return None
        age = (now - case.last_heard).total_seconds()
        if age > TRIED_S or not any(kept.delivered_at is not None for kept in case.messages.values()):
            return None
        lively = is_lively(case)
        if not lively and self._asking >= SETTLED_AT_ONCE:
            return None
        lane.asking = True
        self._asking += 0 if lively else 1
        lane.counted = not lively
        # An old number that came into sight late is only found by asking for all.
        after = case.heard if lively else 0
        return Asking(rav, case.handoff_id, after, WAIT_S if lively else 0.0, case.unconfirmed(after))

    def asked(self, case: Case | None, handoff_id: str, now: datetime, boot: float, *, answered: bool) -> None:
        """What came of it."""
        lane = self._lanes.setdefault(handoff_id, _Lane())
        lane.asking = False
        self._asking -= 1 if lane.counted else 0
        lane.counted = False
        if not answered:
            lane.ask_at = boot + self.chance.uniform(LEAST_S, MOST_S)
        elif case is not None and is_lively(case):
            lane.ask_at = boot
        else:
            old = case is None or (now - case.last_heard).total_seconds() > OLD_S
            lane.ask_at = boot + (OLD_EVERY_S if old else SETTLED_S)

    def forget(self, known: dict[str, Case]) -> None:
        """Let go of what left the log."""
        for handoff_id in [one for one in self._lanes if one not in known]:
            self._asking -= 1 if self._lanes.pop(handoff_id).counted else 0


def is_lively(case: Case) -> bool:
    """Whether an answer of the control room is being waited for: a long poll stands open."""
    now = case.standing()
    recalling = now.recall is not None and not now.recall_done and not now.recall_too_late
    return now.is_open or recalling

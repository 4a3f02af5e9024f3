"""A simulated colleague at another desk: free, takes the next call, triages it, arranges a place or hands it over, closes
it, does the aftercare, pauses. A seeded state machine without I/O; what a hub refuses, it takes as a desk does."""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime, timedelta

from zcc_console.core.clock import rfc3339
from zcc_console.core.handoff import State
from zcc_console.core.ids import Ids
from zcc_console.core.jsontypes import Json, JsonObject, as_int, as_list, as_object, as_text
from zcc_console.demo import handing
from zcc_console.demo.decisions import Decision, Knowledge, decide, triage_data
from zcc_console.demo.figures import Figures, Length
from zcc_console.demo.outbox import Answer, Outbox, Verdict
from zcc_console.demo.region import Region, Seat
from zcc_console.demo.view import RegionView, urgency_rank
from zcc_console.demo.wire import NightClock
from zcc_console.demo.work import Effect, Handoff, Phase, TelephoneHandoff, Took, Work

VERSION = "demo"
ENOUGH_WAITING = 8
"""With fewer calls waiting than this a colleague takes their time, so that a person finds work too. Our own choice."""
TRIES = 3
"""Places a colleague asks before giving up."""
URGENT = 2
AVOID_S = 60.0
GO_TO_SEH = "Ga nu naar de SEH; bel 112 als het erger wordt."


class Colleague:
    """One desk with somebody at it."""

    def __init__(
        self,
        seat: Seat,
        region: Region,
        figures: Figures,
        knowledge: Knowledge,
        clock: NightClock,
        ids: Ids,
        seed: int,
        *,
        exercise: bool,
    ) -> None:
        self.seat = seat
        self._region, self._figures, self._knowledge, self._clock, self._ids = region, figures, knowledge, clock, ids
        self._exercise = exercise
        self._rng = random.Random(f"colleague/{seed}/{seat.id}")
        self.outbox = Outbox(seat.id, seat.user, ids, random.Random(f"retries/{seed}/{seat.id}"))
        self.phase = Phase.FREE
        self.work: Work | None = None
        self.refused: Counter[str] = Counter()
        """How often a hub refused what this colleague pressed, by problem type."""
        self._until = clock.sim_start
        self._awaits = ""
        self._avoid: dict[str, datetime] = {}
        self._looked = False
        self._talk: float | None = None
        self._silence: float | None = None
        self._final = ""
        self._next_pause = clock.sim_start + self._seconds(self._rng.uniform(0.3, 1.2) * figures.pause_every_s)

    # -- how the night finds them -------------------------------------------------------------------------------------

    def found_talking(
        self, call_id: str, began: datetime, left_s: float, *, final: str = "", silent_s: float | None = None
    ) -> None:
        """In the middle of a call when the night begins.

        Args:
            final: the urgency it will end with; empty for what is drawn.
            silent_s: the desk loses its line for so long, right after its claim.
        """
        self._press_claim(call_id, began)
        self._talk, self._silence, self._final = left_s, silent_s, final

    def promised(self, call_id: str, began: datetime, due: datetime, why: str) -> None:
        """Had this call already, and promised to call back."""
        claim = self.outbox.press("call.claim", ("call", call_id), {}, at=self._clock.wall(began))
        data: dict[str, Json] = {"at": rfc3339(self._clock.wall(due)), "why": why}
        at = self._clock.wall(began + timedelta(minutes=4))
        self.outbox.press("call.callback", ("call", call_id), data, at=at, claim=claim)

    def told_by_telephone(self, call_id: str, call: JsonObject, began: datetime, after_s: float) -> TelephoneHandoff:
        """Handed a call over by telephone before the night began: what to send, in this order."""
        decision = Decision(self._knowledge.matter(as_text(call.get("reason"))).complaint, "U1", "U1", "rav")
        work, spoke = Work(call_id, None), began + self._seconds(after_s)
        work.claim = self.outbox.press("call.claim", ("call", call_id), {}, at=self._clock.wall(began))
        self._command(work, "call.triage", triage_data(decision), spoke)
        message = self._message(work, decision, call, began, spoke=spoke)

        def afterwards() -> None:
            self._command(work, "call.dispose", {"action": "rav"}, spoke)
            self._command(work, "call.close", {"outcome": "per telefoon overgedragen aan de RAV"}, spoke)

        return TelephoneHandoff(message.body, afterwards)

    def found_pausing(self, left_s: float) -> None:
        """Having a break when the night begins."""
        self.phase, self._until = Phase.PAUSE, self._clock.sim_start + self._seconds(left_s)

    # -- the desk's messages ----------------------------------------------------------------------------------------

    def heartbeat(self, view: RegionView) -> dict[str, Json] | None:
        """The body of the heartbeat, or None while the desk has no line."""
        if self.phase is Phase.SILENT:
            return None
        claims: list[Json] = []
        if self.work is not None and self.phase is not Phase.CLAIMING:
            claim = self.work.claim or as_text(as_object(view.call(self.work.call_id).get("claim")).get("id"))
            if claim:
                claims.append({"call_id": self.work.call_id, "claim": claim})
        return {
            "incarnation": self.outbox.incarnation,
            "user": self.seat.user,
            "user_name": self.seat.name,
            "role": self.seat.role,
            "version": VERSION,
            "claims": claims,
            "undelivered": self.outbox.undelivered,
            "pause": self.phase is Phase.PAUSE,
        }

    def heard(self, status: int, body: JsonObject, now: datetime) -> None:
        """What came back for a heartbeat."""
        if status == 409 and body.get("type") == "desk-in-use":
            self.outbox.renumber()
            return
        for entry in as_list(body.get("claims")) if status == 200 else []:
            held = as_object(entry)
            lost = held.get("held") is False and self.work is not None and held.get("call_id") == self.work.call_id
            if lost and self.work is not None and self.work.seen_held:
                self._drop(now)

    # -- the machine ---------------------------------------------------------------------------------------------------

    def step(self, now: datetime, view: RegionView) -> list[Effect]:
        """Time passed, or the log changed.

        Args:
            now: the simulation's time.
        """
        if self.phase is Phase.SILENT and now < self._until:
            return []
        if self.work is not None and self._is_lost(self.work, view):
            self._drop(now)
        if self.phase is Phase.HANDING and self.work is not None:
            return self._handing(self.work, now, view)
        if self._awaits or now < self._until:
            return []
        work = self.work
        if self.phase is Phase.PAUSE:
            self._become_free(now)
        elif self.phase is Phase.AFTERCARE and work is not None:
            self._awaits = self._command(work, "call.close", {"outcome": work.outcome}, now)
            self.phase = Phase.CLOSING
        elif self.phase is Phase.FREE:
            self._look_for_work(now, view)
        elif self.phase is Phase.SILENT and work is not None:
            self.phase, self._until = Phase.TRIAGE, now + self._draw(self._figures.triage)
        elif self.phase is Phase.TRIAGE and work is not None:
            return self._end_triage(work, now, view)
        elif self.phase is Phase.TELEPHONING and work is not None:
            self._end_telephoning(work, now, view)
        return []

    def answered(self, answer: Answer, now: datetime, view: RegionView) -> list[Effect]:
        """What the hub said to a command."""
        refused = answer.verdict is Verdict.REFUSED
        if refused:
            self.refused[answer.slug] += 1
        if answer.command_id != self._awaits:
            if refused and self.work is not None and answer.slug in ("fenced", "not-found"):
                self._drop(now)
            return []
        self._awaits = ""
        work = self.work
        if work is None:
            return []
        if answer.type == "call.claim":
            self._claimed(work, answer, now)
        elif answer.type == "capacity.reserve":
            self._reserved(work, answer, now, view)
        elif answer.type == "capacity.confirm":
            if refused:
                self._ask_next(work, now, view)
            else:
                self._finish(work, now, view, "plaats afgesproken")
                return [Took(work.unit_id, 1)]
        elif answer.type in ("call.close", "call.callback"):
            self._closed(work, answer, now, view)
        return []

    # -- taking a call -----------------------------------------------------------------------------------------------

    def _become_free(self, now: datetime) -> None:
        self.phase, self.work, self._awaits = Phase.FREE, None, ""
        self._until = now + self._seconds(self._rng.uniform(1, 3))

    def _look_for_work(self, now: datetime, view: RegionView) -> None:
        own = [call_id for call_id in view.held_by(self.seat.id) if self._avoid.get(call_id, now) <= now]
        if own:
            self._go_on_with(own[0], now, view)
            return
        self._avoid = {call_id: until for call_id, until in self._avoid.items() if until > now}
        waiting = [call_id for call_id in view.next_calls(self._clock.wall(now)) if call_id not in self._avoid]
        urgent = bool(waiting) and urgency_rank(view.call(waiting[0])) <= URGENT
        if now >= self._next_pause and not urgent:
            self._next_pause = now + self._seconds(self._figures.pause_every_s * self._rng.uniform(0.8, 1.2))
            self.phase, self._until = Phase.PAUSE, now + self._draw(self._figures.pause)
            return
        if not waiting:
            self._looked = False
            self._until = now + self._seconds(2)
            return
        if not self._looked:  # a moment to look at the queue, longer where there is little to do
            self._looked = True
            slack = 0.0 if urgent else max(0, ENOUGH_WAITING - len(waiting)) * self._rng.uniform(2, 6)
            self._until = now + self._seconds(self._rng.uniform(2, 7) + slack)
            return
        self._looked = False
        self._press_claim(waiting[0], now)

    def _go_on_with(self, call_id: str, now: datetime, view: RegionView) -> None:
        """A call that is this desk's already: after a restart, or given by the supervisor."""
        call, handoff = view.call(call_id), view.handoff_of(call_id)
        claim = as_object(call.get("claim"))
        work = self.work = Work(call_id, None, as_int(claim.get("fence")), seen_held=True)
        if view.state(call_id) == "handed-off":
            self._finish(work, now, view, "overgedragen aan de RAV")
        elif handoff and handing.stands(handoff) not in (State.REJECTED, State.CLOSED):
            work.decision = Decision(self._knowledge.matter(as_text(call.get("reason"))).complaint, "U1", "U1", "rav")
            work.sequence = max(1, len(as_list(handoff.get("messages"))))
            self.phase, self._until = Phase.HANDING, now
        else:
            self.phase, self._until = Phase.TRIAGE, now + self._draw(self._figures.triage)

    def _press_claim(self, call_id: str, at: datetime) -> None:
        command_id = self.outbox.press("call.claim", ("call", call_id), {}, at=self._clock.wall(at))
        self.work = Work(call_id, command_id)
        self.phase, self._awaits = Phase.CLAIMING, command_id

    def _claimed(self, work: Work, answer: Answer, now: datetime) -> None:
        if answer.verdict is Verdict.REFUSED:
            self._drop(now)
            return
        work.fence = as_int(answer.body.get("fence"))
        talk, self._talk = self._talk, None
        if self._silence is not None:
            self.phase, self._until, self._silence = Phase.SILENT, now + self._seconds(self._silence), None
            return
        self.phase = Phase.TRIAGE
        self._until = now + (self._seconds(talk) if talk is not None else self._draw(self._figures.triage))

    def _is_lost(self, work: Work, view: RegionView) -> bool:
        """Whether the call, once seen as this desk's, is so no more."""
        if self.phase in (Phase.CLAIMING, Phase.CLOSING):
            return False
        if view.holder(work.call_id) == self.seat.id:
            work.seen_held = True
            return False
        return work.seen_held

    def _drop(self, now: datetime) -> None:
        """Let go of a call that is not ours: what was pressed is with the hub, or settled."""
        if self.work is not None:
            self._avoid[self.work.call_id] = now + self._seconds(AVOID_S)
        self._talk = self._silence = None
        self._become_free(now)

    # -- from triage to the end ----------------------------------------------------------------------------------------

    def _command(self, work: Work, kind: str, data: dict[str, Json], now: datetime) -> str:
        return self.outbox.press(
            kind, ("call", work.call_id), data, at=self._clock.wall(now), claim=work.claim, fence=work.fence
        )

    def _end_triage(self, work: Work, now: datetime, view: RegionView) -> list[Effect]:
        call = view.call(work.call_id)
        decision = decide(self._rng, call, self._knowledge, final=self._final)
        work.decision, self._final = decision, ""
        if decision.note:
            self._command(work, "call.note", {"text": decision.note}, now)
        self._command(work, "call.triage", triage_data(decision), now)
        if decision.action == "rav":
            self.phase, self._until = Phase.HANDING, now
            return [self._message(work, decision, call, now)]
        if decision.category:
            self._ask_next(work, now, view)
        elif decision.final in ("U4", "U5") and self._rng.random() < 0.06:
            due = self._clock.wall(now + timedelta(minutes=self._rng.randint(10, 30)))
            data: dict[str, Json] = {"at": rfc3339(due), "why": "hoort hoe het gaat na pijnstilling"}
            self._awaits = self._command(work, "call.callback", data, now)
            self.phase = Phase.CLOSING
        else:
            self._finish(work, now, view, "afgehandeld")
        return []

    def _ask_next(self, work: Work, now: datetime, view: RegionView) -> None:
        """Reserve at the next place, or go on without one."""
        decision = work.decision
        town = self._region.towns.get(as_text(as_object(view.call(work.call_id).get("location")).get("town")))
        wall = self._clock.wall(now)
        places = view.places(decision.category, town, wall) if decision else []
        places = [unit_id for unit_id in places if unit_id not in work.tried]
        if not places or len(work.tried) >= TRIES:
            work.unit_id = ""
            self._finish(work, now, view, "geen plaats gevonden")
            return
        work.unit_id = self._rng.choice(places[:2])
        work.tried = (*work.tried, work.unit_id)
        data: dict[str, Json] = {"unit": work.unit_id, "count": 1, "call_id": work.call_id}
        self._awaits = self.outbox.press("capacity.reserve", ("capacity", work.unit_id), data, at=wall)
        self.phase = Phase.RESERVING

    def _reserved(self, work: Work, answer: Answer, now: datetime, view: RegionView) -> None:
        if answer.verdict is Verdict.REFUSED:
            self._ask_next(work, now, view)
            return
        items = [as_object(item) for item in as_list(answer.body.get("items"))]
        work.reservation = next((as_text(item.get("id")) for item in items if item.get("type") == "reservation"), "")
        quick = work.decision is not None and work.decision.category == "huisartsenpost"
        self.phase = Phase.TELEPHONING
        self._until = now + self._seconds(self._rng.uniform(5, 20) if quick else self._rng.uniform(40, 150))

    def _end_telephoning(self, work: Work, now: datetime, view: RegionView) -> None:
        wall = self._clock.wall(now)
        target = ("reservation", work.reservation)
        if self._rng.random() < 0.85:
            who = f"{self._rng.choice(self._figures.people.surnames)}, {view.unit_name(work.unit_id)}"
            data: dict[str, Json] = {"reservation": work.reservation, "agreed_with": who}
            self._awaits = self.outbox.press("capacity.confirm", target, data, at=wall)
            return
        data = {"reservation": work.reservation, "reason": "neemt nu niemand aan"}
        self.outbox.press("capacity.release", target, data, at=wall)
        self._ask_next(work, now, view)

    def _finish(self, work: Work, now: datetime, view: RegionView, outcome: str) -> None:
        decision = work.decision
        if decision is not None:
            data: dict[str, Json] = {"action": decision.action, "advice": decision.advice or None}
            if work.unit_id:
                data |= {"unit": work.unit_id, "place": view.unit_name(work.unit_id)}
            self._command(work, "call.dispose", data, now)
        work.outcome = outcome
        self.phase, self._until = Phase.AFTERCARE, now + self._draw(self._figures.aftercare)

    def _closed(self, work: Work, answer: Answer, now: datetime, view: RegionView) -> None:
        if answer.verdict is Verdict.REFUSED:
            if answer.slug == "wrong-state" and view.handoff_of(work.call_id):
                self.phase, self._until = Phase.HANDING, now + self._seconds(5)
            else:
                self._drop(now)
            return
        self._become_free(now)

    # -- the handoff -----------------------------------------------------------------------------------------------

    def _message(
        self, work: Work, decision: Decision, call: JsonObject, now: datetime, *, spoke: datetime | None = None
    ) -> Handoff:
        work.sequence += 1
        work.spoken = work.spoken or spoke is not None
        return Handoff(
            handing.message(
                work.call_id,
                call,
                decision,
                self._region.rav_for(as_text(as_object(call.get("location")).get("town"))),
                self.seat,
                zcc=self._region.zcc,
                exercise=self._exercise,
                message_id=self._ids.new(),
                at=self._clock.wall(now),
                kind="update" if work.sequence > 1 else "new",
                sequence=work.sequence,
                voice=handing.spoken(self.seat, self._clock.wall(spoke)) if spoke else None,
            )
        )

    def _handing(self, work: Work, now: datetime, view: RegionView) -> list[Effect]:
        handoff = view.handoff_of(work.call_id)
        state, voice = handing.stands(handoff), handing.voice_of(handoff)
        decision = work.decision
        if state is State.ACCEPTED or voice == "CONFIRMED":
            if now >= self._until + self._seconds(30):
                self._finish(work, now, view, "overgedragen aan de RAV")
        elif state in (State.REJECTED, State.CLOSED):
            if decision is not None:
                work.decision = Decision(decision.complaint, decision.proposed, "U2", "seh", advice=GO_TO_SEH)
                self._command(
                    work, "call.note", {"text": "RAV neemt de overdracht niet aan; ingestuurd naar de SEH"}, now
                )
                self._command(work, "call.triage", triage_data(work.decision), now)
            self._finish(work, now, view, "ingestuurd naar de SEH")
        elif (
            voice == "REQUIRED" and not work.spoken and decision is not None and now >= self._until + self._seconds(45)
        ):
            return [self._message(work, decision, view.call(work.call_id), now, spoke=now)]
        return []

    # -- time ----------------------------------------------------------------------------------------------------------

    def _draw(self, length: Length) -> timedelta:
        return self._seconds(self._rng.lognormvariate(length.mu, length.sigma))

    @staticmethod
    def _seconds(seconds: float) -> timedelta:
        return timedelta(seconds=seconds)

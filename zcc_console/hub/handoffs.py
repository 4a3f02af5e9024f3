"""Handoffs at the hub (contract.md §4): taken durably whatever they are about, united with the events that come by any
route, and what that means for the call. Nothing fences a handoff; none is refused for a field that cannot be read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from zcc_console.core.clock import parse_time, rfc3339
from zcc_console.core.config import HubConfig
from zcc_console.core.handoff import State, event_of
from zcc_console.core.ids import handoff_id as make_handoff_id
from zcc_console.core.ids import is_uuid
from zcc_console.core.jsontypes import as_list, as_object, as_text
from zcc_console.core.receiving import Incomplete, read_message
from zcc_console.hub import schema
from zcc_console.hub.cases import (
    LAST_NUMBER,
    LEAP,
    RECALLED,
    Case,
    event_number,
    it_counts,
    kept_message,
    load_case,
    load_cases,
    passed_on_by,
    rav_of,
)
from zcc_console.hub.change import Change
from zcc_console.hub.events import PASSED_ON, keep_heard, load_heard, save_events, unite
from zcc_console.hub.handoff_items import is_handed_over, set_handed_over, take_back
from zcc_console.hub.reply import PROBLEM, Refused, Reply, invalid, ok
from zcc_console.hub.state import Data, dumps
from zcc_console.hub.state import State as RegionState
from zcc_console.hub.tokens import Principal

TRIED_S = 86_400.0
"""How long a message is tried (contract.md §4), and how long a handoff without a call stays after it was last heard."""

EVENTS_AT_ONCE = 500
CLOCK_MARGIN_S = 5.0


class Handoffs:
    """All handoffs in the log, and what is done with them."""

    def __init__(self, config: HubConfig) -> None:
        self._config = config
        self.cases: dict[str, Case] = {}
        self._heard: dict[str, int] = {}
        self._looked = False

    def load(self, connection: Connection, handoff_ids: list[str]) -> None:
        """Read what is in the log."""
        self.cases = load_cases(connection, handoff_ids)
        self._heard = load_heard(connection)
        self._looked = False

    # -- messages ------------------------------------------------------------------------------------------------------

    def check(self, body: Data, key: str | None) -> tuple[str, ...]:
        """Whether the message can be taken; gives what is to be warned of.

        Raises:
            Refused: `invalid` where something compulsory is absent, `exercise` for a real handoff at an exercise's hub.
        """
        if key is not None and body.get("message_id") != key:
            raise invalid([("Idempotency-Key", "is niet de message_id")], _NOT_TAKEN)
        read = read_message(body)
        if isinstance(read, Incomplete):
            raise invalid(list(read.errors), _NOT_TAKEN)
        if self._config.exercise and not read.exercise:
            raise Refused(
                "exercise",
                "Deze hub is een oefening en neemt geen echte overdracht aan. Niets is verzonden; bel nu de meldkamer.",
                {"exercise": True},
            )
        return read.warnings + self._ids_warning(body)

    def _ids_warning(self, body: Data) -> tuple[str, ...]:
        call_id, to = as_text(body.get("call_id")), as_text(body.get("to"))
        known = any(rav.id == to for rav in self._config.ravs)
        found: tuple[str, ...] = () if known or not to else ("to: onbekende RAV, gaat naar de standaard",)
        if is_uuid(call_id) and to and make_handoff_id(call_id, to) != body.get("handoff_id"):
            found += ("handoff_id: hoort niet bij call_id en to",)
        return found

    def receive(self, change: Change, who: Principal, body: Data, warnings: tuple[str, ...]) -> Reply:
        """Take one message; the same one twice is one."""
        handoff_id, message_id = as_text(body.get("handoff_id")), as_text(body.get("message_id"))
        table = schema.handoff_message
        here = (table.c.handoff_id == handoff_id) & (table.c.message_id == message_id)
        stored = change.connection.execute(select(table.c.body, table.c.received_at).where(here)).one_or_none()
        if stored is not None:
            if json.loads(stored.body) != body:
                warnings += ("message_id: al bekend met een andere inhoud; de eerste geldt",)
            answer = self._taken(handoff_id, message_id, stored.received_at, body, warnings)
            title: Data = {
                "type": "duplicate",
                "title": "Al ontvangen",
                "status": 409,
                "detail": "Dit bericht is hier al.",
            }
            return Reply(409, dumps({**title, **answer}).encode(), PROBLEM)
        change.write(
            insert(table).values(
                handoff_id=handoff_id,
                message_id=message_id,
                body=dumps(body),
                received_at=change.at,
                delivered_at=None,
                desk_id=who.desk_id,
            )
        )
        known = self.cases.get(handoff_id)
        # Not in the log (yet, or any more): with what came of it before.
        case = known.copy() if known else load_case(change.connection, handoff_id)
        case.keep(kept_message(body, parse_time(change.at), None, who.desk_id))
        kept = case.messages[message_id]
        if kept.message.sequence != kept.sequence:
            warnings += (
                f"sequence: meer dan {LEAP} boven wat bekend was; bewaard, en telt niet als het nieuwste beeld",
            )
        self._write(change, case)
        return ok(self._taken(handoff_id, message_id, change.at, body, warnings, case), 202)

    def _taken(
        self,
        handoff_id: str,
        message_id: str,
        received_at: str,
        body: Data,
        warnings: Sequence[str],
        case: Case | None = None,
    ) -> Data:
        case = case or self.cases.get(handoff_id)
        return {
            "handoff_id": handoff_id,
            "message_id": message_id,
            "state": (case.standing().state if case and case.messages else State.SENT).value,
            "received_at": received_at,
            "exercise": body.get("exercise") is True,
            "warnings": list(warnings),
        }

    # -- events --------------------------------------------------------------------------------------------------------

    def has_news(self, handoff_id: str, bodies: Sequence[Data]) -> bool:
        """Whether the gateway's answer brings or confirms anything; one that does not costs no write."""
        case = self.cases.get(handoff_id)
        if case is None:
            return True
        known = {n: passed_on_by(body) is None for n, (_, body) in case.events.items()}
        numbers = ((event_number(body), body.get(PASSED_ON) is None) for body in bodies)
        return any(n is not None and (n not in known or (own and not known[n])) for n, own in numbers)

    def take_events(
        self, change: Change, handoff_id: str, bodies: Sequence[Data], by: str, denied: AbstractSet[int] = frozenset()
    ) -> tuple[str, ...]:
        """Unite with the events known; gives what is to be warned of. Late, double and out of order do nothing.

        The gateway's own word is the truth. What a desk brings counts until the gateway says otherwise, unless its
        number is out of reach of what that gateway said before.

        Args:
            denied: numbers that desks brought and that the gateway, asked for them, does not have.
        """
        case = self.cases.get(handoff_id) or load_case(change.connection, handoff_id)
        taken = unite(case, bodies[:EVENTS_AT_ONCE], by, self._heard_of(case), denied)
        if not taken.fresh:
            return taken.warnings
        save_events(change, case, taken.fresh, by)
        self._note_heard(change, case, taken.heard, by)
        if handoff_id in self.cases:
            united = case.copy()
            for n, body in taken.fresh.items():
                event = event_of(body)
                assert event is not None
                united.events[n] = (event, body)
            self._send_again_what_lacks(change, united)
            self._write(change, united, corrected=taken.corrected)
        return taken.warnings

    def _heard_of(self, case: Case) -> int:
        """The highest number that the case's gateway gave out in it, or else anywhere."""
        if case.heard:
            return case.heard
        everywhere = max(self._heard.values(), default=0)
        return self._heard.get(rav_of(self._config, case.first.body).id, 0) if case.messages else everywhere

    def _note_heard(self, change: Change, case: Case, n: int, by: str) -> None:
        rav = rav_of(self._config, case.first.body).id if case.messages else by.removeprefix("rav:")
        if n > self._heard.get(rav, 0):
            heard = {**self._heard, rav: n}
            keep_heard(change, heard)
            change.after.append(lambda: self._heard.update(heard))

    def _send_again_what_lacks(self, change: Change, case: Case) -> None:
        """A side found to lack a message gets it again: the last event names what the RAV has."""
        counted = case.counted()
        for message_id, kept in list(case.messages.items()) if counted else ():
            late = kept.delivered_at is not None and change.now - kept.delivered_at > timedelta(seconds=2)
            if late and message_id not in counted[-1].has:
                self._note_delivery(change, case, message_id, None)

    # -- delivery ------------------------------------------------------------------------------------------------------

    def delivered(self, change: Change, handoff_id: str, message_id: str) -> None:
        """The RAV has the message durably, it says."""
        known = self.cases.get(handoff_id)
        if known is not None and message_id in known.messages:
            case = known.copy()
            self._note_delivery(change, case, message_id, change.now)
            self._write(change, case)

    def _note_delivery(self, change: Change, case: Case, message_id: str, at: datetime | None) -> None:
        table = schema.handoff_message
        here = (table.c.handoff_id == case.handoff_id) & (table.c.message_id == message_id)
        text = None if at is None else rfc3339(at)
        change.write(update(table).where(here).values(delivered_at=text))
        kept = case.messages[message_id]
        case.messages[message_id] = replace(kept, delivered_at=at)

    # -- the log -------------------------------------------------------------------------------------------------------

    def _write(self, change: Change, case: Case, *, corrected: bool = False) -> None:
        """Put the handoff in the log where it changed, with what that means for its call."""
        before = change.get("handoff", case.handoff_id)
        item = case.item(self._config, change.now)
        if item != before:
            change.put("handoff", case.handoff_id, item)
            self._follow(change, case, before or {}, item, corrected=corrected)
        change.after.append(lambda: self.cases.__setitem__(case.handoff_id, case))

    def _follow(self, change: Change, case: Case, before: Data, item: Data, *, corrected: bool) -> None:
        if item["handed_over"] is True:
            if before.get("handed_over") is not True:
                set_handed_over(change, case.call_id)
            return
        if not case.counts(self._config) or is_handed_over(change, case.call_id):
            return
        now = case.standing()
        refused = now.voice_outcome == "refused"
        recalled = now.state is State.CLOSED and now.event is not None and now.event.reason == RECALLED
        if now.state is State.REJECTED or recalled or refused:
            why = "herroepen" if recalled else "door de RAV geweigerd"
            take_back(change, case.call_id, why)
        elif corrected and before.get("handed_over") is True:
            take_back(change, case.call_id, "door de RAV niet bevestigd")

    def due(self, state: RegionState, now: datetime) -> list[str]:
        """Handoffs whose item the clock alone has changed; an old one can only have done so while the hub was down."""
        found = []
        horizon = max(self._config.timers.accept_s, self._config.timers.voice_s) + CLOCK_MARGIN_S
        for handoff_id, case in self.cases.items():
            entry = state.get("handoff", handoff_id)
            young = (now - case.last_heard).total_seconds() <= horizon
            if entry is not None and (young or not self._looked) and case.item(self._config, now) != entry.data:
                found.append(handoff_id)
        self._looked = True
        return found

    def run_clock(self, change: Change, handoff_ids: Sequence[str]) -> None:
        """Put what the clock says in the log, so that colleagues see the card of a desk that died."""
        for handoff_id in handoff_ids:
            case = self.cases.get(handoff_id)
            if case is not None and change.get("handoff", handoff_id) is not None:
                self._write(change, case)

    def leave(self, change: Change) -> None:
        """Handoffs of no call in the log leave a day after they were last heard of, open ones after three."""
        for handoff_id, case in self.cases.items():
            item = change.get("handoff", handoff_id)
            if item is None or change.get("call", case.call_id) is not None:
                continue
            patience = TRIED_S * (3 if item.get("open") is True and not case.key_test else 1)
            if (change.now - case.last_heard).total_seconds() > patience:
                change.delete("handoff", handoff_id)

    def forget(self, state: RegionState) -> None:
        """Let go of what left the log; the messages stay in the database as the record."""
        for handoff_id in [one for one in self.cases if state.get("handoff", one) is None]:
            del self.cases[handoff_id]

    # -- reading ---------------------------------------------------------------------------------------------------------

    def status(self, change: Change, handoff_id: str, who: Principal) -> Data | None:
        """`GET /v1/handoffs/{id}`; the BSN is for the RAV alone."""
        case = self.cases.get(handoff_id) or load_case(change.connection, handoff_id)
        if not case.messages:
            return None
        item = change.get("handoff", handoff_id) or case.item(self._config, change.now)
        bodies: list[Data] = [kept.body for kept in case.messages.values()]
        if who.kind == "rav":
            table = schema.handoff_message
            rows = change.connection.execute(select(table.c.body).where(table.c.handoff_id == handoff_id))
            bodies = [json.loads(row.body) for row in rows]
        return {
            "handoff_id": handoff_id,
            "state": item["state"],
            "voice": item["voice"],
            "exercise": case.exercise,
            "messages": [*bodies],
            "events": as_list(item["events"]),
        }

    def events_after(self, connection: Connection, handoff_id: str, after: int) -> list[Data] | None:
        """The events above a number; None where nothing is known of the handoff."""
        table = schema.handoff_event
        rows = connection.execute(
            select(table.c.body).where((table.c.handoff_id == handoff_id) & (table.c.n > after)).order_by(table.c.n)
        ).all()
        if not rows and handoff_id not in self.cases:
            return None
        return [body for body in (as_object(json.loads(row.body)) for row in rows) if it_counts(body)]

    def serves(self, who: Principal, handoff_id: str) -> bool:
        """A RAV sees only what goes to it."""
        if who.kind != "rav" or who.source is None:
            return True
        case = self.cases.get(handoff_id)
        return case is None or not case.messages or rav_of(self._config, case.first.body).id == who.source


def check_numbers(bodies: Sequence[Data]) -> None:
    """Event numbers must be such as a gateway gives.

    Raises:
        Refused: `invalid`.
    """
    numbers = ((place, body.get("n")) for place, body in enumerate(bodies))
    wrong = [place for place, n in numbers if isinstance(n, int) and not 0 < n <= LAST_NUMBER]
    if wrong:
        raise invalid([(f"events.{place}.n", f"is geen nummer van 1 tot en met {LAST_NUMBER}") for place in wrong[:20]])


def prune_strays(change: Change) -> None:
    """Events of handoffs that never came are forgotten after a week."""
    events, messages = schema.handoff_event, schema.handoff_message
    before = rfc3339(change.now - timedelta(days=7))
    change.write(
        delete(events).where((events.c.at < before) & events.c.handoff_id.not_in(select(messages.c.handoff_id)))
    )


_NOT_TAKEN = "Verplichte velden ontbreken of kloppen niet; het bericht is niet bewaard. Bel nu de meldkamer."

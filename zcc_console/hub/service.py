"""The region as one object: everything the contract asks of a hub, without HTTP, threads or a clock of its own.

One caller at a time. Each answer is given after its COMMIT.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import insert

from zcc_console.core.clock import Clock, SystemClock, rfc3339
from zcc_console.core.config import HubConfig
from zcc_console.core.ids import ClockIds, Ids
from zcc_console.core.jsontypes import as_list, as_object
from zcc_console.hub import calls, desks, incoming, notices, places, schema
from zcc_console.hub.bodies import read_model, read_object
from zcc_console.hub.change import Change
from zcc_console.hub.claims import Leases, mark_stale
from zcc_console.hub.database import Database
from zcc_console.hub.handoffs import Handoffs, check_numbers, prune_strays
from zcc_console.hub.ledger import Ledger
from zcc_console.hub.reading import Changes, Reading, need_desk, not_allowed, not_found
from zcc_console.hub.reception import Line, Reception, prune_responses, wrong_desk
from zcc_console.hub.relay import Lanes
from zcc_console.hub.relaying import Relay
from zcc_console.hub.reply import Refused, Reply, invalid, ok
from zcc_console.hub.snapshots import Snapshots
from zcc_console.hub.state import Committed
from zcc_console.hub.tokens import Principal, Tokens
from zcc_console.models.region import AuditBatch, Heartbeat

if TYPE_CHECKING:
    from zcc_console.intake.fhir import Refusal
    from zcc_console.intake.referral import Referral

PRUNE_EVERY_S = 60.0
AUDIT_LIMIT = 1024 * 1024
_ROLE_RANK = {"triagist": 0, "assistant": 0, "supervisor": 1}


class Region(Reading):
    """A region's hub."""

    def __init__(self, config: HubConfig, clock: Clock, ids: Ids, chance: random.Random) -> None:
        self.config = config
        self._clock = clock
        self._ids = ids
        self._tokens = Tokens(config.tokens)
        self.ledger = Ledger(Database(config), clock, ids)
        self._reception = Reception(self.ledger, config, self._tokens)
        self._leases = Leases()
        self._presence = desks.Presence()
        self._snapshots = Snapshots()
        self._handoffs = Handoffs(config)
        self.relay = Relay(self.ledger, self._handoffs, Lanes(chance), config, clock)
        self._pruned_at = clock.boot()
        self.ledger.listeners.append(self._follow)
        self.ledger.resets.append(self._load)

    @staticmethod
    def open(
        config: HubConfig, clock: Clock | None = None, ids: Ids | None = None, chance: random.Random | None = None
    ) -> Region:
        """Open (or make) the region of a configuration; call `close` when done.

        Raises:
            AlreadyRunning, StoreError, KeyMissing, EngineError: one sentence for the person who starts it.
        """
        clock = clock or SystemClock()
        region = Region(config, clock, ids or ClockIds(clock), chance or random.Random())
        region.ledger.open()
        region._load()
        return region

    def close(self) -> None:
        """Let go; everything acknowledged is on the disk already."""
        self.ledger.close()

    @property
    def listeners(self) -> list[Callable[[Sequence[Committed]], None]]:
        """Called after each commit with its transactions, serialised once; must neither raise nor write."""
        return self.ledger.listeners

    def _load(self) -> None:
        """After opening, and after the state was read anew: full leases, everyone just heard."""
        boot = self._clock.boot()
        self._leases.load(self.ledger.state, boot)
        self._presence.seen = dict.fromkeys(self.ledger.state.entries["desk"], boot)
        self._snapshots.clear()
        with self.ledger.reading() as connection:
            self._handoffs.load(connection, list(self.ledger.state.entries["handoff"]))

    def _follow(self, transactions: Sequence[Committed]) -> None:
        self._leases.adopt(transactions, self._clock.boot())

    # -- who speaks ----------------------------------------------------------------------------------------------------

    def principal(self, token: str | None) -> Principal | None:
        """Who a token speaks for; None: 401."""
        return self._tokens.principal(token)

    # -- desks -----------------------------------------------------------------------------------------------------------

    def command(self, who: Principal, raw: bytes, *, idempotency_key: str | None, if_match: str | None = None) -> Reply:
        """`POST /v1/commands`."""
        need_desk(who)
        return self._reception.command(who, raw, Line(idempotency_key, if_match))

    def heartbeat(self, who: Principal, desk_id: str, raw: bytes) -> Reply:
        """`PUT /v1/desks/{desk_id}`."""
        if need_desk(who) != desk_id:
            raise wrong_desk()
        body = read_model(Heartbeat, read_object(raw))
        if _ROLE_RANK[body.role] > _ROLE_RANK.get(who.role or "", 0):
            raise Refused(
                "not-allowed", "Deze rol mag op deze werkplek niet. Er is niets gewijzigd; kies een andere rol."
            )
        if who.kind == "personal" and body.user != who.user:
            raise Refused("not-allowed", "Dit token is van iemand anders. Er is niets gewijzigd; meld u opnieuw aan.")
        if desks.is_ahead(body.incarnation, self._clock.now()):
            detail = (
                "De klok van deze werkplek loopt voor. Wat is vastgelegd komt aan; zet de klok gelijk en start opnieuw."
            )
            raise invalid([("incarnation", "ligt in de toekomst")], detail)
        boot = self._clock.boot()
        refused: Refused | None = None
        with self.ledger.unit() as change:
            if desks.learn_incarnation(change, desk_id, body.incarnation) != body.incarnation:
                refused = desks.in_use(change, self._presence, desk_id, boot)
            else:
                claims = desks.heartbeat(change, self._leases, self._presence, desk_id, body, boot)
                number = desks.last_number(change.connection, desk_id, body.incarnation)
        if refused is not None:
            return refused.reply()
        return ok(
            {
                "server_time": self.server_time(),
                "exercise": self.config.exercise,
                "desk_seq": number,
                "claims": [*claims],
            }
        )

    def reset_desk(self, desk_id: str) -> bool:
        """By hand, while the hub is not served: let whichever incarnation of a desk speaks next be the known one."""
        with self.ledger.unit() as change:
            return desks.forget_incarnation(change, desk_id)

    def audit(self, who: Principal, raw: bytes) -> Reply:
        """`POST /v1/audit`."""
        desk_id = need_desk(who)
        batch = read_model(AuditBatch, read_object(raw, AUDIT_LIMIT))
        if batch.desk_id != desk_id:
            raise wrong_desk()
        try:
            with self.ledger.unit() as change:
                last = desks.take_audit(change, desk_id, batch)
        except Refused as refused:
            if refused.type in ("key-reused", "invalid"):
                with self.ledger.unit() as change:
                    desks.set_alert(change, desk_id, "audit")
            raise
        return ok({"incarnation": batch.incarnation, "last": last})

    def call_record(self, who: Principal, call_id: str) -> Reply:
        """`GET /v1/calls/{id}`: the record; that it was read is on the disk before it is given."""
        desk_id = need_desk(who)
        with self.ledger.unit() as change:
            call, record = change.get("call", call_id), change.record(call_id)
            if call is None and not record.get("final"):
                raise not_found("Deze melding")
            self._log_access(change, who, "read", f"call/{call_id}", desk_id)
            whole = calls.whole_record(call, record)
            rev = change.rev("call", call_id)
        return ok({"type": "call", "id": call_id, "rev": rev, "in_log": call is not None, "data": whole})

    def _log_access(self, change: Change, who: Principal, event: str, subject: str, desk_id: str | None) -> None:
        """NEN 7513: the fact, who, and when."""
        present = change.get("desk", desk_id) if desk_id else None
        user = who.user or (present or {}).get("user") or who.name
        change.write(
            insert(schema.access).values(at=change.at, desk_id=desk_id, user=user, event=event, subject=subject)
        )

    # -- calls and capacity that come in -----------------------------------------------------------------------------------

    def new_call(self, who: Principal, raw: bytes, *, idempotency_key: str | None) -> Reply:
        """`POST /v1/calls`."""
        return incoming.new_call(self.ledger, self._ids, who, raw, idempotency_key)

    def new_referral(self, who: Principal, raw: bytes, read: Referral | Refusal) -> Reply:
        """`POST /v1/intake/fhir`, once it was read: reading takes long and needs no region."""
        incoming.check_referral(who, raw)
        return incoming.new_referral(self.ledger, self._ids, who, raw, read)

    def put_capacity(self, who: Principal, unit_id: str, raw: bytes, *, idempotency_key: str | None) -> Reply:
        """`PUT /v1/capacity/{id}`."""
        return incoming.put_capacity(self.ledger, who, unit_id, raw, idempotency_key)

    # -- handoffs ------------------------------------------------------------------------------------------------------------

    def handoff(self, who: Principal, raw: bytes, *, idempotency_key: str | None) -> Reply:
        """`POST /v1/handoffs`: durable, then 202."""
        need_desk(who)
        body = read_object(raw, unique=False)
        warnings = self._handoffs.check(body, idempotency_key)
        with self.ledger.unit() as change:
            reply = self._handoffs.receive(change, who, body, warnings)
        self.relay.poke(str(body["handoff_id"]))
        return reply

    def handoff_status(self, who: Principal, handoff_id: str) -> Reply:
        """`GET /v1/handoffs/{id}`: patient data, so the read is logged."""
        self._need_handoff_reader(who, handoff_id)
        with self.ledger.unit() as change:
            found = self._handoffs.status(change, handoff_id, who)
            if found is None:
                raise not_found("Deze overdracht")
            self._log_access(change, who, "read", f"handoff/{handoff_id}"[:128], who.desk_id)
        return ok(found)

    def handoff_events(self, who: Principal, handoff_id: str, after: int) -> Changes:
        """`GET /v1/handoffs/{id}/events`, as far as it can be answered now."""
        self._need_handoff_reader(who, handoff_id)
        with self.ledger.reading() as connection:
            found = self._handoffs.events_after(connection, handoff_id, after)
        if found is None:
            raise not_found("Deze overdracht")
        return Changes(ok({"events": [*found]}), not found)

    def pass_on_events(self, who: Principal, handoff_id: str, raw: bytes) -> Reply:
        """`POST /v1/handoffs/{id}/events`: what a desk learnt on the direct route, or the gateway tells."""
        self._need_handoff_reader(who, handoff_id)
        body = read_object(raw, unique=False)
        if not isinstance(body.get("events"), list):
            raise invalid([("events", "moet een lijst zijn")])
        if not 0 < len(handoff_id) <= 100 or not handoff_id.isprintable():
            raise not_found("Deze overdracht")
        events = [as_object(entry) for entry in as_list(body.get("events"))]
        check_numbers(events)
        with self.ledger.unit() as change:
            warnings = self._handoffs.take_events(change, handoff_id, events, who.name)
        with self.ledger.reading() as connection:
            found = self._handoffs.events_after(connection, handoff_id, -1)
        return ok({"events": [*(found or [])], "warnings": [*warnings]})

    def _need_handoff_reader(self, who: Principal, handoff_id: str) -> None:
        if not (who.is_desk or who.kind == "rav") or not self._handoffs.serves(who, handoff_id):
            raise not_allowed()

    # -- time ----------------------------------------------------------------------------------------------------------------

    def tick(self) -> None:
        """Once a second: lapsed claims, desks away, expired reservations, the handoffs' clock, what leaves the log."""
        boot, now = self._clock.boot(), self._clock.now()
        lapsed = self._leases.lapsed(self.ledger.state, boot)
        away = desks.away(self.ledger.state, self._presence, boot)
        expired = places.expired(self.ledger.state, rfc3339(now))
        due = self._handoffs.due(self.ledger.state, now)
        if lapsed or away or expired or due:
            with self.ledger.unit() as change:
                for call_id in lapsed:
                    mark_stale(change, call_id, stale=True)
                desks.mark_away(change, away)
                places.expire(change, expired)
                self._handoffs.run_clock(change, due)
        if boot - self._pruned_at >= PRUNE_EVERY_S:
            self._pruned_at = boot
            self._prune(boot)
        self.ledger.settle()

    def _prune(self, boot: float) -> None:
        with self.ledger.unit() as change:
            calls.leave(change)
            notices.leave(change)
            self._handoffs.leave(change)
        with self.ledger.unit() as change:
            prune_responses(change)
            prune_strays(change)
        self.ledger.prune(self._clock.now(), self.config.log_kept_s)
        self._handoffs.forget(self.ledger.state)
        self.relay.forget()
        self._snapshots.drop(boot)

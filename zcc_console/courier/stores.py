"""Carrying out what the lanes ask of the two files: synchronous, one call a unit of work. It knows no network and no
asyncio, so a simulation can use it as it is."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import assert_never

from zcc_console import __version__
from zcc_console.core.clock import Clock, rfc3339
from zcc_console.core.config import Profile
from zcc_console.core.jsontypes import Json, JsonObject, as_object
from zcc_console.courier import audit, beat, deliver, epoch, events, lane, notes
from zcc_console.courier import pull_terms as pull
from zcc_console.courier.answers import Receipt
from zcc_console.courier.machine import Done, Event
from zcc_console.store import rows
from zcc_console.store.cache import Cache, CursorMismatch
from zcc_console.store.courier import CourierJournal

PullEffect = pull.ReadOwn | pull.Apply | pull.Swap | pull.Compare | pull.Heard | pull.NoteLink | pull.NoteDigest
CommandEffect = deliver.NextRow | deliver.Answered | deliver.Attempted | deliver.SetAside | deliver.NewIncarnation
HandoffEffect = lane.NextMessage | lane.Record | lane.Failed | events.LookUp | events.Learned | events.SendAgain
OtherEffect = (
    events.NextToPassOn
    | events.PassedOn
    | beat.Gather
    | beat.NoteBeat
    | audit.NextBatch
    | audit.GoBack
    | audit.BatchTaken
)
StoreEffect = PullEffect | CommandEffect | HandoffEffect | OtherEffect

WAKES_CONSOLE = (
    pull.Apply,
    pull.Swap,
    pull.NoteLink,
    pull.NoteDigest,
    deliver.Answered,
    deliver.SetAside,
    deliver.NewIncarnation,
    lane.Record,
    events.Learned,
    beat.NoteBeat,
)
"""After these the console has something to show."""
WAKES_LANES = (
    pull.Swap,
    deliver.NewIncarnation,
    deliver.SetAside,
    lane.Record,
    events.Learned,
    events.SendAgain,
)
"""After these another lane may have something to do."""
NOTES = (pull.Heard, pull.NoteLink, pull.NoteDigest, beat.NoteBeat, lane.Failed)
"""Where the file cannot be written now, these are left out rather than waited for."""


@dataclass(frozen=True, slots=True)
class HandoffWork:
    """What the lanes of handoffs are needed for."""

    pending: tuple[tuple[str, str, str], ...]
    """(handoff_id, rav, route) where a message is still to be brought."""
    recent: tuple[tuple[str, str, int], ...]
    """(handoff_id, rav, how many messages) of those to be listened for."""


class Stores:
    """The two files on one thread's connections."""

    def __init__(self, journal: CourierJournal, cache: Cache, profile: Profile, clock: Clock) -> None:
        self.journal = journal
        self.cache = cache
        self._profile = profile
        self._clock = clock

    def close(self) -> None:
        """Close both."""
        self.journal.close()
        self.cache.close()

    def perform(self, effect: StoreEffect) -> Event:
        """Carry out one effect, and say what came of it.

        Raises:
            DatabaseError: the file is busy, full or damaged; nothing was done.
        """
        if isinstance(effect, PullEffect):
            return self._pull(effect)
        if isinstance(effect, CommandEffect):
            return self._command(effect)
        if isinstance(effect, HandoffEffect):
            return self._handoff(effect)
        return self._other(effect)

    # -- the region --------------------------------------------------------------------------------------------------

    def _pull(self, effect: PullEffect) -> Event:
        cache = self.cache
        match effect:
            case pull.ReadOwn():
                return pull.Own(cache.cursor, self._forced_ago())
            case pull.Apply(transactions):
                try:
                    count = cache.apply(transactions, desk_id=self._profile.desk_id)
                except CursorMismatch:
                    return pull.Misfit()
                return pull.Applied(cache.cursor or "", count)
            case pull.Swap():
                return self._swap(effect)
            case pull.Compare(cursor, digest):
                return pull.Compared(cache.cursor != cursor or cache.digest() == digest)
            case pull.Heard(server_time):
                cache.heard(server_time, self._clock.boot(), self._clock.boot_id())
            case pull.NoteLink(link, why):
                self._note_link(link.value, why)
            case pull.NoteDigest(cursor):
                note = {**self._stamp(), "cursor": cursor}
                cache.set_meta(digest_note=json.dumps(note))
                self._say()
            case _:
                assert_never(effect)
        return Done()

    def _stamp(self) -> dict[str, Json]:
        return {
            "at": rfc3339(self._clock.now()),
            "boot": self._clock.boot(),
            "boot_id": self._clock.boot_id(),
        }

    def _note_link(self, state: str, why: str) -> None:
        before = self._noted("link")
        if before.get("state") != state or before.get("why") != why:
            note = json.dumps({"state": state, "why": why, **self._stamp()})
            self.cache.set_meta(link=note, other_kind="1" if state == pull.Link.OTHER_KIND else None)
        self._say()

    def _noted(self, key: str) -> JsonObject:
        return as_object(json.loads(self.cache.meta(key) or "{}"))

    def _say(self) -> None:
        """Keep the sentence for the person at the desk true."""
        text = notes.sentence(
            self._noted("link"),
            self._noted("heartbeat"),
            self._noted("digest_note"),
            self._clock.boot(),
            self._clock.boot_id(),
        )
        if text != (self.cache.meta("note") or ""):
            self.cache.set_meta(note=text or None)

    def _forced_ago(self) -> float | None:
        note = self._noted("digest_note")
        boot = note.get("boot")
        if note.get("boot_id") != self._clock.boot_id() or not isinstance(boot, int | float):
            return None
        return max(0.0, self._clock.boot() - boot)

    def _swap(self, effect: pull.Swap) -> Event:
        """The journal first, then the cache: if the courier dies in between, the journal knows its epoch and the next
        snapshot finds the rest still to be done."""
        now = self._clock.now()
        new_epoch, journal_epoch = epoch.epoch_of(effect.cursor), self.journal.meta("epoch")
        calls = {item.id for item in effect.items if item.type == "call"}
        handoffs: dict[str, JsonObject] = {
            item.id: item.data for item in effect.items if item.type == "handoff" and item.data is not None
        }
        old = self.cache.all_of("call")
        fresh = journal_epoch is not None and journal_epoch != new_epoch
        since = rfc3339(now - timedelta(seconds=epoch.WITHIN_S if fresh else lane.GIVE_UP_S))
        if journal_epoch is None:
            self.journal.note_epoch(new_epoch)
        elif fresh:
            self._enter_epoch(new_epoch, dict(effect.applied), since, old, frozenset(calls))
        for message_id in epoch.messages_the_hub_lacks(self.journal.handoffs(since), handoffs, since):
            self.journal.deliver_again(message_id, rows.HUB)
        missing: list[dict[str, Json]] = []
        own_cursor = self.cache.cursor
        if own_cursor is not None and epoch.epoch_of(own_cursor) != new_epoch:
            put_back = {
                row.call_id
                for row in self.journal.outbox(rows.PENDING)
                if row.type == "call.create" and row.call_id is not None
            }
            missing = epoch.missing_calls(old, frozenset(calls), frozenset(put_back))
        self.cache.swap(
            effect.cursor, effect.items, dict(effect.applied), exercise=effect.exercise, missing=missing, now=now
        )
        return pull.Swapped(effect.cursor)

    def _enter_epoch(
        self,
        new_epoch: str,
        above: dict[str, int],
        since: str,
        old: dict[str, JsonObject],
        calls: frozenset[str],
    ) -> None:
        outbox = self.journal.outbox()
        again = epoch.lacking(outbox, since, above)
        creates = epoch.calls_to_put_back(
            again, outbox, old, calls, desk_id=self._profile.desk_id, user=self._profile.user
        )
        self.journal.enter_epoch(new_epoch, creates, since, above)

    # -- commands ----------------------------------------------------------------------------------------------------

    def _command(self, effect: CommandEffect) -> Event:
        journal = self.journal
        match effect:
            case deliver.NextRow(None, _) | deliver.NextRow(_, None):
                return deliver.RowDue(journal.next_pending())
            case deliver.NextRow(str() as incarnation, int() as desk_seq):
                return deliver.RowDue(journal.numbered(incarnation, desk_seq))
            case deliver.Answered(row, state, status, response):
                journal.answer(row, state, status, response)
            case deliver.Attempted(row, server_error):
                journal.attempted(row.no, server_error=server_error)
            case deliver.SetAside(row):
                journal.set_aside_command(row.no)
            case deliver.NewIncarnation(reason, incarnation):
                journal.renumber(reason, incarnation)
        return Done()

    # -- handoffs ----------------------------------------------------------------------------------------------------

    def _handoff(self, effect: HandoffEffect) -> Event:
        journal = self.journal
        match effect:
            case lane.NextMessage(route, handoff_id, skip):
                row, again = journal.next_message(route, handoff_id, skip)
                return lane.MessageDue(row, again)
            case lane.Record(message_id, route, receipt, status, problem):
                if receipt is Receipt.DELIVERED:
                    journal.delivered(message_id, route, status)
                else:
                    journal.delivery_refused(message_id, route, status, problem)
                return lane.Recorded(kept=True)
            case lane.Failed(message_id, route, failed_status, problem):
                journal.delivery_failed(message_id, route, failed_status, problem)
            case events.LookUp(handoff_id):
                return events.Seen(journal.handoff(handoff_id))
            case events.Learned(handoff_id, bodies):
                journal.learned(handoff_id, bodies, direct=True)
            case events.SendAgain(route, message_ids):
                for message_id in message_ids:
                    journal.deliver_again(message_id, route)
            case _:
                assert_never(effect)
        return Done()

    def handoff_work(self) -> HandoffWork:
        """Which handoffs need a lane."""
        since = rfc3339(self._clock.now() - timedelta(seconds=lane.GIVE_UP_S))
        return HandoffWork(tuple(self.journal.pending_handoffs()), tuple(self.journal.recent_handoffs(since)))

    def no_route(self, handoff_id: str, route: str) -> None:
        """The profile has no such route (any more): what waits for it is refused there, and the other one goes on."""
        row, _ = self.journal.next_message(route, handoff_id, frozenset())
        while row is not None:
            self.journal.delivery_refused(row.message.message_id, route, 0, "no-route")
            row, _ = self.journal.next_message(route, handoff_id, frozenset())

    def _other(self, effect: OtherEffect) -> Event:
        journal = self.journal
        match effect:
            case events.NextToPassOn(skip):
                waiting = [pair for pair in journal.events_to_pass_on(limit=1000) if pair[0] not in skip]
                if not waiting:
                    return events.ToPassOn()
                first = waiting[0][0]
                return events.ToPassOn(first, tuple(body for id_, body in waiting[:200] if id_ == first))
            case events.PassedOn(handoff_id, numbers):
                journal.passed_on(handoff_id, numbers)
            case beat.Gather(claims):
                return self._gather(claims)
            case beat.NoteBeat(note):
                self.cache.set_meta(heartbeat=json.dumps(note))
                self._say()
            case audit.NextBatch(skip, limit):
                return audit.Batch(tuple(journal.audit_batch(limit, skip)))
            case audit.GoBack(incarnation, first):
                return audit.WentBack(journal.audit_again(incarnation, first))
            case audit.BatchTaken(incarnation, up_to):
                journal.audit_delivered(incarnation, up_to)
            case _:
                assert_never(effect)
        return Done()

    def _gather(self, with_claims: bool) -> Event:
        incarnation, last_seq = self.journal.last_number()
        count, head = self.journal.audit_head()
        claims: dict[str, str] = {}
        if with_claims:
            asked, let_go = self.journal.own_claims()
            claims = {**self.cache.claims_of(self._profile.desk_id), **asked}
            for call_id in let_go:
                claims.pop(call_id, None)
        body: JsonObject = {
            "incarnation": incarnation,
            "user": self._profile.user,
            "user_name": self._profile.user_name,
            "role": self._profile.role,
            "version": __version__,
            "claims": [{"call_id": call_id, "claim": claim} for call_id, claim in sorted(claims.items())[:500]],
            "undelivered": self.journal.undelivered(),
            "audit": {"count": count, "head": head},
        }
        return beat.Gathered(body, incarnation, last_seq)

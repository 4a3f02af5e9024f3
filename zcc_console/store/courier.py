"""The journal as the courier opens it: what only it asks, row by row, so that no lane ever reads the whole outbox."""

from __future__ import annotations

from collections.abc import Sequence

from zcc_console.core.jsontypes import JsonObject
from zcc_console.store import rows
from zcc_console.store.engine import schema_version, writing
from zcc_console.store.journal import _MESSAGE, _OUTBOX, SCHEMA, Journal, _message_row, _outbox_row
from zcc_console.store.rows import HandoffRow, MessageRow, Numbering, OutboxRow


class CourierJournal(Journal):
    """The open journal, for the program that delivers it."""

    # -- commands --------------------------------------------------------------------------------------------------

    def next_pending(self) -> OutboxRow | None:
        """The first command without an answer."""
        row = self._db.execute(_OUTBOX + "WHERE state = 'pending' ORDER BY no LIMIT 1").fetchone()
        return _outbox_row(row) if row else None

    def numbered(self, incarnation: str, desk_seq: int) -> OutboxRow | None:
        """The command of that number, whatever its state; None where it was renumbered or pruned."""
        row = self._db.execute(_OUTBOX + "WHERE incarnation = ? AND desk_seq = ?", (incarnation, desk_seq)).fetchone()
        return _outbox_row(row) if row else None

    def answer(self, sent: OutboxRow, state: str, status: int, response: JsonObject) -> bool:
        """Keep a definite answer, unless the row was renumbered meanwhile: then it is asked again under the new number.

        Returns:
            Whether it was kept.
        """
        current = self.numbered(sent.incarnation, sent.desk_seq)
        if current is None or current.command_id != sent.command_id:
            return False
        self.answered(sent.no, state, status, response)
        return True

    def renumber(self, reason: str, incarnation: str) -> Numbering:
        """Begin a new incarnation, unless the one in doubt has been left already."""
        if self.meta("incarnation") != incarnation:
            return self.numbering()
        return self.new_incarnation(reason)

    def note_boot(self) -> None:
        """After a boot, boot times in the rows mean nothing: since when a row is in trouble starts again."""
        boot_id = self._clock.boot_id()
        if self.meta("boot_id") == boot_id:
            return
        with self.write() as unit:
            self._db.execute("UPDATE outbox SET trouble_since = NULL WHERE trouble_since IS NOT NULL")
            unit.set_meta("boot_id", boot_id)

    def enter_epoch(
        self, epoch: str, first_commands: Sequence[JsonObject], since: str, above: dict[str, int]
    ) -> Numbering:
        """`send_again`, and the note that it was done for this epoch, in one transaction; the audit rows of that time
        go again as well."""
        with self.write() as unit:
            unit.send_again(first_commands, since, above)
            self._db.execute("UPDATE audit SET delivered = 0 WHERE at >= ?", (since,))
            unit.set_meta("epoch", epoch)
        return self.numbering()

    def note_epoch(self, epoch: str) -> None:
        """The epoch that this journal's numbers were given in."""
        with self.write() as unit:
            unit.set_meta("epoch", epoch)

    # -- handoffs --------------------------------------------------------------------------------------------------

    def pending_handoffs(self) -> list[tuple[str, str, str]]:
        """Where something is still to be brought: (handoff_id, rav, route)."""
        return [
            (str(handoff_id), str(rav), str(route))
            for handoff_id, rav, route in self._db.execute(
                "SELECT DISTINCT m.handoff_id, m.rav, d.route FROM delivery d JOIN message m USING (message_id) "
                "WHERE d.state = 'pending' ORDER BY m.handoff_id, d.route"
            )
        ]

    def recent_handoffs(self, since: str) -> list[tuple[str, str, int]]:
        """Handoffs with a message committed since: (handoff_id, rav, how many messages)."""
        return [
            (str(handoff_id), str(rav), int(count))
            for handoff_id, rav, count in self._db.execute(
                "SELECT handoff_id, max(rav), count(*) FROM message GROUP BY handoff_id "
                "HAVING max(committed_at) >= ? ORDER BY handoff_id",
                (since,),
            )
        ]

    def next_message(self, route: str, handoff_id: str, skip: frozenset[str]) -> tuple[MessageRow | None, bool]:
        """The newest message of a handoff that a route must still bring, and whether that side had it before."""
        for row in self._db.execute(
            _MESSAGE + "WHERE handoff_id = ? AND message_id IN "  # noqa: S608
            "(SELECT message_id FROM delivery WHERE route = ? AND state = 'pending') "
            "ORDER BY sequence DESC, message_id DESC",
            (handoff_id, route),
        ):
            if row[0] in skip:
                continue
            before = self._db.execute(
                "SELECT delivered_at FROM delivery WHERE message_id = ? AND route = ?", (row[0], route)
            ).fetchone()
            return _message_row(row, ()), before is not None and before[0] is not None
        return None, False

    def handoff(self, handoff_id: str) -> HandoffRow | None:
        """One handoff with its messages, deliveries and events."""
        return next(iter(self._handoffs("WHERE handoff_id = ? ", handoff_id)), None)

    def audit_again(self, incarnation: str, first: int) -> int:
        """The hub lacks a chain from a number on: what is still here of it goes again; the lowest number of that."""
        with writing(self._db):
            self._db.execute("UPDATE audit SET delivered = 0 WHERE incarnation = ? AND no >= ?", (incarnation, first))
        row = self._db.execute(
            "SELECT min(no) FROM audit WHERE incarnation = ? AND delivered = 0", (incarnation,)
        ).fetchone()
        return int(row[0]) if row and row[0] is not None else 0

    # -- the rest --------------------------------------------------------------------------------------------------

    def last_number(self) -> tuple[str, int]:
        """The present incarnation and the last number given out in it."""
        numbering = self.numbering()
        return numbering.incarnation, numbering.next_seq - 1

    def own_claims(self) -> tuple[dict[str, str], set[str]]:
        """Claims asked for here, call to claim, and calls let go here since; in the order they were pressed."""
        claims: dict[str, str] = {}
        gone: set[str] = set()
        for command_id, kind, call_id, state in self._db.execute(
            "SELECT command_id, type, call_id, state FROM outbox WHERE state IN ('pending', 'applied') AND type IN "
            "('call.claim', 'call.takeover', 'call.release', 'call.callback', 'call.close') ORDER BY no"
        ):
            if call_id is None:
                continue
            if kind in ("call.claim", "call.takeover"):
                gone.discard(call_id)
                if state == rows.PENDING:
                    claims[call_id] = command_id
            elif state == rows.PENDING:
                claims.pop(call_id, None)
                gone.add(call_id)
        return claims, gone

    def is_newer(self) -> bool:
        """Whether a newer program has meanwhile brought the schema further than this one knows."""
        return schema_version(self._db) > SCHEMA

    def forget(self, before: str) -> None:
        """`prune`, and the handoffs whose every message was settled on every route and committed before a time."""
        self.prune(before)
        with writing(self._db):
            old = [
                (str(row[0]),)
                for row in self._db.execute(
                    "SELECT handoff_id FROM message GROUP BY handoff_id HAVING max(committed_at) < ? "
                    "AND sum(EXISTS (SELECT 1 FROM delivery d WHERE d.message_id = message.message_id "
                    "AND d.state = 'pending')) = 0",
                    (before,),
                )
            ]
            self._db.executemany(
                "DELETE FROM delivery WHERE message_id IN (SELECT message_id FROM message WHERE handoff_id = ?)", old
            )
            self._db.executemany("DELETE FROM message WHERE handoff_id = ?", old)
            self._db.executemany("DELETE FROM event WHERE handoff_id = ?", old)

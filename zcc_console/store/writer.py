"""One decision on its way into the journal: commands, handoff messages, drafts and audit rows that become durable
together. It only ever works inside a transaction that `Journal.write` opened."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from zcc_console.core.canonical import compact
from zcc_console.core.clock import Clock, rfc3339
from zcc_console.core.handoff import is_material, message_of
from zcc_console.core.ids import Ids
from zcc_console.core.jsontypes import JsonObject, as_object, as_text
from zcc_console.store import ballast
from zcc_console.store.engine import Connection


class Writer:
    """What may be written in one decision."""

    def __init__(self, connection: Connection, clock: Clock, ids: Ids, ballast: Path | None = None) -> None:
        self._db = connection
        self._clock = clock
        self._ids = ids
        self._ballast = ballast
        self.urgent = False
        """Whether it holds a handoff: for that the ballast is given up when the disk is full."""

    def command(
        self,
        kind: str,
        *,
        desk_id: str,
        user: str,
        target: JsonObject | None = None,
        data: JsonObject | None = None,
        call_id: str | None = None,
        claim: str | None = None,
        fence: int | None = None,
        if_match: str | None = None,
        at: str | None = None,
        command_id: str | None = None,
    ) -> str:
        """Put one command in the outbox under the next number; its id is known before any answer.

        Args:
            at: best hub time of the act (RFC 3339); wall time where it is not given.
            if_match: the rev the person saw, for commands that need it.
        """
        command_id = command_id or self._ids.new()
        incarnation, seq = self._next_number()
        body: dict[str, object] = {
            "command_id": command_id,
            "desk_id": desk_id,
            "type": kind,
            "user": user,
            "at": at or rfc3339(self._clock.now()),
            "data": data or {},
        }
        if target is not None:
            body["target"] = target
        if claim is not None:
            body["claim"] = claim
        if fence is not None:
            body["fence"] = fence
        headers = {"Idempotency-Key": command_id}
        if if_match is not None:
            headers["If-Match"] = f'"{if_match}"'
        self._db.execute(
            "INSERT INTO outbox (command_id, type, call_id, incarnation, desk_seq, path, headers, body, at, boot, boot_id) "
            "VALUES (?, ?, ?, ?, ?, '/v1/commands', ?, ?, ?, ?, ?)",
            (
                command_id,
                kind,
                call_id,
                incarnation,
                seq,
                json.dumps(headers),
                compact(body),
                rfc3339(self._clock.now()),
                self._clock.boot(),
                self._clock.boot_id(),
            ),
        )
        return command_id

    def handoff_message(self, body: JsonObject, routes: Sequence[str], *, key_test: bool = False) -> None:
        """Keep one handoff message and what each route still owes it.

        Args:
            body: the whole message of contract.md §4, with its own `message_id` and `sequence`.
            routes: where it must go: `hub`, `direct`.
        """
        self.urgent = True
        if self._ballast is not None and ballast.is_tight(self._ballast.parent):
            ballast.give_up(self._ballast)
        handoff_id, message_id = as_text(body.get("handoff_id")), as_text(body.get("message_id"))
        previous = self._db.execute(
            "SELECT body FROM message WHERE handoff_id = ? ORDER BY sequence DESC, message_id DESC LIMIT 1",
            (handoff_id,),
        ).fetchone()
        message = message_of(body)
        before = message_of(as_object(json.loads(previous[0]))) if previous else None
        self._db.execute(
            "INSERT INTO message (message_id, handoff_id, call_id, rav, kind, sequence, material, key_test, headers, body, "
            "committed_at, boot, boot_id, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                message_id,
                handoff_id,
                as_text(body.get("call_id")),
                as_text(body.get("to")),
                message.kind,
                message.sequence,
                int(is_material(before, message)),
                int(key_test),
                json.dumps({"Idempotency-Key": message_id}),
                compact(body),
                rfc3339(self._clock.now()),
                self._clock.boot(),
                self._clock.boot_id(),
                as_text(body.get("expires_at")),
            ),
        )
        self._db.executemany(
            "INSERT INTO delivery (message_id, route) VALUES (?, ?)", [(message_id, route) for route in routes]
        )

    def next_sequence(self, handoff_id: str, known: int = 0) -> int:
        """One more than the highest sequence known in a handoff, here or (`known`) in the cache."""
        row = self._db.execute("SELECT max(sequence) FROM message WHERE handoff_id = ?", (handoff_id,)).fetchone()
        return max(known, int(row[0]) if row and row[0] is not None else 0) + 1

    def draft(self, call_id: str, data: JsonObject | None) -> None:
        """Keep a triage as far as it came, or (None) let it go."""
        if data is None:
            self._db.execute("DELETE FROM draft WHERE call_id = ?", (call_id,))
            return
        self._db.execute(
            "INSERT INTO draft (call_id, data, updated_at) VALUES (?, ?, ?) "
            "ON CONFLICT (call_id) DO UPDATE SET data = excluded.data, updated_at = excluded.updated_at",
            (call_id, compact(data), rfc3339(self._clock.now())),
        )

    def place(self, key: str, value: JsonObject | None) -> None:
        """Keep where the console stands, so that the next one stands there too."""
        if value is None:
            self._db.execute("DELETE FROM place WHERE key = ?", (key,))
            return
        self._db.execute(
            "INSERT INTO place (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (key, compact(value)),
        )

    def settle(self, command_id: str) -> None:
        """An item to settle was settled by a person."""
        self._db.execute(
            "UPDATE outbox SET state = 'settled', answered_at = coalesce(answered_at, ?) "
            "WHERE command_id = ? AND state IN ('refused', 'set-aside')",
            (rfc3339(self._clock.now()), command_id),
        )

    def set_meta(self, key: str, value: str | None) -> None:
        """A note of the journal itself; None removes it."""
        if value is None:
            self._db.execute("DELETE FROM meta WHERE key = ?", (key,))
            return
        self._db.execute(
            "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (key, value),
        )

    def audit(self, event: str, subject: str, *, user: str, detail: str = "") -> None:
        """Add one row to the hash chain, in the transaction of the act (contract.md §5; NEN 7513: the fact only)."""
        incarnation = self._incarnation()
        last = self._db.execute(
            "SELECT no, hash FROM audit WHERE incarnation = ? ORDER BY no DESC LIMIT 1", (incarnation,)
        ).fetchone()
        if last is None:
            row = self._db.execute("SELECT previous_head FROM incarnation WHERE id = ?", (incarnation,)).fetchone()
            last = (0, row[0] if row else "lost")
        at, no, previous = rfc3339(self._clock.now()), int(last[0]) + 1, str(last[1])
        digest = audit_hash(incarnation, no, at, user, event, subject, detail, previous)
        self._db.execute(
            'INSERT INTO audit (incarnation, no, at, "user", event, subject, detail, previous, hash) '
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (incarnation, no, at, user, event, subject, detail, previous, digest),
        )

    def new_incarnation(self, reason: str, *, lost: bool = False) -> str:
        """Begin a new incarnation, larger than the last, and renumber what has no answer in its order."""
        previous_head = "lost"
        old = self._db.execute("SELECT value FROM meta WHERE key = 'incarnation'").fetchone()
        if not lost:
            previous_head = self._head_of(str(old[0])) if old is not None else ""
        fresh = self._larger_than_all()
        pending = self._db.execute("SELECT no FROM outbox WHERE state = 'pending' ORDER BY no").fetchall()
        self._db.execute(
            "INSERT INTO incarnation (id, started_at, reason, next_seq, previous_head) VALUES (?, ?, ?, ?, ?)",
            (fresh, rfc3339(self._clock.now()), reason, len(pending) + 1, previous_head),
        )
        # A number that a row had still tells whether the cache contains it, when its answer was lost.
        self._db.execute(
            "INSERT OR IGNORE INTO former_number (command_id, incarnation, desk_seq) "
            "SELECT command_id, incarnation, desk_seq FROM outbox WHERE state = 'pending'"
        )
        self._db.executemany(
            "UPDATE outbox SET incarnation = ?, desk_seq = ?, trouble_since = NULL WHERE no = ?",
            [(fresh, seq, row[0]) for seq, row in enumerate(pending, start=1)],
        )
        self.set_meta("incarnation", fresh)
        return fresh

    def _head_of(self, incarnation: str) -> str:
        """The last link of an incarnation's audit chain, or what that one began with where nothing was done in it."""
        row = self._db.execute(
            "SELECT coalesce((SELECT hash FROM audit WHERE incarnation = i.id ORDER BY no DESC LIMIT 1), previous_head) "
            "FROM incarnation i WHERE id = ?",
            (incarnation,),
        ).fetchone()
        return str(row[0]) if row else "lost"

    def _larger_than_all(self) -> str:
        """A new incarnation's id: larger than the last, also where the clock was put back meanwhile."""
        last = self._db.execute("SELECT max(id) FROM incarnation").fetchone()[0]
        fresh = self._ids.new()
        return str(UUID(int=UUID(last).int + 1)) if last is not None and fresh <= last else fresh

    def send_again(self, first_commands: Sequence[JsonObject], since: str, above: dict[str, int]) -> None:
        """See `Journal.send_again`. What goes first gets the lowest numbers; every row keeps its command id."""
        lacking = [
            row[0]
            for row in self._db.execute(
                "SELECT no, incarnation, desk_seq, state, at FROM outbox WHERE state IN ('applied', 'pending') ORDER BY no"
            )
            if row[3] == "pending" or (row[4] >= since and row[2] > above.get(row[1], 0))
        ]
        self._db.executemany("UPDATE outbox SET state = 'pending' WHERE no = ?", [(no,) for no in lacking])
        made: list[str] = []
        for command in first_commands:
            target = as_object(command.get("target"))
            made.append(
                self.command(
                    as_text(command.get("type")),
                    desk_id=as_text(command.get("desk_id")),
                    user=as_text(command.get("user")),
                    target=target,
                    data=as_object(command.get("data")),
                    call_id=as_text(target.get("id")) or None,
                )
            )
        if made:
            lowest = self._db.execute("SELECT min(no) FROM outbox").fetchone()[0] or 1
            for offset, command_id in enumerate(made):
                self._db.execute(
                    "UPDATE outbox SET no = ? WHERE command_id = ?", (int(lowest) - len(made) + offset, command_id)
                )
        self.new_incarnation("new-epoch")

    def _incarnation(self) -> str:
        row = self._db.execute("SELECT value FROM meta WHERE key = 'incarnation'").fetchone()
        return str(row[0]) if row else ""

    def _next_number(self) -> tuple[str, int]:
        incarnation = self._incarnation()
        row = self._db.execute(
            "UPDATE incarnation SET next_seq = next_seq + 1 WHERE id = ? RETURNING next_seq - 1", (incarnation,)
        ).fetchone()
        return incarnation, int(row[0])


def audit_hash(
    incarnation: str, no: int, at: str, user: str, event: str, subject: str, detail: str, previous: str
) -> str:
    """One link of the audit chain: SHA-256 (hex) over the row's fields, each length-prefixed, and the link before."""
    parts = (incarnation, str(no), at, user, event, subject, detail, previous)
    joined = b"".join(f"{len(part.encode())}:".encode() + part.encode() for part in parts)
    return hashlib.sha256(joined).hexdigest()

"""`journal.db`: what a person decided, durable before the screen says so: outbox, handoffs, drafts, audit.

Irreplaceable. Every method that writes is one IMMEDIATE transaction with `synchronous=FULL`. A damaged file is set
aside as a set, what can be read is saved, and the desk goes on in a new incarnation with an alarm: never silently empty.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from zcc_console.core.canonical import compact
from zcc_console.core.clock import Clock, rfc3339
from zcc_console.core.errors import KeyMissing, NewerSchema
from zcc_console.core.handoff import Event, event_of, message_of
from zcc_console.core.ids import Ids
from zcc_console.core.jsontypes import JsonObject, as_object
from zcc_console.store import ballast, rows
from zcc_console.store.ballast import BALLAST
from zcc_console.store.engine import (
    Connection,
    DatabaseError,
    OperationalError,
    connect,
    data_version,
    file_identity,
    is_damage,
    is_full,
    is_whole,
    load_key,
    opens,
    schema_version,
    set_aside,
    size_of,
    writing,
)
from zcc_console.store.rows import AuditRow, Delivery, HandoffRow, MessageRow, Numbering, OutboxRow
from zcc_console.store.writer import Writer

SCHEMA = 1
_OUTBOX = (
    "SELECT no, command_id, type, call_id, incarnation, desk_seq, path, headers, body, at, boot, boot_id, state, "
    "attempts, trouble_since, status, response, answered_at FROM outbox "
)
_MESSAGE = (
    "SELECT message_id, handoff_id, call_id, rav, material, key_test, headers, body, committed_at, boot, boot_id, "
    "expires_at FROM message "
)


class Journal:
    """The open journal. One thread at a time; no transaction stays open between calls."""

    def __init__(self, connection: Connection, path: Path, clock: Clock, ids: Ids) -> None:
        self._db = connection
        self.path = path
        self._clock = clock
        self._ids = ids
        self._identity = file_identity(path)

    @classmethod
    def open(
        cls,
        path: Path,
        key_path: Path,
        clock: Clock,
        ids: Ids,
        *,
        checkpoints: bool = False,
        siblings: Sequence[Path] = (),
        deep: bool = False,
    ) -> Self:
        """Open or make the journal.

        Args:
            siblings: the desk's other database: it tells a wrong key from damage, and a first start from a loss.
            deep: read every page, and treat a damaged one as damage of the file.

        Raises:
            KeyMissing, StoreError, EngineError: as `store.engine.connect`.
            NewerSchema: a newer program wrote it; nothing was touched.
        """
        lost = _is_lost(path, siblings)
        key = load_key(key_path, path, *siblings)
        damaged: Path | None = None
        try:
            connection = connect(path, key, durable=True, checkpoints=checkpoints)
            if schema_version(connection) == SCHEMA:
                connection.execute("SELECT count(*) FROM outbox").fetchone()
            if deep and not is_whole(connection):
                connection.close()
                raise DatabaseError("damaged")
        except Exception as error:
            # Damage to the first page looks like a wrong key; that the key opens the other file tells them apart.
            wrong_key = isinstance(error, KeyMissing) and not any(opens(other, key) for other in siblings)
            if wrong_key or not (isinstance(error, KeyMissing) or is_damage(error)):
                raise
            damaged = set_aside(path, rfc3339(clock.now()).replace(":", ""))
            connection = connect(path, key, durable=True, checkpoints=checkpoints)
        if schema_version(connection) > SCHEMA:
            connection.close()
            raise NewerSchema(
                "Het journaal is door een nieuwere versie geschreven. Er is niets gewijzigd; werk zcc-console bij."
            )
        if schema_version(connection) < SCHEMA:
            from zcc_console.store import migrations

            migrations.migrate(connection, migrations.JOURNAL)
        journal = cls(connection, path, clock, ids)
        journal._begin(damaged, key, lost=lost)
        return journal

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def replaced(self) -> bool:
        """Whether another file took this one's place since it was opened (a mended one): open it again."""
        return file_identity(self.path) != self._identity

    def _begin(self, damaged: Path | None, key: bytes, *, lost: bool) -> None:
        """See that there is an incarnation; after damage, save what can be read and say so."""
        if damaged is None and self.meta("incarnation") is not None:
            return
        with self.write() as unit:
            if damaged is not None:
                from zcc_console.store.salvage import salvage

                saved, unread = salvage(damaged, key, self._db)
                unit.set_meta(
                    "alarm",
                    f"Het journaal was beschadigd en is opzij gezet als {damaged.name}; {saved} regels zijn gered, "
                    f"{unread} tabellen waren onleesbaar. Waarschuw de beheerder en controleer open overdrachten.",
                )
                unit.new_incarnation("journal-damaged", lost=True)
            elif self.meta("incarnation") is None and lost:
                unit.set_meta(
                    "alarm",
                    "Het journaal van deze desk ontbrak; er is een nieuw begonnen. Wat al bij de hub is, is veilig. "
                    "Waarschuw de beheerder en controleer open overdrachten.",
                )
                unit.new_incarnation("journal-missing", lost=True)
            elif self.meta("incarnation") is None:
                unit.new_incarnation("first")

    # -- writing: what a person decides ------------------------------------------------------------------------------

    @contextmanager
    def write(self) -> Iterator[Writer]:
        """One decision: everything written through the `Writer` becomes durable together, or nothing does."""
        unit = Writer(self._db, self._clock, self._ids, ballast=self.path.with_name(BALLAST))
        try:
            with writing(self._db):
                yield unit
        except OperationalError as error:
            if unit.urgent and is_full(error):  # the person who presses again finds room
                ballast.give_up(self.path.with_name(BALLAST))
            raise

    # -- reading ------------------------------------------------------------------------------------------------------

    def data_version(self) -> int:
        """Changes when another process committed."""
        return data_version(self._db)

    def meta(self, key: str) -> str | None:
        """A note of the journal itself (incarnation, alarm, …)."""
        row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return str(row[0]) if row else None

    def numbering(self) -> Numbering:
        """The present incarnation and the next number in it."""
        incarnation = self.meta("incarnation") or ""
        row = self._db.execute("SELECT next_seq FROM incarnation WHERE id = ?", (incarnation,)).fetchone()
        return Numbering(incarnation, int(row[0]) if row else 1)

    def place(self, key: str) -> JsonObject:
        """Where the console stood (`open`: the open call and its screen); an empty object where nothing is kept."""
        row = self._db.execute("SELECT value FROM place WHERE key = ?", (key,)).fetchone()
        return as_object(json.loads(row[0])) if row else {}

    def draft(self, call_id: str) -> JsonObject | None:
        """The triage of a call as far as it had come."""
        row = self._db.execute("SELECT data FROM draft WHERE call_id = ?", (call_id,)).fetchone()
        return as_object(json.loads(row[0])) if row else None

    def draft_ids(self) -> tuple[str, ...]:
        """The calls with a draft."""
        return tuple(row[0] for row in self._db.execute("SELECT call_id FROM draft ORDER BY updated_at"))

    def outbox(self, *states: str) -> list[OutboxRow]:
        """Commands in the order they were pressed, of the given states (all where none is given)."""
        if not states:
            return [_outbox_row(row) for row in self._db.execute(_OUTBOX + "ORDER BY no")]
        marks = ",".join("?" * len(states))
        query = f"{_OUTBOX} WHERE state IN ({marks}) ORDER BY no"
        return [_outbox_row(row) for row in self._db.execute(query, states)]

    def outbox_above(self, applied: Mapping[str, int]) -> list[OutboxRow]:
        """What may count on top of the cache: all without a good answer, and the applied ones whose number is above
        what the cache holds for their incarnation. Does not read the days of rows that it contains."""
        found = self._db.execute(_OUTBOX + "WHERE state IN ('pending', 'refused', 'set-aside')").fetchall()
        for (incarnation,) in self._db.execute("SELECT id FROM incarnation").fetchall():
            found += self._db.execute(
                _OUTBOX + "WHERE incarnation = ? AND desk_seq > ? AND state = 'applied'",
                (incarnation, applied.get(incarnation, 0)),
            ).fetchall()
        return [_outbox_row(row) for row in sorted(found, key=lambda row: int(row[0]))]

    def command(self, command_id: str) -> OutboxRow | None:
        """One command by its id."""
        row = self._db.execute(_OUTBOX + "WHERE command_id = ?", (command_id,)).fetchone()
        return _outbox_row(row) if row else None

    def former_numbers(self) -> dict[str, list[tuple[str, int]]]:
        """The numbers that commands had before they were renumbered: command id to (incarnation, desk_seq)."""
        found: dict[str, list[tuple[str, int]]] = {}
        for command_id, incarnation, seq in self._db.execute(
            "SELECT command_id, incarnation, desk_seq FROM former_number"
        ):
            found.setdefault(command_id, []).append((incarnation, int(seq)))
        return found

    def undelivered(self) -> int:
        """How many things are not yet where they must go: commands without an answer, handoff messages pending."""
        commands = self._db.execute("SELECT count(*) FROM outbox WHERE state = 'pending'").fetchone()[0]
        messages = self._db.execute(
            "SELECT count(DISTINCT message_id) FROM delivery WHERE state = 'pending'"
        ).fetchone()[0]
        return int(commands) + int(messages)

    def handoffs(self, since: str = "") -> list[HandoffRow]:
        """The handoffs this desk pressed or wrote to, with messages, deliveries and the events of any route.

        Args:
            since: RFC 3339; only handoffs with a message committed since then.
        """
        return self._handoffs("WHERE handoff_id IN (SELECT handoff_id FROM message WHERE committed_at >= ?) ", since)

    def _handoffs(self, condition: str, value: str) -> list[HandoffRow]:
        values = (value,)
        query = f"{_MESSAGE} {condition} ORDER BY handoff_id, sequence, message_id"
        raw = self._db.execute(query, values).fetchall()
        deliveries: dict[str, list[Delivery]] = {}
        for row in self._db.execute(
            "SELECT message_id, route, state, attempts, status, problem, last_at, delivered_at FROM delivery ORDER BY route"
        ):
            deliveries.setdefault(row[0], []).append(Delivery(*row))
        events: dict[str, list[Event]] = {}
        for handoff_id, body in self._db.execute("SELECT handoff_id, body FROM event ORDER BY handoff_id, n"):
            event = event_of(as_object(json.loads(body)))
            if event is not None:
                events.setdefault(handoff_id, []).append(event)
        grouped: dict[str, list[MessageRow]] = {}
        for row in raw:
            message = _message_row(row, tuple(deliveries.get(row[0], ())))
            grouped.setdefault(message.handoff_id, []).append(message)
        return [
            HandoffRow(id_, group[0].call_id, group[0].rav, group[0].key_test, tuple(group), tuple(events.get(id_, ())))
            for id_, group in grouped.items()
        ]

    def events_to_pass_on(self, limit: int = 100) -> list[tuple[str, JsonObject]]:
        """What was learned on the direct route and the hub has not been told: (handoff_id, event)."""
        return [
            (row[0], as_object(json.loads(row[1])))
            for row in self._db.execute(
                "SELECT handoff_id, body FROM event WHERE passed_on = 0 ORDER BY handoff_id, n LIMIT ?", (limit,)
            )
        ]

    def audit_head(self) -> tuple[int, str]:
        """Count and head of the present incarnation's chain, for the heartbeat."""
        incarnation = self.meta("incarnation") or ""
        row = self._db.execute(
            "SELECT no, hash FROM audit WHERE incarnation = ? ORDER BY no DESC LIMIT 1", (incarnation,)
        ).fetchone()
        return (int(row[0]), str(row[1])) if row else (0, "")

    def audit_batch(self, limit: int = 200, skip: frozenset[str] = frozenset()) -> list[AuditRow]:
        """Rows of one incarnation that the hub does not have yet, in order; of none of those to `skip`."""
        waiting = self._db.execute("SELECT DISTINCT incarnation FROM audit WHERE delivered = 0 ORDER BY incarnation")
        first = next((row[0] for row in waiting.fetchall() if row[0] not in skip), None)
        if first is None:
            return []
        return [
            AuditRow(*row)
            for row in self._db.execute(
                "SELECT incarnation, no, at, user, event, subject, detail, previous, hash FROM audit "
                "WHERE delivered = 0 AND incarnation = ? ORDER BY no LIMIT ?",
                (first, limit),
            )
        ]

    # -- writing: what the courier learns --------------------------------------------------------------------------------

    def answered(self, no: int, state: str, status: int, response: JsonObject) -> None:
        """A definite answer to a command: APPLIED, or REFUSED (an item to settle)."""
        with writing(self._db):
            self._db.execute(
                "UPDATE outbox SET state = ?, status = ?, response = ?, answered_at = ?, attempts = attempts + 1, "
                "trouble_since = NULL WHERE no = ? AND state IN ('pending', 'applied')",
                (state, status, compact(response), rfc3339(self._clock.now()), no),
            )

    def attempted(self, no: int, *, server_error: bool) -> None:
        """No answer to a command: count it; note since when it has got only server errors."""
        boot = self._clock.boot() if server_error else None
        with writing(self._db):
            self._db.execute(
                "UPDATE outbox SET attempts = attempts + 1, trouble_since = "
                "CASE WHEN ? IS NULL THEN NULL ELSE coalesce(trouble_since, ?) END WHERE no = ?",
                (boot, boot, no),
            )

    def set_aside_command(self, no: int) -> None:
        """A row that got only server errors while others pass: to settle, and everything behind it renumbered."""
        with self.write() as unit:
            self._db.execute("UPDATE outbox SET state = ? WHERE no = ?", (rows.SET_ASIDE, no))
            unit.new_incarnation("row-set-aside")

    def new_incarnation(self, reason: str, *, lost: bool = False) -> Numbering:
        """Begin a new incarnation; what has no answer is renumbered, keeping order and command ids (contract.md §3)."""
        with self.write() as unit:
            unit.new_incarnation(reason, lost=lost)
        return self.numbering()

    def send_again(self, first_commands: Sequence[JsonObject], since: str, above: dict[str, int]) -> Numbering:
        """After a new epoch: queue `call.create`s first, then all rows since a time that the new state lacks.

        Args:
            first_commands: bodies for `Writer.command` (`type`, `target`, `data`) that go before everything.
            since: RFC 3339; rows older than this are left (72 hours, contract.md §1).
            above: per incarnation the last number the new state contains; refused rows stay refused.
        """
        with self.write() as unit:
            unit.send_again(first_commands, since, above)
        return self.numbering()

    def delivered(self, message_id: str, route: str, status: int) -> None:
        """A route has the message for good."""
        self._delivery(message_id, route, "delivered", status, None)

    def delivery_refused(self, message_id: str, route: str, status: int, problem: str) -> None:
        """A route gave a definite no; the other goes on, and the card comes when all have refused."""
        self._delivery(message_id, route, "refused", status, problem)

    def delivery_failed(self, message_id: str, route: str, status: int | None, problem: str) -> None:
        """An attempt that brought no answer; it goes on."""
        self._delivery(message_id, route, "pending", status, problem)

    def deliver_again(self, message_id: str, route: str) -> None:
        """A side found to lack a message gets it again."""
        with writing(self._db):
            self._db.execute(
                "UPDATE delivery SET state = 'pending' WHERE message_id = ? AND route = ?", (message_id, route)
            )

    def _delivery(self, message_id: str, route: str, state: str, status: int | None, problem: str | None) -> None:
        now = rfc3339(self._clock.now())
        with writing(self._db):
            self._db.execute(
                "UPDATE delivery SET state = ?, attempts = attempts + 1, status = ?, problem = ?, last_at = ?, "
                "delivered_at = CASE WHEN ? = 'delivered' THEN ? ELSE delivered_at END "
                "WHERE message_id = ? AND route = ?",
                (state, status, problem, now, state, now, message_id, route),
            )

    def learned(self, handoff_id: str, events: Sequence[JsonObject], *, direct: bool) -> int:
        """Add events to the union; those from the direct route are still to be passed on to the hub.

        Returns:
            How many were new.
        """
        now, new = rfc3339(self._clock.now()), 0
        with writing(self._db):
            for body in events:
                event = event_of(body)
                if event is None:
                    continue
                new += self._db.execute(
                    "INSERT OR IGNORE INTO event (handoff_id, n, body, learned_at, passed_on) VALUES (?, ?, ?, ?, ?)",
                    (handoff_id, event.n, compact(body), now, 0 if direct else 1),
                ).rowcount
        return new

    def passed_on(self, handoff_id: str, numbers: Sequence[int]) -> None:
        """The hub has these events now."""
        with writing(self._db):
            self._db.executemany(
                "UPDATE event SET passed_on = 1 WHERE handoff_id = ? AND n = ?", [(handoff_id, n) for n in numbers]
            )

    def audit_delivered(self, incarnation: str, up_to: int) -> None:
        """The hub has the chain so far; the rows stay here until they are pruned."""
        with writing(self._db):
            self._db.execute("UPDATE audit SET delivered = 1 WHERE incarnation = ? AND no <= ?", (incarnation, up_to))

    def prune(self, before: str) -> None:
        """Forget what was delivered and answered before a time (72 hours, contract.md §3); never a chain's head."""
        with writing(self._db):
            self._db.execute(
                "DELETE FROM outbox WHERE state IN ('applied', 'settled') AND answered_at IS NOT NULL AND answered_at < ?",
                (before,),
            )
            self._db.execute("DELETE FROM former_number WHERE command_id NOT IN (SELECT command_id FROM outbox)")
            self._db.execute(
                "DELETE FROM audit WHERE delivered = 1 AND at < ? AND no < "
                "(SELECT max(no) FROM audit a WHERE a.incarnation = audit.incarnation)",
                (before,),
            )

    def checkpoint(self) -> int:
        """Fold the write-ahead log into the file as far as readers allow; its size in bytes afterwards."""
        self._db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        wal = self.path.with_name(self.path.name + "-wal")
        return wal.stat().st_size if wal.exists() else 0


def _is_lost(path: Path, siblings: Sequence[Path]) -> bool:
    """Whether there was a journal: it is always made before the desk's other database."""
    return size_of(path) == 0 and any(size_of(other) > 0 for other in siblings)


def _outbox_row(row: tuple[object, ...]) -> OutboxRow:
    values = list(row)
    values[7] = json.loads(str(row[7]))
    values[8] = json.loads(str(row[8]))
    values[16] = json.loads(str(row[16])) if row[16] is not None else None
    return OutboxRow(*values)  # type: ignore[arg-type]


def _message_row(row: tuple[object, ...], deliveries: tuple[Delivery, ...]) -> MessageRow:
    body = as_object(json.loads(str(row[7])))
    return MessageRow(
        message=message_of(body),
        handoff_id=str(row[1]),
        call_id=str(row[2]),
        rav=str(row[3]),
        material=bool(row[4]),
        key_test=bool(row[5]),
        headers=json.loads(str(row[6])),
        body=body,
        committed_at=str(row[8]),
        boot=float(str(row[9])),
        boot_id=str(row[10]),
        expires_at=str(row[11]),
        deliveries=deliveries,
    )

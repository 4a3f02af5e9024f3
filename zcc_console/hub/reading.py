"""Reading the log: snapshot, changes, digest, and the cursor that is no good any more (contract.md §1); and who may read.

The reading half of `Region`; it writes nothing but a new epoch, when a desk proves that something is missing.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from zcc_console import __version__
from zcc_console.core.clock import Clock, rfc3339
from zcc_console.core.config import HubConfig
from zcc_console.core.cursor import Cursor
from zcc_console.hub import schema
from zcc_console.hub.ledger import Ledger
from zcc_console.hub.reply import Refused, Reply, ok
from zcc_console.hub.snapshots import Snapshots, page_body
from zcc_console.hub.state import Data, dumps
from zcc_console.hub.tokens import Principal

CHANGES_LIMIT = 1000
CHANGES_BYTES = 8 * 1024 * 1024
SPREAD_S = 20
"""Retry-After of a 410 is at most this (contract.md §1)."""

SPREAD_DESKS = 200


@dataclass(frozen=True, slots=True)
class Changes:
    """What `/v1/changes` found: the answer, and whether there was anything."""

    reply: Reply
    empty: bool


class Reading:
    """What is read of a region."""

    config: HubConfig
    ledger: Ledger
    _clock: Clock
    _snapshots: Snapshots

    def server_time(self) -> str:
        """The hub's time, as it goes over the line."""
        return rfc3339(self._clock.now())

    def head(self) -> Cursor:
        """The end of the log."""
        return self.ledger.state.head

    def bookmark(self) -> Data:
        """Cursor, time, exercise and digest, at the head."""
        return {
            "cursor": str(self.head()),
            "exercise": self.config.exercise,
            "server_time": self.server_time(),
            "digest": dict(self.ledger.state.digest()),
        }

    def digest(self, who: Principal) -> Reply:
        """`GET /v1/digest`."""
        need_desk(who)
        return ok(self.bookmark())

    def health(self) -> Reply:
        """`GET /healthz`, for anyone."""
        return ok(
            {
                "status": "ok",
                "region": self.config.region,
                "exercise": self.config.exercise,
                "version": __version__,
                "server_time": self.server_time(),
            }
        )

    def snapshot(self, who: Principal, page: str | None) -> Reply:
        """`GET /v1/snapshot`: a first page, or the one that `next` named."""
        desk_id = need_desk(who)
        boot = self._clock.boot()
        if page is None:
            snapshot = self._snapshots.shared(self.head(), boot)
            if snapshot is None:
                with self.ledger.reading() as connection:
                    applied = _applied(connection)
                snapshot = self._snapshots.take(self.ledger.state, boot, applied)
            number = 0
        else:
            found = self._snapshots.find(page, boot)
            if found is None:
                raise self.expired("page", who)
            snapshot, number = found
        body = page_body(
            snapshot, number, exercise=self.config.exercise, server_time=self.server_time(), desk_id=desk_id
        )
        return Reply(200, body)

    def place(self, who: Principal, since: str) -> Cursor:
        """A cursor from which the log can be read on.

        Raises:
            Refused: `cursor-expired`: too old, of another epoch, or ahead of the head.
        """
        need_desk(who)
        cursor, why = self.ledger.place(since)
        if cursor is not None:
            return cursor
        if why == "ahead":
            self.ledger.loss_shown()
        raise self.expired(why, who)

    def expired(self, reason: str, who: Principal) -> Refused:
        """410, with a Retry-After that spreads the desks over at most 20 s."""
        known = sorted(self.ledger.state.entries["desk"])
        width = max(len(known), SPREAD_DESKS)
        index = known.index(who.desk_id) if who.desk_id in known else len(known)
        retry = min(SPREAD_S, SPREAD_S * index // width)
        head = self.head()
        return Refused(
            "cursor-expired",
            "Deze stand is niet meer bij te werken. Wat is vastgelegd, is bewaard; haal de hele stand opnieuw.",
            {"reason": reason, "floor": str(Cursor(head.epoch, self.ledger.floor)), "head": str(head)},
            (("Retry-After", str(retry)),),
        )

    def changes(self, who: Principal, since: str, limit: int = CHANGES_LIMIT) -> Changes:
        """`GET /v1/changes`, as far as it can be answered now."""
        cursor = self.place(who, since)
        rows = self.ledger.after(cursor, min(limit, CHANGES_LIMIT))
        size, taken = 0, 0
        for row in rows:
            size += len(row.body)
            if taken and size > CHANGES_BYTES:
                break
            taken += 1
        rows = rows[:taken]
        to = rows[-1].cursor if rows else str(cursor)
        body = (
            f'{{"from":"{cursor}","to":"{to}","has_more":{dumps(to != str(self.head()))},'
            f'"exercise":{dumps(self.config.exercise)},"server_time":"{self.server_time()}",'
            f'"transactions":[{",".join(row.body for row in rows)}]}}'
        )
        return Changes(Reply(200, body.encode()), not rows)


def need_desk(who: Principal) -> str:
    """The desk a token speaks for; only desks read the log and send commands.

    Raises:
        Refused: `not-allowed`.
    """
    if not who.is_desk or who.desk_id is None:
        raise not_allowed()
    return who.desk_id


def not_allowed() -> Refused:
    """403 for a credential of another kind."""
    return Refused(
        "not-allowed", "Dit token is daar niet voor. Er is niets gewijzigd; gebruik het token van deze bron."
    )


def not_found(what: str) -> Refused:
    """404."""
    return Refused("not-found", f"{what} is hier niet bekend. Er is niets gewijzigd; controleer het nummer.")


def _applied(connection: Connection) -> dict[str, dict[str, int]]:
    """Desk to incarnation to the last number used."""
    table = schema.sequence
    found: dict[str, dict[str, int]] = {}
    for row in connection.execute(select(table.c.desk_id, table.c.incarnation, table.c.last)):
        found.setdefault(row.desk_id, {})[row.incarnation] = int(row.last)
    return found

"""Presence of desks, their numbering, and their audit chains (contract.md §3, §5).

A heartbeat is in the log only when something others see changes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from zcc_console.core.freshness import AHEAD_LIMIT_S
from zcc_console.core.jsontypes import as_int, as_object
from zcc_console.hub import schema
from zcc_console.hub.change import Change, holder
from zcc_console.hub.claims import Leases, mark_stale
from zcc_console.hub.reply import Refused
from zcc_console.hub.state import Data, State, dumps
from zcc_console.models.region import AuditBatch, AuditHead, AuditRow, Heartbeat
from zcc_console.store.writer import audit_hash

AWAY_S = 60.0
"""Without a heartbeat for this long a desk is away (contract.md §2)."""

ALERT_S = 60.0
"""How long an alert stays after the last sign of its cause."""

FORGOTTEN_S = 86_400.0
"""A desk that is away this long and holds nothing leaves the log."""

UNDELIVERED_EVERY_S = 30.0
"""How often a mere change of the number of undelivered things goes into the log."""


@dataclass
class Presence:
    """When each desk was last heard, on the hub's boot clock; in memory, anew at the start."""

    seen: dict[str, float] = field(default_factory=dict)
    alert_until: dict[str, float] = field(default_factory=dict)
    logged: dict[str, float] = field(default_factory=dict)
    cut: dict[str, str] = field(default_factory=dict)
    """The incarnation in which a desk's audit chain was found cut; the alert stays until the next one."""


# -- numbering -------------------------------------------------------------------------------------------------------


def last_number(connection: Connection, desk_id: str, incarnation: str) -> int:
    """The last number used of an incarnation; 0 where none."""
    table = schema.sequence
    last = connection.execute(
        select(table.c.last).where((table.c.desk_id == desk_id) & (table.c.incarnation == incarnation))
    ).scalar_one_or_none()
    return 0 if last is None else int(last)


def use_number(change: Change, desk_id: str, incarnation: str, number: int) -> None:
    """Take up a number."""
    table = schema.sequence
    here = (table.c.desk_id == desk_id) & (table.c.incarnation == incarnation)
    if not change.write(update(table).where(here).values(last=number, at=change.at)):
        change.write(insert(table).values(desk_id=desk_id, incarnation=incarnation, last=number, at=change.at))


def is_ahead(incarnation: str, now: datetime) -> bool:
    """Whether an incarnation names a moment (the first 48 bits of a UUIDv7) that has not come. It would stay the
    largest of its desk, and shut the real one out."""
    return int(incarnation.replace("-", "")[:12], 16) / 1000 - now.timestamp() > AHEAD_LIMIT_S


def forget_incarnation(change: Change, desk_id: str) -> bool:
    """By hand: which incarnation of a desk is the largest is open again; whether one was known."""
    set_alert(change, desk_id, None)
    return change.write(delete(schema.desk).where(schema.desk.c.desk_id == desk_id)) > 0


def learn_incarnation(change: Change, desk_id: str, incarnation: str) -> str:
    """Note the incarnation if it is larger than the largest known of the desk; gives the largest now known."""
    table = schema.desk
    known: str | None = change.connection.execute(
        select(table.c.incarnation).where(table.c.desk_id == desk_id)
    ).scalar_one_or_none()
    if known is None:
        change.write(insert(table).values(desk_id=desk_id, incarnation=incarnation))
        return incarnation
    if incarnation > known:
        change.write(update(table).where(table.c.desk_id == desk_id).values(incarnation=incarnation))
    return max(known, incarnation)


# -- heartbeat -------------------------------------------------------------------------------------------------------


def set_alert(change: Change, desk_id: str, alert: str | None) -> None:
    """Show an alert on a desk, or take it away."""
    desk = change.get("desk", desk_id)
    if desk is not None and desk.get("alert") != alert:
        change.put("desk", desk_id, {**desk, "alert": alert})


def heartbeat(
    change: Change, leases: Leases, presence: Presence, desk_id: str, body: Heartbeat, boot: float
) -> list[Data]:
    """Presence, leases, and whether each named claim is still the desk's."""
    known = change.get("desk", desk_id)
    state = "pause" if body.pause else "present"
    fresh: Data = {
        "id": desk_id,
        "user": body.user,
        "user_name": body.user_name,
        "role": body.role,
        "since": change.at,
        "state": state,
        "holds": sorted(change.held_by(desk_id)),
        "version": body.version,
        "alert": known.get("alert") if known else None,
        "undelivered": body.undelivered,
    }
    if known is not None and (known.get("user"), known.get("role")) == (body.user, body.role):
        fresh["since"] = known.get("since")
    if fresh["alert"] == "audit" and presence.cut.setdefault(desk_id, body.incarnation) < body.incarnation:
        fresh["alert"] = None
    if body.audit is not None and not audit_is_whole(change, desk_id, body.incarnation, body.audit):
        fresh["alert"] = "audit"
        change.after.append(lambda: presence.cut.__setitem__(desk_id, body.incarnation))
    if fresh["alert"] == "desk-in-use" and boot >= presence.alert_until.get(desk_id, 0.0):
        fresh["alert"] = None
    if _worth_logging(known, fresh, boot - presence.logged.get(desk_id, -UNDELIVERED_EVERY_S)):
        change.put("desk", desk_id, fresh)
        change.after.append(lambda: presence.logged.__setitem__(desk_id, boot))
    answer: list[Data] = []
    for named in body.claims:
        call = change.get("call", named.call_id) or {}
        claim = as_object(call.get("claim"))
        aliases = change.marks("call", named.call_id).claims
        held = holder(call) == desk_id and (named.claim == claim.get("id") or named.claim in aliases)
        if held:
            mark_stale(change, named.call_id, stale=False)
            change.after.append(lambda call_id=named.call_id: leases.renew(call_id, boot))  # type: ignore[misc]
        answer.append(
            {"call_id": named.call_id, "claim": named.claim, "fence": as_int(claim.get("fence")), "held": held}
        )
    change.after.append(lambda: presence.seen.__setitem__(desk_id, boot))
    return answer


def _worth_logging(known: Data | None, fresh: Data, since_logged: float) -> bool:
    """Whether others see a change; the mere count of undelivered things goes in at most every half minute."""
    if known is None:
        return True
    if {**known, "undelivered": 0} != {**fresh, "undelivered": 0}:
        return True
    before, after = known.get("undelivered"), fresh.get("undelivered")
    return before != after and (not before or not after or since_logged >= UNDELIVERED_EVERY_S)


def in_use(change: Change, presence: Presence, desk_id: str, boot: float) -> Refused:
    """A smaller incarnation than known speaks for this desk: shown on both and to the supervisor."""
    set_alert(change, desk_id, "desk-in-use")
    change.after.append(lambda: presence.alert_until.__setitem__(desk_id, boot + ALERT_S))
    return Refused(
        "desk-in-use",
        f"Werkplek {desk_id} is ook ergens anders in gebruik, met een nieuwer journaal. Wat hier wordt vastgelegd komt "
        "nog aan; ga na of dit profiel gekopieerd is en waarschuw de regie.",
    )


def away(state: State, presence: Presence, boot: float) -> list[str]:
    """Desks that were not heard for a minute and are not yet away; and those away so long that they leave the log."""
    found = []
    for entry in state.entries["desk"].values():
        silent = boot - presence.seen.get(entry.id, boot)
        gone = silent >= FORGOTTEN_S and not entry.data.get("holds")
        if gone or (silent >= AWAY_S and entry.data.get("state") != "away"):
            found.append(entry.id)
    return found


def mark_away(change: Change, desk_ids: list[str]) -> None:
    """What `away` found: away, or, the second time, gone."""
    for desk_id in desk_ids:
        desk = change.get("desk", desk_id)
        if desk is not None and desk.get("state") != "away":
            change.put("desk", desk_id, {**desk, "state": "away"})
        elif desk is not None:
            change.delete("desk", desk_id)


# -- audit -----------------------------------------------------------------------------------------------------------


def audit_is_whole(change: Change, desk_id: str, incarnation: str, said: AuditHead) -> bool:
    """Whether the chain a heartbeat names can be the one known: never shorter, never another head at a known place."""
    table = schema.audit_head
    here = (table.c.desk_id == desk_id) & (table.c.incarnation == incarnation)
    row = change.connection.execute(select(table.c.length, table.c.head).where(here)).one_or_none()
    if row is None:
        change.write(insert(table).values(desk_id=desk_id, incarnation=incarnation, length=said.count, head=said.head))
    elif said.count < row.length or (said.count == row.length and said.head != row.head):
        return False
    elif said.count > row.length:
        change.write(update(table).where(here).values(length=said.count, head=said.head))
    kept = change.connection.execute(
        select(schema.audit.c.hash).where(
            (schema.audit.c.desk_id == desk_id)
            & (schema.audit.c.incarnation == incarnation)
            & (schema.audit.c.no == said.count)
        )
    ).scalar_one_or_none()
    return kept is None or kept == said.head


def audit_last(connection: Connection, desk_id: str, incarnation: str) -> tuple[int, str | None]:
    """Number and hash of the last row kept of a chain."""
    table = schema.audit
    row = connection.execute(
        select(table.c.no, table.c.hash)
        .where((table.c.desk_id == desk_id) & (table.c.incarnation == incarnation))
        .order_by(table.c.no.desc())
        .limit(1)
    ).one_or_none()
    return (0, None) if row is None else (int(row.no), str(row.hash))


def take_audit(change: Change, desk_id: str, batch: AuditBatch) -> int:
    """Keep the rows that are new; gives up to which number the hub has the chain.

    Raises:
        Refused: `sequence-gap` where rows before these are missing, `key-reused` where a kept row is told otherwise,
            `invalid` where a link does not hold. The last two also put an alert on the desk.
    """
    last, last_hash = audit_last(change.connection, desk_id, batch.incarnation)
    for row in batch.rows:
        if row.no > last + 1:
            raise Refused(
                "sequence-gap", "Er ontbreken auditregels hiervoor. Deze zijn niet bewaard.", {"expected": last + 1}
            )
        if row.no <= last:
            if _kept_hash(change.connection, desk_id, batch.incarnation, row.no) != row.hash:
                raise Refused("key-reused", "Deze auditregel is hier anders bewaard. De oude blijft staan.")
            continue
        if not _link_holds(batch.incarnation, row, last_hash):
            raise Refused(
                "invalid",
                "De auditketen klopt niet. Deze regels zijn niet bewaard; waarschuw de beheerder.",
                {"errors": [{"field": f"rows.{row.no}.hash", "message": "past niet op de keten"}]},
            )
        change.write(
            insert(schema.audit).values(
                desk_id=desk_id, incarnation=batch.incarnation, no=row.no, hash=row.hash, body=dumps(row.model_dump())
            )
        )
        last, last_hash = row.no, row.hash
    return last


def _kept_hash(connection: Connection, desk_id: str, incarnation: str, no: int) -> str | None:
    table = schema.audit
    here = (table.c.desk_id == desk_id) & (table.c.incarnation == incarnation) & (table.c.no == no)
    return connection.execute(select(table.c.hash).where(here)).scalar_one_or_none()


def _link_holds(incarnation: str, row: AuditRow, before: str | None) -> bool:
    if before is not None and row.previous != before:
        return False
    made = audit_hash(incarnation, row.no, row.at, row.user, row.event, row.subject, row.detail, row.previous)
    return made == row.hash

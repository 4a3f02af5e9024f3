"""The floor: desks and what they hold, and the supervisor's figures; pure functions of a `Picture` and a moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from zcc_console.core.clock import local, parse_time_or_none
from zcc_console.core.config import QueueNorms
from zcc_console.core.freshness import Freshness
from zcc_console.core.jsontypes import JsonObject, as_int, as_object, as_text
from zcc_console.core.urgency import Urgency
from zcc_console.desk import words
from zcc_console.desk.picture import Picture
from zcc_console.desk.queue import urgency_of
from zcc_console.desk.rows import Attention, CallRow, DeskRow, FloorFigures, HandoffView, NoticeRow, UnitRow
from zcc_console.text import clean

QUARTER = timedelta(minutes=15)
EVENING_STARTS = 17
"""Local hour from which an evening's figures count: ANW begins at 17:00."""


def desk_rows(picture: Picture, handoffs: Sequence[HandoffView], now: datetime) -> list[DeskRow]:
    """The floor, desk by desk."""
    open_handoffs = {view.call_id for view in handoffs if view.standing.is_open and not view.key_test}
    held: dict[str, list[JsonObject]] = {}
    for _, call in picture.calls():
        claim = as_object(call.get("claim"))
        if claim and call.get("state") in ("claimed", "handed-off"):
            held.setdefault(as_text(claim.get("desk_id")), []).append(call)
    found = []
    for desk_id, raw in picture.of("desk").items():
        calls = sorted(held.get(desk_id, []), key=lambda call: as_text(as_object(call.get("claim")).get("since")))
        last: JsonObject | None = calls[-1] if calls else None
        found.append(
            DeskRow(
                id=clean(desk_id, 8),
                user=clean(as_text(raw.get("user_name")) or as_text(raw.get("user")), 30),
                role=as_text(raw.get("role")),
                state=_doing(raw, last, open_handoffs),
                call_id=as_text(last.get("id")) if last else None,
                number=clean(as_text(last.get("number")), 8) if last else "",
                who=words.who(as_object(last.get("patient")), now) if last else "",
                reason=clean(as_text(last.get("reason"))) if last else "",
                for_s=_for(raw, last, now),
                own=desk_id == picture.desk_id,
                alert=clean(as_text(raw.get("alert")), 30),
                undelivered=as_int(raw.get("undelivered")) or 0,
                holds=tuple(as_text(held_call.get("id")) for held_call in calls),
            )
        )
    return sorted(found, key=lambda row: row.id)


def _doing(desk: JsonObject, call: JsonObject | None, open_handoffs: set[str]) -> str:
    if as_text(desk.get("state")) == "away":
        return "weg"
    if call is None:
        return "pauze" if as_text(desk.get("state")) == "pause" else "vrij"
    if as_text(call.get("id")) in open_handoffs:
        return "naar RAV"
    if call.get("state") == "handed-off" or as_object(call.get("disposition")):
        return "nazorg"
    if as_text(call.get("source")) == "professional":
        return "plaatsing"
    return "in triage"


def _for(desk: JsonObject, call: JsonObject | None, now: datetime) -> float:
    since = parse_time_or_none(as_object(call.get("claim")).get("since")) if call else None
    since = since or parse_time_or_none(desk.get("since"))
    return max(0.0, (now - since).total_seconds()) if since else 0.0


def notice_rows(picture: Picture) -> list[NoticeRow]:
    """Messages for all desks that have not ended, newest first."""
    found = [
        NoticeRow(
            id=item_id,
            at=parse_time_or_none(raw.get("at")),
            text=clean(as_text(raw.get("text")), 300),
            kind=as_text(raw.get("kind"), "info"),
            by=clean(as_text(raw.get("by")), 40),
            pending=False,
        )
        for item_id, raw in picture.of("notice").items()
        if not raw.get("ended_at")
    ]
    for row in picture.own_rows:
        if row.type == "notice.post":
            data = as_object(row.body.get("data"))
            kind = as_text(data.get("kind"), "info")
            at, by = parse_time_or_none(row.at), clean(as_text(row.body.get("user")), 40)
            found.append(NoticeRow(row.command_id, at, clean(as_text(data.get("text")), 300), kind, by, True))
    return sorted(found, key=lambda row: row.at or datetime.min.replace(tzinfo=UTC), reverse=True)


def evening_start(now: datetime) -> datetime:
    """When the figures on the screen begin: 17:00 local, or eight hours ago where that is later than now."""
    here = local(now)
    start = here.replace(hour=EVENING_STARTS, minute=0, second=0, microsecond=0)
    if start > here:
        start -= timedelta(days=1)
    earliest = now - timedelta(hours=8)
    return max(start.astimezone(UTC), earliest)


def figures(
    picture: Picture,
    queue: Sequence[CallRow],
    units: Sequence[UnitRow],
    desks: Sequence[DeskRow],
    handoffs: Sequence[HandoffView],
    norms: QueueNorms,
    now: datetime,
) -> FloorFigures:
    """The supervisor's figures, over the evening so far."""
    since = evening_start(now)
    arrived: Counter[datetime] = Counter()
    waits: dict[datetime, list[float]] = {}
    answered: list[tuple[Urgency | None, float]] = []
    mix: Counter[str] = Counter()
    sources: Counter[str] = Counter()
    talks: list[float] = []
    for _, call in picture.calls():
        received = parse_time_or_none(call.get("received_at"))
        if received is None or received < since:
            continue
        quarter = _quarter(received)
        arrived[quarter] += 1
        urgency, _, _ = urgency_of(call)
        if urgency is not None:
            mix[urgency.name] += 1
        sources[words.SOURCES.get(as_text(call.get("source")), "ander")] += 1
        first = _first_answer(call)
        wait = ((first or now) - received).total_seconds()
        if first is not None or call.get("state") == "waiting":
            waits.setdefault(quarter, []).append(max(0.0, wait))
        if first is not None:
            answered.append((urgency, max(0.0, wait)))
            closed = parse_time_or_none(call.get("closed_at"))
            if closed is not None:
                talks.append(max(0.0, (closed - first).total_seconds()))
    waiting = [row for row in queue if row.state == "waiting"]
    urgent = [wait for urgency, wait in answered if urgency is None or urgency <= Urgency.U2]
    others = [wait for urgency, wait in answered if urgency is not None and urgency > Urgency.U2]
    quarters = _quarters(since, now)
    open_ones = [view for view in handoffs if view.standing.is_open and not view.key_test]
    taken = sorted(view.taken_s for view in handoffs if view.taken_s is not None and not view.key_test)
    total = sum(sources.values()) or 1
    recent = sum(1 for _, call in picture.calls() if _within(call, now - timedelta(hours=1)))
    last_waits = [w for quarter, list_ in waits.items() if quarter >= _quarter(now) - QUARTER for w in list_]
    return FloorFigures(
        waiting=len(waiting),
        longest_s=max((row.wait_s for row in waiting), default=0.0),
        urgent_within=_share(urgent, norms.urgent_s),
        soon_within=_share(others, norms.soon_s),
        others_within=_share(others, norms.others_s),
        talking=sum(1 for desk in desks if desk.call_id and desk.state != "weg"),
        desks=sum(1 for desk in desks if desk.state != "weg"),
        free=sum(1 for desk in desks if desk.state == "vrij"),
        mean_talk_s=sum(talks) / len(talks) if talks else None,
        open_handoffs=len(open_ones),
        longest_open_s=max(
            ((now - view.pressed_at).total_seconds() for view in open_ones if view.pressed_at), default=None
        ),
        arrivals=tuple((quarter, arrived.get(quarter, 0)) for quarter in quarters),
        wait_p90=tuple((quarter, _p90(waits.get(quarter, [])) or 0.0) for quarter in quarters),
        wait_p90_now_s=_p90(last_waits),
        per_hour=recent,
        mix=tuple((f"U{level}", mix.get(f"U{level}", 0)) for level in range(6)),
        sources=tuple((name, count / total) for name, count in sources.most_common()),
        since=since,
        handoffs_today=sum(1 for view in handoffs if not view.key_test),
        median_accept_s=taken[len(taken) // 2] if taken else None,
        attention=tuple(_attention(queue, units, desks, handoffs, now)),
    )


def _first_answer(call: JsonObject) -> datetime | None:
    for value in (
        call.get("first_claimed_at"),
        as_object(call.get("claim")).get("since"),
        as_object(call.get("triage")).get("at"),
    ):
        moment = parse_time_or_none(value)
        if moment is not None:
            return moment
    return None


def _within(call: JsonObject, since: datetime) -> bool:
    received = parse_time_or_none(call.get("received_at"))
    return received is not None and received >= since


def _quarter(moment: datetime) -> datetime:
    return moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0)


def _quarters(since: datetime, now: datetime) -> list[datetime]:
    found, quarter = [], _quarter(since)
    while quarter <= now:
        found.append(quarter)
        quarter += QUARTER
    return found


def _share(waits: Sequence[float], norm: float) -> float | None:
    return sum(1 for wait in waits if wait <= norm) / len(waits) if waits else None


def _p90(waits: Sequence[float]) -> float | None:
    return sorted(waits)[min(len(waits) - 1, int(0.9 * len(waits)))] if waits else None


def _attention(
    queue: Sequence[CallRow],
    units: Sequence[UnitRow],
    desks: Sequence[DeskRow],
    handoffs: Sequence[HandoffView],
    now: datetime,
) -> list[Attention]:
    """What a supervisor should look at, gravest first."""
    found: list[Attention] = []
    for view in handoffs:
        if view.key_test:
            continue
        if view.standing.is_open and (view.required_by_hub or view.card_due):
            found.append(
                Attention(
                    "!",
                    f"{view.number} {view.who} {view.town}: {view.rav_name} niet bereikt door desk {view.desk_id}",
                    view.call_id,
                )
            )
    for row in queue:
        if row.state == "waiting" and row.urgency is not None and row.urgency <= Urgency.U1:
            mark = "" if row.triaged else "?"
            found.append(
                Attention(
                    "!",
                    f"{row.number} {row.who} {row.town} wacht {words.distance(row.wait_s)} bij {row.label}{mark}, niemand heeft hem",
                    row.id,
                )
            )
        elif row.claim is not None and row.claim.stale:
            since = f" sinds {words.distance(row.wait_s)}" if row.wait_s else ""
            found.append(
                Attention("!", f"{row.number} claim verlopen: desk {row.claim.desk_id}{since} zonder teken", row.id)
            )
        elif row.state == "waiting" and row.norm == "!":
            found.append(
                Attention("^", f"{row.number} {row.who} wacht {words.distance(row.wait_s)} bij {row.label}", row.id)
            )
        if row.flag == "hoger":
            found.append(Attention("!", f"{row.number}: een ander schat dit urgenter in", row.id))
    for desk in desks:
        if desk.alert:
            found.append(Attention("!", f"desk {desk.id}: {desk.alert}"))
    silent = [row for row in units if row.fresh is not Freshness.FRESH and not row.neighbour]
    if silent:
        oldest = sorted(silent, key=lambda row: -(row.age_s or 1e9))[:2]
        names = ", ".join(
            f"{row.provider} {words.distance(row.age_s)}" if row.age_s is not None else row.provider for row in oldest
        )
        more = " …" if len(silent) > len(oldest) else ""
        found.append(Attention("^", f"{len(silent)} plaatsen zonder verse opgave: {names}{more}"))
    return sorted(found, key=lambda entry: entry.grade)

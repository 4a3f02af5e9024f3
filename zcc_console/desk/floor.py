"""The floor: desks and what they hold, and the supervisor's figures; pure functions of what is known and a moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from zcc_console.core.clock import local, parse_time_or_none
from zcc_console.core.config import QueueNorms
from zcc_console.core.jsontypes import JsonObject, as_int, as_object, as_text
from zcc_console.core.urgency import Urgency
from zcc_console.desk import words
from zcc_console.desk.attention import attention
from zcc_console.desk.picture import Picture
from zcc_console.desk.queue import urgency_of
from zcc_console.desk.rows import DeskRow, FloorFigures, HandoffView, HeldCall, NoticeRow, UnitRow
from zcc_console.desk.tally import QUARTER_S, UNJUDGED, Quarter, Tally
from zcc_console.text import clean

EVENING_STARTS = 17
"""Local hour from which an evening's figures count: ANW begins at 17:00."""
LOOKING_BACK = timedelta(hours=8)
"""The furthest that the figures look back, in whole quarters."""
MIX = (*(urgency.name for urgency in Urgency), UNJUDGED)


# -- desks -----------------------------------------------------------------------------------------------------------


def desk_rows(picture: Picture, tally: Tally, handoffs: Sequence[HandoffView], now: datetime) -> list[DeskRow]:
    """The floor, desk by desk; desks of the supervisor that hold nothing come last."""
    going = {view.call_id for view in handoffs if view.standing.is_open and not view.key_test}
    rows = []
    for desk_id, raw in picture.of("desk").items():
        held = [_held(call_id, call, going, now) for call_id, call in picture.held_by(desk_id)]
        rows.append(_desk_row(desk_id, raw, held, tally.since(desk_id), now, own=desk_id == picture.desk_id))
    return sorted(rows, key=lambda row: (row.state == "regie", row.id))


def _desk_row(
    desk_id: str, raw: JsonObject, held: list[HeldCall], seen: datetime | None, now: datetime, *, own: bool
) -> DeskRow:
    held.sort(key=lambda call: (call.for_s is None, call.for_s or 0.0, call.call_id))
    last = held[0] if held else None
    state = _doing(raw, last)
    if last is not None and state != "weg":
        for_s = last.for_s
    else:
        for_s = max(0.0, (now - seen).total_seconds()) if seen is not None else None
    return DeskRow(
        id=clean(desk_id, 8),
        user=clean(as_text(raw.get("user_name")) or as_text(raw.get("user")), 30),
        role=clean(as_text(raw.get("role")), 20),
        state=state,
        call_id=last.call_id if last is not None else None,
        number=last.number if last is not None else "",
        who=last.who if last is not None else "",
        reason=last.reason if last is not None else "",
        for_s=for_s,
        own=own,
        alert=clean(as_text(raw.get("alert")), 30),
        undelivered=as_int(raw.get("undelivered")) or 0,
        holds=tuple(call.call_id for call in held),
        since=parse_time_or_none(raw.get("since")),
        stale=last is not None and last.stale,
        calls=tuple(held),
    )


def _held(call_id: str, call: JsonObject, going: set[str], now: datetime) -> HeldCall:
    claim = as_object(call.get("claim"))
    since = parse_time_or_none(claim.get("since"))
    if call_id in going:
        state = "naar RAV"
    elif call.get("state") == "handed-off" or as_object(call.get("disposition")):
        state = "nazorg"
    else:
        state = "plaatsing" if as_text(call.get("source")) == "professional" else "in triage"
    urgency, label, triaged = urgency_of(call)
    return HeldCall(
        call_id=call_id,
        number=clean(as_text(call.get("number")), 8) or "–",
        urgency=label if triaged or urgency is None else f"{label}?",
        who=words.who(as_object(call.get("patient")), now),
        reason=clean(as_text(call.get("reason"))),
        state=state,
        for_s=max(0.0, (now - since).total_seconds()) if since is not None else None,
        stale=claim.get("stale") is True,
    )


def _doing(desk: JsonObject, last: HeldCall | None) -> str:
    if as_text(desk.get("state")) == "away":
        return "weg"
    if last is not None:
        return last.state
    if as_text(desk.get("state")) == "pause":
        return "pauze"
    return "regie" if as_text(desk.get("role")) == "supervisor" else "vrij"


# -- messages --------------------------------------------------------------------------------------------------------


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


# -- figures ---------------------------------------------------------------------------------------------------------


def evening_start(now: datetime) -> datetime:
    """When the figures on the screen begin: the last 17:00 local, but at most eight hours ago; a whole quarter, so that
    its column is not drawn too low."""
    here = local(now)
    start = here.replace(hour=EVENING_STARTS, minute=0, second=0, microsecond=0)
    if start > here:
        start -= timedelta(days=1)
    return max(start.astimezone(UTC), _moment(_quarter(now - LOOKING_BACK)))


def figures(
    tally: Tally,
    units: Sequence[UnitRow],
    desks: Sequence[DeskRow],
    handoffs: Sequence[HandoffView],
    notices: Sequence[NoticeRow],
    norms: QueueNorms,
    now: datetime,
    *,
    watched: bool = True,
) -> FloorFigures:
    """The supervisor's figures, over the evening so far. What is not known is None, never a number.

    Args:
        watched: whether somebody looks at what asks for attention; else it is left out.
    """
    since, moment = evening_start(now), now.timestamp()
    quarters = range(_quarter(since), _quarter(now) + 1)
    evening = [tally.quarter(number) for number in quarters]
    mix: Counter[str] = Counter()
    sources: Counter[str] = Counter()
    for quarter in evening:
        mix.update(quarter.mix)
        sources.update(quarter.sources)
    talks = sum(quarter.talks for quarter in evening)
    waits = [quarter.waits(moment) for quarter in evening]
    waiting = [fact for fact in tally.open.values() if fact.state == "waiting"]
    received = [fact.received for fact in waiting if fact.received is not None]
    open_ones = [view for view in handoffs if view.standing.is_open and not view.key_test]
    tonight = [v for v in handoffs if not v.key_test and v.pressed_at is not None and v.pressed_at >= since]
    floor = [desk for desk in desks if desk.state not in ("weg", "regie")]
    total = sum(sources.values())
    return FloorFigures(
        waiting=len(waiting),
        longest_s=max(0.0, moment - min(received)) if received else 0.0,
        urgent_within=_share(evening, moment, norms.urgent_s, urgent=True),
        soon_within=_share(evening, moment, norms.soon_s, urgent=False),
        others_within=_share(evening, moment, norms.others_s, urgent=False),
        talking=sum(1 for desk in floor if desk.call_id is not None and not desk.stale),
        desks=len(floor),
        free=sum(1 for desk in floor if desk.state == "vrij"),
        mean_talk_s=sum(quarter.talk_s for quarter in evening) / talks if talks else None,
        open_handoffs=len(open_ones),
        longest_open_s=max(
            (max(0.0, (now - view.pressed_at).total_seconds()) for view in open_ones if view.pressed_at), default=None
        ),
        arrivals=tuple((_moment(number), quarter.count) for number, quarter in zip(quarters, evening, strict=True)),
        wait_p90=tuple((_moment(number), _p90(found) or 0.0) for number, found in zip(quarters, waits, strict=True)),
        wait_p90_now_s=_p90(sorted(wait for found in waits[-2:] for wait in found)),
        per_hour=tally.received_since(moment - 3600),
        mix=tuple((label, mix[label]) for label in MIX if label != UNJUDGED or mix[label]),
        sources=tuple((name, count / total) for name, count in sources.most_common() if count),
        since=since,
        handoffs_today=len(tonight),
        median_accept_s=_median([view.taken_s for view in tonight if view.taken_s is not None]),
        attention=tuple(
            attention(
                tally.open.values(),
                units,
                desks,
                handoffs,
                notices,
                norms,
                now,
                without_place=sum(quarter.without_place for quarter in evening),
            )
            if watched
            else ()
        ),
    )


def _quarter(moment: datetime) -> int:
    return int(moment.timestamp() // QUARTER_S)


def _moment(quarter: int) -> datetime:
    return datetime.fromtimestamp(quarter * QUARTER_S, UTC)


def _share(evening: Sequence[Quarter], moment: float, norm_s: float, *, urgent: bool) -> float | None:
    counted = [quarter.within(norm_s, moment, urgent=urgent) for quarter in evening]
    known = sum(of for _, of in counted)
    return sum(kept for kept, _ in counted) / known if known else None


def _p90(waits: Sequence[float]) -> float | None:
    """The shortest of these sorted waits that nine in ten did not exceed."""
    return waits[(9 * len(waits) + 9) // 10 - 1] if waits else None


def _median(values: Sequence[float]) -> float | None:
    ordered, middle = sorted(values), len(values) // 2
    if not ordered:
        return None
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2

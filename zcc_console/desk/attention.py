"""What a supervisor should look at, gravest first, in one sentence each; pure functions of what is known and a moment.

A matter is named by what it is about, whatever its text says now. One that is about a call is about that call for
good: a line on which one call can take the place of another carries no call, so that no key acts on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Final

from zcc_console.core.clock import local_hm
from zcc_console.core.config import QueueNorms
from zcc_console.core.freshness import Freshness
from zcc_console.core.handoff import State
from zcc_console.core.jsontypes import as_object, as_text
from zcc_console.core.urgency import Urgency
from zcc_console.desk import words
from zcc_console.desk.queue import norm_mark, urgency_of
from zcc_console.desk.rows import Attention, DeskRow, HandoffView, NoticeRow, UnitRow
from zcc_console.desk.tally import CallFacts
from zcc_console.text import clean

NOW, SOON, STANDS = "!", "^", "·"
_RANK: Final = {NOW: 0, SOON: 1, STANDS: 2}
NAMED: Final = 3
"""So many of those who wait too long have a line of their own; the rest is one line, so that graver things stay in sight."""
ALERTS: Final = {
    "desk-in-use": "is ook elders in gebruik: gekopieerd profiel?",
    "audit": "auditspoor klopt niet: waarschuw de beheerder",
}
_FAILED: Final = {
    "geweigerd": "geweigerd door {rav}",
    "accepteert-alleen-per-telefoon": "ontvangen door {rav}, moet nog gebeld worden",
    "niet-geaccepteerd": "ontvangen, maar niet geaccepteerd door {rav}",
    "spreken-elkaar-tegen": "bericht en telefoon spreken elkaar tegen",
    "herroepen-niet-bevestigd": "herroepen is niet bevestigd door {rav}",
    "herroepen-niet-aangekomen": "herroepen is niet aangekomen bij {rav}",
    "wijziging-niet-aangekomen": "een wijziging is niet aangekomen bij {rav}",
}
"""What went wrong with a handoff, by the clock's reason; anything else is: not reached."""


def attention(
    calls: Iterable[CallFacts],
    units: Sequence[UnitRow],
    desks: Sequence[DeskRow],
    handoffs: Sequence[HandoffView],
    notices: Sequence[NoticeRow],
    norms: QueueNorms,
    now: datetime,
    *,
    without_place: int = 0,
) -> list[Attention]:
    """Everything that asks for a look.

    Args:
        calls: those that are not closed.
        without_place: how many calls of this evening ended without a place.
    """
    found = [
        *_scaled_up(notices),
        *_handoffs(handoffs),
        *_calls(calls, norms, now),
        *_desks(desks),
        *_silent(units),
    ]
    if without_place:
        text = f"{without_place} keer geen plaats gevonden vanavond (signaal voor het ROAZ)"
        found.append(Attention(SOON, text, id="no-place", place="capacity"))
    for notice in notices:
        if notice.kind != "grip":
            at = f"{local_hm(notice.at)} " if notice.at is not None else ""
            found.append(Attention(STANDS, f"bericht {at}{notice.text}", id=f"notice/{notice.id}", notice_id=notice.id))
    return sorted(found, key=lambda entry: _RANK[entry.grade])


def _scaled_up(notices: Sequence[NoticeRow]) -> Iterator[Attention]:
    for notice in notices:
        if notice.kind == "grip":
            since = f" sinds {local_hm(notice.at)}" if notice.at is not None else ""
            yield Attention(NOW, f"OPGESCHAALD{since}: {notice.text}", id=f"notice/{notice.id}", notice_id=notice.id)


def _handoffs(handoffs: Sequence[HandoffView]) -> Iterator[Attention]:
    for view in handoffs:
        standing = view.standing
        if view.key_test or not (view.card_due or (view.required_by_hub and standing.is_open)):
            continue
        why = _FAILED.get(view.reading.why, "{rav} niet bereikt").format(rav=view.rav_name)
        if standing.state is State.REJECTED and not standing.conflict:
            why = _FAILED["geweigerd"].format(rav=view.rav_name)
        phone = f", bel {view.rav_phone}" if view.rav_phone else ""
        text = f"{view.number} {view.who} {view.town}: {why}{phone} (desk {view.desk_id})"
        yield Attention(NOW, _joined(text), view.call_id, id=f"handoff/{view.handoff_id}")


def _calls(calls: Iterable[CallFacts], norms: QueueNorms, now: datetime) -> Iterator[Attention]:
    moment = now.timestamp()
    late: list[tuple[int, float, str, CallFacts]] = []
    grave: list[tuple[int, float, str, CallFacts]] = []
    marks: list[Attention] = []
    for fact in calls:
        if fact.state == "waiting":
            wait = moment - fact.received if fact.received is not None else 0.0
            level = 2 if fact.urgency is None else int(fact.urgency)
            if fact.urgency is not None and fact.urgency <= Urgency.U1:
                grave.append((level, -wait, fact.call_id, fact))
            elif norm_mark(fact.urgency, wait, norms) == "!":
                late.append((level, -wait, fact.call_id, fact))
        elif fact.due is not None and moment - fact.due > norms.others_s:
            text = (
                f"{_name(fact, now)} had om {local_hm(datetime.fromtimestamp(fact.due, now.tzinfo))} gebeld moeten zijn"
            )
            marks.append(Attention(SOON, text, fact.call_id, id=f"call/{fact.call_id}"))
        if fact.stale and fact.holder:
            marks.append(_stale(fact, now))
        if fact.more_urgent:
            text = f"{_name(fact, now)}: een ander schat dit urgenter in dan desk {clean(fact.holder, 8)}"
            marks.append(Attention(NOW, text, fact.call_id, id=f"urgent/{fact.call_id}"))
    grave.sort()
    late.sort()
    for _, wait, _, fact in grave:
        text = f"{_name(fact, now)} wacht {_span(-wait)} bij {_label(fact)}, niemand heeft hem"
        yield Attention(NOW, text, fact.call_id, id=f"call/{fact.call_id}")
    yield from marks
    one_more = len(late) == NAMED + 1
    for _, wait, _, fact in late[: NAMED + one_more]:
        text = f"{_name(fact, now)} wacht {_span(-wait)} bij {_label(fact)}"
        yield Attention(SOON, text, fact.call_id, id=f"call/{fact.call_id}")
    rest = late[NAMED + one_more :]
    if rest:
        wait, fact = min(((wait, fact) for _, wait, _, fact in rest), key=itemgetter(0))
        text = f"nog {len(rest)} wachten langer dan hun norm, het langst {_number(fact)} {_span(-wait)}"
        yield Attention(SOON, text, id="waiting", place="queue")


def _stale(fact: CallFacts, now: datetime) -> Attention:
    """A lapsed claim; since when that desk is silent is told by nobody, so it is not said."""
    desk = clean(fact.holder, 8)
    if fact.state == "handed-off":
        text = f"{_name(fact, now)} na de overdracht: geen teken meer van desk {desk}"
        return Attention(SOON, text, fact.call_id, id=f"stale/{fact.call_id}")
    text = f"{_name(fact, now)} claim verlopen: geen teken meer van desk {desk}"
    return Attention(NOW, text, fact.call_id, id=f"stale/{fact.call_id}")


def _desks(desks: Sequence[DeskRow]) -> Iterator[Attention]:
    for desk in desks:
        if desk.alert:
            text = f"desk {desk.id} {desk.user}: {ALERTS.get(desk.alert, desk.alert)}"
            yield Attention(NOW, text, id=f"alert/{desk.id}")
        if desk.undelivered and desk.state == "weg":
            text = f"desk {desk.id} is weg met {desk.undelivered} nog niet bezorgd"
            yield Attention(SOON, text, id=f"undelivered/{desk.id}")


def _silent(units: Sequence[UnitRow]) -> Iterator[Attention]:
    silent = [unit for unit in units if unit.fresh is not Freshness.FRESH and not unit.neighbour]
    if not silent:
        return
    silent.sort(key=lambda unit: (unit.age_s is not None, -(unit.age_s or 0.0), unit.id))
    names = ", ".join(f"{unit.provider} {_age(unit.age_s)}" for unit in silent[:2])
    what = "plaats" if len(silent) == 1 else "plaatsen"
    more = " …" if len(silent) > 2 else ""
    yield Attention(SOON, f"{len(silent)} {what} zonder verse opgave: {names}{more}", id="silent", place="capacity")


# -- words -----------------------------------------------------------------------------------------------------------


def _number(fact: CallFacts) -> str:
    return clean(as_text(fact.raw.get("number")), 8) or "–"


def _name(fact: CallFacts, now: datetime) -> str:
    """`0352 m 81 Alphen`."""
    who = words.who(as_object(fact.raw.get("patient")), now)
    return _joined(f"{_number(fact)} {who} {words.town(as_object(fact.raw.get('location')))}").strip()


def _label(fact: CallFacts) -> str:
    urgency, label, triaged = urgency_of(fact.raw)
    return label if triaged or urgency is None else f"{label}?"


def _span(seconds: float) -> str:
    """A wait, in steps that a person can use: a line that is new every second costs as much as one that matters."""
    whole = max(0, int(seconds))
    step = 1 if whole < 120 else 10 if whole < 600 else 60
    return words.distance(whole - whole % step)


def _age(seconds: float | None) -> str:
    if seconds is None:
        return "nooit"
    minutes = max(1, int(seconds // 60))
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60}u{minutes % 60:02d}" if minutes < 2880 else f"{minutes // 1440} dagen"


def _joined(text: str) -> str:
    return " ".join(text.split())

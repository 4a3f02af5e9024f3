"""How the demo night begins: in the middle, with the queue of the design's picture, read from the region's
`opening.toml` and filled in with a seed. Pure; it knows no hub."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from zcc_console.core.clock import parse_time
from zcc_console.demo.figures import Figures
from zcc_console.demo.load import Earlier, IncomingCall, days_old, draw_call, draw_name, judged_by
from zcc_console.demo.region import Region
from zcc_console.demo.rhythm import CapacityRhythm, Report
from zcc_console.demo.tables import Table, read_toml


@dataclass(frozen=True, slots=True)
class OpeningCall:
    """A call that is there when the night begins."""

    call: IncomingCall
    desk: str | None
    """Who holds it, or put it back for a second call."""
    claimed_at: datetime | None
    """When they took it."""
    left_s: float | None
    """Seconds until they are done with it; None for as long as it usually takes."""
    final: str
    """The urgency they will end with, or empty for what is drawn."""
    by_voice_s: float | None
    """Handed over by telephone, so many seconds after they took it; it is done."""
    silent_s: float | None
    """How long the desk has no line, from its claim on."""
    callback_at: datetime | None
    """When it is to be called again; the desk has let go of it."""


@dataclass(frozen=True, slots=True)
class OpeningNotice:
    """A message for all desks that was there already."""

    at: datetime
    text: str
    """With `{tot}` where the end stands."""
    until: datetime | None


@dataclass(frozen=True, slots=True)
class OpeningState:
    """Everything that is there when the night begins, the oldest first."""

    at: datetime
    calls: tuple[OpeningCall, ...]
    reports: tuple[Report, ...]
    notices: tuple[OpeningNotice, ...]
    pauses: tuple[tuple[str, float], ...]
    """Desks that have a break, and the seconds that are left of it."""


def night_begins(region: Region) -> datetime:
    """The moment in the simulation's time at which the demo night begins."""
    return _moment(read_toml(region.path / "opening.toml"))


def opening_state(seed: int, region: Region, figures: Figures, at: datetime | None = None) -> OpeningState:
    """The queue, the capacity and the notices with which the night begins.

    Args:
        seed: fills in what the file leaves open: names, addresses, the units that it does not mention.
        region: the region whose `opening.toml` is read.
        figures: names and streets.
        at: another moment than the file's.

    Raises:
        ConfigError: one sentence: what is wrong with which field of the file.
    """
    top = read_toml(region.path / "opening.toml")
    moment = _moment(top)
    at = at or moment
    calls = [
        _call(f"{seed}/opening/{number}", table, at, region, figures)
        for number, table in enumerate(top.tables("call"), 1)
    ]
    notices = []
    for table in top.tables("notice"):
        posted = at - timedelta(minutes=table.number("minutes_ago"))
        until = at + timedelta(minutes=table.number("until_min")) if "until_min" in table else None
        notices.append(OpeningNotice(posted, table.text("text"), until))
        table.done()
    pauses = []
    for table in top.tables("pause"):
        pauses.append((_colleague(table, region), table.number("left_s", 0, 3600)))
        table.done()
    top.done()
    return OpeningState(
        at=at,
        calls=tuple(sorted(calls, key=lambda opening: opening.call.at)),
        reports=CapacityRhythm(seed, region, at).opening(),
        notices=tuple(sorted(notices, key=lambda notice: notice.at)),
        pauses=tuple(pauses),
    )


def _moment(top: Table) -> datetime:
    text = top.text("at")
    try:
        return parse_time(text)
    except ValueError:
        raise top.wrong("at", "is geen tijd met een tijdzone") from None


def _call(key: str, table: Table, at: datetime, region: Region, figures: Figures) -> OpeningCall:
    rng = random.Random(f"opening/{key}")
    arrived = at - timedelta(seconds=table.number("wait_s", 0, 86_400))
    town = region.towns.get(table.text("town"))
    if town is None or town.subregion not in region.subregions:
        raise table.wrong("town", "is geen plaats van de regio")
    seat_id = _colleague(table, region) if "desk" in table else None
    base = draw_call(key, arrived, figures, region)
    source, relation, age = table.text("source"), table.text("relation"), table.whole("age", 0, 120)
    name = table.text("name", draw_name(rng, figures))
    caller = table.text("caller", name if relation == "zelf" else draw_name(rng, figures))
    call = replace(
        base,
        source=source,
        complaint=table.text("complaint"),
        seeks=table.text("seeks", ""),
        reason=table.text("reason"),
        urgency=table.text("urgency"),
        judged_by=judged_by(source, relation, region, town),
        sex=table.text("sex"),
        age=age,
        days_old=days_old(rng, age),
        name=name,
        caller=caller,
        relation=relation,
        with_patient=table.flag("with_patient", True),
        organisation="",
        callback_number=table.text("callback_number", base.callback_number),
        town=town.name,
        address=table.text("address", base.address),
        access=table.text("access", ""),
        lat=round(town.lat + rng.uniform(-0.015, 0.015), 4),
        lon=round(town.lon + rng.uniform(-0.02, 0.02), 4),
        alerts=table.texts("alerts", ()),
        history=tuple(_earlier(earlier, arrived) for earlier in table.tables("history")),
    )
    claimed = at - timedelta(seconds=table.number("talking_s", 0, 86_400)) if seat_id else None
    if claimed is not None and claimed < arrived:
        raise table.wrong("talking_s", "is langer dan wait_s")
    callback = at + timedelta(seconds=table.number("callback_in_s", 1)) if "callback_in_s" in table else None
    if callback is not None and seat_id is None:
        raise table.wrong("callback_in_s", "vraagt om een desk die het beloofde")
    final = table.text("final", "")
    if final not in ("", "U0", "U1", "U2", "U3", "U4", "U5"):
        raise table.wrong("final", "is geen urgentie")
    opening = OpeningCall(
        call=call,
        desk=seat_id,
        claimed_at=claimed,
        left_s=table.number("left_s", 0, 3600) if "left_s" in table else None,
        final=final,
        by_voice_s=table.number("by_voice_s", 0, 3600) if "by_voice_s" in table else None,
        silent_s=table.number("silent_s", 0, 86_400) if "silent_s" in table else None,
        callback_at=callback,
    )
    table.done()
    return opening


def _colleague(table: Table, region: Region) -> str:
    seat_id = table.text("desk")
    if not any(seat.id == seat_id and not seat.open for seat in region.seats):
        raise table.wrong("desk", "is geen desk van een collega")
    return seat_id


def _earlier(table: Table, arrived: datetime) -> Earlier:
    earlier = Earlier(arrived - timedelta(days=table.number("days_ago", 0, 5000)), table.text("text"))
    table.done()
    return earlier

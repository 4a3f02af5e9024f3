"""What the top line says, and what stands open at this desk while nothing else is said. Pure looks at the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zcc_console.desk.words import ROLES
from zcc_console.keys import key
from zcc_console.widgets.daypart import IsHoliday, is_anw
from zcc_console.widgets.status_line import Status

if TYPE_CHECKING:
    from zcc_console.desk.desk import Desk


def status_of(desk: Desk, is_holiday: IsHoliday) -> Status:
    """Who, where, when, and how current the picture is."""
    profile, now = desk.profile, desk.hub_now()
    demo = profile.protocol_set.startswith("demo")
    return Status(
        zcc=profile.zcc,
        desk_id=profile.desk_id,
        user=profile.user_name,
        role=ROLES.get(desk.role, desk.role),
        now=now,
        anw=is_anw(now, is_holiday),
        mark="DEMO" if demo else "EXERCITIE" if profile.exercise else "",
        link=desk.link(),
        undelivered=desk.undelivered(),
    )


def standing_of(desk: Desk) -> str:
    """What deserves a line: a note of the link, a clock that is off, refusals, missing calls, colleagues' voice cards."""
    link = desk.link()
    parts = [link.note] if link.note else []
    if link.clock_off_s:
        which = "voor" if link.clock_off_s > 0 else "achter"
        parts.append(f"klok van deze werkplek loopt {abs(link.clock_off_s):.0f} s {which}")
    refused = len(desk.to_settle())
    if refused:
        parts.append(f"{refused} af te handelen ({key('settle').shown})")
    missing = len(desk.missing_calls())
    if missing:
        parts.append(f"{missing} oproepen ontbreken in de herstelde regio")
    for view in desk.handoffs():
        if not view.own and view.required_by_hub and view.standing.is_open:
            parts.append(f"desk {view.desk_id}: RAV niet bereikt voor {view.number}, bel {view.rav_phone}")
    return " · ".join(parts)

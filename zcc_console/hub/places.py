"""Capacity and reservations (contract.md §2, §3): reports, room, holds, and who said yes.

A reservation is the region's arithmetic; only `confirmed` is an arranged place.
"""

from __future__ import annotations

import math
from datetime import timedelta

from zcc_console.core.clock import parse_time, parse_time_or_none, rfc3339
from zcc_console.core.freshness import VALID_FOR_LIMIT_S, Freshness, age_s, freshness, room, taken
from zcc_console.core.jsontypes import as_int, as_text
from zcc_console.hub.act import Act
from zcc_console.hub.change import Change
from zcc_console.hub.reply import Refused, invalid
from zcc_console.hub.state import Data, State
from zcc_console.models.capacity import CapacityReport
from zcc_console.models.command import Confirm, ReleasePlace, Report, Reserve

ALTERNATIVES = 5


# -- arithmetic ------------------------------------------------------------------------------------------------------


def _taken(change: Change, unit_id: str, observed_at: str | None) -> tuple[int, int]:
    return taken(
        (
            (as_text(r.get("state")), as_int(r.get("count")) or 0, parse_time_or_none(r.get("confirmed_at")))
            for r in change.reservations_of_unit(unit_id)
        ),
        parse_time_or_none(observed_at),
    )


def room_of(change: Change, unit: Data) -> int | None:
    """Places left of a unit; None where its number is unknown or it has a stop."""
    free, valid_for = as_int(unit.get("free")), as_int(unit.get("valid_for_s")) or 0
    status = as_text(unit.get("status"))
    age = age_s(parse_time_or_none(unit.get("observed_at")), parse_time_or_none(unit.get("received_at")), change.now)
    if free is None or status == "stop" or freshness(age, valid_for, status) is Freshness.UNKNOWN:
        return None
    return room(free, *_taken(change, as_text(unit.get("id")), as_text(unit.get("observed_at"))))


def mark_overbooked(change: Change, unit_id: str) -> None:
    """Holds that no longer fit in the unit's number keep standing and are marked, the latest first."""
    unit = change.get("capacity", unit_id)
    if unit is None:
        return
    free = as_int(unit.get("free"))
    _, confirmed = _taken(change, unit_id, as_text(unit.get("observed_at")))
    left = math.inf if free is None else free - confirmed
    too_much = left < 0
    holds = [r for r in change.reservations_of_unit(unit_id) if r.get("state") == "held"]
    for reservation in sorted(holds, key=lambda r: (as_text(r.get("at")), as_text(r.get("id")))):
        left -= as_int(reservation.get("count")) or 0
        too_much = too_much or left < 0
        if reservation.get("overbooked") is not (left < 0):
            change.put("reservation", as_text(reservation.get("id")), {**reservation, "overbooked": left < 0})
    if unit.get("overbooked") is not too_much:
        change.put("capacity", unit_id, {**unit, "overbooked": too_much})


def alternatives(change: Change, unit: Data, count: int) -> list[Data]:
    """Units of the same category with room, nearest first."""
    found: list[tuple[float, str, Data]] = []
    for unit_id in change.ids("capacity"):
        other = change.get("capacity", unit_id) or {}
        if unit_id == unit.get("id") or other.get("category") != unit.get("category"):
            continue
        left = room_of(change, other)
        if left is not None and left >= count:
            km = _distance_km(unit, other)
            found.append(
                (
                    math.inf if km is None else km,
                    unit_id,
                    {
                        "unit": unit_id,
                        "provider": other.get("provider"),
                        "place": other.get("place"),
                        "phone": other.get("phone"),
                        "room": left,
                        "observed_at": other.get("observed_at"),
                        "distance_km": None if km is None else round(km, 1),
                    },
                )
            )
    return [entry for _, _, entry in sorted(found, key=lambda item: item[:2])[:ALTERNATIVES]]


def _distance_km(one: Data, other: Data) -> float | None:
    """Over the ground as the crow flies; enough to sort by."""
    values = [unit.get(name) for unit in (one, other) for name in ("lat", "lon")]
    lat1, lon1, lat2, lon2 = (float(v) if isinstance(v, int | float) else math.nan for v in values)
    east = (lon2 - lon1) * math.cos(math.radians((lat1 + lat2) / 2))
    km = 111.2 * math.hypot(lat2 - lat1, east)
    return None if math.isnan(km) else km


# -- reports -----------------------------------------------------------------------------------------------------------


def take_report(change: Change, unit_id: str, report: CapacityReport, who: str) -> bool:
    """Put a provider's report in the log; False where something newer is known and it is ignored."""
    known = change.get("capacity", unit_id)
    if known is not None and as_text(known.get("observed_at")) > report.observed_at:
        return False
    data: Data = {
        **report.model_dump(),
        "id": unit_id,
        "received_at": change.at,
        "overbooked": (known or {}).get("overbooked") is True,
    }
    change.put("capacity", unit_id, data, who=who)
    mark_overbooked(change, unit_id)
    return True


def report(act: Act) -> None:
    """`capacity.report`: what somebody of the provider said by telephone; something newer stands."""
    data = act.of(Report)
    unit = act.need("capacity", data.unit)
    limit = VALID_FOR_LIMIT_S.get(as_text(unit.get("category")), 900)
    valid_for = (
        data.valid_for_s if data.valid_for_s is not None else min(limit, as_int(unit.get("valid_for_s")) or limit)
    )
    if valid_for > limit:
        raise invalid([("data.valid_for_s", f"hoogstens {limit}")])
    fresh = unit
    if as_text(unit.get("observed_at")) <= act.at:
        fresh = {
            **unit,
            "free": data.free,
            "status": data.status,
            "valid_for_s": valid_for,
            "reason": data.reason,
            "expected_end": data.expected_end,
            "label": None,
            "source": "manual",
            "observed_at": act.at,
            "received_at": act.change.at,
        }
    act.change.put("capacity", data.unit, fresh, who=act.desk_id)
    mark_overbooked(act.change, data.unit)


# -- reservations ------------------------------------------------------------------------------------------------------


def reserve(act: Act) -> None:
    """`capacity.reserve`: of two desks on the last place exactly one gets it."""
    data, change = act.of(Reserve), act.change
    unit = act.need("capacity", data.unit)
    call = act.need("call", data.call_id)
    if call.get("state") == "closed":
        raise act.wrong_state(
            "call", data.call_id, "Deze melding is gesloten. Er is niets gereserveerd; heropen haar eerst."
        )
    left = room_of(change, unit)
    if data.agreed_with is None and (left is None or left < data.count):
        raise Refused(
            "full",
            "Hier is geen plaats, of niet zeker genoeg. Er is niets gereserveerd; kies een ander, of bel en leg vast wie "
            "ja zei.",
            {"current": act.current("capacity", data.unit), "alternatives": alternatives(change, unit, data.count)},
        )
    latest = change.now + timedelta(seconds=act.config.reservation_limit_s)
    until = parse_time(data.until) if data.until else change.now + timedelta(seconds=act.config.reservation_default_s)
    if until <= change.now and data.agreed_with is None:
        raise Refused(
            "expired",
            "De tijd van deze reservering was al om toen zij aankwam. Er is niets gereserveerd; reserveer opnieuw als de "
            "plaats nog nodig is.",
            {"current": act.current("capacity", data.unit)},
        )
    agreed = data.agreed_with is not None
    change.put(
        "reservation",
        act.command.command_id,
        {
            "id": act.command.command_id,
            "unit_id": data.unit,
            "count": data.count,
            "call_id": data.call_id,
            "until": rfc3339(min(until, latest)),
            "state": "confirmed" if agreed else "held",
            "agreed_with": data.agreed_with,
            "desk_id": act.desk_id,
            "user": act.user,
            "at": change.at,
            "confirmed_at": change.at if agreed else None,
            "reason": None,
            "overbooked": False,
        },
        who=act.desk_id,
    )
    mark_overbooked(change, data.unit)


def _reservation(act: Act, reservation_id: str) -> Data:
    return act.need("reservation", reservation_id)


def confirm(act: Act) -> None:
    """`capacity.confirm`: a named person of the provider said yes."""
    data = act.of(Confirm)
    reservation = _reservation(act, data.reservation)
    state = reservation.get("state")
    if state not in ("held", "expired"):
        raise act.wrong_state(
            "reservation",
            data.reservation,
            "Deze reservering staat niet meer open. Er is niets gewijzigd; bekijk haar.",
        )
    if state == "expired" or as_text(reservation.get("until")) <= act.change.at:
        raise Refused(
            "expired",
            "Deze reservering is verlopen. De plaats is niet geregeld; reserveer opnieuw en noem wie ja zei.",
            {"current": act.current("reservation", data.reservation)},
        )
    act.change.put(
        "reservation",
        data.reservation,
        {**reservation, "state": "confirmed", "agreed_with": data.agreed_with, "confirmed_at": act.change.at},
        who=act.desk_id,
    )
    mark_overbooked(act.change, as_text(reservation.get("unit_id")))


def release_place(act: Act) -> None:
    """`capacity.release`: by anyone, with a reason."""
    data = act.of(ReleasePlace)
    reservation = _reservation(act, data.reservation)
    if reservation.get("state") not in ("held", "confirmed"):
        raise act.wrong_state(
            "reservation", data.reservation, "Deze reservering is al vrijgegeven of verlopen. Er is niets gewijzigd."
        )
    _end(act.change, reservation, "released", data.reason, act.desk_id)


def _end(change: Change, reservation: Data, state: str, reason: str, who: str | None) -> None:
    ended = {**reservation, "state": state, "reason": reason, "overbooked": False}
    change.put("reservation", as_text(reservation.get("id")), ended, who=who)
    mark_overbooked(change, as_text(reservation.get("unit_id")))


def release_held(change: Change, call_id: str, reason: str) -> None:
    """A call's `held` reservations end with it."""
    for reservation in change.reservations_of_call(call_id):
        if reservation.get("state") == "held":
            _end(change, reservation, "released", reason, None)


def expired(state: State, now: str) -> list[str]:
    """The `held` reservations whose time is over."""
    return [
        entry.id
        for entry in state.entries["reservation"].values()
        if entry.data.get("state") == "held" and as_text(entry.data.get("until"), "9") <= now
    ]


def expire(change: Change, reservation_ids: list[str]) -> None:
    """At `until` a `held` reservation expires in the log."""
    for reservation_id in reservation_ids:
        reservation = change.get("reservation", reservation_id)
        if reservation is not None and reservation.get("state") == "held":
            _end(change, reservation, "expired", "tijd om", None)

"""What the demo puts on the line: a drawn call, a report, as the contract's bodies. Pure; it sends nothing."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from zcc_console.core.clock import local, rfc3339
from zcc_console.core.jsontypes import Json
from zcc_console.demo.load import IncomingCall
from zcc_console.demo.region import Region
from zcc_console.demo.rhythm import Report

MANY_CONSULTATIONS = 5
"""So many free consultations in the coming hour make a HAP `vrij`; our own choice."""


@dataclass(frozen=True, slots=True)
class NightClock:
    """Maps the simulation's time to the wall's: the same before the night began, `speed` times as fast after it."""

    sim_start: datetime
    wall_start: datetime
    speed: float = 1.0

    def sim(self, wall: datetime) -> datetime:
        """The simulation's time at a moment of the wall clock."""
        passed = wall - self.wall_start
        return self.sim_start + passed * (self.speed if passed > timedelta(0) else 1.0)

    def wall(self, sim: datetime) -> datetime:
        """When something of the simulation happens, or happened, on the wall clock."""
        passed = sim - self.sim_start
        return self.wall_start + (passed / self.speed if passed > timedelta(0) else passed)


def call_id(key: str, received: datetime) -> str:
    """A UUIDv7 that is the same for the same key and moment."""
    rng = random.Random(f"call-id/{key}")
    millis = int(received.timestamp() * 1000) & ((1 << 48) - 1)
    value = millis << 80 | 0x7 << 76 | rng.getrandbits(12) << 64 | 0b10 << 62 | rng.getrandbits(62)
    return str(uuid.UUID(int=value))


def call_body(call: IncomingCall, clock: NightClock) -> dict[str, Json]:
    """The body of `POST /v1/calls`."""
    received = clock.wall(call.at)
    street, _, number = call.address.rpartition(" ")
    born = local(received).date() - timedelta(days=call.days_old)
    return {
        "call_id": call_id(call.key, received),
        "source": call.source,
        "received_at": rfc3339(received),
        "caller": {
            "name": call.caller,
            "relation": call.relation,
            "with_patient": call.with_patient,
            "organisation": call.organisation or None,
        },
        "callback_number": call.callback_number,
        "patient": {"name": call.name, "age_years": call.age, "birth_date": born.isoformat(), "sex": call.sex},
        "location": {
            "street": street,
            "house_number": number,
            "town": call.town,
            "access": call.access or None,
            "lat": call.lat,
            "lon": call.lon,
        },
        "reason": call.reason,
        "pre_urgency": {"urgency": call.urgency, "by": call.judged_by, "at": rfc3339(received)},
        "alerts": list(call.alerts),
        "history": [
            {"at": rfc3339(earlier.at + (received - call.at)), "text": earlier.text} for earlier in call.history
        ],
    }


def report_body(report: Report, region: Region, clock: NightClock) -> dict[str, Json]:
    """The body of `PUT /v1/capacity/{id}`."""
    unit = report.unit
    town = region.towns[unit.place]
    uncounted = unit.category == "farmacie"
    return {
        "id": unit.id,
        "category": unit.category,
        "provider": unit.provider,
        "place": unit.place,
        "subregion": region.subregions.get(unit.subregion),
        "region": region.neighbours.get(unit.region, region.name),
        "neighbour": unit.region != region.id,
        "phone": unit.phone,
        "unit_word": unit.unit,
        "free": None if uncounted else report.free,
        "total": None if uncounted else unit.total,
        "status": report.status,
        "reason": report.reason or None,
        "expected_end": None if report.until is None else rfc3339(clock.wall(report.until)),
        "source": unit.rhythm.source,
        "observed_at": rfc3339(clock.wall(report.observed_at)),
        "valid_for_s": int(unit.valid_for_s),
        "lat": town.lat,
        "lon": town.lon,
        "label": _label(report),
    }


def _label(report: Report) -> str | None:
    """What stands in the place of a number: how busy a HAP is."""
    if report.unit.category != "huisartsenpost":
        return None
    if report.status == "pressure":
        return "druk"
    return "vrij" if report.free >= MANY_CONSULTATIONS else None

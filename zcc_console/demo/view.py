"""The region's log as the simulated desks see it: items by type, and the questions a colleague asks of them. It knows no
network; whoever follows the log feeds it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from zcc_console.core.clock import parse_time_or_none
from zcc_console.core.freshness import Freshness, age_s, freshness, room, taken
from zcc_console.core.jsontypes import Json, JsonObject, as_int, as_object, as_text
from zcc_console.demo.region import Town, distance_km

LEAST_URGENT = 9
_RANK = {"U0": 0, "U1": 1, "U2": 2, "U3": 3, "U4": 4, "U5": 5, "A0": 0, "A1": 1, "A2": 2, "B": 3, "C1": 4, "C2": 5}


class RegionView:
    """Everything in the log, and what follows from it."""

    def __init__(self) -> None:
        self._items: dict[str, dict[str, dict[str, Json]]] = {}

    def replace(self, items: Iterable[JsonObject]) -> None:
        """The whole state anew, from a snapshot."""
        self._items = {}
        self.apply(items)

    def apply(self, items: Iterable[JsonObject]) -> None:
        """What a transaction wrote."""
        for item in items:
            of_type = self._items.setdefault(as_text(item.get("type")), {})
            data = item.get("data")
            if item.get("op") == "delete" or not isinstance(data, dict):
                of_type.pop(as_text(item.get("id")), None)
            else:
                of_type[as_text(item.get("id"))] = data

    def of(self, kind: str) -> dict[str, dict[str, Json]]:
        """The items of a type, by id."""
        return self._items.get(kind, {})

    def call(self, call_id: str) -> dict[str, Json]:
        """A call; empty where there is none."""
        return self.of("call").get(call_id, {})

    def state(self, call_id: str) -> str:
        """A call's state, or empty."""
        return as_text(self.call(call_id).get("state"))

    def holder(self, call_id: str) -> str:
        """The desk that holds a call, or empty."""
        return as_text(as_object(self.call(call_id).get("claim")).get("desk_id"))

    def held_by(self, desk_id: str) -> list[str]:
        """The calls a desk holds, the oldest first."""
        held = [call_id for call_id in self.of("call") if self.holder(call_id) == desk_id]
        return sorted(held, key=lambda call_id: as_text(self.call(call_id).get("received_at")))

    def next_calls(self, now: datetime) -> list[str]:
        """The calls anybody may take, as the queue sorts them: most urgent first, then who waits longest.

        Args:
            now: wall time, for calls that are to be called back.
        """
        found = []
        for call_id, call in self.of("call").items():
            state = as_text(call.get("state"))
            if state == "callback":
                due = parse_time_or_none(as_object(call.get("callback")).get("at"))
                if due is None or due > now:
                    continue
            elif state != "waiting":
                continue
            found.append((urgency_rank(call), as_text(call.get("received_at")), call_id))
        return [call_id for *_, call_id in sorted(found)]

    def room(self, unit_id: str, now: datetime) -> int | None:
        """What can still be reserved at a unit, or None where that is unknown or the unit takes nobody."""
        unit = self.of("capacity").get(unit_id)
        if unit is None or unit.get("status") not in ("open", "pressure"):
            return None
        observed = parse_time_or_none(unit.get("observed_at"))
        age = age_s(observed, parse_time_or_none(unit.get("received_at")), now)
        free, valid = as_int(unit.get("free")), as_int(unit.get("valid_for_s"))
        if free is None or valid is None or freshness(age, valid) is Freshness.UNKNOWN:
            return None
        held, confirmed = taken(
            (
                (
                    as_text(entry.get("state")),
                    as_int(entry.get("count")) or 1,
                    parse_time_or_none(entry.get("confirmed_at")),
                )
                for entry in self.of("reservation").values()
                if entry.get("unit_id") == unit_id
            ),
            observed,
        )
        return room(free, held, confirmed)

    def places(self, category: str, near: Town | None, now: datetime) -> list[str]:
        """Units of a category with room, own region first, then the nearest."""
        found = []
        for unit_id, unit in self.of("capacity").items():
            if unit.get("category") == category and (self.room(unit_id, now) or 0) > 0:
                found.append((unit.get("neighbour") is True, _distance(near, unit), unit_id))
        return [unit_id for *_, unit_id in sorted(found)]

    def unit_name(self, unit_id: str) -> str:
        """How people speak of a unit."""
        unit = self.of("capacity").get(unit_id, {})
        return f"{as_text(unit.get('provider'))} {as_text(unit.get('place'))}".strip()

    def handoff_of(self, call_id: str) -> dict[str, Json]:
        """The handoff of a call; empty where there is none."""
        return next((entry for entry in self.of("handoff").values() if entry.get("call_id") == call_id), {})


def urgency_rank(call: JsonObject) -> int:
    """Where a call stands by urgency: what a triagist decided goes before what came with it."""
    for entry, field in (("raised", "urgency"), ("triage", "final"), ("pre_urgency", "urgency")):
        rank = _RANK.get(as_text(as_object(call.get(entry)).get(field)))
        if rank is not None:
            return rank
    return LEAST_URGENT


def _distance(near: Town | None, unit: JsonObject) -> float:
    lat, lon = unit.get("lat"), unit.get("lon")
    if near is None or not isinstance(lat, int | float) or not isinstance(lon, int | float):
        return 0.0
    return distance_km(near, Town("", "", float(lat), float(lon), 0))

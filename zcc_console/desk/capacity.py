"""Capacity as the desk shows it: room, age and what is not known; pure functions of a `Picture` and a moment."""

from __future__ import annotations

import math
from datetime import datetime

from zcc_console.core.clock import parse_time_or_none
from zcc_console.core.freshness import CATEGORIES, Freshness, age_s, freshness, room, taken
from zcc_console.core.jsontypes import JsonObject, as_int, as_list, as_object, as_text
from zcc_console.desk import words
from zcc_console.desk.picture import Picture
from zcc_console.desk.rows import UnitRow
from zcc_console.text import clean

FEW_BIRTH_BEDS = 1
"""Obstetric beds: 2 or more green, 1 orange, 0 red (Acute Zorgregio Oost)."""


def unit_row(picture: Picture, unit: JsonObject, now: datetime, near: JsonObject | None = None) -> UnitRow:
    """One line of capacity; what is unknown carries no number at all.

    Args:
        near: a location; gives the line its distance.
    """
    unit_id, category = as_text(unit.get("id")), as_text(unit.get("category"))
    observed = parse_time_or_none(unit.get("observed_at"))
    age = age_s(observed, parse_time_or_none(unit.get("received_at")), now)
    valid = unit.get("valid_for_s")
    status = as_text(unit.get("status"), "unknown")
    fresh = freshness(age, float(valid) if isinstance(valid, int | float) else 0.0, status)
    known = fresh is not Freshness.UNKNOWN
    free, total = as_int(unit.get("free")), as_int(unit.get("total"))
    held, confirmed = taken(
        (
            (as_text(raw.get("state")), as_int(raw.get("count")) or 1, parse_time_or_none(raw.get("confirmed_at")))
            for raw in picture.reserved_at(unit_id)
        ),
        observed,
    )
    left = room(free, held, confirmed) if known and free is not None else None
    label = clean(as_text(unit.get("label")), 6)
    neighbour = unit.get("neighbour") is True
    return UnitRow(
        id=unit_id,
        category=category,
        kind=words.CATEGORIES.get(category, clean(category, 9)),
        provider=clean(as_text(unit.get("provider")), 40),
        place=clean(as_text(unit.get("place")), 40),
        subregion=clean(as_text(unit.get("subregion")), 40),
        region=clean(as_text(unit.get("region")), 40),
        neighbour=neighbour,
        phone=clean(as_text(unit.get("phone")), 30),
        room=left,
        total=total if known else None,
        amount=_amount(category, left, total, label, status) if known else "",
        status=status if known else "unknown",
        word=_word(category, left, status) if known else "?",
        reason=clean(as_text(unit.get("reason")), 80),
        expected_end=parse_time_or_none(unit.get("expected_end")),
        age_s=age,
        fresh=fresh,
        mark={Freshness.FRESH: "", Freshness.AGEING: "~", Freshness.UNKNOWN: "?"}[fresh],
        manual=as_text(unit.get("source")) == "manual",
        overbooked=unit.get("overbooked") is True,
        distance_km=distance_km(near, unit) if near else None,
        needs=tuple(clean(as_text(entry), 40) for entry in as_list(unit.get("needs"))),
    )


def _amount(category: str, left: int | None, total: int | None, label: str, status: str) -> str:
    if label:
        return label
    if left is None or status == "stop":
        return ""
    return f"{left}/{total}" if category == "rav" and total is not None else str(left)


def _word(category: str, left: int | None, status: str) -> str:
    if status == "stop":
        return "dicht" if category == "huisartsen" else "STOP"
    if left == 0:
        return "vol"
    if status == "pressure":
        return "dreigt"
    if category == "geboortezorg" and left is not None and left <= FEW_BIRTH_BEDS:
        return "krap"
    return "open" if status == "open" else "?"


def distance_km(location: JsonObject, unit: JsonObject) -> float | None:
    """Great-circle distance in kilometres; None where either place is unknown."""
    numbers = [location.get("lat"), location.get("lon"), unit.get("lat"), unit.get("lon")]
    values = [math.radians(float(value)) for value in numbers if isinstance(value, int | float)]
    if len(values) != 4:
        return None
    lat1, lon1, lat2, lon2 = values
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 6371.0 * 2 * math.asin(min(1.0, math.sqrt(half)))


def order(row: UnitRow) -> tuple[bool, int, str, str]:
    """Own region first, then the contract's order of categories, then the provider."""
    index = CATEGORIES.index(row.category) if row.category in CATEGORIES else len(CATEGORIES)
    return (row.neighbour, index, row.provider, row.id)


def fit_order(row: UnitRow) -> tuple[bool, bool, bool, float, float]:
    """Places for one call: with room first, own region, fresh before ageing, nearest, youngest knowledge."""
    return (
        not row.has_room,
        row.neighbour,
        row.fresh is not Freshness.FRESH,
        row.distance_km if row.distance_km is not None else 1e6,
        row.age_s if row.age_s is not None else 1e9,
    )


def places_for(picture: Picture, category: str, call: JsonObject | None, now: datetime) -> list[UnitRow]:
    """The units of a category, best first for this call."""
    near = as_object(as_object(call).get("location")) if call else None
    rows = [
        unit_row(picture, unit, now, near)
        for unit in picture.of("capacity").values()
        if unit.get("category") == category
    ]
    return sorted(rows, key=fit_order)

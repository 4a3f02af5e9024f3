"""How old a report of capacity may be before it stops being a number, and how much room a unit has (contract.md §2)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

CATEGORIES: tuple[str, ...] = (
    "rav",
    "huisartsenpost",
    "huisartsen",
    "seh",
    "wijkverpleging",
    "farmacie",
    "ggz",
    "elv",
    "grz",
    "crisis-vv",
    "crisis-gz",
    "geboortezorg",
)
"""The twelve categories of the contract, in its order, as keys on the wire."""

VALID_FOR_LIMIT_S: dict[str, int] = {
    "rav": 300,
    "huisartsenpost": 900,
    "huisartsen": 86_400,
    "seh": 900,
    "wijkverpleging": 14_400,
    "farmacie": 43_200,
    "ggz": 14_400,
    "elv": 14_400,
    "grz": 43_200,
    "crisis-vv": 14_400,
    "crisis-gz": 14_400,
    "geboortezorg": 3_600,
}
"""Longest `valid_for_s` a report may claim, per category. Our own choice, for a region to change."""

UNKNOWN_AFTER = 3.0
"""A unit is unknown after three times its `valid_for_s` (contract.md §2)."""

AHEAD_LIMIT_S = 60.0
"""An `observed_at` further ahead of the hub's clock than this is refused (contract.md §2)."""


class Freshness(StrEnum):
    """What a report's age makes of it."""

    FRESH = "fresh"
    AGEING = "ageing"
    UNKNOWN = "unknown"


def age_s(observed_at: datetime | None, received_at: datetime | None, hub_now: datetime) -> float | None:
    """Seconds of hub time since the earlier of the two moments; None where neither is known; never negative."""
    moments = [moment for moment in (observed_at, received_at) if moment is not None]
    if not moments:
        return None
    return max(0.0, (hub_now - min(moments)).total_seconds())


def freshness(age: float | None, valid_for_s: float, status: str = "open") -> Freshness:
    """Fresh until `valid_for_s`, ageing until three times that, then unknown; status `unknown` is unknown at once."""
    if age is None or status == "unknown" or age > UNKNOWN_AFTER * valid_for_s:
        return Freshness.UNKNOWN
    return Freshness.FRESH if age <= valid_for_s else Freshness.AGEING


def room(free: int, held: int, confirmed_after_report: int) -> int:
    """free − held − confirmed after observed_at, never below 0 (contract.md §2)."""
    return max(0, free - held - confirmed_after_report)


def taken(reservations: Iterable[tuple[str, int, datetime | None]], observed_at: datetime | None) -> tuple[int, int]:
    """Sum what reservations take of one unit: (held, confirmed after observed_at).

    Args:
        reservations: (state, count, confirmed_at) of each reservation of the unit.
        observed_at: when the unit's number was seen; a confirmation before it is already in the number.
    """
    held = confirmed = 0
    for state, count, confirmed_at in reservations:
        if state == "held":
            held += count
        elif state == "confirmed" and (observed_at is None or confirmed_at is None or confirmed_at > observed_at):
            confirmed += count
    return held, confirmed

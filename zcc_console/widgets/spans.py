"""Durations as they stand on the screen: short, and no more often new than a person can use. Pure.

A cell that changes every second costs a thin client's line as much as a row that matters, so longer spans go in steps.
"""

from __future__ import annotations

MINUTE, HOUR, DAY = 60, 3600, 86_400


def stepped(seconds: float, exact_s: float = 2 * MINUTE) -> int:
    """Whole seconds, rounded down: to 1 s for as long as `exact_s`, 10 s under ten minutes, a minute beyond."""
    whole = max(0, int(seconds))
    if whole < exact_s:
        return whole
    return whole - whole % (10 if whole < 10 * MINUTE else MINUTE)


def span(seconds: float) -> str:
    """`0:18`, `6:12`, `59:00`, `2u05`, `3 d`: at most five cells."""
    whole = max(0, int(seconds))
    if whole < HOUR:
        return f"{whole // MINUTE}:{whole % MINUTE:02d}"
    if whole < DAY:
        return f"{whole // HOUR}u{whole % HOUR // MINUTE:02d}"
    return f"{min(whole // DAY, 999)} d"


def calm_span(seconds: float, exact_s: float = 2 * MINUTE) -> str:
    """`span` of the stepped seconds."""
    return span(stepped(seconds, exact_s))


def tenths(seconds: float) -> str:
    """`0,4 s` under ten seconds, `21 s` under two minutes, then as `span`."""
    if seconds < 10:
        return f"{max(0.0, seconds):.1f}".replace(".", ",") + " s"
    return f"{int(seconds)} s" if seconds < 2 * MINUTE else span(seconds)


def share(value: float | None) -> str:
    """`96 %`, or a dash where there is nothing to measure."""
    return "–" if value is None else f"{round(value * 100)} %"

"""What the gateway said of a handoff and what desks say it said (contract.md §4): the gateway's own word is the truth, and
a desk's counts only within its reach. The rules of what events mean are `core.handoff`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from sqlalchemy import Connection, insert, select, update

from zcc_console.core.jsontypes import as_text
from zcc_console.hub import schema
from zcc_console.hub.cases import Case, event_number, it_counts, passed_on_by
from zcc_console.hub.change import Change
from zcc_console.hub.state import Data, dumps

REACH = 2_000_000
"""How far above the gateway's own numbers a desk's event may be: a restored gateway skips a million."""

PASSED_ON = "passed_on_by"
"""A gateway marks with it what was brought back to it."""

_OURS = ("through", "via", "counts", "denied", "differed")
"""Marks of the hub on a kept event; nobody else sets them."""

_HEARD = "heard"


@dataclass
class Taken:
    """What a batch of events makes new."""

    fresh: dict[int, Data] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    heard: int = 0
    """The highest number among them of the gateway itself; 0 where none."""
    corrected: bool = False
    """The gateway spoke against what a desk had brought."""


def unite(case: Case, bodies: Sequence[Data], by: str, heard: int, denied: AbstractSet[int]) -> Taken:
    """What these events add to those of the case, and which of a desk's they confirm, replace or deny."""
    taken = Taken()
    brought: list[tuple[int, Data, str]] = []
    for body in bodies:
        number = event_number(body)
        if number is None:
            continue
        stamped: Data = {**{name: value for name, value in body.items() if name not in _OURS}, "through": by}
        via = by.removeprefix("desk:") if by.startswith("desk:") else as_text(body.get(PASSED_ON))
        if via:
            brought.append((number, stamped, via))
        else:
            _hear(taken, case, number, stamped)
    beyond = max(heard, taken.heard) + REACH
    for number, stamped, via in brought:
        if number in case.events or number in taken.fresh:
            continue
        taken.fresh[number] = {**stamped, "via": via}
        if number > beyond:
            taken.fresh[number]["counts"] = False
            taken.warnings += (f"n: {number} kan nog niet van de meldkamer zijn; bewaard, en telt niet",)
    for number in sorted(denied):
        known = case.events.get(number)
        if known is not None and number not in taken.fresh and passed_on_by(known[1]) and it_counts(known[1]):
            taken.fresh[number] = {**known[1], "counts": False, "denied": True}
            taken.corrected = True
    return taken


def _hear(taken: Taken, case: Case, number: int, stamped: Data) -> None:
    """The gateway's own event: new, or in the place of a desk's."""
    if number in taken.fresh:
        return
    known = case.events.get(number)
    if known is not None:
        via = passed_on_by(known[1])
        if via is None:
            return
        if any(known[1].get(name) != stamped.get(name) for name in ("state", "has", "by", "reason", "exercise")):
            stamped["differed"] = via
            taken.corrected = True
    taken.fresh[number] = stamped
    taken.heard = max(taken.heard, number)


def save_events(change: Change, case: Case, fresh: dict[int, Data], by: str) -> None:
    """Keep them; those that were known get their new marks."""
    table = schema.handoff_event
    rows = []
    for n, body in sorted(fresh.items()):
        if n in case.events:
            here = (table.c.handoff_id == case.handoff_id) & (table.c.n == n)
            change.write(update(table).where(here).values(body=dumps(body), by=as_text(body.get("through"))))
        else:
            rows.append({"handoff_id": case.handoff_id, "n": n, "body": dumps(body), "at": change.at, "by": by})
    if rows:
        change.write(insert(table).values(rows))


def load_heard(connection: Connection) -> dict[str, int]:
    """The highest number that each gateway itself ever told."""
    table = schema.meta
    text = connection.execute(select(table.c.value).where(table.c.key == _HEARD)).scalar_one_or_none()
    return {} if text is None else {str(rav): int(n) for rav, n in json.loads(text).items()}


def keep_heard(change: Change, heard: dict[str, int]) -> None:
    """Note the highest number that each gateway told."""
    table, text = schema.meta, json.dumps(heard)
    if not change.write(update(table).where(table.c.key == _HEARD).values(value=text)):
        change.write(insert(table).values(key=_HEARD, value=text))

"""Where a call stands in the queue: its urgency as far as anybody judged it, and since when it waits. Pure and total.

The cache keeps it beside each call, so that a desk can open on the first lines; the desk sorts by the same function.
"""

from __future__ import annotations

from collections.abc import Mapping

from zcc_console.core.clock import parse_time_or_none
from zcc_console.core.jsontypes import Json, JsonObject, as_list, as_text
from zcc_console.core.urgency import Urgency

IN_QUEUE = ("waiting", "claimed", "callback")
UNJUDGED = 2.5
"""Where a call stands that nobody has judged: before everything that was judged to be U3 or less urgent."""
HANDED_OFF = 9.0
"""Below every urgency: the RAV has the patient, what is left is to close the call."""

_AMBULANCE = {
    "A0": Urgency.U0,
    "A1": Urgency.U1,
    "A2": Urgency.U2,
    "B1": Urgency.U3,
    "B2": Urgency.U3,
    "B": Urgency.U3,
    "C1": Urgency.U4,
    "C2": Urgency.U5,
}
"""Where a national ambulance urgency stands in our queue until somebody triages. Own choice; C1 and C2 as in domain.md."""


def urgency_named(text: object) -> Urgency | None:
    """An urgency from `U3`, or from a national ambulance urgency such as `C1`."""
    return Urgency.parse(text) or (_AMBULANCE.get(text) if isinstance(text, str) else None)


def judged(call: JsonObject) -> tuple[Urgency | None, bool, str]:
    """(urgency for the order, triaged, what was said before it): the final one of a triage, or what was said before;
    raised by the supervisor, or by somebody else's triage while nobody holds the call, only upwards."""
    triage = _part(call, "triage")
    final = urgency_named(triage.get("final"))
    if final is None:
        final = urgency_named(triage.get("proposed"))
    said = as_text(_part(call, "pre_urgency").get("urgency")).upper()
    urgency = final if final is not None else urgency_named(said)
    others = [urgency_named(_part(call, "raised").get("urgency"))]
    if not _part(call, "claim"):
        others += [
            urgency_named(_part(entry, "data").get("final"))
            for entry in as_list(call.get("contributions"))
            if isinstance(entry, Mapping)
        ]
    for other in others:
        if other is not None and (urgency is None or other < urgency):
            urgency = other
    return urgency, final is not None, said


def standing_of(call: JsonObject) -> tuple[float, float] | None:
    """(level, since) by which the queue is sorted, the smaller first; None where a call is in no queue any more.

    A call that was handed off stays in the queue of the desk that did it, below what waits for anybody.
    """
    state = call.get("state")
    if state not in IN_QUEUE and state != "handed-off":
        return None
    urgency = judged(call)[0]
    level = HANDED_OFF if state == "handed-off" else UNJUDGED if urgency is None else float(urgency)
    since = parse_time_or_none(_part(call, "callback").get("at")) if state == "callback" else None
    since = since or parse_time_or_none(call.get("received_at"))
    return level, since.timestamp() if since else 0.0


def _part(value: JsonObject, name: str) -> Mapping[str, Json]:
    found = value.get(name)
    return found if isinstance(found, Mapping) else {}

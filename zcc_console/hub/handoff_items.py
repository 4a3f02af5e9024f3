"""What handoffs mean for their call, seen from the log's items alone (contract.md §4)."""

from __future__ import annotations

from zcc_console.core.jsontypes import as_object
from zcc_console.hub.change import Change
from zcc_console.hub.state import Data

HANDED_OVER = "handed_over"
OPEN = "open"


def has_open_handoff(change: Change, call_id: str) -> bool:
    """Whether a handoff of the call is neither ended nor handed over: then only the supervisor closes the call."""
    return any(data.get(OPEN) is True for data in change.handoffs_of_call(call_id))


def is_handed_over(change: Change, call_id: str) -> bool:
    """Whether any handoff of the call is handed over."""
    return any(data.get(HANDED_OVER) is True for data in change.handoffs_of_call(call_id))


def follow_new_call(change: Change, call_id: str) -> None:
    """A call that came after its handoff stands where that stands."""
    if is_handed_over(change, call_id):
        set_handed_over(change, call_id)


def set_handed_over(change: Change, call_id: str) -> None:
    """The hub alone sets `handed-off`; the claim stays."""
    call = change.get("call", call_id)
    if call is not None and call.get("state") in ("waiting", "claimed", "callback"):
        change.put("call", call_id, {**call, "state": "handed-off"})


def take_back(change: Change, call_id: str, why: str) -> None:
    """Refused, recalled, or told no by telephone: back to its holder, or to waiting at the top."""
    call = change.get("call", call_id)
    if call is None or call.get("state") != "handed-off":
        return
    back: Data = {**call, "state": "claimed" if as_object(call.get("claim")) else "waiting"}
    if back["state"] == "waiting" and not back.get("raised"):
        back["raised"] = {"urgency": "U1", "by": "hub", "reason": why, "at": change.at}
    change.put("call", call_id, back)

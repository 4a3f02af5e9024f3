"""How much of what people say of a call goes to every desk: the last of it; the rest is beside the log, in the record."""

from __future__ import annotations

from zcc_console.core.jsontypes import Json, as_int, as_list, as_object
from zcc_console.hub.change import Change
from zcc_console.hub.state import Data

SHOWN = {"notes": 50, "contributions": 20}


def shortened(change: Change, call_id: str, call: Data) -> Data:
    """The call with its last notes and contributions; older ones go to the record, and the call counts them."""
    short: Data = dict(call)
    earlier: Data | None = None
    for name, limit in SHOWN.items():
        whole = as_list(call.get(name))
        if len(whole) > limit:
            earlier = earlier if earlier is not None else as_object(change.record(call_id).get("earlier"))
            earlier[name] = [*as_list(earlier.get(name)), *whole[:-limit]]
            short[name] = whole[-limit:]
            short[f"{name}_before"] = (as_int(call.get(f"{name}_before")) or 0) + len(whole) - limit
    if earlier is not None:
        change.keep_record(call_id, {**change.record(call_id), "earlier": earlier})
    return short


def with_earlier(call: Data, record: Data) -> Data:
    """The call with all that was ever said of it."""
    earlier = as_object(record.get("earlier"))
    said: dict[str, Json] = {name: [*as_list(earlier.get(name)), *as_list(call.get(name))] for name in SHOWN}
    return {**call, **said, **{f"{name}_before": 0 for name in SHOWN}}

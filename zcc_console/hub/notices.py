"""Messages for all desks (contract.md §2): posted and ended by the supervisor."""

from __future__ import annotations

from datetime import timedelta

from zcc_console.core.clock import rfc3339
from zcc_console.core.jsontypes import as_text
from zcc_console.hub.act import Act
from zcc_console.hub.change import Change
from zcc_console.hub.reply import Refused
from zcc_console.hub.state import Data
from zcc_console.models.command import Post

ENDED_KEPT_S = 86_400.0


def post(act: Act) -> None:
    """`notice.post`."""
    data = act.of(Post)
    if act.change.get("notice", act.target_id) is not None:
        raise Refused(
            "exists",
            "Deze mededeling staat er al; er is niets gewijzigd.",
            {"current": act.current("notice", act.target_id)},
        )
    notice: Data = {
        "id": act.target_id,
        "text": data.text,
        "kind": data.kind,
        "at": act.at,
        "by": act.user,
        "ended_at": None,
    }
    act.change.put("notice", act.target_id, notice, who=act.desk_id)


def end(act: Act) -> None:
    """`notice.end`."""
    notice = act.need("notice", act.target_id)
    act.check_rev("notice", act.target_id)
    if notice.get("ended_at") is not None:
        raise act.wrong_state("notice", act.target_id, "Deze mededeling is al beëindigd. Er is niets gewijzigd.")
    act.change.put("notice", act.target_id, {**notice, "ended_at": act.change.at}, who=act.desk_id)


def leave(change: Change) -> None:
    """Ended notices leave the log after a day."""
    before = rfc3339(change.now - timedelta(seconds=ENDED_KEPT_S))
    for notice_id in change.ids("notice"):
        if as_text((change.get("notice", notice_id) or {}).get("ended_at"), "9") <= before:
            change.delete("notice", notice_id)

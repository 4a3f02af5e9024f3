"""What the frame does for the voice card: makes the one of a press that could not be kept, and records what was said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zcc_console.core.errors import ZccError
from zcc_console.core.jsontypes import JsonObject, as_object, as_text
from zcc_console.desk.voice import unsent_card
from zcc_console.text import clean
from zcc_console.widgets.voice_card import Unsent

if TYPE_CHECKING:
    from zcc_console.desk.desk import Desk


def unsent_of(desk: Desk, call_id: str | None, error: Exception) -> Unsent:
    """The card of a press that is not durable: from what can still be read, and total whatever is broken."""
    call = _call(desk, call_id)
    rav = desk.profile.rav_for(as_text(as_object(call.get("location")).get("town")))
    said = str(error) if isinstance(error, ZccError) else "Het opslaan op deze werkplek is mislukt."
    lines = unsent_card(
        desk.profile, user=desk.user, call_id=call_id or "", call=call, draft=_draft(desk, call_id), now=desk.hub_now()
    )
    return Unsent(call_id, rav.name, rav.phone, rav.next_phone, lines, clean(said, 160), desk.profile.exercise)


def _call(desk: Desk, call_id: str | None) -> JsonObject:
    try:
        view = desk.call(call_id) if call_id is not None else None
    except Exception:
        # Whatever is broken, the card with the telephone number comes up; it then names no patient.
        view = None
    return view.data if view is not None else {"id": call_id}


def _draft(desk: Desk, call_id: str | None) -> JsonObject | None:
    try:
        return desk.draft(call_id) if call_id is not None else None
    except Exception:
        # As above: a journal that cannot be read either still leaves the telephone.
        return None

"""Claims as leases (contract.md §3): claim, release, take over, reassign; and when a lease has lapsed.

Lapsing only marks a claim stale; it is never given away silently.
"""

from __future__ import annotations

from collections.abc import Sequence

from zcc_console.core.jsontypes import as_int, as_object, as_text
from zcc_console.hub.act import Act
from zcc_console.hub.change import Change, holder
from zcc_console.hub.reply import invalid
from zcc_console.hub.state import Committed, Data, Entry, State
from zcc_console.models.command import Reassign

LEASE_S = 30.0
"""contract.md §3."""


class Leases:
    """Until when each claim is live, on the hub's boot clock; in memory, full at the start."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}
        self._claim: dict[str, tuple[object, ...]] = {}

    def load(self, state: State, boot: float) -> None:
        """A full lease for every claim there is."""
        self._until.clear()
        self._claim.clear()
        for entry in state.entries["call"].values():
            self._note(entry.id, entry, boot)

    def adopt(self, transactions: Sequence[Committed], boot: float) -> None:
        """A new claim gets a full lease; a claim that is gone has none."""
        for transaction in transactions:
            for item in transaction.items:
                if item.type == "call":
                    self._note(item.id, item.entry, boot)

    def _note(self, call_id: str, entry: Entry | None, boot: float) -> None:
        claim = as_object(entry.data.get("claim")) if entry is not None else {}
        if entry is None or not claim:
            self._until.pop(call_id, None)
            self._claim.pop(call_id, None)
            return
        name = (claim.get("id"), claim.get("fence"), len(entry.marks.claims))  # claimed again by its holder: anew
        if self._claim.get(call_id) != name:
            self._claim[call_id] = name
            self._until[call_id] = boot + LEASE_S

    def renew(self, call_id: str, boot: float) -> None:
        """The holder lives."""
        if call_id in self._until:
            self._until[call_id] = boot + LEASE_S

    def lapsed(self, state: State, boot: float) -> list[str]:
        """Calls whose holder was not heard in time, and that do not say so yet."""
        found = [call_id for call_id, until in self._until.items() if until <= boot]
        return [call_id for call_id in found if not _is_stale(state.get("call", call_id))]


def _is_stale(entry: Entry | None) -> bool:
    return entry is not None and as_object(entry.data.get("claim")).get("stale") is True


def mark_stale(change: Change, call_id: str, stale: bool) -> None:
    """The hub's own mark on a claim."""
    call = change.get("call", call_id)
    claim = as_object(call.get("claim")) if call else {}
    if call is not None and claim and claim.get("stale") is not stale:
        change.put("call", call_id, {**call, "claim": {**claim, "stale": stale}})


def fence_of(call: Data) -> int:
    """How often the call changed hands."""
    return as_int(call.get("fence")) or 0


def refresh_holds(change: Change, *desks: str | None) -> None:
    """What each desk holds, on its presence."""
    for desk_id in desks:
        desk = change.get("desk", desk_id) if desk_id else None
        if desk_id and desk is not None:
            holds = sorted(change.held_by(desk_id))
            if holds != desk.get("holds"):
                change.put("desk", desk_id, {**desk, "holds": holds})


def _give(act: Act, call: Data, desk_id: str, user: str) -> None:
    """Make a new claim, with the next fence; the call's reservations go with it."""
    before = holder(call)
    fence = fence_of(call) + 1
    claim: Data = {
        "desk_id": desk_id,
        "user": user,
        "id": act.command.command_id,
        "fence": fence,
        "since": act.at,
        "stale": False,
    }
    state = call["state"] if call.get("state") == "handed-off" else "claimed"
    first = call.get("first_claimed_at") or act.at  # when the caller was answered: a claim's own "since" moves on
    act.put_call(call, claim=claim, fence=fence, state=state, first_claimed_at=first)
    act.change.set_claims(act.target_id, (act.command.command_id,))
    for reservation in act.change.reservations_of_call(act.target_id):
        if reservation.get("state") in ("held", "confirmed") and reservation.get("desk_id") != desk_id:
            handed_on = {**reservation, "desk_id": desk_id, "user": user}
            act.change.put("reservation", as_text(reservation.get("id")), handed_on)
    refresh_holds(act.change, before, desk_id)


def claim(act: Act) -> None:
    """`call.claim`: on the own one the same fence."""
    call = act.call()
    if act.holds(call):
        change, call_id = act.change, act.target_id
        change.set_claims(call_id, (*change.marks("call", call_id).claims, act.command.command_id))
        act.put_call(call, claim={**as_object(call.get("claim")), "stale": False})
        return
    if holder(call) is not None:
        raise act.claimed(call)
    # A handed-off call without a holder was handed over before the region knew it: the desk that typed it in takes it.
    act.need_state(call, "waiting", "callback", "handed-off")
    _give(act, call, act.desk_id, act.user)


def release(act: Act) -> None:
    """`call.release`: back to waiting."""
    call = act.call()
    act.check_claim(call)
    act.need_state(call, "claimed")
    act.put_call(call, claim=None, state="waiting")
    refresh_holds(act.change, act.desk_id)


def takeover(act: Act) -> None:
    """`call.takeover`: a stale claim by anyone, a live one by the supervisor; fence + 1."""
    call = act.call()
    present = as_object(call.get("claim"))
    if present and not act.holds(call) and present.get("stale") is not True and not act.who.is_supervisor:
        raise act.claimed(call)
    act.need_state(call, "claimed", "handed-off")
    if not present:
        raise act.wrong_state(
            "call", act.target_id, "Niemand heeft deze melding. Er is niets gewijzigd; neem haar gewoon."
        )
    _give(act, call, act.desk_id, act.user)


def reassign(act: Act) -> None:
    """`call.reassign` (supervisor): the claim goes to another desk."""
    data, call = act.of(Reassign), act.call()
    if not act.knows_desk(data.desk_id):
        raise invalid([("data.desk_id", "deze werkplek is hier onbekend")])
    act.check_rev("call", act.target_id)
    act.need_state(call, "waiting", "callback", "claimed")
    desk = act.change.get("desk", data.desk_id) or {}
    _give(act, call, data.desk_id, data.user or as_text(desk.get("user")))

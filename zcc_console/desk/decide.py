"""What a person decides: each method is one durable transaction with its audit row, before anything may be shown.

It raises `StoreError` where that failed; then nothing was decided. It never waits for the network.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from zcc_console.core import ids as id_rules
from zcc_console.core.clock import rfc3339
from zcc_console.core.errors import StoreError, ZccError
from zcc_console.core.jsontypes import Json, JsonObject, as_object, as_text
from zcc_console.desk import compose
from zcc_console.desk.handoffs import where_it_stands
from zcc_console.desk.rows import CallRow, HandoffView, Pressed
from zcc_console.store.engine import DatabaseError
from zcc_console.store.locks import notify
from zcc_console.store.rows import DIRECT, HUB
from zcc_console.store.writer import Writer
from zcc_console.text import clean

if TYPE_CHECKING:
    from zcc_console.core.clock import Clock
    from zcc_console.core.config import Profile, RavRoute
    from zcc_console.core.ids import Ids
    from zcc_console.desk.picture import Picture
    from zcc_console.store.journal import Journal

RESERVATION = timedelta(minutes=15)
"""How long a place is held when nobody says otherwise (contract.md §3)."""


class NotNow(ZccError):
    """What was asked cannot be done here and now; the sentence says why. Nothing was changed."""


class Deciding:
    """The deciding half of `Desk`."""

    profile: Profile
    user: str
    role: str
    journal: Journal
    picture: Picture
    clock: Clock
    ids: Ids

    # what `Looking` offers
    def hub_now(self) -> datetime:
        raise NotImplementedError

    def refresh_own(self) -> None:
        raise NotImplementedError

    def follow_files(self) -> None:
        raise NotImplementedError

    def row(self, call_id: str) -> CallRow | None:
        raise NotImplementedError

    def read_all(self) -> None:
        raise NotImplementedError

    def lines(self) -> list[CallRow]:
        raise NotImplementedError

    def handoff(self, call_id: str) -> HandoffView | None:
        raise NotImplementedError

    def handoff_by_id(self, handoff_id: str) -> HandoffView | None:
        raise NotImplementedError

    def draft(self, call_id: str) -> JsonObject | None:
        raise NotImplementedError

    # -- the one way to write -----------------------------------------------------------------------------------------

    @contextmanager
    def _decision(self) -> Iterator[Writer]:
        try:
            self.follow_files()
            with self.journal.write() as unit:
                yield unit
        except DatabaseError as error:
            raise StoreError(
                f"Niet vastgelegd: het journaal op deze desk is niet te schrijven ({type(error).__name__}). "
                "Wat er stond is veilig. Probeer het nog eens; lukt het niet, ga dan door op een andere desk."
            ) from error
        self.picture.touched()
        self.refresh_own()
        notify(self.profile.state_dir / "courier.sock")

    def _command(
        self,
        kind: str,
        *,
        target: tuple[str, str] | None = None,
        data: JsonObject | None = None,
        call_id: str | None = None,
        claim: str | None = None,
        if_match: str | None = None,
        close_draft: bool = False,
    ) -> str:
        with self._decision() as unit:
            command_id = unit.command(
                kind,
                desk_id=self.profile.desk_id,
                user=self.user,
                target={"type": target[0], "id": target[1]} if target else None,
                data=data,
                call_id=call_id,
                claim=claim,
                if_match=if_match,
                at=rfc3339(self.hub_now()),
            )
            if close_draft and call_id is not None:
                unit.draft(call_id, None)
            unit.audit(kind, call_id or (target[1] if target else ""), user=self.user)
        return command_id

    def _claim_id(self, call_id: str) -> str | None:
        """The id of the claim this desk holds (or has just asked for) on a call."""
        for row in reversed(self.picture.own_by_call.get(call_id, ())):
            if row.type in ("call.claim", "call.takeover"):
                return row.command_id
            if row.type in ("call.release", "call.callback", "call.close"):
                return None
        claim = as_object((self.picture.call(call_id) or {}).get("claim"))
        return as_text(claim.get("id")) or None if claim.get("desk_id") == self.profile.desk_id else None

    def _held(self, call_id: str) -> str:
        claim = self._claim_id(call_id)
        if claim is None:
            raise NotNow("Deze oproep is niet (meer) van deze desk. Neem hem eerst, of neem hem over met een reden.")
        return claim

    def _still_ours(self, call_id: str) -> None:
        """A call that the RAV has ends by closing; it goes to nobody else."""
        view = self.handoff(call_id)
        with_rav = view is not None and (view.standing.is_open or view.standing.handed_over)
        if with_rav or (self.picture.call(call_id) or {}).get("state") == "handed-off":
            raise NotNow("Deze oproep is bij de RAV. Sluit hem af als hij klaar is, of herroep eerst de overdracht.")

    def _rev(self, kind: str, item_id: str) -> str:
        rev = self.picture.rev(kind, item_id)
        if rev is None:
            raise NotNow("De regio heeft dit nog niet bevestigd; wacht tot het verzonden is en probeer het dan.")
        return rev

    # -- calls ----------------------------------------------------------------------------------------------------------

    def claim(self, call_id: str) -> str:
        """Take a call; unconfirmed until the hub answers."""
        own = self._claim_id(call_id)
        return own if own is not None else self._command("call.claim", target=("call", call_id), call_id=call_id)

    def claim_next(self) -> str | None:
        """Take the first call of the queue that nobody has; its id, or None where there is none."""
        self.read_all()
        now = self.hub_now()
        for row in self.lines():
            due = row.callback_at is None or row.callback_at <= now
            if row.claim is None and row.state in ("waiting", "callback") and due:
                self.claim(row.id)
                return row.id
        return None

    def release(self, call_id: str, reason: str) -> str:
        """Put a call back in the queue; its draft stays here and its triage is kept."""
        self._still_ours(call_id)
        claim = self._held(call_id)
        return self._command(
            "call.release", target=("call", call_id), data={"reason": reason}, call_id=call_id, claim=claim
        )

    def takeover(self, call_id: str, reason: str) -> str:
        """Take a call over from another desk: a stale claim by anyone, a live one by the supervisor."""
        return self._command("call.takeover", target=("call", call_id), data={"reason": reason}, call_id=call_id)

    def note(self, call_id: str, text: str) -> str:
        """Add a note; never refused for a claim."""
        return self._command("call.note", target=("call", call_id), data={"text": text}, call_id=call_id)

    def update(self, call_id: str, fields: JsonObject) -> str:
        """Change fields of patient, caller, location, callback number or reason. An open handoff gets an update."""
        claim = self._claim_id(call_id)
        rev = None if claim is not None else self._rev("call", call_id)
        command_id = self._command(
            "call.update", target=("call", call_id), data=fields, call_id=call_id, claim=claim, if_match=rev
        )
        self.send_update(call_id)
        return command_id

    def create_call(self, fields: JsonObject) -> str:
        """Type a call in; it is claimed at once. The hub gives the number, the desk its own until then.

        Returns:
            The call's id.
        """
        call_id = self.ids.new()
        with self._decision() as unit:
            count = self.journal.place("own-numbers").get("last")
            last = (count if isinstance(count, int) else 0) + 1
            unit.place("own-numbers", {"last": last})
            data: dict[str, Json] = {
                "source": "manual",
                "received_at": rfc3339(self.hub_now()),
                "number": f"{self.profile.desk_id}-{last}",
                **fields,
            }
            for kind, body in (("call.create", data), ("call.claim", {})):
                unit.command(
                    kind,
                    desk_id=self.profile.desk_id,
                    user=self.user,
                    target={"type": "call", "id": call_id},
                    data=body,
                    call_id=call_id,
                    at=rfc3339(self.hub_now()),
                )
                unit.audit(kind, call_id, user=self.user)
        return call_id

    def triage(self, call_id: str, data: JsonObject) -> str:
        """Record a triage; the draft goes in the same transaction."""
        return self._command("call.triage", target=("call", call_id), data=data, call_id=call_id)

    def dispose(self, call_id: str, action: str, unit_id: str | None, advice: str) -> str:
        """Record the follow-up action, where, and what was told."""
        claim = self._held(call_id)
        unit = as_object(self.picture.of("capacity").get(unit_id)) if unit_id else {}
        place = clean(f"{as_text(unit.get('provider'))} {as_text(unit.get('place'))}".strip(), 100) or None
        data: dict[str, Json] = {"action": action, "unit": unit_id, "place": place, "advice": advice or None}
        return self._command("call.dispose", target=("call", call_id), data=data, call_id=call_id, claim=claim)

    def callback(self, call_id: str, at: datetime, why: str) -> str:
        """Call back at a time; releases the claim."""
        self._still_ours(call_id)
        claim = self._held(call_id)
        data = {"at": rfc3339(at), "why": why}
        return self._command("call.callback", target=("call", call_id), data=data, call_id=call_id, claim=claim)

    def close_call(self, call_id: str, outcome: str) -> str:
        """Close a call. One with an open handoff is closed only by the supervisor."""
        view = self.handoff(call_id)
        if view is not None and view.standing.is_open and self.role != "supervisor":
            raise NotNow("De overdracht aan de RAV is nog open; alleen de regie kan deze oproep sluiten.")
        claim = self._claim_id(call_id)
        rev = None if claim is not None else self._rev("call", call_id)
        return self._command(
            "call.close",
            target=("call", call_id),
            data={"outcome": outcome},
            call_id=call_id,
            claim=claim,
            if_match=rev,
            close_draft=True,
        )

    def reopen(self, call_id: str, reason: str) -> str:
        """Open a closed call again."""
        rev = self._rev("call", call_id)
        data = {"reason": reason}
        return self._command("call.reopen", target=("call", call_id), data=data, call_id=call_id, if_match=rev)

    def reassign(self, call_id: str, desk_id: str, reason: str = "door de regie toegewezen") -> str:
        """Give a call to another desk (supervisor)."""
        data = {"desk_id": desk_id, "reason": reason}
        rev = self._rev("call", call_id)
        return self._command("call.reassign", target=("call", call_id), data=data, call_id=call_id, if_match=rev)

    def raise_call(self, call_id: str, urgency: str, reason: str) -> str:
        """Make a call more urgent (supervisor)."""
        data = {"urgency": urgency, "reason": reason}
        rev = self._rev("call", call_id)
        return self._command("call.raise", target=("call", call_id), data=data, call_id=call_id, if_match=rev)

    # -- places -------------------------------------------------------------------------------------------------------

    def reserve(self, unit_id: str, call_id: str, count: int = 1, agreed_with: str | None = None) -> str:
        """Ask for a place; it is arranged only when the hub holds it and a named person of the provider says yes."""
        data: dict[str, Json] = {
            "unit": unit_id,
            "count": count,
            "call_id": call_id,
            "until": rfc3339(self.hub_now() + RESERVATION),
        }
        if agreed_with:
            data["agreed_with"] = agreed_with
        return self._command("capacity.reserve", target=("capacity", unit_id), data=data, call_id=call_id)

    def confirm(self, reservation_id: str, agreed_with: str) -> str:
        """A named person of the provider said yes."""
        data = {"reservation": reservation_id, "agreed_with": agreed_with}
        return self._command(
            "capacity.confirm",
            target=("reservation", reservation_id),
            data=data,
            call_id=self._call_of_reservation(reservation_id),
        )

    def release_reservation(self, reservation_id: str, reason: str) -> str:
        """Give a place back."""
        data = {"reservation": reservation_id, "reason": reason}
        return self._command(
            "capacity.release",
            target=("reservation", reservation_id),
            data=data,
            call_id=self._call_of_reservation(reservation_id),
        )

    def _call_of_reservation(self, reservation_id: str) -> str | None:
        return as_text(as_object(self.picture.of("reservation").get(reservation_id)).get("call_id")) or None

    def report_capacity(self, unit_id: str, free: int | None, status: str, who: str) -> str:
        """What somebody of the provider said by telephone."""
        data: dict[str, Json] = {"unit": unit_id, "free": free, "status": status, "said_by": who}
        return self._command("capacity.report", target=("capacity", unit_id), data=data)

    # -- notices, settling, reads ---------------------------------------------------------------------------------------

    def post_notice(self, text: str, kind: str = "info") -> str:
        """A message for all desks (supervisor)."""
        return self._command("notice.post", target=("notice", self.ids.new()), data={"text": text, "kind": kind})

    def end_notice(self, notice_id: str) -> str:
        """Take a message away (supervisor)."""
        return self._command("notice.end", target=("notice", notice_id), if_match=self._rev("notice", notice_id))

    def settle(self, command_id: str) -> None:
        """A person has seen a refused command and decided what to do with it."""
        with self._decision() as unit:
            unit.settle(command_id)
            unit.audit("settle", command_id, user=self.user)

    def viewed(self, call_id: str) -> None:
        """A record was opened and read (NEN 7513: reads are logged)."""
        with self._decision() as unit:
            unit.audit("read", call_id, user=self.user)

    def searched(self) -> None:
        """The queue was searched (NEN 7513); what for is not logged."""
        with self._decision() as unit:
            unit.audit("search", "", user=self.user)

    def stand(self, call_id: str | None, screen: str) -> None:
        """Keep where the console stands."""
        with self._decision() as unit:
            unit.place("open", {"call_id": call_id, "screen": screen})

    def save_draft(self, call_id: str, data: JsonObject) -> None:
        """Keep a triage as far as it came, before the screen shows the answer."""
        with self._decision() as unit:
            unit.draft(call_id, data)

    # -- the RAV --------------------------------------------------------------------------------------------------------

    def press_handoff(self, call_id: str) -> Pressed:
        """Hand a call to the RAV, at once: one durable message on its way over every route. Pressing again says where
        it stands and sends nothing, unless it was refused, closed or recalled.

        Raises:
            StoreError: it is not durable. The screen shows the voice card at once.
        """
        view = self.handoff(call_id)
        if view is not None and not view.standing.may_press_again:
            return Pressed(view.handoff_id, False, where_it_stands(view))
        call = self.picture.call(call_id) or {"id": call_id}
        rav = self._rav(view, call)
        handoff_id = view.handoff_id if view is not None else id_rules.handoff_id(call_id, rav.id)
        self._message(handoff_id, call_id, rav, "new", call, event="handoff.new")
        return Pressed(handoff_id, True, f"Vastgelegd; gaat nu naar {rav.name}.")

    def send_update(self, call_id: str) -> None:
        """Send the picture as it is now after an open or accepted handoff; nothing where there is none."""
        view = self.handoff(call_id)
        if view is None or view.standing.ended:
            return
        call = self.picture.call(call_id) or {"id": call_id}
        self._message(view.handoff_id, call_id, self._rav(view, call), "update", call, event="handoff.update")

    def recall(self, handoff_id: str, reason: str = "") -> None:
        """Ask the dispatcher to stop. It cancels nothing by itself; without an answer the card says to telephone."""
        view = self._known(handoff_id)
        if view.standing.recall is not None:
            return
        call = self.picture.call(view.call_id) or {"id": view.call_id}
        self._message(
            handoff_id, view.call_id, self._rav(view, call), "recall", call, event="handoff.recall", why=reason
        )

    def record_voice(self, handoff_id: str, *, spoke_to: str, reference: str, outcome: str) -> None:
        """Record a telephone call to the RAV: `accepted` or `refused`. It travels as an update, whoever called."""
        if outcome not in ("accepted", "refused"):
            raise ValueError("outcome is accepted or refused")
        view = self._known(handoff_id)
        call = self.picture.call(view.call_id) or {"id": view.call_id}
        spoken = compose.Spoken(self.hub_now(), self.user, spoke_to, reference, outcome)
        self._message(
            handoff_id,
            view.call_id,
            self._rav(view, call),
            "update",
            call,
            event=f"handoff.voice.{outcome}",
            spoken=spoken,
        )

    def press_key_test(self) -> Pressed:
        """The key test: an exercise with a call id of its own; each route reports by itself and no clock runs."""
        call_id, rav = self.ids.new(), self.profile.default_rav
        handoff_id = id_rules.handoff_id(call_id, rav.id)
        call: JsonObject = {
            "id": call_id,
            "number": "TEST",
            "reason": "sleuteltest",
            "location": {"access": "sleuteltest, geen inzet"},
        }
        self._message(handoff_id, call_id, rav, "new", call, event="handoff.key-test", key_test=True)
        return Pressed(handoff_id, True, "Sleuteltest verzonden; elke route meldt zich apart.")

    def _rav(self, view: HandoffView | None, call: JsonObject) -> RavRoute:
        """An open handoff keeps its RAV; else the location decides."""
        if view is not None:
            return self.profile.rav(view.rav_id)
        return self.profile.rav_for(as_text(as_object(call.get("location")).get("town")))

    def _known(self, handoff_id: str) -> HandoffView:
        view = self.handoff_by_id(handoff_id)
        if view is None:
            raise NotNow("Deze overdracht is hier niet bekend.")
        return view

    def _message(
        self,
        handoff_id: str,
        call_id: str,
        rav: RavRoute,
        kind: str,
        call: JsonObject,
        *,
        event: str,
        spoken: compose.Spoken | None = None,
        why: str = "",
        key_test: bool = False,
    ) -> None:
        view = self.handoff_by_id(handoff_id)
        known = max((view.standing.picture.sequence,), default=0) if view and view.standing.picture else 0
        number = as_text(call.get("number")) or "–"
        with self._decision() as unit:
            body = compose.body(
                self.profile,
                user=self.user,
                handoff_id=handoff_id,
                message_id=self.ids.new(),
                call_id=call_id,
                to=rav.id,
                reference=id_rules.reference(number, handoff_id),
                kind=kind,
                sequence=unit.next_sequence(handoff_id, known),
                now=self.hub_now(),
                call=call,
                draft=self.draft(call_id),
                spoken=spoken,
                key_test=key_test,
                why=why,
            )
            unit.handoff_message(body, (HUB, DIRECT) if rav.url else (HUB,), key_test=key_test)
            unit.audit(event, call_id, user=self.user)

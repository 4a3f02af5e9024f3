"""One triage in hand: what each key does to it, kept in the journal before anything may be shown. No screen in it.

The rules of asking and of urgency are the session's (`protocols.session`); those of the call are the desk's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from zcc_console.core.canonical import compact
from zcc_console.core.clock import local, parse_time_or_none, rfc3339
from zcc_console.core.errors import ZccError
from zcc_console.core.jsontypes import Json, JsonObject, as_list, as_object, as_text
from zcc_console.core.urgency import Urgency
from zcc_console.desk.rows import CallView, HandoffView, ReservationRow, SettleRow
from zcc_console.keys import keys_of
from zcc_console.protocols.model import ProtocolSet
from zcc_console.protocols.session import Session, Step
from zcc_console.protocols.session_data import findings
from zcc_console.screens import triage_forms, triage_parts
from zcc_console.screens.triage_desk import TriageDesk
from zcc_console.screens.triage_keys import KeyGuard, Where
from zcc_console.screens.triage_part import Ended, Part
from zcc_console.screens.triage_patient import with_patient
from zcc_console.screens.triage_steps import part_of, undecided
from zcc_console.text import clean
from zcc_console.widgets.triage_field import Field

UPDATE_AFTER_S: Final = 4.0
"""Answers that change no urgency go to an open handoff together, this long after the last of them. Own choice."""
RECORDED_KEPT: Final = 40
DECIDED: Final = (Step.FOLLOW_UP, Step.ADVICE)
"""Steps that somebody's decision of the urgency goes before."""
SCREEN: Final = "screen"
"""Where the draft keeps what is the screen's own, beside the session's data."""


_KEY_IDS: Final[Mapping[str, str]] = {name: entry.id for entry in keys_of("triage") for name in entry.keys}


class TriageFlow:
    """The triage of one call at this desk."""

    def __init__(self, desk: TriageDesk, call_id: str) -> None:
        self.desk = desk
        self.call_id = call_id
        self.session: Session | None = None
        self.part: Part | None = None
        """A part opened over the step; None works in the step itself."""
        self.said = ""
        """What the last key did, where it must be said."""
        self.problem = ""
        """What went wrong; it stays until the next key."""
        self.ended: Ended | None = None
        self.typed = Field()
        """What is being typed at a question that takes text."""
        self.note: Field | None = None
        self.extra: dict[str, Json] = {}
        self.guard = KeyGuard()
        self._answered_at: datetime | None = None
        self._dirty = False

    # -- opening -------------------------------------------------------------------------------------------------------

    def open(self, protocols: ProtocolSet, pinned: Callable[[str], ProtocolSet | None] | None = None) -> None:
        """Stand where this call stood: the draft of this desk, else what is recorded, else the beginning.

        Args:
            protocols: the set that is in use now.
            pinned: finds the set of a hash, for a call that began under another one.
        """
        view, draft = self.desk.call(self.call_id), self.desk.draft(self.call_id)
        recorded = view.triage if view is not None else None
        if draft and recorded is not None and self._is_overtaken(draft, recorded):
            other = clean(as_text(recorded.get("desk_id")), 8)
            self.said = f"Desk {other} legde na u een triage vast; die staat hier nu."
            draft = None
        data = draft or recorded
        if not data:
            self.session = with_patient(Session.start(protocols), view).go(Step.ABCD)
            return
        wanted = as_text(as_object(data.get("protocol")).get("hash"))
        found = protocols if wanted in ("", protocols.hash) else (pinned(wanted) if pinned else None)
        if found is None:
            self.problem = (
                "Deze oproep begon met een andere versie van de protocolset, die hier niet meer is. "
                "De antwoorden zijn bewaard; loop ze na met ←."
            )
        session = Session.resume(found or protocols, data)
        if not draft:
            session = with_patient(session, view)
        self.session = session.go(Step.ABCD) if session.step is Step.PATIENT else session
        if draft:
            self.extra = dict(as_object(draft.get(SCREEN)))
            note = as_text(self.extra.get("note"))
            self.note = Field.of(note) if note else None

    def _is_overtaken(self, draft: JsonObject, recorded: JsonObject) -> bool:
        """Whether another desk recorded a triage after this desk's draft was last touched."""
        if recorded.get("desk_id") in (None, self.desk.profile.desk_id):
            return False
        mine = parse_time_or_none(as_object(draft.get(SCREEN)).get("saved_at"))
        theirs = parse_time_or_none(recorded.get("at"))
        return mine is not None and theirs is not None and theirs > mine

    # -- what there is to see ------------------------------------------------------------------------------------------

    @property
    def view(self) -> CallView | None:
        """The call as it is now."""
        return self.desk.call(self.call_id)

    @property
    def handoff(self) -> HandoffView | None:
        """The call's handoff."""
        return self.desk.handoff(self.call_id)

    @property
    def step_part(self) -> Part | None:
        """The step's own part."""
        return part_of(self.session.step) if self.session is not None else None

    @property
    def working(self) -> Part | None:
        """What takes the keys now."""
        return self.part if self.part is not None else self.step_part

    @property
    def is_typing(self) -> bool:
        """Whether letters and figures are text now."""
        if self.part is not None or self.session is None:
            return self.part is not None and self.part.typing
        asking = self.session.asking if self.session.step is Step.QUESTIONS and not self.stopped else None
        return self.session.step is Step.COMPLAINT or (asking is not None and asking.kind != "choice")

    @property
    def stopped(self) -> bool:
        """U0 or U1, nobody pressed the handoff key yet, and nobody chose to go on asking at this urgency."""
        session = self.session
        if session is None or not session.urgency.is_for_the_rav:
            return False
        if session.step not in (Step.ABCD, Step.COMPLAINT, Step.QUESTIONS):
            return False
        handoff = self.handoff
        if handoff is not None and (handoff.standing.is_open or handoff.standing.handed_over):
            return False
        went_on = Urgency.parse(self.extra.get("went_on"))
        return went_on is None or session.urgency < went_on

    @property
    def recorded(self) -> tuple[tuple[str, str], ...]:
        """(time, text) of what was recorded, oldest first."""
        pairs = (as_list(entry) for entry in as_list(self.extra.get("recorded")))
        return tuple((as_text(pair[0]), as_text(pair[1])) for pair in pairs if len(pair) == 2)

    @property
    def reservation(self) -> ReservationRow | None:
        """The reservation made in this triage, as it stands now."""
        wanted, view = as_text(self.extra.get("reservation")), self.view
        if not wanted or view is None:
            return None
        return next((row for row in view.reservations if row.id == wanted), None)

    @property
    def refusal(self) -> SettleRow | None:
        """Why the reservation was refused, where it was."""
        wanted = as_text(self.extra.get("reservation"))
        return next((row for row in self.desk.to_settle() if wanted and row.command_id == wanted), None)

    # -- changing ------------------------------------------------------------------------------------------------------

    def change(self, session: Session, recorded: str = "") -> bool:
        """Keep a new state of the triage, then stand in it. False: it could not be kept and nothing changed."""
        before = self.session
        extra = dict(self.extra)
        if recorded:
            moment = local(self.desk.hub_now()).strftime("%H:%M:%S")
            kept: list[Json] = [*as_list(extra.get("recorded")), [moment, clean(recorded, 120)]]
            extra["recorded"] = kept[-RECORDED_KEPT:]
        open_handoff = self._takes_updates()
        if open_handoff and before is not None and session.triage != before.triage:
            extra["update_due"] = True
        if not self._keep(session, extra):
            return False
        self.session, self.extra, self.typed = session, extra, Field()
        if open_handoff and before is not None and extra.get("update_due"):
            self._answered_at = self.desk.hub_now()
            if session.urgency != before.urgency:
                self.flush_update()
        return True

    def keep(self, **extra: Json) -> bool:
        """Keep something of the screen's own; None takes it away."""
        if self.session is None:
            return False
        merged: dict[str, Json] = {**self.extra, **extra}
        for name in [name for name, value in merged.items() if value is None]:
            del merged[name]
        if not self._keep(self.session, merged):
            return False
        self.extra = merged
        return True

    def decided(self, act: Callable[[], object]) -> bool:
        """Do something on the desk; what cannot be done is said, and nothing changed."""
        try:
            act()
        except ZccError as error:
            self.problem = str(error)
            return False
        return True

    def _keep(self, session: Session, extra: Mapping[str, Json]) -> bool:
        screen: dict[str, Json] = {**extra, "saved_at": rfc3339(self.desk.hub_now())}
        return self.decided(lambda: self.desk.save_draft(self.call_id, {**self._data(session), SCREEN: screen}))

    def _data(self, session: Session) -> dict[str, Json]:
        advice = as_text(self.extra.get("advised"))
        return {**session.to_draft(), **words_of(session), "advice_given": [advice] if advice else []}

    def record_triage(self) -> bool:
        """Send what is decided to the region (`call.triage`), once for each state of it."""
        session = self.session
        if session is None:
            return False
        data: JsonObject = session.to_triage_data()
        mark = hashlib.sha256(compact(data).encode()).hexdigest()[:16]
        if self.extra.get("sent") == mark:
            return True
        if not self.decided(lambda: self.desk.triage(self.call_id, data)):
            return False
        self.keep(sent=mark)
        return True

    def flush_update(self) -> None:
        """Send what was answered since the handoff to the RAV."""
        if not self.extra.get("update_due"):
            return
        if self._takes_updates() and not self.decided(lambda: self.desk.send_update(self.call_id)):
            return
        self._answered_at = None
        self.keep(update_due=None)

    def _takes_updates(self) -> bool:
        handoff = self.handoff
        return handoff is not None and (handoff.standing.is_open or handoff.standing.handed_over)

    def tick(self) -> None:
        """Once a second: what is half typed is kept, and answers go on to an open handoff."""
        if self._dirty:
            self._dirty = False
            self.keep(note=self.note.text if self.note is not None else None)
        if self.extra.get("update_due"):
            since = self._answered_at
            if since is None or (self.desk.hub_now() - since).total_seconds() >= UPDATE_AFTER_S:
                self.flush_update()

    def type_note(self, field: Field | None) -> None:
        """What is typed at the notes; kept with the next tick."""
        self.note, self._dirty = field, True

    def leave(self) -> None:
        """The screen goes away: keep what is half typed, send what is due."""
        self.tick()
        self.flush_update()

    # -- keys ----------------------------------------------------------------------------------------------------------

    def press(self, key: str, character: str | None, at: float) -> bool:
        """A key. True: it was for the triage, whether or not it did something.

        Args:
            key: its name. character: what it types, or None. at: seconds on a clock that only goes forward.
        """
        if self.ended is not None:
            return False
        if self.session is None:
            return self._not_yet(key, character, at)
        working = self.working
        if working is None:
            return False
        refused = self.guard.refuses(key, character, at, self._where())
        if refused:
            self.problem = refused
            return True
        self.problem, self.said = "", ""
        before = (self.session.step, self.is_typing)
        taken = working.press(self, key, character)
        if not taken and not (self.is_typing and character is not None and character.isprintable()):
            taken = self._common(_KEY_IDS.get(key, ""), key)
        if self.session.step is not before[0] or (before[1] and not self.is_typing):
            self.guard.changed(at)
        return taken

    def _not_yet(self, key: str, character: str | None, at: float) -> bool:
        """Without a protocol set nothing can be answered: the key is refused in sight, and so is the rest of the word."""
        if key not in ("enter", "backspace", "tab") and (character is None or not character.isprintable()):
            return False
        self.guard.loading(at)
        self.problem = "Nog even: er is nog geen protocolset. Deze toets telt niet."
        return True

    def _where(self) -> Where:
        step = self.session.step if self.session is not None else None
        typing = self.is_typing
        return Where(
            typing=typing,
            form=self.part is not None and typing and not isinstance(self.part, triage_parts.Search),
            answering=self.part is not None or step not in (Step.COMPLAINT, Step.FOLLOW_UP),
            closing=self.part is None and step is Step.ADVICE,
        )

    def _common(self, action: str, key: str) -> bool:
        session = self.session
        if session is None:
            return False
        match action:
            case "undo":
                triage_parts.undo(self)
            case "other_complaint":
                self.part = None if isinstance(self.part, triage_parts.Search) else triage_parts.Search()
            case "note":
                triage_parts.open_note(self)
            case "override":
                self.part = triage_forms.Override()
            case "edit":
                self.part = triage_forms.PatientForm.of(self)
            case "put_away":
                self.part = triage_forms.Away()
            case "more":
                self.part = triage_parts.More()
            case "modifier" if session.step is not Step.ABCD:
                triage_parts.tick_modifier(self, key)
            case "step_back":
                self.part = None
                self.go(step_before(session.step))
            case "step_on":
                wanting = undecided(session) if step_after(session.step) in DECIDED else ""
                if wanting:
                    self.problem = wanting
                    return True
                self.part = None
                self.go(step_after(session.step))
            case _:
                return False
        return True

    def go(self, step: Step) -> None:
        """Stand at another step."""
        if self.session is not None and step is not Step.PATIENT:
            self.change(self.session.go(step))

    def paste(self, text: str) -> bool:
        """Pasted text, where something is being typed."""
        working = self.working
        return working is not None and self.session is not None and working.paste(self, text)


def step_before(step: Step) -> Step:
    """The step at the left; ABCD is the first on the screen."""
    steps = list(Step)
    return steps[max(steps.index(Step.ABCD), steps.index(step) - 1)]


def step_after(step: Step) -> Step:
    """The step at the right."""
    steps = list(Step)
    return steps[min(len(steps) - 1, steps.index(step) + 1)]


def words_of(session: Session) -> dict[str, Json]:
    """What a handoff says of the triage in words: complaints, findings."""
    return {
        "complaint_titles": [one.titles.nl for one in session.complaints],
        "findings": list(findings(session.protocols, session.triage)),
    }

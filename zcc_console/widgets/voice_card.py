"""The voice card: over the whole width, on top of whatever screen is in view, until somebody has telephoned.

It lies over the banner and the body, never over the key bar: the handoff key still works and is still to be seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from textual.message import Message
from textual.strip import Strip

from zcc_console.desk.rows import HandoffView
from zcc_console.keys import key as key_of
from zcc_console.widgets.handoff_banner import HandoffBanner
from zcc_console.widgets.handoff_lines import REASONS
from zcc_console.widgets.handoff_words import WHY, duration, message_standing
from zcc_console.widgets.pane import Pane
from zcc_console.widgets.triage_form import Form
from zcc_console.widgets.voice_lines import Card, card_lines, small_lines

OUTCOMES = {"1": "accepted", "2": "refused"}
KEPT_FREE = 3
"""Lines of the screen that the card leaves alone: the top line, the line that speaks, the key bar."""


@dataclass(frozen=True, slots=True)
class Unsent:
    """A press that could not be made durable: only the telephone is left."""

    call_id: str | None
    rav: str
    phone: str
    next_phone: str
    lines: tuple[tuple[str, str], ...]
    problem: str
    exercise: bool


class VoiceCard(Pane):
    """Shows one card, or nothing; takes the keys while it is up."""

    DEFAULT_CSS: ClassVar[str] = """
    VoiceCard { layer: over; dock: top; margin: 1 0 0 0; height: auto; display: none; }
    """

    @dataclass
    class Spoken(Message):
        """Somebody telephoned: with whom, their reference, and what came of it."""

        handoff_id: str
        spoke_to: str
        reference: str
        outcome: str

    def __init__(self) -> None:
        super().__init__(id="voice")
        self._view: HandoffView | None = None
        self._unsent: Unsent | None = None
        self._lines_of: tuple[tuple[str, str], ...] = ()
        self._next = False
        self._form: Form | None = None
        self._recalling = False
        self._engaged = False
        self._muted = False
        self._due: tuple[HandoffView, ...] = ()

    # -- what is shown ---------------------------------------------------------------------------------------------

    @property
    def up(self) -> bool:
        """Whether it is to be seen, and takes the keys."""
        return self._view is not None or self._unsent is not None

    @property
    def whole(self) -> bool:
        """Whether it covers the screen and has the keys."""
        return self.up and not self._muted

    @property
    def form(self) -> Form | None:
        """What is being filled in."""
        return self._form

    def show(
        self, view: HandoffView | None, lines: tuple[tuple[str, str], ...], due: Sequence[HandoffView] = ()
    ) -> None:
        """Show this handoff's card, or none. A form that is being filled in is kept, whatever arrives meanwhile."""
        if self._form is not None and self._view is not None:
            if view is not None and view.handoff_id == self._view.handoff_id:
                self._view, self._lines_of = view, lines
                self._refit()
            return
        if self._view is None or view is None or view.handoff_id != self._view.handoff_id:
            self._next, self._form, self._recalling, self._engaged = False, None, False, False
        self._view, self._lines_of, self._due = view, lines, tuple(due)
        self._refit()

    def wait_for_key(self, due: Sequence[HandoffView]) -> None:
        """The card shown is settled and others are due: it stays until a key asks for the next."""
        self._due = tuple(due)
        self._refit()

    def fit_to_typing(self, typing: bool) -> bool:
        """Whether somebody types in a field under it: then the card is small and takes no key but the one for it."""
        muted = self.up and typing and not self._engaged and self._form is None
        if muted != self._muted:
            self._muted = muted
            self._refit()
        return muted

    def engage(self, key: str) -> bool:
        """While somebody types: one key that is no text gives the whole card, and its keys."""
        if key not in key_of("card").keys or len(key) == 1:
            return False
        self._engaged, self._muted = True, False
        self._refit()
        return True

    def next_card(self, key: str) -> bool:
        """Whether this key asks for the next card; never while something is typed or filled in."""
        more = any(view.handoff_id != self.handoff_id for view in self._due)
        return key == "n" and more and not self._muted and self._form is None and self._unsent is None

    def follow(self, due: Sequence[HandoffView]) -> HandoffView | None:
        """The card after the one shown, the first again after the last."""
        ids = [view.handoff_id for view in due]
        at = ids.index(self.handoff_id) + 1 if self.handoff_id in ids else 0
        return due[at % len(due)] if due else None

    def keep_current(self, view: HandoffView) -> None:
        """How the handoff of the open form stands by now."""
        if self._view is not None and self._view.handoff_id == view.handoff_id:
            self._view = view
            self._refit()

    @property
    def handoff_id(self) -> str | None:
        """Whose card it is."""
        return self._view.handoff_id if self._view is not None else None

    @property
    def unsent_call(self) -> str | None:
        """The call whose press was not made durable."""
        return self._unsent.call_id if self._unsent is not None else None

    def raise_unsent(self, unsent: Unsent) -> None:
        """A press could not be made durable: the card is up at once."""
        self._unsent, self._view, self._form, self._recalling, self._next = unsent, None, None, False, False
        self._refit()

    def drop_unsent(self) -> None:
        """It is durable after all, or was put aside."""
        if self._unsent is not None:
            self._unsent = None
            self._refit()

    def put_aside(self) -> HandoffView | None:
        """Take the card away; gives whose it was, None where the press was never made durable."""
        view, self._view, self._unsent = self._view, None, None
        self._recalling = self._engaged = self._muted = False
        self._refit()
        return view

    def _refit(self) -> None:
        if self.display != self.up:
            self.display = self.up
            self.refresh(layout=True)
        self.redraw()

    def draw(self, width: int, height: int) -> Sequence[Strip]:
        card = self.card()
        if card is None:
            return []
        if self._muted:
            return small_lines(card, width, self.palette)
        return card_lines(card, width, max(6, self.app.size.height - KEPT_FREE), self.palette)

    def card(self) -> Card | None:
        """What it says now."""
        unsent, view = self._unsent, self._view
        if unsent is not None:
            phone, other = unsent.phone, unsent.next_phone
            if self._next and other:
                phone, other = other, phone
            return Card(
                rav=unsent.rav,
                phone=phone,
                other_phone=other,
                why="niet vastgelegd",
                lines=unsent.lines,
                unsent=f"Er is NIETS verstuurd. {unsent.problem}",
                exercise=unsent.exercise,
            )
        if view is None:
            return None
        phone, other = view.rav_phone, view.rav_next_phone
        if self._next and other:
            phone, other = other, phone
        why = WHY.get(view.reading.why, "niet bevestigd")
        standing = view.standing
        known = standing.voice_outcome is not None or standing.state.value not in ("COMMITTED", "SENT")
        return Card(
            rav=view.rav_name,
            phone=phone,
            other_phone=other,
            why=f"{why}, {duration(view.elapsed_s)}",
            lines=self._lines_of,
            trouble=trouble_words(view),
            message=f"bericht: {message_standing(view)}" if known else "",
            form=self._form,
            recalling=self._recalling,
            exercise=view.message.get("exercise") is True,
            whose=" · ".join(part for part in (view.number, view.who, view.town) if part),
            place=self._place(),
            settled=not view.card_due,
            tried=standing.picture is not None and standing.picture.message_id not in standing.received,
        )

    def _place(self) -> str:
        """`1 van 2`, where more than one card is due."""
        ids = [view.handoff_id for view in self._due]
        if self.handoff_id not in ids:
            return f"nog {len(ids)}" if ids else ""
        return f"{ids.index(self.handoff_id) + 1} van {len(ids)}" if len(ids) > 1 else ""

    # -- keys ------------------------------------------------------------------------------------------------------

    def press(self, key: str, character: str | None) -> bool:
        """A key while the card is up; False lets it mean what it means everywhere (the function keys, help)."""
        if not self.up:
            return False
        if self._form is not None:
            return self._press_form(self._form, key, character)
        if self._recalling:
            self._recalling = False
            reason = dict(REASONS).get(key)
            if reason is not None and self._view is not None:
                self.post_message(HandoffBanner.RecallChosen(self._view.handoff_id, reason))
            self._refit()
            return True
        if key in key_of("voice_spoken").keys and self._view is not None:
            self._form = spoken_form()
        elif key == "escape" and self._engaged:
            self._engaged = False
        elif key in key_of("voice_next").keys:
            self._next = not self._next
        elif key in key_of("recall").keys and self._view is not None and self._view.standing.recall is None:
            self._recalling = True
        else:
            # Nothing that lies under the card may be answered by a key meant for it.
            return len(key) == 1 or key in ("enter", "backspace", "tab", "escape", "up", "down", "left", "right")
        self._refit()
        return True

    def paste(self, text: str) -> bool:
        """Pasted text goes into the form."""
        if self._form is None:
            return False
        self._form = self._form.paste(text)
        self._refit()
        return True

    def _press_form(self, form: Form, key: str, character: str | None) -> bool:
        if key == "escape":
            self._form = None
            self._refit()
            return True
        typed = form.press(key, character)
        if typed is None:
            return len(key) == 1
        if typed.done:
            typed = self._record(typed)
        self._form = typed
        self._refit()
        return True

    def _record(self, typed: Form) -> Form:
        values = typed.values
        outcome = OUTCOMES.get(values["outcome"][:1])
        if outcome is None:
            return typed.refused("Uitkomst: typ 1 (overgenomen) of 2 (geweigerd).", "outcome")
        if self._view is not None:
            self.post_message(self.Spoken(self._view.handoff_id, values["spoke_to"], values["reference"], outcome))
        return replace(typed, done=False)

    def recorded(self) -> None:
        """The telephone call is durable: the form has done its work."""
        self._form = None
        self._refit()


def spoken_form() -> Form:
    """With whom, their reference, what came of it; only the outcome is wanted."""
    return Form.of(
        "Gesproken met de centralist",
        ("spoke_to", "Met wie", "", "naam, mag leeg"),
        ("reference", "Kenmerk RAV", "", "mag leeg"),
        ("outcome", "Uitkomst", "", "1 overgenomen door de RAV   2 geweigerd"),
    )


def trouble_words(view: HandoffView) -> str:
    """`14 pogingen · laatste fout: geen antwoord`."""
    if not view.attempts:
        return ""
    problems = [f"{_route(route.route)}: {route.problem}" for route in view.routes if route.problem]
    tail = f" · {' · '.join(problems)}" if problems else ""
    return f"{view.attempts} {'poging' if view.attempts == 1 else 'pogingen'}{tail}"


def _route(name: str) -> str:
    return {"hub": "hub", "direct": "directe route"}.get(name, name)

"""What every screen of the console has: top line, handoff banner, its own body, the line that speaks, the key bar.

A screen is made once and kept. It is told what changed; it asks the desk; it paints what differs. It decides through
`decide`, which turns a failed write into a sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar, Final, TypeVar, cast

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen

from zcc_console.core.errors import ZccError
from zcc_console.desk.rows import Change, HandoffView
from zcc_console.keys import bar_of, key
from zcc_console.terminal.compositor import ThriftyCompositor
from zcc_console.terminal.sizes import Size, is_too_small
from zcc_console.widgets.bindings import bindings
from zcc_console.widgets.handoff_banner import HandoffBanner
from zcc_console.widgets.key_bar import KeyBar
from zcc_console.widgets.prompt import Question
from zcc_console.widgets.say_line import Grade, SayLine
from zcc_console.widgets.small_line import SmallLine
from zcc_console.widgets.status_line import StatusLine
from zcc_console.widgets.triage_field import Field
from zcc_console.widgets.voice_card import VoiceCard

if TYPE_CHECKING:
    from zcc_console.app import ConsoleApp
    from zcc_console.desk.desk import Desk
    from zcc_console.terminal.themes import Palette

T = TypeVar("T")

WIDE = 110
"""Columns from which the handoff button names the patient beside the number: whom it is about must not be guessed."""
EVERYTHING = Change(frozenset(), frozenset(), True, True, first=True)
"""The change a screen is given when it comes back into view."""

REPEATS_S: Final = 0.4
"""A key held down goes on repeating within this time."""


class ConsoleScreen(Screen[None]):
    """The frame. A screen of the console gives `PLACE`, `body`, `update`, and an `action_<id>` for each of its keys."""

    PLACE: ClassVar[str] = ""
    """Its place in `keys.PLACES`."""
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = bindings("prompt", "handoff")
    DEFAULT_CSS: ClassVar[str] = """
    ConsoleScreen { layout: vertical; overflow: hidden hidden; layers: base over; }
    ConsoleScreen.small > * { display: none !important; }
    ConsoleScreen.small > SmallLine { display: block !important; }
    """

    # -- what a screen gives ---------------------------------------------------------------------------------------

    def body(self) -> ComposeResult:
        """The widgets between banner and speaking line."""
        yield from ()

    def update(self, change: Change) -> None:
        """Show what changed; called while in view, after each change and once a second (then `change` may be empty)."""

    def highlighted(self) -> str | None:
        """The id of the call that is chosen on this screen."""
        return None

    def handoff_target(self) -> str | None:
        """The call that the handoff key acts on: the open one, else the chosen one."""
        return self.console.open_call or self.highlighted()

    def call_to_hand_over(self) -> str | None:
        """The handoff key was pressed: the call it is about; a screen on which a call is being typed records it first."""
        return self.handoff_target()

    def handoff_pressed(self, name: str) -> bool:
        """The handoff key was pressed, by this trigger; True where this screen made of it what it is (the key test)."""
        return False

    def close(self) -> None:
        """Escape where nothing is asked; screens that lie over another go back to it."""

    def prepare(self) -> None:
        """Begin what takes long, before anybody asks for this screen."""

    def rest(self, seconds: float) -> None:
        """For so long Enter does nothing here: what came before was finished with Enter, and the key may be held."""
        self._rest_until = self.console.boot() + seconds

    def _rests(self, boot: float) -> bool:
        if boot >= self._rest_until:
            return False
        self._rest_until = max(self._rest_until, boot + REPEATS_S)
        return True

    def take_key(self, event: events.Key) -> bool:
        """Look at a key before any binding does; True where it was for this screen alone (typing, an open question)."""
        if self.card.up and self.card.form is None and event.key in key("voice_aside").keys:
            self.put_card_aside()
        elif self.card.up and self.card.next_card(event.key):
            view = self.card.follow(self.due)
            self.card.show(view, self.desk.voice_card(view) if view is not None else (), self.due)
            return True
        elif self.card.fit_to_typing(self.is_typing):
            if self.card.engage(event.key):
                return True
        elif self.card.press(event.key, event.character if event.is_printable else None):
            return True
        if self.banner.asking and self.banner.press(event.key):
            return True
        if event.key == "enter" and self._rests(self.console.boot()):
            return True
        self.banner.hush()
        return self.line.press(event.key, event.character if event.is_printable else None)

    # -- what every screen has -------------------------------------------------------------------------------------

    def __init__(self) -> None:
        """Its widgets are there before it is shown, so that what is said to it meanwhile is not lost."""
        super().__init__()
        self._compositor = ThriftyCompositor()
        self.status = StatusLine()
        self.banner = HandoffBanner()
        self.line = SayLine()
        self.key_bar = KeyBar(self.PLACE)
        self.small = SmallLine()
        self.card = VoiceCard()
        self.due: tuple[HandoffView, ...] = ()
        self._rest_until = 0.0

    def compose(self) -> ComposeResult:
        yield self.status
        yield self.banner
        yield from self.body()
        yield self.line
        yield self.key_bar
        yield self.small
        yield self.card

    @property
    def console(self) -> ConsoleApp:
        """The app."""
        return cast("ConsoleApp", self.app)

    @property
    def desk(self) -> Desk:
        """The desk: all that is known, and all that can be decided."""
        return self.console.desk

    @property
    def palette(self) -> Palette:
        """The style of each role."""
        return self.console.palette

    def show_all(self, change: Change) -> None:
        """Bring everything on this screen up to date."""
        alarms = self.desk.alarms(self.console.open_call)
        self.status.show(self.console.status())
        self.show_card(alarms)
        self.banner.show(alarms, open_call=self.console.open_call, aside=self.console.cards.aside)
        self.update(change)
        self.line.settle(self.console.standing(), self.console.boot())
        card_came_or_went = self.card.whole != (self.key_bar.place == "voice")
        if change.anything or change.first or card_came_or_went or self.has_class("small"):
            self.show_keys()

    def show_card(self, alarms: Sequence[HandoffView]) -> None:
        """Put up the voice card that is due, or take away the one that is not; one being filled in stays."""
        self.due = due = () if self.has_class("small") else tuple(self.console.cards.due(alarms))
        unsent = self.card.unsent_call
        if unsent is not None and any(view.call_id == unsent and view.standing.is_open for view in alarms):
            self.card.drop_unsent()
        shown = self.card.handoff_id
        view = next((one for one in due if one.handoff_id == shown), None)
        if view is None and shown is not None:
            now = self.desk.handoff_by_id(shown)
            if now is not None:
                self.card.keep_current(now)
            if due and now is not None and not self.has_class("small"):
                self.card.wait_for_key(due)  # another patient's card comes by a key, not by itself
                return
        elif view is None and due:
            view = due[0]
        self.card.show(view, self.desk.voice_card(view) if view is not None else (), due)
        self.card.fit_to_typing(self.is_typing)

    @property
    def is_typing(self) -> bool:
        """Whether a text field of this screen has the focus: what is typed then is for that field, never for the card."""
        return self.line.question is not None

    def put_card_aside(self) -> None:
        """The call must be seen; the card's line stays in the banner. The key goes on to what it always does."""
        self.card.put_aside()
        for view in self.due:
            self.console.cards.put_aside(view)
        self.show_all(EVERYTHING)

    def show_keys(self) -> None:
        """Bring the key bar up to date: what is disabled now, and whom the handoff key acts on."""
        disabled = frozenset(entry.id for entry in bar_of(self.PLACE) if self.why_not(entry.id))
        target = self.handoff_target()
        row = self.desk.row(target) if target is not None else None
        whom = "" if row is None else f"{row.number} {row.who}" if self.size.width >= WIDE else row.number
        place = "voice" if self.card.whole else self.PLACE
        if place != self.key_bar.place:
            self.key_bar.place = place
            self.key_bar.redraw()
        self.key_bar.show(disabled, whom)
        if self.has_class("small"):
            self.small.show(self.desk.alarms(self.console.open_call), self.line.text, row)

    # -- speaking and asking ---------------------------------------------------------------------------------------

    def say(self, text: str, grade: Grade = Grade.PLAIN) -> None:
        """Say a sentence on the line above the key bar."""
        self.line.say(text, grade, self.console.boot())
        if self.has_class("small"):
            self.show_keys()

    def ask(
        self,
        label: str,
        answer: Callable[[str], None],
        *,
        value: str = "",
        usual: tuple[str, ...] = (),
        changed: Callable[[str], None] | None = None,
        dropped: Callable[[], None] | None = None,
        may_be_empty: bool = False,
        hint: str = "",
    ) -> None:
        """Ask something on that line; Enter answers, Escape puts it aside."""
        self.line.ask(Question(label, answer, Field.of(value), usual, changed, dropped, may_be_empty, hint))

    def decide(self, act: Callable[[], T]) -> T | None:
        """Do what a person decided; a refusal or a failed write becomes a sentence, and the result is None."""
        try:
            result = act()
        except ZccError as error:
            self.say(str(error), Grade.ALARM if error.exit_code == 74 else Grade.WARN)
            return None
        self.console.pull()
        return result

    def decide_quietly(self, act: Callable[[], object]) -> None:
        """Record something that nobody asked for (a read, a search); only a failure is said."""
        try:
            act()
        except ZccError as error:
            self.say(str(error), Grade.ALARM)

    def why_not(self, key_id: str) -> str:
        """Nothing where the key works now, else the sentence that says why it does not."""
        entry = key(key_id)
        call_id = self.subject(key_id)
        if entry.without and call_id is None:
            return entry.without
        return self.desk.may(entry.needs, call_id) if entry.needs else ""

    def subject(self, key_id: str) -> str | None:
        """What a key would act on: for most the chosen call."""
        return self.console.open_call if key_id in ("triage", "reserve") else self.highlighted()

    def refuses(self, key_id: str) -> bool:
        """Say why a disabled key does nothing; False where it works."""
        reason = self.why_not(key_id)
        if reason:
            self.say(reason, Grade.WARN)
        return bool(reason)

    # -- events ----------------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        self._fit_to(self.app.size)
        self.show_all(EVERYTHING)

    def on_screen_resume(self) -> None:
        self._fit_to(self.app.size)
        self.show_all(EVERYTHING)

    def on_resize(self, event: events.Resize) -> None:
        self._fit_to(event.size)

    def _fit_to(self, size: object) -> None:
        width, height = self.app.size
        self.set_class(is_too_small(Size(width, height)), "small")
        self.set_class(width < 110, "narrow")
        self.set_class(width >= 140, "wide")
        self.set_class(height < 34, "low")
        self.set_class(height >= 46, "tall")

    def on_paste(self, event: events.Paste) -> None:
        """Pasted text goes where typing goes; elsewhere it is nothing, least of all key presses."""
        event.stop()
        if not self.card.paste(event.text):
            self.line.paste(event.text)

    def action_close(self) -> None:
        if not self.line.drop():
            self.close()

    def action_recall(self) -> None:
        view = self.to_recall()
        if isinstance(view, str):
            self.say(view, Grade.WARN)
            return
        reason = self.banner.ask_recall(view)
        if reason:
            self.say(reason, Grade.WARN)

    def to_recall(self) -> HandoffView | str:
        """The handoff that a recall is about, or why there is none: the open call's, and never another patient's."""
        call_id = self.console.open_call or self.highlighted()
        view = self.desk.handoff(call_id) if call_id is not None else None
        if view is None and self.console.open_call is None:
            view = self.banner.only
        if view is not None:
            return view
        row = self.desk.row(call_id) if call_id is not None else None
        if row is None:
            return "Er is geen overdracht om te herroepen. F6 toont alle overdrachten."
        return f"{row.number} heeft geen overdracht om te herroepen. Een andere kiest u in F6."

    def on_handoff_banner_recall_chosen(self, event: HandoffBanner.RecallChosen) -> None:
        """A recall was asked for, with its reason."""
        event.stop()
        self.decide(lambda: self.desk.recall(event.handoff_id, event.reason))

    def action_card(self) -> None:
        view = self.banner.first
        if view is None or not view.card_due:
            self.say(key("card").without, Grade.WARN)
            return
        self.console.cards.bring_back(view.handoff_id)
        self.show_all(EVERYTHING)

    def on_voice_card_spoken(self, event: VoiceCard.Spoken) -> None:
        """Somebody telephoned the RAV: durable, and on its way to whoever must know."""
        event.stop()

        def record() -> bool:
            self.desk.record_voice(
                event.handoff_id, spoke_to=event.spoke_to, reference=event.reference, outcome=event.outcome
            )
            return True

        if self.decide(record):
            self.card.recorded()
            self.console.pull()

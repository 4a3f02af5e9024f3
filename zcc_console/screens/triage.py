"""Triage: one screen updated in place, from ABCD to what is read out. Every key goes to the flow; every picture comes
from it; the screen itself decides nothing."""

from __future__ import annotations

from time import monotonic
from typing import ClassVar

from textual import events
from textual.app import ComposeResult

from zcc_console.desk.rows import Change
from zcc_console.keys import key
from zcc_console.screens.frame import ConsoleScreen
from zcc_console.screens.triage_flow import TriageFlow
from zcc_console.screens.triage_library import Library
from zcc_console.screens.triage_show import Shower
from zcc_console.widgets.say_line import Grade
from zcc_console.widgets.triage_view import TriageView

REST_S = 1.0
"""After a call is closed Enter takes no next one for so long."""


class KeyTime:
    """When keys were pressed; tests pass their own."""

    def now(self) -> float:
        """This moment, on the clock of the keys."""
        return monotonic()

    def of(self, event: events.Key) -> float:
        """When this key came in."""
        return event.time


class TriageScreen(ConsoleScreen):
    """The open call and its triage."""

    PLACE: ClassVar[str] = "triage"

    def __init__(self) -> None:
        super().__init__()
        self.flow: TriageFlow | None = None
        self._library: Library | None = None
        self._shower = Shower()
        self.key_time = KeyTime()

    def body(self) -> ComposeResult:
        self.view = TriageView(id="triage")
        yield self.view

    # -- what is shown ---------------------------------------------------------------------------------------------

    def update(self, change: Change) -> None:
        """Follow the open call; once a second what is half typed is kept."""
        self._follow()
        if self.flow is not None:
            self.flow.tick()
        self._show()

    def handoff_target(self) -> str | None:
        """The call that is open, and no other."""
        return self.console.open_call

    def highlighted(self) -> str | None:
        return self.console.open_call

    @property
    def library(self) -> Library:
        """The protocol sets of this desk."""
        if self._library is None:
            self._library = Library(self.desk.profile)
        return self._library

    def prepare(self) -> None:
        """Load the protocol set before the first call is taken."""
        app = self.app

        def loaded() -> None:
            app.call_later(self._use_library)

        self.library.want(self.console.run_late, loaded)

    def _follow(self) -> None:
        """Have the flow of the call that is open, and its protocol set."""
        call_id = self.console.open_call
        if call_id is None:
            self.flow = None
            return
        if self.flow is None or self.flow.call_id != call_id:
            if self.flow is not None:
                self.flow.leave()
            self.flow = TriageFlow(self.desk, call_id)
            self.decide(lambda: self.desk.viewed(call_id))
        if self.flow.session is None:
            protocols = self.library.protocols
            if protocols is not None:
                self.flow.open(protocols, self.library.pinned)
                self.flow.guard.changed(self.key_time.now(), opened=True)
            else:
                self.library.want(self.console.run_late, self._loaded)

    def _loaded(self) -> None:
        """Called off the event loop when the set is there, or cannot be."""
        self.app.call_later(self._use_library)

    def _use_library(self) -> None:
        if not self.is_mounted:
            return
        if self.library.notice:
            self.say(self.library.notice, Grade.WARN)
        self._follow()
        self._show()

    def _show(self) -> None:
        flow = self.flow
        if flow is None:
            return
        first = self.banner.first
        shown = first is not None and first.call_id == flow.call_id
        self.view.show(self._shower.picture(flow, banner_shows_it=shown))

    # -- keys ------------------------------------------------------------------------------------------------------

    def take_key(self, event: events.Key) -> bool:
        """Everything but the keys of the frame is for the flow."""
        if super().take_key(event):
            return True
        flow = self.flow
        if flow is None or self._is_for_the_card(event.key):
            return False
        taken = flow.press(event.key, event.character, self.key_time.of(event))
        if flow.ended is not None:
            self.flow = None
            says = flow.ended.says
            self.console.put_down()
            self.console.place("queue").rest(REST_S)
            self.console.say(says, Grade.GOOD)
        elif taken:
            self.console.pull()
        return taken

    def on_screen_resume(self) -> None:
        """Back from another screen: a key that was meant for that one does not count here."""
        super().on_screen_resume()
        if self.library.notice and self.library.protocols is None:
            self.say(self.library.notice, Grade.WARN)
        if self.flow is not None:
            self.flow.guard.changed(self.key_time.now(), opened=True)

    @property
    def is_typing(self) -> bool:
        return super().is_typing or (self.flow is not None and self.flow.is_typing)

    def _is_for_the_card(self, name: str) -> bool:
        """`v` brings the voice card back where it was put aside, whatever else it means in a step."""
        first, flow = self.banner.first, self.flow
        if first is None or not first.card_due or flow is None:
            return False
        return name in key("card").keys and not (flow.is_typing and len(name) == 1)

    def on_paste(self, event: events.Paste) -> None:
        """Pasted text goes where typing goes."""
        event.stop()
        if not self.line.paste(event.text) and self.flow is not None and self.flow.paste(event.text):
            self._show()

    def on_screen_suspend(self) -> None:
        """Another screen comes: what is half typed is kept, answers that wait go to the RAV."""
        if self.flow is not None:
            self.flow.leave()

    def on_unmount(self) -> None:
        """The console ends: nothing that was typed is lost."""
        if self.flow is not None:
            self.flow.leave()

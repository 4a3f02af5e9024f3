"""The console: one Textual app over one desk. It shows what is on disk, is woken by the courier, and knows no network."""

from __future__ import annotations

import asyncio
import gc
import socket
import sys
import threading
from collections.abc import Callable
from typing import Any, ClassVar

from textual import events
from textual.binding import BindingType
from textual.screen import Screen

from zcc_console.core.config import Profile
from zcc_console.core.errors import StoreError, ZccError
from zcc_console.courier.start import LOCK, ensure_courier
from zcc_console.desk.desk import Desk
from zcc_console.desk.rows import Change
from zcc_console.keys import key
from zcc_console.screens.frame import ConsoleScreen
from zcc_console.screens.places import STANDING, import_all, make
from zcc_console.screens.queue import QueueScreen
from zcc_console.screens.standing import standing_of, status_of
from zcc_console.screens.voice import unsent_of
from zcc_console.store.engine import DatabaseError
from zcc_console.store.glimpse import NAME, keep
from zcc_console.store.locks import LEAVE, ProcessLock, drain, listen, take_place
from zcc_console.terminal.desk_app import DeskApp, run_desk
from zcc_console.terminal.overdue import Overdue
from zcc_console.widgets.bindings import global_bindings
from zcc_console.widgets.daypart import IsHoliday, dutch_holidays, no_holiday
from zcc_console.widgets.say_line import Grade
from zcc_console.widgets.status_line import Status
from zcc_console.widgets.voice_watch import CardWatch

BATCH_S = 0.125
"""At most eight batches of changes a second: more is not read by anybody, and each costs the line."""
TICK_S = 1.0
OVERDUE_S = 1.0
"""How long the local write of a handoff may take before the telephone number is shown (contract.md §4)."""
COURIER_S = 2.0
"""How soon a courier that died is started again; well within the ten seconds of a handoff."""
QUIT_WITHIN_S = 3.0
FIRST_LINES = 120
"""Lines of the queue that a desk opens on: more than any terminal shows. The rest follows the first paint."""
READ_AT_ONCE, READ_AGAIN_S = 150, 0.01
"""How many calls are then read in one go, and how long keys have the loop to themselves in between."""
GLIMPSE_S = 20.0
"""How often the queue is kept for the next start."""


class ConsoleApp(DeskApp):
    """The shell: screens, the handoff key, wake-ups, leaving."""

    BINDINGS: ClassVar[list[BindingType]] = global_bindings()
    CSS: ClassVar[str] = "Screen { background: $background; }"

    def __init__(
        self,
        desk: Desk,
        *,
        receiver: socket.socket | None = None,
        run_late: Callable[[Callable[[], None]], None] | None = None,
    ) -> None:
        """Show a desk.

        Args:
            receiver: the socket on which wake-ups come; closed by whoever made it.
            run_late: runs slow work off the event loop (in a thread); tests pass one that does it at once, or not.
        """
        super().__init__()
        self.desk = desk
        where = desk.where()
        self.open_call: str | None = where.call_id if where.call_id and desk.row(where.call_id) else None
        self.cards = CardWatch()
        """Which voice cards were put aside; one for all screens."""
        self.parting = ""
        """What is said in the terminal when the console has ended."""
        self._screens: dict[str, ConsoleScreen] = {}
        self._trail: list[str] = []
        self._first_place = where.screen if where.screen != "triage" or self.open_call else "queue"
        self._receiver = receiver
        self.run_late = run_late or _in_a_thread
        self._is_holiday: IsHoliday = no_holiday
        self._batch_due = False
        self._last_batch = 0.0
        self._handoff_key = ""
        self._quit_pressed_at: float | None = None

    # -- screens ---------------------------------------------------------------------------------------------------

    def get_default_screen(self) -> Screen[Any]:
        """The queue, or where the last console stood."""
        return self.place(self._first_place)

    def place(self, name: str) -> ConsoleScreen:
        """The screen of a place; made once and kept."""
        made = self._screens.get(name)
        if made is None:
            made = self._screens[name] = make(name)
            self.install_screen(made, name)
        return made

    @property
    def here(self) -> ConsoleScreen | None:
        """The screen in view, where it is one of ours."""
        screen = self.screen_stack[-1] if self.screen_stack else None  # none while it is opening or closing
        return screen if isinstance(screen, ConsoleScreen) else None

    def go(self, name: str) -> None:
        """Show a place; the one before is kept as it is."""
        here = self.here
        if here is not None:
            here.line.drop()
            if name == here.PLACE:
                return
            self._trail = [] if name in STANDING else [*self._trail, here.PLACE]
        self._bring(self.place(name))
        if name in STANDING:
            self.stand()

    def _bring(self, screen: ConsoleScreen) -> None:
        """Bring a screen into view. The first one lies at the bottom for good (Textual cannot switch it); at most one
        other lies over it."""
        while len(self.screen_stack) > 2:
            self.pop_screen()
        if screen is self.screen_stack[0]:
            if len(self.screen_stack) > 1:
                self.pop_screen()
        elif len(self.screen_stack) > 1:
            self.switch_screen(screen)
        else:
            self.push_screen(screen)

    @property
    def came_from(self) -> str:
        """The place from which a screen that lies over it was opened."""
        return self._trail[-1] if self._trail else "queue"

    def show_in_queue(self, call_id: str) -> None:
        """Go to the queue with this call chosen; says so where it is not in it."""
        self.go("queue")
        queue = self.place("queue")
        if isinstance(queue, QueueScreen) and not queue.choose(call_id):
            self.say("Die oproep is niet meer in de rij.", Grade.WARN)

    def back(self) -> None:
        """From a screen that lies over another to the one it was opened from."""
        trail = self._trail
        self.go(self.came_from)
        self._trail = trail[:-1]

    def stand(self) -> None:
        """Keep where the console stands; not being able to is no reason to stop."""
        here = self.here
        places = [*self._trail, here.PLACE if here is not None else ""]
        screen = next((place for place in reversed(places) if place in STANDING), "queue")
        try:
            self.desk.stand(self.open_call, screen)
        except ZccError as error:
            self.say(str(error), Grade.ALARM)

    def open(self, call_id: str) -> None:
        """Make a call the open one and show its triage."""
        self.open_call = call_id
        self.go("triage")
        self.pull()

    def put_down(self) -> None:
        """No call is open any more (it was closed, put back or handed on); the queue is shown."""
        self.open_call = None
        self.go("queue")
        self.stand()
        self.pull()

    # -- what is said and shown ------------------------------------------------------------------------------------

    def say(self, text: str, grade: Grade = Grade.PLAIN) -> None:
        """Say a sentence on the screen in view."""
        if self.here is not None:
            self.here.say(text, grade)

    def boot(self) -> float:
        """Seconds on the desk's boot clock."""
        return self.desk.clock.boot()

    def status(self) -> Status:
        """What the top line says now."""
        return status_of(self.desk, self._is_holiday)

    def standing(self) -> str:
        """What stands open and deserves a line while nothing else is said."""
        return standing_of(self.desk)

    # -- being up to date ------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Listen for wake-ups and look once a second; what is slow comes after the first paint."""
        if self._receiver is not None:
            asyncio.get_running_loop().add_reader(self._receiver.fileno(), self._woken)
        self.set_interval(TICK_S, self.pull)
        self.set_interval(COURIER_S, self._keep_courier)
        self.set_interval(GLIMPSE_S, self._keep_glimpse)
        self.call_after_refresh(self._read_on)

    def _read_on(self) -> None:
        """After the first paint: what is left of a long queue, a little at a time; then what is slow, in a thread."""
        if not self.desk.complete:
            self._read_some()
            self.set_timer(READ_AGAIN_S, self._read_on)
            return
        gc.enable()
        self.run_late(self._late)

    def _read_some(self) -> None:
        change, queue = self.desk.read_on(READ_AT_ONCE), self._screens.get("queue")
        if isinstance(queue, QueueScreen):
            queue.take_in(change)
        if self.desk.complete and self.here is not None:
            self.here.show_all(READ)

    def _keep_glimpse(self) -> None:
        """Keep the queue as it stands on the screen, for the next start's first words."""
        queue, profile = self._screens.get("queue"), self.desk.profile
        if self._receiver is not None and isinstance(queue, QueueScreen) and self.desk.complete:
            keep(str(profile.state_dir / NAME), str(profile.key_path), queue.glimpse())

    def on_unmount(self) -> None:
        """Listen no more."""
        if self._receiver is not None:
            asyncio.get_running_loop().remove_reader(self._receiver.fileno())

    def _keep_courier(self) -> None:
        """A courier that died is started again: what was pressed must go on, whatever ended it."""
        if self._receiver is not None and ProcessLock(self.desk.profile.state_dir / LOCK).holder() is None:
            threading.Thread(target=ensure_courier, args=(self.desk.profile,), daemon=True).start()

    def _late(self) -> None:
        """Everything slow that the first paint did not need; off the event loop."""
        self.call_later(self._know_holidays, dutch_holidays())
        import_all()
        self.call_later(lambda: self.place("triage").prepare())
        gc.freeze()  # what is there now stays: looking through it again would hold up keys

    def _know_holidays(self, is_holiday: IsHoliday) -> None:
        self._is_holiday = is_holiday
        self.pull()

    def _woken(self) -> None:
        assert self._receiver is not None
        if LEAVE in drain(self._receiver):
            self.leave("Deze werkplek is verderop geopend; hier is hij gesloten. Niets is verloren.")
            return
        if not self._batch_due:
            loop = asyncio.get_running_loop()
            self._batch_due = True
            loop.call_later(max(0.0, self._last_batch + BATCH_S - loop.time()), self.call_later, self._batch)

    def _batch(self) -> None:
        self._batch_due = False
        self._last_batch = asyncio.get_running_loop().time()
        self.pull()

    def pull(self) -> None:
        """Read what changed and bring the screen in view up to date."""
        try:
            change = self.desk.refresh()
        except (ZccError, DatabaseError) as error:
            why = str(error) if isinstance(error, ZccError) else type(error).__name__
            self.say(
                f"De bestanden van deze desk zijn niet te lezen ({why}); u ziet wat er was. F9 werkt.", Grade.ALARM
            )
            change = QUIET
        if self.open_call is not None and change.calls and self.desk.row(self.open_call) is None:
            self.open_call = None
        if self.here is not None and self.here.is_mounted:
            try:
                self.here.show_all(change if change.anything else QUIET)
            except Exception as error:  # an item nobody foresaw: the screen goes on, and the handoff key with it
                self.mishaps.add(error)
                self.say(
                    "Een deel van het scherm is niet bij te werken; F9 werkt. Waarschuw de beheerder.", Grade.ALARM
                )

    # -- keys ------------------------------------------------------------------------------------------------------

    async def on_event(self, event: events.Event) -> None:
        """Keys are dealt with here, one after the other: what the first of a burst opens, the second already finds."""
        if isinstance(event, events.Key) and not event.is_forwarded and self.here is not None:
            if event.key in key("handoff").keys:
                self._handoff_key = event.key
            if await self._check_bindings(event.key, priority=True):
                return
            if self.here.take_key(event) or await self._check_bindings(event.key):
                return
        await super().on_event(event)

    def action_handoff(self) -> None:
        """The handoff key: at once, by id, without a question; a write that fails is the voice card."""
        here = self.here
        if here is None or here.handoff_pressed(self._handoff_key):
            return
        call_id: str | None = None
        try:
            call_id = here.call_to_hand_over()
            if call_id is None:
                self.say(key("handoff").without, Grade.ALARM)
                return
            with self._overdue(call_id) as overdue:
                pressed = self.desk.press_handoff(call_id)
            if overdue.said:
                self.refresh(layout=True)
        except Exception as error:
            self.voice_card_at_once(call_id, error)
            return
        self.pull()
        if self.here is not None and not pressed.sent:
            self.here.banner.say(pressed.says)

    def _overdue(self, call_id: str) -> Overdue:
        """A write that takes a second puts the telephone number on the screen, though the event loop waits for it."""
        unsent = unsent_of(self.desk, call_id, StoreError("het opslaan duurt te lang"))
        lines = (
            "",
            f"BEL NU DE RAV   {unsent.rav}   {unsent.phone}",
            "Het opslaan op deze werkplek duurt te lang; de overdracht is nog niet vastgelegd.",
            "",
            *(f"{label:<10} {text}" for label, text in unsent.lines),
            "",
        )
        driver = self._driver
        write = driver.write if driver is not None else _nowhere
        return Overdue(write, lines, self.size.width, OVERDUE_S)

    def voice_card_at_once(self, call_id: str | None, error: Exception) -> None:
        """The press could not be made durable: only the telephone is left."""
        unsent = unsent_of(self.desk, call_id, error)
        if self.here is not None:
            self.here.card.raise_unsent(unsent)
        self.say(f"NIET VERSTUURD. Bel nu {unsent.rav} {unsent.phone}. {unsent.problem}", Grade.ALARM)

    def action_queue(self) -> None:
        here = self.here
        if here is not None and here.PLACE == "queue" and not here.line.drop():
            here.close()
        self.go("queue")

    def action_triage(self) -> None:
        if self.here is not None and not self.here.refuses("triage"):
            self.go("triage")

    def action_capacity(self) -> None:
        self.go("capacity")

    def action_regie(self) -> None:
        self.go("regie")

    def action_handoffs(self) -> None:
        self.go("handoffs")

    def action_help(self) -> None:
        self.go("help")

    # -- leaving ---------------------------------------------------------------------------------------------------

    def action_guarded_quit(self) -> None:
        """Twice within three seconds; says what is not delivered yet."""
        now = self.boot()
        if self._quit_pressed_at is not None and now - self._quit_pressed_at <= QUIT_WITHIN_S:
            self.leave("")
            return
        self._quit_pressed_at = now
        waiting = self.desk.undelivered()
        said = f"{waiting} nog niet bezorgd; de koerier gaat door. " if waiting else "Alles is bezorgd. "
        unsafe = [view for view in self.desk.alarms() if view.standing.is_open or view.card_due]
        if unsafe:
            first = unsafe[0]
            more = f" en nog {len(unsafe) - 1}" if len(unsafe) > 1 else ""
            said = f"NIET GEACCEPTEERD: {first.number} {first.who}{more}, bel {first.rav_name} {first.rav_phone}. "
            self.say(f"{said}Toch sluiten: nog eens Ctrl+Q binnen 3 seconden.", Grade.ALARM)
            return
        self.say(f"{said}Nog eens Ctrl+Q binnen 3 seconden sluit de werkplek.", Grade.WARN)

    def leave(self, parting: str) -> None:
        """End the console with a sentence."""
        waiting = self.desk.undelivered()
        rest = f"Nog niet bezorgd: {waiting}. De koerier gaat daarmee door." if waiting else ""
        self.parting = " ".join(part for part in (parting, rest) if part)
        self._keep_glimpse()
        self.exit(0)


def _nowhere(text: str) -> None:
    """Without a terminal there is nobody to tell."""


QUIET = Change(frozenset(), frozenset(), False, False)
READ = Change(frozenset(), frozenset(), True, True)
"""All was read that was left at first; what was read was told by itself."""


def _in_a_thread(work: Callable[[], None]) -> None:
    threading.Thread(target=work, name="late imports", daemon=True).start()


def run_console(profile: Profile) -> int:
    """Open the desk of a profile in this terminal; the exit code.

    A console that is open on this profile already is asked to leave; this one takes its place.

    Raises:
        ZccError: the place cannot be taken, or the desk's files cannot be opened.
    """
    lock = ProcessLock(profile.state_dir / "console.lock")
    wake = profile.state_dir / "console.sock"
    take_place(lock, wake)
    try:
        receiver = listen(wake)
        gc.disable()
        try:
            desk = Desk.open(profile, first_lines=FIRST_LINES)
            try:
                app = ConsoleApp(desk, receiver=receiver)
                code = run_desk(app)
            finally:
                desk.close()
        finally:
            gc.enable()
            receiver.close()
            wake.unlink(missing_ok=True)
    finally:
        lock.release()
    if app.parting and sys.__stderr__ is not None:
        sys.__stderr__.write(app.parting + "\n")
    return code

"""The base of our Textual app: quiet, keyboard only, and silent about patients when it crashes. Knows no screen of ours."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from typing import Any, ClassVar

from rich.console import RenderableType
from textual import events
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import App
from textual.binding import Binding, BindingType
from textual.filter import ANSIToTruecolor, NoColor
from textual.screen import Screen
from textual.worker import WorkerFailed

from zcc_console.terminal.crash import CRASHED, Crash, Mishaps, describe, farewell_line
from zcc_console.terminal.driver import DeskDriver
from zcc_console.terminal.frames import ThriftyUpdate
from zcc_console.terminal.themes import THEMES, Palette, look_for


class DeskApp(App[int]):
    """A Textual app with everything off that moves, blinks, points or interrupts.

    The app that inherits gives `action_guarded_quit` its meaning.
    """

    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False
    ESCAPE_TO_MINIMIZE = False
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+q", "guarded_quit", show=False, priority=True)]

    def __init__(self) -> None:
        super().__init__(driver_class=DeskDriver)
        self.crash: Crash | None = None
        """The exception that ended the app, without what it was about."""
        self.mishaps = Mishaps()
        """Exceptions elsewhere, which did not end it."""
        self.animation_level = "none"
        for theme in THEMES:
            self.register_theme(theme)
        look = look_for(self.console.color_system, self.no_color)
        self.palette: Palette = look.palette
        """The style of each role, for what this terminal can show."""
        # Set before the first frame, so that it is not styled twice; what the theme's watcher would do is done here.
        self.set_reactive(App.theme, look.theme)
        self.stylesheet.set_variables(self.get_css_variables())
        # Under NO_COLOR Textual would send greys, and fail on a segment that has no style.
        self._filters = (
            [NoColor()] if self.no_color else [ANSIToTruecolor(self.ansi_theme, enabled=not self.native_ansi_color)]
        )

    # -- nothing but the app decides when it ends ------------------------------------------------------------------

    def action_guarded_quit(self) -> None:
        """Ctrl+Q and Ctrl+C: the app says what is still open and how to leave. Here: nothing."""

    async def action_quit(self) -> None:
        """Textual's own way out is the guarded one."""
        self.action_guarded_quit()

    def action_help_quit(self) -> None:
        """Ctrl+C, which elsewhere ends a program: the same."""
        self.action_guarded_quit()

    def action_suspend_process(self) -> None:
        """A desk is not put in the background."""

    # -- quiet -----------------------------------------------------------------------------------------------------

    def notify(self, message: str, **_: Any) -> None:
        """No toasts: they lie over the queue. What must be said has its place on the screen."""

    def copy_to_clipboard(self, text: str) -> None:
        """Keep what was cut or copied inside the app; Textual would send it to the terminal's clipboard."""
        self._clipboard = text

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """No blinking cursor in any text field."""
        if getattr(event.widget, "cursor_blink", False):
            event.widget.cursor_blink = False  # type: ignore[attr-defined]

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        """Write frames with as few bytes as we know how."""
        if isinstance(renderable, ChopsUpdate | LayoutUpdate):
            renderable = ThriftyUpdate(renderable)
        super()._display(screen, renderable)

    # -- crashes ---------------------------------------------------------------------------------------------------

    def on_load(self) -> None:
        """What goes wrong in a callback of the loop is kept, not printed."""
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _loop, context: self.mishaps.add(context.get("exception")))

    def _handle_exception(self, error: Exception) -> None:
        """End with code 70; nothing of the exception reaches the terminal."""
        cause: BaseException = error
        while isinstance(cause, WorkerFailed):
            cause = cause.error
        if self.crash is None:
            self.crash = describe(cause)
        self._return_code = CRASHED
        if self._exception is None:  # for tests with a pilot, which raise it again
            self._exception = error
            self._exception_event.set()
        self._close_messages_no_wait()


def run_desk(app: DeskApp) -> int:
    """Run the app in this terminal; returns the exit code. After a crash one line says so, without patient data."""
    app.mishaps.watch()
    code: int | None
    try:
        app.run(mouse=False)
        code = app.return_code
    except KeyboardInterrupt:
        code = 130
    except Exception as error:
        code, app.crash = CRASHED, app.crash or describe(error)
    lines = [] if app.crash is None else [farewell_line(app.crash)]
    lines += [f"zcc-console, intern: {mishap.line()}" for mishap in list(app.mishaps.seen)[-3:]]
    if lines and sys.__stderr__ is not None:
        with contextlib.suppress(OSError):  # nobody is there to read it
            print(*lines, sep="\n", file=sys.__stderr__, flush=True)
    return CRASHED if app.crash is not None else code or 0

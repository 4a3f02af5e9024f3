"""Sleuteltest: at the start of a shift, press the handoff key and see that it arrives, each trigger and each route by itself.

With a call open the key is the real one, here as everywhere: a test never stands in the way of a handoff.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar, Final

from rich.style import Style
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.strip import Strip

from zcc_console.core.clock import local
from zcc_console.core.handoff import State
from zcc_console.desk.rows import Change, HandoffView
from zcc_console.keys import key
from zcc_console.screens.frame import ConsoleScreen
from zcc_console.terminal.themes import Palette
from zcc_console.widgets.bindings import bindings
from zcc_console.widgets.pane import Pane
from zcc_console.widgets.rule import rule
from zcc_console.widgets.say_line import Grade
from zcc_console.widgets.triage_line import Line, wrap

AGAIN_AFTER_S: Final = 3.0
"""A held key is many presses; within this time they are one test."""
ROUTES: Final = {"hub": "route 1, langs de regio (hub)", "direct": "route 2, rechtstreeks naar de RAV"}
ABOUT: Final = (
    "Druk op F9 en daarna op Ctrl+G. Elke toets moet hieronder verschijnen, en elke route moet melden dat de test "
    "bij de RAV is. Er wordt niemand gestoord: het is een oefenbericht en er loopt geen klok."
)


class KeyTestText(Pane):
    """What was pressed and what arrived."""

    DEFAULT_CSS: ClassVar[str] = "KeyTestText { height: 1fr; }"

    def __init__(self) -> None:
        super().__init__(id="key-test")
        self.pressed: dict[str, datetime] = {}
        self.test: HandoffView | None = None
        self.open_number = ""
        self.phone = ""

    def show(self, pressed: dict[str, datetime], test: HandoffView | None, open_number: str, phone: str) -> None:
        """Show when each trigger was last pressed, the newest test, and the open call's number (then it is no test)."""
        self.pressed, self.test, self.open_number, self.phone = dict(pressed), test, open_number, phone
        self.redraw()

    def draw(self, width: int, height: int) -> Sequence[Strip]:
        palette = self.palette
        lines = [rule(width, palette, "SLEUTELTEST", "begin van de dienst"), Strip.blank(width)]
        lines += [Line(width).to(2).put(text, palette.normal).strip() for text in wrap(ABOUT, width - 4, 4)]
        if self.open_number:
            warning = f"Oproep {self.open_number} is open: de toets draagt die nu echt over. Leg hem eerst terug."
            lines += [Strip.blank(width), Line(width).to(2).put(warning, palette.alarm).strip()]
        lines += [Strip.blank(width), rule(width, palette, "TOETSEN")]
        handoff = key("handoff")
        for name, shown in zip(handoff.keys, (handoff.shown, *handoff.twins), strict=True):
            at = self.pressed.get(name)
            said = f"✓ aangekomen {local(at).strftime('%H:%M:%S')}" if at else "nog niet gedrukt"
            lines.append(_row(shown, said, palette.good if at else palette.dim, width, palette))
        lines += [Strip.blank(width), rule(width, palette, "ROUTES")]
        if self.test is None:
            lines.append(_row("", "nog geen test", palette.dim, width, palette))
        else:
            lines += [_row(*_route(self.test, name, palette), width, palette) for name in ROUTES]
            lines.append(_row("de RAV zegt", *_answer(self.test, palette), width, palette))
        foot = f"Komt een toets of route niet aan: meld het, en bel bij spoed zelf {self.phone}."
        return [*lines, Strip.blank(width), Line(width).to(2).put(foot, palette.warn).strip()]


def _row(label: str, text: str, style: Style, width: int, palette: Palette) -> Strip:
    return Line(width).to(2).field(label, 36, palette.strong).put(text, style).strip()


def _route(test: HandoffView, name: str, palette: Palette) -> tuple[str, str, Style]:
    label = ROUTES[name]
    route = next((route for route in test.routes if route.route == name), None)
    if route is None:
        return label, "niet ingericht op deze desk", palette.dim
    if route.state == "delivered":
        return label, "✓ afgeleverd", palette.good
    if route.state == "refused":
        return label, f"GEWEIGERD  {route.problem}", palette.u1
    tried = f", {route.attempts} pogingen" if route.attempts else ""
    return label, f"onderweg{tried}  {route.problem}".rstrip(), palette.warn


def _answer(test: HandoffView, palette: Palette) -> tuple[str, Style]:
    state = test.standing.state
    if state in (State.COMMITTED, State.SENT):
        return "nog niets", palette.warn
    at = local(test.received_at).strftime("%H:%M:%S") if test.received_at is not None else ""
    return f"✓ ontvangen {at}".rstrip(), palette.good


class KeyTestScreen(ConsoleScreen):
    """The key test."""

    PLACE = "keytest"
    BINDINGS: ClassVar[list[BindingType]] = bindings("keytest")

    def __init__(self) -> None:
        super().__init__()
        self.pressed: dict[str, datetime] = {}
        self._tested_at = -1e9

    def body(self) -> ComposeResult:
        self.text = KeyTestText()
        yield self.text

    def update(self, change: Change) -> None:
        tests = self.desk.key_tests()
        open_call = self.console.open_call
        row = self.desk.row(open_call) if open_call is not None else None
        rav = self.desk.profile.default_rav
        number = (row.number if row is not None else "?") if open_call is not None else ""
        self.text.show(self.pressed, tests[0] if tests else None, number, f"{rav.name}, {rav.phone}")

    def handoff_pressed(self, name: str) -> bool:
        self.pressed[name] = self.desk.hub_now()
        if self.console.open_call is not None:
            return False
        now = self.console.boot()
        if now - self._tested_at >= AGAIN_AFTER_S:
            self._tested_at = now
            pressed = self.decide(self.desk.press_key_test)
            if pressed is not None:
                self.say(pressed.says, Grade.GOOD)
        self.update(Change(frozenset(), frozenset(), True, True))
        return True

    def close(self) -> None:
        self.console.back()

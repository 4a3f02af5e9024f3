"""The persistent banner of a handoff: over the whole width below the status line, on every screen, until it is settled.

It is told what to show; it asks nothing of the desk itself, and never says more than the `HandoffView` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.message import Message
from textual.strip import Strip

from zcc_console.desk.rows import HandoffView
from zcc_console.widgets.handoff_lines import REASONS, banner_lines
from zcc_console.widgets.pane import Pane

SAID_S = 4.0
"""How long an answer to pressing again stands in place of what to do."""


class HandoffBanner(Pane):
    """Three lines (a fourth where several are open), or none at all."""

    @dataclass
    class RecallChosen(Message):
        """A recall was asked for, and why."""

        handoff_id: str
        reason: str

    @dataclass
    class CardWanted(Message):
        """The voice card that was put aside is wanted again."""

        handoff_id: str

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._views: tuple[HandoffView, ...] = ()
        self._says = ""
        self._said_at: tuple[object, ...] = ()
        self._said_after: float | None = None
        self._asking = False
        self._aside: frozenset[str] = frozenset()

    @property
    def first(self) -> HandoffView | None:
        """The handoff in the first line; keys act on it."""
        return self._views[0] if self._views else None

    @property
    def asking(self) -> bool:
        """Whether it waits for the reason of a recall: the next key is for it."""
        return self._asking and bool(self._views)

    def show(self, views: Sequence[HandoffView], *, aside: frozenset[str] = frozenset()) -> None:
        """Show these handoffs (`Desk.alarms()`), the worst first; called on every refresh and once a second.

        Args:
            aside: ids of handoffs whose voice card was put aside.
        """
        before = self.first
        self._views, self._aside = tuple(views), aside
        first = self.first
        if before is not None and (first is None or first.handoff_id != before.handoff_id):
            self._says, self._asking = "", False
        if self._says and (first is None or self._mark(first) != self._said_at or self._said_long_ago(first)):
            self._says = ""
        self.redraw()

    def say(self, text: str) -> None:
        """What pressing the key again was answered with (`Pressed.says`): until the next key or state, or some seconds."""
        self._says = text
        first = self.first
        if first is not None:
            self._said_at, self._said_after = self._mark(first), first.elapsed_s
        self.redraw()

    @staticmethod
    def _mark(view: HandoffView) -> tuple[object, ...]:
        return (view.handoff_id, view.standing.state, view.reading.alarm, view.reading.why)

    def _said_long_ago(self, view: HandoffView) -> bool:
        if view.elapsed_s is None or self._said_after is None:
            return False
        return view.elapsed_s - self._said_after >= SAID_S

    def hush(self) -> None:
        """Take back what was said."""
        if self._says:
            self.say("")

    def ask_recall(self) -> str:
        """Ask for the reason of a recall; returns why not where there is nothing to recall (Dutch), else nothing."""
        view = self.first
        if view is None:
            return "Er is geen overdracht om te herroepen."
        if view.standing.recall is not None:
            return "Er is al gevraagd om te stoppen. Alleen de RAV beslist."
        if view.standing.ended:
            return "Deze overdracht is al geëindigd; er is niets om te herroepen."
        self._asking, self._says = True, ""
        self.redraw()
        return ""

    def press(self, key: str) -> bool:
        """A key while it waits for a reason: a number gives it, anything else stops asking. True: the key is used."""
        view = self.first
        if not self.asking or view is None:
            return False
        self._asking = False
        reason = dict(REASONS).get(key)
        if reason is not None:
            self.post_message(self.RecallChosen(view.handoff_id, reason))
        self.redraw()
        return True

    def draw(self, width: int, height: int) -> Sequence[Strip]:
        """The lines; `height` is what they need."""
        first = self.first
        return banner_lines(
            self._views,
            width,
            self.palette,
            says=self._says,
            asking=self._asking,
            aside=first is not None and first.handoff_id in self._aside,
        )

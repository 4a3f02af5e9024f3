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


def is_function_key(key: str) -> bool:
    """Whether a key means the same wherever it is pressed: F1 to F12, or something with Ctrl."""
    return key.startswith("ctrl+") or (key[:1] == "f" and key[1:].isdigit())


class HandoffBanner(Pane):
    """Three lines for the one that matters, a line for each few others; one line where all are settled; or none."""

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
        self._asked: HandoffView | None = None
        self._open_call: str | None = None
        self._aside: frozenset[str] = frozenset()

    @property
    def first(self) -> HandoffView | None:
        """The handoff shown large: the open call's own, or the worst live one; None where only settled ones are left."""
        first = self._views[0] if self._views else None
        return first if first is not None and (first.live or first.call_id == self._open_call) else None

    @property
    def only(self) -> HandoffView | None:
        """The one that is shown, where there is but one."""
        return self._views[0] if len(self._views) == 1 else None

    @property
    def asking(self) -> bool:
        """Whether it waits for the reason of a recall: the next key is for it."""
        return self._asked is not None

    def show(
        self, views: Sequence[HandoffView], *, open_call: str | None = None, aside: frozenset[str] = frozenset()
    ) -> None:
        """Show these handoffs, in the order of `Desk.alarms()`; called on every refresh and once a second.

        Args:
            open_call: the call that is open: its own handoff is shown large.
            aside: ids of handoffs whose voice card was put aside.
        """
        before = self.first
        self._views, self._open_call, self._aside = tuple(views), open_call, aside
        first = self.first
        if before is not None and (first is None or first.handoff_id != before.handoff_id):
            self._says = ""
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

    def ask_recall(self, view: HandoffView) -> str:
        """Ask why this one is recalled; returns why not where there is nothing to recall (Dutch), else nothing."""
        if view.standing.recall is not None:
            return f"{view.number}: er is al gevraagd om te stoppen. Alleen de RAV beslist."
        if view.standing.ended:
            return f"De overdracht van {view.number} is al geëindigd; er is niets om te herroepen."
        self._asked, self._says = view, ""
        self.redraw()
        return ""

    def press(self, key: str) -> bool:
        """A key while it waits for a reason: a number gives it, anything else stops asking.

        True: the key is used. A function key is not: it goes on to what it always does.
        """
        view, self._asked = self._asked, None
        if view is None:
            return False
        reason = dict(REASONS).get(key)
        if reason is not None:
            self.post_message(self.RecallChosen(view.handoff_id, reason))
        self.redraw()
        return not is_function_key(key)

    def draw(self, width: int, height: int) -> Sequence[Strip]:
        """The lines; `height` is what they need."""
        first = self.first
        return banner_lines(
            self._views,
            width,
            self.palette,
            large=first is not None,
            says=self._says,
            asked=self._asked,
            aside=first is not None and first.handoff_id in self._aside,
        )

"""Wachtrij: the queue, the chosen call, and the region beside it. New calls never move the choice."""

from __future__ import annotations

from time import perf_counter
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.timer import Timer

from zcc_console.core.clock import local_hm
from zcc_console.desk.rows import Change, FloorFigures
from zcc_console.screens.queue_decisions import QueueDecisions
from zcc_console.screens.queue_rows import QueueRows
from zcc_console.screens.queue_search import Search, hidden_words
from zcc_console.widgets.bindings import bindings
from zcc_console.widgets.call_detail import CallDetail
from zcc_console.widgets.capacity_panel import CapacityPanel, CapacityStrip
from zcc_console.widgets.heading import Heading
from zcc_console.widgets.queue_row import without_wait
from zcc_console.widgets.queue_view import QueueView
from zcc_console.widgets.rule import Piece
from zcc_console.widgets.side_panes import FloorPane, HandoffsPane, NoticesPane, TonightPane
from zcc_console.widgets.spans import calm_span, share

READ_AFTER_S = 1.0
"""A call on which the choice rests this long counts as read (NEN 7513); one that is passed over does not."""
FIGURES_EVERY_S = 30.0
"""The evening's figures cost some milliseconds and say nothing new within half a minute."""
SLOW_EVERY_S = 10.0
"""How often what only grows older is looked at again; it goes in steps of ten seconds."""
COUNTED_S = 130.0
"""Waits below this may count every second (`widgets.queue_row`), so they are looked at every second."""
REST_S = 0.06
"""A held key passes over calls; the one it rests on is shown in full."""
FIGURES_SHARE = 200.0
"""They may take one part in so many of the time."""


class QueueScreen(QueueDecisions):
    """The first screen of a desk."""

    PLACE = "queue"
    BINDINGS: ClassVar[list[BindingType]] = bindings("queue")
    DEFAULT_CSS: ClassVar[str] = """
    QueueScreen #columns { height: 1fr; }
    QueueScreen #left { width: 1fr; }
    QueueScreen #right { width: 42; margin: 0 0 0 2; }
    QueueScreen CallDetail, QueueScreen TonightPane, QueueScreen NoticesPane { margin: 1 0 0 0; }
    QueueScreen CallDetail { height: 8; }
    QueueScreen TonightPane { height: 4; }
    QueueScreen HandoffsPane, QueueScreen FloorPane { margin: 1 0 0 0; }
    QueueScreen.wide #right { width: 54; }
    QueueScreen.tall HandoffsPane { height: 7; }
    QueueScreen.tall FloorPane { height: 12; }
    QueueScreen CapacityStrip { display: none; }
    QueueScreen.narrow #right { display: none; }
    QueueScreen.narrow CapacityStrip { display: block; }
    QueueScreen.low CallDetail { height: 4; margin: 0; }
    QueueScreen.low TonightPane, QueueScreen.low NoticesPane { display: none; }
    QueueScreen.low FloorPane { display: none; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.search = Search()
        self._resting: tuple[str | None, float] = (None, 0.0)
        self._read: str | None = None
        self.queue = QueueRows()
        self._words: dict[str, str] = {}
        self.figures: FloorFigures | None = None
        self._figures_due = 0.0
        self._slow_due = 0.0
        self._rest: Timer | None = None
        self._taken_in = False

    def body(self) -> ComposeResult:
        self.title_line = Heading()
        self.view = QueueView(resized=self._show_title)
        self.detail = CallDetail()
        self.tonight = TonightPane()
        self.notices = NoticesPane()
        self.panel = CapacityPanel()
        self.handoffs = HandoffsPane()
        self.floor = FloorPane()
        self.strip = CapacityStrip()
        with Horizontal(id="columns"):
            with Vertical(id="left"):
                yield self.title_line
                yield self.view
                yield self.detail
                yield self.tonight
                yield self.notices
            with Vertical(id="right"):
                yield self.panel
                yield self.handoffs
                yield self.floor
        yield self.strip

    # -- showing ---------------------------------------------------------------------------------------------------

    def update(self, change: Change) -> None:
        now = self.console.boot()
        for call_id in self._words.keys() & change.calls:
            del self._words[call_id]
        anew = self.queue.renew(self.desk, change) or self._taken_in
        if anew:
            self._taken_in = False
            self._show_queue()
            self.show_keys()
        slow = change.first or now >= self._slow_due
        if slow:
            self._slow_due = now + SLOW_EVERY_S
        ticking = [name for name in self.view.in_view() if slow or self.view.items[name].wait_s < COUNTED_S]
        self.view.renew(self.queue.again(self.desk, ticking))
        if anew or change.anything or slow or self.view.selected in ticking:
            self._show_detail()
        self._show_title()
        self._show_beside(change, slow)
        if self.desk.complete and (self.figures is None or now >= self._figures_due):
            self._show_figures(now)
        self._note_reading(now)

    def take_in(self, change: Change) -> None:
        """Calls that were read after the first paint: they are shown with the next update."""
        if self.is_mounted and self.queue.renew(self.desk, change):
            self._taken_in = True

    def glimpse(self) -> list[str]:
        """The lines in view as the next start shows them before anything else: without the waits, which will be others."""
        if self.desk.link().blocked or not self.is_mounted:
            return []
        profile = self.desk.profile
        said = f"zoals om {local_hm(self.desk.hub_now())} · de werkplek wordt geopend, toetsen werken zo"
        head = [f" {profile.zcc}  desk {profile.desk_id}", f"─ WACHTRIJ ─ {said}", ""]
        return head + [without_wait(line) for line in self.view.text_lines()]

    def _show_beside(self, change: Change, slow: bool) -> None:
        """The quiet parts: when something in them changed, and now and then, because ages go in steps of ten seconds."""
        if slow or change.units:
            units = self.desk.units()
            self.panel.show(units)
            self.strip.show(units)
        handoffs = self.desk.handoffs()
        if slow or change.handoffs or any(view.standing.is_open for view in handoffs):
            self.handoffs.show(handoffs)
        if self.desk.complete and (slow or change.others or change.calls):
            self.floor.show(self.desk.desks())
        if slow or change.others:
            self.notices.show(self.desk.notices())

    def _show_figures(self, now: float) -> None:
        """The evening's figures; the dearer they are to make, the less often."""
        began = perf_counter()
        self.figures = self.desk.figures(watched=False)
        cost = perf_counter() - began
        self._figures_due = now + max(FIGURES_EVERY_S, FIGURES_SHARE * cost)
        self.tonight.show(self.figures, local_hm(self.desk.hub_now()), self.desk.profile.norms.others_s)

    def _show_queue(self) -> None:
        if self.search.active:
            gone = self.view.show(self.search.filter(self.queue.rows, self._also))
        else:
            gone = self.view.show_sorted([row.id for row in self.queue.rows], self.queue.by_id)
        if gone is not None and not self.search.active and not self.desk.link().blocked:
            number = self._number(gone.id)
            row = self.view.chosen
            what = f"de keuze staat nu op {row.number}" if row is not None else "de rij is leeg"
            self.say(f"{number} is niet meer in de rij; {what}.")

    def _also(self, call_id: str) -> str:
        """The words of a call that its line does not show; kept until the call changes."""
        known = self._words.get(call_id)
        if known is None:
            view = self.desk.call(call_id)
            known = self._words[call_id] = hidden_words(view) if view is not None else ""
        return known

    def _number(self, call_id: str) -> str:
        row = self.desk.row(call_id)
        return row.number if row is not None else "De gekozen oproep"

    def _show_detail(self) -> None:
        call_id = self.view.selected
        view = self.desk.call(call_id) if call_id is not None else None
        link = self.desk.link()
        empty = (
            link.note
            if link.blocked
            else "Niets gevonden; Esc toont alles."
            if self.search.active
            else "De rij is leeg."
        )
        self.detail.show(view, empty)

    def _show_title(self) -> None:
        palette = self.palette
        above, below = self.view.hidden
        count = str(self.queue.waiting) if self.desk.complete else "…"
        left: list[Piece] = [("WACHTRIJ", palette.title), (f"  {count}", palette.strong)]
        if self.search.active:
            found = len(self.view.order)
            left.append((f"  zoek “{self.search.text}” {found} gevonden · Esc alles", palette.warn))
        elif above or below:
            left.append((f"  ↑{above}" if above else "", palette.dim))
            left.append((f"  ↓{below}" if below else "", palette.dim))
        right: list[Piece] = []
        if self.queue.oldest is not None:
            longest = (self.desk.hub_now() - self.queue.oldest).total_seconds()
            right.append((f"langste {calm_span(longest, 0)}", palette.dim))
        if self.figures is not None and not self.search.active:
            right.append((f" · spoed ≤30 s {share(self.figures.urgent_within)}", palette.dim))
            right.append((f" · ≤10 min {share(self.figures.others_within)}", palette.dim))
        self.title_line.show([piece for piece in left if piece[0]], right)

    def _note_reading(self, now: float) -> None:
        """Log the read of a call on which the choice has rested; what is only passed over was not read."""
        chosen, since = self._resting
        if chosen != self.view.selected:
            self._resting = (self.view.selected, now)
        elif chosen is not None and chosen != self._read and now - since >= READ_AFTER_S:
            self._read = chosen
            self.decide_quietly(lambda: self.desk.viewed(chosen))

    # -- choosing --------------------------------------------------------------------------------------------------

    def highlighted(self) -> str | None:
        return self.view.selected

    def choose(self, call_id: str) -> bool:
        """Choose a call by its id, searched for or not; False where it is not in the queue."""
        self.close()
        self._show_queue()
        found = self.view.choose(call_id)
        self._moved(found)
        return found

    @property
    def resting(self) -> bool:
        """Whether the call that was chosen just now is still to be shown in full."""
        return self._rest is not None

    def _moved(self, moved: bool) -> None:
        """The choice moved: its line at once, all else when it stays there.

        One frame that changes the queue and the key bar costs Textual a walk over everything between them.
        """
        if not moved:
            return
        if self._rest is not None:
            self._rest.stop()
        self._rest = self.set_timer(REST_S, self._rested)

    def _rested(self) -> None:
        self._rest = None
        self._show_detail()
        self._show_title()
        self.show_keys()

    def action_cursor_up(self) -> None:
        self._moved(self.view.move(-1))

    def action_cursor_down(self) -> None:
        self._moved(self.view.move(1))

    def action_page_up(self) -> None:
        self._moved(self.view.page(-1))

    def action_page_down(self) -> None:
        self._moved(self.view.page(1))

    def action_first(self) -> None:
        self._moved(self.view.end(last=False))

    def action_last(self) -> None:
        self._moved(self.view.end(last=True))

    # -- searching ------------------------------------------------------------------------------------------------------

    def action_search(self) -> None:
        def typed(text: str) -> None:
            self.search = Search(text)
            self._show_queue()
            self._show_detail()
            self._show_title()

        def entered(text: str) -> None:
            typed(text)
            self.decide_quietly(self.desk.searched)

        self.ask(
            "zoek",
            entered,
            value=self.search.text,
            changed=typed,
            dropped=self.close,
            may_be_empty=True,
            hint="naam, nummer, plaats, reden of u3",
        )

    def close(self) -> None:
        """Escape: all calls again."""
        if self.search.active:
            self.search = Search()
            self._show_queue()
            self._show_detail()
            self._show_title()

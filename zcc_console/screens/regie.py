"""Regie: the floor for the supervisor. Figures against the norms, desks, handoffs, what asks for a look; everyone may
look, the supervisor steps in."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical

from zcc_console.core.clock import local_hm
from zcc_console.desk.rows import Attention, Change, FloorFigures, HandoffView
from zcc_console.screens.handoff import HandoffScreen
from zcc_console.screens.regie_steps import SteppingIn
from zcc_console.terminal.themes import Palette
from zcc_console.widgets.bindings import bindings
from zcc_console.widgets.handoff_list import in_order
from zcc_console.widgets.handoff_words import duration
from zcc_console.widgets.heading import Heading
from zcc_console.widgets.regie_charts import RegieCharts, RegieTrend
from zcc_console.widgets.regie_detail import Chosen, RegieDetail
from zcc_console.widgets.regie_figures import RegieFigures
from zcc_console.widgets.regie_lists import AttentionList, DeskLine, DeskList, RegieHandoffs, desk_lines
from zcc_console.widgets.rule import Piece
from zcc_console.widgets.say_line import Grade

EVERY_S = 0.95
"""The floor is looked at anew once a second at most, however much changes."""
UNITS_EVERY_S = 5.0
"""Capacity says nothing new within seconds."""
AnyList = AttentionList | DeskList | RegieHandoffs


class RegieScreen(SteppingIn):
    """The supervisor's screen."""

    PLACE: ClassVar[str] = "regie"
    BINDINGS: ClassVar[list[BindingType]] = bindings("regie")
    DEFAULT_CSS: ClassVar[str] = """
    RegieScreen RegieFigures { margin: 1 0; }
    RegieScreen #floor-columns { height: 1fr; }
    RegieScreen #floor-left { width: 1fr; }
    RegieScreen #floor-right { width: 42; margin: 0 0 0 2; }
    RegieScreen RegieHandoffs, RegieScreen AttentionList, RegieScreen RegieDetail { margin: 1 0 0 0; }
    RegieScreen.narrow #floor-right { display: none; }
    RegieScreen.narrow RegieTrend { display: block; }
    RegieScreen.low RegieFigures { margin: 0; }
    RegieScreen.low RegieHandoffs { height: 3; margin: 0; }
    RegieScreen.low AttentionList { height: 5; margin: 0; }
    RegieScreen.low RegieDetail { height: 1; margin: 0; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.active: AnyList | None = None
        self.floor: FloorFigures | None = None
        self._shown_at = self._units_at = -1e9

    def body(self) -> ComposeResult:
        self.figures = RegieFigures()
        self.desks_title = Heading()
        self.desks = DeskList(resized=self._show_heads)
        self.handoffs = RegieHandoffs(resized=self._show_heads)
        self.attention = AttentionList(resized=self._show_heads)
        self.detail = RegieDetail()
        self.charts = RegieCharts()
        self.trend = RegieTrend()
        self.floor_left = Vertical(id="floor-left")
        yield self.figures
        with Horizontal(id="floor-columns"):
            with self.floor_left:
                yield self.desks_title
                yield self.desks
                yield self.handoffs
                yield self.attention
                yield self.detail
            with Vertical(id="floor-right"):
                yield self.charts
        yield self.trend

    def _fit_to(self, size: object) -> None:
        """On a low screen what asks for a look comes first; else it stands under what it is about."""
        super()._fit_to(size)
        if not self.attention.is_attached:
            return
        if self.has_class("low"):
            self.floor_left.move_child(self.attention, before=0)
        else:
            self.floor_left.move_child(self.attention, before=self.detail)

    @property
    def lists(self) -> tuple[AnyList, AnyList, AnyList]:
        """The lists from top to bottom."""
        if self.has_class("low"):
            return self.attention, self.desks, self.handoffs
        return self.desks, self.handoffs, self.attention

    # -- showing ---------------------------------------------------------------------------------------------------

    def now_shown(self) -> None:
        self._shown_at = -1e9

    def update(self, change: Change) -> None:
        now = self.console.boot()
        if not change.first and 0 <= now - self._shown_at < EVERY_S:
            return
        self._shown_at = now
        self.floor = figures = self.desk.figures()
        self.figures.show(figures, self.desk.profile.norms)
        said = [
            self.attention.renewed(figures.attention),
            self.desks.renewed(desk_lines(self.desk.desks())),
            self.handoffs.renewed(in_order(self.desk.handoffs())),
        ]
        if change.first or not 0 <= now - self._units_at < UNITS_EVERY_S:
            self._units_at = now
            units = self.desk.units()
            self.charts.show(figures, units)
            self.trend.show(figures, units)
        self._show_heads()
        if self.active is None or not self.active.order:
            first = (self.attention, self.desks, self.handoffs)
            self._activate(next((found for found in first if found.order), self.desks))
        self._show_detail()
        for sentence in said:
            if sentence:
                self.say(sentence)

    def _show_heads(self) -> None:
        figures, palette = self.floor, self.palette
        if figures is None:
            return
        here = [line for line in self.desks.items.values() if line.first and line.desk.state not in ("weg", "regie")]
        pausing = sum(1 for line in here if line.desk.state == "pauze")
        right = f"{len(here)} · {figures.talking} in gesprek · {figures.free} vrij" + (
            f" · {pausing} pauze" if pausing else ""
        )
        self.desks_title.show(_titled("DESKS", self.desks, palette), right if here else "nog niemand gezien")
        accepted = "–" if figures.median_accept_s is None else duration(figures.median_accept_s)
        handed = f"sinds {local_hm(figures.since)} {figures.handoffs_today} · mediaan acceptatie {accepted}"
        self.handoffs.head(
            _titled("OVERDRACHTEN", self.handoffs, palette, figures.open_handoffs),
            handed if self.handoffs.order else "geen",
        )
        grave = sum(1 for entry in figures.attention if entry.grade == "!")
        self.attention.head(
            _titled("AANDACHT", self.attention, palette, grave), "" if self.attention.order else "niets"
        )

    def _show_detail(self) -> None:
        chosen: Chosen = self.active.chosen if self.active is not None else None
        call_id = self.highlighted()
        row = self.desk.row(call_id) if call_id is not None else None
        self.detail.show(chosen, row, self.desk.hub_now())

    # -- choosing --------------------------------------------------------------------------------------------------

    def highlighted(self) -> str | None:
        """The call of the line that is chosen."""
        return self.active.chosen_call if self.active is not None else None

    def _activate(self, view: AnyList) -> None:
        self.active = view
        for other in self.lists:
            other.activate(other is view)

    def _moved(self) -> None:
        self._show_detail()
        self._show_heads()
        self.show_keys()

    def _turn(self, by: int, *, around: bool) -> AnyList | None:
        """Make the next list that has lines the active one."""
        lists = self.lists
        at = next((number for number, view in enumerate(lists) if view is self.active), 0)
        for step in range(1, len(lists)):
            number = at + by * step
            if not around and not 0 <= number < len(lists):
                return None
            view = lists[number % len(lists)]
            if view.order:
                self._activate(view)
                return view
        return None

    def action_list_next(self) -> None:
        self._turn(1, around=True)
        self._moved()

    def action_list_back(self) -> None:
        self._turn(-1, around=True)
        self._moved()

    def _step(self, by: int) -> None:
        """A line up or down; at the edge of a list on into the next one."""
        view = self.active
        if view is not None and not view.move(by):
            entered = self._turn(by, around=False)
            if entered is not None:
                entered.end(last=by < 0)
        self._moved()

    def action_cursor_up(self) -> None:
        self._step(-1)

    def action_cursor_down(self) -> None:
        self._step(1)

    def _page(self, by: int) -> None:
        if self.active is not None:
            self.active.page(by)
            self._moved()

    def action_page_up(self) -> None:
        self._page(-1)

    def action_page_down(self) -> None:
        self._page(1)

    def _end(self, *, last: bool) -> None:
        if self.active is not None:
            self.active.end(last=last)
            self._moved()

    def action_first(self) -> None:
        self._end(last=False)

    def action_last(self) -> None:
        self._end(last=True)

    # -- opening ---------------------------------------------------------------------------------------------------

    def action_open(self) -> None:
        """Go to where the chosen line is looked into: a call, a handoff, capacity, or the end of a message."""
        chosen: Chosen = self.active.chosen if self.active is not None else None
        if chosen is None:
            self.say(
                "Er is niets gekozen. Kies een regel met de pijltjes; Tab gaat naar de volgende lijst.", Grade.WARN
            )
        elif isinstance(chosen, HandoffView):
            self._open_handoff(chosen.handoff_id)
        elif isinstance(chosen, DeskLine):
            if chosen.call_id is None:
                self.say(f"Desk {chosen.desk.id} heeft geen oproep.")
            else:
                self._open_call(chosen.call_id)
        else:
            self._open_matter(chosen)

    def _open_matter(self, matter: Attention) -> None:
        kind, _, item_id = matter.id.partition("/")
        notice = next((found for found in self.desk.notices() if found.id == matter.notice_id), None)
        if matter.notice_id is not None:
            if notice is not None:
                self.end(notice)
        elif kind == "handoff":
            self._open_handoff(item_id)
        elif matter.place:
            self.console.go(matter.place)
        elif matter.call_id is not None:
            self._open_call(matter.call_id)
        else:
            self.say(matter.text, Grade.WARN)

    def _open_call(self, call_id: str) -> None:
        row, handoff = self.desk.row(call_id), self.desk.handoff(call_id)
        if row is None:
            self.say("Deze oproep is hier niet (meer) bekend.", Grade.WARN)
        elif row.claim is not None and row.claim.own:
            self.console.open(call_id)
        elif row.state in ("waiting", "claimed", "callback"):
            self.console.show_in_queue(call_id)
        elif handoff is not None:
            self._open_handoff(handoff.handoff_id)
        else:
            self.say(f"{row.number} is afgesloten.")

    def _open_handoff(self, handoff_id: str) -> None:
        self.console.go("handoffs")
        screen = self.console.here
        if isinstance(screen, HandoffScreen):
            screen.call_after_refresh(_choose, screen, handoff_id)


def _choose(screen: HandoffScreen, handoff_id: str) -> None:
    screen.view.choose(handoff_id)
    screen.detail.show(screen.view.chosen)


def _titled(title: str, view: AnyList, palette: Palette, grave: int = 0) -> list[Piece]:
    """The title of a list, how much of it is grave, and how many lines are not in sight."""
    above, below = view.hidden
    pieces: list[Piece] = [(title, palette.title)]
    if grave:
        pieces.append((f"  {grave}", palette.u1))
    if above or below:
        pieces.append(((f"  ↑{above}" if above else "") + (f"  ↓{below}" if below else ""), palette.dim))
    return pieces

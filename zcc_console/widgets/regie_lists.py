"""Regie's three lists: attention, desks, handoffs. One of them is active: only there a line is chosen.

Lines are keyed by what they are about (a matter, a desk's call, a handoff), so that what comes in never puts another
patient under a key.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Final, TypeVar

from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip

from zcc_console.core.urgency import Urgency
from zcc_console.desk.rows import Attention, DeskRow, HandoffView, HeldCall
from zcc_console.terminal.themes import Palette
from zcc_console.text import fit
from zcc_console.widgets.handoff_list import state_style
from zcc_console.widgets.handoff_words import at_time, duration, short_state
from zcc_console.widgets.keyed_view import Gone, KeyedView
from zcc_console.widgets.queue_row import uncoloured
from zcc_console.widgets.rule import Piece, rule
from zcc_console.widgets.spans import calm_span
from zcc_console.widgets.triage_line import Line, fit_to

T = TypeVar("T")

LONG_S: Final = 420.0
"""A call that is held longer than this stands out: half as long again as a triage takes (4.6 min with an expert system,
BMC Primary Care 2008). Our own choice, for a region to change."""


class RegieList(KeyedView[T]):
    """A list that shows its choice only while it is the active one."""

    def __init__(self, *, id: str, resized: Callable[[], None] | None = None) -> None:
        super().__init__(id=id, resized=resized)
        self.active = False
        self._head: tuple[str | list[Piece], str | list[Piece]] = ("", "")

    def activate(self, active: bool) -> None:
        """Show the choice here, or no longer."""
        if self.active != active:
            self.active = active
            self._drawn.clear()
            self._repaint()

    def head(self, left: str | list[Piece], right: str | list[Piece] = "") -> None:
        """Give the line above the items a title and what belongs to it at the right."""
        if (left, right) != self._head:
            self._head = (left, right)
            self.refresh(Region(0, 0, self.size.width, 1))

    def draw_heading(self, width: int) -> Strip:
        return rule(width, self.palette, *self._head)

    def draw(self, item: T, width: int, *, selected: bool) -> Strip:
        shown = selected and self.active
        palette = uncoloured(self.palette) if shown and self.palette.selected.reverse else self.palette
        line = Line(width, palette.selected if shown else None)
        self.put(line.put("▌" if shown else " ", palette.strong), item, palette, shown=shown)
        return line.strip()

    def put(self, line: Line, item: T, palette: Palette, *, shown: bool) -> None:
        """Draw one item behind the mark of the choice."""
        raise NotImplementedError

    def call_of(self, item: T) -> str | None:
        """The call that an item is about."""
        raise NotImplementedError

    def said(self, item: T) -> str:
        """An item in a word or two, to speak of it."""
        raise NotImplementedError

    @property
    def chosen_call(self) -> str | None:
        """The call of the chosen line."""
        return self.call_of(self.chosen) if self.chosen is not None else None

    def renewed(self, items: Sequence[T]) -> str:
        """Show these items; where the chosen one is gone, the sentence that says so and where the choice is now.

        A list that is not the active one shows its top: what is new there must not stay out of sight for a choice
        that nobody sees.
        """
        if not self.active:
            self.selected = None
        before = self.chosen
        if self.show(items) is None or before is None:
            return ""
        now = self.chosen
        rest = "de lijst is leeg" if now is None else f"de keuze staat nu op {self.said(now)}"
        return f"{self.said(before)} staat hier niet meer; {rest}."


# -- attention -------------------------------------------------------------------------------------------------------


class AttentionList(RegieList[Attention]):
    """What asks for a look, gravest first."""

    DEFAULT_CSS: ClassVar[str] = "AttentionList { height: 7; }"

    def __init__(self, *, resized: Callable[[], None] | None = None) -> None:
        super().__init__(id="attention", resized=resized)

    def name_of(self, item: Attention) -> str:
        return item.id

    def looks(self, item: Attention) -> object:
        return item

    def call_of(self, item: Attention) -> str | None:
        return item.call_id

    def said(self, item: Attention) -> str:
        return f"“{fit_to(item.text, 24)}”"

    def put(self, line: Line, item: Attention, palette: Palette, *, shown: bool) -> None:
        style = grade_style(item, palette)
        line.put(f"{item.grade} ", style).put(item.text, style)


def grade_style(item: Attention, palette: Palette) -> Style:
    """Red now, amber soon, plain what stands."""
    return {"!": palette.u1, "^": palette.warn}.get(item.grade, palette.normal)


# -- desks -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DeskLine:
    """One call of a desk on a line, or a desk that holds none."""

    desk: DeskRow
    call: HeldCall | None
    first: bool
    """The desk itself is named on the first of its lines."""

    @property
    def id(self) -> str:
        """The desk and the call: when the call goes, the line goes."""
        return f"{self.desk.id}/{self.call.call_id if self.call is not None else ''}"

    @property
    def call_id(self) -> str | None:
        """The call it is about."""
        return self.call.call_id if self.call is not None else None


def desk_lines(desks: Sequence[DeskRow]) -> list[DeskLine]:
    """Each desk on a line, with more lines for more calls."""
    return [
        DeskLine(desk, call, first=not index)
        for desk in desks
        for index, call in enumerate(desk.calls or (None,))
    ]  # fmt: skip


def seconds_of(item: DeskLine) -> float | None:
    """How long it is as it is; of a desk that is away: that."""
    if item.call is None or (item.first and item.desk.state == "weg"):
        return item.desk.for_s
    return item.call.for_s


def doing_of(item: DeskLine) -> str:
    """What a desk does with this call; a console that is silent says so itself."""
    if item.first and item.desk.state == "weg":
        return "weg"
    if item.call is None:
        return item.desk.state
    return "geen teken" if item.call.stale else item.call.state


def doing_style(item: DeskLine, palette: Palette) -> Style:
    """Green is free, red on its way to the RAV, amber too long or silent, grey not there."""
    doing, seconds = doing_of(item), seconds_of(item)
    if doing == "naar RAV":
        return palette.u1
    if doing == "geen teken" or (doing == "weg" and item.call is not None):
        return palette.warn
    if doing in ("in triage", "plaatsing") and seconds is not None and seconds > LONG_S:
        return palette.warn
    return {"vrij": palette.good, "pauze": palette.dim, "weg": palette.dim, "regie": palette.dim}.get(
        doing, palette.normal
    )


class DeskList(RegieList[DeskLine]):
    """The floor."""

    DEFAULT_CSS: ClassVar[str] = "DeskList { height: 1fr; }"

    def __init__(self, *, resized: Callable[[], None] | None = None) -> None:
        super().__init__(id="desks", resized=resized)

    def name_of(self, item: DeskLine) -> str:
        return item.id

    def call_of(self, item: DeskLine) -> str | None:
        return item.call_id

    def said(self, item: DeskLine) -> str:
        return f"desk {item.desk.id}" + (f" met {item.call.number}" if item.call is not None else "")

    def show(self, items: Sequence[DeskLine]) -> Gone | None:
        """As every list; a line whose call is gone hands the choice to its own desk's first line."""
        gone = super().show(items)
        if gone is None:
            return None
        desk_id = gone.id.partition("/")[0]
        same = next((name for name in self.order if name.partition("/")[0] == desk_id), None)
        if same is None or not self.choose(same):
            return gone
        return Gone(gone.id, same)

    def looks(self, item: DeskLine) -> object:
        """All that the line shows; the bare seconds are not seen."""
        desk, call = item.desk, item.call
        return (
            (desk.id, desk.user, desk.state, desk.own, desk.alert, desk.undelivered, item.first),
            replace(call, for_s=None) if call is not None else None,
            _span(seconds_of(item)),
            doing_style(item, self.palette),
        )

    def draw_heading(self, width: int) -> Strip:
        dim = self.palette.dim
        line = Line(width).put(" ").field("desk", 5, dim).field("wie", 12, dim).field("wat", 11, dim)
        line.field("call", 5, dim).field("urg", 4, dim).field("wie", 9, dim).field("reden", max(4, line.left - 10), dim)
        return line.put(fit("duur", 6, "right"), dim).strip()

    def put(self, line: Line, item: DeskLine, palette: Palette, *, shown: bool) -> None:
        desk, call = item.desk, item.call
        style = doing_style(item, palette)
        there = desk.state not in ("weg", "pauze", "regie")
        if item.first:
            line.field(desk.id, 3, palette.strong if desk.own else palette.dim)
            line.field("!" if desk.alert else "", 2, palette.u1)
            line.field(surname(desk.user), 11, palette.normal if there else palette.dim).put(" ")
        else:
            line.put(" " * 17)
        line.field(doing_of(item), 10, style).put(" ")
        if call is not None:
            urgency = Urgency.parse(call.urgency.rstrip("?"))
            line.field(call.number, 4, palette.normal).put(" ")
            line.field(call.urgency, 3, palette.urgency(urgency) if urgency is not None else palette.dim).put(" ")
            line.field(call.who, 8, palette.normal).put(" ")
            line.field(call.reason, max(4, line.left - 11), palette.strong if shown else palette.normal).put(" ")
        line.to(line.width - 10).put(fit(_span(seconds_of(item)), 6, "right"), style)
        line.put(f" ↑{desk.undelivered}" if desk.undelivered and item.first else "", palette.warn)


def _span(seconds: float | None) -> str:
    return "–" if seconds is None else calm_span(seconds)


def surname(user: str) -> str:
    """`de Vries` of `S. de Vries`: what fits in a column."""
    return user.split(". ", 1)[-1] if ". " in user[:4] else user


# -- handoffs --------------------------------------------------------------------------------------------------------


class RegieHandoffs(RegieList[HandoffView]):
    """Handoffs to the RAV, open ones first."""

    DEFAULT_CSS: ClassVar[str] = "RegieHandoffs { height: 5; }"

    def __init__(self, *, resized: Callable[[], None] | None = None) -> None:
        super().__init__(id="regie-handoffs", resized=resized)

    def name_of(self, item: HandoffView) -> str:
        return item.handoff_id

    def call_of(self, item: HandoffView) -> str | None:
        return item.call_id

    def said(self, item: HandoffView) -> str:
        return f"de overdracht van {item.number}"

    def looks(self, item: HandoffView) -> object:
        """All that the line shows."""
        return (
            (item.pressed_at, item.number, item.who, item.town, item.urgency, item.desk_id),
            (item.card_due, short_state(item), seconds_cell(item), state_style(item, self.palette)),
        )

    def put(self, line: Line, item: HandoffView, palette: Palette, *, shown: bool) -> None:
        urgency = Urgency.parse(item.urgency)
        style = state_style(item, palette)
        line.field(at_time(item.pressed_at) or "–", 9, palette.dim).put(" ")
        line.field(item.number, 4, palette.strong).put(" ").field(item.who, 8, palette.normal).put(" ")
        line.field(item.town, 10, palette.normal).put(" ")
        line.field(item.urgency, 3, palette.urgency(urgency) if urgency is not None else palette.dim).put(" ")
        state = "BEL DE RAV · " if item.card_due else ""
        line.field(f"{state}{short_state(item)}", max(8, line.left - 12), style).put(" ")
        line.put(fit(item.desk_id, 3, "right"), palette.dim).put(fit(seconds_cell(item), 7, "right"), style)


def seconds_cell(view: HandoffView) -> str:
    """How long it took; while it is open, how long it takes; nothing where it ended in neither."""
    if view.taken_s is not None:
        return duration(view.taken_s)
    return duration(view.elapsed_s) if view.standing.is_open or view.standing.conflict else ""

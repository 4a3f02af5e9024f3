"""The quiet parts of the queue screen: the evening's charts, messages, handoffs to the RAV and the floor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.style import Style
from textual.strip import Strip

from zcc_console.core.clock import local_hm
from zcc_console.core.handoff import Alarm, State
from zcc_console.core.urgency import Urgency
from zcc_console.desk.rows import DeskRow, FloorFigures, HandoffView, NoticeRow
from zcc_console.terminal.themes import Palette
from zcc_console.text import cells, fit
from zcc_console.widgets.charts import sparkline
from zcc_console.widgets.pane import Pane
from zcc_console.widgets.rule import rule
from zcc_console.widgets.spans import calm_span, span
from zcc_console.widgets.triage_line import Line, wrap


class TonightPane(Pane):
    """Arrivals, waits and the urgency mix of the evening so far."""

    DEFAULT_CSS: ClassVar[str] = "TonightPane { height: 5; }"

    def __init__(self) -> None:
        super().__init__(id="tonight")
        self.figures: FloorFigures | None = None
        self.now_hm = ""
        self.norm_s = 600.0

    def show(self, figures: FloorFigures, now_hm: str, norm_s: float) -> None:
        """Show the evening's figures."""
        self.figures, self.now_hm, self.norm_s = figures, now_hm, norm_s
        self.redraw()

    def draw(self, width: int, height: int) -> Sequence[Strip]:
        palette, figures = self.palette, self.figures
        if figures is None:
            return [rule(width, palette, "VANAVOND")]
        chart = max(8, min(32, width - 44))
        counts = [float(count) for _, count in figures.arrivals]
        arrivals = sparkline(counts, chart)
        waits = sparkline([wait for _, wait in figures.wait_p90], chart)
        now = figures.wait_p90_now_s
        over = now is not None and now > self.norm_s
        lines = [
            rule(width, palette, "VANAVOND", f"{local_hm(figures.since)} – {self.now_hm}"),
            Line(width).to(2).field("binnen/uur", 12, palette.dim).put(arrivals, palette.info).put("  ")
            .put(fit(str(figures.per_hour), 5, "right"), palette.strong).put("  laatste uur", palette.dim).strip(),
            Line(width).to(2).field("wacht p90", 12, palette.dim).put(waits, palette.warn).put("  ")
            .put(fit("–" if now is None else calm_span(now), 5, "right"), palette.u1 if over else palette.strong)
            .put(f"  norm {span(self.norm_s)}", palette.dim).strip(),
        ]  # fmt: skip
        mix = Line(width).to(2).field("urgentie", 12, palette.dim)
        for label, count in figures.mix:
            level = Urgency.parse(label)
            if count and level is not None:
                mix.put(f"{label} {count}", palette.urgency(level)).put("   ")
        return [*lines, mix.strip()]


class NoticesPane(Pane):
    """Messages for all desks, the newest first; a long one goes on on the next line."""

    DEFAULT_CSS: ClassVar[str] = "NoticesPane { height: 4; }"

    def __init__(self) -> None:
        super().__init__(id="notices")
        self.notices: Sequence[NoticeRow] = ()

    def show(self, notices: Sequence[NoticeRow]) -> None:
        """Show these messages."""
        self.notices = notices
        self.redraw()

    def draw(self, width: int, height: int) -> Sequence[Strip]:
        palette = self.palette
        lines = [rule(width, palette, "BERICHTEN", "" if self.notices else "geen")]
        for number, notice in enumerate(self.notices):
            style = palette.normal if notice.kind == "info" else palette.warn
            left = height - len(lines)
            if left < 1:
                break
            most = 2 if left > len(self.notices) - number else 1
            for index, piece in enumerate(wrap(notice.text, width - 10, most)):
                line = Line(width).put(" ")
                line.field("" if index or notice.at is None else local_hm(notice.at), 7, palette.dim).put(" ")
                lines.append(line.put(piece, style).put(" ↑" if notice.pending and not index else "").strip())
        return lines[:height]


class HandoffsPane(Pane):
    """Handoffs of the last hours, the newest first; an open one that needs a person stands on top."""

    DEFAULT_CSS: ClassVar[str] = "HandoffsPane { height: 5; }"

    def __init__(self) -> None:
        super().__init__(id="handoffs")
        self.views: Sequence[HandoffView] = ()

    def show(self, views: Sequence[HandoffView]) -> None:
        """Show these handoffs."""
        self.views = views
        self.redraw()

    def draw(self, width: int, height: int) -> Sequence[Strip]:
        palette = self.palette
        open_ones = sum(1 for view in self.views if view.standing.is_open)
        right = f"{open_ones} open" if open_ones else "laatste 12 uur" if self.views else "geen"
        lines = [rule(width, palette, "OVERDRACHTEN RAV", right)]
        order = sorted(self.views, key=lambda view: not view.standing.is_open)
        return [*lines, *(handoff_strip(view, width, palette) for view in order[: height - 1])]


def handoff_words(view: HandoffView, palette: Palette) -> tuple[str, Style]:
    """Where a handoff stands in a word or two; `geaccepteerd` only where a dispatcher said so."""
    now = view.standing
    if now.conflict:
        return "TEGENSTRIJDIG", palette.alarm
    if view.reading.alarm is Alarm.VOICE or (view.required_by_hub and now.is_open):
        return "BEL DE RAV", palette.alarm
    if now.recall is not None:
        return ("herroepen" if now.recall_done else "wordt herroepen"), palette.warn
    if now.voice_outcome == "accepted":
        return "per telefoon", palette.info
    if now.voice_outcome == "refused":
        return "geweigerd (tel.)", palette.u1
    return {
        State.COMMITTED: ("vastgelegd", palette.warn),
        State.SENT: ("verzonden", palette.warn),
        State.RECEIVED: ("ontvangen", palette.info),
        State.OPENED: ("geopend", palette.info),
        State.ACCEPTED: ("geaccepteerd", palette.good),
        State.REJECTED: ("GEWEIGERD", palette.u1),
        State.CLOSED: ("gesloten", palette.dim),
    }[now.state]


def handoff_strip(view: HandoffView, width: int, palette: Palette) -> Strip:
    """`0349 U1 v 58 Leiden    geaccepteerd 0:07`."""
    word, style = handoff_words(view, palette)
    seconds = view.taken_s if view.taken_s is not None else view.elapsed_s if view.standing.is_open else None
    pressed = local_hm(view.pressed_at) if view.pressed_at is not None else ""
    when = span(seconds) if seconds is not None else pressed
    line = Line(width).put(" ").put(f"{view.number} ", palette.dim)
    level = Urgency.parse(view.urgency)
    line.field(view.urgency, 3, palette.urgency(level) if level is not None else palette.normal)
    line.field(view.who, 5, palette.normal).put(" ")
    line.field(view.town, max(0, width - line.used - cells(word) - 8), palette.normal).put(" ")
    line.put(word, style).put(" ")
    return line.put(fit(when, 5, "right"), style).strip()


class FloorPane(Pane):
    """The desks: who does what, since how long; the own one first, then the busy ones."""

    DEFAULT_CSS: ClassVar[str] = "FloorPane { height: 6; }"

    def __init__(self) -> None:
        super().__init__(id="floor")
        self.desks: Sequence[DeskRow] | None = None
        """Nothing until all calls were read: before that nobody knows who holds what."""

    def show(self, desks: Sequence[DeskRow]) -> None:
        """Show these desks."""
        self.desks = desks
        self.redraw()

    def draw(self, width: int, height: int) -> Sequence[Strip]:
        palette = self.palette
        if self.desks is None:
            return [rule(width, palette, "AFDELING", "…")]
        here = [desk for desk in self.desks if desk.state != "weg"]
        busy = sum(1 for desk in here if desk.call_id)
        right = f"{len(here)} desks · {busy} in gesprek" if here else "nog niemand gezien"
        lines = [rule(width, palette, "AFDELING", right)]
        order = sorted(here, key=lambda desk: (not desk.own, desk.state != "naar RAV", desk.state == "pauze", desk.id))
        return [*lines, *(desk_strip(desk, width, palette) for desk in order[: height - 1])]


def desk_style(desk: DeskRow, palette: Palette) -> Style:
    """Free is green, under way to the RAV is red, away is grey, work is plain."""
    if desk.state == "naar RAV":
        return palette.u1
    return {"vrij": palette.good, "pauze": palette.dim, "weg": palette.dim}.get(desk.state, palette.normal)


def desk_strip(desk: DeskRow, width: int, palette: Palette) -> Strip:
    """`07 de Vries     in triage 0347    1:44`."""
    style = desk_style(desk, palette)
    name = desk.user.split(". ", 1)[-1] if ". " in desk.user[:4] else desk.user
    line = Line(width).put(" ").field(desk.id, 3, palette.dim).field(name, width - 27, style)
    what = f"{desk.state} {desk.number}".strip()
    line.put(" ").field(what, 16, style)
    return (
        line.put(fit("–" if desk.for_s is None else calm_span(desk.for_s), 5, "right"), palette.dim)
        .put("!" if desk.alert else "", palette.warn)
        .strip()
    )

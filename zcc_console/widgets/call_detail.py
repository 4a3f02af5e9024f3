"""The chosen call under the queue: who calls, back to whom, where, why, and what to mind. Knows no other call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.style import Style
from textual.strip import Strip

from zcc_console.core.clock import local_hm
from zcc_console.desk.rows import CallView
from zcc_console.desk.words import SOURCES, SOURCES_LONG
from zcc_console.terminal.themes import Palette
from zcc_console.widgets.pane import Pane
from zcc_console.widgets.queue_row import wait_cell
from zcc_console.widgets.rule import rule
from zcc_console.widgets.triage_line import Line, wrap

LONG = {short: SOURCES_LONG[key] for key, short in SOURCES.items()}
LABEL, TEXT = 2, 11


class CallDetail(Pane):
    """A heading and as many lines as its height allows, the most needed first."""

    DEFAULT_CSS: ClassVar[str] = "CallDetail { height: 9; }"

    def __init__(self) -> None:
        super().__init__(id="detail")
        self.view: CallView | None = None
        self.empty = ""

    def show(self, view: CallView | None, empty: str = "") -> None:
        """Show a call, or a sentence where there is none."""
        self.view, self.empty = view, empty
        self.redraw()

    def draw(self, width: int, height: int) -> Sequence[Strip]:
        if self.view is None:
            return [rule(width, self.palette, "–"), Line(width).to(LABEL).put(self.empty, self.palette.dim).strip()]
        lines = [detail_rule(self.view, width, self.palette)]
        room = height - 1
        compact = room <= 3
        for label, text, style in facts(self.view, self.palette, compact=compact):
            most = 2 if label == "reden" and room > 6 else 1
            for number, piece in enumerate(wrap(text, width - TEXT - 1, most)):
                if len(lines) > room:
                    return lines
                line = Line(width).to(LABEL).put("" if number else label, self.palette.dim)
                lines.append(line.to(TEXT).put(piece, style).strip())
        return lines


def detail_rule(view: CallView, width: int, palette: Palette) -> Strip:
    """`─ 0352  m 81  Alphen ──── zorgverlener · 0:18 wacht ─`."""
    row = view.row
    who = f"{row.who} · {view.name}" if view.name else row.who
    title = "  ".join(part for part in (row.number, who, row.town) if part)
    state = {
        "waiting": "wacht",
        "claimed": f"bij desk {row.claim.desk_id}" if row.claim else "in behandeling",
        "callback": "terugbellen",
        "handed-off": "overgedragen",
        "closed": "gesloten",
    }.get(row.state, row.state)
    if row.claim is not None and row.claim.own and not row.claim.confirmed:
        state += " (nog niet bevestigd)"
    if row.claim is not None and row.claim.stale:
        state += " zonder teken"
    source = LONG.get(row.source, row.source)
    if row.state == "callback" and row.callback_at is not None and row.wait_s < 0:
        when = local_hm(row.callback_at)
    else:
        when = wait_cell(row)
    return rule(width, palette, title, f"{source} · {when} {state}")


def facts(view: CallView, palette: Palette, *, compact: bool) -> list[tuple[str, str, Style]]:
    """(label, text, style), what is needed most first; only what is known."""
    alert = " · ".join(view.alerts)
    address = " · ".join(part for part in (view.address or view.town, view.access) if part)
    found: list[tuple[str, str, Style]] = []
    if compact:
        who = " · ".join(part for part in (view.caller, view.callback_number) if part)
        found = [("belt", who, palette.normal), ("let op", alert, palette.warn), ("adres", address, palette.normal)]
        found.append(("reden", view.reason, palette.normal))
        return [fact for fact in found if fact[1]]
    found = [
        ("belt", view.caller, palette.normal),
        ("terug", view.callback_number, palette.normal),
        ("adres", address, palette.normal),
        ("reden", view.reason, palette.normal),
        ("let op", alert, palette.warn),
        ("vooraf", view.pre_urgency, palette.normal),
    ]
    places = [
        f"{entry.unit} {place_word(entry.state)}" + (f" ({entry.agreed_with})" if entry.agreed_with else "")
        for entry in view.reservations
        if entry.state in ("aangevraagd", "held", "confirmed", "geweigerd")
    ]
    found.append(("plaats", " · ".join(places), palette.info))
    found.append(("vervolg", view.disposition, palette.normal))
    if view.notes:
        last = view.notes[-1]
        stamp = f"{local_hm(last.at)} " if last.at else ""
        found.append(("notitie", f"{stamp}{last.text}" + (" ↑" if last.pending else ""), palette.normal))
    found.append(("anderen", " · ".join(view.contributions), palette.warn))
    found.append(("eerder", " · ".join(view.history), palette.normal))
    found.append(("bijlage", " · ".join(view.attachments), palette.dim))
    return [fact for fact in found if fact[1]]


def place_word(state: str) -> str:
    """A reservation's state in a word; only `confirmed` is an arranged place."""
    return {
        "aangevraagd": "aangevraagd, nog niet zeker",
        "held": "vastgehouden, nog niet toegezegd",
        "confirmed": "toegezegd",
        "geweigerd": "geweigerd",
        "released": "teruggegeven",
        "expired": "verlopen",
    }.get(state, state)

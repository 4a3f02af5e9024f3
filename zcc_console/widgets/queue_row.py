"""One line of the queue as a strip: its columns, marks and colours. Pure; knows nothing of scrolling or selection's history."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Final

from rich.style import Style
from textual.strip import Strip

from zcc_console.core.clock import local_hm
from zcc_console.core.urgency import Urgency
from zcc_console.desk.rows import CallRow
from zcc_console.terminal.themes import Palette
from zcc_console.widgets.spans import calm_span
from zcc_console.widgets.triage_line import Line

FLAGS: Final = {"RAV": "RAV", "hoger": "HOGER", "geweigerd": "AF TE HANDELEN"}
"""The words before the reason that a flag becomes."""


_PLAIN: Final = Palette(**{role.name: Style() for role in fields(Palette)})


def uncoloured(palette: Palette) -> Palette:
    """No colour but the ground of the choice: for the chosen row where that is shown in reverse."""
    return replace(_PLAIN, selected=palette.selected)


URGENT_EXACT_S: Final = 120.0
"""How long the wait of an urgent call counts every second: its norm is 30 s."""
OTHERS_EXACT_S: Final = 60.0
"""The others have minutes; they go on in tens."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each column begins, for one width."""

    width: int
    source: int
    who: int
    reason: int
    town: int
    held: int

    @property
    def wait_ends(self) -> int:
        """One past the last digit of the wait; the mark of the norm stands there."""
        return 12

    @staticmethod
    def for_width(width: int) -> Columns:
        """The reason takes what the others leave; towns get more where there is more."""
        held = width - 4
        town = held - (12 if width < 90 else 15 if width < 120 else 19)
        return Columns(width, source=15, who=21, reason=29, town=town, held=held)


def wait_cell(row: CallRow) -> str:
    """What stands in the wait column: the calm wait, or the hour at which somebody is called back."""
    if row.state == "callback" and row.callback_at is not None and row.wait_s < 0:
        return f"↻{local_hm(row.callback_at)}"
    urgent = row.urgency is None or row.urgency <= Urgency.U2
    return calm_span(row.wait_s, URGENT_EXACT_S if urgent and row.state == "waiting" else OTHERS_EXACT_S)


def without_wait(text: str) -> str:
    """A line's text without the mark of the choice and without its wait."""
    columns = Columns.for_width(len(text))
    return " " + text[1:7] + " " * (columns.source - 7) + text[columns.source :].rstrip()


def heading_strip(columns: Columns, palette: Palette) -> Strip:
    """The names of the columns."""
    line = Line(columns.width)
    line.to(1).put("urg", palette.dim).to(columns.wait_ends - 5).put("wacht", palette.dim)
    line.to(columns.source).put("bron", palette.dim).to(columns.who).put("wie", palette.dim)
    line.to(columns.reason).put("reden", palette.dim).to(columns.town).put("plaats", palette.dim)
    return line.to(columns.held).put("bij", palette.dim).strip()


def row_strip(row: CallRow, columns: Columns, palette: Palette, *, selected: bool) -> Strip:
    """One call on one line."""
    if selected and palette.selected.reverse:  # colours turned round are no row but a rainbow
        palette = uncoloured(palette)
    urgency = palette.urgency(row.urgency) if row.urgency is not None else palette.warn
    wait = {"!": palette.u1, "^": palette.warn}.get(row.norm, palette.normal)
    grave = row.urgency is not None and row.urgency <= Urgency.U1 and row.state == "waiting"
    line = Line(columns.width, palette.selected if selected else None)
    line.put("▌" if selected else " ", palette.strong)
    line.put(row.urgency.mark if row.urgency is not None else " ", urgency).put(" ", urgency if grave else Style())
    line.put(row.label + ("" if row.triaged else "?"), urgency)
    cell = wait_cell(row)
    line.to(columns.wait_ends - len(cell)).put(cell, palette.dim if cell.startswith("↻") else wait)
    line.put(row.norm or " ", wait)
    source = "terug" if row.state == "callback" else row.source
    line.to(columns.source).field(source, columns.who - columns.source - 1, palette.dim).put(" ")
    line.field(row.who, columns.reason - columns.who - 1, palette.normal).put(" ")
    flag = FLAGS.get(row.flag, row.flag)
    if flag:
        line.put(flag, palette.u1 if row.flag in ("RAV", "hoger") else palette.warn).put(" ")
    room = columns.town - line.used - 1
    line.field(row.reason, room, palette.strong if selected or grave else palette.normal).put(" ")
    line.field(row.town, columns.held - columns.town - 1, palette.normal if selected else palette.dim).put(" ")
    held, style = _held(row, palette)
    return line.field(held, 3, style).put("↑" if row.pending else " ", palette.dim).strip()


def _held(row: CallRow, palette: Palette) -> tuple[str, Style]:
    """Who holds it: `07`, `07?` where the region has not confirmed it, `07!` where that desk is silent."""
    if row.claim is None:
        return "", palette.normal
    if row.claim.stale:
        return f"{row.claim.desk_id}!", palette.warn
    if row.claim.own:
        return (row.claim.desk_id, palette.strong) if row.claim.confirmed else (f"{row.claim.desk_id}?", palette.warn)
    return row.claim.desk_id, palette.info

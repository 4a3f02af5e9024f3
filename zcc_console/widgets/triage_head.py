"""The head of the triage screen: whose call it is, what they said, and the bar of steps. Pure drawing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from textual.strip import Strip

from zcc_console.desk.rows import CallView
from zcc_console.terminal.themes import Palette
from zcc_console.text import cells
from zcc_console.widgets.handoff_words import duration
from zcc_console.widgets.queue_row import uncoloured
from zcc_console.widgets.triage_line import Line, fit_to, wrap
from zcc_console.widgets.triage_picture import StepMark, TriagePicture

ALERT_LINES: Final = 3
ADDRESS_LEAST: Final = 16
"""So many cells of the address stay in sight beside the longest name."""
STATES: Final = {"closed": "AFGESLOTEN", "handed-off": "overgedragen aan de RAV"}
"""States of a call that its head must not leave unsaid."""


def head_lines(picture: TriagePicture, width: int, palette: Palette) -> list[Strip]:
    """Two lines over the whole width; one sentence where the call is not known here."""
    view = picture.call
    if palette.selected.reverse:
        palette = uncoloured(palette)
    if view is None:
        text = " Deze oproep is hier niet (meer) bekend. De triage is bewaard; F2 gaat naar de wachtrij."
        return [Line(width, palette.selected).put(text, palette.warn).strip(), Line(width, palette.selected).strip()]
    return [_who_line(view, width, palette), _said_line(picture, view, width, palette)]


def alert_lines(picture: TriagePicture, width: int, palette: Palette) -> list[Strip]:
    """What whoever holds the call must not miss: it stands fixed below the head, whatever is worked in."""
    if palette.selected.reverse:
        palette = uncoloured(palette)
    texts = wrap(picture.alerts, width - 3, ALERT_LINES) if picture.alerts else []
    return [Line(width, palette.selected).put(" ").put(text, palette.warn).strip() for text in texts]


def _who_line(view: CallView, width: int, palette: Palette) -> Strip:
    wide = width >= 110
    line = Line(width, palette.selected).put(" ")
    name = f" · {view.name}" if view.name else ""
    callback = ("terug " if wide else "") + (view.callback_number or "nummer onbekend")
    caller = f"belt: {view.caller}" if view.caller else "beller onbekend"
    unknown = not view.callback_number
    columns = (30, 62, 84) if wide else (26, 60, 0)
    address = view.address or "adres onbekend"
    line.put(fit_to(f"{view.row.number}  {view.row.who}{name}", columns[1] - ADDRESS_LEAST - 3), palette.strong)
    line.to(max(columns[0], line.used + 2))
    room = columns[1] - line.used - 2
    line.put(fit_to(address, max(room, 8)), palette.normal if view.address else palette.warn)
    if wide:
        line.to(columns[1]).put(callback, palette.warn if unknown else palette.normal)
        away = "NIET bij" in caller
        line.to(columns[2]).put(fit_to(caller, width - line.used - 1), palette.warn if away else palette.normal)
        return line.strip()
    return line.end((fit_to(callback, 20), palette.warn if unknown else palette.normal), margin=1).strip()


def _said_line(picture: TriagePicture, view: CallView, width: int, palette: Palette) -> Strip:
    line = Line(width, palette.selected).put(" ")
    talk = f"{duration(picture.talk_s)} in gesprek"
    claim = view.row.claim
    right = [(talk, palette.warn), (f"   {view.row.source}", palette.dim)]
    if view.row.state in STATES:
        right.insert(0, (f"{STATES[view.row.state]}   ", palette.warn))
    elif claim is None or not claim.own:
        holder = f"bij desk {claim.desk_id}" if claim is not None else "niet geclaimd"
        right.insert(0, (f"{holder}   ", palette.warn))
    elif not claim.confirmed:
        right.insert(0, ("claim nog niet bevestigd   ", palette.warn))
    size = sum(cells(text) for text, _style in right) + 3
    quote = f"“{view.reason}”" if view.reason else "geen reden bekend"
    line.put(fit_to(quote, max(10, width - size - 1)), palette.dim)
    return line.end(*right, margin=2).strip()


def steps_line(steps: Sequence[StepMark], width: int, palette: Palette) -> Line:
    """`✓ ABCD   ✓ Klacht   ▸ Vragen     Urgentie`, not yet finished: there may come something behind it."""
    line = Line(width).put(" ")
    gap = "   " if width >= 70 else "  "
    for number, step in enumerate(steps):
        if number:
            line.put(gap)
        if step.here:
            line.put("▸ ", palette.strong).put(step.label, palette.strong)
        elif step.done:
            line.put("✓ ", palette.good).put(step.label, palette.good)
        else:
            line.put("  ").put(step.label, palette.dim)
    return line

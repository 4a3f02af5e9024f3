"""The banner of a handoff as drawn lines: pure, so that every state can be looked at without a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.style import Style
from textual.strip import Strip

from zcc_console.core.handoff import Alarm
from zcc_console.core.urgency import Urgency
from zcc_console.desk.rows import HandoffView
from zcc_console.terminal.themes import COLOURS, Palette
from zcc_console.widgets import handoff_words as words
from zcc_console.widgets.triage_line import Line, fit_to

HEIGHT: Final = 3
"""As high as the head of the triage screen, so that nothing below it moves when the banner comes."""

REASONS: Final = (
    ("1", "verkeerde patiënt"),
    ("2", "vergissing"),
    ("3", "niet meer levensbedreigend"),
    ("4", "al hulp ter plaatse"),
)
"""Why a handoff is recalled, each under one key. Our own choice of words, for a region to change."""


def ground(view: HandoffView, palette: Palette) -> Style:
    """Red while it is open or wrong; the quiet of a bar once it is settled."""
    now = view.standing
    calm = (now.handed_over and now.recall is None) or now.recall_done
    return palette.panel if calm and not view.card_due else palette.alarm


def softer(palette: Palette) -> Style:
    """Labels on the alarm's ground, where there are colours enough for two."""
    return Style(color="#f0b8b8") if palette is COLOURS else Style()


def banner_lines(
    views: Sequence[HandoffView],
    width: int,
    palette: Palette,
    *,
    says: str = "",
    asking: bool = False,
    aside: bool = False,
) -> list[Strip]:
    """The lines of the banner: none without handoffs, else three, and a fourth where more than one is open.

    Args:
        views: own, unsettled handoffs, the worst first.
        says: what pressing the key again was answered with; it stands in place of the advice.
        asking: a recall was asked for and waits for its reason.
        aside: the first one's voice card is due and was put aside.
    """
    if not views:
        return []
    view = views[0]
    base = ground(view, palette)
    alarm = base is palette.alarm
    lines = [
        _head(view, width, palette, base, alarm),
        _track(view, width, palette, base, alarm),
        _foot(view, width, palette, base, says, asking, aside),
    ]
    if len(views) > 1:
        lines.append(_others(views[1:], width, palette, base))
    return lines


def _head(view: HandoffView, width: int, palette: Palette, base: Style, alarm: bool) -> Strip:
    line = Line(width, base)
    strong = Style(bold=True) if alarm else palette.strong
    line.put("  ").put(words.title(view), strong).put("   ").put(view.number, strong)
    line.put(f"  {'' if width < 100 else ' '}{view.who}").put(f"  {'' if width < 100 else ' '}{view.address}")
    urgency = Urgency.parse(view.urgency)
    mark = urgency.label if urgency is not None else view.urgency or "?"
    style = Style(bold=True) if alarm or urgency is None else palette.urgency(urgency)
    exercise = "OEFENING  " if view.message.get("exercise") is True else ""
    seconds = words.duration(view.elapsed_s if view.taken_s is None else view.taken_s)
    pieces = [(f"{mark}  ", style), (seconds, strong)]
    if exercise:
        pieces.insert(0, (exercise, Style()))
    return line.end(*pieces, margin=2).strip()


def _track(view: HandoffView, width: int, palette: Palette, base: Style, alarm: bool) -> Strip:
    short = width < 100
    done, waits = words.track_pieces(view, short=short)
    line = Line(width, base)
    amber = view.reading.alarm is Alarm.AMBER and alarm
    accepted = view.standing.handed_over and not alarm
    line.put("  ").put(done, palette.good if accepted else Style())
    if waits:
        line.put("  " if short else "   ")
        if amber:
            line.put(f" {waits} ", palette.offline)
        else:
            line.put(waits, Style(bold=True) if alarm else Style())
    return line.strip()


def _foot(view: HandoffView, width: int, palette: Palette, base: Style, says: str, asking: bool, aside: bool) -> Strip:
    line = Line(width, base)
    if asking:
        line.put("  ").put("Waarom herroepen?", Style(bold=True))
        for key, reason in REASONS:
            line.put("  " if width < 100 else "   ").put(key, Style(bold=True)).put(f" {reason}")
        return line.end(("  Esc niet", Style()), margin=2).strip() if width >= 110 else line.strip()
    if says:
        return line.put("  ").put(fit_to(says, width - 4), Style(bold=True)).strip()
    text = words.advice(view, aside=aside)
    urgent = view.card_due or aside or view.standing.conflict
    return line.put("  ").put(text, Style(bold=True) if urgent else Style()).strip()


def _others(views: Sequence[HandoffView], width: int, palette: Palette, base: Style) -> Strip:
    line = Line(width, base).put("  ").put(f"ook open ({len(views)})  ", Style(bold=True))
    for index, view in enumerate(views):
        text = f"{view.number} {view.who} {view.town} {view.urgency} {words.duration(view.elapsed_s)}, "
        text += "BEL NU" if view.card_due else words.short_state(view)
        if line.left < 24:
            line.put(f"  … nog {len(views) - index}")
            break
        line.put(" · " if index else "").put(text)
    return line.strip()

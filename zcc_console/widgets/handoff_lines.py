"""The banner of a handoff as drawn lines: pure, so that every state can be looked at without a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.style import Style
from textual.strip import Strip

from zcc_console.core.handoff import Alarm
from zcc_console.core.urgency import Urgency
from zcc_console.desk.handoffs import danger
from zcc_console.desk.rows import HandoffView
from zcc_console.terminal.themes import COLOURS, Palette
from zcc_console.text import cells
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
    large: bool = True,
    says: str = "",
    asked: HandoffView | None = None,
    aside: bool = False,
) -> list[Strip]:
    """The lines of the banner: three for the first handoff, then lines for the others, the live ones before settled.

    Args:
        views: own handoffs in the order of `Desk.alarms()`.
        large: the first one is shown large; else each has its place in the short lines.
        says: what pressing the key again was answered with; it stands in place of the advice.
        asked: a recall of this one was asked for and waits for its reason; the question stands in place of the first.
        aside: the first one's voice card is due and was put aside.
    """
    if asked is not None:
        others = [view for view in views if view.handoff_id != asked.handoff_id]
        return [*_question(asked, width, palette), *_others(others, width, palette)]
    if not views:
        return []
    if not large:
        return _others(views, width, palette)
    view = views[0]
    base = ground(view, palette)
    alarm = base is palette.alarm
    return [
        _head(view, width, palette, base, alarm),
        _track(view, width, palette, base, alarm),
        _foot(view, width, base, says, aside),
        *_others(views[1:], width, palette),
    ]


def _head(view: HandoffView, width: int, palette: Palette, base: Style, alarm: bool) -> Strip:
    line = Line(width, base)
    strong = Style(bold=True) if alarm else palette.strong
    line.put("  ").put(words.title(view), strong).put("   ").put(view.number, strong)
    line.put(f"  {'' if width < 100 else ' '}{view.who}").put(f"  {'' if width < 100 else ' '}{view.address}")
    urgency = Urgency.parse(view.urgency)
    mark = urgency.label if urgency is not None else view.urgency or "?"
    style = Style(bold=True) if alarm or urgency is None else palette.urgency(urgency)
    exercise = "OEFENING  " if view.message.get("exercise") is True else ""
    seconds = words.duration(words.lasted(view))
    pieces = [(f"{mark}  ", style), (seconds, strong)]
    if exercise:
        pieces.insert(0, (exercise, Style()))
    return line.end(*pieces, margin=2).strip()


def _track(view: HandoffView, width: int, palette: Palette, base: Style, alarm: bool) -> Strip:
    short = width < 100
    done, waits = words.track_pieces(view, short=short)
    for brief in (1, 2):
        if cells(done) + cells(waits) + 6 > width:
            done, waits = words.track_pieces(view, short=short, brief=brief)
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


def _foot(view: HandoffView, width: int, base: Style, says: str, aside: bool) -> Strip:
    line = Line(width, base)
    if says:
        return line.put("  ").put(fit_to(says, width - 4), Style(bold=True)).strip()
    text = words.advice(view, aside=aside)
    urgent = view.card_due or aside or view.standing.conflict
    return line.put("  ").put(text, Style(bold=True) if urgent else Style()).strip()


def recall_question(view: HandoffView) -> str:
    """`Overdracht 0027 · m 62 · Delft herroepen?`: whose it is, before anybody answers."""
    return f"Overdracht {' · '.join(part for part in (view.number, view.who, view.town) if part)} herroepen?"


def _question(view: HandoffView, width: int, palette: Palette) -> list[Strip]:
    base, bold = palette.alarm, Style(bold=True)
    lines = [Line(width, base).put("  ").put(f"{recall_question(view)} Waarom:", bold).strip()]
    for pair in (REASONS[:2], REASONS[2:]):
        line = Line(width, base).put("  ")
        for key, reason in pair:
            line.put(key, bold).put(f" {reason}   ")
        lines.append((line if pair[0] is REASONS[0] else line.end(("Esc niet", Style()), margin=2)).strip())
    return lines


OTHER_LINES: Final = 3
"""How many lines the other handoffs get at the most; settled ones never add one."""


def _others(views: Sequence[HandoffView], width: int, palette: Palette) -> list[Strip]:
    """The others in the order of danger: each live one is named, the settled ones as far as there is room."""
    live = sorted((view for view in views if view.live), key=danger)
    rows: list[list[str]] = []
    room = 0
    for index, view in enumerate(live):
        text = _in_short(view)
        if room < cells(text) + 3:
            if len(rows) == OTHER_LINES:
                if room < 13:
                    rows[-1].pop()
                    index -= 1
                rows[-1].append(f"… nog {len(live) - index}, F6")
                break
            rows.append([])
            room = width - 4 - len(_LABEL.format(len(live)))
        rows[-1].append(text)
        room -= cells(text) + 3
    settled = [_in_short(view) for view in views if not view.live]
    lines = []
    for index, row in enumerate(rows):
        label = _LABEL.format(len(live)) if index == 0 else " " * len(_LABEL.format(len(live)))
        line = Line(width, palette.alarm).put("  ").put(label, Style(bold=True)).put(" · ".join(row))
        if index == len(rows) - 1:
            for text in settled:
                if cells(text) + 5 <= line.left:
                    line.put(" · ").put(text)
        lines.append(line.strip())
    if not rows and settled:
        line = Line(width, palette.panel).put("  ").put(settled[0])
        for text in settled[1:]:
            if cells(text) + 5 <= line.left:
                line.put(" · ").put(text)
        lines.append(line.strip())
    return lines


_LABEL: Final = "ook open ({})  "


def _in_short(view: HandoffView) -> str:
    state = f"BEL NU {view.rav_phone}" if view.card_due else words.short_state(view)
    since = f" {words.duration(words.lasted(view))}" if view.live else ""
    return f"{view.number} {view.who} {view.town} {view.urgency}{since}, {state}"

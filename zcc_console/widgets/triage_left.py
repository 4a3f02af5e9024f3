"""The left column of the triage screen: what was answered, the panel, what is still to ask, modifiers, notes. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from textual.strip import Strip

from zcc_console.terminal.themes import Palette
from zcc_console.text import cells
from zcc_console.widgets.rule import rule
from zcc_console.widgets.triage_line import Line, fit_to, wrap
from zcc_console.widgets.triage_panel import Room, panel_lines
from zcc_console.widgets.triage_picture import Answer, ModifierMark, TriagePicture

AIRY_FROM = 26
"""Lines from which there is room for empty ones."""


def left_lines(picture: TriagePicture, width: int, height: int, palette: Palette) -> list[Strip]:
    """The column below the bar of steps, in exactly so many lines."""
    airy = height >= AIRY_FROM
    blank = [Strip.blank(width)]
    top = [rule(width, palette, picture.title, picture.version)]
    for text in wrap(picture.problem, width - 4, 2) if picture.problem else []:
        top.append(Line(width).put("  ").put(text, palette.warn).strip())
    modifiers = modifier_lines(picture.modifiers, picture.more_modifiers, width, palette) if picture.modifiers else []
    if picture.title == "ABCD":
        modifiers = []
    extra = len(picture.warnings) + (1 if picture.history else 0)
    notes_room = max(2, min(9 if airy else 4, 2 + extra + len(picture.notes)))
    notes = note_lines(picture, width, notes_room, palette)
    said = palette.warn if picture.said_warns else palette.info
    echo = Line(width).put("  ").put(fit_to(picture.said, width - 4), said).strip() if picture.said else None
    wanted = len(panel_lines(picture.panel, Room(width, max(3, height - len(top) - 1), airy), palette))
    if len(top) + wanted + len(modifiers) + len(notes) + 1 > height:
        # What is being worked in goes first: then what is already ticked, then the notes make room.
        modifiers = []
        if len(top) + wanted + len(notes) + 1 > height and not picture.note_active:
            notes = notes[: max(0, height - len(top) - wanted - 1)] if len(notes) > 1 else []
    fixed = len(top) + len(modifiers) + len(notes) + (3 if airy else 1)
    panel = panel_lines(picture.panel, Room(width, max(3, height - fixed), airy), palette)
    left = height - fixed - len(panel)
    above_room, below_room = _shares(len(picture.above), len(picture.below), max(0, left))
    above = _above(picture.above, above_room, width, palette)
    below = _below(picture.below, below_room, width, palette)
    lines = [*top, *above]
    if above and airy:
        lines += blank
    lines += panel
    lines.append(echo if echo is not None else blank[0])
    lines += below
    rest = [*modifiers, *notes]
    if airy and modifiers:
        rest = [*modifiers, *blank, *notes]
    gap = height - len(lines) - len(rest)
    lines += blank * min(max(0, gap), 1 if airy else 0)
    lines += rest
    lines = lines[:height]
    return [*lines, *(blank * (height - len(lines)))]


def _shares(above: int, below: int, room: int) -> tuple[int, int]:
    """How many lines go to what was answered and to what is still to ask: the answers first, but never all of it."""
    if above + below <= room:
        return above, below
    first = min(above, max(room - min(below, 3), room * 2 // 3))
    return first, min(below, room - first)


def _above(answers: Sequence[Answer], room: int, width: int, palette: Palette) -> list[Strip]:
    shown = list(answers)
    lines: list[Strip] = []
    if len(shown) > room:
        if room < 1:
            return []
        hidden = len(shown) - room + 1
        shown = shown[hidden:]
        lines.append(Line(width).put(f"  … {hidden} eerder beantwoord", palette.dim).strip())
    column = max(24, min(56, width - 26))
    for answer in shown:
        line = Line(width, palette.panel if answer.just else None).put("  ")
        asked = answer.ask if cells(answer.ask) <= column - 6 else answer.label
        line.put("✓ ", palette.good).put(fit_to(asked, column - 6), palette.dim)
        style = palette.normal
        if answer.urgency is not None:
            style = palette.urgency(answer.urgency)
        elif answer.unknown:
            style = palette.warn
        tail = f"  → {answer.urgency.name}" if answer.urgency is not None else ""
        line.to(column).put(fit_to(answer.given, width - column - cells(tail) - 1), style).put(tail, style)
        lines.append(line.strip())
    return lines


def _below(answers: Sequence[Answer], room: int, width: int, palette: Palette) -> list[Strip]:
    if room < 1:
        return []
    shown = list(answers)
    more = len(shown) - room + 1 if len(shown) > room else 0
    lines = [
        Line(width).put("  · ", palette.dim).put(fit_to(answer.ask, width - 6), palette.dim).strip()
        for answer in (shown[: room - 1] if more else shown)
    ]
    if more:
        lines.append(Line(width).put(f"  · … nog {more}", palette.dim).strip())
    return lines


def modifier_lines(marks: Sequence[ModifierMark], more: int, width: int, palette: Palette) -> list[Strip]:
    """`a tweede contact   b hevige pijn of angst …`; ticked ones stand out with their answer."""
    ticked = sum(mark.ticked for mark in marks) + more
    right = "geen aangekruist" if not ticked else f"{ticked} aangekruist"
    head = rule(width, palette, "VERZWAREND", f"{right} · + meer")
    line = Line(width).put("  ")
    lines: list[Strip] = []
    for mark in marks:
        style = palette.urgency(mark.urgency) if mark.urgency is not None else palette.strong
        words = f"{mark.label}: {mark.given}" if mark.ticked else mark.label
        size = cells(words) + 2
        if line.used > 2 and size + 3 > line.left:
            lines.append(line.strip())
            line = Line(width).put("  ")
        if line.used > 2:
            line.put("   ")
        line.put(mark.key, palette.normal if not mark.ticked else style).put(" ")
        line.put(fit_to(words, max(8, line.left)), style if mark.ticked else palette.dim)
    return [head, *lines, line.strip()]


def note_lines(picture: TriagePicture, width: int, height: int, palette: Palette) -> list[Strip]:
    """The notes, newest at the bottom, and the one being typed."""
    lines = [rule(width, palette, "NOTITIES", "F7")]
    room = height - 1 - (1 if picture.note is not None else 0)
    for text in picture.warnings[: max(1, room - 1)]:
        lines.append(Line(width).put("  ").put(fit_to(text, width - 4), palette.warn).strip())
    if picture.history and room > len(lines):
        lines.append(Line(width).put("  ").put(fit_to(f"eerder  {picture.history}", width - 4), palette.dim).strip())
    room -= len(lines) - 1
    drawn: list[Strip] = []
    for note in picture.notes:
        mark = " ↑" if note.pending else ""
        for index, text in enumerate(wrap(note.text + mark, width - 10, 3)):
            line = Line(width).put("  ").field(note.at if not index else "", 6, palette.dim)
            drawn.append(line.put(text, palette.normal).strip())
    if room > 0:
        lines += drawn[-room:]
    if picture.note is not None:
        line = Line(width).put("  ")
        if picture.note_active:
            lines.append(picture.note.draw(line.put("▸ ", palette.strong), width - 6, palette.strong).strip())
        else:
            line.put("F7 ", palette.strong).put("gaat verder: ", palette.dim)
            lines.append(picture.note.draw(line, width - line.used - 2, palette.dim, active=False).strip())
    return lines

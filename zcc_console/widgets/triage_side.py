"""The right column of the triage screen: the urgency with its reasons, what would change it, what to say, where there is
room, what was recorded. Pure drawing."""

from __future__ import annotations

from collections.abc import Sequence

from textual.strip import Strip

from zcc_console.desk.rows import UnitRow
from zcc_console.terminal.themes import Palette
from zcc_console.text import cells, fit
from zcc_console.widgets.handoff_words import short_state
from zcc_console.widgets.rule import rule
from zcc_console.widgets.triage_line import Line, fit_to, wrap
from zcc_console.widgets.triage_picture import TriagePicture, Verdict
from zcc_console.widgets.unit_line import age_cell, unit_style

REASONS = 2


def side_lines(picture: TriagePicture, width: int, height: int, palette: Palette) -> list[Strip]:
    """The column, in exactly so many lines; what matters least is left out first."""
    verdict = verdict_lines(picture, width, palette, airy=height >= 26)
    what_if = what_if_lines(picture, width, palette)
    say = say_lines(picture, width, palette, 10 if height >= 34 else 6)
    places = place_lines(picture, width, palette)
    recorded = recorded_lines(picture, width, palette, 8)
    blank = Strip.blank(width)
    room = height - len(verdict)
    kept: dict[str, list[Strip]] = {}
    for name, lines in (("say", say), ("places", places), ("what_if", what_if), ("recorded", recorded)):
        if not lines:
            continue
        if len(lines) + 1 > room and name == "recorded" and room >= 4:
            lines = [lines[0], *lines[-(room - 2) :]]
        if len(lines) + 1 <= room:
            kept[name] = lines
            room -= len(lines) + 1
    result = list(verdict)
    for name in ("what_if", "say", "places", "recorded"):
        if name in kept:
            result += [blank, *kept[name]]
    result = result[:height]
    return [*result, *([blank] * (height - len(result)))]


def verdict_lines(picture: TriagePicture, width: int, palette: Palette, *, airy: bool) -> list[Strip]:
    """The running urgency, always there."""
    verdict = picture.verdict
    if verdict is None:
        return [Line(width, palette.panel).put("  nog geen protocolset · F9 werkt", palette.warn).strip()]
    danger = verdict.urgency.is_for_the_rav
    ground = palette.danger_panel if danger else palette.panel
    blank = Line(width, ground).strip()
    line = Line(width, ground).put("  ")
    if verdict.provisional:
        line.put(provisional_words(picture), palette.dim)
    else:
        line.put(f" {verdict.urgency.label} ", palette.urgency(verdict.urgency)).put("  ")
        line.put(verdict.urgency.word, palette.strong)
    lines = [line.strip()]
    for text in wrap(before_words(picture), width - 4, 2):
        lines.append(Line(width, ground).put("  ").put(text, palette.normal).strip())
    if airy:
        lines = [blank, *lines, blank]
    if not verdict.provisional:
        lines += _reason_lines(verdict, width, palette)
    foot = "" if verdict.provisional else verdict_foot(picture, verdict)
    if foot:
        if airy:
            lines.append(blank)
        for text in wrap(foot, width - 4, 2):
            style = palette.strong if danger else palette.dim
            lines.append(Line(width, ground).put("  ").put(text, style).strip())
    return [*lines, blank] if airy else lines


def provisional_words(picture: TriagePicture) -> str:
    """While nothing says how urgent it is: how far the asking came."""
    verdict = picture.verdict
    if verdict is None or not verdict.to_ask:
        return "nog geen urgentie: eerst ABCD en klacht"
    return f"nog geen urgentie · {verdict.asked} van {verdict.to_ask} gevraagd"


def before_words(picture: TriagePicture) -> str:
    """The urgency that was given before this triage, and by whom."""
    before = picture.call.pre_urgency if picture.call is not None else ""
    return f"vooraf {before}" if before else ""


def _reason_lines(verdict: Verdict, width: int, palette: Palette) -> list[Strip]:
    ground = palette.danger_panel if verdict.urgency.is_for_the_rav else palette.panel
    lines = []
    label = "omdat"
    for reason in verdict.reasons[:REASONS]:
        first = reason.because or reason.text
        for text in wrap(first, width - 11, 2):
            lines.append(Line(width, ground).put("  ").field(label, 7, palette.dim).put(text, palette.normal).strip())
            label = ""
        if reason.because:
            for text in wrap(f"→ {reason.text}", width - 11, 2):
                lines.append(Line(width, ground).put("         ").put(text, palette.dim).strip())
    more = len(verdict.reasons) - REASONS
    if more > 0:
        word = "reden" if more == 1 else "redenen"
        lines.append(Line(width, ground).put("         ").put(f"en nog {more} {word}", palette.dim).strip())
    return lines


def verdict_foot(picture: TriagePicture, verdict: Verdict) -> str:
    """What to do about it, in one line."""
    handoff = picture.handoff
    if handoff is not None and (handoff.standing.is_open or handoff.standing.handed_over):
        return f"RAV: {short_state(handoff)}"
    if verdict.urgency.is_for_the_rav:
        return "F9 nu naar de RAV, vraag daarna verder"
    if verdict.override:
        return f"aangepast, {verdict.override} dan het voorstel {verdict.proposed.name}"
    return "besloten" if verdict.decided else ""


def what_if_lines(picture: TriagePicture, width: int, palette: Palette) -> list[Strip]:
    """Other answers and what they would give."""
    if not picture.what_if:
        return []
    lines = [rule(width, palette, "ALS HET ANDERS WAS")]
    for one in picture.what_if:
        tail = f"  → {one.urgency.label}"
        line = Line(width).put("  ").put(fit_to(one.text, width - cells(tail) - 4), palette.dim)
        lines.append(line.put("  → ", palette.dim).put(one.urgency.label, palette.urgency(one.urgency)).strip())
    return lines


def say_lines(picture: TriagePicture, width: int, palette: Palette, most: int) -> list[Strip]:
    """What to say to the caller now."""
    verdict = picture.verdict
    if verdict is None or not verdict.say or verdict.provisional:
        return []
    lines = [rule(width, palette, "ZEG NU")]
    texts = [text for say in verdict.say for text in wrap(say, width - 3)]
    if len(texts) > most:
        texts = [*texts[: most - 1], fit_to(" ".join(texts[most - 1 :]), width - 3)]
    lines += [Line(width).put("  ").put(text, palette.normal).strip() for text in texts]
    return lines


def place_lines(picture: TriagePicture, width: int, palette: Palette) -> list[Strip]:
    """The places of the likely care, each with the age of what is known."""
    if not picture.places:
        return []
    lines = [rule(width, palette, picture.likely)]
    names = [unit.provider for unit in picture.places]
    lines += [_place(unit, width, palette, towns=names.count(unit.provider) > 1) for unit in picture.places]
    if picture.places_note:
        lines.append(Line(width).put("  ").put(picture.places_note, palette.dim).strip())
    return lines


def _place(unit: UnitRow, width: int, palette: Palette, *, towns: bool) -> Strip:
    old = unit.mark != ""
    name = unit.provider
    if unit.category == "seh" and not name.startswith(unit.kind):
        name = f"{unit.kind} {name}"
    if towns and unit.place:
        # The town tells them apart, so the name makes room for it.
        town = fit_to(unit.place, 11)
        name = f"{fit_to(name, width - 24 - cells(town) - 2)}, {town}"
    line = Line(width).put("  ").field(name, width - 24, palette.dim if old else palette.normal)
    line.put(fit(unit.amount, 5, "right"), palette.dim if old else palette.strong).put("  ")
    line.field(unit.word, 6, unit_style(unit, palette)).put(fit(age_cell(unit), 7, "right"), palette.dim)
    return line.put(f" {unit.mark or ' '}", palette.warn).strip()


def recorded_lines(picture: TriagePicture, width: int, palette: Palette, most: int) -> list[Strip]:
    """What was recorded, the last at the bottom."""
    if not picture.recorded:
        return []
    lines = [rule(width, palette, "VASTGELEGD")]
    for one in picture.recorded[-most:]:
        lines.append(Line(width).put("  ").put(fit_to(f"{one.at} {one.text}", width - 3), palette.dim).strip())
    return lines


def strip_lines(picture: TriagePicture, width: int, palette: Palette) -> Sequence[Strip]:
    """The urgency in two lines, for a screen without a right column."""
    verdict = picture.verdict
    if verdict is None:
        return verdict_lines(picture, width, palette, airy=False)
    danger = verdict.urgency.is_for_the_rav
    ground = palette.danger_panel if danger else palette.panel
    line = Line(width, ground).put(" ")
    if verdict.provisional:
        line.put(f" {provisional_words(picture)}", palette.dim)
        return [line.strip(), Line(width, ground).put("  ").put(before_words(picture), palette.normal).strip()]
    line.put(f" {verdict.urgency.label} ", palette.urgency(verdict.urgency)).put(" ")
    line.put(verdict.urgency.word, palette.strong)
    foot = verdict_foot(picture, verdict)
    if foot:
        line.end((fit_to(foot, width - 34), palette.strong if danger else palette.dim), margin=1)
    second = Line(width, ground).put("  ")
    reason = verdict.reasons[0] if verdict.reasons else None
    if reason is not None:
        second.put("omdat ", palette.dim)
        if reason.because:
            second.put(fit_to(reason.because, width // 2 - 4), palette.normal).put(" → ", palette.dim)
        second.put(fit_to(reason.text, second.left - 1), palette.normal if not reason.because else palette.dim)
    before = before_words(picture).partition(" door")[0]
    if before:
        second.end((before, palette.normal), margin=1)
    return [line.strip(), second.strip()]

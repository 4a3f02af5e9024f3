"""The voice card as drawn lines: whom to telephone, what to read out, what comes after. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from rich.style import Style
from textual.strip import Strip

from zcc_console.terminal.themes import Palette
from zcc_console.text import cells
from zcc_console.widgets.handoff_lines import REASONS, softer
from zcc_console.widgets.triage_form import Form
from zcc_console.widgets.triage_line import Line, fit_to, wrap

BOLD: Final = Style(bold=True)
LABEL: Final = 12
AFTERWARDS: Final = "Leg met v vast dat u gebeld hebt: dan ziet de RAV het en wordt er niet twee keer gereden."
TRIED: Final = "Het bericht blijft geprobeerd worden. "
"""Only where the RAV has not received it."""


@dataclass(frozen=True, slots=True)
class Card:
    """What the card says."""

    rav: str
    phone: str
    other_phone: str
    """The next number to try; empty where there is none."""
    why: str
    """Why one must telephone: `bericht niet bevestigd, 0:31`."""
    lines: tuple[tuple[str, str], ...]
    """(label, text) to read out."""
    trouble: str = ""
    """`14 pogingen · laatste fout: …`."""
    message: str = ""
    """How the message stands meanwhile, where that must be known."""
    unsent: str = ""
    """Nothing was made durable: what happened and what is left to do; it cannot be recorded then."""
    form: Form | None = None
    recalling: bool = False
    exercise: bool = False
    whose: str = ""
    """`0347 · v 67 · Leiden`."""
    place: str = ""
    """`1 van 2`, where more cards are due."""
    tried: bool = False
    """The message was not received yet, and goes on being tried."""
    settled: bool = False
    """It is no longer due, and stays only because the next one comes by a key."""


def small_lines(card: Card, width: int, palette: Palette) -> list[Strip]:
    """The card while somebody types under it: whom to telephone about whom, and that what is typed is not for it."""
    ground = palette.alarm
    head = Line(width, ground).put("  ").put(f"BEL NU {card.rav.upper()}  {card.phone}", BOLD)
    if card.whose:
        head.put(f"  {card.whose}", BOLD)
    why = Line(width, ground).put("  ").put(fit_to(card.unsent or card.why, width - 4))
    how = "U typt: alles gaat naar het veld. Ctrl+Y: de hele kaart · F3 opzij"
    return [head.strip(), why.strip(), Line(width, ground).put("  ").put(fit_to(how, width - 4), BOLD).strip()]


def card_lines(card: Card, width: int, most: int, palette: Palette) -> list[Strip]:
    """The card on the alarm's ground, over the whole width, in at most so many lines."""
    lines = _drawn(card, width, palette, airy=2, text_lines=3)
    if len(lines) > most:
        lines = _drawn(card, width, palette, airy=1, text_lines=2)
    if len(lines) > most:
        lines = _drawn(card, width, palette, airy=0, text_lines=2)
    if len(lines) > most:
        lines = _drawn(card, width, palette, airy=0, text_lines=1)
    # What lies under it is not half to be seen: the rest is blank.
    return [*lines, *[Line(width, palette.alarm).strip()] * (most - len(lines))][:most]


def _drawn(card: Card, width: int, palette: Palette, *, airy: int, text_lines: int) -> list[Strip]:
    ground, soft = palette.alarm, softer(palette)
    blank = Line(width, ground).strip()
    lines: list[Strip] = [blank] if airy else []
    head = Line(width, ground).put("   ").put(f"BEL NU {card.rav.upper()}", BOLD).put("     ").put(card.phone, BOLD)
    exercise = "OEFENING" if card.exercise else ""
    if width < 100:
        lines.append(head.end((exercise, BOLD), margin=3).strip())
        lines.append(Line(width, ground).put("   ").put(card.why).strip())
    else:
        why = fit_to(card.why, max(10, width - head.used - 18))
        lines.append(head.end((exercise, BOLD), ("   " if exercise else "", BOLD), (why, Style()), margin=3).strip())
    if card.message:
        lines.append(Line(width, ground).put("   ").put(card.message, BOLD).strip())
    if card.unsent:
        for text in wrap(card.unsent, width - 6, 2):
            lines.append(Line(width, ground).put("   ").put(text, BOLD).strip())
    about = "  ".join(part for part in (card.whose, f"kaart {card.place}" if card.place else "") if part)
    if about:
        tail = "  hoeft niet meer" if card.settled else ""
        lines.append(Line(width, ground).put("   ").put(f"{about}{tail}", BOLD).strip())
    if airy:
        lines.append(blank)
    lines.append(Line(width, ground).put("   ").put("Lees voor", BOLD).put(" (30 seconden)", soft).strip())
    if airy > 1:
        lines.append(blank)
    for label, text in card.lines:
        for index, part in enumerate(wrap(text, width - LABEL - 8, text_lines)):
            line = Line(width, ground).put("     ").field("" if index else label, LABEL, soft)
            lines.append(line.put(part).strip())
    if airy:
        lines += [blank] * airy
    lines += _after(card, width, palette)
    if airy > 1 and not card.form:
        lines.append(blank)
    if not card.unsent and not card.form:
        lines += [
            Line(width, ground).put("   ").put(text).strip()
            for text in wrap((TRIED if card.tried else "") + AFTERWARDS, width - 6, 2)
        ]
    if card.trouble:
        if airy > 1:
            lines.append(blank)
        lines.append(Line(width, ground).put("   ").put(fit_to(card.trouble, width - 6), soft).strip())
    return [*lines, blank] if airy else lines


def _after(card: Card, width: int, palette: Palette) -> list[Strip]:
    ground, soft = palette.alarm, softer(palette)
    if card.form is not None:
        return _form(card.form, width, palette)
    if card.recalling:
        asked = [Line(width, ground).put("   ").put(f"Overdracht {card.whose} herroepen? Waarom:", BOLD).strip()]
        for pair in (REASONS[:2], REASONS[2:]):
            line = Line(width, ground).put("   ")
            for key, reason in pair:
                line.put(key, BOLD).put(f" {reason}   ")
            asked.append(line.strip())
        return [*asked, Line(width, ground).put("   ").put("elke andere toets herroept niet", soft).strip()]
    keys: list[tuple[str, str]] = []
    if not card.unsent:
        keys.append(("v", "gesproken met de centralist (naam en kenmerk invullen)"))
    if card.other_phone:
        keys.append(("o", f"niemand: volgend nummer {_tail(card.phone, card.other_phone)}"))
    if card.place:
        keys.append(("n", "volgende kaart"))
    keys.append(("F3", "opzij: toon de oproep"))
    if card.unsent:
        keys.append(("F9", "probeer opnieuw vast te leggen"))
    else:
        keys.append(("r", "herroepen"))
    lines: list[Strip] = []
    line = Line(width, ground).put("   ").put("Daarna", soft).put("   ")
    indent = line.used
    for key, words in keys:
        size = cells(key) + cells(words) + 2
        if line.used > indent and size + 6 > line.left:
            lines.append(line.strip())
            line = Line(width, ground).put(" " * indent)
        elif line.used > indent:
            line.put("      ")
        line.put(key, BOLD).put(f"  {words}")
    return [*lines, line.strip()]


def _tail(phone: str, other: str) -> str:
    """Only the end of the next number where the beginnings are alike: `0 113`."""
    one, two = phone.split(), other.split()
    if len(one) == len(two) > 2 and one[:-2] == two[:-2]:
        return " ".join(two[-2:])
    return other


def _form(form: Form, width: int, palette: Palette) -> list[Strip]:
    ground, soft = palette.alarm, softer(palette)
    lines = [Line(width, ground).put("   ").put(form.title, BOLD).strip()]
    label_width = max(cells(one.label) for one in form.fields) + 2
    for index, one in enumerate(form.fields):
        active = index == form.at
        line = Line(width, ground).put("   ▸ " if active else "     ", BOLD).field(one.label, label_width, soft)
        hint = f" {one.hint}" if one.hint and not one.field.text else ""
        if active:
            one.field.draw(line, min(40, width - line.used - cells(hint) - 3), BOLD).put(hint, soft)
        else:
            from zcc_console.text import clean

            line.put(fit_to(clean(one.field.text) if one.field.text else "–", width - line.used - 3))
        lines.append(line.strip())
    if form.problem:
        lines.append(Line(width, ground).put("     ").put(form.problem, BOLD).strip())
    text = "Enter volgende, op het laatste: leg vast · Esc terug naar de kaart"
    return [*lines, Line(width, ground).put("   ").put(text, soft).strip()]

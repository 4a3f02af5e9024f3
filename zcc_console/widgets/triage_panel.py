"""The panel that is being worked in: a question with its answers, a search, a form, places, or a text to read out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from rich.style import Style
from textual.strip import Strip

from zcc_console.desk.rows import UnitRow
from zcc_console.terminal.themes import Palette
from zcc_console.text import cells, fit
from zcc_console.widgets.queue_row import uncoloured
from zcc_console.widgets.triage_form import Form
from zcc_console.widgets.triage_line import Line, fit_to, wrap
from zcc_console.widgets.triage_picture import Choice, Panel
from zcc_console.widgets.unit_line import age_cell, unit_style

FEW_CHOICES: Final = 9
"""More than these are put in two columns where they do not fit in one."""


@dataclass(frozen=True, slots=True)
class Room:
    """How much a panel may take."""

    width: int
    height: int
    airy: bool
    """Whether there is room for empty lines."""


def panel_lines(panel: Panel, room: Room, palette: Palette) -> list[Strip]:
    """The panel, on its own ground, in at most so many lines; what does not fit says so with `…`."""
    drawer = _Drawer(panel, room, palette)
    lines = drawer.lines(details=True)
    if len(lines) > room.height:
        lines = drawer.lines(details=False)
    if len(lines) > room.height and room.airy:
        drawer = _Drawer(panel, Room(room.width, room.height, False), palette)
        lines = drawer.lines(details=False)
    if len(lines) > room.height and len(panel.choices) > FEW_CHOICES:
        lines = drawer.lines(details=False, columns=True)
    if len(lines) > room.height > 1:
        lines = [*lines[: room.height - 1], Line(room.width, drawer.ground).put("   …", palette.dim).strip()]
    return lines


class _Drawer:
    def __init__(self, panel: Panel, room: Room, palette: Palette) -> None:
        self.panel = panel
        self.room = room
        self.palette = palette
        self.ground = palette.danger_panel if panel.danger else palette.panel
        self.width = room.width
        longest = max((cells(one.text) for one in panel.choices if one.tail), default=0)
        self.tail_at = min(max(longest + 11, 28), self.width * 3 // 5)

    def line(self) -> Line:
        return Line(self.width, self.ground)

    def lines(self, *, details: bool, columns: bool = False) -> list[Strip]:
        panel, palette = self.panel, self.palette
        lines: list[Strip] = []
        blank = self.line().strip()
        if self.room.airy:
            lines.append(blank)
        lines += self._title()
        if panel.search is not None:
            line = self.line().put("     ").put("▸ ", palette.strong)
            lines.append(panel.search.draw(line, self.width - 12, palette.strong).strip())
        if panel.form is not None:
            lines += self._form(panel.form)
        if columns:
            lines += self._in_columns()
        else:
            for choice in panel.choices:
                lines += self._choice(choice, details)
        if panel.units:
            if panel.choices and self.room.airy:
                lines.append(blank)
            lines += [self._unit(unit, index == panel.unit_at) for index, unit in enumerate(panel.units)]
        if panel.text:
            if (panel.choices or panel.units) and self.room.airy:
                lines.append(blank)
            lines += self._text()
        if panel.foot:
            if self.room.airy and (panel.text or panel.form or panel.units or len(panel.choices) > 4):
                lines.append(blank)
            lines += self._foot(panel.foot)
        if self.room.airy:
            lines.append(blank)
        return lines

    def _title(self) -> list[Strip]:
        panel, palette = self.panel, self.palette
        if not panel.title:
            return []
        indent = 2 + (cells(panel.number) + 1 if panel.number else 0)
        style = palette.u1 + Style(bold=True) if panel.danger and not panel.number else palette.strong
        result = []
        for index, text in enumerate(wrap(panel.title, self.width - indent - 2, 3)):
            line = self.line().put("  ")
            if panel.number:
                line.put(panel.number if not index else " " * cells(panel.number), palette.dim).put(" ")
            result.append(line.put(text, style).strip())
        return result

    def _in_columns(self) -> list[Strip]:
        """Two choices a line, the second half beside the first; what was chosen stands in short behind it."""
        choices, palette = self.panel.choices, self.palette
        half = (len(choices) + 1) // 2
        width = self.width // 2
        lines = []
        for index in range(half):
            line = self.line()
            for column, choice in enumerate((choices[index], *choices[index + half : index + half + 1])):
                line.to(column * width).put("▸ " if choice.chosen else "  ", palette.strong)
                style = palette.urgency(choice.urgency) if choice.urgency is not None else palette.normal
                text = f"{choice.text}: {choice.tail}" if choice.tail else choice.text
                line.put(choice.key, palette.strong).put(" ").put(fit_to(text, width - 6), style)
            lines.append(line.strip())
        return lines

    def _choice(self, choice: Choice, details: bool) -> list[Strip]:
        palette = self.palette
        if not choice.key:
            return [
                self.line().put("    ").put(text, palette.dim).strip() for text in wrap(choice.text, self.width - 6, 2)
            ]
        line = self.line().put("    ▸ " if choice.chosen else "      ", palette.strong).put(choice.key, palette.strong)
        line.put("  ")
        tail = self._tail(choice)
        room = self.width - line.used - sum(cells(text) for text, _style in tail) - 2
        style = palette.strong if choice.chosen else palette.normal
        texts = wrap(choice.text, max(room, 12), 2)
        line.put(texts[0] if texts else "", style)
        if tail:
            line.to(max(line.used + 2, self.tail_at))
            for text, tail_style in tail:
                line.put(text, tail_style)
        lines = [line.strip()]
        lines += [self.line().put("         ").put(text, style).strip() for text in texts[1:]]
        if details and choice.detail:
            lines += [
                self.line().put("         ").put(text, palette.dim).strip()
                for text in wrap(choice.detail, self.width - 12, 3)
            ]
        return lines

    def _tail(self, choice: Choice) -> list[tuple[str, Style]]:
        palette = self.palette
        pieces: list[tuple[str, Style]] = []
        if choice.tail:
            style = palette.good if choice.safe else palette.dim
            if choice.urgency is not None:
                style = palette.urgency(choice.urgency)
            pieces.append((fit_to(choice.tail, max(10, self.width // 2 - 8)), style))
        if choice.urgency is not None:
            pieces.append((f"  → {choice.urgency.name}", palette.urgency(choice.urgency)))
        return pieces

    def _form(self, form: Form) -> list[Strip]:
        palette = self.palette
        lines = [
            self.line().put("  ").put(text, palette.strong).strip() for text in wrap(form.title, self.width - 4, 2)
        ]
        label_width = max(cells(one.label) for one in form.fields) + 2
        for index, one in enumerate(form.fields):
            active = index == form.at
            line = self.line().put("    ▸ " if active else "      ", palette.strong)
            line.field(one.label, label_width, palette.normal if active else palette.dim)
            room = self.width - line.used - 3
            hint = one.hint if not one.field.text else ""
            if active:
                one.field.draw(line, max(4, room - cells(hint) - 1), palette.strong)
                line.put(hint, palette.dim)
            else:
                line.put(fit_to(_shown(one.field.text), room), palette.normal)
            lines.append(line.strip())
        if form.problem:
            lines += [
                self.line().put("      ").put(text, palette.warn).strip()
                for text in wrap(form.problem, self.width - 8, 2)
            ]
        return lines

    def _unit(self, unit: UnitRow, chosen: bool) -> Strip:
        palette = uncoloured(self.palette) if chosen and self.palette.selected.reverse else self.palette
        ground = palette.selected if chosen else self.ground
        line = Line(self.width, ground).put("    ▸ " if chosen else "      ", palette.strong)
        name = f"{unit.provider}, {unit.place}" if unit.place and unit.place not in unit.provider else unit.provider
        tail_width = 34 if self.width >= 66 else 26
        old = unit.mark != ""
        line.field(name, max(8, self.width - line.used - tail_width), palette.dim if old else palette.normal)
        line.put(fit(unit.amount, 5, "right"), palette.dim if old else palette.strong).put("  ")
        line.field(unit.word, 7, unit_style(unit, palette))
        line.put(fit(age_cell(unit), 6, "right"), palette.dim).put(f" {unit.mark or ' '}", palette.warn)
        if tail_width == 34:
            far = "" if unit.distance_km is None else f"{unit.distance_km:.0f} km"
            line.put(fit(far, 7, "right"), palette.dim)
        return line.strip()

    def _text(self) -> list[Strip]:
        palette = self.palette
        lines: list[Strip] = []
        for index, paragraph in enumerate(self.panel.text):
            if index and self.room.airy and self.panel.spaced:
                lines.append(self.line().strip())
            lines += [
                self.line().put("    ").put(text, palette.normal).strip()
                for text in wrap(paragraph, self.width - 7, 12)
            ]
        return lines

    def _foot(self, foot: str) -> list[Strip]:
        """`Enter  verder    v  gesproken`: keys bright, words dim."""
        palette = self.palette
        line = self.line().put("  ")
        lines: list[Strip] = []
        for part in foot.split("    "):
            name, gap, words = part.partition("  ")
            size = cells(part) + 4
            if line.used > 2 and size > line.left:
                lines.append(line.strip())
                line = self.line().put("  ")
            line.put(name, palette.strong if gap else palette.dim).put("  " if gap else "").put(words, palette.dim)
            line.put("    ")
        return [*lines, line.strip()]


def _shown(text: str) -> str:
    from zcc_console.text import clean

    return clean(text) if text else ""

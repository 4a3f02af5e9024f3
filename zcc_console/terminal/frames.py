"""How a frame becomes bytes: only the cells that changed, and only the style that differs from the one before.

Textual 8.2 writes a changed line from the left edge of its widget and a whole style with a reset for every piece;
on a thin client's line that is most of what is sent. What is shown is the same, cell by cell (tested on an emulator).
Links are left out: nothing of ours has one, and words from outside must not bring any.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from rich.color import ColorSystem
from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.strip import Strip

_ATTRIBUTES = (
    ("bold", "1"),
    ("dim", "2"),
    ("italic", "3"),
    ("underline", "4"),
    ("reverse", "7"),
    ("strike", "9"),
)
"""What the desk uses; blinking is not among it."""


class Codes(NamedTuple):
    """A style as the terminal's codes; empty where it is the terminal's own."""

    attributes: str
    foreground: str
    background: str


PLAIN = Codes("", "", "")


@lru_cache(maxsize=2048)
def codes_of(style: Style, system: ColorSystem) -> Codes:
    """The codes of a style for what the terminal can show."""
    attributes = ";".join(code for name, code in _ATTRIBUTES if getattr(style, name))
    colour, ground = style.color, style.bgcolor
    foreground = ";".join(colour.downgrade(system).get_ansi_codes()) if colour is not None else ""
    background = ";".join(ground.downgrade(system).get_ansi_codes(False)) if ground is not None else ""
    return Codes(attributes, "" if foreground == "39" else foreground, "" if background == "49" else background)


def change(before: Codes, after: Codes) -> str:
    """The sequence that turns one style into another; as short as may be."""
    if before == after:
        return ""
    if after == PLAIN:
        return "\x1b[0m"
    if before.attributes != after.attributes:
        parts = ["0" if before != PLAIN else "", *after]
    else:
        parts = [
            (after.foreground or "39") if before.foreground != after.foreground else "",
            (after.background or "49") if before.background != after.background else "",
        ]
    return f"\x1b[{';'.join(part for part in parts if part)}m"


class ThriftyUpdate(CompositorUpdate):
    """An update of Textual's compositor, written with as few bytes as we know how."""

    def __init__(self, update: ChopsUpdate | LayoutUpdate) -> None:
        self.update = update

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        return self.update.__rich_console__(console, options)

    def render_segments(self, console: Console) -> str:
        """The update as what is written to the terminal."""
        update = self.update
        pieces = _chops(update) if isinstance(update, ChopsUpdate) else _layout(update)
        return write(pieces, console._color_system or ColorSystem.TRUECOLOR)


Piece = tuple[int, int, Iterable[Segment]]
"""Column, line, and what stands there."""


def write(pieces: Iterable[Piece], system: ColorSystem) -> str:
    """Pieces as bytes for the terminal; ends in the terminal's own style."""
    out: list[str] = []
    now = PLAIN
    for x, y, segments in pieces:
        out.append(f"\x1b[{y + 1};{x + 1}H")
        for text, style, _ in segments:
            wanted = codes_of(style, system) if style is not None else PLAIN
            if wanted.foreground != now.foreground and text.isspace() and not (wanted.attributes or now.attributes):
                wanted = Codes(wanted.attributes, now.foreground, wanted.background)  # nobody sees a blank's colour
            out.append(change(now, wanted))
            out.append(text)
            now = wanted
    out.append(change(now, PLAIN))
    return "".join(out)


def _layout(update: LayoutUpdate) -> Iterator[Piece]:
    for y, line in enumerate(update.strips, update.region.y):
        yield update.region.x, y, (segment for strip in line for segment in strip)


def _chops(update: ChopsUpdate) -> Iterator[Piece]:
    for y, first, last in update.spans:
        for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            if strip is None or x >= last or end <= first:
                continue
            start, stop = max(x, first), min(end, last)
            yield start, y, _cut(strip, start - x, stop - x)


def _cut(strip: Strip, start: int, stop: int) -> Strip:
    return strip if start == 0 and stop >= strip.cell_length else strip.crop(start, stop)

"""The top line of every screen: who and where, the time, and how current the picture is. Knows no call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final

from rich.style import Style
from textual.strip import Strip

from zcc_console.core.clock import local
from zcc_console.desk.rows import Link, LinkState
from zcc_console.terminal.themes import Palette
from zcc_console.text import cells, fit
from zcc_console.widgets.daypart import dutch_date
from zcc_console.widgets.pane import Pane
from zcc_console.widgets.spans import tenths
from zcc_console.widgets.triage_line import Line

MARKS: Final = {Link.LIVE: "●", Link.STALE: "▲", Link.OFFLINE: "■"}


@dataclass(frozen=True, slots=True)
class Status:
    """What the top line says."""

    zcc: str
    desk_id: str
    user: str
    role: str
    now: datetime
    anw: bool
    mark: str
    """`DEMO`, `EXERCITIE` or nothing."""
    link: LinkState
    undelivered: int


def link_words(link: LinkState) -> str:
    """`● LIVE 0,4 s`; always with the age, or a sentence of two words where there is none."""
    age = "nooit gezien" if link.age_s is None else tenths(link.age_s)
    return f"{MARKS[link.link]} {link.link.value} {age}"


class StatusLine(Pane):
    """One line; what does not fit at 80 columns is left out from the least needed on."""

    DEFAULT_CSS: ClassVar[str] = "StatusLine { height: 1; }"

    def __init__(self) -> None:
        super().__init__(id="status")
        self.status: Status | None = None

    def show(self, status: Status) -> None:
        """Say what is so now."""
        self.status = status
        self.redraw()

    def draw(self, width: int, height: int) -> Sequence[Strip]:
        if self.status is None:
            return [Line(width, self.palette.bar).strip()]
        return [status_strip(self.status, width, self.palette)]


def status_strip(status: Status, width: int, palette: Palette) -> Strip:
    """The line for one width."""
    wide = width >= 110
    link_style = {Link.LIVE: palette.live, Link.STALE: palette.warn, Link.OFFLINE: palette.offline}[status.link.link]
    words = link_words(status.link)
    undelivered = f"↑{status.undelivered}"
    gap = ("  ", Style())
    right: list[tuple[str, Style]] = [
        ("ANW" if status.anw else "dag", palette.warn if status.anw else palette.dim),
        gap,
    ]
    if wide:
        right += [(dutch_date(status.now), palette.dim), gap]
    right += [(local(status.now).strftime("%H:%M:%S"), palette.strong), gap]
    if status.mark:
        right += [(f" {status.mark} " if wide else status.mark, palette.demo), gap]
    right += [
        (words, link_style),
        (" " * max(0, (16 if wide else 13) - cells(words)), Style()),
        (" " if wide else "", Style()),
        (fit(undelivered, max(4, cells(undelivered))), palette.warn if status.undelivered else palette.dim),
    ]
    room = width - sum(cells(text) for text, _ in right) - 1
    line = Line(width, palette.bar).put(" ")
    for text, style, needed in (
        (status.zcc, palette.strong, 0),
        (f"  desk {status.desk_id}", palette.dim, 0),
        (f"  {status.user}", palette.normal, 8),
        (f" · {status.role}", palette.normal, 0),
    ):
        left = room - line.used - 1
        if cells(text) <= left:
            line.put(text, style)
        elif needed and left >= needed:
            line.put(fit(text, left), style)
    return line.end(*[piece for piece in right if piece[0]]).strip()

"""The supervisor's figures against the norms, side by side. What is not known is a dash."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from rich.style import Style
from textual.strip import Strip

from zcc_console.core.config import QueueNorms
from zcc_console.desk.rows import FloorFigures
from zcc_console.terminal.themes import Palette
from zcc_console.widgets.handoff_words import duration
from zcc_console.widgets.pane import Pane
from zcc_console.widgets.spans import calm_span, share
from zcc_console.widgets.triage_line import Line

URGENT_SHARE: Final = 0.90
SOON_SHARE: Final = 0.75
OTHERS_SHARE: Final = 1.0
"""90 % of urgent callers within 30 s; 75 % of others within 2 min, the rest within 10 (LHV guideline; Kwaliteitskader
Spoedzorgketen)."""

Card = tuple[str, tuple[str, Style], str]
"""A label, the figure in its colour, and what it is measured against."""


def cards(figures: FloorFigures, norms: QueueNorms, palette: Palette, *, short: bool = False) -> list[Card]:
    """The figures in the order in which they matter; `short` for narrow cards."""
    longest, waiting = figures.longest_s, figures.waiting
    late = palette.u1 if longest > norms.others_s else palette.warn if longest > norms.soon_s else palette.strong
    open_s = figures.longest_open_s
    return [
        ("WACHT", (str(waiting), late if waiting else palette.strong), _longest(figures, short)),
        _share(f"SPOED ≤{_norm(norms.urgent_s)}", figures.urgent_within, URGENT_SHARE, palette),
        _share(f"≤{_norm(norms.soon_s)}", figures.soon_within, SOON_SHARE, palette),
        _share(f"≤{_norm(norms.others_s)}", figures.others_within, OTHERS_SHARE, palette),
        (
            "IN GESPREK",
            (f"{figures.talking}/{figures.desks}" if figures.desks else "–", palette.strong),
            f"gem. {'–' if figures.mean_talk_s is None else duration(figures.mean_talk_s)}",
        ),
        (
            "RAV OPEN",
            (str(figures.open_handoffs), palette.u1 if figures.open_handoffs else palette.strong),
            ("–" if open_s is None else duration(open_s)) if figures.open_handoffs else "geen",
        ),
    ]


def _longest(figures: FloorFigures, short: bool) -> str:
    if not figures.waiting:
        return "niemand"
    return f"{'max' if short else 'langste'} {calm_span(figures.longest_s)}"


def _share(label: str, value: float | None, norm: float, palette: Palette) -> Card:
    style = palette.dim if value is None else palette.good if value >= norm else palette.warn
    return label, (share(value), style), f"norm {round(norm * 100)}"


def _norm(seconds: float) -> str:
    """`30 s`, `2 min`."""
    return f"{seconds:.0f} s" if seconds < 60 or seconds % 60 else f"{seconds / 60:.0f} min"


class RegieFigures(Pane):
    """Six cards of three lines."""

    DEFAULT_CSS: ClassVar[str] = "RegieFigures { height: 3; }"

    def __init__(self) -> None:
        super().__init__(id="figures")
        self.figures: FloorFigures | None = None
        self.norms = QueueNorms()

    def show(self, figures: FloorFigures, norms: QueueNorms) -> None:
        """Show these figures."""
        self.figures, self.norms = figures, norms
        self.redraw()

    def draw(self, width: int, height: int) -> Sequence[Strip]:
        if self.figures is None:
            return []
        palette = self.palette
        made = cards(self.figures, self.norms, palette, short=width < 110)
        size = width // len(made)
        lines = [Line(width), Line(width), Line(width)]
        for number, (label, (figure, style), norm) in enumerate(made):
            room = (size if number < len(made) - 1 else width - size * number) - 1
            gap = "" if not number else " "
            texts = ((label, palette.dim), (figure, style), (norm, palette.dim))
            for line, (text, text_style) in zip(lines, texts, strict=True):
                line.put(gap).put(" ", palette.panel).field(text, room - len(gap), text_style + palette.panel)
        return [line.strip() for line in lines]

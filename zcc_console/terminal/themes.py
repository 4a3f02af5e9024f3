"""The colours of the desk: three looks (24-bit and 256, 16, none) and one style for each role on the screen.

Grey is normal, colour is abnormal, one colour has one meaning, and no meaning is carried by colour alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from rich.style import Style
from textual.theme import Theme

BACKGROUND: Final = "#0f1419"
BAR: Final = "#151b22"
SELECTED: Final = "#1e2a37"
DANGER: Final = "#8f1d1d"
DANGER_PANEL: Final = "#2a1416"
TEXT: Final = "#c9d1d9"
DIM: Final = "#8a95a1"
WHITE: Final = "#ffffff"
RED: Final = "#ff6b66"
ORANGE: Final = "#ff9f43"
YELLOW: Final = "#f5d76e"
GREEN: Final = "#7bc96f"
BLUE: Final = "#79b8ff"
AMBER: Final = "#ffb454"
RULE: Final = "#4a5662"


@dataclass(frozen=True)
class Palette:
    """A style for each role. Only blocks that must stand out carry a background, so styles can lie on one another."""

    normal: Style
    """Running text."""
    dim: Style
    """Labels, and what is not of now."""
    strong: Style
    """The figure or word one looks for."""
    title: Style
    """The heading of a part of the screen."""
    rule: Style
    """Lines that divide; carry no meaning."""
    bar: Style
    """The ground of the top bar and the key bar."""
    panel: Style
    """The ground of the part that is being worked in."""
    danger_panel: Style
    """The ground of a verdict that is life-threatening."""
    selected: Style
    """The ground of the chosen row; put it under the row's own styles."""
    u0: Style
    u1: Style
    u2: Style
    u3: Style
    u4: Style
    u5: Style
    good: Style
    """Open, free, accepted."""
    info: Style
    """Under way, by telephone."""
    live: Style
    """What is shown is of now."""
    stale: Style
    """What is shown is ageing; goes with `~`."""
    offline: Style
    """There is no connection."""
    demo: Style
    """The word DEMO or OEFENING."""
    warn: Style
    """Near the norm; deserves a look."""
    alarm: Style
    """The banner of a handoff, and what must not be missed."""
    key: Style
    """A key in the key bar."""
    key_label: Style
    """What it does."""
    rav_button: Style
    """The handoff key in the key bar."""

    def urgency(self, level: int) -> Style:
        """The style of U0 to U5."""
        return (self.u0, self.u1, self.u2, self.u3, self.u4, self.u5)[level]


COLOURS: Final = Palette(
    normal=Style(color=TEXT),
    dim=Style(color=DIM),
    strong=Style(color=WHITE),
    title=Style(color=WHITE),
    rule=Style(color=RULE),
    bar=Style(bgcolor=BAR),
    panel=Style(bgcolor=BAR),
    danger_panel=Style(bgcolor=DANGER_PANEL),
    selected=Style(bgcolor=SELECTED),
    u0=Style(color=BACKGROUND, bgcolor=RED, bold=True),
    u1=Style(color=RED),
    u2=Style(color=ORANGE),
    u3=Style(color=YELLOW),
    u4=Style(color=GREEN),
    u5=Style(color=BLUE),
    good=Style(color=GREEN),
    info=Style(color=BLUE),
    live=Style(color=GREEN),
    stale=Style(color=DIM),
    offline=Style(color=BACKGROUND, bgcolor=AMBER, bold=True),
    demo=Style(color="#000000", bgcolor=AMBER),
    warn=Style(color=AMBER),
    alarm=Style(color=WHITE, bgcolor=DANGER),
    key=Style(color=WHITE),
    key_label=Style(color=DIM),
    rav_button=Style(color=WHITE, bgcolor=DANGER, bold=True),
)

SIXTEEN: Final = Palette(
    normal=Style(color="default"),
    dim=Style(color="bright_black"),
    strong=Style(color="bright_white"),
    title=Style(color="bright_white"),
    rule=Style(color="bright_black"),
    bar=Style(),
    panel=Style(),
    danger_panel=Style(),
    selected=Style(reverse=True),
    u0=Style(color="bright_white", bgcolor="red", bold=True),
    u1=Style(color="bright_red"),
    u2=Style(color="yellow"),
    u3=Style(color="bright_yellow"),
    u4=Style(color="bright_green"),
    u5=Style(color="bright_blue"),
    good=Style(color="bright_green"),
    info=Style(color="bright_blue"),
    live=Style(color="bright_green"),
    stale=Style(color="bright_black"),
    offline=Style(color="black", bgcolor="yellow"),
    demo=Style(color="black", bgcolor="yellow"),
    warn=Style(color="yellow"),
    alarm=Style(color="bright_white", bgcolor="red"),
    key=Style(color="bright_white"),
    key_label=Style(color="default"),
    rav_button=Style(color="bright_white", bgcolor="red", bold=True),
)

MONOCHROME: Final = Palette(
    normal=Style(),
    dim=Style(),
    strong=Style(bold=True),
    title=Style(bold=True),
    rule=Style(),
    bar=Style(),
    panel=Style(),
    danger_panel=Style(),
    selected=Style(reverse=True),
    u0=Style(bold=True, reverse=True),
    u1=Style(bold=True, underline=True),
    u2=Style(bold=True),
    u3=Style(),
    u4=Style(),
    u5=Style(),
    good=Style(),
    info=Style(),
    live=Style(),
    stale=Style(),
    offline=Style(reverse=True),
    demo=Style(reverse=True),
    warn=Style(bold=True),
    alarm=Style(bold=True, reverse=True),
    key=Style(bold=True),
    key_label=Style(),
    rav_button=Style(bold=True, reverse=True),
)

DARK_THEME: Final = Theme(
    name="zcc-dark",
    primary=BLUE,
    secondary=DIM,
    warning=AMBER,
    error=RED,
    success=GREEN,
    accent=BLUE,
    foreground=TEXT,
    background=BACKGROUND,
    surface=BAR,
    panel=BAR,
    boost=SELECTED,
    dark=True,
    text_alpha=1.0,
    variables={
        "block-cursor-background": SELECTED,
        "block-cursor-foreground": WHITE,
        "block-cursor-text-style": "none",
        "input-cursor-text-style": "reverse",
        "border": RULE,
        "border-blurred": RULE,
    },
)

# The app drops all colour after this one, so what is chosen must show by reverse. Greys only and no ansi names: Textual
# turns those into black on black under NO_COLOR.
MONOCHROME_THEME: Final = Theme(
    name="zcc-mono",
    primary="#d0d0d0",
    secondary="#d0d0d0",
    warning="#ffffff",
    error="#ffffff",
    success="#d0d0d0",
    accent="#ffffff",
    foreground="#d0d0d0",
    background="#000000",
    surface="#000000",
    panel="#000000",
    boost="#000000",
    dark=True,
    text_alpha=1.0,
    variables={
        "block-cursor-background": "#d0d0d0",
        "block-cursor-foreground": "#000000",
        "block-cursor-text-style": "reverse",
        "input-cursor-text-style": "reverse",
        "border": "#d0d0d0",
        "border-blurred": "#d0d0d0",
    },
)

THEMES: Final = (DARK_THEME, MONOCHROME_THEME)


@dataclass(frozen=True)
class Look:
    """A theme of Textual and the palette that goes with it."""

    theme: str
    palette: Palette


def look_for(color_system: str | None, no_color: bool) -> Look:
    """The look for what the terminal can show.

    Args:
        color_system: rich's word for it: "standard" (16), "256", "truecolor", or None if it cannot say.
        no_color: whether the person asked for none.
    """
    if no_color:
        return Look(MONOCHROME_THEME.name, MONOCHROME)
    if color_system in ("256", "truecolor"):
        return Look(DARK_THEME.name, COLOURS)
    return Look("ansi-dark", SIXTEEN)


def palette_for(color_system: str | None, no_color: bool) -> Palette:
    """Only the styles of `look_for`."""
    return look_for(color_system, no_color).palette

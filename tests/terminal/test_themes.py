"""Every role can be read, on every kind of terminal, and no terminal is sent what it cannot show."""

from __future__ import annotations

import dataclasses
import sys

import pytest
from rich.color import ANSI_COLOR_NAMES, ColorType
from rich.style import Style
from textual.color import Color

from tests.terminal.conftest import StartProgram
from zcc_console.terminal.themes import (
    BACKGROUND,
    COLOURS,
    DARK_THEME,
    MONOCHROME,
    MONOCHROME_THEME,
    SIXTEEN,
    Palette,
    look_for,
    palette_for,
)

ROLES = [field.name for field in dataclasses.fields(Palette)]
GROUNDS = ["bar", "panel", "danger_panel", "selected"]
SWATCHES = [sys.executable, "-m", "tests.terminal.programs.swatches"]


def style_of(palette: Palette, role: str) -> Style:
    style = getattr(palette, role)
    assert isinstance(style, Style)
    return style


def luminance(colour: str) -> float:
    """WCAG 2's relative luminance of `#rrggbb`."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def hex_of(colour: object, default: str) -> str:
    return str(getattr(colour, "name", default))


@pytest.mark.parametrize("role", [role for role in ROLES if role not in [*GROUNDS, "rule"]])
@pytest.mark.parametrize("ground", [None, *GROUNDS])
def test_text_of_each_role_can_be_read_on_each_ground(role: str, ground: str | None) -> None:
    base = Style() if ground is None else style_of(COLOURS, ground)
    style = base + style_of(COLOURS, role)
    assert contrast(hex_of(style.color, COLOURS.normal.color.name), hex_of(style.bgcolor, BACKGROUND)) >= 4.5  # type: ignore[union-attr]


def test_contrast_is_measured_as_wcag_says() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("role", ROLES)
def test_sixteen_colours_are_named_ones_only(role: str) -> None:
    style = style_of(SIXTEEN, role)
    for colour in (style.color, style.bgcolor):
        assert colour is None or colour.type in (ColorType.STANDARD, ColorType.DEFAULT)
        assert colour is None or colour.name in {*ANSI_COLOR_NAMES, "default"}


@pytest.mark.parametrize("role", ROLES)
def test_monochrome_has_no_colour_at_all(role: str) -> None:
    style = style_of(MONOCHROME, role)
    assert style.color is None
    assert style.bgcolor is None


@pytest.mark.parametrize("palette", [COLOURS, SIXTEEN, MONOCHROME], ids=["colours", "sixteen", "monochrome"])
def test_the_top_level_and_the_alarm_stand_out_by_their_ground_everywhere(palette: Palette) -> None:
    for role in ("u0", "alarm", "rav_button", "selected", "demo"):
        style = style_of(palette, role)
        assert style.reverse or style.bgcolor is not None


@pytest.mark.parametrize("palette", [COLOURS, SIXTEEN, MONOCHROME], ids=["colours", "sixteen", "monochrome"])
def test_nothing_blinks(palette: Palette) -> None:
    assert not any(style_of(palette, role).blink or style_of(palette, role).blink2 for role in ROLES)


def test_each_urgency_has_its_own_colour() -> None:
    assert len({COLOURS.urgency(level) for level in range(6)}) == 6
    assert len({SIXTEEN.urgency(level) for level in range(6)}) == 6


def test_the_monochrome_theme_is_grey_and_has_no_ansi_names() -> None:
    theme = MONOCHROME_THEME
    values = [getattr(theme, name) for name in ("primary", "error", "warning", "success", "accent", "foreground")]
    for value in [*values, theme.background, *theme.variables.values()]:
        if value.startswith("#"):
            colour = Color.parse(value)
            assert colour.r == colour.g == colour.b
        else:
            assert value in ("none", "reverse")


@pytest.mark.parametrize(
    ("system", "no_color", "theme", "palette"),
    [
        ("truecolor", False, DARK_THEME.name, COLOURS),
        ("256", False, DARK_THEME.name, COLOURS),
        ("standard", False, "ansi-dark", SIXTEEN),
        (None, False, "ansi-dark", SIXTEEN),
        ("256", True, MONOCHROME_THEME.name, MONOCHROME),
        ("standard", True, MONOCHROME_THEME.name, MONOCHROME),
    ],
)
def test_the_look_follows_from_what_the_terminal_shows_and_the_person_wants(
    system: str | None, no_color: bool, theme: str, palette: Palette
) -> None:
    assert look_for(system, no_color).theme == theme
    assert palette_for(system, no_color) is palette


@pytest.mark.parametrize(
    ("term", "env"),
    [
        pytest.param("xterm-256color", {"COLORTERM": "truecolor"}, id="24 bit"),
        pytest.param("xterm-256color", {}, id="256"),
        pytest.param("xterm", {}, id="16"),
        pytest.param("linux", {}, id="linux console"),
        pytest.param("vt100", {}, id="vt100"),
        pytest.param("xterm-256color", {"NO_COLOR": "1"}, id="256, no colour"),
        pytest.param("xterm", {"NO_COLOR": "1"}, id="16, no colour"),
        pytest.param("dumb", {"TEXTUAL_COLOR_SYSTEM": "standard"}, id="dumb, made to"),
    ],
)
def test_on_a_real_screen_no_role_is_written_in_the_colour_of_its_ground(
    start: StartProgram, term: str, env: dict[str, str]
) -> None:
    desk = start(SWATCHES, term=term, env=env, rows=len(ROLES) + 2)
    shown = desk.wait_for("^klaar$").split("\n")
    for role in ROLES:
        row = shown.index(role)
        foreground, background, _ = desk.colours(row, 0)
        assert foreground == background == "default" or foreground != background, role
        if "NO_COLOR" in env:
            assert foreground == background == "default", role
    u0, alarm = (desk.colours(shown.index(role), 0) for role in ("u0", "alarm"))
    normal = desk.colours(shown.index("normal"), 0)
    assert u0[1] != normal[1] or u0[2]
    assert alarm[1] != normal[1] or alarm[2]


def test_sixteen_colours_arrive_exactly_and_on_the_terminals_own_ground(start: StartProgram) -> None:
    desk = start(SWATCHES, term="xterm", rows=len(ROLES) + 2)
    shown = desk.wait_for("^klaar$").split("\n")
    assert desk.colours(shown.index("u1"), 0)[0] == "brightred"
    assert desk.colours(shown.index("u2"), 0)[0] == "brown"
    assert desk.colours(shown.index("u3"), 0)[0] == "brightbrown"
    assert desk.colours(shown.index("u1"), 0)[1] == "default"
    assert b"38;5" not in desk.raw()
    assert b"38;2" not in desk.raw()

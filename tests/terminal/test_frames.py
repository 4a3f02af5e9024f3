"""Frames as bytes: the emulator shows the same cells as with Textual's own writing, for fewer bytes."""

from __future__ import annotations

import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from zcc_console.terminal.frames import PLAIN, ThriftyUpdate, change, codes_of, write

COLUMNS, ROWS = 24, 4
STYLES = [
    None,
    Style(),
    Style(color="#c9d1d9", bgcolor="#0f1419"),
    Style(color="#7d8894", bgcolor="#0f1419"),
    Style(color="#ff6b66", bgcolor="#22303f", bold=True),
    Style(color="bright_red", reverse=True),
    Style(bgcolor="red"),
    Style(color="default", bgcolor="default", underline=True),
    Style(color="#ff6b66"),
]
SYSTEMS = [ColorSystem.TRUECOLOR, ColorSystem.EIGHT_BIT, ColorSystem.STANDARD]

texts = st.text(alphabet="ab 9é–●", min_size=1, max_size=8)
pieces = st.tuples(texts, st.sampled_from(STYLES))


@st.composite
def lines(draw: st.DrawFn) -> Strip:
    """A line of exactly the screen's width."""
    segments = [Segment(text, style) for text, style in draw(st.lists(pieces, max_size=6))]
    return Strip(segments).adjust_cell_length(COLUMNS)


def shown(data: str) -> list[list[tuple[object, ...]]]:
    """What an emulator shows: each cell's character and style; a blank's colour is nothing one sees."""
    screen = pyte.Screen(COLUMNS, ROWS)
    pyte.Stream(screen).feed(data.replace("\n", ""))
    cells = [[screen.buffer[y][x] for x in range(COLUMNS)] for y in range(ROWS)]
    return [
        [
            (c.data, "" if c.data == " " and not c.reverse and not c.underscore else c.fg, c.bg, c.reverse, c.underscore,
             c.bold and c.data != " ")
            for c in line
        ]
        for line in cells
    ]  # fmt: skip


def console_of(system: ColorSystem) -> Console:
    """A console that can show so much."""
    names = {ColorSystem.TRUECOLOR: "truecolor", ColorSystem.EIGHT_BIT: "256", ColorSystem.STANDARD: "standard"}
    return Console(color_system=names[system], force_terminal=True)  # type: ignore[arg-type]


@given(frame=st.lists(lines(), min_size=ROWS, max_size=ROWS), system=st.sampled_from(SYSTEMS))
def test_a_whole_frame_shows_the_same(frame: list[Strip], system: ColorSystem) -> None:
    console = console_of(system)
    for style in STYLES:
        if style is not None:
            style._ansi = None  # Textual keeps the codes of the first system it wrote a style for
    update = LayoutUpdate([[strip] for strip in frame], Region(0, 0, COLUMNS, ROWS))
    stock, ours = update.render_segments(console), ThriftyUpdate(update).render_segments(console)
    assert shown(ours) == shown(stock)


@given(
    before=st.lists(lines(), min_size=ROWS, max_size=ROWS),
    after=st.lists(lines(), min_size=ROWS, max_size=ROWS),
    cuts=st.lists(st.integers(0, COLUMNS - 1), min_size=ROWS, max_size=ROWS),
    spans=st.lists(
        st.tuples(st.integers(0, ROWS - 1), st.integers(0, COLUMNS - 1), st.integers(1, COLUMNS)).filter(
            lambda span: span[1] < span[2]
        ),
        min_size=1,
        max_size=5,
    ),
)
def test_changed_spans_become_new_and_all_else_stays(
    before: list[Strip], after: list[Strip], cuts: list[int], spans: list[tuple[int, int, int]]
) -> None:
    console = console_of(ColorSystem.TRUECOLOR)
    first = ThriftyUpdate(LayoutUpdate([[strip] for strip in before], Region(0, 0, COLUMNS, ROWS)))
    chops: list[dict[int, Strip | None]] = []
    ends = []
    for strip, cut in zip(after, cuts, strict=True):
        chops.append({0: strip.crop(0, cut), cut: strip.crop(cut)} if cut else {0: strip})
        ends.append([cut, COLUMNS] if cut else [COLUMNS])
    update = ThriftyUpdate(ChopsUpdate(chops, spans, ends))
    got = shown(first.render_segments(console) + update.render_segments(console))
    old = shown(first.render_segments(console))
    new = shown(ThriftyUpdate(LayoutUpdate([[s] for s in after], Region(0, 0, COLUMNS, ROWS))).render_segments(console))
    for y in range(ROWS):
        inside = {x for line, x1, x2 in spans if line == y for x in range(x1, x2)}
        assert got[y] == [new[y][x] if x in inside else old[y][x] for x in range(COLUMNS)]


def test_a_line_of_many_pieces_takes_far_fewer_bytes() -> None:
    grey, plain = Style(color="#7d8894", bgcolor="#0f1419"), Style(color="#c9d1d9", bgcolor="#0f1419")
    strip = Strip([Segment("HAP ", style) for style in (grey, grey, plain, grey, plain, plain)])
    update = LayoutUpdate([[strip]], Region(0, 0, COLUMNS, 1))
    console = console_of(ColorSystem.TRUECOLOR)
    assert len(ThriftyUpdate(update).render_segments(console)) < 0.6 * len(update.render_segments(console))


def test_one_changed_cell_costs_its_move_its_style_and_itself() -> None:
    style = Style(color="#7d8894", bgcolor="#0f1419")
    strip = Strip([Segment("x" * COLUMNS, style)])
    update = ThriftyUpdate(ChopsUpdate([{0: strip}], [(0, 20, 21)], [[COLUMNS]]))
    sent = update.render_segments(console_of(ColorSystem.TRUECOLOR))
    assert sent == "\x1b[1;21H\x1b[38;2;125;136;148;48;2;15;20;25mx\x1b[0m"


def test_neighbours_of_one_style_name_it_once() -> None:
    style = Style(color="red")
    data = write(
        [(0, 0, [Segment("a", style), Segment("b", style)]), (5, 1, [Segment("c", style)])], ColorSystem.STANDARD
    )
    assert data == "\x1b[1;1H\x1b[31mab\x1b[2;6Hc\x1b[0m"


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_frame_ends_in_the_terminals_own_style(system: ColorSystem) -> None:
    data = write([(0, 0, [Segment("a", Style(color="red", bold=True))])], system)
    assert data.endswith("\x1b[0m")


def test_a_link_never_reaches_the_terminal() -> None:
    data = write([(0, 0, [Segment("a", Style(link="https://example.org"))])], ColorSystem.TRUECOLOR)
    assert "example.org" not in data


def test_the_way_from_one_style_to_the_same_is_nothing() -> None:
    codes = codes_of(Style(color="red", bold=True), ColorSystem.STANDARD)
    assert change(codes, codes) == ""
    assert change(PLAIN, codes) == "\x1b[1;31m"
    assert change(codes, PLAIN) == "\x1b[0m"

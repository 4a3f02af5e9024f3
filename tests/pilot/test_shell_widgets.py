"""The small parts the screens are drawn with: changed cells, durations, charts, columns, the key bar, the daypart."""

from __future__ import annotations

import itertools
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from zcc_console.core.clock import parse_time
from zcc_console.keys import PLACES, bar_of, key
from zcc_console.terminal.themes import COLOURS, MONOCHROME, SIXTEEN
from zcc_console.widgets.charts import bar, columns, sparkline
from zcc_console.widgets.daypart import dutch_date, dutch_holidays, is_anw
from zcc_console.widgets.key_bar import bar_strip, fitting
from zcc_console.widgets.pane import APART, changed_span, changed_spans
from zcc_console.widgets.queue_row import Columns
from zcc_console.widgets.rule import rule
from zcc_console.widgets.spans import calm_span, share, span, stepped, tenths

STYLES = [None, Style(color="red"), Style(color="blue", bgcolor="white")]
strips = st.lists(
    st.tuples(st.text(alphabet="ab 12é●", max_size=5), st.sampled_from(STYLES)), min_size=1, max_size=6
).map(lambda pieces: Strip([Segment(text, style) for text, style in pieces]))


def cells(strip: Strip) -> list[tuple[str, Style | None]]:
    """Each cell's character and style."""
    return [(char, segment.style) for segment in strip for char in segment.text]


@given(strips, strips)
def test_outside_the_changed_span_two_lines_are_the_same(old: Strip, new: Strip) -> None:
    found = changed_span(old, new)
    before, after = cells(old), cells(new)
    if found is None:
        assert before == after
    else:
        start, end = found
        assert 0 <= start < end
        assert before[:start] == after[:start]
        if len(before) == len(after):
            assert before[end:] == after[end:]


@given(strips, strips)
def test_outside_the_changed_spans_two_lines_are_the_same(old: Strip, new: Strip) -> None:
    spans, before, after = changed_spans(old, new), cells(old), cells(new)
    assert all(start < end for start, end in spans)
    assert all(one[1] + APART <= other[0] for one, other in pairwise(spans))
    if len(before) == len(after):
        changed = {column for start, end in spans for column in range(start, end)}
        assert all(before[column] == after[column] for column in range(len(after)) if column not in changed)
    else:
        assert spans


def test_a_clock_and_an_age_far_from_it_are_two_spans() -> None:
    dim, bright = Style(color="white"), Style(color="red")
    old = Strip([Segment("22:41:07", dim), Segment("   DEMO     ", bright), Segment("● LIVE 3,6 s", dim)])
    new = Strip([Segment("22:41:08", dim), Segment("   DEMO     ", bright), Segment("● LIVE 4,6 s", dim)])
    assert changed_spans(old, new) == [(7, 8), (27, 28)]


def test_a_clock_that_ticks_changes_one_cell() -> None:
    style = Style(color="white")
    old = Strip([Segment(" ANW ", style), Segment("22:41:07", style), Segment(" DEMO", style)])
    new = Strip([Segment(" ANW ", style), Segment("22:41:08", style), Segment(" DEMO", style)])
    assert changed_span(old, new) == (12, 13)


@given(st.floats(-10, 1e7))
def test_a_span_is_short_and_never_more_than_it_was(seconds: float) -> None:
    assert 0 <= stepped(seconds) <= max(0.0, seconds)
    assert len(calm_span(seconds)) <= 5
    assert len(span(seconds)) <= 5


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(18.9, "0:18"), (119, "1:59"), (372, "6:10"), (725, "12:00"), (3599, "59:00"), (3600, "1u00"), (200_000, "2 d")],
)
def test_spans_as_people_read_them(seconds: float, shown: str) -> None:
    assert calm_span(seconds) == shown


def test_ages_and_shares_as_people_read_them() -> None:
    assert [tenths(value) for value in (0.42, 9.96, 21.7, 130)] == ["0,4 s", "10,0 s", "21 s", "2:10"]
    assert [share(value) for value in (None, 0.0, 0.956, 1.0)] == ["–", "0 %", "96 %", "100 %"]


@given(st.lists(st.floats(0, 1e6), max_size=50), st.integers(0, 40))
def test_a_sparkline_has_its_width_and_its_highest_is_the_highest(values: list[float], width: int) -> None:
    line = sparkline(values, width)
    assert len(line) == width
    shown = values[-width:] if width else []
    if shown and max(shown) > 0:
        assert "█" in line


@given(st.floats(0, 100), st.floats(0.1, 100), st.integers(1, 40))
def test_a_bar_is_no_longer_than_its_share(value: float, highest: float, width: int) -> None:
    drawn = bar(value, highest, width)
    assert len(drawn) <= width
    assert (drawn == "") == (value <= 0)


def test_a_column_chart_stands_on_its_lowest_line() -> None:
    assert columns([1, 2, 4], 2, 4) == ["  █", "▄██"]


@pytest.mark.parametrize("width", [76, 78, 80, 90, 120, 200])
def test_the_queues_columns_do_not_overlap(width: int) -> None:
    at = Columns.for_width(width)
    starts = [at.wait_ends, at.source, at.who, at.reason, at.town, at.held, at.width]
    assert all(one < other for one, other in itertools.pairwise(starts))
    assert at.town - at.reason >= 25


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("width", [80, 100, 120, 160])
@pytest.mark.parametrize("palette", [COLOURS, SIXTEEN, MONOCHROME])
def test_the_key_bar_has_its_width_and_the_handoff_button(place: str, width: int, palette: object) -> None:
    assert isinstance(palette, type(COLOURS))
    strip = bar_strip(place, width, palette, frozenset(), "0352")
    assert strip.cell_length == width
    assert strip.text.rstrip().endswith("F9  NAAR RAV 0352")


def test_the_first_key_of_a_place_and_help_are_the_last_to_go() -> None:
    entries = [entry for entry in bar_of("queue") if entry.id not in ("queue", "handoff")]
    kept = [entry.id for entry in fitting(entries, 30, 2)]
    assert "take" in kept
    assert "help" in kept


def test_a_rule_leaves_out_what_does_not_fit_and_keeps_its_width() -> None:
    for width in (20, 40, 80):
        strip = rule(width, COLOURS, "WACHTRIJ", [("langste 6:12", COLOURS.dim), (" · spoed 96 %", COLOURS.dim)])
        assert strip.cell_length == width
        assert "WACHTRIJ" in strip.text
    assert "langste" not in rule(20, COLOURS, "WACHTRIJ", [("langste 6:12", COLOURS.dim)]).text


@pytest.mark.parametrize(
    ("moment", "anw"),
    [
        ("2026-11-20T10:00:00Z", False),
        ("2026-11-20T07:30:00Z", False),
        ("2026-11-20T06:59:00Z", True),
        ("2026-11-20T16:00:00Z", True),
        ("2026-11-21T10:00:00Z", True),
        ("2026-07-10T06:30:00Z", False),
    ],
)
def test_anw_is_evening_night_and_weekend_in_local_time(moment: str, anw: bool) -> None:
    assert is_anw(parse_time(moment)) is anw


def test_a_public_holiday_is_anw() -> None:
    christmas = parse_time("2026-12-25T11:00:00Z")
    assert not is_anw(christmas)
    assert is_anw(christmas, dutch_holidays())
    assert dutch_holidays()(date(2027, 4, 27))


def test_the_date_is_dutch() -> None:
    assert dutch_date(parse_time("2026-11-21T23:30:00Z")) == "zo 22 nov"


def test_the_handoff_key_has_two_triggers_one_of_a_single_byte() -> None:
    assert key("handoff").keys == ("f9", "ctrl+g")
    assert key("handoff").priority

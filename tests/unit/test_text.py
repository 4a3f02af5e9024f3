"""Words from outside come out harmless, whatever went in; widths agree with the terminal library's."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from zcc_console.text import cells, clean, fit

BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
ZERO_WIDTH = "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b\u180e\u200b\u200c\u200d\u2060\u2064\u3164\ufe0f\ufeff\uffa0"
NASTY = st.sampled_from(
    [
        "\x1b[2J",
        "\x1b]52;c;QUFB\x07",
        "\x9b20~",
        "\x00\x07\x08\x0e\x7f",
        "\ud800",
        "\ue000",
        "\U000e0041\U000e007f",
        "\U0001f6d1",
        "e\u0301\u0302\u0303",
        "\u2028\u2029",
        "\r\n\t",
        *BIDI,
        *ZERO_WIDTH,
    ]
)
WORDS = st.lists(st.one_of(st.text(st.characters(), max_size=8), NASTY), max_size=40).map("".join)


def _is_harmless(char: str) -> bool:
    kind = unicodedata.category(char)
    return kind[0] in "LMNPS" or kind == "Zs"


@given(WORDS)
def test_nothing_a_terminal_obeys_or_a_person_cannot_see_comes_out(text: str) -> None:
    out = clean(text)
    assert all(_is_harmless(char) for char in out), [hex(ord(char)) for char in out]
    assert not set(out) & set(BIDI + ZERO_WIDTH)
    assert not any(0xE0000 <= ord(char) <= 0xE0FFF for char in out)


@given(WORDS, st.integers(min_value=1, max_value=50))
def test_cleaning_twice_is_cleaning_once(text: str, limit: int) -> None:
    once = clean(text, limit)
    assert clean(once, limit) == once


@given(WORDS, st.integers(min_value=-1, max_value=50))
def test_no_more_characters_than_the_limit_come_out(text: str, limit: int) -> None:
    assert len(clean(text, limit)) <= max(limit, 0)


@given(WORDS)
def test_a_letter_carries_at_most_one_mark(text: str) -> None:
    kinds = [unicodedata.category(char)[0] for char in clean(text)]
    assert all(pair != ("M", "M") for pair in pairwise(kinds))
    assert kinds[:1] != ["M"]


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=200))
def test_plain_words_come_through_unchanged(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize(
    ("text", "out"),
    [
        ("patiënt René", "patiënt René"),
        ("Rene\u0301", "Ren\u00e9"),
        ("regel 1\nregel\t2", "regel 1 regel 2"),
        ("\x1b[31mrood\x1b[0m", "\ufffd[31mrood\ufffd[0m"),
        ("abc\u202e\u2066def", "abc\ufffddef"),
        ("高血圧", "高血圧"),
        ("\u0301los", "\ufffdlos"),
        ("[@click=app.quit]x[/]", "[@click=app.quit]x[/]"),
        ("hulp \U0001f198\U0001f198 nu", "hulp \ufffd nu"),
    ],
)
def test_examples(text: str, out: str) -> None:
    assert clean(text) == out


def test_what_fits_exactly_is_not_marked_as_cut_and_what_is_longer_is() -> None:
    assert clean("a" * 10, 10) == "a" * 10
    assert clean("a" * 11, 10) == "a" * 9 + "…"
    assert clean("\x00" * 1000 + "einde", 10) == "\ufffd…"


def test_ten_thousand_marks_do_not_come_out() -> None:
    assert len(clean("a" + "\u0301" * 10_000, 200)) <= 4


CORPUS = [
    "patiënt", "高血圧", "Rene\u0301", "高血圧 です",
    "ﬁ ½ ≤30 s", "■ U0 ▲ U1 ◆ U2 ● U3 ○ U4 · U5", "─ WACHTRIJ ─", "✓ ✗ ▸ ↻ → ↑0",
    "عربي", "עברית", "हिन्दी", "한국어", "▁▂▃▄▅▆▇█", "ＡＢＣ", "…", "\ufffd", "⌫ ~ ^ !", "Ⅷ ₂ ²", "ก็",
]  # fmt: skip


@pytest.mark.parametrize("text", CORPUS)
def test_cells_agree_with_rich(text: str) -> None:
    assert cells(clean(text)) == cell_len(clean(text))


def test_cells_agree_with_rich_for_every_character_that_cleaning_lets_through() -> None:
    differ = [
        hex(point)
        for point in range(0x20, 0x110000)
        if unicodedata.category(chr(point))[0] not in "CM"
        and clean(chr(point)) == chr(point)
        and cells(chr(point)) != cell_len(chr(point))
    ]
    assert differ == []


@given(WORDS, st.integers(min_value=0, max_value=60), st.sampled_from(["left", "right"]))
def test_fit_takes_exactly_the_width(text: str, width: int, align: str) -> None:
    assert cells(fit(clean(text), width, "right" if align == "right" else "left")) == width


def test_fit_pads_cuts_and_never_halves_a_wide_character() -> None:
    assert fit("ab", 4) == "ab  "
    assert fit("ab", 4, "right") == "  ab"
    assert fit("abcdef", 4) == "abc…"
    assert fit("高血圧", 4) == "高… "

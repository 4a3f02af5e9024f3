"""The one sanitiser for words from outside, and widths in terminal cells for the layout.

Pure: standard library only, no screen. Store the original; clean for the screen and for logs.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Literal

REPLACEMENT = "\ufffd"
ELLIPSIS = "…"

# Letters and marks without a cell of their own (Unicode's Default_Ignorable_Code_Point among categories L and M, and the
# conjoining jamo that normalisation has left over), and signs whose width changed between versions of Unicode
# (trigrams, hexagrams, counting rods, skin tones): terminals disagree about them, and the row would shift.
_REFUSED = frozenset(
    [0x034F, 0x115F, 0x17B4, 0x17B5, 0x3164, 0xFFA0, *range(0x1160, 0x1200), *range(0x180B, 0x1810)]
) | frozenset(
    char
    for start, end in (
        (0xD7B0, 0xD800),
        (0xFE00, 0xFE10),
        (0xE0100, 0xE01F0),
        (0x2630, 0x2638),
        (0x268A, 0x2690),
        (0x4DC0, 0x4E00),
        (0x1D360, 0x1D377),
        (0x1F3FB, 0x1F400),
    )
    for char in range(start, end)
)

Align = Literal["left", "right"]


def clean(text: str, limit: int = 200) -> str:
    """Make words from outside safe to show: one line, at most `limit` characters, nothing a terminal obeys.

    Line ends and tabs become spaces. Letters, figures, punctuation, symbols and one combining mark a letter stay;
    anything else (controls, escape, bidi, zero-width, tags, private use, emoji) is shown as one `�` a run: seen,
    not obeyed. What was cut ends in `…`. Right-to-left letters stay, so put no figure behind them on a line.
    """
    if limit < 1:
        return ""
    if len(text) <= limit and text.isascii() and text.isprintable():  # nearly all words are
        return text
    out: list[str] = []
    for char in unicodedata.normalize("NFC", text[: limit * 4]):
        shown = _shown(char, out[-1] if out else "")
        if shown == REPLACEMENT and char != REPLACEMENT and out[-1:] == [REPLACEMENT]:
            continue
        if len(out) == limit:
            out[-1] = ELLIPSIS
            break
        out.append(shown)
    else:
        if len(text) > limit * 4:
            out[limit - 1 :] = [ELLIPSIS]
    return "".join(out)


def _shown(char: str, before: str) -> str:
    if char in "\n\r\t":
        return " "
    kind = unicodedata.category(char)
    if ord(char) in _REFUSED:
        return REPLACEMENT
    if kind[0] == "M":
        return char if before and unicodedata.category(before)[0] == "L" else REPLACEMENT
    if kind == "Zs" or (kind[0] in "LNPS" and not (kind == "So" and ord(char) > 0xFFFF)):
        return char
    return REPLACEMENT


@lru_cache(maxsize=4096)
def _cell(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me", "Mc", "Cc", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def cells(text: str) -> int:
    """How many cells of a terminal cleaned text takes: two for a wide character, none for a combining mark."""
    if text.isascii():
        return len(text)
    return sum(map(_cell, text))


def fit(text: str, width: int, align: Align = "left") -> str:
    """Cleaned text in exactly `width` cells: padded with spaces, or cut with `…`."""
    if width < 1:
        return ""
    taken = cells(text)
    if taken > width:
        text = _cut(text, width - 1) + ELLIPSIS
        taken = cells(text)
    padding = " " * (width - taken)
    return padding + text if align == "right" else text + padding


def _cut(text: str, width: int) -> str:
    """The longest beginning of the text that fits, marks with their letter."""
    taken = 0
    for index, char in enumerate(text):
        taken += _cell(char)
        if taken > width:
            return text[:index]
    return text

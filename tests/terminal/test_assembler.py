"""However the line cuts, delays and garbles the bytes of a keyboard: keys come out whole, and never as digits."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from zcc_console.terminal.assembler import Assembler, Kind, Piece

F9 = b"\x1b[20~"
F9_PIECE = Piece(Kind.SEQUENCE, "\x1b[20~")
ESCAPE_PIECE = Piece(Kind.ESCAPE, "\x1b")
HANDOFF_KEYS = [F9, b"\x1bOX", b"\x1b[U", b"\x9b20~", b"\xc2\x9b20~"]


class Keyboard:
    """Feeds an assembler along a clock, and looks at the clock as often as the driver does."""

    def __init__(self) -> None:
        self.assembler = Assembler()
        self.now = 100.0
        self.pieces: list[Piece] = []

    def wait(self, seconds: float) -> Keyboard:
        end = self.now + seconds
        while self.now < end - 1e-9:
            self.now = min(end, self.now + 0.02)
            self.pieces += self.assembler.tick(self.now)
        return self

    def press(self, data: bytes) -> Keyboard:
        self.pieces += self.assembler.feed(data, self.now)
        return self

    def typed(self) -> str:
        """Everything that came out as text or as a key with Alt."""
        return "".join(piece.text for piece in self.pieces if piece.kind is Kind.TEXT)


def text(words: str) -> Piece:
    return Piece(Kind.TEXT, words)


@pytest.mark.parametrize("key", HANDOFF_KEYS)
def test_the_handoff_key_is_read_in_each_dialect(key: bytes) -> None:
    assert Keyboard().press(key).pieces == [F9_PIECE]


@given(st.sampled_from([F9, b"\xc2\x9b20~"]), st.lists(st.floats(0, 2.9), min_size=8, max_size=8))
def test_a_handoff_key_cut_anywhere_for_less_than_three_seconds_arrives_once_and_types_nothing(
    key: bytes, gaps: list[float]
) -> None:
    keyboard = Keyboard()
    for index, gap in zip(range(len(key)), gaps, strict=False):
        keyboard.press(key[index : index + 1]).wait(gap)
    assert [piece for piece in keyboard.pieces if piece != ESCAPE_PIECE] == [F9_PIECE]
    assert keyboard.pieces.count(ESCAPE_PIECE) <= 1


@given(st.integers(1, 4), st.floats(3.1, 7.9))
def test_a_handoff_key_that_stalls_longer_is_lost_but_its_rest_types_nothing(cut: int, gap: float) -> None:
    keyboard = Keyboard().press(F9[:cut]).wait(gap).press(F9[cut:]).wait(9)
    assert keyboard.typed() == ""
    assert keyboard.pieces == ([ESCAPE_PIECE, F9_PIECE] if cut == 1 else [])


def test_after_a_lost_key_the_next_ones_are_whole() -> None:
    keyboard = Keyboard().press(b"\x1b[2").wait(4).press(F9)
    assert keyboard.pieces == [F9_PIECE]
    assert Keyboard().press(b"\x1b[2").wait(9).press(b"1").pieces == [text("1")]


def test_escape_alone_is_the_escape_key_after_a_third_of_a_second() -> None:
    keyboard = Keyboard().press(b"\x1b").wait(0.28)
    assert keyboard.pieces == []
    assert keyboard.wait(0.06).pieces == [ESCAPE_PIECE]


def test_a_figure_straight_after_escape_is_not_an_answer() -> None:
    assert Keyboard().press(b"\x1b1").pieces == [Piece(Kind.ALT, "1")]
    assert Keyboard().press(b"\x1b").wait(0.2).press(b"1").pieces == [Piece(Kind.ALT, "1")]


def test_a_figure_well_after_escape_is_a_figure() -> None:
    assert Keyboard().press(b"\x1b").wait(0.4).press(b"1").pieces == [ESCAPE_PIECE, text("1")]


def test_ctrl_g_and_enter_straight_after_escape_are_keys_of_their_own() -> None:
    assert Keyboard().press(b"\x1b\x07").pieces == [ESCAPE_PIECE, text("\x07")]
    assert Keyboard().press(b"\x1b").wait(0.1).press(b"\r").pieces == [ESCAPE_PIECE, text("\r")]
    assert Keyboard().press(b"\x1b").wait(0.1).press(b"\x07").pieces == [ESCAPE_PIECE, text("\x07")]


def test_alt_with_enter_or_backspace_is_not_escape_and_a_key() -> None:
    assert Keyboard().press(b"\x1b\r").pieces == [Piece(Kind.SEQUENCE, "\x1b\r")]
    assert Keyboard().press(b"\x1b\x7f").pieces == [Piece(Kind.SEQUENCE, "\x1b\x7f")]


def test_a_function_key_straight_after_escape_is_read() -> None:
    assert Keyboard().press(b"\x1b" + F9).pieces == [ESCAPE_PIECE, F9_PIECE]


def test_a_capital_o_typed_after_escape_stays_a_letter() -> None:
    keyboard = Keyboard().press(b"\x1b").wait(1).press(b"O").wait(0.1).press(b"X").wait(0.1).press(b"A").wait(4)
    assert keyboard.pieces == [ESCAPE_PIECE, text("O"), text("X"), text("A")]


def test_a_function_key_of_the_vt100_kind_gets_its_escape_back_when_its_letter_came_with_it() -> None:
    assert Keyboard().press(b"\x1b").wait(1).press(b"OX").pieces == [ESCAPE_PIECE, F9_PIECE]


def test_ctrl_g_inside_a_cut_sequence_acts_at_once_and_the_sequence_goes_on() -> None:
    keyboard = Keyboard().press(b"\x1b[2").wait(0.5).press(b"\x07")
    assert keyboard.pieces == [text("\x07")]
    assert keyboard.press(b"0~").pieces == [text("\x07"), F9_PIECE]


def test_sco_f1_does_not_swallow_what_follows() -> None:
    assert Keyboard().press(b"\x1b[Mabc").pieces == [Piece(Kind.SEQUENCE, "\x1b[M"), text("abc")]


def test_the_function_keys_of_putty_in_vt100_mode_are_read_as_those_of_xterm() -> None:
    pieces = Keyboard().press(b"".join(b"\x1bO" + letter.encode() for letter in "TUVWXYZ[")).pieces
    assert [piece.text for piece in pieces] == [f"\x1b[{number}~" for number in (15, 17, 18, 19, 20, 21, 23, 24)]


def test_kitty_event_types_a_press_is_a_key_and_a_release_is_nothing() -> None:
    assert Keyboard().press(b"\x1b[20;1:1~").pieces == [Piece(Kind.SEQUENCE, "\x1b[20;1~")]
    assert Keyboard().press(b"\x1b[103;5:2u").pieces == [Piece(Kind.SEQUENCE, "\x1b[103;5u")]
    assert Keyboard().press(b"\x1b[20;1:3~\x1b[97;1:3u").pieces == []


def test_a_byte_that_is_no_utf_8_is_shown_and_the_next_key_is_read() -> None:
    keyboard = Keyboard().press(b"\xe9").press(b"a").press(b"\xe9").press(F9)
    assert keyboard.pieces == [text("\ufffda"), text("\ufffd"), F9_PIECE]


def test_a_character_of_several_bytes_may_come_in_parts() -> None:
    assert Keyboard().press(b"\xc3").wait(1).press(b"\xab").pieces == [text("ë")]


@pytest.mark.parametrize(
    "reply",
    [
        b"\x1b]11;rgb:0000/0000/0000\x07",
        b"\x1b]11;rgb:0000/0000/0000\x1b\\",
        b"\x1bP1+r544e=787465726d\x1b\\",
        b"\x1bP>|XTerm(390)\x1b\\",
        b"\x1b_Gi=31;OK\x1b\\",
    ],
)
def test_an_answer_that_another_program_asked_the_terminal_for_is_no_key(reply: bytes) -> None:
    assert Keyboard().press(reply).pieces == []
    keyboard = Keyboard()
    for index in range(len(reply)):
        keyboard.press(reply[index : index + 1]).wait(0.1)
    assert keyboard.pieces == []
    assert keyboard.press(b"\x07").pieces == [text("\x07")]


def test_alt_with_a_bracket_does_not_swallow_ctrl_g() -> None:
    assert text("\x07") in Keyboard().press(b"\x1b]").wait(0.5).press(b"\x07").pieces
    assert text("\x07") in Keyboard().press(b"\x1b]1").wait(0.5).press(b"\x07").pieces


def test_a_paste_is_one_piece_and_nothing_in_it_is_a_key() -> None:
    pasted = b"\x1b[200~12\r\x07\x1b[20~ca\x1b[201~"
    assert Keyboard().press(pasted).pieces == [Piece(Kind.PASTE, "12\r\x07\x1b[20~ca")]
    keyboard = Keyboard()
    for index in range(len(pasted)):
        keyboard.press(pasted[index : index + 1]).wait(0.02)
    assert keyboard.pieces == [Piece(Kind.PASTE, "12\r\x07\x1b[20~ca")]


def test_a_paste_whose_beginning_stalled_is_still_a_paste() -> None:
    keyboard = Keyboard().press(b"\x1b[2").wait(5).press(b"00~112\x1b[201~")
    assert keyboard.pieces == [Piece(Kind.PASTE, "112")]


@pytest.mark.parametrize("key", [F9, b"\x07"])
def test_a_paste_that_is_never_closed_does_not_keep_the_handoff_key_from_acting(key: bytes) -> None:
    keyboard = Keyboard().press(b"\x1b[200~half").wait(1.5).press(key)
    assert keyboard.pieces[0] == Piece(Kind.PASTE, "half")
    assert keyboard.pieces[1] in (F9_PIECE, text("\x07"))


def test_a_paste_that_is_never_closed_ends_after_half_a_minute() -> None:
    assert Keyboard().press(b"\x1b[200~half").wait(30.1).press(b"n").pieces == [Piece(Kind.PASTE, "half"), text("n")]


NOISE = st.lists(
    st.one_of(
        st.binary(max_size=4),
        st.sampled_from([b"\x1b", b"\x1b[", b"\x1bO", b"\x1b[2", b"\x1b]1", b"\x1bP1", b"\x1b[200~", b"\xe9", b"\x9b"]),
    ),
    max_size=8,
)


@example([b"\x1b[200~", b"\xc2"], [0.0] * 8, F9)
@given(NOISE, st.lists(st.floats(0, 6), min_size=8, max_size=8), st.sampled_from([F9, b"\x1bOX"]))
def test_whatever_came_before_f9_a_second_later_arrives(noise: list[bytes], gaps: list[float], key: bytes) -> None:
    keyboard = Keyboard()
    for part, gap in zip(noise, gaps, strict=False):
        keyboard.press(part).wait(gap)
    keyboard.wait(1.01)
    before = keyboard.pieces.count(F9_PIECE)
    assert keyboard.press(key).pieces.count(F9_PIECE) == before + 1


@given(NOISE, st.lists(st.floats(0, 6), min_size=8, max_size=8))
def test_whatever_came_before_ctrl_g_pressed_twice_arrives(noise: list[bytes], gaps: list[float]) -> None:
    keyboard = Keyboard()
    for part, gap in zip(noise, gaps, strict=False):
        keyboard.press(part).wait(gap)
    keyboard.wait(1.01)
    before = keyboard.typed().count("\x07")
    keyboard.press(b"\x07").wait(1.01).press(b"\x07")
    assert keyboard.typed().count("\x07") > before


@given(st.binary(max_size=300), st.integers(1, 7))
def test_any_bytes_in_any_portions_are_survived_and_time_ends_every_wait(data: bytes, portion: int) -> None:
    keyboard = Keyboard()
    for start in range(0, len(data), portion):
        keyboard.press(data[start : start + portion])
    keyboard.wait(40)
    assert not keyboard.assembler.waiting


@given(st.text(st.characters(min_codepoint=0x20, exclude_categories=("Cc", "Cs")), min_size=1, max_size=40))
def test_words_come_through_unchanged(words: str) -> None:
    assert Keyboard().press(words.encode()).typed() == words


@pytest.mark.parametrize("end", [b"\x07", b"\x1b\\"])
def test_a_very_long_answer_of_the_terminal_is_still_no_key(end: bytes) -> None:
    keyboard = Keyboard().press(b"\x1b]52;c;" + b"QUJD" * 1000)
    for _ in range(10):
        keyboard.press(b"1234" * 1000)
    assert keyboard.press(end).press(b"n").pieces == [text("n")]


def test_an_endless_sequence_is_not_kept() -> None:
    keyboard = Keyboard().press(b"\x1b[" + b"1;" * 5000)
    assert len(keyboard.assembler._held) < 10
    assert keyboard.wait(9).press(b"n").pieces == [text("n")]

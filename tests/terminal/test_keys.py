"""Keys as they really arrive, in a real pseudo-terminal: the table of what a line can do to them."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

import pytest

from tests.terminal.conftest import ECHO, ROOT, StartProgram
from tests.terminal.ptykit import CTRL_C, CTRL_G, CTRL_Q, ESCAPE, F9, Pty

CTRL_L = b"\x0c"


@pytest.fixture(scope="module")
def shared() -> Iterator[Pty]:
    with Pty(ECHO, env={"PYTHONPATH": str(ROOT)}) as desk:
        desk.wait_for(r"handoffs=0 ticks=\d+\.")
        yield desk


@pytest.fixture
def desk(shared: Pty) -> Pty:
    """The one desk of this module, with nothing on its list."""
    shared.send(CTRL_L)
    shared.wait_for(r"keys:$\n^handoffs=0 ")
    return shared


def keys_before_marker(desk: Pty) -> str:
    """What came out, once a key that was pressed after it has."""
    desk.send(b"z")
    shown = desk.wait_for(r"^keys:.* z$")
    return shown.split("\n")[0].removeprefix("keys:").removesuffix(" z").strip()


@pytest.mark.parametrize("gap", [0.0, 0.09, 0.12, 0.22])
def test_f9_byte_by_byte_is_one_handoff_and_types_nothing(desk: Pty, gap: float) -> None:
    desk.send_slowly(F9, gap)
    desk.wait_for("handoffs=1 ")
    assert keys_before_marker(desk) == ""


@pytest.mark.parametrize(("cut", "gap"), [(2, 0.25), (3, 0.25), (4, 0.25), (3, 0.8), (2, 1.5)])
def test_f9_with_one_gap_in_it_is_one_handoff_and_types_nothing(desk: Pty, cut: int, gap: float) -> None:
    send_with_gap(desk, F9, cut, gap)
    desk.wait_for("handoffs=1 ")
    assert keys_before_marker(desk) == ""


@pytest.mark.parametrize("gap", [0.5, 1.2])
def test_f9_with_a_gap_after_its_escape_is_an_escape_and_one_handoff(desk: Pty, gap: float) -> None:
    send_with_gap(desk, F9, 1, gap)
    desk.wait_for("handoffs=1 ")
    assert keys_before_marker(desk) == "escape"


def test_f9_with_a_gap_of_more_than_three_seconds_types_nothing(desk: Pty) -> None:
    send_with_gap(desk, F9, 3, 3.4)
    assert keys_before_marker(desk) == ""


def send_with_gap(desk: Pty, key: bytes, cut: int, gap: float) -> None:
    desk.send(key[:cut])
    stall(gap)
    desk.send(key[cut:])


def stall(seconds: float) -> None:
    """The line itself takes this long; nothing is waited for."""
    time.sleep(seconds)


@pytest.mark.parametrize(
    "dialect",
    [
        pytest.param(F9, id="xterm"),
        pytest.param(b"\x1bOX", id="putty vt100+"),
        pytest.param(b"\x1b[U", id="putty sco"),
        pytest.param(b"\x1b[20;129~", id="kitty with numlock"),
        pytest.param(CTRL_G, id="ctrl+g"),
        pytest.param(b"\x1b[103;5u", id="kitty ctrl+g"),
        pytest.param(b"\x1b[103;133u", id="kitty ctrl+g with numlock"),
        pytest.param(b"\x1b[103;69u", id="kitty ctrl+g with capslock"),
        pytest.param(b"\x9b20~", id="8-bit csi"),
        pytest.param(b"\xc2\x9b20~", id="8-bit csi as utf-8"),
    ],
)
def test_a_handoff_key_of_any_terminal_is_one_handoff(desk: Pty, dialect: bytes) -> None:
    desk.send(dialect)
    desk.wait_for("handoffs=1 ")
    assert keys_before_marker(desk) == ""


def test_the_other_function_keys_keep_their_names_in_each_dialect(desk: Pty) -> None:
    desk.send(b"\x1bOV\x1bOW\x1b[18~\x1b[19~\x1b[[A\x1b[11~")
    desk.wait_for("^keys: f7 f8 f7 f8 f1 f1$")


def test_thirty_presses_in_one_go_are_thirty_presses(desk: Pty) -> None:
    desk.send(F9 * 30)
    desk.wait_for("handoffs=30 ")


def test_escape_alone_is_the_escape_key(desk: Pty) -> None:
    desk.send(ESCAPE)
    desk.wait_for("^keys: escape$")


def test_a_figure_straight_after_escape_is_not_an_answer(desk: Pty) -> None:
    desk.send(b"\x1b1")
    assert keys_before_marker(desk) == "alt+1"


def test_ctrl_g_straight_after_escape_is_a_handoff(desk: Pty) -> None:
    desk.send(b"\x1b\x07")
    desk.wait_for("handoffs=1 ")


@pytest.mark.parametrize("garbage", [b"\xe9a", b"\xff\xfe", b"\x1b[97;1:3u", b"\x1b[20;1:3~", b"\x1b[999999999999;5u"])
def test_garbage_and_keys_that_are_let_go_do_not_end_the_session_or_type_a_figure(desk: Pty, garbage: bytes) -> None:
    desk.send(garbage)
    assert not set(keys_before_marker(desk)) & set("0123456789")
    desk.send(F9)
    desk.wait_for("handoffs=1 ")


@pytest.mark.parametrize(
    "report",
    [
        pytest.param(b"\x1b]11;rgb:0000/0000/0000\x07", id="colour report"),
        pytest.param(b"\x1bP>|XTerm(390)\x1b\\", id="version report"),
        pytest.param(b"\x1b[<0;3;1M\x1b[<0;3;1m", id="mouse click"),
        pytest.param(b"\x1b[M !!", id="mouse click of old"),
        pytest.param(b"\x1b[O\x1b[I", id="focus"),
        pytest.param(b"\x1b[?62;22c\x1b[5;5R", id="device report"),
    ],
)
def test_what_a_terminal_reports_is_no_key(desk: Pty, report: bytes) -> None:
    desk.send(report)
    shown = keys_before_marker(desk)
    assert not {"escape", "click", "blur"} & set(shown.split())
    assert not set(shown) & set("0123456789")
    assert "handoffs=0 " in desk.text()


def test_a_paste_runs_nothing(desk: Pty) -> None:
    desk.send(b"\x1b[200~1\x072\x1b[20~\x1b[201~")
    desk.wait_for("^keys: paste")
    assert "handoffs=0 " in desk.text()


@pytest.mark.parametrize("key", [CTRL_Q, CTRL_C])
def test_the_keys_that_end_other_programs_only_ask(desk: Pty, key: bytes) -> None:
    desk.send(key)
    desk.wait_for(r"^keys: .*quit\?$")


def test_three_hundred_bursts_of_random_sequences_do_not_end_the_session(desk: Pty) -> None:
    source = random.Random(20)
    for _ in range(300):
        desk.send(b"\x1b" + bytes(source.choice(b"[]OP?<>=0129;:~uMmtcR \x18\x9b\xe9aZ") for _ in range(12)))
    desk.send(b"\x18\x1b\\")
    stall(1.1)
    desk.send(CTRL_L)
    desk.send(F9)
    desk.wait_for("handoffs=1 ")


def test_ctrl_g_and_f9_act_from_a_text_field(echo: StartProgram) -> None:
    desk = echo(ECHO_INPUT=1)
    desk.send(b"benauwd")
    desk.wait_for("benauwd")
    desk.send(CTRL_G + F9)
    desk.wait_for("handoffs=2 ")


def test_keys_pressed_before_the_first_frame_do_nothing(start: StartProgram) -> None:
    desk = start(env={"ECHO_LATE": "1"})
    desk.wait_for("nog niet")
    desk.send(F9 + b"1\n")  # a whole line, or the waiting program does not see it
    desk.wait_for(r"handoffs=\d+ ")
    assert "handoffs=0 " in desk.text()
    assert keys_before_marker(desk) == ""

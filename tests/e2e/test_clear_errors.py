"""What goes wrong at a start gets one clear sentence and a way out, no traceback, and loses nothing."""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path

import pytest

from tests.e2e.conftest import program
from tests.terminal.ptykit import Pty
from tests.unit.desk.conftest import PROFILE, write_profile

HUB = """
[hub]
region = "Hollandrijn"
exercise = true
port = {port}
[[token]]
sha256 = "{hash}"
kind = "desk"
desk_id = "07"
role = "triagist"
"""
RAV = """
[rav]
id = "rav-hollandrijn"
name = "RAV Hollandrijn"
exercise = true
port = {port}
[[token]]
sha256 = "{hash}"
kind = "desk"
desk_id = "07"
role = "triagist"
"""


def said(*arguments: str, timeout: float = 60) -> tuple[int, str]:
    """The exit code and what stood on the screen, without a terminal."""
    done = subprocess.run(
        program(*arguments), capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL
    )
    return done.returncode, done.stdout + done.stderr


def is_one_clear_sentence(text: str, *words: str) -> bool:
    """No traceback, not more than three lines, and the words that say what to look at."""
    return "Traceback" not in text and len(text.strip().splitlines()) <= 3 and all(word in text for word in words)


def on_a_terminal(*arguments: str) -> tuple[int, str]:
    """The exit code and the screen, on a real terminal."""
    with Pty(program(*arguments), columns=400, rows=30) as desk:
        code = desk.wait_exit()
        return code, "\n".join(line.strip() for line in desk.screen() if line.strip())


def test_a_profile_that_is_not_there(tmp_path: Path) -> None:
    code, text = on_a_terminal("console", "--profile", str(tmp_path / "nee.toml"))
    assert code == 78
    assert "bestaat niet" in text
    assert "Traceback" not in text


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (("[desk]", "[desk"), "TOML"),
        (('id = "07"', ""), "ontbreekt"),
        (('role = "{role}"', 'role = "baas"'), "role"),
        (("exercise = true", 'exercise = "ja"'), "true of false"),
        (('url = "http://127.0.0.1:1"', 'url = "ftp://x"'), "http"),
        (("[hub]", '[hub]\nkleur = "blauw"'), "onbekend"),
        (('phone = "088 555 0 112"', ""), "phone"),
    ],
)
def test_a_profile_that_is_wrong_names_the_field(tmp_path: Path, change: tuple[str, str], word: str) -> None:
    path = tmp_path / "profile.toml"
    path.write_text(PROFILE.replace(*change).replace("{role}", "triagist"), encoding="utf-8")
    code, text = said("console", "--profile", str(path))
    assert code == 78
    assert is_one_clear_sentence(text, word, "profile.toml"), text


def test_a_profile_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "profile.toml"
    path.write_bytes(b"\xff\xfe\x00")
    code, text = said("console", "--profile", str(path))
    assert code == 78
    assert is_one_clear_sentence(text, "UTF-8"), text
    folder = tmp_path / "map"
    folder.mkdir()
    code, text = said("console", "--profile", str(folder))
    assert code == 78
    assert is_one_clear_sentence(text, "niet te lezen"), text


@pytest.mark.parametrize(("room", "config"), [("hub", HUB), ("rav", RAV)])
def test_a_busy_port(tmp_path: Path, room: str, config: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        path = tmp_path / f"{room}.toml"
        path.write_text(config.format(port=taken.getsockname()[1], hash="0" * 64), encoding="utf-8")
        code, text = said(room, "--config", str(path))
    assert code != 0
    assert is_one_clear_sentence(text, "Poort", "--port"), text


@pytest.mark.parametrize(("room", "config"), [("hub", HUB), ("rav", RAV)])
def test_a_server_binds_to_loopback_unless_it_is_told_otherwise(tmp_path: Path, room: str, config: str) -> None:
    path = tmp_path / f"{room}.toml"
    text = config.format(port=0, hash="0" * 64).replace("port = 0", 'port = 0\nhost = "0.0.0.0"')
    path.write_text(text, encoding="utf-8")
    code, text = said(room, "--config", str(path))
    assert code == 78
    assert is_one_clear_sentence(text, "loopback"), text


def test_a_courier_without_its_token_says_so_and_keeps_what_was_pressed(tmp_path: Path) -> None:
    profile = write_profile(tmp_path)
    profile.hub_token_file.unlink()
    with Pty(program("console", "--profile", str(profile.path)), columns=120, rows=40) as desk:
        desk.wait_for("WACHTRIJ")
        desk.wait_for("OFFLINE")
        desk.wait_for("token")


def test_a_database_whose_key_is_gone_is_left_alone(tmp_path: Path) -> None:
    profile = write_profile(tmp_path)
    from zcc_console.desk.desk import Desk

    Desk.open(profile).close()
    before = profile.journal_path.read_bytes()
    profile.key_path.unlink()
    code, text = on_a_terminal("console", "--profile", str(profile.path))
    assert code == 74
    assert "sleutel" in text
    assert profile.journal_path.read_bytes() == before
    assert not profile.key_path.exists()


def test_a_terminal_that_is_too_small_says_so_and_still_hands_over(tmp_path: Path) -> None:
    profile = write_profile(tmp_path)
    with Pty(program("console", "--profile", str(profile.path)), columns=60, rows=12) as desk:
        desk.wait_for("te klein")
        desk.wait_for("NAAR RAV")


def test_a_terminal_that_can_show_no_screen_is_sent_to_line_mode(tmp_path: Path) -> None:
    profile = write_profile(tmp_path)
    with Pty(program("console", "--profile", str(profile.path)), columns=400, rows=30, term="dumb") as desk:
        assert desk.wait_exit() == 69
        assert "plain" in "".join(desk.screen())


def test_unknown_arguments_and_commands() -> None:
    code, text = said("console", "--snel")
    assert code == 78
    assert is_one_clear_sentence(text, "--snel")
    code, text = said("vlieg")
    assert code == 2
    assert "Traceback" not in text


def test_everything_of_a_desk_is_private(tmp_path: Path) -> None:
    profile = write_profile(tmp_path)
    state = tmp_path / "state"
    text = profile.path.read_text(encoding="utf-8") + '\n[files]\nstate = "state"\n'
    profile.path.write_text(text, encoding="utf-8")
    with Pty(program("console", "--profile", str(profile.path)), columns=120, rows=40) as desk:
        desk.wait_for("WACHTRIJ")
        assert state.stat().st_mode & 0o777 == 0o700
        for path in state.iterdir():
            assert path.stat().st_mode & 0o077 == 0, path
        for name in ("journal.db", "cache.db"):
            assert not (state / name).read_bytes().startswith(b"SQLite format 3"), "not encrypted"
    assert os.getuid() == state.stat().st_uid

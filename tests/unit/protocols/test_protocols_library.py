"""Where the console gets its set: compiled once, reopened fast, and never a bad one in place of the last good one."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from zcc_console.protocols import library
from zcc_console.protocols.errors import ProtocolError
from zcc_console.protocols.model import ProtocolSet
from zcc_console.protocols.session import Session


def edit(folder: Path, old: str, new: str) -> None:
    path = folder / "pijn-borst.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


def test_a_set_is_compiled_once_and_then_only_read(source: Path, state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = library.open_library(source, state)
    assert first.notice is None

    def never(*_: object, **__: object) -> None:
        raise AssertionError("compiled again")

    monkeypatch.setattr(subprocess, "run", never)
    assert library.open_library(source, state).protocols.hash == first.protocols.hash


def test_compiled_files_are_private(source: Path, state: Path) -> None:
    path = library.ensure_compiled(source, state)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_changed_source_gives_a_new_set_and_the_old_one_can_still_be_found(copy: Path, state: Path) -> None:
    before = library.open_library(copy, state).protocols
    edit(copy, "mogelijk hartinfarct", "kans op een hartinfarct")
    after = library.open_library(copy, state).protocols
    assert after.hash != before.hash
    found = library.open_by_hash(state, before.hash)
    assert found is not None
    assert found.hash == before.hash
    assert library.open_by_hash(state, "sha256:" + "0" * 64) is None
    assert library.open_by_hash(state / "nowhere", before.hash) is None


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('when: {drukkend: "nu"}', 'when: {drukkend: "straks"}', "pijn-borst.yaml"),  # does not read
        ('urgency: "U1"', 'urgency: "U4"', "P"),  # reads, and fails its own examples
    ],
)
def test_a_bad_set_never_replaces_the_last_good_one(copy: Path, state: Path, old: str, new: str, said: str) -> None:
    good = library.open_library(copy, state).protocols
    edit(copy, old, new)
    opened = library.open_library(copy, state)
    assert opened.protocols.hash == good.hash
    assert opened.notice is not None
    assert "blijft in gebruik" in opened.notice
    assert said in opened.notice
    with pytest.raises(ProtocolError):
        library.ensure_compiled(copy, state)
    edit(copy, new, old)
    assert library.open_library(copy, state).notice is None


def test_the_last_good_set_is_the_last_that_was_used_not_the_last_that_was_made(copy: Path, state: Path) -> None:
    first = library.open_library(copy, state).protocols
    edit(copy, "mogelijk hartinfarct", "kans op een hartinfarct")
    library.open_library(copy, state)
    edit(copy, "kans op een hartinfarct", "mogelijk hartinfarct")
    assert library.open_library(copy, state).protocols.hash == first.hash
    edit(copy, 'status: "demonstration"', 'staat: "demonstration"')
    assert library.open_library(copy, state).protocols.hash == first.hash


def test_without_any_good_set_the_error_says_what_is_wrong(copy: Path, state: Path) -> None:
    edit(copy, 'status: "demonstration"', 'staat: "demonstration"')
    with pytest.raises(ProtocolError, match="onbekend veld 'staat'"):
        library.open_library(copy, state)
    with pytest.raises(ProtocolError, match="wijs de map"):
        library.open_library(copy / "weg", state)


def test_a_damaged_compiled_file_is_made_again(source: Path, state: Path) -> None:
    path = library.ensure_compiled(source, state)
    whole = path.read_bytes()
    path.write_bytes(whole[:1000])
    with pytest.raises(ProtocolError):
        library.open_set(path)
    assert library.open_library(source, state).notice is None
    assert path.read_bytes() == whole


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ProtocolError, match="niet te lezen"):
        library.open_set(tmp_path / "weg.json")


def test_the_console_s_side_imports_neither_yaml_nor_pydantic_nor_a_screen(source: Path, state: Path) -> None:
    library.ensure_compiled(source, state)
    code = (
        "import sys; from pathlib import Path\n"
        "from zcc_console.protocols import library, session, search, engine\n"
        f"opened = library.open_library(Path({str(source)!r}), Path({str(state)!r}))\n"
        "s = session.Session.start(opened.protocols).put_fact('leeftijd', '40').choose('demo.pijn-borst').press('4')\n"
        "assert s.verdict.stop_early\n"
        "search.find_complaints(opened.protocols, 'druk op de borst')\n"
        "heavy = 'yaml pydantic rapidfuzz textual rich httpx fastapi sqlalchemy sqlite_utils rfc8785'.split()\n"
        "print(sorted(set(heavy) & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


def test_a_set_in_a_path_with_spaces_and_accents_compiles(copy: Path, state: Path, demo: ProtocolSet) -> None:
    odd = copy.with_name("één set")
    copy.rename(odd)
    assert library.open_library(odd, state).protocols.hash == demo.hash


def test_a_running_call_stays_on_the_version_with_which_it_began(copy: Path, state: Path) -> None:
    began = library.open_library(copy, state).protocols
    call = Session.start(began).to_draft()
    edit(copy, "mogelijk hartinfarct", "kans op een hartinfarct")
    now = library.open_library(copy, state).protocols
    kept = library.set_for_call(now, state, call)
    assert (kept.protocols.hash, kept.notice) == (began.hash, None)
    fresh = library.set_for_call(now, state, Session.start(now).to_draft())
    assert fresh.protocols is now
    assert library.set_for_call(now, state, {}).protocols is now


def test_a_call_from_a_version_this_desk_never_had_goes_on_with_this_one_and_says_so(
    demo: ProtocolSet, state: Path
) -> None:
    elsewhere = {"protocol": {"id": "demo.nl", "version": "0.0.9", "hash": "sha256:" + "0" * 64}}
    opened = library.set_for_call(demo, state, elsewhere)
    assert opened.protocols is demo
    assert opened.notice is not None
    assert "0.0.9" in opened.notice

"""Real courier processes: killed at any moment, started twice, told to stop, with files that cannot be opened."""

from __future__ import annotations

import json
import os
import random
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.courier.desk import Desk, desk_on, until
from tests.unit.courier.http import Served, region
from tests.unit.courier.region import ModelHub
from zcc_console.courier.start import ensure_courier
from zcc_console.courier.status import read_status
from zcc_console.store.locks import ProcessLock, drain, listen


@pytest.fixture
def served() -> Iterator[Served]:
    with region(ModelHub(page_size=50)) as made:
        for n in range(3):
            made.hub.commit(("call", f"call-{n}", {"id": f"call-{n}", "state": "waiting", "source": "hap"}))
        yield made


@pytest.fixture
def desk(tmp_path: Path, served: Served) -> Iterator[Desk]:
    with desk_on(tmp_path, served) as made:
        yield made


def running(desk: Desk) -> None:
    until(lambda: (found := read_status(desk.state)) is not None and found.state == "running", "a courier")
    until(lambda: desk.cache.cursor, "a first state")


def test_killed_again_and_again_while_work_pours_in_nothing_is_lost_or_doubled(desk: Desk, served: Served) -> None:
    chance = random.Random(4)
    pressed: list[str] = []
    messages: list[str] = []
    served.faults.lose_answer.add("/v1/commands")
    for round_ in range(6):
        desk.start()
        if round_ == 3:
            served.faults.lose_answer.clear()
        for n in range(12):
            pressed.append(desk.press(f"call-{n % 3}"))
            if n % 6 == 0:
                messages.append(desk.hand_off(f"handoff-{round_}-{n}"))
        wait = time.monotonic() + chance.uniform(0.35, 0.9)  # anywhere between starting up and at work
        until(lambda end=wait: time.monotonic() > end, "a moment")  # type: ignore[misc]
        desk.kill()
    desk.start()
    until(lambda: desk.journal.undelivered() == 0, "everything delivered")
    with served.lock:
        assert [each for each in served.hub.applied if each in pressed] == pressed
        assert sorted(served.rav.arrived) == sorted(messages)
        assert sorted(m for each in served.hub.handoffs.values() for m in each) == sorted(messages)
    until(lambda: desk.cache.cursor == served.hub.cursor, "the same state")
    assert {row.state for row in desk.journal.outbox()} == {"applied"}


def test_a_second_courier_leaves_at_once_without_a_word(desk: Desk) -> None:
    first = desk.start()
    running(desk)
    command = [sys.executable, "-P", "-m", "zcc_console", "courier", "--profile", str(desk.profile.path)]
    second = subprocess.run(command, capture_output=True, timeout=20)
    assert (second.returncode, second.stdout, second.stderr) == (0, b"", b"")
    assert first.poll() is None


def test_a_press_wakes_it_and_what_it_did_wakes_the_console(desk: Desk, served: Served) -> None:
    console = listen(_made(desk) / "console.sock")
    desk.start()
    running(desk)
    until(lambda: drain(console), "a wake-up")
    started = time.monotonic()
    command_id = desk.press("call-1")
    until(lambda: command_id in served.hub.answers, "delivery")
    assert time.monotonic() - started < 0.5
    until(lambda: (row := desk.journal.command(command_id)) is not None and row.state == "applied", "the answer")
    until(lambda: drain(console), "a wake-up")
    console.close()


def _made(desk: Desk) -> Path:
    desk.state.mkdir(mode=0o700, exist_ok=True)
    return desk.state


def test_without_a_wake_up_it_looks_within_about_a_second(desk: Desk, served: Served) -> None:
    desk.start()
    running(desk)
    (desk.state / "courier.sock").unlink()
    command_id = desk.press("call-1")
    until(lambda: command_id in served.hub.answers, "delivery", 3.0)


def test_told_to_stop_it_ends_cleanly_and_says_so(desk: Desk) -> None:
    desk.start()
    running(desk)
    assert desk.stop() == 0
    status = read_status(desk.state)
    assert status is not None
    assert status.state == "stopped"
    assert ProcessLock(desk.state / "courier.lock").holder() is None


def test_told_to_stop_a_handoff_that_was_pressed_still_gets_its_seconds(desk: Desk, served: Served) -> None:
    desk.start()
    running(desk)
    served.rav_faults.page["/v1/handoffs"] = 503
    served.faults.page["/v1/handoffs"] = 503
    message_id = desk.hand_off("h-1")
    until(lambda: "/v1/handoffs" in served.rav_faults.seen, "an attempt")
    served.rav_faults.page.clear()
    served.faults.page.clear()
    assert desk.process is not None
    desk.process.terminate()
    desk.process.wait(15)
    delivered = message_id in served.rav.arrived
    desk.kill()
    assert delivered or desk.journal.undelivered() == 1  # at the latest the next courier brings it
    desk.start()
    until(lambda: desk.journal.undelivered() == 0, "delivery")


def test_it_is_started_by_the_console_and_outlives_it(desk: Desk, served: Served) -> None:
    code = (
        "import sys, pathlib\n"
        "from zcc_console.core.config import load_profile\n"
        "from zcc_console.courier.start import ensure_courier\n"
        "ensure_courier(load_profile(pathlib.Path(sys.argv[1])))\n"
    )
    console = subprocess.run([sys.executable, "-P", "-c", code, str(desk.profile.path)], timeout=20)
    assert console.returncode == 0
    running(desk)
    holder = ProcessLock(desk.state / "courier.lock").holder()
    assert holder
    assert os.getsid(holder) != os.getsid(0)
    fields = Path(f"/proc/{holder}/stat").read_text().rpartition(")")[2].split()
    assert fields[4] == "0"  # no terminal
    ensure_courier(desk.profile)
    assert ProcessLock(desk.state / "courier.lock").holder() == holder


def test_starting_it_costs_the_console_next_to_nothing(desk: Desk) -> None:
    desk.start()
    running(desk)
    started = time.monotonic()
    ensure_courier(desk.profile)
    assert time.monotonic() - started < 0.05


def test_a_journal_that_it_cannot_open_is_said_outside_it(desk: Desk) -> None:
    desk.journal.close()
    desk._journal = None
    desk.profile.key_path.write_text("niet een sleutel")
    process = desk.start()
    assert process.wait(15) == 74
    status = read_status(desk.state)
    assert status is not None
    assert (status.state, "sleutel" in status.text) == ("failed", True)
    assert stat.S_IMODE((desk.state / "courier.status").stat().st_mode) == 0o600
    assert process.stderr is not None
    message = process.stderr.read().decode()
    assert "Traceback" not in message
    assert "sleutel" in message


def test_a_journal_of_a_newer_program_is_delivered_first_and_then_left(desk: Desk, served: Served) -> None:
    process = desk.start()
    running(desk)
    served.faults.page["/v1/commands"] = 503
    command_id = desk.press("call-1")
    desk.journal._db.execute("PRAGMA user_version = 99")
    until(lambda: (found := read_status(desk.state)) is not None and found.state == "finishing", "word of it")
    assert process.poll() is None
    served.faults.page.clear()
    assert process.wait(20) == 0
    assert command_id in served.hub.applied


def test_a_damaged_cache_is_built_anew_while_it_runs(desk: Desk, served: Served) -> None:
    desk.start()
    running(desk)
    desk.kill()
    assert desk._cache is not None
    desk._cache.close()
    desk._cache = None
    with desk.profile.cache_path.open("r+b") as file:
        file.seek(4096 * 2 + 10)
        file.write(b"\xaa" * 4096)
    desk.start()
    until(lambda: list(desk.state.glob("cache.db.damaged*")), "it being set aside")
    running(desk)
    until(lambda: desk.cache.cursor == served.hub.cursor, "the same state")


def test_a_damaged_journal_is_mended_alarmed_and_delivered(desk: Desk, served: Served) -> None:
    for _ in range(40):
        desk.press("call-1", "x" * 900)
    desk.journal._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    desk.journal.close()
    desk._journal = None
    with desk.profile.journal_path.open("r+b") as file:
        file.seek(desk.profile.journal_path.stat().st_size - 3 * 4096 + 10)
        file.write(b"\xaa" * 500)
    desk.start()
    running(desk)
    until(lambda: desk.journal.undelivered() == 0, "delivery")
    assert "beschadigd" in (desk.journal.meta("alarm") or "")
    assert len(served.hub.applied) >= 30


def test_the_log_holds_ids_and_no_word_of_a_person(desk: Desk, served: Served) -> None:
    desk.start()
    running(desk)
    served.faults.page["/v1/commands"] = 503
    command_id = desk.press("call-1", "Zonnebloemstraat")
    desk.hand_off("h-1")
    until(lambda: served.faults.seen.count("/v1/commands") > 1, "attempts")
    served.faults.page.clear()
    until(lambda: desk.journal.undelivered() == 0, "delivery")
    desk.stop()
    text = (desk.state / "courier.log").read_text()
    assert command_id in text
    assert "Zonnebloem" not in text
    assert "een-token" not in text
    assert all(json.loads(line)["event"] for line in text.splitlines())
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in desk.state.iterdir()}
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(desk.state.stat().st_mode) == 0o700


def test_a_new_token_ends_the_waiting(desk: Desk, served: Served) -> None:
    desk.profile.hub_token_file.chmod(0o644)  # refused: others can read it
    desk.start()
    until(lambda: (found := read_status(desk.state)) is not None and found.state == "running", "a courier")
    command_id = desk.press("call-1")
    until(lambda: "token" in (desk.cache.meta("note") or ""), "word of it")
    assert served.faults.seen == []
    desk.profile.hub_token_file.chmod(0o600)
    os.utime(desk.profile.hub_token_file)
    until(lambda: command_id in served.hub.applied, "delivery", 15.0)


def test_the_console_imports_nothing_heavy_with_the_starter() -> None:
    code = (
        "import sys\n"
        "import zcc_console.courier.start, zcc_console.courier.status\n"
        "heavy = {'httpx', 'structlog', 'pydantic', 'sqlcipher3', 'asyncio', 'sqlite_utils'} & set(sys.modules)\n"
        "sys.exit(', '.join(sorted(heavy)) or 0)\n"
    )
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, timeout=20)
    assert (done.returncode, done.stderr) == (0, b"")


def test_the_lanes_import_no_asyncio_sockets_or_database() -> None:
    code = (
        "import sys\n"
        "from zcc_console.courier import answers, audit, beat, deliver, epoch, events, lane, machine, pull, notes\n"
        "heavy = {'httpx', 'asyncio', 'socket', 'sqlcipher3', 'structlog', 'pydantic', 'textual', 'rich'} & set(sys.modules)\n"
        "sys.exit(', '.join(sorted(heavy)) or 0)\n"
    )
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, timeout=20)
    assert (done.returncode, done.stderr) == (0, b"")

"""A handoff whose local write takes a second: the telephone number is on the screen though the program waits."""

from __future__ import annotations

import time
from pathlib import Path

from tests.e2e.conftest import program
from tests.terminal.ptykit import Pty
from tests.unit.desk.conftest import write_profile
from zcc_console.core.clock import SystemClock
from zcc_console.core.ids import ClockIds
from zcc_console.desk.desk import Desk
from zcc_console.store.engine import connect, load_key

F9 = b"\x1b[20~"


def test_after_a_second_the_number_is_shown_and_afterwards_the_truth(tmp_path: Path) -> None:
    profile = write_profile(tmp_path)
    clock = SystemClock()
    desk = Desk.open(profile, clock, ClockIds(clock))
    call_id = desk.create_call({"reason": "druk op de borst", "patient": {"name": "J. van Dam"}})
    desk.stand(call_id, "triage")
    desk.close()
    blocker = connect(profile.journal_path, load_key(profile.key_path), durable=True, checkpoints=False)
    with Pty(program("console", "--profile", str(profile.path)), columns=120, rows=40) as console:
        console.wait_for(r"Is het veilig\?")
        blocker.execute("BEGIN IMMEDIATE")
        try:
            pressed = time.monotonic()
            console.send(F9)
            screen = console.wait_for(r"BEL NU DE RAV +RAV Hollandrijn +088 555 0 112", timeout=1.9)
            assert time.monotonic() - pressed >= 0.9
            assert "J. van Dam" in screen
            assert "vastgelegd 0" not in screen
        finally:
            blocker.execute("ROLLBACK")
            blocker.close()
        console.wait_for(r"NAAR RAV HOLLANDRIJN")
        console.wait_gone("duurt te lang")

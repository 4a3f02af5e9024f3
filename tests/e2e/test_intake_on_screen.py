"""A real referral message, written by the Dutch standards body, becomes a call on the triagist's screen."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.e2e.conftest import LiveRegion, program
from tests.terminal.ptykit import Pty

FIXTURES = Path(os.environ.get("ZCC_FIXTURES", Path(__file__).resolve().parents[3] / "shared" / "fixtures"))
MESSAGES = sorted((FIXTURES / "nictiz-az").glob("*.json"))


@pytest.mark.skipif(not MESSAGES, reason=f"the standards body's messages are not in {FIXTURES} (set ZCC_FIXTURES)")
@pytest.mark.timeout(200)
def test_a_referral_of_an_ambulance_service_is_a_call_on_the_screen(live: LiveRegion) -> None:
    command = program("intake", "fhir", *map(str, MESSAGES), "--hub", live.hub)
    token = live.profile.parent / "intake.token"
    token.write_text(live.tokens["intake"], encoding="utf-8")
    token.chmod(0o600)
    for _ in range(2):  # the same message twice is one call
        done = subprocess.run([*command, "--token-file", str(token)], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
    with Pty(program("console", "--profile", str(live.profile)), columns=120, rows=40) as desk:
        screen = desk.wait_for(r"(?m)^.{8,14} +keten ")
        assert len([line for line in screen.splitlines() if " keten " in line[:30]]) == 1

"""The first night, end to end: hub, RAV, courier and console as real processes, the console in a real pty.

A call is taken, triaged and given a place; another is handed to the RAV with the bytes of F9; the console is killed in
the middle of both; ACCEPTED is seen on the screen and in the gateway's own record.
"""

from __future__ import annotations

import re
import signal
import time

import psutil
import pytest

from tests.e2e.conftest import LiveRegion, program
from tests.terminal.ptykit import Pty, wait_until

F9 = b"\x1b[20~"
ENTER = b"\r"
F2 = b"\x1bOQ"


def console(live: LiveRegion) -> Pty:
    return Pty(program("console", "--profile", str(live.profile)), columns=120, rows=40)


def inner(desk: Pty) -> psutil.Process:
    """The console itself, inside its launcher."""
    found = psutil.Process(desk.pid).children()
    assert found, "no console inside the launcher"
    return found[0]


def number_of_open_call(screen: str) -> str:
    """The number of the call on the triage screen: it opens the line that ends with the caller."""
    match = re.search(r"^ (\d{4}) .*belt:", screen, re.MULTILINE)
    assert match, screen
    return match.group(1)


def asked(screen: str) -> str:
    """The question that is being asked: a number in front of it and a question mark behind it."""
    match = re.search(r"^  \d+ (\S.*?)(?:  |$)", screen, re.MULTILINE)
    assert match, screen
    return match.group(1).strip()


def calm(seconds: float = 1.1) -> None:
    """A hand's time passes: keys nearer to a change of the screen, or to the same key, are not taken for meant."""
    moment = time.monotonic() + seconds
    wait_until(lambda: time.monotonic() > moment, "time stands still")


def take_and_pass_abcd(desk: Pty, complaint: str) -> str:
    """Take the next call, say that ABCD is safe, and choose a complaint; the call's number."""
    desk.send(b"n")
    screen = desk.wait_for(r"Is het veilig\?")
    number = number_of_open_call(screen)
    calm()
    desk.send(ENTER)
    desk.wait_for(r"Typ wat de beller zegt")
    desk.send(complaint)
    desk.wait_for(re.escape(complaint))
    desk.wait_for(r"▸ 1  Letsel van arm of been")
    calm()
    desk.send(ENTER)
    desk.wait_for(r"1 van \d")
    return number


@pytest.mark.timeout(300)
def test_a_call_is_triaged_and_placed_and_another_handed_over_with_a_kill_in_the_middle(live: LiveRegion) -> None:
    with console(live) as desk:
        desk.wait_for(lambda screen: "WACHTRIJ" in screen and "● LIVE" in screen)
        number = take_and_pass_abcd(desk, "been gebroken")
        for n in (2, 3, 4):
            calm(0.2)
            desk.send(b"1")
            desk.wait_for(rf"{n} van \d")
        before = asked(desk.wait_for(r"(?s)4 van \d.*\n  4 \S.*0  weet niet"))
        inner(desk).send_signal(signal.SIGKILL)
        assert desk.wait_exit() == 137
        assert desk.tty_is_sane()

    with console(live) as desk:  # the same question of the same call
        screen = desk.wait_for(r"(?s)4 van \d.*\n  4 \S.*0  weet niet")
        assert number_of_open_call(screen) == number
        assert asked(screen) == before
        calm(0.2)
        desk.send(b"1")
        desk.wait_for(r"5 van \d")
        desk.send(b"2")  # out of joint: U2
        screen = desk.wait_for(r"◆ U2")
        while "▸ Urgentie" not in screen:
            step = re.search(r"\d van \d", screen)
            assert step is not None, screen
            calm(0.2)
            desk.send(b"1")
            desk.wait_gone(re.escape(step.group(0)))
            screen = desk.wait_for(r"▸ Urgentie|\d van \d")
        calm()
        desk.send(ENTER)
        if "▸ Vervolg" not in desk.wait_for(r"▸ Vervolg|is lager dan vooraf"):
            desk.send(b"gebroken\r")
        desk.wait_for(r"▸ Vervolg")
        desk.wait_for(r"reserveer")
        calm()
        desk.send(ENTER)
        screen = desk.wait_for(r"VASTGEHOUDEN tot \d\d:\d\d, nog niet afgesproken")
        assert "BEVESTIGD" not in screen  # only a named person of the provider arranges a place
        desk.send(F2)
        desk.wait_for(r"WACHTRIJ")

        desk.send(b"n")
        screen = desk.wait_for(lambda text: "Is het veilig?" in text and number_of_open_call(text) != number)
        urgent = number_of_open_call(screen)
        desk.send(F9)
        desk.wait_for(rf"(NAAR|OVERGEDRAGEN AAN) RAV \w+ +{urgent}")
        inner(desk).send_signal(signal.SIGKILL)  # whatever became of it, it goes on
        desk.wait_exit()

    with console(live) as desk:
        desk.wait_for(r"✓ GEACCEPTEERD")
        screen = desk.wait_for(rf"OVERGEDRAGEN AAN RAV \w+ +{urgent}")
        assert re.search(rf"F9  NAAR RAV {urgent}\b", screen, re.MULTILINE)  # the same call is open
        desk.send(F9 * 10)  # a held key: nothing new is sent
        desk.wait_for("niets opnieuw")

    mine = [handoff for handoff in live.all_records() if f"{urgent}/" in str(handoff["messages"])]
    assert len(mine) == 1
    assert mine[0]["state"] == "ACCEPTED"
    assert len(mine[0]["messages"]) == 1  # type: ignore[arg-type]


@pytest.mark.timeout(300)
def test_a_killed_hub_and_a_killed_courier_lose_nothing_that_was_pressed(live: LiveRegion) -> None:
    with console(live) as desk:
        desk.wait_for(lambda screen: "WACHTRIJ" in screen and "● LIVE" in screen)
        desk.send(b"n")
        number = number_of_open_call(desk.wait_for(r"Is het veilig\?"))
        for process in psutil.Process(live.process.pid).children(recursive=True):
            command = process.cmdline()
            if "hub" in command and "--config" in command:
                process.kill()
        desk.send(F9)
        desk.wait_for(rf"(NAAR|OVERGEDRAGEN AAN) RAV \w+ +{number}")
        lock = live.profile.parent / "state" / "courier.lock"
        psutil.Process(int(lock.read_text())).kill()
        desk.wait_for(r"✓ GEACCEPTEERD", timeout=60)
    wait_until(
        lambda: any(f"{number}/" in str(handoff["messages"]) for handoff in live.all_records()),
        "the handoff is not in the gateway's record",
    )
    mine = [handoff for handoff in live.all_records() if f"{number}/" in str(handoff["messages"])]
    assert [handoff["state"] for handoff in mine] == ["ACCEPTED"]

"""A desk with a real profile and a real courier process, for the tests that need one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.unit.courier.http import Served
from zcc_console.core.clock import SystemClock
from zcc_console.core.config import Profile, load_profile
from zcc_console.core.ids import ClockIds
from zcc_console.store.cache import Cache
from zcc_console.store.courier import CourierJournal
from zcc_console.store.locks import ProcessLock, notify

PROFILE = """
[desk]
id = "07"
zcc = "zcc-x"
region = "x"
exercise = true
user = "u1"
user_name = "U"
role = "triagist"
callback_number = "0100"
[hub]
url = "{hub}"
token_file = "hub.token"
[files]
state = "state"
[[rav]]
id = "rav-a"
name = "RAV A"
phone = "0100"
url = "{rav}"
token_file = "rav.token"
default = true
"""


def until(condition: Callable[[], Any], what: str, seconds: float = 20.0) -> Any:
    """Wait for a condition; the one place where a test waits for another process."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.01)


class Desk:
    """One desk on a served region."""

    def __init__(self, folder: Path, served: Served) -> None:
        for name in ("hub.token", "rav.token"):
            (folder / name).write_text("een-token")
            (folder / name).chmod(0o600)
        path = folder / "desk.toml"
        path.write_text(PROFILE.format(hub=served.hub_url, rav=served.rav_url))
        self.served = served
        self.profile: Profile = load_profile(path)
        self.state = self.profile.state_dir
        self.clock = SystemClock()
        self.ids = ClockIds(self.clock)
        self.process: subprocess.Popen[bytes] | None = None
        self._journal: CourierJournal | None = None
        self._cache: Cache | None = None

    @property
    def journal(self) -> CourierJournal:
        """The journal as a console has it open."""
        if self._journal is None:
            p = self.profile
            self._journal = CourierJournal.open(
                p.journal_path, p.key_path, self.clock, self.ids, siblings=(p.cache_path,)
            )
        return self._journal

    @property
    def cache(self) -> Cache:
        if self._cache is None:
            p = self.profile
            until(p.cache_path.exists, "a cache")
            self._cache = Cache.open(p.cache_path, p.key_path, writer=False, now=self.clock.now())
        return self._cache

    def start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-P", "-m", "zcc_console", "courier", "--profile", str(self.profile.path)]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        return self.process

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)
            assert self.process.stderr is not None
            self.process.stderr.close()
            self.process = None

    def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(15)
        assert self.process.stderr is not None
        self.process.stderr.close()
        self.process = None
        return code

    def wake(self) -> None:
        notify(self.state / "courier.sock")

    def press(self, call_id: str, text: str = "x") -> str:
        with self.journal.write() as unit:
            command_id = unit.command(
                "call.note",
                desk_id="07",
                user="u1",
                target={"type": "call", "id": call_id},
                data={"text": text},
                call_id=call_id,
            )
        self.wake()
        return command_id

    def hand_off(self, handoff_id: str, sequence: int = 1) -> str:
        message_id = self.ids.new()
        body: dict[str, Any] = {
            "handoff_id": handoff_id,
            "message_id": message_id,
            "call_id": "call-1",
            "to": "rav-a",
            "kind": "new" if sequence == 1 else "update",
            "sequence": sequence,
            "exercise": True,
            "urgency": "U1",
            "reasons": ["Zonnebloemstraat"],
            "expires_at": "x",
        }
        with self.journal.write() as unit:
            unit.handoff_message(body, ("hub", "direct"))
        self.wake()
        return message_id

    def close(self) -> None:
        self.kill()
        holder = ProcessLock(self.state / "courier.lock").holder() if self.state.exists() else None
        if holder:  # one that `ensure_courier` started
            os.kill(holder, signal.SIGKILL)
        for store in (self._journal, self._cache):
            if store is not None:
                store.close()


@contextmanager
def desk_on(folder: Path, served: Served) -> Iterator[Desk]:
    desk = Desk(folder, served)
    try:
        yield desk
    finally:
        desk.close()

"""The demo's child processes: started, watched, started again when they die, and never left behind. It knows no region."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from zcc_console.core.errors import ZccError

READY_S = 30.0
"""How long a program may take until it says that it serves."""

STOP_S = 5.0
LEAST_REST_S = 0.2
MOST_REST_S = 5.0
STEADY_S = 20.0
"""After so long a death counts as the first one again."""

_PR_SET_PDEATHSIG = 1


def free_ports(count: int) -> list[int]:
    """Ports of the loopback that nobody listens on now."""
    held = [socket.socket(socket.AF_INET, socket.SOCK_STREAM) for _ in range(count)]
    try:
        for each in held:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in held]
    finally:
        for each in held:
            each.close()


def dies_with_parent() -> Callable[[], None]:
    """What a child does before it becomes its program: ask the kernel for SIGTERM when its parent dies (Linux)."""
    parent = os.getpid()
    library = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

    def ask() -> None:
        if library is not None:
            library.prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
            if os.getppid() != parent:  # it died before we asked
                os._exit(1)

    return ask


def program(*arguments: str) -> list[str]:
    """The command line of one of the package's own programs."""
    return [sys.executable, "-P", "-m", "zcc_console", *arguments]


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


class Child:
    """One program that prints a line of JSON with its `url` when it serves, and is kept running."""

    def __init__(self, name: str, command: Sequence[str], log: Path) -> None:
        self.name, self._command, self._log = name, command, log
        self._process: asyncio.subprocess.Process | None = None
        self._ask = dies_with_parent()
        self.url = ""

    @property
    def pid(self) -> int | None:
        """The process id, while it runs."""
        running = self._process is not None and self._process.returncode is None
        return self._process.pid if self._process is not None and running else None

    async def start(self) -> None:
        """Start it and wait until it serves.

        Raises:
            ZccError: it ended, or said nothing in time.
        """
        with open(self._log, "ab", opener=_private) as log:
            # A session of its own: keys and a hang-up of the terminal are the console's, not the region's.
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                start_new_session=True,
                preexec_fn=self._ask,
            )
        assert self._process.stdout is not None
        try:
            async with asyncio.timeout(READY_S):
                line = await self._process.stdout.readline()
        except TimeoutError:
            line = b""
        try:
            self.url = str(json.loads(line)["url"])
        except (ValueError, KeyError, TypeError):
            await self.stop()
            raise ZccError(
                f"De {self.name} van de oefenregio startte niet. Er is niets verloren. Wat er gebeurde staat in "
                f"{self._log}; probeer het opnieuw."
            ) from None

    async def keep(self) -> None:
        """Watch it, and start it again whenever it dies, until cancelled."""
        rest = LEAST_REST_S
        while True:
            began = time.monotonic()
            if self._process is not None:
                assert self._process.stdout is not None
                while await self._process.stdout.read(65536):
                    pass  # nobody reads what it says later; a full pipe would hold it up
                await self._process.wait()
            rest = LEAST_REST_S if time.monotonic() - began > STEADY_S else min(MOST_REST_S, rest * 2)
            await asyncio.sleep(rest)
            with contextlib.suppress(ZccError):
                await self.start()

    async def stop(self) -> None:
        """End it: asked first, then by force."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        for ask in (process.terminate, process.kill):
            with contextlib.suppress(ProcessLookupError):
                ask()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(STOP_S):
                    await process.wait()
                    return

"""Starting the courier from the console: if none runs, one is started in a session of its own and left alone.

Standard library only; the console imports this.
"""

from __future__ import annotations

import os
import subprocess
import sys

from zcc_console.core.config import Profile
from zcc_console.store.locks import ProcessLock

LOCK = "courier.lock"
CONSOLE_LOCK = "console.lock"
SOCKET = "courier.sock"
CONSOLE_SOCKET = "console.sock"
STATUS = "courier.status"
LOG = "courier.log"
BALLAST = "ballast"

# A shell in between, which ends at once: so the courier is no child of the console and outlives it, unseen by its
# terminal, and never a zombie of it.
_LAUNCH = '"$@" </dev/null >/dev/null 2>&1 &'


def ensure_courier(profile: Profile) -> None:
    """Start a courier for this desk if none runs. Returns at once; a second one would see the first and leave."""
    if ProcessLock(profile.state_dir / LOCK).holder() is not None:
        return
    command = [sys.executable, "-P", "-m", "zcc_console", "courier", "--profile", str(profile.path.resolve())]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TEXTUAL")}
    subprocess.run(  # noqa: S603 - our own program, no words from outside
        ["/bin/sh", "-c", _LAUNCH, "sh", *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        cwd="/",
        env=environment,
        check=False,
    )

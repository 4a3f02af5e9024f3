"""What the courier says of itself outside its databases, for every console and `doctor`: never patient data.

Standard library only; the console imports this.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from zcc_console.core.clock import Clock, rfc3339
from zcc_console.core.files import write_private
from zcc_console.core.jsontypes import as_object, as_text
from zcc_console.courier.start import STATUS

RUNNING = "running"
STOPPED = "stopped"
FINISHING = "finishing"
"""A newer program took over the journal; this courier brings what is left and ends."""
DISK = "disk"
"""It runs, and its databases cannot be written: the disk is full or read-only."""
FAILED = "failed"
"""It could not open the journal or the cache; `text` says why."""


@dataclass(frozen=True, slots=True)
class CourierStatus:
    """The last word of a courier."""

    state: str
    at: str
    pid: int
    text: str = ""
    """A sentence for a person (Dutch); empty where there is nothing to say."""


def write_status(state_dir: Path, clock: Clock, state: str, text: str = "") -> None:
    """Leave word. A disk that cannot be written is no reason to stop."""
    body = {"state": state, "at": rfc3339(clock.now()), "pid": os.getpid(), "text": text}
    content = json.dumps(body, ensure_ascii=False).encode()
    try:
        write_private(state_dir / STATUS, content)
    except OSError:
        # A full disk still takes it in the place of the last word.
        with suppress(OSError), (state_dir / STATUS).open("r+b") as file:
            file.write(content)
            file.truncate()


def read_status(state_dir: Path) -> CourierStatus | None:
    """The last word of this desk's courier; None where there is none that can be read."""
    try:
        body = as_object(json.loads((state_dir / STATUS).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return None
    pid = body.get("pid")
    return CourierStatus(
        as_text(body.get("state")),
        as_text(body.get("at")),
        pid if isinstance(pid, int) else 0,
        as_text(body.get("text")),
    )

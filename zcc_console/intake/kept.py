"""Keeps what was refused, with the reasons, in private files: nothing that came in is thrown away."""

from __future__ import annotations

import hashlib
from pathlib import Path

from zcc_console.core.clock import Clock, rfc3339
from zcc_console.core.files import create_private


class KeptFolder:
    """A folder of refused input; the same bytes are kept once."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.folder, self._clock = folder, clock

    def keep(self, raw: bytes, reasons: str, suffix: str = ".json") -> Path:
        """Write the input as it came, and the reasons beside it; both 0600. Returns where the input is.

        Raises:
            OSError: the folder cannot be written.
        """
        name = hashlib.sha256(raw).hexdigest()[:20]
        place = self.folder / f"{name}{suffix}"
        create_private(place, raw)
        said = f"{rfc3339(self._clock.now())}\n{reasons}\n"
        create_private(self.folder / f"{name}.reasons.txt", said.encode("utf-8", "replace"))
        return place

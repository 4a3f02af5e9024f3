"""Where a running demo region is, for commands that name none: a private note in the user's state folder. A note of a
demo that has ended counts for nothing."""

from __future__ import annotations

import contextlib
from pathlib import Path

from zcc_console.core.files import write_private
from zcc_console.store.locks import ProcessLock

LOCK = "demo.lock"


def _note() -> Path:
    import platformdirs

    return Path(platformdirs.user_state_dir("zcc-console", appauthor=False)) / "demo-profile"


def announce(folder: Path, profile: Path) -> None:
    """Leave word where the region is; a home that cannot be written is no reason not to start."""
    with contextlib.suppress(OSError):
        write_private(_note(), f"{folder.absolute()}\n{profile.absolute()}\n".encode())


def running_profile() -> Path | None:
    """The first desk's profile of the demo region that runs now, or None."""
    try:
        folder, profile = _note().read_text(encoding="utf-8").splitlines()[:2]
    except (OSError, ValueError, UnicodeDecodeError):
        return None
    if ProcessLock(Path(folder) / LOCK).holder() is None or not Path(profile).exists():
        return None
    return Path(profile)

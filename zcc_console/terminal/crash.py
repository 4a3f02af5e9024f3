"""What may be said about an exception: its type and where it was raised. Never its text or a local: they may be a patient's.

Pure; knows no Textual.
"""

from __future__ import annotations

import sys
import threading
import traceback
from collections import deque
from dataclasses import dataclass
from pathlib import Path

CRASHED = 70
"""The exit code after an exception nobody caught (EX_SOFTWARE)."""
_INNERMOST = 3
_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Crash:
    """An exception without what it was about."""

    kind: str
    """The name of its type."""
    places: tuple[str, ...]
    """`file:line function`, the innermost first."""

    def line(self) -> str:
        """All of it on one line."""
        return f"{self.kind} ({' < '.join(self.places)})" if self.places else self.kind


def describe(error: BaseException) -> Crash:
    """Type and places; of a group, those of the first in it."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    frames = list(traceback.walk_tb(error.__traceback__))[-_INNERMOST:]
    places = [f"{_short(frame.f_code.co_filename)}:{line} {frame.f_code.co_name}" for frame, line in reversed(frames)]
    return Crash(type(error).__name__, tuple(places))


def farewell_line(crash: Crash) -> str:
    """What a person reads after a crash: what happened, what is safe, what to do now."""
    return (
        f"zcc-console is gestopt door een fout: {crash.line()}. "
        "Wat was vastgelegd is bewaard; verzonden overdrachten lopen door. Start opnieuw met: zcc-console console"
    )


class Mishaps:
    """Exceptions outside the app's own loop (threads, callbacks, finalisers): kept as crashes, never printed."""

    def __init__(self) -> None:
        self.seen: deque[Crash] = deque(maxlen=20)

    def add(self, error: BaseException | None) -> None:
        """Keep one."""
        if error is not None:
            self.seen.append(describe(error))

    def watch(self) -> None:
        """Take over the interpreter's hooks, which print the exception's text."""
        sys.excepthook = lambda kind, error, trace: self.add(error)
        threading.excepthook = lambda args: self.add(args.exc_value)
        sys.unraisablehook = lambda args: self.add(args.exc_value)


def _short(filename: str) -> str:
    path = Path(filename)
    if path.is_relative_to(_ROOT) and "site-packages" not in path.parts:
        return str(path.relative_to(_ROOT))
    return "/".join(path.parts[-2:])

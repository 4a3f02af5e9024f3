"""What can be wrong with a protocol set: where, what, and what to do. Never an answer of a patient."""

from __future__ import annotations

from dataclasses import dataclass

from zcc_console.core.errors import ZccError


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong, at a line of a file."""

    file: str
    line: int
    what: str
    remedy: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.what}" + (f" → {self.remedy}" if self.remedy else "")


class ProtocolError(ZccError):
    """A protocol set that cannot be used; `problems` has every one that was found."""

    exit_code = 65  # EX_DATAERR

    def __init__(self, *problems: Problem) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class OverrideRefused(ZccError):
    """An urgency that may not be decided this way; `wants` names what is missing: reason, second, regiearts."""

    def __init__(self, message: str, wants: tuple[str, ...]) -> None:
        self.wants = wants
        super().__init__(message)

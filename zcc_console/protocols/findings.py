"""What a check finds: which rule (P01 …), how grave, where, and the smallest example of it."""

from __future__ import annotations

from dataclasses import dataclass

from zcc_console.core.jsontypes import Json
from zcc_console.protocols.errors import Problem

ERROR = "error"
WARNING = "warning"
NOTE = "note"
_DUTCH = {ERROR: "fout", WARNING: "let op", NOTE: "ter informatie"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a check found; an error keeps the set from loading."""

    check: str
    level: str
    scope: str
    """The protocol's id, `abcd`, `modifiers`, or empty for the whole set."""
    what: str
    example: str = ""

    @property
    def is_error(self) -> bool:
        """Whether the set may not be used."""
        return self.level == ERROR

    def as_problem(self) -> Problem:
        """For a `ProtocolError`."""
        what = f"{self.check} {self.what}" + (f" (voorbeeld: {self.example})" if self.example else "")
        return Problem(self.scope or "set", 0, what)

    def as_json(self) -> dict[str, Json]:
        """For `--json`."""
        return {
            "check": self.check,
            "level": self.level,
            "scope": self.scope,
            "what": self.what,
            "example": self.example or None,
        }

    def __str__(self) -> str:
        example = f"\n      voorbeeld: {self.example}" if self.example else ""
        return f"{self.check}  {_DUTCH[self.level]:<14}  {self.scope or 'set'}: {self.what}{example}"

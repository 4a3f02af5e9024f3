"""What a part of the triage screen is: something that shows a panel and takes keys. And how a call leaves the screen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from zcc_console.widgets.triage_picture import Panel

if TYPE_CHECKING:
    from zcc_console.screens.triage_flow import TriageFlow


class Part(Protocol):
    """What is being worked in: it shows a panel and takes keys."""

    def panel(self, flow: TriageFlow) -> Panel:
        """What it shows."""
        ...

    def press(self, flow: TriageFlow, key: str, character: str | None) -> bool:
        """A key; False where it is nothing to it."""
        ...

    def paste(self, flow: TriageFlow, text: str) -> bool:
        """Pasted text; False where it takes none."""
        ...

    @property
    def typing(self) -> bool:
        """Whether letters and figures are text here."""
        ...


@dataclass(frozen=True, slots=True)
class Ended:
    """The call is no longer worked on here, and what to say of it."""

    says: str

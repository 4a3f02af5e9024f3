"""Which screen belongs to which place, imported when it is first wanted: only the queue is needed for the first paint."""

from __future__ import annotations

import importlib
from typing import Final

from zcc_console.screens.frame import ConsoleScreen

MADE_BY: Final[dict[str, tuple[str, str]]] = {
    "queue": ("zcc_console.screens.queue", "QueueScreen"),
    "triage": ("zcc_console.screens.triage", "TriageScreen"),
    "capacity": ("zcc_console.screens.capacity", "CapacityScreen"),
    "regie": ("zcc_console.screens.regie", "RegieScreen"),
    "help": ("zcc_console.screens.help", "HelpScreen"),
    "keytest": ("zcc_console.screens.keytest", "KeyTestScreen"),
    "settle": ("zcc_console.screens.settle", "SettleScreen"),
    "newcall": ("zcc_console.screens.newcall", "NewCallScreen"),
    "placement": ("zcc_console.screens.placement", "PlacementScreen"),
    "handoffs": ("zcc_console.screens.handoff", "HandoffScreen"),
}
"""Module and class of each place."""
STANDING: Final = ("queue", "triage", "capacity", "regie")
"""Places that a new console comes back to."""


def make(place: str) -> ConsoleScreen:
    """A new screen of a place.

    Raises:
        KeyError: there is no such place; that is a mistake in the program.
    """
    module, name = MADE_BY[place]
    made = getattr(importlib.import_module(module), name)()
    assert isinstance(made, ConsoleScreen)
    return made


def import_all() -> None:
    """Import every screen: off the first paint, so that none of them makes a key wait later."""
    for module, _ in MADE_BY.values():
        importlib.import_module(module)

"""What of the environment reaches the desk, and which terminals it can run on. Runs before Textual is imported."""

from __future__ import annotations

import os
from collections.abc import Mapping

from zcc_console.core.errors import ZccError

LINE_MODE = "zcc-console plain"
"""The way out for a terminal that cannot show the desk."""

_NO_SCREEN = ("dumb",)
_UNKNOWN = ("", "unknown")
# Sizes from here win over the terminal's own and do not follow it; ESCDELAY is the driver's work.
_MISLEADING = ("COLUMNS", "LINES", "ESCDELAY")


class TerminalUnfit(ZccError):
    """The desk cannot be shown on this terminal."""

    exit_code = 69  # EX_UNAVAILABLE


def clean_environment(env: Mapping[str, str]) -> dict[str, str]:
    """The environment for the desk: none of Textual's switches but ours.

    Some of them are dangerous: TEXTUAL_DEBUG writes every key into a file in the current folder, others load code,
    press keys or take pictures. TEXTUAL_DISABLE_KITTY_KEY stays unset: with it, keys arrive as digits.
    """
    kept = {key: value for key, value in env.items() if not key.startswith("TEXTUAL") and key not in _MISLEADING}
    if not wants_no_colour(env):
        kept.pop("NO_COLOR", None)  # Textual takes an empty one for a wish
    kept["TEXTUAL_ANIMATIONS"] = "none"
    kept["TEXTUAL_SMOOTH_SCROLL"] = "0"  # and with it reports of the size among the keys; SIGWINCH tells it
    if env.get("TERM", "") in (*_NO_SCREEN, *_UNKNOWN):
        kept["TEXTUAL_COLOR_SYSTEM"] = "standard"  # Textual would send 24-bit colour
    return kept


def wants_no_colour(env: Mapping[str, str]) -> bool:
    """Whether the person asked for no colour (no-color.org: set, and not empty)."""
    return bool(env.get("NO_COLOR"))


def check_terminal(env: Mapping[str, str], keyboard: int = 0, screen: int = 2) -> None:
    """See that a person sits at a terminal that can show the desk.

    Args:
        env: the environment.
        keyboard: the file that keys come from.
        screen: the file that Textual writes to.

    Raises:
        TerminalUnfit: nobody does, or it cannot; says what to do instead.
    """
    if not os.isatty(keyboard) or not os.isatty(screen):
        raise TerminalUnfit(
            "Het werkstation heeft een terminal nodig (invoer of uitvoer is omgeleid); er is niets gestart. "
            f"Start het zonder omleiding, of gebruik de regelmodus: {LINE_MODE}"
        )
    if env.get("TERM", "") in _NO_SCREEN:
        raise TerminalUnfit(
            f"Deze terminal (TERM={env['TERM']}) kan geen schermbeeld tonen; er is niets gestart. "
            f"Gebruik de regelmodus: {LINE_MODE}"
        )

"""Starting a desk: the profile, the terminal, the launcher, the courier, then the app; each refusal one clear sentence.

The console is on the way of every key press, so this imports the standard library and our own small modules only; the
app comes last.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from zcc_console.core.errors import ConfigError, ZccError

PROFILE_VARIABLE = "ZCC_PROFILE"
INNER = "--inner"
"""Says that the launcher is around us already."""

USAGE = "zcc-console console [--profile BESTAND]"


def default_profile() -> Path:
    """The profile that is used when none is named: `$ZCC_PROFILE`, else the user's own configuration folder."""
    named = os.environ.get(PROFILE_VARIABLE)
    if named:
        return Path(named)
    base = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(base) / "zcc-console" / "profile.toml"


def parse(arguments: list[str]) -> tuple[Path, bool]:
    """The profile, and whether the launcher is around us already.

    Raises:
        ConfigError: an argument that is not known.
    """
    profile: Path | None = None
    inner = False
    rest = list(arguments)
    while rest:
        argument = rest.pop(0)
        if argument == INNER:
            inner = True
        elif argument == "--profile" and rest:
            profile = Path(rest.pop(0))
        elif argument.startswith("--profile="):
            profile = Path(argument.partition("=")[2])
        else:
            raise ConfigError(f"Onbekend argument: {argument}. Gebruik: {USAGE}")
    return (profile or default_profile()).absolute(), inner


def console_main(arguments: list[str]) -> int:
    """Open a desk on this terminal; the exit code."""
    try:
        profile_path, inner = parse(arguments)
        from zcc_console.core.config import load_profile

        profile = load_profile(profile_path)
        if not inner:
            from zcc_console.terminal.launch import launch

            launch(["console", "--profile", str(profile_path), INNER], os.environ)
        from zcc_console.courier.start import ensure_courier

        ensure_courier(profile)
        from zcc_console.app import run_console

        return run_console(profile)
    except ZccError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code

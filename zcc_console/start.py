"""Starting a desk: the terminal, the last queue at once, the profile, the courier, then the app; each refusal one sentence.

The console is on the way of every key press, so this imports the standard library's least and our own small modules; the
app comes last.
"""

from __future__ import annotations

import os
import sys

from zcc_console.core.errors import ConfigError, ZccError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

PROFILE_VARIABLE = "ZCC_PROFILE"
USAGE = "zcc-console console [--profile BESTAND]"
KEYBOARD, SCREEN = 0, 2


def default_profile() -> Path:
    """The profile that is used when none is named: `$ZCC_PROFILE`, else the user's own configuration folder."""
    from pathlib import Path

    named = os.environ.get(PROFILE_VARIABLE)
    if named:
        return Path(named)
    base = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(base) / "zcc-console" / "profile.toml"


def parse(arguments: list[str]) -> str:
    """The profile's absolute path.

    Raises:
        ConfigError: an argument that is not known.
    """
    profile = ""
    rest = list(arguments)
    while rest:
        argument = rest.pop(0)
        if argument == "--profile" and rest:
            profile = rest.pop(0)
        elif argument.startswith("--profile="):
            profile = argument.partition("=")[2]
        else:
            raise ConfigError(f"Onbekend argument: {argument}. Gebruik: {USAGE}")
    return os.path.abspath(profile or default_profile())  # noqa: PTH100 - pathlib costs as much as the still frame


def console_main(arguments: list[str]) -> int:
    """Open a desk on this terminal; the exit code. Returns twice: in the desk, and in the launcher that outlives it."""
    keep_out_of_the_way()
    try:
        profile = parse(arguments)
        _check_terminal(profile)
        from zcc_console.terminal.launch import launch

        return launch(lambda: _desk(profile), KEYBOARD, SCREEN)
    except ZccError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code


def _check_terminal(profile: str) -> None:
    from zcc_console.terminal.environment import TerminalUnfit, check_terminal

    try:
        check_terminal(os.environ, KEYBOARD, SCREEN)
    except TerminalUnfit:
        _load(profile)  # what is wrong with the profile is the more useful word
        raise


def _load(profile: str) -> Profile:
    from pathlib import Path

    from zcc_console.core.config import load_profile

    return load_profile(Path(profile))


def _desk(profile_path: str) -> int:
    """The desk itself, in its own process."""
    import gc

    from zcc_console.terminal import still
    from zcc_console.terminal.environment import clean_environment

    gc.disable()  # until the first paint: all that is made now stays
    try:
        show_glimpse(profile_path)
        environment = clean_environment(os.environ)
        os.environ.clear()
        os.environ.update(environment)
        profile = _load(profile_path)
        from zcc_console.courier.start import ensure_courier

        ensure_courier(profile)
        from zcc_console.app import run_console

        return run_console(profile)
    except KeyboardInterrupt:
        return 130
    finally:
        still.withdraw(SCREEN)


def show_glimpse(profile_path: str) -> bool:
    """Show the queue as the last console had it, if it was lately; whether there was anything to show."""
    from zcc_console.store.glimpse import NAME, look
    from zcc_console.terminal.still import show_still

    folder = _state_folder(profile_path)
    lines = look(f"{folder}/{NAME}", f"{folder}/desk.key")
    if not lines:
        return False
    try:
        columns, rows = os.get_terminal_size(SCREEN)
    except OSError:
        return False
    return show_still(lines, SCREEN, columns or 80, rows or 24)


def _state_folder(profile_path: str) -> str:
    """Where the profile says its state lies, guessed without reading TOML: a wrong guess finds no glimpse, no more."""
    folder = os.path.dirname(profile_path)  # noqa: PTH120
    try:
        with open(profile_path, encoding="utf-8") as file:  # noqa: PTH123
            for line in file:
                name, _, value = line.partition("=")
                if name.strip() == "state":
                    return f"{folder}/{value.strip().strip(chr(34))}"
    except (OSError, UnicodeDecodeError):
        return folder
    return folder


def keep_out_of_the_way() -> None:
    """Nothing in the folder a person stands in may be imported, and no ssl: the console knows no network, and asyncio does
    without it (a twentieth of the start)."""
    if not sys.flags.safe_path and sys.path:
        del sys.path[0]
    sys.modules.setdefault("ssl", None)  # type: ignore[arg-type]


if TYPE_CHECKING:
    from zcc_console.core.config import Profile

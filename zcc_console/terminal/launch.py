"""Becomes the launcher: the sh program that runs the desk and says the terminal's farewell when it has ended, however.

Imports nothing but the standard library and our own small modules, because it runs before the desk does.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import NoReturn

from zcc_console.core.files import data_dir
from zcc_console.terminal.environment import check_terminal, clean_environment

_SHELL = "/bin/sh"


def launch_command(arguments: Sequence[str], python: str = sys.executable) -> list[str]:
    """The command that runs `python -m zcc_console ARGUMENTS` under the launcher.

    `-P` keeps the current folder off the path: a file in it that has a module's name would be run.
    """
    launcher = data_dir() / "launcher" / "zcc-desk.sh"
    return [_SHELL, str(launcher), python, "-P", "-m", "zcc_console", *arguments]


def launch(arguments: Sequence[str], env: Mapping[str, str]) -> NoReturn:
    """Replace this process by the launcher; the exit code will be the desk's.

    Args:
        arguments: what the inner `zcc-console` is given; with them it must start the desk, not launch again.
        env: the environment to clean and pass on.

    Raises:
        TerminalUnfit: this terminal cannot show the desk.
        ConfigError: the launcher is not there; the installation is damaged.
    """
    check_terminal(env)
    command = launch_command(arguments)
    os.execve(command[0], command, clean_environment(env))  # noqa: S606

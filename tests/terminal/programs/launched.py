"""Runs a command under the launcher, as a desk runs: `python -m tests.terminal.programs.launched COMMAND ...`."""

from __future__ import annotations

import os
import sys

from zcc_console.terminal.launch import launch


def command() -> int:
    """Become the command."""
    os.execvp(sys.argv[1], sys.argv[1:])


if __name__ == "__main__":
    sys.exit(launch(command))

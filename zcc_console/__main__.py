"""The program's entrance: answers `--version` at once, sees that nothing it makes is readable by others, and hands over.

Imports as little as it can: what a command needs is imported by that command.
"""

from __future__ import annotations

import os
import resource
import sys


def main() -> int:
    """Run the command line; the exit code. An error of ours is a sentence already; any other shows its type and place,
    never its text or a local: they may be a patient's."""
    try:
        return _run()
    except Exception as error:
        from zcc_console.terminal.crash import CRASHED, describe, farewell_line

        sys.stderr.write(farewell_line(describe(error)) + "\n")
        return CRASHED


def _run() -> int:
    if sys.argv[1:] == ["--version"]:
        from zcc_console import __version__

        sys.stdout.write(f"zcc-console {__version__}\n")
        return 0
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # no patient in a core dump
    if sys.argv[1:2] == ["console"] and "--help" not in sys.argv:
        from zcc_console.start import console_main

        return console_main(sys.argv[2:])
    from zcc_console.cli import run

    return run()


if __name__ == "__main__":
    sys.exit(main())

"""Runs the desk in a process of its own and says the terminal's farewell for it when it has ended, however.

No process can do that for itself after SIGKILL, or when its window is frozen while it ends. A fork and no new program: the
desk goes on in this interpreter, and what waits for it costs next to nothing. It imports little, because every start
passes here.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal as _signal
else:
    import _signal  # what `signal` wraps in enumerations, whose import takes longer than a still frame

# CAN ends a sequence that was cut off. Then: frames, paste, wrap, kitty's keys, mouse, focus. The cursor is saved before
# the alternate screen is left, so that leaving it twice does not bring back an old place. Last: cursor, colours.
FAREWELL = (
    b"\x18\x1b[?2026l\x1b[?2004l\x1b[?7h\x1b[<u\x1b[?1000l\x1b[?1003l\x1b[?1006l\x1b[?1004l"
    b"\x1b7\x1b[?1049l\x1b[?25h\x1b[0m"
)


def launch(desk: Callable[[], int], keyboard: int = 0, screen: int = 2) -> int:
    """Run a desk in a child process, wait for its end, and leave the terminal as terminals are.

    What would end the launcher is passed on to the desk, or is nothing to it. Returns in both processes: in the child what
    `desk` returns, in the parent the code with which the child ended (128 and the signal's number where one ended it).

    Args:
        desk: runs the desk; its exit code. It is started with SIGHUP ignored: its driver sets its own handler.
        keyboard: the terminal, where its modes are set.
        screen: the same terminal, where it is written to.
    """
    child = 0

    def pass_on(signum: int, _: object) -> None:
        if child:
            try:
                os.kill(child, signum)
            except ProcessLookupError:
                return

    sys.stdout.flush()
    for nothing in (_signal.SIGHUP, _signal.SIGTSTP):
        _signal.signal(nothing, _signal.SIG_IGN)
    for passed in (_signal.SIGTERM, _signal.SIGINT):
        _signal.signal(passed, pass_on)
    child = os.fork()
    if child == 0:
        for own, usual in (
            (_signal.SIGTSTP, _signal.SIG_DFL),
            (_signal.SIGTERM, _signal.SIG_DFL),
            (_signal.SIGINT, _signal.default_int_handler),
        ):
            _signal.signal(own, usual)
        return desk()
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    _farewell(keyboard, screen)
    return code if code >= 0 else 128 - code


def _farewell(keyboard: int, screen: int) -> None:
    import termios

    try:
        os.write(screen, FAREWELL)
        modes = termios.tcgetattr(keyboard)
        modes[0] |= termios.BRKINT | termios.ICRNL | termios.IXON
        modes[1] |= termios.OPOST | termios.ONLCR
        modes[3] |= termios.ECHO | termios.ECHOE | termios.ECHOK | termios.ICANON | termios.IEXTEN | termios.ISIG
        termios.tcsetattr(keyboard, termios.TCSADRAIN, modes)
    except (OSError, termios.error):  # the terminal is gone
        return

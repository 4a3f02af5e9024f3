"""Writes frames to a terminal that may have stopped reading, without ever making the screen's loop wait.

Knows no Textual: bytes in, one thread that writes, and word of when to stop making frames and when to go on.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable

PIECE = 2048
"""Bytes for one write: what a blocked terminal takes in one go stays small."""
FULL = 64 * 1024
"""Bytes that may wait before frames are held back."""
OLD = 0.5
"""Seconds that the oldest bytes may wait before frames are held back."""
FAREWELL = 1.0
"""Seconds that closing waits for what is still to be written."""


class Writer:
    """A queue without bounds and a daemon thread that empties it.

    Nothing is ever dropped: when too much waits, `congested` becomes true so that no new frames are made, and false
    again once all is written. `changed` is called after each turn, in whichever thread finds out.
    """

    def __init__(self, fd: int, changed: Callable[[], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._fd = fd
        self._changed = changed
        self._clock = clock
        self._queue: deque[tuple[float, bytes]] = deque()
        self._waiting = 0
        self._oldest: float | None = None
        self.congested = False
        """Whether so much waits that new frames would only add to it."""
        self._closing = False
        self._change = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="zcc-terminal-output", daemon=True)
        self._thread.start()

    def write(self, text: str) -> None:
        """Queue text; returns at once, whatever the terminal does. After `close` it is ignored."""
        data = text.encode("utf-8", "replace")
        now = self._clock()
        with self._change:
            if self._closing or not data:
                return
            self._queue.append((now, data))
            self._waiting += len(data)
            if self._oldest is None:
                self._oldest = now
            full = not self.congested and (self._waiting > FULL or now - self._oldest > OLD)
            if full:
                self.congested = True
            self._change.notify()
        if full:
            self._changed()

    def close(self, patience: float = FAREWELL) -> bool:
        """Write what is left, waiting at most `patience` seconds; False if the terminal did not take it all."""
        with self._change:
            self._closing = True
            self._change.notify()
        if threading.current_thread() is not self._thread:
            self._thread.join(patience)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while True:
            with self._change:
                while not self._queue and not self._closing:
                    self._change.wait()
                if not self._queue:
                    return
                stamp, data = self._queue.popleft()
                self._oldest = stamp
            gone = not self._put(data)
            with self._change:
                if gone:  # the terminal is no more; the input side says so
                    self._queue.clear()
                    self._waiting = 0
                else:
                    self._waiting -= len(data)
                drained = not self._queue
                if drained:
                    self._oldest = None
                eased = drained and self.congested
                if eased:
                    self.congested = False
            if eased:
                self._changed()

    def _put(self, data: bytes) -> bool:
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._fd, view[:PIECE]) :]
        except OSError:
            return False
        return True

"""One console and one courier a profile: kernel locks on files (gone with the process, never by age), and wake-ups
that are only hints. Nothing but tidiness depends on them; the databases are the truth."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import socket
import time
from pathlib import Path

from zcc_console.core.errors import AlreadyRunning
from zcc_console.core.files import private_dir

WAKE = b"w"
LEAVE = b"l"


class ProcessLock:
    """An exclusive `flock` on a file that names its holder's process id."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd: int | None = None

    def acquire(self) -> bool:
        """Take the lock if it is free."""
        private_dir(self.path.parent)
        fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(fd)
            return False
        os.ftruncate(fd, 0)
        os.pwrite(fd, f"{os.getpid()}\n".encode("ascii"), 0)
        self._fd = fd
        return True

    def release(self) -> None:
        """Give it back; the file stays."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def holder(self) -> int | None:
        """The process that holds it now, or None where it is free (or held by this object)."""
        try:
            fd = os.open(self.path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            text = os.pread(fd, 32, 0).decode("ascii", "replace").strip()
            return int(text) if text.isdecimal() else 0
        finally:
            os.close(fd)
        return None


def take_place(lock: ProcessLock, ask: Path, patience_s: float = 2.0) -> None:
    """Take a console's lock: ask the one that holds it to leave, end it after `patience_s`, and take its place.

    Raises:
        AlreadyRunning: it could not be moved (another user's process, or one that the kernel will not end).
    """
    if lock.acquire():
        return
    notify(ask, LEAVE)
    deadline = time.monotonic() + patience_s
    for signal_number, extra in ((None, 0.0), (signal.SIGTERM, 2.0), (signal.SIGKILL, 2.0)):
        if signal_number is not None:
            holder = lock.holder()
            if holder:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(holder, signal_number)
            deadline = time.monotonic() + extra
        while time.monotonic() < deadline:
            if lock.acquire():
                return
            time.sleep(0.02)
    raise AlreadyRunning(
        "Op dit profiel draait al een werkplek die niet wil stoppen. Ga daar verder, of sluit dat venster eerst."
    )


def _address(path: Path) -> tuple[str, int]:
    """A bindable name for a socket in a folder however long its path is (a Unix socket's has 107 bytes)."""
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    return f"/proc/self/fd/{folder}/{path.name}", folder


def listen(path: Path) -> socket.socket:
    """A non-blocking datagram socket at the path, for wake-ups; an old one there is replaced."""
    private_dir(path.parent)
    path.unlink(missing_ok=True)
    name, folder = _address(path)
    receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
    try:
        receiver.bind(name)
        path.chmod(0o600)
    finally:
        os.close(folder)
    return receiver


def notify(path: Path, what: bytes = WAKE) -> bool:
    """Send a wake-up; False where nobody listens. Never blocks, never raises: it is a hint."""
    try:
        name, folder = _address(path)
    except OSError:
        return False
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as sender:
            sender.sendto(what, name)
        return True
    except OSError:
        return False
    finally:
        os.close(folder)


def drain(receiver: socket.socket) -> bytes:
    """All that waits in the socket, without blocking."""
    got = b""
    with contextlib.suppress(BlockingIOError):
        while True:
            got += receiver.recv(16)
    return got

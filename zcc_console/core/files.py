"""Where the package's data lies, and private files: folders 0700, files 0600. Knows nothing of what is in them."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from zcc_console.core.errors import ConfigError


def data_dir() -> Path:
    """The package's data: inside an installed wheel, or `data/` beside the package in a source tree.

    Raises:
        ConfigError: neither is there; the installation is damaged.
    """
    package = Path(__file__).resolve().parent.parent
    for candidate in (package / "_data", package.parent / "data"):
        if (candidate / "protocols").is_dir():
            return candidate
    raise ConfigError(
        "De gegevens van zcc-console zijn niet gevonden; de installatie is beschadigd. Installeer het pakket opnieuw."
    )


def private_dir(path: Path) -> Path:
    """Make the folder (and what is above it) and see that only its owner can enter (0700)."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    if path.stat().st_mode & 0o077:
        path.chmod(0o700)
    return path


def write_private(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, 0600: a temporary beside it, fsync, rename, fsync of the folder."""
    private_dir(path.parent)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(fd, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def create_private(path: Path, content: bytes) -> bool:
    """Create a 0600 file if it is not there, whole or not at all; False if it was there already (races included)."""
    private_dir(path.parent)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(fd, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        try:
            os.link(temporary, path)
        except FileExistsError:
            return False
        return True
    finally:
        temporary.unlink(missing_ok=True)


def is_private(path: Path) -> bool:
    """Whether nobody but the owner can read or write it."""
    return not path.stat().st_mode & 0o077

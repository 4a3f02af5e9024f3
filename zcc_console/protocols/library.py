"""Where the console gets its protocol set: a compiled file in the state folder, made when the sources have changed.

The making is done in a process of its own, so that pydantic and yaml never come into the console; a set that does not
compile never replaces the last good one. All of it may take a second: call it off the first paint.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from zcc_console.core.files import write_private
from zcc_console.core.jsontypes import JsonObject, as_object, as_text
from zcc_console.protocols.compiled import FORMAT, load_compiled
from zcc_console.protocols.errors import Problem, ProtocolError
from zcc_console.protocols.model import ProtocolSet

DEMONSTRATION: Final = "demo-nl"
"""The folder of the set that comes with the program, under `data/protocols`."""
_RECIPE: Final = f"{FORMAT} recipe 1"
"""Changes when compiling gives another result for the same sources."""
_TIMEOUT_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Opened:
    """A set, and what a person must know about how it was found."""

    protocols: ProtocolSet
    notice: str | None
    """Dutch; None when this is the set that the sources give now."""


def open_set(path: Path) -> ProtocolSet:
    """Load a compiled set: standard library only, a few milliseconds.

    Raises:
        ProtocolError: the file is not there or not whole.
    """
    try:
        return load_compiled(path.read_bytes())
    except OSError as error:
        raise ProtocolError(Problem(path.name, 0, f"niet te lezen: {error.strerror}", "maak de set opnieuw")) from error


def open_by_hash(state: Path, wanted: str) -> ProtocolSet | None:
    """The set with this hash, if this desk ever compiled it: a running call stays on the version it began with."""
    folder = state / "protocols"
    digest = wanted.removeprefix("sha256:").encode()
    for path in sorted(folder.glob("*.json")) if folder.is_dir() else ():
        try:
            with path.open("rb") as file:
                begins = file.read(256)
            if digest in begins:
                return open_set(path)
        except (OSError, ProtocolError):
            continue
    return None


def set_for_call(current: ProtocolSet, state: Path, data: JsonObject) -> Opened:
    """The set a stored triage goes on with: the version it began with where this desk has it, else the current one
    with a notice. `data` is a draft or the data of `call.triage`; an empty one is a new call."""
    protocol = as_object(data.get("protocol"))
    wanted = as_text(protocol.get("hash"))
    if not wanted or wanted == current.hash:
        return Opened(current, None)
    found = open_by_hash(state, wanted)
    if found is not None:
        return Opened(found, None)
    began = f"Deze triage begon met protocolversie {as_text(protocol.get('version'), '?')[:20]}, die hier niet is. "
    return Opened(current, began + f"Hij gaat verder met versie {current.version}; loop de antwoorden na.")


def compiled_path(source: Path, state: Path) -> Path:
    """Where the compiled form of these sources belongs, whether or not it is there; its name is their hash.

    Raises:
        ProtocolError: the folder cannot be read.
    """
    digest = hashlib.sha256(_RECIPE.encode())
    try:
        files = sorted(path for path in source.iterdir() if path.suffix == ".yaml")
        for path in files:
            content = path.read_bytes()
            digest.update(f"\n{path.name} {len(content)}\n".encode())
            digest.update(content)
    except OSError as error:
        what = f"map niet te lezen: {error.strerror}"
        raise ProtocolError(Problem(source.name, 0, what, "wijs de map van een protocolset aan")) from error
    return state / "protocols" / f"{source.name}-{digest.hexdigest()[:24]}.json"


def ensure_compiled(source: Path, state: Path) -> Path:
    """The compiled file of these sources; compiled here, in this process, when it is not there yet.

    For the command line and for the process that `open_library` starts; the console calls `open_library`.

    Raises:
        ProtocolError: with every problem; nothing was written.
    """
    path = compiled_path(source, state)
    if not _is_whole(path):
        from zcc_console.protocols.checks import check_set  # yaml and pydantic: not in the console
        from zcc_console.protocols.compiled import compile_set

        raw = compile_set(source)
        errors = [finding.as_problem() for finding in check_set(load_compiled(raw)) if finding.is_error]
        if errors:
            raise ProtocolError(*errors)
        write_private(path, raw)
    _point_at(source, state, path)
    return path


def open_library(source: Path, state: Path) -> Opened:
    """The set of these sources, else the last good one with a notice.

    Raises:
        ProtocolError: neither is there.
    """
    try:
        path = compiled_path(source, state)
        if not _is_whole(path):
            _compile_apart(source, state)
        opened = Opened(open_set(path), None)
        _point_at(source, state, path)
        return opened
    except ProtocolError as error:
        last = _last_good(source, state)
        if last is None:
            raise
        first = str(error).partition("\n")[0]
        return Opened(last, f"De protocolset is niet vernieuwd; versie {last.version} blijft in gebruik. {first}")


def _compile_apart(source: Path, state: Path) -> None:
    command = [sys.executable, "-m", "zcc_console.protocols.commands", "compile", str(source), str(state)]
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and module, no shell
            command, capture_output=True, text=True, timeout=_TIMEOUT_S, stdin=subprocess.DEVNULL, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        what = f"het maken is niet gelukt ({type(error).__name__})"
        raise ProtocolError(Problem(source.name, 0, what, "probeer het opnieuw")) from error
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if line.strip()] or ["geen reden gegeven"]
        raise ProtocolError(*(Problem(source.name, 0, line) for line in lines[:20]))


def _pointer(source: Path, state: Path) -> Path:
    return state / "protocols" / f"{source.name}.current"


def _point_at(source: Path, state: Path, path: Path) -> None:
    """Remember the set as the last good one; a desk that cannot write goes on without."""
    pointer = _pointer(source, state)
    try:
        if not pointer.is_file() or pointer.read_bytes() != path.name.encode():
            write_private(pointer, path.name.encode())
    except OSError:
        return


def _is_whole(path: Path) -> bool:
    try:
        open_set(path)
    except ProtocolError:
        return False
    return True


def _last_good(source: Path, state: Path) -> ProtocolSet | None:
    try:
        name = _pointer(source, state).read_text(encoding="utf-8")
        return open_set(state / "protocols" / Path(name).name)
    except (OSError, UnicodeDecodeError, ProtocolError):
        return None

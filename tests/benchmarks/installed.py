"""The wheel in an environment of its own, as a desk has it: compiled, and with the hash-locked runtime.

An editable install is no measure: a tree without compiled files starts almost four times slower.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Installed:
    """An environment with the wheel in it."""

    python: str
    program: str

    def console(self, profile: Path) -> list[str]:
        """The command a person types."""
        return [self.program, "console", "--profile", str(profile)]

    def anchor(self, *arguments: str) -> list[str]:
        """An anchor under the same interpreter and the same Textual."""
        return [self.python, str(ROOT / "tests" / "benchmarks" / "anchors.py"), *arguments]


def install() -> Installed:
    """Build the wheel and install it; the runtime below it is kept for as long as its lock stays the same."""
    lock = ROOT / "requirements" / "runtime.lock"
    name = hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()[:16]
    home = ROOT / ".venv" / f"bench-{name}"
    python = str(home / "bin" / "python")
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    done = home / ".runtime"
    if not done.exists():
        _run([sys.executable, "-m", "venv", "--clear", str(home)])
        _run([*pip, "--require-hashes", "-r", str(lock)])
        done.touch()
    with tempfile.TemporaryDirectory() as folder:
        _run([sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", folder, str(ROOT)])
        wheel = next(Path(folder).glob("*.whl"))
        _run([*pip, "--no-deps", "--force-reinstall", str(wheel)])
    return Installed(python, str(home / "bin" / "zcc-console"))


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PYTHONDONTWRITEBYTECODE": ""})
    if done.returncode:
        raise SystemExit(f"{command[:4]} failed:\n{done.stdout}{done.stderr}")

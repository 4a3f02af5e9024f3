"""The demonstration set, compiled once, and ways to spoil it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from zcc_console.core.files import data_dir
from zcc_console.protocols.compiled import compile_set, load_compiled, pack
from zcc_console.protocols.model import ProtocolSet

Spoil = Callable[[dict[str, Any]], object]


@pytest.fixture(scope="session")
def source() -> Path:
    """The folder of the demonstration set."""
    return data_dir() / "protocols" / "demo-nl"


@pytest.fixture(scope="session")
def raw(source: Path) -> bytes:
    """Its compiled file."""
    return compile_set(source)


@pytest.fixture(scope="session")
def demo(raw: bytes) -> ProtocolSet:
    """The demonstration set."""
    return load_compiled(raw)


@pytest.fixture
def copy(source: Path, tmp_path: Path) -> Path:
    """A copy of the demonstration set to edit."""
    target = tmp_path / "set"
    shutil.copytree(source, target)
    return target


@pytest.fixture
def spoiled(raw: bytes) -> Callable[[Spoil], ProtocolSet]:
    """The demonstration set after a change to its compiled content."""

    def make(spoil: Spoil) -> ProtocolSet:
        content = json.loads(raw)["set"]
        spoil(content)
        return load_compiled(pack(content))

    return make

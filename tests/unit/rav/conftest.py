"""An exercise control room on a manual clock."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rav.region import Room, open_room


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    """An exercise control room."""
    opened = open_room(tmp_path)
    yield opened
    opened.gateway.close()

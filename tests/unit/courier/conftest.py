"""A simulated courier in a folder of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.courier.sim import Sim, simulation


@pytest.fixture
def sim(tmp_path: Path) -> Iterator[Sim]:
    with simulation(tmp_path) as made:
        yield made

"""The demo's region and figures, read once for all its tests."""

from __future__ import annotations

import pytest

from zcc_console.demo.figures import Figures, load_figures
from zcc_console.demo.region import Region, load_region


@pytest.fixture(scope="session")
def region() -> Region:
    return load_region("hollandrijn")


@pytest.fixture(scope="session")
def figures() -> Figures:
    return load_figures()

"""What the pilot tests share: a real desk on a made-up evening, in a folder of the test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pilot.evening import Evening


@pytest.fixture
def evening(tmp_path: Path) -> Iterator[Evening]:
    """The picture's evening, at desk 07."""
    made = Evening.open(tmp_path / "desk")
    yield made
    made.close()


@pytest.fixture
def night_of_the_supervisor(tmp_path: Path) -> Iterator[Evening]:
    """The same, for the supervisor."""
    made = Evening.open(tmp_path / "desk", role="supervisor")
    yield made
    made.close()

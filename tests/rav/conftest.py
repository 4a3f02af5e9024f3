"""Fixtures for the gateway over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rav.client import TestClient
from tests.rav.region import TOKENS, Room, open_room
from zcc_console.rav.access import Tokens
from zcc_console.rav.server import make_app


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    """An exercise control room."""
    opened = open_room(tmp_path)
    yield opened
    opened.gateway.close()


@pytest.fixture
def client(room: Room) -> Iterator[TestClient]:
    """Its HTTP side."""
    with TestClient(make_app(room.gateway, Tokens(TOKENS)), raise_server_exceptions=False) as opened:
        yield opened

"""The core knows no screen and the console no network, in a fresh interpreter: what is imported counts, not what is written."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

SCREEN = ("textual", "rich")
NETWORK = ("httpx", "pydantic", "sqlite_utils", "fastapi", "uvicorn", "sqlalchemy", "httpx_sse", "fhir")
CORE = [
    "zcc_console.core.handoff",
    "zcc_console.core.config",
    "zcc_console.text",
    "zcc_console.models.command",
    "zcc_console.protocols.engine",
    "zcc_console.protocols.session",
    "zcc_console.protocols.loader",
    "zcc_console.store.journal",
    "zcc_console.store.cache",
    "zcc_console.desk.desk",
    "zcc_console.hub.service",
    "zcc_console.rav.gateway",
    "zcc_console.courier.machine",
    "zcc_console.plain",
]


def loaded_by(statement: str) -> set[str]:
    """The top-level modules that a fresh interpreter has loaded after a statement."""
    code = f"import sys, json; before = set(sys.modules); {statement}; print(json.dumps(sorted(set(sys.modules) - before)))"
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in json.loads(done.stdout)}


@pytest.mark.parametrize("module", CORE)
def test_the_core_imports_no_screen(module: str) -> None:
    assert not loaded_by(f"import {module}") & set(SCREEN)


def test_the_consoles_app_imports_nothing_that_costs_half_a_start() -> None:
    loaded = loaded_by("import zcc_console.app, zcc_console.start")
    assert "textual" in loaded
    assert not loaded & set(NETWORK)


def test_every_screen_of_the_console_keeps_to_that() -> None:
    loaded = loaded_by(
        "import zcc_console.app; from zcc_console.screens.places import MADE_BY; [__import__(module) for module, _ in MADE_BY.values()]"
    )
    assert not loaded & set(NETWORK)


def test_the_console_starts_without_click_and_asyncio_servers() -> None:
    loaded = loaded_by("import zcc_console.start, zcc_console.__main__")
    assert not loaded & {"click", "textual", "rich", *NETWORK}


def test_the_version_is_told_without_textual() -> None:
    code = (
        "import sys; sys.argv = ['zcc-console', '--version']; import zcc_console.__main__ as m; m.main(); "
        "assert not {'textual', 'rich', 'click'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("zcc-console ")


def test_the_help_lists_every_command_without_importing_a_room() -> None:
    code = (
        "import sys; sys.argv = ['zcc-console', '--help']; import zcc_console.__main__ as m\n"
        "try: m.main()\nexcept SystemExit: pass\n"
        "assert not {'textual', 'httpx', 'fastapi', 'pydantic', 'sqlalchemy'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    for name in ("console", "demo", "hub", "rav", "courier", "intake", "protocols", "plain", "token"):
        assert name in done.stdout

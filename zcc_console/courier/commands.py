"""The command `zcc-console courier`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(name="courier", help="Bezorgt wat deze werkplek vastlegde en houdt haar beeld van de regio gelijk.")
@click.option(
    "--profile",
    "profile_path",
    required=True,
    type=click.Path(path_type=Path),
    help="Het profiel van de werkplek (TOML).",
)
def courier(profile_path: Path) -> None:
    """Run this desk's courier in the foreground until it is told to stop."""
    from zcc_console.core.config import load_profile
    from zcc_console.courier.process import run

    raise SystemExit(run(load_profile(profile_path)))

"""`zcc-console demo`: a living demo region, with a desk on it or for scripts. Only wiring."""

from __future__ import annotations

from pathlib import Path

import click

SEED = 2026


@click.command("demo")
@click.option("--headless", is_flag=True, help="Zonder desk: druk één regel JSON af en draai tot een signaal.")
@click.option("--seed", type=click.IntRange(0, 2**31), default=SEED, show_default=True, help="Dezelfde nacht opnieuw.")
@click.option(
    "--speed",
    type=click.FloatRange(0.1, 1000),
    default=1.0,
    show_default=True,
    help="Hoeveel keer zo snel oproepen en collega's gaan.",
)
@click.option(
    "--state",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="Bewaar de regio in deze map; een herstart gaat daar verder. Anders verdwijnt zij na afloop.",
)
@click.option(
    "--desks",
    type=click.IntRange(1, 250),
    default=3,
    show_default=True,
    help="Hoeveel profielen er gemaakt worden: 07 (triagist), 12 (HAP-assistent), 01 (regie), daarna 20 en verder.",
)
def demo(headless: bool, seed: int, speed: float, state: Path | None, desks: int) -> None:
    """Start een levende oefenregio en open er een desk op.

    De regio is verzonnen: niemand en niets erin bestaat. Andere desks op dezelfde regio open je in een ander venster met
    `zcc-console console --profile MAP/desks/12/profile.toml`; MAP is wat je bij --state noemde.
    """
    from zcc_console.demo.region_run import Options, run

    path = None if state is None else state.absolute()
    raise SystemExit(run(Options(seed=seed, speed=speed, state=path, desks=desks, headless=headless)))

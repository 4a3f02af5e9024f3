"""`zcc-console hub`: serve a region, and begin a new epoch. Only wiring; what is heavy is imported when it is used."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from zcc_console.core.config import HubConfig, load_hub_config
from zcc_console.core.errors import ConfigError

CONFIG = click.Path(path_type=Path, dir_okay=False)


@click.group(invoke_without_command=True)
@click.option("--config", "config_path", type=CONFIG, help="De configuratie van de hub (TOML).")
@click.option("--port", type=click.IntRange(0, 65535), help="Een andere poort dan in de configuratie; 0: een vrije.")
@click.option("--host", help="Een ander adres dan in de configuratie; buiten deze machine alleen met allow_remote.")
@click.pass_context
def hub(context: click.Context, config_path: Path | None, port: int | None, host: str | None) -> None:
    """Start de hub van een regio.

    Zonder opdracht erachter wordt de hub gestart; hij drukt één regel JSON af zodra hij bereikbaar is.
    """
    if context.invoked_subcommand is not None:
        return
    if config_path is None:
        raise click.UsageError("Geef de configuratie op met --config FILE.")
    config = load_hub_config(config_path)
    if port is not None:
        config = replace(config, port=port)
    if host is not None:
        config = replace(config, host=host)
    if config.host not in ("127.0.0.1", "::1", "localhost") and not config.allow_remote:
        raise ConfigError(
            f"Het adres {config.host} is buiten deze machine bereikbaar. Er is niets gestart; zet allow_remote = true in "
            f"{config_path} als dat de bedoeling is."
        )
    serve(config)


def serve(config: HubConfig) -> None:
    """Serve until told to stop."""
    from zcc_console.hub.serve import serve as run

    run(config)


@hub.command("reset-desk")
@click.argument("desk")
@click.option("--config", "config_path", type=CONFIG, required=True, help="De configuratie van de hub.")
def reset_desk(desk: str, config_path: Path) -> None:
    """Geef een werkplek vrij die ten onrechte "dubbel in gebruik" meldt.

    Stop de hub eerst. Er gaat niets verloren: alleen welk journaal van de werkplek het nieuwste is, wordt vergeten.
    """
    from zcc_console.hub.service import Region

    region = Region.open(load_hub_config(config_path))
    try:
        if region.reset_desk(desk):
            click.echo(f"Werkplek {desk} is vrijgegeven. Start de hub weer; de werkplek meldt zich vanzelf.")
        else:
            click.echo(f"Van werkplek {desk} is hier niets bekend. Er is niets gewijzigd.")
    finally:
        region.close()


@hub.command("new-epoch")
@click.option("--config", "config_path", type=CONFIG, required=True, help="De configuratie van de hub.")
def new_epoch(config_path: Path) -> None:
    """Begin een nieuw tijdperk na het terugzetten van een back-up van de hele machine.

    Een teruggezet of gekopieerd databasebestand merkt de hub zelf. Zet u file en merkteken samen terug (een momentopname
    van de hele machine), doe dit dan voor de start: alle desks laden opnieuw en sturen wat de hub kan missen.
    """
    from zcc_console.hub.service import Region

    region = Region.open(load_hub_config(config_path))
    try:
        region.ledger.new_epoch("by-hand")
        click.echo(
            f"Nieuw tijdperk; de stand is nu {region.head()}. Start de hub weer: de desks laden vanzelf opnieuw."
        )
    finally:
        region.close()

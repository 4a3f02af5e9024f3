"""The command line: a group whose commands are imported only when they are used. It knows no room from the inside."""

from __future__ import annotations

import importlib
import sys
from typing import ClassVar

import click

from zcc_console.core.errors import ZccError

_COMMANDS: dict[str, tuple[str, str, str]] = {
    "console": ("zcc_console.cli", "console", "Open een desk op deze terminal."),
    "plain": ("zcc_console.plain", "plain", "Regelmodus: dezelfde desk zonder scherm (schermlezer, smalle lijn)."),
    "demo": ("zcc_console.demo.commands", "demo", "Start een levende oefenregio en open er een desk op."),
    "hub": ("zcc_console.hub.commands", "hub", "Start de hub van een regio."),
    "rav": ("zcc_console.rav.commands", "rav", "Start een RAV-gateway (simulator) of bekijk wat er aankwam."),
    "courier": ("zcc_console.courier.commands", "courier", "Start de koerier van een desk (doet de console vanzelf)."),
    "intake": ("zcc_console.intake.commands", "intake", "Breng oproepen of capaciteit in: FHIR, CSV of JSON Lines."),
    "protocols": ("zcc_console.protocols.commands", "protocols_group", "Controleer en bekijk protocollen."),
    "token": ("zcc_console.tokens", "token", "Maak een token voor een desk, bron of aanbieder."),
}
"""Name to module, attribute and one line of help: the help needs no room to be imported."""


class Rooms(click.Group):
    """A group that lists its commands without importing them."""

    lines: ClassVar[dict[str, tuple[str, str, str]]] = _COMMANDS

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.lines)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = self.lines.get(cmd_name)
        if entry is None:
            return None
        module, attribute, _ = entry
        command = getattr(importlib.import_module(module), attribute)
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Opdrachten"):
            formatter.write_dl([(name, text) for name, (_, _, text) in self.lines.items()])


@click.command("group", cls=Rooms, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--version", is_flag=True, help="Toon de versie.")
@click.pass_context
def cli(ctx: click.Context, version: bool) -> None:
    """zcc-console: de werkplek van een zorgcoördinatiecentrum.

    `zcc-console demo` laat alles zien op een oefenregio. Een echte desk begint met een profiel:
    `zcc-console console --profile BESTAND`. De meegeleverde protocollen zijn een demonstratie, niet voor zorg.
    """
    if version:
        from zcc_console import __version__

        click.echo(f"zcc-console {__version__}")
        ctx.exit()


@click.command("console")
@click.option("--profile", type=str, default=None, help="Het profiel van de desk (anders $ZCC_PROFILE).")
def console(profile: str | None) -> None:
    """Open een desk op deze terminal.

    De toetsen staan in het scherm zelf: ? geeft hulp, F9 of Ctrl+G draagt over aan de RAV.
    """
    from zcc_console.start import console_main

    raise SystemExit(console_main(["--profile", profile] if profile else []))


def run() -> int:
    """Run the command line; every error of ours is one sentence and an exit code."""
    try:
        cli.main(prog_name="zcc-console", standalone_mode=False)
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except click.Abort:
        sys.stderr.write("Afgebroken.\n")
        return 130
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except ZccError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    except BrokenPipeError:
        return 141
    return 0

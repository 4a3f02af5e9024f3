"""`zcc-console rav`: serve the gateway, and the commands beside it that work on the same database. Only wiring."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zcc_console.core.clock import SystemClock
from zcc_console.core.config import RavConfig, load_rav_config, read_token
from zcc_console.core.errors import AlreadyRunning, ConfigError, ZccError
from zcc_console.core.ids import ClockIds

if TYPE_CHECKING:
    from zcc_console.rav.gateway import Gateway

CONNECTIONS = 1000
"""More at once are told to come back later (503)."""

CONFIG = click.Path(path_type=Path, dir_okay=False)


@contextmanager
def _clear_errors() -> Iterator[None]:
    """One sentence and an exit code instead of a traceback."""
    try:
        yield
    except ZccError as error:
        click.echo(str(error), err=True)
        raise SystemExit(error.exit_code) from None


def _config_option(command: click.decorators.FC) -> click.decorators.FC:
    return click.option("--config", "config_path", type=CONFIG, required=True, help="De configuratie van de gateway.")(
        command
    )


def open_gateway(config: RavConfig, *, serving: bool) -> Gateway:
    """The gateway of a configuration.

    Raises:
        ZccError: a switch that does not exist, a database that cannot be opened, a real gateway told to simulate.
    """
    from zcc_console.rav.behaviour import BEHAVIOUR, patched
    from zcc_console.rav.floor import Identity
    from zcc_console.rav.gateway import Gateway
    from zcc_console.rav.store import Mark, Store, database_path

    behaviour = patched(BEHAVIOUR, config.behaviour)
    if config.behaviour and not config.exercise:
        raise ConfigError(
            f"{config.path}: [behaviour] hoort niet bij een echte meldkamer (exercise = false). Niets is gestart; "
            "haal die tabel weg."
        )
    path = database_path(config.database, config.path)
    clock = SystemClock()
    return Gateway(
        Store(path, config.key_file),
        Mark(path.with_name(path.name + ".mark")),
        Identity(config.id, config.name, config.exercise),
        clock=clock,
        ids=ClockIds(clock),
        chance=random.Random(),
        behaviour=behaviour,
        serving=serving,
    )


@click.group(invoke_without_command=True)
@click.option("--config", "config_path", type=CONFIG, help="De configuratie van de gateway (TOML).")
@click.option("--port", type=click.IntRange(0, 65535), help="Een andere poort dan in de configuratie; 0: een vrije.")
@click.pass_context
def rav(context: click.Context, config_path: Path | None, port: int | None) -> None:
    """Speel een meldkamer ambulancezorg: voor training, demo en tests.

    Zonder opdracht erachter wordt de gateway gestart; zij drukt één regel JSON af zodra zij bereikbaar is.
    """
    if context.invoked_subcommand is not None:
        return
    if config_path is None:
        raise click.UsageError("Geef de configuratie op met --config FILE.")
    with _clear_errors():
        config = load_rav_config(config_path)
        serve(config if port is None else replace(config, port=port))


def serve(config: RavConfig) -> None:
    """Serve until told to stop.

    Raises:
        ZccError: a busy port, another gateway on this database, an unreadable token.
    """
    import logging

    import uvicorn

    from zcc_console.rav.access import Tokens
    from zcc_console.rav.push import pusher
    from zcc_console.rav.server import make_app
    from zcc_console.rav.store import database_path
    from zcc_console.store.locks import ProcessLock

    path = database_path(config.database, config.path)
    lock = ProcessLock(path.with_name(path.name + ".lock"))
    if not lock.acquire():
        raise AlreadyRunning(f"Op {path.name} draait al een gateway. Die blijft werken; stop haar eerst.")
    bound = _bind(config.host, config.port)
    gateway = open_gateway(config, serving=True)
    tell = None
    if config.hub_url is not None:
        if config.hub_token_file is None:
            raise ConfigError(f"{config.path}: hub_token_file ontbreekt bij de hub_url. Niets is gestart; vul het aan.")
        token = read_token(config.hub_token_file)
        tell = pusher(gateway, config.hub_url, token, random.Random(), SystemClock().boot)
    app = make_app(gateway, Tokens(config.tokens), pusher=tell)
    host = f"[{config.host}]" if ":" in config.host else config.host
    ready = {"url": f"http://{host}:{bound.getsockname()[1]}", "pid": os.getpid(), "exercise": config.exercise}

    class Announcing(uvicorn.Server):
        """Says that it serves, once it does."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets=sockets)
            if self.started:
                sys.stdout.write(json.dumps(ready) + "\n")
                sys.stdout.flush()

    # uvicorn would log tracebacks, and those may hold a patient's words; the app says its own line.
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
    server = Announcing(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=1,
            server_header=False,
            limit_concurrency=CONNECTIONS,
        )
    )
    with contextlib.suppress(KeyboardInterrupt):
        server.run(sockets=[bound])
    gateway.close()


def _bind(host: str, port: int) -> socket.socket:
    # Named as TCP, or asyncio leaves Nagle's algorithm on: 40 ms on every answer over a kept connection.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise ConfigError(
            f"Poort {port} op {host} is niet te gebruiken ({error.strerror}). Er is niets gestart; kies een andere met "
            "--port, of 0 voor een vrije."
        ) from None
    return bound


@rav.command("set")
@_config_option
@click.option("--reset", is_flag=True, help="Eerst alles terug naar de configuratie.")
@click.argument("switches", nargs=-1, metavar="NAAM=WAARDE…")
def set_switches(config_path: Path, switches: tuple[str, ...], reset: bool) -> None:
    """Zet schakelaars van de simulatie, ook terwijl de gateway draait.

    Zonder NAAM=WAARDE staat er hoe het nu is. Bijvoorbeeld: silent=true accept_after_s=[5,20] recall=too-late

    \b
    opened_after_s, accept_after_s, recall_after_s   seconden: 5, [5,20] of {"median":5,"p90":20}
    reject_next, reject_every, reject_reason         de volgende n, elke n-de, met deze reden
    silent                                           ontvangen, en niemand opent
    accepts_by_message=false                         geopend, en dan helpt alleen bellen
    recall                                           close, too-late of silent
    hang, refuse, refuse_next                        geen antwoord; 503; de volgende n keer 503
    answer_after_s, events_after_s                   late ontvangst; gebeurtenissen later zichtbaar
    duplicate_events, shuffle_events                 dubbel; door elkaar
    reference_prefix, reference_start, dispatchers   eigen nummers en namen
    """
    with _clear_errors():
        patch: dict[str, object] = {}
        for switch in switches:
            name, found, value = switch.partition("=")
            if not found:
                raise ConfigError(f"{switch!r} is geen NAAM=WAARDE. Niets is gewijzigd.")
            try:
                patch[name.strip()] = json.loads(value)
            except ValueError:
                patch[name.strip()] = value
        behaviour = open_gateway(load_rav_config(config_path), serving=False).switch(patch, reset=reset)
        click.echo(json.dumps(behaviour.json(), indent=2, ensure_ascii=False))


@rav.command("show")
@_config_option
def show(config_path: Path) -> None:
    """Laat zien wat er binnengekomen is."""
    from zcc_console.rav.summary import line
    from zcc_console.rav.table import table

    with _clear_errors():
        gateway = open_gateway(load_rav_config(config_path), serving=False)
        now = gateway.now()
        width = shutil.get_terminal_size((120, 40)).columns
        click.echo(table([line(entry, now) for entry in gateway.record()], width), nl=False)


@rav.command("log")
@_config_option
@click.option("--json", "as_json", is_flag=True, help="De hele administratie als JSON.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=1000, help="Hoeveel overdrachten, de nieuwste eerst.")
def log(config_path: Path, as_json: bool, limit: int) -> None:
    """De eigen administratie van de gateway: elk bericht, elke aankomst, elke gebeurtenis."""
    from zcc_console.core.jsontext import dump

    with _clear_errors():
        gateway = open_gateway(load_rav_config(config_path), serving=False)
        record = gateway.record(limit)
        if as_json:
            click.echo(dump({"id": gateway.identity.id, "exercise": gateway.identity.exercise, "handoffs": record}))
            return
        from zcc_console.rav.table import events_table

        click.echo(events_table(record), nl=False)


def _decide(config_path: Path, handoff: str, what: str, by: str, reference: str | None, reason: str | None) -> None:
    from zcc_console.rav.rules import Act

    with _clear_errors():
        gateway = open_gateway(load_rav_config(config_path), serving=False)
        found = gateway.find(handoff)
        if len(found) != 1:
            raise ConfigError(
                f"Er is {'geen' if not found else 'meer dan één'} overdracht {handoff!r}. Niets is gewijzigd; geef het "
                "begin van het id of het kenmerk, zoals `zcc-console rav show` ze toont."
            )
        event = gateway.act(found[0], Act(what), by=by, reference=reference, reason=reason)
        click.echo("Niets gewijzigd: het stond al zo." if event is None else json.dumps(event.json()))


BY = click.option("--by", required=True, help="Wie het doet.")
REASON = click.option("--reason", help="Waarom.")
REFERENCE = click.option("--reference", help="Het eigen nummer van de meldkamer; anders telt zij door.")


@rav.command("open")
@_config_option
@click.argument("handoff")
@BY
def open_one(config_path: Path, handoff: str, by: str) -> None:
    """Open een overdracht: een mens ziet haar."""
    _decide(config_path, handoff, "open", by, None, None)


@rav.command("accept")
@_config_option
@click.argument("handoff")
@BY
@REFERENCE
def accept(config_path: Path, handoff: str, by: str, reference: str | None) -> None:
    """Accepteer een overdracht."""
    _decide(config_path, handoff, "accept", by, reference, None)


@rav.command("reject")
@_config_option
@click.argument("handoff")
@BY
@click.option("--reason", required=True, help="Waarom.")
def reject(config_path: Path, handoff: str, by: str, reason: str) -> None:
    """Weiger een overdracht, met reden."""
    _decide(config_path, handoff, "reject", by, None, reason)


@rav.command("close")
@_config_option
@click.argument("handoff")
@BY
@REASON
def close(config_path: Path, handoff: str, by: str, reason: str | None) -> None:
    """Sluit een overdracht af; met --reason recalled op een herroeping."""
    _decide(config_path, handoff, "close", by, None, reason)


@rav.command("restore")
@_config_option
def restore(config_path: Path) -> None:
    """Zeg na het terugzetten van een back-up dat de gebeurtenissen een miljoen nummers overslaan."""
    with _clear_errors():
        n = open_gateway(load_rav_config(config_path), serving=False).restored()
        click.echo(f"De volgende gebeurtenis krijgt een nummer boven {n}. Wat bewaard was, is er nog.")

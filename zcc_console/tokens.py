"""`zcc-console token`: makes a credential. The token goes to a private file; a server's configuration gets its hash."""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path

import click

from zcc_console.core.errors import ConfigError
from zcc_console.core.files import create_private

TOKEN_BYTES = 32


def new_token() -> str:
    """A fresh token of 256 random bits, as text."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def token_hash(token: str) -> str:
    """What a server keeps of a token: SHA-256, hex."""
    return hashlib.sha256(token.encode("utf-8")).hexdigest()


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def token(file: Path) -> None:
    """Maak een nieuw token in FILE (0600) en toon de regel voor de configuratie van hub of gateway."""
    secret = new_token()
    if not create_private(file, secret.encode("ascii")):
        raise ConfigError(f"{file} bestaat al; er is niets gewijzigd. Kies een andere naam.")
    click.echo(f'sha256 = "{token_hash(secret)}"')

"""`zcc-console intake`: referral messages and exports into a hub. Only wiring: reading, sending and keeping are elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zcc_console.core.clock import SystemClock
from zcc_console.core.config import load_profile, read_token
from zcc_console.core.errors import ConfigError, ZccError
from zcc_console.text import clean

if TYPE_CHECKING:
    from zcc_console.intake.call_rows import Ready
    from zcc_console.intake.client import HubClient
    from zcc_console.intake.delivery import Send
    from zcc_console.intake.kept import KeptFolder
    from zcc_console.intake.rows import BadRow, Row

FILE = click.Path(path_type=Path, dir_okay=False)
FOLDER = click.Path(path_type=Path, file_okay=False)
SOME_REFUSED = 65  # EX_DATAERR


@dataclass(frozen=True, slots=True)
class Target:
    """Where to, with which token, and where what is refused is kept."""

    url: str
    token: str
    refused: Path


@contextmanager
def _clear_errors() -> Iterator[None]:
    """One sentence and an exit code instead of a traceback."""
    try:
        yield
    except ZccError as error:
        click.echo(str(error), err=True)
        raise SystemExit(error.exit_code) from None
    except OSError as error:
        click.echo(f"Dit lukt niet op deze schijf ({error.strerror}): {error.filename}.", err=True)
        raise SystemExit(74) from None


def find_target(
    profile: Path | None, hub: str | None, token_file: Path | None, refused: Path | None, token_name: str
) -> Target:
    """The hub: of a profile (whose token folder holds `<token_name>.token`), or as named.

    Raises:
        ConfigError: too little is given, or a profile or token cannot be used.
    """
    if hub is not None:
        if token_file is None or profile is not None:
            raise ConfigError("Geef bij --hub ook --token-file, en geen --profile. Er is niets ingelezen.")
        if not hub.startswith(("http://", "https://")):
            raise ConfigError(f"{hub!r} is geen http(s)-adres. Er is niets ingelezen.")
        return Target(hub.rstrip("/"), read_token(token_file), refused or _own_folder())
    path = profile or _usual_profile()
    found = load_profile(path)
    token = token_file or found.hub_token_file.parent / f"{token_name}.token"
    return Target(found.hub_url, read_token(token), refused or found.state_dir / "refused")


def _usual_profile() -> Path:
    """The user's own profile; else that of the demo region that runs now, said aloud; else the own one, to complain of."""
    from zcc_console.demo.running import running_profile
    from zcc_console.start import default_profile

    own = default_profile()
    demo = None if own.exists() else running_profile()
    if demo is not None:
        click.echo("Naar de oefenregio die nu draait.", err=True)
    return demo or own


def _own_folder() -> Path:
    import platformdirs

    return Path(platformdirs.user_state_dir("zcc-console", appauthor=False)) / "refused"


def _client(target: Target) -> HubClient:
    import stamina.instrumentation

    from zcc_console.intake.client import HubClient

    stamina.instrumentation.set_on_retry_hooks([])  # its log lines say nothing that a person can use
    return HubClient(target.url, target.token)


def _kept(folder: Path) -> KeptFolder:
    from zcc_console.intake.kept import KeptFolder

    return KeptFolder(folder, SystemClock())


def _target_options(command: Callable[..., None]) -> Callable[..., None]:
    for option in (
        click.option("--dry-run", is_flag=True, help="Alleen lezen en controleren; er gaat niets naar de hub."),
        click.option("--refused", type=FOLDER, help="Waar bewaard wordt wat geweigerd is."),
        click.option(
            "--token-file", type=FILE, help="Het token van deze bron; anders dat naast het token van de desk."
        ),
        click.option("--hub", help="Het adres van de hub."),
        click.option("--profile", type=FILE, help="Een profiel waar de hub in staat (anders $ZCC_PROFILE)."),
    ):
        command = option(command)
    return command


@click.group()
def intake() -> None:
    """Breng oproepen en capaciteit van elders in: verwijsberichten (FHIR R4), CSV, JSON Lines.

    Alles mag twee keer: wat al binnen is, komt er niet dubbel in. Wat geweigerd wordt, wordt met de redenen bewaard.
    """


@intake.command("fhir")
@click.argument("files", nargs=-1, required=True, type=FILE, metavar="BESTAND…")
@_target_options
def fhir(
    files: tuple[Path, ...],
    profile: Path | None,
    hub: str | None,
    token_file: Path | None,
    refused: Path | None,
    dry_run: bool,
) -> None:
    """Zet verwijsberichten (FHIR R4) als oproep in de wachtrij."""
    from zcc_console.intake.client import TurnedDown
    from zcc_console.intake.delivery import call_number, refused_errors
    from zcc_console.intake.fhir import MESSAGE_LIMIT, Refusal, idempotency_key, read_referral, to_call

    with _clear_errors():
        target = None if dry_run else find_target(profile, hub, token_file, refused, "intake")
        client = None if target is None else _client(target)
        refusals = 0

        def refuse(raw: bytes, reasons: str) -> None:
            nonlocal refusals
            refusals += 1
            click.echo(f"{name}: {_cleaned(reasons)}", err=True)
            if target is not None:
                click.echo(f"  Bewaard: {_kept(target.refused).keep(raw, reasons)}", err=True)

        for path in files:
            name = clean(path.name, 120)
            try:
                raw = _read(path, MESSAGE_LIMIT)
            except OSError as error:
                refusals += 1
                click.echo(f"{name}: niet te lezen ({error.strerror}); er is niets van ingelezen", err=True)
                continue
            found = read_referral(raw)
            if isinstance(found, Refusal):
                refuse(raw, found.text())
                continue
            if client is None:
                reason = clean(found.reason or "geen reden", 100)
                click.echo(f"{name}: geldig; {reason} (niet verstuurd)")
                continue
            answer = client.post_call(idempotency_key(found), to_call(found))
            if isinstance(answer, TurnedDown):
                lines = [f"  {field}: {reason}" for field, reason in refused_errors(answer)]
                refuse(
                    raw, "\n".join(["De hub neemt deze verwijzing niet aan; zij staat niet in de wachtrij.", *lines])
                )
            else:
                click.echo(f"{name}: oproep {call_number(answer)} staat in de wachtrij")
        if refusals:
            raise SystemExit(SOME_REFUSED)


def _read(path: Path, limit: int) -> bytes:
    """The file, or one byte more than the limit of it: enough to be refused as too large."""
    with path.open("rb") as file:
        return file.read(limit + 1)


def _cleaned(lines: str) -> str:
    return "\n".join(clean(line, 400) for line in lines.split("\n"))


@intake.command("calls")
@click.argument("file", type=FILE, metavar="BESTAND")
@click.option("--format", "kind", type=click.Choice(["csv", "jsonl"]), help="Anders naar de extensie.")
@click.option(
    "--source",
    type=click.Choice(["hap", "112", "professional", "self-triage", "agency", "manual"]),
    default="hap",
    show_default=True,
    help="De bron, waar de rij er geen noemt.",
)
@_target_options
def calls(
    file: Path,
    kind: str | None,
    source: str,
    profile: Path | None,
    hub: str | None,
    token_file: Path | None,
    refused: Path | None,
    dry_run: bool,
) -> None:
    """Zet een export van oproepen in de wachtrij. De kolommen staan in docs/intake.md."""
    from zcc_console.intake.call_rows import call_of_row

    def read(row: Row) -> Ready | BadRow:
        return call_of_row(row, source)

    with _clear_errors():
        target = None if dry_run else find_target(profile, hub, token_file, refused, "intake")
        client = None if target is None else _client(target)
        _bring(
            file,
            kind,
            read,
            target,
            None if client is None else lambda row: client.post_call(row.key, row.body),
            "oproep",
        )


@intake.command("capacity")
@click.argument("file", type=FILE, metavar="BESTAND")
@click.option("--format", "kind", type=click.Choice(["csv", "jsonl"]), help="Anders naar de extensie.")
@_target_options
def capacity(
    file: Path,
    kind: str | None,
    profile: Path | None,
    hub: str | None,
    token_file: Path | None,
    refused: Path | None,
    dry_run: bool,
) -> None:
    """Meld de capaciteit uit een export. De kolommen staan in docs/intake.md."""
    from zcc_console.intake.capacity_rows import report_of_row

    with _clear_errors():
        target = None if dry_run else find_target(profile, hub, token_file, refused, "provider")
        client = None if target is None else _client(target)
        _bring(
            file,
            kind,
            report_of_row,
            target,
            None if client is None else lambda row: client.put_capacity(row.name, row.key, row.body),
            "melding",
        )


def _bring(
    path: Path,
    kind: str | None,
    read: Callable[[Row], Ready | BadRow],
    target: Target | None,
    send: Send | None,
    what: str,
) -> None:
    """Read the rows, send them, keep the bad ones, and say what came of it; also when the hub stops answering."""
    from zcc_console.intake.delivery import Count, deliver, keep_rows
    from zcc_console.intake.rows import BadRow, format_of, read_rows

    rows = (entry if isinstance(entry, BadRow) else read(entry) for entry in read_rows(path, format_of(path, kind)))
    count = Count()
    try:
        deliver(rows, send, lambda line: click.echo(line, err=True), count)
    finally:
        done = "geldig, niet verstuurd" if send is None else "ingelezen"
        parts = [f"{count.taken} {what}en {done}" if count.taken != 1 else f"1 {what} {done}"]
        parts += [f"{count.twice} dubbel"] if count.twice else []
        parts += [f"{count.ignored} ouder dan wat de hub heeft"] if count.ignored else []
        parts += [f"{len(count.refused)} geweigerd"] if count.refused else []
        click.echo(", ".join(parts))
        if count.refused and target is not None:
            click.echo(f"Bewaard: {keep_rows(_kept(target.refused), path, count.refused)}", err=True)
    if count.refused:
        raise SystemExit(SOME_REFUSED)

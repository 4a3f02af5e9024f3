"""`zcc-console protocols …`: check and list a set; and the process that compiles one for the console.

Exit codes: 0 good, 65 the set has errors. With `--json` the whole answer is one JSON object on standard output.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from zcc_console.core.files import data_dir
from zcc_console.protocols import library
from zcc_console.protocols.checks import check_set
from zcc_console.protocols.compiled import compile_set, load_compiled
from zcc_console.protocols.errors import ProtocolError
from zcc_console.protocols.findings import Finding
from zcc_console.protocols.model import ProtocolSet

THOROUGH = 1500
"""Random answers a complaint, from the command line."""


@click.group("protocols")
def protocols_group() -> None:
    """Controleer en bekijk een protocolset."""


@protocols_group.command("check")
@click.argument("folder", required=False, type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--samples", default=THOROUGH, show_default=True, help="Willekeurige antwoorden per klacht (P06, P09).")
@click.option("--json", "as_json", is_flag=True, help="Schrijf één JSON-object.")
def check(folder: Path | None, samples: int, as_json: bool) -> None:
    """Lees de set in FOLDER (zonder: de demonstratieset) en meld alles wat er mis mee is."""
    source = folder or demonstration()
    try:
        protocols = load_compiled(compile_set(source))
    except ProtocolError as error:
        _say_unreadable(error, as_json)
        raise SystemExit(ProtocolError.exit_code) from error
    findings = check_set(protocols, samples)
    errors = sum(one.is_error for one in findings)
    if as_json:
        answer = _head(protocols) | {"ok": not errors, "findings": [one.as_json() for one in findings]}
        click.echo(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        _say(protocols, findings, errors)
    if errors:
        raise SystemExit(ProtocolError.exit_code)


@protocols_group.command("list")
@click.argument("folder", required=False, type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--json", "as_json", is_flag=True, help="Schrijf één JSON-object.")
def list_(folder: Path | None, as_json: bool) -> None:
    """Toon de klachten van een set met versie, aantal vragen en criteria."""
    source = folder or demonstration()
    try:
        protocols = load_compiled(compile_set(source))
    except ProtocolError as error:
        _say_unreadable(error, as_json)
        raise SystemExit(ProtocolError.exit_code) from error
    rows = [
        {
            "id": one.id,
            "version": one.version,
            "status": one.status,
            "title": one.titles.nl,
            "questions": len(one.questions),
            "criteria": len(one.table.criteria),
            "cases": len(one.table.cases),
        }
        for one in protocols.protocols.values()
    ]
    if as_json:
        click.echo(json.dumps(_head(protocols) | {"protocols": rows}, ensure_ascii=False, indent=2))
        return
    _say_head(protocols)
    for row in rows:
        click.echo(
            f"  {row['id']:<26} {row['version']:<7} {row['title']:<34} "
            f"{row['questions']} vragen, {row['criteria']} criteria, {row['cases']} voorbeelden"
        )


@protocols_group.command("compile", hidden=True)
@click.argument("source", type=click.Path(path_type=Path))
@click.argument("state", type=click.Path(path_type=Path))
def compile_(source: Path, state: Path) -> None:
    """Compile SOURCE into STATE and print the path: what the console starts when its set is not compiled yet."""
    try:
        click.echo(library.ensure_compiled(source, state))
    except ProtocolError as error:
        for problem in error.problems:
            click.echo(str(problem), err=True)
        raise SystemExit(ProtocolError.exit_code) from error


@protocols_group.command("schema")
def schema() -> None:
    """Schrijf het JSON Schema van een klachtbestand, voor editors."""
    from zcc_console.protocols.loader import json_schema

    click.echo(json_schema())


def demonstration() -> Path:
    """The folder of the set that comes with the program."""
    return data_dir() / "protocols" / library.DEMONSTRATION


def _head(protocols: ProtocolSet) -> dict[str, object]:
    return {
        "id": protocols.id,
        "version": protocols.version,
        "status": protocols.status,
        "demonstration": protocols.is_demonstration,
        "hash": protocols.hash,
    }


def _say_head(protocols: ProtocolSet) -> None:
    demo = "DEMO · " if protocols.is_demonstration else ""
    click.echo(f"{demo}{protocols.id} {protocols.version} · {protocols.title.nl}")
    click.echo(f"{protocols.hash}")


def _say(protocols: ProtocolSet, findings: tuple[Finding, ...], errors: int) -> None:
    _say_head(protocols)
    for finding in findings:
        click.echo(f"  {finding}")
    verdict = "de set laadt niet" if errors else "de set laadt"
    click.echo(f"{len(protocols.protocols)} klachten, {errors} fouten: {verdict}.")


def _say_unreadable(error: ProtocolError, as_json: bool) -> None:
    if as_json:
        problems = [
            {"check": "P01", "file": one.file, "line": one.line, "what": one.what, "remedy": one.remedy}
            for one in error.problems
        ]
        click.echo(json.dumps({"ok": False, "problems": problems}, ensure_ascii=False, indent=2))
        return
    for problem in error.problems:
        click.echo(f"P01  {problem}", err=True)
    click.echo(f"{len(error.problems)} fouten: de set laadt niet.", err=True)


if __name__ == "__main__":
    sys.exit(protocols_group())

"""Rows of a CSV or JSON Lines export, each with its line number; a row that cannot be read is one, with the reason.

It knows no columns; what they mean is in `call_rows` and `capacity_rows`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from zcc_console.core.errors import ZccError
from zcc_console.core.jsontext import NotJson, read_object
from zcc_console.core.jsontypes import Json

FILE_LIMIT = 64 * 1024 * 1024
ROW_LIMIT = 64 * 1024
FORMATS = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}
DELIMITERS = ",;\t"


class FileRefused(ZccError):
    """A file of which nothing can be read."""

    exit_code = 65  # EX_DATAERR


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the line it begins on, and its fields by column name in lower case."""

    line: int
    fields: dict[str, Json]


@dataclass(frozen=True, slots=True)
class BadRow:
    """One row that cannot be read or used: every field with what is wrong, and the row as it came."""

    line: int
    errors: tuple[tuple[str, str], ...]
    raw: Json


def format_of(path: Path, named: str | None) -> str:
    """`csv` or `jsonl`: as named, else by the file's extension.

    Raises:
        FileRefused: neither says.
    """
    found = named or FORMATS.get(path.suffix.lower())
    if found is None:
        raise FileRefused(
            f"Van {path.name} is niet te zien wat het is. Er is niets ingelezen; zeg --format csv of --format jsonl."
        )
    return found


def read_rows(path: Path, kind: str) -> list[Row | BadRow]:
    """The rows of a file, in order; empty lines are none.

    Raises:
        FileRefused: absent, unreadable, too large, or without a usable header.
    """
    try:
        if path.stat().st_size > FILE_LIMIT:
            raise FileRefused(f"{path.name} is groter dan {FILE_LIMIT >> 20} MiB. Er is niets ingelezen; knip het op.")
        raw = path.read_bytes()
    except OSError as error:
        raise FileRefused(f"{path} is niet te lezen ({error.strerror}). Er is niets ingelezen.") from None
    return list(_csv(path, raw) if kind == "csv" else _json_lines(raw))


def _json_lines(raw: bytes) -> Iterator[Row | BadRow]:
    for number, line in enumerate(raw.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        if not line.strip():
            continue
        found = read_object(line, limit=ROW_LIMIT, unique=True)
        if isinstance(found, NotJson):
            yield BadRow(number, (("rij", f"is {found.reason}"),), line.decode("utf-8", "replace"))
        else:
            yield Row(number, {name.strip().lower(): value for name, value in found.items()})


def _text(raw: bytes) -> str:
    """UTF-8, else what spreadsheets in this country write."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def _csv(path: Path, raw: bytes) -> Iterator[Row | BadRow]:
    text = _text(raw)
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header: list[str] = []
    line = 1
    while True:
        try:
            values = next(reader)
        except StopIteration:
            break
        except csv.Error:
            yield BadRow(
                line, (("rij", "is geen geldige CSV (aanhalingstekens?); hierna is niets meer gelezen"),), None
            )
            return
        begun, line = line, reader.line_num + 1
        if not any(value.strip() for value in values):
            continue
        if not header:
            header = _header(path, values)
        elif len(values) > len(header):
            reason = f"heeft {len(values)} velden en de kop heeft er {len(header)}"
            yield BadRow(begun, (("rij", reason),), list(values))
        else:
            yield Row(begun, {name: value for name, value in zip(header, values, strict=False) if value.strip()})
    if not header:
        raise FileRefused(f"{path.name} is leeg: er is geen kopregel. Er is niets ingelezen.")


def _header(path: Path, values: list[str]) -> list[str]:
    names = [value.strip().lower() for value in values]
    if "" in names or len(set(names)) != len(names):
        raise FileRefused(
            f"De kopregel van {path.name} heeft een lege kolomnaam of twee keer dezelfde. Er is niets ingelezen."
        )
    return names

"""YAML reduced to what a protocol needs: strings, lists and mappings, each with its line.

No anchors, aliases, tags, directives, duplicate keys, second documents or invisible characters; small and shallow.
It knows nothing of protocols.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

from zcc_console.protocols.errors import Problem, ProtocolError

MAX_BYTES: Final = 256 * 1024
MAX_DEPTH: Final = 12
MAX_NODES: Final = 20_000

_LOADER: Final = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
"""The same strings-only loader, ten times as fast where libyaml is built in."""

Path_ = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """What a file says, and the line of each of its parts."""

    file: str
    content: object
    lines: Mapping[Path_, int]

    def line(self, path: Path_) -> int:
        """The line of a part, or of the nearest thing around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read_document(path: Path) -> Document:
    """Read one file.

    Raises:
        ProtocolError: it cannot be read, is too large, or has something of YAML that a protocol may not have.
    """
    name = path.name
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ProtocolError(
                Problem(name, 0, f"groter dan {MAX_BYTES // 1024} KiB", "splits of kort het bestand in")
            )
        raw = path.read_bytes()
    except OSError as error:
        raise ProtocolError(
            Problem(name, 0, f"niet te lezen: {error.strerror}", "kijk of het bestand er is")
        ) from error
    return parse(name, raw)


def parse(name: str, raw: bytes) -> Document:
    """As `read_document`, from bytes."""
    if len(raw) > MAX_BYTES:
        raise ProtocolError(Problem(name, 0, f"groter dan {MAX_BYTES // 1024} KiB", "splits of kort het bestand in"))
    try:
        text = raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ProtocolError(Problem(name, line, "geen UTF-8", "bewaar het bestand als UTF-8")) from error
    _refuse_invisible(name, text)
    try:
        _refuse_events(name, text)
        node = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise ProtocolError(Problem(name, line, f"geen geldige YAML: {error.problem or error}")) from error
    except yaml.YAMLError as error:
        raise ProtocolError(Problem(name, 0, "geen geldige YAML: een teken dat er niet in mag")) from error
    if node is None:
        raise ProtocolError(Problem(name, 1, "het bestand is leeg"))
    lines: dict[Path_, int] = {}
    return Document(name, _plain(name, node, (), lines), lines)


def _refuse_invisible(name: str, text: str) -> None:
    for number, line in enumerate(text.split("\n"), start=1):
        for character in line:
            if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp"):
                problem = Problem(name, number, f"onzichtbaar teken U+{ord(character):04X}", "haal het weg")
                raise ProtocolError(problem)
        if not unicodedata.is_normalized("NFC", line):
            raise ProtocolError(Problem(name, number, "tekst is niet in vorm NFC", "typ de letter met accent opnieuw"))


def _refuse_events(name: str, text: str) -> None:
    """What YAML can do beyond strings, lists and mappings, refused before anything is built from it."""
    depth = nodes = documents = 0
    for event in yaml.parse(text, Loader=_LOADER):
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.AliasEvent):
            raise ProtocolError(Problem(name, line, "een verwijzing (*naam)", "schrijf de inhoud voluit"))
        if isinstance(event, yaml.NodeEvent):
            nodes += 1
            if event.anchor is not None:
                raise ProtocolError(Problem(name, line, "een anker (&naam)", "schrijf de inhoud voluit"))
            if getattr(event, "tag", None) is not None:
                raise ProtocolError(
                    Problem(name, line, "een type (!naam)", "schrijf de waarde tussen aanhalingstekens")
                )
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if event.version is not None or event.tags or documents > 1:
                raise ProtocolError(
                    Problem(name, line, "een tweede document of een %-regel", "één document per bestand")
                )
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH or nodes > MAX_NODES:
            raise ProtocolError(
                Problem(name, line, "te diep genest of te veel onderdelen", "maak het bestand eenvoudiger")
            )


def _plain(name: str, node: yaml.Node, path: Path_, lines: dict[Path_, int]) -> object:
    lines[path] = node.start_mark.line + 1
    if isinstance(node, yaml.ScalarNode):
        return str(node.value)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(name, one, (*path, place), lines) for place, one in enumerate(node.value)]
    content: dict[str, object] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            raise ProtocolError(Problem(name, line, "een sleutel die geen woord is", "gebruik een gewone naam"))
        key = str(key_node.value)
        if key in content:
            raise ProtocolError(Problem(name, line, f"de sleutel '{key}' staat er twee keer", "houd er één"))
        content[key] = _plain(name, value_node, (*path, key), lines)
        lines[(*path, key)] = line
    return content

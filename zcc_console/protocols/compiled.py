"""The compiled form of a set: one canonical JSON file that the console reads with the standard library alone.

The file is `{"format":"zcc-compiled/1","hash":"<sha256>","set":{…}}`; the hash is over the bytes of `set`, so a file
that was cut or changed does not load.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from zcc_console.protocols.build import Reader, build_table
from zcc_console.protocols.errors import Problem, ProtocolError
from zcc_console.protocols.model import ABCD, FACTS, MEASUREMENTS, MODIFIERS, Action, Fired, Protocol, ProtocolSet

FORMAT: Final = "zcc-compiled/1"
_HEAD: Final = b'{"format":"' + FORMAT.encode() + b'","hash":"'
_MIDDLE: Final = b'","set":'


def compile_set(source: Path) -> bytes:
    """Read, check the references of, and compile the YAML of a set's folder.

    Raises:
        ProtocolError: with every problem that was found, each with its file and line.
    """
    from zcc_console.protocols.loader import read_set  # yaml and pydantic: not in the console

    return pack(read_set(source))


def pack(content: Mapping[str, object]) -> bytes:
    """The canonical file of a set: keys sorted, no white space, UTF-8, every value a string, list or object."""
    body = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    return _HEAD + hashlib.sha256(body).hexdigest().encode() + _MIDDLE + body + b"}"


def load_compiled(raw: bytes) -> ProtocolSet:
    """The set in a compiled file.

    Raises:
        ProtocolError: it is not one, of another format, or not whole.
    """
    start = len(_HEAD) + 64 + len(_MIDDLE)
    if not raw.startswith(_HEAD) or raw[len(_HEAD) + 64 : start] != _MIDDLE or not raw.endswith(b"}"):
        raise _damaged("geen gecompileerde protocolset van dit programma")
    digest = raw[len(_HEAD) : len(_HEAD) + 64].decode("ascii", "replace")
    body = raw[start:-1]
    if hashlib.sha256(body).hexdigest() != digest:
        raise _damaged("de inhoud past niet bij de controlesom")
    try:
        return _build(json.loads(body), digest)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise _damaged(f"de inhoud is niet te lezen ({type(error).__name__})") from error


def _damaged(what: str) -> ProtocolError:
    return ProtocolError(Problem("gecompileerde set", 0, what, "verwijder het bestand; het wordt opnieuw gemaakt"))


def _build(content: Mapping[str, object], digest: str) -> ProtocolSet:
    reader = Reader(content)
    facts = {one.id: one for one in reader.questions("facts", FACTS)}
    measurements = {one.id: one for one in reader.questions("measurements", MEASUREMENTS)}
    shared = {**facts, **measurements}
    without = reader.part("without")
    return ProtocolSet(
        id=reader.text("id"),
        version=reader.text("version"),
        status=reader.text("status"),
        title=reader.translated("title"),
        hash=f"sha256:{digest}",
        gate=build_table(reader.part("gate"), ABCD, "gate", shared),
        modifiers=build_table(reader.part("modifiers"), MODIFIERS, "modifier", shared),
        facts=facts,
        measurements=measurements,
        actions={one.text("id"): _action(one) for one in reader.parts("actions")},
        protocols={one.text("id"): _protocol(one, shared) for one in reader.parts("protocols")},
        without=Fired(
            kind="default",
            scope="",
            id="without",
            urgency=without.urgency("urgency"),
            reason=without.translated("reason"),
            sources=(),
            actions=without.names("actions"),
            questions=(),
        ),
        level_actions=reader.actions_by_urgency("level_actions"),
    )


def _action(part: Reader) -> Action:
    return Action(
        id=part.text("id"),
        title=part.translated("title"),
        category=part.text("category"),
        most=part.urgency("most"),
        least=part.urgency("least"),
        only_after=part.text("only_after"),
    )


def _protocol(part: Reader, shared: Mapping[str, object]) -> Protocol:
    scope = part.text("id")
    default = part.part("default")
    actions = dict(part.actions_by_urgency("actions"))
    fired = Fired(
        kind="default",
        scope=scope,
        id="default",
        urgency=default.urgency("urgency"),
        reason=default.translated("reason"),
        sources=(),
        actions=default.names("actions"),
        questions=(),
    )
    return Protocol(
        id=scope,
        version=part.text("version"),
        status=part.text("status"),
        titles=part.translated("titles"),
        search_nl=part.names("search_nl"),
        search_en=part.names("search_en"),
        icpc1=part.names("icpc1"),
        applies=part.span("applies"),
        table=build_table(part, scope, "criterion", shared),
        default=fired.urgency,
        default_fired=fired,
        actions=actions,
    )

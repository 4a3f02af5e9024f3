"""Brings what was read to the hub, one by one, and keeps what cannot go in. No command line in here, no format."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from zcc_console.core.jsontext import dump
from zcc_console.core.jsontypes import Json, as_object, as_text
from zcc_console.intake.call_rows import Ready
from zcc_console.intake.client import Taken, TurnedDown
from zcc_console.intake.kept import KeptFolder
from zcc_console.intake.rows import BadRow
from zcc_console.text import clean

KEY_REUSED = "is al eerder ingelezen met een andere inhoud; de eerste staat er nog, deze niet"

Send = Callable[[Ready], Taken | TurnedDown]
Say = Callable[[str], None]


@dataclass
class Count:
    """What came of a file."""

    taken: int = 0
    twice: int = 0
    ignored: int = 0
    refused: list[BadRow] = field(default_factory=list)


def refused_errors(answer: TurnedDown) -> tuple[tuple[str, str], ...]:
    """What a hub's refusal says, field by field."""
    if answer.type == "key-reused":
        return (("id", KEY_REUSED),)
    return answer.errors or (("hub", answer.detail or answer.type),)


def deliver(rows: Iterable[Ready | BadRow], send: Send | None, say: Say, count: Count) -> None:
    """Send the good rows, note the bad ones; `count` holds at every moment what was done, also when sending stops.

    Args:
        send: None for a dry run.
    """
    seen: set[str] = set()
    for row in rows:
        if isinstance(row, BadRow):
            _bad(row, say, count)
        elif row.key in seen:
            count.twice += 1
            say(f"regel {row.line}: staat eerder in dit bestand; niet nog eens ingelezen")
        elif send is None:
            seen.add(row.key)
            count.taken += 1
        else:
            seen.add(row.key)
            answer = send(row)
            if isinstance(answer, TurnedDown):
                _bad(BadRow(row.line, refused_errors(answer), row.body), say, count)
            elif answer.answer.get("result") == "ignored":
                count.ignored += 1
                say(f"regel {row.line}: de hub heeft van {clean(row.name, 64)} al een nieuwere stand")
            else:
                count.taken += 1


def _bad(row: BadRow, say: Say, count: Count) -> None:
    count.refused.append(row)
    for name, reason in row.errors:
        say(f"regel {row.line}: {clean(name, 80)}: {clean(reason, 300)}")


def keep_rows(kept: KeptFolder, path: Path, refused: Sequence[BadRow]) -> Path:
    """Keep the refused rows of a file as JSON Lines: line, errors, and the row as it came.

    Raises:
        OSError: the folder cannot be written.
    """
    lines: list[Json] = [
        {"line": row.line, "errors": [list(error) for error in row.errors], "row": row.raw} for row in refused
    ]
    reasons = "\n".join(f"regel {row.line}: {name}: {reason}" for row in refused for name, reason in row.errors)
    return kept.keep("".join(dump(line) + "\n" for line in lines).encode("ascii"), f"{path.name}\n{reasons}", ".jsonl")


def call_number(answer: Taken) -> str:
    """The number people use for the call that the hub made."""
    return clean(as_text(as_object(answer.answer.get("data")).get("number")), 16)

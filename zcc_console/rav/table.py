"""The gateway's handoffs as a plain text table for a terminal or a pipe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from zcc_console.core.jsontypes import Json, as_list, as_object, as_text
from zcc_console.rav.summary import Line
from zcc_console.text import cells, clean, fit

COLUMNS = ("kenmerk", "urg", "stand", "eigen nr", "om", "ber", "terugbellen", "waar")


def table(lines: Sequence[Line], width: int = 120) -> str:
    """One line a handoff, marks and reasons below it; already cleaned text in, plain text out."""
    if not lines:
        return "Er is nog niets binnengekomen.\n"
    rows = [
        (
            entry.reference,
            entry.urgency,
            entry.state + (" (oefening)" if entry.exercise else ""),
            entry.own_reference or "-",
            entry.received,
            str(entry.messages),
            entry.callback or "-",
            entry.where or "-",
        )
        for entry in lines
    ]
    widths = [max(cells(row[column]) for row in (COLUMNS, *rows)) for column in range(len(COLUMNS))]
    out = [_row(COLUMNS, widths, width)]
    for entry, row in zip(lines, rows, strict=True):
        out.append(_row(row, widths, width))
        below = [*entry.marks, *([entry.reason] if entry.reason else []), *([entry.why] if entry.why else [])]
        out += [fit(f"    {text}", width).rstrip() for text in below]
    return "\n".join(out) + "\n"


def _row(row: Sequence[str], widths: Sequence[int], width: int) -> str:
    return fit("  ".join(fit(text, size) for text, size in zip(row, widths, strict=True)), width).rstrip()


def events_table(record: Sequence[Mapping[str, Json]]) -> str:
    """Every event of the gateway by number, one a line."""
    events = [
        (as_text(handoff.get("handoff_id")), as_object(event))
        for handoff in record
        for event in as_list(handoff.get("events"))
    ]
    events.sort(key=lambda pair: int(as_text(pair[1].get("n"), "0")))
    rows = []
    for handoff_id, event in events:
        by = as_text(event.get("by"), "automatisch")
        rest = [as_text(event.get("reference")), as_text(event.get("reason"))]
        parts = [as_text(event.get("n")), as_text(event.get("at")), handoff_id[:8], as_text(event.get("state")), by]
        rows.append(clean("  ".join([*parts, *(text for text in rest if text)])))
    return "".join(f"{row}\n" for row in rows) or "Er is nog niets gebeurd.\n"

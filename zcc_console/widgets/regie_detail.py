"""What is known of the line that is chosen on Regie: a matter in full, a desk, or a handoff."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from textual.strip import Strip

from zcc_console.core.clock import local, local_hm
from zcc_console.desk.attention import ALERTS
from zcc_console.desk.rows import Attention, CallRow, HandoffView
from zcc_console.desk.words import ROLES
from zcc_console.widgets.handoff_words import message_standing, track, voice_standing
from zcc_console.widgets.pane import Pane
from zcc_console.widgets.regie_lists import DeskLine
from zcc_console.widgets.rule import rule
from zcc_console.widgets.spans import calm_span
from zcc_console.widgets.triage_line import Line, wrap

Chosen = Attention | DeskLine | HandoffView | None


def title_of(chosen: Chosen, row: CallRow | None) -> tuple[str, str]:
    """What stands in the rule: the name of the thing, and what belongs to it."""
    if isinstance(chosen, Attention):
        return (f"{row.number}  {row.who}  {row.town}".rstrip(), row.source) if row is not None else ("AANDACHT", "")
    if isinstance(chosen, DeskLine):
        desk = chosen.desk
        return f"desk {desk.id}  {desk.user}".rstrip(), ROLES.get(desk.role, desk.role)
    if chosen is not None:
        return f"{chosen.number}  {chosen.who}  {chosen.town}", chosen.reference
    return "–", ""


def words_of(chosen: Chosen, row: CallRow | None, now: datetime) -> str:
    """Everything that is known of it, in one sentence after another; of a call what it is about, and who has it."""
    if isinstance(chosen, Attention):
        if row is None:
            return chosen.text
        holder = f" · bij desk {row.claim.desk_id} {row.claim.user}" if row.claim is not None else ""
        return f"{chosen.text}{holder}" + (f" · “{row.reason}”" if row.reason else "")
    if isinstance(chosen, DeskLine):
        about = [f"“{chosen.call.reason}”"] if chosen.call is not None and chosen.call.reason else []
        return " · ".join([*_desk(chosen, now), *about])
    if chosen is None:
        return "Niets gekozen."
    parts = [f"desk {chosen.desk_id}", track(chosen), message_standing(chosen), voice_standing(chosen)]
    return " · ".join(part for part in parts if part)


def _desk(line: DeskLine, now: datetime) -> list[str]:
    desk = line.desk
    parts = []
    if desk.alert:
        parts.append(ALERTS.get(desk.alert, desk.alert))
    if desk.state == "weg":
        parts.append("weg: niets meer van deze desk gehoord")
    if any(call.stale for call in desk.calls):
        parts.append("claim verlopen, o neemt over")
    if desk.undelivered:
        parts.append(f"{desk.undelivered} nog niet bezorgd")
    if desk.since is not None:
        same_day = local(desk.since).date() == local(now).date()
        day = "" if same_day else f"{local(desk.since).day}-{local(desk.since).month} "
        parts.append(f"op dienst sinds {day}{local_hm(desk.since)}")
    held = ", ".join(
        f"{call.number} {call.state}{'' if call.for_s is None else f' {calm_span(call.for_s)}'}" for call in desk.calls
    )
    parts.append(f"heeft {held}" if held else "heeft geen oproep")
    return parts


class RegieDetail(Pane):
    """The rule and what fits under it; on a low screen one line without the rule."""

    DEFAULT_CSS: ClassVar[str] = "RegieDetail { height: 4; }"

    def __init__(self) -> None:
        super().__init__(id="regie-detail")
        self.chosen: Chosen = None
        self.row: CallRow | None = None
        self.now: datetime | None = None

    def show(self, chosen: Chosen, row: CallRow | None, now: datetime) -> None:
        """Show a line of a list and the call it is about, or that none is chosen."""
        self.chosen, self.row, self.now = chosen, row, now
        self.redraw()

    def draw(self, width: int, height: int) -> Sequence[Strip]:
        palette = self.palette
        if self.now is None:
            return []
        left, right = title_of(self.chosen, self.row)
        text = words_of(self.chosen, self.row, self.now)
        if height < 2:
            name = "" if isinstance(self.chosen, Attention) or self.chosen is None else f"{left} · "
            return [Line(width).put(" ").put(f"{name}{text}", palette.dim).strip()]
        lines = [rule(width, palette, left, right)]
        for piece in wrap(text, width - 3, height - 1):
            lines.append(Line(width).to(2).put(piece, palette.normal).strip())
        return lines

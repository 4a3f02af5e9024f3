"""Who may decide another urgency than the proposed one, and what it takes (protocols.md). Pure; it knows no screen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from zcc_console.core.jsontypes import Json, as_object, as_text
from zcc_console.core.urgency import Urgency
from zcc_console.protocols.engine import Verdict
from zcc_console.protocols.errors import OverrideRefused

REASON: Final = "reason"
SECOND: Final = "second"
SUPERVISING_DOCTOR: Final = "supervising_doctor"
DUTCH: Final = {
    REASON: "een reden",
    SECOND: "een tweede bevoegde",
    SUPERVISING_DOCTOR: "de regiearts",
}


@dataclass(frozen=True, slots=True)
class Decision:
    """The urgency a person decided, beside the one that was proposed."""

    proposed: Urgency
    final: Urgency
    by: str
    at: str
    """RFC 3339 UTC."""
    reason: str = ""
    second: str = ""
    """The second authorised person, for a lower urgency."""
    second_role: str = ""
    """`supervising_doctor` where U0 or U1 is lowered."""

    @property
    def direction(self) -> str:
        """`same`, `raised` (more urgent) or `lowered`."""
        if self.final == self.proposed:
            return "same"
        return "raised" if self.final < self.proposed else "lowered"

    def as_json(self) -> dict[str, Json]:
        """As it stands in `call.triage` under `override`."""
        return {
            "direction": self.direction,
            "reason": self.reason,
            "by": self.by,
            "at": self.at,
            "second": self.second or None,
            "second_role": self.second_role or None,
        }

    @staticmethod
    def from_json(proposed: object, final: object, override: object) -> Decision | None:
        """The decision in stored data; None where none was made."""
        before, after = Urgency.parse(proposed), Urgency.parse(final)
        if before is None or after is None:
            return None
        body = as_object(override)
        parts = (as_text(body.get(name)) for name in ("by", "at", "reason", "second", "second_role"))
        return Decision(before, after, *parts)


def wanted(verdict: Verdict, final: Urgency) -> tuple[str, ...]:
    """What deciding this urgency takes: nothing, a reason, a second person, or the doctor in charge."""
    if final == verdict.urgency:
        return ()
    if final < verdict.urgency:
        return (REASON,)
    # Never below a fired U0 or U1 without the doctor in charge: that also holds for U1 where U0 fired.
    return (REASON, SUPERVISING_DOCTOR) if verdict.urgency <= Urgency.U1 else (REASON, SECOND)


def decide(verdict: Verdict, decision: Decision) -> Decision:
    """The decision, if it may be made so.

    Raises:
        OverrideRefused: something is wanting; it names what.
    """
    lacking: list[str] = []
    for want in wanted(verdict, decision.final):
        if want == REASON:
            met = bool(decision.reason.strip())
        else:
            second = decision.second.strip()
            met = bool(second) and second.casefold() != decision.by.strip().casefold()
            if want == SUPERVISING_DOCTOR:
                met = met and decision.second_role == SUPERVISING_DOCTOR
        if not met:
            lacking.append(want)
    if lacking:
        names = " en ".join(DUTCH[one] for one in lacking)
        change = f"van {verdict.urgency.name} naar {decision.final.name}"
        raise OverrideRefused(f"Voor {change} is nog nodig: {names}. De urgentie is niet veranderd.", tuple(lacking))
    return decision


def still_stands(decision: Decision | None, proposed: Urgency) -> Decision | None:
    """The decision after the answers changed: only one that is still at least as urgent as the proposal, and was not
    made by lowering another proposal, goes on; anything else is to be decided again, and the proposal counts."""
    if decision is None or decision.proposed == proposed:
        return decision
    if decision.direction == "lowered" or proposed < decision.final:
        return None
    return replace(decision, proposed=proposed) if decision.direction == "raised" else None

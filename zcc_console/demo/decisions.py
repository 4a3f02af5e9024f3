"""What a simulated triagist decides: which urgency, which action, which words. Drawn, not derived: it follows no protocol
and says nothing about care."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass

from zcc_console.core.jsontypes import Json, JsonObject, as_object, as_text
from zcc_console.demo.figures import Figures
from zcc_console.demo.load import pick

SAME, LESS, MORE = 66, 22, 12
"""Per cent in which the final urgency is that of before, one less, one more urgent. Assumption; paper cases give 62 to
68 % agreement (EMJ 2022)."""

TO_U1 = 4
"""Per cent of U2 that turns out to be U1; our own choice, so that handoffs stay as rare as they are."""

_FROM_112: Mapping[str, float] = {"U3": 50, "U4": 40, "U5": 10}

_ACTIONS: Mapping[str, Mapping[str, float]] = {
    "U0": {"rav": 1},
    "U1": {"rav": 1},
    "U2": {"hap-consult": 50, "seh": 33, "hap-visite": 17},
    "U3": {"hap-consult": 62, "hap-visite": 14, "hap-telefonisch": 19, "seh": 5},
    "U4": {"hap-consult": 15, "hap-telefonisch": 45, "huisarts-dag": 40},
    "U5": {"zelfzorg": 65, "huisarts-dag": 25, "hap-telefonisch": 10},
}
_OWN_WAY: Mapping[str, Mapping[str, str]] = {
    "tand-medicatie": {"U2": "seh", "U3": "tandarts-spoed", "U4": "tandarts-spoed"},
    "psychisch": {"U2": "ggz-acuut", "U3": "ggz-acuut"},
    "zwanger": {"U2": "verloskundige", "U3": "verloskundige", "U4": "verloskundige"},
    "ouderen-thuis": {"U3": "wijkverpleging-acuut", "U4": "elv-crisisbed"},
}
_FOR_CATEGORY: Mapping[str, str] = {
    "elv": "elv-crisisbed",
    "grz": "elv-crisisbed",
    "crisis-vv": "elv-crisisbed",
    "crisis-gz": "elv-crisisbed",
    "wijkverpleging": "wijkverpleging-acuut",
    "ggz": "ggz-acuut",
    "farmacie": "apotheek-spoed",
    "geboortezorg": "verloskundige",
    "seh": "seh",
}
CATEGORY_OF: Mapping[str, str] = {
    "hap-consult": "huisartsenpost",
    "wijkverpleging-acuut": "wijkverpleging",
    "ggz-acuut": "ggz",
    "verloskundige": "geboortezorg",
    "elv-crisisbed": "elv",
}
"""Actions for which a simulated colleague reserves a place, and where."""

_NOTES = (
    "sinds vanmiddag, niet eerder gehad",
    "heeft paracetamol genomen, helpt iets",
    "huisarts weet ervan",
    "partner rijdt, kan binnen een kwartier komen",
    "geen medicijnen, geen allergie bekend",
    "belt voor de tweede keer vandaag",
)
_ADVICE: Mapping[str, str] = {
    "U2": "Kom direct. Wordt het erger: bel 112.",
    "U3": "Kom op de afgesproken tijd. Bel opnieuw als het erger wordt.",
    "U4": "Bel opnieuw bij koorts, toename van de klachten of ongerustheid.",
    "U5": "Bel opnieuw als het na een paar dagen niet beter gaat.",
}


@dataclass(frozen=True, slots=True)
class Matter:
    """What a call is about, as far as a colleague can tell from its words."""

    complaint: str
    seeks: str


@dataclass(frozen=True, slots=True)
class Decision:
    """How a triage ends."""

    complaint: str
    proposed: str
    final: str
    action: str
    category: str = ""
    """The capacity to reserve a place in, or empty."""
    note: str = ""
    advice: str = ""


class Knowledge:
    """Which complaint the words belong to; unknown words are no complaint in particular."""

    def __init__(self, figures: Figures, more: Mapping[str, Matter] | None = None) -> None:
        self._by_words = {
            line.text: Matter(kind.id, kind.seeks)
            for kind in (*figures.complaints, *figures.requests)
            for line in kind.lines
        } | dict(more or {})

    def matter(self, reason: str) -> Matter:
        """What a caller's words are about."""
        return self._by_words.get(reason, Matter("overig", ""))


def decide(rng: random.Random, call: JsonObject, knowledge: Knowledge, *, final: str = "") -> Decision:
    """How a colleague ends the triage of a call.

    Args:
        final: the urgency, where that is given; else it is drawn.
    """
    matter = knowledge.matter(as_text(call.get("reason")))
    said = as_text(as_object(call.get("pre_urgency")).get("urgency"))
    proposed = pick(rng, _FROM_112) if said not in _ACTIONS else said
    final = final or _judge(rng, proposed)
    if matter.seeks and final not in ("U0", "U1"):
        action, category = _FOR_CATEGORY.get(matter.seeks, "hap-telefonisch"), matter.seeks
    else:
        action = _OWN_WAY.get(matter.complaint, {}).get(final) or pick(rng, _ACTIONS[final])
        category = CATEGORY_OF.get(action, "")
        if action == "hap-consult" and rng.random() < 0.4:
            category = ""  # the post's own desk plans it
    return Decision(
        complaint=matter.complaint,
        proposed=proposed,
        final=final,
        action=action,
        category=category,
        note=rng.choice(_NOTES) if rng.random() < 0.35 else "",
        advice=_ADVICE.get(final, ""),
    )


def _judge(rng: random.Random, proposed: str) -> str:
    level = int(proposed[1])
    if level <= 1:
        return proposed
    if level == 2 and rng.random() * 100 < TO_U1:
        return "U1"
    step = rng.choices((0, 1, -1), (SAME, LESS, MORE))[0]
    return f"U{max(2, min(5, level + step))}"


def triage_data(decision: Decision) -> dict[str, Json]:
    """The data of `call.triage`."""
    changed = decision.final != decision.proposed
    override: dict[str, Json] | None = None
    if changed:
        direction = "up" if decision.final < decision.proposed else "down"
        override = {"direction": direction, "reason": "context volgens triagist (simulatie)"}
    return {
        "protocol": {"id": f"demo.{decision.complaint}", "version": "0.1.0", "hash": None},
        "abcd": {"safe": decision.final not in ("U0", "U1")},
        "complaints": [decision.complaint],
        "answers": {},
        "proposed": decision.proposed,
        "final": decision.final,
        "override": override,
        "fired": [],
    }

"""What the triage screen shows, as one frozen value: made by the flow, drawn by the widgets, which decide nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from zcc_console.core.urgency import Urgency
from zcc_console.desk.rows import CallView, HandoffView, ReservationRow, UnitRow
from zcc_console.widgets.triage_field import Field
from zcc_console.widgets.triage_form import Form


@dataclass(frozen=True, slots=True)
class StepMark:
    """One step of the bar."""

    label: str
    done: bool
    here: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """A question above or below the panel."""

    ask: str
    label: str
    """The same in a few words, where the question does not fit."""
    given: str = ""
    urgency: Urgency | None = None
    """What this answer alone gives, where it gives something."""
    just: bool = False
    """The answer given last: it can be taken back with one key."""
    unknown: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of a panel that a key chooses."""

    key: str
    """Empty for a line that only heads the next ones."""
    text: str
    tail: str = ""
    urgency: Urgency | None = None
    chosen: bool = False
    detail: str = ""
    """The whole question, dim below it, where there is room."""
    safe: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """The part that is being worked in: a question, a search, a form, a text to read out."""

    number: str = ""
    title: str = ""
    choices: tuple[Choice, ...] = ()
    search: Field | None = None
    form: Form | None = None
    text: tuple[str, ...] = ()
    """Paragraphs, wrapped to the panel."""
    spaced: bool = False
    """Whether the paragraphs stand apart: they are read out."""
    foot: str = ""
    """What the keys do here; dim."""
    problem: str = ""
    danger: bool = False
    units: tuple[UnitRow, ...] = ()
    unit_at: int = -1
    """The chosen one of `units`; -1 where there is none."""


@dataclass(frozen=True, slots=True)
class WhatIfLine:
    """Another answer, and the urgency it would give."""

    text: str
    urgency: Urgency


@dataclass(frozen=True, slots=True)
class Reason:
    """Why this urgency."""

    text: str
    because: str = ""


@dataclass(frozen=True, slots=True)
class ModifierMark:
    """One aggravating circumstance under its key."""

    key: str
    label: str
    given: str = ""
    """The answer where it is ticked and has more than one."""
    ticked: bool = False
    urgency: Urgency | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """A note, or a step that was recorded."""

    at: str
    text: str
    pending: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """The urgency as it stands."""

    urgency: Urgency
    proposed: Urgency
    decided: bool
    reasons: tuple[Reason, ...]
    say: tuple[str, ...]
    provisional: bool
    """Nothing fired and the red flags are not all asked: it is only the set's starting point."""
    asked: int = 0
    to_ask: int = 0
    """Questions of the chosen complaints that were answered, of how many; 0 where none was chosen."""
    override: str = ""
    """`hoger`, `lager` or nothing: against the proposal."""


@dataclass(frozen=True, slots=True)
class TriagePicture:
    """All of the screen between banner and key bar."""

    call: CallView | None
    talk_s: float
    now: datetime
    steps: tuple[StepMark, ...]
    title: str
    """The heading: the complaint, or the step."""
    version: str
    """The set, its version and the place in the questions."""
    above: tuple[Answer, ...]
    panel: Panel
    below: tuple[Answer, ...]
    modifiers: tuple[ModifierMark, ...]
    more_modifiers: int
    alerts: str
    """`let op: geen reanimatie`; it stands fixed in the head."""
    warnings: tuple[str, ...]
    """What colleagues found; it stands above the notes."""
    history: str
    """The last contact before this one."""
    notes: tuple[Written, ...]
    note: Field | None
    """The note being typed; None while nobody types one."""
    verdict: Verdict | None
    what_if: tuple[WhatIfLine, ...]
    likely: str
    """The heading of the places at the right: `RAV NU`, `CONSULT HUISARTSENPOST`."""
    places: tuple[UnitRow, ...]
    places_note: str
    reservations: tuple[ReservationRow, ...]
    recorded: tuple[Written, ...]
    handoff: HandoffView | None
    problem: str
    """What went wrong: it stands above everything else until the next key."""
    head_hidden: bool = False
    """The banner shows this call's patient already."""
    said: str = ""
    """What the last key did."""
    said_warns: bool = False
    """Whether it is that nothing was done."""
    note_active: bool = False
    """Whether the note has the cursor."""

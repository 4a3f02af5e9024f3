"""The files of a protocol set as pydantic models: what may stand where. The console never imports this.

References between the parts are the business of `loader`.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from zcc_console.protocols.values import age_days, number

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,47}$")]
Dotted = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*(\.[a-z0-9][a-z0-9-]*)+$", max_length=64)]
Version = Annotated[str, StringConstraints(pattern=r"^\d{1,4}\.\d{1,4}\.\d{1,4}$")]
Words = Annotated[str, StringConstraints(min_length=1, max_length=900, pattern=r"^\S(.*\S)?$")]
Short = Annotated[str, StringConstraints(min_length=1, max_length=48, pattern=r"^\S(.*\S)?$")]
Date = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")]
YesNo = Literal["yes", "no"]
Level = Literal["U0", "U1", "U2", "U3", "U4", "U5"]
Status = Literal["demonstration", "clinical-review", "approved"]
Category = Literal[
    "rav",
    "huisartsenpost",
    "huisartsen",
    "seh",
    "wijkverpleging",
    "farmacie",
    "ggz",
    "elv",
    "grz",
    "crisis-vv",
    "crisis-gz",
    "geboortezorg",
    "",
]


def _is_number(text: str) -> str:
    if number(text) is None:
        raise ValueError("geen getal")
    return text


def _is_years(text: str) -> str:
    if not text.isdecimal() or age_days(text) is None:
        raise ValueError("geen leeftijd in hele jaren")
    return text


Number = Annotated[str, AfterValidator(_is_number)]
Years = Annotated[str, AfterValidator(_is_years)]


class Part(BaseModel):
    """Every part refuses a field it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Translated(Part):
    """Dutch always; English where there is one."""

    nl: Words
    en: Words | Literal[""] = ""


class Label(Part):
    """A few words."""

    nl: Short
    en: Short | Literal[""] = ""


class AgeYears(Part):
    """Whole years, both ends included."""

    min: Years | Literal[""] = ""
    max: Years | Literal[""] = ""


class Applies(Part):
    """Whom it is for."""

    age_years: AgeYears = AgeYears()


class OptionPart(Part):
    """One answer."""

    id: Name
    nl: Words
    en: Words | Literal[""] = ""


class Range(Part):
    """What a number can plausibly be."""

    min: Number
    max: Number


class QuestionPart(Part):
    """A question. A choice has options, a number a unit and a range."""

    id: Name
    kind: Literal["choice", "number", "age"] = "choice"
    ask: Translated
    label: Label
    red_flag: YesNo = "no"
    options: Annotated[list[OptionPart], Field(max_length=9)] = []
    unknown_as: Level | Literal["none"] = "none"
    rationale: Translated | None = None
    letter: Literal["", "R", "A", "B", "C", "D", "E"] = ""
    key: Annotated[str, StringConstraints(pattern=r"^[a-z]?$")] = ""
    asked_of: Applies = Applies()
    covers: Name | Literal[""] = ""
    ordered: YesNo = "yes"
    unit: Annotated[str, StringConstraints(max_length=16)] = ""
    range: Range | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.kind == "choice" and len(self.options) < 2:
            raise ValueError("een keuzevraag heeft ten minste twee antwoorden")
        if self.kind != "choice" and self.options:
            raise ValueError("een getal of leeftijd heeft geen antwoorden om uit te kiezen")
        if self.kind == "number" and (self.range is None or not self.unit):
            raise ValueError("een getal heeft een eenheid (unit) en een bereik (range)")
        if self.red_flag == "yes" and self.unknown_as == "none":
            raise ValueError("een alarmvraag zegt wat 'weet niet' betekent (unknown_as)")
        if any(option.id == "onbekend" for option in self.options):
            raise ValueError("'onbekend' is al een antwoord op elke vraag")
        return self


class SourcePart(Part):
    """Where it comes from: read on a day, known but not read, or nobody's but ours."""

    url: Annotated[str, StringConstraints(pattern=r"^(https?://\S+)?$")] = ""
    read: Date | Literal[""] = ""
    mark: Literal["read", "unread", "own-choice"] = "read"
    licence: Annotated[str, StringConstraints(max_length=80)] = ""
    note: Annotated[str, StringConstraints(max_length=300)] = ""

    @model_validator(mode="after")
    def _is_honest(self) -> Self:
        if self.mark == "read" and not (self.url and self.read and self.licence):
            raise ValueError("een gelezen bron heeft url, read (datum) en licence")
        if self.mark != "read" and self.read:
            raise ValueError("een bron met een leesdatum is gelezen (mark: read)")
        if self.mark == "unread" and not self.url:
            raise ValueError("een ongelezen bron heeft een url")
        return self


class CriterionPart(Part):
    """When, how urgent, which care, why, and from where."""

    id: Name
    when: dict[str, object]
    urgency: Level
    actions: list[Name] = []
    reason: Translated
    sources: Annotated[list[Name], Field(min_length=1)]
    say: Translated | None = None
    bars: list[Name] = []


class Expect(Part):
    """What an example must give; `none`: the table itself says nothing."""

    urgency: Level | Literal["none"]
    fired: list[Name] | None = None


class CasePart(Part):
    """An example; `rest` is how the questions that are not named were answered."""

    facts: dict[str, str] = {}
    answers: dict[str, str] = {}
    measurements: dict[str, str] = {}
    rest: Literal["benign", "unknown", "absent"] = "benign"
    expect: Expect


class TableFile(Part):
    """What the gate, the modifiers and a complaint have in common."""

    sources: dict[Name, SourcePart]
    questions: Annotated[list[QuestionPart], Field(min_length=1, max_length=20)]
    criteria: Annotated[list[CriterionPart], Field(min_length=1, max_length=80)]
    advice: dict[Level, Translated] = {}
    safety_net: Translated | None = None
    cases: list[CasePart] = []


class GateFile(TableFile):
    """abcd.yaml"""

    format: Literal["zcc-gate/1"]


class ModifiersFile(TableFile):
    """modifiers.yaml"""

    format: Literal["zcc-modifiers/1"]


class Default(Part):
    """The result when nothing fires."""

    urgency: Level
    actions: Annotated[list[Name], Field(min_length=1)]
    reason: Translated = Translated(nl="geen alarmteken genoemd", en="no alarm sign mentioned")


class Search(Part):
    """What callers say."""

    nl: Annotated[list[Words], Field(min_length=1, max_length=60)]
    en: Annotated[list[Words], Field(max_length=60)] = []


class Codes(Part):
    """Codes of other systems; `checked: no` until someone has looked them up."""

    icpc1: list[Annotated[str, StringConstraints(pattern=r"^[A-Z]\d{2}(\.\d{2})?$")]] = []
    checked: YesNo = "no"
    region: list[Words] = []


class ProtocolFile(TableFile):
    """One complaint."""

    format: Literal["zcc-protocol/1"]
    id: Dotted
    version: Version
    status: Status
    titles: Translated
    search: Search
    codes: Codes = Codes()
    applies: Applies = Applies()
    default: Default
    actions: dict[Level, Annotated[list[Name], Field(min_length=1)]]


class FactsFile(Part):
    """facts.yaml: what is asked once a call, and what can be measured."""

    format: Literal["zcc-facts/1"]
    facts: Annotated[list[QuestionPart], Field(min_length=1)]
    measurements: list[QuestionPart] = []


class ActionPart(Part):
    """A follow-up action; `serves` is the most and the least urgent result it fits."""

    id: Name
    title: Label
    category: Category
    most: Level
    least: Level
    only_after: Literal["", "somatic"] = ""


class ActionsFile(Part):
    """actions.yaml"""

    format: Literal["zcc-actions/1"]
    actions: Annotated[list[ActionPart], Field(min_length=1)]
    by_urgency: dict[Level, Annotated[list[Name], Field(min_length=1)]]


class SetFile(Part):
    """set.yaml"""

    format: Literal["zcc-set/1"]
    id: Dotted
    version: Version
    status: Status
    title: Translated
    without_protocol: Default

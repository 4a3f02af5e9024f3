"""The published figures of `data/load/`, read and checked: when calls come, what about, how long they take, who calls.
It draws nothing; `load` does, with a seed."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from zcc_console.core.clock import local
from zcc_console.core.files import data_dir
from zcc_console.core.freshness import CATEGORIES
from zcc_console.demo.tables import Table, read_toml

SOURCES = ("hap", "112", "professional", "self-triage", "agency", "manual")
WEEKS_A_YEAR = 365.25 / 7


@dataclass(frozen=True, slots=True)
class Length:
    """A log-normal duration in seconds."""

    mean_s: float
    sigma: float

    @property
    def mu(self) -> float:
        """The mean of the logarithm that gives `mean_s`."""
        return math.log(self.mean_s) - self.sigma**2 / 2


@dataclass(frozen=True, slots=True)
class Line:
    """What somebody says, and for whom it fits."""

    urgency: str
    sex: str
    """`v`, `m`, or empty for both."""
    low: int
    high: int
    text: str

    def fits(self, sex: str, age: int) -> bool:
        """Whether a person of that sex and age could say it, or have it said about them."""
        return self.sex in ("", sex) and self.low <= age <= self.high


@dataclass(frozen=True, slots=True)
class Complaint:
    """An entry complaint, or what a professional asks for."""

    id: str
    weight: float
    female: float
    """Share of women."""
    ages: tuple[tuple[int, int, float], ...]
    """From, to, weight."""
    urgencies: Mapping[str, float]
    lines: tuple[Line, ...]
    seeks: str = ""
    """The capacity category a professional seeks a place in; empty for a complaint."""
    callers: tuple[str, ...] = ()
    """Who asks, for a professional's request."""


@dataclass(frozen=True, slots=True)
class CallerPattern:
    """Who calls about a patient of some age."""

    low: int
    high: int
    who: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class People:
    """What invented people are made of."""

    surnames: tuple[str, ...]
    initials: tuple[str, ...]
    streets: tuple[str, ...]
    access: tuple[str, ...]
    alerts: Mapping[str, float]
    callers: tuple[CallerPattern, ...]
    elsewhere: Mapping[str, float]
    """Per cent of callers of that relation who are not with the patient."""


@dataclass(frozen=True, slots=True)
class Figures:
    """All of `data/load/`."""

    per_1000_a_year: float
    weekday: tuple[float, ...]
    """Per cent of a week's contacts in each clock hour, Monday to Friday together."""
    weekend: tuple[float, ...]
    """As `weekday`, Saturday and Sunday together."""
    daytime_per_million_an_hour: float
    sources: Mapping[str, float]
    daytime_sources: Mapping[str, float]
    triage: Length
    aftercare: Length
    placement: Length
    pause: Length
    pause_every_s: float
    urgency: Mapping[str, float]
    """Per cent of contacts by urgency that the mix should add up to."""
    complaints: tuple[Complaint, ...]
    requests: tuple[Complaint, ...]
    people: People

    def is_daytime(self, moment: datetime) -> bool:
        """Whether HAPs are closed: a weekday between 8 and 17 local time. Public holidays are left out."""
        here = local(moment)
        return here.weekday() < 5 and 8 <= here.hour < 17

    def calls_an_hour(self, moment: datetime, population: int) -> float:
        """Calls expected in the clock hour of that moment."""
        if self.is_daytime(moment):
            return self.daytime_per_million_an_hour * population / 1e6
        here = local(moment)
        weekend = here.weekday() >= 5
        percent = (self.weekend if weekend else self.weekday)[here.hour] / (2 if weekend else 5)
        a_week = population / 1000 * self.per_1000_a_year / WEEKS_A_YEAR
        return a_week * percent / 100

    def mix_of_sources(self, moment: datetime) -> Mapping[str, float]:
        """Weights of where a call at that moment comes from."""
        return self.daytime_sources if self.is_daytime(moment) else self.sources


def load_figures(folder: Path | None = None) -> Figures:
    """Read the figures.

    Raises:
        ConfigError: one sentence: what is wrong with which field of which file.
    """
    folder = folder or data_dir() / "load"
    top = read_toml(folder / "figures.toml")
    contacts, hours, daytime = top.table("contacts"), top.table("hours"), top.table("daytime")
    weekday, weekend = hours.numbers("weekday", 24), hours.numbers("weekend", 24)
    if abs(sum(weekday) + sum(weekend) - 100) > 0.01:
        raise hours.wrong("weekday/weekend", "is samen geen 100 procent")
    for anchor in hours.tables("anchor"):
        _check_anchor(anchor, weekday, weekend)
    lengths = {name: _length(top.table(name)) for name in ("triage_length", "aftercare_length", "placement_length")}
    pause_table = top.table("pause")
    figures = Figures(
        per_1000_a_year=contacts.number("per_1000_a_year", 1),
        weekday=weekday,
        weekend=weekend,
        daytime_per_million_an_hour=daytime.number("per_million_an_hour"),
        sources=_sources(top, "sources"),
        daytime_sources=_sources(top, "daytime_sources"),
        triage=lengths["triage_length"],
        aftercare=lengths["aftercare_length"],
        placement=lengths["placement_length"],
        pause_every_s=pause_table.number("every_s", 60),
        pause=_length(pause_table),
        urgency=_provenance(top, "urgency"),
        complaints=tuple(_complaint(table) for table in _only(folder / "complaints.toml", "complaint")),
        requests=tuple(_request(table) for table in _only(folder / "professionals.toml", "request")),
        people=_people(folder / "people.toml"),
    )
    for table in (contacts, hours, daytime):
        _drop_provenance(table)
        table.done()
    top.done()
    return figures


def _only(path: Path, key: str) -> list[Table]:
    top = read_toml(path)
    tables = top.tables(key)
    if not tables:
        raise top.wrong(key, "ontbreekt")
    top.done()
    return tables


def _drop_provenance(table: Table) -> None:
    """Every figure names its source or says that it is an assumption."""
    source, assumption = table.text("source", ""), table.text("assumption", "")
    if not source and not assumption:
        raise table.wrong("source", "ontbreekt: noem de bron of zeg dat het een aanname is")


def _provenance(top: Table, key: str) -> dict[str, float]:
    table = top.table(key)
    _drop_provenance(table)
    names = table.names()
    return {name: table.number(name) for name in names}


def _sources(top: Table, key: str) -> dict[str, float]:
    weights = _provenance(top, key)
    if not set(weights) <= set(SOURCES) or sum(weights.values()) <= 0:
        raise top.wrong(key, "noemt een onbekende bron of heeft geen gewicht")
    return weights


def _length(table: Table) -> Length:
    length = Length(mean_s=table.number("mean_s", 1), sigma=table.number("sigma", 0, 2))
    _drop_provenance(table)
    table.done()
    return length


def _check_anchor(table: Table, weekday: tuple[float, ...], weekend: tuple[float, ...]) -> None:
    days, percent = table.text("days"), table.number("percent")
    hours = [int(hour) for hour in table.numbers("hours")]
    if days not in ("weekday", "weekend") or any(hour > 23 for hour in hours):
        raise table.wrong("days/hours", "is onbekend")
    table.done()
    total = sum((weekday if days == "weekday" else weekend)[hour] for hour in hours)
    if abs(total - percent) > 0.01:
        raise table.wrong("percent", f"is {percent} maar de uren tellen op tot {total:.2f}")


_LINE = re.compile(r"(?P<urgency>U[0-5])\|(?P<sex>[vm]?) ?(?P<low>\d*)(?P<dash>-?)(?P<high>\d*)\|(?P<text>[^|]+)")


def _line(table: Table, raw: str) -> Line:
    found = _LINE.fullmatch(raw)
    if found is None:
        raise table.wrong("lines", f"heeft een onleesbare regel: {raw}")
    return Line(
        urgency=found["urgency"],
        sex=found["sex"],
        low=int(found["low"] or 0),
        high=int(found["high"] or 120),
        text=found["text"].strip(),
    )


def _ages(table: Table) -> tuple[tuple[int, int, float], ...]:
    ages = tuple((int(low), int(high), weight) for low, high, weight in table.rows("ages", 3))
    if any(low > high or high > 120 for low, high, _ in ages) or sum(weight for *_, weight in ages) <= 0:
        raise table.wrong("ages", "is geen lijst van [van, tot, gewicht]")
    return ages


def _complaint(table: Table) -> Complaint:
    complaint = Complaint(
        id=table.text("id"),
        weight=table.number("weight"),
        female=table.number("female", 0, 1),
        ages=_ages(table),
        urgencies=table.weights("urgencies"),
        lines=tuple(_line(table, raw) for raw in table.texts("lines")),
    )
    if {line.urgency for line in complaint.lines} != set(complaint.urgencies):
        raise table.wrong("lines", f"van {complaint.id} en urgencies noemen niet dezelfde urgenties")
    table.done()
    return complaint


def _request(table: Table) -> Complaint:
    lines = tuple(_line(table, raw) for raw in table.texts("lines"))
    request = Complaint(
        id=table.text("id"),
        weight=table.number("weight"),
        female=table.number("female", 0, 1),
        ages=_ages(table),
        urgencies={
            urgency: sum(line.urgency == urgency for line in lines)
            for urgency in sorted({line.urgency for line in lines})
        },
        lines=lines,
        seeks=table.text("seeks", ""),
        callers=table.texts("callers"),
    )
    if request.seeks and request.seeks not in CATEGORIES:
        raise table.wrong("seeks", "is geen van de twaalf")
    table.done()
    return request


def _people(path: Path) -> People:
    top = read_toml(path)
    callers = []
    for table in top.tables("caller"):
        low, high = table.numbers("ages", 2)
        callers.append(CallerPattern(int(low), int(high), table.weights("who")))
        table.done()
    if any(not any(c.low <= age <= c.high for c in callers) for age in range(121)):
        raise top.wrong("caller", "laat een leeftijd van 0 tot 120 open")
    people = People(
        surnames=top.texts("surnames"),
        initials=top.texts("initials"),
        streets=top.texts("streets"),
        access=top.texts("access"),
        alerts=top.weights("alerts"),
        callers=tuple(callers),
        elsewhere=top.weights("elsewhere"),
    )
    top.done()
    return people

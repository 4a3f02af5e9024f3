"""The calls of a night, drawn with a seed from the published figures: who calls when, about whom and in which words.
Pure: simulated time in, calls out; it knows no hub and no wall clock."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from zcc_console.demo.figures import Complaint, Figures
from zcc_console.demo.region import Region, Town


@dataclass(frozen=True, slots=True)
class Earlier:
    """A contact that was before."""

    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class IncomingCall:
    """One request for help as it comes in; everything about it is invented."""

    key: str
    """Names the call within its seed: the same key is the same call."""
    at: datetime
    """When it came in, in the time of the simulation."""
    source: str
    complaint: str
    """What it is really about; it does not travel on the wire."""
    seeks: str
    """The category of capacity a professional seeks a place in, or empty."""
    reason: str
    urgency: str
    """The pre-urgency of whoever forwarded it: U0 to U5, or C1 from 112."""
    judged_by: str
    sex: str
    """`v` or `m`."""
    age: int
    days_old: int
    """Age in days, for a date of birth that fits the age on any day."""
    name: str
    caller: str
    relation: str
    with_patient: bool
    organisation: str
    """Whom a professional calls for; empty for a citizen."""
    callback_number: str
    town: str
    address: str
    access: str
    lat: float
    lon: float
    alerts: tuple[str, ...] = ()
    history: tuple[Earlier, ...] = ()


def pick(rng: random.Random, weights: Mapping[str, float]) -> str:
    """One of the names, by weight."""
    return rng.choices(list(weights), list(weights.values()))[0]


class Arrivals:
    """Calls of a region in the order in which they come in.

    An inhomogeneous Poisson process with the rate of the figures' hours; each call is drawn from a random source of its
    own, so that a call does not change because another one was added before it.
    """

    def __init__(self, seed: int, figures: Figures, region: Region) -> None:
        self._seed, self._figures, self._region = seed, figures, region

    def since(self, start: datetime) -> Iterator[IncomingCall]:
        """Calls after a moment, without end."""
        rng = random.Random(f"arrivals/{self._seed}/{start.isoformat()}")
        moment, number = start, 0
        while True:
            hour_ends = moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
            rate = self._figures.calls_an_hour(moment, self._region.population)
            gap = timedelta(hours=rng.expovariate(rate)) if rate > 0 else timedelta(days=1)
            if moment + gap >= hour_ends:  # memoryless: draw again with the next hour's rate
                moment = hour_ends
                continue
            moment += gap
            number += 1
            yield draw_call(f"{self._seed}/{start:%Y%m%d%H%M%S}/{number}", moment, self._figures, self._region)


def draw_call(key: str, at: datetime, figures: Figures, region: Region) -> IncomingCall:
    """The call of that key: the same key, moment and figures give the same call."""
    rng = random.Random(f"call/{key}")
    source = pick(rng, figures.mix_of_sources(at))
    kinds = figures.requests if source == "professional" else figures.complaints
    kind = rng.choices(kinds, [kind.weight for kind in kinds])[0]
    line, sex, age = _who_says_what(rng, kind)
    town = rng.choices(region.home_towns, [town.weight for town in region.home_towns])[0]
    name = draw_name(rng, figures)
    if source == "professional":
        relation = rng.choice(kind.callers)
        caller, organisation = draw_name(rng, figures), _organisation(rng, relation, region, town)
        with_patient = relation in ("wijkverpleegkundige", "verzorgende", "begeleider woongroep", "verloskundige")
    else:
        pattern = next(who for who in figures.people.callers if who.low <= age <= who.high)
        relation, organisation = pick(rng, pattern.who), ""
        caller = name if relation == "zelf" else draw_name(rng, figures)
        with_patient = rng.random() * 100 >= figures.people.elsewhere.get(relation, 0)
    return IncomingCall(
        key=key,
        at=at,
        source=source,
        complaint=kind.id,
        seeks=kind.seeks,
        reason=line[1],
        urgency="C1" if source == "112" and line[0] >= "U3" else line[0],
        judged_by=judged_by(source, relation, region, town),
        sex=sex,
        age=age,
        days_old=days_old(rng, age),
        name=name,
        caller=caller,
        relation=relation,
        with_patient=with_patient,
        organisation=organisation,
        callback_number=f"06 1234 5{rng.randrange(1000):03d}",
        town=town.name,
        address=f"{rng.choice(figures.people.streets)} {rng.randrange(1, 180)}",
        access=rng.choice(figures.people.access) if rng.random() < 0.12 else "",
        lat=round(town.lat + rng.uniform(-0.015, 0.015), 4),
        lon=round(town.lon + rng.uniform(-0.02, 0.02), 4),
        alerts=_alerts(rng, figures, age, relation),
        history=_history(rng, at, age, figures, region, town),
    )


def draw_name(rng: random.Random, figures: Figures) -> str:
    """An invented name, such as `J. van Dam`."""
    return f"{rng.choice(figures.people.initials)} {rng.choice(figures.people.surnames)}"


def days_old(rng: random.Random, age: int) -> int:
    """Days that make somebody that age in whole years."""
    return int(age * 365.25) + rng.randrange(20, 340)


def judged_by(source: str, relation: str, region: Region, town: Town) -> str:
    """Who gave the pre-urgency."""
    return {
        "hap": f"HAP {region.subregions[town.subregion]}",
        "112": region.rav_for(town.name).name,
        "self-triage": "zelftriage",
        "professional": relation,
    }.get(source, source)


def _who_says_what(rng: random.Random, kind: Complaint) -> tuple[tuple[str, str], str, int]:
    """Urgency and words, sex and age: urgency first, so that its mix is the figures' own; then a person whom one of
    the lines of that urgency fits."""
    urgency = pick(rng, kind.urgencies)
    lines = [line for line in kind.lines if line.urgency == urgency]
    for _ in range(200):
        sex = "v" if rng.random() < kind.female else "m"
        low, high, _weight = rng.choices(kind.ages, [weight for *_, weight in kind.ages])[0]
        age = rng.randint(low, high)
        fitting = [line for line in lines if line.fits(sex, age)]
        if fitting:
            line = rng.choice(fitting)
            return (line.urgency, line.text), sex, age
    line = lines[0]
    return (line.urgency, line.text), line.sex or "v", line.low


def _organisation(rng: random.Random, relation: str, region: Region, town: Town) -> str:
    if "HAP" in relation:
        return f"HAP {region.subregions[town.subregion]}"
    category = {"wijkverpleegkundige": "wijkverpleging", "SEH-arts": "seh", "transferverpleegkundige SEH": "seh"}.get(
        relation
    )
    if category is None:
        return ""
    providers = [
        unit.provider for unit in region.units if unit.category == category and unit.subregion == town.subregion
    ]
    return rng.choice(providers) if providers else ""


def _alerts(rng: random.Random, figures: Figures, age: int, relation: str) -> tuple[str, ...]:
    drawn = [alert for alert, percent in figures.people.alerts.items() if rng.random() * 100 < percent]
    if age < 16:
        return tuple(alert for alert in drawn if alert in ("spreekt weinig Nederlands", "verminderde afweer"))
    if relation == "partner" and "alleenwonend" in drawn:
        drawn.remove("alleenwonend")
    return tuple(alert for alert in drawn if age >= 60 or not alert.startswith("geen reanimatie"))


def _history(
    rng: random.Random, at: datetime, age: int, figures: Figures, region: Region, town: Town
) -> tuple[Earlier, ...]:
    """Earlier contacts: of one in six, of older people more often."""
    if rng.random() > (0.3 if age >= 65 else 0.12):
        return ()
    contacts = []
    kinds = [kind for kind in figures.complaints if any(low <= age <= high for low, high, _ in kind.ages)]
    for _ in range(rng.choices((1, 2), (4, 1))[0]):
        kind = rng.choices(kinds, [kind.weight for kind in kinds])[0]
        line = next((line for line in kind.lines if line.urgency in ("U3", "U4", "U5") and line.sex == ""), None)
        if line is not None and line.low <= age <= line.high:
            when = at - timedelta(days=rng.randrange(2, 300), minutes=rng.randrange(1440))
            text = f"{line.urgency} {line.text} (HAP {region.subregions[town.subregion]})"
            contacts.append(Earlier(when, text))
    return tuple(sorted(contacts, key=lambda earlier: earlier.at, reverse=True))

"""A region's standing facts, read from `data/regions/<name>/` and checked: subregions, towns, RAVs, units with the
rhythm in which they report, desks. It knows no time and no network."""

from __future__ import annotations

import math
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from zcc_console.core.config import ROLES
from zcc_console.core.errors import ConfigError
from zcc_console.core.files import data_dir
from zcc_console.core.freshness import CATEGORIES, VALID_FOR_LIMIT_S
from zcc_console.demo.tables import Table, read_toml

UNIT_SPACE = uuid.UUID("6f2f4d0e-5d0b-5c55-9a3b-0d6b0c1f7a10")
"""The namespace of unit ids: UUIDv5 of the unit's slug, so that they stay the same for ever."""

STATUSES = ("open", "pressure", "stop", "unknown")
RHYTHM_SOURCES = ("automatic", "manual")


@dataclass(frozen=True, slots=True)
class Town:
    """A place calls come from and units stand in."""

    name: str
    subregion: str
    lat: float
    lon: float
    weight: float
    """Its share of the calls; 0 in a neighbouring region."""


@dataclass(frozen=True, slots=True)
class Rav:
    """An ambulance control room."""

    id: str
    name: str
    phone: str
    next_phone: str
    subregions: tuple[str, ...]
    default: bool


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How a unit reports."""

    name: str
    source: str
    every_s: float
    """Median seconds between two reports; 0: it reports once and falls silent."""
    spread: float
    """Sigma of the logarithm of the seconds between two reports."""
    lag_s: float
    """How much older than its arrival a typed number usually is, in seconds."""
    valid_for_s: float


@dataclass(frozen=True, slots=True)
class Opening:
    """What is known of a unit when the night begins."""

    free: int
    status: str
    reason: str
    age_s: float
    until_min: float | None
    """Minutes until the expected end of a stop."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit of one provider."""

    id: str
    slug: str
    category: str
    provider: str
    place: str
    subregion: str
    region: str
    phone: str
    unit: str
    """What is counted: beds, ambulances, consultations."""
    total: int
    usual: int
    rhythm: Rhythm
    valid_for_s: float
    opening: Opening | None


@dataclass(frozen=True, slots=True)
class Seat:
    """A desk and who sits at it tonight."""

    id: str
    user: str
    name: str
    role: str
    callback_number: str
    open: bool
    """Kept for a person: no simulated colleague sits there."""


@dataclass(frozen=True, slots=True)
class Region:
    """Everything that stands still in a region."""

    id: str
    name: str
    zcc: str
    population: int
    callback_number: str
    subregions: Mapping[str, str]
    neighbours: Mapping[str, str]
    towns: Mapping[str, Town]
    ravs: tuple[Rav, ...]
    units: tuple[Unit, ...]
    seats: tuple[Seat, ...]
    path: Path

    @property
    def home_towns(self) -> tuple[Town, ...]:
        """Towns of the region itself, where calls come from."""
        return tuple(town for town in self.towns.values() if town.subregion in self.subregions)

    @property
    def town_subregions(self) -> dict[str, str]:
        """Town in lower case to subregion: how hub and desk find the RAV of a location."""
        return {town.name.lower(): town.subregion for town in self.home_towns}

    def rav_for(self, town: str) -> Rav:
        """The RAV that serves a town, else the default one."""
        subregion = self.town_subregions.get(town.lower(), "")
        default = next(rav for rav in self.ravs if rav.default)
        return next((rav for rav in self.ravs if subregion in rav.subregions), default)


def unit_id(slug: str) -> str:
    """The unit's id on the wire."""
    return str(uuid.uuid5(UNIT_SPACE, slug))


def distance_km(one: Town, other: Town) -> float:
    """Great-circle distance; good enough to put the nearest first."""
    lat1, lon1, lat2, lon2 = map(math.radians, (one.lat, one.lon, other.lat, other.lon))
    a = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * 6371.0 * math.asin(math.sqrt(a))


def load_region(name: str = "hollandrijn", root: Path | None = None) -> Region:
    """Read a region's folder.

    Args:
        name: the folder under `data/regions/`.
        root: another folder of regions than the package's own.

    Raises:
        ConfigError: one sentence: what is wrong with which field of which file.
    """
    folder = (root or data_dir() / "regions") / name
    top = read_toml(folder / "region.toml")
    head = top.table("region")
    subregions = _names(top.tables("subregion"))
    neighbours = _names(top.tables("neighbour"))
    if not subregions or set(subregions) & set(neighbours):
        raise top.wrong("subregion", "ontbreekt of heet als een buurregio")
    towns = _towns(top.tables("town"), set(subregions) | set(neighbours))
    rhythms = {key: _rhythm(key, table) for key, table in top.named_tables("rhythm")}
    ravs = _ravs(top.tables("rav"), subregions)
    top.done()
    region_id = head.text("id")
    region = Region(
        id=region_id,
        name=head.text("name"),
        zcc=head.text("zcc"),
        population=head.whole("population", 1),
        callback_number=head.text("callback_number"),
        subregions=subregions,
        neighbours=neighbours,
        towns=towns,
        ravs=ravs,
        units=_units(folder, region_id, towns, subregions, rhythms),
        seats=_seats(folder),
        path=folder,
    )
    head.done()
    return region


def _names(tables: list[Table]) -> dict[str, str]:
    names: dict[str, str] = {}
    for table in tables:
        key = table.text("id")
        if key in names:
            raise table.wrong("id", f"{key} komt twee keer voor")
        names[key] = table.text("name")
        table.done()
    return names


def _towns(tables: list[Table], subregions: set[str]) -> dict[str, Town]:
    towns: dict[str, Town] = {}
    for table in tables:
        town = Town(
            name=table.text("name"),
            subregion=table.text("subregion"),
            lat=table.number("lat", 50.7, 53.6),
            lon=table.number("lon", 3.3, 7.3),
            weight=table.number("weight"),
        )
        if town.name in towns:
            raise table.wrong("name", f"{town.name} komt twee keer voor")
        if town.subregion not in subregions:
            raise table.wrong("subregion", f"{town.subregion} bestaat niet")
        table.done()
        towns[town.name] = town
    if not any(town.weight for town in towns.values()):
        raise ConfigError("region.toml: geen plaats met een weight boven 0. Verbeter het bestand.")
    return towns


def _rhythm(name: str, table: Table) -> Rhythm:
    rhythm = Rhythm(
        name=name,
        source=table.text("source"),
        every_s=table.number("every_s"),
        spread=table.number("spread", 0, 2),
        lag_s=table.number("lag_s", 0, 86_400),
        valid_for_s=table.number("valid_for_s", 1),
    )
    if rhythm.source not in RHYTHM_SOURCES:
        raise table.wrong("source", "moet automatic of manual zijn")
    table.done()
    return rhythm


def _ravs(tables: list[Table], subregions: Mapping[str, str]) -> tuple[Rav, ...]:
    ravs = []
    for table in tables:
        rav = Rav(
            id=table.text("id"),
            name=table.text("name"),
            phone=table.text("phone"),
            next_phone=table.text("next_phone"),
            subregions=table.texts("subregions"),
            default=table.flag("default", False),
        )
        if not rav.id.startswith("rav-"):
            raise table.wrong("id", "moet met rav- beginnen")
        if not set(rav.subregions) <= set(subregions):
            raise table.wrong("subregions", "noemt een onbekende subregio")
        table.done()
        ravs.append(rav)
    served = [subregion for rav in ravs for subregion in rav.subregions]
    if sorted(served) != sorted(subregions) or sum(rav.default for rav in ravs) != 1:
        raise ConfigError(
            "region.toml: elke subregio heeft precies één RAV nodig, en één RAV is de standaard. Verbeter het bestand."
        )
    return tuple(ravs)


def _units(
    folder: Path,
    region_id: str,
    towns: Mapping[str, Town],
    subregions: Mapping[str, str],
    rhythms: Mapping[str, Rhythm],
) -> tuple[Unit, ...]:
    top = read_toml(folder / "units.toml")
    units: dict[str, Unit] = {}
    phones: set[str] = set()
    for table in top.tables("unit"):
        slug, category, place = table.text("slug"), table.text("category"), table.text("place")
        rhythm = rhythms.get(table.text("rhythm"))
        if category not in CATEGORIES:
            raise table.wrong("category", f"{category} is geen van de twaalf")
        if place not in towns or rhythm is None:
            raise table.wrong("place/rhythm", "bestaat niet in region.toml")
        total = table.whole("total", 1)
        valid = table.number("valid_for_s", 1, default=min(rhythm.valid_for_s, VALID_FOR_LIMIT_S[category]))
        if valid > VALID_FOR_LIMIT_S[category]:
            raise table.wrong("valid_for_s", f"is meer dan {VALID_FOR_LIMIT_S[category]}")
        subregion = towns[place].subregion
        unit = Unit(
            id=unit_id(slug),
            slug=slug,
            category=category,
            provider=table.text("provider"),
            place=place,
            subregion=subregion,
            region=region_id if subregion in subregions else subregion,
            phone=table.text("phone"),
            unit=table.text("unit"),
            total=total,
            usual=table.whole("usual", 0, total),
            rhythm=rhythm,
            valid_for_s=valid,
            opening=_opening(table.table("opening"), total) if "opening" in table else None,
        )
        table.done()
        if unit.id in units or unit.phone in phones:
            raise table.wrong("slug/phone", f"{slug} komt twee keer voor")
        phones.add(unit.phone)
        units[unit.id] = unit
    top.done()
    missing = set(CATEGORIES) - {unit.category for unit in units.values() if unit.region == region_id}
    if missing:
        raise top.wrong("unit", f"ontbreekt voor {', '.join(sorted(missing))}")
    return tuple(units.values())


def _opening(table: Table, total: int) -> Opening:
    opening = Opening(
        free=table.whole("free", 0, total),
        status=table.text("status"),
        reason=table.text("reason", ""),
        age_s=table.number("age_s", 0, 86_400),
        until_min=table.number("until_min") if "until_min" in table else None,
    )
    if opening.status not in STATUSES:
        raise table.wrong("status", f"moet een van {', '.join(STATUSES)} zijn")
    table.done()
    return opening


def _seats(folder: Path) -> tuple[Seat, ...]:
    top = read_toml(folder / "desks.toml")
    seats: dict[str, Seat] = {}
    for table in top.tables("desk"):
        seat = Seat(
            id=table.text("id"),
            user=table.text("user"),
            name=table.text("name"),
            role=table.text("role"),
            callback_number=table.text("callback_number"),
            open=table.flag("open", False),
        )
        if seat.id in seats or seat.role not in ROLES:
            raise table.wrong("id/role", "is dubbel of onbekend")
        table.done()
        seats[seat.id] = seat
    top.done()
    return tuple(seats.values())

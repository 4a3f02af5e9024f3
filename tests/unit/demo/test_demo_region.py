"""The region's data: its shape, its checks, and that nobody in it is real."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from pathlib import Path

import pytest

from zcc_console.core.errors import ConfigError
from zcc_console.core.files import data_dir
from zcc_console.core.freshness import CATEGORIES, VALID_FOR_LIMIT_S
from zcc_console.demo.region import Region, distance_km, load_region, unit_id

REAL_ORGANISATIONS = """
LUMC Alrijne Haga HMC Bronovo Westeinde Antoniushove Erasmus Franciscus Ikazia Maasstad IJsselland Spaarne Antonius
Diakonessenhuis UMC Reinier Langeland Groene\\ Hart Beatrix Gelre Meander Haaglanden Hollands\\ Midden Rijnmond RAVU
Hadoks Limes SMASH Buurtzorg Careyn Vierstroom Fundis Marente Topaz ActiVite Florence Laurens Cardia WelThuis
Rivierduinen Parnassia GGZ\\ Delfland Altrecht Gemiva Ipse Heeren\\ Loo Pluryn Philadelphia Zuidwester Thebe Libertas
""".replace("\\ ", "_").split()


def test_it_has_the_shape_of_a_real_region(region: Region) -> None:
    own = [unit for unit in region.units if unit.region == region.id]
    count = Counter(unit.category for unit in own)
    assert region.population == 2_500_000
    assert len(region.subregions) == 4
    assert len(region.ravs) == 2
    assert len(region.neighbours) == 2
    assert count["seh"] == 9
    assert count["rav"] == 2
    assert count["huisartsenpost"] == 11
    assert len({unit.provider for unit in own if unit.category == "huisartsenpost"}) == 4
    assert {unit.region for unit in region.units} == {region.id, *region.neighbours}


def test_every_category_is_there_and_stays_within_its_limits(region: Region) -> None:
    assert {unit.category for unit in region.units} == set(CATEGORIES)
    for unit in region.units:
        assert unit.valid_for_s <= VALID_FOR_LIMIT_S[unit.category]


def test_some_type_late_and_some_fall_silent(region: Region) -> None:
    rhythms = {unit.rhythm.name for unit in region.units}
    assert {"rav", "lpz", "hap", "hand", "late", "silent", "geboorte", "rooster"} == rhythms
    assert all(unit.rhythm.every_s == 300 for unit in region.units if unit.category == "seh")


def test_ids_follow_from_the_slug_alone(region: Region) -> None:
    assert all(unit.id == unit_id(unit.slug) for unit in region.units)
    assert len({unit.id for unit in region.units}) == len(region.units)


def test_every_town_of_the_region_has_its_own_rav(region: Region) -> None:
    assert {region.rav_for(town.name).id for town in region.home_towns} == {"rav-hollandrijn", "rav-lekvliet"}
    assert region.rav_for("gouda").id == "rav-lekvliet"
    assert region.rav_for("Nergenshuizen").id == "rav-hollandrijn"


def test_distances_are_those_of_the_map(region: Region) -> None:
    assert distance_km(region.towns["Leiden"], region.towns["Leiden"]) == 0
    assert distance_km(region.towns["Leiden"], region.towns["Gouda"]) == pytest.approx(22.5, abs=2)


def test_no_real_organisation_is_named(region: Region) -> None:
    words = [unit.provider for unit in region.units]
    words += [rav.name for rav in region.ravs]
    for name in REAL_ORGANISATIONS:
        pattern = re.compile(rf"\b{re.escape(name.replace('_', ' '))}\b", re.IGNORECASE)
        assert not [word for word in words if pattern.search(word)]


def test_telephone_numbers_are_of_the_invented_ranges(region: Region) -> None:
    phones = [unit.phone for unit in region.units]
    phones += [number for rav in region.ravs for number in (rav.phone, rav.next_phone)]
    phones += [seat.callback_number for seat in region.seats] + [region.callback_number]
    for phone in phones:
        assert re.fullmatch(r"088 555 0 \d{3}", phone)
    assert len(set(phones)) == len(phones)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(data_dir() / "regions" / "hollandrijn", tmp_path / "hollandrijn")
    return tmp_path


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("region.toml", "population = 2_500_000", 'population = "veel"', "population"),
        ("region.toml", 'subregion = "noord"', 'subregion = "west"', "west"),
        ("region.toml", "lat = 52.16", "lat = 12.16", "lat"),
        ("region.toml", 'subregions = ["oost", "zuid"]', 'subregions = ["oost"]', "RAV"),
        ("region.toml", "default = true", "default = false", "standaard"),
        ("region.toml", 'id = "rav-lekvliet"', 'id = "lekvliet"', "rav-"),
        ("units.toml", 'category = "seh"', 'category = "ziekenhuis"', "ziekenhuis"),
        ("units.toml", 'place = "Leiden"', 'place = "Atlantis"', "place"),
        ("units.toml", "total = 23", "total = 0", "total"),
        ("units.toml", "free = 7,", "free = 70,", "free"),
        ("units.toml", 'phone = "088 555 0 302"', 'phone = "088 555 0 301"', "twee keer"),
        ("units.toml", "valid_for_s = 480", "valid_for_s = 480000", "valid_for_s"),
        ("units.toml", 'status = "stop"', 'status = "dicht"', "status"),
        ("units.toml", 'unit = "ambulances"', 'unit = "ambulances"\ncolour = "red"', "colour"),
        ("desks.toml", 'role = "supervisor"', 'role = "baas"', "role"),
        ("desks.toml", 'id = "07"', 'id = "01"', "dubbel"),
        ("desks.toml", 'id = "07"', 'id = "07', "TOML"),
    ],
)
def test_a_region_that_contradicts_itself_is_refused_in_one_sentence(
    copy: Path, file: str, old: str, new: str, says: str
) -> None:
    path = copy / "hollandrijn" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_region("hollandrijn", copy)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value).replace(new, "")


def test_a_category_without_a_unit_is_refused(copy: Path) -> None:
    path = copy / "hollandrijn" / "units.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('category = "ggz"', 'category = "grz"'), encoding="utf-8")
    with pytest.raises(ConfigError, match="ggz"):
        load_region("hollandrijn", copy)


def test_a_region_that_is_not_there_is_one_clear_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="niet te lezen"):
        load_region("elders", tmp_path)

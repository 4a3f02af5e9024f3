"""The drawn calls: the same seed gives the same night, and the night has the published figures."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zcc_console.core.clock import local
from zcc_console.core.errors import ConfigError
from zcc_console.core.files import data_dir
from zcc_console.demo.figures import Figures, load_figures
from zcc_console.demo.load import Arrivals, IncomingCall
from zcc_console.demo.region import Region, load_region

MONDAY = datetime(2026, 11, 15, 23, 0, tzinfo=UTC)  # Monday 0:00 in Amsterdam
NIGHT = datetime(2026, 11, 21, 21, 41, 7, tzinfo=UTC)
FIGURES, REGION = load_figures(), load_region("hollandrijn")


@pytest.fixture(scope="module")
def week(figures: Figures, region: Region) -> list[IncomingCall]:
    until = MONDAY + timedelta(days=7)
    return list(takewhile(lambda call: call.at < until, Arrivals(7, figures, region).since(MONDAY)))


def test_the_same_seed_gives_the_same_night(figures: Figures, region: Region) -> None:
    one = list(islice(Arrivals(1, figures, region).since(NIGHT), 200))
    two = list(islice(Arrivals(1, figures, region).since(NIGHT), 200))
    other = list(islice(Arrivals(2, figures, region).since(NIGHT), 200))
    assert one == two
    assert [call.reason for call in one] != [call.reason for call in other]


def test_a_week_has_the_published_number_of_contacts(week: list[IncomingCall], figures: Figures) -> None:
    out_of_hours = [call for call in week if not figures.is_daytime(call.at)]
    expected = 2_500 * 253 / (365.25 / 7)
    assert len(out_of_hours) == pytest.approx(expected, rel=0.03)


@pytest.mark.parametrize(
    ("weekend", "hours", "percent"), [(False, (18, 19), 12.3), (True, (10, 11), 10.1), (True, (4, 5), 0.85)]
)
def test_the_published_peaks_are_there(
    week: list[IncomingCall], figures: Figures, weekend: bool, hours: tuple[int, ...], percent: float
) -> None:
    out_of_hours = [local(call.at) for call in week if not figures.is_daytime(call.at)]
    within = [here for here in out_of_hours if (here.weekday() >= 5) == weekend and here.hour in hours]
    assert 100 * len(within) / len(out_of_hours) == pytest.approx(percent, rel=0.12)


def test_every_hour_follows_its_figure(week: list[IncomingCall], figures: Figures, region: Region) -> None:
    seen = Counter(call.at.replace(minute=0, second=0, microsecond=0) for call in week)
    for number in range(7 * 24):
        hour = MONDAY + timedelta(hours=number)
        expected = figures.calls_an_hour(hour, region.population)
        assert abs(seen[hour] - expected) <= 5 * max(1.0, expected) ** 0.5


def test_by_day_on_weekdays_only_professionals_and_112_call(week: list[IncomingCall], figures: Figures) -> None:
    by_day = Counter(call.source for call in week if figures.is_daytime(call.at))
    assert set(by_day) == {"professional", "112"}


def test_sources_and_urgencies_have_the_mix_of_the_figures(week: list[IncomingCall], figures: Figures) -> None:
    out_of_hours = [call for call in week if not figures.is_daytime(call.at)]
    sources = Counter(call.source for call in out_of_hours)
    for source, percent in figures.sources.items():
        assert 100 * sources[source] / len(out_of_hours) == pytest.approx(percent, abs=1.5)
    forwarded = [call for call in out_of_hours if call.source in ("hap", "self-triage")]
    urgencies = Counter(call.urgency for call in forwarded)
    for urgency, percent in figures.urgency.items():
        assert 100 * urgencies[urgency] / len(forwarded) == pytest.approx(percent, abs=4)


def test_the_most_frequent_complaints_come_in_the_published_order(week: list[IncomingCall]) -> None:
    count = Counter(call.complaint for call in week if call.source == "hap")
    top = [complaint for complaint, _ in count.most_common(8)]
    assert set(top) == {
        "trauma-extremiteit", "wond", "buikpijn-volw", "kortademig", "huid", "urine", "pijn-borst", "koorts-kind",
    }  # fmt: skip
    assert top[:2] == ["trauma-extremiteit", "wond"]


def test_all_complaints_and_requests_occur_in_a_week(week: list[IncomingCall], figures: Figures) -> None:
    known = {kind.id for kind in (*figures.complaints, *figures.requests)}
    assert {call.complaint for call in week} == known
    assert {call.seeks for call in week} >= {"elv", "grz", "crisis-vv", "crisis-gz", "wijkverpleging", "ggz"}


def test_what_is_said_fits_who_it_is_about(week: list[IncomingCall], figures: Figures) -> None:
    lines = {(kind.id, line.text): line for kind in (*figures.complaints, *figures.requests) for line in kind.lines}
    for call in week:
        line = lines[(call.complaint, call.reason)]
        assert line.fits(call.sex, call.age), (call.complaint, call.reason, call.sex, call.age)
        assert call.urgency == line.urgency or (call.source == "112" and call.urgency == "C1")
        if call.complaint == "zwanger":
            assert call.sex == "v"
        if call.relation == "zelf":
            assert call.age >= 16
            assert call.caller == call.name
        if call.age < 16:
            assert not any(alert.startswith("geen reanimatie") for alert in call.alerts)


def test_nobody_is_real_and_everybody_can_be_shown(week: list[IncomingCall]) -> None:
    for call in week:
        assert re.fullmatch(r"06 1234 5\d{3}", call.callback_number)
        assert call.reason.isprintable()
        assert len(call.reason) <= 70
        assert 50 < call.lat < 54


def later(calls: Iterator[IncomingCall]) -> list[datetime]:
    return [call.at for call in islice(calls, 30)]


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**31), hours=st.integers(0, 24 * 400))
def test_calls_come_in_order_after_any_start(seed: int, hours: int) -> None:
    start = MONDAY + timedelta(hours=hours)
    times = later(Arrivals(seed, FIGURES, REGION).since(start))
    assert times == sorted(times)
    assert times[0] >= start
    assert len(set(times)) == len(times)


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("figures.toml", "weekend = [0.95", "weekend = [9.95", "100 procent"),
        ("figures.toml", "percent = 12.3", "percent = 13.3", "13.3"),
        ("figures.toml", "hap = 71", "fax = 71", "onbekende bron"),
        ("figures.toml", 'source = "BMC Primary Care 2008"', "", "x"),
        ("figures.toml", "per_1000_a_year = 253", "per_1000_a_year = -1", "per_1000_a_year"),
        ("complaints.toml", '"U2||pols', '"U2|pols', "onleesbare"),
        ("complaints.toml", '"U1|60-|plots hevige', '"U4|60-|plots hevige', "urgenties"),
        ("complaints.toml", "ages = [[2, 12, 3]", "ages = [[12, 2, 3]", "ages"),
        ("professionals.toml", 'seeks = "elv"', 'seeks = "hotel"', "twaalf"),
        ("people.toml", "ages = [80, 120]", "ages = [90, 120]", "leeftijd"),
    ],
)
def test_figures_that_do_not_add_up_are_refused(tmp_path: Path, file: str, old: str, new: str, says: str) -> None:
    shutil.copytree(data_dir() / "load", tmp_path / "load")
    path = tmp_path / "load" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    if says == "x":  # the assumption alone is enough; without both it is refused
        path.write_text(
            path.read_text(encoding="utf-8").replace('assumption = "the log-normal form and its sigma"', "")
        )
        says = "bron"
    with pytest.raises(ConfigError, match=says):
        load_figures(tmp_path / "load")

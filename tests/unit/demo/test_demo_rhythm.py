"""Capacity as the region reports it, and how the night begins."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise, takewhile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zcc_console.core.clock import parse_time
from zcc_console.core.freshness import CATEGORIES, Freshness, freshness
from zcc_console.demo.figures import Figures, load_figures
from zcc_console.demo.opening import night_begins, opening_state
from zcc_console.demo.region import Region, load_region
from zcc_console.demo.rhythm import CapacityRhythm, Report
from zcc_console.demo.wire import NightClock, call_body, call_id, report_body
from zcc_console.models.call import CallIn
from zcc_console.models.capacity import CapacityReport

NIGHT = datetime(2026, 11, 21, 21, 41, 7, tzinfo=UTC)
REGION, FIGURES = load_region("hollandrijn"), load_figures()


def hours_of(region: Region, seed: int, hours: float) -> list[Report]:
    until = NIGHT + timedelta(hours=hours)
    return list(takewhile(lambda report: report.at < until, CapacityRhythm(seed, region, NIGHT).reports()))


@pytest.fixture(scope="module")
def night(region: Region) -> list[Report]:
    return hours_of(region, 1, 9)


def test_the_same_seed_gives_the_same_reports(region: Region, night: list[Report]) -> None:
    assert hours_of(region, 1, 9) == night
    assert hours_of(region, 2, 9) != night


def test_every_category_reports_in_its_own_rhythm(region: Region, night: list[Report]) -> None:
    gaps: dict[str, list[float]] = defaultdict(list)
    by_unit: dict[str, list[Report]] = defaultdict(list)
    for report in night:
        by_unit[report.unit.id].append(report)
    for reports in by_unit.values():
        for one, two in pairwise(reports):
            gaps[one.unit.category].append((two.at - one.at).total_seconds())
    middle = {category: sorted(values)[len(values) // 2] for category, values in gaps.items()}
    assert middle["seh"] == pytest.approx(300, rel=0.05)
    assert middle["rav"] == pytest.approx(60, rel=0.1)
    assert middle["huisartsenpost"] == pytest.approx(180, rel=0.1)
    assert middle["elv"] > 1200
    assert {report.unit.category for report in night} | {"farmacie", "huisartsen"} == set(CATEGORIES)


def test_silent_units_never_report_again(region: Region, night: list[Report]) -> None:
    silent = {unit.id for unit in region.units if unit.rhythm.name == "silent"}
    assert len(silent) >= 3
    assert not [report for report in night if report.unit.id in silent]


def test_typed_numbers_come_late_and_automatic_ones_at_once(night: list[Report]) -> None:
    late = [report for report in night if report.unit.rhythm.name == "late"]
    automatic = [report for report in night if report.unit.rhythm.source == "automatic"]
    assert all((report.at - report.observed_at).total_seconds() > 60 for report in late)
    assert all((report.at - report.observed_at).total_seconds() < 30 for report in automatic)


def test_a_stop_shows_no_room_and_ends(night: list[Report]) -> None:
    rijnstroom = [report for report in night if report.unit.slug == "seh-rijnstroom"]
    assert rijnstroom[0].status == "stop"
    stops = [report for report in night if report.status == "stop" and report.unit.category == "seh"]
    assert all(report.free == 0 and report.reason and report.until for report in stops)
    assert all(report.until is not None and report.until > report.at for report in stops)
    assert any(report.status == "open" for report in rijnstroom)


def test_an_arranged_place_is_in_the_units_next_count(region: Region) -> None:
    unit = next(unit for unit in region.units if unit.slug == "crisis-vv-oudewater")
    one, two = CapacityRhythm(3, region, NIGHT), CapacityRhythm(3, region, NIGHT)
    full = next(unit for unit in region.units if unit.slug == "seh-zuidermeer")
    before = next(report for report in one.reports() if report.unit.id == full.id)
    two.took(full.id, full.total)
    two.took("unknown", 1)
    after = next(report for report in two.reports() if report.unit.id == full.id)
    assert after.free < before.free
    two.took(unit.id, 5)
    assert all(report.free >= 0 for report in islice(two.reports(), 300))


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**31), hours=st.integers(0, 24 * 14))
def test_reports_are_in_order_within_bounds_and_never_from_the_future(seed: int, hours: int) -> None:
    start = NIGHT + timedelta(hours=hours)
    rhythm = CapacityRhythm(seed, REGION, start)
    reports = [*rhythm.opening(), *islice(rhythm.reports(), 250)]
    for report in reports:
        assert 0 <= report.free <= report.unit.total
        assert report.observed_at <= report.at
    times = [report.at for report in reports]
    assert times == sorted(times)


def test_the_night_begins_with_the_capacity_of_the_picture(region: Region, figures: Figures) -> None:
    state = opening_state(1, region, figures)
    found = {}
    for report in state.reports:
        age = (state.at - report.observed_at).total_seconds()
        found[report.unit.slug] = (report.status, report.free, freshness(age, report.unit.valid_for_s, report.status))
    assert found["seh-rijnstroom"][0] == "stop"
    assert found["seh-veenpoort"][0] == "pressure"
    assert found["elv-de-wadden"][2] is Freshness.AGEING
    assert found["elv-berkenhof"][2] is Freshness.UNKNOWN
    assert found["crisis-vv-oudewater"][1] == 0
    assert found["crisis-gz-het-anker"][2] is Freshness.AGEING
    assert found["rav-hollandrijn"] == ("open", 7, Freshness.FRESH)
    assert len(state.reports) == len(region.units)


def test_the_night_begins_with_a_queue(region: Region, figures: Figures) -> None:
    state = opening_state(1, region, figures)
    assert state.at == night_begins(region) == NIGHT
    waiting = [opening for opening in state.calls if opening.desk is None]
    waits = {opening.call.reason: (state.at - opening.call.at).total_seconds() for opening in waiting}
    assert len(waiting) == 12
    assert len([wait for wait in waits.values() if wait > 120]) >= 6
    assert [opening for opening in waiting if opening.call.source == "professional" and opening.call.urgency == "U1"]
    assert {opening.desk for opening in state.calls if opening.desk} >= {"02", "03", "06", "08"}
    assert [opening for opening in state.calls if opening.callback_at is not None]
    assert [opening.call.at for opening in state.calls] == sorted(opening.call.at for opening in state.calls)
    assert len(state.notices) == 2
    assert opening_state(1, region, figures) == state


def test_bodies_are_what_the_contract_takes(region: Region, figures: Figures) -> None:
    wall = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
    clock = NightClock(NIGHT, wall, speed=10)
    state = opening_state(1, region, figures)
    for opening in state.calls:
        body = call_body(opening.call, clock)
        CallIn.model_validate(body)
        assert parse_time(str(body["received_at"])) == clock.wall(opening.call.at)
        assert body["call_id"] == call_id(opening.call.key, clock.wall(opening.call.at))
    for report in (*state.reports, *islice(CapacityRhythm(1, region, NIGHT).reports(), 400)):
        CapacityReport.model_validate(report_body(report, region, clock))


def test_a_birth_date_makes_somebody_as_old_as_is_said(region: Region, figures: Figures) -> None:
    wall = datetime(2031, 6, 1, 12, 0, tzinfo=UTC)
    for opening in opening_state(4, region, figures).calls:
        patient = call_body(opening.call, NightClock(NIGHT, wall))["patient"]
        assert isinstance(patient, dict)
        born = datetime.fromisoformat(f"{patient['birth_date']}T00:00:00+00:00")
        assert int((wall - born).days / 365.2425) == patient["age_years"]


@given(speed=st.floats(0.1, 100), seconds=st.floats(-86_400, 86_400))
def test_the_nights_clock_goes_there_and_back(speed: float, seconds: float) -> None:
    clock = NightClock(NIGHT, datetime(2027, 1, 1, tzinfo=UTC), speed)
    moment = NIGHT + timedelta(seconds=seconds)
    assert abs(clock.sim(clock.wall(moment)) - moment) < timedelta(milliseconds=1)
    if seconds < 0:
        assert clock.wall_start - clock.wall(moment) == NIGHT - moment

"""Ages and numbers as people type them."""

from __future__ import annotations

from datetime import date

import pytest

from zcc_console.protocols.values import age_at, age_days, normal_age, number


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("67", "67 jaar"),
        ("67j", "67 jaar"),
        ("1 jaar", "1 jaar"),
        ("3m", "3 maanden"),
        ("1 mnd", "1 maand"),
        ("6 w", "6 weken"),
        (" 10 Dagen ", "10 dagen"),
        ("0", "0 jaar"),
    ],
)
def test_an_age_is_stored_in_one_form_however_it_is_typed(typed: str, stored: str) -> None:
    assert normal_age(typed) == stored
    assert age_days(typed) == age_days(stored)


@pytest.mark.parametrize("typed", ["", "-3", "3,5 jaar", "oud", "131", "99999", "3 maand en 2 dagen", "١٢"])
def test_what_is_no_age_of_a_person_is_none(typed: str) -> None:
    assert age_days(typed) is None
    assert normal_age(typed) is None


def test_a_threshold_in_one_unit_meets_the_same_age_in_another() -> None:
    assert age_days("12 maanden") == age_days("1 jaar")
    twelve_weeks, three_months = age_days("12 weken"), age_days("3 maanden")
    assert twelve_weeks is not None
    assert three_months is not None
    assert twelve_weeks < three_months


@pytest.mark.parametrize(
    ("born", "said"),
    [
        (date(2026, 11, 12), "10 dagen"),
        (date(2026, 8, 23), "2 maanden"),
        (date(2026, 8, 22), "3 maanden"),
        (date(2024, 11, 23), "23 maanden"),
        (date(2024, 11, 22), "2 jaar"),
        (date(1959, 11, 23), "66 jaar"),
        (date(2026, 11, 23), None),
    ],
)
def test_a_date_of_birth_gives_completed_days_months_or_years(born: date, said: str | None) -> None:
    assert age_at(born, date(2026, 11, 22)) == said


def test_a_number_takes_a_comma_or_a_point_and_nothing_else() -> None:
    assert number("38,4") == number("38.4") == 38.4
    assert [number(text) for text in ("", "1e3", "nan", "inf", "38.", "1.000.000", "12345678", "٣٨")] == [None] * 8

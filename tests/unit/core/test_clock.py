"""Time: what is a time at all, and how people in the region read it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zcc_console.core.clock import local_hm, parse_time, parse_time_or_none, rfc3339


@pytest.mark.parametrize(
    "text",
    [
        "9999-12-31T23:59:59Z",
        "0001-01-01T00:00:00Z",
        "1899-12-31T23:59:59Z",
        "2026-11-22",
        "2026-11-22T01:00:00",
        "",
        "nee",
    ],
)
def test_what_is_no_time_for_us_is_refused_and_reads_as_none(text: str) -> None:
    with pytest.raises(ValueError):
        parse_time(text)
    assert parse_time_or_none(text) is None


@given(st.datetimes(timezones=st.just(UTC)))
def test_every_time_that_is_read_can_be_shown(moment: datetime) -> None:
    read = parse_time_or_none(moment.isoformat())
    if read is not None:
        assert len(local_hm(read)) >= 5
        assert parse_time(rfc3339(read)).replace(microsecond=0) == read.replace(microsecond=0)


def test_the_hour_that_comes_twice_carries_its_offset() -> None:
    assert local_hm(datetime(2026, 10, 25, 0, 30, tzinfo=UTC)) == "02:30+2"
    assert local_hm(datetime(2026, 10, 25, 1, 30, tzinfo=UTC)) == "02:30+1"
    assert local_hm(datetime(2026, 10, 25, 2, 30, tzinfo=UTC)) == "03:30"

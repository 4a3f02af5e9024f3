"""The switches of the simulation."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zcc_console.core.errors import ConfigError
from zcc_console.rav.behaviour import BEHAVIOUR, Spread, patched


def test_a_patch_changes_only_what_it_names() -> None:
    changed = patched(BEHAVIOUR, {"silent": True, "accept_after_s": [3, 9], "recall_after_s": {"median": 2, "p90": 8}})
    assert changed.silent
    assert changed.accept_after_s == Spread(3.0, 9.0)
    assert changed.recall_after_s == Spread(2.0, 8.0, lognormal=True)
    assert changed.opened_after_s == BEHAVIOUR.opened_after_s
    assert set(changed.switched_on()) == {"silent", "accept_after_s", "recall_after_s"}


def test_what_is_written_reads_back_the_same() -> None:
    changed = patched(BEHAVIOUR, {"hang": True, "events_after_s": 4, "dispatchers": ["A"], "recall": "too-late"})
    assert patched(BEHAVIOUR, changed.json()) == changed


@pytest.mark.parametrize(
    "patch",
    [
        {"onbekend": 1},
        {"silent": "ja"},
        {"reject_every": -1},
        {"reject_every": True},
        {"accept_after_s": [9, 3]},
        {"accept_after_s": -1},
        {"accept_after_s": {"median": 0, "p90": 3}},
        {"accept_after_s": {"mean": 3}},
        {"accept_after_s": [1, "2"]},
        {"accept_after_s": float("inf")},
        {"accept_after_s": float("nan")},
        {"recall": "misschien"},
        {"dispatchers": []},
        {"reject_reason": None},
    ],
)
def test_a_switch_that_cannot_be_read_is_one_sentence_that_names_it(patch: dict[str, object]) -> None:
    with pytest.raises(ConfigError) as caught:
        patched(BEHAVIOUR, patch)
    assert next(iter(patch)) in str(caught.value)
    assert "Niets is gewijzigd" in str(caught.value)


@given(st.floats(0.1, 100), st.floats(1, 10), st.integers(0, 1000))
def test_a_waiting_time_is_never_negative_or_endless(low: float, times: float, seed: int) -> None:
    chance = random.Random(seed)
    for spread in (Spread(low, low), Spread(low, low * times), Spread(low, low * times, lognormal=True)):
        assert 0 <= spread.draw(chance) <= 10 * low * times


def test_half_of_the_lognormal_waits_are_below_the_median_and_nine_of_ten_below_p90() -> None:
    chance = random.Random(1)
    drawn = sorted(Spread(5.0, 12.0, lognormal=True).draw(chance) for _ in range(4000))
    assert drawn[2000] == pytest.approx(5.0, rel=0.1)
    assert drawn[3600] == pytest.approx(12.0, rel=0.1)

"""Urgencies: the gravest is the smallest, and none of them is nothing."""

from __future__ import annotations

import pytest

from zcc_console.core.urgency import Urgency, most_urgent


@pytest.mark.parametrize("urgency", Urgency)
def test_no_urgency_reads_as_nothing(urgency: Urgency) -> None:
    assert bool(urgency)
    assert (Urgency.parse(urgency.name) or None) is urgency


def test_the_most_urgent_is_the_smallest() -> None:
    assert most_urgent([Urgency.U3, Urgency.U0, Urgency.U5]) is Urgency.U0

"""The urgencies: order, marks and words as the screens show them."""

from __future__ import annotations

import pytest

from zcc_console.core.urgency import Urgency, most_urgent


def test_the_smaller_number_is_the_more_urgent() -> None:
    assert most_urgent([Urgency.U4, Urgency.U1, Urgency.U2]) is Urgency.U1
    with pytest.raises(ValueError):
        most_urgent([])


def test_each_urgency_has_its_own_mark_and_word() -> None:
    assert "".join(one.mark for one in Urgency) == "■▲◆●○·"
    assert [one.word for one in Urgency] == [
        "vitaal bedreigd · nu",
        "levensbedreigend · direct",
        "spoed · binnen een uur",
        "dringend · enkele uren",
        "niet dringend · 24 uur",
        "advies",
    ]
    assert Urgency.U1.label == "▲ U1"


def test_only_u0_and_u1_are_for_the_rav() -> None:
    assert [one for one in Urgency if one.is_for_the_rav] == [Urgency.U0, Urgency.U1]


@pytest.mark.parametrize("text", ["", "U6", "u1", "U1 ", None, 1, ["U1"]])
def test_what_names_no_urgency_reads_as_none(text: object) -> None:
    assert Urgency.parse(text) is None
    assert Urgency.parse("U3") is Urgency.U3

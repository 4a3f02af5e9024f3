"""A receiver refuses only what is compulsory and absent, and names what it cannot read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rav.region import message
from zcc_console.core.handoff import message_of
from zcc_console.core.jsontypes import Json
from zcc_console.core.receiving import Incoming, Incomplete, read_message

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def read(body: dict[str, Json]) -> Incoming:
    found = read_message(body)
    assert isinstance(found, Incoming)
    return found


def test_a_message_of_the_contract_gets_no_warning() -> None:
    assert read(message()).warnings == ()


def test_the_least_that_is_compulsory_is_enough() -> None:
    whole = message()
    least = {
        name: whole[name] for name in ("handoff_id", "message_id", "from", "urgency", "reasons", "callback_number")
    }
    assert read({**least, "exercise": True}).exercise


@pytest.mark.parametrize("name", ["handoff_id", "message_id", "from", "urgency", "reasons"])
@pytest.mark.parametrize("absent", [True, False])
def test_a_compulsory_field_that_is_absent_or_null_is_refused_by_name(name: str, absent: bool) -> None:
    body = message(**{name: None})
    if absent:
        del body[name]
    found = read_message(body)
    assert isinstance(found, Incomplete)
    assert [field for field, _ in found.errors] == [name]


def test_callback_number_or_location_is_enough_and_neither_is_not() -> None:
    assert read(message(callback_number=None)).warnings == ()
    assert read(message(location=None)).warnings == ()
    assert isinstance(read_message(message(location=None, callback_number=None)), Incomplete)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"lampje": 1}, "lampje"),
        ({"urgency": 5}, "urgency"),
        ({"urgency": "heel erg"}, "urgency"),
        ({"reasons": "pijn"}, "reasons"),
        ({"reasons": []}, "reasons"),
        ({"sequence": "1"}, "sequence"),
        ({"sequence": 2**60}, "sequence"),
        ({"kind": "cancel"}, "kind"),
        ({"created_at": "vandaag"}, "created_at"),
        ({"patient": {"age_years": "oud"}}, "patient.age_years"),
        ({"patient": {"schoenmaat": 43}}, "patient.schoenmaat"),
        ({"location": "thuis"}, "location"),
        ({"voice": {"outcome": "misschien"}}, "voice.outcome"),
        ({"message_id": "abc"}, "message_id"),
    ],
)
def test_what_it_does_not_know_or_cannot_read_is_kept_and_named(change: dict[str, Json], named: str) -> None:
    body = message(**change)
    found = read(body)
    assert found.body == body
    assert [warning.split(":")[0] for warning in found.warnings] == [named]


def test_a_thousand_unknown_fields_are_kept_and_named_in_short() -> None:
    found = read({**message(), **{f"veld{number}": number for number in range(1000)}})
    assert len(found.warnings) == 50
    assert len(found.body) > 1000


@given(st.dictionaries(st.sampled_from(list(message())) | st.text(max_size=8), JSON, max_size=8))
def test_no_value_in_any_field_makes_it_refuse_more_than_the_compulsory(changes: dict[str, Json]) -> None:
    found = read_message(message(**changes))
    if isinstance(found, Incomplete):
        assert {name for name, _ in found.errors} <= {
            "handoff_id",
            "message_id",
            "from",
            "urgency",
            "reasons",
            "callback_number",
        }
    else:
        message_of(found.body)
        assert found.body == message(**changes)

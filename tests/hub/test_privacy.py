"""A BSN stays out of what everybody reads, whatever a sender calls it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.hub.house import House
from tests.hub.test_calls import record
from tests.hub.test_handoffs import item, pressed
from zcc_console.core.jsontypes import Json
from zcc_console.core.privacy import is_bsn, names_bsn, without_bsn

BSN = "111222333"


@pytest.mark.parametrize("name", ["bsn", "BSN", "patient_bsn", "burgerservicenummer", "sofinummer", "SoFi"])
def test_the_name_of_a_field_that_means_a_bsn_is_known(name: str) -> None:
    assert names_bsn(name)


@pytest.mark.parametrize("name", ["name", "sofia-kinderziekenhuis", "2.16.840.1.113883.2.4.6.30"])
def test_another_name_is_not_taken_for_one(name: str) -> None:
    assert not names_bsn(name)


@pytest.mark.parametrize("value", [BSN, "1112.22.333", " 111222333", 111222333])
def test_nine_digits_that_pass_the_test_can_be_a_bsn(value: object) -> None:
    assert is_bsn(value)


@pytest.mark.parametrize(
    "value", ["111222334", "000000000", "11122233", "1112223330", "١١١٢٢٢٣٣٣", None, True, 1.5, []]
)
def test_anything_else_cannot(value: object) -> None:
    assert not is_bsn(value)


@given(st.recursive(st.none() | st.text(max_size=4), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_what_names_no_bsn_is_left_as_it_is(value: Json) -> None:
    body: dict[str, Json] = {"inside": value}
    if not any(word in repr(body).lower() for word in ("bsn", "burgerservice", "sofi", "system")):
        assert without_bsn(body) == body


def test_an_identifier_of_an_unknown_system_that_can_be_a_bsn_is_for_the_record_alone(house: House) -> None:
    system = "http://ergens.test/patientnummer"
    call = house.call(identifiers=[{"system": system, "value": BSN}, {"system": system, "value": "111222334"}])
    assert BSN not in json.dumps(house.data("call", call))
    assert house.data("call", call)["identifiers"] == [{"system": system, "value": "111222334"}]
    assert {"system": system, "value": BSN} in record(house, call)["data"]["identifiers"]  # type: ignore[index]


def test_the_number_of_a_care_provider_is_no_bsn(house: House) -> None:
    uzi = {"system": "http://fhir.nl/fhir/NamingSystem/uzi-nr-pers", "value": BSN}
    assert house.data("call", house.call(identifiers=[uzi]))["identifiers"] == [uzi]


def test_a_bsn_anywhere_in_a_handoff_stays_out_of_the_log(house: House) -> None:
    hidden: dict[str, object] = {
        "patient": {"burgerservicenummer": BSN, "more": [{"system": "urn:x", "value": BSN}]},
        "sofinummer": BSN,
    }
    _, body = pressed(house, "07", **hidden)
    assert BSN not in json.dumps(item(house, body))

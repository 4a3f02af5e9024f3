"""Exports of calls and capacity: good rows are read, bad ones are named by line and kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zcc_console.core.jsontypes import Json, as_object
from zcc_console.intake.call_rows import Ready, call_of_row
from zcc_console.intake.capacity_rows import report_of_row
from zcc_console.intake.rows import BadRow, FileRefused, Row, format_of, read_rows
from zcc_console.intake.values import Unreadable, moment, number, sex, texts, truth, whole
from zcc_console.models.call import CallIn
from zcc_console.models.capacity import CapacityReport


def rows_of(tmp_path: Path, content: str | bytes, kind: str = "csv") -> list[Row | BadRow]:
    path = tmp_path / f"export.{kind}"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_rows(path, kind)


def call(**fields: Json) -> Ready:
    found = call_of_row(Row(2, fields), "hap")
    assert isinstance(found, Ready), found
    CallIn.model_validate(found.body)
    return found


def errors(**fields: Json) -> dict[str, str]:
    found = call_of_row(Row(2, fields), "hap")
    assert isinstance(found, BadRow)
    return dict(found.errors)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_columns_are_found_by_name_whatever_stands_between_them(tmp_path: Path, delimiter: str) -> None:
    header = delimiter.join(["Reason", " TOWN ", "age_years"])
    (row,) = rows_of(tmp_path, f"{header}\r\n" + delimiter.join(["hoest", "Havendorp", "41"]) + "\r\n")
    assert row == Row(2, {"reason": "hoest", "town": "Havendorp", "age_years": "41"})


def test_line_numbers_are_those_of_the_file_also_after_a_field_of_three_lines(tmp_path: Path) -> None:
    found = rows_of(tmp_path, 'reason,town\n"een\ntwee\ndrie",A\n\nvier,B\n')
    assert [row.line for row in found] == [2, 6]


def test_a_row_with_too_many_fields_is_bad_and_the_next_is_read(tmp_path: Path) -> None:
    bad, good = rows_of(tmp_path, "reason,town\na,b,c\nd,e\n")
    assert isinstance(bad, BadRow)
    assert bad.line == 2
    assert good == Row(3, {"reason": "d", "town": "e"})


def test_an_unclosed_quote_is_said_and_nothing_after_it_is_guessed(tmp_path: Path) -> None:
    good, bad = rows_of(tmp_path, 'reason\na\n"b\nc\n')
    assert isinstance(good, Row)
    assert isinstance(bad, BadRow)
    assert bad.line == 3


def test_windows_text_and_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    assert rows_of(tmp_path, "reason\ncafé\n".encode("cp1252")) == [Row(2, {"reason": "café"})]
    assert rows_of(tmp_path, b"\xef\xbb\xbfreason\nx\n") == [Row(2, {"reason": "x"})]
    assert rows_of(tmp_path, b'\xef\xbb\xbf{"reason": "x"}\n', "jsonl") == [Row(1, {"reason": "x"})]


@pytest.mark.parametrize("content", ["", "\n\n", "a,,b\n1,2,3\n", "a,A\n1,2\n"])
def test_a_csv_without_a_usable_header_is_refused_whole(tmp_path: Path, content: str) -> None:
    with pytest.raises(FileRefused, match="niets ingelezen"):
        rows_of(tmp_path, content)


def test_json_lines_name_the_line_that_is_none(tmp_path: Path) -> None:
    found = rows_of(tmp_path, '{"reason": "a"}\n\n{"reason"\n[]\n{"a": 1, "a": 2}\n', "jsonl")
    assert [row.line for row in found] == [1, 3, 4, 5]
    assert [isinstance(row, BadRow) for row in found] == [False, True, True, True]


def test_the_format_is_the_extension_s_unless_it_is_named(tmp_path: Path) -> None:
    assert format_of(Path("a.CSV"), None) == "csv"
    assert format_of(Path("a.ndjson"), None) == "jsonl"
    assert format_of(Path("a.txt"), "jsonl") == "jsonl"
    with pytest.raises(FileRefused, match="--format"):
        format_of(Path("a.txt"), None)
    with pytest.raises(FileRefused, match="niets ingelezen"):
        read_rows(tmp_path / "weg.csv", "csv")


def test_a_row_is_a_call_of_the_contract() -> None:
    found = call(
        id="K-1",
        source="112",
        received_at="2026-11-21 22:41:07",
        caller_name="P. Prins",
        with_patient="ja",
        callback_number="0612345678",
        patient_name="K. Prins",
        age_years="41",
        sex="Vrouw",
        risk="zwanger; diabetes",
        bsn="111222333",
        street="Kade",
        house_number=12,
        town="Havendorp",
        lat="52,1",
        reason="hoest",
        urgency="C1",
        notes="een|twee",
    )
    assert found.body == {
        "source": "112",
        "received_at": "2026-11-21T21:41:07.000Z",
        "caller": {"name": "P. Prins", "with_patient": True},
        "callback_number": "0612345678",
        "patient": {
            "name": "K. Prins",
            "age_years": 41,
            "sex": "v",
            "risk": ["zwanger", "diabetes"],
            "bsn": "111222333",
        },
        "location": {"street": "Kade", "house_number": "12", "town": "Havendorp", "lat": 52.1},
        "reason": "hoest",
        "pre_urgency": {"urgency": "C1"},
        "notes": ["een", "twee"],
        "identifiers": [{"system": "export:112", "value": "K-1"}],
    }


def test_the_contract_s_own_names_and_objects_are_columns_too() -> None:
    dotted = call(**{"patient.name": "A", "location.town": "B", "reason": "c"}).body
    nested = call(patient={"name": "A"}, location={"town": "B"}, reason="c").body
    assert dotted == nested == {**nested, "source": "hap"}


def test_an_unknown_column_becomes_a_note() -> None:
    assert call(reason="hoest", haarkleur="rood", extra={"a": 1}).body["notes"] == ["haarkleur: rood", 'extra: {"a":1}']


def test_the_same_row_has_the_same_key_by_its_id_or_else_its_content() -> None:
    assert call(id="1", reason="a").key == call(id="1", reason="b").key
    assert call(id="1", reason="a").key != call(id="1", reason="a", source="112").key
    assert call(reason="a").key == call(reason="a").key
    assert call(reason="a").key != call(reason="b").key


def test_every_field_that_is_wrong_is_named() -> None:
    found = errors(reason="x", age_years="oud", sex="q", with_patient="misschien", source="fax", received_at="straks")
    assert set(found) == {"age_years", "sex", "with_patient", "source", "received_at"}
    assert "patient.age_years" in errors(reason="x", age_years=200)
    assert "bsn" in errors(reason="x", bsn="123456789")
    assert "rij" in errors(patient_name="Niemand")
    assert "caller" in errors(reason="x", caller=[1])
    assert "patient.schoenmaat" in errors(reason="x", patient={"schoenmaat": 43})


@pytest.mark.parametrize(
    ("read", "value", "wanted"),
    [
        (number, "3,5", 3.5),
        (number, "3", 3),
        (whole, "3.0", 3),
        (truth, "NEE", False),
        (truth, 1, True),
        (sex, "onbekend", None),
        (texts, "a;b|c", ["a", "b", "c"]),
        (texts, ["a;b", 2], ["a;b", "2"]),
        (moment, "2026-11-21T22:41:07+01:00", "2026-11-21T21:41:07.000Z"),
        (moment, "2026-07-01 12:00", "2026-07-01T10:00:00.000Z"),
    ],
)
def test_values_are_read_as_people_write_them(read: object, value: Json, wanted: Json) -> None:
    assert callable(read)
    assert read(value) == wanted


@pytest.mark.parametrize("value", ["2026-10-25 02:30", "2026-03-29 02:30"])
def test_a_local_hour_that_comes_twice_or_never_needs_its_zone(value: str) -> None:
    with pytest.raises(Unreadable, match="tijdzone"):
        moment(value)


@pytest.mark.parametrize("value", ["nan", "inf", "1e400", "x", "", True, None, [1]])
def test_what_is_no_number_is_unreadable(value: Json) -> None:
    with pytest.raises(Unreadable):
        number(value)


CAPACITY: dict[str, Json] = {
    "id": "seh-oost",
    "category": "Ziekenhuis/SEH",
    "provider": "Oost",
    "free": "3",
    "status": "dreigende stop",
    "observed_at": "2026-11-21T21:40:00Z",
}


def test_a_row_is_a_report_of_the_contract_with_the_longest_validity_of_its_category() -> None:
    found = report_of_row(Row(2, CAPACITY))
    assert isinstance(found, Ready)
    CapacityReport.model_validate(found.body)
    assert (found.name, found.body["category"], found.body["status"]) == ("seh-oost", "seh", "pressure")
    assert found.body["valid_for_s"] == 900


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"id": None}, "id"),
        ({"observed_at": None}, "observed_at"),
        ({"category": "tandarts"}, "category"),
        ({"status": ""}, "status"),
        ({"free": "veel"}, "free"),
        ({"free": "-1"}, "free"),
        ({"haarkleur": "rood"}, "haarkleur"),
        ({"valid_for_s": "90000"}, "rij"),
        ({"id": "een naam met spaties"}, "id"),
    ],
)
def test_a_report_that_is_wrong_is_named_by_its_field(change: dict[str, Json], named: str) -> None:
    found = report_of_row(Row(2, {**CAPACITY, **change}))
    assert isinstance(found, BadRow)
    assert named in dict(found.errors)


def test_the_same_report_has_the_same_key_and_a_newer_one_another() -> None:
    first, again = report_of_row(Row(2, CAPACITY)), report_of_row(Row(9, {**CAPACITY}))
    newer = report_of_row(Row(2, {**CAPACITY, "free": "2"}))
    assert isinstance(first, Ready)
    assert isinstance(again, Ready)
    assert isinstance(newer, Ready)
    assert first.key == again.key != newer.key


VALUE = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10)
ANY = VALUE | st.lists(VALUE, max_size=2) | st.dictionaries(st.text(max_size=5), VALUE, max_size=2)
NAMES = st.sampled_from(
    ["id", "reason", "age_years", "sex", "patient", "caller", "notes", "source", "received_at", "lat", "free", "status"]
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(NAMES | st.text(max_size=6), ANY, max_size=6))
def test_any_row_is_ready_or_bad_and_never_a_crash(fields: dict[str, Json]) -> None:
    for found in (call_of_row(Row(1, fields), "hap"), report_of_row(Row(1, fields))):
        if isinstance(found, Ready):
            assert found.key
            assert as_object(found.body)
        else:
            assert found.errors


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_rows_or_one_refusal(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    path = tmp_path_factory.mktemp("x") / "x"
    path.write_bytes(raw)
    for kind in ("csv", "jsonl"):
        try:
            found = read_rows(path, kind)
        except FileRefused:
            continue
        lines = [row.line for row in found]
        assert lines == sorted(lines)

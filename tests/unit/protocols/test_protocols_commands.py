"""`protocols check` and `protocols list`, for people and for programs."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result

from zcc_console.protocols.commands import protocols_group


def run(*words: str) -> Result:
    return CliRunner().invoke(protocols_group, list(words))


def test_check_says_that_the_demonstration_set_loads_and_that_it_is_a_demonstration() -> None:
    done = run("check", "--samples", "5")
    assert done.exit_code == 0
    assert done.stdout.startswith("DEMO · demo.nl 0.1.0")
    assert "0 fouten: de set laadt." in done.stdout


def test_check_as_json_is_one_object(source: Path) -> None:
    done = run("check", str(source), "--samples", "5", "--json")
    answer = json.loads(done.stdout)
    assert answer["ok"] is True
    assert answer["demonstration"] is True
    assert answer["hash"].startswith("sha256:")
    assert {one["check"] for one in answer["findings"]} <= {"P15", "P17"}


def test_check_of_a_set_that_does_not_read_exits_65_with_file_and_line(copy: Path) -> None:
    (copy / "uitval.yaml").write_text("format: &a x\n", encoding="utf-8")
    done = run("check", str(copy))
    assert done.exit_code == 65
    assert "P01  uitval.yaml:1: een anker" in done.stderr
    as_json = run("check", str(copy), "--json")
    assert as_json.exit_code == 65
    assert json.loads(as_json.stdout)["problems"][0]["line"] == 1


def test_check_of_a_set_that_fails_a_check_exits_65(copy: Path) -> None:
    path = copy / "pijn-borst.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace('unknown_as: "U2"', 'unknown_as: "U4"', 1), encoding="utf-8"
    )
    done = run("check", str(copy), "--samples", "5")
    assert done.exit_code == 65
    assert "de set laadt niet" in done.stdout
    assert "P07" in done.stdout
    assert json.loads(run("check", str(copy), "--samples", "5", "--json").stdout)["ok"] is False


def test_list_names_the_six_complaints() -> None:
    answer = json.loads(run("list", "--json").stdout)
    assert [one["id"] for one in answer["protocols"]] == [
        "demo.buikpijn-volw",
        "demo.koorts-kind",
        "demo.kortademig",
        "demo.pijn-borst",
        "demo.trauma-extremiteit",
        "demo.uitval",
    ]
    assert "Pijn op de borst" in run("list").stdout


def test_list_of_a_folder_that_is_no_set_exits_65(tmp_path: Path) -> None:
    assert run("list", str(tmp_path)).exit_code == 65
    assert json.loads(run("list", str(tmp_path), "--json").stdout)["ok"] is False


def test_the_schema_of_a_complaint_is_json_schema() -> None:
    schema = json.loads(run("schema").stdout)
    assert schema["properties"]["format"]["const"] == "zcc-protocol/1"
    assert schema["additionalProperties"] is False

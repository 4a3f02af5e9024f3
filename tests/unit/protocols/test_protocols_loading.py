"""What a protocol file may not be, each with the file, the line and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from zcc_console.protocols.compiled import compile_set, load_compiled
from zcc_console.protocols.errors import ProtocolError
from zcc_console.protocols.strict_yaml import MAX_BYTES, parse


def refused(raw: bytes) -> str:
    with pytest.raises(ProtocolError) as error:
        parse("x.yaml", raw)
    return str(error.value)


def test_every_value_is_a_string_and_knows_its_line() -> None:
    document = parse("x.yaml", b"a: no\nb: [08, 1.0, on, ~]\nc: {d: 2026-11-21}\n")
    assert document.content == {"a": "no", "b": ["08", "1.0", "on", "~"], "c": {"d": "2026-11-21"}}
    assert document.line(("b", 2)) == 2
    assert document.line(("c", "d", "deeper")) == 3


@pytest.mark.parametrize(
    ("raw", "line", "what"),
    [
        (b"a: &x 1\nb: 2\n", 1, "anker"),
        (b"a: 1\nb: *x\n", 2, "verwijzing"),
        (b"a: !!python/object:os.system x\n", 1, "type"),
        (b"a: !include other.yaml\n", 1, "type"),
        (b"a: 1\na: 2\n", 2, "twee keer"),
        (b"a: {b: 1, b: 2}\n", 1, "twee keer"),
        (b"%YAML 1.1\n---\na: 1\n", 1, "%-regel"),
        (b"a: 1\n---\nb: 2\n", 2, "tweede document"),
        (b"a: b: c\n", 1, "geen geldige YAML"),
        (b"? [a]\n: 1\n", 1, "geen woord"),
        ("a: x\u202ey\n".encode(), 1, "U+202E"),
        (b'a: 1\nb: "x\x1b[2J"\n', 2, "U+001B"),
        (b"a:\t1\n", 1, "U+0009"),
        ("a: cafe\u0301\n".encode(), 1, "NFC"),
        (b"a: 1\nb: \xff\n", 2, "geen UTF-8"),
        (b"", 1, "leeg"),
    ],
)
def test_what_yaml_can_do_beyond_strings_is_refused_at_its_line(raw: bytes, line: int, what: str) -> None:
    said = refused(raw)
    assert said.startswith(f"x.yaml:{line}: ")
    assert what in said


def test_what_is_too_large_too_deep_or_too_much_is_refused() -> None:
    assert "groter dan" in refused(b"a" * (MAX_BYTES + 1))
    assert "te diep" in refused(b"a: " + b"[" * 40 + b"]" * 40)
    assert "te veel" in refused(b"a: [" + b"1," * 30_000 + b"]")
    assert "te diep" in refused(b"[" * 5_000)


def test_a_file_from_another_editor_reads_the_same() -> None:
    assert parse("x", "\ufeffa: één\r\nb: 2\r\n".encode()).content == {"a": "één", "b": "2"}


def problems(copy: Path, file: str, old: str, new: str, count: int = 1) -> list[str]:
    """What is said of the set when a piece of one file is another."""
    path = copy / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, count), encoding="utf-8")
    with pytest.raises(ProtocolError) as error:
        compile_set(copy)
    return [str(one) for one in error.value.problems]


@pytest.mark.parametrize(
    ("file", "old", "new", "what"),
    [
        ("pijn-borst.yaml", 'version: "0.1.0"', 'version: "0.1"', "'version' klopt niet"),
        ("pijn-borst.yaml", 'status: "demonstration"', 'state: "demonstration"', "onbekend veld 'state'"),
        ("pijn-borst.yaml", 'titles: {nl: "Pijn op de borst", ', "titles: {", "'titles.nl' ontbreekt"),
        ("pijn-borst.yaml", 'when: {drukkend: "nu"}', 'when: {drukkend: "straks"}', "'straks' is geen antwoord"),
        ("pijn-borst.yaml", 'when: {drukkend: "nu"}', 'when: {drukkend: "nee"}', "verhoogt nooit iets"),
        ("pijn-borst.yaml", 'when: {drukkend: "nu"}', 'when: {drukt: "nu"}', "'drukt' is geen vraag of gegeven"),
        ("pijn-borst.yaml", 'when: {drukkend: "nu"}', "when: {not: [{drukkend: nu}]}", "'not' is geen vraag"),
        ("pijn-borst.yaml", 'when: {drukkend: "nu"}', "when: {all: []}", "lijst van voorwaarden"),
        ("pijn-borst.yaml", 'when: {drukkend: "nu"}', "when: {drukkend: nu, klam: ja}", "één sleutel"),
        ("pijn-borst.yaml", 'when: {drukkend: "nu"}', 'when: {geslacht: "m"}', "alleen een gegeven om vast te leggen"),
        ("pijn-borst.yaml", 'when: {drukkend: "nu"}', 'when: {leeftijd: "oud"}', "gebruik at_least of below"),
        ("pijn-borst.yaml", '{at_least: "65 jaar"}', '{at_least: "oud"}', "'oud' van 'leeftijd' is niet te lezen"),
        ("pijn-borst.yaml", '{at_least: "65 jaar"}', '{at_least: "65", below: "80"}', "at_least of below"),
        ("pijn-borst.yaml", '{at_least: "65 jaar"}', '{at_least: "65", unknown: "ja"}', "alleen 'counts'"),
        ("pijn-borst.yaml", 'actions: ["rav"]', 'actions: ["taxi"]', "actie 'taxi' staat niet in actions.yaml"),
        ("pijn-borst.yaml", 'sources: ["s1", "s2"]', 'sources: ["s99"]', "bron 's99' staat niet"),
        ("pijn-borst.yaml", 'id: "c-klam-ja"', 'id: "c-drukkend-nu"', "staat er twee keer"),
        ("pijn-borst.yaml", '- id: "klam"', '- id: "diabetes"', "heet al een gegeven"),
        ("pijn-borst.yaml", '    unknown_as: "U2"\n', "", "zegt wat 'weet niet' betekent"),
        ("pijn-borst.yaml", '{id: "nu", nl:', '{id: "onbekend", nl:', "is al een antwoord op elke vraag"),
        ("pijn-borst.yaml", "{answers: {drukkend: ", "{answers: {drukt: ", "geen vraag van dit bestand"),
        ("pijn-borst.yaml", 'fired: ["k-oudere"]', 'fired: ["k-ouder"]', "dat er niet is"),
        ("pijn-borst.yaml", 'read: "2026-11-21", licence: "facts only", ', "", "een gelezen bron heeft"),
        ("koorts-kind.yaml", 'id: "demo.koorts-kind"', 'id: "demo.pijn-borst"', "is al van"),
        ("facts.yaml", '- id: "leeftijd"', '- id: "jaren"', "'leeftijd' (kind: age) ontbreekt"),
        ("abcd.yaml", '    letter: "C"\n', "", "heeft geen letter"),
        ("actions.yaml", '  U5: ["zelfzorg", "huisarts-dag"]\n', "", "by_urgency heeft geen U5"),
        ("actions.yaml", 'category: "seh"', 'category: "ziekenhuis"', "'actions.2.category' klopt niet"),
        ("set.yaml", '"hap-visite"', '"hap-taxi"', "actie 'hap-taxi' staat niet"),
    ],
)
def test_a_fault_in_a_file_is_told_with_its_place(copy: Path, file: str, old: str, new: str, what: str) -> None:
    found = problems(copy, file, old, new)
    assert any(what in one and file in one for one in found), found


def test_the_line_of_a_fault_is_the_line_in_the_file(copy: Path) -> None:
    path = copy / "pijn-borst.yaml"
    lines = path.read_text(encoding="utf-8").splitlines()
    place = lines.index('    when: {drukkend: "nu"}') + 1
    (found,) = problems(copy, "pijn-borst.yaml", 'when: {drukkend: "nu"}', 'when: {drukkend: "straks"}')
    assert found.startswith(f"pijn-borst.yaml:{place}: ")


def test_everything_that_is_wrong_is_told_at_once(copy: Path) -> None:
    (copy / "uitval.yaml").write_text("format: &a x\n", encoding="utf-8")
    found = problems(copy, "pijn-borst.yaml", 'status: "demonstration"', 'state: "demonstration"')
    assert {one.partition(":")[0] for one in found} == {"uitval.yaml", "pijn-borst.yaml"}


def test_a_folder_that_is_no_set_says_which_files_it_lacks(tmp_path: Path) -> None:
    with pytest.raises(ProtocolError) as error:
        compile_set(tmp_path)
    assert "set.yaml: ontbreekt" in str(error.value)
    assert len(error.value.problems) == 5


def test_a_set_without_a_complaint_does_not_load(copy: Path) -> None:
    for path in copy.glob("*.yaml"):
        if path.name not in ("set.yaml", "actions.yaml", "facts.yaml", "abcd.yaml", "modifiers.yaml"):
            path.unlink()
    with pytest.raises(ProtocolError, match="geen enkele klacht"):
        compile_set(copy)


# -- the compiled form


def test_the_hash_is_of_what_the_set_says_not_of_how_it_is_written(copy: Path, raw: bytes) -> None:
    path = copy / "pijn-borst.yaml"
    path.write_text("# een opmerking\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    assert compile_set(copy) == raw
    path.write_text(path.read_text(encoding="utf-8").replace("mogelijk hartinfarct", "hartinfarct"), encoding="utf-8")
    assert load_compiled(compile_set(copy)).hash != load_compiled(raw).hash


def test_a_compiled_file_that_was_cut_or_changed_does_not_load(raw: bytes) -> None:
    spoiled = [
        raw[:-1],
        raw[: len(raw) // 2],
        raw.replace(b"mogelijk hartinfarct", b"onschuldig hartpijn!", 1),
        raw.replace(b"zcc-compiled/1", b"zcc-compiled/2", 1),
        b"",
        b"{}",
        raw + b"\n",
    ]
    for one in spoiled:
        with pytest.raises(ProtocolError, match="verwijder het bestand"):
            load_compiled(one)


def test_a_file_with_a_right_hash_and_wrong_content_does_not_load_either() -> None:
    from zcc_console.protocols.compiled import pack

    for content in ({}, {"id": 3}, {"id": "a", "facts": "b", "measurements": []}):
        with pytest.raises(ProtocolError, match="niet te lezen"):
            load_compiled(pack(content))

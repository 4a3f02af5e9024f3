"""What is read out to the dispatcher: it names place and person whatever a message holds or lacks."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zcc_console.core.config import Profile, QueueNorms, RavRoute
from zcc_console.core.handoff import Timers
from zcc_console.core.jsontypes import Json, JsonObject
from zcc_console.desk.voice import unsent_card, voice_card

NOW = datetime(2026, 11, 21, 21, 41, 7, tzinfo=UTC)
PROFILE = Profile(
    path=Path("profile.toml"),
    desk_id="07",
    zcc="zcc Hollandrijn",
    region="hollandrijn",
    exercise=True,
    user="s.devries",
    user_name="S. de Vries",
    role="triagist",
    callback_number="088 555 0 207",
    hub_url="http://127.0.0.1:1",
    hub_token_file=Path("token"),
    state_dir=Path("state"),
    ravs=(RavRoute("rav-a", "RAV A", "1", default=True),),
    timers=Timers(),
    norms=QueueNorms(),
)

WHOLE: JsonObject = {
    "reference": "0347/7F3A",
    "created_at": "2026-11-21T21:41:07.000Z",
    "from": {"zcc": "x", "desk_id": "07", "user": "s.devries", "callback_number": "088 555 0 207"},
    "urgency": "U1",
    "reasons": ["mogelijk hartinfarct", "zweten", "derde reden", "beller: druk op de borst"],
    "callback_number": "06 2345 6789",
    "location": {"street": "Lammenschansweg", "house_number": "12", "town": "Leiden", "access": "deur staat open"},
    "patient": {"name": "J. van Dam", "age_years": 67.0, "sex": "v"},
    "onset_at": "2026-11-21T20:35:00.000Z",
    "abcd": {
        "A": {"state": "safe", "answers": {}, "signs": []},
        "B": {"state": "unsafe", "answers": {}, "signs": ["blauw of grauw"]},
        "C": {"state": "unknown", "answers": {}, "signs": []},
        "R": {"state": "safe", "answers": {}, "signs": []},
        "E": {"state": "safe", "answers": {}, "signs": []},
    },
    "complaint": "Pijn op de borst",
    "findings": ["uitstraling: linkerarm", "leeftijd: 67 jaar", *(f"vraag {number}: nee" for number in range(9))],
    "treatment": ["zitten, niet lopen"],
    "hazards": ["hond in huis"],
    "with_patient": True,
}


def card(message: JsonObject) -> dict[str, str]:
    return {label: text.replace("\u00a0", " ") for label, text in voice_card(message, PROFILE, "S. de Vries")}


def test_it_says_who_where_what_and_how_urgent_in_the_order_of_speaking() -> None:
    lines = voice_card(WHOLE, PROFILE, "S. de Vries")
    order = [label for label, _text in lines]
    assert order == [
        "Ik ben", "Waar", "Wie", "Terug", "Sinds", "ABCD", "Klacht", "Urgentie", "Bekend", "Gezegd", "Gevaar", "Kenmerk",
    ]  # fmt: skip


def test_each_line_holds_what_a_dispatcher_writes_down() -> None:
    said = card(WHOLE)
    assert said["Ik ben"] == "S. de Vries, zcc Hollandrijn, desk 07, bereikbaar op 088 555 0 207"
    assert said["Waar"] == "Lammenschansweg 12, Leiden · deur staat open"
    assert said["Wie"] == "vrouw, 67 jaar, J. van Dam · de beller is erbij"
    assert said["Terug"] == "06 2345 6789"
    assert said["Sinds"] == "21:35, een uur"
    assert said["Urgentie"] == "U1 (levensbedreigend · direct), mogelijk hartinfarct · zweten"
    assert said["Klacht"] == "Pijn op de borst · “druk op de borst”"
    assert said["Kenmerk"] == "zcc 0347 / 7F3A"


def test_abcd_is_read_in_its_order_with_the_signs_aloud_and_the_unknown_as_such() -> None:
    assert card(WHOLE)["ABCD"] == "reageert en ademt · vrije ademweg · B BLAUW OF GRAUW · C weet niet"


def test_it_stays_within_thirty_seconds_of_speech() -> None:
    words = sum(len(text.split()) for _label, text in voice_card(WHOLE, PROFILE, "S. de Vries"))
    assert words <= 100, "about three words a second"
    assert "leeftijd" not in card(WHOLE)["Bekend"]


def test_what_a_dispatcher_must_hear_is_said_even_when_nobody_knows_it() -> None:
    said = card({})
    assert said["Waar"] == "adres onbekend"
    assert said["Wie"] == "patiënt onbekend"
    assert said["Terug"] == "terugbelnummer onbekend"
    assert said["ABCD"] == "niet nagevraagd"
    assert said["Urgentie"] == "onbekend"
    assert {"Sinds", "Bekend", "Gezegd", "Gevaar", "Kenmerk"}.isdisjoint(said)


def test_a_caller_who_is_not_with_the_patient_is_said_loudly() -> None:
    assert "NIET bij" in card({**WHOLE, "with_patient": False})["Wie"]


def test_without_an_address_the_place_on_the_map_is_read() -> None:
    assert card({"location": {"lat": 52.16, "lon": 4.49}})["Waar"] == "52.16 noord, 4.49 oost"


@pytest.mark.parametrize(("age", "said"), [(67.9, "67 jaar"), (1.5, "18 maanden"), (0.05, "18 dagen"), ("3", "3 jaar")])
def test_an_age_is_read_as_people_say_it(age: Json, said: str) -> None:
    assert said in card({"patient": {"age_years": age}})["Wie"]


def test_words_from_outside_are_cleaned() -> None:
    hostile = "\x1b[31m[b]x[/b]\u202e\n\x9b"
    message: JsonObject = {
        "location": {"street": hostile, "access": hostile},
        "patient": {"name": hostile},
        "complaint": hostile,
        "reasons": [hostile],
        "findings": [hostile],
        "reference": hostile,
        "abcd": {hostile: hostile, "A": hostile},
        "callback_number": hostile,
    }
    shown = "".join(text for _label, text in voice_card(message, PROFILE, hostile))
    assert not {"\x1b", "\u202e", "\n", "\x9b"} & set(shown)
    assert "[b]x[/b]" in shown


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
KEYS = st.sampled_from(sorted(WHOLE))


@given(st.dictionaries(KEYS, JSON, max_size=8))
def test_any_message_at_all_gives_a_card_that_names_a_place_a_person_and_us(message: dict[str, Json]) -> None:
    lines = dict(voice_card(message, PROFILE, "S. de Vries"))
    assert {"Ik ben", "Waar", "Wie", "Terug", "ABCD", "Urgentie"} <= set(lines)
    assert all(text and "\n" not in text for text in lines.values())


def test_a_press_that_could_not_be_kept_is_read_out_from_the_call_itself() -> None:
    call: JsonObject = {
        "id": "01930001-0000-7000-8000-000000000347",
        "number": "0347",
        "location": {"street": "Hoorn", "house_number": "41", "town": "Alphen"},
        "patient": {"sex": "m", "age_years": 81.0},
        "reason": "benauwd",
    }
    lines = dict(unsent_card(PROFILE, user="x", call_id=str(call["id"]), call=call, draft=None, now=NOW))
    assert lines["Waar"] == "Hoorn 41, Alphen"
    assert lines["Wie"] == "man, 81 jaar"
    assert lines["Kenmerk"].startswith("zcc 0347 / ")


def test_even_without_a_call_the_card_can_be_read_out() -> None:
    lines = dict(unsent_card(PROFILE, user="x", call_id="", call={}, draft=None, now=NOW))
    assert lines["Ik ben"].startswith("S. de Vries")


def test_the_card_of_a_recall_stops_a_ride_and_hands_nothing_over() -> None:
    lines = voice_card({**WHOLE, "kind": "recall", "reasons": ["herroepen: vergissing"]}, PROFILE, "S. de Vries")
    assert lines[0][1] == "Ik wil een rit STOPPEN, kenmerk 0347/7F3A"
    assert {"ABCD", "Klacht", "Urgentie", "Bekend", "Terug"}.isdisjoint(dict(lines))
    assert "U1" not in str(lines)


@pytest.mark.parametrize(("sex", "said"), [("m", "jongen, 3 jaar"), ("v", "meisje, 3 jaar")])
def test_a_child_is_called_one(sex: str, said: str) -> None:
    assert said in card({"patient": {"sex": sex, "age_years": 3.0}})["Wie"]


def test_what_nobody_asked_has_one_form() -> None:
    unasked: JsonObject = {"state": "open", "answers": {}, "signs": []}
    assert card({"abcd": {"A": unasked, "B": unasked}})["ABCD"] == "niet nagevraagd"
    assert card({"abcd": {"A": {"state": "safe"}, "B": unasked}})["ABCD"] == "vrije ademweg · B niet nagevraagd"


def test_an_urgency_above_what_the_triage_found_is_the_triagists_judgement() -> None:
    lines = dict(voice_card(WHOLE, PROFILE, "x", {"triage": {"proposed": "U4"}}))
    assert lines["Urgentie"] == "U1 (levensbedreigend · direct), naar het oordeel van de triagist"
    assert "hartinfarct" in dict(voice_card(WHOLE, PROFILE, "x", {"triage": {"proposed": "U1"}}))["Urgentie"]


def test_who_calls_for_himself_is_not_said_to_be_beside_the_patient() -> None:
    assert "erbij" not in dict(voice_card(WHOLE, PROFILE, "x", {"caller": {"relation": "zelf"}}))["Wie"]
    assert "de beller is erbij" in dict(voice_card(WHOLE, PROFILE, "x", {"caller": {"relation": "partner"}}))["Wie"]

"""The page of the control room: nothing from outside works in it, and no token is seen in it."""

from __future__ import annotations

import re

import pytest
from httpx import Response

from tests.rav.client import TestClient
from tests.rav.region import CALL, RAV, Room
from zcc_console.core.ids import handoff_id
from zcc_console.core.jsontypes import Json
from zcc_console.rav.summary import line
from zcc_console.rav.table import events_table, table

HANDOFF = handoff_id(CALL, RAV)
HOSTILE = "<script>alert(1)</script>\x1b[31m\u202e\"' onload=x"


def enter(client: TestClient, token: str = "rav", name: str = "P. de Boer") -> int:
    """Sign in."""
    response: Response = client.post("/enter", data={"token": token, "name": name}, follow_redirects=False)
    return response.status_code


def form_key(page: str) -> str:
    """The hidden key of the page's forms."""
    found = re.search(r'name="key" value="([^"]+)"', page)
    assert found
    return found.group(1)


def test_it_asks_for_a_token_first_and_shows_nothing(client: TestClient, room: Room) -> None:
    room.send()
    page = client.get("/")
    assert 'name="token"' in page.text
    assert "Havendorp" not in page.text
    assert client.get(f"/overdracht/{HANDOFF}").text.count("Havendorp") == 0


def test_a_desk_token_or_a_wrong_one_opens_nothing(client: TestClient) -> None:
    assert enter(client, "desk-07") == 403
    assert enter(client, "nope") == 403
    assert enter(client, "rav", " ") == 403
    assert "set-cookie" not in client.get("/").headers


def test_the_cookie_is_http_only_strict_and_not_the_token(client: TestClient) -> None:
    response = client.post("/enter", data={"token": "rav", "name": "P"}, follow_redirects=False)
    cookie = response.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()
    assert "rav=rav" not in cookie
    assert response.headers["location"] == "/"


def test_words_from_outside_are_shown_and_do_nothing(client: TestClient, room: Room) -> None:
    room.send(reasons=[HOSTILE], reference=HOSTILE, location={"street": HOSTILE, "town": 7}, patient={"name": HOSTILE})
    enter(client)
    for path in ("/", f"/overdracht/{HANDOFF}"):
        page = client.get(path)
        assert page.status_code == 200
        assert "&lt;script&gt;" in page.text
        assert "<script" not in page.text
        assert "\x1b" not in page.text
        assert "\u202e" not in page.text
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert "http" not in re.sub(r"http-equiv", "", page.text)


def test_the_overview_refreshes_itself_and_the_detail_with_its_forms_does_not(client: TestClient, room: Room) -> None:
    room.send()
    enter(client)
    assert 'http-equiv="refresh"' in client.get("/").text
    assert 'http-equiv="refresh"' not in client.get(f"/overdracht/{HANDOFF}").text


def test_a_dispatcher_accepts_and_rejects_by_hand(client: TestClient, room: Room) -> None:
    room.send()
    enter(client)
    key = form_key(client.get("/").text)
    client.post("/act", data={"key": key, "handoff": HANDOFF, "what": "accept", "reference": "A-77"})
    last = room.events()[-1]
    assert (last["state"], last["by"], last["reference"]) == ("ACCEPTED", "P. de Boer", "A-77")
    client.post("/act", data={"key": key, "handoff": HANDOFF, "what": "reject", "reason": "toch niet"})
    assert room.states()[-1] == "REJECTED"
    assert "GEWEIGERD" in client.get("/").text


def test_a_form_from_elsewhere_does_nothing(client: TestClient, room: Room) -> None:
    room.send()
    assert client.post("/act", data={"handoff": HANDOFF, "what": "accept"}).status_code == 403
    enter(client)
    for key in ("", "x", "é"):
        data = {"key": key, "handoff": HANDOFF, "what": "accept"}
        assert client.post("/act", data=data).status_code == 403
    assert room.states() == ["RECEIVED"]


def test_an_act_that_does_not_exist_is_refused(client: TestClient, room: Room) -> None:
    room.send()
    enter(client)
    key = form_key(client.get("/").text)
    assert client.post("/act", data={"key": key, "handoff": HANDOFF, "what": "x"}).status_code == 400
    assert client.post("/act", data={"key": key, "handoff": "nergens", "what": "accept"}).status_code == 404
    assert client.get("/overdracht/nergens").status_code == 404
    assert client.post("/enter", content=b"\xff" * 20_000).status_code == 403


def test_signing_out_ends_the_session(client: TestClient, room: Room) -> None:
    room.send()
    enter(client)
    cookie = client.cookies["rav"]
    client.post("/leave")
    client.cookies.set("rav", cookie)
    assert "Havendorp" not in client.get("/").text


def test_the_table_shows_what_matters_and_cleans_it(room: Room) -> None:
    room.send(reasons=[HOSTILE])
    room.send(number=2, kind="recall", voice={"used": True, "outcome": "accepted"})
    text = table([line(entry, room.clock.now()) for entry in room.gateway.record()], 100)
    assert "0347/7F3A" in text
    assert "HERROEPEN" in text
    assert "AL GEBELD" in text
    assert "\x1b" not in text
    assert all(len(row) <= 100 for row in text.splitlines())


def test_a_message_after_its_expiry_is_shown_as_late(room: Room) -> None:
    room.clock.advance(3600)
    room.send()
    (entry,) = room.gateway.record()
    assert any("TE LAAT" in mark for mark in line(entry, room.clock.now()).marks)


@pytest.mark.parametrize("body", [{"location": 7, "patient": [], "reasons": {}, "from": "x", "reference": [1]}])
def test_a_message_of_which_little_can_be_read_is_shown(client: TestClient, room: Room, body: dict[str, Json]) -> None:
    room.send(**body)
    enter(client)
    assert client.get("/").status_code == 200
    assert "deels niet leesbaar" in table([line(entry, room.clock.now()) for entry in room.gateway.record()])


def test_the_log_has_one_line_an_event(room: Room) -> None:
    assert events_table([]) == "Er is nog niets gebeurd.\n"
    room.send()
    room.after(2)
    lines = events_table(room.gateway.record()).splitlines()
    assert ["RECEIVED" in lines[0], "OPENED" in lines[1]] == [True, True]
    assert "automatisch" in lines[0]

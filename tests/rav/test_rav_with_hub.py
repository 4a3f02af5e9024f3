"""The real hub and the real gateway, each with its own rules: a handoff that a desk presses is accepted in the log."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.hub.house import RAV as HOUSE_RAV
from tests.hub.house import House
from tests.rav.region import Room, open_room
from zcc_console.core.config import RavRoute
from zcc_console.core.jsontext import read_object
from zcc_console.core.jsontypes import as_list, as_object
from zcc_console.rav.gateway import Receipt
from zcc_console.rav.ledger import Route
from zcc_console.rav.push import Patience, push_once

DESK, HUB = Route("desk", "07"), Route("hub", None)


class Line:
    """The line between hub and gateway; it can be cut."""

    def __init__(self, house: House, room: Room) -> None:
        self.house, self.room = house, room

    def relay(self) -> int:
        """The hub sends what it owes the gateway; how many messages were taken there."""
        taken = 0
        for letter in self.house.region.relay.due():
            body = read_object(letter.body, limit=64 * 1024)
            assert isinstance(body, dict)
            receipt = self.room.gateway.receive(body, HUB)
            assert isinstance(receipt, Receipt)
            answer = {**receipt.json(), **({"type": "duplicate"} if receipt.duplicate else {})}
            status = 409 if receipt.duplicate else 202
            taken += self.house.region.relay.sent(letter.sending, status, json.dumps(answer).encode())
        return taken

    async def push(self) -> int:
        """The gateway tells the hub."""

        def hub(request: httpx.Request) -> httpx.Response:
            who = self.house.region.principal("rav")
            assert who is not None
            reply = self.house.region.pass_on_events(who, request.url.path.split("/")[3], request.content)
            return httpx.Response(reply.status, content=reply.body)

        async with httpx.AsyncClient(base_url="http://hub", transport=httpx.MockTransport(hub)) as client:
            return await push_once(self.room.gateway, client, Patience(self.room.chance, self.room.clock.boot))


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    route = RavRoute(HOUSE_RAV, "RAV Een", "088 0", url="http://rav.example", token_file=tmp_path / "t", default=True)
    house = House.build(tmp_path / "hub", ravs=(route,))
    (tmp_path / "rav").mkdir()
    room = open_room(tmp_path / "rav", clock=house.clock)
    yield Line(house, room)
    room.gateway.close()
    house.region.close()


async def test_pressed_relayed_accepted_and_in_the_log(line: Line) -> None:
    call_id = line.house.call(location={"town": "Leiden"})
    desk = line.house.desk("07")
    desk.claim(call_id)
    message = desk.handoff(call_id, to=HOUSE_RAV)
    assert desk.press(message)["status"] == 202
    handoff = str(message["handoff_id"])
    assert line.house.data("handoff", handoff)["state"] == "SENT"
    assert line.relay() == 1
    assert await line.push() == 1
    assert line.house.data("handoff", handoff)["state"] == "RECEIVED"
    line.room.after(2)
    line.room.after(5)
    assert await line.push() == 2
    item = line.house.data("handoff", handoff)
    assert item["state"] == "ACCEPTED"
    assert [as_object(event)["reference"] for event in as_list(item["events"])] == [None, None, "R-20418"]
    assert line.house.data("call", call_id)["state"] == "handed-off"


async def test_by_both_routes_it_is_one_message_and_the_hub_s_letter_counts_as_delivered(line: Line) -> None:
    call_id = line.house.call()
    desk = line.house.desk("07")
    message = desk.handoff(call_id, to=HOUSE_RAV)
    desk.press(message)
    body = read_object(json.dumps(message).encode(), limit=64 * 1024)
    assert isinstance(body, dict)
    first = line.room.gateway.receive(body, DESK)
    assert isinstance(first, Receipt)
    assert not first.duplicate
    assert line.relay() == 1
    (entry,) = line.room.gateway.record()
    assert len(as_list(entry["messages"])) == 1
    assert [as_object(arrival)["duplicate"] for arrival in as_list(entry["arrivals"])] == [False, True]


async def test_what_the_gateway_says_twice_and_out_of_order_the_hub_has_once(line: Line) -> None:
    line.room.gateway.switch({"duplicate_events": 2, "shuffle_events": True})
    call_id = line.house.call()
    desk = line.house.desk("07")
    message = desk.handoff(call_id, to=HOUSE_RAV)
    desk.press(message)
    line.relay()
    line.room.after(2)
    line.room.after(5)
    await line.push()
    item = line.house.data("handoff", str(message["handoff_id"]))
    assert [as_object(event)["n"] for event in as_list(item["events"])] == [1, 2, 3]
    assert item["state"] == "ACCEPTED"


async def test_a_refusal_puts_the_call_back_and_a_new_press_is_looked_at_again(line: Line) -> None:
    line.room.gateway.switch({"reject_next": 1})
    call_id = line.house.call()
    desk = line.house.desk("07")
    desk.claim(call_id)
    message = desk.handoff(call_id, to=HOUSE_RAV)
    desk.press(message)
    line.relay()
    line.room.after(2)
    line.room.after(5)
    await line.push()
    handoff = str(message["handoff_id"])
    assert line.house.data("handoff", handoff)["state"] == "REJECTED"
    assert line.house.data("call", call_id)["state"] == "claimed"
    assert desk.press(desk.handoff(call_id, to=HOUSE_RAV, sequence=2))["status"] == 202
    line.relay()
    line.room.after(2)
    line.room.after(5)
    await line.push()
    assert line.house.data("handoff", handoff)["state"] == "ACCEPTED"

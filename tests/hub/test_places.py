"""Capacity and reservations: freshness, room, holds, confirmations, and who may report what."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.hub.house import UNIT, Body, House
from zcc_console.core.clock import rfc3339


def reserve(house: House, desk: str = "07", **data: object) -> Body:
    call = data.pop("call_id", None) or house.call()
    return house.desk(desk).do("capacity.reserve", None, {"unit": UNIT, "call_id": call, **data})


def test_a_place_is_held_and_only_a_named_person_confirms_it(house: House) -> None:
    house.unit(free=2)
    held = str(reserve(house)["sent"])
    data = house.data("reservation", held)
    assert (data["state"], data["agreed_with"], data["id"]) == ("held", None, held)
    assert house.desk().do("capacity.confirm", None, {"reservation": held})["type"] == "invalid"
    assert house.desk().do("capacity.confirm", None, {"reservation": held, "agreed_with": " "})["type"] == "invalid"
    yes = house.desk("12").do("capacity.confirm", None, {"reservation": held, "agreed_with": "zr. Bos"})
    assert yes["status"] == 200
    assert house.data("reservation", held)["state"] == "confirmed"
    again = house.desk().do("capacity.confirm", None, {"reservation": held, "agreed_with": "zr. Bos"})
    assert again["type"] == "wrong-state"


def test_room_is_free_less_held_less_confirmed_since_the_report(house: House) -> None:
    house.unit(free=2)
    first = str(reserve(house)["sent"])
    house.clock.advance(1)
    house.desk().do("capacity.confirm", None, {"reservation": first, "agreed_with": "x"})
    assert reserve(house)["status"] == 200
    assert reserve(house)["type"] == "full"
    house.clock.advance(1)
    house.unit(free=2)  # the new report counts the confirmed one already
    assert reserve(house)["status"] == 200
    assert reserve(house)["type"] == "full"


def test_full_names_the_nearest_units_of_the_category_with_room(house: House) -> None:
    house.unit(free=0, lat=52.16, lon=4.49)
    house.unit("seh-ver", provider="Ver", free=2, lat=51.9, lon=4.5)
    house.unit("seh-dichtbij", provider="Dichtbij", free=1, lat=52.0, lon=4.7)
    house.unit("seh-stop", provider="Stop", free=5, status="stop", lat=52.1, lon=4.5)
    house.unit("ggz-een", provider="Ggz", category="ggz", free=5)
    answer = reserve(house)
    assert answer["type"] == "full"
    assert [entry["unit"] for entry in answer["alternatives"]] == ["seh-dichtbij", "seh-ver"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("fields", [{"status": "stop"}, {"status": "unknown"}, {"free": None}])
def test_a_stop_or_an_unknown_number_is_full_unless_somebody_said_yes(house: House, fields: Body) -> None:
    house.unit(UNIT, **{"free": 5, **fields})
    assert reserve(house)["type"] == "full"
    answer = reserve(house, agreed_with="dienstdoende arts De Wit")
    assert answer["status"] == 200
    data = house.data("reservation", str(answer["sent"]))
    assert (data["state"], data["agreed_with"]) == ("confirmed", "dienstdoende arts De Wit")


def test_a_number_three_times_its_validity_old_is_unknown(house: House) -> None:
    house.unit(free=5, valid_for_s=300)
    house.clock.advance(900)
    assert reserve(house)["status"] == 200
    house.clock.advance(1)
    assert reserve(house)["type"] == "full"


def test_a_hold_that_came_too_late_is_expired(house: House) -> None:
    house.unit(free=1)
    past = rfc3339(house.clock.now())
    answer = reserve(house, until=past)
    assert (answer["status"], answer["type"]) == (409, "expired")


def test_a_hold_lasts_a_quarter_of_an_hour_and_never_longer_than_the_region_allows(house: House) -> None:
    house.unit(free=5)
    assert house.data("reservation", str(reserve(house)["sent"]))["until"] == "2026-11-21T21:56:07.000Z"
    late = reserve(house, until="2026-11-23T00:00:00Z")
    assert house.data("reservation", str(late["sent"]))["until"] == "2026-11-21T22:41:07.000Z"


def test_a_held_place_expires_in_the_log_and_is_free_again(house: House) -> None:
    house.unit(free=1, valid_for_s=900)
    held = str(reserve(house, until=rfc3339(house.clock.now().replace(second=37)))["sent"])
    house.pass_seconds(29)
    assert house.data("reservation", held)["state"] == "held"
    house.pass_seconds(1)
    assert house.data("reservation", held)["state"] == "expired"
    assert reserve(house)["status"] == 200
    assert house.desk().do("capacity.confirm", None, {"reservation": held, "agreed_with": "x"})["type"] == "expired"


def test_a_confirm_after_until_but_before_the_tick_is_expired(house: House) -> None:
    house.unit(free=1)
    held = str(reserve(house, until=rfc3339(house.clock.now().replace(second=37)))["sent"])
    house.clock.advance(30)
    assert house.desk().do("capacity.confirm", None, {"reservation": held, "agreed_with": "x"})["type"] == "expired"


def test_anyone_releases_with_a_reason(house: House) -> None:
    house.unit(free=1)
    held = str(reserve(house)["sent"])
    assert house.desk("12").do("capacity.release", None, {"reservation": held})["type"] == "invalid"
    data: Body = {"reservation": held, "reason": "patiënt blijft thuis"}
    assert house.desk("12").do("capacity.release", None, data)["status"] == 200
    assert house.desk("12").do("capacity.release", None, data)["type"] == "wrong-state"
    assert reserve(house)["status"] == 200


def test_a_report_below_what_is_held_keeps_the_holds_and_marks_the_latest_overbooked(house: House) -> None:
    house.unit(free=2)
    first = str(reserve(house)["sent"])
    house.clock.advance(1)
    second = str(reserve(house, "12")["sent"])
    house.clock.advance(1)
    house.unit(free=1)
    assert house.data("reservation", first)["overbooked"] is False
    assert house.data("reservation", second)["overbooked"] is True
    assert house.data("reservation", second)["state"] == "held"
    assert house.data("capacity", UNIT)["overbooked"] is True
    house.clock.advance(1)
    house.unit(free=2)
    assert house.data("reservation", second)["overbooked"] is False
    assert house.data("capacity", UNIT)["overbooked"] is False


def test_no_place_for_a_closed_or_an_unknown_call_or_at_an_unknown_unit(house: House) -> None:
    house.unit(free=3)
    call = house.call()
    house.desk().do("call.close", call, {}, if_match=house.rev("call", call))
    assert reserve(house, call_id=call)["type"] == "wrong-state"
    assert reserve(house, call_id=house.ids.new())["type"] == "not-found"
    assert reserve(house, unit="bestaat-niet")["type"] == "not-found"


def test_a_target_must_be_what_the_data_names(house: House) -> None:
    house.unit(free=1)
    call = house.call()
    desk = house.desk()
    for named, status in (("ander", 400), (UNIT, 200)):
        body = desk.body("capacity.reserve", None, {"unit": UNIT, "call_id": call})
        body["target"] = {"type": "capacity", "id": named}
        assert desk.send(body).status == status


# -- reports --------------------------------------------------------------------------------------------------------


def test_a_report_by_telephone_is_a_manual_one_with_the_desks_time(house: House) -> None:
    house.unit(free=0, label="vol")
    house.clock.advance(10)
    data: Body = {"unit": UNIT, "free": 2, "status": "pressure", "said_by": "zr. Bos"}
    assert house.desk().do("capacity.report", None, data)["status"] == 200
    unit = house.data("capacity", UNIT)
    assert (unit["free"], unit["status"], unit["source"], unit["label"]) == (2, "pressure", "manual", None)
    assert unit["observed_at"] == rfc3339(house.clock.now())


def test_a_report_by_telephone_older_than_what_is_known_changes_no_number(house: House) -> None:
    house.unit(free=4)
    data: Body = {"unit": UNIT, "free": 0, "status": "stop", "said_by": "x"}
    answer = house.desk().do("capacity.report", None, data, at="2026-11-21T20:00:00Z")
    assert answer["status"] == 200
    assert house.data("capacity", UNIT)["free"] == 4


def test_validity_has_a_limit_per_category(house: House) -> None:
    reply = house.unit(valid_for_s=901)
    assert (reply.status, json.loads(reply.body)["type"]) == (400, "invalid")
    assert house.unit("elv", category="elv", provider="X", valid_for_s=14_400).status == 200
    data: Body = {"unit": "elv", "free": 1, "status": "open", "said_by": "x", "valid_for_s": 14_401}
    assert house.desk().do("capacity.report", None, data)["type"] == "invalid"


def test_one_wrong_clock_does_not_shut_out_what_comes_after_it(house: House) -> None:
    ahead = house.clock.now().timestamp() + 61
    from datetime import UTC, datetime

    reply = house.unit(observed_at=rfc3339(datetime.fromtimestamp(ahead, UTC)))
    assert reply.status == 400
    assert "observed_at" in reply.body.decode()
    assert house.unit(observed_at=rfc3339(datetime.fromtimestamp(ahead - 1, UTC))).status == 200


def test_an_older_report_is_answered_and_ignored(house: House) -> None:
    house.unit(free=3)
    reply = house.unit(free=9, observed_at="2026-11-21T21:00:00Z")
    body = json.loads(reply.body)
    assert (reply.status, body["result"], body["rev"]) == (200, "ignored", house.rev("capacity", UNIT))
    assert house.data("capacity", UNIT)["free"] == 3


def test_a_report_again_under_its_key_is_the_same_report(house: House) -> None:
    body: Body = {
        "category": "seh",
        "provider": "Oosterwal",
        "free": 1,
        "status": "open",
        "observed_at": rfc3339(house.clock.now()),
        "valid_for_s": 300,
    }
    first = house.put_unit("provider", UNIT, body, key="k1")
    head = house.region.head()
    assert house.put_unit("provider", UNIT, body, key="k1").body == first.body
    assert house.region.head() == head
    assert house.put_unit("provider", UNIT, {**body, "free": 2}, key="k1").status == 422
    assert house.put_unit("provider", "ander", body, key="k1").status == 422


def test_a_provider_speaks_for_its_own_units_only(house: House) -> None:
    body: Body = {
        "category": "seh",
        "provider": "Oosterwal",
        "free": 1,
        "status": "open",
        "observed_at": rfc3339(house.clock.now()),
        "valid_for_s": 300,
    }
    assert house.put_unit("provider-oost", UNIT, body).status == 200
    assert house.put_unit("provider-oost", UNIT, {**body, "provider": "Ander"}).status == 403
    house.unit("seh-rijn", provider="Rijn")
    assert house.put_unit("provider-oost", "seh-rijn", body).status == 403
    assert house.put_unit("intake", UNIT, body).status == 403


@pytest.mark.parametrize(
    "change",
    [{"category": "kliniek"}, {"free": -1}, {"free": 1.5}, {"status": "vol"}, {"observed_at": "nu"}, {"extra": 1}],
)
def test_a_report_not_of_the_contract_is_refused(house: House, change: Body) -> None:
    assert house.unit(UNIT, **change).status == 400


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    free=st.integers(0, 4),
    acts=st.lists(
        st.tuples(st.sampled_from(["reserve", "confirm", "release", "wait", "report"]), st.integers(0, 5)), max_size=18
    ),
)
def test_held_places_never_exceed_what_was_free_when_they_were_given(
    tmp_path_factory: pytest.TempPathFactory, free: int, acts: list[tuple[str, int]]
) -> None:
    house = House.build(tmp_path_factory.mktemp("hub"))
    try:
        house.unit(free=free, valid_for_s=900)
        call = house.call()
        made: list[str] = []
        for act, number in acts:
            one = made[number % len(made)] if made else house.ids.new()
            taken = sum(
                1
                for reservation in made
                if house.data("reservation", reservation)["state"] == "held"
                or (
                    house.data("reservation", reservation)["state"] == "confirmed"
                    and str(house.data("reservation", reservation)["confirmed_at"])
                    > str(house.data("capacity", UNIT)["observed_at"])
                )
            )
            if act == "reserve":
                answer = reserve(house, call_id=call)
                assert (answer["status"] == 200) == (taken < free)
                if answer["status"] == 200:
                    made.append(str(answer["sent"]))
            elif act == "confirm":
                house.clock.advance(1)
                house.desk().do("capacity.confirm", None, {"reservation": one, "agreed_with": "x"})
            elif act == "release":
                house.desk().do("capacity.release", None, {"reservation": one, "reason": "x"})
            elif act == "wait":
                house.clock.advance(100)
                house.region.tick()
            else:
                house.clock.advance(1)
                free = number
                house.unit(free=free, valid_for_s=900)
    finally:
        house.region.close()

"""When a caller was answered: kept on the call by its first claim, whatever becomes of it after that."""

from __future__ import annotations

from tests.hub.house import House


def test_the_first_claim_is_kept_through_release_takeover_and_close(house: House) -> None:
    call, desk = house.call(), house.desk("07")
    assert house.data("call", call)["first_claimed_at"] is None
    claim = desk.claim(call)
    first = house.data("call", call)["first_claimed_at"]
    assert first == house.data("call", call)["claim"]["since"]  # type: ignore[index]
    house.pass_seconds(5)
    desk.do("call.release", call, {}, claim=claim)
    house.pass_seconds(5)
    desk.claim(call)
    taken = house.desk("90").do("call.takeover", call, {"reason": "r"})
    assert house.data("call", call)["claim"]["since"] != first  # type: ignore[index]
    house.desk("90").do("call.close", call, {"outcome": "advies"}, claim=taken["sent"])
    closed = house.data("call", call)
    assert (closed["state"], closed["claim"], closed["first_claimed_at"]) == ("closed", None, first)

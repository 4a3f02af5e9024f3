"""Presence, one desk in two places, and audit chains."""

from __future__ import annotations

import json

import pytest

from tests.hub.house import Body, Desk, House, answered, raw
from zcc_console.core.ids import SeededIds
from zcc_console.store.writer import audit_hash


def changed(house: House, act) -> int:  # type: ignore[no-untyped-def]
    before = house.region.head().seq
    act()
    return house.region.head().seq - before


def test_a_heartbeat_is_in_the_log_only_when_others_see_a_change(house: House) -> None:
    desk = house.desk()
    assert changed(house, desk.heartbeat) == 1
    house.clock.advance(10)
    assert changed(house, desk.heartbeat) == 0
    assert changed(house, lambda: desk.heartbeat(pause=True)) == 1
    assert house.data("desk", "07")["state"] == "pause"
    assert changed(house, lambda: desk.heartbeat(user="ander")) == 1


def test_a_heartbeat_that_changes_nothing_writes_nothing(house: House) -> None:
    desk, call = house.desk(), house.call()
    claim = desk.claim(call)
    named = [{"call_id": call, "claim": claim}]
    desk.heartbeat(claims=named)
    before = house.region.ledger._writes
    house.clock.advance(10)
    assert desk.heartbeat(claims=named)["claims"][0]["held"] is True  # type: ignore[index]
    assert house.region.ledger._writes == before


def test_what_is_undelivered_shows_at_once_when_it_begins_and_ends_and_else_every_half_minute(house: House) -> None:
    desk = house.desk()
    desk.heartbeat(undelivered=0)
    assert changed(house, lambda: desk.heartbeat(undelivered=3)) == 1
    house.clock.advance(10)
    assert changed(house, lambda: desk.heartbeat(undelivered=5)) == 0
    house.clock.advance(20)
    assert changed(house, lambda: desk.heartbeat(undelivered=5)) == 1
    assert changed(house, lambda: desk.heartbeat(undelivered=0)) == 1


def test_since_is_kept_while_the_same_person_does_the_same_work(house: House) -> None:
    desk = house.desk()
    desk.heartbeat()
    since = house.data("desk", "07")["since"]
    house.clock.advance(600)
    desk.heartbeat(version="2")
    assert house.data("desk", "07")["since"] == since
    desk.heartbeat(user="volgende")
    assert house.data("desk", "07")["since"] != since


def test_a_desk_is_away_after_a_minute_and_back_with_its_next_heartbeat(house: House) -> None:
    desk = house.desk()
    desk.heartbeat()
    house.pass_seconds(59)
    assert house.data("desk", "07")["state"] == "present"
    house.pass_seconds(1)
    assert house.data("desk", "07")["state"] == "away"
    desk.heartbeat()
    assert house.data("desk", "07")["state"] == "present"


def test_a_restart_of_the_hub_makes_nobody_away(house: House) -> None:
    desk = house.desk()
    desk.heartbeat()
    house.pass_seconds(50)
    house.restart()
    house.pass_seconds(59)
    assert house.data("desk", "07")["state"] == "present"
    house.pass_seconds(1)
    assert house.data("desk", "07")["state"] == "away"


def test_a_desk_that_is_gone_for_a_day_leaves_the_log_unless_it_holds_a_call(house: House) -> None:
    call = house.call()
    house.desk("07").heartbeat()
    house.desk("12").heartbeat()
    house.desk("12").claim(call)
    house.clock.advance(61)
    house.region.tick()
    house.clock.advance(86_400)
    house.pass_seconds(2)
    assert house.gone("desk", "07")
    assert not house.gone("desk", "12")


def test_the_heartbeat_says_the_last_number_used(house: House) -> None:
    desk, call = house.desk(), house.call()
    assert desk.heartbeat()["desk_seq"] == 0
    desk.claim(call)
    desk.do("call.claim", house.ids.new())
    assert desk.heartbeat()["desk_seq"] == 2


def test_a_desk_is_at_most_what_its_token_says(house: House) -> None:
    assert house.desk("07").heartbeat(role="supervisor")["type"] == "not-allowed"
    assert house.desk("90").heartbeat(role="supervisor")["status"] == 200
    assert house.desk("90").heartbeat(role="triagist")["status"] == 200


def test_a_token_beats_for_its_own_desk_only(house: House) -> None:
    who = house.region.principal("desk-07")
    assert who is not None
    body = {"incarnation": house.ids.new(), "user": "x", "role": "triagist"}
    assert answered(lambda: house.region.heartbeat(who, "12", raw(body))).status == 401


def test_a_smaller_incarnation_is_desk_in_use_and_shown_to_everyone_for_a_minute(house: House) -> None:
    desk = house.desk()
    old = desk.incarnation
    desk.incarnation = house.ids.new()
    desk.heartbeat()
    copy = Desk(house, "07", "desk-07")
    copy.incarnation = old
    answer = copy.heartbeat()
    assert (answer["status"], answer["type"]) == (409, "desk-in-use")
    assert house.data("desk", "07")["alert"] == "desk-in-use"
    house.pass_seconds(50)
    desk.heartbeat()
    assert house.data("desk", "07")["alert"] == "desk-in-use"
    house.pass_seconds(10)
    desk.heartbeat()
    assert house.data("desk", "07")["alert"] is None


def test_the_commands_and_handoffs_of_a_copied_desk_are_still_taken(house: House) -> None:
    desk, call = house.desk(), house.call()
    copy = Desk(house, "07", "desk-07")
    copy.heartbeat()
    assert desk.heartbeat()["status"] == 409
    assert desk.do("call.note", call, {"text": "x"})["status"] == 200
    assert desk.press(desk.handoff(call))["status"] == 202


def test_a_command_under_a_larger_incarnation_makes_it_known(house: House) -> None:
    desk, call = house.desk(), house.call()
    newer = Desk(house, "07", "desk-07")
    newer.do("call.note", call, {"text": "x"})
    assert desk.heartbeat()["type"] == "desk-in-use"


AHEAD = "ffffffff-ffff-7fff-bfff-ffffffffffff"


def test_an_incarnation_of_a_moment_to_come_is_refused_and_shuts_nobody_out(house: House) -> None:
    desk = house.desk()
    forged = Desk(house, "07", "desk-07")
    forged.incarnation = AHEAD
    answer = forged.heartbeat()
    assert (answer["status"], answer["type"]) == (400, "invalid")
    assert answer["errors"][0]["field"] == "incarnation"  # type: ignore[index]
    assert house.gone("desk", "07")
    assert desk.heartbeat()["status"] == 200


def test_commands_under_an_incarnation_of_a_moment_to_come_are_taken_and_make_it_not_known(house: House) -> None:
    desk, call = house.desk(), house.call()
    fast = Desk(house, "07", "desk-07")
    fast.incarnation = AHEAD
    assert [fast.do("call.note", call, {"text": text})["status"] for text in ("een", "twee")] == [200, 200]
    assert desk.heartbeat()["status"] == 200
    assert desk.do("call.note", call, {"text": "drie"})["status"] == 200


@pytest.mark.parametrize(("seconds", "status"), [(59, 200), (62, 400)])
def test_a_clock_may_be_a_minute_fast(house: House, seconds: int, status: int) -> None:
    desk = house.desk()
    house.clock.advance(seconds)
    desk.incarnation = SeededIds(house.clock, 99).new()
    house.clock.advance(-seconds)
    assert desk.heartbeat()["status"] == status


def test_a_desk_is_reset_by_hand(house: House) -> None:
    desk, copy = house.desk(), Desk(house, "07", "desk-07")
    copy.heartbeat()
    assert desk.heartbeat()["type"] == "desk-in-use"
    assert house.region.reset_desk("07") is True
    assert house.region.reset_desk("onbekend") is False
    assert house.data("desk", "07")["alert"] is None
    assert desk.heartbeat()["status"] == 200


@pytest.mark.parametrize("field", ["undelivered", "audit"])
def test_a_number_that_no_database_holds_is_refused(house: House, field: str) -> None:
    value: object = {"count": 10**30, "head": "x"} if field == "audit" else 10**30
    assert house.desk().heartbeat(**{field: value})["type"] == "invalid"


# -- audit ----------------------------------------------------------------------------------------------------------


def chain(incarnation: str, count: int, previous: str = "lost") -> list[Body]:
    rows: list[Body] = []
    for no in range(1, count + 1):
        fields = ("2026-11-21T21:41:07.000Z", "anna", "read", f"call/{no}", "")
        digest = audit_hash(incarnation, no, *fields, previous)
        names = ("at", "user", "event", "subject", "detail")
        rows.append({"no": no, **dict(zip(names, fields, strict=True)), "previous": previous, "hash": digest})
        previous = digest
    return rows


def post(desk: Desk, rows: list[Body], **more: object) -> Body:
    who = desk.house.region.principal(desk.token)
    assert who is not None
    body = {"desk_id": desk.number, "incarnation": desk.incarnation, "rows": rows, **more}
    reply = answered(lambda: desk.house.region.audit(who, raw(body)))
    return {"status": reply.status, **json.loads(reply.body)}


def head(rows: list[Body]) -> Body:
    return {"count": len(rows), "head": rows[-1]["hash"]}


def test_audit_rows_are_kept_once_whatever_is_sent_again(house: House) -> None:
    desk = house.desk()
    rows = chain(desk.incarnation, 5)
    assert post(desk, rows[:3])["last"] == 3
    assert post(desk, rows[1:5])["last"] == 5
    house.restart()
    assert post(desk, rows)["last"] == 5
    with house.region.ledger.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM audit").scalar_one() == 5


def test_a_gap_in_the_chain_names_the_expected_row(house: House) -> None:
    desk = house.desk()
    answer = post(desk, chain(desk.incarnation, 3)[1:])
    assert (answer["status"], answer["type"], answer["expected"]) == (409, "sequence-gap", 1)


def test_a_row_told_otherwise_or_a_link_that_does_not_hold_raises_an_alert(house: House) -> None:
    for number, spoil in (("07", {"user": "ander"}), ("12", {"hash": "0" * 64})):
        desk = house.desk(number)
        desk.heartbeat()
        rows = chain(desk.incarnation, 2)
        answer = post(desk, [rows[0], {**rows[1], **spoil}])
        assert (answer["status"], answer["type"]) == (400, "invalid")
        assert house.data("desk", number)["alert"] == "audit"
        with house.region.ledger.reading() as connection:
            kept = connection.exec_driver_sql(f"SELECT count(*) FROM audit WHERE desk_id = '{number}'").scalar_one()
        assert kept == 0
    desk = house.desk("90")
    desk.heartbeat()
    rows, others = chain(desk.incarnation, 2), chain(desk.incarnation, 2, previous="")
    assert post(desk, rows)["status"] == 200
    assert post(desk, others)["type"] == "key-reused"
    assert house.data("desk", "90")["alert"] == "audit"


def test_a_chain_that_is_shorter_than_before_shows_until_the_next_incarnation(house: House) -> None:
    desk = house.desk()
    rows = chain(desk.incarnation, 4)
    desk.heartbeat(audit=head(rows))
    assert house.data("desk", "07")["alert"] is None
    desk.heartbeat(audit=head(rows[:3]))
    assert house.data("desk", "07")["alert"] == "audit"
    desk.heartbeat(audit=head(rows))
    assert house.data("desk", "07")["alert"] == "audit"
    desk.incarnation = house.ids.new()
    desk.heartbeat(audit={"count": 0, "head": ""})
    assert house.data("desk", "07")["alert"] is None


def test_another_head_at_the_same_count_shows(house: House) -> None:
    desk = house.desk()
    rows, others = chain(desk.incarnation, 2), chain(desk.incarnation, 2, previous="")
    desk.heartbeat(audit=head(rows))
    desk.heartbeat(audit=head(others))
    assert house.data("desk", "07")["alert"] == "audit"


def test_a_head_that_is_not_that_of_the_kept_rows_shows(house: House) -> None:
    desk = house.desk()
    rows = chain(desk.incarnation, 3)
    post(desk, rows)
    desk.heartbeat(audit={"count": 3, "head": "0" * 64})
    assert house.data("desk", "07")["alert"] == "audit"


def test_another_desks_chain_is_not_taken(house: House) -> None:
    desk = house.desk("07")
    assert post(desk, chain(desk.incarnation, 1), desk_id="12")["status"] == 401

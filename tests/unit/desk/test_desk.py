"""The desk without its screen: what it shows is the cache with the own rows over it; what is decided is durable first."""

from __future__ import annotations

import unicodedata
import uuid
from pathlib import Path

import pytest

from tests.unit.desk.conftest import CALL, Region, call, write_profile
from zcc_console.core.clock import ManualClock
from zcc_console.core.config import Profile
from zcc_console.core.errors import StoreError
from zcc_console.core.handoff import Alarm, State
from zcc_console.core.ids import SeededIds
from zcc_console.core.jsontypes import Json, as_object
from zcc_console.desk.decide import NotNow
from zcc_console.desk.desk import Desk
from zcc_console.desk.rows import Link
from zcc_console.store.cache import OwnCommand
from zcc_console.store.engine import connect, load_key


def other(n: int) -> str:
    return str(uuid.UUID(int=(7 << 76) + n))


def reopened(desk: Desk, clock: ManualClock) -> Desk:
    """The same desk in a new process."""
    return Desk.open(desk.profile, clock, SeededIds(clock, 99))


def test_the_queue_puts_the_most_urgent_first_and_then_the_longest_wait(desk: Desk, region: Region) -> None:
    for n, (urgency, at) in enumerate([("U3", "21:30:00"), ("U1", "21:40:50"), ("U3", "21:20:00"), (None, "21:40:00")]):
        region.put("call", call(f"03{n}", other(n), urgency, received_at=f"2026-11-21T{at}.000Z"))
    desk.refresh()
    assert [row.number for row in desk.queue()] == ["031", "033", "032", "030"]


def test_a_wait_is_marked_near_and_over_its_norm(desk: Desk, region: Region, clock: ManualClock) -> None:
    region.put("call", call("1", other(1), "U2", received_at="2026-11-21T21:41:07.000Z"))
    region.put("call", call("2", other(2), "U3", received_at="2026-11-21T21:41:07.000Z"))
    region.put("call", call("3", other(3), "U1", received_at="2026-11-21T21:41:07.000Z"))
    desk.refresh()

    def marks() -> dict[str, str]:
        return {row.number: row.norm for row in desk.queue()}

    assert marks() == {"1": "", "2": "", "3": "!"}
    clock.advance(25)
    assert marks() == {"1": "^", "2": "", "3": "!"}
    clock.advance(6)
    assert marks()["1"] == "!"
    clock.advance(120)
    assert marks()["2"] == "^"
    clock.advance(600)
    assert marks()["2"] == "!"


def test_a_claim_is_unconfirmed_until_the_region_says_so_and_never_flickers(desk: Desk, region: Region) -> None:
    region.put("call", call())
    desk.refresh()
    command_id = desk.claim(CALL)
    row = desk.row(CALL)
    assert row is not None
    assert row.claim is not None
    assert row.claim.own
    assert not row.claim.confirmed
    assert row.pending
    desk.journal.answered(1, "applied", 200, {"command_id": command_id, "cursor": "e.3", "result": "applied"})
    desk.picture.touched()
    desk.refresh()
    still = desk.row(CALL)
    assert still is not None
    assert still.claim is not None  # answered, but not in the cache yet: it stays laid over
    numbering = desk.journal.numbering()
    claimed = call(state="claimed", claim={"desk_id": "07", "user": "s.devries", "id": command_id, "fence": 1})
    region.put("call", claimed, own=OwnCommand(command_id, "07", numbering.incarnation, 1))
    region.hear()
    desk.refresh()
    after = desk.row(CALL)
    assert after is not None
    assert after.claim is not None
    assert after.claim.confirmed
    assert not after.pending


def test_a_call_that_somebody_else_holds_is_never_shown_as_own(desk: Desk, region: Region) -> None:
    region.put("call", call())
    desk.refresh()
    desk.claim(CALL)
    region.put("call", call(state="claimed", claim={"desk_id": "12", "user": "aydin", "id": other(9), "fence": 1}))
    desk.refresh()
    row = desk.row(CALL)
    assert row is not None
    assert row.claim is not None
    assert not row.claim.own
    assert row.claim.desk_id == "12"


def test_a_row_that_was_renumbered_is_contained_when_its_old_number_is(desk: Desk, region: Region) -> None:
    region.put("call", call())
    desk.refresh()
    first = desk.journal.numbering().incarnation
    command_id = desk.note(CALL, "sinds 21:35 drukkend")
    desk.journal.new_incarnation("test")  # the answer was lost; the row goes again under a new number
    desk.picture.touched()
    noted = call(notes=[{"text": "sinds 21:35 drukkend", "by": "s.devries", "desk_id": "07"}])
    region.put("call", noted, own=OwnCommand(command_id, "07", first, 1))
    desk.refresh()
    view = desk.call(CALL)
    assert view is not None
    assert [note.text for note in view.notes] == ["sinds 21:35 drukkend"]


def test_a_refused_command_comes_back_as_an_item_to_settle(desk: Desk, region: Region) -> None:
    region.put("call", call())
    desk.refresh()
    command_id = desk.claim(CALL)
    problem: Json = {"type": "claimed", "holder": {"desk_id": "12", "user": "aydin"}}
    desk.journal.answered(1, "refused", 409, as_object(problem))
    desk.picture.touched()  # the courier writes from another process; here it is the same connection
    desk.refresh()
    row = desk.row(CALL)
    assert row is not None
    assert row.claim is None
    assert row.flag == "geweigerd"
    (item,) = desk.to_settle()
    assert item.what == "nemen"
    assert "desk 12" in item.why
    desk.settle(command_id)
    assert desk.to_settle() == []


def test_an_unknown_unit_carries_no_number(desk: Desk, region: Region, clock: ManualClock) -> None:
    unit: dict[str, Json] = {
        "id": "u1", "category": "elv", "provider": "De Wadden", "place": "", "free": 3, "total": 9, "status": "open",
        "observed_at": "2026-11-21T21:40:07.000Z", "received_at": "2026-11-21T21:40:09.000Z", "valid_for_s": 600,
    }  # fmt: skip
    region.put("capacity", unit)
    desk.refresh()
    seen = []
    for _ in range(3):
        (row,) = desk.units()
        seen.append((row.room, row.amount, row.mark, row.has_room))
        clock.advance(900)
    assert seen == [(3, "3", "", True), (3, "3", "~", True), (None, "", "?", False)]


def test_room_is_free_less_held_less_confirmed_since_the_report(desk: Desk, region: Region) -> None:
    observed = "2026-11-21T21:40:07.000Z"
    unit: dict[str, Json] = {
        "id": "u1",
        "category": "elv",
        "free": 4,
        "status": "open",
        "observed_at": observed,
        "valid_for_s": 600,
    }
    region.put("capacity", unit)
    for n, (state, confirmed_at) in enumerate(
        [
            ("held", None),
            ("confirmed", "2026-11-21T21:39:00.000Z"),
            ("confirmed", "2026-11-21T21:41:00.000Z"),
            ("released", None),
        ]
    ):
        hold: dict[str, Json] = {
            "id": other(n),
            "unit_id": "u1",
            "count": 1,
            "call_id": CALL,
            "state": state,
            "confirmed_at": confirmed_at,
        }
        region.put("reservation", hold)
    desk.refresh()
    assert desk.units()[0].room == 2


def test_a_reservation_of_ours_does_not_change_the_count_before_the_region_says_so(desk: Desk, region: Region) -> None:
    region.put("call", call())
    observed = "2026-11-21T21:40:07.000Z"
    region.put(
        "capacity",
        {"id": "u1", "category": "elv", "free": 1, "status": "open", "observed_at": observed, "valid_for_s": 600},
    )
    desk.refresh()
    desk.claim(CALL)
    desk.reserve("u1", CALL)
    assert desk.units()[0].room == 1
    view = desk.call(CALL)
    assert view is not None
    assert [hold.state for hold in view.reservations] == ["aangevraagd"]


def test_pressing_the_handoff_key_again_sends_nothing_and_says_where_it_stands(desk: Desk, region: Region) -> None:
    region.put("call", call())
    desk.refresh()
    first = desk.press_handoff(CALL)
    assert first.sent
    for _ in range(30):  # a held key is many presses
        again = desk.press_handoff(CALL)
        assert not again.sent
        assert "niets opnieuw" in again.says
    (handoff,) = desk.journal.handoffs()
    assert len(handoff.messages) == 1
    assert desk.handoffs()[0].standing.state is State.COMMITTED


def test_after_a_rejection_the_key_sends_a_new_one_with_its_own_clock(
    desk: Desk, region: Region, clock: ManualClock
) -> None:
    region.put("call", call())
    desk.refresh()
    pressed = desk.press_handoff(CALL)
    (handoff,) = desk.journal.handoffs()
    event: dict[str, Json] = {
        "n": 1,
        "state": "REJECTED",
        "has": [handoff.messages[0].message.message_id],
        "reason": "geen inzet",
        "at": None,
    }
    desk.journal.learned(pressed.handoff_id, [{**event, "exercise": True}], direct=True)
    desk.picture.touched()
    desk.refresh()
    clock.advance(60)
    assert desk.alarms()[0].card_due
    assert desk.press_handoff(CALL).sent
    (view,) = desk.handoffs()
    assert view.standing.state is State.COMMITTED
    assert view.reading.alarm is Alarm.QUIET
    assert view.elapsed_s == 0


def test_a_handoff_needs_no_call_known_no_claim_and_no_role(desk: Desk) -> None:
    unknown = other(5)
    assert desk.press_handoff(unknown).sent
    (handoff,) = desk.journal.handoffs()
    body = handoff.messages[0].body
    assert body["urgency"] == "U1"
    assert body["reasons"]
    assert {"from", "callback_number", "location", "patient", "onset_at", "voice"} <= set(body)


def test_the_place_decides_which_rav_and_an_open_handoff_keeps_it(desk: Desk, region: Region) -> None:
    region.put("call", call(location={"town": "Gorinchem"}))
    desk.refresh()
    desk.press_handoff(CALL)
    assert desk.handoffs()[0].rav_id == "rav-merwe"
    region.put("call", call(location={"town": "Leiden"}))
    desk.refresh()
    desk.send_update(CALL)
    assert {view.rav_id for view in desk.handoffs()} == {"rav-merwe"}


def test_the_card_comes_up_after_ten_seconds_without_any_courier_or_hub(
    desk: Desk, region: Region, clock: ManualClock
) -> None:
    region.put("call", call())
    desk.refresh()
    desk.press_handoff(CALL)
    alarms = []
    for _ in range(12):
        alarms.append(desk.alarms()[0].reading.alarm)
        clock.advance(1)
    assert alarms == [Alarm.QUIET] * 3 + [Alarm.AMBER] * 7 + [Alarm.VOICE] * 2


def test_after_a_reboot_with_it_open_the_card_is_up_at_once(desk: Desk, region: Region, clock: ManualClock) -> None:
    region.put("call", call())
    desk.refresh()
    desk.press_handoff(CALL)
    clock.reboot("boot-2")
    desk.refresh()
    assert desk.alarms()[0].card_due


def test_a_voice_record_travels_as_an_update_and_ends_the_card(desk: Desk, region: Region, clock: ManualClock) -> None:
    region.put("call", call())
    desk.refresh()
    pressed = desk.press_handoff(CALL)
    clock.advance(20)
    desk.record_voice(pressed.handoff_id, spoke_to="Jansen", reference="R-1", outcome="accepted")
    (view,) = desk.handoffs()
    assert view.standing.handed_over
    assert not view.card_due
    assert [row.message.kind for row in desk.journal.handoffs()[0].messages] == ["new", "update"]


def test_a_recall_is_sent_even_if_nothing_seems_to_have_arrived(desk: Desk, region: Region) -> None:
    region.put("call", call())
    desk.refresh()
    pressed = desk.press_handoff(CALL)
    desk.recall(pressed.handoff_id, "toch geen pijn op de borst")
    desk.recall(pressed.handoff_id, "nog eens")
    kinds = [row.message.kind for row in desk.journal.handoffs()[0].messages]
    assert kinds == ["new", "recall"]


def test_a_key_test_is_no_handoff_of_anybody(desk: Desk, region: Region) -> None:
    desk.press_key_test()
    assert desk.handoffs() == []
    assert desk.alarms() == []
    assert len(desk.key_tests()) == 1
    assert [route.route for route in desk.key_tests()[0].routes] == ["hub", "direct"]


def test_a_callers_words_cannot_pass_for_a_key_test(desk: Desk, region: Region) -> None:
    region.put("call", call(location={"town": "Leiden", "access": "sleuteltest, geen inzet"}))
    desk.refresh()
    desk.press_handoff(CALL)
    assert len(desk.handoffs()) == 1


def test_a_call_with_an_open_handoff_is_not_closed_by_a_triagist(desk: Desk, region: Region) -> None:
    region.put("call", call())
    desk.refresh()
    desk.claim(CALL)
    desk.press_handoff(CALL)
    with pytest.raises(NotNow):
        desk.close_call(CALL, "klaar")


def test_everything_stands_where_it_stood_in_a_new_process(desk: Desk, region: Region, clock: ManualClock) -> None:
    region.put("call", call())
    desk.refresh()
    desk.claim(CALL)
    desk.stand(CALL, "triage")
    desk.save_draft(CALL, {"answers": {"demo.pijn-borst": {"uitstraling": "ja"}}})
    desk.press_handoff(CALL)
    again = reopened(desk, clock)
    try:
        assert again.where().call_id == CALL
        assert again.where().screen == "triage"
        assert again.draft(CALL) == {"answers": {"demo.pijn-borst": {"uitstraling": "ja"}}}
        row = again.row(CALL)
        assert row is not None
        assert row.claim is not None
        assert row.claim.own
        assert again.handoffs()[0].standing.state is State.COMMITTED
        assert again.undelivered() == desk.undelivered() == 2
    finally:
        again.close()


def test_what_cannot_be_written_was_not_decided_and_says_so(desk: Desk, region: Region) -> None:
    region.put("call", call())
    desk.refresh()
    key = load_key(desk.profile.key_path)
    blocker = connect(desk.profile.journal_path, key, durable=True, checkpoints=False)
    desk.journal._db.execute("PRAGMA busy_timeout = 1")
    blocker.execute("BEGIN IMMEDIATE")
    try:
        with pytest.raises(StoreError, match="Niet vastgelegd"):
            desk.press_handoff(CALL)
        with pytest.raises(StoreError):
            desk.claim(CALL)
    finally:
        blocker.execute("ROLLBACK")
        blocker.close()
    assert desk.handoffs() == []
    assert desk.journal.outbox() == []


def test_the_age_of_the_picture_is_always_told(desk: Desk, region: Region, clock: ManualClock) -> None:
    desk.refresh()
    seen = []
    for _ in range(5):
        seen.append(desk.link().link)
        clock.advance(14)
    assert seen == [Link.LIVE, Link.LIVE, Link.STALE, Link.STALE, Link.STALE]
    clock.advance(1)
    assert desk.link().link is Link.OFFLINE
    assert desk.link().age_s == 71


def test_a_region_of_the_other_kind_is_not_shown(desk: Desk, region: Region) -> None:
    region.put("call", call())
    region.cache.set_meta(exercise="0")
    desk.refresh()
    assert desk.queue() == []
    assert desk.units() == []
    assert desk.link().blocked


def test_words_from_outside_are_clean_in_every_record(desk: Desk, region: Region) -> None:
    evil = "\x1b[31m\x1b]52;c;AAAA\x07 [@click=app.quit]x[/] \u202e\u200b\x9b20~ ok"
    region.put(
        "call",
        call(
            reason=evil, caller={"name": evil}, patient={"name": evil, "sex": evil, "age_years": 3},
            location={"town": evil, "street": evil, "access": evil}, callback_number=evil, alerts=[evil],
            notes=[{"text": evil, "by": evil}], history=[{"text": evil}], identifiers=[{"system": evil, "value": evil}],
            attachments=[{"title": evil}], pre_urgency={"urgency": evil, "by": evil}, number=evil,
        ),
    )  # fmt: skip
    desk.refresh()
    view = desk.call(CALL)
    assert view is not None
    texts = [view.row.reason, view.row.town, view.row.who, view.row.number, view.row.label, view.caller, view.name]
    texts += [view.address, view.access, view.callback_number, view.pre_urgency, *view.alerts, *view.history]
    texts += [*view.identifiers, *view.attachments, *(note.text + note.by for note in view.notes)]
    for text in texts:
        assert all(unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn") for char in text), repr(text)


def test_a_call_typed_in_has_the_desks_own_number_and_is_claimed_at_once(desk: Desk, region: Region) -> None:
    call_id = desk.create_call({"reason": "pijn"})
    row = desk.row(call_id)
    assert row is not None
    assert row.number == "07-1"
    assert row.claim is not None
    assert row.claim.own
    assert [command.type for command in desk.journal.outbox()] == ["call.create", "call.claim"]
    desk.press_handoff(call_id)
    assert desk.handoffs()[0].number == "07-1"


def test_numbers_have_no_gaps_and_the_audit_chain_is_whole(desk: Desk, region: Region) -> None:
    from zcc_console.store.writer import audit_hash

    region.put("call", call())
    desk.refresh()
    desk.claim(CALL)
    for n in range(5):
        desk.note(CALL, f"notitie {n}")
    desk.press_handoff(CALL)
    assert [row.desk_seq for row in desk.journal.outbox()] == list(range(1, 7))
    rows = desk.journal.audit_batch()
    previous = ""
    for n, row in enumerate(rows, start=1):
        assert row.no == n
        assert row.previous == previous
        assert row.hash == audit_hash(
            row.incarnation, n, row.at, row.user, row.event, row.subject, row.detail, previous
        )
        previous = row.hash
    assert [row.event for row in rows][-1] == "handoff.new"


def test_the_supervisor_may_take_over_a_live_claim_and_a_triagist_may_not(
    tmp_path: Path, desk: Desk, region: Region, clock: ManualClock
) -> None:
    region.put("call", call(state="claimed", claim={"desk_id": "12", "user": "aydin", "id": other(9), "fence": 1}))
    desk.refresh()
    assert "alleen de regie" in desk.may("takeover", CALL)
    supervisor: Profile = write_profile(tmp_path, role="supervisor")
    chief = Desk.open(supervisor, clock, SeededIds(clock, 3))
    try:
        assert chief.may("takeover", CALL) == ""
    finally:
        chief.close()


def test_a_call_that_the_rav_has_goes_to_nobody_else(desk: Desk, region: Region, clock: ManualClock) -> None:
    region.put("call", call())
    desk.refresh()
    desk.claim(CALL)
    desk.press_handoff(CALL)
    with pytest.raises(NotNow, match="bij de RAV"):
        desk.callback(CALL, clock.now(), "straks")
    with pytest.raises(NotNow, match="bij de RAV"):
        desk.release(CALL, "terug")


def test_a_handed_off_call_stands_below_what_waits_and_counts_from_its_claim(desk: Desk, region: Region) -> None:
    claim: dict[str, Json] = {"desk_id": "07", "user": "s.devries", "id": other(9), "since": "2026-11-21T21:41:00.000Z"}
    region.put("call", call("1", other(1), "U1", state="handed-off", claim=claim))
    region.put("call", call("2", other(2), "U5"))
    desk.refresh()
    rows = desk.queue()
    assert [row.number for row in rows] == ["2", "1"]
    assert rows[1].wait_s == 7


def test_a_journal_that_was_mended_is_gone_on_in_and_says_so(desk: Desk, region: Region, clock: ManualClock) -> None:
    from zcc_console.store.engine import set_aside
    from zcc_console.store.journal import Journal

    region.put("call", call())
    desk.refresh()
    desk.note(CALL, "voor")
    set_aside(desk.profile.journal_path, "20261121")  # as the courier does with a damaged one
    other_process = Journal.open(desk.profile.journal_path, desk.profile.key_path, clock, SeededIds(clock, 5))
    desk.note(CALL, "na")
    assert [as_object(row.body["data"])["text"] for row in other_process.outbox()] == ["na"]
    other_process.close()
    desk.refresh()
    assert desk.undelivered() == 1

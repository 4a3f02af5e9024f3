"""The journal: one durable decision at a time, and what the courier learns of it."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.store.conftest import Files
from zcc_console.core.clock import rfc3339
from zcc_console.core.errors import NewerSchema
from zcc_console.store.courier import CourierJournal
from zcc_console.store.engine import OperationalError
from zcc_console.store.writer import audit_hash


def note(journal: CourierJournal, call_id: str = "call-1", **more: Any) -> str:
    with journal.write() as unit:
        return unit.command("call.note", desk_id="07", user="u1", call_id=call_id, **more)


def message(journal: CourierJournal, message_id: str, sequence: int = 1, handoff_id: str = "h-1") -> None:
    body: dict[str, Any] = {
        "handoff_id": handoff_id,
        "message_id": message_id,
        "call_id": "call-1",
        "to": "rav-a",
        "kind": "new",
        "sequence": sequence,
        "expires_at": "x",
    }
    with journal.write() as unit:
        unit.handoff_message(body, ("hub", "direct"))


def test_a_decision_is_whole_or_not_at_all(files: Files) -> None:
    journal = files.journal()

    def interrupted() -> None:
        with journal.write() as unit:
            unit.command("call.note", desk_id="07", user="u1")
            unit.audit("call.note", "call-1", user="u1")
            unit.draft("call-1", {"x": 1})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        interrupted()
    assert journal.outbox() == []
    assert journal.audit_head() == (0, "")
    assert journal.draft("call-1") is None
    assert journal.numbering().next_seq == 1


def test_what_was_written_is_there_for_the_next_program(files: Files) -> None:
    command_id = note(files.journal(), data={"text": "é"})
    row = files.journal().next_pending()
    assert row is not None
    assert (row.command_id, row.desk_seq, row.state) == (command_id, 1, "pending")
    assert row.request_body["desk_seq"] == 1
    assert row.request_body["incarnation"] == row.incarnation


def test_numbers_have_no_gaps_also_after_a_decision_that_failed(files: Files) -> None:
    journal = files.journal()
    note(journal)

    def interrupted() -> None:
        with journal.write() as unit:
            unit.command("call.note", desk_id="07", user="u1")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        interrupted()
    note(journal)
    assert [row.desk_seq for row in journal.outbox()] == [1, 2]


def test_a_new_incarnation_keeps_order_and_ids_and_remembers_former_numbers(files: Files) -> None:
    journal = files.journal()
    first, second, third = note(journal), note(journal), note(journal)
    row = journal.next_pending()
    assert row is not None
    assert journal.answer(row, "applied", 200, {})
    before = journal.numbering().incarnation
    after = journal.new_incarnation("doubt")
    assert after.incarnation > before
    assert after.next_seq == 3
    rows = {row.command_id: (row.incarnation, row.desk_seq) for row in journal.outbox()}
    assert rows == {
        first: (before, 1),
        second: (after.incarnation, 1),
        third: (after.incarnation, 2),
    }
    assert journal.former_numbers() == {second: [(before, 2)], third: [(before, 3)]}


def test_an_incarnation_is_larger_than_the_last_though_the_clock_was_put_back(files: Files) -> None:
    journal = files.journal()
    before = journal.numbering().incarnation
    files.clock.advance(-86_400)
    files.ids._last = 0
    assert journal.new_incarnation("doubt").incarnation > before


def test_the_same_doubt_twice_renumbers_once(files: Files) -> None:
    journal = files.journal()
    before = journal.numbering().incarnation
    first = journal.renumber("gap", before).incarnation
    assert journal.renumber("gap", before).incarnation == first


def test_an_answer_for_a_number_given_up_is_not_kept(files: Files) -> None:
    journal = files.journal()
    note(journal)
    sent = journal.next_pending()
    assert sent is not None
    journal.new_incarnation("doubt")
    assert not journal.answer(sent, "applied", 200, {})
    assert journal.undelivered() == 1


def test_what_a_person_settled_stays_settled(files: Files) -> None:
    journal = files.journal()
    command_id = note(journal)
    row = journal.next_pending()
    assert row is not None
    journal.answer(row, "refused", 409, {"type": "fenced"})
    with journal.write() as unit:
        unit.settle(command_id)
    journal.answer(row, "refused", 409, {"type": "fenced"})
    settled = journal.command(command_id)
    assert settled is not None
    assert settled.state == "settled"


def test_a_row_set_aside_lets_those_behind_it_begin_anew(files: Files) -> None:
    journal = files.journal()
    bad, good = note(journal), note(journal)
    row = journal.next_pending()
    assert row is not None
    journal.set_aside_command(row.no)
    following = journal.next_pending()
    assert following is not None
    assert (following.command_id, following.desk_seq) == (good, 1)
    aside = journal.command(bad)
    assert aside is not None
    assert aside.state == "set-aside"


def test_sending_again_puts_what_goes_first_before_everything(files: Files) -> None:
    journal = files.journal()
    applied = note(journal)
    row = journal.next_pending()
    assert row is not None
    journal.answer(row, "applied", 200, {})
    waiting = note(journal)
    create: dict[str, Any] = {
        "type": "call.create",
        "desk_id": "07",
        "user": "u1",
        "target": {"type": "call", "id": "call-1"},
        "data": {},
    }
    numbering = journal.enter_epoch("e2", [create], "2026-01-01", {})
    assert journal.meta("epoch") == "e2"
    rows = journal.outbox()
    assert [row.type for row in rows] == ["call.create", "call.note", "call.note"]
    assert [row.command_id for row in rows][1:] == [applied, waiting]
    assert [row.desk_seq for row in rows] == [1, 2, 3]
    assert {row.incarnation for row in rows} == {numbering.incarnation}
    following = note(journal)
    assert [row.command_id for row in journal.outbox()][-1] == following
    assert journal.outbox()[-1].desk_seq == 4


def test_rows_that_the_new_state_contains_and_old_ones_are_not_sent_again(files: Files) -> None:
    journal = files.journal()
    for _ in range(3):
        note(journal)
        row = journal.next_pending()
        assert row is not None
        journal.answer(row, "applied", 200, {})
        files.clock.advance(3600)
    incarnation = journal.numbering().incarnation
    journal.enter_epoch("e2", [], "2026-11-21T22:00:00.000Z", {incarnation: 2})
    assert [row.state for row in journal.outbox()] == ["applied", "applied", "pending"]


def test_the_audit_chain_goes_on_over_incarnations_also_over_one_without_acts(files: Files) -> None:
    journal = files.journal()
    with journal.write() as unit:
        unit.audit("call.viewed", "call-1", user="u1", detail="x")
    count, head = journal.audit_head()
    assert count == 1
    journal.new_incarnation("doubt")
    journal.new_incarnation("doubt")
    with journal.write() as unit:
        unit.audit("call.viewed", "call-2", user="u1")
    rows = journal.audit_batch()
    journal.audit_delivered(rows[0].incarnation, rows[0].no)
    (second,) = journal.audit_batch()
    assert second.previous == head
    assert second.no == 1
    assert second.hash == audit_hash(
        second.incarnation, 1, second.at, "u1", "call.viewed", "call-2", "", second.previous
    )


def test_parts_of_an_audit_row_cannot_be_moved_into_each_other() -> None:
    one = audit_hash("i", 1, "t", "ab", "c", "s", "d", "p")
    assert one != audit_hash("i", 1, "t", "a", "bc", "s", "d", "p")


def test_the_newest_message_is_next_and_a_side_that_lacks_it_gets_it_again(files: Files) -> None:
    journal = files.journal()
    message(journal, "m-1")
    message(journal, "m-2", 2)
    row, again = journal.next_message("hub", "h-1", frozenset())
    assert row is not None
    assert (row.message.message_id, again) == ("m-2", False)
    journal.delivered("m-2", "hub", 202)
    row, _ = journal.next_message("hub", "h-1", frozenset())
    assert row is not None
    assert row.message.message_id == "m-1"
    row, _ = journal.next_message("hub", "h-1", frozenset({"m-1"}))
    assert row is None
    journal.deliver_again("m-2", "hub")
    row, again = journal.next_message("hub", "h-1", frozenset())
    assert row is not None
    assert (row.message.message_id, again) == ("m-2", True)
    assert ("h-1", "rav-a", "direct") in journal.pending_handoffs()


def test_events_are_kept_once_by_number_whatever_comes_twice(files: Files) -> None:
    journal = files.journal()
    message(journal, "m-1")
    event: dict[str, Any] = {"n": 4, "state": "RECEIVED", "has": ["m-1"]}
    assert journal.learned("h-1", [event, event, {"n": "x"}], direct=True) == 1
    assert journal.learned("h-1", [event | {"state": "CLOSED"}], direct=True) == 0
    handoff = journal.handoff("h-1")
    assert handoff is not None
    assert [(each.n, each.state) for each in handoff.events] == [(4, "RECEIVED")]
    assert journal.events_to_pass_on() == [("h-1", event)]
    journal.passed_on("h-1", [4])
    assert journal.events_to_pass_on() == []


def test_forgetting_leaves_what_is_undelivered_or_to_settle(files: Files) -> None:
    journal = files.journal()
    states = {}
    for kind in ("applied", "refused", "pending", "settled"):
        command_id = note(journal)
        row = journal.command(command_id)
        assert row is not None
        if kind != "pending":
            journal.answer(row, "refused" if kind == "settled" else kind, 200, {})
        if kind == "settled":
            with journal.write() as unit:
                unit.settle(command_id)
        states[command_id] = kind
    message(journal, "m-1")
    message(journal, "m-2", handoff_id="h-2")
    for route in ("hub", "direct"):
        journal.delivered("m-1", route, 202)
    journal.learned("h-1", [{"n": 1, "state": "CLOSED", "has": ["m-1"]}], direct=True)
    with journal.write() as unit:
        unit.audit("x", "y", user="u1")
        unit.audit("x", "z", user="u1")
    journal.audit_delivered(journal.numbering().incarnation, 2)
    files.clock.advance(100 * 3600)
    journal.forget(rfc3339(files.clock.now()))
    assert sorted(states[row.command_id] for row in journal.outbox()) == ["pending", "refused"]
    assert [handoff.handoff_id for handoff in journal.handoffs()] == ["h-2"]
    assert journal.audit_head()[0] == 2  # the chain goes on from its head
    journal.forget(rfc3339(files.clock.now()))


def test_claims_pressed_and_not_yet_answered_are_known(files: Files) -> None:
    journal = files.journal()
    with journal.write() as unit:
        first = unit.command("call.claim", desk_id="07", user="u1", call_id="a")
        unit.command("call.claim", desk_id="07", user="u1", call_id="b")
        unit.command("call.close", desk_id="07", user="u1", call_id="b")
        unit.command("call.release", desk_id="07", user="u1", call_id="c")
    assert journal.own_claims() == ({"a": first}, {"b", "c"})


def test_a_journal_of_a_newer_program_is_not_touched(files: Files) -> None:
    journal = files.journal()
    journal._db.execute("PRAGMA user_version = 99")
    assert journal.is_newer()
    journal.close()
    with pytest.raises(NewerSchema):
        files.journal()
    assert list(files.folder.glob("*.damaged*")) == []


def test_an_old_courier_reads_the_rows_of_a_newer_schema(files: Files) -> None:
    """The schema only grows: a column more does not stop what is open already."""
    journal = files.journal()
    note(journal)
    journal._db.execute("ALTER TABLE outbox ADD COLUMN later TEXT")
    assert journal.next_pending() is not None


def test_a_full_disk_gives_up_the_ballast_for_a_handoff_and_for_nothing_else(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = files.journal()
    ballast = files.folder / "ballast"
    ballast.write_bytes(b"x" * 4096)
    journal._db.execute("PRAGMA max_page_count = 1")  # now the file may not grow
    big = "x" * 200_000
    with pytest.raises(OperationalError, match="full"):
        note(journal, data={"text": big})
    assert ballast.exists()
    body: dict[str, Any] = {"handoff_id": "h", "message_id": "m", "kind": "new", "sequence": 1, "reasons": [big]}

    def press() -> None:
        with journal.write() as unit:
            unit.handoff_message(body, ("hub",))

    with pytest.raises(OperationalError, match="full"):
        press()
    assert not ballast.exists()
    journal._db.execute("PRAGMA max_page_count = 100000")
    press()
    assert journal.undelivered() == 1


def test_the_journal_is_no_plain_sqlite_file(files: Files) -> None:
    files.journal().close()
    plain = sqlite3.connect(files.journal_path)
    with pytest.raises(sqlite3.DatabaseError):
        plain.execute("SELECT * FROM outbox")
    plain.close()


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.sampled_from(["press", "press", "answer", "refuse", "renumber", "aside", "epoch", "reopen"]), max_size=30
    )
)
def test_whatever_happens_rows_without_an_answer_keep_their_order_and_ids(
    tmp_path_factory: pytest.TempPathFactory, acts: list[str]
) -> None:
    files = Files(tmp_path_factory.mktemp("desk"))
    journal = files.journal()
    waiting: list[str] = []
    for act in acts:
        row = journal.next_pending()
        if act == "press":
            waiting.append(note(journal))
        elif act == "renumber":
            journal.new_incarnation("doubt")
        elif act == "epoch":
            above = dict.fromkeys({each.incarnation for each in journal.outbox()}, 10_000)
            journal.enter_epoch("e", [], "0", above)
        elif act == "reopen":
            journal.close()
            journal = files.journal()
        elif row is not None:
            waiting.remove(row.command_id)
            if act == "aside":
                journal.set_aside_command(row.no)
            else:
                journal.answer(row, "applied" if act == "answer" else "refused", 200, {})
        pending = journal.outbox("pending")
        assert [row.command_id for row in pending] == waiting
        numbers = [row.desk_seq for row in pending]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers))) if numbers else True
        assert journal.numbering().next_seq == (numbers[-1] + 1 if numbers else journal.numbering().next_seq)
        assert len({row.incarnation for row in pending}) <= 1
    journal.close()

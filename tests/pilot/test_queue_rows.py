"""The queue renewed by what changed is the queue read anew, whatever comes and in whatever order."""

from __future__ import annotations

import random

import pytest

from tests.pilot.driving import console_on
from tests.pilot.evening import Evening, ago, call, uuid
from zcc_console.core.jsontypes import Json
from zcc_console.desk.rows import Change
from zcc_console.screens.frame import EVERYTHING
from zcc_console.screens.queue_rows import QueueRows


def change_something(evening: Evening, chance: random.Random, step: int) -> None:
    """One thing that happens in a region, or at this desk."""
    desk, region = evening.desk, evening.region
    numbers = [number for number in range(336, 353) if ("call", uuid(1, number)) in region.items]
    call_id = uuid(1, chance.choice(numbers))
    match chance.randrange(9):
        case 0:
            region.put("call", call(700 + step, "v 9", "nieuw", "Leiden", pre=chance.choice(["U0", "U2", "U4", None])))
        case 1:
            region.change("call", call_id, state="closed", claim=None, closed_at=ago(0))
        case 2:
            region.delete("call", call_id)
        case 3:
            claim: Json = {
                "desk_id": chance.choice(["07", "12"]),
                "user": "u",
                "id": uuid(3, step),
                "fence": 2,
                "since": ago(1),
            }
            region.change("call", call_id, state=chance.choice(["claimed", "handed-off"]), claim=claim)
        case 4:
            desk.claim(call_id)
        case 5:
            desk.press_handoff(call_id)
        case 6:
            region.change("call", call_id, state="waiting", claim=None, received_at=ago(chance.randrange(3000)))
        case 7:
            evening.clock.advance(30)
        case _:
            [*commands] = desk.journal.outbox("pending")
            if commands:
                desk.journal.answered(chance.choice(commands).no, "refused", 409, {"type": "claimed"})
                desk.picture.touched()


@pytest.mark.parametrize("seed", range(12))
def test_renewed_by_changes_is_read_anew(evening: Evening, seed: int) -> None:
    chance, rows = random.Random(seed), QueueRows()
    rows.renew(evening.desk, EVERYTHING)
    for step in range(60):
        change_something(evening, chance, step)
        rows.renew(evening.desk, evening.desk.refresh())
        anew = QueueRows()
        anew.renew(evening.desk, EVERYTHING)
        assert [(row.id, row.label, row.flag, row.state) for row in rows.rows] == [
            (row.id, row.label, row.flag, row.state) for row in anew.rows
        ]
        assert (rows.waiting, rows.oldest) == (anew.waiting, anew.oldest)


def test_nothing_changed_is_nothing_to_do(evening: Evening) -> None:
    rows = QueueRows()
    assert rows.renew(evening.desk, EVERYTHING)
    assert not rows.renew(evening.desk, Change(frozenset(), frozenset({uuid(2, 3)}), False, False))


async def test_a_call_that_is_with_the_rav_says_so_in_the_queue(evening: Evening) -> None:
    async with console_on(evening) as console:
        await console.press("f9")
        assert "RAV benauwd sinds" in console.line_with("benauwd sinds vannacht")


async def test_a_region_of_the_other_kind_is_not_shown(evening: Evening) -> None:
    async with console_on(evening) as console:
        evening.region.cache.set_meta(exercise="0")
        await console.pull(1)
        assert "benauwd" not in console.text
        assert "andere soort regio" in console.text
        evening.region.cache.set_meta(exercise="1")
        await console.pull(1)
        assert "benauwd" in console.text

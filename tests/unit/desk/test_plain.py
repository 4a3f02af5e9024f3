"""Line mode: the same desk, one command a line."""

from __future__ import annotations

import pytest

from tests.unit.desk.conftest import CALL, Region, call
from zcc_console.core.clock import ManualClock
from zcc_console.core.files import data_dir
from zcc_console.desk.desk import Desk
from zcc_console.plain import LineDesk
from zcc_console.protocols.library import open_library


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def lines(desk: Desk, region: Region, said: list[str]) -> LineDesk:
    region.put("call", call())
    desk.refresh()
    protocols = open_library(data_dir() / "protocols" / "demo-nl", desk.profile.state_dir).protocols
    return LineDesk(desk, said.append, protocols)


def test_the_queue_is_told_line_by_line_without_a_control_character(
    lines: LineDesk, desk: Desk, region: Region, said: list[str]
) -> None:
    region.put("call", call(reason="\x1b[2J\x07pijn"))
    desk.refresh()
    lines.obey("rij")
    assert any("0347" in line and "pijn" in line for line in said)
    assert all("\x1b" not in line and "\x07" not in line for line in said)


def test_a_call_is_taken_and_handed_over_and_the_card_says_to_telephone(
    lines: LineDesk, desk: Desk, said: list[str], clock: ManualClock
) -> None:
    lines.obey("neem 0347")
    row = desk.row(CALL)
    assert row is not None
    assert row.claim is not None
    lines.obey("rav 0347")
    assert "Vastgelegd" in said[-1]
    clock.advance(11)
    lines.watch()
    assert any(line.startswith("BEL NU RAV Hollandrijn: 088 555 0 112") for line in said)
    lines.obey("gebeld 0347 ja Jansen R-20418")
    assert desk.handoffs()[0].standing.handed_over
    told = len(said)
    lines.watch()
    lines.watch()
    assert len(said) == told + 1  # a change is told once


def test_triage_asks_one_question_at_a_time_and_keeps_every_answer(
    lines: LineDesk, desk: Desk, said: list[str]
) -> None:
    lines.obey("triage 0347")
    assert any("weet niet" in line for line in said)
    before = desk.draft(CALL)
    lines.obey("1")
    assert desk.draft(CALL) != before
    lines.obey("weg")
    lines.obey("triage 0347")
    assert desk.draft(CALL) is not None


def test_what_is_not_understood_changes_nothing_and_says_so(lines: LineDesk, desk: Desk, said: list[str]) -> None:
    for line in ("", "xyzzy", "neem 9999", "gebeld 0347 misschien", "herroep 0347", "notitie 0347", "plaatsen"):
        lines.obey(line)
    assert desk.journal.outbox() == []
    assert any("Onbekend: xyzzy" in line for line in said)

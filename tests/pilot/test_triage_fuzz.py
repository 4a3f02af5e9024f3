"""Any keys in any order: nothing breaks, every picture fits, and what is shown is always what is kept."""

from __future__ import annotations

import random

import pytest

from tests.pilot.evening import Evening
from tests.pilot.triage_driving import CHEST, LIMB
from tests.pilot.triage_set import small_set
from zcc_console.protocols.session import Session
from zcc_console.screens.triage_flow import TriageFlow
from zcc_console.screens.triage_show import Shower
from zcc_console.terminal.themes import COLOURS
from zcc_console.text import cells
from zcc_console.widgets.triage_view import triage_lines

NAMED = {" ": "space", "+": "plus", "[": "left_square_bracket", "~": "tilde", "-": "minus", ".": "full_stop"}
TYPED = "0123456789abcdewou+elvrx [~-.é漢"
OTHERS = ("enter", "backspace", "escape", "tab", "left", "right", "up", "down", "f7", "ctrl+s", "ctrl+e", "delete")
SIZES = ((120, 36), (119, 37), (80, 20), (80, 36), (110, 22), (200, 60))


@pytest.mark.parametrize("seed", range(6))
def test_any_keys_in_any_order_break_nothing_and_lose_nothing(evening: Evening, seed: int) -> None:
    chance = random.Random(seed)
    desk, now = evening.desk, 0.0
    for call_id in (CHEST, LIMB):
        desk.claim(call_id)
        desk.refresh()
        flow, shower = TriageFlow(desk, call_id), Shower()
        flow.open(small_set())
        for turn in range(160):
            now += chance.choice((0.05, 0.4, 3.0))
            if chance.random() < 0.6:
                character = chance.choice(TYPED)
                flow.press(NAMED.get(character, character), character, now)
            else:
                flow.press(chance.choice(OTHERS), None, now)
            if chance.random() < 0.02 and not flow.ended:
                desk.press_handoff(call_id)
            if chance.random() < 0.1:
                evening.clock.advance(chance.choice((1, 12)))
                flow.tick()
            desk.refresh()
            if flow.ended is not None:
                break
            width, height = SIZES[turn % len(SIZES)]
            lines = triage_lines(shower.picture(flow), width, height, COLOURS)
            assert len(lines) == height
            assert {cells(line.text) for line in lines} == {width}
            draft, session = desk.draft(call_id), flow.session
            if draft and session is not None and session.log:
                kept = Session.resume(small_set(), draft)
                assert (kept.triage, kept.step, kept.log) == (session.triage, session.step, session.log)

"""Whatever the order and the doubles of arrivals, acts, restarts and restores: n only grows, each message once."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.rav.region import CALL, RAV, Room, message, open_room
from zcc_console.core.handoff import event_of, message_of, standing, union
from zcc_console.core.ids import handoff_id
from zcc_console.core.jsontypes import Json, as_list, as_object
from zcc_console.rav.gateway import Receipt
from zcc_console.rav.ledger import Route
from zcc_console.rav.rules import Act

HANDOFF = handoff_id(CALL, RAV)


class GatewayMachine(RuleBasedStateMachine):
    """One handoff at one gateway, with everything that can happen to it."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="rav-"))
        self.room: Room = open_room(self.folder)
        self.acknowledged: dict[str, dict[str, Json]] = {}
        self.seen: dict[int, dict[str, Json]] = {}

    def teardown(self) -> None:
        self.room.gateway.close()
        shutil.rmtree(self.folder)

    @rule(number=st.integers(1, 6), kind=st.sampled_from(["new", "update", "recall"]), hub=st.booleans())
    def arrives(self, number: int, kind: str, hub: bool) -> None:
        body = message(number)
        stored = self.acknowledged.get(str(body["message_id"]))
        body = stored or {**body, "kind": kind}
        before = len(self._events())
        receipt = self.room.gateway.receive(dict(body), Route("hub" if hub else "desk", "07"))
        assert isinstance(receipt, Receipt)
        assert receipt.duplicate == (stored is not None)
        assert len(self._events()) == before + (0 if stored else 1)
        assert receipt.state.value == self._events()[-1]["state"]
        self.acknowledged[receipt.message_id] = body

    @rule(seconds=st.floats(0, 20))
    def time_passes(self, seconds: float) -> None:
        self.room.after(seconds)

    @rule(what=st.sampled_from(list(Act)))
    def a_person_acts(self, what: Act) -> None:
        if self.acknowledged:
            self.room.gateway.act(HANDOFF, what, by="P. de Boer", reason="recalled" if what is Act.CLOSE else None)

    @rule(patch=st.sampled_from([{"silent": True}, {"silent": False}, {"recall": "too-late"}, {"reject_next": 1}]))
    def switched(self, patch: dict[str, object]) -> None:
        self.room.gateway.switch(patch)

    @rule()
    def restarts(self) -> None:
        self.room = self.room.again()

    @rule()
    def restored(self) -> None:
        self.room.gateway.restored()

    def _events(self) -> list[dict[str, Json]]:
        return self.room.gateway.events(HANDOFF) or []

    @invariant()
    def numbers_only_grow_and_no_event_changes(self) -> None:
        events = self._events()
        numbers = [int(str(event["n"])) for event in events]
        assert numbers == sorted(set(numbers))
        new = {int(str(event["n"])): event for event in events}
        assert all(new.get(n) == event for n, event in self.seen.items())
        assert all(n > max(self.seen, default=0) for n in set(new) - set(self.seen))
        self.seen = new

    @invariant()
    def each_acknowledged_message_is_held_once_as_it_came(self) -> None:
        if not self.acknowledged:
            return
        (entry,) = self.room.gateway.record()
        held = [as_object(body) for body in as_list(entry["messages"])]
        assert {str(body["message_id"]): body for body in held} == self.acknowledged
        assert len(held) == len(self.acknowledged)
        assert set(as_list(self._events()[-1]["has"])) == set(self.acknowledged)

    @invariant()
    def the_desk_reads_the_state_that_the_gateway_says(self) -> None:
        whole = self.room.gateway.handoff(HANDOFF)
        if whole is None:
            return
        events = [event for event in map(event_of, self._events()) if event is not None]
        found = standing([message_of(body) for body in self.acknowledged.values()], union(events), at_hub=True)
        assert found.state.value == whole["state"]


GatewayMachine.TestCase.settings = settings(
    max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestGateway = GatewayMachine.TestCase

"""Contract §3: claims as leases; nothing is given away silently, and the fence decides."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.hub.house import UNIT, House


def test_a_claim_gives_a_fence_and_a_second_desk_hears_who_holds_it(house: House) -> None:
    call = house.call()
    answer = house.desk("07").do("call.claim", call)
    assert (answer["fence"], answer["claim"]) == (1, answer["sent"])
    refused = house.desk("12").do("call.claim", call)
    assert (refused["status"], refused["type"]) == (409, "claimed")
    assert refused["holder"]["desk_id"] == "07"  # type: ignore[index]
    assert refused["current"]["data"]["state"] == "claimed"  # type: ignore[index]


def test_a_claim_on_the_own_one_gives_the_same_fence_and_both_ids_name_it(house: House) -> None:
    call, desk = house.call(), house.desk()
    first = desk.do("call.claim", call)
    second = desk.do("call.claim", call)
    assert (second["fence"], second["claim"]) == (first["fence"], first["sent"])
    assert desk.do("call.dispose", call, {"action": "a"}, claim=second["sent"])["status"] == 200
    assert desk.do("call.dispose", call, {"action": "b"}, claim=first["sent"])["status"] == 200


def test_a_claim_on_the_own_stale_one_makes_it_live_for_a_full_lease(house: House) -> None:
    call, desk = house.call(), house.desk()
    desk.claim(call)
    house.pass_seconds(40)
    assert house.data("call", call)["claim"]["stale"] is True  # type: ignore[index]
    desk.claim(call)
    house.pass_seconds(29)
    assert house.data("call", call)["claim"]["stale"] is False  # type: ignore[index]
    house.pass_seconds(1)
    assert house.data("call", call)["claim"]["stale"] is True  # type: ignore[index]


def test_a_claim_of_before_a_release_names_nothing(house: House) -> None:
    call, desk = house.call(), house.desk()
    old = desk.claim(call)
    desk.do("call.release", call, {}, claim=old)
    desk.claim(call)
    assert desk.do("call.dispose", call, {"action": "a"}, claim=old)["type"] == "fenced"


def test_a_lease_that_lapses_marks_the_claim_stale_and_gives_it_to_nobody(house: House) -> None:
    call = house.call()
    house.desk("07").claim(call)
    house.pass_seconds(29)
    assert house.data("call", call)["claim"]["stale"] is False  # type: ignore[index]
    house.pass_seconds(1)
    assert house.data("call", call)["claim"]["stale"] is True  # type: ignore[index]
    assert house.desk("12").do("call.claim", call)["type"] == "claimed"


def test_the_heartbeat_renews_the_claims_it_names_and_no_others(house: House) -> None:
    kept, dropped, desk = house.call(), house.call(), house.desk()
    claim = desk.claim(kept)
    desk.claim(dropped)
    for _ in range(4):
        desk.heartbeat(claims=[{"call_id": kept, "claim": claim}])
        house.pass_seconds(10)
    assert house.data("call", kept)["claim"]["stale"] is False  # type: ignore[index]
    assert house.data("call", dropped)["claim"]["stale"] is True  # type: ignore[index]


def test_the_holder_who_comes_back_has_it_still(house: House) -> None:
    call, desk = house.call(), house.desk()
    claim = desk.claim(call)
    house.pass_seconds(300)
    answer = desk.heartbeat(claims=[{"call_id": call, "claim": claim}])
    assert answer["claims"] == [{"call_id": call, "claim": claim, "fence": 1, "held": True}]
    assert house.data("call", call)["claim"]["stale"] is False  # type: ignore[index]
    assert desk.do("call.dispose", call, {"action": "a"}, claim=claim)["status"] == 200


def test_a_stale_claim_is_taken_over_by_anyone_and_a_live_one_by_the_supervisor_alone(house: House) -> None:
    call = house.call()
    old = house.desk("07").claim(call)
    why = {"reason": "collega reageert niet"}
    assert house.desk("12").do("call.takeover", call, why)["type"] == "claimed"
    assert house.desk("90").do("call.takeover", call, why)["fence"] == 2
    house.pass_seconds(31)
    assert house.desk("12").do("call.takeover", call, why)["fence"] == 3
    answer = house.desk("07").heartbeat(claims=[{"call_id": call, "claim": old}])
    assert answer["claims"] == [{"call_id": call, "claim": old, "fence": 3, "held": False}]
    assert house.desk("07").do("call.release", call, {}, claim=old)["type"] == "fenced"


def test_a_takeover_needs_a_reason_and_a_holder(house: House) -> None:
    call = house.call()
    assert house.desk("12").do("call.takeover", call, {"reason": "  "})["type"] == "invalid"
    assert house.desk("12").do("call.takeover", call, {"reason": "x"})["type"] == "wrong-state"


def test_a_call_hands_its_reservations_on_with_its_claim(house: House) -> None:
    house.unit(free=2)
    call = house.call()
    house.desk("07").claim(call)
    held = str(house.desk("07").do("capacity.reserve", None, {"unit": UNIT, "call_id": call})["sent"])
    house.desk("90").do("call.takeover", call, {"reason": "x"})
    assert house.data("reservation", held)["desk_id"] == "90"


def test_leases_are_full_when_the_hub_starts(house: House) -> None:
    call = house.call()
    house.desk("07").claim(call)
    house.pass_seconds(25)
    house.restart()
    house.pass_seconds(29)
    assert house.data("call", call)["claim"]["stale"] is False  # type: ignore[index]
    house.pass_seconds(1)
    assert house.data("call", call)["claim"]["stale"] is True  # type: ignore[index]


def test_what_a_desk_holds_is_on_its_presence(house: House) -> None:
    call, desk = house.call(), house.desk()
    desk.heartbeat()
    claim = desk.claim(call)
    assert house.data("desk", "07")["holds"] == [call]
    desk.do("call.release", call, {}, claim=claim)
    assert house.data("desk", "07")["holds"] == []


class Floor(RuleBasedStateMachine):
    """Three desks, a few calls, a clock and restarts, against a model of who holds what under which fence."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.house = House.build(Path(self.folder.name), database="sqlite:///hub.db")
        self.calls: list[str] = []
        self.holder: dict[str, str | None] = {}
        self.fence: dict[str, int] = {}
        self.state: dict[str, str] = {}
        self.claim: dict[str, str] = {}
        self.lease: dict[str, float] = {}
        self.stale: dict[str, bool] = {}

    def teardown(self) -> None:
        self.house.region.close()
        self.folder.cleanup()

    desks = st.sampled_from(["07", "12", "90"])
    which = st.integers(0, 2)

    @initialize()
    def begin(self) -> None:
        for _ in range(3):
            call = self.house.call()
            self.calls.append(call)
            self.holder[call], self.fence[call], self.state[call] = None, 0, "waiting"

    def given(self, call: str, desk: str, claim: str) -> None:
        self.holder[call], self.claim[call], self.state[call] = desk, claim, "claimed"
        self.fence[call] += 1
        self.lives(call)

    def lives(self, call: str) -> None:
        self.lease[call], self.stale[call] = self.house.clock.boot() + 30, False

    @rule(desk=desks, which=which)
    def take(self, desk: str, which: int) -> None:
        call = self.calls[which]
        answer = self.house.desk(desk).do("call.claim", call)
        if self.holder[call] is None and self.state[call] in ("waiting", "callback"):
            assert answer["status"] == 200
            self.given(call, desk, str(answer["sent"]))
        elif self.holder[call] == desk:
            assert answer["claim"] == self.claim[call]
            self.lives(call)
        else:
            assert answer["type"] == ("claimed" if self.holder[call] else "wrong-state")
        if answer["status"] == 200:
            assert answer["fence"] == self.fence[call]

    @rule(desk=desks, which=which)
    def take_over(self, desk: str, which: int) -> None:
        call = self.calls[which]
        held = self.holder[call]
        allowed = held is not None and (held == desk or desk == "90" or self.stale[call])
        answer = self.house.desk(desk).do("call.takeover", call, {"reason": "x"})
        if allowed:
            assert answer["status"] == 200
            self.given(call, desk, str(answer["sent"]))
        else:
            assert answer["type"] == ("claimed" if held else "wrong-state")

    @rule(desk=desks, which=which, kind=st.sampled_from(["call.release", "call.close", "call.callback"]))
    def let_go(self, desk: str, which: int, kind: str) -> None:
        call = self.calls[which]
        data = {"at": "2026-11-22T01:00:00Z"} if kind == "call.callback" else {}
        claim = self.claim.get(call, "00000000-0000-7000-8000-000000000000")
        answer = self.house.desk(desk).do(kind, call, data, claim=claim)
        if self.holder[call] != desk:
            assert answer["type"] == "fenced"
            return
        assert answer["status"] == 200
        self.holder[call] = None
        self.state[call] = {"call.release": "waiting", "call.close": "closed", "call.callback": "callback"}[kind]

    @rule(which=which)
    def reopen(self, which: int) -> None:
        call = self.calls[which]
        answer = self.house.desk("07").do("call.reopen", call, {}, if_match=self.house.rev("call", call))
        assert (answer["status"] == 200) == (self.state[call] == "closed")
        if answer["status"] == 200:
            self.state[call] = "waiting"

    @rule(desk=desks)
    def beat(self, desk: str) -> None:
        named = [
            {"call_id": call, "claim": self.claim[call]} for call in self.calls if self.claim.get(call) is not None
        ]
        answer = self.house.desk(desk).heartbeat(claims=named)
        for entry in answer["claims"]:  # type: ignore[attr-defined]
            assert entry["held"] == (self.holder[entry["call_id"]] == desk)
            if entry["held"]:
                self.lives(entry["call_id"])

    @rule(seconds=st.integers(1, 40))
    def time_passes(self, seconds: int) -> None:
        self.house.clock.advance(seconds)
        self.house.region.tick()
        for call, until in self.lease.items():
            if self.holder[call] is not None and until <= self.house.clock.boot():
                self.stale[call] = True

    @rule()
    def restart(self) -> None:
        self.house.restart()
        for call in self.lease:  # a full lease; what was marked stays marked until its holder comes back
            self.lease[call] = self.house.clock.boot() + 30

    @invariant()
    def the_log_says_what_the_model_says(self) -> None:
        for call in self.calls:
            data = self.house.data("call", call)
            claim = data["claim"]
            assert data["state"] == self.state[call]
            assert data["fence"] == self.fence[call]
            if self.holder[call] is None:
                assert claim is None
            else:
                assert claim["desk_id"] == self.holder[call]  # type: ignore[index]
                assert claim["id"] == self.claim[call]  # type: ignore[index]
                assert claim["fence"] == self.fence[call]  # type: ignore[index]
                assert claim["stale"] == self.stale[call]  # type: ignore[index]

    @invariant()
    def the_digest_is_that_of_the_items(self) -> None:
        from tests.hub.test_log import digest_of

        state = self.house.region.ledger.state
        assert state.digest() == digest_of(state)


Floor.TestCase.settings = settings(
    max_examples=15, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
TestFloor = Floor.TestCase


def test_a_call_handed_over_before_the_region_knew_it_is_taken_by_the_desk_that_typed_it_in(house: House) -> None:
    desk, call_id = house.desk(), house.ids.new()
    message = desk.handoff(call_id)
    assert desk.press(message)["state"] == "SENT"
    event = {"n": 1, "state": "ACCEPTED", "has": [message["message_id"]], "by": "Jansen", "at": "2026-11-21T21:42:00Z"}
    desk.events(str(message["handoff_id"]), event, token="rav")
    assert desk.do("call.create", call_id, {"source": "manual", "reason": "pijn"})["status"] == 200
    assert desk.do("call.claim", call_id)["status"] == 200
    data = house.data("call", call_id)
    assert data["state"] == "handed-off"
    assert data["claim"]["desk_id"] == "07"  # type: ignore[index]

"""The floor: what is counted is what is known, against the norms that held, cheaply; and what asks for a look."""

from __future__ import annotations

import math
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.desk.conftest import Region, call
from zcc_console.core.clock import ManualClock, local, rfc3339
from zcc_console.core.config import QueueNorms
from zcc_console.core.ids import handoff_id
from zcc_console.core.jsontypes import Json, JsonObject
from zcc_console.desk import floor, tally
from zcc_console.desk.desk import Desk
from zcc_console.desk.picture import Picture
from zcc_console.desk.rows import DeskRow, FloorFigures
from zcc_console.desk.tally import Quarter, Tally, facts_of
from zcc_console.store.cache import Item

START = datetime(2026, 11, 21, 21, 41, 7, tzinfo=UTC)
"""22:41:07 on a Saturday evening."""
HOSTILE = "\x1b]0;x\x07[@click=app.quit]‮rob\n"


def ago(seconds: float) -> str:
    return rfc3339(START - timedelta(seconds=seconds))


def other(n: int) -> str:
    return str(uuid.UUID(int=(7 << 76) + n))


def came(n: int, wait: float = 600, urgency: str | None = "U3", **rest: Json) -> dict[str, Json]:
    """A call of so long ago."""
    data = call(f"{n:04d}", other(n), urgency, received_at=ago(wait))
    return {**data, **rest}


def taken(n: int, after: float, urgency: str | None = "U3", wait: float = 3000, **rest: Json) -> dict[str, Json]:
    """A call that was taken for the first time after so many seconds, and closed since."""
    data = came(n, wait, urgency, state="closed", fence=1, first_claimed_at=ago(wait - after))
    return {**data, **rest}


def held(
    n: int, desk_id: str = "12", since: float = 60, *, wait: float = 600, stale: bool = False, **rest: Json
) -> dict[str, Json]:
    """A call that a desk has."""
    claim: Json = {
        "desk_id": desk_id,
        "user": "x",
        "id": other(900 + n),
        "fence": 1,
        "since": ago(since),
        "stale": stale,
    }
    data = came(n, wait, state="claimed", fence=1, claim=claim)
    return {**data, **rest}


def seat(desk_id: str, **rest: Json) -> dict[str, Json]:
    """A desk's presence."""
    data: dict[str, Json] = {
        "id": desk_id, "user": f"u{desk_id}", "user_name": f"A. van {desk_id}", "role": "triagist", "since": ago(7000),
        "state": "present", "holds": [], "version": "0.1.0", "alert": None, "undelivered": 0,
    }  # fmt: skip
    return {**data, **rest}


def figures(desk: Desk, region: Region, *calls: JsonObject) -> FloorFigures:
    """The figures with these calls in the region."""
    for data in calls:
        region.put("call", data)
    desk.refresh()
    return desk.figures()


def texts(found: FloorFigures, grade: str = "") -> list[str]:
    return [entry.text for entry in found.attention if not grade or entry.grade == grade]


# -- against the norms -------------------------------------------------------------------------------------------------


def test_an_empty_region_gives_no_number_that_is_not_known(desk: Desk, region: Region) -> None:
    found = figures(desk, region)
    assert (found.waiting, found.talking, found.desks, found.open_handoffs, found.per_hour) == (0, 0, 0, 0, 0)
    assert (found.urgent_within, found.soon_within, found.others_within) == (None, None, None)
    assert (found.mean_talk_s, found.median_accept_s, found.longest_open_s, found.wait_p90_now_s) == (None,) * 4
    assert found.sources == ()
    assert found.attention == ()
    assert {count for _, count in found.arrivals} == {0}


def test_first_answers_are_measured_against_the_norm_of_their_urgency(desk: Desk, region: Region) -> None:
    urgent = [taken(n, after, "U2") for n, after in enumerate((5, 30, 31, 90))]
    rest = [taken(10 + n, after) for n, after in enumerate((60, 120, 121, 600, 601))]
    found = figures(desk, region, *urgent, *rest)
    assert found.urgent_within == 2 / 4
    assert found.soon_within == 2 / 5
    assert found.others_within == 4 / 5


def test_a_call_that_nobody_judged_is_measured_as_an_urgent_one(desk: Desk, region: Region) -> None:
    assert figures(desk, region, taken(1, 29, None), taken(2, 100, None)).urgent_within == 1 / 2


def test_who_waits_past_the_norm_was_not_answered_in_time_and_who_still_may_be_is_left_out(
    desk: Desk, region: Region, clock: ManualClock
) -> None:
    found = figures(desk, region, taken(1, 10, "U2"), came(2, 20, "U2"), came(3, 100), came(4, 300), came(5, 700))
    assert found.urgent_within == 1.0
    assert found.soon_within == 0.0
    assert found.others_within == 0.0
    clock.advance(11)
    assert desk.figures().urgent_within == 1 / 2


@pytest.mark.parametrize(
    "unknown",
    [
        taken(1, 5, first_claimed_at=None),
        taken(1, 5, source="manual"),
        came(1, fence=2, first_claimed_at=None),
        held(1, claim={"desk_id": "12", "user": "x", "id": other(9), "fence": 2, "since": ago(1), "stale": False}),
        taken(1, 5, received_at="gisteren"),
    ],
    ids=["closed, no first claim", "typed in at a desk", "released", "taken over", "no time"],
)
def test_an_answer_that_is_not_known_counts_in_no_share(desk: Desk, region: Region, unknown: dict[str, Json]) -> None:
    found = figures(desk, region, unknown)
    assert (found.urgent_within, found.soon_within, found.wait_p90_now_s) == (None, None, None)


def test_the_present_claim_tells_the_answer_where_it_is_the_first(desk: Desk, region: Region) -> None:
    assert figures(desk, region, held(1, since=500, wait=600)).soon_within == 1.0


def test_the_norm_is_the_one_that_held_while_the_caller_waited(desk: Desk, region: Region) -> None:
    worse = {"final": "U2", "at": ago(2000)}
    raised: dict[str, Json] = {"urgency": "U2", "by": "regie", "reason": "", "at": ago(2950)}
    late: dict[str, Json] = {**raised, "at": ago(100)}
    found = figures(desk, region, taken(1, 100, "U4", triage=worse), taken(2, 100, "U4", raised=late))
    assert (found.urgent_within, found.soon_within) == (None, 1.0)
    assert figures(desk, region, taken(3, 100, "U4", raised=raised)).urgent_within == 0.0


def test_talking_time_is_that_of_calls_that_never_changed_hands(desk: Desk, region: Region) -> None:
    one = taken(1, 10, wait=1000, closed_at=ago(700))
    two = taken(2, 10, wait=1000, closed_at=ago(500))
    handed_on = {**taken(3, 10, wait=1000, closed_at=ago(1)), "fence": 2}
    assert figures(desk, region, one, two, handed_on).mean_talk_s == (290 + 490) / 2


def test_waiting_and_the_longest_wait_are_of_those_whom_nobody_has(desk: Desk, region: Region) -> None:
    found = figures(desk, region, came(1, 40), came(2, 4000), held(3, wait=9000), taken(4, 5, wait=9000))
    assert (found.waiting, found.longest_s) == (2, 4000)


def test_the_wait_p90_counts_those_who_still_wait(desk: Desk, region: Region) -> None:
    found = figures(desk, region, *[taken(n, 10 * n, wait=600) for n in range(1, 10)], came(20, 600))
    assert found.wait_p90_now_s == 90
    assert figures(desk, region, came(21, 600)).wait_p90_now_s == 600
    assert dict(found.wait_p90)[datetime(2026, 11, 21, 21, 30, tzinfo=UTC)] == 90


@given(st.lists(st.floats(0, 1e6), min_size=1))
def test_nine_in_ten_did_not_wait_longer_than_the_p90_and_no_shorter_wait_has_that(waits: list[float]) -> None:
    ordered = sorted(waits)
    found = floor._p90(ordered)
    assert found is not None
    assert sum(1 for wait in ordered if wait <= found) >= math.ceil(0.9 * len(ordered) - 1e-9)
    assert sum(1 for wait in ordered if wait < found) < 0.9 * len(ordered)


def test_urgency_and_source_of_the_evening_add_up(desk: Desk, region: Region) -> None:
    calls = [came(n, urgency=u, source=s) for n, (u, s) in enumerate(
        [("U1", "hap"), ("U3", "hap"), ("U3", "112"), (None, "professional")])]  # fmt: skip
    old = came(50, 30_000)
    found = figures(desk, region, *calls, old)
    assert dict(found.mix) == {"U0": 0, "U1": 1, "U2": 0, "U3": 2, "U4": 0, "U5": 0, "–": 1}
    assert dict(found.sources) == {"HAP": 0.5, "112": 0.25, "zorgv": 0.25}
    assert sum(count for _, count in found.arrivals) == 4
    assert found.per_hour == 4


# -- since when --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "since"),
    [
        ("2026-11-21T21:41:07Z", "2026-11-21T16:00:00Z"),  # 22:41 local: from 17:00
        ("2026-11-22T02:10:00Z", "2026-11-21T18:00:00Z"),  # 03:10, over midnight: eight hours, a whole quarter
        ("2026-11-21T15:59:59Z", "2026-11-21T07:45:00Z"),  # just before 17:00
        ("2026-11-21T16:00:00Z", "2026-11-21T16:00:00Z"),
        ("2026-10-24T23:30:00Z", "2026-10-24T15:30:00Z"),  # 01:30, the night the clock goes back: hours, not the clock
        ("2026-10-25T17:00:00Z", "2026-10-25T16:00:00Z"),  # the evening after it: 17:00 is an hour later in UTC
        ("2026-07-01T19:00:00Z", "2026-07-01T15:00:00Z"),
    ],
)
def test_the_figures_begin_at_five_or_eight_hours_ago(now: str, since: str) -> None:
    assert floor.evening_start(datetime.fromisoformat(now)) == datetime.fromisoformat(since)


@given(st.integers(1_700_000_000, 1_900_000_000).map(lambda s: datetime.fromtimestamp(s, UTC)))
def test_the_figures_begin_on_a_whole_quarter_of_this_evening(now: datetime) -> None:
    since = floor.evening_start(now)
    assert since <= now
    assert now - since < timedelta(hours=8, minutes=15)
    assert (since.minute % 15, since.second, since.microsecond) == (0, 0, 0)
    if local(now).hour >= 17:
        assert local(since).hour >= 15


def test_a_quarter_is_drawn_for_each_quarter_and_the_first_one_is_whole(desk: Desk, region: Region) -> None:
    quarter = timedelta(minutes=15)
    found = figures(desk, region, came(1, 41 * 60 + 7), came(2, 41 * 60 + 8))
    moments = [moment for moment, _ in found.arrivals]
    assert moments[0] == found.since == datetime(2026, 11, 21, 16, 0, tzinfo=UTC)
    assert all(later - earlier == quarter for earlier, later in pairwise(moments))
    assert dict(found.arrivals)[datetime(2026, 11, 21, 21, 0, tzinfo=UTC)] == 1
    assert dict(found.arrivals)[datetime(2026, 11, 21, 20, 45, tzinfo=UTC)] == 1


# -- cheap -------------------------------------------------------------------------------------------------------------


def test_a_call_is_read_once_for_each_version_of_it(
    desk: Desk, region: Region, monkeypatch: pytest.MonkeyPatch
) -> None:
    figures(desk, region, *[came(n) for n in range(30)])
    read: list[str] = []

    def counted(call_id: str, data: JsonObject) -> tally.CallFacts:
        read.append(call_id)
        return facts_of(call_id, data)

    monkeypatch.setattr(tally, "facts_of", counted)
    desk.figures()
    assert read == []
    figures(desk, region, came(3, reason="anders"))
    assert read == [other(3)]


VERSIONS = st.one_of(
    st.none(),
    st.builds(
        lambda n, wait, after, urgency, kind: {
            "waiting": came(n, wait, urgency),
            "closed": taken(n, min(after, wait), urgency, wait, closed_at=ago(0)),
            "held": held(n, since=min(after, wait), wait=wait),
            "broken": {"received_at": 3, "claim": "x", "state": ["?"], "triage": 1, "fence": "z"},
        }[kind],
        n=st.just(0),
        wait=st.integers(0, 40_000),
        after=st.integers(0, 2000),
        urgency=st.sampled_from(["U0", "U2", "U3", "C1", None]),
        kind=st.sampled_from(["waiting", "closed", "held", "broken"]),
    ),
)


class Calls(Picture):
    """A picture of nothing but calls."""

    def __init__(self) -> None:
        self._calls = {}


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 5), VERSIONS), max_size=25))
def test_a_tally_that_followed_every_change_says_what_one_made_anew_says(
    changes: list[tuple[int, dict[str, Json] | None]],
) -> None:
    picture, followed = Calls(), Tally()
    for number, version in changes:
        if version is None:
            picture._calls.pop(other(number), None)
        else:
            picture._calls[other(number)] = dict(version)
        followed.update(picture)
    anew = Tally()
    anew.update(picture)
    one, two = (floor.figures(made, [], [], [], [], QueueNorms(), START) for made in (followed, anew))
    assert one.mean_talk_s == pytest.approx(two.mean_talk_s)
    assert {**as_dict(one), "mean_talk_s": None} == {**as_dict(two), "mean_talk_s": None}


def as_dict(found: FloorFigures) -> Mapping[str, object]:
    values = {name: getattr(found, name) for name in FloorFigures.__slots__}
    return {**values, "attention": sorted(entry.id for entry in found.attention), "sources": dict(found.sources)}


def test_an_empty_quarter_is_not_kept() -> None:
    assert Tally().quarter(7).count == Quarter().count == 0


# -- desks -------------------------------------------------------------------------------------------------------------


def rows(desk: Desk, region: Region, *desks: JsonObject, calls: tuple[JsonObject, ...] = ()) -> dict[str, DeskRow]:
    for data in calls:
        region.put("call", data)
    for data in desks:
        region.put("desk", data)
    desk.refresh()
    return {row.id: row for row in desk.desks()}


def test_a_desk_shows_what_it_does_with_the_call_it_took_last(desk: Desk, region: Region) -> None:
    calls = (
        held(1, "05", 900, disposition={"action": "consult"}),
        held(2, "05", 30),
        held(3, "06", source="professional"),
        held(4, "08", state="handed-off"),
        held(5, "09", stale=True),
    )
    found = rows(desk, region, *[seat(f"0{n}") for n in (5, 6, 8, 9)], calls=calls)
    assert {row.id: row.state for row in found.values()} == {
        "05": "in triage",
        "06": "plaatsing",
        "08": "nazorg",
        "09": "in triage",
    }
    assert [(entry.number, entry.state, entry.for_s) for entry in found["05"].calls] == [
        ("0002", "in triage", 30),
        ("0001", "nazorg", 900),
    ]
    assert (found["05"].number, found["05"].holds) == ("0002", (other(2), other(1)))
    assert found["09"].stale
    assert found["05"].since == START - timedelta(seconds=7000)


def test_a_desk_with_an_open_handoff_is_on_its_way_to_the_rav(desk: Desk, region: Region) -> None:
    rows(desk, region, seat("07"), calls=(held(1, "07"),))
    desk.press_handoff(other(1))
    assert [row.state for row in desk.desks()] == ["naar RAV"]


def test_free_pausing_away_and_the_supervisor_are_told_apart(desk: Desk, region: Region) -> None:
    found = rows(
        desk, region, seat("05"), seat("06", state="pause"), seat("08", state="away"), seat("01", role="supervisor")
    )
    assert [(row.id, row.state) for row in found.values()] == [
        ("05", "vrij"),
        ("06", "pauze"),
        ("08", "weg"),
        ("01", "regie"),
    ]
    counted = desk.figures()
    assert (counted.desks, counted.free, counted.talking) == (2, 1, 0)


def test_a_silent_desk_is_not_counted_as_talking(desk: Desk, region: Region) -> None:
    rows(desk, region, seat("05"), seat("06"), calls=(held(1, "05"), held(2, "06", stale=True)))
    assert (desk.figures().talking, desk.figures().desks) == (1, 2)


def test_since_when_a_desk_is_free_is_known_only_where_it_was_seen_to_begin(
    desk: Desk, region: Region, clock: ManualClock
) -> None:
    assert rows(desk, region, seat("05"))["05"].for_s is None
    clock.advance(60)
    rows(desk, region, seat("05", holds=[other(1)]), calls=(held(1, "05", -60),))
    clock.advance(120)
    region.put("call", taken(1, 5))
    assert rows(desk, region, seat("05"))["05"].for_s == 0
    clock.advance(20)
    assert rows(desk, region, seat("05", undelivered=2), seat("06"))["05"].for_s == 20
    clock.advance(5)
    assert {row.id: row.for_s for row in desk.desks()} == {"05": 25, "06": 5}


def test_words_of_desks_and_calls_from_outside_are_cleaned(desk: Desk, region: Region) -> None:
    hostile = held(1, "05", reason=HOSTILE, number=HOSTILE, patient={"sex": HOSTILE, "age_years": HOSTILE})
    hostile["contributions"] = [{"kind": "triage", "data": {"final": "U1"}, "more_urgent": True}]
    waiting = came(2, 9, "U1", number=HOSTILE, location={"town": HOSTILE})
    region.put("notice", {"id": other(77), "text": HOSTILE, "kind": "info", "at": ago(5), "by": HOSTILE})
    found = rows(
        desk, region,
        seat("05", user_name=HOSTILE, role=HOSTILE, alert=HOSTILE), seat("06\x1b[2J", state=HOSTILE),
        calls=(hostile, waiting),
    )  # fmt: skip
    shown = [repr(row) for row in found.values()] + texts(desk.figures())
    assert len(shown) > 5
    said = "".join(f"{r.id}{r.user}{r.role}{r.alert}{r.number}{r.who}{r.reason}" for r in found.values())
    said += "".join(texts(desk.figures()))
    assert not {"\x1b", "\x07", "\n", "‮"} & set(said)


# -- attention ---------------------------------------------------------------------------------------------------------


def test_an_urgent_caller_whom_nobody_has_stands_first_and_in_the_order_of_urgency(desk: Desk, region: Region) -> None:
    found = figures(
        desk, region,
        held(1, "06", stale=True), came(2, 18, "U1"), came(3, 5, None, triage={"final": "U0"}), held(4, wait=9),
    )  # fmt: skip
    assert texts(found) == [
        "0003 v 67 Leiden wacht 0:05 bij U0, niemand heeft hem",
        "0002 v 67 Leiden wacht 0:18 bij U1?, niemand heeft hem",
        "0001 v 67 Leiden claim verlopen: geen teken meer van desk 06",
    ]
    assert [entry.call_id for entry in found.attention] == [other(3), other(2), other(1)]
    assert len({entry.id for entry in found.attention}) == 3


def test_who_waits_too_long_is_named_and_the_rest_is_one_line(desk: Desk, region: Region) -> None:
    found = figures(desk, region, *[came(n, 600 + 60 * n) for n in range(1, 7)], came(8, 40, "U2"), came(9, 500))
    assert texts(found) == [
        "0008 v 67 Leiden wacht 0:40 bij U2?",
        "0006 v 67 Leiden wacht 16:00 bij U3?",
        "0005 v 67 Leiden wacht 15:00 bij U3?",
        "nog 4 wachten langer dan hun norm, het langst 0004 14:00",
    ]
    assert {entry.grade for entry in found.attention} == {"^"}
    assert [entry.call_id for entry in found.attention] == [other(8), other(6), other(5), None]
    assert found.attention[-1].place == "queue"


def test_a_call_keeps_its_line_when_it_is_raised(desk: Desk, region: Region) -> None:
    before = figures(desk, region, came(1, 900)).attention
    raised: Json = {"urgency": "U1", "by": "regie", "reason": "r", "at": ago(1)}
    after = figures(desk, region, came(1, 900, raised=raised)).attention
    assert [entry.text for entry in after] == ["0001 v 67 Leiden wacht 15:00 bij U1?, niemand heeft hem"]
    assert [entry.id for entry in before] == [entry.id for entry in after]


def test_one_more_who_waits_too_long_is_named_too(desk: Desk, region: Region) -> None:
    assert len(texts(figures(desk, region, *[came(n, 700) for n in range(4)]))) == 4
    assert not any(text.startswith("nog") for text in texts(desk.figures()))


def test_a_promise_to_call_back_that_is_broken_is_said(desk: Desk, region: Region) -> None:
    promise = came(1, 9000, state="callback", fence=1, callback={"at": ago(601), "why": "x"})
    later = came(2, 9000, state="callback", fence=1, callback={"at": ago(-60), "why": "x"})
    assert texts(figures(desk, region, promise, later)) == ["0001 v 67 Leiden had om 22:31 gebeld moeten zijn"]


def test_a_more_urgent_estimate_is_said_until_the_holder_agrees(desk: Desk, region: Region) -> None:
    more: Json = [{"kind": "triage", "desk_id": "12", "data": {"final": "U1"}, "more_urgent": True}]
    found = figures(desk, region, held(1, "05", contributions=more))
    assert texts(found, "!") == ["0001 v 67 Leiden: een ander schat dit urgenter in dan desk 05"]
    agreed = held(1, "05", contributions=more, triage={"final": "U1", "at": ago(3)})
    assert texts(figures(desk, region, agreed)) == []


def test_silent_sources_are_one_line_with_the_oldest(desk: Desk, region: Region) -> None:
    for n, (age, valid, neighbour) in enumerate([(3120, 600, False), (680, 600, False), (30, 600, False),
                                                 (9000, 600, True), (4300, 600, False)]):  # fmt: skip
        region.put("capacity", {
            "id": other(300 + n), "category": "elv", "provider": f"Huis {n}", "place": "Gouda", "free": 1,
            "status": "open", "observed_at": ago(age), "received_at": ago(age), "valid_for_s": valid,
            "neighbour": neighbour,
        })  # fmt: skip
    found = figures(desk, region)
    assert texts(found, "^") == ["3 plaatsen zonder verse opgave: Huis 4 1u11, Huis 0 52 min …"]
    assert found.attention[0].place == "capacity"


def test_a_source_that_never_spoke_is_the_oldest(desk: Desk, region: Region) -> None:
    region.put("capacity", {"id": other(1), "category": "elv", "provider": "Stil", "status": "open"})
    assert texts(figures(desk, region)) == ["1 plaats zonder verse opgave: Stil nooit"]


def test_desks_that_are_not_well_are_named(desk: Desk, region: Region) -> None:
    found = rows(
        desk,
        region,
        seat("05", alert="desk-in-use"),
        seat("06", state="away", undelivered=3),
        seat("08", undelivered=3),
    )
    assert found["05"].alert == "desk-in-use"
    assert texts(desk.figures()) == [
        "desk 05 A. van 05: is ook elders in gebruik: gekopieerd profiel?",
        "desk 06 is weg met 3 nog niet bezorgd",
    ]
    assert [entry.call_id for entry in desk.figures().attention] == [None, None]


def test_a_scaled_up_situation_stands_on_top_and_messages_below(desk: Desk, region: Region) -> None:
    for n, (kind, text) in enumerate([("info", "site traag"), ("grip", "brand Alphen"), ("info", "oud")]):
        ended = ago(1) if text == "oud" else None
        region.put("notice", {"id": other(n), "text": text, "kind": kind, "at": ago(60), "by": "x", "ended_at": ended})
    found = figures(desk, region, came(1, 5, "U1"))
    assert texts(found) == [
        "OPGESCHAALD sinds 22:40: brand Alphen",
        "0001 v 67 Leiden wacht 0:05 bij U1?, niemand heeft hem",
        "bericht 22:40 site traag",
    ]
    assert [entry.notice_id for entry in found.attention] == [other(1), None, other(0)]


def test_calls_for_which_no_place_was_found_are_a_sign_for_the_region(desk: Desk, region: Region) -> None:
    none = [taken(n, 5, outcome="geen plaats gevonden") for n in (1, 2)]
    found = figures(desk, region, *none, taken(3, 5, outcome="naar huisarts"))
    assert texts(found) == ["2 keer geen plaats gevonden vanavond (signaal voor het ROAZ)"]


def handed(region: Region, n: int, *, voice: str, state: str | None = None, pressed: float = 60) -> None:
    """A colleague's handoff in the region."""
    this, message_id = handoff_id(other(n), "rav-hollandrijn"), other(500 + n)
    message: dict[str, Json] = {
        "handoff_id": this, "message_id": message_id, "call_id": other(n), "to": "rav-hollandrijn", "kind": "new",
        "sequence": 1, "exercise": True, "created_at": ago(pressed), "urgency": "U1", "reference": f"{n:04d}/AAAA",
        "patient": {"sex": "m", "age_years": 50}, "location": {"town": "Alphen"}, "from": {"desk_id": "09"},
        "voice": {"used": False, "outcome": None},
    }  # fmt: skip
    events: list[Json] = []
    if state is not None:
        events = [{"n": 1, "at": ago(pressed - 5), "state": state, "has": [message_id], "by": "c", "exercise": True}]
    region.put("handoff", {
        "id": this, "call_id": other(n), "to": "rav-hollandrijn", "exercise": True, "state": state or "SENT",
        "voice": voice, "message": message, "message_ids": [message_id], "events": events, "desk_id": "09",
        "messages": [message], "pressed_at": ago(pressed), "delivered_to_rav": state is not None,
    })  # fmt: skip


def test_a_handoff_that_did_not_reach_the_rav_is_said_with_the_number_to_ring(desk: Desk, region: Region) -> None:
    handed(region, 1, voice="REQUIRED")
    found = figures(desk, region)
    assert texts(found, "!") == ["0001 m 50 Alphen: RAV Hollandrijn niet bereikt, bel 088 555 0 112 (desk 09)"]
    assert (found.open_handoffs, found.longest_open_s, found.median_accept_s) == (1, 60, None)
    assert found.attention[0].call_id == other(1)


def test_a_refused_handoff_is_said_though_it_is_no_longer_open(desk: Desk, region: Region) -> None:
    handed(region, 1, voice="not needed", state="REJECTED")
    found = figures(desk, region)
    assert found.open_handoffs == 0
    assert texts(found, "!") == ["0001 m 50 Alphen: geweigerd door RAV Hollandrijn, bel 088 555 0 112 (desk 09)"]


def test_accepted_handoffs_give_the_median_of_this_evening(desk: Desk, region: Region) -> None:
    for n, pressed in ((1, 60), (2, 600), (3, 40_000)):
        handed(region, n, voice="not needed", state="ACCEPTED", pressed=pressed)
    found = figures(desk, region)
    assert (found.handoffs_today, found.median_accept_s, found.open_handoffs) == (2, 5, 0)
    assert texts(found) == []


@pytest.mark.parametrize(("values", "middle"), [([], None), ([3.0], 3.0), ([9.0, 1.0], 5.0), ([9.0, 1.0, 2.0], 2.0)])
def test_the_median_of_few(values: list[float], middle: float | None) -> None:
    assert floor._median(values) == middle


def test_key_tests_are_no_handoffs_of_the_floor(desk: Desk, region: Region, clock: ManualClock) -> None:
    desk.press_key_test()
    clock.advance(100)
    found = desk.figures()
    assert (found.open_handoffs, found.handoffs_today, found.attention) == (0, 0, ())


def test_nothing_of_a_region_of_the_other_kind_is_shown(desk: Desk, region: Region) -> None:
    assert figures(desk, region, came(2, 9, "U1")).waiting == 1
    real = [Item("call", other(1), "e.1", came(1, 5, "U1")), Item("desk", "05", "e.1", seat("05"))]
    region.cache.swap("e.1", real, {}, exercise=False, missing=[], now=region.clock.now())
    region.hear()
    desk.refresh()
    found = desk.figures()
    assert (found.waiting, found.attention, found.desks, desk.desks()) == (0, (), 0, [])

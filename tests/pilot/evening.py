"""An evening in Hollandrijn as items of the region's log: what the screens' pictures show. No hub and no network."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from zcc_console.core.clock import ManualClock, rfc3339
from zcc_console.core.config import Profile, QueueNorms, RavRoute
from zcc_console.core.handoff import Timers
from zcc_console.core.ids import SeededIds, handoff_id, reference
from zcc_console.core.jsontypes import Json, JsonObject
from zcc_console.desk.desk import Desk
from zcc_console.store.cache import Cache, Item, OwnCommand, Transaction

START = datetime(2026, 11, 21, 21, 41, 7, tzinfo=UTC)


def uuid(kind: int, number: int) -> str:
    """An id that a person can read back in a failing test."""
    return f"019300{kind:02d}-0000-7000-8000-{number:012d}"


def ago(seconds: float) -> str:
    """A moment so many seconds before the start."""
    return rfc3339(START - timedelta(seconds=seconds))


def call(
    number: int,
    who: str,
    reason: str,
    town: str,
    *,
    pre: str | None = None,
    final: str | None = None,
    wait: float = 60,
    source: str = "hap",
    held: str | None = None,
    held_for: float = 60,
    callback_in: float | None = None,
    stale: bool = False,
    **more: Json,
) -> JsonObject:
    """One call; `who` is `m 81` or `v 3`."""
    sex, _, age = who.partition(" ")
    claim: Json = None
    if held is not None:
        since = ago(held_for)
        claim = {"desk_id": held, "user": f"u{held}", "id": uuid(3, number), "fence": 1, "since": since, "stale": stale}
    state = "callback" if callback_in is not None else "claimed" if held else "waiting"
    body: dict[str, Json] = {
        "id": uuid(1, number),
        "number": f"{number:04d}",
        "source": source,
        "received_at": ago(wait),
        "state": state,
        "caller": {"name": None, "relation": "echtgenoot", "with_patient": True, "organisation": None},
        "callback_number": "06 2345 6789",
        "patient": {
            "name": None,
            "age_years": float(age),
            "birth_date": None,
            "sex": sex,
            "pregnant": None,
            "risk": [],
        },
        "location": {
            "street": "Hoorn",
            "house_number": "41",
            "postcode": None,
            "town": town,
            "access": None,
            "lat": 52.13,
            "lon": 4.66,
        },
        "reason": reason,
        "pre_urgency": {"urgency": pre, "by": "hap", "at": ago(wait)} if pre else None,
        "claim": claim,
        "fence": 1 if held else 0,
        "callback": {"at": ago(-callback_in), "why": "herbeoordelen"} if callback_in is not None else None,
        "triage": {"final": final, "at": ago(30)} if final else None,
        "contributions": [],
        "notes": [],
        "alerts": [],
        "history": [],
        "attachments": [],
        "identifiers": [],
        "disposition": None,
        "outcome": None,
        "raised": None,
        "closed_at": None,
    }
    body.update(more)
    return body


def calls() -> list[JsonObject]:
    """The queue of the picture."""
    return [
        call(352, "m 81", "benauwd sinds vannacht, grauw, komt niet uit bed; 88 % zonder O2", "Alphen", pre="U1", wait=18,
             source="professional",
             caller={"name": "M. Bakker", "relation": "wijkverpleegkundige", "with_patient": True, "organisation": None},
             callback_number="06 1234 5678", alerts=["alleenwonend", "geen reanimatie (opgegeven, niet bevestigd)"],
             history=[{"at": "2026-11-12T20:00:00Z", "text": "U3 hoesten (HAP Midden)"}]),
        call(347, "v 67", "druk op de borst sinds een uur", "Leiden", final="U2", wait=200, held="07", held_for=104),
        call(351, "m 3", "stuip bij koorts, nu weer wakker", "Bodegraven", final="U2", wait=80, held="12", held_for=9),
        call(340, "m 4", "koorts 40, drinkt slecht", "Gouda", pre="U3", wait=372),
        call(345, "v 45", "gevallen, enkel dik, kan staan", "Woerden", pre="C1", wait=140, source="112"),
        call(341, "v 29", "buikpijn rechts, zwanger 9 wk", "Waddinxveen", pre="U3", wait=700),
        call(342, "m 52", "wond hand, bloeden gestopt", "Leiden", pre="U3", wait=218, source="self-triage"),
        call(343, "v 84", "verward sinds vanmiddag", "Katwijk", pre="U3", wait=122),
        call(338, "v 33", "pijn bij plassen, geen koorts", "Gouda", pre="U4", wait=520),
        call(339, "m 61", "rugpijn na tillen", "Nieuwkoop", pre="U4", wait=435),
        call(346, "v 19", "oorpijn sinds gisteren", "Leiden", pre="U4", wait=72, source="self-triage"),
        call(344, "v 41", "vraag over medicatie", "Alphen", pre="U5", wait=330),
        call(336, "m 77", "herbeoordelen benauwdheid", "Oegstgeest", final="U3", wait=3000, callback_in=540),
        call(350, "v 88", "zoekt ELV-bed, val thuis", "Voorschoten", pre="U4", wait=31, source="professional"),
    ]  # fmt: skip


def unit(
    number: int,
    category: str,
    provider: str,
    place: str,
    free: int | None,
    *,
    age: float,
    status: str = "open",
    valid: int = 900,
    total: int | None = None,
    **more: Json,
) -> JsonObject:
    """One unit of capacity."""
    body: dict[str, Json] = {
        "id": uuid(2, number),
        "category": category,
        "provider": provider,
        "place": place,
        "subregion": "midden",
        "region": "hollandrijn",
        "neighbour": False,
        "phone": f"088 555 0 3{number:02d}",
        "unit_word": "plaatsen",
        "free": free,
        "total": total,
        "status": status,
        "reason": None,
        "expected_end": None,
        "source": "automatic",
        "observed_at": ago(age),
        "received_at": ago(age),
        "valid_for_s": valid,
        "lat": 52.1,
        "lon": 4.6,
        "label": None,
        "needs": [],
        "overbooked": False,
    }
    body.update(more)
    return body


def units() -> list[JsonObject]:
    """The capacity of the picture."""
    return [
        unit(1, "rav", "Hollandrijn", "Leiden", 7, age=21, total=23, valid=300),
        unit(2, "seh", "Rijnstroom", "Leiden", 0, age=65, status="stop", reason="piek", expected_end=ago(-2933)),
        unit(3, "seh", "Oosterwal", "Gouda", 4, age=40),
        unit(4, "seh", "Veenpoort", "Woerden", 1, age=130, status="pressure"),
        unit(5, "huisartsenpost", "HAP Noord", "Leiden", 1, age=190, status="pressure", label="druk"),
        unit(6, "huisartsenpost", "HAP Midden", "Alphen", 5, age=55, label="vrij"),
        unit(7, "huisartsen", "dagpraktijk", "regio", None, age=9000, status="stop", valid=86_400),
        unit(8, "wijkverpleging", "Thuis&Zo", "Leiden", 3, age=285),
        unit(9, "farmacie", "De Linde", "Leiden", 1, age=720, label="nacht"),
        unit(10, "ggz", "acute dienst", "Leiden", 2, age=250),
        unit(11, "elv", "De Wadden", "Gouda", 1, age=680, valid=600),
        unit(12, "elv", "Berkenhof", "Alphen", 2, age=3120, valid=600),
        unit(13, "grz", "Rijnhof", "Leiden", 2, age=210),
        unit(14, "crisis-vv", "Oudewater", "Oudewater", 0, age=165),
        unit(15, "crisis-gz", "Het Anker", "Gouda", 1, age=555, valid=500),
        unit(16, "geboortezorg", "Rijnstroom", "Leiden", 1, age=65),
        unit(17, "seh", "Midden", "Utrecht", 9, age=90, neighbour=True, region="middenland"),
    ]  # fmt: skip


def desks() -> list[JsonObject]:
    """The floor of the picture."""
    found: list[JsonObject] = []
    for desk_id, name, since, holds, state in (
        ("07", "S. de Vries", 3000, [uuid(1, 347)], "present"),
        ("12", "F. Aydin", 2000, [uuid(1, 351)], "present"),
        ("05", "L. Bos", 20, [], "present"),
        ("11", "K. Kok", 360, [], "pause"),
    ):
        holding: list[Json] = list(holds)
        found.append(
            {
                "id": desk_id,
                "user": name.lower(),
                "user_name": name,
                "role": "triagist",
                "since": ago(since),
                "state": state,
                "holds": holding,
                "version": "0.1.0",
                "alert": None,
                "undelivered": 0,
            }
        )
    return found


def notices() -> list[JsonObject]:
    """The messages of the picture."""
    return [
        {"id": uuid(5, 1), "text": "SEH Rijnstroom: stop tot 23:30 (piek), niet voor U0 en U1", "kind": "stop",
         "at": ago(667), "by": "regie", "ended_at": None},
        {"id": uuid(5, 2), "text": "Zelftriage-site traag; bellers kunnen dubbel binnenkomen.", "kind": "info",
         "at": ago(5767), "by": "regie", "ended_at": None},
    ]  # fmt: skip


def handoff(
    number: int, who: str, town: str, urgency: str, *, accepted_after: float | None, pressed: float
) -> JsonObject:
    """A colleague's handoff, as the region shows it."""
    call_id = uuid(1, number)
    this, message_id = handoff_id(call_id, "rav-hollandrijn"), uuid(4, number)
    sex, _, age = who.partition(" ")
    events: list[Json] = [
        {"n": 1, "at": ago(pressed - 1), "state": "RECEIVED", "has": [message_id], "by": None, "exercise": True}
    ]
    if accepted_after is not None:
        events.append(
            {"n": 2, "at": ago(pressed - accepted_after), "state": "ACCEPTED", "has": [message_id], "by": "c.kok",
             "reference": f"R-20{number}", "exercise": True}
        )  # fmt: skip
    message: dict[str, Json] = {
        "handoff_id": this,
        "message_id": message_id,
        "call_id": call_id,
        "to": "rav-hollandrijn",
        "reference": reference(f"{number:04d}", this),
        "kind": "new",
        "sequence": 1,
        "exercise": True,
        "created_at": ago(pressed),
        "urgency": urgency,
        "patient": {"sex": sex, "age_years": float(age)},
        "location": {"town": town},
        "voice": {"used": False, "outcome": None},
    }
    return {
        "id": this, "call_id": call_id, "to": "rav-hollandrijn", "reference": reference(f"{number:04d}", this),
        "exercise": True, "state": "ACCEPTED" if accepted_after is not None else "RECEIVED", "voice": "not needed",
        "voice_record": None, "message": message, "message_ids": [message_id],
        "messages": [{"message_id": message_id, "kind": "new", "sequence": 1, "created_at": ago(pressed),
                      "urgency": urgency, "desk_id": "09", "user": "j.smit", "voice": message["voice"]}],
        "events": events, "desk_id": "09", "pressed_at": ago(pressed), "delivered_to_rav": True,
    }  # fmt: skip


def profile(folder: Path, *, role: str = "triagist", desk_id: str = "07") -> Profile:
    """A desk's profile in a folder of the test."""
    return Profile(
        path=folder / "profile.toml",
        desk_id=desk_id,
        zcc="zcc Hollandrijn",
        region="hollandrijn",
        exercise=True,
        user="s.devries",
        user_name="S. de Vries",
        role=role,
        callback_number="088 555 0 207",
        hub_url="http://127.0.0.1:1",
        hub_token_file=folder / "token",
        state_dir=folder,
        ravs=(RavRoute("rav-hollandrijn", "RAV Hollandrijn", "088 555 0 112", "088 555 0 113", default=True),),
        timers=Timers(),
        norms=QueueNorms(),
    )


@dataclass
class Region:
    """What the courier would keep for the desk: the cache, written by the test."""

    profile: Profile
    clock: ManualClock
    cache: Cache
    seq: int = 1
    items: dict[tuple[str, str], JsonObject] = field(default_factory=dict)

    @staticmethod
    def open(profile: Profile, clock: ManualClock) -> Region:
        """An empty region in the desk's folder, heard just now."""
        cache = Cache.open(profile.cache_path, profile.key_path, writer=True, now=clock.now())
        region = Region(profile, clock, cache)
        region.cache.swap("e1.1", [], {}, exercise=True, missing=[], now=clock.now())
        region.hear()
        return region

    def hear(self) -> None:
        """A sign of life of the hub, now."""
        self.cache.heard(self.clock.now(), self.clock.boot(), self.clock.boot_id())

    def put(self, kind: str, *items: JsonObject, command: OwnCommand | None = None) -> None:
        """One transaction of the log that writes these items."""
        prev, self.seq = f"e1.{self.seq}", self.seq + 1
        cursor = f"e1.{self.seq}"
        made = tuple(Item(kind, str(item["id"]), cursor, item) for item in items)
        self.items.update({(kind, str(item["id"])): item for item in items})
        self.cache.apply(
            [Transaction(cursor, prev, rfc3339(self.clock.now()), command, made)], desk_id=self.profile.desk_id
        )

    def change(self, kind: str, item_id: str, **fields: Json) -> None:
        """Write some fields of an item anew."""
        self.put(kind, {**self.items[(kind, item_id)], **fields})

    def delete(self, kind: str, item_id: str) -> None:
        """Take an item out of the log."""
        prev, self.seq = f"e1.{self.seq}", self.seq + 1
        cursor = f"e1.{self.seq}"
        gone = Item(kind, item_id, cursor, None)
        self.cache.apply(
            [Transaction(cursor, prev, rfc3339(self.clock.now()), None, (gone,))], desk_id=self.profile.desk_id
        )


@dataclass
class Evening:
    """A desk on the picture's evening, its clock, and the region behind it."""

    desk: Desk
    region: Region
    clock: ManualClock

    @staticmethod
    def open(folder: Path, *, role: str = "triagist", filled: bool = True) -> Evening:
        """Everything of the picture on disk, and a real desk on it."""
        clock = ManualClock(START)
        who = profile(folder, role=role)
        desk = Desk.open(who, clock, SeededIds(clock, 7))
        region = Region.open(who, clock)
        if filled:
            region.put("call", *calls())
            region.put("capacity", *units())
            region.put("desk", *desks())
            region.put("notice", *notices())
            region.put(
                "handoff",
                handoff(349, "v 58", "Leiden", "U1", accepted_after=7, pressed=1347),
                handoff(331, "m 70", "Gouda", "U1", accepted_after=11, pressed=3600),
            )
        desk.refresh()
        return Evening(desk, region, clock)

    def close(self) -> None:
        """Close the desk and the region."""
        self.desk.close()
        self.region.cache.close()

"""The queue's lines and one call's whole view, made from raw calls; pure functions of a `Picture` and a moment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from zcc_console.core.clock import local_hm, parse_time_or_none
from zcc_console.core.config import QueueNorms
from zcc_console.core.jsontypes import Json, JsonObject, as_int, as_list, as_object, as_text
from zcc_console.core.ranking import HANDED_OFF, judged, standing_of, urgency_named
from zcc_console.core.ranking import IN_QUEUE as IN_QUEUE
from zcc_console.core.urgency import Urgency
from zcc_console.desk import words
from zcc_console.desk.picture import Picture
from zcc_console.desk.rows import CallRow, CallView, Claim, Note, ReservationRow
from zcc_console.text import clean

SOON = 0.66
"""Share of the urgent norm after which a wait is marked as near it."""


def urgency_of(call: JsonObject) -> tuple[Urgency | None, str, bool]:
    """(urgency for the order, label to show, triaged); a label of before the triage stays as it was said."""
    urgency, triaged, said = judged(call)
    if urgency is not None and (triaged or urgency is not urgency_named(said)):
        return urgency, urgency.name, triaged
    return urgency, clean(said, 3) or "–", triaged


def claim_of(call: JsonObject, desk_id: str, *, confirmed: bool) -> Claim | None:
    """Who holds the call; the own claim is confirmed only while the hub answers for it."""
    raw = as_object(call.get("claim"))
    if not raw:
        return None
    own = raw.get("desk_id") == desk_id
    return Claim(
        desk_id=clean(as_text(raw.get("desk_id")), 8),
        user=clean(as_text(raw.get("user")), 40),
        own=own,
        confirmed=not own or (confirmed and raw.get("pending") is not True),
        stale=raw.get("stale") is True,
        since=parse_time_or_none(raw.get("since")),
        id=as_text(raw.get("id")) or None,
        fence=as_int(raw.get("fence")),
    )


def call_row(picture: Picture, call: JsonObject, norms: QueueNorms, now: datetime, *, confirmed: bool) -> CallRow:
    """One line of the queue."""
    call_id = as_text(call.get("id"))
    urgency, label, triaged = urgency_of(call)
    claim = claim_of(call, picture.desk_id, confirmed=confirmed)
    state = as_text(call.get("state"), "waiting")
    received = parse_time_or_none(call.get("received_at"))
    due = parse_time_or_none(as_object(call.get("callback")).get("at")) if state == "callback" else None
    since = due or received
    wait = _wait(state, claim, since, now)
    patient = as_object(call.get("patient"))
    level, waits_since = standing_of(call) or (HANDED_OFF, 0.0)
    return CallRow(
        id=call_id,
        number=clean(as_text(call.get("number")), 8) or "–",
        urgency=urgency,
        label=label,
        triaged=triaged,
        state=state,
        wait_s=wait,
        norm=_norm(state, urgency, wait, norms),
        source=words.SOURCES.get(as_text(call.get("source")), clean(as_text(call.get("source")), 5)),
        who=words.who(patient, now),
        reason=clean(as_text(call.get("reason"))),
        town=words.town(as_object(call.get("location"))),
        claim=claim,
        callback_at=due,
        pending=picture.pending(call_id),
        flag=_flag(picture, call),
        received_at=received,
        rank=(level, waits_since, as_text(call.get("number"))),
    )


class CallRows:
    """Lines of calls, each made once for each version of the call, and grown older when it is asked for again."""

    def __init__(self, picture: Picture, norms: QueueNorms) -> None:
        self._picture = picture
        self._norms = norms
        self._made: dict[str, tuple[JsonObject, tuple[object, ...], CallRow]] = {}

    def row(self, call: JsonObject, now: datetime, *, confirmed: bool) -> CallRow:
        """The line of a call as of now."""
        return aged(self.made(call, now, confirmed=confirmed), self._norms, now)

    def made(self, call: JsonObject, now: datetime, *, confirmed: bool) -> CallRow:
        """The line of a call, with the wait of when it was made."""
        picture, call_id = self._picture, as_text(call.get("id"))
        # what else the line tells of than the call itself; the hour, because ages in it grow by days
        beside = (confirmed, picture.pending(call_id), call_id in picture.calls_to_settle, now.hour)
        made = self._made.get(call_id)
        if made is not None and made[0] is call and made[1] == beside:
            return made[2]
        row = call_row(picture, call, self._norms, now, confirmed=confirmed)
        self._made[call_id] = (call, beside, row)
        return row

    def forget(self, call_ids: Iterable[str]) -> None:
        """These calls changed; those that are gone are kept no longer."""
        for call_id in call_ids:
            self._made.pop(call_id, None)


def aged(row: CallRow, norms: QueueNorms, now: datetime) -> CallRow:
    """The same line at another moment; only its wait and the mark of the norm go on."""
    wait = _wait(row.state, row.claim, row.callback_at or row.received_at, now)
    return row if wait == row.wait_s else replace(row, wait_s=wait, norm=_norm(row.state, row.urgency, wait, norms))


def _wait(state: str, claim: Claim | None, since: datetime | None, now: datetime) -> float:
    if state in ("claimed", "handed-off") and claim is not None and claim.since is not None:
        since = claim.since
    return (now - since).total_seconds() if since is not None else 0.0


def _norm(state: str, urgency: Urgency | None, wait_s: float, norms: QueueNorms) -> str:
    return norm_mark(urgency, wait_s, norms) if state in ("waiting", "callback") else ""


def _flag(picture: Picture, call: JsonObject) -> str:
    if as_text(call.get("id")) in picture.calls_to_settle:
        return "geweigerd"
    if any(as_object(entry).get("more_urgent") is True for entry in as_list(call.get("contributions"))):
        return "hoger"
    return ""


def norm_mark(urgency: Urgency | None, wait_s: float, norms: QueueNorms) -> str:
    """`!` over the norm, `^` near it: urgent 30 s; others 2 minutes (near) and 10 minutes (over). U0 and U1 never wait
    within a norm of ours."""
    if wait_s < 0:
        return ""
    if urgency is not None and urgency <= Urgency.U1:
        return "!"
    if urgency is Urgency.U2 or urgency is None:
        return "!" if wait_s > norms.urgent_s else "^" if wait_s > SOON * norms.urgent_s else ""
    return "!" if wait_s > norms.others_s else "^" if wait_s > norms.soon_s else ""


def explain(row: CallRow, norms: QueueNorms) -> str:
    """One sentence: why the call stands where it stands."""
    urgency = row.label if row.urgency is not None else "nog door niemand ingeschat, staat vóór U3"
    judged = "getriageerd" if row.triaged else "vooraf ingeschat"
    what = f"{urgency} ({judged})" if row.urgency is not None else urgency
    norm = norms.urgent_s if row.urgency is None or row.urgency <= Urgency.U2 else norms.others_s
    if row.state == "claimed" and row.claim is not None:
        return f"{row.number}: {what}; in behandeling bij desk {row.claim.desk_id}."
    if row.state == "callback" and row.callback_at is not None:
        return f"{row.number}: {what}; terugbellen om {local_hm(row.callback_at)}."
    return (
        f"{row.number}: {what}, daarbinnen wie het langst wacht; wacht {words.distance(row.wait_s)} "
        f"bij een norm van {words.distance(norm)}."
    )


def reservations_of(picture: Picture, call_id: str) -> tuple[ReservationRow, ...]:
    """The call's holds: the region's, then those asked for and not answered yet."""
    units = picture.of("capacity")

    def name(unit_id: str) -> str:
        unit = as_object(units.get(unit_id))
        return clean(f"{as_text(unit.get('provider'))} {as_text(unit.get('place'))}".strip(), 60) or "onbekende plaats"

    found = []
    for item_id, raw in picture.of("reservation").items():
        if raw.get("call_id") == call_id:
            unit_id = as_text(raw.get("unit_id"))
            found.append(
                ReservationRow(
                    id=item_id,
                    unit_id=unit_id,
                    unit=name(unit_id),
                    count=as_int(raw.get("count")) or 1,
                    call_id=call_id,
                    state=as_text(raw.get("state"), "held"),
                    until=parse_time_or_none(raw.get("until")),
                    agreed_with=clean(as_text(raw.get("agreed_with"))),
                    pending=False,
                    overbooked=raw.get("overbooked") is True,
                )
            )
    for row, data in picture.own_reservations():
        if row.call_id == call_id and row.command_id not in picture.of("reservation"):
            unit_id = as_text(data.get("unit"))
            found.append(
                ReservationRow(
                    row.command_id,
                    unit_id,
                    name(unit_id),
                    as_int(data.get("count")) or 1,
                    call_id,
                    "aangevraagd",
                    parse_time_or_none(data.get("until")),
                    clean(as_text(data.get("agreed_with"))),
                    True,
                    False,
                )
            )
    return tuple(found)


def call_view(picture: Picture, call: JsonObject, row: CallRow, now: datetime) -> CallView:
    """All of one call that the desk shows."""
    patient, location = as_object(call.get("patient")), as_object(call.get("location"))
    return CallView(
        row=row,
        rev=picture.rev("call", row.id),
        caller=words.caller(call.get("caller")),
        callback_number=clean(as_text(call.get("callback_number")), 40),
        name=clean(as_text(patient.get("name")), 80),
        age_years=words.age_of(patient, now),
        sex=as_text(patient.get("sex")) or None,
        birth_date=clean(as_text(patient.get("birth_date")), 10),
        address=words.address(location),
        access=clean(as_text(location.get("access"))),
        town=words.town(location),
        reason=clean(as_text(call.get("reason")), 400),
        pre_urgency=_pre_urgency(call),
        history=tuple(_line(entry, "at") for entry in as_list(call.get("history"))),
        alerts=tuple(clean(as_text(entry)) for entry in as_list(call.get("alerts"))),
        notes=tuple(_note(entry) for entry in as_list(call.get("notes"))),
        attachments=tuple(_line(entry, "type", "title") for entry in as_list(call.get("attachments"))),
        identifiers=tuple(_line(entry, "system", "value") for entry in as_list(call.get("identifiers"))),
        triage=as_object(call.get("triage")) or None,
        contributions=tuple(_contribution(entry) for entry in as_list(call.get("contributions"))),
        disposition=clean(as_text(as_object(call.get("disposition")).get("action"))),
        outcome=clean(as_text(call.get("outcome"))),
        reservations=reservations_of(picture, row.id),
        data=call,
    )


def _pre_urgency(call: JsonObject) -> str:
    said = as_object(call.get("pre_urgency"))
    urgency = clean(as_text(said.get("urgency")), 4)
    if not urgency:
        return ""
    by = as_text(said.get("by"))
    by = {"hap": "de HAP", "112": "de meldkamer", "professional": "de zorgverlener", "self-triage": "zelftriage"}.get(
        by, clean(by, 40)
    )
    at = parse_time_or_none(said.get("at"))
    return f"{urgency}? door {by or 'onbekend'} ingeschat" + (f", {local_hm(at)}" if at else "")


def _line(entry: Json, *before: str) -> str:
    raw = as_object(entry)
    if not raw:
        return clean(as_text(entry))
    parts = [as_text(raw.get(key)) for key in before]
    if "at" in before:
        moment = parse_time_or_none(raw.get("at"))
        parts = [moment.strftime("%d-%m-%Y") if moment else as_text(raw.get("at"))]
    text = as_text(raw.get("text"))
    return clean(" ".join(part for part in (*parts, text) if part))


def _note(entry: Json) -> Note:
    raw = as_object(entry)
    if not raw:
        return Note(None, "", clean(as_text(entry), 600))
    return Note(
        parse_time_or_none(raw.get("at")),
        clean(as_text(raw.get("by")), 40),
        clean(as_text(raw.get("text")), 600),
        raw.get("pending") is True,
    )


def _contribution(entry: Json) -> str:
    raw = as_object(entry)
    data = as_object(raw.get("data"))
    what = as_text(data.get("final")) or as_text(data.get("text"))
    return clean(
        f"desk {as_text(raw.get('desk_id'))}: {what}" + (" (urgenter)" if raw.get("more_urgent") is True else "")
    )

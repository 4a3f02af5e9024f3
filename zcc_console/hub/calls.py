"""Calls: how they come in, what is noted and decided on them, how they close and come back (contract.md §2, §3).

A BSN never reaches the log: it goes to the hub's record of the call. So do notes and answers when a call closes.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from zcc_console.core.clock import parse_time, rfc3339
from zcc_console.core.freshness import AHEAD_LIMIT_S
from zcc_console.core.jsontypes import as_int, as_list, as_object, as_text
from zcc_console.core.privacy import identifies_bsn, without_bsn
from zcc_console.core.urgency import Urgency
from zcc_console.hub import schema
from zcc_console.hub.act import Act
from zcc_console.hub.change import Change, holder
from zcc_console.hub.claims import refresh_holds
from zcc_console.hub.handoff_items import follow_new_call, has_open_handoff
from zcc_console.hub.places import release_held
from zcc_console.hub.remarks import shortened, with_earlier
from zcc_console.hub.reply import Refused
from zcc_console.hub.state import Data
from zcc_console.models.call import CallChanges, Caller, CallFields, CallTyped, Location, Patient
from zcc_console.models.command import Callback, Close, Disposition, Note, Raise, Triage

CLOSED_KEPT_S = 86_400.0
"""A closed call leaves the log after this (contract.md §2)."""

LONG_AGO_S = 86_400.0
"""A call that its source says is older than this carries an alert."""

NUMBERS = 9999
_ANSWERS = ("abcd", "answers", "measurements")
"""What of a triage is lost from the log when the call closes."""


# -- coming in -------------------------------------------------------------------------------------------------------


def bring_in(
    change: Change, call_id: str, body: CallFields, source: str, number: str | None, who: str, by: str
) -> Data:
    """Put a new call in the log, and beside it what the log may not hold.

    Raises:
        Refused: `exists`.
    """
    known = change.get("call", call_id)
    if known is None:
        final = change.record(call_id).get("final")
        known = as_object(final) if final else None
    if known is not None:
        current: Data = {"type": "call", "id": call_id, "rev": change.rev("call", call_id), "op": "put", "data": known}
        raise Refused("exists", "Deze melding is al bekend in de regio; er is niets gewijzigd.", {"current": current})
    patient, private = _split_patient(body.patient or Patient())
    identifiers: list[Data] = []
    for identifier in body.identifiers:
        entry: Data = {"system": identifier.system, "value": identifier.value}
        if identifies_bsn(identifier.system, identifier.value):
            private["identifiers"] = [*as_list(private.get("identifiers")), entry]
        else:
            identifiers.append(entry)
    given = number or ""
    if len(given) == 4 and given.isascii() and given.isdecimal() and not change.number_taken(given):
        shown = given
    else:
        shown = _next_number(change)
        if given:
            identifiers.append({"system": "desk-number", "value": given})
    received_at, claimed, doubts = _when(change, body.received_at)
    data: Data = {
        "id": call_id,
        "number": shown,
        "source": source,
        "received_at": received_at,
        "received_at_claimed": claimed,
        "state": "waiting",
        "caller": (body.caller or Caller()).model_dump(),
        "callback_number": body.callback_number,
        "patient": patient,
        "location": (body.location or Location()).model_dump(),
        "reason": body.reason,
        "pre_urgency": body.pre_urgency.model_dump() if body.pre_urgency else None,
        "claim": None,
        "fence": 0,
        "first_claimed_at": None,
        "callback": None,
        "triage": None,
        "contributions": [],
        "contributions_before": 0,
        "notes_before": 0,
        "notes": [{"text": text, "by": by, "desk_id": None, "at": received_at} for text in body.notes],
        "alerts": [*body.alerts, *doubts],
        "history": [line.model_dump() for line in body.history],
        "attachments": [entry.model_dump() for entry in body.attachments],
        "identifiers": list(identifiers),
        "disposition": None,
        "outcome": None,
        "raised": None,
        "closed_at": None,
    }
    if private:
        change.keep_record(call_id, private)
    data = shortened(change, call_id, data)
    change.put("call", call_id, data, who=who)
    follow_new_call(change, call_id)
    return data


def _when(change: Change, said: str | None) -> tuple[str, str | None, list[str]]:
    """When a call came in: as its sender says, but never ahead of the hub; with what the sender said instead of that,
    and what people must know of it. A wrong clock refuses no call."""
    if said is None:
        return change.at, None, []
    ahead = (parse_time(said) - change.now).total_seconds()
    if ahead > AHEAD_LIMIT_S:
        return change.at, said, ["De bron gaf een ontvangsttijd in de toekomst; hier staat de tijd van aankomst."]
    if -ahead > LONG_AGO_S:
        return said, None, ["Volgens de bron meer dan 24 uur geleden ontvangen; vraag na of dit klopt."]
    return said, None, []


def _split_patient(patient: Patient) -> tuple[Data, Data]:
    data: Data = patient.model_dump()
    bsn = data.pop("bsn", None)
    return data, {"bsn": bsn} if bsn else {}


def _next_number(change: Change) -> str:
    table = schema.meta
    last = change.connection.execute(select(table.c.value).where(table.c.key == "number")).scalar_one_or_none()
    number = as_int(last) or 0
    for _ in range(NUMBERS):
        number = number % NUMBERS + 1
        text = f"{number:04d}"
        if not change.number_taken(text):
            break
    else:
        text = f"{number:04d}"
    if last is None:
        change.write(table.insert().values(key="number", value=str(number)))
    else:
        change.write(table.update().where(table.c.key == "number").values(value=str(number)))
    return text


def create(act: Act) -> None:
    """`call.create`: typed in at a desk, or put back after a new epoch."""
    data = act.of(CallTyped)
    bring_in(act.change, act.target_id, data, data.source, data.number, act.desk_id, act.user)


# -- what is said of it ----------------------------------------------------------------------------------------------


def note(act: Act) -> None:
    """`call.note`: never refused for a claim; from anyone but the holder a contribution."""
    call, text = act.call(), act.of(Note).text
    said: Data = {"by": act.user, "desk_id": act.desk_id, "at": act.at}
    if act.holds(call):
        more: Data = {**call, "notes": [*as_list(call.get("notes")), {"text": text, **said}]}
        act.put_call(shortened(act.change, act.target_id, more))
        return
    _contribute(act, call, {"kind": "note", **said, "data": {"text": text}, "more_urgent": False})


def triage(act: Act) -> None:
    """`call.triage`: the holder's becomes the call's; anyone else's a contribution, flagged when more urgent."""
    call, data = act.call(), act.of(Triage)
    outcome = without_bsn(data.model_dump())
    said: Data = {"by": act.user, "desk_id": act.desk_id, "at": act.at}
    if act.holds(call):
        act.put_call(call, triage={**outcome, **said})
        return
    found = Urgency.parse(data.final or data.proposed)
    known = urgency_of(call)
    worse = found is not None and (known is None or found < known)
    _contribute(act, call, {"kind": "triage", **said, "data": outcome, "more_urgent": worse})


def _contribute(act: Act, call: Data, contribution: Data) -> None:
    """Keep it on the call; of a closed call beside the log, where its other notes are."""
    if call.get("state") != "closed":
        more: Data = {**call, "contributions": [*as_list(call.get("contributions")), contribution]}
        act.put_call(shortened(act.change, act.target_id, more))
        return
    record = act.change.record(act.target_id)
    withheld = as_object(record.get("withheld"))
    withheld["contributions"] = [*as_list(withheld.get("contributions")), contribution]
    act.change.keep_record(act.target_id, {**record, "withheld": withheld})
    act.put_call(call)


def urgency_of(call: Data) -> Urgency | None:
    """The most binding urgency known: raised by the supervisor, else the triage's, else what came with it."""
    outcome = as_object(call.get("triage"))
    found = [
        Urgency.parse(as_object(call.get("raised")).get("urgency")),
        Urgency.parse(outcome.get("final")) or Urgency.parse(outcome.get("proposed")),
    ]
    known = [urgency for urgency in found if urgency is not None]
    return min(known) if known else Urgency.parse(as_object(call.get("pre_urgency")).get("urgency"))


def update(act: Act) -> None:
    """`call.update`: by the holder under its claim, by others under If-Match."""
    call, data = act.call(), act.of(CallChanges)
    if act.names_claim:
        act.check_claim(call)
    else:
        act.check_rev("call", act.target_id)
    act.need_state(call, "waiting", "claimed", "callback", "handed-off")
    changed: Data = {}
    for name in data.model_fields_set:
        part = getattr(data, name)
        if name not in ("patient", "caller", "location"):
            changed[name] = part
            continue
        empty: Data = {"patient": Patient, "caller": Caller, "location": Location}[name]().model_dump()
        sent: Data = part.model_dump(exclude_unset=True) if part is not None else empty
        if "bsn" in sent:
            bsn = sent.pop("bsn")
            act.change.keep_record(act.target_id, {**act.change.record(act.target_id), "bsn": bsn})
        empty.pop("bsn", None)
        changed[name] = {**empty, **as_object(call.get(name)), **sent}
    act.put_call(call, **changed)


def raise_urgency(act: Act) -> None:
    """`call.raise` (supervisor): more urgent."""
    call, data = act.call(), act.of(Raise)
    act.check_rev("call", act.target_id)
    act.need_state(call, "waiting", "claimed", "callback")
    act.put_call(call, raised={"urgency": data.urgency, "by": act.user, "reason": data.reason, "at": act.at})


# -- what is decided -------------------------------------------------------------------------------------------------


def dispose(act: Act) -> None:
    """`call.dispose`: which care, where, what was told."""
    call, data = act.call(), act.of(Disposition)
    act.check_claim(call)
    act.need_state(call, "claimed", "handed-off")
    act.put_call(call, disposition={**data.model_dump(), "at": act.at, "by": act.user})


def callback(act: Act) -> None:
    """`call.callback`: when and why; releases the claim."""
    call, data = act.call(), act.of(Callback)
    act.check_claim(call)
    act.need_state(call, "claimed")
    act.put_call(call, state="callback", claim=None, callback={"at": data.at, "why": data.why})
    refresh_holds(act.change, act.desk_id)


def close(act: Act) -> None:
    """`call.close`: by the holder under its claim, of an unheld call or by the supervisor under If-Match."""
    call = act.call()
    before = holder(call)
    if act.names_claim:
        act.check_claim(call)
    elif before is None or act.who.is_supervisor:
        act.check_rev("call", act.target_id)
    elif before != act.desk_id:
        raise act.claimed(call)
    else:
        act.check_claim(call)
    act.need_state(call, "waiting", "claimed", "callback", "handed-off")
    if has_open_handoff(act.change, act.target_id) and not act.who.is_supervisor:
        raise act.wrong_state(
            "call",
            act.target_id,
            "Er staat nog een overdracht aan de RAV open. De melding blijft open; wacht de RAV af of bel, of vraag de "
            "regie om te sluiten.",
        )
    record = act.change.record(act.target_id)
    kept, withheld = _withhold(call, as_object(record.get("withheld")))
    act.change.keep_record(act.target_id, {**record, "withheld": withheld})
    outcome = act.of(Close).outcome
    act.put_call(kept, state="closed", claim=None, callback=None, outcome=outcome, closed_at=act.change.at)
    release_held(act.change, act.target_id, "melding gesloten")
    refresh_holds(act.change, before)


def _withhold(call: Data, earlier: Data) -> tuple[Data, Data]:
    """The call without notes and answers, and what was taken from it."""
    taken: Data = {name: [*as_list(earlier.get(name)), *as_list(call.get(name))] for name in ("notes", "contributions")}
    outcome = as_object(call.get("triage"))
    taken["answers"] = {name: outcome[name] for name in _ANSWERS if outcome.get(name) is not None}
    rest = {**outcome, **dict.fromkeys((name for name in _ANSWERS if name in outcome), None)} if outcome else None
    return {**call, "notes": [], "contributions": [], "triage": rest}, taken


def unwithheld(call: Data, withheld: Data) -> Data:
    """The call with its notes and answers again."""
    notes = [*as_list(withheld.get("notes")), *as_list(call.get("notes"))]
    contributions = [*as_list(withheld.get("contributions")), *as_list(call.get("contributions"))]
    outcome = as_object(call.get("triage"))
    whole: Data | None = {**outcome, **as_object(withheld.get("answers"))} if outcome else None
    return {**call, "notes": notes, "contributions": contributions, "triage": whole}


def reopen(act: Act) -> None:
    """`call.reopen`: back to waiting, with its notes and answers."""
    call = act.call()
    act.check_rev("call", act.target_id)
    act.need_state(call, "closed")
    record = act.change.record(act.target_id)
    whole = unwithheld(call, as_object(record.get("withheld")))
    act.change.keep_record(act.target_id, {**record, "withheld": {}})
    whole = shortened(act.change, act.target_id, whole)
    act.put_call(whole, state="waiting", closed_at=None, outcome=None)


# -- leaving ---------------------------------------------------------------------------------------------------------


def leave(change: Change, limit: int = 100) -> None:
    """Closed calls leave the log after 24 hours, with what hangs on them; the record keeps their last state."""
    before = rfc3339(change.now - timedelta(seconds=CLOSED_KEPT_S))
    due = [
        call_id
        for call_id in change.ids("call")
        if as_text((change.get("call", call_id) or {}).get("closed_at"), "9") <= before
    ][:limit]
    for call_id in due:
        call = change.get("call", call_id)
        change.keep_record(call_id, {**change.record(call_id), "final": call})
        change.delete("call", call_id)
        for kind, hanging in (
            ("reservation", change.reservations_of_call(call_id)),
            ("handoff", change.handoffs_of_call(call_id)),
        ):
            for data in hanging:
                change.delete(kind, as_text(data.get("id")))


def whole_record(call: Data | None, record: Data) -> Data:
    """Everything the hub knows of a call, for `GET /v1/calls/{id}`."""
    base = call if call is not None else as_object(record.get("final"))
    whole = with_earlier(unwithheld(base, as_object(record.get("withheld"))), record)
    whole["patient"] = {**as_object(whole.get("patient")), "bsn": record.get("bsn")}
    whole["identifiers"] = [*as_list(whole.get("identifiers")), *as_list(record.get("identifiers"))]
    return whole

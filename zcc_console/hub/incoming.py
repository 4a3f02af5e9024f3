"""What sources and providers bring: calls and capacity, with their own credentials and the same rules of idempotency
(contract.md §3)."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from zcc_console.core.clock import parse_time
from zcc_console.core.freshness import AHEAD_LIMIT_S
from zcc_console.core.ids import Ids
from zcc_console.core.jsontypes import as_text
from zcc_console.hub import schema
from zcc_console.hub.bodies import read_model, read_object, too_large
from zcc_console.hub.calls import bring_in
from zcc_console.hub.change import Change
from zcc_console.hub.ledger import Ledger
from zcc_console.hub.places import take_report
from zcc_console.hub.reception import sameness_of, store, stored
from zcc_console.hub.reply import Refused, Reply, invalid, ok
from zcc_console.hub.state import Data, dumps
from zcc_console.hub.tokens import Principal
from zcc_console.models.call import CallIn
from zcc_console.models.capacity import CapacityReport
from zcc_console.models.command import Target

if TYPE_CHECKING:  # the FHIR library is imported when the first referral comes
    from zcc_console.intake.fhir import Refusal
    from zcc_console.intake.referral import Referral

KEY_LIMIT = 128


def _key(header: str | None) -> str:
    key = (header or "").strip()
    if not key or len(key) > KEY_LIMIT or not key.isprintable():
        raise invalid([("Idempotency-Key", f"ontbreekt of is langer dan {KEY_LIMIT} tekens")])
    return key


def _scope(who: Principal) -> str:
    return f"{who.kind}:{who.source or ''}"[:96]


def _speaks_for(who: Principal, kind: str, source: str) -> None:
    if who.kind != kind or (who.source is not None and who.source != source):
        raise Refused(
            "not-allowed", "Dit token is daar niet voor. Er is niets gewijzigd; gebruik het token van deze bron."
        )


def new_call(ledger: Ledger, ids: Ids, who: Principal, raw: bytes, key_header: str | None) -> Reply:
    """`POST /v1/calls`: 201 with the call."""
    if who.kind != "intake":
        _speaks_for(who, "intake", "")
    body, key = read_object(raw), _key(key_header)
    sameness, scope = sameness_of(body), f"call/{_scope(who)}"
    with ledger.unit() as change:
        known = stored(change, scope, key, sameness)
        if known is not None:
            return known
        try:
            call = read_model(CallIn, body)
            _speaks_for(who, "intake", call.source)
            call_id = call.call_id or ids.new()
            bring_in(change, call_id, call, call.source, None, who.name, call.source)
        except Refused as refused:
            change.drop()
            reply = refused.reply()
        else:
            _note_access(change, who, f"call/{call_id}")
            item = next(item for item in change.finish(None)[-1].items if item.type == "call" and item.id == call_id)
            reply = Reply(201, item.text.encode(), headers=(("Location", f"/v1/calls/{call_id}"),))
        store(change, scope, key, sameness, reply)
    return reply


def _note_access(change: Change, who: Principal, subject: str) -> None:
    change.write(
        insert(schema.access).values(at=change.at, desk_id=None, user=who.name, event="create", subject=subject)
    )


def check_referral(who: Principal, raw: bytes) -> None:
    """Whether this credential may bring a referral, and whether it is worth reading.

    Raises:
        Refused: `not-allowed` or `too-large`.
    """
    from zcc_console.intake.fhir import MESSAGE_LIMIT

    _speaks_for(who, "intake", "agency")
    if len(raw) > MESSAGE_LIMIT:
        raise too_large(MESSAGE_LIMIT)


def new_referral(ledger: Ledger, ids: Ids, who: Principal, raw: bytes, read: Referral | Refusal) -> Reply:
    """`POST /v1/intake/fhir`: a referral message as a call; one that is not valid is refused with reasons, and kept."""
    from zcc_console.intake.fhir import Refusal, idempotency_key, to_call

    if isinstance(read, Refusal):
        errors = [(reason.path, reason.message) for reason in read.reasons]
        with ledger.unit() as change:
            _keep_refused(change, who, raw, dumps(errors))
        raise invalid(errors, read.sentence)
    return new_call(ledger, ids, who, dumps(to_call(read)).encode(), idempotency_key(read))


def _keep_refused(change: Change, who: Principal, raw: bytes, reasons: str) -> None:
    table, digest = schema.refused, hashlib.sha256(raw).hexdigest()
    if change.connection.execute(select(table.c.at).where(table.c.sha256 == digest)).first() is None:
        change.write(insert(table).values(sha256=digest, at=change.at, by=who.name, reasons=reasons, body=raw))


def put_capacity(ledger: Ledger, who: Principal, unit_id: str, raw: bytes, key_header: str | None) -> Reply:
    """`PUT /v1/capacity/{id}`: 200, applied or ignored."""
    if who.kind != "provider":
        _speaks_for(who, "provider", "")
    body, key = read_object(raw), _key(key_header)
    sameness, scope = sameness_of({**body, "path": unit_id}), f"capacity/{_scope(who)}"
    with ledger.unit() as change:
        known = stored(change, scope, key, sameness)
        if known is not None:
            return known
        try:
            report = read_model(CapacityReport, body)
            _check_report(change, who, unit_id, report)
            applied = take_report(change, unit_id, report, who.name)
        except Refused as refused:
            change.drop()
            reply = refused.reply()
        else:
            made = change.finish(None)
            rev = made[-1].cursor if applied else change.rev("capacity", unit_id)
            answer: Data = {"result": "applied" if applied else "ignored", "id": unit_id, "rev": rev}
            reply = ok({**answer, "cursor": made[-1].cursor if made else change.rev("capacity", unit_id)})
        store(change, scope, key, sameness, reply)
    return reply


def _check_report(change: Change, who: Principal, unit_id: str, report: CapacityReport) -> None:
    errors: list[tuple[str, str]] = []
    try:
        Target(type="capacity", id=unit_id)
    except ValueError:
        errors.append(("id", "verkeerde vorm"))
    if report.id is not None and report.id != unit_id:
        errors.append(("id", "is niet die van het adres"))
    if parse_time(report.observed_at) > change.now + timedelta(seconds=AHEAD_LIMIT_S):
        errors.append(("observed_at", "ligt meer dan 60 s in de toekomst; zet de klok gelijk"))
    if errors:
        raise invalid(errors)
    _speaks_for(who, "provider", report.provider)
    known = change.get("capacity", unit_id)
    if known is not None and who.source is not None and as_text(known.get("provider")) != who.source:
        raise Refused("not-allowed", "Deze eenheid is van een andere aanbieder. Er is niets gewijzigd.")

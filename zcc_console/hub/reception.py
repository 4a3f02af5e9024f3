"""The order of checks for a command (contract.md §3), idempotency, and the rule for each type.

From the number on, every answer uses up the number and is stored byte for byte; what comes before leaves no trace.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, insert, select

from zcc_console.core.canonical import command_sameness
from zcc_console.core.clock import rfc3339
from zcc_console.core.config import HubConfig
from zcc_console.core.jsontypes import as_object
from zcc_console.hub import calls, claims, notices, places, schema
from zcc_console.hub.act import Act
from zcc_console.hub.bodies import errors_of, read_object
from zcc_console.hub.change import Change
from zcc_console.hub.desks import is_ahead, last_number, learn_incarnation, use_number
from zcc_console.hub.ledger import Ledger
from zcc_console.hub.reply import JSON, Refused, Reply, invalid
from zcc_console.hub.state import Data, dumps
from zcc_console.hub.tokens import Principal, Tokens
from zcc_console.models.command import KINDS, Command, Envelope, Kind
from zcc_console.models.wire import Request, is_lower_uuid

RULES: dict[str, Callable[[Act], None]] = {
    "call.create": calls.create,
    "call.claim": claims.claim,
    "call.release": claims.release,
    "call.takeover": claims.takeover,
    "call.note": calls.note,
    "call.update": calls.update,
    "call.triage": calls.triage,
    "call.dispose": calls.dispose,
    "call.callback": calls.callback,
    "call.close": calls.close,
    "call.reopen": calls.reopen,
    "call.reassign": claims.reassign,
    "call.raise": calls.raise_urgency,
    "capacity.reserve": places.reserve,
    "capacity.confirm": places.confirm,
    "capacity.release": places.release_place,
    "capacity.report": places.report,
    "notice.post": notices.post,
    "notice.end": notices.end,
}

COMMANDS = "command"
"""The scope of command ids: one for the region."""

KEPT_S = 30 * 86_400.0
"""How long answers are kept (contract.md §3)."""

_ENVELOPE = tuple(Envelope.model_fields)
_CLAIMING = ("call.claim", "call.takeover", "call.reassign")


@dataclass(frozen=True, slots=True)
class Line:
    """What came over the line beside the body."""

    idempotency_key: str | None
    if_match: str | None = None


def stored(change: Change, scope: str, key: str, sameness: str) -> Reply | None:
    """The stored answer, byte for byte; None where the key is new.

    Raises:
        Refused: `key-reused` where the key came with another body.
    """
    table = schema.response
    row = change.connection.execute(select(table).where((table.c.scope == scope) & (table.c.key == key))).one_or_none()
    if row is None:
        return None
    if row.sameness != sameness:
        raise Refused(
            "key-reused",
            "Deze sleutel is eerder met een andere inhoud gebruikt. De eerste is verwerkt, deze niet; leg haar opnieuw "
            "vast.",
        )
    return Reply(row.status, bytes(row.body), row.media)


def store(change: Change, scope: str, key: str, sameness: str, reply: Reply) -> None:
    """Keep an answer with what was done."""
    change.write(
        insert(schema.response).values(
            scope=scope,
            key=key,
            sameness=sameness,
            status=reply.status,
            media=reply.media,
            body=reply.body,
            at=change.at,
        )
    )


def prune_responses(change: Change) -> None:
    """Forget answers after 30 days; never the numbers, so that nothing so old is taken for new."""
    before = rfc3339(change.now - timedelta(seconds=KEPT_S))
    change.write(delete(schema.response).where(schema.response.c.at < before))


class Reception:
    """Takes commands."""

    def __init__(self, ledger: Ledger, config: HubConfig, tokens: Tokens) -> None:
        self._ledger = ledger
        self._config = config
        self._tokens = tokens

    def command(self, who: Principal, raw: bytes, line: Line) -> Reply:
        """One command, from its bytes to its stored answer."""
        body = read_object(raw)
        envelope = self._envelope(body, line)
        if envelope.desk_id != who.desk_id:
            raise wrong_desk()
        sameness = sameness_of(body)
        with self._ledger.unit() as change:
            last = last_number(change.connection, envelope.desk_id, envelope.incarnation)
            known = stored(change, COMMANDS, envelope.command_id, sameness)
            if known is not None:
                if envelope.desk_seq == last + 1:
                    use_number(change, envelope.desk_id, envelope.incarnation, envelope.desk_seq)
                return known
            if envelope.desk_seq != last + 1:
                raise _out_of_order(envelope.desk_seq, last)
            if not is_ahead(envelope.incarnation, change.now):
                learn_incarnation(change, envelope.desk_id, envelope.incarnation)
            use_number(change, envelope.desk_id, envelope.incarnation, envelope.desk_seq)
            reply = self._decide(change, who, body, line)
            store(change, COMMANDS, envelope.command_id, sameness, reply)
        return reply

    def _envelope(self, body: Data, line: Line) -> Envelope:
        part: Data = {name: body[name] for name in _ENVELOPE if name in body}
        found, errors = errors_of(Envelope, part)
        if "type" in part and isinstance(part["type"], str) and part["type"] not in KINDS:
            errors.append(("type", "onbekende opdracht"))
        if line.idempotency_key is None or line.idempotency_key != part.get("command_id"):
            errors.append(("Idempotency-Key", "is niet de command_id"))
        if errors or not isinstance(found, Envelope):
            raise invalid(errors)
        return found

    def _decide(self, change: Change, who: Principal, body: Data, line: Line) -> Reply:
        """Apply the command, or say why not; whatever the rule had written by then is dropped."""
        try:
            act = self._act(change, who, body, line)
            with change.connection.begin_nested():
                RULES[act.command.type](act)
        except Refused as refused:
            change.drop()
            return refused.reply()
        command = act.command
        ref: Data = {
            "id": command.command_id,
            "desk_id": command.desk_id,
            "incarnation": command.incarnation,
            "desk_seq": command.desk_seq,
        }
        made = change.finish(ref)
        items = ",".join(item.text for transaction in made for item in transaction.items)
        answer = (
            f'{{"command_id":"{command.command_id}","cursor":"{made[-1].cursor}","result":"applied","items":[{items}]'
        )
        if command.type in _CLAIMING:
            entries = {item.id: item.entry for item in made[-1].items if item.type == "call"}
            entry = entries.get(act.target_id)
            claim = as_object(entry.data.get("claim")) if entry else {}
            answer += f',"fence":{dumps(claim.get("fence"))},"claim":{dumps(claim.get("id"))}'
        return Reply(200, (answer + "}").encode(), JSON)

    def _act(self, change: Change, who: Principal, body: Data, line: Line) -> Act:
        found, errors = errors_of(Command, body)
        kind = KINDS[str(body["type"])]
        data_body = body.get("data", {})
        data: object = None
        if isinstance(data_body, dict):
            data, more = errors_of(kind.data, data_body, "data.")
            errors += more
        rev, rev_errors = _if_match(line.if_match)
        errors += rev_errors
        if isinstance(found, Command):
            errors += _target_errors(kind, found, data_body if isinstance(data_body, dict) else {})
        if errors or not isinstance(found, Command) or not isinstance(data, Request):
            raise invalid(errors)
        if kind.supervisor and not who.is_supervisor:
            raise Refused(
                "not-allowed", "Dit mag alleen de regie. Er is niets gewijzigd; vraag het aan wie regie voert."
            )
        if who.kind == "personal" and found.user is not None and found.user != who.user:
            raise Refused(
                "not-allowed", "Dit token spreekt voor iemand anders. Er is niets gewijzigd; meld u opnieuw aan."
            )
        return Act(
            change=change,
            who=who,
            command=found,
            data=data,
            if_match=rev,
            config=self._config,
            is_past=self._ledger.is_past,
            knows_desk=self._tokens.knows_desk,
        )


def _target_errors(kind: Kind, command: Command, data: Data) -> list[tuple[str, str]]:
    """What is wrong with what the command names."""
    target, errors = command.target, []
    if target is None:
        if kind.target_needed:
            errors.append(("target", "ontbreekt"))
    elif target.type != kind.target:
        errors.append(("target.type", f"moet {kind.target} zijn"))
    elif not kind.target_needed and kind.target in ("capacity", "reservation"):
        named = data.get("unit" if kind.target == "capacity" else "reservation")
        if named != target.id:
            errors.append(("target.id", "is niet wat data noemt"))
    if kind.names_claim and command.claim is None and command.fence is None:
        errors.append(("claim", "ontbreekt: noem de claim of de fence"))
    if command.type == "call.create" and target is not None:
        errors += [("target.id", "geen UUID in kleine letters")] if not is_lower_uuid(target.id) else []
    return errors


def _if_match(header: str | None) -> tuple[str | None, list[tuple[str, str]]]:
    """The rev in an If-Match header: one strong entity tag."""
    if header is None:
        return None, []
    text = header.strip()
    if len(text) > 2 and text[0] == text[-1] == '"' and '"' not in text[1:-1]:
        return text[1:-1], []
    return None, [("If-Match", 'moet "<rev>" zijn')]


def _out_of_order(number: int, last: int) -> Refused:
    extra: Data = {"expected": last + 1}
    if number > last:
        return Refused("sequence-gap", "Er ontbreken opdrachten hiervoor; stuur ze vanaf het verwachte nummer.", extra)
    return Refused("sequence-used", "Dit nummer is al gebruikt; begin een nieuwe incarnatie en nummer opnieuw.", extra)


def wrong_desk() -> Refused:
    """A desk's token speaks for its own desk; for another it is no valid token, so nothing is lost by waiting."""
    return Refused(
        "unauthorized",
        "Dit token is niet van deze werkplek. Wat is vastgelegd blijft bewaard; vraag de beheerder om het goede token.",
        headers=(("WWW-Authenticate", "Bearer"),),
    )


def sameness_of(body: Data) -> str:
    """What makes two requests the same.

    Raises:
        Refused: `invalid` for a number that JSON's canonical form does not have.
    """
    try:
        return command_sameness(body)
    except (ValueError, OverflowError):
        raise invalid([("", "een getal buiten het bereik van JSON")]) from None

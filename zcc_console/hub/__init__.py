"""The reference region: one log, its rules, and the HTTP around it (contract.md).

`Region` is synchronous and deterministic; clock, ids and random numbers are passed in, so it runs as well in a
simulation as behind HTTP. One caller at a time. Every method that answers a request takes what came over the line and
gives a `Reply` (status, body, headers), and has committed before it returns::

    from zcc_console.hub.service import Region

    region = Region.open(config, clock, ids)             # a HubConfig; in tests: Region.open(config, ManualClock(), SeededIds(...))
    who = region.principal(token)                        # None: 401
    region.command(who, raw_body, idempotency_key=..., if_match=...)
    region.snapshot(who, page=None)   region.changes(who, since, limit=1000)   region.digest(who)
    region.heartbeat(who, desk_id, raw_body)             region.audit(who, raw_body)
    region.new_call(who, raw_body, idempotency_key=...)  region.put_capacity(who, unit_id, raw_body, idempotency_key=...)
    region.new_referral(who, raw_body, read_referral(raw_body))
    region.call_record(who, call_id)
    region.handoff(who, raw_body, idempotency_key=...)   region.handoff_status(who, handoff_id)
    region.handoff_events(who, handoff_id, after)        region.pass_on_events(who, handoff_id, raw_body)
    region.tick()                                        # once a second: leases, presence, expiry, handoff clock, pruning
    region.relay.due() / .sent(...)                      # what must go to a RAV gateway now, and what it answered
    region.relay.questions() / .asked(...)               # what to ask it for events now, and what it answered
    region.listeners.append(callable)                    # each committed transaction, serialised once

`zcc_console.hub.app.create_app(region)` is the ASGI application (`httpx.ASGITransport(app=...)` in tests);
`zcc-console hub --config FILE` serves it and prints `{"url": ..., "pid": ...}` on one line of stdout.

Wire choices where contract.md leaves room:

* digest: `{"call": {"count": 3, "sum": 1234}, ...}`: every type that has items; `sum` is a whole number (it may pass
  2**53: read it as an integer, never as a float).
* stream: a transaction is an event without a name (`message`), its `id` the cursor; a bookmark is `event: bookmark`
  with `{cursor, server_time, exercise, digest}`, sent in order with the transactions and once at the start.
* problem details: `type` is the slug itself; `current` is the item as it is now, `holder`, `alternatives`, `expected`,
  `errors: [{field, message}]`, `reason`/`floor`/`head` where they apply; 401 is `unauthorized`, 413 `too-large`.
* commands: a claim, take-over or reassignment answers with `fence` and `claim` beside `items`.
* POST /v1/calls and PUT /v1/capacity/{id} need an `Idempotency-Key`; a key is remembered for its credential.
* POST /v1/audit: `{desk_id, incarnation, rows: [{no, at, user, event, subject, detail, previous, hash}]}` as the
  journal keeps them; the hub checks the links. Answer: `{incarnation, last}`.
* POST /v1/handoffs/{id}/events: `{"events": [...]}` as the gateway gave them.
* item `handoff` has besides: `key_test`, `handed_over`, `open`; an event has `through`: who brought it.

A refusal before a command's number (401, `invalid` of its five fields, `key-reused`, `sequence-gap`, `sequence-used`) is
raised as `reply.Refused`; everything after it is a `Reply`. Whoever calls a `Region` turns the one into the other with
`refused.reply()`.

Epochs: `marker` says what is noticed; `zcc-console hub new-epoch --config FILE` is for what is not.
"""

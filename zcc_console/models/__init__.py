"""The nouns of contract.md as pydantic models: what goes over the line between desk, hub, RAV and sources.

Requests refuse unknown fields (a handoff apart); responses ignore them. Only programs with a network import this room;
inside, the house works with plain values. It knows no database and no rules.

wire      the base classes and the small types (ids, moments)
call      a call as it comes in, and its parts
capacity  a report of a unit
command   the envelope of a command, and the data of each type
handoff   a handoff message and its answers (for the published description; reading one is tolerant)
region    log, snapshot, changes, digest, heartbeat, audit
problem   problem details (RFC 9457) and the slugs of the contract
"""

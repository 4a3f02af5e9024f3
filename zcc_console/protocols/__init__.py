"""The protocol language and its engine: what to ask for a complaint and what the answers mean (design: protocols.md).

It knows no screen, no network and no database; the console loads *compiled* sets only, so pydantic and yaml stay out.

The rooms
---------
`model`     frozen dataclasses of a compiled set: `ProtocolSet`, `Protocol`, `Question`, `Option`, `Criterion`, `Action`,
            `Fact`s (questions of scope "facts"), `Triage` (what is known of one call), `UNKNOWN`
`engine`    `evaluate(set, triage) -> Verdict`, `what_if(set, triage)`, `what_would_raise(set, triage)`: pure and total
`session`   `Session`: the steps of the triage screen, answering, unknown, undo, back, resume; pure
`library`   `ensure_compiled(source_dir, state_dir) -> Path`, `open_set(path) -> ProtocolSet`, `open_library(...)`
`search`    `find_complaints(set, text, facts) -> tuple[Hit, ...]`: what the caller says -> which protocol
`compiled`  `compile_set(dir) -> bytes` (needs grammar), `load_compiled(bytes) -> ProtocolSet` (standard library only)
`loader`, `grammar`, `checks`, `commands`   the edge: YAML with pydantic, the checks P01..., the command line

The state of one call, all of it text (so that it is JSON as it stands)
-----------------------------------------------------------------------
    Triage(facts={"leeftijd": "67 jaar", "zwanger": "nee"},          # absent = not asked; UNKNOWN = "onbekend"
           abcd={"a_luchtweg": "vrij"},                              # gate question -> option
           complaints=("demo.pijn-borst",),
           answers={"demo.pijn-borst": {"uitstraling": "ja"}},
           measurements={"temperatuur": "38.4"},
           modifiers={"m_snel": "uren"})

The verdict
-----------
    Verdict.urgency       Urgency (core.urgency), always exactly one
    .fired                tuple[Fired]: everything that fired, most urgent first (kind, scope, id, urgency, reason, sources)
    .reasons              those of `fired` that explain the result, for "omdat"
    .actions              ranked ids of the action catalogue (`set.actions[id].title`, `.category`)
    .say                  texts to say now (of fired criteria, such as the instruction to resuscitate)
    .advice .safety_net   texts to read out at this urgency
    .missing .next_question   unanswered questions, red flags first (`Question.scope` says where the answer belongs)
    .stop_early           U0/U1: stop asking, offer the handoff
    .complete             everything was asked
    .letters              ABCD letter -> "safe" | "unsafe" | "unknown" | "open"

The session (immutable; every method returns a new one)
-------------------------------------------------------
    s = Session.start(set)                       steps: PATIENT ABCD COMPLAINT QUESTIONS URGENCY FOLLOW_UP ADVICE
    s.step, s.asking (Question | None), s.numbered (options by key 1..9), s.verdict, s.progress (number, of)
    s.put_fact(id, value)  s.put_measurement(id, value)  s.put_modifier(id, value)  s.cycle_modifier(key)
    s.all_safe()  s.put_abcd(id, value)  s.choose(complaint)  s.without_protocol()  s.drop(complaint)
    s.press("1".."9" | "0")  s.answer(question, value)  s.undo()  s.back()  s.go(step)  s.focus(question)
    s.decide(urgency, by=, at=, reason=, ...) -> Session, or raises OverrideRefused with what is wanted
    s.to_triage_data() -> the `data` of call.triage;  s.to_draft() -> the same and the position, for the journal
    Session.resume(set, data)                    the same question of the same call, from either of them
"""

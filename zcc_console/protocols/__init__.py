"""The protocol language and its engine: what to ask for a complaint and what the answers mean (design: protocols.md).

It knows no screen, no network and no database; the console loads *compiled* sets only, so pydantic and yaml stay out.
How a set is written: data/protocols/README.md.

The rooms
---------
`model`     frozen dataclasses of a compiled set: `ProtocolSet`, `Protocol`, `Question`, `Option`, `Action`, `Fired`;
            `Triage` (what is known of one call); `UNKNOWN`, `WITHOUT` (no protocol fits)
`engine`    `evaluate(set, triage) -> Verdict`, `what_if(set, triage)`, `what_would_raise(set, triage)`: pure and total
`session`   `Session`: the steps of the triage screen, answering, unknown, undo, back, resume; pure
`session_data`  `findings(set, triage)`: what was found, in Dutch words, for a handoff; the stored form
`override`  who may decide another urgency than the proposed one
`library`   `open_library(source_dir, state_dir) -> Opened(protocols, notice)`: the console's way in, in a thread;
            `open_set(path)`, `ensure_compiled(source_dir, state_dir) -> Path`, `set_for_call(current, state_dir, data)`
`search`    `find_complaints(set, text, triage) -> tuple[Hit, ...]`, `warm_up(set)`: what the caller says -> which protocol
`values`    ages and numbers as typed: `normal_age("3m")`, `age_at(born, today)`
`compiled`  `compile_set(dir) -> bytes` (needs the edge), `load_compiled(bytes) -> ProtocolSet` (standard library only)
`strict_yaml`, `grammar`, `references`, `loader`, `checks`, `check_*`, `commands` (`protocols_group`)   the edge

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
    Verdict.urgency       Urgency (core.urgency), always exactly one; `has_complaint` says whether it rests on a complaint
    .fired                tuple[Fired]: everything that fired, most urgent first (kind, scope, id, urgency, reason, sources)
    .reasons              those of `fired` that explain the result, for "omdat"
    .actions              ranked ids of the action catalogue (`set.actions[id].title`, `.category`)
    .say                  texts to say now (of fired criteria, such as the instruction to resuscitate)
    .advice .safety_net   texts to read out at this urgency
    .missing .next_question   unanswered questions, red flags first (`Question.scope` says where the answer belongs)
    .stop_early           U0/U1: stop asking, offer the handoff
    .complete             everything was asked
    .letters              ABCD letter -> "safe" | "unsafe" | "unknown" | "open"
    .outside .unread      chosen complaints not meant for this age; chosen complaints this set does not have

The session (immutable; every method returns a new one)
-------------------------------------------------------
    s = Session.start(set)                       steps: PATIENT ABCD COMPLAINT QUESTIONS URGENCY FOLLOW_UP ADVICE
    s.step, s.asking (Question | None), s.sequence (this step's questions), s.progress (number, of), s.verdict, s.urgency
    s.put_fact(id, value)  s.put_measurement(id, value)  s.put_modifier(id, value)  s.cycle_modifier(key)
    s.all_safe()  s.letter_is(letter, "safe" | "unknown" | "open")  s.put_abcd(id, value)
    s.choose(complaint)  s.without_protocol()  s.drop(complaint)
    s.press("1".."9" | "0")  s.answer(question, value)  s.undo()  s.back()  s.forward()  s.go(step)  s.focus(question)
    s.wanted(urgency)  s.decide(urgency, by=, at=, reason=, second=, second_role=), or raises OverrideRefused
    s.to_triage_data() -> the `data` of call.triage;  s.to_draft() -> the same and the position, for the journal
    Session.resume(set, data)                    the same question of the same call, from either of them
A question of kind "age" or "number" is answered with `answer(question, text)`; what cannot be read is a ValueError whose
text is for the person. Undo also takes back modifiers, facts and the choice of a complaint, one act at a time.
"""

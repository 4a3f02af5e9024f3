"""Keeping the cache equal to the region's log (contract.md §1, desk side): the rules, without I/O.

Changes until the head, then the stream; a stream that says nothing is left for the long poll. Whatever goes wrong, the
old state stays until a whole new one can take its place.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from urllib.parse import quote

from zcc_console.courier.answers import answer_object, problem_of
from zcc_console.courier.machine import (
    Begin,
    Effect,
    Effects,
    Event,
    Log,
    Lost,
    Now,
    Replied,
    Request,
    Wait,
    Woken,
    between,
    jitter,
)
from zcc_console.courier.pull_terms import (
    Applied,
    Apply,
    CloseStream,
    Compare,
    Compared,
    Ended,
    Heard,
    HubKind,
    HubWrote,
    Link,
    Misfit,
    NextFrames,
    NoteDigest,
    NoteLink,
    Opened,
    OpenStream,
    Own,
    ReadOwn,
    Silent,
    Streamed,
    Swap,
    Swapped,
)
from zcc_console.courier.readings import (
    Bookmark,
    Frame,
    Garbage,
    Page,
    read_changes,
    read_frame,
    read_page,
)
from zcc_console.store.items import Item, Transaction

SILENT_S = 15.0
"""Without a bookmark for so long a stream is dead (contract.md §1)."""
TOLD_LIMIT_S = 20.0
"""No `Retry-After` counts for more (contract.md §1)."""
SNAPSHOT_AGAIN_S = 300.0
"""A digest that differs makes a new snapshot at most so often (contract.md §1)."""
CAP_S = 5.0
"""The longest full jitter: a screen goes stale after 15 s."""
OTHER_KIND_S = 30.0
POLL_S = 10.0
POLL_FOR_S = 120.0
"""How long the long poll stands in for streams that fail, before one is tried again."""
STREAMS_TRIED = 2
MISFITS_TRIED = 3
BODY_LIMIT = 64 << 20


class Phase(StrEnum):
    """What the lane is asking for."""

    CHANGES = "changes"
    SNAPSHOT = "snapshot"
    STREAM = "stream"


@dataclass(frozen=True, slots=True)
class Loading:
    """A snapshot as far as it has come."""

    cursor: str
    items: tuple[Item, ...]
    next: str


@dataclass(frozen=True, slots=True)
class PullState:
    """Where the lane stands."""

    exercise: bool
    cursor: str | None = None
    phase: Phase = Phase.CHANGES
    attempts: int = 0
    """Answers missed in a row."""
    misfits: int = 0
    stream_failures: int = 0
    poll_until: float | None = None
    loading: Loading | None = None
    frames: tuple[Frame, ...] = ()
    bookmark_at: float = 0.0
    bookmarked: bool = False
    behind: str | None = None
    """The own cursor when a bookmark was elsewhere; twice at the same one means that something was missed."""
    verified: str | None = None
    forced_at: float | None = None
    live: bool = False
    """Whether the head was reached since the last pause, so that what comes now is new."""
    more: bool = False
    """Whether the last answer said that there is more."""


def step(state: PullState, event: Event, now: Now) -> tuple[PullState, Effects]:
    """The lane's rules."""
    match event:
        case Begin():
            fresh = PullState(exercise=state.exercise)
            return fresh, (CloseStream(), ReadOwn())
        case Own(cursor, ago):
            state = replace(state, cursor=cursor, forced_at=None if ago is None else now.boot - ago)
            return _snapshot(state) if cursor is None else _changes(state, now)
        case Woken():
            if state.phase is Phase.SNAPSHOT:
                return _snapshot(state)
            return _changes(state, now)
        case Replied() if state.phase is Phase.CHANGES:
            return _changes_came(state, event, now)
        case Replied() if state.phase is Phase.SNAPSHOT:
            return _page_came(state, event, now)
        case Replied():
            return _no_stream(state, event, now)
        case Lost(why):
            if state.phase is Phase.STREAM:
                return _stream_over(state, now, why=why)
            return _no_answer(state, now, why)
        case Applied(cursor, count):
            return _applied(state, cursor, count, now)
        case Misfit():
            return _misfit(state, now)
        case Swapped(cursor):
            state = replace(
                state, cursor=cursor, loading=None, attempts=0, misfits=0, verified=None, behind=None, live=False
            )
            return _changes(state, now)
        case Opened():
            return replace(state, bookmark_at=now.boot, bookmarked=False), (NextFrames(SILENT_S),)
        case Streamed(frames):
            return _frames(replace(state, frames=frames), now)
        case Silent():
            return _stream_over(state, now, why="silent")
        case Ended(retry_s):
            return _stream_over(state, now, why="ended", retry_s=retry_s)
        case Compared(same):
            return _compared(state, same, now)
    raise AssertionError(type(event).__name__)


def _changes(state: PullState, now: Now) -> tuple[PullState, Effects]:
    state = replace(state, phase=Phase.CHANGES, frames=())
    wait = int(POLL_S) if state.live and _polling(state, now) else 0
    path = f"/v1/changes?since={quote(state.cursor or '', safe='')}&limit=1000&wait={wait}"
    return state, (Request("hub", "GET", path, timeout_s=wait + 10.0, limit=BODY_LIMIT),)


def _polling(state: PullState, now: Now) -> bool:
    return state.poll_until is not None and now.boot < state.poll_until


def _snapshot(state: PullState) -> tuple[PullState, Effects]:
    page = f"?page={quote(state.loading.next, safe='')}" if state.loading is not None else ""
    state = replace(state, phase=Phase.SNAPSHOT, frames=())
    return state, (Request("hub", "GET", f"/v1/snapshot{page}", timeout_s=20.0, limit=BODY_LIMIT),)


def _pause(state: PullState, seconds: float, *notes: Effect) -> tuple[PullState, Effects]:
    return replace(state, live=False), (*notes, Wait(seconds))


def _no_answer(state: PullState, now: Now, why: str) -> tuple[PullState, Effects]:
    seconds = jitter(now, state.attempts, 1.0, CAP_S)
    state = replace(state, attempts=state.attempts + 1)
    if why == "credential":
        note: Effect = NoteLink(Link.CREDENTIAL, why)
        return replace(state, live=False), (note, Wait(between(now, 2.0, 10.0), wakeable=True))
    return _pause(state, seconds, NoteLink(Link.OFFLINE, why))


def _other_kind(state: PullState) -> tuple[PullState, Effects]:
    """A hub of the other kind: nothing of it is shown, nothing is sent to it (contract.md §5)."""
    state = replace(state, loading=None)
    return _pause(state, OTHER_KIND_S, CloseStream(), HubKind(right=False), NoteLink(Link.OTHER_KIND))


def _refused(state: PullState, reply: Replied, now: Now) -> tuple[PullState, Effects]:
    """Not 200: 410 as told, 401 waits for a credential, all else is no answer."""
    found = problem_of(reply)
    if reply.status == 410 and found is not None and found[0] == "cursor-expired":
        told = reply.retry_after
        seconds = between(now, 0.0, 5.0) if told is None else min(max(told, 0.0), TOLD_LIMIT_S)
        state = replace(state, phase=Phase.SNAPSHOT, loading=None, attempts=0, misfits=0)
        return _pause(state, seconds, NoteLink(Link.EXPIRED, str(found[1].get("reason") or "")[:20]))
    return _no_answer(state, now, "credential" if reply.status == 401 else f"http-{reply.status}")


def _changes_came(state: PullState, reply: Replied, now: Now) -> tuple[PullState, Effects]:
    body = answer_object(reply) if reply.status == 200 else None
    if body is None:
        return _refused(state, reply, now)
    try:
        changes = read_changes(body)
    except Garbage as error:
        return _no_answer(state, now, f"garbage-{error}")
    if changes.exercise is not state.exercise:
        return _other_kind(state)
    end = changes.transactions[-1].cursor if changes.transactions else state.cursor
    if changes.to != end or (changes.has_more and not changes.transactions):
        return _misfit(state, now)
    heard = (HubKind(right=True), Heard(changes.server_time))
    if changes.transactions:
        return replace(state, loading=None, more=changes.has_more), (*heard, Apply(changes.transactions))
    state, effects = _at_head(replace(state, attempts=0, misfits=0), now, took_s=reply.took_s)
    return state, (*heard, *effects)


def _at_head(state: PullState, now: Now, took_s: float = 1.0) -> tuple[PullState, Effects]:
    was_live = state.live
    state = replace(state, live=True, more=False)
    if _polling(state, now):
        if was_live and took_s < 0.5:  # a hub or proxy that does not wait: no storm
            return state, (NoteLink(Link.POLL), Wait(between(now, 0.5, 1.5)))
        state, effects = _changes(state, now)
        return state, (NoteLink(Link.POLL), *effects)
    state = replace(state, phase=Phase.STREAM, poll_until=None)
    return state, (OpenStream(state.cursor or ""),)


def _applied(state: PullState, cursor: str, count: int, now: Now) -> tuple[PullState, Effects]:
    notes: Effects = (HubWrote(),) if count and state.live else ()
    state = replace(state, cursor=cursor, attempts=0, misfits=0, verified=None)
    if state.phase is Phase.STREAM:
        state, effects = _frames(state, now)
    elif state.more:
        state, effects = _changes(state, now)
        effects = (NoteLink(Link.CATCHING_UP), *effects)
    else:
        state, effects = _at_head(state, now)
    return state, (*notes, *effects)


def _misfit(state: PullState, now: Now) -> tuple[PullState, Effects]:
    """Something does not follow the own cursor: stop, pull `/changes`; where even those do not, a new snapshot."""
    state = replace(state, misfits=state.misfits + 1)
    log = Log("misfit", (("phase", state.phase.value), ("times", state.misfits)))
    if state.misfits >= MISFITS_TRIED:
        state = replace(state, phase=Phase.SNAPSHOT, loading=None, misfits=0)
        return _pause(state, between(now, 0.0, 5.0), CloseStream(), log)
    if state.phase is Phase.STREAM and state.misfits == 1:
        state, effects = _changes(replace(state, live=False), now)
        return state, (CloseStream(), log, *effects)
    return _pause(replace(state, phase=Phase.CHANGES), jitter(now, state.misfits, 1.0, CAP_S), CloseStream(), log)


def _page_came(state: PullState, reply: Replied, now: Now) -> tuple[PullState, Effects]:
    body = answer_object(reply) if reply.status == 200 else None
    if body is None:
        return _refused(state, reply, now)
    try:
        page = read_page(body)
    except Garbage as error:
        return _no_answer(state, now, f"garbage-{error}")
    if page.exercise is not state.exercise:
        return _other_kind(state)
    so_far = state.loading
    if so_far is not None and (page.cursor != so_far.cursor or page.next == so_far.next):
        return _no_answer(replace(state, loading=None), now, "garbage-page")
    items = (*(so_far.items if so_far is not None else ()), *page.items)
    return _page_kept(replace(state, attempts=0), page, items)


def _page_kept(state: PullState, page: Page, items: tuple[Item, ...]) -> tuple[PullState, Effects]:
    if page.next is not None:
        state, effects = _snapshot(replace(state, loading=Loading(page.cursor, items, page.next)))
        return state, (NoteLink(Link.SNAPSHOT), *effects)
    # Other lanes may send only when the journal knows the epoch in which it is answered: after the swap.
    swap = Swap(page.cursor, items, tuple(sorted(page.applied.items())), page.exercise)
    return replace(state, loading=None), (swap,)


def _no_stream(state: PullState, reply: Replied, now: Now) -> tuple[PullState, Effects]:
    found = problem_of(reply)
    if reply.status == 410 and found is not None and found[0] == "cursor-expired":
        return _refused(state, reply, now)
    if reply.status == 401:
        return _no_answer(replace(state, phase=Phase.CHANGES), now, "credential")
    return _stream_over(state, now, why=f"http-{reply.status}")


def _stream_over(state: PullState, now: Now, *, why: str, retry_s: float | None = None) -> tuple[PullState, Effects]:
    """Reconnect with full jitter, first by `/changes`; after streams that never worked, the long poll."""
    failures = 0 if state.bookmarked else state.stream_failures + 1
    state = replace(state, phase=Phase.CHANGES, frames=(), stream_failures=failures, behind=None)
    log = Log("stream-over", (("why", why), ("failures", failures)))
    if failures >= STREAMS_TRIED:
        state = replace(state, poll_until=now.boot + POLL_FOR_S, stream_failures=0)
        state, effects = _changes(state, now)
        return state, (CloseStream(), log, *effects)
    if retry_s is not None:  # it is streams that the hub wants less of; until then the changes are asked for
        state = replace(state, poll_until=now.boot + min(retry_s, TOLD_LIMIT_S))
    return _pause(replace(state, bookmarked=False), jitter(now, failures, 1.0, CAP_S), CloseStream(), log)


def _frames(state: PullState, now: Now) -> tuple[PullState, Effects]:
    """Work off what the stream brought: runs of transactions, then bookmarks, in order."""
    run: list[Transaction] = []
    frames = state.frames
    for index, frame in enumerate(frames):
        try:
            read = read_frame(frame)
        except Garbage as error:
            return _stream_over(replace(state, bookmarked=False), now, why=f"garbage-{error}")
        if isinstance(read, Bookmark):
            if run:
                return replace(state, frames=frames[index:]), (Apply(tuple(run)),)
            return _bookmark(replace(state, frames=frames[index + 1 :]), read, now)
        if read is not None:
            run.append(read)
    state = replace(state, frames=())
    if run:
        return state, (Apply(tuple(run)),)
    left = state.bookmark_at + SILENT_S - now.boot
    if left <= 0:
        return _stream_over(state, now, why="no-bookmark")
    return state, (NextFrames(left),)


def _bookmark(state: PullState, mark: Bookmark, now: Now) -> tuple[PullState, Effects]:
    if mark.exercise is not state.exercise:
        return _other_kind(replace(state, frames=()))
    own = state.cursor or ""
    state = replace(state, bookmark_at=now.boot, bookmarked=True, stream_failures=0, attempts=0, misfits=0)
    if mark.cursor != own:
        if state.behind == own or mark.cursor.rpartition(".")[0] != own.rpartition(".")[0]:
            state, effects = _changes(replace(state, live=False, behind=None), now)
            return state, (CloseStream(), Log("behind"), *effects)
        state = replace(state, behind=own)
    else:
        state = replace(state, behind=None)
    heard: Effects = (HubKind(right=True), Heard(mark.server_time), NoteLink(Link.STREAM))
    if mark.cursor == own and mark.digest is not None and state.verified != own:
        return replace(state, verified=own), (*heard, Compare(own, mark.digest))
    state, effects = _frames(state, now)
    return state, (*heard, *effects)


def _compared(state: PullState, same: bool, now: Now) -> tuple[PullState, Effects]:
    if same:
        return _frames(state, now)
    note = (NoteDigest(state.cursor or ""), Log("digest-differs"))
    if state.forced_at is not None and now.boot - state.forced_at < SNAPSHOT_AGAIN_S:
        state, effects = _frames(state, now)
        return state, (*note, *effects)
    state = replace(state, forced_at=now.boot, loading=None, live=False, verified=None, frames=())
    state, effects = _snapshot(state)
    return state, (CloseStream(), *note, *effects)

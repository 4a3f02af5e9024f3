"""The hub over HTTP: thin. It reads headers and bodies, asks the region on its one thread, and writes what it answers.

No rule of the contract is decided here, and nothing of a body or a query ever reaches a log.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated, TypeVar

import structlog
from fastapi import Depends, FastAPI, Header, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from zcc_console.core.cursor import Cursor
from zcc_console.hub.bodies import BODY_LIMIT
from zcc_console.hub.description import describe
from zcc_console.hub.incoming import check_referral
from zcc_console.hub.lines import Lines
from zcc_console.hub.reading import CHANGES_LIMIT, Changes
from zcc_console.hub.reply import Refused, Reply, invalid
from zcc_console.hub.service import AUDIT_LIMIT, Region
from zcc_console.hub.streams import EventStream, Fanout, Reader, bookmark_frame, transaction_frame
from zcc_console.hub.tokens import Principal, bearer

if TYPE_CHECKING:
    from zcc_console.intake.fhir import Refusal
    from zcc_console.intake.referral import Referral

R = TypeVar("R")
TICK_S = 1.0
BOOKMARK_S = 4.0
"""Well within the contract's five seconds."""

LONGEST_WAIT_S = 30.0
BODY_WAIT_S = 20.0
"""How long a body may take to come in."""

CATCH_UP = 500
REFERRAL_LIMIT = 4 * 1024 * 1024
"""As the intake's; attachments travel inside a referral."""

log = structlog.get_logger("hub")

Wait = Annotated[float, Query(ge=0, le=LONGEST_WAIT_S, description="Seconds to wait for something new.")]
Key = Annotated[str | None, Header(alias="Idempotency-Key")]
CallId = Annotated[str, Path(max_length=64)]
HandoffId = Annotated[str, Path(max_length=100)]


async def speaker(request: Request) -> Principal:
    """Who speaks; asked before anything else of a request is looked at.

    Raises:
        Refused: `unauthorized`.
    """
    hub: Hub = request.app.state.hub
    who = hub.region.principal(bearer(request.headers.get("authorization")))
    if who is None:
        raise Refused(
            "unauthorized",
            "Geen geldig token. Wat is vastgelegd blijft bewaard; vraag de beheerder om een nieuw token.",
            headers=(("WWW-Authenticate", "Bearer"),),
        )
    return who


Who = Annotated[Principal, Depends(speaker)]


class Hub:
    """The region, its thread, and its readers."""

    def __init__(self, region: Region) -> None:
        self.region = region
        self.fanout = Fanout()
        self._thread = _one_thread()
        self.lines = Lines(region, self.ask)
        region.listeners.append(self.fanout.committed)
        region.ledger.resets.append(self.fanout.reset)

    async def ask(self, what: Callable[[], R]) -> R:
        """Ask the region, on the one thread that may."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, what)

    async def until_new(self, look: Callable[[], Changes], wait: float) -> Response:
        """A long poll: look, and while there is nothing new, wait for a commit and look again."""
        self.fanout.bind()
        loop = asyncio.get_running_loop()
        until = loop.time() + wait
        while True:
            ticket = self.fanout.ticket()
            found = await self.ask(look)
            left = until - loop.time()
            if not found.empty or left <= 0:
                return response(found.reply)
            await self.fanout.wait(ticket, left)

    async def keep_time(self) -> None:
        """Tick and bookmark until cancelled; a tick that failed is tried again at the next."""
        loop, marked = asyncio.get_running_loop(), 0.0
        while True:
            try:
                await self.ask(self.region.tick)
                if loop.time() - marked >= BOOKMARK_S:
                    marked = loop.time()
                    await self.ask(lambda: self.fanout.bookmark(self.region.bookmark()))
            except Refused as refused:
                log.error("tick", problem=refused.type)
            except Exception as error:
                complain("tick", error)
            await asyncio.sleep(TICK_S)

    @asynccontextmanager
    async def life(self, app: FastAPI) -> AsyncIterator[None]:
        """The background work, while the app is served."""
        self.fanout.bind()
        tasks = [asyncio.create_task(self.keep_time()), asyncio.create_task(self.lines.run())]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._thread.shutdown(wait=True)
            self._thread = _one_thread()  # an application may be started again

    async def catch_up(self, reader: Reader, cursor: Cursor) -> AsyncIterator[bytes]:
        """Everything from a cursor to the head; then the reader follows: no gap, nothing twice."""
        while True:
            at = cursor

            def step(at: Cursor = at) -> bytes | None:
                head = self.region.head()
                if at.epoch != head.epoch or at.seq < self.region.ledger.floor:
                    self.fanout.refuse(reader)
                    return None
                rows = self.region.ledger.after(at, CATCH_UP)
                chunk = b"".join(transaction_frame(row.cursor, row.body) for row in rows)
                if len(rows) == CATCH_UP:
                    return chunk
                self.fanout.join(reader, chunk + bookmark_frame(self.region.bookmark()))
                return None

            chunk = await self.ask(step)
            if chunk is None:
                return
            yield chunk
            cursor = Cursor(cursor.epoch, cursor.seq + CATCH_UP)


def _one_thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="region")


def complain(what: str, error: BaseException) -> None:
    """Say that something failed and where, never with what: the text of an error may hold a patient's words."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}" if trace else "?"
    log.error("failed", what=what, error=type(error).__name__, where=where)


def response(reply: Reply) -> Response:
    """A reply as it goes over the line."""
    return Response(reply.body, reply.status, dict(reply.headers), reply.media)


def unquoted(key: str | None) -> str | None:
    """An Idempotency-Key as it is meant: some senders write it as a quoted string."""
    if key is not None and len(key) > 2 and key[0] == key[-1] == '"':
        return key[1:-1]
    return key


async def read_body(request: Request, limit: int = BODY_LIMIT) -> bytes:
    """The body; at most one byte more than the limit, which the region then refuses.

    Raises:
        Refused: `unavailable` where it does not come in time.
    """
    raw = bytearray()
    try:
        async with asyncio.timeout(BODY_WAIT_S):
            async for chunk in request.stream():
                raw += chunk
                if len(raw) > limit:
                    break
    except TimeoutError:
        detail = "Het verzoek kwam niet op tijd binnen. Er is niets gewijzigd; stuur hetzelfde opnieuw."
        raise Refused("unavailable", detail) from None
    return bytes(raw[: limit + 1])


def _read_referral(raw: bytes) -> Referral | Refusal:
    from zcc_console.intake.fhir import read_referral

    return read_referral(raw)


def create_app(region: Region) -> FastAPI:
    """The ASGI application of a region."""
    hub = Hub(region)
    app = FastAPI(title="zcc hub", version="1", lifespan=hub.life, docs_url=None, redoc_url=None)
    app.state.hub = hub
    _errors(app)
    _log_routes(app, hub)
    _desk_routes(app, hub)
    _source_routes(app, hub)
    _handoff_routes(app, hub)
    describe(app)
    return app


def _errors(app: FastAPI) -> None:
    @app.exception_handler(Refused)
    async def refused(request: Request, error: Refused) -> Response:
        return response(error.reply())

    @app.exception_handler(RequestValidationError)
    async def not_readable(request: Request, error: RequestValidationError) -> Response:
        fields = [(".".join(str(part) for part in entry["loc"][1:]), "klopt niet") for entry in error.errors()]
        return response(invalid(fields).reply())

    @app.exception_handler(HTTPException)
    async def no_such_door(request: Request, error: HTTPException) -> Response:
        kind = {404: "not-found", 405: "method-not-allowed"}.get(error.status_code, "invalid")
        reply = Refused(kind, "Dit adres of deze methode heeft de hub niet. Er is niets gewijzigd.").reply()
        return Response(reply.body, error.status_code, dict(error.headers or {}), reply.media)

    @app.exception_handler(Exception)
    async def failed(request: Request, error: Exception) -> Response:
        complain("request", error)
        reply = Refused(
            "unavailable", "De hub kon dit nu niet verwerken. Wat is bevestigd, is bewaard; stuur hetzelfde opnieuw."
        ).reply()
        return Response(reply.body, 500, media_type=reply.media)


def _log_routes(app: FastAPI, hub: Hub) -> None:
    region = hub.region

    @app.get("/healthz")
    async def health() -> Response:
        return response(region.health())

    @app.get("/v1/snapshot")
    async def snapshot(who: Who, page: Annotated[str | None, Query(max_length=120)] = None) -> Response:
        return response(await hub.ask(lambda: region.snapshot(who, page)))

    @app.get("/v1/changes")
    async def changes(
        who: Who,
        since: Annotated[str, Query(max_length=120)],
        limit: Annotated[int, Query(ge=1, le=CHANGES_LIMIT)] = CHANGES_LIMIT,
        wait: Wait = 0.0,
    ) -> Response:
        return await hub.until_new(lambda: region.changes(who, since, limit), wait)

    @app.get("/v1/digest")
    async def digest(who: Who) -> Response:
        return response(await hub.ask(lambda: region.digest(who)))

    @app.get("/v1/stream")
    async def stream(
        who: Who,
        since: Annotated[str | None, Query(max_length=120)] = None,
        last_event_id: Annotated[str | None, Header(alias="Last-Event-ID", max_length=120)] = None,
    ) -> Response:
        hub.fanout.bind()
        start = last_event_id or since
        cursor = await hub.ask(lambda: region.place(who, start if start is not None else str(region.head())))
        reader = Reader()
        return EventStream(reader, hub.fanout, hub.catch_up(reader, cursor))


def _desk_routes(app: FastAPI, hub: Hub) -> None:
    region = hub.region

    @app.post("/v1/commands")
    async def commands(
        request: Request,
        who: Who,
        key: Key = None,
        if_match: Annotated[str | None, Header(alias="If-Match", max_length=128)] = None,
    ) -> Response:
        raw = await read_body(request)
        return response(
            await hub.ask(lambda: region.command(who, raw, idempotency_key=unquoted(key), if_match=if_match))
        )

    @app.put("/v1/desks/{desk_id}")
    async def heartbeat(request: Request, who: Who, desk_id: CallId) -> Response:
        raw = await read_body(request)
        return response(await hub.ask(lambda: region.heartbeat(who, desk_id, raw)))

    @app.post("/v1/audit")
    async def audit(request: Request, who: Who) -> Response:
        raw = await read_body(request, AUDIT_LIMIT)
        return response(await hub.ask(lambda: region.audit(who, raw)))

    @app.get("/v1/calls/{call_id}")
    async def call(who: Who, call_id: CallId) -> Response:
        return response(await hub.ask(lambda: region.call_record(who, call_id)))


def _source_routes(app: FastAPI, hub: Hub) -> None:
    region = hub.region

    @app.post("/v1/calls")
    async def new_call(request: Request, who: Who, key: Key = None) -> Response:
        raw = await read_body(request)
        return response(await hub.ask(lambda: region.new_call(who, raw, idempotency_key=unquoted(key))))

    @app.post("/v1/intake/fhir")
    async def referral(request: Request, who: Who) -> Response:
        raw = await read_body(request, REFERRAL_LIMIT)
        check_referral(who, raw)
        read = await asyncio.to_thread(_read_referral, raw)
        return response(await hub.ask(lambda: region.new_referral(who, raw, read)))

    @app.put("/v1/capacity/{unit_id}")
    async def capacity(request: Request, who: Who, unit_id: CallId, key: Key = None) -> Response:
        raw = await read_body(request)
        return response(await hub.ask(lambda: region.put_capacity(who, unit_id, raw, idempotency_key=unquoted(key))))


def _handoff_routes(app: FastAPI, hub: Hub) -> None:
    region = hub.region

    @app.post("/v1/handoffs")
    async def handoff(request: Request, who: Who, key: Key = None) -> Response:
        raw = await read_body(request)
        reply = await hub.ask(lambda: region.handoff(who, raw, idempotency_key=unquoted(key)))
        hub.lines.wake()
        return response(reply)

    @app.get("/v1/handoffs/{handoff_id}")
    async def status(who: Who, handoff_id: HandoffId) -> Response:
        return response(await hub.ask(lambda: region.handoff_status(who, handoff_id)))

    @app.get("/v1/handoffs/{handoff_id}/events")
    async def events(
        who: Who,
        handoff_id: HandoffId,
        after: Annotated[int, Query(ge=-1, le=2**53)] = 0,
        wait: Wait = 0.0,
    ) -> Response:
        return await hub.until_new(lambda: region.handoff_events(who, handoff_id, after), wait)

    @app.post("/v1/handoffs/{handoff_id}/events")
    async def pass_on(request: Request, who: Who, handoff_id: HandoffId) -> Response:
        raw = await read_body(request)
        return response(await hub.ask(lambda: region.pass_on_events(who, handoff_id, raw)))

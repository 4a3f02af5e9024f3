"""The gateway over HTTP: a thin FastAPI app that reads tokens and bodies, asks `Gateway`, and writes answers.

It knows no rules of a handoff; what a person sees of it is in `page`.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import FastAPI, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from zcc_console.core.errors import ConfigError
from zcc_console.core.jsontext import NotJson, read_object
from zcc_console.core.jsontypes import Json, as_list, as_object
from zcc_console.core.receiving import BODY_LIMIT
from zcc_console.rav.access import READERS, SENDERS, Problem, Tokens, answer, problem
from zcc_console.rav.behaviour import Behaviour
from zcc_console.rav.gateway import Gateway, Refusal
from zcc_console.rav.page import add_pages

LONGEST_WAIT_S = 60.0
BODY_WAIT_S = 20.0
"""How long a body may take to come in."""

LOOK_S = 0.25
"""How often the server looks whether another process (a command beside it) wrote to the database."""
IDLE_S = 5.0
"""How long it looks no further when nothing is planned."""


class Wake:
    """Wakes whoever waits for a change, from any thread."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._event = asyncio.Event()

    def bind(self) -> None:
        """Remember the running loop."""
        self._loop = asyncio.get_running_loop()

    def ring(self) -> None:
        """Something changed."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._ring)

    def _ring(self) -> None:
        self._event.set()
        self._event = asyncio.Event()

    def ticket(self) -> asyncio.Event:
        """Take it before looking; it rings for every change after that."""
        return self._event

    async def wait(self, ticket: asyncio.Event, seconds: float) -> None:
        """Until something has changed since the ticket was taken, at most so long."""
        try:
            async with asyncio.timeout(seconds):
                await ticket.wait()
        except TimeoutError:
            return


After = Annotated[int, Query(ge=-(2**53), le=2**53)]

Pusher = Callable[[Wake], Coroutine[None, None, None]]
"""Tells the hub of events until it is cancelled."""


def make_app(gateway: Gateway, tokens: Tokens, *, pusher: Pusher | None = None) -> FastAPI:
    """The app on a gateway."""
    wake = Wake()
    gateway.on_change(wake.ring)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        wake.bind()
        tasks = [asyncio.create_task(_keep_time(gateway, wake))]
        if pusher is not None:
            tasks.append(asyncio.create_task(pusher(wake)))
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    app = FastAPI(title="RAV-gateway", version="1", docs_url=None, redoc_url=None, lifespan=lifespan)
    app.state.wake = wake
    _handlers(app)
    _routes(app, gateway, tokens, wake)
    add_pages(app, gateway, tokens)
    return app


async def _keep_time(gateway: Gateway, wake: Wake) -> None:
    """Lets the simulated dispatchers work, and notices what commands beside this process wrote."""
    loop = asyncio.get_running_loop()
    seen, due, ticket = -1, 0.0, wake.ticket()
    while True:
        try:
            version = await run_in_threadpool(gateway.version)
            if version != seen or ticket.is_set() or loop.time() >= due:
                if version != seen:
                    wake.ring()
                seen, ticket = version, wake.ticket()
                after = await run_in_threadpool(gateway.tick)
                due = loop.time() + (IDLE_S if after is None else after)
        except Exception as error:  # a busy disk passes; the gateway goes on serving
            _complain(error)
            due = loop.time() + LOOK_S
        await wake.wait(ticket, min(LOOK_S, max(due - loop.time(), 0.0)))


def _complain(error: BaseException) -> None:
    """One line without the error's text: it may hold a patient's words."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}" if trace else "?"
    sys.stderr.write(f"rav: {type(error).__name__} in {where}\n")


def _handlers(app: FastAPI) -> None:
    @app.exception_handler(Problem)
    async def on_problem(request: Request, error: Problem) -> Response:
        response = problem(error.status, error.slug, error.detail, **error.more)
        if error.status == 401:
            response.headers["WWW-Authenticate"] = "Bearer"
        return response

    @app.exception_handler(RequestValidationError)
    async def on_invalid(request: Request, error: RequestValidationError) -> Response:
        fields: list[Json] = [
            {"field": ".".join(str(part) for part in entry["loc"]), "message": "niet leesbaar"}
            for entry in error.errors()
        ]
        return problem(400, "invalid", "De aanvraag is niet leesbaar. Er is niets gewijzigd.", errors=fields)

    @app.exception_handler(HTTPException)
    async def on_http(request: Request, error: HTTPException) -> Response:
        slug = {404: "not-found", 405: "method-not-allowed"}.get(error.status_code, "invalid")
        return problem(
            error.status_code, slug, "Dit adres of deze methode heeft de gateway niet. Er is niets gewijzigd."
        )

    @app.exception_handler(Exception)
    async def on_failure(request: Request, error: Exception) -> Response:
        _complain(error)
        return problem(500, "failure", "De gateway kon dit nu niet vastleggen. Bel de meldkamer.")


async def read_body(request: Request, *, unique: bool = False) -> dict[str, Json]:
    """The JSON object of a request; with `unique`, none that has a name twice (a handoff is not refused for that).

    Raises:
        Problem: 413 above 64 KiB, 400 where it is no JSON object, 503 where it does not come in time.
    """
    raw = bytearray()
    try:
        async with asyncio.timeout(BODY_WAIT_S):
            async for chunk in request.stream():
                raw += chunk
                if len(raw) > BODY_LIMIT:
                    raise Problem(
                        413, "too-large", "Het bericht is groter dan 64 KiB en niet bewaard. Bel de meldkamer."
                    )
    except TimeoutError:
        raise Problem(
            503, "unavailable", "Het bericht kwam niet op tijd en is niet bewaard. Bel de meldkamer."
        ) from None
    body = read_object(bytes(raw), limit=BODY_LIMIT, unique=unique)
    if isinstance(body, NotJson):
        raise Problem(400, "invalid", f"Het bericht is {body.reason}, en niet bewaard. Bel de meldkamer.")
    return body


def _routes(app: FastAPI, gateway: Gateway, tokens: Tokens, wake: Wake) -> None:
    exercise = gateway.identity.exercise

    async def as_switched(request: Request) -> Behaviour:
        """How to answer; does not return while the simulation wants silence."""
        while True:
            ticket = wake.ticket()
            behaviour = await run_in_threadpool(gateway.behaviour)
            if not (exercise and behaviour.hang):
                return behaviour
            if await request.is_disconnected():
                raise Problem(503, "unavailable", "De aanvrager is weg.")
            await wake.wait(ticket, 1.0)

    @app.get("/healthz")
    async def healthz() -> Response:
        identity = gateway.identity
        return answer(200, {"status": "ok", "id": identity.id, "name": identity.name, "exercise": exercise})

    @app.post("/v1/handoffs", status_code=202)
    async def receive(request: Request) -> Response:
        route = tokens.sender(request, SENDERS)
        body = await read_body(request)
        behaviour = await as_switched(request)
        if exercise and (behaviour.refuse or (behaviour.refuse_next and await run_in_threadpool(gateway.refuses_one))):
            raise Problem(503, "unavailable", "De gateway is even niet beschikbaar. Bel de meldkamer.")
        key = request.headers.get("idempotency-key")
        if key is not None and key.strip('" ') != body.get("message_id"):
            raise Problem(
                400, "invalid", "Idempotency-Key is niet de message_id. Er is niets bewaard; bel de meldkamer."
            )
        taken = await run_in_threadpool(gateway.receive, body, route)
        if isinstance(taken, Refusal):
            return _refused(taken)
        if exercise and behaviour.answer_after_s.high > 0:
            await asyncio.sleep(await run_in_threadpool(gateway.answer_delay))
        if taken.duplicate:
            return problem(409, "duplicate", "Dit bericht is hier al.", **taken.json())
        return answer(202, taken.json())

    def _refused(refusal: Refusal) -> Response:
        if refusal.slug == "exercise":
            detail = "Dit is een oefenmeldkamer; zij neemt geen echt bericht en heeft niets bewaard. Bel de meldkamer."
            return problem(422, "exercise", detail, exercise=True)
        fields: list[Json] = [{"field": name, "message": message} for name, message in refusal.errors]
        return problem(
            400, "invalid", "Verplichte velden ontbreken; het bericht is niet bewaard. Bel de meldkamer.", errors=fields
        )

    @app.get("/v1/handoffs/{handoff_id}")
    async def handoff(request: Request, handoff_id: str) -> Response:
        tokens.sender(request, READERS)
        await as_switched(request)
        found = await run_in_threadpool(gateway.handoff, handoff_id)
        if found is None:
            raise Problem(404, "not-found", "Deze overdracht is hier niet.")
        return answer(200, found)

    @app.get("/v1/handoffs/{handoff_id}/events")
    async def events(request: Request, handoff_id: str, after: After = 0, wait: float = 0.0) -> Response:
        tokens.sender(request, READERS)
        await as_switched(request)
        loop = asyncio.get_running_loop()
        until = loop.time() + (min(wait, LONGEST_WAIT_S) if wait > 0 else 0.0)
        while True:
            ticket = wake.ticket()
            found = await run_in_threadpool(gateway.events, handoff_id, max(after, 0))
            if found is None:
                raise Problem(404, "not-found", "Deze overdracht is hier niet.")
            left = until - loop.time()
            if found or left <= 0 or await request.is_disconnected():
                return answer(200, {"handoff_id": handoff_id, "exercise": exercise, "events": list(found)})
            await wake.wait(ticket, min(left, 1.0))

    @app.post("/v1/handoffs/{handoff_id}/events")
    async def passed_on(request: Request, handoff_id: str) -> Response:
        route = tokens.sender(request, SENDERS)
        brought = [as_object(entry) for entry in as_list((await read_body(request)).get("events"))]
        who = route.kind if route.who is None else f"{route.kind} {route.who}"
        kept = await run_in_threadpool(gateway.pass_on, handoff_id, brought, who)
        if kept is None:
            raise Problem(404, "not-found", "Deze overdracht is hier niet.")
        return answer(200, {"handoff_id": handoff_id, "kept": kept[0], "warnings": list(kept[1])})

    @app.get("/v1/simulator")
    async def switches(request: Request) -> Response:
        _dispatcher(request)
        return answer(200, (await run_in_threadpool(gateway.behaviour)).json())

    @app.post("/v1/simulator")
    async def switch(request: Request) -> Response:
        _dispatcher(request)
        patch = await read_body(request, unique=True)
        reset = patch.pop("reset", False) is True
        try:
            behaviour = await run_in_threadpool(lambda: gateway.switch(patch, reset=reset))
        except ConfigError as error:
            raise Problem(400 if exercise else 403, "invalid" if exercise else "not-allowed", str(error)) from None
        return answer(200, behaviour.json())

    def _dispatcher(request: Request) -> None:
        if not tokens.is_dispatcher(tokens.of(request)):
            raise Problem(403, "not-allowed", "Dit token speelt geen meldkamer.")

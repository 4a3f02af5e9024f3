"""A small page that shows what arrived: plain HTML that refreshes itself, no assets from elsewhere, every word from
outside escaped. It asks for a token once and keeps a session in an HttpOnly cookie; never a token in a URL."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from urllib.parse import parse_qs, quote

from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse

from zcc_console.core.jsontext import dump
from zcc_console.core.jsontypes import Json
from zcc_console.rav.access import Tokens
from zcc_console.rav.gateway import Gateway
from zcc_console.rav.rules import Act
from zcc_console.rav.summary import Line, line
from zcc_console.text import clean

COOKIE = "rav"
FORM_LIMIT = 8 * 1024
SESSIONS = 64
SHOWN = 60
REFRESH_S = 3
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
STYLE = """
body{font:15px/1.4 system-ui,sans-serif;margin:1rem;background:#fff;color:#222}h1{font-size:1.1rem;margin:0 0 .5rem}
table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;padding:.3rem .6rem;
border-bottom:1px solid #ddd}.waits td{background:#fff6e0}.mark{font-weight:bold;color:#a00000}
.exercise{background:#e8eef8;padding:.2rem .6rem;display:inline-block}.quiet{color:#666}form{display:inline}
button{font:inherit}pre{white-space:pre-wrap;overflow-wrap:anywhere;background:#f5f5f5;padding:.5rem}
input,select{font:inherit}
"""


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that showed a token; it dies with the process."""

    name: str
    form_key: str


class Sessions:
    """The signed-in browsers, newest kept."""

    def __init__(self) -> None:
        self._known: dict[str, Session] = {}

    def begin(self, name: str) -> str:
        """A new session's cookie."""
        while len(self._known) >= SESSIONS:
            self._known.pop(next(iter(self._known)))
        cookie = secrets.token_urlsafe(32)
        self._known[cookie] = Session(name, secrets.token_urlsafe(16))
        return cookie

    def of(self, request: Request) -> Session | None:
        """The browser's session."""
        return self._known.get(request.cookies.get(COOKIE, ""))

    def end(self, request: Request) -> None:
        """Forget the browser."""
        self._known.pop(request.cookies.get(COOKIE, ""), None)


def add_pages(app: FastAPI, gateway: Gateway, tokens: Tokens) -> None:
    """Put the page and its forms on the app."""
    sessions = Sessions()
    title = f"{gateway.identity.name} ({gateway.identity.id})"
    exercise = gateway.identity.exercise

    def page(content: str, *, refresh: bool = False, status: int = 200) -> HTMLResponse:
        again = f'<meta http-equiv="refresh" content="{REFRESH_S}">' if refresh else ""
        banner = '<p class="exercise">OEFENING: dit is geen echte meldkamer</p>' if exercise else ""
        return HTMLResponse(
            f'<!doctype html><html lang="nl"><head><meta charset="utf-8">{again}<title>{_safe(title)}</title>'
            f"<style>{STYLE}</style></head><body><h1>{_safe(title)}</h1>{banner}{content}</body></html>",
            status_code=status,
            headers=HEADERS,
        )

    def sign_in(note: str = "", status: int = 200) -> HTMLResponse:
        return page(
            f"<p>{_safe(note)}</p>"
            '<form method="post" action="/enter"><p><label>Uw naam <input name="name" maxlength="60" required></label>'
            '</p><p><label>Token <input name="token" type="password" autocomplete="off" required></label></p>'
            "<p><button>Openen</button></p></form>",
            status=status,
        )

    @app.get("/", include_in_schema=False)
    async def overview(request: Request) -> Response:
        session = sessions.of(request)
        if session is None:
            return sign_in()
        record = await run_in_threadpool(gateway.record, SHOWN)
        now = gateway.now()
        lines = [line(entry, now) for entry in record]
        switches = (await run_in_threadpool(gateway.behaviour)).switched_on() if exercise else {}
        return page(_overview(lines, switches, session), refresh=True)

    @app.get("/overdracht/{handoff_id}", include_in_schema=False)
    async def one(request: Request, handoff_id: str) -> Response:
        session = sessions.of(request)
        if session is None:
            return sign_in()
        record = await run_in_threadpool(gateway.whole, handoff_id)
        if record is None:
            return page('<p>Deze overdracht is hier niet. <a href="/">Terug</a></p>', status=404)
        return page(_one(line(record, gateway.now()), record, session))

    @app.post("/enter", include_in_schema=False)
    async def enter(request: Request) -> Response:
        form = await _form(request)
        entry = tokens.entry(form.get("token", "").strip())
        name = form.get("name", "").strip()
        if entry is None or not tokens.is_dispatcher(entry) or not name:
            return sign_in("Dit token opent deze pagina niet, of de naam ontbreekt. Probeer het opnieuw.", 403)
        response = RedirectResponse("/", status_code=303, headers=HEADERS)
        response.set_cookie(COOKIE, sessions.begin(name[:60]), httponly=True, samesite="strict", path="/")
        return response

    @app.post("/leave", include_in_schema=False)
    async def leave(request: Request) -> Response:
        sessions.end(request)
        response = RedirectResponse("/", status_code=303, headers=HEADERS)
        response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
        return response

    @app.post("/act", include_in_schema=False)
    async def act(request: Request) -> Response:
        session = sessions.of(request)
        form = await _form(request)
        if session is None or not hmac.compare_digest(form.get("key", "").encode(), session.form_key.encode()):
            return sign_in("Meld u opnieuw aan.", 403)
        handoff_id, what = form.get("handoff", ""), form.get("what", "")
        if what not in {entry.value for entry in Act}:
            return page('<p>Dat kan niet. <a href="/">Terug</a></p>', status=400)
        try:
            await run_in_threadpool(
                lambda: gateway.act(
                    handoff_id,
                    Act(what),
                    by=session.name,
                    reference=form.get("reference", "").strip()[:40] or None,
                    reason=form.get("reason", "").strip()[:200] or None,
                )
            )
        except KeyError:
            return page('<p>Deze overdracht is hier niet. <a href="/">Terug</a></p>', status=404)
        return RedirectResponse("/", status_code=303, headers=HEADERS)


async def _form(request: Request) -> dict[str, str]:
    """The fields of a plain form; one that is too large or unreadable has none."""
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > FORM_LIMIT:
            return {}
    try:
        fields = parse_qs(raw.decode("ascii"), max_num_fields=20)
    except ValueError:
        return {}
    return {name: values[0] for name, values in fields.items()}


def _safe(text: str, limit: int = 300) -> str:
    return escape(clean(text, limit))


def _overview(lines: list[Line], switches: Mapping[str, Json], session: Session) -> str:
    rows = "".join(_row(entry, session) for entry in lines)
    on = "".join(f"<li>{_safe(name)} = {_safe(dump(value))}</li>" for name, value in switches.items())
    simulated = f'<p class="quiet">Schakelaars:</p><ul class="quiet">{on}</ul>' if on else ""
    empty = "" if lines else "<p>Er is nog niets binnengekomen.</p>"
    return (
        f'<p class="quiet">{_safe(session.name)} '
        '<form method="post" action="/leave"><button>Afmelden</button></form></p>'
        f"{simulated}{empty}<table><tr><th>Kenmerk</th><th>Urg</th><th>Stand</th><th>Eigen nr</th><th>Om</th>"
        f"<th>Waar, wie, waarom</th><th>Terugbellen</th><th></th></tr>{rows}</table>"
    )


def _row(entry: Line, session: Session) -> str:
    marks = "".join(f'<div class="mark">{_safe(mark)}</div>' for mark in entry.marks)
    reason = f'<div class="quiet">{_safe(entry.reason)}</div>' if entry.reason else ""
    kind = " (oefening)" if entry.exercise else ""
    return (
        f"<tr{' class=waits' if entry.waits else ''}>"
        f'<td><a href="/overdracht/{escape(quote(entry.id, safe=""))}">{_safe(entry.reference)}</a></td>'
        f"<td>{_safe(entry.urgency)}</td><td>{_safe(entry.state)}{kind}{reason}</td><td>{_safe(entry.own_reference)}</td>"
        f"<td>{_safe(entry.received)}</td><td>{marks}{_safe(entry.where)}<br>{_safe(entry.who)}<br>{_safe(entry.why)}</td>"
        f"<td>{_safe(entry.callback)}</td><td>{_button(entry, session, Act.OPEN, 'Openen')} "
        f"{_button(entry, session, Act.ACCEPT, 'Accepteren')}</td></tr>"
    )


def _button(entry: Line, session: Session, what: Act, label: str, fields: str = "") -> str:
    return (
        f'<form method="post" action="/act"><input type="hidden" name="key" value="{escape(session.form_key)}">'
        f'<input type="hidden" name="handoff" value="{escape(entry.id)}">'
        f'<input type="hidden" name="what" value="{what.value}">{fields}<button>{label}</button></form>'
    )


def _one(entry: Line, record: Mapping[str, Json], session: Session) -> str:
    reason = '<input name="reason" maxlength="200" placeholder="reden" required> '
    recalled = '<input type="hidden" name="reason" value="recalled">'
    reference = '<input name="reference" maxlength="40" placeholder="eigen nummer (leeg: vanzelf)"> '
    parts = "".join(
        f"<h2>{name}</h2><pre>{escape(_pretty(record.get(key)))}</pre>"
        for name, key in (("Berichten", "messages"), ("Gebeurtenissen", "events"), ("Aankomsten", "arrivals"))
    )
    return (
        f'<p><a href="/">Terug</a></p><table>{_row(entry, session)}</table>'
        f"<p>{_button(entry, session, Act.ACCEPT, 'Accepteren', reference)}</p>"
        f"<p>{_button(entry, session, Act.REJECT, 'Weigeren', reason)}</p>"
        f"<p>{_button(entry, session, Act.CLOSE, 'Afsluiten op herroeping', recalled)} "
        f"{_button(entry, session, Act.CLOSE, 'Afsluiten', '')}</p>{parts}"
    )


def _pretty(value: object) -> str:
    """Every field of every message, one a line, each value cleaned."""
    return "\n".join(_flat("", value))


def _flat(path: str, value: object) -> list[str]:
    if isinstance(value, Mapping):
        return [row for name, entry in value.items() for row in _flat(f"{path}.{name}" if path else str(name), entry)]
    if isinstance(value, list):
        return [row for number, entry in enumerate(value) for row in _flat(f"{path}[{number}]", entry)]
    return [f"{clean(path, 120)}: {clean(str(value) if value is not None else '-', 1000)}"]

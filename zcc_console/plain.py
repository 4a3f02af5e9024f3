"""Line mode: the same desk without a screen, for screen readers, dumb terminals and lines on which no screen works.

One command a line, one answer; what changes of a handoff is said by itself. It is a front end of `desk` and `protocols`
alone: everything it decides is as durable as on the screen.
"""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Callable
from pathlib import Path

import click

from zcc_console.core.clock import local_hm
from zcc_console.core.config import Profile, load_profile
from zcc_console.core.errors import ZccError
from zcc_console.core.files import data_dir
from zcc_console.desk.desk import Desk
from zcc_console.desk.rows import CallRow, HandoffView
from zcc_console.desk.words import distance
from zcc_console.protocols.library import open_library
from zcc_console.protocols.model import ProtocolSet
from zcc_console.protocols.search import find_complaints
from zcc_console.protocols.session import Session, Step
from zcc_console.text import clean

HELP = """\
  rij                     de wachtrij                      volgende            neem de eerste vrije oproep
  toon NUMMER             alles van een oproep             neem NUMMER         neem deze oproep
  triage NUMMER           vragen en urgentie               notitie NUMMER tekst
  rav NUMMER              NAAR RAV, meteen                 herroep NUMMER [reden]
  gebeld NUMMER ja|nee NAAM [KENMERK]                      de RAV is per telefoon gesproken
  kaart NUMMER            wat u de RAV voorleest           plaatsen SOORT      elv, seh, ggz, …
  terug NUMMER reden      zet terug in de rij              sluit NUMMER uitkomst
  stand                   verbinding en overdrachten       stop                verlaat de regelmodus"""


class LineDesk:
    """Reads commands from one file and writes answers to another."""

    def __init__(self, desk: Desk, write: Callable[[str], None], protocols: ProtocolSet | None) -> None:
        self.desk = desk
        self._write = write
        self._protocols = protocols
        self._told: dict[str, str] = {}
        self._session: tuple[str, Session] | None = None
        self.left = False

    def say(self, text: str) -> None:
        """One line, cleaned once more: nothing from outside may steer a terminal."""
        for line in text.split("\n"):
            self._write(clean(line, 400) if line else "")

    def watch(self) -> None:
        """Say what changed of the handoffs at this desk, each change once."""
        self.desk.refresh()
        for view in self.desk.alarms():
            state = self._standing(view)
            if self._told.get(view.handoff_id) != state:
                self._told[view.handoff_id] = state
                self.say(f"RAV {view.number}: {state}")
                if view.card_due:
                    self.say(f"BEL NU {view.rav_name}: {view.rav_phone}   (lees voor: kaart {view.number})")

    @staticmethod
    def _standing(view: HandoffView) -> str:
        words = {
            "COMMITTED": "vastgelegd, nog niet verzonden",
            "SENT": "verzonden, nog niet ontvangen",
            "RECEIVED": "ontvangen, wacht op acceptatie",
            "OPENED": "geopend, wacht op acceptatie",
            "ACCEPTED": f"GEACCEPTEERD {view.rav_reference} {view.by}".rstrip(),
            "REJECTED": f"GEWEIGERD: {view.reason}",
            "CLOSED": f"afgesloten: {view.reason}",
        }
        spoken = {"accepted": "; per telefoon overgedragen", "refused": "; per telefoon geweigerd"}
        alarm = {"amber": " (nog niet bevestigd)", "voice": " (BELLEN)"}
        return (
            words[view.standing.state.value]
            + spoken.get(view.standing.voice_outcome or "", "")
            + alarm.get(view.reading.alarm.value, "")
        )

    def obey(self, line: str) -> None:
        """Do what one line says; an error is one sentence and changes nothing."""
        words = line.split()
        if self._session is not None and words and (words[0].isdigit() or words[0] in ("weg", "klaar")):
            self._answer(words[0])
            return
        if not words:
            return
        command, rest = words[0].lower(), words[1:]
        action = {
            "rij": self._queue,
            "volgende": self._next,
            "toon": self._show,
            "neem": self._take,
            "triage": self._triage,
            "klacht": self._complaint,
            "notitie": self._note,
            "rav": self._handoff,
            "herroep": self._recall,
            "gebeld": self._spoken,
            "kaart": self._card,
            "plaatsen": self._places,
            "terug": self._release,
            "sluit": self._close,
            "stand": self._stand,
            "stop": self._stop,
            "help": self._help,
            "?": self._help,
        }.get(command)
        if action is None:
            self.say(f"Onbekend: {command}. Typ help.")
            return
        try:
            action(rest)
        except ZccError as error:
            self.say(str(error))

    # -- commands -----------------------------------------------------------------------------------------------------

    def _find(self, rest: list[str]) -> CallRow | None:
        wanted = rest[0] if rest else ""
        for call_id, call in self.desk.picture.calls():
            if call.get("number") == wanted or call_id == wanted:
                return self.desk.row(call_id)
        self.say(f"Geen oproep {wanted or 'genoemd'}.")
        return None

    def _queue(self, rest: list[str]) -> None:
        rows = self.desk.queue()
        self.say(f"{len(rows)} oproepen.")
        for row in rows:
            holder = f" bij desk {row.claim.desk_id}" if row.claim else ""
            mark = "" if row.triaged else "?"
            self.say(
                f"{row.number}  {row.label}{mark}  wacht {distance(row.wait_s)}{row.norm}  {row.who}  {row.reason}, {row.town}{holder}"
            )

    def _next(self, rest: list[str]) -> None:
        call_id = self.desk.claim_next()
        row = self.desk.row(call_id) if call_id else None
        self.say(f"U hebt {row.number}: {row.who}, {row.reason}." if row else "Er wacht niemand.")

    def _take(self, rest: list[str]) -> None:
        row = self._find(rest)
        if row is not None:
            self.desk.claim(row.id)
            self.say(f"{row.number} genomen; nog niet bevestigd door de regio.")

    def _show(self, rest: list[str]) -> None:
        row = self._find(rest)
        view = self.desk.call(row.id) if row else None
        if row is None or view is None:
            return
        self.desk.viewed(row.id)
        lines = [
            f"{row.number} {row.label}{'' if row.triaged else '?'} {row.who} {view.name}",
            f"belt: {view.caller}   terug: {view.callback_number}",
            f"adres: {view.address} {view.access}",
            f"reden: {view.reason}",
            *(f"let op: {alert}" for alert in view.alerts),
            *(f"notitie: {note.text}" for note in view.notes),
        ]
        for line in lines:
            self.say(line)

    def _note(self, rest: list[str]) -> None:
        row = self._find(rest)
        if row is not None and len(rest) > 1:
            self.desk.note(row.id, " ".join(rest[1:]))
            self.say("Vastgelegd.")

    def _handoff(self, rest: list[str]) -> None:
        row = self._find(rest)
        if row is None:
            return
        try:
            self.say(self.desk.press_handoff(row.id).says)
        except ZccError as error:
            rav = self.desk.profile.default_rav
            self.say(f"NIET VASTGELEGD. BEL NU {rav.name}: {rav.phone}. {error}")

    def _recall(self, rest: list[str]) -> None:
        row = self._find(rest)
        view = self.desk.handoff(row.id) if row else None
        if view is None:
            self.say("Er is geen overdracht van deze oproep.")
            return
        self.desk.recall(view.handoff_id, " ".join(rest[1:]))
        self.say("Herroeping vastgelegd; de meldkamer beslist. Zonder antwoord binnen 30 seconden: bellen.")

    def _spoken(self, rest: list[str]) -> None:
        row = self._find(rest)
        view = self.desk.handoff(row.id) if row else None
        if view is None or len(rest) < 3 or rest[1] not in ("ja", "nee"):
            self.say("Gebruik: gebeld NUMMER ja|nee NAAM [KENMERK]")
            return
        outcome = "accepted" if rest[1] == "ja" else "refused"
        self.desk.record_voice(view.handoff_id, spoke_to=rest[2], reference=" ".join(rest[3:]), outcome=outcome)
        self.say("Telefonische overdracht vastgelegd.")

    def _card(self, rest: list[str]) -> None:
        row = self._find(rest)
        view = self.desk.handoff(row.id) if row else None
        if view is not None:
            self.say(f"BEL {view.rav_name}: {view.rav_phone}")
            for label, text in self.desk.voice_card(view):
                self.say(f"{label}: {text}")

    def _places(self, rest: list[str]) -> None:
        for unit in self.desk.places_for(rest[0] if rest else "", None):
            age = distance(unit.age_s) if unit.age_s is not None else "?"
            self.say(
                f"{unit.kind} {unit.provider} {unit.place}: {unit.amount or '–'} {unit.word}, {age} oud {unit.mark} {unit.phone}"
            )

    def _release(self, rest: list[str]) -> None:
        row = self._find(rest)
        if row is not None:
            self.desk.release(row.id, " ".join(rest[1:]) or "teruggezet")
            self.say("Teruggezet in de rij.")

    def _close(self, rest: list[str]) -> None:
        row = self._find(rest)
        if row is not None:
            self.desk.close_call(row.id, " ".join(rest[1:]) or "afgesloten")
            self.say("Afgesloten.")

    def _stand(self, rest: list[str]) -> None:
        link = self.desk.link()
        age = f"{link.age_s:.0f} s" if link.age_s is not None else "nooit"
        self.say(f"{link.link.value}, laatste teken {age}; {self.desk.undelivered()} nog te bezorgen. {link.note}")
        for view in self.desk.handoffs():
            at = local_hm(view.pressed_at) if view.pressed_at else ""
            self.say(f"{at} {view.number} {view.urgency} {view.who}: {self._standing(view)}")

    def _stop(self, rest: list[str]) -> None:
        self.left = True
        self.say(f"Tot ziens; {self.desk.undelivered()} nog te bezorgen, de koerier gaat door.")

    def _help(self, rest: list[str]) -> None:
        for line in HELP.split("\n"):
            self._write(line)

    # -- triage -------------------------------------------------------------------------------------------------------

    def _triage(self, rest: list[str]) -> None:
        row = self._find(rest)
        if row is None:
            return
        if self._protocols is None:
            self.say("De protocollen zijn niet geladen; beslis zelf en draag bij twijfel over met rav.")
            return
        draft = self.desk.draft(row.id)
        session = Session.resume(self._protocols, draft) if draft else Session.start(self._protocols).go(Step.ABCD)
        self._session = (row.id, session)
        if session.step is Step.COMPLAINT:
            self.say("Welke klacht? Typ: klacht WOORDEN")
        self._ask()

    def _complaint(self, rest: list[str]) -> None:
        if self._session is None or self._protocols is None:
            self.say("Begin met: triage NUMMER")
            return
        call_id, session = self._session
        hits = find_complaints(self._protocols, " ".join(rest))
        if not hits:
            self.say("Niets gevonden; probeer een ander woord.")
            return
        self._keep(call_id, session.choose(hits[0].protocol.id).go(Step.QUESTIONS))
        self.say(f"Klacht: {hits[0].protocol.titles.nl}")
        self._ask()

    def _ask(self) -> None:
        assert self._session is not None
        session = self._session[1]
        question = session.asking
        self.say(f"Nu: {session.urgency.label} {session.urgency.word}")
        if question is None:
            what = (
                "Welke klacht? Typ: klacht WOORDEN" if not session.triage.complaints else "Alles gevraagd. Typ: klaar"
            )
            self.say(what)
            return
        self.say(question.ask.nl)
        for number, option in enumerate(question.options, start=1):
            self.say(f"  {number}  {option.text.nl}")
        self.say("  0  weet niet")

    def _answer(self, word: str) -> None:
        assert self._session is not None
        call_id, session = self._session
        if word == "weg":
            self._session = None
            self.say("Bewaard; triage NUMMER gaat hier verder.")
            return
        if word == "klaar":
            self.desk.triage(call_id, session.to_triage_data())
            self._session = None
            self.say(f"Triage vastgelegd: {session.urgency.label}.")
            return
        self._keep(call_id, session.press(word))
        self._ask()

    def _keep(self, call_id: str, session: Session) -> None:
        self.desk.save_draft(call_id, session.to_draft())
        self._session = (call_id, session)


def load_protocols(profile: Profile) -> tuple[ProtocolSet | None, str]:
    """The profile's protocol set, and what a person must know of how it was found."""
    named = Path(profile.protocol_set)
    source = named if named.is_absolute() else data_dir() / "protocols" / profile.protocol_set
    try:
        opened = open_library(source, profile.state_dir)
    except ZccError as error:
        return None, str(error)
    return opened.protocols, opened.notice or ""


@click.command()
@click.option("--profile", "profile_path", type=click.Path(path_type=Path, dir_okay=False), required=True)
def plain(profile_path: Path) -> None:
    """Regelmodus: één opdracht per regel. Typ help."""
    from zcc_console.courier.start import ensure_courier

    profile = load_profile(profile_path.absolute())
    ensure_courier(profile)
    desk = Desk.open(profile)
    protocols, notice = load_protocols(profile)
    lines = LineDesk(desk, lambda line: click.echo(line), protocols)
    try:
        lines.say(
            f"{profile.zcc}, desk {profile.desk_id}, {profile.user_name}. {'OEFENING. ' if profile.exercise else ''}DEMO-protocollen. {notice}"
        )
        lines.obey("stand")
        _loop(lines)
    finally:
        desk.close()


def _loop(lines: LineDesk) -> None:
    """Read commands as they come; look at the handoffs every second."""
    waiting = ""
    while not lines.left:
        ready, _, _ = select.select([sys.stdin], [], [], 1.0)
        if ready:
            data = os.read(sys.stdin.fileno(), 4096)
            if not data:
                return
            waiting += data.decode("utf-8", "replace")
            *whole, waiting = waiting.split("\n")
            for line in whole:
                lines.obey(line)
        lines.watch()

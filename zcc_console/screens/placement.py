"""Plaatsing: a professional seeks a place. Kind of care → places that fit → reserve → who said yes → what was promised.

Only what a named person of the provider said yes to is an arranged place; the screen never says so earlier.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from rich.style import Style
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.strip import Strip

from zcc_console.core.clock import local_hm
from zcc_console.core.freshness import CATEGORIES
from zcc_console.core.jsontypes import Json
from zcc_console.desk.rows import CallView, Change, ReservationRow
from zcc_console.desk.words import CATEGORIES_LONG
from zcc_console.screens.frame import ConsoleScreen
from zcc_console.screens.newcall import sex_and_age
from zcc_console.widgets.bindings import bindings
from zcc_console.widgets.call_detail import detail_rule, place_word
from zcc_console.widgets.heading import Heading
from zcc_console.widgets.pane import Pane
from zcc_console.widgets.rule import Piece, rule
from zcc_console.widgets.say_line import Grade
from zcc_console.widgets.triage_line import Line
from zcc_console.widgets.unit_view import UnitView

FIRST: Final = "elv"
"""What is asked for most; the arrows turn to the others."""
HELD: Final = ("aangevraagd", "held", "confirmed")
GIVE_BACK_WHY: Final = ("patiënt gaat elders heen", "niet meer nodig", "vergissing")


class PromisesPane(Pane):
    """For whom a place is sought, and what was promised by whom."""

    DEFAULT_CSS: ClassVar[str] = "PromisesPane { height: 9; margin: 1 0 0 0; }"

    def __init__(self) -> None:
        super().__init__(id="promises")
        self.view: CallView | None = None

    def show(self, view: CallView | None) -> None:
        """Show the call a place is sought for."""
        self.view = view
        self.redraw()

    def draw(self, width: int, height: int) -> Sequence[Strip]:
        palette, view = self.palette, self.view
        if view is None:
            text = "Nog geen oproep open: bij het reserveren vraagt dit scherm voor wie."
            return [rule(width, palette, "VOOR WIE"), Line(width).to(2).put(text, palette.dim).strip()]
        lines = [detail_rule(view, width, palette)]
        for label, fact in (("belt", view.caller), ("terug", view.callback_number), ("reden", view.reason)):
            if fact:
                lines.append(Line(width).to(2).field(label, 9, palette.dim).put(fact, palette.normal).strip())
        lines.append(rule(width, palette, "AFGESPROKEN"))
        shown = [entry for entry in view.reservations if entry.state in (*HELD, "geweigerd")]
        lines += [self._promise(entry, width) for entry in shown]
        if not shown:
            lines.append(Line(width).to(2).put("nog niets", palette.dim).strip())
        return lines[:height]

    def _promise(self, entry: ReservationRow, width: int) -> Strip:
        palette = self.palette
        style: Style = {"confirmed": palette.good, "geweigerd": palette.u1}.get(entry.state, palette.warn)
        line = Line(width).to(2).put(entry.unit, palette.strong).put("  ").put(place_word(entry.state), style)
        if entry.agreed_with:
            line.put(f"  door {entry.agreed_with}", palette.normal)
        if entry.state == "held" and entry.until is not None:
            line.put(f"  tot {local_hm(entry.until)}", palette.dim)
        if entry.overbooked:
            line.put("  OVERBOEKT: bel de aanbieder", palette.u1)
        return line.put(" ↑" if entry.pending else "", palette.dim).strip()


class PlacementScreen(ConsoleScreen):
    """Seeking a place for a professional."""

    PLACE = "placement"
    BINDINGS: ClassVar[list[BindingType]] = bindings("placement")

    def __init__(self) -> None:
        super().__init__()
        self.category = FIRST

    def body(self) -> ComposeResult:
        self.heading = Heading()
        self.view = UnitView()
        self.promises = PromisesPane()
        yield self.heading
        yield self.view
        yield self.promises

    # -- showing ---------------------------------------------------------------------------------------------------

    def update(self, change: Change) -> None:
        call_id = self.console.open_call
        units = self.desk.places_for(self.category, call_id)
        self.view.show(units)
        self.promises.show(self.desk.call(call_id) if call_id is not None else None)
        room = sum(1 for unit in units if unit.has_room)
        left: list[Piece] = [
            ("PLAATSING", self.palette.title),
            (f"  {CATEGORIES_LONG[self.category]}", self.palette.strong),
        ]
        by = "ruimte, afstand, leeftijd" if call_id is not None else "ruimte, leeftijd"
        self.heading.show(left, f"{room} met plaats · op {by}")

    def highlighted(self) -> str | None:
        return self.console.open_call

    def subject(self, key_id: str) -> str | None:
        if key_id == "choose":
            return self.view.selected
        if key_id == "confirm":
            entry = self._newest("aangevraagd", "held")
            return entry.id if entry is not None else None
        if key_id == "give_back":
            entry = self._newest(*HELD)
            return entry.id if entry is not None else None
        return super().subject(key_id)

    def _newest(self, *states: str) -> ReservationRow | None:
        call_id = self.console.open_call
        view = self.desk.call(call_id) if call_id is not None else None
        found = [entry for entry in (view.reservations if view is not None else ()) if entry.state in states]
        return found[-1] if found else None

    # -- choosing --------------------------------------------------------------------------------------------------

    def action_cursor_up(self) -> None:
        self.view.move(-1)

    def action_cursor_down(self) -> None:
        self.view.move(1)

    def action_category_next(self) -> None:
        self._turn(1)

    def action_category_back(self) -> None:
        self._turn(-1)

    def _turn(self, by: int) -> None:
        there = [name for name in CATEGORIES if name != "rav"]
        self.category = there[(there.index(self.category) + by) % len(there)]
        self.show_all(Change(frozenset(), frozenset(), False, False))

    # -- deciding --------------------------------------------------------------------------------------------------

    def action_choose(self) -> None:
        unit = self.view.chosen
        if self.refuses("choose") or unit is None:
            return
        call_id = self.console.open_call
        if call_id is not None:
            refused = self.desk.may("reserve", call_id)
            if refused:
                self.say(refused, Grade.WARN)
                return
            self._reserve(unit.id, unit.provider, call_id, known=unit.has_room, phone=unit.phone)
            return

        def for_whom(text: str) -> None:
            made = self.decide(lambda: self.desk.create_call(placement_call(text, self.category)))
            if made is not None:
                self.console.open_call = made
                self.console.stand()
                self._reserve(unit.id, unit.provider, made, known=unit.has_room, phone=unit.phone)

        self.ask("voor wie", for_whom, hint="m 81, val thuis, huisarts Smit 06 1234 5678")

    def _reserve(self, unit_id: str, name: str, call_id: str, *, known: bool, phone: str) -> None:
        def reserve(agreed_with: str) -> None:
            if self.decide(lambda: self.desk.reserve(unit_id, call_id, agreed_with=agreed_with or None)) is not None:
                self.say(f"{name}: plaats aangevraagd. Bel {phone} en leg met v vast wie ja zei.", Grade.GOOD)

        if known:
            reserve("")
        else:
            self.ask(f"{name}: geen plaats bekend. Wie zei per telefoon ja?", reserve, hint=phone)

    def action_confirm(self) -> None:
        entry = self._newest("aangevraagd", "held")
        if self.refuses("confirm") or entry is None:
            return

        def confirmed(who: str) -> None:
            if self.decide(lambda: self.desk.confirm(entry.id, who)) is not None:
                self.say(
                    f"{entry.unit}: toezegging van {who} vastgelegd; zeker zodra de regio het bevestigt.", Grade.GOOD
                )

        self.ask(f"{entry.unit}: toegezegd door", confirmed, hint="naam en functie")

    def action_give_back(self) -> None:
        entry = self._newest(*HELD)
        if self.refuses("give_back") or entry is None:
            return

        def give_back(why: str) -> None:
            if self.decide(lambda: self.desk.release_reservation(entry.id, why)) is not None:
                self.say(f"{entry.unit}: plaats teruggegeven.", Grade.GOOD)

        self.ask(f"{entry.unit} teruggeven, want", give_back, usual=GIVE_BACK_WHY)

    def close(self) -> None:
        self.console.back()


def placement_call(text: str, category: str) -> dict[str, Json]:
    """The call of a professional who seeks a place, from one line of typing; the line itself is the reason."""
    sex, age = sex_and_age(text.partition(",")[0])
    return {
        "source": "professional",
        "reason": f"{CATEGORIES_LONG[category]} gezocht: {text}",
        "caller": {"name": None, "relation": None, "with_patient": None, "organisation": None},
        "callback_number": None,
        "patient": {"name": None, "age_years": age, "birth_date": None, "sex": sex, "pregnant": None, "risk": []},
        "location": {},
    }

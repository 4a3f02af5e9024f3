"""Capaciteit: every place of the region and its neighbours, with the age of what is known. It never shows an unknown number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, Final

from rich.style import Style
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.strip import Strip

from zcc_console.core.clock import local_hm
from zcc_console.core.freshness import CATEGORIES, Freshness
from zcc_console.desk.rows import Change, UnitRow
from zcc_console.desk.words import CATEGORIES_LONG
from zcc_console.screens.frame import ConsoleScreen
from zcc_console.screens.queue_search import plain
from zcc_console.widgets.bindings import bindings
from zcc_console.widgets.heading import Heading
from zcc_console.widgets.pane import Pane
from zcc_console.widgets.rule import Piece, rule
from zcc_console.widgets.say_line import Grade
from zcc_console.widgets.spans import span
from zcc_console.widgets.triage_line import Line
from zcc_console.widgets.unit_view import UnitView, why_and_until

SORTS: Final[dict[str, Callable[[UnitRow], tuple[bool | float | str, ...]]]] = {
    "soort": lambda unit: (),
    "afstand": lambda unit: (unit.distance_km is None, unit.distance_km or 0.0),
    "ruimte": lambda unit: (not unit.has_room, -(unit.room or 0)),
    "leeftijd": lambda unit: (unit.age_s is None, -(unit.age_s or 0.0)),
}
"""The orders, by name; within equal ones the desk's own order stays."""
SLOW_EVERY_S: Final = 5.0
"""How often ages are looked at again where nothing changed; they go in steps of ten seconds."""
EVERYWHERE: Final = "alles"
NEIGHBOURS: Final = "buren"
FRESH_WORDS: Final = {
    Freshness.FRESH: "actueel",
    Freshness.AGEING: "verouderd: bel voor u erop rekent",
    Freshness.UNKNOWN: "onbekend: niet gebruiken, bel",
}


class UnitDetail(Pane):
    """The chosen unit in full: what a telephone call needs."""

    DEFAULT_CSS: ClassVar[str] = "UnitDetail { height: 5; margin: 1 0 0 0; }"

    def __init__(self) -> None:
        super().__init__(id="unit-detail")
        self.unit: UnitRow | None = None

    def show(self, unit: UnitRow | None) -> None:
        """Show a unit, or that nothing was found."""
        self.unit = unit
        self.redraw()

    def draw(self, width: int, height: int) -> Sequence[Strip]:
        palette, unit = self.palette, self.unit
        if unit is None:
            return [
                rule(width, palette, "–"),
                Line(width).to(2).put("Niets gevonden; Esc toont alles.", palette.dim).strip(),
            ]
        where = unit.region if unit.neighbour else unit.subregion
        title = f"{unit.provider}  {unit.place}"
        lines = [rule(width, palette, title, f"{CATEGORIES_LONG.get(unit.category, unit.kind)} · {where}")]
        source = "per telefoon of met de hand" if unit.manual else "automatisch"
        age = "nooit opgegeven" if unit.age_s is None else f"{span(unit.age_s)} geleden, {source}"
        style = palette.normal if unit.fresh is Freshness.FRESH else palette.warn
        rows: list[tuple[str, str, Style]] = [
            ("telefoon", unit.phone or "niet bekend", palette.strong),
            ("opgave", f"{age} · {FRESH_WORDS[unit.fresh]}", style),
            ("waarom", why_and_until(unit), palette.normal),
            ("geschikt", ", ".join(unit.needs), palette.normal),
        ]
        for label, text, text_style in rows:
            if text:
                lines.append(Line(width).to(2).field(label, 10, palette.dim).put(text, text_style).strip())
        return lines[:height]


class CapacityScreen(ConsoleScreen):
    """All capacity, filtered and sorted."""

    PLACE = "capacity"
    BINDINGS: ClassVar[list[BindingType]] = bindings("capacity")

    def __init__(self) -> None:
        super().__init__()
        self.category = ""
        self.area = EVERYWHERE
        self.order = "soort"
        self.search = ""
        self._due = 0.0

    def body(self) -> ComposeResult:
        self.heading = Heading()
        self.view = UnitView(resized=self._show_heading)
        self.detail = UnitDetail()
        yield self.heading
        yield self.view
        yield self.detail

    # -- showing ---------------------------------------------------------------------------------------------------

    def update(self, change: Change) -> None:
        now = self.console.boot()
        if change.first or change.units or change.calls or now >= self._due:
            self._due = now + SLOW_EVERY_S
            self._show()

    def highlighted(self) -> str | None:
        """No call is chosen here; the handoff key acts on the open one only."""
        return None

    def units(self) -> Sequence[UnitRow]:
        """The units that the filters leave, sorted."""
        call_id = self.console.open_call
        if call_id is not None or self.order == "afstand":
            rows = [unit for category in CATEGORIES for unit in self.desk.places_for(category, call_id)]
            rank = {unit.id: number for number, unit in enumerate(self.desk.units())}
            rows.sort(key=lambda unit: rank.get(unit.id, 0))
        else:
            rows = self.desk.units()
        words = plain(self.search).split()
        left = [
            unit
            for unit in rows
            if (not self.category or unit.category == self.category)
            and (self.area == EVERYWHERE or self.area == (NEIGHBOURS if unit.neighbour else unit.subregion))
            and all(
                word in plain(f"{unit.kind} {unit.provider} {unit.place} {unit.reason} {unit.word}") for word in words
            )
        ]
        return sorted(left, key=SORTS[self.order])

    def _show(self) -> None:
        self.view.show(self.units())
        self.detail.show(self.view.chosen)
        self._show_heading()

    def _show_heading(self) -> None:
        palette = self.palette
        above, below = self.view.hidden
        more = (f"  ↑{above}" if above else "") + (f"  ↓{below}" if below else "")
        left: list[Piece] = [("CAPACITEIT", palette.title), (f"  {len(self.view.order)}", palette.strong)]
        if more:
            left.append((more, palette.dim))
        if self.search:
            left.append((f"  zoek “{self.search}” · Esc alles", palette.warn))
        kind = CATEGORIES_LONG.get(self.category, "alle soorten")
        right: list[Piece] = [
            (kind, palette.warn if self.category else palette.dim),
            (" · ", palette.dim),
            (self.area, palette.warn if self.area != EVERYWHERE else palette.dim),
            (f" · op {self.order}", palette.dim),
        ]
        self.heading.show(left, right)

    # -- choosing --------------------------------------------------------------------------------------------------

    def _moved(self, moved: bool) -> None:
        if moved:
            self.detail.show(self.view.chosen)
            self._show_heading()

    def action_cursor_up(self) -> None:
        self._moved(self.view.move(-1))

    def action_cursor_down(self) -> None:
        self._moved(self.view.move(1))

    def action_page_up(self) -> None:
        self._moved(self.view.page(-1))

    def action_page_down(self) -> None:
        self._moved(self.view.page(1))

    def action_first(self) -> None:
        self._moved(self.view.end(last=False))

    def action_last(self) -> None:
        self._moved(self.view.end(last=True))

    def action_category_next(self) -> None:
        self._turn_category(1)

    def action_category_back(self) -> None:
        self._turn_category(-1)

    def _turn_category(self, by: int) -> None:
        there = [""] + [name for name in CATEGORIES if any(unit.category == name for unit in self.desk.units())]
        at = there.index(self.category) if self.category in there else 0
        self.category = there[(at + by) % len(there)]
        self._show()

    def action_narrow(self) -> None:
        units = self.desk.units()
        areas = [EVERYWHERE, *dict.fromkeys(unit.subregion for unit in units if not unit.neighbour and unit.subregion)]
        if any(unit.neighbour for unit in units):
            areas.append(NEIGHBOURS)
        at = areas.index(self.area) if self.area in areas else 0
        self.area = areas[(at + 1) % len(areas)]
        self._show()

    def action_sort(self) -> None:
        names = list(SORTS)
        self.order = names[(names.index(self.order) + 1) % len(names)]
        self._show()
        if self.order == "afstand" and self.console.open_call is None:
            self.say("Zonder open oproep is er geen plek om vanaf te meten.", Grade.WARN)

    def action_search(self) -> None:
        def typed(text: str) -> None:
            self.search = text
            self._show()

        self.ask("zoek", typed, value=self.search, changed=typed, dropped=self.close, may_be_empty=True,
                 hint="soort, aanbieder, plaats of reden")  # fmt: skip

    def action_placement(self) -> None:
        self.console.go("placement")

    def close(self) -> None:
        """Escape: everything again."""
        if self.search or self.category or self.area != EVERYWHERE:
            self.search, self.category, self.area = "", "", EVERYWHERE
            self._show()

    # -- deciding --------------------------------------------------------------------------------------------------

    def subject(self, key_id: str) -> str | None:
        return self.view.selected if key_id == "report" else super().subject(key_id)

    def action_reserve(self) -> None:
        unit, call_id = self.view.chosen, self.console.open_call
        if self.refuses("reserve") or unit is None or call_id is None:
            return

        def reserve(agreed_with: str) -> None:
            if self.decide(lambda: self.desk.reserve(unit.id, call_id, agreed_with=agreed_with or None)) is not None:
                done = "toegezegd" if agreed_with else "aangevraagd; nog niet zeker tot de aanbieder ja zegt"
                self.say(f"Plaats bij {unit.provider} {done}.", Grade.GOOD)

        if unit.has_room:
            reserve("")
        else:
            self.ask(f"{unit.provider}: geen plaats bekend. Wie zei per telefoon ja?", reserve, hint=unit.phone)

    def action_report(self) -> None:
        unit = self.view.chosen
        if self.refuses("report") or unit is None:
            return

        def how_much(text: str) -> None:
            report = read_report(text)
            if report is None:
                self.say("Niet begrepen. Typ een getal, stop, druk 2, of ? voor onbekend.", Grade.WARN)
                return
            free, status = report

            def by_whom(who: str) -> None:
                if self.decide(lambda: self.desk.report_capacity(unit.id, free, status, who)) is not None:
                    at = local_hm(self.desk.hub_now())
                    self.say(f"Opgave van {who} voor {unit.provider} vastgelegd om {at}.", Grade.GOOD)

            self.ask(f"{unit.provider}: opgegeven door", by_whom, hint="naam, bijvoorbeeld mw. Bakker")

        self.ask(f"{unit.provider}: hoeveel vrij", how_much, hint="getal, stop, druk 2, of ?")


def read_report(text: str) -> tuple[int | None, str] | None:
    """`4` → 4 open; `stop` → a stop; `druk 2` → 2 under pressure; `?` → unknown; None for anything else."""
    word, _, rest = text.strip().lower().partition(" ")
    number = int(rest) if rest.isdecimal() and len(rest) < 5 else None
    if word.isdecimal() and not rest and len(word) < 5:
        return int(word), "open"
    if rest and number is None:
        return None
    if word in ("stop", "dicht"):
        return (number or 0), "stop"
    if word in ("druk", "dreigt"):
        return number, "pressure"
    return (None, "unknown") if word == "?" else None

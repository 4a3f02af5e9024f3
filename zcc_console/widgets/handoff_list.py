"""The list of handoffs and what is known of one: drawn from `HandoffView`, open ones first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.style import Style
from textual.strip import Strip

from zcc_console.core.handoff import State
from zcc_console.core.urgency import Urgency
from zcc_console.desk.rows import HandoffView
from zcc_console.terminal.themes import Palette
from zcc_console.text import fit
from zcc_console.widgets.handoff_words import at_time, duration, lasted, message_standing, short_state, voice_standing
from zcc_console.widgets.keyed_view import KeyedView
from zcc_console.widgets.pane import Pane
from zcc_console.widgets.queue_row import uncoloured
from zcc_console.widgets.rule import rule
from zcc_console.widgets.triage_line import Line, wrap

ROUTES = {"hub": "via de hub", "direct": "rechtstreeks"}
ROUTE_STATES = {"pending": "wordt geprobeerd", "delivered": "bezorgd", "refused": "geweigerd"}


def in_order(views: Sequence[HandoffView]) -> list[HandoffView]:
    """Open and contradicting ones first, then by time, newest first."""
    return sorted(views, key=lambda view: not (view.standing.is_open or view.standing.conflict))


def state_style(view: HandoffView, palette: Palette) -> Style:
    """Red where a person must telephone, amber while it waits, green once it is handed over."""
    now = view.standing
    if view.card_due or now.conflict or now.state is State.REJECTED:
        return palette.u1
    if now.is_open:
        return palette.warn
    return palette.good if now.handed_over else palette.dim


class HandoffList(KeyedView[HandoffView]):
    """One handoff a line, keyed by its id."""

    DEFAULT_CSS: ClassVar[str] = "HandoffList { height: 1fr; }"

    def __init__(self) -> None:
        super().__init__(id="handoffs")

    def name_of(self, item: HandoffView) -> str:
        return item.handoff_id

    def looks(self, item: HandoffView) -> object:
        return item

    def draw(self, item: HandoffView, width: int, *, selected: bool) -> Strip:
        palette = uncoloured(self.palette) if selected and self.palette.selected.reverse else self.palette
        line = Line(width, palette.selected if selected else None).put("▌" if selected else " ", palette.strong)
        urgency = Urgency.parse(item.urgency)
        line.field(at_time(item.pressed_at) or "–", 10, palette.dim).field(item.number, 6, palette.strong)
        line.field(item.who, 8, palette.normal).field(item.town, 14 if width < 100 else 18, palette.normal)
        label = urgency.label if urgency is not None else item.urgency or "?"
        line.field(label, 6, palette.urgency(urgency) if urgency is not None else palette.dim)
        state = "BEL DE RAV · " if item.card_due else ""
        line.field(f"{state}{short_state(item)}", max(8, line.left - 14), state_style(item, palette))
        line.put(fit(duration(lasted(item)), 7, "right"), palette.dim).put(fit(item.desk_id, 5, "right"), palette.dim)
        return line.strip()

    def draw_heading(self, width: int) -> Strip:
        dim = self.palette.dim
        line = Line(width).put(" ").field("gedrukt", 10, dim).field("call", 6, dim).field("wie", 8, dim)
        line.field("plaats", 14 if width < 100 else 18, dim).field("urg", 6, dim)
        line.field("staat", max(8, line.left - 14), dim)
        return line.put(fit("duur", 7, "right"), dim).put(fit("desk", 5, "right"), dim).strip()


class HandoffDetail(Pane):
    """All that is known of the chosen one."""

    DEFAULT_CSS: ClassVar[str] = "HandoffDetail { height: 12; }"

    def __init__(self) -> None:
        super().__init__(id="handoff-detail")
        self.view: HandoffView | None = None

    def show(self, view: HandoffView | None) -> None:
        """Show one, or nothing."""
        self.view = view
        self.redraw()

    def draw(self, width: int, height: int) -> Sequence[Strip]:
        palette, view = self.palette, self.view
        if view is None:
            return [rule(width, palette, "–")]
        lines = [rule(width, palette, f"{view.number}  {view.who}  {view.town}", view.reference)]
        for label, text in detail_of(view):
            for index, part in enumerate(wrap(text, width - 16, 2)):
                line = Line(width).put("  ").field("" if index else label, 13, palette.dim)
                lines.append(line.put(part, palette.normal).strip())
        return lines[:height]


def detail_of(view: HandoffView) -> list[tuple[str, str]]:
    """(label, text) of what is known, in the order of what happened."""
    now = view.standing
    own = "deze desk" if view.own else f"desk {view.desk_id}"
    found = [
        ("naar", f"{view.rav_name} · {view.rav_phone}"),
        ("adres", view.address or "onbekend"),
        ("gedrukt", f"{at_time(view.pressed_at) or 'onbekend'} door {own}"),
    ]
    if view.received_at is not None:
        found.append(("ontvangen", at_time(view.received_at)))
    found.append(("bericht", message_standing(view)))
    told = voice_standing(view)
    if told:
        found.append(("telefoon", told.removeprefix("telefoon: ")))
    elif view.required_by_hub:
        found.append(("telefoon", "nodig: de RAV heeft het bericht niet bevestigd"))
    if now.recall is not None:
        done = "bevestigd" if now.recall_done else "te laat" if now.recall_too_late else "nog niet bevestigd"
        found.append(("herroepen", done))
    picture = now.picture
    if picture is not None and picture.sequence > 1:
        kind = {"new": "nieuw", "update": "aanvulling", "recall": "herroepen"}.get(picture.kind, picture.kind)
        heard = "ontvangen" if picture.message_id in now.received else "nog niet ontvangen"
        found.append(("laatste", f"bericht {picture.sequence}, {kind}: {heard}"))
    found += [
        (
            "route" if not index else "",
            f"{ROUTES.get(route.route, route.route)}: {ROUTE_STATES.get(route.state, route.state)}"
            + (f", {route.attempts} {'poging' if route.attempts == 1 else 'pogingen'}" if route.attempts else "")
            + (f", {route.problem}" if route.problem else ""),
        )
        for index, route in enumerate(view.routes)
    ]
    return found

"""Frames of what changed: the same cells as Textual's own, from fewer lines."""

from __future__ import annotations

import random
from typing import ClassVar

import pytest
from rich.segment import Segment
from textual._compositor import Compositor
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Static

from zcc_console.terminal.compositor import ThriftyCompositor
from zcc_console.terminal.desk_app import DeskApp


class Counted(Widget):
    """Lines that say which they are, and how many were asked for."""

    asked = 0

    def render_line(self, y: int) -> Strip:
        self.asked += 1
        return Strip([Segment(f"{self.id}:{y} ".ljust(self.size.width, "."))], self.size.width)


class Layers(Screen[None]):
    """Columns, a part that scrolls, and a card that lies over both."""

    DEFAULT_CSS: ClassVar[str] = """
    Layers { layers: base over; }
    Layers Counted { width: 1fr; }
    #left { width: 2fr; } #right { width: 1fr; border: round white; }
    #head { height: 2; } #body { height: 1fr; } #tall { height: 60; } #card { layer: over; width: 20; height: 6; offset: 30 8; }
    """

    def __init__(self, compositor: Compositor) -> None:
        super().__init__()
        self._compositor = compositor

    def compose(self) -> ComposeResult:
        with Horizontal():
            with Vertical(id="left"):
                yield Counted(id="head")
                yield Counted(id="body")
            with VerticalScroll(id="right", can_focus=False):
                yield Counted(id="tall")
        yield Static("kaart " * 20, id="card")


class Host(DeskApp):
    """Shows one screen."""

    def __init__(self, compositor: Compositor) -> None:
        super().__init__()
        self.first = Layers(compositor)

    def get_default_screen(self) -> Screen[None]:
        return self.first


def cells_within(compositor: Compositor, regions: set[Region]) -> dict[tuple[int, int], str]:
    """The characters that a partial update of these regions brings, by column and line."""
    compositor._dirty_regions.update(regions)
    update = compositor.render_partial_update()
    found: dict[tuple[int, int], str] = {}
    if update is None:
        return found
    wanted = {(x, y) for region in regions for y in region.line_range for x in range(*region.column_span)}
    for y, line in enumerate(update.chops):
        for x, strip in line.items():
            if strip is not None:
                found.update({(x + at, y): char for at, char in enumerate(strip.text) if (x + at, y) in wanted})
    return found


@pytest.mark.parametrize("seed", range(6))
async def test_the_cells_are_textuals_own(seed: int) -> None:
    chance, ours = random.Random(seed), ThriftyCompositor()
    app = Host(ours)
    async with app.run_test(size=(80, 24)) as pilot:
        app.first.query_one(VerticalScroll).scroll_to(y=seed, animate=False)
        await pilot.pause()
        assert app.first.query_one("#card").region == Region(30, 8, 20, 6)
        for _ in range(40):
            regions = {
                Region(x, y, min(chance.randint(1, 40), 80 - x), min(chance.randint(1, 6), 24 - y))
                for x, y in ((chance.randrange(80), chance.randrange(24)) for _ in range(chance.randint(1, 5)))
            }
            got = cells_within(ours, set(regions))
            ours._dirty_regions.update(regions)
            stock = Compositor.render_partial_update(ours)
            assert stock is not None
            expected = {
                (x + at, y): char
                for y, line in enumerate(stock.chops)
                for x, strip in line.items()
                if strip is not None
                for at, char in enumerate(strip.text)
            }
            assert got == {place: expected[place] for place in got}
            assert len(got) == len(
                {(x, y) for region in regions for y in region.line_range for x in range(*region.column_span)}
            )


async def test_what_did_not_change_is_not_asked_for() -> None:
    app = Host(ThriftyCompositor())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        counted = list(app.first.query(Counted))
        for widget in counted:
            widget.asked = 0
        app.first.query_one("#head", Counted).refresh(Region(0, 0, 3, 1))
        app.first.query_one("#body", Counted).refresh(Region(0, 20, 3, 1))
        await pilot.pause()
        assert {widget.id: widget.asked for widget in counted} == {"head": 1, "body": 1, "tall": 0}


def test_the_private_names_are_there() -> None:
    compositor = Compositor()
    assert compositor._dirty_regions == set()
    for name in ("render_partial_update", "_get_renders", "_render_chops"):
        assert callable(getattr(compositor, name))

"""Renders of a frame only the lines in which something changed, of the widgets that lie there.

Textual 8.2 renders every widget on the screen, whole, whenever two of them far apart change: for a clock above and a wait
below that is all of it, each second. Leans on private names of Textual (tests/terminal/test_compositor.py holds them).
"""

from __future__ import annotations

from collections.abc import Iterable

from textual._compositor import ChopsUpdate, Compositor
from textual.geometry import Region
from textual.strip import Strip


class ThriftyCompositor(Compositor):
    """Textual's compositor; the same cells come out of it."""

    def __init__(self) -> None:
        super().__init__()
        self._changed: tuple[Region, ...] = ()

    def render_partial_update(self) -> ChopsUpdate | None:
        """As Textual's, with what changed remembered for `_get_renders`."""
        self._changed = tuple(self._dirty_regions)
        try:
            return super().render_partial_update()
        finally:
            self._changed = ()

    def _get_renders(self, crop: Region | None = None) -> Iterable[tuple[Region, Region, list[Strip]]]:
        if not self._changed:
            yield from super()._get_renders(crop)
            return
        left = list(self._changed)
        for widget, (region, clip) in self.visible_widgets.items():  # those in front come first
            shown = region.intersection(clip)
            for band in _bands(changed for changed in left if shown.overlaps(changed)):
                top = max(shown.y, min(changed.y for changed in band))
                bottom = min(shown.bottom, max(changed.bottom for changed in band))
                rows = Region(shown.x, top, shown.width, bottom - top)
                yield rows, rows, widget.render_lines(rows.translate(-region.offset))
            left = [changed for changed in left if not shown.contains_region(changed)]
            if not left:  # nothing that lies behind is seen there
                return


def _bands(regions: Iterable[Region]) -> list[list[Region]]:
    """The regions in groups that share lines, from top to bottom."""
    bands: list[list[Region]] = []
    bottom = -1
    for region in sorted(regions, key=lambda region: region.y):
        if region.y < bottom:
            bands[-1].append(region)
        else:
            bands.append([region])
        bottom = max(bottom, region.bottom)
    return bands

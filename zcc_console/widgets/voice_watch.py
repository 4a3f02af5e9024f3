"""Which voice card must be up: the worst that is due and was not put aside. A new reason brings it back. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from zcc_console.desk.rows import HandoffView


class CardWatch:
    """What this console put aside; one for all its screens."""

    def __init__(self) -> None:
        self._aside: dict[str, str] = {}

    @property
    def aside(self) -> frozenset[str]:
        """The handoffs whose card was put aside; their line stays in the banner."""
        return frozenset(self._aside)

    def put_aside(self, view: HandoffView) -> None:
        """The call must be seen; the card stays away until its reason changes."""
        self._aside[view.handoff_id] = view.reading.why

    def bring_back(self, handoff_id: str) -> None:
        """The card is wanted again."""
        self._aside.pop(handoff_id, None)

    def due(self, views: Sequence[HandoffView]) -> list[HandoffView]:
        """The cards that are due among own handoffs, whoever was told nothing first and recalls after them."""
        wanted = [view for view in views if view.own and view.card_due and not view.key_test]
        for handoff_id in self._aside.keys() - {view.handoff_id for view in wanted}:
            del self._aside[handoff_id]
        found = [view for view in wanted if self._aside.get(view.handoff_id) != view.reading.why]
        return sorted(found, key=lambda view: view.standing.recall is not None)

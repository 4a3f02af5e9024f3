"""One command of a desk on its way through the rules, and the checks that commands share (contract.md §3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from zcc_console.core.clock import rfc3339
from zcc_console.core.config import HubConfig
from zcc_console.core.jsontypes import as_object, as_text
from zcc_console.hub.change import Change, holder
from zcc_console.hub.reply import Refused
from zcc_console.hub.state import Data
from zcc_console.hub.tokens import Principal
from zcc_console.models.command import Command
from zcc_console.models.wire import Request

R = TypeVar("R", bound=Request)


@dataclass(frozen=True, slots=True)
class Act:
    """A command whose form is right, with all that a rule may look at."""

    change: Change
    who: Principal
    command: Command
    data: Request
    if_match: str | None
    config: HubConfig
    is_past: Callable[[str], int | None]
    """The number of a rev that the log gave out."""
    knows_desk: Callable[[str], bool]

    @property
    def desk_id(self) -> str:
        """Which desk acts."""
        return self.command.desk_id

    @property
    def user(self) -> str:
        """Who pressed."""
        return self.command.user or self.who.user or ""

    @property
    def at(self) -> str:
        """When it was pressed, in the desk's best hub time; never later than now."""
        return min(self.command.at or self.change.at, rfc3339(self.change.now))

    @property
    def target_id(self) -> str:
        """The id the command names."""
        return self.command.target.id if self.command.target else self.command.command_id

    def of(self, model: type[R]) -> R:
        """The data, as the model of this command type."""
        assert isinstance(self.data, model)
        return self.data

    # -- finding -----------------------------------------------------------------------------------------------------

    def need(self, kind: str, item_id: str) -> Data:
        """The item, as it is now.

        Raises:
            Refused: `not-found`.
        """
        found = self.change.get(kind, item_id)
        if found is None:
            raise Refused(
                "not-found",
                f"Dit ({kind}) staat niet in de regio, of niet meer. Er is niets gewijzigd; kijk of het bij een ander "
                "hoort, of leg het opnieuw vast.",
            )
        return found

    def call(self) -> Data:
        """The call the command is about."""
        return self.need("call", self.target_id)

    def current(self, kind: str, item_id: str) -> Data:
        """The item as it goes into a problem."""
        return {
            "type": kind,
            "id": item_id,
            "rev": self.change.rev(kind, item_id),
            "op": "put",
            "data": self.change.get(kind, item_id),
        }

    # -- checks, in the order of the contract ------------------------------------------------------------------------

    def check_rev(self, kind: str, item_id: str) -> None:
        """If-Match holds as long as nobody else has changed the item since that rev; the hub's own marks don't count.

        Raises:
            Refused: `rev-missing` or `stale`.
        """
        if self.if_match is None:
            raise Refused(
                "rev-missing",
                "Het verzoek noemt niet welke versie gezien was (If-Match). Er is niets gewijzigd; bekijk de stand en "
                "probeer opnieuw.",
                {"current": self.current(kind, item_id)},
            )
        seen = self.is_past(self.if_match)
        if seen is None or self.change.marks(kind, item_id).last_by_another(self.desk_id) > seen:
            raise Refused(
                "stale",
                "Iemand anders heeft dit intussen gewijzigd. Uw wijziging is niet doorgevoerd en ligt klaar om te "
                "vergelijken.",
                {"current": self.current(kind, item_id)},
            )

    @property
    def names_claim(self) -> bool:
        """Whether the command names a claim or a fence."""
        return self.command.claim is not None or self.command.fence is not None

    def holds(self, call: Data) -> bool:
        """Whether this desk holds the call."""
        return holder(call) == self.desk_id

    def check_claim(self, call: Data) -> None:
        """The named claim (or fence) must be the call's present claim and this desk's.

        Raises:
            Refused: `fenced`.
        """
        claim = as_object(call.get("claim"))
        named = self.command.claim
        fits = self.holds(call) and (
            (named is None or named == claim.get("id") or named in self.change.marks("call", self.target_id).claims)
            and (self.command.fence is None or self.command.fence == claim.get("fence"))
            and self.names_claim
        )
        if not fits:
            raise Refused(
                "fenced",
                "Deze melding is niet meer op deze claim van uw werkplek. Uw wijziging is niet doorgevoerd en ligt klaar "
                "om te vergelijken.",
                {"current": self.current("call", self.target_id)},
            )

    def claimed(self, call: Data) -> Refused:
        """The refusal that names the holder."""
        claim = as_object(call.get("claim"))
        return Refused(
            "claimed",
            f"Werkplek {as_text(claim.get('desk_id'))} heeft deze melding. Er is niets gewijzigd; neem een andere, of "
            "overleg over overnemen.",
            {"holder": claim, "current": self.current("call", self.target_id)},
        )

    def wrong_state(self, kind: str, item_id: str, why: str) -> Refused:
        """The refusal that shows the object."""
        return Refused("wrong-state", why, {"current": self.current(kind, item_id)})

    def need_state(self, call: Data, *states: str) -> None:
        """The call must be in one of these states.

        Raises:
            Refused: `wrong-state`.
        """
        state = as_text(call.get("state"))
        if state not in states:
            raise self.wrong_state(
                "call",
                self.target_id,
                f"Dit kan niet met een melding die {STATE_WORDS.get(state, state)} is. Er is niets gewijzigd; bekijk de "
                "melding.",
            )

    def put_call(self, call: Data, **changes: object) -> Data:
        """Write the call with these fields changed, as this desk's act."""
        fresh: Data = {**call, **changes}  # type: ignore[dict-item]
        self.change.put("call", self.target_id, fresh, who=self.desk_id)
        return fresh


STATE_WORDS = {
    "waiting": "wachtend",
    "claimed": "genomen",
    "callback": "voor terugbellen gezet",
    "handed-off": "overgedragen aan de RAV",
    "closed": "gesloten",
}

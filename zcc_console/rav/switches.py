"""The switches of the simulation as they stand: the configuration's, with those set at run time laid over them."""

from __future__ import annotations

import json
from collections.abc import Mapping

from zcc_console.core.errors import ConfigError
from zcc_console.core.jsontext import dump
from zcc_console.core.jsontypes import Json, as_object
from zcc_console.rav.behaviour import Behaviour, patched
from zcc_console.rav.ledger import Ledger

KEY = "behaviour"


class Switches:
    """Reads and sets them inside a unit of work; what was set outlives a restart."""

    def __init__(self, configured: Behaviour) -> None:
        self._configured = configured
        self._read: tuple[str, Behaviour] = ("{}", configured)

    def now(self, ledger: Ledger) -> Behaviour:
        """How the control room behaves now."""
        written = ledger.value(KEY) or "{}"
        if written != self._read[0]:
            try:
                self._read = (written, patched(self._configured, as_object(json.loads(written))))
            except ConfigError:  # switches of another version of this program
                self._read = (written, self._configured)
        return self._read[1]

    def change(self, ledger: Ledger, patch: Mapping[str, object], *, reset: bool) -> Behaviour:
        """Set some switches, with `reset` over the configuration alone.

        Raises:
            ConfigError: an unknown switch or value; nothing is changed then.
        """
        wanted = patched(self._configured if reset else self.now(ledger), patch)
        friendly = self._configured.json()
        ledger.remember(KEY, dump({name: value for name, value in wanted.json().items() if value != friendly[name]}))
        return wanted

    def use_up(self, ledger: Ledger, name: str) -> bool:
        """Count `reject_next` or `refuse_next` down by one; False where there was none left."""
        left = getattr(self.now(ledger), name)
        if left <= 0:
            return False
        ledger.remember(KEY, dump({**self._set(ledger), name: left - 1}))
        return True

    def _set(self, ledger: Ledger) -> dict[str, Json]:
        return as_object(json.loads(ledger.value(KEY) or "{}"))

"""The switches of the simulated control room: what they are called, what values they take, and how a patch is read.
Pure; one clear Dutch sentence for each mistake."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace

from zcc_console.core.errors import ConfigError
from zcc_console.core.jsontext import utf8_safe
from zcc_console.core.jsontypes import Json


@dataclass(frozen=True, slots=True)
class Spread:
    """A waiting time in seconds: between two bounds, or log-normal by its median and 90th percentile."""

    low: float
    high: float
    lognormal: bool = False

    def draw(self, chance: random.Random) -> float:
        """One waiting time; a log-normal one is cut at ten times its 90th percentile."""
        if not self.lognormal:
            return self.low if self.low == self.high else chance.uniform(self.low, self.high)
        sigma = math.log(self.high / self.low) / 1.2816
        return min(chance.lognormvariate(math.log(self.low), sigma), 10 * self.high)

    def json(self) -> Json:
        """As it is written in the configuration."""
        if self.lognormal:
            return {"median": self.low, "p90": self.high}
        return self.low if self.low == self.high else [self.low, self.high]


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How the simulated dispatchers and their gateway behave."""

    opened_after_s: Spread = Spread(2.5, 6.0, lognormal=True)
    """From RECEIVED to OPENED."""
    accept_after_s: Spread = Spread(5.0, 12.0, lognormal=True)
    """From OPENED to ACCEPTED or REJECTED."""
    reference_prefix: str = "R-"
    reference_start: int = 20418
    reject_every: int = 0
    """Every n-th decision is a refusal; 0: none."""
    reject_next: int = 0
    """So many decisions from now on are refusals."""
    reject_reason: str = "Geen ambulance-indicatie; neem telefonisch contact op."
    silent: bool = False
    """Messages are received, and nobody opens them."""
    accepts_by_message: bool = True
    """False: opened, and then only the telephone helps."""
    recall: str = "close"
    """What follows a recall: `close`, `too-late` (ACCEPTED, on its way) or `silent`."""
    recall_after_s: Spread = Spread(4.0, 10.0, lognormal=True)
    dispatchers: tuple[str, ...] = ("Centralist 1 (simulatie)", "Centralist 2 (simulatie)")
    hang: bool = False
    """No answer at all, and nothing stored."""
    refuse: bool = False
    """503 to every handoff."""
    refuse_next: int = 0
    """503 to so many handoffs from now on."""
    answer_after_s: Spread = Spread(0.0, 0.0)
    """Stored at once, answered so much later: a late acknowledgement."""
    events_after_s: Spread = Spread(0.0, 0.0)
    """How long an event stays unseen by hub and desks after it was made."""
    duplicate_events: int = 0
    """How many times more each event is handed out."""
    shuffle_events: bool = False
    """Events are handed out in any order."""

    def json(self) -> dict[str, Json]:
        """As it is written in the configuration and on the wire."""
        out: dict[str, Json] = {}
        for item in fields(self):
            value = getattr(self, item.name)
            out[item.name] = value.json() if isinstance(value, Spread) else _plain(value)
        return out

    def switched_on(self) -> dict[str, Json]:
        """What differs from a friendly control room."""
        friendly = BEHAVIOUR.json()
        return {name: value for name, value in self.json().items() if value != friendly[name]}


BEHAVIOUR = Behaviour()
RECALLS = ("close", "too-late", "silent")
LONGEST_S = 86_400.0


def _plain(value: object) -> Json:
    if isinstance(value, tuple):
        return [str(entry) for entry in value]
    if isinstance(value, str | int | bool):
        return value
    raise TypeError(type(value).__name__)


def patched(behaviour: Behaviour, patch: Mapping[str, object]) -> Behaviour:
    """The behaviour with some switches set otherwise.

    Raises:
        ConfigError: a switch that does not exist, or a value it does not take; nothing is changed then.
    """
    known = asdict(BEHAVIOUR)
    changes: dict[str, object] = {}
    for name, value in patch.items():
        if name not in known:
            raise ConfigError(f"De schakelaar {name!r} bestaat niet. Wel: {', '.join(known)}. Niets is gewijzigd.")
        changes[name] = _value(name, getattr(BEHAVIOUR, name), value)
    return replace(behaviour, **changes)  # type: ignore[arg-type]


def _value(name: str, default: object, value: object) -> object:
    if isinstance(default, Spread):
        return _spread(name, value)
    if isinstance(default, bool):
        if isinstance(value, bool):
            return value
        raise _wrong(name, "true of false")
    if isinstance(default, int):
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 1_000_000:
            return value
        raise _wrong(name, "een geheel getal van 0 tot 1000000")
    if isinstance(default, tuple):
        if isinstance(value, list | tuple) and value and all(isinstance(entry, str) and entry for entry in value):
            return tuple(utf8_safe(entry) for entry in value)
        raise _wrong(name, "een lijst van namen")
    if name == "recall" and value not in RECALLS:
        raise _wrong(name, "close, too-late of silent")
    if isinstance(value, str) and len(value) <= 500:
        return utf8_safe(value)
    raise _wrong(name, "tekst")


def _spread(name: str, value: object) -> Spread:
    form = "seconden: een getal, [laag, hoog] of {median = …, p90 = …}"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _bounded(name, form, float(value), float(value), lognormal=False)
    if isinstance(value, list | tuple) and len(value) == 2 and all(_is_number(entry) for entry in value):
        return _bounded(name, form, float(value[0]), float(value[1]), lognormal=False)
    if isinstance(value, Mapping) and set(value) == {"median", "p90"} and all(map(_is_number, value.values())):
        return _bounded(name, form, float(value["median"]), float(value["p90"]), lognormal=True)
    raise _wrong(name, form)


def _bounded(name: str, form: str, low: float, high: float, *, lognormal: bool) -> Spread:
    if not (0 <= low <= high <= LONGEST_S) or (lognormal and low <= 0):
        raise _wrong(name, form)
    return Spread(low, high, lognormal)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _wrong(name: str, form: str) -> ConfigError:
    return ConfigError(f"De schakelaar {name} neemt {form}. Niets is gewijzigd.")

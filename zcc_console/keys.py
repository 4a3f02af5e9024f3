"""Every key of the console as data: the one source for bindings, key bar, help and README. Knows no screen and no Textual.

A key means the same wherever it works. Nothing depends on Escape, and every function key has a single-byte twin,
because terminals and multiplexers take or split function keys (terminal.md §1).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

ALL: Final = "*"
"""The place of a key that works on every screen."""

PLACES: Final[dict[str, str]] = {
    "queue": "Wachtrij",
    "triage": "Triage",
    "capacity": "Capaciteit",
    "regie": "Regie",
    "handoff": "Overdracht RAV (de balk bovenin)",
    "handoffs": "Overdrachten RAV",
    "voice": "Bel-kaart",
    "settle": "Af te handelen",
    "newcall": "Nieuwe melding",
    "placement": "Plaatsing",
    "keytest": "Sleuteltest",
    "help": "Hulp",
    "prompt": "Invoerregel",
}
"""Where a key can work, with its Dutch name."""


@dataclass(frozen=True, slots=True)
class Key:
    """One thing a key does."""

    id: str
    """Names the action: a screen implements `action_<id>`."""
    keys: tuple[str, ...]
    """Textual's names, the usual one first."""
    shown: str
    """As it stands in bar and help: `Enter`, `F2`, `n`."""
    label: str
    """One or two Dutch words for the bar."""
    does: str
    """A Dutch sentence for help and README."""
    where: tuple[str, ...]
    """Places of `PLACES`, or `ALL`."""
    bar: int = 0
    """Order in the key bar, smallest first; 0 keeps it out of the bar."""
    needs: str = ""
    """What `Desk.may` is asked; its sentence is shown where the key is disabled."""
    without: str = ""
    """Said where there is nothing to act on."""
    priority: bool = False
    """Works in text fields and under modal screens too."""

    @property
    def twins(self) -> tuple[str, ...]:
        """The other ways to press it, as people read them."""
        return tuple(_spoken(name) for name in self.keys[1:])


# fmt: off
NO_CALL: Final = "Er is geen oproep gekozen. Kies er een met de pijltjes."

EVERYWHERE: Final = (
    Key("handoff", ("f9", "ctrl+g"), "F9", "NAAR RAV",
        "Draagt de open oproep, of anders de gekozen, meteen over aan de RAV. Zonder vraag, overal, ook in een tekstveld.",
        (ALL,), without="Er is geen oproep open of gekozen: er is niets verstuurd. Bel bij levensgevaar de RAV zelf.",
        priority=True),
    Key("queue", ("f2", "ctrl+l"), "F2", "rij", "Naar de wachtrij; sluit wat erboven openstaat.", (ALL,), bar=60),
    Key("triage", ("f3", "ctrl+t"), "F3", "triage", "Naar de open oproep, bij de vraag waar u was.", (ALL,), bar=61,
        without="Er is geen oproep open. Neem er een met Enter of n."),
    Key("capacity", ("f4", "ctrl+p"), "F4", "capaciteit", "Alle plaatsen in de regio.", (ALL,), bar=62),
    Key("regie", ("f5", "ctrl+o"), "F5", "regie", "De vloer, de normen en de overdrachten.", (ALL,), bar=63),
    Key("handoffs", ("f6", "ctrl+f"), "F6", "overdrachten", "Alle overdrachten naar de RAV, open eerst.", (ALL,),
        bar=58),
    Key("help", ("question_mark",), "?", "hulp", "Deze lijst, voor het scherm waar u bent.", (ALL,), bar=70),
    Key("guarded_quit", ("ctrl+q",), "Ctrl+Q", "stoppen",
        "Twee keer binnen drie seconden: sluit de werkplek en zegt wat nog niet bezorgd is.", (ALL,), priority=True),
)
"""What works on every screen. The handoff key has two triggers on one binding."""

LISTS: Final = (
    Key("cursor_up", ("up",), "↑", "omhoog", "Een regel omhoog.",
        ("queue", "capacity", "regie", "settle", "placement", "handoffs", "help")),
    Key("cursor_down", ("down",), "↓", "omlaag", "Een regel omlaag.",
        ("queue", "capacity", "regie", "settle", "placement", "handoffs", "help")),
    Key("page_up", ("pageup",), "PgUp", "blad terug", "Een scherm omhoog.", ("queue", "capacity", "regie", "help")),
    Key("page_down", ("pagedown",), "PgDn", "blad verder", "Een scherm omlaag.",
        ("queue", "capacity", "regie", "help")),
    Key("first", ("home",), "Home", "eerste", "Naar de eerste regel.", ("queue", "capacity", "regie")),
    Key("last", ("end",), "End", "laatste", "Naar de laatste regel.", ("queue", "capacity", "regie")),
)
QUEUE: Final = (
    Key("take", ("enter",), "Enter", "neem",
        "Neemt de gekozen oproep en opent de triage; een eigen oproep gaat weer open.", ("queue",), bar=1,
        without=NO_CALL),
    Key("next", ("n",), "n", "volgende", "Neemt de meest urgente oproep die wacht.", ("queue",), bar=2,
        without="Er wacht niemand die nog vrij is."),
    Key("search", ("slash",), "/", "zoek", "Zoekt op naam, nummer, plaats, reden of urgentie (u3).",
        ("queue", "capacity"), bar=3),
    Key("takeover", ("o",), "o", "overnemen", "Neemt een oproep over van een andere desk, met een reden.",
        ("queue", "regie"), bar=4, needs="takeover", without=NO_CALL),
    Key("release", ("l",), "l", "leg terug", "Legt een eigen oproep terug in de rij, met een reden.", ("queue",),
        bar=5, needs="edit", without=NO_CALL),
    Key("callback", ("t",), "t", "terugbellen",
        "Spreekt een tijd af om terug te bellen en geeft de oproep zolang vrij.", ("queue",), bar=6, needs="edit",
        without=NO_CALL),
    Key("note", ("f7", "ctrl+n"), "F7", "notitie", "Schrijft een notitie bij de oproep.", ("queue", "triage"), bar=7,
        without=NO_CALL),
    Key("explain", ("x",), "x", "waarom hier", "Zegt waarom deze oproep op deze plek staat.", ("queue",), bar=8,
        without=NO_CALL),
    Key("newcall", ("m",), "m", "nieuwe melding", "Maakt zelf een oproep; niets is verplicht.", ("queue", "regie"),
        bar=9),
    Key("placement", ("p",), "p", "plaatsing", "Een professional zoekt een plaats voor een patiënt.",
        ("queue", "capacity"), bar=10),
    Key("settle", ("s",), "s", "af te handelen", "Wat de regio weigerde: beide versies naast elkaar.",
        ("queue", "regie"), bar=11, without="Er is niets af te handelen."),
    Key("keytest", ("k",), "k", "sleuteltest", "Aan het begin van de dienst: komt de RAV-toets overal aan?",
        ("queue", "help"), bar=12),
)
CAPACITY: Final = (
    Key("reserve", ("enter",), "Enter", "reserveer", "Houdt hier een plaats vast voor de open oproep.", ("capacity",),
        bar=1, needs="reserve", without="Er is geen oproep open om voor te reserveren. Neem er eerst een."),
    Key("report", ("i",), "i", "opgave", "Legt een telefonische opgave vast: hoeveel vrij, of stop, en van wie.",
        ("capacity",), bar=2, without="Er is geen plaats gekozen."),
    Key("narrow", ("f",), "f", "filter", "Toont een volgende subregio, de buren, of alles.", ("capacity",), bar=4),
    Key("category_next", ("right",), "→", "soort", "Toont de volgende soort zorg.", ("capacity", "placement"), bar=5),
    Key("category_back", ("left",), "←", "soort terug", "Toont de vorige soort zorg.", ("capacity", "placement")),
    Key("sort", ("z",), "z", "sorteer", "Sorteert op soort, afstand, ruimte of leeftijd.", ("capacity",), bar=6),
)
TRIAGE: Final = (
    Key("answer", tuple("123456789"), "1-9", "antwoord", "Geeft het antwoord met dat nummer.", ("triage",), bar=1),
    Key("unknown", ("0",), "0", "weet niet", "De beller weet het niet; dat telt mee.", ("triage",), bar=2),
    Key("undo", ("backspace",), "⌫", "terug", "Neemt het laatste antwoord terug.", ("triage",), bar=3),
    Key("other_complaint", ("tab",), "Tab", "andere klacht", "Zoekt nog een ingangsklacht.", ("triage",), bar=3),
    Key("override", ("u",), "u", "urgentie aanpassen", "Past de urgentie aan, met een reden.", ("triage",), bar=3),
    Key(
        "edit",
        ("e", "ctrl+e"),
        "e",
        "patiënt",
        "Wijzigt patiënt, beller, nummer of plaats; niets is verplicht.",
        ("triage",),
        bar=9,
    ),
    Key(
        "put_away",
        ("l", "ctrl+k"),
        "l",
        "leg weg",
        "Terug in de rij, later terugbellen, of de beller heeft opgehangen.",
        ("triage",),
        bar=10,
    ),
    Key("modifier", tuple("abcd"), "a-d", "verzwarend", "Kruist een verzwarende omstandigheid aan.", ("triage",)),
    Key("more", ("plus",), "+", "meer", "Alle verzwarende omstandigheden, en wat gemeten is.", ("triage",), bar=11),
    Key("step_back", ("left",), "←", "stap terug", "Naar de vorige stap; er gaat niets verloren.", ("triage",)),
    Key("step_on", ("right",), "→", "stap verder", "Naar de volgende stap.", ("triage",)),
)

HANDOFF: Final = (
    Key("recall", ("r", "ctrl+r"), "r", "herroepen", "Vraagt de centralist te stoppen; de RAV beslist.",
        ("handoff", "voice"), without="Er is geen overdracht om te herroepen."),
    Key("card", ("v", "ctrl+y"), "v", "bel-kaart", "Haalt de bel-kaart terug die opzij is gezet.", ("handoff",),
        without="Er is geen bel-kaart opzij gezet."),
)
VOICE: Final = (
    Key("voice_spoken", ("v",), "v", "gesproken", "Gesproken met de centralist: naam en kenmerk vastleggen.",
        ("voice",), bar=1),
    Key("voice_next", ("o",), "o", "volgend nummer", "Niemand neemt op: toont het volgende nummer.", ("voice",),
        bar=2),
    Key("voice_aside", ("f3", "ctrl+t", "f2", "ctrl+l"), "F3", "opzij",
        "Zet de kaart opzij om de oproep te zien; hij blijft als regel in de balk staan.", ("voice",), bar=3),
)
REGIE: Final = (
    Key("open", ("enter",), "Enter", "open", "Opent de gekozen regel.", ("regie",), bar=1),
    Key("list_next", ("tab",), "Tab", "lijst", "Naar de volgende lijst: desks, overdrachten, aandacht.", ("regie",)),
    Key("list_back", ("shift+tab",), "Shift+Tab", "lijst terug", "Naar de vorige lijst.", ("regie",)),
    Key("reassign", ("w",), "w", "wijs toe", "Wijst een oproep toe aan een desk.", ("regie",), bar=5,
        needs="supervise", without=NO_CALL),
    Key("raise_call", ("h",), "h", "hoger", "Zet een oproep hoger, met een reden.", ("regie",), bar=6,
        needs="supervise", without=NO_CALL),
    Key("notice", ("b",), "b", "bericht", "Plaatst een bericht voor alle desks.", ("regie",), bar=7,
        needs="supervise"),
    Key("scale_up", ("g",), "g", "opgeschaald", "Meldt of beëindigt een opgeschaalde situatie.", ("regie",), bar=8,
        needs="supervise"),
)
DIALOGS: Final = (
    Key("close", ("escape",), "Esc", "terug", "Terug zonder iets te veranderen; F2 gaat naar de rij. Een concept blijft.",
        ("settle", "newcall", "placement", "keytest", "handoffs", "help", "prompt"), bar=50),
    Key("submit", ("ctrl+s", "f8"), "Ctrl+S", "vastleggen", "Legt vast wat er staat.", ("newcall",), bar=1),
    Key("field_next", ("tab",), "Tab", "volgend veld", "Naar het volgende veld.", ("newcall",), bar=2),
    Key("settled", ("enter",), "Enter", "afgehandeld", "Gezien en afgehandeld; er verandert verder niets.",
        ("settle",), bar=1, without="Er is niets af te handelen."),
    Key("settle_open", ("j",), "j", "naar oproep", "Toont de oproep waar het om gaat in de rij.", ("settle",), bar=2,
        without="Bij deze regel hoort geen oproep."),
    Key("choose", ("enter",), "Enter", "reserveer", "Houdt de gekozen plaats vast.", ("placement",), bar=1,
        without="Er is geen plaats gekozen."),
    Key("confirm", ("v",), "v", "gesproken", "De aanbieder zei ja: met wie is het afgesproken?", ("placement",),
        bar=2, without="Er is nog niets gereserveerd."),
    Key("give_back", ("l",), "l", "leg terug", "Geeft een vastgehouden plaats terug, met een reden.", ("placement",),
        bar=3, without="Er is nog niets gereserveerd."),
)
# fmt: on

KEYS: Final[tuple[Key, ...]] = (
    *EVERYWHERE,
    *QUEUE,
    *CAPACITY,
    *TRIAGE,
    *HANDOFF,
    *VOICE,
    *REGIE,
    *DIALOGS,
    *LISTS,
)
"""All of them."""

_BY_ID: Final = {entry.id: entry for entry in KEYS}

_SPOKEN: Final = {"question_mark": "?", "slash": "/", "escape": "Esc", "enter": "Enter", "backspace": "⌫"}


def _spoken(name: str) -> str:
    if name in _SPOKEN:
        return _SPOKEN[name]
    return "+".join(part.capitalize() if len(part) > 1 else part.upper() for part in name.split("+"))


def key(key_id: str) -> Key:
    """The key of that id.

    Raises:
        KeyError: there is none; that is a mistake in the program.
    """
    return _BY_ID[key_id]


def keys_of(*places: str) -> tuple[Key, ...]:
    """The keys that belong to these places themselves, in the order in which they are listed."""
    return tuple(entry for entry in KEYS if any(place in entry.where for place in places))


def bar_of(place: str) -> tuple[Key, ...]:
    """What stands in the key bar of a place, in order: its own keys, then those of everywhere."""
    shown: Iterable[Key] = (entry for entry in KEYS if entry.bar and (place in entry.where or ALL in entry.where))
    return tuple(sorted(shown, key=lambda entry: entry.bar))


def markdown_table() -> str:
    """The keys as README shows them, one table."""
    lines = ["| toets | ook | waar | wat |", "|---|---|---|---|"]
    for entry in KEYS:
        where = "overal" if ALL in entry.where else ", ".join(PLACES[place] for place in entry.where)
        also = ", ".join(f"`{twin}`" for twin in entry.twins) if entry.id != "answer" else ""
        lines.append(f"| `{entry.shown}` | {also} | {where} | {entry.does} |")
    return "\n".join(lines) + "\n"

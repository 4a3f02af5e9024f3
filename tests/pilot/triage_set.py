"""A small protocol set for the pilot tests of triage: the demonstration's gate, facts, modifiers and actions, and two
complaints of its own, so that a change of clinical content breaks no test of the screen."""

from __future__ import annotations

import shutil
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from zcc_console.core.files import data_dir
from zcc_console.protocols.compiled import compile_set, load_compiled
from zcc_console.protocols.model import ProtocolSet

SHARED = ("set.yaml", "abcd.yaml", "facts.yaml", "modifiers.yaml", "actions.yaml")

BORST = """
format: "zcc-protocol/1"
id: "demo.borst"
version: "0.1.0"
status: "demonstration"
titles: {nl: "Pijn op de borst", en: "Chest pain"}
search: {nl: ["druk op de borst", "hartaanval"], en: ["heart attack"]}
sources: {eigen: {mark: "own-choice"}}
questions:
  - id: "uitstraling"
    ask: {nl: "Trekt de pijn naar arm, kaak, hals of rug?"}
    label: {nl: "uitstraling"}
    red_flag: "yes"
    options: [{id: "nee", nl: "nee"}, {id: "ja", nl: "linkerarm"}]
    unknown_as: "U2"
  - id: "rust"
    ask: {nl: "Kortademig in rust?"}
    label: {nl: "kortademig"}
    red_flag: "yes"
    options: [{id: "nee", nl: "nee"}, {id: "ja", nl: "ja"}]
    unknown_as: "U2"
  - id: "duur"
    ask: {nl: "Hoe lang duurt de pijn al, zonder ophouden?"}
    label: {nl: "duur"}
    options: [{id: "kort", nl: "korter dan 5 minuten"}, {id: "lang", nl: "langer dan 15 minuten"}]
criteria:
  - {id: "c1", when: {uitstraling: "ja"}, urgency: "U1", actions: ["rav"], reason: {nl: "mogelijk hartinfarct"}, sources: ["eigen"], say: {nl: "Ga zitten, niet lopen."}}
  - {id: "c2", when: {rust: "ja"}, urgency: "U2", actions: ["seh"], reason: {nl: "kortademig in rust"}, sources: ["eigen"]}
  - {id: "c3", when: {duur: "lang"}, urgency: "U3", actions: ["hap-consult"], reason: {nl: "houdt aan"}, sources: ["eigen"]}
default: {urgency: "U4", actions: ["huisarts-dag"]}
actions: {U1: ["rav"], U2: ["seh", "hap-consult"], U3: ["hap-consult", "hap-telefonisch"], U4: ["huisarts-dag", "zelfzorg"]}
advice: {U3: {nl: "Rust tot u gezien bent."}, U4: {nl: "Neem rust."}}
safety_net: {nl: "Bel direct opnieuw bij meer pijn."}
"""

ENKEL = """
format: "zcc-protocol/1"
id: "demo.enkel"
version: "0.1.0"
status: "demonstration"
titles: {nl: "Letsel arm of been", en: "Limb injury"}
search: {nl: ["enkel", "gevallen", "pols"], en: ["ankle"]}
sources: {eigen: {mark: "own-choice"}}
questions:
  - id: "scheef"
    ask: {nl: "Staat het scheef of is de huid kapot?"}
    label: {nl: "scheefstand"}
    red_flag: "yes"
    options: [{id: "nee", nl: "nee"}, {id: "ja", nl: "ja"}]
    unknown_as: "U2"
  - id: "gevoel"
    ask: {nl: "Is het koud, wit of doof eronder?"}
    label: {nl: "doorbloeding"}
    red_flag: "yes"
    options: [{id: "nee", nl: "nee"}, {id: "ja", nl: "ja"}]
    unknown_as: "U2"
  - id: "staan"
    ask: {nl: "Kan de patiënt erop staan?"}
    label: {nl: "belasten"}
    options: [{id: "ja", nl: "ja"}, {id: "nee", nl: "nee"}]
  - id: "dik"
    ask: {nl: "Is het dik of blauw?"}
    label: {nl: "zwelling"}
    options: [{id: "nee", nl: "nee"}, {id: "ja", nl: "ja"}]
criteria:
  - {id: "c1", when: {scheef: "ja"}, urgency: "U2", actions: ["seh"], reason: {nl: "mogelijk open of verplaatste breuk"}, sources: ["eigen"]}
  - {id: "c2", when: {gevoel: "ja"}, urgency: "U1", actions: ["rav"], reason: {nl: "doorbloeding bedreigd"}, sources: ["eigen"]}
  - {id: "c3", when: {staan: "nee"}, urgency: "U3", actions: ["hap-consult"], reason: {nl: "mogelijk breuk"}, sources: ["eigen"]}
  - {id: "c4", when: {dik: "ja"}, urgency: "U4", actions: ["huisarts-dag"], reason: {nl: "kneuzing"}, sources: ["eigen"]}
default: {urgency: "U5", actions: ["zelfzorg"]}
actions: {U1: ["rav"], U2: ["seh"], U3: ["hap-consult"], U4: ["huisarts-dag"], U5: ["zelfzorg"]}
advice: {U3: {nl: "Niet belasten, koelen."}, U5: {nl: "Koelen en hoog leggen."}}
safety_net: {nl: "Bel opnieuw als het wit of doof wordt."}
"""


@lru_cache(maxsize=1)
def small_set() -> ProtocolSet:
    """The set, compiled once for all tests."""
    return load_compiled(small_bytes())


@lru_cache(maxsize=1)
def small_bytes() -> bytes:
    """Its compiled file."""
    return _made("")


@lru_cache(maxsize=1)
def later_set() -> ProtocolSet:
    """The same, changed: another version and hash."""
    return load_compiled(_made("Bel direct opnieuw, ook bij twijfel."))


def _made(net: str) -> bytes:
    with TemporaryDirectory() as folder:
        place = Path(folder)
        for name in SHARED:
            shutil.copy(data_dir() / "protocols" / "demo-nl" / name, place / name)
        chest = BORST.replace("Bel direct opnieuw bij meer pijn.", net) if net else BORST
        (place / "borst.yaml").write_text(chest, encoding="utf-8")
        (place / "enkel.yaml").write_text(ENKEL, encoding="utf-8")
        return compile_set(place)

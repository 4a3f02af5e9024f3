"""From what a caller says to a complaint: lay words, both languages, misspellings; ranked. Pure but for its cache.

Exact words, beginnings and parts of words need nothing but the standard library; rapidfuzz is imported at the first
search that needs it, so it never stands before the first paint.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from zcc_console.protocols.build import reads_as
from zcc_console.protocols.model import AGE, FACTS, Protocol, ProtocolSet, Triage

_WORDS: Final = re.compile(r"[a-z0-9]+")
_EMPTY_WORDS: Final = frozenset(
    [
        "aan",
        "al",
        "als",
        "bij",
        "dat",
        "de",
        "der",
        "die",
        "dit",
        "doet",
        "een",
        "en",
        "er",
        "erg",
        "d",
        "r",
        "ie",
        "ik",
        "in",
        "is",
        "ja",
        "heb",
        "heeft",
        "hebben",
        "haar",
        "heel",
        "het",
        "hij",
        "hem",
        "kan",
        "m",
        "me",
        "met",
        "mij",
        "mijn",
        "mn",
        "n",
        "nu",
        "nog",
        "of",
        "om",
        "ook",
        "op",
        "s",
        "sinds",
        "te",
        "u",
        "uit",
        "uw",
        "van",
        "veel",
        "voor",
        "was",
        "wat",
        "we",
        "wel",
        "wil",
        "zij",
        "ze",
        "zijn",
        "zo",
        "zich",
        "z",
        "n",
        "moeder",
        "vader",
        "man",
        "vrouw",
        "zoon",
        "dochter",
        "a",
        "an",
        "and",
        "are",
        "at",
        "for",
        "has",
        "have",
        "he",
        "her",
        "his",
        "i",
        "it",
        "my",
        "of",
        "on",
        "she",
        "the",
        "to",
        "with",
        "very",
        "mother",
        "father",
        "husband",
        "wife",
        "son",
        "daughter",
    ]
)
_LONGEST_QUERY: Final = 200
_FUZZY_FROM: Final = 4
"""Letters; shorter words are not guessed at."""
_FUZZY_ENOUGH: Final = 78.0
_LEAST_SCORE: Final = 20.0


@dataclass(frozen=True, slots=True)
class Hit:
    """A complaint that may be meant."""

    protocol: Protocol
    score: float
    """0 to 100."""
    matched: str
    """The words of the protocol that were recognised."""
    for_this_age: bool
    """False where the age is known and the protocol is not meant for it; it then stands last."""


@dataclass(frozen=True, slots=True)
class _Term:
    protocol: str
    phrase: str
    shown: str
    words: tuple[str, ...]
    weight: float


@dataclass(frozen=True, slots=True)
class _Index:
    terms: tuple[_Term, ...]
    where: Mapping[str, tuple[int, ...]]
    """Word -> the terms that have it."""


def find_complaints(protocols: ProtocolSet, text: str, triage: Triage | None = None, limit: int = 9) -> tuple[Hit, ...]:
    """The complaints for these words, best first; with no words all of them, by title."""
    given = None if triage is None else triage.answer(FACTS, AGE)
    age = None if given is None else reads_as(protocols.facts[AGE], given)
    phrase = normal(text[:_LONGEST_QUERY])
    words = [one for one in _WORDS.findall(phrase) if one not in _EMPTY_WORDS]
    if not words:
        scored = dict.fromkeys(protocols.protocols, (0.0, ""))
    else:
        scored = _scores(_index(protocols), " ".join(words), list(dict.fromkeys(words)))
    hits = [
        Hit(protocol, score, matched, protocol.applies.holds(age))
        for name, (score, matched) in scored.items()
        for protocol in (protocols.protocols[name],)
    ]
    hits.sort(key=lambda one: (not one.for_this_age, -one.score, one.protocol.titles.nl))
    return tuple(hits[:limit])


def suggested_complaints(
    protocols: ProtocolSet, text: str, triage: Triage | None = None, limit: int = 9
) -> tuple[Hit, ...]:
    """The complaints of which a whole lay word or phrase stands in these words; none where nothing is sure enough.

    It is for words that nobody typed as a search: half a phrase that happens to be alike must not choose a complaint.
    """
    said = set(_WORDS.findall(normal(text[:_LONGEST_QUERY])))
    whole = {term.protocol for term in _index(protocols).terms if said.issuperset(term.words)}
    found = find_complaints(protocols, text, triage, len(protocols.protocols))
    return tuple(hit for hit in found if hit.protocol.id in whole)[:limit]


def normal(text: str) -> str:
    """Lower case, without accents: `Benauwdheid` and `bénauwdheid` are one word."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(one for one in plain if not unicodedata.combining(one))


def warm_up(protocols: ProtocolSet) -> None:
    """Build the index and import rapidfuzz: in a thread after the first paint, so that no key press waits for it."""
    find_complaints(protocols, "warmdraaien")


_indexes: dict[str, _Index] = {}
_MOST_INDEXES: Final = 4


def _index(protocols: ProtocolSet) -> _Index:
    """Built once a set; the cache is by the set's hash."""
    index = _indexes.get(protocols.hash)
    if index is None:
        index = _build(protocols)
        while len(_indexes) >= _MOST_INDEXES:
            _indexes.pop(next(iter(_indexes)), None)
        _indexes[protocols.hash] = index
    return index


def _build(protocols: ProtocolSet) -> _Index:
    terms: list[_Term] = []
    for name, protocol in protocols.protocols.items():
        dutch = [(protocol.titles.nl, 1.0), *((term, 1.0) for term in protocol.search_nl)]
        english = [(protocol.titles.en, 0.97), *((term, 0.97) for term in protocol.search_en)]
        for shown, weight in (*dutch, *english, *((code, 0.9) for code in protocol.icpc1)):
            words = tuple(_WORDS.findall(normal(shown)))
            kept = tuple(one for one in words if one not in _EMPTY_WORDS) or words
            terms.append(_Term(name, " ".join(kept), shown, kept, weight))
    where: dict[str, list[int]] = {}
    for place, term in enumerate(terms):
        for word in term.words:
            where.setdefault(word, []).append(place)
    return _Index(tuple(terms), {word: tuple(places) for word, places in where.items()})


def _scores(index: _Index, phrase: str, words: list[str]) -> dict[str, tuple[float, str]]:
    """Protocol -> (score, what matched)."""
    matches = [_matches(index, word) for word in words]
    candidates = sorted({place for match in matches for own in match for place in index.where[own]})
    best: dict[str, tuple[float, str]] = {}
    for place in candidates:
        term = index.terms[place]
        score = _score(term, phrase, matches) * term.weight
        if score > _LEAST_SCORE and score > best.get(term.protocol, (0.0, ""))[0]:
            best[term.protocol] = (score, term.shown)
    return best


def _score(term: _Term, phrase: str, matches: list[dict[str, float]]) -> float:
    if phrase == term.phrase:
        return 100.0
    said = sum(max(match.get(own, 0.0) for own in term.words) for match in matches) / len(matches)
    heard = sum(max(match.get(own, 0.0) for match in matches) for own in term.words) / len(term.words)
    begins = 6.0 if term.phrase.startswith(phrase) else 0.0
    return min(99.0, 55.0 * said + 38.0 * heard + begins)


def _matches(index: _Index, word: str) -> dict[str, float]:
    """Word of the index -> how far it is the word that was said; a word found nowhere is guessed at as a misspelling."""
    found = {own: score for own in index.where if (score := _same(word, own))}
    if found or len(word) < _FUZZY_FROM:
        return found
    from rapidfuzz import fuzz, process  # not needed before the first misspelling

    enough = _FUZZY_ENOUGH - (2 if len(word) > 7 else 0)
    vocabulary = [own for own in index.where if len(own) >= _FUZZY_FROM]
    alike = process.extract(word, vocabulary, scorer=fuzz.ratio, score_cutoff=enough, limit=6)
    return {own: score / 100 * 0.85 for own, score, _ in alike}


def _same(word: str, own: str) -> float:
    """1 the same word, less for a beginning, an ending added, a part; 0 for another word."""
    if word == own:
        return 1.0
    if own.startswith(word):
        return 0.9
    if len(word) >= 4 and word in own:
        return 0.75
    if len(own) >= 5 and own in word:
        return 0.7
    return 0.65 if len(own) >= 3 and word.startswith(own) and len(word) - len(own) <= 2 else 0.0

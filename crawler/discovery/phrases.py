"""What a phrase is about: a link's text or a part of an address, read against the tables of words.

``Privacy Policy`` is a document's name, ``Facebook's privacy scandal widens`` a headline, ``Privacy screens``
a product. What tells them apart is what stands beside the word: only words of such names (*policy*, *your*,
*cookies*, *terms*; ``phrases.toml``), or others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache

from crawler.discovery.vocabulary import KINDS, Kind, fold, stems, trie, whole_words
from pipelines.word_tables import all_words, any_of, read_word_table

_SECTIONS = (
    *("names", "beside", "beside_unspaced", "aside", "aside_inside", "hubs"),
    *("other", "other_inside", "other_endings"),
)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a phrase is about."""

    kind: Kind | None
    """Of the strongest word found; None if there is none."""
    named: bool = False
    """A word for a document stands beside it."""
    extra: int = 0
    """How many words do not belong to a document's name; a headline has many."""
    aside: bool = False
    """It is a policy for children, for one state, for applicants, or settings rather than the policy."""
    other: bool = False
    """It is a product, an article or a service."""
    hub: bool = False
    """It is a page around the policy, which may be the policy or only lead to it."""


@lru_cache(maxsize=16_384)
def read(folded: str) -> Subject:
    """What a folded phrase is about; one without any of the words is ``Subject(None)``.

    >>> read(fold("Our Privacy Policy"))
    Subject(kind='policy', named=True, extra=0, aside=False, other=False, hub=False)
    >>> read(fold("Privacy screens for every window")).other
    True
    """
    if not mentions(folded):
        return Subject(None)
    of = _expressions()
    kind = next(kind for kind, key in of.by_kind.items() if key.search(folded))
    rest = folded
    for key in of.by_kind.values():
        rest = key.sub(" ", rest)
    return Subject(
        kind,
        named=bool(of.name_anywhere.search(folded)),
        extra=sum(map(_extra, rest.split())),
        # "Privacy Policy / Your California Privacy Rights" is the main policy with one more name
        aside=_is_aside(folded, rest) and len(of.by_kind["policy"].findall(folded)) < 2,
        other=bool(of.other_word.search(rest) or of.other_anywhere.search(folded)),
        hub=bool(of.hub.search(folded)),
    )


def mentions(folded: str) -> bool:
    """True if any word of the vocabulary stands in a folded text: the quick test before the thorough ``read``."""
    return _expressions().any_kind.search(folded) is not None


def is_for_some(folded: str) -> bool:
    """True if a phrase, with or without a policy's name, is about children, applicants, one state or the like."""
    return _is_aside(folded, folded)


def _extra(word: str) -> int:
    """How many words of no policy's name a word counts for: 0 or 1, in unspaced scripts one per three letters."""
    of = _expressions()
    if len(word) == 1 or word in of.beside_words or word.isdecimal() or of.name_word.match(word):
        return 0
    if _is_unspaced(word):
        unknown = of.beside_unspaced.sub("", of.name_anywhere.sub("", word))
        return -(-len(unknown) // 3)
    return 1


def _is_aside(folded: str, rest: str) -> bool:
    of = _expressions()
    return bool(of.aside_word.search(rest) or of.aside_anywhere.search(folded))


def _is_unspaced(word: str) -> bool:
    """True for scripts written without spaces: Han, kana and Thai (Hangul joins its words too)."""
    return bool(re.search("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]", word))


@dataclass(frozen=True, slots=True)
class _Expressions:
    """The tables of words as regular expressions."""

    by_kind: dict[Kind, re.Pattern[str]]
    any_kind: re.Pattern[str]
    name_word: re.Pattern[str]
    name_anywhere: re.Pattern[str]
    beside_words: frozenset[str]
    beside_unspaced: re.Pattern[str]
    aside_word: re.Pattern[str]
    aside_anywhere: re.Pattern[str]
    hub: re.Pattern[str]
    other_word: re.Pattern[str]
    other_anywhere: re.Pattern[str]


@cache
def _expressions() -> _Expressions:
    table = read_word_table("crawler.discovery", "phrases.toml", sections=_SECTIONS)
    words = {section: sorted({fold(word) for word in all_words(lists)}) for section, lists in table.items()}
    return _Expressions(
        by_kind={kind: _any_stem(kind) for kind in KINDS},
        any_kind=_any_stem(*KINDS),
        name_word=_beginning(words["names"]),
        name_anywhere=re.compile(trie(words["names"])),
        beside_words=frozenset(words["beside"]),
        beside_unspaced=re.compile(any_of(words["beside_unspaced"])),
        aside_word=_beginning(words["aside"]),
        aside_anywhere=re.compile(trie(words["aside_inside"])),
        hub=_beginning(words["hubs"]),
        other_word=_beginning(words["other"]),
        other_anywhere=re.compile(rf"{any_of(words['other_inside'])}|(?:{any_of(words['other_endings'])})\b"),
    )


def _any_stem(*kinds: Kind) -> re.Pattern[str]:
    """Any stem of the vocabulary. Spaced scripts take the rest of the word with it (``datenschutzerklarung``)."""
    folded = {fold(stem) for stem in stems(*kinds)}
    whole = folded.intersection(whole_words())
    unspaced = {stem for stem in folded if _is_unspaced(stem)}
    begun = folded - whole - unspaced
    parts = []
    if begun:
        parts.append(f"{trie(w.replace(' ', ' ?') for w in sorted(begun))}[^\\W\\u3040-\\u9fff\\uac00-\\ud7af]*")
    if whole:
        parts.append(rf"\b{trie(sorted(whole))}\b")
    if unspaced:
        parts.append(trie(w.replace(" ", " ?") for w in sorted(unspaced)))
    return re.compile("|".join(parts))


def _beginning(words: Iterable[str]) -> re.Pattern[str]:
    """Words that begin with one of ``words``; one of up to four letters has to be the whole word (``act``)."""
    begun = any_of(words, lambda w: w.replace(" ", " ?") + (r"s?\b" if len(w) <= 4 and w.isascii() else ""))
    return re.compile(rf"\b(?:{begun})")

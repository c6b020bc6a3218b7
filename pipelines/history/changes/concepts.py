"""Which concepts of a privacy policy a sentence names, and which numbers (``concepts.toml``, ``numbers.toml``)."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from functools import cache, lru_cache
from itertools import pairwise

from pipelines.history.changes.words import LONG_LINE, paragraphs, sentence
from pipelines.word_tables import BadWordTable, all_words, read_word_table

TIME_UNITS = frozenset({"time_hour", "time_day", "time_week", "time_month", "time_year"})
"""Concepts that only measure: "under 13" and "under 13 years" say the same."""
SILENT = "nothing_said"
"""The section of phrases in which a word of another concept means nothing of its own."""
_DEPENDS = "what a word names depends on the next one"
_LONG_WORD = 9  # letters from which a word may be a compound
_USUAL_WORD = 40  # letters: longer words are not remembered
_FROM_CJK = "[\u2e80-\U0010ffff]"
_ANY_FROM_CJK = re.compile(_FROM_CJK)
_BOUNDARY = re.compile(f" |(?={_FROM_CJK})")
_NO_BLANK = re.compile(f"(?<={_FROM_CJK}) (?={_FROM_CJK})")
_CJK = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]")


def concepts_of_text(text: str) -> Counter[str]:
    """How often each concept is named in a text, paragraph by paragraph.

    Most paragraphs stay from version to version, so what those of usual length name is remembered.
    """
    found: Counter[str] = Counter()
    for line in paragraphs(text):
        found.update(_remembered(line) if len(line) < LONG_LINE else concepts(sentence(line).words))
    return found


@lru_cache(maxsize=4096)
def _remembered(line: str) -> Counter[str]:
    return concepts(sentence(line).words)


def concepts(words: tuple[str, ...]) -> Counter[str]:
    """How often each concept is named in ``words`` (folded: lower case, without accents).

    At each word the longest entry of the table counts, and the words that it covers are not looked at again. What a
    word names is remembered, and what one that begins an entry of several words names before another word.
    """
    text = " ".join(words)
    found = Counter(_of_text(_NO_BLANK.sub("", text)) if _ANY_FROM_CJK.search(text) else _of_words(words))
    del found[SILENT]
    return found


def _of_words(words: tuple[str, ...]) -> list[str]:
    """The concepts named in words of which none has a character of CJK."""
    named: list[str] = []
    at, number = 0, len(words)
    while at < number:
        word = words[at]
        concept = _alone(word) if len(word) < _USUAL_WORD else _DEPENDS
        if concept is _DEPENDS and at + 1 < number and len(words[at + 1]) < _USUAL_WORD:
            concept = _before(word, words[at + 1])
        step = 1
        if concept is _DEPENDS:
            some = " ".join(words[at : at + _reach()])
            end, concept = _at(some, 0)
            step = some.count(" ", 0, end) + (end > len(some))
        if concept:
            named.append(concept)
        at += step
    return named


def _of_text(text: str) -> list[str]:
    """The concepts named in words with blanks between them, but for those of CJK, which stand side by side."""
    named: list[str] = []
    position = 0
    while position < len(text):
        step, concept = _at(text, position)
        if concept:
            named.append(concept)
        position += step
    return named


def numbers(words: tuple[str, ...]) -> frozenset[str]:
    """The numbers in ``words``, written as digits or as one of the usual number words."""
    by_word, before_units, units = _numbers()
    found = {by_word.get(word, word.lstrip("0") or "0") for word in words if word.isdecimal() or word in by_word}
    found |= {before_units[word] for word, unit in pairwise(words) if word in before_units and unit in units}
    return frozenset(found)


@lru_cache(maxsize=1 << 16)
def _alone(word: str) -> str | None:
    """The concept that a word names; ``_DEPENDS`` where it begins an entry of several words."""
    return _DEPENDS if word in _phrases() else _at(f"{word} ", 0)[1]


@lru_cache(maxsize=1 << 16)
def _before(word: str, following: str) -> str | None:
    """The concept that a word names before another one; ``_DEPENDS`` where both may begin an entry of several."""
    may_begin = any(following.startswith(second) for second in _phrases().get(word, ("",)))
    return _DEPENDS if may_begin else _at(f"{word} ", 0)[1]


def _at(text: str, start: int) -> tuple[int, str | None]:
    """How far to go on from ``start``, and the concept named there."""
    of = _stems()
    spaceless = bool(_CJK.match(text, start))
    lengths = _lengths()
    for length in lengths.get(text[start : start + 2], lengths.get(text[start], ())):
        piece = text[start : start + length]
        end = start + len(piece)
        concept = of["beginnings"].get(piece)
        if concept is None and (end == len(text) or text[end] == " "):
            concept = of["words"].get(piece)
        if concept:
            return (end if spaceless else _next_word(text, end)) - start, concept
    if spaceless:
        return 1, None
    stop = max(start + 1, _next_word(text, start))  # "𠮷" is a boundary itself
    word = text[start:stop].rstrip(" ")
    if len(word) < _LONG_WORD:
        return stop - start, None
    return stop - start, next((concept for stem, concept in of["inside"].items() if stem in word), None)


def _next_word(text: str, position: int) -> int:
    """Where the next word begins: after the next blank, or at the next CJK character."""
    found = _BOUNDARY.search(text, position)
    return found.end() if found else len(text) + 1


@cache
def _stems() -> dict[str, dict[str, str]]:
    """What is looked for, with the concept that it names; ``concepts.toml`` explains the three kinds."""
    stems: dict[str, dict[str, str]] = {"words": {}, "beginnings": {}, "inside": {}}
    for concept, lists in read_word_table("pipelines.history.changes", "concepts.toml").items():
        for kind, entries in lists.items():
            if kind not in stems:
                raise BadWordTable(f"concepts.toml: [{concept}] {kind}: is not words, beginnings or inside")
            for stem in entries:
                if (other := stems[kind].setdefault(stem, concept)) != concept:
                    raise BadWordTable(f"concepts.toml: [{concept}] {kind}: {stem!r} is also of [{other}]")
    return stems


@cache
def _phrases() -> dict[str, frozenset[str]]:
    """The first words of the entries that have several, with the second ones (empty where any word may follow)."""
    found: dict[str, set[str]] = {}
    for phrase in _of_several_words():
        first, second, *_ = phrase.split(" ")
        found.setdefault(first, set()).add(second)
    return {first: frozenset(seconds) for first, seconds in found.items()}


@cache
def _reach() -> int:
    """Words that an entry can cover, with the one after them."""
    return max((phrase.count(" ") for phrase in _of_several_words()), default=0) + 2


def _of_several_words() -> list[str]:
    return [entry for kind in ("words", "beginnings") for entry in _stems()[kind] if " " in entry]


@cache
def _lengths() -> dict[str, tuple[int, ...]]:
    """The lengths of the words and beginnings, the longest first, by their first two characters.

    A single character that is an entry itself has a key of its own, for texts that go on with another one.
    """
    entries = _stems()["words"].keys() | _stems()["beginnings"].keys()
    lengths: defaultdict[str, set[int]] = defaultdict(set)
    for stem in entries:
        lengths[stem[:2]].add(len(stem))
    for key, found in lengths.items():
        found.update({1} if key[0] in entries else ())
    return {key: tuple(sorted(found, reverse=True)) for key, found in lengths.items()}


@cache
def _numbers() -> tuple[dict[str, str], dict[str, str], frozenset[str]]:
    """Word -> number, for words that are one always and for those that are one before a unit; and the units."""
    table = read_word_table("pipelines.history.changes", "numbers.toml", sections=("words", "before_units", "units"))
    by_word, before_units = (
        {word: number for number, words in table[section].items() for word in words}
        for section in ("words", "before_units")
    )
    return by_word, before_units, all_words(table["units"])

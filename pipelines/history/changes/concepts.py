"""Which concepts of a privacy policy a sentence names, and which numbers (``concepts.toml``, ``numbers.toml``)."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise

from pipelines.history.changes.words import LONG_LINE, paragraphs, sentence
from pipelines.word_tables import BadWordTable, all_words, read_word_table

TIME_UNITS = frozenset({"time_hour", "time_day", "time_week", "time_month", "time_year"})
"""Concepts that only measure: "under 13" and "under 13 years" say the same."""
#: Paragraphs whose concepts are remembered: most stay from version to version.
_REMEMBERED = 4096
_SILENT = "nothing_said"  # phrases in which a word of another concept means nothing of its own
_LONG_WORD = 10  # letters from which a word may be a compound
_CJK_START = "\u2e80"
_CJK = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]")


def concepts_of_text(text: str) -> Counter[str]:
    """How often each concept is named in a text, paragraph by paragraph."""
    found: Counter[str] = Counter()
    for line in paragraphs(text):
        found.update(_remembered_concepts(line) if len(line) < LONG_LINE else _paragraph_concepts(line))
    return found


def _paragraph_concepts(line: str) -> Counter[str]:
    return concepts(sentence(line).words)


_remembered_concepts = lru_cache(_REMEMBERED)(_paragraph_concepts)


def concepts(words: tuple[str, ...]) -> Counter[str]:
    """How often each concept is named in ``words`` (folded: lower case, without accents).

    At each word the longest entry of the table counts, and the words that it covers are not looked at again.
    """
    found: Counter[str] = Counter()
    text = _joined(words)
    position = 0
    while position < len(text):
        step, concept = _at(text, position)
        if concept and concept != _SILENT:
            found[concept] += 1
        position += step
    return found


def numbers(words: tuple[str, ...]) -> frozenset[str]:
    """The numbers in ``words``, written as digits or as one of the usual number words."""
    of = _numbers()
    found = {of.by_word.get(word, word.lstrip("0") or "0") for word in words if word.isdecimal() or word in of.by_word}
    found |= {of.before_units[word] for word, unit in pairwise(words) if word in of.before_units and unit in of.units}
    return frozenset(found)


def _joined(words: tuple[str, ...]) -> str:
    """The words separated by blanks, but CJK characters side by side: there are no blanks between their words."""
    parts: list[str] = []
    for word in words:
        if parts and not (word[0] >= _CJK_START and parts[-1][-1] >= _CJK_START):
            parts.append(" ")
        parts.append(word)
    return "".join(parts)


def _at(text: str, start: int) -> tuple[int, str | None]:
    """How far to go on from ``start``, and the concept named there."""
    of = _stems()
    spaceless = bool(_CJK.match(text, start))
    lengths = _lengths()
    for length in lengths.get(text[start : start + 2], lengths.get(text[start], ())):
        piece = text[start : start + length]
        end = start + len(piece)
        concept = of.beginnings.get(piece)
        if concept is None and (end == len(text) or text[end] == " "):
            concept = of.words.get(piece)
        if concept:
            return (end if spaceless else _next_word(text, end)) - start, concept
    if spaceless:
        return 1, None
    stop = _next_word(text, start)
    word = text[start:stop]
    if len(word) < _LONG_WORD:
        return stop - start, None
    return stop - start, next((concept for stem, concept in of.inside.items() if stem in word), None)


def _next_word(text: str, position: int) -> int:
    """Where the next word begins: after the next blank, or at the next CJK character."""
    while position < len(text) and text[position] != " ":
        if text[position] >= _CJK_START:
            return position
        position += 1
    return position + 1


@dataclass(frozen=True, slots=True)
class _Stems:
    """What is looked for, with the concept that it names; ``concepts.toml`` explains the three."""

    words: dict[str, str]
    beginnings: dict[str, str]
    inside: dict[str, str]


@cache
def _stems() -> _Stems:
    stems = _Stems({}, {}, {})
    for concept, lists in read_word_table("pipelines.history.changes", "concepts.toml").items():
        for kind, entries in lists.items():
            known: dict[str, str] | None = getattr(stems, kind, None)
            if known is None:
                raise BadWordTable(f"concepts.toml: [{concept}] {kind}: is not words, beginnings or inside")
            for stem in entries:
                if known.setdefault(stem, concept) != concept:
                    raise BadWordTable(f"concepts.toml: [{concept}] {kind}: {stem!r} is also of [{known[stem]}]")
    return stems


@cache
def _lengths() -> dict[str, tuple[int, ...]]:
    """The lengths of the words and beginnings, the longest first, by their first two characters.

    A single character that is an entry itself has a key of its own, for texts that go on with another one.
    """
    of = _stems()
    entries = of.words.keys() | of.beginnings.keys()
    keys = {stem[:2] for stem in entries} | {stem for stem in entries if len(stem) == 1}
    return {
        key: tuple(sorted({len(stem) for stem in entries if stem[:2] == key or stem == key[0]}, reverse=True))
        for key in keys
    }


@dataclass(frozen=True, slots=True)
class _Numbers:
    by_word: dict[str, str]
    before_units: dict[str, str]
    units: frozenset[str]


@cache
def _numbers() -> _Numbers:
    table = read_word_table("pipelines.history.changes", "numbers.toml", sections=("words", "before_units", "units"))
    by_word, before_units = (
        {word: number for number, words in table[section].items() for word in words}
        for section in ("words", "before_units")
    )
    return _Numbers(by_word, before_units, all_words(table["units"]))

"""Which concepts of a privacy policy a sentence names, and which numbers (``concepts.toml``, ``numbers.toml``)."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from itertools import pairwise

from pipelines.word_tables import BadWordTable, all_words, read_word_table

TIME_UNITS = frozenset({"time_hour", "time_day", "time_week", "time_month", "time_year"})
"""Concepts that only measure: "under 13" and "under 13 years" say the same."""
_SILENT = "nothing_said"  # phrases in which a word of another concept means nothing of its own
_MOST_STEM = 24  # characters of the longest entry of the table
_LONG_WORD = 10  # letters from which a word may be a compound
_FROM_CJK = "[\u2e80-\U0010ffff]"
_BOUNDARY = re.compile(f" |(?={_FROM_CJK})")
_NO_BLANK = re.compile(f"(?<={_FROM_CJK}) (?={_FROM_CJK})")
_CJK = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]")


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
    by_word, before_units, units = _numbers()
    found = {by_word.get(word, word.lstrip("0") or "0") for word in words if word.isdecimal() or word in by_word}
    found |= {before_units[word] for word, unit in pairwise(words) if word in before_units and unit in units}
    return frozenset(found)


def _joined(words: tuple[str, ...]) -> str:
    """The words separated by blanks, but CJK characters side by side: there are no blanks between their words."""
    return _NO_BLANK.sub("", " ".join(words))


def _at(text: str, start: int) -> tuple[int, str | None]:
    """How far to go on from ``start``, and the concept named there."""
    of = _stems()
    spaceless = bool(_CJK.match(text, start))
    for end in range(min(len(text), start + _MOST_STEM), start, -1):
        piece = text[start:end]
        concept = of["beginnings"].get(piece)
        if concept is None and (end == len(text) or text[end] == " "):
            concept = of["words"].get(piece)
        if concept:
            return (end if spaceless else _next_word(text, end)) - start, concept
    if spaceless:
        return 1, None
    stop = _next_word(text, start)
    word = text[start:stop]
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
def _numbers() -> tuple[dict[str, str], dict[str, str], frozenset[str]]:
    """Word -> number, for words that are one always and for those that are one before a unit; and the units."""
    table = read_word_table("pipelines.history.changes", "numbers.toml", sections=("words", "before_units", "units"))
    by_word, before_units = (
        {word: number for number, words in table[section].items() for word in words}
        for section in ("words", "before_units")
    )
    return by_word, before_units, all_words(table["units"])

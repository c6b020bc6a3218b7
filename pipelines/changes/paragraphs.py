"""What changed, to read: the added, removed, altered and moved paragraphs of two versions, aligned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.changes.align import ALIKE, align, differences, pair
from pipelines.changes.words import paragraphs, split_words

ADDED = "added"
REMOVED = "removed"
ALTERED = "altered"
MOVED = "moved"
_ALIKE_ALONE = 0.25
"""Similarity from which one paragraph in the place of one other is that one altered: "Last updated: ..."."""


@dataclass(frozen=True, slots=True)
class ParagraphChange:
    """One paragraph, list item, heading or table row that is not as it was."""

    op: str
    """``added``, ``removed``, ``altered`` or ``moved`` (equal, but elsewhere)."""
    before_at: int | None
    """Its place among the paragraphs of the version before, from 0; ``None`` where added."""
    after_at: int | None
    """Its place among the paragraphs of the version after, from 0; ``None`` where removed."""
    before: str | None
    after: str | None
    words_added: int
    words_removed: int


@dataclass(frozen=True, slots=True)
class Difference:
    """How two texts differ, in paragraphs and in words."""

    paragraphs: tuple[ParagraphChange, ...]
    """In the order of the new text; what was removed stands where it stood."""
    words_added: int
    words_removed: int
    similarity: float
    """Words that stayed, of all words of both texts: 0 (none) to 1 (all)."""


def difference(before: str, after: str) -> Difference:
    """The paragraphs and words in which two texts differ. Texts of 100 KB take some 50 ms.

    Paragraphs are compared by their words: white space, case and punctuation alone make no change.
    """
    old, new = paragraphs(before), paragraphs(after)
    old_words, new_words = [split_words(line) for line in old], [split_words(line) for line in new]
    alignment = align(old_words, new_words)
    changes = [(j, i, ParagraphChange(MOVED, i, j, old[i], new[j], 0, 0)) for i, j in alignment.moved if old_words[i]]
    for gap in alignment.gaps:
        alone = len(gap.before) == len(gap.after) == 1
        partners = dict(pair(gap, old_words, new_words, _ALIKE_ALONE if alone else ALIKE))
        for i in gap.before:
            if i in partners:
                j = partners[i]
                removed, added = _differing(old_words[i], new_words[j])
                changes.append((j, i, ParagraphChange(ALTERED, i, j, old[i], new[j], added, removed)))
            elif old_words[i]:
                gone = ParagraphChange(REMOVED, i, None, old[i], None, 0, len(old_words[i]))
                changes.append((gap.at, i, gone))
        changes += [
            (j, len(old), ParagraphChange(ADDED, None, j, None, new[j], len(new_words[j]), 0))
            for j in set(gap.after) - set(partners.values())
            if new_words[j]
        ]
    changes.sort(key=lambda change: change[:2])
    listed = tuple(change for _, _, change in changes)
    words_added = sum(change.words_added for change in listed)
    words_removed = sum(change.words_removed for change in listed)
    total = sum(map(len, old_words)) + sum(map(len, new_words))
    return Difference(listed, words_added, words_removed, 1 - (words_added + words_removed) / total if total else 1.0)


def _differing(before: Sequence[str], after: Sequence[str]) -> tuple[int, int]:
    """How many words are only before, and how many only after."""
    stretches = differences(before, after)
    return sum(len(old) for old, _ in stretches), sum(len(new) for _, new in stretches)

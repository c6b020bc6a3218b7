"""What changed, for people to read: the added, removed, altered and moved paragraphs of two versions."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from rapidfuzz.distance import Indel

from pipelines.history.changes.align import ALIKE, Alignment, Gap, align, differences, pair, without_chance
from pipelines.history.changes.words import SPACELESS, paragraphs, split_words

ADDED = "added"
REMOVED = "removed"
ALTERED = "altered"
MOVED = "moved"
#: From this similarity on, one paragraph in the place of one other is that paragraph altered: "Last updated: ...".
_ALIKE_ALONE = 0.25
#: A word with the white space after it; of scripts without spaces, a character.
_WORD = re.compile(rf"[{SPACELESS}]\s*|[^\s{SPACELESS}]+\s*")


@dataclass(frozen=True, slots=True)
class ParagraphChange:
    """One paragraph, list item, heading or table row that is not as it was.

    Where a paragraph was altered and also split or joined, this is all its parts: their lines together, and the place
    of the first part.
    """

    op: str
    """``added``, ``removed``, ``altered`` or ``moved`` (the same words elsewhere)."""
    before_at: int | None
    """Its place among the paragraphs of the version before, from 0; ``None`` where added."""
    after_at: int | None
    """Its place among the paragraphs of the version after, from 0; ``None`` where removed."""
    before: str | None
    after: str | None
    added: int
    """Words that the paragraph got."""
    removed: int
    """Words that it lost."""


@dataclass(frozen=True, slots=True)
class Difference:
    """How two texts differ, in paragraphs and in words."""

    paragraphs: tuple[ParagraphChange, ...]
    """In the order of the new text; a removed paragraph comes where it was."""
    words_added: int
    words_removed: int
    similarity: float
    """Share of words that stayed, of all words of both texts, 0 to 1. Line breaks make no difference."""


def difference(before: str, after: str) -> Difference:
    """The paragraphs and words in which two texts differ. Texts of 100 KB take some 50 ms.

    Paragraphs are compared by their words: white space, case, punctuation and line breaks alone make no change.
    Words that moved count as words that stayed.
    """
    old, new = _Side.of(before), _Side.of(after)
    if old.flat() == new.flat():
        return Difference((), 0, 0, 1.0)
    alignment = _aligned_lines(old, new)
    changes = [(j, i, ParagraphChange(MOVED, i, j, old.lines[i], new.lines[j], 0, 0)) for i, j in alignment.moved]
    for gap in alignment.gaps:
        changes += _changes(gap, old, new)
    changes.sort(key=lambda change: change[:2])
    listed = tuple(change for _, _, change in changes)
    words_added = sum(change.added for change in listed)
    words_removed = sum(change.removed for change in listed)
    total = len(old.flat()) + len(new.flat())
    return Difference(listed, words_added, words_removed, 1 - (words_added + words_removed) / total)


@dataclass(frozen=True, slots=True)
class _Side:
    """One of the two texts."""

    lines: list[str]
    words: list[tuple[str, ...]]
    """The words of each line."""

    @classmethod
    def of(cls, text: str) -> _Side:
        lines = paragraphs(text)
        return cls(lines, [split_words(line) for line in lines])

    def flat(self, at: Iterable[int] | None = None) -> list[str]:
        """The words of the lines ``at`` (by default of all lines), one after the other."""
        return list(chain.from_iterable(self.words if at is None else (self.words[i] for i in at)))

    def block(self, at: Iterable[int]) -> str:
        return "\n".join(self.lines[i] for i in at)


def _aligned_lines(old: _Side, new: _Side) -> Alignment:
    """Which lines correspond to which; only of lines that have words.

    If the lines are broken otherwise in the new text, a short line that is in both ("Back to top") can separate what
    belongs together. So if the words, aligned without regard to lines, differ by a third less, all lines are one gap.
    """
    # A line without words corresponds to no other: each has a key of its own.
    keys = (
        [words or (at,) for at, words in enumerate(old.words)],
        [words or (-1 - at,) for at, words in enumerate(new.words)],
    )
    found = align(*keys)
    gaps = tuple(
        Gap(tuple(i for i in gap.before if old.words[i]), tuple(j for j in gap.after if new.words[j]), gap.at)
        for gap in found.gaps
    )
    if len(gaps) + len(found.moved) > 1:
        differ = sum(Indel.distance(old.flat(gap.before), new.flat(gap.after)) for gap in gaps)
        differ += 2 * sum(len(old.words[i]) for i, _ in found.moved)
        most = differ * 2 // 3
        if Indel.distance(old.flat(), new.flat(), score_cutoff=most) <= most:
            before, after = (tuple(at for at, words in enumerate(side.words) if words) for side in (old, new))
            return Alignment((Gap(before, after),), ())
    return Alignment(gaps, found.moved)


_Placed = tuple[int, int, ParagraphChange]
"""A change after its place in the new text and its place in the old one, by which changes are sorted."""


def _changes(gap: Gap, old: _Side, new: _Side) -> Iterator[_Placed]:
    """The paragraphs of ``gap`` that are not as they were.

    The words of all of them are aligned as one text. Paragraphs that share half the words of one of them are one
    paragraph that was altered, split or joined (linked). Of the others, those alike are one that went elsewhere.
    """
    words = _aligned(gap, old, new)
    linked = _linked(gap, words.kept, old, new)
    lone = gap.without(linked)
    # If the gap is one paragraph for one other, these two have been compared already.
    alone = len(gap.before) == len(gap.after) == 1
    elsewhere = [] if alone else pair(lone, old.words, new.words)
    gone_elsewhere, come_from_elsewhere = {i for i, _ in elsewhere}, {j for _, j in elsewhere}
    for (i, j), count in words.kept.items():
        # What went elsewhere takes along the few words that other paragraphs seemed to have kept of it.
        if i in gone_elsewhere or j in come_from_elsewhere:
            words.gone[i] += count
            words.come[j] += count
    yield from _altered_elsewhere(elsewhere, old, new)
    yield from _altered_in_place(linked, words, old, new)
    left = lone.without(elsewhere)
    for i in left.before:
        if words.gone[i]:
            follows = bisect_left(linked, (i,))
            place = linked[follows - 1][1] + 1 if follows else gap.at
            yield place, i, ParagraphChange(REMOVED, i, None, old.lines[i], None, 0, words.gone[i])
    for j in left.after:
        if words.come[j]:
            yield j, len(old.lines), ParagraphChange(ADDED, None, j, None, new.lines[j], words.come[j], 0)


def _linked(gap: Gap, kept: Counter[tuple[int, int]], old: _Side, new: _Side) -> list[tuple[int, int]]:
    """The pairs of paragraphs that are one, altered where it was, in order."""
    linked = [(i, j) for (i, j), words in kept.items() if words >= ALIKE * min(len(old.words[i]), len(new.words[j]))]
    lone = gap.without(linked)
    if len(lone.before) == len(lone.after) == 1:
        i, j = lone.before[0], lone.after[0]
        if 2 * kept[i, j] >= _ALIKE_ALONE * (len(old.words[i]) + len(new.words[j])):
            linked = sorted([*linked, (i, j)])
    return linked


def _altered_elsewhere(pairs: Iterable[tuple[int, int]], old: _Side, new: _Side) -> Iterator[_Placed]:
    for i, j in pairs:
        op = MOVED if old.words[i] == new.words[j] else ALTERED
        removed, added = _differing(old.words[i], new.words[j])
        yield j, i, ParagraphChange(op, i, j, old.lines[i], new.lines[j], added, removed)


def _altered_in_place(
    linked: Iterable[tuple[int, int]], words: _AlignedWords, old: _Side, new: _Side
) -> Iterator[_Placed]:
    for before, after in _blocks(linked):
        added, removed = sum(words.come[j] for j in after), sum(words.gone[i] for i in before)
        if added or removed:
            i, j = before[0], after[0]
            yield j, i, ParagraphChange(ALTERED, i, j, old.block(before), new.block(after), added, removed)


@dataclass(frozen=True, slots=True)
class _AlignedWords:
    """How many words each paragraph of a gap has of what kind."""

    gone: Counter[int]
    """Words that a paragraph before lost."""
    come: Counter[int]
    """Words that a paragraph after got."""
    kept: Counter[tuple[int, int]]
    """Words that a paragraph before and one after have in common."""


def _aligned(gap: Gap, old: _Side, new: _Side) -> _AlignedWords:
    old_at = [i for i in gap.before for _ in old.words[i]]
    new_at = [j for j in gap.after for _ in new.words[j]]
    found = _AlignedWords(Counter(), Counter(), Counter())
    old_end = new_end = 0
    stretches = without_chance(differences(old.flat(gap.before), new.flat(gap.after)))
    for removed, added in [*stretches, (range(len(old_at), len(old_at)), range(len(new_at), len(new_at)))]:
        found.kept.update(zip(old_at[old_end : removed.start], new_at[new_end : added.start], strict=True))
        found.gone.update(old_at[removed.start : removed.stop])
        found.come.update(new_at[added.start : added.stop])
        old_end, new_end = removed.stop, added.stop
    return found


def _blocks(linked: Iterable[tuple[int, int]]) -> list[tuple[list[int], list[int]]]:
    """The paragraphs before and after that the pairs of ``linked``, which are in order, connect."""
    blocks: list[tuple[list[int], list[int]]] = []
    for i, j in linked:
        if blocks and (blocks[-1][0][-1] == i or blocks[-1][1][-1] == j):
            before, after = blocks[-1]
            before += [i] * (before[-1] != i)
            after += [j] * (after[-1] != j)
        else:
            blocks.append(([i], [j]))
    return blocks


def _differing(before: Sequence[str], after: Sequence[str]) -> tuple[int, int]:
    """How many words are only before, and how many only after."""
    stretches = without_chance(differences(before, after))
    return sum(len(old) for old, _ in stretches), sum(len(new) for _, new in stretches)


def in_turn(before: str, after: str) -> Iterator[tuple[str, str, str]]:
    """What stayed, what went and what came between two forms of a paragraph, in turn; at the end what stayed behind.

    Words that differ only in case count as the same, and are given as in the new form.

    >>> list(in_turn("We keep it for a year.", "We keep it for two years."))
    [('We keep it for ', 'a year.', 'two years.'), ('', '', '')]
    """
    old, new = _WORD.findall(before), _WORD.findall(after)
    at = 0
    for removed, added in without_chance(differences(*([word.strip().casefold() for word in of] for of in (old, new)))):
        yield (
            "".join(new[at : added.start]),
            "".join(old[removed.start : removed.stop]),
            "".join(new[added.start : added.stop]),
        )
        at = added.stop
    yield "".join(new[at:]), "", ""

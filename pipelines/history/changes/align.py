"""Which unit of one text corresponds to which of another: equal, altered, moved, added or removed ones.

The alignment is rapidfuzz's longest common subsequence, which is bit-parallel in C++ and has no bad case: 30,000
equal lines take 10 ms. The time of difflib grows with the square of the repetitions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import Indel, LCSseq

#: In which two sequences differ: indexes before and indexes after, of which one may be empty.
Stretches = list[tuple[range, range]]

#: From this similarity on (shared words, in order), two units count as one that was altered.
ALIKE = 0.5
#: Most pairs of units that are compared within one gap; in a larger gap, only units at about the same place.
_MOST_COMPARISONS = 50_000
#: Most units before times units after that are aligned at once, with one bit of memory for each pair; longer sequences
#: are halved first.
_MOST_CELLS = 1_600_000_000
#: This many words in a row are not the same by chance.
_TELLING = 4


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch between equal units: the indexes of what was there before, and of what is there now."""

    before: tuple[int, ...]
    after: tuple[int, ...]
    at: int = 0
    """Where it is in the sequence after, also if nothing is left there."""

    def without(self, pairs: Sequence[tuple[int, int]]) -> Gap:
        """The units that no pair (before, after) names."""
        gone, come = {i for i, _ in pairs}, {j for _, j in pairs}
        before, after = (i for i in self.before if i not in gone), (j for j in self.after if j not in come)
        return Gap(tuple(before), tuple(after), self.at)


@dataclass(frozen=True, slots=True)
class Alignment:
    """The differences of two sequences. A unit that is in no field is equal and in its place."""

    gaps: tuple[Gap, ...]
    """What differs, in the order of the texts, without what only moved."""
    moved: tuple[tuple[int, int], ...]
    """Pairs (before, after) of equal units in another order."""


def align(before: Sequence[Hashable], after: Sequence[Hashable]) -> Alignment:
    """Aligns two sequences of keys (equal keys are equal units)."""
    gaps = differences(before, after)
    arrived: defaultdict[Hashable, list[int]] = defaultdict(list)
    for _, new in reversed(gaps):
        for j in reversed(new):
            arrived[after[j]].append(j)
    moved = [(i, arrived[before[i]].pop()) for old, _ in gaps for i in old if arrived.get(before[i])]
    gone, come = {i for i, _ in moved}, {j for _, j in moved}
    left = (
        Gap(tuple(i for i in old if i not in gone), tuple(j for j in new if j not in come), new.start)
        for old, new in gaps
    )
    return Alignment(tuple(gap for gap in left if gap.before or gap.after), tuple(moved))


def pair(gap: Gap, before: Sequence[Sequence[str]], after: Sequence[Sequence[str]]) -> list[tuple[int, int]]:
    """Pairs (before, after) of units in ``gap`` that are one unit altered: at least ``ALIKE``, the most similar first.

    ``before`` and ``after`` give each unit's words.
    """
    if not gap.before or not gap.after:
        return []
    reach = max(1, _MOST_COMPARISONS // (2 * len(gap.before)))
    slope = len(gap.after) / len(gap.before)
    likely = []
    for place, i in enumerate(gap.before):
        middle = int(place * slope)
        near = gap.after[max(0, middle - reach) : middle + reach + 1]
        found = process.extract(
            before[i],
            {j: after[j] for j in near if _may_be_alike(len(before[i]), len(after[j]))},
            scorer=Indel.normalized_similarity,
            score_cutoff=ALIKE,
            limit=None,
        )
        likely += [(-likeness, abs(j - gap.after[0] - middle), i, j) for _, likeness, j in found]
    likely.sort()
    pairs, taken_before, taken_after = [], set(), set()
    for _, _, i, j in likely:
        if i not in taken_before and j not in taken_after:
            pairs.append((i, j))
            taken_before.add(i)
            taken_after.add(j)
    return pairs


def _may_be_alike(words: int, others: int) -> bool:
    """True if units of this many words can be ``ALIKE``."""
    return 2 * min(words, others) >= ALIKE * (words + others) > 0


def differences(before: Sequence[Hashable], after: Sequence[Hashable]) -> Stretches:
    """The stretches in which two sequences differ."""
    stretches: Stretches = []
    for old, new in _opcodes(before, after, 0, 0):
        if stretches and (stretches[-1][0].stop, stretches[-1][1].stop) == (old.start, new.start):
            last_old, last_new = stretches.pop()
            old, new = range(last_old.start, old.stop), range(last_new.start, new.stop)
        stretches.append((old, new))
    return stretches


def _opcodes(
    before: Sequence[Hashable], after: Sequence[Hashable], before_at: int, after_at: int
) -> Iterator[tuple[range, range]]:
    """The differences that rapidfuzz finds, with ``before_at`` and ``after_at`` added to the indexes."""
    if len(before) * len(after) > _MOST_CELLS:
        half, other_half = len(before) // 2, len(after) // 2
        yield from _opcodes(before[:half], after[:other_half], before_at, after_at)
        yield from _opcodes(before[half:], after[other_half:], before_at + half, after_at + other_half)
        return
    for op in LCSseq.opcodes(before, after):
        if op.tag != "equal":
            yield (
                range(before_at + op.src_start, before_at + op.src_end),
                range(after_at + op.dest_start, after_at + op.dest_end),
            )


def without_chance(stretches: Stretches) -> Stretches:
    """``stretches`` of two sequences of words that differ; two long ones with only a few words between are joined.

    Those few words are the same by chance: quite different sentences have the word "the" in common, too.
    """
    joined: Stretches = []
    for old, new in stretches:
        if joined:
            last_old, last_new = joined[-1]
            least = min(max(len(last_old), len(last_new)), max(len(old), len(new)))
            if old.start - last_old.stop < min(least, _TELLING):
                joined[-1] = range(last_old.start, old.stop), range(last_new.start, new.stop)
                continue
        joined.append((old, new))
    return joined

"""What stands opposite what in two texts: units that are equal, altered, moved, added, removed.

The alignment is rapidfuzz's longest common subsequence, bit-parallel in C++: it has no bad case (30,000
equal lines take 10 ms), where difflib's grows with the square of the repetitions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import Indel, LCSseq

ALIKE = 0.5
"""The least similarity (shared words, in order) at which two units count as one that was altered."""
_MOST_COMPARISONS = 50_000
"""Units compared pair by pair within one gap; beyond it only with those at about the same place."""
_MOST_CELLS = 1_600_000_000
"""Units before times units after that are aligned at once, one bit of memory each; of more, each half alone."""
_TELLING = 4
"""So many words in a row are not the same by chance."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch between equal units: what stood there before, what stands there now (as indexes)."""

    before: tuple[int, ...]
    after: tuple[int, ...]
    at: int = 0
    """Where in the sequence after it lies, also when nothing stands there any more."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """The differences of two sequences; units in none of its fields are equal and in place."""

    gaps: tuple[Gap, ...]
    """What differs, in the order of the texts, without what merely moved."""
    moved: tuple[tuple[int, int], ...]
    """Pairs (before, after) of equal units that stand in another order."""


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
    """Which units of ``gap`` are one that was altered: pairs of at least ``ALIKE``, the likest first.

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
    """Whether so many words and so many others can be alike."""
    return 2 * min(words, others) >= ALIKE * (words + others) > 0


def differences(before: Sequence[Hashable], after: Sequence[Hashable]) -> list[tuple[range, range]]:
    """The stretches in which two sequences differ: indexes before, indexes after; one of them may be empty."""
    stretches: list[tuple[range, range]] = []
    for old, new in _opcodes(before, after, 0, 0):
        if stretches and (stretches[-1][0].stop, stretches[-1][1].stop) == (old.start, new.start):
            old, new = range(stretches[-1][0].start, old.stop), range(stretches[-1][1].start, new.stop)
            stretches.pop()
        stretches.append((old, new))
    return stretches


def _opcodes(
    before: Sequence[Hashable], after: Sequence[Hashable], before_at: int, after_at: int
) -> Iterator[tuple[range, range]]:
    """What rapidfuzz finds to differ, with ``before_at`` and ``after_at`` added to the indexes."""
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


def without_chance(stretches: Sequence[tuple[range, range]]) -> list[tuple[range, range]]:
    """The stretches in which two sequences of words differ, joined where but a few words stand between two longer ones.

    Two texts that say quite different things share the word "the" somewhere, too.
    """
    joined: list[tuple[range, range]] = []
    for old, new in stretches:
        if joined:
            last_old, last_new = joined[-1]
            least = min(max(len(last_old), len(last_new)), max(len(old), len(new)))
            if old.start - last_old.stop < min(least, _TELLING):
                joined[-1] = range(last_old.start, old.stop), range(last_new.start, new.stop)
                continue
        joined.append((old, new))
    return joined

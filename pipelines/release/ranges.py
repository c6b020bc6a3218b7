"""Ranges of domains: each table of a release has a file for each, so that processes can share the work.

Which domains are in a range follows from their names alone, so the same rows give the same files, whoever writes them.
A range ends where a domain's own name says so, as row groups do (``pipelines.release.domain_groups``): another domain
changes its own range, and few others.
"""

from __future__ import annotations

import zlib
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate, groupby, pairwise

from pipelines.dataset.spans import Span

#: Domains of a range, at least.
_LEAST = 256
#: Ranges of a release, at least, where there are domains enough: some ten processes have about the same to do.
_RANGES = 48


def ranges(domains: Iterable[str]) -> list[Span]:
    """The ranges of these domains, side by side: every name that there can be is in one of them."""
    names = sorted(domains)
    # A power of two, which stays until the dataset has doubled.
    half = max(_LEAST, 1 << max(len(names) // (2 * _RANGES), 1).bit_length() - 1)
    starts: list[str | None] = [""]
    size = 0
    for before, name in pairwise(names):
        size += 1
        if size >= half and (zlib.crc32(before.encode()) % half == 0 or size >= 3 * half):
            starts.append(name)
            size = 0
    return [Span(first or "", end) for first, end in pairwise([*starts, None])]


def shares(cut: Sequence[Span], rows: Mapping[str, int], number: int) -> list[list[int]]:
    """Deals the ranges out to at most ``number`` shares of about as many rows each, as numbers of neighbours.

    The share with the most rows comes first.
    """
    starts = [span.first for span in cut]
    sizes = [0] * len(cut)
    for domain, count in rows.items():
        sizes[bisect_right(starts, domain) - 1] += count
    total = max(sum(sizes), 1)
    middles = [2 * before + size for before, size in zip(accumulate(sizes, initial=0), sizes, strict=False)]
    dealt = groupby(range(len(cut)), key=lambda at: min(middles[at] * number // (2 * total), number - 1))
    return sorted((list(numbers) for _, numbers in dealt), key=lambda share: -sum(sizes[at] for at in share))

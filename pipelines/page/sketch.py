"""A sketch of a text: 64 bytes that tell how alike two texts are, without the texts.

MinHash by one permutation (Li, Owen, Zhang 2012): the text's runs of four words are hashed into 32 bins, and each bin
keeps the upper 16 bits of its smallest hash. The share of equal bins estimates the share of runs that two texts have in
common (Jaccard), give or take .09. Enough to ask whether two captures show nearly the same text, and no test of
equality: that is ``text_sha256``.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from zlib import crc32

_BINS = 32
_RUN = 4
_EMPTY = 0xFFFF
_FORMAT = f"<{_BINS}H"


def sketch(words: Sequence[str]) -> bytes:
    """The sketch of a text's words, 64 bytes; no bytes at all for no words."""
    if not words:
        return b""
    smallest = [_EMPTY] * _BINS
    for start in range(max(len(words) - _RUN + 1, 1)):
        number = crc32(" ".join(words[start : start + _RUN]).encode("utf-8", "replace"))
        place, upper = number % _BINS, number >> 16
        if upper < smallest[place]:
            smallest[place] = upper
    return struct.pack(_FORMAT, *smallest)


def likeness(one: bytes, other: bytes) -> float:
    """About the share of runs of four words that two texts have in common, 0 to 1; 0 where a text is empty.

    >>> likeness(sketch("a b c d e".split()), sketch("a b c d e".split()))
    1.0
    """
    if not one or not other:
        return 0.0
    pairs = list(zip(struct.unpack(_FORMAT, one), struct.unpack(_FORMAT, other), strict=True))
    filled = [pair for pair in pairs if pair != (_EMPTY, _EMPTY)]
    return sum(a == b for a, b in filled) / len(filled) if filled else 1.0

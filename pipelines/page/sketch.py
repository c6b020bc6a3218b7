"""A sketch of a text: 64 bytes that tell how alike two texts are, without the texts.

MinHash by one permutation (Li, Owen, Zhang 2012): the text's runs of four words are hashed into 32 bins, and each bin
keeps the upper 16 bits of its smallest hash. The share of equal bins estimates the share of runs that two texts have in
common (Jaccard), give or take .09. Enough to ask whether two captures show nearly the same text, and no test of
equality: that is ``text_sha256``.
"""

from __future__ import annotations

from collections.abc import Sequence
from zlib import crc32

import numpy as np

_BINS = 32
_RUN = 4
_EMPTY = 0xFFFF
_FORMAT = "<u2"
#: An odd number, by which the hash of a run grows with each word: the order of the words counts.
_FACTOR = np.uint32(0x9E3779B1)


def sketch(words: Sequence[str]) -> bytes:
    """The sketch of a text's words, 64 bytes; no bytes at all for no words."""
    if not words:
        return b""
    distinct = list(set(words))
    encoded = " ".join(distinct).encode("utf-8", "replace").split(b" ")  # words have no spaces
    by_word = dict(zip(distinct, map(crc32, encoded), strict=True))
    of_words = np.fromiter(map(by_word.__getitem__, words), np.uint32, len(words))
    length = min(_RUN, len(words))
    runs = np.zeros(len(words) - length + 1, np.uint32)
    for first in range(length):
        runs = runs * _FACTOR + of_words[first : first + len(runs)]
    smallest = np.full(_BINS, _EMPTY, _FORMAT)
    np.minimum.at(smallest, runs % _BINS, (runs >> 16).astype(_FORMAT))
    return smallest.tobytes()


def likeness(one: bytes, other: bytes) -> float:
    """About the share of runs of four words that two texts have in common, 0 to 1; 0 where a text is empty.

    >>> likeness(sketch("a b c d e".split()), sketch("a b c d e".split()))
    1.0
    """
    if not one or not other:
        return 0.0
    these, those = np.frombuffer(one, _FORMAT), np.frombuffer(other, _FORMAT)
    filled = (these != _EMPTY) | (those != _EMPTY)
    return float(np.mean((these == those)[filled])) if filled.any() else 1.0

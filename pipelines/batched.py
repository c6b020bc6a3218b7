"""``itertools.batched`` of Python 3.12, for Python 3.11 too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """The items, ``size`` at a time; the last of these lists may be shorter."""
    rest = iter(items)
    while some := list(islice(rest, size)):
        yield some

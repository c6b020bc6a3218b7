"""Many things, some at a time: by their number, and by their sizes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")


def batched(
    items: Iterable[T], number: int, size: Callable[[T], int] = lambda item: 0, most: int = 1
) -> Iterator[list[T]]:
    """The items, ``number`` at a time, and fewer where their sizes come to ``most``; the last list may be shorter.

    A single item may be larger than ``most``.
    """
    some: list[T] = []
    sizes = 0
    for item in items:
        some.append(item)
        sizes += size(item)
        if len(some) == number or sizes >= most:
            yield some
            some, sizes = [], 0
    if some:
        yield some

"""A process that ends, as if killed, at a chosen moment."""

from __future__ import annotations

import os
from pathlib import Path

from pipelines.dataset import parts

#: What changes something on disk, as (where it is looked up, name).
ON_DISK = ((Path, "replace"), (Path, "unlink"), (os, "link"), (os, "fsync"), (parts, "exchange"))


def die_at(death: int, *more: tuple[object, str]) -> None:
    """Lets this process end right before its ``death``-th call of a function of ``ON_DISK``, or of ``more``."""
    left = [death]
    for module, name in (*ON_DISK, *more):
        _count(module, name, left)


def _count(module: object, name: str, left: list[int]) -> None:
    real = getattr(module, name)

    def call(*args: object, **kwargs: object) -> object:
        left[0] -= 1
        if left[0] == 0:
            os._exit(1)
        return real(*args, **kwargs)

    setattr(module, name, call)

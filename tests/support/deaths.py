"""A process that ends, as if killed, at a chosen moment."""

from __future__ import annotations

import os
from multiprocessing import forkserver
from pathlib import Path

from pipelines.dataset import parts
from tests.support.calls import Calls

#: What changes something on disk, as (where it is looked up, name).
ON_DISK = ((Path, "replace"), (Path, "unlink"), (os, "link"), (os, "fsync"), (parts, "exchange"))


def die_at(death: int, *more: tuple[object, str]) -> None:
    """Lets this process end right before its ``death``-th call of a function of ``ON_DISK``, or of ``more``."""
    forkserver._forkserver._forkserver_pid = None  # that of the process which was forked: not a child of this one
    calls = Calls(lambda what: os._exit(1), death)
    for module, name in (*ON_DISK, *more):
        setattr(module, name, calls.before(getattr(module, name), name))

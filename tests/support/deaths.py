"""Work that is killed at a chosen moment, in a process of its own."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable
from multiprocessing import forkserver
from pathlib import Path

from pipelines.dataset import parts
from tests.support.calls import Calls

#: What changes something on disk, as (where it is looked up, name).
ON_DISK = ((Path, "replace"), (Path, "rename"), (Path, "unlink"), (os, "link"), (os, "fsync"), (parts, "exchange"))

_DIED = 1


def is_killed(work: Callable[[], object], death: int, *more: tuple[object, str]) -> bool:
    """True if ``work`` was killed right before its ``death``-th call of a function of ``ON_DISK``, or of ``more``.

    False if it was done before that. A child of this process does it, so that nothing is loaded anew.
    """
    child = os.fork()
    if child == 0:
        code = 2
        try:  # or this process goes on as a second pytest
            _die_at(death, more)
            work()
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, _DIED), "it was done, or died where it was to"
    return code == _DIED


def _die_at(death: int, more: tuple[tuple[object, str], ...]) -> None:
    forkserver._forkserver._forkserver_pid = None  # that of the process which was forked: not a child of this one
    calls = Calls(lambda what: os._exit(_DIED), death)
    for module, name in (*ON_DISK, *more):
        setattr(module, name, calls.before(getattr(module, name), name))

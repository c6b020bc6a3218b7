"""Work of our own, shared out to processes."""

from __future__ import annotations

import os
import signal

import pytest

from pipelines.processes.batch import EngineError, run

pytestmark = pytest.mark.slow


def _dies(task: int) -> int:
    if task == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return task * task


def test_a_worker_that_dies_is_named_by_its_task():
    assert sorted(run("processes", _dies, [1, 2], 2)) == [1, 4]
    with pytest.raises(EngineError, match="3"):
        list(run("processes", _dies, [3], 1))

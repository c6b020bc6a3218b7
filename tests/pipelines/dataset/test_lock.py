import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.dataset.errors import DatasetBusyError
from pipelines.dataset.lock import DataDirLock

HOLDER = """
import sys
from pathlib import Path
from pipelines.dataset.lock import DataDirLock
lock = DataDirLock(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def test_a_second_holder_is_refused_and_told_who_holds_it(tmp_path: Path) -> None:
    lock = DataDirLock(tmp_path)
    with pytest.raises(DatasetBusyError, match=rf"pid {os.getpid()}\b"):
        DataDirLock(tmp_path)
    lock.release()


def test_the_lock_is_free_after_its_release(tmp_path: Path) -> None:
    DataDirLock(tmp_path).release()
    DataDirLock(tmp_path).release()


def test_each_folder_has_a_lock_of_its_own(tmp_path: Path) -> None:
    locks = [DataDirLock(tmp_path / name) for name in ("one", "other")]
    for lock in locks:
        lock.release()


def test_a_folder_that_is_not_there_is_made(tmp_path: Path) -> None:
    DataDirLock(tmp_path / "a" / "b").release()
    assert (tmp_path / "a" / "b").is_dir()


@pytest.mark.slow
def test_sigkill_of_its_holder_frees_the_lock(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(DatasetBusyError, match=rf"pid {holder.pid}\b"):
            DataDirLock(tmp_path)
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        DataDirLock(tmp_path).release()


@pytest.mark.slow
def test_a_child_process_of_the_holder_does_not_hold_the_lock_after_it(tmp_path: Path) -> None:
    lock = DataDirLock(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", "print('started', flush=True); input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        close_fds=False,
        text=True,
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "started\n"
        lock.release()
        DataDirLock(tmp_path).release()

"""One writer per DATA_DIR: a lock that ends with the process that holds it, however it ends."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType

from pipelines.dataset.errors import DatasetBusyError

FILE_NAME = "crawl.lock"


class DataDirLock:
    """Holds DATA_DIR until ``release``, the end of the ``with`` block, or the end of the process.

    Makes the folder where there is none. Raises ``DatasetBusyError`` at once where another process holds it.
    """

    def __init__(self, data_dir: Path) -> None:
        data_dir.mkdir(parents=True, exist_ok=True)
        file = data_dir / FILE_NAME
        descriptor = try_lock(file)
        if descriptor is None:
            raise _busy(data_dir)
        self._descriptor = descriptor
        os.ftruncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())

    def release(self) -> None:
        os.close(self._descriptor)

    def __enter__(self) -> DataDirLock:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self.release()


@contextmanager
def left_alone(data_dir: Path) -> Iterator[None]:
    """Keeps processes from taking DATA_DIR during the block, which only reads there: not even a lock's file is written.

    Raises ``DatasetBusyError`` at once where another process holds it.
    """
    try:
        descriptor = os.open(data_dir / FILE_NAME, os.O_RDONLY)
    except FileNotFoundError:  # no process ever wrote to it
        yield
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise _busy(data_dir) from None
    finally:
        os.close(descriptor)


def _busy(data_dir: Path) -> DatasetBusyError:
    holder = (data_dir / FILE_NAME).read_text("ascii", "replace")[:100].strip() or "unknown"
    return DatasetBusyError(f"{data_dir} is in use by another process (pid {holder})")


@contextmanager
def waiting_for(folder: Path) -> Iterator[None]:
    """Waits until no other process is in such a block with this folder. Raises ``OSError`` where there is no folder."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def try_lock(path: Path) -> int | None:
    """Locks a folder, or a file, which is made where there is none. ``None`` where another process holds it.

    The lock lasts until the returned descriptor is closed.
    """
    flags = os.O_RDONLY if path.is_dir() else os.O_RDWR | os.O_CREAT
    descriptor = os.open(path, flags, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor

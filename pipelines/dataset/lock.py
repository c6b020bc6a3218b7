"""One writer a DATA_DIR: a lock that ends with the process that holds it, however it ends."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

FILE_NAME = "crawl.lock"


class DataDirHeld(Exception):
    """Another process works on this DATA_DIR."""


class DataDirLock:
    """Holds DATA_DIR from its making until ``release`` or the end of the process. Raises ``DataDirHeld``."""

    def __init__(self, data_dir: Path) -> None:
        data_dir.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(data_dir / FILE_NAME, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(self._descriptor, 100).decode("ascii", "replace").strip() or "unknown"
            os.close(self._descriptor)
            raise DataDirHeld(f"{data_dir} is in use by another process (pid {holder})") from None
        os.ftruncate(self._descriptor, 0)
        os.write(self._descriptor, str(os.getpid()).encode())

    def release(self) -> None:
        os.close(self._descriptor)

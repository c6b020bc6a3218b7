"""The archive in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def archive_process(*arguments: str) -> Iterator[str]:
    """``scrapy archive`` with these arguments, at a free port, until the end of the block; gives its URL."""
    command = [sys.executable, "-m", "scrapy", "archive", *arguments, "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603 (our own command)
        try:
            assert server.stdout is not None
            yield server.stdout.readline().split(" at ")[1].split("/ ")[0]
        finally:
            server.terminate()

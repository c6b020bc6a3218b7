"""``scrapy`` commands in processes that are forked from one with all imports done: half of a short crawl is imports.

``ForkedScrapy`` is a process of its own, as ``subprocess.Popen`` would start it, and has that one's methods.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from threading import Thread
from typing import NoReturn

_CHUNK = 1 << 16


class ForkedScrapy:
    """``scrapy arguments...``, under way. stderr goes where stdout goes."""

    def __init__(self, arguments: Sequence[str], *, cwd: Path, env: Mapping[str, str]) -> None:
        request = json.dumps([list(arguments), str(cwd), dict(env)]).encode() + b"\n"
        read_output, write_output = os.pipe()
        read_status, write_status = os.pipe()
        sent = socket.send_fds(_server(), [request], [write_output, write_status])
        _server().sendall(request[sent:])
        os.close(write_output)
        os.close(write_status)
        self.stdout = os.fdopen(read_output, encoding="utf-8")
        self.returncode: int | None = None
        self._output = ""
        self._reader = Thread(target=self._read, daemon=True)
        self._status = os.fdopen(read_status)
        self.pid = int(self._status.readline())
        self._waiter = Thread(target=self._wait, daemon=True)
        self._waiter.start()

    def poll(self) -> int | None:
        return self.returncode

    def wait(self, timeout: float | None = None) -> int | None:
        """The exit code; minus the signal's number if one ended it. ``subprocess.TimeoutExpired`` after ``timeout``."""
        self._join(self._waiter, timeout)
        return self.returncode

    def communicate(self, timeout: float | None = None) -> tuple[str, None]:
        """All that it still says, and nothing, once it has ended."""
        if self._reader.ident is None:
            self._reader.start()
        self._join(self._reader, timeout)
        self._join(self._waiter, timeout)
        self.stdout.close()
        return self._output, None

    def send_signal(self, number: int) -> None:
        if self.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _read(self) -> None:
        self._output = self.stdout.read()

    def _wait(self) -> None:
        with self._status as status:
            self.returncode = int(status.readline())

    @staticmethod
    def _join(thread: Thread, timeout: float | None) -> None:
        thread.join(timeout)
        if thread.is_alive():
            raise subprocess.TimeoutExpired("scrapy", timeout or 0)


@cache
def _server() -> socket.socket:
    """The way to this test worker's own server, which ends with the worker."""
    ours, theirs = socket.socketpair()
    with theirs:
        subprocess.Popen(
            [sys.executable, "-m", __name__, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
    return ours


def _serve(requests: socket.socket) -> None:
    """Forks a process for each request. One in between waits for it, so that the server need not."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # those in between leave nothing behind
    while True:
        message, descriptors, _, _ = socket.recv_fds(requests, _CHUNK, 2)
        if not message:
            return
        while not message.endswith(b"\n"):
            message += requests.recv(_CHUNK)
        output, status = descriptors
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            requests.close()
            pid = os.fork()
            if pid == 0:
                os.close(status)
                _become(message, output)
            os.close(output)
            os.write(status, b"%d\n" % pid)
            code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            os.write(status, b"%d\n" % code)
            os._exit(0)
        os.close(output)
        os.close(status)


def _become(message: bytes, output: int) -> NoReturn:
    """Is the command that was asked for. Ends with ``SystemExit``, as ``scrapy`` does."""
    from scrapy import cmdline

    arguments, cwd, env = json.loads(message)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    cmdline.execute(["scrapy", *arguments])
    raise AssertionError("scrapy always exits")


if __name__ == "__main__":
    for module in ("scrapy.cmdline", "crawler.spiders.policies", "crawler.commands.crawl", "crawler.commands.archive"):
        importlib.import_module(module)
    gc.freeze()
    _serve(socket.socket(fileno=int(sys.argv[1])))

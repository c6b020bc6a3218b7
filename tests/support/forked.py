"""``scrapy`` commands in processes that are forked from one with all loaded: two thirds of a short crawl is loading.

``ForkedScrapy`` is a process of its own, as ``subprocess.Popen`` would start it, and has that one's methods. So is the
fork server of its workers.
"""

from __future__ import annotations

import fcntl
import gc
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib import reload
from itertools import chain
from multiprocessing import util
from pathlib import Path
from threading import Thread
from typing import IO, NoReturn

from scrapy import cmdline
from scrapy.settings import Settings
from scrapy.utils.misc import load_object, walk_modules_iter

from crawler import settings as project_settings
from pipelines.processes.preload import preload

_CHUNK = 1 << 16
#: That a fork server is given: two by Python 3.11, more by later ones.
_MOST_FILES = 8
_COMPONENTS = ("EXTENSIONS", "SPIDER_MIDDLEWARES", "DOWNLOADER_MIDDLEWARES")


class ForkedScrapy:
    """``scrapy arguments...``, under way. Without a file of its own, stderr goes where stdout goes."""

    def __init__(
        self, arguments: Sequence[str], *, cwd: Path, env: Mapping[str, str], stderr: IO[str] | None = None
    ) -> None:
        request = json.dumps([list(arguments), str(cwd), dict(env)]).encode() + b"\n"
        read_output, write_output = os.pipe()
        read_status, write_status = os.pipe()
        errors = stderr.fileno() if stderr else write_output
        sent = socket.send_fds(_server(), [request], [write_output, errors, write_status])
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
        message, descriptors, _, _ = socket.recv_fds(requests, _CHUNK, 3)
        if not message:
            return
        while not message.endswith(b"\n"):
            message += requests.recv(_CHUNK)
        output, errors, status = descriptors
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            requests.close()
            pid = os.fork()
            if pid == 0:
                os.close(status)
                _become(message, output, errors)
            os.close(output)
            os.close(errors)
            os.write(status, b"%d\n" % pid)
            code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            os.write(status, b"%d\n" % code)
            os._exit(0)
        for descriptor in descriptors:
            os.close(descriptor)


def _become(message: bytes, output: int, errors: int) -> NoReturn:
    """Is the command that was asked for. Ends with ``SystemExit``, as ``scrapy`` does."""
    arguments, cwd, env = json.loads(message)
    os.dup2(output, 1)
    os.dup2(errors, 2)
    os.close(output)
    os.close(errors)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    reload(project_settings)  # some depend on the folder and the environment
    _keep_a_fork_server()
    cmdline.execute(["scrapy", *arguments])
    raise AssertionError("scrapy always exits")


def _keep_a_fork_server() -> None:
    """Has a process ready, with all loaded, to be the fork server of ``multiprocessing`` if this one asks for it."""
    ours, theirs = socket.socketpair()
    if (ready := os.fork()) == 0:
        ours.close()
        _wait_to_be_fork_server(theirs)
    theirs.close()
    start_program = util.spawnv_passfds

    def start(path: bytes, arguments: list[str], descriptors: list[int]) -> int:
        if "multiprocessing.forkserver" in arguments[-1] and ours.fileno() >= 0:
            with ours, suppress(BrokenPipeError):  # it was killed, as a fork server may be: the next one is a program
                socket.send_fds(ours, [json.dumps([arguments[-1], descriptors]).encode()], descriptors)
                return ready
        return start_program(path, arguments, descriptors)

    util.spawnv_passfds = start


def _wait_to_be_fork_server(requests: socket.socket) -> NoReturn:
    """Is the fork server, from the code and the open files that its program would get; nothing if nobody asks."""
    with requests:
        message, received, _, _ = socket.recv_fds(requests, _CHUNK, _MOST_FILES)
    if message:
        code, descriptors = json.loads(message)
        aside = [fcntl.fcntl(descriptor, fcntl.F_DUPFD, max(descriptors) + 1) for descriptor in received]
        for descriptor in received:
            os.close(descriptor)
        for descriptor, number in zip(aside, descriptors, strict=True):
            os.dup2(descriptor, number)
            os.close(descriptor)
        preload()
        with suppress(SystemExit):
            exec(code, {})
    os._exit(0)


def _load() -> None:
    """Loads what a crawl and its workers load, also what Scrapy and Arrow leave until it is needed."""
    for folder in ("crawler.commands", "crawler.spiders", "scrapy.commands"):
        for _ in walk_modules_iter(folder):
            pass
    settings = Settings()
    handlers = settings.getwithbase("DOWNLOAD_HANDLERS").values()
    for component in chain(handlers, *(settings.getwithbase(name) for name in _COMPONENTS)):
        load_object(component)
    preload()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # which only a fork server has to outlive
    gc.freeze()


if __name__ == "__main__":
    _load()
    _serve(socket.socket(fileno=int(sys.argv[1])))

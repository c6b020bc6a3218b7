"""A disk that fails: this process's writes to files and to SQLite are counted, and a chosen one of them fails."""

from __future__ import annotations

import builtins
import errno
import io
import os
import sqlite3
import stat
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any
from unittest.mock import patch

import pyarrow.parquet as pq

from pipelines.dataset import parts
from tests.support.calls import Calls


@dataclass(frozen=True)
class Fault:
    """What goes wrong."""

    name: str
    number: int
    """Of the error that the system gives."""
    words: str
    """SQLite's for it."""
    lasting: bool
    """True if all later writes fail, too."""


FULL = Fault("ENOSPC from then on", errno.ENOSPC, "database or disk is full", True)
BROKEN = Fault("EIO once", errno.EIO, "disk I/O error", False)
FAULTS = (FULL, BROKEN)

#: What changes something on disk beside writing to files. Folders and names need space, too.
_SYSTEM_CALLS = ("replace", "rename", "link", "mkdir", "fsync", "truncate")
#: Statements of SQLite that write; a transaction's end does.
_WRITING = ("INSERT", "UPDATE", "DELETE", "CREATE", "ALTER", "DROP", "REPLACE", "WITH")


@contextmanager
def failing(fault: Fault, chosen: int) -> Iterator[Calls]:
    """Lets the ``chosen``-th write fail; with 0 writes are only counted."""

    def fail(what: str) -> None:
        if what.startswith("sqlite"):
            raise sqlite3.OperationalError(fault.words)
        raise OSError(fault.number, os.strerror(fault.number))

    calls = Calls(fail, chosen, lasting=fault.lasting)
    with ExitStack() as patches:
        for name in _SYSTEM_CALLS:
            patches.enter_context(patch.object(os, name, calls.before(getattr(os, name), name)))
        for module in (io, builtins):
            patches.enter_context(patch.object(module, "open", partial(_open, calls, io.open)))
        for name in ("write_table", "close"):
            patches.enter_context(patch.object(pq.ParquetWriter, name, _of_an_open(calls, name)))
        patches.enter_context(patch.object(parts, "exchange", calls.before(parts.exchange, "exchange")))
        patches.enter_context(patch.object(sqlite3, "connect", partial(sqlite3.connect, factory=_connection(calls))))
        yield calls


def _open(calls: Calls, real: Any, file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
    """``open``, with files to write counted and their writes, too."""
    if not set(mode) & set("wax+") or not _is_on_disk(file):
        return real(file, mode, *args, **kwargs)
    calls("open")
    return _File(real(file, mode, *args, **kwargs), calls)


def _is_on_disk(file: Any) -> bool:
    """False for a device, and for the pipe through which a worker process is told what to begin with."""
    if isinstance(file, int):
        return stat.S_ISREG(os.fstat(file).st_mode)
    return not os.fspath(file).startswith("/dev/")


class _File:
    """A file whose writes are counted; of one that fails, half gets to disk."""

    def __init__(self, file: Any, calls: Calls) -> None:
        self._file = file
        self._calls = calls

    def write(self, data: Any) -> Any:
        try:
            self._calls("write")
        except OSError:
            self._file.write(data[: len(data) // 2])
            self._file.flush()
            raise
        return self._file.write(data)

    def writelines(self, lines: Iterable[Any]) -> None:
        for line in lines:
            self.write(line)

    def __enter__(self) -> _File:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __iter__(self) -> Any:
        return iter(self._file)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def _of_an_open(calls: Calls, name: str) -> Any:
    """A method of Arrow's writer, which also writes files that it opened itself; once closed, it does nothing."""
    real = getattr(pq.ParquetWriter, name)

    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        if self.is_open:
            calls(f"parquet {name}")
        return real(self, *args, **kwargs)

    return call


def _connection(calls: Calls) -> type[sqlite3.Connection]:
    """A connection whose writing statements and commits are counted. One that fails undoes its transaction."""

    class Connection(sqlite3.Connection):
        def _count(self, sql: str) -> None:
            if sql.lstrip().upper().startswith(_WRITING):
                self._strike("sqlite statement")

        def _strike(self, what: str) -> None:
            try:
                calls(what)
            except sqlite3.OperationalError:
                self.rollback()
                raise

        def execute(self, sql: str, *args: Any) -> sqlite3.Cursor:
            self._count(sql)
            return super().execute(sql, *args)

        def executemany(self, sql: str, *args: Any) -> sqlite3.Cursor:
            self._count(sql)
            return super().executemany(sql, *args)

        def executescript(self, script: str) -> sqlite3.Cursor:
            self._strike("sqlite script")
            return super().executescript(script)

        def __exit__(self, kind: Any, error: Any, trace: Any) -> Any:
            if kind is None and self.in_transaction:
                self._strike("sqlite commit")
            return super().__exit__(kind, error, trace)

    return Connection

"""Which files were found to be as they should be, so that thousands need not be opened again at each start and end.

A table in the ledger's file, beside the register of part files (``pipelines.dataset.parts``). A file is known there by
its inode and change time: one that is copied, linked or written over has others, whatever name and times it was given,
and one that is moved here with its folder was never noted.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

_TABLE = """CREATE TABLE IF NOT EXISTS looked_at (
    what TEXT NOT NULL, file TEXT NOT NULL, PRIMARY KEY (what, file)) WITHOUT ROWID"""


def not_so(ledger: Path, what: str, paths: Iterable[Path], is_so: Callable[[Path], bool]) -> list[Path]:
    """The files of which ``is_so`` is false. It is asked only of files of which it was not found true before.

    ``what``: a name for the question, with all that the answer depends on besides the file. ``ledger``: the path of the
    ledger, which need not be there; then all files are looked at.
    """
    with _opened(ledger) as db:
        known = {file for (file,) in db.execute("SELECT file FROM looked_at WHERE what = ?", (what,))}
        others = [(path, file) for path, file in _states(paths) if file not in known]
        right = {path: file for path, file in others if is_so(path)}
        db.executemany("INSERT OR IGNORE INTO looked_at VALUES (?, ?)", ((what, file) for file in right.values()))
    return [path for path, _ in others if path not in right]


def forget_others(ledger: Path, paths: Iterable[Path]) -> None:
    """Forgets what was found of files other than these."""
    with _opened(ledger) as db:
        there = {file for _, file in _states(paths)}
        known = {file for (file,) in db.execute("SELECT DISTINCT file FROM looked_at")}
        db.executemany("DELETE FROM looked_at WHERE file = ?", ((file,) for file in known - there))


@contextmanager
def _opened(ledger: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(ledger if ledger.exists() else ":memory:", timeout=60)) as db, db:
        db.execute(_TABLE)
        yield db


def _states(paths: Iterable[Path]) -> Iterator[tuple[Path, str]]:
    """The files that are there, each with what neither another file nor another state of it has."""
    for path in paths:
        with suppress(OSError):
            status = path.stat()
            yield path, f"{status.st_ino} {status.st_ctime_ns}"

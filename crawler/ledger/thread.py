"""Runs ledger methods in one background thread, so that the event loop never waits for SQLite."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from scrapy.exceptions import CloseSpider

from crawler.ledger import Ledger, tables
from crawler.ledger.verdicts import read_verdicts
from pipelines.dataset.parts import read_only
from pipelines.dataset.verdicts import Verdicts

T = TypeVar("T")


class LedgerClosed(CloseSpider):
    """The crawl has ended, or its ledger has failed: it takes no more questions. Scrapy logs no traceback of it."""


class LedgerThread:
    """Awaits ledger methods, and is the ``PartsLedger`` that ``pipelines.storage`` reports to."""

    def __init__(self, data_dir: Path, crawl_id: str, ledger: Ledger, failed: Callable[[Exception], None]) -> None:
        """``failed`` is told of what could not be written, by the ledger or by storage."""
        self.data_dir = data_dir
        self.crawl_id = crawl_id
        self.ledger = ledger
        self.storage_failed = failed
        self.read_verdicts: Callable[[], Verdicts] = partial(read_verdicts, data_dir)
        self._thread = ThreadPoolExecutor(1, "ledger")
        self._is_closed = False

    async def __call__(self, method: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """Runs a method in the ledger's thread: ``await thread(ledger.captures.claim, crawl_id, 10, now)``.

        Raises ``LedgerClosed`` once the ledger is closed, or if its file can't be read or written.
        """
        if self._is_closed:
            raise LedgerClosed
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, partial(method, *args, **kwargs))
        except sqlite3.DatabaseError as problem:
            if not is_of_the_file(problem):
                raise
            self.storage_failed(problem)
            raise LedgerClosed from problem

    def close(self) -> None:
        """Waits for what was begun, and takes no more. The ledger itself stays open."""
        self._is_closed = True
        self._thread.shutdown()

    # --- pipelines.storage.PartsLedger

    async def next_part(self) -> str:
        return await self(self.ledger.dataset.next_part, self.crawl_id)

    async def begin_part(self, name: str, rows: int, captures: Sequence[int], warcs: Mapping[str, int]) -> None:
        await self(self.ledger.dataset.begin_part, name, rows, captures, warcs)

    async def finish_part(self, name: str) -> None:
        await self(self.ledger.dataset.finish_part, name)

    async def register_warcs(self, names: Iterable[str]) -> None:
        await self(self.ledger.dataset.register_warcs, names)

    async def outdated(self) -> list[tuple[int, int]]:
        return await self(tables.outdated, self.ledger.db)

    async def caught_up(self, file: int, changes: int) -> None:
        await self(tables.caught_up, self.ledger.db, file, changes)

    def write_tables(self, file: int) -> None:
        """Writes the files of this number. Reads in the caller's thread, and may block."""
        with closing(read_only(self.data_dir)) as db:
            tables.write_files(db, self.data_dir, file)


def is_of_the_file(problem: sqlite3.DatabaseError) -> bool:
    """True if SQLite complains of its file (full disk, damage), and not of a statement of ours."""
    return isinstance(problem, sqlite3.OperationalError) or type(problem) is sqlite3.DatabaseError

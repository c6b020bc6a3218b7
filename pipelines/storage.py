"""The item pipeline: raw bytes go to WARC, rows to Parquet part files, and the ledger learns when both are on disk.

Part files that have become many are merged meanwhile.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, TypeVar

from scrapy.exceptions import DropItem

from pipelines.dataset.cdxj import write_missing
from pipelines.dataset.compaction import due_for_merging, merge_aside, put_in_place, scratch
from pipelines.dataset.digests import is_verified
from pipelines.dataset.errors import DatasetError
from pipelines.dataset.part_writer import write_part
from pipelines.dataset.reading import part_files
from pipelines.dataset.rows import policy_row, policy_table
from pipelines.dataset.verdicts import Verdicts
from pipelines.dataset.warc import WarcFiles
from pipelines.dataset.warc_reading import warc_folder
from pipelines.document import Item
from pipelines.processes.worker_pool import WorkerFailed, Workers

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")
Row = dict[str, Any]

#: Seconds between two looks at whether rows are due.
_TICK = 0.5
#: Seconds between two updates of the tables that are made from the ledger; they are also updated at the end.
TABLES_SECONDS = 300
#: Limits of the process that merges part files: seconds, and bytes of memory. It takes minutes, and some 350 MB.
_MERGE_SECONDS, _MERGE_MEMORY = 6 * 3600.0, 4 << 30


class PartsLedger(Protocol):
    """What storage tells and asks the ledger."""

    async def next_part(self) -> str: ...
    async def begin_part(self, name: str, rows: int, captures: Sequence[int], warcs: Mapping[str, int]) -> None: ...
    async def finish_part(self, name: str) -> None: ...
    async def register_warcs(self, names: Iterable[str]) -> None: ...
    async def outdated(self) -> list[tuple[int, int]]: ...
    async def caught_up(self, file: int, changes: int) -> None: ...
    def write_tables(self, file: int) -> None: ...
    def storage_failed(self, error: Exception) -> None: ...
    @property
    def read_verdicts(self) -> Callable[[], Verdicts]:
        """Reads what the rows are to say by now, in any process."""


class StoragePipeline:
    """Stores the policies spider's items, and passes its rows of ``policies`` on to the next pipelines and to feeds.

    Items of other spiders pass untouched. All slow work runs in a thread of its own, and merging part files in a
    process of its own: it would take memory that a process does not give back. After a failure nothing more is
    written: a later row might refer to bytes that did not get to disk. The next run fetches what was not written.
    """

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> StoragePipeline:
        return cls(crawler)

    def __init__(self, crawler: Crawler) -> None:
        self.settings = crawler.settings
        self.stats = crawler.stats
        self._ticker: asyncio.Future[None] | None = None
        self._merging: asyncio.Future[None] | None = None
        self._merging_aside: asyncio.Future[None] | None = None
        self._may_merge = True
        self._closing = asyncio.Event()
        self._waiting: list[tuple[tuple[int, ...], Row | None]] = []
        self._bytes = 0
        self._oldest = 0.0
        self._tables_written = time.monotonic()
        self._flushing = asyncio.Lock()
        self._keeping = asyncio.Lock()
        self._is_closed = False
        self._has_failed = False
        self._known_warcs: set[str] = set()

    def begin(self, crawl_id: str, ledger: PartsLedger, is_ending: Callable[[], bool]) -> None:
        """Begins to store items. The policies spider calls this once DATA_DIR is its own.

        ``is_ending``: true as soon as the crawl ends; rows are written at once then, not after the last hung request.
        """
        settings = self.settings
        self.folder = Path(settings["DATA_DIR"])
        self.flush_seconds = settings.getfloat("FLUSH_SECONDS")
        self.flush_rows = settings.getint("FLUSH_ROWS")
        self.flush_bytes = settings.getint("FLUSH_BYTES")
        self.ledger = ledger
        self._is_ending = is_ending
        self._thread = ThreadPoolExecutor(1, "storage")
        self.warcs = WarcFiles(
            warc_folder(self.folder), crawl_id, user_agent=settings["USER_AGENT"], operator=settings.get("CONTACT", "")
        )
        self._ticker = asyncio.ensure_future(self._tick())

    async def process_item(self, item: Any) -> Any:
        """The item's row of ``policies``. Raises ``DropItem`` if only its bytes are kept, or not even these."""
        if not isinstance(item, Item):
            return item
        row = None
        async with self._keeping:
            if not self._is_closed:
                row = await self._unless_failed(self._take, item)
        if row is None:
            raise DropItem(f"{item.snapshot.wayback_url}: it makes no row", log_level="DEBUG")
        return dict(row)  # what later pipelines do with it must not change what is stored

    async def _take(self, item: Item) -> Row | None:
        """Writes the item's bytes, and lets its row wait for the next part file."""
        if begun := await self._in_thread(self._keep, item) - self._known_warcs:
            self._known_warcs |= begun
            await self.ledger.register_warcs(sorted(begun))
        self._count("warc_records", 1 + len(item.passed))
        item.snapshot, item.passed = replace(item.snapshot, body=b""), ()  # the WARC has the bytes now
        row = policy_row(item) if item.document is not None else None
        if not self._waiting:
            self._oldest = time.monotonic()
        self._waiting.append((item.settles, row))
        if row is not None:
            self._bytes += len(row["text"]) + len(row["markdown"])
        return row

    async def close_spider(self) -> None:
        if self._ticker is None:
            return
        self._closing.set()
        await self._ticker  # never cancelled: it may be in the middle of a flush
        await self._stop_merging()
        async with self._keeping:  # an item in the middle of being kept comes first, one that comes later is refused
            self._is_closed = True
        await self.flush()
        await self.write_tables()
        await self._unless_failed(self._in_thread, self._end_warcs)
        with suppress(OSError):  # the file is closed even after a failure, which was reported
            await self._in_thread(self.warcs.close)
        self._thread.shutdown()

    def _end_warcs(self) -> None:
        self.warcs.close()
        write_missing(warc_folder(self.folder))

    def _keep(self, item: Item) -> set[str]:
        """Writes an item's bytes, those on the way first; returns the names of the files that they went to."""
        files = set()
        for snapshot in (*item.passed, item.snapshot):
            place = self.warcs.write(snapshot)
            files.add(self.warcs.name)
        item.warc_file, item.warc_offset = place.file, place.offset
        item.digest_verified = is_verified(
            place.digest, snapshot.body, snapshot.header("Content-Encoding"), snapshot.archive_digest
        )
        return files

    async def flush(self) -> None:
        """Writes what waits, unless writing has failed before."""
        async with self._flushing:
            await self._unless_failed(self._flush)

    async def _flush(self) -> None:
        """First the WARC files to disk, then the part file; the ledger knows of each step."""
        waiting, self._waiting, self._bytes = self._waiting, [], 0
        if not waiting:
            return
        sizes = await self._in_thread(self.warcs.sync)
        rows = [row for _, row in waiting if row is not None]
        name = await self.ledger.next_part()
        settled = [capture_id for settles, _ in waiting for capture_id in settles]
        await self.ledger.begin_part(name, len(rows), settled, sizes)
        if rows:
            await self._in_thread(_write_policies, self.folder / "policies" / name, rows)
        await self.ledger.finish_part(name)
        self._count("rows", len(rows))
        if self._may_merge and (self._merging is None or self._merging.done()):
            self._merging = asyncio.ensure_future(self._unless_failed(self._merge))

    async def _merge(self) -> None:
        """Merges part files if they are many; those written meanwhile stay as they are. A crawl can do without."""
        try:
            if due := await self._in_thread(due_for_merging, self.folder):
                with scratch(self.folder) as folder:
                    self._merging_aside = asyncio.ensure_future(self._merge_aside(due, folder))
                    await self._merging_aside
                    async with self._flushing:  # no part is half written when the folders are exchanged
                        await self._in_thread(_replace, self.folder, due, folder)
        except (DatasetError, WorkerFailed) as problem:
            self._may_merge = False
            logger.warning("No part files are merged before the crawl ends: %s", problem)

    async def _merge_aside(self, paths: list[Path], folder: Path) -> None:
        workers = Workers(1, cpu_limit=_MERGE_SECONDS, wall_limit=_MERGE_SECONDS, memory_limit=_MERGE_MEMORY)
        try:
            await workers.run(merge_aside, paths, folder, read_verdicts=self.ledger.read_verdicts)
        except OSError as problem:  # too little room for another copy need not be too little for the next part
            raise DatasetError(str(problem)) from problem
        finally:
            await asyncio.to_thread(workers.close)

    async def _stop_merging(self) -> None:
        """Gives up a merge, unless it has come to the exchange of files; whoever merges next begins anew."""
        self._may_merge = False
        if self._merging_aside is not None:
            self._merging_aside.cancel()
        if self._merging is not None:
            with suppress(asyncio.CancelledError):
                await self._merging

    async def write_tables(self) -> None:
        """Brings the tables that are made from the ledger up to date; each file is replaced whole."""
        await self._unless_failed(self._write_tables)

    async def _write_tables(self) -> None:
        for file, changes in await self.ledger.outdated():
            await self._in_thread(self.ledger.write_tables, file)
            await self.ledger.caught_up(file, changes)
        self._tables_written = time.monotonic()

    async def _tick(self) -> None:
        while not self._closing.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), _TICK)
            now = time.monotonic()
            if (
                len(self._waiting) >= self.flush_rows
                or self._bytes >= self.flush_bytes
                or (self._waiting and (now - self._oldest >= self.flush_seconds or self._is_ending()))
            ):
                await self.flush()
            if now - self._tables_written >= TABLES_SECONDS:
                await self.write_tables()

    async def _unless_failed(self, step: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """What a step gives; ``None`` if it fails, which is reported, or one has failed before."""
        if self._has_failed:
            return None
        try:
            return await step(*args, **kwargs)
        except Exception as error:
            self._has_failed = True
            self.ledger.storage_failed(error)
            return None

    def _count(self, name: str, count: int = 1) -> None:
        self.stats.inc_value(f"wayback/{name}", count)

    async def _in_thread(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: function(*args, **kwargs))


def _write_policies(path: Path, rows: list[Row]) -> None:
    write_part(path, policy_table(rows))


def _replace(data_dir: Path, merged: Sequence[Path], folder: Path) -> None:
    """Puts the files of ``folder`` in the place of ``merged``, from which they were made."""
    gone = set(merged)
    put_in_place(data_dir, [path for path in part_files(data_dir / "policies") if path not in gone], folder)

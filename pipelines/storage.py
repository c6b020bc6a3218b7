"""The item pipeline: raw bytes to WARC, rows to Parquet part files, and the ledger told when both are on disk."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from pipelines.dataset.part_writer import new_part, write_part
from pipelines.dataset.rows import capture_table, policy_row, policy_table
from pipelines.dataset.warc import WarcFiles
from pipelines.document import Item
from pipelines.schema import CAPTURES

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

#: Seconds between two looks at whether rows are due.
_TICK = 0.5
#: ``captures`` files are brought up to date at most once in so many seconds, and at the end.
CAPTURES_SECONDS = 300


class Journal(Protocol):
    """What storage has to tell, and to ask, whoever keeps account of the crawl."""

    async def next_part(self) -> str: ...
    async def begin_part(self, name: str, rows: int, captures: Sequence[int], warcs: Mapping[str, int]) -> None: ...
    async def finish_part(self, name: str) -> None: ...
    async def register_warcs(self, names: Iterable[str]) -> None: ...
    async def outdated(self) -> list[tuple[int, int]]: ...
    async def caught_up(self, file: int, changes: int) -> None: ...
    def capture_rows(self, file: int) -> Iterable[list[tuple[Any, ...]]]: ...
    def storage_failed(self, error: Exception) -> None: ...


class StoragePipeline:
    """Keeps what a crawl fetched. Nothing here runs in the event loop but bookkeeping."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> StoragePipeline:
        return cls(crawler)

    def __init__(self, crawler: Crawler) -> None:
        settings = crawler.settings
        self.crawler = crawler
        self.folder = Path(settings["DATA_DIR"])
        self.flush_seconds = settings.getfloat("FLUSH_SECONDS")
        self.flush_rows = settings.getint("FLUSH_ROWS")
        self.flush_bytes = settings.getint("FLUSH_BYTES")
        self._thread = ThreadPoolExecutor(1, "storage")
        self._waiting: list[Item] = []
        self._bytes = 0
        self._oldest = 0.0
        self._captures_written = time.monotonic()
        self._flushing = asyncio.Lock()

    def open_spider(self) -> None:
        crawl = self.crawler.spider.crawl  # type: ignore[union-attr]
        self.journal: Journal = crawl.journal
        self._is_ending: Callable[[], bool] = lambda: crawl.is_ending  # then a hung request must not hold rows back
        self.warcs = WarcFiles(self.folder / "warc", crawl.id, software=self.crawler.settings["USER_AGENT"])
        self._known_warcs: set[str] = set()
        self._ticker = asyncio.ensure_future(self._tick())

    async def process_item(self, item: Item) -> Item:
        item.warc_file, item.warc_offset = await self._in_thread(self.warcs.write, item.snapshot)
        item.snapshot = replace(item.snapshot, body=b"")  # it is in the WARC: only the row still waits
        if item.warc_file not in self._known_warcs:
            self._known_warcs.add(item.warc_file)
            await self.journal.register_warcs([item.warc_file])
        if not self._waiting:
            self._oldest = time.monotonic()
        self._waiting.append(item)
        if item.document is not None:
            self._bytes += len(item.document.text) + len(item.document.markdown)
        return item

    async def close_spider(self) -> None:
        self._ticker.cancel()
        try:
            await self.flush()
            await self.write_captures()
            await self._in_thread(self.warcs.close)
        except Exception as error:
            self._failed(error)
        self._thread.shutdown()

    async def flush(self) -> None:
        """Writes what waits: WARC to disk, then the part file, each step known to the ledger."""
        async with self._flushing:
            items, self._waiting, self._bytes = self._waiting, [], 0
            if not items:
                return
            sizes = await self._in_thread(self.warcs.sync)
            stored = [item for item in items if item.document is not None]
            name = await self.journal.next_part()
            await self.journal.begin_part(name, len(stored), [item.capture_id for item in items], sizes)
            if stored:
                await self._in_thread(_write_policies, self.folder / "policies" / name, stored)
            await self.journal.finish_part(name)

    async def write_captures(self) -> None:
        """Brings the files of ``captures`` up to date; each is replaced whole."""
        for file, changes in await self.journal.outdated():
            await self._in_thread(write_captures_file, self.folder, file, self.journal.capture_rows(file))
            await self.journal.caught_up(file, changes)
        self._captures_written = time.monotonic()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(_TICK)
            try:
                now = time.monotonic()
                if (
                    len(self._waiting) >= self.flush_rows
                    or self._bytes >= self.flush_bytes
                    or (self._waiting and (now - self._oldest >= self.flush_seconds or self._is_ending()))
                ):
                    await self.flush()
                if now - self._captures_written >= CAPTURES_SECONDS:
                    await self.write_captures()
            except Exception as error:
                self._failed(error)
                return

    def _failed(self, error: Exception) -> None:
        logger.exception("The dataset could not be written")
        self.journal.storage_failed(error)

    async def _in_thread(self, function: Any, *args: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._thread, function, *args)


def write_captures_file(data_dir: Path, file: int, batches: Iterable[list[tuple[Any, ...]]]) -> None:
    """Replaces a file of ``captures`` by the ledger's rows."""
    with new_part(data_dir / "captures" / f"{file:05d}.parquet", CAPTURES) as part:
        for rows in batches:
            part.write(capture_table(rows))


def _write_policies(path: Path, items: list[Item]) -> None:
    write_part(path, policy_table([policy_row(item) for item in items]))

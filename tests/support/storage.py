"""The pipeline that stores items, on a ledger that notes what it is told."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from scrapy.exceptions import DropItem
from scrapy.utils.test import get_crawler

from pipelines.dataset.rows import write_rows
from pipelines.document import Item
from pipelines.schema import CAPTURES
from pipelines.storage import StoragePipeline

SETTINGS = {"FLUSH_SECONDS": 3600, "FLUSH_ROWS": 1000, "FLUSH_BYTES": 1 << 30, "USER_AGENT": "wayback-policies/0.1.0"}


class Account:
    """A ledger that notes what it is told, and which part files stood there at that moment."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.told: list[tuple[Any, ...]] = []
        self.errors: list[Exception] = []
        self.changed: dict[int, int] = {}
        self.rows: list[tuple[Any, ...]] = []
        self.parts = 0
        self.synced: dict[str, int] = {}

    def _note(self, what: str, *more: Any) -> None:
        self.told.append((what, *more, sorted(path.name for path in self.folder.glob("policies/*"))))

    async def next_part(self) -> str:
        self.parts += 1
        return f"part-{self.parts}.parquet"

    async def begin_part(self, name: str, rows: int, captures: Sequence[int], warcs: Mapping[str, int]) -> None:
        self.synced |= warcs
        sizes = {path.name: path.stat().st_size for path in self.folder.glob("warc/crawl-*.warc.gz")}
        assert self.synced == sizes, "the records are on disk before a row refers to them"
        self._note("begin", name, rows, list(captures))

    async def finish_part(self, name: str) -> None:
        self._note("finish", name)

    async def register_warcs(self, names: Iterable[str]) -> None:
        self._note("warcs", *names)

    async def outdated(self) -> list[tuple[int, int]]:
        return list(self.changed.items())

    async def caught_up(self, file: int, changes: int) -> None:
        if self.changed[file] == changes:
            del self.changed[file]

    def write_tables(self, file: int) -> None:
        write_rows(self.folder / "captures" / f"{file:05d}.parquet", CAPTURES, ([row] for row in self.rows))

    def storage_failed(self, error: Exception) -> None:
        self.errors.append(error)


@contextlib.asynccontextmanager
async def opened(folder: Path, ledger: Any, **settings: Any) -> AsyncIterator[StoragePipeline]:
    crawler = get_crawler(settings_dict=SETTINGS | {"DATA_DIR": str(folder)} | settings)
    pipeline = StoragePipeline.from_crawler(crawler)
    pipeline.begin("crawl", ledger, lambda: False)
    try:
        yield pipeline
    finally:
        await pipeline.close_spider()


async def process(pipeline: StoragePipeline, fetched: Item) -> dict[str, Any] | None:
    """What the next pipeline gets; ``None`` where it gets nothing."""
    try:
        return await pipeline.process_item(fetched)
    except DropItem:
        return None


async def until(condition: Callable[[], bool]) -> None:
    """Waits for a condition; fails after a minute."""
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.005)


def stored(folder: Path) -> list[dict[str, Any]]:
    return [row for path in sorted(folder.glob("policies/*.parquet")) for row in pq.read_table(path).to_pylist()]

"""Whole DATA_DIRs without any request: crawls of invented sites that write part files, WARC files and all tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from crawler.arguments import Target
from crawler.ledger import Ledger
from crawler.settling import apply_verdicts
from pipelines.dataset.part_writer import write_part
from pipelines.dataset.rows import policy_row, policy_table
from pipelines.dataset.warc import WarcFiles
from pipelines.document import Item
from tests.support.played_crawl import Played, PlayedArchive
from tests.support.processes import OF_THE_RUN
from tests.support.rows import Row

#: Columns that tell of a run, and of files.
_OF_A_RUN = OF_THE_RUN | {"asked_first", "asked_last", "known_through", "crawl_id", "started", "ended", "homepages"}
TABLES = ("policies", "captures", "domains", "versions", "changes", "coverage")


class Killed(Exception):
    """The crawl's process dies."""


class Shard(Played):
    """A DATA_DIR with all its tables, and the crawls of it."""

    def __init__(self, folder: Path, archive: PlayedArchive) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        super().__init__(folder, archive)
        self.ledger.recover()
        self.folder = folder
        self.dies_after: int | None = None
        """So many items of the next crawl are written, then it is killed."""
        self._waiting: list[Item] = []

    def crawl(self, *domains: str, **arguments: Any) -> Counter[str]:
        self._warcs: WarcFiles | None = None
        try:
            asked = super().crawl(*domains, **arguments)
        except Killed:
            self._flush()
            self.ledger.close()
            return Counter(request.partition(" ")[0] for request in self.asked)
        apply_verdicts(self.folder, self.ledger, only_if_it_pays=True)
        return asked

    def reopen(self) -> None:
        """Another process opens DATA_DIR."""
        self.ledger.close()
        self.ledger = Ledger(self.folder)
        self.ledger.recover()
        self.dies_after = None

    async def work(self, targets: Iterable[Target]) -> None:
        await super().work(targets)
        self._flush()

    def store(self, item: Item | None) -> None:
        if item is None:
            return
        self._waiting.append(item)
        if self.dies_after is not None and len(self._waiting) >= self.dies_after:
            raise Killed

    def _flush(self) -> None:
        items, self._waiting = self._waiting, []
        if self._warcs is None:
            self._warcs = WarcFiles(self.folder / "warc", self.id, user_agent="tests")
        kept = [self._kept(item) for item in items]
        rows = [policy_row(item) for item in kept if item.document is not None]
        dataset = self.ledger.dataset
        name = dataset.next_part(self.id)
        captures = [capture for item in items for capture in item.settles]
        dataset.begin_part(name, len(rows), captures, self._warcs.sync())
        if rows:
            write_part(self.folder / "policies" / name, policy_table(rows))
        dataset.finish_part(name)
        self._warcs.close()

    def _kept(self, item: Item) -> Item:
        assert self._warcs is not None
        for snapshot in item.passed:
            self._warcs.write(snapshot)
        place = self._warcs.write(item.snapshot)
        return replace(item, warc_file=place.file, warc_offset=place.offset)


def rows(data_dir: Path, table: str) -> list[Row]:
    """The rows of a table."""
    return pq.read_table(data_dir / table).to_pylist()  # type: ignore[no-any-return]


def facts(data_dir: Path) -> dict[str, list[Row]]:
    """The rows of all tables but ``crawls``, without what tells of the run."""
    return {
        table: sorted(
            (
                {name: value for name, value in row.items() if name not in _OF_A_RUN}
                for row in pq.read_table(data_dir / table).to_pylist()
            ),
            key=repr,
        )
        for table in TABLES
    }

"""``scrapy compact``: the part files of many crawls become few."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from scrapy.exceptions import UsageError

from crawler.dataset_command import DatasetCommand, add_engine, comparers_of

if TYPE_CHECKING:
    from pipelines.dataset.compaction import Compacted
    from pipelines.history.telling import Comparers


class Command(DatasetCommand):
    def syntax(self) -> str:
        return "[--processes N] [--engine processes|ray] [--work URL]"

    def short_desc(self) -> str:
        return "Merge the dataset's part files"

    def long_desc(self) -> str:
        return (
            "Merges the part files of policies into few, sorted ones; readers may go on reading meanwhile. Brings "
            "versions, changes and coverage up to date, for which --engine ray has the cluster at RAY_ADDRESS compare "
            "texts: --work has to be a folder that all machines reach (s3://bucket/work)."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        add_engine(parser)

    def work(self, args: list[str], opts: argparse.Namespace) -> None:
        from pipelines.dataset.lock import DataDirLock

        comparers = comparers_of(opts)
        if opts.engine == "ray" and not opts.work:
            raise UsageError("--engine ray: give --work, a folder that all machines reach")
        with DataDirLock(self.dataset()):
            for line in _compact(self.data_dir, comparers):
                print(line)


def _compact(data_dir: Path, comparers: Comparers) -> Iterator[str]:
    """Merges, and tells what came of it."""
    from crawler.histories import told
    from crawler.ledger import Ledger
    from crawler.settling import apply_verdicts
    from pipelines.dataset.compaction import compact
    from pipelines.dataset.parts import FILE_NAME

    if not (data_dir / FILE_NAME).exists():  # the rows come from elsewhere, and no history is kept
        yield _merged(compact(data_dir))
        return
    with closing(Ledger(data_dir)) as ledger:
        merged, histories = apply_verdicts(data_dir, ledger, comparers=comparers)
    yield _merged(merged)
    yield f"histories worked out: {told(histories)}" if histories.domains else "no history to work out"


def _merged(done: Compacted | None) -> str:
    if done is None:
        return "nothing to merge"
    dropped = f", {done.superseded:,} superseded" if done.superseded else ""
    return f"{done.files_before:,} files became {done.files_after:,}: {done.rows:,} rows{dropped}"

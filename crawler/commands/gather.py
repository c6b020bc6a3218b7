"""``scrapy gather``: several DATA_DIRs become one."""

from __future__ import annotations

import argparse
from typing import ClassVar

from scrapy.exceptions import UsageError

from crawler.dataset_command import DatasetCommand, NothingThere
from crawler.given_settings import local


class Command(DatasetCommand):
    takes_arguments: ClassVar[bool] = True

    def syntax(self) -> str:
        return "DIR... -s DATA_DIR=ALL"

    def short_desc(self) -> str:
        return "Join the DATA_DIRs of a crawl's shards into one"

    def long_desc(self) -> str:
        return (
            "Takes what other DATA_DIRs hold into DATA_DIR, which may be new: rows, WARC files, and what the ledgers "
            "know, also of what is left to do. Files are linked where both are on one disk. Run again, it takes only "
            "what is new. The others are not changed. "
            "Example: scrapy gather shard1 shard2 shard3 -s DATA_DIR=all"
        )

    def work(self, args: list[str], opts: argparse.Namespace) -> None:
        from crawler.gathering import gather
        from pipelines.dataset.lock import DataDirLock

        sources = list(dict.fromkeys(local("", argument).resolve() for argument in args))
        if not sources:
            raise UsageError("give the DATA_DIRs to join", print_help=False)
        for source in sources:
            if not source.is_dir():
                raise NothingThere(f"there is no folder {source}")
            if source == self.data_dir.resolve():
                raise UsageError(f"{source} is DATA_DIR itself", print_help=False)
        with DataDirLock(self.data_dir):
            gather(self.data_dir, sources, print)

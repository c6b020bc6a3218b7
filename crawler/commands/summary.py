"""``scrapy summary``: what a dataset holds, one line per domain."""

from __future__ import annotations

import argparse

from crawler.dataset_command import DatasetCommand
from pipelines.printable import printable


class Command(DatasetCommand):
    def short_desc(self) -> str:
        return "Show what a dataset holds, one line per domain"

    def long_desc(self) -> str:
        return "Shows what the dataset in DATA_DIR holds, one line per domain. Example: scrapy summary -s DATA_DIR=data"

    def work(self, args: list[str], opts: argparse.Namespace) -> None:
        from pipelines.tools.summary import summaries, table

        print(printable(table(summaries(self.dataset()))))

"""``scrapy summary``: what a dataset holds, a line a domain."""

from __future__ import annotations

import argparse
from pathlib import Path

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from crawler.commands import told


class Command(ScrapyCommand):
    requires_project = True
    requires_crawler_process = False

    def short_desc(self) -> str:
        return "Show what a dataset holds, a line a domain"

    def long_desc(self) -> str:
        return "Shows what the dataset in DATA_DIR holds, a line a domain. Example: scrapy summary -s DATA_DIR=data"

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        from pipelines.tools.summary import summaries, table

        assert self.settings is not None
        folder = Path(self.settings["DATA_DIR"])
        if not any((folder / name).is_dir() for name in ("captures", "policies")):
            raise UsageError(f"there is no dataset in {folder}", print_help=False)
        with told(self):
            print(table(summaries(folder)))

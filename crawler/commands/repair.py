"""``scrapy repair``: finds what is damaged or lost in DATA_DIR, and rebuilds it from what is left."""

from __future__ import annotations

import argparse

from crawler.dataset_command import DatasetCommand


class Command(DatasetCommand):
    def syntax(self) -> str:
        return "[--dry-run]"

    def short_desc(self) -> str:
        return "Find damaged files in DATA_DIR, and rebuild them from the others"

    def long_desc(self) -> str:
        return (
            "Reads all of DATA_DIR. Damaged part files, WARC files and ledgers are put aside in DATA_DIR/damaged, and "
            "rebuilt from what is left: the next crawl goes on, and fetches only what no file has any more. Nothing is "
            "deleted. If a run is interrupted, run it again."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--dry-run", action="store_true", help="only say what is damaged")

    def work(self, args: list[str], opts: argparse.Namespace) -> None:
        from crawler.repair import look, repair
        from pipelines.dataset.lock import DataDirLock

        with DataDirLock(self.dataset()):
            found = look(self.data_dir)
            lines = found.lines(self.data_dir)
            for line in lines:
                print(line)
            if not lines:
                print("nothing is damaged")
            elif opts.dry_run:
                print("scrapy repair without --dry-run puts this in order")
            else:
                repair(self.data_dir, found, print)
                print("repaired: the next crawl goes on from here")

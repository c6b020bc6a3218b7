"""``scrapy import``: the older corpus joins the dataset."""
# ruff: noqa: N999 - Scrapy takes the command's name from the file's, and loads it by that name

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import ClassVar

from scrapy.exceptions import UsageError

from crawler.dataset_command import ERROR, DatasetCommand, NothingThere


class Command(DatasetCommand):
    takes_arguments: ClassVar[bool] = True

    def syntax(self) -> str:
        return "PATH..."

    def short_desc(self) -> str:
        return "Add policies of the Princeton-Leuven corpus to the dataset"

    def long_desc(self) -> str:
        return (
            "Reads files in the corpus's Markdown form, folders of them, and its SQLite release. "
            "Example: scrapy import privacy-policy-historical release_db.sqlite"
        )

    def work(self, args: list[str], opts: argparse.Namespace) -> None:
        from pipelines.dataset.lock import DataDirLock
        from pipelines.tools.princeton.importing import import_older_corpus
        from pipelines.tools.show import printable

        paths = [Path(argument) for argument in args]
        if not paths:
            raise UsageError("give the files or folders to read", print_help=False)
        if missing := [path for path in paths if not path.exists()]:
            raise NothingThere(f"there is no {missing[0]}")
        with DataDirLock(self.data_dir):
            done = import_older_corpus(self.data_dir, paths)
        for each in done.examples:
            print(printable(f"{each.source}: {each.reason}"), file=sys.stderr)
        if done.rejected and not done.rows and not done.known:
            self.exitcode = ERROR
        print(f"{done.rows} captures added, {done.known} known already, {done.rejected} rejected")

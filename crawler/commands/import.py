"""``scrapy import``: the older corpus joins the dataset."""
# ruff: noqa: N999 - Scrapy takes the command's name from the file's, and loads it by that name

from __future__ import annotations

import argparse
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from scrapy.exceptions import UsageError

from crawler.dataset_command import ERROR, DatasetCommand, NothingThere

if TYPE_CHECKING:
    from pipelines.tools.princeton.importing import Imported


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
        from pipelines.printable import printable
        from pipelines.tools.princeton.importing import import_older_corpus

        paths = [Path(argument) for argument in args]
        if not paths:
            raise UsageError("give the files or folders to read")
        if missing := [path for path in paths if not path.exists()]:
            raise NothingThere(f"there is no {missing[0]}")
        with DataDirLock(self.data_dir):
            done = import_older_corpus(self.data_dir, paths)
            _enter(self.data_dir, done, paths)
        for each in done.examples:
            print(printable(f"{each.source}: {each.reason}"), file=sys.stderr)
        if done.rejected and not done.rows and not done.known:
            self.exitcode = ERROR
        print(f"{done.rows} captures added, {done.known} known already, {done.rejected} rejected")


def _enter(data_dir: Path, done: Imported, paths: list[Path]) -> None:
    """Enters the rows and the import into the ledger, decides on their domains, and writes the tables made from it."""
    from crawler.ledger import Ledger
    from crawler.ledger.imported import enter_import, enter_rows
    from crawler.ledger.verdicts import settle_verdicts
    from crawler.runs import software
    from crawler.settling import apply_verdicts
    from pipelines.dataset.overrides import read_overrides
    from pipelines.tools.princeton.importing import ARCHIVE, imported_rows

    with closing(Ledger(data_dir)) as ledger:
        overrides = read_overrides(data_dir)
        for domain in enter_rows(ledger.db, imported_rows(data_dir)):
            settle_verdicts(ledger.db, domain, overrides)
        arguments = {"import": [path.name for path in paths]}
        enter_import(ledger.db, done.crawl_id, ARCHIVE, ended=time.time(), arguments=arguments, software=software())
        apply_verdicts(data_dir, ledger, only_if_it_pays=True)

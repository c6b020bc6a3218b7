"""``scrapy import``: the older corpus joins the dataset."""
# ruff: noqa: N999 - Scrapy takes the command's name from the file's, and loads it by that name

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any, ClassVar

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from crawler.commands import EXIT_ERROR, change_dataset


class Command(ScrapyCommand):
    requires_project = True
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        return "PATH..."

    def short_desc(self) -> str:
        return "Add policies of the Princeton-Leuven corpus to the dataset"

    def long_desc(self) -> str:
        return (
            "Reads files in the corpus's Markdown form, folders of them, and its SQLite release. "
            "Example: scrapy import privacy-policy-historical release_db.sqlite"
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        from pipelines.processes.batch import EngineError

        paths = [Path(argument) for argument in args]
        if not paths:
            raise UsageError("give the files or folders to read")
        if missing := [path for path in paths if not path.exists()]:
            raise UsageError(f"there is no {missing[0]}", print_help=False)
        try:
            change_dataset(self, lambda data_dir: self._import(data_dir, paths))
        except EngineError as error:
            print(error, file=sys.stderr)
            self.exitcode = EXIT_ERROR

    def _import(self, data_dir: Path, paths: list[Path]) -> str:
        from pipelines.tools.princeton.importing import import_older_corpus

        done = import_older_corpus(data_dir, paths)
        for each in done.examples:
            print(f"{each.source}: {each.reason}", file=sys.stderr)
        if done.rejected and not done.rows and not done.known:
            self.exitcode = EXIT_ERROR
        return f"{done.rows} captures added, {done.known} known already, {done.rejected} rejected"

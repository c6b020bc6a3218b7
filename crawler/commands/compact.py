"""``scrapy compact``: the part files of many crawls become few."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, ClassVar

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from crawler.commands import change_dataset


class Command(ScrapyCommand):
    requires_project = True
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}

    def short_desc(self) -> str:
        return "Merge the dataset's part files"

    def long_desc(self) -> str:
        return "Merges the part files of policies into few, sorted ones; readers may go on reading meanwhile."

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if args:
            raise UsageError(f"unknown argument: {args[0]}")
        change_dataset(self, _compact)


def _compact(data_dir: Path) -> str:
    from pipelines.dataset.compaction import compact

    done = compact(data_dir)
    if done is None:
        return "nothing to merge"
    dropped = f", {done.superseded} superseded" if done.superseded else ""
    return f"{done.files_before} files became {done.files_after}: {done.rows} rows{dropped}"

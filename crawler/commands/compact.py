"""``scrapy compact``: the part files of many crawls become few."""

from __future__ import annotations

import argparse

from crawler.dataset_command import DatasetCommand


class Command(DatasetCommand):
    def short_desc(self) -> str:
        return "Merge the dataset's part files"

    def long_desc(self) -> str:
        return "Merges the part files of policies into few, sorted ones; readers may go on reading meanwhile."

    def work(self, args: list[str], opts: argparse.Namespace) -> None:
        from pipelines.dataset.compaction import compact
        from pipelines.dataset.lock import DataDirLock

        with DataDirLock(self.dataset()):
            done = compact(self.data_dir)
        if done is None:
            print("nothing to merge")
            return
        dropped = f", {done.superseded} superseded" if done.superseded else ""
        print(f"{done.files_before} files became {done.files_after}: {done.rows} rows{dropped}")

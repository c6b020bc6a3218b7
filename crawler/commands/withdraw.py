"""``scrapy withdraw``: takes what ``overrides.toml`` names out of the dataset."""

from __future__ import annotations

import argparse
from contextlib import closing

from crawler.dataset_command import DatasetCommand


class Command(DatasetCommand):
    def short_desc(self) -> str:
        return "Take out of the dataset what DATA_DIR/overrides.toml names"

    def long_desc(self) -> str:
        return (
            "Removes the domains, addresses and captures under [[remove]] in DATA_DIR/overrides.toml from rows, WARC "
            "files and the ledger, and deletes DATA_DIR/damaged. A crawl does the same when it begins, and fetches "
            "none of it again; releases and exports leave it out. If a run is interrupted, run it again."
        )

    def work(self, args: list[str], opts: argparse.Namespace) -> None:
        from crawler.histories import keep_histories
        from crawler.ledger import Ledger
        from crawler.ledger.tables import publish
        from crawler.withdrawal import withdraw
        from pipelines.dataset.lock import DataDirLock
        from pipelines.dataset.parts import adopt, settle

        with DataDirLock(self.dataset()):
            adopt(self.data_dir)
            settle(self.data_dir)
            with closing(Ledger(self.data_dir)) as ledger:
                ledger.recover()
                done = withdraw(self.data_dir, ledger)
                if done is not None:
                    keep_histories(self.data_dir, ledger)
                    publish(ledger.db, self.data_dir)
        if done is None:
            print("nothing to remove that is not removed already")
        else:
            print(f"removed: {done.rows} rows of policies, {done.records} WARC records")

"""``scrapy reextract``: new texts from the stored captures, without asking the archive again."""

from __future__ import annotations

import argparse
import sys
from contextlib import closing
from functools import partial
from pathlib import Path

from scrapy.exceptions import UsageError

from crawler.dataset_command import DatasetCommand
from pipelines.processes.batch import ENGINES


class Command(DatasetCommand):
    def syntax(self) -> str:
        return "[--processes N] [--engine processes|ray]"

    def short_desc(self) -> str:
        return "Extract all texts again from the stored captures"

    def long_desc(self) -> str:
        return (
            "Reads DATA_DIR/warc with today's extractor and replaces the rows of policies, all at once at "
            "the end. A run that was interrupted goes on where it was. --engine ray takes the cluster "
            "at RAY_ADDRESS (DATA_DIR must be the same folder everywhere) or this machine."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--processes", type=int, metavar="N", help="at a time (default: one per core)")
        parser.add_argument("--engine", choices=ENGINES, default=ENGINES[0], help="default: processes")

    def work(self, args: list[str], opts: argparse.Namespace) -> None:
        from pipelines.dataset.lock import DataDirLock

        if opts.processes is not None and opts.processes < 1:
            raise UsageError("--processes: at least 1", print_help=False)
        with DataDirLock(self.dataset()):
            print(_reextract(self.data_dir.resolve(), opts))


def _reextract(data_dir: Path, opts: argparse.Namespace) -> str:
    from crawler.ledger import Ledger
    from crawler.settling import apply_verdicts, decide_again
    from crawler.withdrawal import withdraw
    from pipelines.dataset.parts import FILE_NAME
    from pipelines.tools.reextraction import reextract

    def progress(done: int, of: int) -> None:
        print(f"{done} of {of} WARC files", file=sys.stderr)

    read_again = partial(reextract, data_dir, engine=opts.engine, processes=opts.processes, progress=progress)
    if (data_dir / FILE_NAME).exists():
        with closing(Ledger(data_dir)) as ledger:
            withdraw(data_dir, ledger)
            done = read_again(judges=partial(decide_again, data_dir, ledger))
            apply_verdicts(data_dir, ledger, only_if_it_pays=True)
    else:  # the rows and WARC files come from elsewhere
        done = read_again()
    return (
        f"{done.documents} documents read again: {done.changed} texts changed, {done.dropped} are "
        f"no policies any more, {done.kept} could not be read and are as they were"
    )

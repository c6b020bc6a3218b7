"""``scrapy reextract``: new texts from the stored captures, without asking the archive again."""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.dataset_command import DatasetCommand, add_engine, comparers_of
from pipelines.printable import printable

if TYPE_CHECKING:
    from pipelines.history.telling import Comparers

#: Documents that the command names; the others are counted.
_NAMED = 20


class Command(DatasetCommand):
    def syntax(self) -> str:
        return "[--processes N] [--engine processes|ray] [--warcs URL] [--work URL]"

    def short_desc(self) -> str:
        return "Extract all texts again from the stored captures"

    def long_desc(self) -> str:
        return (
            "Reads all captures in DATA_DIR/warc with today's extractor, also those that were taken for no policy, and "
            "replaces the rows of policies, all at once at the end. A document that kills a worker, or takes too much "
            "time or memory, stays as it was and is named. A run that was interrupted goes on where it was, WARC file "
            "by WARC file. --engine ray takes the cluster at RAY_ADDRESS or this machine: on several machines, --warcs "
            "and --work have to be folders that all of them reach (s3://bucket/warc). DATA_DIR stays on this machine, "
            "which alone decides and writes."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        add_engine(parser)
        parser.add_argument(
            "--warcs", metavar="URL", help="the folder with the WARC files and their .cdxj (default: DATA_DIR/warc)"
        )

    def work(self, args: list[str], opts: argparse.Namespace) -> None:
        from pipelines.dataset.lock import DataDirLock

        comparers = comparers_of(opts)
        with DataDirLock(self.dataset()):
            print(_reextract(self.data_dir.resolve(), opts, comparers))


def _reextract(data_dir: Path, opts: argparse.Namespace, comparers: Comparers) -> str:
    from crawler.ledger import Ledger
    from crawler.settling import LedgersJudge, apply_verdicts
    from crawler.withdrawal import withdraw
    from pipelines.dataset.parts import FILE_NAME
    from pipelines.tools.reextraction import reextract

    def progress(done: int, of: int) -> None:
        print(f"{done} of {of} WARC files", file=sys.stderr)

    with ExitStack() as ending:
        ledger = None
        if (data_dir / FILE_NAME).exists():  # or the rows and WARC files come from elsewhere
            ledger = Ledger(data_dir)
            ending.callback(ledger.close)
            withdraw(data_dir, ledger)
        done = reextract(
            data_dir,
            engine=opts.engine,
            processes=opts.processes,
            progress=progress,
            judge=LedgersJudge(data_dir, ledger) if ledger else None,
            warcs=opts.warcs,
            work=opts.work,
        )
        for told in done.lost[:_NAMED]:
            print(f"stays as it was: {printable(told)}", file=sys.stderr)
        if ledger:
            apply_verdicts(data_dir, ledger, only_if_it_pays=True, comparers=comparers)
    return (
        f"{done.documents} documents read again: {done.changed} texts changed, {done.found} are policies after all, "
        f"{done.dropped} are no policies any more, {len(done.lost)} could not be read and are as they were"
    )

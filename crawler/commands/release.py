"""``scrapy release``: the dataset at this moment, numbered and immutable, with versions, changes and coverage."""

from __future__ import annotations

import argparse
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from scrapy.exceptions import UsageError

from crawler.dataset_command import DatasetCommand, release_at_hand
from pipelines.urls import without_secrets

if TYPE_CHECKING:
    from pipelines.release.build import Release


class Command(DatasetCommand):
    def syntax(self) -> str:
        return "-o DIR [--without-text] [--after DIR] [--number N] [--processes N] | --compare DIR DIR [--json]"

    def short_desc(self) -> str:
        return "Make a release of the dataset, or tell what differs between two"

    def long_desc(self) -> str:
        return (
            "Makes a release of the dataset in the new folder DIR: a crawl's tables sorted, versions, changes "
            "and coverage derived from them, a dataset card, Croissant metadata and SHA-256 sums. It counts "
            "on from this dataset's last release beside DIR. The same facts give the same bytes. "
            "Example: scrapy release -o releases/2026-11 --without-text. "
            "--compare tells what differs between two that are made: rows by their keys, domains, versions, columns, "
            "settings, software, corrections"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("-o", "--output", metavar="DIR", help="new folder for the release, or s3://...")
        parser.add_argument(
            "--without-text",
            action="store_true",
            help="leave the texts out; anyone can fetch them again from what remains",
        )
        parser.add_argument(
            "--after",
            metavar="DIR",
            help="the release before, also s3://... (default: this dataset's last one beside the new folder)",
        )
        parser.add_argument(
            "--number", type=int, metavar="N", help="the release's number (default: one more than the release before)"
        )
        parser.add_argument(
            "--processes", type=int, metavar="N", help="that share the work (default: one per core; same bytes)"
        )

        parser.add_argument(
            "--compare", nargs=2, metavar="DIR", help="two releases of this dataset, the older first; also s3://..."
        )
        parser.add_argument("--json", action="store_true", help="with --compare: as JSON, with all names")

    def work(self, args: list[str], opts: argparse.Namespace) -> None:
        if opts.compare:
            _compare(opts)
            return
        if opts.json:
            raise UsageError("--json goes with --compare", print_help=False)
        if not opts.output:
            raise UsageError("needs a new folder: scrapy release -o DIR", print_help=False)
        if opts.number is not None and opts.number < 1:
            raise UsageError("--number begins with 1", print_help=False)
        if opts.processes is not None and opts.processes < 1:
            raise UsageError("--processes: at least 1", print_help=False)
        from pipelines.dataset.uploading import UploadRefused
        from pipelines.release.build import ReleaseError
        from pipelines.release.copies import release_to

        data_dir = self.dataset()
        _follow_verdicts(data_dir)
        try:
            made, where = release_to(
                data_dir,
                opts.output,
                with_text=not opts.without_text,
                after=opts.after,
                number=opts.number,
                processes=opts.processes,
            )
        except (ReleaseError, UploadRefused) as error:
            raise UsageError(str(error), print_help=False) from None
        print(report(made, where))


def _compare(opts: argparse.Namespace) -> None:
    from pipelines.release.compare import compare
    from pipelines.tools.show_comparison import as_record, as_text
    from pipelines.tools.tables import as_json

    if opts.output or opts.without_text or opts.after or opts.number is not None or opts.processes is not None:
        raise UsageError("--compare makes no release: only --json goes with it", print_help=False)
    with ExitStack() as ending:
        folders = [ending.enter_context(release_at_hand(one)) for one in opts.compare]
        found = compare(*folders)
    told = as_json(as_record(found)) if opts.json else as_text(found)
    for folder, given in zip(folders, opts.compare, strict=True):
        told = told.replace(str(folder), without_secrets(given))
    print(told)


def _follow_verdicts(data_dir: Path) -> None:
    """Brings the rows in line with the verdicts and ``overrides.toml``, unless a crawl is at work, which will do it."""
    from crawler.ledger import Ledger
    from crawler.ledger.verdicts import is_behind
    from crawler.settling import apply_verdicts
    from pipelines.dataset.errors import DatasetBusyError
    from pipelines.dataset.lock import DataDirLock
    from pipelines.dataset.overrides import read_overrides
    from pipelines.dataset.parts import FILE_NAME

    if (data_dir / FILE_NAME).exists() and (read_overrides(data_dir).correct or is_behind(data_dir)):
        with suppress(DatasetBusyError), DataDirLock(data_dir), closing(Ledger(data_dir)) as ledger:
            apply_verdicts(data_dir, ledger, only_if_it_pays=True)


def report(made: Release, where: str) -> str:
    """What was made, for the terminal."""
    lines = [f"Release {made.manifest.lineage.number} in {where}", ""]
    lines += [
        f"  {name:<16} {table.rows:>12,} rows {table.bytes / 1e6:>12,.1f} MB"
        for name, table in made.manifest.tables.items()
    ]
    lines += ["", *(f"  {line}" for line in made.coverage.lines())]
    return "\n".join(lines)

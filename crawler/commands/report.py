"""``scrapy report``: pages to look at, from DATA_DIR or a release."""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, ClassVar

from scrapy.exceptions import UsageError

from crawler.dataset_command import DatasetCommand, release_at_hand

if TYPE_CHECKING:
    from pipelines.report.site import Report


class Command(DatasetCommand):
    takes_several: ClassVar[bool] = True

    def syntax(self) -> str:
        return "-o DIR [--release FOLDER]"

    def short_desc(self) -> str:
        return "Make pages to look at: timelines, texts, what changed, what is missing"

    def long_desc(self) -> str:
        return (
            "Makes a static site in the folder DIR, or brings it up to date: open DIR/index.html in a browser, or put "
            "DIR on any web server. DIR may be in object storage (s3://bucket/report), too. "
            "The charts of the corpus need pip install 'wayback-policies[report]'. "
            "Example: scrapy report -o report"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "-o", "--output", metavar="DIR", help="folder for the pages, new or of an earlier report; or s3://..."
        )
        parser.add_argument("--release", metavar="FOLDER", help="of this release, not of DATA_DIR; or s3://...")

    def work(self, args: list[str], opts: argparse.Namespace) -> None:
        if not opts.output:
            raise UsageError("needs a folder: scrapy report -o DIR")
        from pipelines.dataset.uploading import UploadRefused, output
        from pipelines.report.pictures import HOW_TO_GET
        from pipelines.report.site import START_PAGE, ReportError, write_report

        try:
            with ExitStack() as ending:
                source = ending.enter_context(release_at_hand(opts.release)) if opts.release else self.dataset()
                out = ending.enter_context(output(opts.output, START_PAGE))
                made = write_report(source, out.folder)
                if uploaded := out.bring():
                    made.written, made.removed = uploaded.written, uploaded.removed
                print(said(made, out.shown(made.path / START_PAGE)))
        except (ReportError, UploadRefused) as error:
            raise UsageError(str(error)) from None
        if not made.drawn:
            print(f"The charts of the corpus are left out. To have them: {HOW_TO_GET}", file=sys.stderr)


def said(made: Report, where: str) -> str:
    """What was made, for the terminal."""
    return (
        f"{made.domains:,} domains in {where}: {made.bytes / 1e6:,.1f} MB, "
        f"{made.written:,} files written, {made.removed:,} removed"
    )

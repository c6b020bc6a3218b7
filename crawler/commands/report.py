"""``scrapy report``: pages to look at, from DATA_DIR or a release."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from scrapy.exceptions import UsageError

from crawler.dataset_command import DatasetCommand, NothingThere

if TYPE_CHECKING:
    from pipelines.report.site import Report


class Command(DatasetCommand):
    def syntax(self) -> str:
        return "-o DIR [--release FOLDER]"

    def short_desc(self) -> str:
        return "Make pages to look at: timelines, texts, what changed, what is missing"

    def long_desc(self) -> str:
        return (
            "Makes a static site in the folder DIR, or brings it up to date: open DIR/index.html in a browser, or put "
            "DIR on any web server. The charts of the corpus need pip install 'wayback-policies[report]'. "
            "Example: scrapy report -o report"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("-o", "--output", metavar="DIR", help="folder for the pages, new or of an earlier report")
        parser.add_argument("--release", metavar="FOLDER", help="of this release, not of DATA_DIR")

    def work(self, args: list[str], opts: argparse.Namespace) -> None:
        if not opts.output:
            raise UsageError("needs a folder: scrapy report -o DIR", print_help=False)
        from pipelines.release.manifest import is_release
        from pipelines.report.pictures import HOW_TO_GET
        from pipelines.report.site import ReportError, write_report

        source = Path(opts.release) if opts.release else self.dataset()
        if opts.release and not is_release(source):
            raise NothingThere(f"{source} is no release: it has no release.json")
        try:
            made = write_report(source, Path(opts.output))
        except ReportError as error:
            raise UsageError(str(error), print_help=False) from None
        print(said(made))
        if not made.drawn:
            print(f"The charts of the corpus are left out. To have them: {HOW_TO_GET}", file=sys.stderr)


def said(made: Report) -> str:
    """What was made, for the terminal."""
    return (
        f"{made.domains:,} domains in {made.path / 'index.html'}: {made.bytes / 1e6:,.1f} MB, "
        f"{made.written:,} files written, {made.removed:,} removed"
    )

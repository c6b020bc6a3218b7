"""``scrapy release -o DIR``: the dataset at this moment, immutable, numbered, with versions, changes and
coverage."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

if TYPE_CHECKING:
    from pipelines.release.build import Release

_BAD_ARGUMENTS = 2


class Command(ScrapyCommand):
    requires_project = True
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        return "-o DIR [--without-text] [--number N]"

    def short_desc(self) -> str:
        return "Make a release of the dataset: its tables, what changed, what is missing"

    def long_desc(self) -> str:
        return (
            "Makes a release of the dataset in the new folder DIR: policies and captures sorted, versions,"
            " changes and coverage derived from them, a dataset card, Croissant metadata and SHA-256 sums."
            " The same facts give the same bytes. Example: scrapy release -o releases/2026-11 "
            "--without-text"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("-o", "--output", metavar="DIR", help="new folder for the release")
        parser.add_argument(
            "--without-text",
            action="store_true",
            help="leave the texts out; from what remains anyone fetches them again",
        )
        parser.add_argument(
            "--number",
            type=int,
            metavar="N",
            help="the release's number (default: one more than the highest beside DIR)",
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        assert self.settings is not None
        if args:
            raise UsageError(f"does not know what {' '.join(args)} means", print_help=False)
        if not opts.output:
            raise UsageError("needs a new folder: scrapy release -o DIR", print_help=False)
        if opts.number is not None and opts.number < 1:
            raise UsageError("--number begins with 1", print_help=False)
        from pipelines.dataset.errors import DatasetError
        from pipelines.release.build import release

        try:
            made = release(
                Path(self.settings.get("DATA_DIR", "data")),
                Path(opts.output),
                with_text=not opts.without_text,
                number=opts.number,
            )
        except (DatasetError, OSError) as error:
            print(f"release: {error}", file=sys.stderr)
            self.exitcode = _BAD_ARGUMENTS
            return
        print(report(made))


def report(made: Release) -> str:
    """What was made, for the terminal."""
    lines = [f"Release {made.manifest.number} in {made.path}", ""]
    lines += [
        f"  {name:<9} {table.rows:>12,} rows {table.bytes / 1e6:>12,.1f} MB"
        for name, table in made.manifest.tables.items()
    ]
    lines += ["", *(f"  {line}" for line in made.coverage.lines())]
    return "\n".join(lines)

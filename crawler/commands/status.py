"""``scrapy status``: how a dataset and its crawls are, or what it holds of each domain."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from scrapy.exceptions import UsageError

from crawler.dataset_command import DatasetCommand, add_forms
from pipelines.printable import printable

if TYPE_CHECKING:
    from pipelines.tools.summary import DomainSummary


class Command(DatasetCommand):
    takes_several: ClassVar[bool] = True

    def syntax(self) -> str:
        return "[--domains [--csv]] [--json]"

    def short_desc(self) -> str:
        return "Show how far the crawls have come, what is missing and why, the last runs, the disk"

    def long_desc(self) -> str:
        return (
            "Shows the state of the dataset in DATA_DIR: domains and captures by outcome, what is due, why domains are"
            " incomplete, what the disk holds, and how the last runs ended; also while a crawl is at work. With"
            " --domains: what it holds, one line per domain. Example: scrapy status --json -s DATA_DIR=data"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        add_forms(parser)
        parser.add_argument("--domains", action="store_true", help="one line per domain instead")

    def work(self, args: list[str], opts: argparse.Namespace) -> None:
        from crawler.status import report, status
        from pipelines.tools.tables import as_json

        if opts.csv and not opts.domains:
            raise UsageError("--csv is for --domains: the rest is no table", print_help=False)
        if opts.domains:
            for line in _lines(self.dataset(), opts):
                print(line)
        else:
            found = status(*self.datasets())
            print(as_json(found.as_dict()) if opts.json else printable(report(found)))


def _lines(data_dir: Path, opts: argparse.Namespace) -> Iterator[str]:
    """A line for each domain, in the form that is asked for."""
    from pipelines.tools.summary import DomainSummary, summaries, table
    from pipelines.tools.tables import csv_lines, json_lines

    if opts.csv:
        return csv_lines([field.name for field in fields(DomainSummary)], map(_plain, summaries(data_dir)))
    return json_lines(map(_plain, summaries(data_dir))) if opts.json else map(printable, table(summaries(data_dir)))


def _plain(found: DomainSummary) -> dict[str, Any]:
    """Its fields by name. (``asdict`` can't copy a ``Counter``.)"""
    return {field.name: getattr(found, field.name) for field in fields(found)}

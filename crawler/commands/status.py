"""``scrapy status``: how a dataset and its crawls are, or what it holds of each domain."""

from __future__ import annotations

import argparse
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from scrapy.exceptions import UsageError

from crawler.dataset_command import DatasetCommand, add_forms
from pipelines.printable import printable

if TYPE_CHECKING:
    from pipelines.tools.summary import DomainSummary


class Command(DatasetCommand):
    def syntax(self) -> str:
        return "[--domains [--csv]] [--json]"

    def short_desc(self) -> str:
        return "Show how far the crawls have come, what is missing and why, the last runs, the disk"

    def long_desc(self) -> str:
        return (
            "Shows how the dataset in DATA_DIR is: its domains and captures by outcome, what is due, why domains are"
            " incomplete, what the disk holds, and how the last runs ended; also while a crawl is at work. With"
            " --domains: what it holds, one line per domain. Example: scrapy status --json -s DATA_DIR=data"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        add_forms(parser)
        parser.add_argument("--domains", action="store_true", help="one line per domain instead")

    def work(self, args: list[str], opts: argparse.Namespace) -> None:
        from crawler.status import report, status
        from pipelines.tools.summary import DomainSummary, summaries, table
        from pipelines.tools.tables import as_csv, as_json

        if opts.csv and not opts.domains:
            raise UsageError("--csv is for --domains: the rest is no table", print_help=False)
        data_dir = self.dataset()
        if opts.csv:
            print(as_csv([field.name for field in fields(DomainSummary)], map(_plain, summaries(data_dir))))
        elif opts.json:
            print(as_json(list(map(_plain, summaries(data_dir))) if opts.domains else status(data_dir).as_dict()))
        elif opts.domains:
            for line in table(summaries(data_dir)):
                print(printable(line))
        else:
            print(printable(report(status(data_dir))))


def _plain(found: DomainSummary) -> dict[str, Any]:
    """Its fields by name. (``asdict`` can't copy a ``Counter``.)"""
    return {field.name: getattr(found, field.name) for field in fields(found)}

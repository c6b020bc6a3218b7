"""``scrapy status``: how a dataset and its crawls are, or what it holds of each domain."""

from __future__ import annotations

import argparse
import json
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from crawler.dataset_command import DatasetCommand
from pipelines.printable import printable

if TYPE_CHECKING:
    from pipelines.tools.summary import DomainSummary


class Command(DatasetCommand):
    def syntax(self) -> str:
        return "[--json] [--domains]"

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
        parser.add_argument("--json", action="store_true", help="as JSON: an object, or a list of domains")
        parser.add_argument("--domains", action="store_true", help="one line per domain instead")

    def work(self, args: list[str], opts: argparse.Namespace) -> None:
        from crawler.status import report, status
        from pipelines.tools.summary import summaries, table

        data_dir = self.dataset()
        if opts.json:
            found = [_plain(one) for one in summaries(data_dir)] if opts.domains else status(data_dir).as_dict()
            print(json.dumps(found, indent=1, default=lambda moment: f"{moment:%Y-%m-%dT%H:%M:%SZ}"))
        else:
            print(printable(table(summaries(data_dir)) if opts.domains else report(status(data_dir))))


def _plain(found: DomainSummary) -> dict[str, Any]:
    """Its fields by name. (``asdict`` can't copy a ``Counter``.)"""
    return {field.name: getattr(found, field.name) for field in fields(found)}

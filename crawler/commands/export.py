"""``scrapy export``: the dataset as files for people."""

from __future__ import annotations

import argparse
from pathlib import Path

from scrapy.exceptions import UsageError

from crawler.dataset_command import DatasetCommand
from pipelines.domains import BadDomain, normalize_domain


class Command(DatasetCommand):
    def syntax(self) -> str:
        return "--format markdown|text|jsonl -o DIR [-a domain=plimus.com]"

    def short_desc(self) -> str:
        return "Write the policies as Markdown, text or JSON lines"

    def long_desc(self) -> str:
        return (
            "Writes one file per capture (p/pl/pli/plimus.com/2006-06-19.md); as jsonl, one file per domain. "
            "Example: scrapy export --format markdown -o corpus -a domain=plimus.com"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        from pipelines.tools.export import FORMATS

        super().add_options(parser)
        parser.add_argument("--format", choices=FORMATS, default="markdown", help="default: markdown")
        parser.add_argument("-o", "--output", metavar="DIR", required=True, help="the folder to write into")
        parser.add_argument(
            "-a",
            dest="spargs",
            action="append",
            default=[],
            metavar="domain=NAME",
            help="only this domain (may be repeated)",
        )

    def work(self, args: list[str], opts: argparse.Namespace) -> None:
        from pipelines.tools.export import export

        domains = domain_arguments(opts.spargs)
        count = export(self.dataset(), Path(opts.output), opts.format, domains or None)
        print(f"{count} captures written to {opts.output}")


def domain_arguments(arguments: list[str]) -> set[str]:
    """The names in ``-a domain=…`` arguments, in lower case. Raises ``UsageError`` for any other argument."""
    domains: set[str] = set()
    for argument in arguments:
        name, _, value = argument.partition("=")
        if name != "domain" or not value.strip():
            raise UsageError(f"-a {argument}: only -a domain=NAME is known here", print_help=False)
        domains.update(_domain(part) for part in value.split(",") if part.strip())
    return domains


def _domain(text: str) -> str:
    try:
        return normalize_domain(text)
    except BadDomain as error:
        raise UsageError(f"-a domain={text}: {error}", print_help=False) from None

"""``scrapy export``: the dataset as files for people."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, ClassVar

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from crawler.commands import told
from crawler.domains import BadDomain, normalize_domain


class Command(ScrapyCommand):
    requires_project = True
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        return "--format markdown|text|jsonl -o DIR [-a domain=plimus.com]"

    def short_desc(self) -> str:
        return "Write the policies as Markdown, text or JSON lines"

    def long_desc(self) -> str:
        return (
            "Writes a file a capture (p/pl/pli/plimus.com/2006-06-19.md); as jsonl, a file a domain. "
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

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        from pipelines.tools.export import export

        assert self.settings is not None
        if args:
            raise UsageError(f"unknown argument: {args[0]}")
        domains = domain_arguments(opts.spargs)
        data_dir = Path(self.settings["DATA_DIR"])
        if not (data_dir / "policies").is_dir():
            raise UsageError(f"there is no dataset in {data_dir}", print_help=False)
        with told(self):
            count = export(data_dir, Path(opts.output), opts.format, domains or None)
            print(f"{count} captures written to {opts.output}")


def _domain(text: str) -> str:
    try:
        return normalize_domain(text)
    except BadDomain as error:
        raise UsageError(f"-a domain={text}: {error}", print_help=False) from None


def domain_arguments(arguments: list[str]) -> set[str]:
    """The names in ``-a domain=…`` arguments, in lower case. ``UsageError`` for any other argument."""
    domains: set[str] = set()
    for argument in arguments:
        name, _, value = argument.partition("=")
        if name != "domain" or not value.strip():
            raise UsageError(f"-a {argument}: only -a domain=NAME is known here", print_help=False)
        domains.update(_domain(part) for part in value.split(",") if part.strip())
    return domains

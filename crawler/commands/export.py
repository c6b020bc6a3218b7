"""``scrapy export``: the dataset as files for people."""

from __future__ import annotations

import argparse
from pathlib import Path

from scrapy.exceptions import UsageError

from crawler import __version__
from crawler.dataset_command import DatasetCommand, NothingThere
from crawler.domains import BadDomain, normalize_domain


class Command(DatasetCommand):
    def syntax(self) -> str:
        return "--format markdown|text|jsonl|wacz -o DIR [-a domain=plimus.com]"

    def short_desc(self) -> str:
        return "Write the policies as Markdown, text or JSON lines"

    def long_desc(self) -> str:
        return (
            "Writes one file per capture (p/pl/pli/plimus.com/2006-06-19.md); as jsonl, one file per domain. "
            "As wacz, one web archive per domain named, of all that was served for it (plimus.com.wacz). "
            "Example: scrapy export --format markdown -o corpus -a domain=plimus.com"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        from pipelines.tools.export import FORMATS

        super().add_options(parser)
        parser.add_argument("--format", choices=[*FORMATS, "wacz"], default="markdown", help="default: markdown")
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
        if opts.format == "wacz":
            self.write_waczs(Path(opts.output), domains)
            return
        count = export(self.dataset(), Path(opts.output), opts.format, domains or None)
        print(f"{count} captures written to {opts.output}")

    def write_waczs(self, out: Path, domains: set[str]) -> None:
        """One WACZ per domain."""
        from pipelines.tools.wacz import write_wacz

        if not domains:
            raise UsageError("--format wacz needs -a domain=NAME", print_help=False)
        missing = []
        for domain in sorted(domains):
            path = out / f"{domain}.wacz"
            written = write_wacz(self.dataset(), domain, path, software=f"wayback-policies {__version__}")
            if written.records:
                print(f"{written.records} records and {written.pages} pages written to {path}")
            else:
                missing.append(domain)
        if missing:
            raise NothingThere(f"the WARC files in {self.data_dir} hold nothing of {', '.join(missing)}")


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

"""``scrapy export``: the dataset as files for people."""

from __future__ import annotations

import argparse
from pathlib import Path

from scrapy.exceptions import UsageError

from crawler import __version__
from crawler.dataset_command import DatasetCommand, NothingThere
from pipelines.domains import BadDomain, meant_domain
from pipelines.outcomes import STORED_KINDS


class Command(DatasetCommand):
    def syntax(self) -> str:
        return (
            "--format markdown|text|jsonl|csv|xlsx|wacz -o DIR [--release FOLDER] [-a domain=plimus.com] [--primary] "
            "[--kind KIND] [--versions]"
        )

    def short_desc(self) -> str:
        return "Write the policies as Markdown, text or JSON lines, their history for spreadsheets"

    def long_desc(self) -> str:
        return (
            "Writes one file per capture (p/pl/pli/plimus.com/2006-06-19.md), or as jsonl one file per domain, and "
            "index.csv, which says which file holds which capture. What an earlier export wrote there, and this one "
            "does not, is removed. As csv or xlsx, writes versions, changes and coverage without texts, for "
            "spreadsheets (xlsx: one workbook, history.xlsx in DIR, or DIR itself if that ends in .xlsx). As wacz, "
            "writes one web archive per domain named, of all that was served for it (plimus.com.wacz). "
            "Example: scrapy export --format markdown -o corpus -a domain=plimus.com"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        from pipelines.tools.export import SUFFIXES
        from pipelines.tools.sheets import FORMS

        super().add_options(parser)
        parser.add_argument(
            "--format", choices=[*SUFFIXES, *FORMS, "wacz"], default="markdown", help="default: markdown"
        )
        parser.add_argument("-o", "--output", metavar="DIR", required=True, help="the folder to write into")
        parser.add_argument("--release", metavar="FOLDER", help="from this release, not from DATA_DIR (csv, xlsx)")
        parser.add_argument(
            "-a",
            dest="spargs",
            action="append",
            default=[],
            metavar="domain=NAME",
            help="only this domain (may be repeated)",
        )
        parser.add_argument("--primary", action="store_true", help="only the domains' main privacy policies")
        parser.add_argument(
            "--kind", choices=sorted(STORED_KINDS), action="append", default=[], help="only this kind (may be repeated)"
        )
        parser.add_argument("--versions", action="store_true", help="only one capture for each version of the policy")

    def work(self, args: list[str], opts: argparse.Namespace) -> None:
        from pipelines.tools.sheets import FORMS

        domains, out = domain_arguments(opts.spargs), Path(opts.output)
        if opts.format not in (*FORMS, "wacz"):
            if opts.release:
                raise UsageError(f"--release goes with --format {' or '.join(FORMS)}", print_help=False)
            self.write_policies(out, domains, opts)
            return
        if opts.primary or opts.kind or opts.versions:
            raise UsageError(f"--format {opts.format} takes no selection but -a domain=NAME", print_help=False)
        if opts.format == "wacz":
            self.write_waczs(out, domains)
        else:
            self.write_sheets(out, domains, opts)

    def write_policies(self, out: Path, domains: set[str], opts: argparse.Namespace) -> None:
        """One file per capture or per domain."""
        from pipelines.tools.export import Selection, export
        from pipelines.tools.export_folder import ExportRefused
        from pipelines.tools.show import none_known

        select = Selection(domains or None, primary=opts.primary, kinds=opts.kind, versions=opts.versions)
        try:
            done = export(self.dataset(), out, opts.format, select)
        except ExportRefused as refused:
            raise UsageError(str(refused), print_help=False) from None
        if done.captures or not done.missing:
            print(f"{done.captures} captures written to {out}")
        if done.missing:
            raise NothingThere("\n".join(none_known(self.data_dir, domain) for domain in sorted(done.missing)))

    def write_sheets(self, out: Path, domains: set[str], opts: argparse.Namespace) -> None:
        """The history for spreadsheets."""
        from pipelines.release.manifest import is_release
        from pipelines.tools.sheets import write_sheets
        from pipelines.tools.show import none_known

        source = Path(opts.release) if opts.release else self.dataset()
        if opts.release and not is_release(source):
            raise NothingThere(f"{source} is no release: it has no release.json")
        done = write_sheets(source, out, opts.format, domains or None)
        print(", ".join(f"{rows:,} {table}" for table, rows in done.rows.items()) + f" written to {done.path}")
        if done.missing and opts.release:
            raise NothingThere(f"{source} has nothing of {', '.join(sorted(done.missing))}")
        if done.missing:
            raise NothingThere("\n".join(none_known(source, domain) for domain in sorted(done.missing)))

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
        return meant_domain(text)
    except BadDomain as error:
        raise UsageError(f"-a domain={text}: {error}", print_help=False) from None

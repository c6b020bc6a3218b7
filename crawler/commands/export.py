"""``scrapy export``: the dataset as files for people."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from typing import ClassVar

from scrapy.exceptions import UsageError

from crawler import __version__
from crawler.dataset_command import DatasetCommand, NothingThere, release_at_hand
from pipelines.domains import BadDomain, meant_domain
from pipelines.outcomes import STORED_KINDS
from pipelines.urls import without_secrets


class Command(DatasetCommand):
    takes_several: ClassVar[bool] = True

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
            "spreadsheets (xlsx: one workbook, history.xlsx in DIR, or DIR itself if that ends in .xlsx; of a CSV file "
            "Excel takes some ids for numbers). As wacz, "
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
        parser.add_argument(
            "-o", "--output", metavar="DIR", required=True, help="the folder to write into, or s3://..."
        )
        parser.add_argument(
            "--release", metavar="FOLDER", help="from this release, not from DATA_DIR (csv, xlsx); or s3://..."
        )
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
        from pipelines.dataset.uploading import UploadRefused
        from pipelines.tools.export_folder import ExportRefused
        from pipelines.tools.sheets import FORMS

        domains = domain_arguments(opts.spargs)
        if opts.format not in (*FORMS, "wacz") and opts.release:
            raise UsageError(f"--release goes with --format {' or '.join(FORMS)}", print_help=False)
        if opts.format in (*FORMS, "wacz") and (opts.primary or opts.kind or opts.versions):
            raise UsageError(f"--format {opts.format} takes no selection but -a domain=NAME", print_help=False)
        try:
            if opts.format == "wacz":
                self.write_waczs(opts.output, domains)
            elif opts.format in FORMS:
                self.write_sheets(domains, opts)
            else:
                self.write_policies(domains, opts)
        except (ExportRefused, UploadRefused) as refused:
            raise UsageError(str(refused), print_help=False) from None

    def write_policies(self, domains: set[str], opts: argparse.Namespace) -> None:
        """One file per capture or per domain."""
        from pipelines.dataset.uploading import output
        from pipelines.tools.export import Selection, export
        from pipelines.tools.export_folder import INDEX, paths_in
        from pipelines.tools.show import none_known

        select, data_dir = Selection(domains or None, opts.primary, opts.kind, opts.versions), self.dataset()
        with output(opts.output, INDEX) as out:
            out.fetch(INDEX)
            done = export(data_dir, out.folder, opts.format, select)
            out.bring(keep=paths_in(out.folder) if out.upload else ())
            if done.captures or not done.missing:
                print(f"{done.captures} captures written to {out.shown(out.folder)}")
        if done.missing:
            raise NothingThere("\n".join(none_known(data_dir, domain) for domain in sorted(done.missing)))

    def write_sheets(self, domains: set[str], opts: argparse.Namespace) -> None:
        """The history for spreadsheets."""
        from pipelines.dataset.uploading import output
        from pipelines.tools.sheets import MARKS, write_sheets
        from pipelines.tools.show import none_known

        with ExitStack() as ending:
            source = ending.enter_context(release_at_hand(opts.release)) if opts.release else self.dataset()
            out = ending.enter_context(output(opts.output, MARKS[opts.format]))
            if out.upload and opts.output.lower().endswith(".xlsx"):
                raise UsageError(f"-o: name a folder there; {MARKS['xlsx']} will be in it", print_help=False)
            done = write_sheets(source, out.folder, opts.format, domains or None)
            out.bring(keep=out.names)
            where = out.shown(done.path)
        print(", ".join(f"{rows:,} {table}" for table, rows in done.rows.items()) + f" written to {where}")
        if done.missing and opts.release:
            raise NothingThere(f"{without_secrets(opts.release)} has nothing of {', '.join(sorted(done.missing))}")
        if done.missing:
            raise NothingThere("\n".join(none_known(source, domain) for domain in sorted(done.missing)))

    def write_waczs(self, given: str, domains: set[str]) -> None:
        """One WACZ per domain."""
        from pipelines.dataset.uploading import output
        from pipelines.tools.wacz import write_wacz

        if not domains:
            raise UsageError("--format wacz needs -a domain=NAME", print_help=False)
        told, missing = [], []
        with output(given, "*.wacz") as out:
            for domain in sorted(domains):
                path = out.folder / f"{domain}.wacz"
                written = write_wacz(self.dataset(domain), domain, path, software=f"wayback-policies {__version__}")
                if written.records:
                    told.append(f"{written.records} records and {written.pages} pages written to {out.shown(path)}")
                else:
                    missing.append(domain)
            out.bring(keep=out.names)
            print(*told, sep="\n")
        if missing:
            where = ", ".join(map(str, self.data_dirs))
            raise NothingThere(f"the WARC files in {where} hold nothing of {', '.join(missing)}")


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

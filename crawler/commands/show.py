"""``scrapy show``: a domain's policy, or what changed in it, in the terminal."""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
from typing import ClassVar

from scrapy.exceptions import UsageError

from crawler.dataset_command import DatasetCommand, NothingThere
from pipelines.domains import BadDomain, normalize_domain


class Command(DatasetCommand):
    takes_arguments: ClassVar[bool] = True

    def syntax(self) -> str:
        return "DOMAIN [--as-of DATE] [--diff]"

    def short_desc(self) -> str:
        return "Print a domain's privacy policy, or what changed in it"

    def long_desc(self) -> str:
        return (
            "Prints the newest text, or the one that stood on a date. "
            "Example: scrapy show plimus.com --as-of 2012-06-01"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--as-of", metavar="DATE", help="the text of that day: 2012, 2012-06 or 2012-06-01")
        parser.add_argument("--diff", action="store_true", help="what changed from version to version, until DATE")

    def work(self, args: list[str], opts: argparse.Namespace) -> None:
        from pipelines.timestamps import last_day
        from pipelines.tools import show

        if len(args) != 1:
            raise UsageError("give one domain", print_help=False)
        try:
            as_of = last_day(opts.as_of) if opts.as_of else None
            domain = normalize_domain(args[0])
        except (BadDomain, ValueError) as error:
            raise UsageError(str(error), print_help=False) from None
        rows = show.policies_of(self.dataset(), domain, as_of)
        colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        if not rows:
            raise NothingThere(show.none_known(self.data_dir, domain, f" by {as_of}" if as_of else ""))
        if opts.diff:
            found = show.changes_of(self.data_dir, domain, as_of)
            _page(show.changes(found, rows, colour=colour) or f"one version, since {rows[0]['capture_date']}\n")
        else:
            _page(show.policy(rows[-1], show.passed_over(self.data_dir, rows[-1], as_of), colour=colour))


def _page(text: str) -> None:
    """Prints ``text``; on a terminal, through ``$PAGER`` (default: ``less -RFX``)."""
    if sys.stdout.isatty():
        pager = shlex.split(os.environ.get("PAGER") or "less -RFX")
        try:
            subprocess.run(pager, input=text.encode(), check=False)
            return
        except OSError:
            pass  # no such pager: print it
    sys.stdout.write(text)

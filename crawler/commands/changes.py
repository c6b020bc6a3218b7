"""``scrapy changes``: what changed in the policies since a day."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import ClassVar

from scrapy.exceptions import UsageError

from crawler.dataset_command import DatasetCommand, NothingThere, add_forms, read_domain, read_moment


class Command(DatasetCommand):
    takes_several: ClassVar[bool] = True

    def syntax(self) -> str:
        return "--since DATE [--until DATE] [--domain DOMAIN] [--json | --csv] [--feed FILE]"

    def short_desc(self) -> str:
        return "List what changed in the policies since a day, or write it as an Atom feed"

    def long_desc(self) -> str:
        return (
            "Lists the changes of each domain's main policy since a day: when, of which class, how many words, and"
            " where to see both captures. A change's day is that of the first capture that shows it. "
            "Example: scrapy changes --since 2026-11-01 --csv"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--since", metavar="DATE", help="2026, 2026-11 or 2026-11-22, inclusive")
        parser.add_argument("--until", metavar="DATE", help="as --since, inclusive")
        parser.add_argument("--domain", metavar="DOMAIN", help="of this domain only")
        add_forms(parser)
        parser.add_argument("--feed", metavar="FILE", help="write them to FILE as an Atom feed, the newest first")

    def work(self, args: list[str], opts: argparse.Namespace) -> None:
        from pipelines.dataset.identity import joint_id
        from pipelines.tools import changes
        from pipelines.tools.show import none_known, why_none
        from pipelines.tools.tables import as_csv, as_json

        if not opts.since:
            raise UsageError("give --since, such as --since 2026-11-01")
        since = read_moment("--since ", opts.since)
        until = read_moment("--until ", opts.until, latest=True) if opts.until else None
        domain = read_domain("--domain ", opts.domain) if opts.domain else None
        data_dir = self.dataset(domain)
        found = changes.changes_since(data_dir, since, until, domain)
        if domain is not None and not found and why_none(data_dir, domain):
            raise NothingThere(none_known(data_dir, domain))
        if opts.feed:
            written = changes.write_feed(Path(opts.feed), found, joint_id(self.data_dirs))
            print(f"{written:,} of {len(found):,} changes are in {opts.feed}", file=sys.stderr)
        if opts.json:
            print(as_json(changes.records(found)))
        elif opts.csv:
            print(as_csv(changes.COLUMNS, changes.records(found)))
        elif found and not opts.feed:
            print(changes.as_table(found))
        elif not found:
            print(f"no change is known since {opts.since}", file=sys.stderr)

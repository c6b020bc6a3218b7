"""``scrapy crawl``: Scrapy's own, with arguments checked first and exit codes that say how the crawl ended."""

from __future__ import annotations

import argparse
import logging
import sqlite3
import sys
from pathlib import Path

from scrapy.commands.crawl import Command as ScrapyCrawl
from scrapy.exceptions import UsageError

from crawler.arguments import BadArgument, check_settings, parse_arguments
from crawler.crawl import FAILED, HELD, Crawl, user_agent
from pipelines.dataset.errors import DatasetBusyError, DatasetError
from pipelines.dataset.lock import DataDirLock


class Command(ScrapyCrawl):
    def long_desc(self) -> str:
        return (
            "Crawls archived privacy policies. What to crawl is said with -a: one of domain=NAME, domains=FILE,"
            " urls=FILE or captures=FILE.parquet; and since=DATE, until=DATE, plan=versions|grid|all,"
            " archive=internet-archive|pywb, archive_url=URL, shard=K/N. Example:"
            " scrapy crawl policies -a domain=plimus.com -a since=2010"
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if args != ["policies"]:
            super().run(args, opts)
            return
        assert self.crawler_process is not None and self.settings is not None
        try:
            arguments = parse_arguments(opts.spargs)
            check_settings(self.settings)
        except BadArgument as problem:
            raise UsageError(str(problem), print_help=False) from None
        try:
            lock = DataDirLock(Path(self.settings["DATA_DIR"]))
            crawl = Crawl(arguments, self.settings, lock)
        except DatasetBusyError as problem:
            print(problem, file=sys.stderr)
            self.exitcode = HELD
            return
        except DatasetError as problem:
            print(problem, file=sys.stderr)
            self.exitcode = FAILED
            return
        except (OSError, sqlite3.Error) as problem:
            print(f"DATA_DIR={self.settings['DATA_DIR']} can't be used: {problem}", file=sys.stderr)
            self.exitcode = FAILED
            return
        if opts.loglevel is None:
            logging.getLogger("scrapy").setLevel(logging.WARNING)  # what it says of itself would hide the crawl
        self.settings.set("USER_AGENT", user_agent(self.settings["CONTACT"]), priority="cmdline")
        self.crawler_process.crawl(self._create_crawler("policies"), crawl=crawl)
        self.crawler_process.start()
        crawl.leave()
        self.exitcode = FAILED if crawl.exit_code is None else crawl.exit_code

"""``scrapy crawl``: Scrapy's own, with arguments checked first, and an exit code that says how the crawl ended."""

from __future__ import annotations

import argparse
import logging
import sys

from scrapy.commands.crawl import Command as ScrapyCrawl
from scrapy.exceptions import UsageError
from scrapy.utils.log import get_scrapy_root_handler

from crawler.arguments import BadArgument, checked_arguments
from crawler.crawl import FAILED
from crawler.dataset_command import refuse
from crawler.spiders.policies import PoliciesSpider
from pipelines.printable import printable


class Command(ScrapyCrawl):
    def long_desc(self) -> str:
        return (
            "Crawls archived privacy policies. What to crawl is said with -a: one of domain=NAME, domains=FILE,"
            " urls=FILE or captures=FILE.parquet; and since=DATE, until=DATE, plan=versions|grid|all,"
            " archive=internet-archive|pywb, archive_url=URL, shard=K/N. Example:"
            " scrapy crawl policies -a domain=plimus.com -a since=2010"
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if args[:1] != [PoliciesSpider.name]:
            super().run(args, opts)
            return
        refuse(args[1:])
        assert self.crawler_process is not None and self.settings is not None
        try:
            checked_arguments(self.settings, opts.spargs)
        except BadArgument as problem:
            raise UsageError(str(problem), print_help=False) from None
        if opts.loglevel is None:
            logging.getLogger("scrapy").setLevel(logging.WARNING)  # what it says of itself would hide the crawl
        self.crawler_process.crawl(PoliciesSpider, **opts.spargs)
        crawlers = list(self.crawler_process.crawlers)
        self.crawler_process.start()
        spiders = [crawler.spider for crawler in crawlers if isinstance(crawler.spider, PoliciesSpider)]
        code = spiders[0].exit_code if spiders else None  # there is none if it could not even begin
        self.exitcode = FAILED if code is None else code
        if spiders and spiders[0].refused and not _errors_are_shown():
            print(printable(spiders[0].refused), file=sys.stderr)


def _errors_are_shown() -> bool:
    """True if the log goes to stderr and has errors in it: not with ``--nolog``, ``--logfile`` or ``-L CRITICAL``."""
    handler = get_scrapy_root_handler()
    return type(handler) is logging.StreamHandler and handler.level <= logging.ERROR

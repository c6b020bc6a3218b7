"""``scrapy crawl``: Scrapy's own, with arguments checked first, and an exit code that says how the crawl ended."""

from __future__ import annotations

import argparse
import logging
import sys

from scrapy.commands.crawl import Command as ScrapyCrawl
from scrapy.exceptions import UsageError
from scrapy.spiderloader import get_spider_loader
from scrapy.utils.log import get_scrapy_root_handler

from crawler.dataset_command import refuse, refuse_settings, tell_errors_first
from crawler.exit_codes import BAD_ARGUMENTS, FAILED
from pipelines.printable import printable


class Command(ScrapyCrawl):
    def syntax(self) -> str:
        asked_for = "domain=NAME|domains=FILE|urls=FILE|captures=FILE_OR_FOLDER"
        return f"policies -a {asked_for} [-a NAME=VALUE]... [-s NAME=VALUE]..."

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        tell_errors_first(parser)

    def long_desc(self) -> str:
        return (
            "Crawls archived privacy policies. What to crawl is said with -a: one of domain=NAME, domains=FILE,"
            " urls=FILE or captures=FILE_OR_FOLDER; and since=DATE, until=DATE, plan=versions|grid|all,"
            " archive=internet-archive|pywb, archive_url=URL, shard=K/N. Example:"
            " scrapy crawl policies -a domain=plimus.com -a since=2010"
        )

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        """Checks all that was given, before Scrapy begins and says so."""
        from crawler.arguments import BadArgument, checked_arguments
        from crawler.runs import record_refusal
        from crawler.spiders.policies import PoliciesSpider

        super().process_options(args, opts)
        assert self.settings is not None
        refuse_settings(self.settings)
        _refuse_options([arg for arg in args if arg.startswith("-")])
        if args[:1] != [PoliciesSpider.name]:
            _refuse_unknown(args[:1], get_spider_loader(self.settings).list())
            return
        refuse(args[1:])
        try:
            checked_arguments(self.settings, opts.spargs)
        except BadArgument as problem:
            record_refusal(self.settings, None, None, BAD_ARGUMENTS, "bad_arguments", str(problem))
            raise UsageError(str(problem)) from None

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        from crawler.spiders.policies import PoliciesSpider

        assert self.crawler_process is not None
        if args[:1] != [PoliciesSpider.name]:
            super().run(args, opts)
            return
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


def _refuse_options(options: list[str]) -> None:
    """Raises ``UsageError`` if there are options that nobody knows; ``--domain`` may be meant as ``-a domain=``."""
    from crawler.arguments import NAMES

    for option in options:
        name = option.lstrip("-").partition("=")[0].replace("-", "_")
        hint = f". It is written -a {name}=..." if name in NAMES else ""
        raise UsageError(f"unknown option: {option}{hint}")


def _refuse_unknown(spiders: list[str], known: list[str]) -> None:
    """Raises ``UsageError`` for a spider that is not there."""
    for spider in spiders:
        if spider not in known:
            raise UsageError(f"there is no spider {spider!r}, but {', '.join(sorted(known))}")


def _errors_are_shown() -> bool:
    """True if the log goes to stderr and has errors in it: not with ``--nolog``, ``--logfile`` or ``-L CRITICAL``."""
    handler = get_scrapy_root_handler()
    return type(handler) is logging.StreamHandler and handler.level <= logging.ERROR

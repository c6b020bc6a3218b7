"""``scrapy plan``: what a crawl of a domain would fetch, and how long it would take, before it begins."""

from __future__ import annotations

import argparse
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from scrapy.exceptions import UsageError

from crawler.dataset_command import DatasetCommand, NothingThere, refuse
from crawler.exit_codes import FAILED
from pipelines.urls import archive_name

if TYPE_CHECKING:
    from crawler.archives.cdx import Query
    from crawler.arguments import Arguments

#: The arguments of a crawl that ``scrapy plan`` takes, too.
_TAKEN = ("since", "until", "archive", "archive_url")


class Command(DatasetCommand):
    requires_crawler_process = True
    takes_arguments: ClassVar[bool] = True

    def syntax(self) -> str:
        return "DOMAIN [-a since=DATE] [-a until=DATE] [-a archive=pywb] [-a archive_url=URL] [--json]"

    def short_desc(self) -> str:
        return "Show what a crawl of a domain would fetch, and how long it would take"

    def long_desc(self) -> str:
        return (
            "Asks the archive's index once, within the budgets: which addresses of a domain may hold its policy, how"
            " many captures of each there are a year, how many requests each plan takes, and how long. Writes nothing"
            " into DATA_DIR. Example: scrapy plan plimus.com"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "-a", dest="spargs", action="append", default=[], metavar="NAME=VALUE", help="as for scrapy crawl policies"
        )
        parser.add_argument("--json", action="store_true", help="as JSON, with all addresses")

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        """Sets where the one request goes, before Scrapy takes the settings for its process."""
        from crawler.arguments import BadArgument, checked_arguments
        from crawler.look_ahead import ONE_REQUEST

        super().process_options(args, opts)
        assert self.settings is not None
        refuse([arg for arg in args if arg.startswith("-")])
        if len(args) != 1:
            raise UsageError("give one domain", print_help=False)
        given = dict(argument.partition("=")[::2] for argument in opts.spargs)
        for name in given:
            if name not in _TAKEN:
                raise UsageError(f"-a {name}: allowed are {', '.join(_TAKEN)}", print_help=False)
        try:
            self.arguments = checked_arguments(self.settings, {**given, "domain": args[0]})
        except BadArgument as problem:
            raise UsageError(str(problem), print_help=False) from None
        self.settings.setdict(ONE_REQUEST | self.arguments.of_the_archive(), priority="cmdline")

    def work(self, args: list[str], opts: argparse.Namespace) -> None:
        from crawler.archives import ARCHIVES
        from crawler.look_ahead import IndexLook, look_ahead, report
        from pipelines.dataset.overrides import read_overrides
        from pipelines.tools.tables import as_json

        assert self.crawler_process is not None and self.settings is not None
        arguments = self.arguments
        if read_overrides(self.data_dir).remove.name(arguments.value):
            raise NothingThere(f"{arguments.value} is to be removed, by overrides.toml: no crawl asks for it")
        archive = ARCHIVES[arguments.archive](arguments.archive_url)
        self.crawler_process.crawl(IndexLook, archive=archive, query=_query(arguments))
        (crawler,) = self.crawler_process.crawlers
        self.crawler_process.start()
        look = crawler.spider
        if not isinstance(look, IndexLook):  # it could not even begin
            self.fail("an error of ours: the look did not begin", FAILED)
        elif look.is_excluded:
            raise NothingThere(f"{archive_name(archive.url)} does not show {arguments.value}")
        elif look.page is None:
            self.fail(look.problem or "the index did not answer", look.exit_code or FAILED)
        else:
            budgets = self.settings.getfloat("CDX_PER_MINUTE"), self.settings.getfloat("PLAYBACK_PER_MINUTE")
            believed = timedelta(days=min(self.settings.getint("BELIEVED_DAYS"), timedelta.max.days))
            found = look_ahead(arguments.value, archive_name(archive.url), look.page, budgets, believed)
            print(as_json(found.as_dict()) if opts.json else report(found, budgets))


def _query(arguments: Arguments) -> Query:
    """The query with which a crawl of the domain begins."""
    from crawler.archives.cdx import Query
    from crawler.discovery.url_filter import search_filters
    from crawler.known import MatchType

    return Query(
        arguments.value,
        MatchType.DOMAIN,
        search_filters(arguments.value),
        since=arguments.since or None,
        until=arguments.until or None,
    )

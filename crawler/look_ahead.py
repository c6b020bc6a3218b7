"""A look at a domain before it is crawled: one query to the index, and what each plan would cost."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any

import scrapy
from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.http import Request, Response
from twisted.python.failure import Failure

from crawler.answers.cdx import read_page
from crawler.archives import Archive
from crawler.archives.cdx import IncompleteAnswer, Page, Query, SiteExcluded
from crawler.crawl import EXIT_CODES
from crawler.discovery.url_filter import keeps
from crawler.downloader.budgets import BudgetMiddleware
from crawler.downloader.ending import Reason, crawl_ending
from crawler.downloader.handler import header_pairs
from crawler.downloader.pool import interval
from crawler.exit_codes import FAILED, SHUT_OUT, STOPPED
from crawler.known import PLANS
from crawler.planning.addresses import MAX_ADDRESSES
from crawler.planning.costs import AddressCaptures, Requests, addresses, known_captures, requests
from crawler.planning.homepages import MAX_VISITS
from pipelines.printable import printable
from pipelines.tools.tables import aligned

_BESIDE = f"""\
These are requests to playback, {{playback}}. A crawl begins with one to the index, {{cdx}}. It also visits
up to {MAX_VISITS} homepages where years are missing, and follows redirects and links to other addresses."""

#: Rows of the index that a look asks for, and reads, at most: a few seconds of work.
MOST_ROWS = 10_000
#: The settings under which a look sends one request and no more: not again after a 429 either.
ONE_REQUEST = {"CDX_REQUESTS": 1}


class IndexLook(scrapy.Spider):
    """Asks an archive's index one question, once, within the budgets that all crawls of the machine share.

    The settings ``ONE_REQUEST`` have to be set. It keeps nothing.
    """

    name = "index_look"
    custom_settings: dict[str, Any] = {  # noqa: RUF012 - Scrapy declares it so
        "ITEM_PIPELINES": {},
    }

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> IndexLook:
        look = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(look.end, crawl_ending)
        crawler.signals.connect(look.on_bug, signals.spider_error)
        return look

    def __init__(self, archive: Archive, query: Query) -> None:
        super().__init__()
        self.archive, self.query = archive, replace(query, limit=MOST_ROWS)
        self.page: Page | None = None
        """The answer; ``None`` if there was none."""
        self.exit_code = 0
        """As those of ``scrapy crawl``."""
        self.problem = ""
        """Why there is no answer, as a sentence."""
        self.is_excluded = False
        """True if the archive does not show the site."""

    async def start(self) -> AsyncIterator[Request]:
        """The one request, unless the archive has asked the crawls of this machine to wait."""
        budgets = self.crawler.get_downloader_middleware(BudgetMiddleware)
        if budgets is None:
            raise RuntimeError("the settings have switched off BudgetMiddleware")
        if seconds := budgets.pools["cdx"].paused_for:
            self._fail(SHUT_OUT, f"the archive has asked crawls of this machine to wait {seconds:.0f} s more")
            return
        meta = {"pool": "cdx", "sent_again": True}  # a dropped connection is no reason for another request
        url = self.archive.query_url(self.query)
        yield Request(url, self.read, errback=self.not_answered, meta=meta, dont_filter=True)

    def read(self, response: Response) -> None:
        is_cut = "dataloss" in response.flags
        try:
            self.page = read_page(
                self.archive, response.status, header_pairs(response), response.body, truncated=is_cut
            )
        except SiteExcluded:
            self.is_excluded = True
        except IncompleteAnswer as reason:
            self._fail(STOPPED, f"the index could not answer: {reason}. It may another time; a crawl asks it again")

    def not_answered(self, failure: Failure) -> None:
        if self.crawler.stats.get_value("wayback/refused/cdx"):
            self._fail(SHUT_OUT, "the archive answered 429: it wants fewer requests. Crawls of this machine wait now")
        else:
            self._fail(STOPPED, f"the index did not answer: {failure.getErrorMessage()[:300]}")

    def end(self, reason: Reason, why: str) -> None:
        """Notes why the look ended without an answer."""
        self._fail(EXIT_CODES.get(reason, STOPPED), why)

    def on_bug(self, failure: Failure) -> None:
        self._fail(FAILED, f"an error of ours: {type(failure.value).__name__}: {failure.getErrorMessage()[:300]}")

    def _fail(self, exit_code: int, problem: str) -> None:
        """Notes a problem. The first one counts, and none once there is an answer."""
        if not self.problem and self.page is None:
            self.exit_code, self.problem = exit_code, problem


@dataclass(frozen=True, slots=True)
class LookAhead:
    """What a crawl of a domain has before it."""

    domain: str
    archive: str
    is_whole: bool
    """False if the index has more captures than fit in one answer: these are the first by address."""
    addresses: list[AddressCaptures]
    """Those that may hold the policy, by their words, best first."""
    requests: dict[str, Requests]
    """Captures to fetch, by plan."""
    seconds: dict[str, tuple[float, float]]
    """The least and the most time that they take at the budgets, by plan; 0 where there is no limit."""

    def as_dict(self) -> dict[str, Any]:
        """The same as plain values, for JSON."""
        return asdict(self)


def look_ahead(domain: str, archive: str, page: Page, budgets: tuple[float, float], believed: timedelta) -> LookAhead:
    """What a crawl has before it, by the first page that the index gives of a domain.

    ``budgets``: the requests per minute to the index and to playback; 0 is no limit.
    """
    rows = page.captures[:MOST_ROWS]
    is_whole = page.resume_key is None and len(page.captures) + page.bad_rows < MOST_ROWS
    captures = known_captures(row for row in rows if keeps(domain, row.urlkey, row.original))
    found = {plan: requests(captures, plan, believed) for plan in PLANS}
    cdx, playback = map(interval, budgets)
    seconds = {
        plan: (round(cdx + playback * count.fewest, 1), round(cdx + playback * count.most, 1))
        for plan, count in found.items()
    }
    return LookAhead(domain, archive, is_whole, addresses(captures), found, seconds)


def report(found: LookAhead, budgets: tuple[float, float]) -> str:
    """The look as lines for people."""
    count = sum(address.captures for address in found.addresses)
    known = f"{_number(count, 'capture')} of {_number(len(found.addresses), 'address', 'addresses')}"
    lines = [f"{found.domain} in {found.archive}: {known} that may hold its policy, by their words"]
    if not found.is_whole:
        lines.append("The index has more than one answer holds, so these are not all: a crawl asks on.")
    if not found.addresses:
        lines.append(f"A crawl then looks for links to it on up to {MAX_VISITS} homepages.")
        return "\n".join(lines)
    shown = found.addresses[:MAX_ADDRESSES]
    lines += ["", _addresses(shown)]
    if more := len(found.addresses) - len(shown):
        lines.append(f"and {_number(more, 'address', 'addresses')} more: --json tells all")
    cdx, playback = (f"{budget:g} a minute" if budget else "without a limit" for budget in budgets)
    lines += ["", _years(shown), "", _plans(found), "", _BESIDE.format(cdx=cdx, playback=playback)]
    return printable("\n".join(lines))


def _addresses(shown: Sequence[AddressCaptures]) -> str:
    rows = [("", "captures", "different", "first", "last", "fetched", "address")]
    for number, one in enumerate(shown, 1):
        years = list(one.by_year)
        fetched = "yes" if one.is_fetched else "no"
        rows.append((f"[{number}]", str(one.captures), str(one.different), years[0], years[-1], fetched, one.url))
    return aligned(rows, numbers={1, 2})


def _years(shown: Sequence[AddressCaptures]) -> str:
    """How many captures each address has of each year."""
    years = sorted({year for one in shown for year in one.by_year})
    rows = [("year", *(f"[{number}]" for number in range(1, len(shown) + 1)))]
    rows += [(year, *(str(one.by_year.get(year, "")) for one in shown)) for year in years]
    return aligned(rows, numbers=range(1, len(shown) + 1))


def _plans(found: LookAhead) -> str:
    rows = [("plan", "requests", "if texts change each year", "time")]
    for plan, count in found.requests.items():
        least, most = (_time(seconds) for seconds in found.seconds[plan])
        rows.append((plan, _span(str(count.fewest), str(count.most)), str(count.yearly), _span(least, most)))
    return aligned(rows, numbers={1, 2})


def _span(least: str, most: str) -> str:
    return least if least == most else f"{least} to {most}"


def _time(seconds: float) -> str:
    """``under a minute``, ``7 min``, ``2 h 30 min``"""
    minutes = round(seconds / 60)
    if minutes < 1:
        return "under a minute"
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def _number(count: int, one: str, many: str = "") -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"

"""Scrapy's HTTP handler, with each request sent once; and response headers as plain values."""

from __future__ import annotations

import os
import sys

import certifi
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Request, Response

from crawler.downloader.ending import PATIENCE, Ended, Ending, crawl_ending


class EachRequestOnce(HTTP11DownloadHandler):
    """Sends each request once, and gives up on slow answers soon after the crawl has ended.

    Twisted sends a request again, unseen, if the server has dropped the kept-alive connection. Such a request would
    not be counted in any budget, so ``BudgetMiddleware`` sends it again when its turn comes.
    """

    def __init__(self, crawler: Crawler) -> None:
        if sys.platform == "darwin":  # OpenSSL finds no certificate authorities of its own there
            os.environ.setdefault("SSL_CERT_FILE", certifi.where())
        super().__init__(crawler)
        # A private attribute of Scrapy, as is the one that ``budgets.is_closing`` reads.
        # tests/crawler/downloader/test_handler.py names the versions of Scrapy that they were checked with.
        self._pool.retryAutomatically = False
        self._ending = Ending()
        crawler.signals.connect(self._ending.set, crawl_ending)

    async def download_request(self, request: Request) -> Response:
        """The answer. Raises ``IgnoreRequest`` if the crawl has ended and the answer does not come soon."""
        try:
            return await self._ending.unless(super().download_request(request), patience=PATIENCE)
        except Ended:
            raise IgnoreRequest("the crawl ended before the answer came") from None


def header_pairs(response: Response) -> tuple[tuple[str, str], ...]:
    """The header fields as (name, value) pairs; a repeated field gives one pair per value."""
    return tuple(
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, values in response.headers.items()
        for value in values
    )

"""Scrapy's requests sent once each, and its responses as plain values."""

from __future__ import annotations

import os
import sys

import certifi
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Request, Response

from crawler.crawl import Ended

#: Seconds for the answers that are still to come when the crawl ends early.
PATIENCE = 10.0


class EachRequestOnce(HTTP11DownloadHandler):
    """Scrapy's handler, but a request whose kept-alive connection was dropped is not sent again behind our back:
    it would go past the budgets. ``BudgetMiddleware`` does it when it is the request's turn again."""

    def __init__(self, crawler: Crawler) -> None:
        if sys.platform == "darwin":  # where OpenSSL finds no authorities of its own
            os.environ.setdefault("SSL_CERT_FILE", certifi.where())
        super().__init__(crawler)
        self._pool.retryAutomatically = False

    async def download_request(self, request: Request) -> Response:
        """The answer. ``IgnoreRequest`` where the crawl ends and it does not come: a hung server holds up nobody."""
        crawl = self._crawler.spider.crawl  # type: ignore[union-attr]
        try:
            return await crawl.unless_ended(super().download_request(request), patience=PATIENCE)
        except Ended:
            raise IgnoreRequest("the crawl ended before the answer came") from None


def header_pairs(response: Response) -> tuple[tuple[str, str], ...]:
    """The header fields as (name, value), repeated ones each on their own."""
    return tuple(
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, values in response.headers.items()
        for value in values
    )

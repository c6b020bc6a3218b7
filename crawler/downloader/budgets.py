"""Every request waits here for its pool, and an archive that says "enough" is heard here."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    IgnoreRequest,
)

from crawler.archives.playback import memento_datetime
from crawler.crawl import STOPPED, Crawl, Ended
from crawler.downloader.handler import header_pairs
from crawler.downloader.pool import ShutOut

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

logger = logging.getLogger(__name__)


class BudgetMiddleware:
    """Paces requests by ``meta["pool"]``, and lets none leave the archive's host.

    A request answered 429 by the archive (no ``Memento-Datetime``) goes back to the queue: none is lost.
    """

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> BudgetMiddleware:
        return cls(crawler)

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @property
    def crawl(self) -> Crawl:
        return self._crawler.spider.crawl  # type: ignore[union-attr]

    async def process_request(self, request: Request) -> None:
        """Waits for the request's turn. Raises ``IgnoreRequest`` where it must not be sent at all."""
        crawl = self.crawl
        if not is_inside(request.url, crawl.archive.url):
            logger.error("Not requested, since it is outside the archive: %s", request.url)
            raise IgnoreRequest("outside the archive")
        try:
            request.meta["sent_at"] = await crawl.unless_ended(crawl.pools[request.meta["pool"]].wait_turn())
        except Ended:
            raise IgnoreRequest("the crawl ends") from None

    def process_response(self, request: Request, response: Response) -> Request | Response:
        pool = self.crawl.pools[request.meta["pool"]]
        sent_at = request.meta["sent_at"]
        if response.status != 429 or memento_datetime(header_pairs(response)) is not None:
            pool.answered(sent_at=sent_at)
            return response
        try:
            seconds = pool.pause(retry_after(response.headers.get("Retry-After")), sent_at=sent_at)
        except ShutOut as reason:
            self.crawl.shut_out(str(reason))
            raise IgnoreRequest("shut out by the archive") from reason
        logger.warning("The archive answered 429: %s pauses for %.0f s", pool.name, seconds)
        return request.replace(dont_filter=True)

    def process_exception(self, request: Request, exception: Exception) -> Request | None:
        if isinstance(exception, DownloadConnectionRefusedError):
            self.crawl.shut_out(f"connection refused by {urlsplit(request.url).netloc}")
        elif isinstance(exception, CannotResolveHostError):
            self.crawl.end(STOPPED, f"{urlsplit(request.url).hostname} can't be found: is this machine connected?")
        elif is_about_certificate(exception):
            host = urlsplit(request.url).hostname
            self.crawl.end(
                STOPPED, f"the certificate of {host} is not valid, or not for this machine (SSL_CERT_FILE): {exception}"
            )
        elif isinstance(exception, DownloadFailedError) and not request.meta.get("sent_again"):
            # most often the server had closed a connection that was kept alive
            return request.replace(meta=request.meta | {"sent_again": True}, dont_filter=True)
        return None


def is_inside(url: str, archive_url: str) -> bool:
    """Whether a request goes to the archive's scheme, host and port."""
    try:
        asked, archive = urlsplit(url), urlsplit(archive_url)
    except ValueError:
        return False
    return (asked.scheme, asked.netloc) == (archive.scheme, archive.netloc)


def is_about_certificate(exception: Exception) -> bool:
    """Whether a request was not sent since the server could not prove who it is (OpenSSL, service_identity)."""
    words = ("certificate verify failed", "VerificationError", "CertificateError")
    return isinstance(exception, DownloadFailedError) and any(word in str(exception) for word in words)


def retry_after(value: bytes | None) -> float | None:
    """Seconds to wait by a Retry-After field (RFC 9110, 10.2.3: seconds or a date); ``None`` where unreadable."""
    if value is None:
        return None
    text = value.decode("latin-1").strip()
    if text.isdecimal():
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None

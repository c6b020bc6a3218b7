"""The downloader middleware that paces requests to an archive, and stops when the archive says "enough"."""

from __future__ import annotations

import asyncio
import logging
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scrapy import signals
from scrapy.exceptions import CannotResolveHostError, DownloadConnectionRefusedError, DownloadFailedError, IgnoreRequest

from crawler.archives.internet_archive import InternetArchive
from crawler.archives.playback import memento_datetime
from crawler.downloader.ending import Ended, Ending, Reason, crawl_ending
from crawler.downloader.handler import header_pairs
from crawler.downloader.pool import Pool, ShutOut, Spent
from crawler.downloader.presence import Presence
from crawler.downloader.timetable import Timetable, slot_file
from pipelines.timestamps import read_http_date

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.core.engine import ExecutionEngine
    from scrapy.crawler import Crawler
    from scrapy.http import Response

logger = logging.getLogger(__name__)

#: Seconds between two looks at whether Scrapy was told to stop; it has no signal for that.
_LOOK = 0.1


class BudgetMiddleware:
    """Paces all requests to the archive at ``ARCHIVE_URL``. Requests to other hosts pass untouched.

    The pool of a request is ``meta["pool"]`` (``cdx`` or ``playback``); without it, the URL's path decides. A request
    with ``meta["pool"]`` is never sent to any other host. The pools' budgets are the settings ``CDX_PER_MINUTE`` and
    ``PLAYBACK_PER_MINUTE``; pace and pauses stand in the host's file in ``SLOTS_DIR``, so that all crawls of this
    machine keep them together. Without the setting they are this crawl's own. ``CDX_REQUESTS`` and
    ``PLAYBACK_REQUESTS`` are the most that this crawl sends in its run; what goes beyond is not sent.

    If the archive answers 429 (without ``Memento-Datetime``: an archived 429 is content), its pool pauses, and the
    request goes back to the scheduler. If the archive shuts us out, the signal ``crawl_ending`` is sent and the
    spider closes with ``Reason.SHUT_OUT``.
    """

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> BudgetMiddleware:
        middleware = cls(crawler)
        crawler.signals.connect(middleware._opened, signals.spider_opened)
        crawler.signals.connect(middleware._closed, signals.spider_closed)
        return middleware

    def __init__(self, crawler: Crawler) -> None:
        settings = crawler.settings
        self.crawler = crawler
        self.archive_url = (settings.get("ARCHIVE_URL") or InternetArchive.default_url).rstrip("/")
        self._slot_file = slot_file(settings.get("SLOTS_DIR") or "", self.archive_url)
        self._presence: Presence | None = None
        timetable = Timetable(self._slot_file)
        self.pools = {
            name: Pool(
                name,
                settings.getfloat(f"{name.upper()}_PER_MINUTE"),
                requests=settings.getint(f"{name.upper()}_REQUESTS"),
                timetable=timetable,
            )
            for name in ("cdx", "playback")
        }
        self.ending = Ending()
        self.told_to_stop = "it was told to stop"
        """What is said when Scrapy was told to stop; a spider may add how to go on."""
        self._watcher: asyncio.Future[None] | None = None
        self._closing: asyncio.Future[None] | None = None

    # --- requests and answers

    async def process_request(self, request: Request) -> None:
        """Waits for the request's turn. Raises ``IgnoreRequest`` if the request must not be sent at all."""
        pool = self.pool_of(request)
        if pool is None:
            return
        if not is_inside(request.url, self.archive_url):
            logger.error("Not requested, since it is outside the archive: %s", request.url)
            self._count("outside")
            raise IgnoreRequest("outside the archive")
        if self.ending.is_set:
            raise IgnoreRequest("the crawl ends")
        try:
            request.meta["sent_at"] = await self.ending.unless(pool.wait_turn())
        except Ended:
            raise IgnoreRequest("the crawl ends") from None
        except ShutOut as reason:
            self.shut_out(str(reason))
            raise IgnoreRequest("shut out by the archive") from reason
        except Spent:
            raise IgnoreRequest(f"{pool.name.upper()}_REQUESTS={pool.requests} were sent") from None
        self._count(f"requests/{pool.name}")
        self.crawler.stats.set_value(f"wayback/waited/{pool.name}", round(pool.waited, 1))

    def process_response(self, request: Request, response: Response) -> Request | Response:
        pool = self.pool_of(request)
        if pool is None:
            return response
        self._count(f"bytes/{pool.name}", len(response.body))
        sent_at = request.meta["sent_at"]
        is_content = memento_datetime(header_pairs(response)) is not None
        self._count(f"answers/{pool.name}/{'memento' if is_content else response.status}")
        if response.status != 429 or is_content:
            pool.answered(sent_at=sent_at)
            return response
        self._count(f"refused/{pool.name}")
        before = pool.paused_for
        try:
            seconds = pool.pause(
                retry_after(response.headers.get("Retry-After"), response.headers.get("Date")), sent_at=sent_at
            )
        except ShutOut as reason:
            self.shut_out(str(reason))
            raise IgnoreRequest("shut out by the archive") from reason
        if not before:
            self._count(f"pauses/{pool.name}")
        self._count(f"paused/{pool.name}", round(max(seconds - before, 0.0)))
        logger.warning("The archive answered 429: %s pauses for %.0f s", pool.name, seconds)
        return request.replace(dont_filter=True)

    def process_exception(self, request: Request, exception: Exception) -> Request | None:
        if (pool := self.pool_of(request)) is None:
            return None
        if not isinstance(exception, IgnoreRequest):
            self._count(f"answers/{pool.name}/none")
        host = urlsplit(request.url).hostname
        if isinstance(exception, DownloadConnectionRefusedError):
            self.shut_out(f"connection refused by {urlsplit(request.url).netloc}")
        elif isinstance(exception, CannotResolveHostError):
            self.end(Reason.UNREACHABLE, f"{host} can't be found: is this machine connected?")
        elif is_about_certificate(exception):
            problem = f"the certificate of {host} is not valid, or not for this machine (SSL_CERT_FILE): {exception}"
            self.end(Reason.UNREACHABLE, problem)
        elif isinstance(exception, DownloadFailedError) and not request.meta.get("sent_again"):
            # Most often the server has closed a kept-alive connection.
            return request.replace(meta=request.meta | {"sent_again": True}, dont_filter=True)
        return None

    def pool_of(self, request: Request) -> Pool | None:
        """The pool that a request is paced by; ``None`` if it goes to another host and names no pool."""
        if "pool" in request.meta:
            return self.pools[request.meta["pool"]]
        if not is_inside(request.url, self.archive_url):
            return None
        path = urlsplit(request.url).path.removeprefix(urlsplit(self.archive_url).path)
        return self.pools["cdx" if path.startswith("/cdx") else "playback"]

    # --- the end

    def shut_out(self, why: str) -> None:
        """Ends this crawl and the others of this machine: going on would make the archive's block longer."""
        for pool in self.pools.values():
            pool.refused()
        how_to_go_on = "Wait ten minutes or more, then run the same command again"
        self.end(Reason.SHUT_OUT, f"the archive shut us out: {why}. {how_to_go_on}")

    def end(self, reason: Reason, why: str) -> None:
        """Ends the crawl early. Only the first call counts.

        Waiting requests are dropped, answers under way get a few seconds more, and the spider closes with ``reason``.
        """
        if self.ending.is_set:
            return
        self.ending.set()
        level = logging.WARNING if reason in (Reason.STOPPED, Reason.UNREACHABLE) else logging.ERROR
        logger.log(level, "The crawl ends: %s", why)
        self.crawler.signals.send_catch_log(crawl_ending, reason=reason, why=why)
        if reason != Reason.STOPPED:  # then Scrapy closes the spider itself
            self._closing = asyncio.ensure_future(self.crawler.engine.close_spider_async(reason=reason.value))

    def _opened(self) -> None:
        self._watcher = asyncio.ensure_future(self._notice_stop())
        self.announce()

    def _closed(self) -> None:
        if self._watcher is not None:
            self._watcher.cancel()
        self.retire()

    def announce(self) -> None:
        """Logs which other crawls of this machine ask the archive, and makes this one known to later ones."""
        cdx, playback = (pool.per_minute for pool in self.pools.values())
        data_dir = self.crawler.settings.get("DATA_DIR")
        where = f" with DATA_DIR {Path(data_dir).absolute()}" if data_dir else ""
        self._presence = Presence(
            self._slot_file,
            f"process {os.getpid()}{where} ({cdx:g} CDX and {playback:g} playback requests a minute)",
        )
        if others := self._presence.others:
            logger.info(
                "%s is asked by %d other crawl%s of this machine, too; the lowest of their budgets is that of all"
                " together (0 is no limit): %s",
                urlsplit(self.archive_url).hostname, len(others), "s" * (len(others) > 1), "; ".join(others),
            )  # fmt: skip

    def retire(self) -> None:
        """Leaves the budgets to the other crawls of this machine."""
        for pool in self.pools.values():
            pool.leave()
        if self._presence is not None:
            self._presence.leave()

    async def _notice_stop(self) -> None:
        """Ends the crawl when Scrapy is told to stop: requests that still wait for their turn are not sent."""
        engine = self.crawler.engine
        while not engine.running:  # it starts after the spider is opened
            await asyncio.sleep(_LOOK)
        while engine.running and not is_closing(engine):
            await asyncio.sleep(_LOOK)
        self.end(Reason.STOPPED, self.told_to_stop)

    def _count(self, name: str, count: int = 1) -> None:
        self.crawler.stats.inc_value(f"wayback/{name}", count)


def is_closing(engine: ExecutionEngine) -> bool:
    """True while Scrapy, asked to close the spider (``CLOSESPIDER_TIMEOUT``, a monitor), waits for its requests.

    Scrapy tells it nowhere else, and would wait until each of them has had its turn, which may take a minute.
    """
    closing = engine._slot.closing if engine._slot is not None else None
    return closing is not None and not closing.called


def is_inside(url: str, archive_url: str) -> bool:
    """True if a request goes to the archive's scheme, host and port."""
    try:
        asked, archive = urlsplit(url), urlsplit(archive_url)
    except ValueError:
        return False
    return (asked.scheme, asked.netloc) == (archive.scheme, archive.netloc)


def is_about_certificate(exception: Exception) -> bool:
    """True if the server could not prove who it is (the words of OpenSSL and of service_identity)."""
    words = ("certificate verify failed", "VerificationError", "CertificateError")
    return isinstance(exception, DownloadFailedError) and any(word in str(exception) for word in words)


def retry_after(value: bytes | None, date: bytes | None = None) -> float | None:
    """Seconds to wait by a Retry-After field, which holds seconds or a date (RFC 9110, 10.2.3).

    A date is compared with that of the answer (``date``, its Date field): our clock may be wrong. ``None`` if the field
    is missing or unreadable.
    """
    if value is None:
        return None
    text = value.decode("latin-1").strip()
    if text.isdecimal():
        return float(text)
    then = read_http_date(text)
    if then is None:
        return None
    now = read_http_date((date or b"").decode("latin-1")) or datetime.now(UTC)
    return max(0.0, (then - now).total_seconds())

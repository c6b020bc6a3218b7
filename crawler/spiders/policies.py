"""The policies spider: domains in, fetched and judged captures out. It passes requests and answers between the rooms.

The ledger is the queue. ``start`` claims work from it as the pools have room, and each answer is filed in it. When
nothing of a domain is under way any more, ``planning.next_step`` says what it wants next.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import islice
from typing import Any

import scrapy
from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider, DownloadCancelledError, DownloadConnectionRefusedError, IgnoreRequest
from scrapy.http import Request, Response
from scrapy.settings import BaseSettings
from twisted.python.failure import Failure

from crawler.addon import WaybackAddon
from crawler.answers.cdx import IndexAnswers
from crawler.answers.playback import PlaybackAnswers
from crawler.answers.request_path import PlaybackRequest
from crawler.arguments import Arguments, Target, checked_arguments
from crawler.crawl import EXIT_CODES, Crawl, why_refused
from crawler.domains import BadLine
from crawler.downloader.budgets import BudgetMiddleware
from crawler.downloader.ending import Ended, Reason, crawl_ending
from crawler.downloader.handler import header_pairs
from crawler.downloader.pool import LONGEST_PAUSE
from crawler.extensions.progress import Progress
from crawler.ledger.queries import QueryWork
from crawler.ledger.thread import LedgerClosed
from crawler.runs import record_refusal
from pipelines.document import Item
from pipelines.extraction import extract
from pipelines.outcomes import Outcome
from pipelines.storage import StoragePipeline

logger = logging.getLogger(__name__)

#: Requests under way must be able to cover this many seconds of the archive's latency.
LATENCY = 4.0
#: Requests under way on top of that; a pool without a limit has only these.
SLACK = 16
#: Work is claimed from the ledger if there is room for this many requests.
BATCH = 4
#: Targets read from a list at once.
TARGETS_AT_ONCE = 200
#: No more is taken while this many domains are open: the index would run far ahead of playback.
OPEN_DOMAINS = 20_000


class PoliciesSpider(scrapy.Spider):
    """``scrapy crawl policies``; its arguments are those of ``crawler.arguments``.

    All that belongs to a crawl (lock, ledger, storage, exit code, compaction) begins when the spider is opened and
    ends when it is closed, so ``scrapy crawl``, ``CrawlerProcess`` and scrapyd behave alike.
    """

    name = "policies"
    custom_settings: dict[str, Any] = {  # noqa: RUF012 - Scrapy declares it so
        "DUPEFILTER_CLASS": "scrapy.dupefilters.BaseDupeFilter",  # the ledger knows what was asked
        "CONCURRENT_ITEMS": 1,  # an answer gives one item at most, and Scrapy starts this many tasks per answer
        "SCRAPER_SLOT_MAX_ACTIVE_SIZE": 256 * 1024 * 1024,  # ``capacity`` bounds what is under way
    }

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        """Makes the spider complete even where a script runs it without the project's settings."""
        super().update_settings(settings)
        settings.setmodule("crawler.settings", "default")
        for name, component, order in (("ADDONS", WaybackAddon, 0), ("ITEM_PIPELINES", StoragePipeline, 100)):
            settings.setdefault_in_component_priority_dict(name, component, order)
            # Scrapy puts the process's settings over those of a ready-made Crawler, unless their priority is lower.
            settings.set(name, settings.getdict(name), (settings.getpriority(name) or 0) + 1)

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> PoliciesSpider:
        """The spider with its arguments checked. Raises ``BadArgument``."""
        arguments = checked_arguments(crawler.settings, kwargs)
        crawler.settings.setdict(arguments.of_the_archive(), "cmdline")
        spider = super().from_crawler(crawler, arguments)
        crawler.signals.connect(spider.opened, signals.spider_opened)
        crawler.signals.connect(spider.on_bug, signals.spider_error)
        crawler.signals.connect(spider.on_bug, signals.item_error)
        return spider

    def __init__(self, arguments: Arguments) -> None:
        super().__init__()
        self.exit_code: int | None = None
        """Set when the spider is closed; they are in ``crawler.exit_codes``."""
        self.refused = ""
        """Why the crawl did not begin, such as a DATA_DIR that another crawl holds."""
        self._targets: Iterator[Target | BadLine] | None = arguments.targets()
        self._arguments = arguments
        self._progress: Progress | None = None
        self._changed = asyncio.Event()
        self._trial: asyncio.Future[None] | None = None

    # --- the crawl's life

    def opened(self) -> None:
        """Opens the crawl. Closes the spider, with a message and an exit code, if DATA_DIR can't be used."""
        try:
            self._open()
        except Exception as problem:
            reason, self.refused = why_refused(problem, self.settings["DATA_DIR"])
            logger.error(self.refused)
            self.exit_code = EXIT_CODES[reason]
            self.crawler.stats.set_value("wayback/crawl/exit_code", self.exit_code)
            record_refusal(
                self.settings, self._arguments, self.crawler.stats, self.exit_code, reason.value, self.refused
            )
            raise CloseSpider(reason.value) from None

    def _open(self) -> None:
        budgets = self.crawler.get_downloader_middleware(BudgetMiddleware)
        storage = self.crawler.get_item_pipeline(StoragePipeline)
        if budgets is None or storage is None:
            raise RuntimeError("the settings have switched off BudgetMiddleware or StoragePipeline")
        crawl = Crawl.open(self._arguments, self.settings, budgets, self.crawler.stats)
        self.crawler.signals.connect(crawl.note_ending, crawl_ending)
        budgets.told_to_stop += ". Run the same command again to go on where it ends"
        if not self.settings["CONTACT"]:
            logger.warning("CONTACT is not set; archives want to know whom to write to: -s CONTACT=you@example.org")
        self.begin(crawl)
        storage.begin(crawl.id, crawl.in_ledger, lambda: crawl.is_ending)
        self._progress = self.crawler.get_extension(Progress)
        if self._progress is not None:
            self._progress.begin(crawl)

    def begin(self, crawl: Crawl) -> None:
        """Takes up work for an open crawl."""
        self.crawl = crawl
        self.index_answers = IndexAnswers(crawl)
        self.playback_answers = PlaybackAnswers(crawl)
        self.under_way = dict.fromkeys(crawl.pools, 0)
        self.capacity = {name: int(pool.per_minute / 60 * LATENCY) + SLACK for name, pool in crawl.pools.items()}

    def on_bug(self, failure: Failure) -> None:
        """An error of ours: the capture stays planned, and the crawl ends with exit code 1."""
        self.crawl.end(Reason.FAILED, f"an error of ours: {describe(failure)}")

    async def closed(self, reason: str) -> None:
        """Closes the crawl, merges part files, reports and frees DATA_DIR."""
        if self.exit_code is not None:
            return
        if self._trial is not None:
            self._trial.cancel()
        try:
            self.crawl.close(reason)
            await asyncio.to_thread(self.crawl.compact)  # may fail, so record and report come after it
            self.crawl.record()
            if self._progress is not None:
                self._progress.end()
            self.exit_code = self.crawl.exit_code
        finally:
            self.crawl.lock.release()
            gc.unfreeze()

    # --- requests out

    async def start(self) -> AsyncIterator[Request]:
        """Claims work from the ledger as the pools have room, until nothing is planned or under way."""
        crawl = self.crawl
        gc.freeze()  # the collector would block 50 to 100 ms each time it looked through the modules' 100,000 objects
        self._trial = asyncio.ensure_future(self._try_worker())
        for pool in crawl.pools.values():
            if pool.paused_for > LONGEST_PAUSE:
                crawl.budgets.shut_out(f"{pool.name}: it asked an earlier crawl to wait {pool.paused_for:.0f} s more")
        with contextlib.suppress(LedgerClosed):  # Scrapy closes the spider without waiting for this method
            for domain_id in await crawl.in_ledger(crawl.ledger.domains.unfinished, crawl.id):
                await crawl.advance(domain_id)
            await self._queue_due()
            while not crawl.is_ending:
                self._changed.clear()
                requests = await self._claim()
                for request in requests:
                    yield request
                if requests or await self._take_targets():
                    continue
                wait = await self._until_next()
                if wait is None:
                    return
                await self._pause(wait)

    async def _try_worker(self) -> None:
        """Ends the crawl if workers can't work at all (a library is missing), before every capture fails."""
        try:
            await self.crawl.workers.run(extract, b"", url="http://localhost/")
        except Exception as error:
            self.crawl.end(Reason.FAILED, f"texts can't be extracted: {type(error).__name__}: {error}")

    async def _claim(self) -> list[Request]:
        """Requests for planned work, as many as the pools have room for."""
        crawl, now = self.crawl, time.time()
        requests = []
        if room := self._room("cdx"):
            queries = await crawl.in_ledger(crawl.ledger.queries.claim, crawl.id, room, now)
            requests += [self._query_request(query) for query in queries]
        if room := self._room("playback"):
            captures = await crawl.in_ledger(crawl.ledger.captures.claim, crawl.id, room, now)
            asked = [await self.playback_answers.begin(capture) for capture in captures]
            requests += [self._playback_request(one) for one in asked if one is not None]
        for request in requests:
            self.under_way[request.meta["pool"]] += 1
        return requests

    def _room(self, pool: str) -> int:
        """How many requests may be claimed; 0 if they are too few to ask the ledger for."""
        left = self.crawl.pools[pool].left
        room = min(self.capacity[pool], left) - self.under_way[pool]
        return int(room) if room >= max(1, min(BATCH, left)) else 0

    async def _queue_due(self) -> None:
        """Finds out which known domains of a list are due, before new ones are taken from it."""
        crawl = self.crawl
        if not (crawl.taking.is_scheduled and await crawl.in_ledger(crawl.taking.knows_any)):
            return
        lines = self._arguments.targets()
        while not crawl.is_ending and (some := await asyncio.to_thread(list, islice(lines, TARGETS_AT_ONCE))):
            crawl.not_due += await crawl.in_ledger(
                crawl.taking.queue, [line for line in some if isinstance(line, Target)]
            )

    async def _take_targets(self) -> bool:
        """Takes domains that are due, else more of what was asked for, if there is room. False if nothing was taken.

        What is new needs room in the index's pool, a visit in any. A run that has sent all requests that it may
        finishes what it has begun, and begins nothing new.
        """
        crawl = self.crawl
        is_spent = not all(pool.left for pool in crawl.pools.values())
        if is_spent or not any(map(self._room, crawl.pools)):
            return False
        if await crawl.in_ledger(crawl.taking.open_count) >= OPEN_DOMAINS:
            return False
        if crawl.taking.is_scheduled and await crawl.in_ledger(crawl.taking.take_queued, TARGETS_AT_ONCE):
            return True
        if self._targets is None or self._room("cdx") == 0:
            return False
        lines = await asyncio.to_thread(list, islice(self._targets, TARGETS_AT_ONCE))
        if not lines:
            self._targets = None
            self.crawl.all_read = True
            return False
        for line in lines:
            if isinstance(line, BadLine):
                self.crawl.leave_out(line)
        await self.index_answers.take([line for line in lines if isinstance(line, Target)])
        return True

    async def _until_next(self) -> float | None:
        """Seconds until a pool with room has work; ``None`` if nothing is planned or under way."""
        crawl = self.crawl
        is_idle = not any(self.under_way.values())  # asked before the ledger: an answer may plan new work meanwhile
        moments = [
            await crawl.in_ledger(crawl.ledger.next_due, crawl.id, pool) for pool in crawl.pools if self._room(pool)
        ]
        waits = [moment - time.time() for moment in moments if moment is not None]
        if not waits and is_idle:
            return None
        return min([*waits, 60.0])

    async def _pause(self, seconds: float) -> None:
        """Waits until something under way changes or the crawl ends, but not longer than ``seconds``."""
        with contextlib.suppress(TimeoutError, Ended):
            await asyncio.wait_for(self.crawl.budgets.ending.unless(self._changed.wait()), max(seconds, 0.01))

    def _query_request(self, work: QueryWork) -> Request:
        url = self.crawl.archive.query_url(self.index_answers.query(work))
        return _request(url, "cdx", self.on_page, self.on_page_error, work=work)

    def _playback_request(self, asked: PlaybackRequest) -> Request:
        url = self.crawl.archive.playback_url(asked.timestamp, asked.url)
        return _request(url, "playback", self.on_playback, self.on_playback_error, asked=asked)

    # --- answers in

    async def on_page(self, response: Response, work: QueryWork) -> None:
        self.crawl.heard()
        await self.index_answers.answer(
            work, response.status, header_pairs(response), response.body, truncated="dataloss" in response.flags
        )
        self._release("cdx")

    async def on_playback(self, response: Response, asked: PlaybackRequest) -> AsyncIterator[Request | Item]:
        self.crawl.heard()
        output: PlaybackRequest | Item | None = None
        with contextlib.suppress(Ended):  # the capture is still claimed, so the next run fetches it
            output = await self.playback_answers.answer(
                asked, response.status, header_pairs(response), response.body, truncated="dataloss" in response.flags
            )
        if isinstance(output, PlaybackRequest):
            yield self._playback_request(output)
            return
        if output is not None:
            yield output
        await self.crawl.advance(asked.work.domain_id)
        self._release("playback")

    async def on_page_error(self, failure: Failure) -> None:
        if (reason := self._no_answer(failure)) is not None:
            work = failure.request.cb_kwargs["work"]  # type: ignore[attr-defined]
            await self.index_answers.unanswered(work, reason, may_pass=not _is_too_large(failure))
        self._release("cdx")

    async def on_playback_error(self, failure: Failure) -> AsyncIterator[Item]:
        asked = failure.request.cb_kwargs["asked"]  # type: ignore[attr-defined]
        if (reason := self._no_answer(failure)) is not None:
            item = await self.playback_answers.unanswered(
                asked, reason, outcome=Outcome.FAILED, is_final=_is_too_large(failure)
            )
            if item is not None:
                yield item
            await self.crawl.advance(asked.work.domain_id)
        self._release("playback")

    def _no_answer(self, failure: Failure) -> str | None:
        """Why a request brought no answer; ``None`` if the crawl is ending and the work stays planned."""
        if isinstance(failure.value, IgnoreRequest | DownloadConnectionRefusedError) or self.crawl.is_ending:
            return None
        if _is_too_large(failure):
            self.crawl.heard()
            return describe(failure)
        reason = describe(failure)
        self.crawl.not_heard(reason)
        return reason

    def _release(self, pool: str) -> None:
        self.under_way[pool] -= 1
        self._changed.set()


def _request(url: str, pool: str, callback: Callable[..., Any], errback: Callable[..., Any], **given: Any) -> Request:
    return Request(url, callback, errback=errback, cb_kwargs=given, meta={"pool": pool}, dont_filter=True)


def _is_too_large(failure: Failure) -> bool:
    """True if an answer was cut short by ``DOWNLOAD_MAXSIZE``: too large now is too large later."""
    return isinstance(failure.value, DownloadCancelledError)


def describe(failure: Failure) -> str:
    """What went wrong, in one line."""
    return f"{type(failure.value).__name__}: {failure.getErrorMessage()}"[:300]

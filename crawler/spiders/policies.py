"""The crawl: domains in, fetched and judged captures out. Passes requests and answers between the other rooms.

The ledger is the queue. ``start`` claims from it what the pools have room for; each answer goes back into it; when
nothing of a domain is under way any more, ``planning.advance`` says what it wants next.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import scrapy
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadCancelledError, DownloadConnectionRefusedError, IgnoreRequest
from scrapy.http import Request, Response
from twisted.python.failure import Failure

from crawler.answers.cdx import Search
from crawler.answers.playback import Fetch
from crawler.answers.request_path import PlaybackRequest
from crawler.arguments import Target, parse_arguments
from crawler.crawl import FAILED, STOPPED, Crawl, Ended
from crawler.domains import BadLine
from crawler.downloader.handler import header_pairs
from crawler.downloader.pool import LONGEST_PAUSE
from crawler.ledger.queries import QueryWork
from pipelines.document import Item
from pipelines.extraction import extract
from pipelines.outcomes import Outcome

logger = logging.getLogger(__name__)

#: Seconds of answers' latency that the requests under way must be able to cover.
LATENCY = 4.0
#: Requests under way on top of that, also where a pool has no limit.
SLACK = 16
#: Requests claimed from the ledger at once, at least.
BATCH = 4
#: Targets read from a list at once.
TARGETS_AT_ONCE = 200


class PoliciesSpider(scrapy.Spider):
    """``scrapy crawl policies``; its arguments are those of ``crawler.arguments``."""

    name = "policies"

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> PoliciesSpider:
        crawl = kwargs.pop("crawl", None) or Crawl(parse_arguments(kwargs), crawler.settings)
        spider = cls(crawl)
        spider._set_crawler(crawler)
        crawler.signals.connect(spider.on_bug, scrapy.signals.spider_error)
        crawler.signals.connect(spider.on_bug, scrapy.signals.item_error)
        return spider

    def __init__(self, crawl: Crawl) -> None:
        super().__init__()
        self.crawl = crawl
        self.search = Search(crawl)
        self.fetch = Fetch(crawl)
        self.under_way = dict.fromkeys(crawl.pools, 0)
        self.capacity = {name: int(pool.per_minute / 60 * LATENCY) + SLACK for name, pool in crawl.pools.items()}
        self._targets: Iterator[Target | BadLine] | None = crawl.arguments.targets()
        self._changed = asyncio.Event()
        self._beside: list[asyncio.Future[None]] = []

    # --- requests out

    async def start(self) -> AsyncIterator[Request]:
        """Claims work from the ledger as the pools have room, until nothing is planned or under way."""
        crawl = self.crawl
        gc.freeze()  # the modules' 100,000 objects stay: looking through them again and again would block 50 to 100 ms
        self._beside = [asyncio.ensure_future(task) for task in (self._notice_stop(), self._try_worker())]
        for pool in crawl.pools.values():
            if pool.paused_for > LONGEST_PAUSE:
                crawl.shut_out(f"{pool.name}: it asked an earlier crawl to wait {pool.paused_for:.0f} s more")
        for domain_id in await crawl.journal(crawl.ledger.domains.unfinished, crawl.id):
            await crawl.advance(domain_id)
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

    async def _notice_stop(self) -> None:
        """Scrapy was told to stop (Ctrl-C, SIGTERM): requests that still wait for their turn are not sent."""
        while self.crawler.engine is not None and self.crawler.engine.running:
            await asyncio.sleep(0.1)
        self.crawl.end(STOPPED, "it was told to stop. Run the same command again to go on where it ends")

    async def _try_worker(self) -> None:
        """Workers that can't work at all (a library is missing) end the crawl, instead of failing every capture."""
        try:
            await self.crawl.workers.run(extract, b"", url="http://localhost/")
        except Exception as error:
            self.crawl.end(FAILED, f"texts can't be extracted: {type(error).__name__}: {error}")

    async def _claim(self) -> list[Request]:
        """Requests for planned work, as far as the pools have room."""
        crawl, now = self.crawl, time.time()
        requests = []
        if room := self._room("cdx"):
            queries = await crawl.journal(crawl.ledger.queries.claim, crawl.id, room, now)
            requests += [self._query_request(query) for query in queries]
        if room := self._room("playback"):
            captures = await crawl.journal(crawl.ledger.captures.claim, crawl.id, room, now)
            requests += [self._playback_request(PlaybackRequest.begin(capture)) for capture in captures]
        for request in requests:
            self.under_way[request.meta["pool"]] += 1
        return requests

    def _room(self, pool: str) -> int:
        """How many requests may be claimed; 0 where it is too few to ask the ledger for."""
        room = self.capacity[pool] - self.under_way[pool]
        return room if room >= BATCH else 0

    async def _take_targets(self) -> bool:
        """Reads on in what was asked for, when the index has room for more; false at its end."""
        if self._targets is None or self._room("cdx") == 0:
            return False
        lines = await asyncio.to_thread(_read, self._targets, TARGETS_AT_ONCE)
        if not lines:
            self._targets = None
            self.crawl.all_read = True
            return False
        for line in lines:
            if isinstance(line, BadLine):
                logger.warning("Line %d left out: %s: %s", line.number, line.text[:100], line.reason)
        await self.search.take([line for line in lines if isinstance(line, Target)])
        return True

    async def _until_next(self) -> float | None:
        """Seconds until a pool with room has work; ``None`` where nothing is planned or under way."""
        crawl = self.crawl
        is_idle = not any(self.under_way.values())  # before the ledger is asked: an answer meanwhile may plan new work
        moments = [
            await crawl.journal(crawl.ledger.next_due, crawl.id, pool) for pool in crawl.pools if self._room(pool)
        ]
        waits = [moment - time.time() for moment in moments if moment is not None]
        if not waits and is_idle:
            return None
        return min([*waits, 60.0])

    async def _pause(self, seconds: float) -> None:
        """Waits for something under way to change or the crawl to end, but no longer than some seconds."""
        with contextlib.suppress(TimeoutError, Ended):
            await asyncio.wait_for(self.crawl.unless_ended(self._changed.wait()), max(seconds, 0.01))

    def _query_request(self, work: QueryWork) -> Request:
        return Request(
            self.crawl.archive.query_url(self.search.query(work)),
            callback=self.on_page,
            errback=self.on_page_error,
            cb_kwargs={"work": work},
            meta={"pool": "cdx"},
            dont_filter=True,
        )

    def _playback_request(self, asked: PlaybackRequest) -> Request:
        return Request(
            self.crawl.archive.playback_url(asked.timestamp, asked.url),
            callback=self.on_playback,
            errback=self.on_playback_error,
            cb_kwargs={"asked": asked},
            meta={"pool": "playback"},
            dont_filter=True,
        )

    # --- answers in

    async def on_page(self, response: Response, work: QueryWork) -> None:
        self.crawl.heard()
        await self.search.answer(
            work, response.status, header_pairs(response), response.body, truncated="dataloss" in response.flags
        )
        self._release("cdx")

    async def on_playback(self, response: Response, asked: PlaybackRequest) -> AsyncIterator[Request | Item]:
        self.crawl.heard()
        output: PlaybackRequest | Item | None = None
        with contextlib.suppress(Ended):  # the capture is claimed still: the next run fetches it
            output = await self.fetch.answer(
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
            await self.search.unanswered(failure.request.cb_kwargs["work"], reason)  # type: ignore[attr-defined]
        self._release("cdx")

    async def on_playback_error(self, failure: Failure) -> None:
        asked = failure.request.cb_kwargs["asked"]  # type: ignore[attr-defined]
        if (reason := self._no_answer(failure)) is not None:
            is_final = failure.check(DownloadCancelledError) is not None  # too large now is too large later
            await self.fetch.unanswered(asked, reason, outcome=Outcome.FAILED, is_final=is_final)
            await self.crawl.advance(asked.work.domain_id)
        self._release("playback")

    def _no_answer(self, failure: Failure) -> str | None:
        """Why a request brought no answer; ``None`` where the crawl is ending and the work stays planned."""
        if failure.check(IgnoreRequest, DownloadConnectionRefusedError) or self.crawl.is_ending:
            return None
        if failure.check(DownloadCancelledError):
            self.crawl.heard()
            return describe(failure)
        reason = describe(failure)
        self.crawl.not_heard(reason)
        return reason

    def _release(self, pool: str) -> None:
        self.under_way[pool] -= 1
        self._changed.set()

    def on_bug(self, failure: Failure) -> None:
        """An error of ours: the capture stays planned, and the crawl ends with exit code 1."""
        self.crawl.end(FAILED, f"an error of ours: {describe(failure)}")

    def closed(self, reason: str) -> None:
        for task in self._beside:
            task.cancel()
        if reason != "finished":
            self.crawl.end(STOPPED, reason)
        self.crawl.close(reason)


def describe(failure: Failure) -> str:
    """What went wrong, in a line."""
    return f"{type(failure.value).__name__}: {failure.getErrorMessage()}"[:300]


def _read(targets: Iterator[Target | BadLine], count: int) -> list[Target | BadLine]:
    return [target for _, target in zip(range(count), targets, strict=False)]

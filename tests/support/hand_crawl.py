"""A crawl without Scrapy's engine and without worker processes: the real ledger, answers, storage and end, in order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from scrapy.exceptions import CloseSpider, DropItem
from scrapy.utils.test import get_crawler

from crawler import crawl as crawl_module
from crawler import settings as project_settings
from crawler.answers.cdx import IndexAnswers
from crawler.answers.playback import PlaybackAnswers
from crawler.answers.request_path import PlaybackRequest
from crawler.arguments import Target, parse_arguments
from crawler.crawl import EXIT_CODES, Crawl, why_refused
from crawler.downloader.budgets import BudgetMiddleware
from pipelines.document import Item
from pipelines.storage import StoragePipeline
from tests.support.client import Got, ask

SETTINGS = {
    name: getattr(project_settings, name) for name in dir(project_settings) if name.isupper() and name != "ADDONS"
} | {"CDX_PER_MINUTE": 0, "PLAYBACK_PER_MINUTE": 0, "SLOTS_DIR": "", "USER_AGENT": "tests", "FLUSH_SECONDS": 3600}


class _Engine:
    running = True

    async def close_spider_async(self, *, reason: str) -> None:
        """The crawl by hand looks at ``is_ending`` instead."""


async def _here(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    return function(*args, **kwargs)


@contextmanager
def read_here() -> Iterator[None]:
    """Stored documents are read in this process: to start workers takes seconds, and they write nothing."""

    def isolated(function: Callable[[Any], Any], tasks: Iterable[Any], *_: Any, **__: Any) -> Iterator[Any]:
        return ((task, function(task)) for task in tasks)

    with patch("crawler.rereading.isolated", isolated), patch("pipelines.tools.warc_task.isolated", isolated):
        yield


def crawl_by_hand(data_dir: Path, url: str, domain: str) -> tuple[int, str]:
    """Crawls a domain of the archive at ``url`` to the end; the exit code, and why it is not 0."""
    workers = SimpleNamespace(run=_here, close=lambda: None)
    with patch.object(crawl_module, "Workers", lambda processes: workers), read_here():
        return asyncio.run(_crawl(data_dir, url, domain))


async def _crawl(data_dir: Path, url: str, domain: str) -> tuple[int, str]:
    crawler = get_crawler(settings_dict=SETTINGS | {"DATA_DIR": str(data_dir), "ARCHIVE_URL": url})
    crawler.engine = _Engine()  # type: ignore[assignment]
    storage = StoragePipeline.from_crawler(crawler)
    arguments = parse_arguments({"domain": domain, "archive_url": url})
    try:
        crawl = Crawl.open(arguments, crawler.settings, BudgetMiddleware(crawler), crawler.stats)
    except Exception as problem:
        reason, why = why_refused(problem, str(data_dir))
        return EXIT_CODES[reason], why
    storage.begin(crawl.id, crawl.in_ledger, lambda: crawl.is_ending)
    try:
        with suppress(CloseSpider):
            await _work(crawl, storage, url, domain)
        await storage.close_spider()
        crawl.close("finished")
        await asyncio.to_thread(crawl.compact)  # as the spider does
        crawl.record()
    finally:
        crawl.lock.release()
    assert crawl.exit_code is not None
    return crawl.exit_code, crawl.why


async def _work(crawl: Crawl, storage: StoragePipeline, url: str, domain: str) -> None:
    """Asks for all that is planned, one after the other, and files the answers."""
    index, playback = IndexAnswers(crawl), PlaybackAnswers(crawl)
    for domain_id in await crawl.in_ledger(crawl.ledger.domains.unfinished, crawl.id):
        await crawl.advance(domain_id)
    await index.take([Target(domain)])
    while not crawl.is_ending:
        queries = await crawl.in_ledger(crawl.ledger.queries.claim, crawl.id, 10, 1e12)
        for work in queries:
            got = _get(url, crawl.archive.query_url(index.query(work)))
            await index.answer(work, got.status, tuple(got.headers.items()), got.body, truncated=False)
        captures = await crawl.in_ledger(crawl.ledger.captures.claim, crawl.id, 10, 1e12)
        for capture in captures:
            output: PlaybackRequest | Item | None = await playback.begin(capture)
            while isinstance(output, PlaybackRequest):
                got = _get(url, crawl.archive.playback_url(output.timestamp, output.url))
                output = await playback.answer(
                    output, got.status, tuple(got.headers.items()), got.body, truncated=False
                )
            if output is not None:
                with suppress(DropItem):
                    await storage.process_item(output)
                await storage.flush()  # so that each row makes a part file of its own
            await crawl.advance(capture.domain_id)
        if not queries and not captures:
            return


def _get(url: str, address: str) -> Got:
    return ask(url, address.removeprefix(url))

"""When the spider has nothing left to do: work that an answer brings at the last moment is not overlooked."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from twisted.python.failure import Failure

from crawler.downloader.ending import Ending
from crawler.downloader.pool import Pool
from crawler.ledger.thread import LedgerThread
from crawler.spiders import policies
from crawler.spiders.policies import PoliciesSpider
from tests.support.fake_crawl import Crawling


def working(crawl: Crawling) -> PoliciesSpider:
    """The spider at work for a crawl of the tests'."""
    crawl.pools = {name: Pool(name, 60) for name in ("cdx", "playback")}  # type: ignore[attr-defined]
    crawl.budgets = SimpleNamespace(ending=Ending())  # type: ignore[attr-defined]
    spider = PoliciesSpider(crawl.arguments)
    spider.begin(crawl)  # type: ignore[arg-type]
    return spider


@pytest.mark.parametrize("moment", ["cdx", "playback", "never"])
def test_an_answer_that_comes_while_the_ledger_is_asked_keeps_the_crawl_going(tmp_path: Path, moment: str) -> None:
    """The last query under way fails and is planned again, just before or after the ledger says what its pool has."""
    crawl = Crawling(tmp_path)
    work = crawl.query()

    async def in_ledger(method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        answer = method(*args, **kwargs)
        if args[-1] == moment:
            crawl.ledger.queries.retry(work, 10.0, "no answer")
            spider._release("cdx")
        return answer

    crawl.in_ledger = in_ledger  # type: ignore[method-assign]
    spider = working(crawl)
    spider.under_way["cdx"] = 1
    assert asyncio.run(spider._until_next()) is not None
    crawl.ledger.close()


def test_an_error_of_ours_wakes_the_spider_that_waits_for_an_answer(tmp_path: Path) -> None:
    async def run() -> None:
        crawl = Crawling(tmp_path)
        crawl.end = lambda reason, why: crawl.budgets.ending.set()  # type: ignore[attr-defined]
        spider = working(crawl)
        waiting = asyncio.create_task(spider._pause(60))
        await asyncio.sleep(0)
        spider.on_bug(Failure(OverflowError("date value out of range")))
        await asyncio.wait_for(waiting, 60)
        crawl.ledger.close()

    asyncio.run(run())


def test_without_work_planned_or_under_way_the_crawl_is_done(tmp_path: Path) -> None:
    crawl = Crawling(tmp_path)
    spider = working(crawl)
    assert asyncio.run(spider._until_next()) is None
    crawl.ledger.close()


def test_a_crawl_that_is_closed_between_two_questions_to_the_ledger_asks_no_more(tmp_path: Path) -> None:
    """Scrapy closes the spider while ``start`` still runs: another error than this quiet end would be a traceback."""

    async def run() -> list[object]:
        crawl = Crawling(tmp_path)
        in_ledger = LedgerThread(tmp_path, crawl.id, crawl.ledger, lambda error: None)

        async def closed_after_the_first_pool(method: Callable[..., Any], *args: Any) -> Any:
            answer = await in_ledger(method, *args)
            if method == crawl.ledger.next_due:
                in_ledger.close()
            return answer

        crawl.in_ledger = closed_after_the_first_pool  # type: ignore[assignment]
        crawl.all_read = False  # type: ignore[attr-defined]
        spider = working(crawl)
        spider._targets = None
        return [request async for request in spider.start()]

    assert asyncio.run(run()) == []


def test_no_more_is_taken_while_as_many_domains_are_open_as_may_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crawl = Crawling(tmp_path)
    spider = working(crawl)
    monkeypatch.setattr(policies, "OPEN_DOMAINS", 1)
    assert not asyncio.run(spider._take_targets())
    monkeypatch.setattr(policies, "OPEN_DOMAINS", 2)
    assert asyncio.run(spider._take_targets())
    crawl.ledger.close()


@pytest.mark.parametrize(("requests", "sent", "under_way", "room"), [
    (0, 0, 0, 20), (0, 0, 17, 0), (100, 90, 0, 10), (100, 90, 7, 0), (100, 98, 0, 2), (100, 98, 1, 0), (100, 100, 0, 0),
])  # fmt: skip
def test_no_more_work_is_claimed_than_the_run_may_ask_for_and_the_last_requests_are_used(
    requests: int, sent: int, under_way: int, room: int, tmp_path: Path
) -> None:
    crawl = Crawling(tmp_path)
    spider = working(crawl)
    pool = spider.crawl.pools["cdx"]
    pool.requests, pool.sent, spider.under_way["cdx"] = requests, sent, under_way
    assert spider._room("cdx") == room
    crawl.ledger.close()


def test_a_run_that_has_sent_all_it_may_to_one_pool_begins_no_more_domains(tmp_path: Path) -> None:
    crawl = Crawling(tmp_path)
    spider = working(crawl)
    spider.crawl.pools["playback"].requests = spider.crawl.pools["playback"].sent = 5
    assert not asyncio.run(spider._take_targets())
    assert spider._targets is not None
    crawl.ledger.close()

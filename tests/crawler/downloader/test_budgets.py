import asyncio
import contextlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy.exceptions import CannotResolveHostError, DownloadConnectionRefusedError, IgnoreRequest
from scrapy.http import Request, Response
from scrapy.utils.test import get_crawler

from crawler.downloader import budgets as budgets_module
from crawler.downloader.budgets import BudgetMiddleware, is_inside, retry_after
from crawler.downloader.ending import Reason, crawl_ending


@pytest.mark.parametrize(("value", "seconds"), [(b"0", 0.0), (b"7", 7.0), (b" 120 ", 120.0), (b"86400", 86400.0)])
def test_retry_after_may_be_seconds(value: bytes, seconds: float) -> None:
    assert retry_after(value) == seconds


def test_retry_after_may_be_a_date() -> None:
    then = datetime.now(UTC) + timedelta(seconds=100)
    assert 0 < retry_after(format_datetime(then, usegmt=True).encode()) <= 100


def test_a_date_is_compared_with_that_of_the_answer_since_our_clock_may_be_wrong() -> None:
    date, then = b"Wed, 21 Oct 2015 07:28:00 GMT", b"Wed, 21 Oct 2015 07:29:30 GMT"
    assert retry_after(then, date) == 90.0
    assert retry_after(then, b"yesterday") == 0.0, "a date that is none does not count"


def test_a_date_that_has_passed_is_no_wait() -> None:
    assert retry_after(b"Wed, 21 Oct 2015 07:28:00 GMT") == 0.0


@pytest.mark.parametrize(
    "value", [None, b"", b"soon", b"-5", b"1.5", b"\xb2", b"\xff\xfe", b"Wed, 99 Oct 2015", b"\x00"]
)
def test_an_unreadable_retry_after_is_none(value: bytes | None) -> None:
    assert retry_after(value) is None


@given(st.binary(max_size=40))
def test_no_retry_after_raises_or_is_negative(value: bytes) -> None:
    seconds = retry_after(value)
    assert seconds is None or seconds >= 0


ARCHIVE = "https://web.archive.org"


@pytest.mark.parametrize(
    "url",
    [
        "https://web.archive.org/web/2004id_/http://evil.example/",
        "https://web.archive.org/cdx/search/cdx?url=evil.example",
        "https://web.archive.org",
        "https://web.archive.org/web/2004id_/http://user@evil.example/",
    ],
)
def test_what_goes_to_the_archive_is_inside(url: str) -> None:
    assert is_inside(url, ARCHIVE)


@pytest.mark.parametrize(
    "url",
    [
        "http://web.archive.org/",
        "ftp://web.archive.org/",
        "//web.archive.org/",
        "https://web.archive.org:8443/",
        "https://archive.org/",
        "https://evil.example/web.archive.org/",
        "https://web.archive.org.evil.example/",
        "https://web.archive.org@evil.example/",
        "https://web.archive.org:443@evil.example/",
        "https://user:word@web.archive.org/",
        "https://evil.example\\@web.archive.org/",
        "https://web.archive.org\\@evil.example/",
        "https://web.archive.org\\.evil.example/",
        "https://web.archive.org\t.evil.example/",
        "https://evil.example#@web.archive.org/",
        "https://evil.example?@web.archive.org/",
        "https:/web.archive.org/",
        "file:///etc/passwd",
        "data:,",
        "",
        "https://[web.archive.org/",
    ],
)
def test_what_goes_anywhere_else_is_not(url: str) -> None:
    assert not is_inside(url, ARCHIVE)


def test_a_loopback_archives_port_counts() -> None:
    assert is_inside("http://127.0.0.1:8090/cdx", "http://127.0.0.1:8090")
    assert not is_inside("http://127.0.0.1:8091/cdx", "http://127.0.0.1:8090")
    assert not is_inside("http://127.0.0.1/cdx", "http://127.0.0.1:8090")


# --- the middleware


class Engine:
    """An engine that runs, and notes why it is told to close the spider."""

    running = True
    closed = ""

    async def close_spider_async(self, *, reason: str) -> None:
        self.closed = reason


@pytest.fixture
def budgets() -> BudgetMiddleware:
    crawler = get_crawler(settings_dict={"CDX_PER_MINUTE": 0, "PLAYBACK_PER_MINUTE": 0, "ARCHIVE_URL": ARCHIVE})
    crawler.engine = Engine()  # type: ignore[assignment]
    return BudgetMiddleware.from_crawler(crawler)


def sent(
    budgets: BudgetMiddleware, url: str = f"{ARCHIVE}/cdx/search/cdx", pool: str | None = "cdx", **meta: object
) -> Request:
    """A request that has got its turn."""
    request = Request(url, meta=({"pool": pool} if pool else {}) | meta)
    asyncio.run(budgets.process_request(request))
    return request


def counts(budgets: BudgetMiddleware) -> dict[str, int]:
    stats = budgets.crawler.stats.get_stats()
    return {name.removeprefix("wayback/"): value for name, value in stats.items() if name.startswith("wayback/")}


def ending(budgets: BudgetMiddleware, act: Callable[[], object]) -> tuple[str, str, str]:
    """(reason, why, reason that the spider closes with) of the end that an act brings."""
    told: list[tuple[str, str]] = []

    def hear(reason: str, why: str) -> None:
        told.append((reason, why))

    async def run() -> None:
        with contextlib.suppress(IgnoreRequest):
            act()
        await asyncio.sleep(0)

    budgets.crawler.signals.connect(hear, crawl_ending)
    asyncio.run(run())
    closed = budgets.crawler.engine.closed  # type: ignore[attr-defined]
    return (*told[0], closed) if told else ("", "", closed)


def response(request: Request, status: int, **headers: str) -> Response:
    return Response(request.url, status, {name.replace("_", "-"): value for name, value in headers.items()})


def test_a_request_waits_in_its_own_pool(budgets: BudgetMiddleware) -> None:
    sent(budgets)
    sent(budgets, f"{ARCHIVE}/web/2004id_/http://a.com/", "playback")
    assert [pool.sent for pool in budgets.pools.values()] == [1, 1]


def test_a_request_to_anywhere_else_is_not_sent(budgets: BudgetMiddleware) -> None:
    with pytest.raises(IgnoreRequest):
        sent(budgets, "https://example.com/privacy")
    assert budgets.pools["cdx"].sent == 0


def test_a_request_is_not_sent_once_the_crawl_ends(budgets: BudgetMiddleware) -> None:
    budgets.ending.set()
    with pytest.raises(IgnoreRequest):
        sent(budgets)


def test_a_429_of_the_archive_stops_its_pool_only_and_the_request_is_sent_again(budgets: BudgetMiddleware) -> None:
    request = sent(budgets)
    again = budgets.process_response(request, response(request, 429, Retry_After="30"))
    assert isinstance(again, Request)
    assert (again.url, again.dont_filter) == (request.url, True)
    assert budgets.pools["cdx"].paused_for == pytest.approx(30, abs=1)
    assert budgets.pools["playback"].paused_for == 0


@pytest.mark.parametrize("status", [429, 403, 503])
def test_an_archived_error_pauses_nothing(status: int, budgets: BudgetMiddleware) -> None:
    request = sent(budgets, f"{ARCHIVE}/web/2004id_/http://a.com/", "playback")
    answered = response(request, status, Memento_Datetime="Sun, 29 Feb 2004 12:00:00 GMT", Retry_After="3600")
    assert budgets.process_response(request, answered) is answered
    assert budgets.pools["playback"].paused_for == 0


def test_a_429_that_does_not_end_closes_the_spider_with_a_reason(budgets: BudgetMiddleware) -> None:
    request = sent(budgets)
    answer = response(request, 429, Retry_After="86400")
    reason, why, closed = ending(budgets, lambda: budgets.process_response(request, answer))
    assert (reason, closed) == (Reason.SHUT_OUT, "archive_shut_out")
    assert "86400" in why
    with pytest.raises(IgnoreRequest):
        sent(budgets)


def test_a_refused_connection_closes_the_spider_with_a_reason(budgets: BudgetMiddleware) -> None:
    request = sent(budgets)
    assert ending(budgets, lambda: budgets.process_exception(request, TimeoutError())) == ("", "", "")
    refused = DownloadConnectionRefusedError()
    reason, why, closed = ending(budgets, lambda: budgets.process_exception(request, refused))
    assert (reason, closed) == (Reason.SHUT_OUT, "archive_shut_out")
    assert "web.archive.org" in why


def test_an_archive_whose_name_is_not_known_closes_the_spider_with_another_reason(budgets: BudgetMiddleware) -> None:
    request = sent(budgets)
    reason, _, closed = ending(budgets, lambda: budgets.process_exception(request, CannotResolveHostError()))
    assert (reason, closed) == (Reason.UNREACHABLE, "archive_unreachable")


@pytest.mark.parametrize("reason", Reason)
def test_an_end_is_an_error_in_the_log_unless_somebody_wanted_it_or_the_network_is_gone(
    reason: Reason, budgets: BudgetMiddleware, caplog: pytest.LogCaptureFixture
) -> None:
    ending(budgets, lambda: budgets.end(reason, "it says why"))
    (record,) = (record for record in caplog.records if "it says why" in record.getMessage())
    assert (record.levelname == "WARNING") == (reason in ("stopped", "archive_unreachable"))


def test_the_first_reason_counts(budgets: BudgetMiddleware) -> None:
    assert ending(budgets, lambda: budgets.end(Reason.FAILED, "first"))[:2] == (Reason.FAILED, "first")
    assert ending(budgets, lambda: budgets.end(Reason.STOPPED, "second")) == ("", "", "failed")


# --- requests of spiders that name no pool


@pytest.mark.parametrize(
    ("archive", "path", "pool"),
    [
        (ARCHIVE, "/cdx/search/cdx?url=a.com", "cdx"),
        (ARCHIVE, "/web/2004id_/http://a.com/", "playback"),
        ("http://127.0.0.1:8090/collection", "/cdx?url=a.com", "cdx"),
        ("http://127.0.0.1:8090/collection/", "/2004id_/http://a.com/", "playback"),
    ],
)
def test_without_a_pool_the_path_decides(archive: str, path: str, pool: str) -> None:
    budgets = BudgetMiddleware(get_crawler(settings_dict={"ARCHIVE_URL": archive}))
    sent(budgets, archive.rstrip("/") + path, pool=None)
    assert {name: each.sent for name, each in budgets.pools.items() if each.sent} == {pool: 1}


def test_a_request_to_another_host_without_a_pool_passes_untouched(budgets: BudgetMiddleware) -> None:
    request = sent(budgets, "https://example.com/robots.txt", pool=None)
    assert request.meta == {}
    refused = response(request, 429, Retry_After="86400")
    assert budgets.process_response(request, refused) is refused
    assert budgets.process_exception(request, DownloadConnectionRefusedError()) is None
    assert not budgets.ending.is_set and counts(budgets) == {}


def test_without_an_archive_url_it_is_the_wayback_machine() -> None:
    assert BudgetMiddleware(get_crawler()).archive_url == ARCHIVE


# --- counts


def test_requests_bytes_refusals_and_pauses_are_counted_in_scrapys_stats(budgets: BudgetMiddleware) -> None:
    request = sent(budgets)
    budgets.process_response(request, Response(request.url, body=b"12345"))
    for _ in range(2):  # the second one was under way when the pause began
        budgets.process_response(request, response(request, 429, Retry_After="30"))
    with pytest.raises(IgnoreRequest):
        sent(budgets, "https://example.com/privacy")
    assert counts(budgets) == {
        "requests/cdx": 1, "waited/cdx": 0.0, "answers/cdx/200": 1, "answers/cdx/429": 2, "bytes/cdx": 5,
        "refused/cdx": 2, "pauses/cdx": 1, "paused/cdx": 30, "outside": 1,
    }  # fmt: skip


def test_what_was_archived_counts_as_a_memento_whatever_its_status_and_no_answer_as_none(
    budgets: BudgetMiddleware,
) -> None:
    request = sent(budgets, f"{ARCHIVE}/web/2010id_/http://a.example/", pool="playback")
    budgets.process_response(request, response(request, 503, Memento_Datetime="Fri, 01 Jan 2010 00:00:00 GMT"))
    budgets.process_response(request, response(request, 503))
    budgets.process_exception(request, TimeoutError())
    budgets.process_exception(request, IgnoreRequest("the crawl ends"))
    answers = {name: count for name, count in counts(budgets).items() if name.startswith("answers/")}
    assert answers == {"answers/playback/memento": 1, "answers/playback/503": 1, "answers/playback/none": 1}


def test_a_request_beyond_the_budget_of_the_run_is_not_sent(budgets: BudgetMiddleware) -> None:
    budgets.pools["cdx"].requests = 2
    sent(budgets), sent(budgets)
    with pytest.raises(IgnoreRequest, match="CDX_REQUESTS=2"):
        sent(budgets)
    sent(budgets, pool="playback")
    assert {name: pool.sent for name, pool in budgets.pools.items()} == {"cdx": 2, "playback": 1}
    assert not budgets.ending.is_set, "what is begun is finished, as far as the other budget goes"


@pytest.mark.parametrize(
    ("is_running", "closing", "ends"),
    [(True, None, False), (True, False, True), (True, True, False), (False, None, True)],
    ids=["at work", "closing with requests to wait for", "closing because all is done", "stopped"],
)
def test_the_crawl_ends_when_scrapy_waits_for_its_requests_to_close_or_stops(
    is_running: bool, closing: bool | None, ends: bool, budgets: BudgetMiddleware, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budgets_module, "_LOOK", 0.001)
    slot = SimpleNamespace(closing=None if closing is None else SimpleNamespace(called=closing))
    budgets.crawler.engine = SimpleNamespace(running=True, _slot=slot)  # type: ignore[assignment]

    async def watch() -> bool:
        watcher = asyncio.ensure_future(budgets._notice_stop())
        await asyncio.sleep(0.005)
        budgets.crawler.engine.running = is_running
        await asyncio.wait((watcher,), timeout=10 if ends else 0.05)
        watcher.cancel()
        return budgets.ending.is_set

    assert asyncio.run(watch()) is ends

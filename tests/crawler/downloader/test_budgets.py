import asyncio
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy.exceptions import DownloadConnectionRefusedError, IgnoreRequest
from scrapy.http import Request, Response

from crawler.crawl import Ended
from crawler.downloader.budgets import BudgetMiddleware, is_inside, retry_after
from crawler.downloader.pool import Pool


@pytest.mark.parametrize(("value", "seconds"), [(b"0", 0.0), (b"7", 7.0), (b" 120 ", 120.0), (b"86400", 86400.0)])
def test_retry_after_may_be_seconds(value: bytes, seconds: float) -> None:
    assert retry_after(value) == seconds


def test_retry_after_may_be_a_date() -> None:
    then = datetime.now(UTC) + timedelta(seconds=100)
    assert retry_after(format_datetime(then, usegmt=True).encode()) == pytest.approx(100, abs=2)


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


class Crawl:
    """What the middleware needs of a crawl."""

    def __init__(self) -> None:
        self.archive = SimpleNamespace(url=ARCHIVE)
        self.pools = {"cdx": Pool("cdx", 0), "playback": Pool("playback", 0)}
        self.ended = ""

    async def unless_ended(self, turn: Awaitable[float]) -> float:
        if self.ended:
            turn.close()  # type: ignore[attr-defined]
            raise Ended
        return await turn

    def shut_out(self, why: str) -> None:
        self.ended = why


@pytest.fixture
def crawl() -> Crawl:
    return Crawl()


def middleware(crawl: Crawl) -> BudgetMiddleware:
    return BudgetMiddleware(SimpleNamespace(spider=SimpleNamespace(crawl=crawl)))  # type: ignore[arg-type]


def sent(crawl: Crawl, url: str = f"{ARCHIVE}/cdx/search/cdx", pool: str = "cdx") -> Request:
    """A request that has got its turn."""
    request = Request(url, meta={"pool": pool})
    asyncio.run(middleware(crawl).process_request(request))
    return request


def response(request: Request, status: int, **headers: str) -> Response:
    return Response(request.url, status, {name.replace("_", "-"): value for name, value in headers.items()})


def test_a_request_waits_in_its_own_pool(crawl: Crawl) -> None:
    sent(crawl)
    sent(crawl, f"{ARCHIVE}/web/2004id_/http://a.com/", "playback")
    assert [pool.sent for pool in crawl.pools.values()] == [1, 1]


def test_a_request_to_anywhere_else_is_not_sent(crawl: Crawl) -> None:
    with pytest.raises(IgnoreRequest):
        sent(crawl, "https://example.com/privacy")
    assert crawl.pools["cdx"].sent == 0


def test_a_request_is_not_sent_once_the_crawl_ends(crawl: Crawl) -> None:
    crawl.ended = "enough"
    with pytest.raises(IgnoreRequest):
        sent(crawl)


def test_a_429_of_the_archive_stops_its_pool_only_and_the_request_is_sent_again(crawl: Crawl) -> None:
    request = sent(crawl)
    again = middleware(crawl).process_response(request, response(request, 429, Retry_After="30"))
    assert isinstance(again, Request)
    assert (again.url, again.dont_filter) == (request.url, True)
    assert crawl.pools["cdx"].paused_for == pytest.approx(30, abs=1)
    assert crawl.pools["playback"].paused_for == 0


@pytest.mark.parametrize("status", [429, 403, 503])
def test_an_archived_error_pauses_nothing(status: int, crawl: Crawl) -> None:
    request = sent(crawl, f"{ARCHIVE}/web/2004id_/http://a.com/", "playback")
    answered = response(request, status, Memento_Datetime="Sun, 29 Feb 2004 12:00:00 GMT", Retry_After="3600")
    assert middleware(crawl).process_response(request, answered) is answered
    assert crawl.pools["playback"].paused_for == 0


def test_a_429_that_does_not_end_shuts_the_crawl_out(crawl: Crawl) -> None:
    request = sent(crawl)
    with pytest.raises(IgnoreRequest):
        middleware(crawl).process_response(request, response(request, 429, Retry_After="86400"))
    assert "86400" in crawl.ended


def test_a_refused_connection_shuts_the_crawl_out(crawl: Crawl) -> None:
    request = sent(crawl)
    middleware(crawl).process_exception(request, TimeoutError())
    assert not crawl.ended
    middleware(crawl).process_exception(request, DownloadConnectionRefusedError())
    assert "web.archive.org" in crawl.ended

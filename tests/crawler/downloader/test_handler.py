"""What the download handler takes from Scrapy, and when it gives up waiting."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
import scrapy
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Request, Response
from scrapy.utils.test import get_crawler

from crawler.downloader import handler as handler_module
from crawler.downloader.ending import crawl_ending
from crawler.downloader.handler import EachRequestOnce, header_pairs

#: Versions of Scrapy of which the private attributes that we use were looked at: ``HTTP11DownloadHandler._pool``, and
#: ``ExecutionEngine._slot`` (``budgets.is_closing``).
CHECKED_WITH = ("2.19",)


def test_scrapy_is_of_a_version_whose_private_attribute_we_know() -> None:
    assert scrapy.__version__.startswith(CHECKED_WITH), "look at these attributes, then add the version"


@pytest.fixture
def crawler(monkeypatch: pytest.MonkeyPatch) -> Any:
    def begin(self: Any, crawler: Any) -> None:  # without a reactor
        self._pool = SimpleNamespace(retryAutomatically=True)

    monkeypatch.setattr(HTTP11DownloadHandler, "__init__", begin)
    monkeypatch.setattr(handler_module, "PATIENCE", 0.05)
    return get_crawler()


def test_a_dropped_connections_request_is_not_sent_again_unseen(crawler: Any) -> None:
    assert EachRequestOnce(crawler)._pool.retryAutomatically is False


@pytest.mark.parametrize("seconds", [0.0, 0.02, 60.0])
def test_once_the_crawl_ends_an_answer_is_waited_for_a_little(
    seconds: float, crawler: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def answer(self: Any, request: Request) -> Response:
        await asyncio.sleep(seconds)
        return Response(request.url)

    async def run() -> Response:
        handler = EachRequestOnce(crawler)
        waiting = asyncio.ensure_future(handler.download_request(Request("http://a.com/")))
        await asyncio.sleep(0)
        crawler.signals.send_catch_log(crawl_ending, reason="failed", why="")
        return await asyncio.wait_for(waiting, 30)

    monkeypatch.setattr(HTTP11DownloadHandler, "download_request", answer)
    if seconds < 1:
        assert asyncio.run(run()).url == "http://a.com/"
    else:
        with pytest.raises(IgnoreRequest):
            asyncio.run(run())


def test_repeated_header_fields_come_one_by_one() -> None:
    response = Response("http://a.com/", headers={"Link": ["<a>", "<b>"], "Age": "1"})
    assert header_pairs(response) == (("Link", "<a>"), ("Link", "<b>"), ("Age", "1"))

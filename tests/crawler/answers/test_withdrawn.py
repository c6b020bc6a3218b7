"""What ``overrides.toml`` removes is not asked for, not kept, and told neither as seen nor as absent."""

from __future__ import annotations

import asyncio

import pytest

from crawler.answers.cdx import IndexAnswers
from crawler.answers.playback import PlaybackAnswers
from crawler.answers.request_path import PlaybackRequest
from crawler.arguments import Target
from crawler.ledger.captures import CaptureWork
from pipelines.dataset.overrides import Overrides, Removals
from pipelines.surt import domain_prefix, key_of
from tests.support.fake_crawl import URL, Crawling, answer, homepage, item_of, kept, request_of

LEGAL = "http://example.com/legal"
FRAMESET = b'<html><frameset cols="*"><frame src="/legal"><frame src="/text"></frameset></html>'


def begin(crawl: Crawling, work: CaptureWork) -> PlaybackRequest | None:
    return asyncio.run(PlaybackAnswers(crawl).begin(work))  # type: ignore[arg-type]


def test_a_capture_is_not_asked_for(crawl: Crawling) -> None:
    assert begin(crawl, crawl.planned()) is not None
    crawl.overrides = Overrides(Removals(captures=frozenset({(key_of(URL), "20050215120000")})))
    assert begin(crawl, crawl.planned(timestamp="20050215120000")) is None
    assert crawl.states()[1] == (URL, "settled", "unplayable")


def test_a_homepage_is_not_asked_for_and_the_site_is_not_absent_for_that(crawl: Crawling) -> None:
    asked = homepage(crawl)
    crawl.overrides = Overrides(Removals(addresses=frozenset({key_of(asked.url)})))
    assert begin(crawl, asked.work) is None
    (visit,) = crawl.ledger.homepages.visits(crawl.domain_id)
    assert not visit.is_absent and visit.served is None


def test_a_redirect_is_not_followed_there(crawl: Crawling) -> None:
    crawl.overrides = Overrides(Removals(addresses=frozenset({key_of(LEGAL)})))
    assert kept(answer(crawl, PlaybackRequest.begin(crawl.planned()), 301, b"", Location="/legal")) == [URL]
    assert [outcome for _, _, outcome in crawl.states()] == ["redirect"]


def test_a_frame_is_passed_over_for_the_next_one(crawl: Crawling) -> None:
    crawl.overrides = Overrides(Removals(addresses=frozenset({key_of(LEGAL)})))
    request = request_of(answer(crawl, PlaybackRequest.begin(crawl.planned()), body=FRAMESET))
    assert request.url == "http://example.com/text"
    assert item_of(answer(crawl, request)).document is not None


def test_what_the_archive_serves_in_another_s_place_is_not_kept(crawl: Crawling) -> None:
    work = crawl.planned()
    crawl.overrides = Overrides(Removals(captures=frozenset({(key_of(URL), "20040215130000")})))
    assert answer(crawl, PlaybackRequest.begin(work), when="15 Feb 2004 13:00:00") == []
    assert crawl.states() == [(URL, "settled", "unplayable")]


def test_the_index_s_rows_of_it_are_not_entered(crawl: Crawling) -> None:
    crawl.overrides = Overrides(Removals(captures=frozenset({(key_of(URL), "20040215120000")})))
    row = "com,example)/privacy {} http://www.example.com/privacy text/html 200 PGU2GKFDZYN5BTMVXQS2T5SLHKU3QZTA 23\n"
    body = (row.format("20040215120000") + row.format("20050215120000")).encode()
    asyncio.run(IndexAnswers(crawl).answer(crawl.query(), 200, (), body, truncated=False))  # type: ignore[arg-type]
    assert [capture.timestamp for capture in crawl.ledger.captures.of(crawl.domain_id)] == ["20050215120000"]


def test_targets_are_left_out_and_named(crawl: Crawling, caplog: pytest.LogCaptureFixture) -> None:
    capture = frozenset({(key_of(URL), "20040215120000")})
    crawl.overrides = Overrides(Removals(hosts=frozenset({domain_prefix("gone.test")}), captures=capture))
    targets = [
        Target("gone.test"),
        Target("a.test"),
        Target("example.com", URL, "20040215120000"),
        Target("example.com", URL, "20050215120000"),
    ]
    asyncio.run(IndexAnswers(crawl).take(targets))  # type: ignore[arg-type]
    assert [query.url for query in crawl.ledger.queries.claim(crawl.id, 10, 1e12)] == ["a.test"]
    assert [capture.timestamp for capture in crawl.ledger.captures.of(crawl.domain_id)] == ["20050215120000"]
    assert caplog.messages == [
        "gone.test left out: overrides.toml removes it",
        f"{URL} left out: overrides.toml removes it",
    ]

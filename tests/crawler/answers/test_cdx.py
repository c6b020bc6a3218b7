"""What becomes of the index's answers, with a real ledger and no requests."""

import asyncio
import gzip
import zlib
from collections.abc import Callable
from dataclasses import replace

import pytest

from crawler.answers.cdx import TRIES, IndexAnswers
from crawler.archives.internet_archive import InternetArchive
from crawler.archives.playback import Headers
from crawler.arguments import Target
from crawler.ledger.queries import QueryWork
from tests.support.fake_crawl import URL, Crawling

EXCLUSION = "org.archive.wayback.exception.AdministrativeAccessControlException: Blocked Site Error"


def row(url: str, key: str, timestamp: str = "20040215120000") -> str:
    return f"{key} {timestamp} {url} text/html 200 PGU2GKFDZYN5BTMVXQS2T5SLHKU3QZTA 2317\n"


def answer(
    crawl: Crawling,
    work: QueryWork,
    body: str | bytes,
    status: int = 200,
    *,
    headers: Headers = (),
    truncated: bool = False,
) -> None:
    search = IndexAnswers(crawl)  # type: ignore[arg-type]
    body = body.encode() if isinstance(body, str) else body
    asyncio.run(search.answer(work, status, headers, body, truncated=truncated))


def state(crawl: Crawling, work: QueryWork) -> str:
    return crawl.ledger.db.execute("SELECT state FROM queries WHERE id = ?", (work.id,)).fetchone()[0]


def found(crawl: Crawling) -> list[str]:
    return [known.url for known in crawl.ledger.captures.of(crawl.domain_id)]


def test_a_search_by_words_keeps_addresses_of_the_domain_that_may_hold_a_policy(crawl: Crawling) -> None:
    urls = {
        "http://example.com/privacy": "com,example)/privacy",
        "http://legal.example.com/privacy.html": "com,example,legal)/privacy.html",
        "http://example.com:8080/privacy": "com,example:8080)/privacy",
        "http://example.com/cats": "com,example)/cats",
        "http://example.com.evil.example/privacy": "example,evil,com,example)/privacy",
        "http://examplecom.com/privacy": "com,examplecom)/privacy",
    }
    work = crawl.query()
    answer(crawl, work, "".join(row(url, key) for url, key in urls.items()))
    assert sorted(found(crawl)) == sorted(list(urls)[:3])
    assert state(crawl, work) == "done"


def test_a_search_of_a_domain_with_www_keeps_what_stands_there(crawl: Crawling) -> None:
    work = replace(crawl.query("www.example.com"), domain="www.example.com")
    answer(crawl, work, row("http://www.example.com/privacy", "com,example)/privacy"))
    assert found(crawl) == ["http://www.example.com/privacy"]


def test_a_search_of_a_domain_that_gives_its_customers_hosts_leaves_these_out(crawl: Crawling) -> None:
    work = replace(crawl.query("github.io"), domain="github.io")
    urls = ("http://www.github.io/privacy", "http://acme.github.io/privacy")
    answer(crawl, work, row(urls[0], "io,github)/privacy") + row(urls[1], "io,github,acme)/privacy"))
    assert found(crawl) == ["http://www.github.io/privacy"]


def test_an_address_asked_for_by_name_is_kept_whatever_its_words(crawl: Crawling) -> None:
    answer(
        crawl,
        crawl.query("http://example.com/cats", "exact", "given"),
        row("http://example.com/cats", "com,example)/cats"),
    )
    assert found(crawl) == ["http://example.com/cats"]


def test_whether_a_host_is_archived_is_asked_for_one_capture_of_whatever_kind(crawl: Crawling) -> None:
    work = crawl.query("example.com", "host")
    query = IndexAnswers(crawl).query(work)  # type: ignore[arg-type]
    assert (query.match_type, query.filters, query.limit) == ("host", (), 1)
    answer(crawl, work, row("http://example.com/cats", "com,example)/cats") + "\ncom%2Cexample%29%2Fcats+2005\n")
    assert (state(crawl, work), found(crawl)) == ("done", [])
    assert crawl.ledger.queries.names_any(crawl.domain_id, crawl.id)


def test_an_answer_that_ends_within_a_row_is_asked_for_again(crawl: Crawling) -> None:
    work = crawl.query()
    answer(crawl, work, row("http://example.com/privacy", "com,example)/privacy") + "com,example)/privacy 2005")
    assert (state(crawl, work), found(crawl)) == ("planned", [])


def test_a_resume_key_goes_on_with_the_query(crawl: Crawling) -> None:
    work = crawl.query()
    answer(crawl, work, row(URL, "com,example)/privacy") + "\ncom%2Cexample%29%2Fprivacy+2005\n")
    (again,) = crawl.ledger.queries.claim(crawl.id, 10, 0)
    assert (again.id, again.resume_key) == (work.id, "com%2Cexample%29%2Fprivacy+2005")


@pytest.mark.parametrize(("text", "status", "truncated"), [("<html>", 200, False), ("", 503, False), ("", 200, True)])
def test_what_is_no_answer_is_asked_for_again_and_in_the_end_incomplete(
    text: str, status: int, truncated: bool, crawl: Crawling
) -> None:
    work = crawl.query()
    for _ in range(TRIES - 1):
        answer(crawl, work, text, status, truncated=truncated)
        assert state(crawl, work) == "planned"
        (work,) = crawl.ledger.queries.claim(crawl.id, 10, 1e12)
    answer(crawl, work, text, status, truncated=truncated)
    assert state(crawl, work) == "incomplete"


@pytest.mark.parametrize(
    ("page_rows", "rows_asked"), [(10_000, [10_000, 5000, 2500]), (150, [150, 100, 100]), (10, [10, 10, 10])]
)
def test_a_query_that_finds_the_index_busy_asks_for_half_of_the_rows_the_next_time_and_for_100_at_least(
    page_rows: int, rows_asked: list[int], crawl: Crawling
) -> None:
    crawl.ledger.queries.page_rows = page_rows
    work, asked = crawl.query(), []
    while state(crawl, work) != "incomplete":
        asked.append(work.page_rows)
        answer(crawl, work, "", 503)
        (work,) = crawl.ledger.queries.claim(crawl.id, 10, 1e12) or [work]
    assert asked == rows_asked


@pytest.mark.parametrize("status", [400, 403, 414, 431, 500, 504])
def test_a_search_that_is_refused_is_made_with_a_handful_of_words_and_never_the_same_one_again(
    status: int, crawl: Crawling
) -> None:
    work, asked = crawl.query(), []
    while state(crawl, work) != "incomplete":
        asked.append(InternetArchive().query_url(IndexAnswers(crawl).query(work)))  # type: ignore[arg-type]
        answer(crawl, work, "", status)
        (work,) = crawl.ledger.queries.claim(crawl.id, 10, 1e12) or [work]
    first, second = asked
    assert len(second) < len(first) / 2
    assert crawl.ledger.domains.known(crawl.domain_id, crawl.id).incomplete == f"HTTP {status} from the CDX server"


def test_a_search_that_is_refused_in_its_middle_goes_on_with_a_handful_of_words(crawl: Crawling) -> None:
    work = crawl.query()
    answer(crawl, work, row(URL, "com,example)/privacy") + "\nNEXT\n")
    (work,) = crawl.ledger.queries.claim(crawl.id, 10, 0)
    answer(crawl, work, "", 414)
    (work,) = crawl.ledger.queries.claim(crawl.id, 10, 1e12)
    assert (work.resume_key, work.words) == ("NEXT", "few")
    assert not crawl.ledger.domains.known(crawl.domain_id, crawl.id).is_by_few_words
    answer(crawl, work, "")
    assert crawl.ledger.domains.known(crawl.domain_id, crawl.id).is_by_few_words


@pytest.mark.parametrize("status", [400, 403, 414, 431, 500, 504])
@pytest.mark.parametrize(
    ("match_type", "page_rows", "rows_asked"),
    [("exact", 10_000, [10_000, 1000, 100]), ("exact", 500, [500, 100]), ("exact", 50, [50]), ("host", 10_000, [1])],
)
def test_a_query_for_one_address_that_is_refused_asks_for_a_tenth_of_the_rows_and_never_for_the_same_again(
    match_type: str, page_rows: int, rows_asked: list[int], status: int, crawl: Crawling
) -> None:
    crawl.ledger.queries.page_rows = page_rows
    work, asked = crawl.query("http://example.com/cats", match_type, "given"), []
    while state(crawl, work) != "incomplete":
        asked.append(IndexAnswers(crawl).query(work).limit)  # type: ignore[arg-type]
        answer(crawl, work, "", status)
        (work,) = crawl.ledger.queries.claim(crawl.id, 10, 1e12) or [work]
    assert asked == rows_asked
    assert crawl.ledger.domains.known(crawl.domain_id, crawl.id).incomplete == f"HTTP {status} from the CDX server"


@pytest.mark.parametrize(("compress", "coding"), [(gzip.compress, "gzip"), (zlib.compress, "deflate")])
@pytest.mark.parametrize("is_declared", [True, False])
def test_an_answer_that_is_compressed_though_that_was_not_asked_for_is_read(
    compress: Callable[[bytes], bytes], coding: str, is_declared: bool, crawl: Crawling
) -> None:
    work = crawl.query()
    packed = compress(row(URL, "com,example)/privacy").encode())
    answer(crawl, work, packed, headers=(("content-encoding", coding),) if is_declared else ())
    assert (found(crawl), state(crawl, work)) == ([URL], "done")


@pytest.mark.parametrize("keep", [slice(0, -20), slice(0, 40)])
def test_a_compressed_answer_that_is_cut_short_is_no_full_answer(keep: slice, crawl: Crawling) -> None:
    work = crawl.query()
    rows = "".join(row(f"{URL}/{number}", f"com,example)/privacy/{number}") for number in range(500))
    answer(crawl, work, gzip.compress(rows.encode())[keep])
    assert (found(crawl), state(crawl, work)) == ([], "planned")


def test_a_compressed_answer_that_unpacks_without_end_is_cut_and_no_full_answer(
    crawl: Crawling, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.page.content_coding.MAX_BYTES", 10_000)
    work = crawl.query()
    answer(crawl, work, gzip.compress(row(URL, "com,example)/privacy").encode() * 10_000))
    assert (found(crawl), state(crawl, work)) == ([], "planned")


def test_an_excluded_domain_is_given_up(crawl: Crawling) -> None:
    answer(crawl, crawl.query(), EXCLUSION, 403)
    assert crawl.ledger.domains.known(crawl.domain_id, crawl.id).is_excluded
    assert not crawl.ledger.domains.has_work(crawl.domain_id)


def test_an_excluded_site_that_a_link_leads_to_says_nothing_of_the_domain(crawl: Crawling) -> None:
    work = crawl.query("http://policies.example.org/privacy", "exact", "homepage_link")
    answer(crawl, work, EXCLUSION, 403)
    assert state(crawl, work) == "excluded"
    assert not crawl.ledger.domains.known(crawl.domain_id, crawl.id).is_excluded


def test_what_was_taken_is_not_taken_twice(crawl: Crawling) -> None:
    targets = [Target("example.org"), Target("example.net", "http://example.net/p"), Target("example.org")]
    for _ in range(2):
        asyncio.run(IndexAnswers(crawl).take(targets))  # type: ignore[arg-type]
    queries = crawl.ledger.queries.claim(crawl.id, 10, 0)
    assert [(work.url, work.match_type) for work in queries] == [
        ("example.org", "domain"),
        ("http://example.net/p", "exact"),
    ]

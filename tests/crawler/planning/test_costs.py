"""What each plan would fetch of a domain."""

from __future__ import annotations

from collections.abc import Sequence

from crawler.archives.cdx import Capture
from crawler.planning.costs import Requests, addresses, known_captures, requests
from pipelines.surt import key_of

PRIVACY, COOKIES = "http://a.test/privacy", "http://a.test/cookies"


def row(timestamp: str, url: str = PRIVACY, *, digest: str = "", status: int | None = 200) -> Capture:
    """A row of the index; each has bytes of its own unless it is told a digest."""
    full = timestamp + "00000101000000"[len(timestamp) :]
    return Capture(key_of(url), full, url, "text/html", status, digest or f"D{url}{full}", 100)


def twice_a_year(first: int, last: int, url: str = PRIVACY, **more: str) -> list[Capture]:
    return [row(f"{year}{month}", url, **more) for year in range(first, last + 1) for month in ("03", "09")]


def costs(rows: Sequence[Capture], plan: str) -> Requests:
    return requests(known_captures(rows), plan)


def test_a_grid_takes_one_capture_of_each_half_year_and_all_takes_each_body() -> None:
    rows = [*twice_a_year(2001, 2010), row("200104"), row("200105", digest="same"), row("200106", digest="same")]
    assert costs(rows, "grid") == Requests(20, 20, 20)
    assert costs(rows, "all") == Requests(22, 22, 22)


def test_versions_takes_more_the_more_often_texts_change() -> None:
    found = costs(twice_a_year(2001, 2020), "versions")
    assert 10 <= found.fewest < found.yearly <= found.most == 40


def test_captures_with_the_same_bytes_are_fetched_once() -> None:
    assert costs(twice_a_year(2001, 2020, digest="same"), "versions") == Requests(1, 1, 1)


def test_redirects_and_errors_cost_requests_as_well() -> None:
    rows = [row("2001"), row("2005", status=301), row("2009", status=404), row("2012", status=None)]
    assert costs(rows, "grid") == Requests(4, 4, 4)


def test_of_nothing_each_plan_costs_nothing() -> None:
    assert costs([], "versions") == costs([], "all") == Requests(0, 0, 0)
    assert addresses([]) == []


def test_addresses_come_best_first_with_their_captures_of_each_year() -> None:
    rows = [*twice_a_year(2003, 2004, COOKIES), row("2001"), row("200103"), row("2003", digest="same")]
    first, second = addresses(known_captures([*rows, row("2003", digest="same")]))
    assert (first.url, first.captures, first.different, first.by_year) == (PRIVACY, 3, 3, {"2001": 2, "2003": 1})
    assert (second.url, second.captures, second.by_year) == (COOKIES, 4, {"2003": 2, "2004": 2})
    assert first.is_fetched and second.is_fetched


def test_addresses_that_a_crawl_would_leave_are_told_as_such_behind_the_others() -> None:
    news = "http://a.test/news/2012/05/our-privacy"
    rows = [row("2012", f"http://a.test/{letter}/privacy-policy") for letter in "abcdefghijkl"] + [row("2012", news)]
    found = addresses(known_captures(rows))
    assert [one.is_fetched for one in found] == [True] * 10 + [False] * 3
    assert news in [one.url for one in found[10:]]

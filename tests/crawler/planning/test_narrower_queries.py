"""What is asked of an index that can't answer for a whole domain, or stopped amid an answer."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.ledger.queries import QueryWork
from tests.support.planned_domain import TIMEOUT, Domain


def narrow(domain: Domain) -> Iterator[list[QueryWork]]:
    """The steps of narrower queries of a domain whose homepages show nothing; each has to be answered by the test."""
    domain.fail(domain.next_queries())
    domain.visit_in_vain()
    while queries := domain.next_queries():
        yield queries


def test_a_domain_too_large_for_the_index_is_searched_by_homepages_then_addresses_then_prefixes_then_years(
    domain: Domain,
) -> None:
    asked = []
    for queries in narrow(domain):
        asked += [query.match_type for query in queries]
        domain.answer(queries[0])
        domain.fail(queries[1:])
    assert [kind for at, kind in enumerate(asked) if kind not in asked[:at]] == ["exact", "prefix", "domain"]
    assert domain.ending == ("done", "incomplete", TIMEOUT)


def test_where_the_index_answers_nothing_of_a_domain_it_is_asked_only_once_more(domain: Domain) -> None:
    asked = 0
    for queries in narrow(domain):
        asked += len(queries)
        domain.fail(queries)
    assert asked == 1
    assert domain.ending == ("done", "incomplete", TIMEOUT)


def test_a_narrower_query_that_finds_the_policy_is_the_last_one_and_the_domain_stays_incomplete(
    domain: Domain,
) -> None:
    (query,) = next(narrow(domain))
    domain.answer(query, "20100101 http://a.com/privacy")
    domain.read(domain.next_captures(), "privacy_policy")
    domain.visit_in_vain()
    assert domain.next_queries() == []
    assert domain.ending == ("done", "incomplete", TIMEOUT)


def test_narrower_queries_ask_for_as_many_rows_as_the_crawl_does(domain: Domain) -> None:
    asked = []
    for queries in narrow(domain):
        asked += [query.page_rows for query in queries]
        domain.answer(queries[0])
        domain.fail(queries[1:])
    assert len(asked) > 20 and set(asked) == {50}


def cut_off(domain: Domain, query: QueryWork, *captures: str) -> None:
    """The index gives a page of an answer, and then nothing more."""
    domain.answer(query, *captures, key="more")
    (query,) = domain.ledger.queries.claim(domain.crawl_id, 10, time.time())
    domain.fail([query])


def test_a_search_that_was_cut_off_goes_on_year_by_year_though_it_found_a_policy(domain: Domain) -> None:
    cut_off(domain, *domain.next_queries(), "20100101 http://a.com/aa/privacy")
    domain.read(domain.next_captures(), "privacy_policy")
    domain.visit_in_vain()
    asked = []
    while queries := domain.next_queries():
        asked.append({query.match_type for query in queries})
        for query in queries:
            domain.answer(query, *["20100601 http://a.com/zz/privacy"] * (query.until == "2010"))
        domain.read(domain.next_captures(), "privacy_policy")
    assert asked == [{"domain"}, {"domain"}]
    assert {capture.url for capture in domain.ledger.captures.of(domain.id)} == {
        "http://a.com/aa/privacy",
        "http://a.com/zz/privacy",
    }
    assert domain.ending == ("done", "found", None)


def test_a_search_that_was_cut_off_and_cannot_be_read_by_year_either_is_incomplete(domain: Domain) -> None:
    cut_off(domain, *domain.next_queries(), "20100101 http://a.com/aa/privacy")
    domain.read(domain.next_captures(), "privacy_policy")
    domain.visit_in_vain()
    (query,) = domain.next_queries()
    domain.fail([query])
    assert domain.next_queries() == []
    assert domain.ending == ("done", "incomplete", TIMEOUT)


def test_a_domain_read_year_by_year_is_complete(domain: Domain) -> None:
    for queries in narrow(domain):
        for query in queries:
            domain.answer(query)
    assert domain.ending[:2] == ("done", "no_policy_found")


@pytest.mark.parametrize(
    ("dates", "asked"),
    [
        ({"since": "2010", "until": "2012"}, [("2010", "2010"), ("2011", "2011"), ("2012", "2012")]),
        ({"since": "201006", "until": "201203"}, [("201006", "2010"), ("2011", "2011"), ("2012", "201203")]),
        ({"since": "2011", "until": "2012"}, [("2011", "2011"), ("2012", "2012")]),
        ({"since": "20100615", "until": "2010"}, []),
    ],
)
def test_the_years_asked_for_one_by_one_are_those_of_the_crawl(
    tmp_path: Path, dates: dict[str, str], asked: list[tuple[str | None, str | None]]
) -> None:
    domain = Domain(tmp_path, **dates)
    years = []
    for queries in narrow(domain):
        years += [(query.since, query.until) for query in queries if query.match_type == "domain"]
        for query in queries:
            domain.answer(query)
    assert sorted(years) == asked


def test_a_page_as_full_as_asked_for_and_without_a_key_is_read_on_year_by_year(tmp_path: Path) -> None:
    domain = Domain(tmp_path, until="2026")
    (query,) = domain.next_queries()
    domain.answer(
        query, *(f"2010{month:02d}{day:02d} http://a.com/privacy" for month in (1, 2) for day in range(1, 26))
    )
    domain.read(domain.next_captures(), "privacy_policy")
    while captures := domain.next_captures():
        domain.read([capture for capture in captures if capture.role == "policy"], "privacy_policy")
        for capture in captures:
            if capture.role == "homepage":
                domain.ledger.captures.settle(capture, "looked_at", served=capture.timestamp)
    (middle,) = domain.next_queries()
    assert (middle.match_type, middle.since) == ("domain", "2012")
    domain.answer(middle)
    years = domain.next_queries()
    for year in years:
        domain.answer(year)
    assert len(years) > 20 and domain.ending == ("done", "found", None)

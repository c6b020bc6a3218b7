"""The likely addresses that playback is asked for, and what addresses tell of an index that did not bring them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crawler.known import WantedQuery
from crawler.ledger.captures import VISIT_AGAIN
from crawler.planning.likely import LIKELY_ADDRESSES
from crawler.planning.next_step import STOPS_EARLY
from tests.support.planned_domain import TIMEOUT, Domain


def test_before_absence_is_said_playback_is_asked_for_the_likely_addresses(domain: Domain) -> None:
    domain.answer(*domain.next_queries())
    asked = domain.likely()
    assert [work.url for work in asked] == [f"http://a.com/{path}" for path in LIKELY_ADDRESSES]
    domain.offer(asked)
    domain.find_no_other_language()
    assert domain.ending == ("done", "no_policy_found", "neither by address nor by a homepage's link")


def test_where_a_policy_is_found_playback_is_not_asked_for_likely_addresses(domain: Domain) -> None:
    domain.answer(*domain.next_queries(), "20100101 http://a.com/privacy")
    domain.read(domain.next_captures(), "privacy_policy")
    assert domain.likely() == []


def test_an_address_that_the_index_has_named_is_not_asked_of_playback(domain: Domain) -> None:
    domain.answer(*domain.next_queries(), "20100101 http://a.com/privacy/")
    for capture in domain.next_captures():
        domain.ledger.captures.settle(capture, "not_policy")
    assert [work.url for work in domain.likely()] == [f"http://a.com/{path}" for path in LIKELY_ADDRESSES[1:]]


def test_a_capture_that_playback_names_is_read_and_its_address_asked_of_the_index(domain: Domain) -> None:
    domain.answer(*domain.next_queries())
    domain.offer(domain.likely(), "privacy-policy", "legal/privacy")
    (capture,) = domain.next_captures()
    assert (capture.url, capture.timestamp) == ("http://a.com/privacy-policy", "20150301120000")
    domain.read([capture], "privacy_policy")
    domain.read(domain.next_captures(), "privacy_policy")
    domain.visit_in_vain()
    asked = []
    while queries := domain.next_queries():
        asked += [(query.url, query.match_type) for query in queries]
        domain.answer(queries[0], "20150301120000 " + queries[0].url, "20160101 " + queries[0].url)
        domain.read(domain.next_captures(), "privacy_policy")
    assert asked == [("http://a.com/privacy-policy", "exact"), ("http://a.com/legal/privacy", "exact")]
    assert domain.ending == ("done", "found", STOPS_EARLY.format("http://a.com/privacy-policy"))
    may_pass, known_through = domain.ledger.db.execute("SELECT may_pass, known_through FROM domains").fetchone()
    assert not may_pass and known_through is not None, "it is no less than found"


def test_an_address_that_the_search_had_to_bring_and_did_not_shows_that_the_index_stops_early(domain: Domain) -> None:
    domain.led_to("http://a.com/help/privacy", "privacy_policy")
    reason = STOPS_EARLY.format("http://a.com/help/privacy")
    assert domain.ending == ("done", "found", reason)
    domain.crawl_again()
    domain.ledger.queries.add(domain.crawl_id, domain.id, WantedQuery("http://a.com/help/privacy"))
    for query in domain.next_queries():
        domain.answer(query, "20100101 http://a.com/help/privacy")
    domain.read_all("privacy_policy")
    assert domain.ending == ("done", "found", reason), "what is known only grows"


def test_where_the_index_stops_early_and_no_policy_is_found_the_domain_is_incomplete(domain: Domain) -> None:
    domain.led_to("http://a.com/help/privacy", "cookie_policy")
    domain.find_no_other_language()
    assert domain.ending == ("done", "incomplete", STOPS_EARLY.format("http://a.com/help/privacy"))


@pytest.mark.parametrize("url", ["http://a.com/node/27", "http://b.com/privacy", "http://a.com/search?q=privacy"])
def test_an_address_that_no_search_would_have_brought_shows_nothing_of_the_index(url: str, domain: Domain) -> None:
    domain.led_to(url, "privacy_policy")
    assert domain.ending == ("done", "found", None)


def test_an_address_that_a_later_crawl_is_led_to_first_shows_nothing_of_the_index(domain: Domain) -> None:
    domain.answer(*domain.next_queries(), "20100101 http://a.com/help/privacy")
    domain.read_all("privacy_policy")
    domain.crawl_again()
    domain.ledger.queries.add(domain.crawl_id, domain.id, WantedQuery("http://a.com/help/privacy"))
    for query in domain.next_queries():
        domain.answer(query)
    domain.read_all("privacy_policy")
    assert domain.ending == ("done", "found", None)


def test_a_likely_address_that_holds_no_policy_leaves_the_domain_without_one(domain: Domain) -> None:
    domain.answer(*domain.next_queries())
    domain.offer(domain.likely(), "privacy")
    for capture in domain.next_captures():
        domain.ledger.captures.settle(capture, "not_policy")
    domain.answer(*domain.next_queries())
    domain.find_no_other_language()
    assert domain.ending[:2] == ("done", "no_policy_found")


def test_a_likely_address_that_could_not_be_loaded_leaves_the_domain_incomplete(domain: Domain) -> None:
    domain.answer(*domain.next_queries())
    domain.miss(domain.likely())
    domain.find_no_other_language()
    assert domain.ending == ("done", "incomplete", TIMEOUT)


def test_a_later_crawl_asks_for_likely_addresses_again_though_not_the_next(domain: Domain) -> None:
    domain.answer(*domain.next_queries())
    domain.offer(domain.likely())
    domain.find_no_other_language()
    for after, asked in ((timedelta(0), 0), (VISIT_AGAIN, len(LIKELY_ADDRESSES))):
        domain.crawl_again(after=after)
        domain.answer(*domain.next_queries())
        works = domain.likely()
        assert len(works) == asked
        domain.offer(works)
        domain.find_no_other_language()

"""What a domain wants next, on a real ledger: queries and captures are answered by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from crawler.archives.cdx import Capture, Page
from crawler.arguments import Arguments
from crawler.known import Words
from crawler.ledger.advance import Advanced, advance
from crawler.ledger.captures import VISIT_AGAIN
from crawler.planning.next_step import FEW_WORDS, NO_HOMEPAGE, ONLY_SCRIPTS, UNREAD
from tests.support.planned_domain import TIMEOUT, Domain


def test_nothing_is_planned_while_something_is_under_way(domain: Domain) -> None:
    (query,) = domain.next_queries()
    assert domain.next_queries() == [] and domain.next_captures() == []
    domain.answer(query, "20100101 http://a.com/privacy")
    assert len(domain.next_captures()) == 1


def test_a_step_tells_what_may_come_later_and_a_domain_that_is_done_nothing(domain: Domain) -> None:
    def step() -> Advanced | None:
        return advance(domain.ledger, domain.crawl_id, domain.id, domain.arguments)

    (query,) = domain.next_queries()
    domain.answer(query, *(f"20{year:02}0101 http://a.com/privacy" for year in range(5, 15)))
    first = step()
    assert first is not None and first.later is not None and first.later.most > 0
    domain.read(domain.next_captures(), "privacy_policy")
    while captures := domain.next_captures():
        domain.read(captures, "privacy_policy")
    done = [step(), step()]
    assert [told and told.later for told in done] == [None, None]


def test_a_domain_without_captures_of_policy_or_homepage_is_not_archived(domain: Domain) -> None:
    domain.answer(*domain.next_queries())
    assert len(domain.visit_in_vain("not_archived")) == 1
    (query,) = domain.next_queries()
    assert (query.url, query.match_type) == ("a.com", "host")
    domain.answer(query)
    assert domain.ending[:2] == ("done", "not_archived")


def test_a_domain_without_a_homepage_of_which_the_index_lists_other_pages_is_incomplete(domain: Domain) -> None:
    domain.answer(*domain.next_queries())
    domain.visit_in_vain("not_archived")
    (query,) = domain.next_queries()
    page = Page([Capture("com,a)/cats", "20100101000000", "http://a.com/cats", "text/html", 200, "A", 1)], "more", 0)
    domain.ledger.queries.save_page(query, page, keep=[False])
    domain.find_no_other_language()
    assert domain.ending == ("done", "incomplete", NO_HOMEPAGE)


def test_a_domain_whose_homepages_show_no_link_has_no_policy_to_find(domain: Domain) -> None:
    domain.answer(*domain.next_queries())
    assert len(domain.visit_in_vain()) == 5
    domain.find_no_other_language()
    assert domain.ending[:2] == ("done", "no_policy_found")


def test_a_domain_whose_homepage_could_not_be_loaded_is_incomplete_and_looked_at_again_by_a_later_crawl(
    domain: Domain,
) -> None:
    domain.answer(*domain.next_queries())
    first = domain.next_captures()
    domain.miss(first)
    assert len(domain.visit_in_vain()) == 4
    domain.find_no_other_language()
    assert domain.ending == ("done", "incomplete", TIMEOUT)
    domain.crawl_again()
    domain.answer(*domain.next_queries())
    assert [visit.timestamp[:4] for visit in domain.next_captures()] == [visit.timestamp[:4] for visit in first]


@pytest.mark.parametrize("outcome", ["not_archived", "looked_at"])
def test_a_domain_without_a_policy_is_looked_at_again_by_a_later_crawl_though_not_by_the_next(
    outcome: str, domain: Domain
) -> None:
    def look() -> list[str]:
        domain.answer(*domain.next_queries())
        years = domain.visit_in_vain(outcome)
        if outcome == "looked_at":
            domain.find_no_other_language()
        return years

    first = look()
    domain.crawl_again()
    assert look() == []
    domain.crawl_again(after=VISIT_AGAIN)
    assert look() == first


def test_the_years_behind_the_last_policy_are_looked_at_again_by_a_later_crawl(domain: Domain) -> None:
    domain.answer(*domain.next_queries(), "20000101 http://a.com/privacy", "20200101 http://a.com/privacy")
    domain.read(domain.next_captures(), "privacy_policy")
    domain.read(domain.next_captures(), "privacy_policy")
    assert sorted(domain.visit_in_vain()) == ["1999", "2009", "2020"]
    domain.crawl_again(after=VISIT_AGAIN)
    domain.answer(*domain.next_queries())
    assert domain.visit_in_vain() == ["2020"]


def test_a_domain_whose_captures_could_not_be_loaded_is_incomplete_and_its_captures_are_tried_again_by_a_later_crawl(
    domain: Domain,
) -> None:
    domain.answer(*domain.next_queries(), "20100101 http://a.com/privacy")
    domain.miss(domain.next_captures())
    domain.visit_in_vain("not_archived")
    domain.find_no_other_language()
    assert domain.ending == ("done", "incomplete", TIMEOUT)
    domain.crawl_again()
    domain.answer(*domain.next_queries())
    domain.read(domain.next_captures(), "privacy_policy")
    domain.visit_in_vain()
    assert domain.ending == ("done", "found", None)


def test_a_capture_that_could_not_be_loaded_beside_others_that_are_no_policy_leaves_nothing_open(
    domain: Domain,
) -> None:
    domain.answer(*domain.next_queries(), "20100101 http://a.com/privacy", "20150101 http://a.com/privacy")
    read, *missed = domain.next_captures()
    domain.ledger.captures.settle(read, "not_policy")
    domain.miss(missed or domain.next_captures())
    domain.visit_in_vain()
    domain.find_no_other_language()
    assert domain.ending[:2] == ("done", "no_policy_found")


def test_a_domain_with_nothing_but_a_cookie_policy_is_searched_and_has_no_policy(domain: Domain) -> None:
    domain.answer(*domain.next_queries(), "20100101 http://a.com/cookie-policy")
    domain.read(domain.next_captures(), "cookie_policy")
    assert len(domain.visit_in_vain()) == 5
    domain.find_no_other_language()
    assert domain.ending[:2] == ("done", "no_policy_found")


def test_a_domain_with_a_policy_ends_as_found(domain: Domain) -> None:
    domain.answer(*domain.next_queries(), "20100101 http://a.com/privacy")
    domain.read(domain.next_captures(), "privacy_policy")
    domain.visit_in_vain()
    assert domain.ending == ("done", "found", None)


def test_the_best_address_is_tried_with_one_capture_before_anything_else_is_fetched(domain: Domain) -> None:
    years = [f"{year}0101" for year in range(1998, 2025)]
    domain.answer(
        *domain.next_queries(),
        *(f"{date} http://a.com/privacy" for date in years),
        *(f"{date} http://a.com/cookies" for date in years),
    )
    (probe,) = domain.next_captures()
    assert probe.url == "http://a.com/privacy"
    domain.read([probe], "privacy_policy")
    assert {capture.url for capture in domain.next_captures()} == {"http://a.com/privacy", "http://a.com/cookies"}


def test_what_other_languages_call_a_policy_is_searched_for_once_where_nothing_else_told_it(domain: Domain) -> None:
    domain.answer(*domain.next_queries())
    domain.visit_in_vain()
    (query,) = domain.next_queries()
    assert (query.url, query.match_type, query.words) == ("a.com", "domain", Words.OTHER)
    domain.answer(query, "20100101 http://a.com/gizlilik")
    domain.read(domain.next_captures(), "privacy_policy")
    domain.visit_in_vain()
    assert domain.next_queries() == []
    assert domain.ending == ("done", "found", None)


def test_a_search_for_other_languages_without_an_answer_leaves_the_domain_incomplete_and_asks_for_nothing_more(
    domain: Domain,
) -> None:
    domain.answer(*domain.next_queries())
    domain.visit_in_vain()
    domain.fail(domain.next_queries())
    assert domain.next_queries() == []
    assert domain.ending == ("done", "incomplete", TIMEOUT)


def test_a_domain_that_could_be_searched_by_a_few_words_only_is_incomplete_unless_they_find_the_policy(
    domain: Domain,
) -> None:
    (query,) = domain.next_queries()
    domain.ledger.queries.retry(replace(query, words=Words.FEW), 0, "HTTP 414")
    domain.answer(*domain.next_queries())
    domain.visit_in_vain()
    assert domain.next_queries() == []
    assert domain.ending == ("done", "incomplete", FEW_WORDS)


def test_an_excluded_domain_is_left_alone(domain: Domain) -> None:
    (query,) = domain.next_queries()
    domain.ledger.queries.end(query.id, "excluded", "Blocked Site Error")
    domain.ledger.domains.exclude(domain.id)
    assert domain.next_captures() == [] and domain.next_queries() == []
    assert domain.ending == ("done", "excluded", "the archive does not show this site")


def test_where_a_list_names_the_policies_no_homepage_is_asked(tmp_path: Path) -> None:
    domain = Domain(tmp_path)
    domain.arguments = Arguments("urls", "urls.txt")
    domain.answer(*domain.next_queries())
    assert domain.next_captures() == [] and domain.next_queries() == []
    assert domain.ending == ("done", "not_archived", "no capture of the addresses asked for")


def test_captures_none_of_which_could_be_read_are_not_called_no_policy(tmp_path: Path) -> None:
    domain = Domain(tmp_path)
    domain.arguments = Arguments("captures", "captures.parquet")
    domain.answer(*domain.next_queries())
    domain.ledger.captures.plan_given(domain.id, "http://a.com/privacy", "20100101000000")
    (capture,) = domain.next_captures()
    domain.ledger.captures.settle(capture, "unplayable", "the archive has no such capture")
    assert domain.ending == ("done", "incomplete", f"{UNREAD}: the archive has no such capture")


def test_captures_of_other_dates_than_those_asked_for_are_not_called_no_policy(tmp_path: Path) -> None:
    domain = Domain(tmp_path, since="2012")
    domain.answer(*domain.next_queries(), "20100101 http://a.com/privacy")
    domain.visit_in_vain()
    domain.find_no_other_language()
    _, outcome, detail = domain.ending
    assert outcome == "no_policy_found"
    assert detail is not None and "dates" in detail


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [("scripts", ONLY_SCRIPTS), ("unreadable", NO_HOMEPAGE), ("redirect", NO_HOMEPAGE), ("failed", NO_HOMEPAGE)],
)
def test_where_no_homepage_could_be_read_the_domain_is_incomplete(outcome: str, reason: str, domain: Domain) -> None:
    domain.answer(*domain.next_queries())
    domain.visit_in_vain(outcome)
    domain.find_no_other_language()
    assert domain.ending == ("done", "incomplete", reason)


def test_one_homepage_that_was_read_is_enough(domain: Domain) -> None:
    domain.answer(*domain.next_queries())
    (first,) = domain.next_captures()
    domain.ledger.captures.settle(first, "looked_at", served=first.timestamp)
    domain.visit_in_vain("scripts")
    domain.find_no_other_language()
    assert domain.ending[:2] == ("done", "no_policy_found")


def test_a_homepage_that_answers_rules_out_not_archived(domain: Domain) -> None:
    domain.answer(*domain.next_queries())
    (first,) = domain.next_captures()
    domain.ledger.captures.settle(first, "unreadable", served=first.timestamp)
    domain.visit_in_vain("not_archived")
    domain.find_no_other_language()
    assert domain.ending == ("done", "incomplete", NO_HOMEPAGE)


@pytest.mark.parametrize("outcome", ["failed", "unplayable"])
def test_captures_that_could_not_be_read_are_no_absence(outcome: str, domain: Domain) -> None:
    domain.answer(*domain.next_queries(), "20100101 http://a.com/privacy")
    for capture in domain.next_captures():
        domain.ledger.captures.settle(capture, outcome, "extraction: over 30 s")
    domain.visit_in_vain()
    domain.find_no_other_language()
    assert domain.ending == ("done", "incomplete", f"{UNREAD}: extraction: over 30 s")

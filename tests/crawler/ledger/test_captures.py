"""Captures: planned, claimed, served, settled; and what a redirect led to."""

import time
from dataclasses import replace

from crawler.known import Nearest, WantedQuery
from crawler.ledger import Ledger
from crawler.ledger.captures import CaptureWork, Judged
from tests.support.ledger import (
    ARCHIVE,
    ARGUMENTS,
    URL,
    answer,
    begin,
    capture,
    claim,
    claim_query,
    fetch,
    plan_all,
    reopened,
    states,
    write_part,
)

# --- captures: claimed, served, settled


def test_claims_of_a_dead_process_are_free_again(ledger: Ledger) -> None:
    crawl_id, domain_id = begin(ledger)
    answer(ledger, crawl_id, capture("2004"))
    ledger.queries.add(crawl_id, domain_id, WantedQuery(URL, "exact", "given"))
    plan_all(ledger, domain_id)
    query, (work,) = claim_query(ledger, crawl_id), claim(ledger, crawl_id)
    assert claim(ledger, crawl_id) == ledger.queries.claim(crawl_id, 10, time.time()) == []
    reopened(ledger)
    assert (claim_query(ledger, crawl_id), claim(ledger, crawl_id)) == (query, [work])


def test_only_known_captures_are_planned_and_only_planned_ones_claimed(ledger: Ledger) -> None:
    crawl_id, domain_id = begin(ledger)
    answer(ledger, crawl_id, capture("2004"), capture("2005", "B"))
    assert claim(ledger, crawl_id) == []
    first, second = ledger.captures.of(domain_id)
    ledger.captures.plan([first.id])
    (work,) = claim(ledger, crawl_id)
    ledger.captures.settle(work, "unplayable", "gone")
    ledger.captures.plan([first.id, second.id])
    assert [work.id for work in claim(ledger, crawl_id)] == [second.id]


def test_a_retried_capture_waits_and_counts_its_tries(ledger: Ledger) -> None:
    crawl_id, domain_id = begin(ledger)
    answer(ledger, crawl_id, capture("2004"))
    plan_all(ledger, domain_id)
    (work,) = claim(ledger, crawl_id)
    before = time.time()
    ledger.captures.retry(work.id, 60, "HTTP 503")
    after = time.time()
    assert claim(ledger, crawl_id) == []
    assert before + 60 <= (ledger.next_due(crawl_id, "playback") or 0) <= after + 60
    (again,) = ledger.captures.claim(crawl_id, 1, time.time() + 61)
    assert (again.id, again.tries) == (work.id, 1)


def test_the_same_capture_twice_in_the_index_is_stored_once(ledger: Ledger) -> None:
    crawl_id, domain_id = begin(ledger)
    answer(ledger, crawl_id, capture("2004", "A"), capture("2004", "B"))
    plan_all(ledger, domain_id)
    one, other = claim(ledger, crawl_id)
    assert fetch(ledger, one)
    assert not fetch(ledger, other)
    assert states(ledger) == [("fetched", "stored"), ("settled", "unchanged")]


def test_the_http_and_the_https_page_of_one_second_are_two_rows(ledger: Ledger) -> None:
    crawl_id, domain_id = begin(ledger)
    answer(ledger, crawl_id, capture("2004", "A"), capture("2004", "B", url=URL.replace("http:", "https:")))
    plan_all(ledger, domain_id)
    one, other = claim(ledger, crawl_id)
    assert fetch(ledger, one) and fetch(ledger, other)


def test_the_capture_asked_for_is_the_one_served(ledger: Ledger) -> None:
    crawl_id, domain_id = begin(ledger)
    answer(ledger, crawl_id, capture("2004"))
    plan_all(ledger, domain_id)
    (work,) = claim(ledger, crawl_id)
    assert ledger.captures.serve(work, URL.replace("http:", "https:"), work.timestamp, "url_keyword") == (work.id, True)


def test_the_capture_asked_for_is_the_one_served_whatever_key_the_index_has_for_it(ledger: Ledger) -> None:
    crawl_id, domain_id = begin(ledger)
    url = "http://example.com/legal/../privacy"
    answer(ledger, crawl_id, replace(capture("2004", url=url), urlkey="com,example)/privacy"))
    plan_all(ledger, domain_id)
    (work,) = claim(ledger, crawl_id)
    assert ledger.captures.serve(work, url, work.timestamp, "url_keyword") == (work.id, True)


def test_another_capture_served_is_taken_over_unless_it_is_under_way_or_settled(ledger: Ledger) -> None:
    crawl_id, domain_id = begin(ledger)
    answer(ledger, crawl_id, capture("2004"), capture("2005", "B"))
    first, second = ledger.captures.of(domain_id)
    ledger.captures.plan([first.id])
    (work,) = claim(ledger, crawl_id)
    assert ledger.captures.serve(work, URL, second.timestamp, "redirect") == (second.id, True)
    assert ledger.captures.serve(work, URL, second.timestamp, "redirect") == (second.id, False)


def test_a_capture_served_that_the_index_had_not_named_is_entered(ledger: Ledger) -> None:
    crawl_id, domain_id = begin(ledger)
    answer(ledger, crawl_id, capture("2004"))
    plan_all(ledger, domain_id)
    (work,) = claim(ledger, crawl_id)
    new_id, wanted = ledger.captures.serve(work, "http://example.com/legal", "20040102000000", "redirect")
    assert (wanted, new_id != work.id) == (True, True)
    new = next(known for known in ledger.captures.of(domain_id) if known.id == new_id)
    assert (new.url, new.found_by, new.state) == ("http://example.com/legal", "redirect", "claimed")


def test_the_index_names_a_served_capture_later_without_a_second_row(ledger: Ledger) -> None:
    crawl_id, domain_id = begin(ledger)
    answer(ledger, crawl_id, capture("2004"))
    plan_all(ledger, domain_id)
    (work,) = claim(ledger, crawl_id)
    target = "http://example.com/legal"
    new_id, _ = ledger.captures.serve(work, target, "20040102000000", "redirect")
    ledger.queries.add(crawl_id, domain_id, WantedQuery(target, "exact", "redirect"))
    answer(ledger, crawl_id, capture("20040102", "L", target))
    (new,) = (known for known in ledger.captures.of(domain_id) if known.url == target)
    assert (new.id, new.digest, new.found_by) == (new_id, "L", "redirect")


def test_a_target_near_in_time_is_known_by_its_time(ledger: Ledger) -> None:
    crawl_id, domain_id = begin(ledger)
    answer(ledger, crawl_id, capture("20040215"), capture("20040301", "B", status=301))
    assert ledger.captures.nearest(domain_id, URL, "20040215230000", but=0) == Nearest("20040215000000")
    assert ledger.captures.nearest(domain_id, URL, "20040217000000", but=0) == Nearest(None)
    assert ledger.captures.nearest(domain_id, "http://example.com/legal", "20040215000000", but=0) is None


def test_a_capture_is_not_near_itself(ledger: Ledger) -> None:
    crawl_id, domain_id = begin(ledger)
    answer(ledger, crawl_id, capture("20040215"))
    (known,) = ledger.captures.of(domain_id)
    assert ledger.captures.nearest(domain_id, URL.replace("http:", "https:"), known.timestamp, but=known.id) is None


def test_a_given_capture_is_planned_once(ledger: Ledger) -> None:
    crawl_id = ledger.begin_crawl(ARGUMENTS, ARCHIVE)
    domain_id, _ = ledger.domains.open(crawl_id, "example.com")
    for _ in range(2):
        ledger.captures.plan_given(domain_id, URL, "20040215000000")
    assert len(claim(ledger, crawl_id)) == 1
    ledger.captures.plan_given(domain_id, URL, "20040215000000")
    assert claim(ledger, crawl_id) == []


def test_a_given_capture_that_the_index_knows_is_that_one(ledger: Ledger) -> None:
    crawl_id, domain_id = begin(ledger)
    answer(ledger, crawl_id, capture("20040215", "A"))
    ledger.captures.plan_given(domain_id, URL, "20040215000000")
    (work,) = claim(ledger, crawl_id)
    assert work.digest == "A"


def test_homepages_are_asked_for_once_near_a_date(ledger: Ledger) -> None:
    crawl_id, domain_id = begin(ledger)
    answer(ledger, crawl_id)
    looks = [("20020701000000", None), ("20060701000000", 90)]
    assert ledger.homepages.plan(domain_id, "http://example.com/", looks) == 2
    assert ledger.homepages.plan(domain_id, "http://example.com/", looks[1:]) == 0
    works = claim(ledger, crawl_id)
    assert [(work.role, work.timestamp, work.window_days) for work in works] == [
        ("homepage", timestamp, days) for timestamp, days in looks
    ]
    ledger.captures.settle(works[0], "looked_at", "no link", served="20020615000000")
    assert [(visit.asked, visit.served) for visit in ledger.homepages.visits(domain_id)] == [
        ("20020701000000", "20020615000000"), ("20060701000000", None),
    ]  # fmt: skip


# --- what a redirect led to


def redirected(ledger: Ledger) -> tuple[str, CaptureWork, int]:
    """A capture whose redirect led to one that the index had not named, fetched but not yet on disk."""
    crawl_id, domain_id = begin(ledger)
    answer(ledger, crawl_id, capture("2004"))
    plan_all(ledger, domain_id)
    (work,) = claim(ledger, crawl_id)
    new_id, _ = ledger.captures.serve(work, "http://example.com/legal", "20040102000000", "redirect")
    return crawl_id, work, new_id


def test_after_a_crash_the_way_to_a_redirects_target_is_gone_again(ledger: Ledger) -> None:
    crawl_id, work, _ = redirected(ledger)
    assert claim(reopened(ledger), crawl_id) == [work]


def test_after_a_crash_a_redirect_is_followed_again_if_its_target_was_not_on_disk(ledger: Ledger) -> None:
    crawl_id, work, new_id = redirected(ledger)
    ledger.captures.fetched(new_id, Judged("stored", content_key="text", stored_url="x", status=200))
    ledger.captures.settle(work, "redirect", "to /legal", content_key="redirect:x", leads_to="x")
    assert claim(reopened(ledger), crawl_id) == [work]


def test_after_a_crash_a_redirect_stays_settled_if_its_target_was_on_disk(ledger: Ledger) -> None:
    crawl_id, work, new_id = redirected(ledger)
    ledger.captures.fetched(new_id, Judged("stored", content_key="text", stored_url="x", status=200))
    ledger.captures.settle(work, "redirect", "to /legal", content_key="redirect:x", leads_to="x")
    write_part(ledger, crawl_id, [new_id], until="renamed")
    assert claim(reopened(ledger), crawl_id) == []
    assert states(ledger) == [("settled", "redirect"), ("settled", "stored")]

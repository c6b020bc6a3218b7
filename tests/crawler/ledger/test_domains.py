"""The end of a domain, and what a crawl counts."""

import pytest

from crawler.known import WantedQuery
from crawler.ledger import Ledger
from pipelines.outcomes import DomainOutcome
from tests.support.ledger import (
    ARCHIVE,
    ARGUMENTS,
    URL,
    answer,
    begin,
    capture,
    claim,
    closed,
    domain_row,
    plan_all,
    reopened,
    rows,
)

# --- the end of a domain


def test_closing_says_of_every_capture_what_became_of_it(ledger: Ledger) -> None:
    closed(ledger)
    assert [(row["captured_at"][:4], row["outcome"], row["same_as"]) for row in rows(ledger)] == [
        ("2004", "unchanged", "20050000000000"),
        ("2005", "stored", None),
        ("2006", "skipped", None),
        ("2007", "skipped", None),
        ("2008", "unchanged", "20050000000000"),
    ]


@pytest.mark.parametrize("outcome", ["not_policy", "empty", "soft_block"])
def test_twins_of_what_is_no_policy_are_none_either(outcome: str, ledger: Ledger) -> None:
    closed(ledger, outcome)
    twins = [row for row in rows(ledger) if row["same_as"] is not None]
    assert [(row["captured_at"][:4], row["outcome"]) for row in twins] == [("2004", outcome), ("2008", outcome)]
    assert all("same bytes" in row["detail"] for row in twins)


def test_a_domain_is_done_and_wants_nothing_more(ledger: Ledger) -> None:
    domain_id = closed(ledger)
    crawl_id, _ = begin(ledger)
    assert not ledger.domains.has_work(domain_id)
    assert ledger.domains.unfinished(crawl_id) == []
    assert ledger.next_due(crawl_id, "cdx") is ledger.next_due(crawl_id, "playback") is None
    assert not ledger.has_work(crawl_id)


def test_a_domain_left_open_without_work_is_unfinished(ledger: Ledger) -> None:
    crawl_id, domain_id = begin(ledger)
    assert ledger.domains.unfinished(crawl_id) == []
    answer(ledger, crawl_id, capture("2004"))
    assert reopened(ledger).domains.unfinished(crawl_id) == [domain_id]


def test_a_later_crawl_may_want_what_an_earlier_one_did_not(ledger: Ledger) -> None:
    domain_id = closed(ledger)
    crawl_id = ledger.begin_crawl({"plan": "all"}, ARCHIVE)
    assert ledger.domains.open(crawl_id, "example.com") == (domain_id, True)
    assert [known.state for known in ledger.captures.of(domain_id)] == [
        "settled", "settled", "known", "known", "settled",
    ], "what is unchanged stays so"  # fmt: skip


def test_an_excluded_domain_asks_for_nothing_more_and_says_so(ledger: Ledger) -> None:
    crawl_id, domain_id = begin(ledger)
    answer(ledger, crawl_id, capture("2004"), capture("2005", "B"), capture("2006", "C"))
    first, second, _ = ledger.captures.of(domain_id)
    ledger.captures.plan([first.id, second.id])
    (work,) = claim(ledger, crawl_id, 1)
    ledger.queries.add(crawl_id, domain_id, WantedQuery(URL, "exact", "homepage_link"))
    ledger.captures.settle(work, "unplayable", "not shown")
    ledger.domains.exclude(domain_id)
    assert not ledger.domains.has_work(domain_id)
    assert ledger.domains.known(domain_id, crawl_id).is_excluded
    ledger.domains.close(domain_id, DomainOutcome.EXCLUDED, "not shown")
    assert {row["outcome"] for row in rows(ledger)} == {"unplayable"}
    row = domain_row(ledger)
    assert (row["outcome"], row["reason"], row["may_pass"]) == ("excluded", "not shown", False)
    assert row["excluded_since"] is not None and row["known_through"] is None


def test_progress_counts_domains_and_the_work_left(ledger: Ledger) -> None:
    crawl_id, domain_id = begin(ledger)
    answer(ledger, crawl_id, capture("2004"))
    plan_all(ledger, domain_id)
    begin(ledger, "other.example", {"source": "domain", "value": "other.example"})  # another crawl, given up
    assert ledger.progress(crawl_id) == {"domains_done": 0, "domains": 1, "cdx": 0, "playback": 1}


def test_outcomes_count_domains_and_captures(ledger: Ledger) -> None:
    closed(ledger)
    crawl_id = ledger.begin_crawl(ARGUMENTS, ARCHIVE)
    assert set(ledger.outcomes(crawl_id)) == {
        ("domain", "found", 1),
        ("capture", "stored", 1),
        ("capture", "unchanged", 2),
        ("capture", "skipped", 2),
    }

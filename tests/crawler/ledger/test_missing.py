"""What could not be had for a reason that may pass: the crawl's next run asks for it again, and for nothing else."""

import time

import pytest

from crawler.ledger import Ledger
from crawler.ledger.domains import RUNS
from crawler.ledger.queries import QueryWork
from pipelines.outcomes import DomainOutcome
from tests.support.ledger import (
    REQUESTS,
    answer,
    begin,
    capture,
    claim,
    claim_query,
    domain_row,
    fetch,
    plan_all,
    states,
    write_part,
)

NAME = "example.com"


def unanswered(ledger: Ledger, crawl_id: str, *, may_pass: bool = True) -> QueryWork:
    """The index does not answer the crawl's query at any try."""
    work = claim_query(ledger, crawl_id)
    ledger.queries.retry(work, 0, "HTTP 504")
    work = claim_query(ledger, crawl_id)
    ledger.queries.end(work.id, "incomplete", "HTTP 504", may_pass=may_pass)
    return work


def run(ledger: Ledger, outcome: DomainOutcome = DomainOutcome.INCOMPLETE, *, may_pass: bool = True) -> int:
    """A run in which the index does not answer; returns for how many domains the next one tries again."""
    crawl_id, domain_id = begin(ledger)
    unanswered(ledger, crawl_id, may_pass=may_pass)
    ledger.domains.close(domain_id, outcome, "HTTP 504")
    return end(ledger, crawl_id)


def end(ledger: Ledger, crawl_id: str) -> int:
    missing = ledger.domains.end_run(crawl_id)
    ledger.end_crawl(crawl_id, 3 if missing else 0, REQUESTS)
    return missing


def may_pass(ledger: Ledger) -> bool:
    return bool(domain_row(ledger)["may_pass"])


def test_a_query_that_may_be_answered_another_time_is_asked_again_by_the_next_run(ledger: Ledger) -> None:
    assert run(ledger) == 1
    assert may_pass(ledger)
    crawl_id, _ = begin(ledger)
    work = claim_query(ledger, crawl_id)
    assert (work.url, work.tries, work.page_rows) == (NAME, 0, ledger.queries.page_rows)


def test_other_domains_are_not_asked_again(ledger: Ledger) -> None:
    crawl_id, _ = begin(ledger, "settled.example")
    answer(ledger, crawl_id, capture("2004", url="http://settled.example/privacy"))
    ledger.domains.close(1, DomainOutcome.NO_POLICY_FOUND)
    assert run(ledger) == 1
    crawl_id, _ = begin(ledger)
    assert [work.domain for work in ledger.queries.claim(crawl_id, 10, time.time())] == [NAME]
    assert claim(ledger, crawl_id) == []


def test_after_some_runs_the_reason_is_lasting_and_the_crawl_is_finished(ledger: Ledger) -> None:
    first, _ = begin(ledger)
    assert [run(ledger) for _ in range(RUNS)] == [1] * (RUNS - 1) + [0]
    assert (domain_row(ledger)["outcome"], may_pass(ledger)) == ("incomplete", False)
    assert begin(ledger)[0] != first


def test_for_a_later_crawl_a_lasting_reason_stays_lasting_until_an_answer_comes(ledger: Ledger) -> None:
    for _ in range(RUNS):
        run(ledger)
    assert run(ledger) == 0
    crawl_id, domain_id = begin(ledger)
    answer(ledger, crawl_id)
    ledger.domains.close(domain_id, DomainOutcome.NOT_ARCHIVED)
    end(ledger, crawl_id)
    assert run(ledger) == 1


def test_a_reason_that_does_not_pass_is_not_tried_again(ledger: Ledger) -> None:
    assert run(ledger, may_pass=False) == 0
    assert not may_pass(ledger)


def test_a_query_that_others_made_up_for_is_not_asked_again(ledger: Ledger) -> None:
    assert run(ledger, DomainOutcome.FOUND) == 0


def test_a_run_that_was_cut_short_counts_for_the_domains_that_it_was_done_with(ledger: Ledger) -> None:
    run(ledger)
    crawl_id, _ = begin(ledger)
    assert ledger.domains.end_run(crawl_id) == 0
    ledger.end_crawl(crawl_id, 4, REQUESTS)
    assert [run(ledger) for _ in range(RUNS - 1)] == [1] * (RUNS - 2) + [0]


@pytest.mark.parametrize("outcome", [DomainOutcome.FOUND, DomainOutcome.INCOMPLETE])
def test_a_capture_that_could_not_be_loaded_is_asked_for_again(outcome: DomainOutcome, ledger: Ledger) -> None:
    crawl_id, domain_id = begin(ledger)
    answer(ledger, crawl_id, capture("2004"), capture("2005", "B"), capture("2006", "C"))
    plan_all(ledger, domain_id)
    loaded, failing, absent = claim(ledger, crawl_id)
    fetch(ledger, loaded)
    write_part(ledger, crawl_id, [loaded.id])
    ledger.captures.give_up(failing, "unplayable", "HTTP 503")
    ledger.captures.settle(absent, "unplayable", "the archive has no such capture")
    ledger.domains.close(domain_id, outcome)
    assert (end(ledger, crawl_id), may_pass(ledger)) == (1, True)
    crawl_id, _ = begin(ledger)
    (again,) = claim(ledger, crawl_id)
    assert (again.id, again.tries) == (failing.id, 0)
    assert states(ledger) == [("settled", "stored"), ("claimed", None), ("settled", "unplayable")]


def test_a_homepage_that_could_not_be_loaded_is_visited_again(ledger: Ledger) -> None:
    crawl_id, domain_id = begin(ledger)
    answer(ledger, crawl_id)
    ledger.homepages.plan(domain_id, "http://example.com/", [("20040215120000", None)])
    (visit,) = claim(ledger, crawl_id)
    ledger.captures.give_up(visit, "unplayable", "HTTP 503")
    ledger.domains.close(domain_id, DomainOutcome.INCOMPLETE, "HTTP 503")
    assert end(ledger, crawl_id) == 1
    crawl_id, _ = begin(ledger)
    assert [work.timestamp for work in claim(ledger, crawl_id)] == ["20040215120000"]


def test_what_was_given_up_when_the_run_was_cut_short_is_asked_for_again_too(ledger: Ledger) -> None:
    crawl_id, _ = begin(ledger)
    unanswered(ledger, crawl_id)
    ledger.end_crawl(crawl_id, 4, REQUESTS)
    crawl_id, _ = begin(ledger)
    assert claim_query(ledger, crawl_id).tries == 0


def test_what_the_archive_does_not_show_is_not_asked_for_again(ledger: Ledger) -> None:
    assert run(ledger, DomainOutcome.EXCLUDED) == 0

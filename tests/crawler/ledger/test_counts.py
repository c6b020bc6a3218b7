"""What there is of each crawl is counted as it changes, whatever statement changes it."""

from __future__ import annotations

import pytest

from crawler.known import WantedQuery
from crawler.ledger import Ledger
from crawler.ledger.counts import counts
from tests.support.ledger import answer, begin, capture, claim, closed, miscounted, plan_all


def test_a_new_ledger_has_counted_nothing(ledger: Ledger) -> None:
    assert miscounted(ledger) == {}
    assert counts(ledger.db, "domain") == {}


def test_a_crawls_domains_captures_and_work_are_counted(ledger: Ledger) -> None:
    crawl_id, domain_id = begin(ledger)
    assert counts(ledger.db, "queries", crawl_id) == {"planned": 1}
    answer(ledger, crawl_id, capture("2004"), capture("2005", "B"), capture("2005", "B"))
    plan_all(ledger, domain_id)
    assert counts(ledger.db, "domain", crawl_id) == {"open": 1}
    assert counts(ledger.db, "capture", crawl_id) == {"pending": 2}
    assert counts(ledger.db, "captures", crawl_id) == {"planned": 2}
    claim(ledger, crawl_id, 1)
    assert counts(ledger.db, "captures", crawl_id) == {"planned": 1}
    assert counts(ledger.db, "captures", "another crawl") == {}
    assert miscounted(ledger) == {}


def test_a_domain_takes_its_captures_and_its_work_into_the_crawl_that_asks_for_it_next(ledger: Ledger) -> None:
    domain_id = closed(ledger)
    first = counts(ledger.db, "capture")
    again = ledger.begin_crawl({"source": "domain", "value": "again"}, "web.archive.org")
    ledger.domains.open(again, "example.com")
    ledger.queries.add(again, domain_id, WantedQuery("example.com", "domain", "url_keyword"))
    assert counts(ledger.db, "capture", again).total() == first.total() > 0
    assert counts(ledger.db, "queries", again) == {"planned": 1}
    assert miscounted(ledger) == {}


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT OR IGNORE INTO captures (domain_id, urlkey, timestamp, digest, url, found_by, state)"
        " SELECT domain_id, urlkey, timestamp, digest || n, url, found_by, 'planned' FROM captures,"
        " (SELECT '' AS n UNION SELECT 'X')",
        "UPDATE captures SET state = 'planned', outcome = 'empty' WHERE id % 2",
        "UPDATE captures SET role = iif(role = 'policy', 'visit', 'policy'), outcome = NULL",
        "UPDATE OR REPLACE captures SET domain_id = 99 WHERE id = 1",
        "DELETE FROM captures WHERE id % 2",
        "DELETE FROM captures",
        "UPDATE queries SET state = iif(state = 'planned', 'done', 'planned')",
        "DELETE FROM queries",
        "UPDATE domains SET crawl_id = 'x', state = 'queued', outcome = NULL",
        "UPDATE domains SET state = 'done', outcome = NULL",
        "DELETE FROM domains",
    ],
)
def test_the_counts_are_those_of_the_rows_whatever_changes_them(ledger: Ledger, statement: str) -> None:
    closed(ledger)
    crawl_id, _ = begin(ledger, "open.com", {"source": "domain", "value": "open.com"})
    answer(ledger, crawl_id, capture("2011"))
    begin(ledger, "other.com", {"source": "domain", "value": "open.com"})
    assert miscounted(ledger) == {}
    before = ledger.db.total_changes
    ledger.db.execute(statement)
    assert ledger.db.total_changes > before
    assert miscounted(ledger) == {}

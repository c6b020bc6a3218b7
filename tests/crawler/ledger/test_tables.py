"""The tables that are made from the ledger: captures, domains, crawls."""

import json
import math
from datetime import UTC, datetime

from crawler.ledger import Ledger, tables
from pipelines.dataset.parts import DOMAINS_PER_FILE
from pipelines.outcomes import DomainOutcome
from pipelines.schema import CRAWLS
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
    fetch,
    plan_all,
    rows,
    write_part,
)

# --- the captures table


def test_a_captures_row_is_the_projection_of_the_ledger(ledger: Ledger) -> None:
    crawl_id, _ = begin(ledger)
    answer(ledger, crawl_id, capture("20040215"), capture("20050101", "-", status=None))
    pending = ("text/html", 200, 1000, "pending", None, None, None, None)
    first = (ARCHIVE, "example.com", URL, "20040215000000", "A", *pending)
    second = (ARCHIVE, "example.com", URL, "20050101000000", None, "text/html", None, *pending[2:])
    assert [tuple(row.values()) for row in rows(ledger)] == [first, second]


def test_a_capture_that_the_index_lists_with_two_digests_has_one_row(ledger: Ledger) -> None:
    crawl_id, domain_id = begin(ledger)
    answer(ledger, crawl_id, capture("2004", "A"), capture("2004", "B"))
    ledger.captures.plan([ledger.captures.of(domain_id)[1].id])
    (work,) = claim(ledger, crawl_id)
    fetch(ledger, work)
    write_part(ledger, crawl_id, [work.id])
    ledger.domains.close(domain_id, DomainOutcome.FOUND)
    assert [(row["archive_digest"], row["outcome"]) for row in rows(ledger)] == [("B", "stored")]


def test_what_is_fetched_but_not_on_disk_is_pending(ledger: Ledger) -> None:
    crawl_id, domain_id = begin(ledger)
    answer(ledger, crawl_id, capture("2004"))
    plan_all(ledger, domain_id)
    fetch(ledger, *claim(ledger, crawl_id))
    assert [row["outcome"] for row in rows(ledger)] == ["pending"]


def test_homepages_have_no_rows(ledger: Ledger) -> None:
    _, domain_id = begin(ledger)
    ledger.homepages.plan(domain_id, "http://example.com/", [("20020701000000", None)])
    assert rows(ledger) == []


def test_rows_are_sorted_by_domain_time_and_address(ledger: Ledger) -> None:
    for domain in ("b.example", "a.example"):
        crawl_id, _ = begin(ledger, domain)
        urls = [f"http://{domain}/{path}" for path in ("z", "y")]
        answer(ledger, crawl_id, *(capture(year, year, url) for year in ("2005", "2004") for url in urls))
    keys = [(row["domain"], row["captured_at"], row["policy_url"]) for row in rows(ledger)]
    assert keys == sorted(keys)
    assert len(keys) == 8


def test_files_hold_a_thousand_domains_each(ledger: Ledger) -> None:
    crawl_id = ledger.begin_crawl(ARGUMENTS, ARCHIVE)
    for number in range(DOMAINS_PER_FILE + 1):
        domain_id, _ = ledger.domains.open(crawl_id, f"site{number}.example")
        ledger.domains.close(domain_id, DomainOutcome.NOT_ARCHIVED)
    files = [file for file, _ in tables.outdated(ledger.db)]
    counts = [sum(len(batch) for batch in tables.domains_rows(ledger.db, file)) for file in files]
    assert sum(counts) == DOMAINS_PER_FILE + 1
    assert max(counts) <= DOMAINS_PER_FILE


def test_a_file_that_changed_while_it_was_written_stays_outdated(ledger: Ledger) -> None:
    _, domain_id = begin(ledger)
    ledger.domains.close(domain_id, DomainOutcome.NOT_ARCHIVED)
    ((file, changes),) = tables.outdated(ledger.db)
    ledger.domains.close(domain_id, DomainOutcome.INCOMPLETE)
    tables.caught_up(ledger.db, file, changes)
    ((file, changes),) = tables.outdated(ledger.db)
    tables.caught_up(ledger.db, file, changes)
    assert tables.outdated(ledger.db) == []


# --- the domains table


def test_a_domain_where_there_is_nothing_has_a_row_with_its_reason(ledger: Ledger) -> None:
    _, domain_id = begin(ledger)
    ledger.domains.close(domain_id, DomainOutcome.NOT_ARCHIVED, "no capture", asked_until=math.inf)
    assert rows(ledger) == []
    row = domain_row(ledger)
    assert (row["archive"], row["outcome"], row["reason"], row["source"]) == (
        ARCHIVE, "not_archived", "no capture", "argument",
    )  # fmt: skip
    assert row["asked_first"] == row["asked_last"] == row["known_through"]
    assert (row["first_capture"], row["homepages"], row["may_pass"]) == (None, [], False)


def test_a_domain_whose_crawl_has_not_ended_is_incomplete(ledger: Ledger) -> None:
    begin(ledger)
    row = domain_row(ledger)
    assert (row["outcome"], row["reason"], row["may_pass"]) == ("incomplete", "the crawl has not come to its end", True)


def test_a_domain_keeps_what_came_of_it_while_it_is_asked_again(ledger: Ledger) -> None:
    closed(ledger)
    first = domain_row(ledger)
    begin(ledger, arguments={"plan": "all"})
    assert domain_row(ledger) == first | {"asked_last": domain_row(ledger)["asked_last"]}
    assert (first["outcome"], first["first_capture"][:4], first["last_capture"][:4]) == ("found", "2004", "2008")


def test_a_domain_is_known_through_the_dates_asked_for_and_never_less_far_than_before(ledger: Ledger) -> None:
    _, domain_id = begin(ledger)
    until = [None, 1e9, 0.5e9, math.inf, None]
    through = []
    for asked_until in until:
        ledger.domains.close(domain_id, DomainOutcome.FOUND, asked_until=asked_until)
        through.append(domain_row(ledger)["known_through"])
    assert through == [None, "20010909014640", "20010909014640", *[domain_row(ledger)["asked_last"]] * 2]


def test_a_list_names_its_domains_with_their_ranks_and_a_later_argument_does_not_change_that(ledger: Ledger) -> None:
    crawl_id = ledger.begin_crawl({"domains": "top.csv"}, ARCHIVE, source=("top.csv", "ab12"))
    ledger.domains.open(crawl_id, "example.com", 7)
    begin(ledger)
    row = domain_row(ledger)
    assert (row["source"], row["source_sha256"], row["rank"]) == ("top.csv", "ab12", 7)
    later = ledger.begin_crawl({"domains": "new.csv"}, ARCHIVE, source=("new.csv", "cd34"))
    ledger.domains.open(later, "example.com", 9)
    row = domain_row(ledger)
    assert (row["source"], row["source_sha256"], row["rank"]) == ("new.csv", "cd34", 9)


def test_a_domain_in_two_archives_is_two(ledger: Ledger) -> None:
    for archive in (ARCHIVE, "arquivo.pt/wayback"):
        crawl_id, _ = begin(ledger, arguments={"archive": archive}, archive=archive)
        answer(ledger, crawl_id, capture("2004"))
    assert [(row["archive"], row["outcome"]) for row in rows(ledger)] == [
        ("arquivo.pt/wayback", "pending"), (ARCHIVE, "pending"),
    ]  # fmt: skip


def test_looks_at_the_homepage_stay_known_when_a_later_crawl_looks_again(ledger: Ledger) -> None:
    crawl_id, domain_id = begin(ledger)
    url = "http://example.com/"
    ledger.homepages.plan(domain_id, url, [("20020701000000", None), ("20100101000000", None)])
    first, second = claim(ledger, crawl_id)
    ledger.captures.settle(first, "looked_at", "no link", served="20020704120000")
    ledger.captures.settle(second, "not_archived")
    ledger.db.execute("UPDATE captures SET not_before = 0")
    seen = [
        {"asked": datetime(2002, 7, 1, tzinfo=UTC), "nearest": datetime(2002, 7, 4, 12, tzinfo=UTC)},
        {"asked": datetime(2010, 1, 1, tzinfo=UTC), "nearest": None},
    ]
    assert domain_row(ledger)["homepages"] == seen
    begin(ledger, arguments={"plan": "all"})
    assert ledger.homepages.visits(domain_id) == []
    assert domain_row(ledger)["homepages"] == seen


# --- the crawls table


def test_a_crawl_has_a_row_with_what_it_was_told_and_how_it_ended(ledger: Ledger) -> None:
    crawl_id = ledger.begin_crawl({"plan": "all"}, ARCHIVE, settings={"CDX_PER_MINUTE": 24}, software={"python": "3"})
    ledger.end_crawl(crawl_id, 3, {"cdx": 2, "playback": 40})
    assert ledger.begin_crawl({"plan": "all"}, ARCHIVE) == crawl_id
    ledger.end_crawl(crawl_id, 0, {"cdx": 1, "playback": 2})
    ((row,),) = tables.crawls_rows(ledger.db)
    told = dict(zip(CRAWLS.names, row, strict=True))
    assert (told["exit_code"], told["requests_cdx"], told["requests_playback"]) == (0, 3, 42)
    assert (told["archive"], json.loads(told["arguments"])) == (ARCHIVE, {"plan": "all"})
    assert told["started"] <= told["ended"]

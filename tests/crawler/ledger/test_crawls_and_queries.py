"""Crawls, their queries to the index, and transactions."""

import sqlite3
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from crawler.archives.cdx import Page
from crawler.known import WantedQuery, Words
from crawler.ledger import Ledger
from crawler.ledger.queries import QueryWork
from crawler.ledger.sql import transaction
from tests.support.ledger import (
    ARCHIVE,
    ARGUMENTS,
    REQUESTS,
    URL,
    answer,
    begin,
    capture,
    claim,
    claim_query,
    fetch,
    plan_all,
    reopened,
    write_part,
)  # fmt: skip

# --- crawls


def test_an_unfinished_crawl_with_the_same_arguments_is_resumed(ledger: Ledger) -> None:
    first = ledger.begin_crawl({"a": 1, "b": 2}, ARCHIVE)
    ledger.end_crawl(first, 3, REQUESTS)
    assert ledger.begin_crawl({"b": 2, "a": 1}, ARCHIVE, settings={"other": "settings"}) == first


def test_other_arguments_are_another_crawl(ledger: Ledger) -> None:
    assert ledger.begin_crawl({"a": 1}, ARCHIVE) != ledger.begin_crawl({"a": 2}, ARCHIVE)


def test_a_finished_crawl_is_begun_anew(ledger: Ledger) -> None:
    first = ledger.begin_crawl(ARGUMENTS, ARCHIVE)
    ledger.end_crawl(first, 0, REQUESTS)
    assert ledger.begin_crawl(ARGUMENTS, ARCHIVE) != first


def test_a_crawl_outlives_its_process(ledger: Ledger) -> None:
    crawl_id, domain_id = begin(ledger)
    assert begin(reopened(ledger)) == (crawl_id, domain_id)


@pytest.mark.parametrize("days", [-3, 3])
def test_a_retry_is_due_in_time_though_the_clock_is_put_forward_or_back(
    days: int, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    crawl_id, _ = begin(ledger)
    then = time.time() - days * 86_400
    monkeypatch.setattr(time, "time", lambda: then)
    ledger.queries.retry(claim_query(ledger, crawl_id), 60, "no answer")
    monkeypatch.undo()
    assert (ledger.next_due(crawl_id, "cdx") or 0) <= time.time()
    assert len(ledger.queries.claim(crawl_id, 10, time.time())) == 1


def test_no_retry_waits_longer_than_a_day(ledger: Ledger) -> None:
    crawl_id, _ = begin(ledger)
    ledger.queries.retry(claim_query(ledger, crawl_id), 1e9, "no answer")
    assert (ledger.next_due(crawl_id, "cdx") or 0) <= time.time() + 86_400


def test_captures_asked_for_and_not_written_are_counted(ledger: Ledger) -> None:
    crawl_id, domain_id = begin(ledger)
    answer(ledger, crawl_id, capture("2004"), capture("2005", "B"))
    plan_all(ledger, domain_id)
    assert ledger.unwritten(crawl_id) == 0
    first, second = claim(ledger, crawl_id)
    assert ledger.unwritten(crawl_id) == 2
    fetch(ledger, first)
    ledger.captures.settle(second, "failed")
    assert ledger.unwritten(crawl_id) == 1
    write_part(ledger, crawl_id, [first.id])
    assert ledger.unwritten(crawl_id) == 0


# --- queries


def test_a_query_is_planned_once_in_a_crawl(ledger: Ledger) -> None:
    crawl_id, domain_id = begin(ledger)
    assert not ledger.queries.add(crawl_id, domain_id, WantedQuery("example.com", "domain", "url_keyword"))
    assert ledger.queries.add(crawl_id, domain_id, WantedQuery(URL, "exact", "homepage_link"))


def test_an_answer_once_read_is_never_asked_for_again(ledger: Ledger) -> None:
    crawl_id, _ = begin(ledger)
    assert answer(ledger, crawl_id, capture("2004")) == "done"
    reopened(ledger)
    begin(ledger)
    assert ledger.queries.claim(crawl_id, 10, time.time()) == []


def test_a_page_once_read_is_never_asked_for_again(ledger: Ledger) -> None:
    crawl_id, _ = begin(ledger)
    assert answer(ledger, crawl_id, capture("2004"), key="next") == "planned"
    reopened(ledger)
    assert claim_query(ledger, crawl_id).resume_key == "next"


def test_an_empty_page_with_a_key_goes_on(ledger: Ledger) -> None:
    crawl_id, _ = begin(ledger)
    assert answer(ledger, crawl_id, key="next") == "planned"
    assert answer(ledger, crawl_id, capture("2004")) == "done"


@pytest.mark.parametrize("keys", [["a", "a"], ["a", "b", "a"], ["a", "b", "c", "b"]])
def test_an_index_that_answers_in_a_circle_is_incomplete(keys: list[str], ledger: Ledger) -> None:
    crawl_id, domain_id = begin(ledger)
    results = [answer(ledger, crawl_id, key=key) for key in keys]
    assert results == ["planned"] * (len(keys) - 1) + ["incomplete"]
    assert "repeats" in str(ledger.domains.known(domain_id, crawl_id).incomplete)


def test_an_index_without_end_is_incomplete(ledger: Ledger) -> None:
    crawl_id, _ = begin(ledger)
    for number in range(3):
        work = claim_query(ledger, crawl_id)
        state = ledger.queries.save_page(work, Page([], f"key {number}", 0), keep=[], page_limit=3)
    assert state == "incomplete"


def test_rows_that_repeat_are_kept_once(ledger: Ledger) -> None:
    crawl_id, domain_id = begin(ledger)
    answer(ledger, crawl_id, capture("2004"), capture("2004"), key="next")
    answer(ledger, crawl_id, capture("2004"), capture("2005"))
    assert len(ledger.captures.of(domain_id)) == 2


def test_rows_not_wanted_are_left_out(ledger: Ledger) -> None:
    crawl_id, domain_id = begin(ledger)
    page = Page([capture("2004"), capture("2005")], None, 3)
    ledger.queries.save_page(claim_query(ledger, crawl_id), page, keep=[False, True])
    assert [known.timestamp[:4] for known in ledger.captures.of(domain_id)] == ["2005"]


def test_a_retry_asks_later_for_as_many_rows_and_with_the_words_that_it_was_given(ledger: Ledger) -> None:
    crawl_id, _ = begin(ledger)
    work = replace(claim_query(ledger, crawl_id), page_rows=7, words=Words.FEW)
    ledger.queries.retry(work, 60, "HTTP 503")
    assert ledger.queries.claim(crawl_id, 10, time.time()) == []
    (again,) = ledger.queries.claim(crawl_id, 10, time.time() + 61)
    assert (again.page_rows, again.words, again.tries) == (7, Words.FEW, 1)


def test_a_query_without_its_answer_makes_the_domain_incomplete(ledger: Ledger) -> None:
    crawl_id, domain_id = begin(ledger)
    ledger.queries.end(claim_query(ledger, crawl_id).id, "incomplete", "HTTP 504")
    assert ledger.domains.known(domain_id, crawl_id).incomplete == "HTTP 504"


def later_crawl(ledger: Ledger, crawl_id: str, *, days: int, **dates: str) -> QueryWork:
    """The same crawl again, some days after the last one."""
    for id_, since in ledger.db.execute("SELECT id, since FROM queries").fetchall():
        earlier = since and f"{datetime.strptime(since[:8].ljust(8, '1'), '%Y%m%d') - timedelta(days=days):%Y%m%d}"
        ledger.db.execute(
            "UPDATE queries SET ended_at = ended_at - ?, since = ? WHERE id = ?", (days * 86400, earlier, id_)
        )
    ledger.db.commit()
    ledger.end_crawl(crawl_id, 0, REQUESTS)
    again = ledger.begin_crawl(ARGUMENTS, ARCHIVE)
    domain_id, is_new = ledger.domains.open(again, "example.com")
    assert is_new
    ledger.queries.add(again, domain_id, WantedQuery("example.com", "domain", "url_keyword", **dates))
    return claim_query(ledger, again)


def days_ago(days: int) -> str:
    return f"{datetime.fromtimestamp(time.time(), UTC) - timedelta(days=days):%Y%m%d}"


@pytest.fixture
def _one_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No day ends while the test runs."""
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)


def answer_in_two_pages(ledger: Ledger, crawl_id: str) -> None:
    answer(ledger, crawl_id, key="more")
    answer(ledger, crawl_id)


@pytest.mark.usefixtures("_one_moment")
def test_a_later_crawl_looks_back_30_days_before_the_last_one(ledger: Ledger) -> None:
    crawl_id, _ = begin(ledger)
    answer_in_two_pages(ledger, crawl_id)
    assert later_crawl(ledger, crawl_id, days=100).since == days_ago(130)


def test_a_later_crawl_asks_for_all_of_a_domain_again_where_that_is_one_page(ledger: Ledger) -> None:
    crawl_id, _ = begin(ledger)
    answer(ledger, crawl_id)
    assert later_crawl(ledger, crawl_id, days=100).since is None


def test_a_later_crawl_asks_for_other_words_from_the_beginning(ledger: Ledger) -> None:
    crawl_id, _ = begin(ledger)
    answer_in_two_pages(ledger, crawl_id)
    ledger.end_crawl(crawl_id, 0, REQUESTS)
    again = ledger.begin_crawl(ARGUMENTS, ARCHIVE)
    domain_id, _ = ledger.domains.open(again, "example.com")
    assert ledger.queries.add(again, domain_id, WantedQuery("example.com", "domain", words=Words.OTHER))
    work = claim_query(ledger, again)
    assert (work.words, work.since) == (Words.OTHER, None)


def test_a_search_that_was_made_with_fewer_words_is_not_made_again_in_the_same_crawl(ledger: Ledger) -> None:
    crawl_id, domain_id = begin(ledger)
    ledger.queries.retry(replace(claim_query(ledger, crawl_id), words=Words.FEW), 0, "HTTP 414")
    again = reopened(ledger)
    assert not again.queries.add(crawl_id, domain_id, WantedQuery("example.com", "domain"))
    assert claim_query(again, crawl_id).words == Words.FEW


def test_the_next_run_asks_in_full_for_what_the_archive_refused(ledger: Ledger) -> None:
    crawl_id, _ = begin(ledger)
    refused = replace(claim_query(ledger, crawl_id), words=Words.FEW, page_rows=10)
    ledger.queries.retry(refused, 0, "HTTP 500")
    ledger.end_crawl(crawl_id, 4, REQUESTS)
    assert ledger.begin_crawl(ARGUMENTS, ARCHIVE) == crawl_id
    work = claim_query(ledger, crawl_id)
    assert (work.words, work.page_rows, work.tries) == (Words.OWN, ledger.queries.page_rows, 0)


@pytest.mark.usefixtures("_one_moment")
def test_the_third_crawl_looks_back_from_the_second(ledger: Ledger) -> None:
    crawl_id, _ = begin(ledger)
    answer_in_two_pages(ledger, crawl_id)
    second = later_crawl(ledger, crawl_id, days=100)
    ledger.queries.save_page(second, Page([], None, 0), keep=[])
    crawl_id = ledger.begin_crawl(ARGUMENTS, ARCHIVE)
    assert later_crawl(ledger, crawl_id, days=50).since == days_ago(80)


def test_a_crawl_that_asked_for_some_years_only_spares_a_later_one_nothing(ledger: Ledger) -> None:
    crawl_id = ledger.begin_crawl(ARGUMENTS, ARCHIVE)
    domain_id, _ = ledger.domains.open(crawl_id, "example.com")
    ledger.queries.add(crawl_id, domain_id, WantedQuery("example.com", "domain", since="2010", until="2012"))
    answer(ledger, crawl_id)
    assert later_crawl(ledger, crawl_id, days=100).since is None


@pytest.mark.usefixtures("_one_moment")
def test_a_crawl_of_another_archive_spares_a_later_one_nothing(ledger: Ledger) -> None:
    seen = []
    for number, port in enumerate((1, 2, 1)):
        crawl_id, _ = begin(ledger, archive=f"127.0.0.1:{port}")
        seen.append(claim_query(ledger, crawl_id))
        ledger.queries.save_page(seen[number], Page([], "more", 0), keep=[])
        answer(ledger, crawl_id)
        ledger.end_crawl(crawl_id, 0, REQUESTS)
    assert [query.since for query in seen] == [None, None, days_ago(30)]


@pytest.mark.usefixtures("_one_moment")
def test_a_later_since_than_the_last_look_stays(ledger: Ledger) -> None:
    crawl_id, _ = begin(ledger)
    answer(ledger, crawl_id)
    assert later_crawl(ledger, crawl_id, days=1000, since=days_ago(10)).since == days_ago(10)


def test_an_incomplete_answer_is_asked_for_again_in_full(ledger: Ledger) -> None:
    crawl_id, _ = begin(ledger)
    ledger.queries.end(claim_query(ledger, crawl_id).id, "incomplete", "HTTP 504")
    assert later_crawl(ledger, crawl_id, days=100).since is None


# --- transactions


def test_a_transaction_inside_another_rolls_back_with_it(ledger: Ledger) -> None:
    crawl_id = ledger.begin_crawl(ARGUMENTS, ARCHIVE)
    with pytest.raises(RuntimeError), transaction(ledger.db):
        domain_id, _ = ledger.domains.open(crawl_id, "example.com")
        ledger.queries.add(crawl_id, domain_id, WantedQuery("example.com", "domain", "url_keyword"))
        raise RuntimeError
    assert ledger.domains.open(crawl_id, "example.com")[1]
    assert ledger.queries.claim(crawl_id, 10, time.time()) == []


def test_a_transaction_that_ends_is_seen_by_other_readers(ledger: Ledger) -> None:
    crawl_id = ledger.begin_crawl(ARGUMENTS, ARCHIVE)
    reader = sqlite3.connect(ledger.dataset.data_dir / "crawl.sqlite")
    with transaction(ledger.db):
        ledger.domains.open(crawl_id, "example.com")
        assert reader.execute("SELECT count(*) FROM domains").fetchone() == (0,)
    assert reader.execute("SELECT count(*) FROM domains").fetchone() == (1,)
    reader.close()


def test_a_page_is_saved_as_a_whole_or_not_at_all(ledger: Ledger) -> None:
    crawl_id, domain_id = begin(ledger)
    work = claim_query(ledger, crawl_id)
    with pytest.raises(ValueError, match="zip"):
        ledger.queries.save_page(work, Page([capture("2004"), capture("2005")], "next", 0), keep=[True])
    assert ledger.captures.of(domain_id) == []
    assert claim_query(reopened(ledger), crawl_id).resume_key is None

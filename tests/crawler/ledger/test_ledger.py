import json
import math
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crawler.archives.cdx import Capture, Page
from crawler.known import Nearest, WantedQuery
from crawler.ledger import Ledger, tables
from crawler.ledger.captures import CaptureWork, Judged
from crawler.ledger.moves import ForbiddenMove
from crawler.ledger.queries import QueryWork
from crawler.ledger.sql import transaction
from pipelines.dataset.cdxj import cdxj_path
from pipelines.dataset.errors import DatasetError
from pipelines.dataset.parts import settle
from pipelines.outcomes import DomainOutcome
from pipelines.page.sketch import sketch
from pipelines.schema import CAPTURES, CRAWLS, DOMAINS
from pipelines.surt import urlkey

ARCHIVE = "web.archive.org"
REQUESTS = {"cdx": 1, "playback": 2}
ARGUMENTS = {"source": "domain", "value": "example.com"}
URL = "http://example.com/privacy"


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = Ledger(tmp_path)
    yield ledger
    ledger.close()


def reopened(ledger: Ledger) -> Ledger:
    """The ledger as the next process finds it after a SIGKILL of this one."""
    ledger.close()
    ledger.__init__(ledger.dataset.data_dir)  # type: ignore[misc]
    ledger.recover()
    return ledger


def capture(timestamp: str, digest: str = "A", url: str = URL, status: int | None = 200) -> Capture:
    return Capture(urlkey(url), timestamp.ljust(14, "0"), url, "text/html", status, digest, 1000)


def begin(
    ledger: Ledger, domain: str = "example.com", arguments: dict[str, str] = ARGUMENTS, archive: str = ARCHIVE
) -> tuple[str, int]:
    """A crawl and its domain, with the query that searches it."""
    crawl_id = ledger.begin_crawl(arguments, archive)
    domain_id, is_new = ledger.domains.open(crawl_id, domain)
    if is_new:
        ledger.queries.add(crawl_id, domain_id, WantedQuery(domain, "domain", "url_keyword"))
    return crawl_id, domain_id


def claim_query(ledger: Ledger, crawl_id: str) -> QueryWork:
    (work,) = ledger.queries.claim(crawl_id, 10, time.time())
    return work


def answer(ledger: Ledger, crawl_id: str, *captures: Capture, key: str | None = None) -> str:
    """The index answers the crawl's query."""
    page = Page(list(captures), key, 0)
    return ledger.queries.save_page(claim_query(ledger, crawl_id), page, keep=[True] * len(captures))


def claim(ledger: Ledger, crawl_id: str, count: int = 100) -> list[CaptureWork]:
    return ledger.captures.claim(crawl_id, count, time.time())


def plan_all(ledger: Ledger, domain_id: int) -> None:
    ledger.captures.plan(known.id for known in ledger.captures.of(domain_id))


def fetch(ledger: Ledger, work: CaptureWork, outcome: str = "stored", text: str = "text") -> bool:
    stored_url = work.url if outcome == "stored" else None
    judged = Judged(
        outcome, content_key=text, kind="privacy_policy", stored_url=stored_url, mimetype="text/html", status=200
    )
    return ledger.captures.fetched(work.id, judged)


def write_part(ledger: Ledger, crawl_id: str, ids: list[int], *, until: str = "done") -> str:
    """Writes a part as storage does; ``until`` is how far it came: begun, renamed or done."""
    name = ledger.dataset.next_part(crawl_id)
    ledger.dataset.begin_part(name, len(ids), ids, {})
    path = ledger.dataset.data_dir / "policies" / name
    path.parent.mkdir(exist_ok=True)
    if until == "begun":
        path.with_name(f"{name}.tmp-1").write_bytes(b"half")
        return name
    path.write_bytes(b"whole")
    if until == "done":
        ledger.dataset.finish_part(name)
    return name


def states(ledger: Ledger) -> list[tuple[str, str | None]]:
    return ledger.db.execute("SELECT state, outcome FROM captures ORDER BY id").fetchall()


def rows(ledger: Ledger, file: int = 0) -> list[dict[str, Any]]:
    """The rows of ``captures``."""
    return [
        dict(zip(CAPTURES.names, row, strict=True)) for rows in tables.captures_rows(ledger.db, file) for row in rows
    ]


def domain_row(ledger: Ledger, domain: str = "example.com") -> dict[str, Any]:
    """The domain's row of ``domains``."""
    found = [dict(zip(DOMAINS.names, row, strict=True)) for rows in tables.domains_rows(ledger.db, 0) for row in rows]
    (row,) = [row for row in found if row["domain"] == domain]
    return row


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


def test_a_pools_pause_outlives_its_process(ledger: Ledger) -> None:
    assert ledger.pool_next_at("cdx") == 0.0
    ledger.save_pool("cdx", 1234.5)
    assert reopened(ledger).pool_next_at("cdx") == 1234.5


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


def test_a_retry_asks_later_for_half_as_many_rows(ledger: Ledger) -> None:
    crawl_id, _ = begin(ledger)
    work = claim_query(ledger, crawl_id)
    ledger.queries.retry(work, 60, "HTTP 503")
    assert ledger.queries.claim(crawl_id, 10, time.time()) == []
    (again,) = ledger.queries.claim(crawl_id, 10, time.time() + 61)
    assert (again.page_rows, again.tries) == (work.page_rows // 2, 1)


@pytest.mark.parametrize(("rows_now", "rows_then"), [(150, 100), (100, 100), (10, 10)])
def test_a_retry_never_asks_for_more_rows_than_before(rows_now: int, rows_then: int, ledger: Ledger) -> None:
    crawl_id = ledger.begin_crawl(ARGUMENTS, ARCHIVE)
    domain_id, _ = ledger.domains.open(crawl_id, "example.com")
    ledger.queries.page_rows = rows_now
    ledger.queries.add(crawl_id, domain_id, WantedQuery("example.com", "domain", "url_keyword"))
    ledger.queries.retry(claim_query(ledger, crawl_id), 0, "HTTP 503")
    assert claim_query(ledger, crawl_id).page_rows == rows_then


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
    return f"{datetime.now(UTC) - timedelta(days=days):%Y%m%d}"


def test_a_later_crawl_looks_back_30_days_before_the_last_one(ledger: Ledger) -> None:
    crawl_id, _ = begin(ledger)
    answer(ledger, crawl_id)
    assert later_crawl(ledger, crawl_id, days=100).since == days_ago(130)


def test_the_third_crawl_looks_back_from_the_second(ledger: Ledger) -> None:
    crawl_id, _ = begin(ledger)
    answer(ledger, crawl_id)
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


def test_a_crawl_of_another_archive_spares_a_later_one_nothing(ledger: Ledger) -> None:
    seen = []
    for number, port in enumerate((1, 2, 1)):
        crawl_id, _ = begin(ledger, archive=f"127.0.0.1:{port}")
        seen.append(claim_query(ledger, crawl_id))
        ledger.queries.save_page(seen[number], Page([], None, 0), keep=[])
        ledger.end_crawl(crawl_id, 0, REQUESTS)
    assert [query.since for query in seen] == [None, None, days_ago(30)]


def test_a_later_since_than_the_last_look_stays(ledger: Ledger) -> None:
    crawl_id, _ = begin(ledger)
    answer(ledger, crawl_id)
    assert later_crawl(ledger, crawl_id, days=1000, since=days_ago(10)).since == days_ago(10)


def test_an_incomplete_answer_is_asked_for_again_in_full(ledger: Ledger) -> None:
    crawl_id, _ = begin(ledger)
    ledger.queries.end(claim_query(ledger, crawl_id).id, "incomplete", "HTTP 504")
    assert later_crawl(ledger, crawl_id, days=100).since is None


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
    ledger.captures.retry(work.id, 60, "HTTP 503")
    assert claim(ledger, crawl_id) == []
    assert ledger.next_due(crawl_id, "playback") == pytest.approx(time.time() + 60, abs=5)
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
    assert all(fetch(ledger, work) for work in claim(ledger, crawl_id))


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
    assert ledger.captures.plan_homepage_visits(domain_id, "http://example.com/", looks) == 2
    assert ledger.captures.plan_homepage_visits(domain_id, "http://example.com/", looks[1:]) == 0
    works = claim(ledger, crawl_id)
    assert [(work.role, work.timestamp, work.window_days) for work in works] == [
        ("homepage", timestamp, days) for timestamp, days in looks
    ]
    ledger.captures.settle(works[0], "looked_at", "no link", served="20020615000000")
    assert [(visit.asked, visit.served) for visit in ledger.captures.homepage_visits(domain_id)] == [
        ("20020701000000", "20020615000000"), ("20060701000000", None),
    ]  # fmt: skip


# --- parts


def fetched(ledger: Ledger, *captures: Capture) -> tuple[str, int, list[CaptureWork]]:
    crawl_id, domain_id = begin(ledger)
    answer(ledger, crawl_id, *captures)
    plan_all(ledger, domain_id)
    works = claim(ledger, crawl_id)
    for work in works:
        fetch(ledger, work)
    return crawl_id, domain_id, works


def test_what_was_fetched_but_not_written_is_fetched_again(ledger: Ledger) -> None:
    crawl_id, _, works = fetched(ledger, capture("2004"))
    assert claim(reopened(ledger), crawl_id) == works


def test_a_part_that_did_not_get_its_name_is_forgotten_and_its_captures_fetched_again(ledger: Ledger) -> None:
    crawl_id, _, works = fetched(ledger, capture("2004"), capture("2005", "B"))
    write_part(ledger, crawl_id, [work.id for work in works], until="begun")
    reopened(ledger)
    assert claim(ledger, crawl_id) == works
    assert list((ledger.dataset.data_dir / "policies").iterdir()) == []


def test_a_part_that_got_its_name_is_whole_and_its_captures_settled(ledger: Ledger) -> None:
    crawl_id, _, works = fetched(ledger, capture("2004"), capture("2005", "B"))
    name = write_part(ledger, crawl_id, [works[0].id], until="renamed")
    reopened(ledger)
    assert states(ledger) == [("settled", "stored"), ("planned", None)]
    assert ledger.dataset.next_part(crawl_id) != name
    assert tables.outdated(ledger.db)


def test_a_part_that_is_done_stays_done(ledger: Ledger) -> None:
    crawl_id, _, works = fetched(ledger, capture("2004"))
    write_part(ledger, crawl_id, [works[0].id])
    assert states(reopened(ledger)) == [("settled", "stored")]
    with pytest.raises(ForbiddenMove):
        fetch(ledger, works[0])
    assert states(ledger) == [("settled", "stored")]


def test_half_written_files_are_cleared_away(ledger: Ledger) -> None:
    for folder in ("policies", "captures", "domains", "crawls", "warc"):
        (ledger.dataset.data_dir / folder).mkdir()
        (ledger.dataset.data_dir / folder / "00000.parquet.tmp-77").write_bytes(b"half")
    reopened(ledger)
    assert list(ledger.dataset.data_dir.glob("*/*.tmp-*")) == []


def test_part_files_that_the_ledger_does_not_know_are_refused(ledger: Ledger) -> None:
    crawl_id, _, works = fetched(ledger, capture("2004"))
    write_part(ledger, crawl_id, [works[0].id])
    stranger = ledger.dataset.data_dir / "policies" / "year=2004" / "stranger.parquet"
    stranger.parent.mkdir()
    stranger.write_bytes(b"whole")
    with pytest.raises(DatasetError, match=r"not known to the ledger.*stranger\.parquet"):
        settle(ledger.dataset.data_dir)
    stranger.unlink()
    settle(ledger.dataset.data_dir)


def test_a_lost_ledger_is_noticed(ledger: Ledger) -> None:
    crawl_id, _, works = fetched(ledger, capture("2004"))
    write_part(ledger, crawl_id, [works[0].id])
    ledger.close()
    for file in ledger.dataset.data_dir.glob("crawl.sqlite*"):
        file.unlink()
    ledger.__init__(ledger.dataset.data_dir)  # type: ignore[misc]
    with pytest.raises(DatasetError, match="not known to the ledger"):
        settle(ledger.dataset.data_dir)


def test_warc_records_that_no_settled_capture_refers_to_are_cut_off(ledger: Ledger) -> None:
    crawl_id, _, works = fetched(ledger, capture("2004"))
    folder = ledger.dataset.data_dir / "warc"
    folder.mkdir()
    for name in (f"{crawl_id}-00000.warc.gz", f"{crawl_id}-00001.warc.gz"):
        (folder / name).write_bytes(b"x" * 300)
        cdxj_path(folder / name).touch()
    ledger.dataset.register_warcs([f"{crawl_id}-00000.warc.gz"])
    name = ledger.dataset.next_part(crawl_id)
    ledger.dataset.begin_part(name, 0, [works[0].id], {f"{crawl_id}-00000.warc.gz": 120})
    ledger.dataset.finish_part(name)
    reopened(ledger)
    left = {path.name: path.stat().st_size for path in folder.iterdir()}
    assert left == {f"{crawl_id}-00000.warc.gz": 120}, "and their indexes are gone, as they name what was cut off"


def test_warc_files_of_somebody_else_are_left_alone(ledger: Ledger) -> None:
    begin(ledger)
    foreign = ledger.dataset.data_dir / "warc" / "mine.warc.gz"
    foreign.parent.mkdir()
    foreign.write_bytes(b"x" * 300)
    reopened(ledger)
    assert foreign.stat().st_size == 300


def test_a_part_settles_what_was_fetched_and_nothing_else(ledger: Ledger) -> None:
    crawl_id, domain_id = begin(ledger)
    answer(ledger, crawl_id, capture("2004"), capture("2005", "B"))
    plan_all(ledger, domain_id)
    one, other = claim(ledger, crawl_id)
    fetch(ledger, one)
    write_part(ledger, crawl_id, [one.id, other.id])
    assert states(ledger) == [("settled", "stored"), ("claimed", None)]


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


# --- the end of a domain


def closed(ledger: Ledger, first: str = "stored") -> int:
    """A domain of which one of three twins was fetched, and another capture was not wanted."""
    crawl_id, domain_id = begin(ledger)
    answer(
        ledger, crawl_id, capture("2004"), capture("2005"), capture("2006", "-"), capture("2007", "B"), capture("2008")
    )
    ledger.captures.plan([ledger.captures.of(domain_id)[1].id])
    (work,) = claim(ledger, crawl_id)
    fetch(ledger, work, first)
    write_part(ledger, crawl_id, [work.id])
    ledger.domains.close(domain_id, DomainOutcome.FOUND)
    return domain_id


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
    fetched(ledger, capture("2004"))
    assert [row["outcome"] for row in rows(ledger)] == ["pending"]


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
    ledger.captures.plan_homepage_visits(domain_id, url, [("20020701000000", None), ("20100101000000", None)])
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
    assert ledger.captures.homepage_visits(domain_id) == []
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


# --- more of the captures table


def test_homepages_have_no_rows(ledger: Ledger) -> None:
    _, domain_id = begin(ledger)
    ledger.captures.plan_homepage_visits(domain_id, "http://example.com/", [("20020701000000", None)])
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
    for number in range(tables.DOMAINS_PER_FILE + 1):
        domain_id, _ = ledger.domains.open(crawl_id, f"site{number}.example")
        ledger.domains.close(domain_id, DomainOutcome.NOT_ARCHIVED)
    files = [file for file, _ in tables.outdated(ledger.db)]
    counts = [sum(len(batch) for batch in tables.domains_rows(ledger.db, file)) for file in files]
    assert sum(counts) == tables.DOMAINS_PER_FILE + 1
    assert max(counts) <= tables.DOMAINS_PER_FILE


def test_a_file_that_changed_while_it_was_written_stays_outdated(ledger: Ledger) -> None:
    _, domain_id = begin(ledger)
    ledger.domains.close(domain_id, DomainOutcome.NOT_ARCHIVED)
    ((file, changes),) = tables.outdated(ledger.db)
    ledger.domains.close(domain_id, DomainOutcome.INCOMPLETE)
    tables.caught_up(ledger.db, file, changes)
    ((file, changes),) = tables.outdated(ledger.db)
    tables.caught_up(ledger.db, file, changes)
    assert tables.outdated(ledger.db) == []


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


# --- texts extracted again


def test_the_ledger_follows_texts_that_were_extracted_again(ledger: Ledger) -> None:
    crawl_id, domain_id = begin(ledger)
    answer(ledger, crawl_id, capture("20010101", "A"), capture("20020101", "B"), capture("20030101", "B"))
    ledger.captures.plan(known.id for known in ledger.captures.of(domain_id)[:2])
    works = claim(ledger, crawl_id)
    for work in works:
        fetch(ledger, work)
    write_part(ledger, crawl_id, [work.id for work in works])
    ledger.domains.close(domain_id, DomainOutcome.FOUND)
    for file, changes in tables.outdated(ledger.db):
        tables.caught_up(ledger.db, file, changes)

    new = {
        "archive": ARCHIVE, "domain": "example.com", "captured_at": datetime(2001, 1, 1, tzinfo=UTC), "policy_url": URL,
        "kind": "cookie_policy", "policy_score": 0.25, "title": "Cookies", "words": 3, "text": "we use cookies",
        "text_sha256": "new",
    }  # fmt: skip
    ledger.dataset.follow([new, new | {"domain": "else.example"}, new | {"archive": "arquivo.pt", "words": 4}])
    first, second, third = ledger.captures.of(domain_id)
    assert (first.outcome, first.kind, first.content_key) == ("stored", "cookie_policy", "new")
    judged = "SELECT text_sha256, policy_score, title, words, sketch FROM captures ORDER BY timestamp"
    of_new = ("new", 0.25, "Cookies", 3, sketch(["we", "use", "cookies"]))
    assert ledger.db.execute(judged).fetchall() == [of_new, (None,) * 5, (None,) * 5]
    assert (second.outcome, second.kind, third.outcome) == ("not_policy", None, "not_policy")
    assert [file for file, _ in tables.outdated(ledger.db)] == [0]
    assert domain_row(ledger)["outcome"] == "found"

    ledger.dataset.follow([])
    assert domain_row(ledger)["outcome"] == "no_policy_found"
    assert [row["outcome"] for row in rows(ledger)] == ["not_policy"] * 3

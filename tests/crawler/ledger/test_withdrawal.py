"""What is to be removed leaves the ledger; what only refers to it stays, and claims nothing any more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from crawler.known import WantedQuery
from crawler.ledger import Ledger, tables
from crawler.ledger.withdrawal import forget, is_done, note_done
from pipelines.dataset.overrides import Removals
from pipelines.schema import CAPTURES, CRAWLS
from pipelines.surt import domain_prefix, key_of
from tests.crawler.ledger.test_facts import LISTED, URL, crawl

DOMAIN = Removals(hosts=frozenset({domain_prefix("example.com")}))


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with closing(Ledger(tmp_path)) as ledger:
        crawl(ledger, 1, "versions", list(range(8)), ["policy"], False)
        tables.publish(ledger.db, tmp_path)
        yield ledger


def captures(ledger: Ledger) -> dict[str, str]:
    rows = [dict(zip(CAPTURES.names, row, strict=True)) for rows in tables.captures_rows(ledger.db, 0) for row in rows]
    return {row["captured_at"][:4]: row["outcome"] for row in rows}


def test_a_domain_leaves_nothing_but_the_count_of_its_file(ledger: Ledger) -> None:
    forget(ledger.db, DOMAIN)
    for table in ("domains", "captures", "queries", "resume_keys"):
        assert ledger.db.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
    assert [file for file, _ in tables.outdated(ledger.db)] == [0]
    (crawl_row,) = [row for rows in tables.crawls_rows(ledger.db) for row in rows]
    assert "example.com" not in dict(zip(CRAWLS.names, crawl_row, strict=True))["arguments"]
    folder = ledger.dataset.data_dir
    files = [folder / "crawl.sqlite", *folder.glob("crawl.sqlite-wal")]
    assert not any(b"example.com/privacy" in file.read_bytes() for file in files)


def test_other_domains_stay(ledger: Ledger) -> None:
    before = captures(ledger)
    forget(
        ledger.db, Removals(hosts=frozenset({domain_prefix("other.test")}), addresses=frozenset({key_of(f"{URL}/x")}))
    )
    assert captures(ledger) == before and tables.outdated(ledger.db) == []


def test_an_address_leaves_with_the_query_for_it(ledger: Ledger) -> None:
    crawl_id = ledger.begin_crawl({"another": 1}, "an.archive")
    domain_id, _ = ledger.domains.open(crawl_id, "example.com")
    ledger.queries.add(crawl_id, domain_id, WantedQuery(URL))
    forget(ledger.db, Removals(addresses=frozenset({key_of("https://www.example.com/Privacy/")})))
    assert captures(ledger) == {}
    assert ledger.db.execute("SELECT count(*) FROM domains").fetchone() == (1,)
    assert ledger.db.execute("SELECT count(*) FROM queries WHERE url = ?", (URL,)).fetchone() == (0,)


def test_captures_with_the_bytes_of_one_that_is_gone_are_not_said_to_be_unchanged(ledger: Ledger) -> None:
    before = captures(ledger)
    stored = next(capture for capture in LISTED if before[capture.timestamp[:4]] == "stored" and capture.digest == "A")
    forget(ledger.db, Removals(captures=frozenset({(key_of(URL), stored.timestamp)})))
    after = captures(ledger)
    twins = [c.timestamp[:4] for c in LISTED if c.digest == "A" and before[c.timestamp[:4]] == "unchanged"]
    assert stored.timestamp[:4] not in after and twins
    assert {after[year] for year in twins} == {"skipped"}
    assert {year: outcome for year, outcome in after.items() if year not in twins}.items() <= before.items()


def test_that_it_was_done_is_known_until_something_else_is_to_be_removed(ledger: Ledger) -> None:
    assert is_done(ledger.db, Removals()) and not is_done(ledger.db, DOMAIN)
    note_done(ledger.db, DOMAIN)
    assert is_done(ledger.db, DOMAIN) and not is_done(ledger.db, Removals())
    note_done(ledger.db, Removals())
    assert is_done(ledger.db, Removals())

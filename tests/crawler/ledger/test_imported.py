"""What an import brought stands in the ledger: known for good, and free to be fetched."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from crawler.arguments import parse_arguments
from crawler.known import State, WantedQuery
from crawler.ledger import Ledger, tables
from crawler.ledger.advance import advance
from crawler.ledger.imported import began, enter_import, enter_rows
from pipelines.schema import CAPTURES, CRAWLS, DOMAINS
from tests.crawler.ledger.test_facts import LISTED, URL, answer_query, crawl

ARCHIVE = "an.archive"
IMPORT = "import-20260102-030405-000000"


def imported(timestamp: str, url: str = URL, domain: str = "example.com") -> dict[str, Any]:
    """What the ledger is told of an imported row."""
    return {
        "domain": domain,
        "captured_at": datetime.strptime(timestamp, "%Y%m%d%H%M%S").replace(tzinfo=UTC),
        "policy_url": url,
        "archive": ARCHIVE,
        "crawl_id": IMPORT,
        "kind": "privacy_policy",
        "policy_score": 0.9,
        "title": None,
        "words": 800,
        "language": "en",
        "found_by": "homepage_link",
        "link_text": "Privacy",
    }


ROWS = [imported("20030301000000"), imported("20040301000000"), imported("20051101000000", f"{URL}/old")]


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with closing(Ledger(tmp_path)) as ledger:
        yield ledger


def rows(schema: Any, batches: Any) -> list[dict[str, Any]]:
    return [dict(zip(schema.names, row, strict=True)) for batch in batches for row in batch]


def outcomes(ledger: Ledger) -> dict[str, str]:
    """Outcome of each row of ``captures``, by address and year."""
    found = rows(CAPTURES, tables.captures_rows(ledger.db, 0))
    assert len({(row["policy_url"], row["captured_at"]) for row in found}) == len(found)
    return {f"{row['policy_url'][len(URL) :]} {row['captured_at'][:4]}": row["outcome"] for row in found}


def test_every_imported_row_has_its_capture_its_domain_and_its_import(ledger: Ledger) -> None:
    for _ in range(2):
        enter_rows(ledger.db, ROWS)
        assert outcomes(ledger) == {" 2003": "stored", " 2004": "stored", "/old 2005": "stored"}
        (domain,) = rows(DOMAINS, tables.domains_rows(ledger.db, 0))
        assert (domain["domain"], domain["archive"], domain["source"]) == ("example.com", ARCHIVE, "import")
        assert (domain["outcome"], domain["known_through"], domain["may_pass"]) == ("found", None, False)
        assert (domain["first_capture"], domain["last_capture"]) == ("20030301000000", "20051101000000")
        assert [row["crawl_id"] for row in rows(CRAWLS, tables.crawls_rows(ledger.db))] == [IMPORT]


def test_an_import_says_what_it_was_of_once_it_has_come_to_its_end(ledger: Ledger) -> None:
    enter_rows(ledger.db, ROWS)
    (one,) = rows(CRAWLS, tables.crawls_rows(ledger.db))
    assert (one["started"], one["ended"], one["exit_code"]) == ("20260102030405", None, None)
    enter_import(ledger.db, IMPORT, ARCHIVE, ended=began(IMPORT) + 60, arguments={"import": ["corpus"]})
    (one,) = rows(CRAWLS, tables.crawls_rows(ledger.db))
    assert (one["ended"], one["exit_code"], one["archive"]) == ("20260102030505", 0, ARCHIVE)
    assert one["arguments"] == '{"import": ["corpus"]}'


def test_a_capture_that_was_known_and_not_stored_is_stored_now(ledger: Ledger) -> None:
    crawl(ledger, 1, "grid", list(range(8)), ["timeout"], False)
    assert outcomes(ledger)[" 2004"] == "unplayable"
    enter_rows(ledger.db, ROWS)
    found = outcomes(ledger)
    assert (found[" 2003"], found[" 2004"], found["/old 2005"]) == ("stored", "stored", "stored")
    assert len(found) == 8 + 2
    (domain,) = rows(DOMAINS, tables.domains_rows(ledger.db, 0))
    assert domain["source"] == "argument"


def test_a_capture_that_a_crawl_stored_is_left_as_it_is(ledger: Ledger) -> None:
    crawl(ledger, 1, "all", [0], ["policy"], False)
    before = ledger.db.execute("SELECT * FROM captures WHERE outcome = 'stored'").fetchall()
    enter_rows(ledger.db, [imported(LISTED[0].timestamp)])
    assert ledger.db.execute("SELECT * FROM captures WHERE outcome = 'stored'").fetchall() == before


def test_a_crawl_may_fetch_an_imported_capture_for_its_raw_bytes(ledger: Ledger) -> None:
    enter_rows(ledger.db, [imported(LISTED[0].timestamp)])
    arguments = parse_arguments({"domain": "example.com", "plan": "all"})
    crawl_id = ledger.begin_crawl(arguments.as_dict(), ARCHIVE)
    domain_id, is_new = ledger.domains.open(crawl_id, "example.com")
    assert is_new
    ledger.queries.add(crawl_id, domain_id, WantedQuery("example.com", "domain"))
    for query in ledger.queries.claim(crawl_id, 10, 1e12):
        answer_query(ledger, query, [0])
    advance(ledger, crawl_id, domain_id, arguments)
    (work,) = ledger.captures.claim(crawl_id, 10, 1e12)
    assert (work.timestamp, work.digest) == (LISTED[0].timestamp, LISTED[0].digest)
    assert outcomes(ledger) == {" 2004": "stored"}, "also while a request for it is under way"


def test_an_imported_capture_that_a_redirect_led_to_outlives_a_crash(ledger: Ledger) -> None:
    enter_rows(ledger.db, ROWS)
    crawl_id = ledger.begin_crawl({"domain": "example.com"}, ARCHIVE)
    domain_id, _ = ledger.domains.open(crawl_id, "example.com")
    for end in ("release", "crash"):
        ledger.captures.plan_given(domain_id, f"{URL}/moved", "20030301000000")
        ledger.db.execute("UPDATE captures SET state = 'planned' WHERE url LIKE '%moved'")
        ledger.db.commit()
        (work,) = ledger.captures.claim(crawl_id, 1, 1e12)
        capture_id, wanted = ledger.captures.serve(work, URL, "20030301000000", "redirect")
        assert wanted
        if end == "release":
            ledger.captures.release(capture_id)
        else:
            ledger.recover()
        (state,) = ledger.db.execute("SELECT state FROM captures WHERE id = ?", (capture_id,)).fetchone()
        assert (state, outcomes(ledger)[" 2003"]) == (State.KNOWN, "stored")

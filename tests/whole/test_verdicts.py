"""From end to end: kinds and main policy as they are decided when a domain is settled, and as people correct them."""

from __future__ import annotations

import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from crawler.ledger import Ledger
from crawler.local_archive.server import open_archive, serving
from crawler.settling import apply_verdicts
from tests.support.commands import scrapy
from tests.support.pages import policy_page
from tests.support.processes import Run, crawl, rows_of
from tests.support.rows import Row
from tests.support.warc import Record, write_warc

pytestmark = pytest.mark.slow

SITE = "acme.example"
URL = f"http://{SITE}/privacy"
LOGIN = '<form><input type="password" name="p"> Sign in to your account </form>'


def with_login(year: int) -> str:
    """The policy's page with a login box, and little else that would tell what it is."""
    return policy_page(mark=str(year)).replace("<h1>Privacy Policy</h1>", LOGIN)


@pytest.fixture
def archive_url(tmp_path: Path) -> Iterator[str]:
    pages = [Record(f"{year}0301120000", URL, policy_page(f"{year}@acme.example")) for year in (2010, 2011, 2013, 2014)]
    pages.append(Record("20120301120000", URL, "<title>Privacy Policy</title><h1>Page not found</h1><p>Sorry.</p>"))
    pages += [
        Record(f"{year}0901120000", f"http://{SITE}/legal/privacy-notice", policy_page(f"{year}@legal.example"))
        for year in (2009, 2012, 2015)
    ]
    with serving(open_archive([write_warc(tmp_path / "site.warc.gz", pages)])) as url:
        yield url


@pytest.fixture
def run(archive_url: str, tmp_path: Path) -> Run:
    run = crawl(tmp_path / "data", archive_url, domain=SITE, plan="all")
    assert run.code == 0, run.log
    return run


def correct(data_dir: Path, **said: str) -> None:
    """Writes ``overrides.toml`` with one correction; ``from_`` stands for ``from``."""
    lines = "".join(f'{name.rstrip("_")} = "{value}"\n' for name, value in said.items())
    (data_dir / "overrides.toml").write_text(f'[[correct]]\ndomain = "{SITE}"\n{lines}')


def by_year(rows: list[Row], column: str) -> dict[str, object]:
    return {f"{row['captured_at']:%Y-%m}": row[column] for row in rows}


def test_a_crawl_ends_with_one_main_policy_at_a_time(run: Run) -> None:
    assert by_year(run.policies, "primary") == {
        "2009-09": True, "2010-03": True, "2011-03": True, "2012-09": True, "2013-03": True, "2014-03": True,
        "2015-09": True,
    }  # fmt: skip
    assert run.capture("20120301120000")["outcome"] == "not_policy"


def test_a_correction_is_followed_by_the_next_merge_and_taken_back_with_the_file(run: Run) -> None:
    before = run.policies
    correct(run.data_dir, address=URL, from_="2011", until="2013-06", kind="terms", language="nl")
    assert scrapy(run.data_dir, "compact") == 0
    after = rows_of(run.data_dir / "policies")
    assert Counter(row["kind"] for row in after) == {"terms": 3, "privacy_policy": 5}
    assert by_year(after, "language")["2011-03"] == by_year(after, "language")["2013-03"] == "nl"
    assert not by_year(after, "primary")["2011-03"]
    (run.data_dir / "overrides.toml").unlink()
    assert scrapy(run.data_dir, "compact") == 0
    again = rows_of(run.data_dir / "policies")
    for column in ("kind", "primary", "language"):
        assert by_year(again, column) == by_year(before, column), column


def test_a_page_that_is_said_to_be_a_policy_gets_its_row_from_the_warc_and_loses_it_again(run: Run) -> None:
    before = run.policies
    correct(run.data_dir, address=URL, from_="2012", until="2012-06", kind="privacy_policy")
    assert scrapy(run.data_dir, "compact") == 0
    (row,) = [row for row in rows_of(run.data_dir / "policies") if f"{row['captured_at']:%Y-%m}" == "2012-03"]
    assert row["kind"] == "privacy_policy" and "Page not found" in row["text"]
    (known,) = [each for each in rows_of(run.data_dir / "captures") if each["captured_at"] == row["captured_at"]]
    assert known["outcome"] == "stored"
    beside = next(each for each in before if each["policy_url"] == URL)
    for column in ("archive", "domain", "policy_url", "found_by", "crawl_id", "mimetype", "http_status", "extractor"):
        assert row[column] == beside[column], column
    for column in ("wayback_url", "view_url"):
        assert row[column] == beside[column].replace(f"{beside['captured_at']:%Y%m%d%H%M%S}", "20120301120000")
    assert row["digest_verified"] and row["warc_file"] and row["fetched_at"]

    (run.data_dir / "overrides.toml").unlink()
    assert scrapy(run.data_dir, "compact") == 0
    assert rows_of(run.data_dir / "policies") == before
    (known,) = [each for each in rows_of(run.data_dir / "captures") if each["captured_at"] == row["captured_at"]]
    assert known["outcome"] == "not_policy"


def test_a_release_follows_a_correction(run: Run, tmp_path: Path) -> None:
    correct(run.data_dir, address=URL, kind="terms")
    assert scrapy(run.data_dir, "release", "-o", str(tmp_path / "release")) == 0
    kinds = Counter(row["kind"] for row in rows_of(tmp_path / "release" / "policies"))
    assert kinds == {"terms": 5, "privacy_policy": 3}


def test_the_next_crawl_follows_a_correction_too(run: Run, archive_url: str) -> None:
    correct(run.data_dir, address=f"http://{SITE}/legal/privacy-notice", from_="2012", until="2014")
    assert crawl(run.data_dir, archive_url, domain=SITE, plan="all").code == 0
    main = by_year(rows_of(run.data_dir / "policies"), "primary")
    assert [when for when, is_main in main.items() if not is_main] == ["2013-03", "2014-03"]


def test_a_mistake_in_a_correction_ends_a_crawl_and_a_merge_before_anything_changes(run: Run, archive_url: str) -> None:
    before = run.policies
    correct(run.data_dir, address=URL, kind="privacy")
    again = crawl(run.data_dir, archive_url, domain=SITE)
    assert again.code == 2 and "kind: there is no privacy; allowed are privacy_policy" in again.log
    assert scrapy(run.data_dir, "compact") == 2
    assert rows_of(run.data_dir / "policies") == before


def test_a_merge_that_was_killed_before_the_ledger_noted_it_is_done_again_and_ends_the_same(run: Run) -> None:
    with closing(sqlite3.connect(run.data_dir / "crawl.sqlite")) as db, db:
        db.execute("INSERT INTO unapplied (domain) VALUES (?)", (SITE,))
    before = {path.name for path in (run.data_dir / "policies").rglob("*.parquet")}
    with closing(Ledger(run.data_dir)) as ledger:
        assert apply_verdicts(run.data_dir, ledger, only_if_it_pays=True)[0] is None
        assert not ledger.db.execute("SELECT 1 FROM unapplied").fetchall()
    assert {path.name for path in (run.data_dir / "policies").rglob("*.parquet")} == before


def test_pages_without_a_row_are_extracted_again_too(run: Run) -> None:
    with closing(sqlite3.connect(run.data_dir / "crawl.sqlite")) as db, db:
        db.execute(
            "UPDATE captures SET kind = 'privacy_policy', policy_score = .9, words = 400 WHERE kind = 'soft_404'"
        )
    assert scrapy(run.data_dir, "reextract") == 0
    with closing(sqlite3.connect(run.data_dir / "crawl.sqlite")) as db:
        judged = "SELECT kind, words FROM captures WHERE timestamp = '20120301120000'"
        ((kind, words),) = db.execute(judged).fetchall()
    assert kind == "soft_404" and words < 10


def test_a_lost_warc_file_costs_the_row_and_nothing_else(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    before = run.policies
    shutil.rmtree(run.data_dir / "warc")
    correct(run.data_dir, address=URL, from_="2012", until="2012-06", kind="privacy_policy")
    with closing(Ledger(run.data_dir)) as ledger:
        apply_verdicts(run.data_dir, ledger)
    assert caplog.messages[0] == "1 captures are policies after all, and no WARC file has their bytes"
    assert rows_of(run.data_dir / "policies") == before

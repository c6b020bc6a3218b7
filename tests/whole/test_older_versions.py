"""A DATA_DIR that an older version made: a crawl of today goes on with it."""

from __future__ import annotations

import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from crawler.ledger.migrations import VERSION
from crawler.local_archive.server import LocalArchive, serving
from tests.support.processes import ROOT, Run, crawl, lasting, rows_of

pytestmark = pytest.mark.slow

OLD = ROOT / "tests" / "data" / "version-0.1.0"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return shutil.copytree(OLD, tmp_path / "data")


def as_of_today(data_dir: Path, url: str) -> None:
    """The old crawl was of the archive at ``url``, and ended just now."""
    with closing(sqlite3.connect(data_dir / "crawl.sqlite")) as db, db:
        db.execute(
            "UPDATE crawls SET arguments = json_set(arguments, '$.archive_url', ?), ended_at = ?", (url, time.time())
        )
        db.execute("UPDATE queries SET ended_at = ?", (time.time(),))
        db.execute("UPDATE captures SET not_before = ? WHERE role = 'homepage'", (time.time() + 86400,))


def test_a_crawl_on_an_older_data_dir_fetches_nothing_twice(archive: LocalArchive, old: Path, undisturbed: Run) -> None:
    before = rows_of(old / "policies")
    with serving(archive) as url:
        as_of_today(old, url)
        run = crawl(old, url)
    assert run.code == 0, run.log
    assert {entry["pool"] for entry in archive.log} == {"cdx"}
    assert lasting(rows_of(old / "policies")) == lasting(before)
    assert lasting(run.captures) == lasting(undisturbed.captures)


def test_a_data_dir_of_a_newer_version_is_refused(archive_url: str, old: Path) -> None:
    with closing(sqlite3.connect(old / "crawl.sqlite")) as db:
        db.execute(f"PRAGMA user_version = {VERSION + 1}")
    run = crawl(old, archive_url)
    assert run.code == 1
    assert "newer wayback-policies" in run.log and "Traceback" not in run.log

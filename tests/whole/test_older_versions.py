"""DATA_DIRs that an older version made go on with this one, by every command; those of a newer one are refused."""

from __future__ import annotations

import re
import shutil
import sqlite3
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from crawler.ledger.migrations import VERSION
from crawler.local_archive.server import LocalArchive, serving
from pipelines.columns import SCHEMA_VERSION
from pipelines.dataset.lifting import is_older
from pipelines.dataset.merging import merged
from pipelines.dataset.reading import FACTS, part_files
from tests.support.commands import scrapy
from tests.support.older_versions import CRAWLED, IMPORTED, make_newer
from tests.support.processes import Run, crawl, lasting
from tests.support.rows import Row

pytestmark = pytest.mark.slow

#: How many policies are in each DATA_DIR.
POLICIES = {CRAWLED: 46, IMPORTED: 13}
#: Sites that the sample did not have then.
ADDED = ("larkpost.example", "lumisalle.example")


@pytest.fixture
def crawled(tmp_path: Path) -> Path:
    return shutil.copytree(CRAWLED, tmp_path / "data")


@pytest.fixture(params=POLICIES, ids=lambda path: path.name)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return shutil.copytree(request.param, tmp_path / "data")


def policies(data_dir: Path) -> list[Row]:
    """The rows of ``policies`` as readers here see them."""
    return [row for table in merged(part_files(data_dir / "policies")) for row in table.to_pylist()]


def of_then(rows: list[Row]) -> list[Row]:
    """The rows of the sites that the sample had then."""
    return [row for row in rows if row["domain"] not in ADDED]


def are_new(table: Path) -> bool:
    """True if no file of a table has an older form."""
    return not any(map(is_older, part_files(table)))


def as_of_today(data_dir: Path, url: str) -> None:
    """The old crawl was of the archive at ``url``, and ended just now."""
    with closing(sqlite3.connect(data_dir / "crawl.sqlite")) as db, db:
        db.execute(
            "UPDATE crawls SET arguments = json_set(arguments, '$.archive_url', ?), ended_at = ?", (url, time.time())
        )
        db.execute("UPDATE queries SET ended_at = ?", (time.time(),))
        db.execute("UPDATE captures SET not_before = ? WHERE role = 'homepage'", (time.time() + 86400,))
    (path,) = part_files(data_dir / "policies")
    rows = pq.read_table(path)
    addresses = pc.replace_substring_regex(rows["wayback_url"], r"^http://127\.0\.0\.1:\d+", url)
    pq.write_table(rows.set_column(rows.schema.get_field_index("wayback_url"), "wayback_url", addresses), path)


# --- an older one


def test_a_crawl_on_an_older_data_dir_fetches_nothing_twice(
    archive: LocalArchive, crawled: Path, undisturbed: Run
) -> None:
    with serving(archive) as url:
        as_of_today(crawled, url)
        before = policies(crawled)
        run = crawl(crawled, url)
    assert run.code == 0, run.log
    played = [entry["path"] for entry in archive.log if entry["pool"] == "playback" and entry["status"] == 200]
    asked = [path for path in played if not any(site in path for site in ADDED)]
    assert ["vault33.example" in path for path in asked] == [True], "the page that says that it is excluded"
    assert of_then(policies(crawled)) == before
    for now, new in zip(of_then(lasting(run.captures)), of_then(lasting(undisturbed.captures)), strict=True):
        # The detail is in the words of its version, and the sample's pages of 1999 have had other tags since.
        says = {name: new[name] for name in ("detail", "archive_digest", "length")}
        assert now | says == new or new["outcome"] == "skipped", "the old plan fetched more"
    assert all(are_new(crawled / table) for table in FACTS)


def test_a_crawl_of_sites_that_were_imported_adds_what_its_archive_has(
    archive_url: str, tmp_path: Path, undisturbed: Run
) -> None:
    data_dir = shutil.copytree(IMPORTED, tmp_path / "data")
    run = crawl(data_dir, archive_url)
    assert run.code == 0, run.log
    origins = Counter(row["crawl_id"].partition("-")[0] == "import" for row in policies(data_dir))
    assert origins == {True: POLICIES[IMPORTED], False: len(undisturbed.policies)}
    assert all(are_new(data_dir / table) for table in FACTS)


def test_what_is_shown_exported_and_summed_up_stays_when_the_files_become_new_ones(
    old: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    def shown(name: str) -> tuple[str, dict[str, str]]:
        for command in (
            ("show", "plumeria.example", "--diff"),
            ("show", "nordwind.example"),
            ("show", "nordwind.example", "--text"),
            ("status", "--domains"),
        ):
            assert scrapy(old, *command) == 0
        # Since when a domain is excluded stands in the ledger alone, until the tables are written again.
        printed = re.sub(r"excluded since [-\d]+", "excluded", capfd.readouterr().out)
        for form in ("markdown", "jsonl"):
            assert scrapy(old, "export", "--format", form, "-o", str(tmp_path / name / form)) == 0
        written = [path for path in (tmp_path / name).rglob("*") if path.is_file()]
        return printed, {str(path.relative_to(tmp_path / name)): path.read_text() for path in written}

    before = shown("before")
    capfd.readouterr()
    assert scrapy(old, "compact") == 0
    assert "1 files became 1" in capfd.readouterr().out
    assert shown("after") == before
    assert "plumeria.example" in before[0] and "markdown/n/no/nor/nordwind.example/2018-05-25.md" in before[1]


FROM_ROWS = r"  (policies|changes)/"


def test_a_release_of_it_is_that_of_the_new_files_to_the_byte(old: Path, tmp_path: Path) -> None:
    assert scrapy(old, "release", "-o", str(tmp_path / "before")) == 0
    assert scrapy(old, "compact") == 0
    assert scrapy(old, "release", "-o", str(tmp_path / "after")) == 0
    # The ledger tells more of captures and domains than an older version's tables, which compact writes again.
    before, after = (
        [line for line in (tmp_path / name / "SHA256SUMS").read_text().splitlines() if re.search(FROM_ROWS, line)]
        for name in ("before", "after")
    )
    assert before == after and len(before) == 2
    assert f'"schema_version": {SCHEMA_VERSION}' in (tmp_path / "before" / "release.json").read_text()
    assert are_new(tmp_path / "before")


def test_a_release_of_it_says_of_which_domains_there_is_nothing(crawled: Path, tmp_path: Path) -> None:
    assert scrapy(crawled, "release", "-o", str(tmp_path / "release")) == 0
    domains = pq.read_table(tmp_path / "release" / "domains", columns=["domain", "outcome"]).to_pylist()
    absent = {"brinehouse.example": "no_policy_found", "nowhere.example": "not_archived", "vault33.example": "excluded"}
    assert {row["domain"]: row["outcome"] for row in domains if row["domain"] in absent} == absent


def test_its_texts_are_extracted_again_into_new_files(old: Path, capfd: pytest.CaptureFixture[str]) -> None:
    before = policies(old)
    assert scrapy(old, "reextract") == 0
    read_again = len([row for row in before if row["warc_file"]])
    assert f"{read_again} documents read again" in capfd.readouterr().out
    assert all(are_new(old / table) for table in FACTS)
    of_the_capture = ("archive", "domain", "captured_at", "policy_url", "warc_file", "raw_sha256", "fetched_at")
    assert [[row[name] for name in of_the_capture] for row in policies(old)] == [
        [row[name] for name in of_the_capture] for row in before
    ]


def test_what_was_imported_by_it_is_known(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    data_dir = shutil.copytree(IMPORTED, tmp_path / "data")
    assert scrapy(data_dir, "export", "-o", str(tmp_path / "corpus")) == 0
    assert scrapy(data_dir, "import", str(tmp_path / "corpus")) == 0
    assert f"0 captures added, {POLICIES[IMPORTED]} known already" in capfd.readouterr().out


# --- a newer one


def test_a_ledger_of_a_newer_version_is_refused(archive_url: str, crawled: Path) -> None:
    with closing(sqlite3.connect(crawled / "crawl.sqlite")) as db:
        db.execute(f"PRAGMA user_version = {VERSION + 1}")
    run = crawl(crawled, archive_url)
    assert run.code == 1
    assert "newer wayback-policies" in run.log and "Traceback" not in run.log


@pytest.mark.parametrize("table", ["policies", "captures"])
def test_a_file_of_a_newer_version_is_refused_by_name_by_every_command(
    archive_url: str, crawled: Path, table: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (path,) = part_files(crawled / table)
    make_newer(path)
    before = path.read_bytes()
    out = str(tmp_path / "out")
    commands = [
        ("status", "--domains"),
        ("release", "-o", out),
        ("compact",),
        ("reextract",),
        ("import", str(IMPORTED)),
    ]
    if table == "policies":  # the only table that these read
        commands += [("show", "plumeria.example"), ("export", "-o", out)]
        commands += [("export", "-o", out, "-a", "domain=plumeria.example")]
    for command in commands:
        assert scrapy(crawled, *command) == 1
        told = capfd.readouterr()
        assert f"{path} has schema version {SCHEMA_VERSION + 1}" in told.err and "newer" in told.err, command
        assert told.out == "" and "Traceback" not in told.err
    run = crawl(crawled, archive_url)
    assert run.code == 1
    assert f"{path} has schema version" in run.log and "Traceback" not in run.log
    run = crawl(tmp_path / "other", archive_url, captures=path)
    assert run.code == 2
    assert f"{path} has schema version" in run.log and "Traceback" not in run.log
    assert path.read_bytes() == before
    assert not list(Path(out).rglob("*.parquet")) and not list(Path(out).rglob("*.md"))

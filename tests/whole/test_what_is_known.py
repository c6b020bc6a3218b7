"""What is known only grows, from end to end: a site that is excluded later, and a second archive in one DATA_DIR."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from crawler.local_archive.server import LocalArchive, open_archive, serving
from pipelines.release.build import release
from pipelines.urls import archive_name
from tests.support.processes import EXCLUDED, WARCS, Row, crawl

pytestmark = pytest.mark.slow

SITE = "plumeria.example"


def released(data_dir: Path, out: Path) -> dict[str, list[Row]]:
    """The tables of a release, by name."""
    release(data_dir, out)
    return {path.name: pq.read_table(path).to_pylist() for path in out.iterdir() if path.is_dir()}


def test_a_site_that_is_excluded_later_keeps_what_was_known_of_it(archive: LocalArchive, tmp_path: Path) -> None:
    data = tmp_path / "data"
    with serving(archive) as url:
        assert crawl(data, url, domain=SITE).code == 0
        before = released(data, tmp_path / "before")
        archive.excluded = (SITE,)
        again = crawl(data, url, domain=SITE)
        after = released(data, tmp_path / "after")
        archive.excluded = EXCLUDED
        assert crawl(data, url, domain=SITE).code == 0
        shown_again = released(data, tmp_path / "shown-again")
    assert again.code == 0, again.log
    assert Counter(row["outcome"] for row in before["captures"])["unchanged"] > 5
    for table in ("policies", "captures", "changes", "coverage"):
        assert before[table] == after[table] == shown_again[table], table
    (first,), (excluded,), (shown,) = before["domains"], after["domains"], shown_again["domains"]
    assert (first["outcome"], first["excluded_since"]) == ("found", None)
    assert excluded["outcome"] == "found" and "does not show this site" in excluded["reason"]
    assert excluded["excluded_since"] >= excluded["known_through"] == first["known_through"]
    assert shown["excluded_since"] is None and shown["known_through"] > first["known_through"]


def test_two_archives_in_one_data_dir_stay_two_and_have_one_history(archive: LocalArchive, tmp_path: Path) -> None:
    data = tmp_path / "data"
    with serving(archive) as one, serving(open_archive(WARCS, excluded=EXCLUDED)) as other:
        alone = crawl(data, one, domain=SITE)
        before = released(data, tmp_path / "before")
        both = crawl(data, other, domain=SITE)
        names = {archive_name(one), archive_name(other)}
    assert alone.code == both.code == 0, both.log
    after = released(data, tmp_path / "after")
    for table in ("policies", "captures"):
        keys = Counter((row["domain"], row["captured_at"], row["policy_url"]) for row in after[table])
        assert keys == dict.fromkeys(keys, 2) and len(after[table]) == 2 * len(before[table])
        assert {row["archive"] for row in after[table]} == names
    assert {row["archive"] for row in after["domains"]} == {row["archive"] for row in after["crawls"]} == names
    texts = [
        [(row["version_id"], row["first_seen"], row["last_seen"]) for row in of["versions"]] for of in (before, after)
    ]
    assert texts[0] == texts[1]
    assert [row["version_id"] for row in before["changes"]] == [row["version_id"] for row in after["changes"]]

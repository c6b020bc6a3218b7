"""The WARC files of a crawl stand for the archive that was crawled: crawling them gives the same rows."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from crawler.local_archive.server import open_archive, serving
from tests.support.processes import EXCLUDED, Run, crawl, digits, of_any_archive, records_of

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("plan", ["versions", "all"])
def test_crawling_what_a_crawl_kept_gives_the_same_rows(
    plan: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    first: Run = request.getfixturevalue("undisturbed" if plan == "versions" else "undisturbed_all")
    kept = open_archive([first.data_dir / "warc"], excluded=EXCLUDED)
    with serving(kept) as url:
        again = crawl(tmp_path, url, plan=plan)
    assert again.code == 0, again.log
    assert kept.index.damaged == 0
    assert of_any_archive(again) == of_any_archive(first)
    assert "homepage_link" in {row["found_by"] for row in again.policies}

    def redirects(run: Run) -> list[tuple[str, datetime, str]]:
        rows = [row for row in run.captures if row["outcome"] == "redirect"]
        # Which other captures are known of the target is the index's matter: twins are not fetched.
        return [(row["policy_url"], row["captured_at"], row["detail"].partition(",")[0]) for row in rows]

    assert redirects(again) == redirects(first) != []


def test_redirects_and_homepages_are_kept_and_each_row_has_its_record(undisturbed: Run) -> None:
    kept = {(record.url, record.timestamp) for record in records_of(undisturbed.data_dir)}
    assert "http://quietgarden.example/" in {url for url, _ in kept}
    judged = {"stored", "redirect", "not_policy", "empty", "soft_block"}
    fetched = [row for row in undisturbed.captures if row["outcome"] in judged and row["same_as"] is None]
    assert {(row["policy_url"], digits(row["captured_at"])) for row in fetched} <= kept


def test_a_row_says_that_its_bytes_have_the_indexs_digest(undisturbed: Run) -> None:
    assert {row["digest_verified"] for row in undisturbed.policies} == {True}

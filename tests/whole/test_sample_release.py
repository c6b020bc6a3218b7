"""A release of a crawl of the sample archive: what its tables tell of each other, and of the sites."""

from __future__ import annotations

import json
from typing import Any

import pyarrow.parquet as pq
import pytest

from pipelines.release.build import Release, release
from tests.support.processes import Run

pytestmark = pytest.mark.slow

KEYS = {
    "policies": ("archive", "domain", "captured_at", "policy_url"),
    "captures": ("archive", "domain", "captured_at", "policy_url"),
    "domains": ("archive", "domain"),
    "crawls": ("crawl_id",),
    "versions": ("version_id",),
    "changes": ("version_id",),
    "coverage": ("domain", "half_year"),
}
"""``renamed_versions``, keyed by ``before``, is empty in a first release."""


@pytest.fixture(scope="module")
def released(undisturbed: Run, tmp_path_factory: pytest.TempPathFactory) -> Release:
    return release(undisturbed.data_dir, tmp_path_factory.mktemp("released") / "release")


def rows(made: Release, table: str) -> list[dict[str, Any]]:
    return pq.read_table(made.path / table).to_pylist()


def column(made: Release, table: str, name: str) -> set[Any]:
    return {row[name] for row in rows(made, table)} - {None}


@pytest.mark.parametrize("table", KEYS)
def test_no_key_stands_twice_or_is_null(released: Release, table: str) -> None:
    keys = [tuple(row[name] for name in KEYS[table]) for row in rows(released, table)]
    assert keys
    assert None not in {part for key in keys for part in key}
    assert len(set(keys)) == len(keys)


def test_what_names_a_row_of_another_table_finds_it(released: Release) -> None:
    versions = column(released, "versions", "version_id")
    for table, name in (
        ("captures", "version_id"),
        ("changes", "version_id"),
        ("changes", "before_version_id"),
        ("coverage", "within_version"),
        ("versions", "returns_to"),
    ):
        assert column(released, table, name) <= versions
    assert {each for row in rows(released, "coverage") for each in row["version_ids"]} == versions
    assert column(released, "captures", "version_id") == versions
    assert column(released, "versions", "wayback_url") <= column(released, "policies", "wayback_url")
    assert column(released, "policies", "crawl_id") <= column(released, "crawls", "crawl_id")
    for table in ("policies", "captures", "versions", "coverage"):
        assert column(released, table, "domain") <= column(released, "domains", "domain")


def test_the_release_names_the_dataset_that_the_crawl_made(undisturbed: Run, released: Release) -> None:
    made = json.loads((undisturbed.data_dir / "dataset.json").read_text())
    assert released.manifest.lineage.dataset == made["id"]


def test_coverage_tells_no_policy_yet_from_not_archived(released: Release) -> None:
    told = {(row["site"], row["status"]) for row in rows(released, "coverage") if row["domain"] == "brinehouse.example"}
    assert {("archived", "no_policy"), ("not_archived", "not_archived")} <= told
    assert "nowhere.example" not in column(released, "coverage", "domain")


def test_the_same_words_after_a_redirect_are_one_version_with_two_addresses(released: Release) -> None:
    moved = [row for row in rows(released, "versions") if row["domain"] == "plumeria.example"][2]
    assert [f"{one['first']:%Y} {one['url']}" for one in moved["addresses"]] == [
        "2005 http://www.plumeria.example:80/privacy.html",
        "2008 http://www.plumeria.example/company/privacy-policy",
    ]
